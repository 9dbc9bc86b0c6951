/**
 * Mutation that knows how binary protocols are made: numbers of 1, 2, 4 and 8 bytes in either order that take the values at
 * which readers go wrong, lengths that are off by a little, pieces that are lost, doubled, swapped or borrowed from elsewhere.
 */
import type { Random } from "./random.js";

/** Bytes that mean something where they stand: signatures, identifiers, marks of text. */
const WORDS: readonly Uint8Array[] = [
  "4d454f57", // OBJREF
  "4e544c4d53535000", // NTLMSSP
  "0500000310000000", // a request, little-endian
  "0500020300000000", // a response, big-endian
  "8a e3 13 71 02 f4 36 71 02 40 28 00", // verification trailer
  "c000000000000046",
  "0d 00 78 57 34 12 34 12 cd ab ef 00 01 23 45 67 89 ac 07 00", // floors of a tower
  "60 48 06 06 2b 06 01 05 05 02", // SPNEGO
  "6e 82 01 00 30 82", // AP-REQ
  "3082ffff",
  "ffffffff",
  "00d8",
  "3c004500",
  "3c3f786d6c",
  "0a0d0d0a",
  "28b52ffd",
  "1f8b08",
].map((hex) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));

const EDGES: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff,
  0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff,
];

/** A changed copy of `input`. `others` lend pieces of themselves. */
export function mutate(input: Uint8Array, random: Random, others: readonly Uint8Array[] = []): Uint8Array {
  let bytes = Uint8Array.from(input);
  const times = 1 + random.below(random.oneIn(4) ? 12 : 3);
  for (let i = 0; i < times; i++) bytes = once(bytes, random, others);
  return bytes;
}

function once(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  others: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  if (bytes.length === 0) return Uint8Array.from(random.bytes(1 + random.below(64)));
  const at = random.below(bytes.length);
  switch (random.below(11)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
    case 3:
      number(bytes, at, random);
      return bytes;
    case 4:
      return bytes.slice(0, at);
    case 5:
      return bytes.slice(at);
    case 6:
      return replaced(bytes, at, length(bytes, at, random), new Uint8Array(0));
    case 7: {
      const piece = bytes.slice(at, at + length(bytes, at, random));
      return replaced(bytes, random.below(bytes.length + 1), 0, repeated(piece, 1 + random.below(4)));
    }
    case 8:
      return replaced(bytes, at, random.oneIn(2) ? 0 : length(bytes, at, random), random.pick(WORDS));
    case 9: {
      const other = others.length === 0 ? bytes : random.pick(others);
      const from = random.below(Math.max(1, other.length));
      const piece = other.subarray(from, from + 1 + random.below(64));
      return replaced(bytes, at, random.oneIn(2) ? piece.length : 0, piece);
    }
    default:
      return replaced(
        bytes,
        at,
        0,
        random.oneIn(2) ? new Uint8Array(random.below(64)) : random.bytes(random.below(24)),
      );
  }
}

/** A number somewhere near `at` becomes an edge, what is left behind it, or a little more or less. */
function number(bytes: Uint8Array<ArrayBuffer>, at: number, random: Random): void {
  const size = random.pick([1, 2, 2, 4, 4, 8]);
  const start = random.oneIn(3) ? at : at - (at % size);
  if (start + size > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = random.oneIn(2);
  const old =
    size === 1
      ? view.getUint8(start)
      : size === 2
        ? view.getUint16(start, little)
        : view.getUint32(start, little);
  const left = bytes.length - start - size;
  const choices = [
    random.pick(EDGES),
    old + random.pick([-1, 1, 2, -4, 4, 8]),
    left,
    left + random.pick([-1, 1]),
    old * 2,
  ];
  const value = random.pick(choices) >>> 0;
  if (size === 1) view.setUint8(start, value & 0xff);
  else if (size === 2) view.setUint16(start, value & 0xffff, little);
  else if (size === 4) view.setUint32(start, value, little);
  else
    view.setBigUint64(
      start,
      random.oneIn(2) ? BigInt(value) : (BigInt(value) << 32n) | BigInt(value),
      little,
    );
}

function length(bytes: Uint8Array, at: number, random: Random): number {
  return Math.min(bytes.length - at, 1 + random.below(random.oneIn(3) ? 256 : 12));
}

/** `bytes` with `by` in place of the `count` bytes (fewer at the end) from `at` on. */
function replaced(bytes: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(Math.min(bytes.length, at + count));
  const whole = new Uint8Array(at + by.length + rest.length);
  whole.set(bytes.subarray(0, at));
  whole.set(by, at);
  whole.set(rest, at + by.length);
  return whole;
}

/** The few bytes of `head` and all of `bytes`. */
export function behind(head: readonly number[], bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

function repeated(piece: Uint8Array, times: number): Uint8Array {
  const whole = new Uint8Array(piece.length * times);
  for (let i = 0; i < times; i++) whole.set(piece, i * piece.length);
  return whole;
}

const TOKEN = /"[^"]*"|[\w.-]+|\s+|[\s\S]/gu;

/** A changed copy of a text: its tokens are lost, doubled, swapped, or give way to others of it and to marks of its kind. */
export function mutateText(text: string, random: Random, marks: readonly string[]): string {
  const tokens = text.match(TOKEN) ?? [];
  const times = 1 + random.below(5);
  for (let i = 0; i < times && tokens.length > 0; i++) {
    const at = random.below(tokens.length);
    switch (random.below(7)) {
      case 0:
        tokens.splice(at, 1 + random.below(3));
        break;
      case 1:
        tokens.splice(at, 0, random.pick(tokens));
        break;
      case 2:
        tokens[at] = random.pick(tokens);
        break;
      case 3:
        tokens[at] = random.pick(marks);
        break;
      case 4:
        tokens.splice(at, 0, random.pick(marks).repeat(1 + random.below(random.oneIn(8) ? 300 : 3)));
        break;
      case 5:
        tokens[at] = String.fromCharCode(
          random.pick([0, 7, 0x1b, 0x85, 0x9b, 0x202e, 0xd800, 0xdc00, 0xfeff, 0xffff]),
        );
        break;
      default:
        tokens.length = at;
    }
  }
  return tokens.join("");
}
