/**
 * Byte orders of OLE automation types. [MS-OAUT] 2.2.23.1, 2.2.29.1 and 2.2.30 fix them as little-endian, whatever
 * the data representation label says; whether the NDR counts around them follow the label is left open, and some
 * senders let all of it follow. So with a big-endian label, the order is found by what agrees with itself.
 */
import type { DecodeState } from "../ndr/decode-state.js";
import type { Reader } from "../wire/reader.js";

export interface Orders {
  /** Of the NDR count in front. */
  countLittle: boolean;
  /** Of the structure behind it. */
  bodyLittle: boolean;
}

const LITTLE: Orders = { countLittle: true, bodyLittle: true };
/** The specification first, then the count by the label, then everything by the label. */
const CANDIDATES: readonly Orders[] = [
  LITTLE,
  { countLittle: false, bodyLittle: true },
  { countLittle: false, bodyLittle: false },
];

/** A second cursor at `offset`, past the padding that a count has there, and the count; null past the end. */
function peekCount(state: DecodeState, offset: number, little: boolean): { count: number; r: Reader } | null {
  const r = state.reader.ahead();
  const size = state.wide ? 8 : 4;
  r.offset = offset + ((size - ((offset - r.origin) % size)) % size);
  if (r.left < size) return null;
  r.littleEndian = little;
  const first = r.u32();
  const second = state.wide ? r.u32() : 0;
  const count = !state.wide || little ? first + second * 0x1_0000_0000 : first * 0x1_0000_0000 + second;
  return { count, r };
}

/** The byte orders for which `agrees` holds at `offset`; null where it holds for none. */
export function findOrders(
  state: DecodeState,
  offset: number,
  agrees: (count: number, body: Reader) => boolean,
): Orders | null {
  const candidates = state.reader.littleEndian ? CANDIDATES.slice(0, 1) : CANDIDATES;
  for (const o of candidates) {
    const at = peekCount(state, offset, o.countLittle);
    if (at === null) return null;
    at.r.littleEndian = o.bodyLittle;
    if (agrees(at.count, at.r)) return o;
  }
  return null;
}

/** Reads a maximum count in the order in which it equals `expected`, or in the label's. */
export function readCount(state: DecodeState, expected: number): number {
  const r = state.reader;
  const drep = r.littleEndian;
  if (drep) return state.count("max_count");
  const little = peekCount(state, r.offset, true);
  r.littleEndian = little !== null && little.count === expected;
  const count = state.count("max_count");
  r.littleEndian = drep;
  return count;
}

/** Runs `read` with the reader in the given byte order. */
export function inOrder<T>(state: DecodeState, littleEndian: boolean, read: (r: Reader) => T): T {
  const r = state.reader;
  const drep = r.littleEndian;
  r.littleEndian = littleEndian;
  const value = read(r);
  r.littleEndian = drep;
  return value;
}
