/**
 * Networks in CIDR notation ([RFC 4632], [RFC 4291] 2.3), for `inNetwork`. IPv4-mapped addresses are IPv4 ([RFC 4291]
 * 2.5.5.2), on either side. Not handled: scopes, netmasks that are written as addresses.
 */

import { canonicalAddress, isIPv4 } from "../address.js";

/** Bits of an address, most significant first. */
interface Bits {
  family: 4 | 6;
  words: readonly number[];
}

export type Network = (address: string) => boolean;

/** 16 bits a word. Null for what is no address. */
function bitsOf(address: string): Bits | null {
  const canonical = canonicalAddress(address);
  if (canonical === null) return null;
  if (isIPv4(canonical)) {
    const [a = 0, b = 0, c = 0, d = 0] = canonical.split(".").map(Number);
    return { family: 4, words: [(a << 8) | b, (c << 8) | d] };
  }
  const [head = "", tail] = canonical.split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return { family: 6, words: [...before, ...zeros, ...after] };
}

/** The test of `10.0.0.0/8`, `fe80::/10`, or of an address alone; null where it is neither. Bits behind the prefix do not count. */
export function parseNetwork(text: string): Network | null {
  const parts = /^([0-9a-fA-F:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  if (parts === null) return null;
  const address = parts[1]!;
  const bits = bitsOf(address);
  if (bits === null) return null;
  const width = bits.family === 4 ? 32 : 128;
  // `::ffff:10.0.0.0/104` is written with the length of IPv6.
  const mapped = bits.family === 4 && address.includes(":");
  const length = parts[2] === undefined ? width : Number(parts[2]) - (mapped ? 96 : 0);
  if (length < 0 || length > width) return null;
  const masked = (words: readonly number[]): number[] =>
    words.map((word, index) => {
      const kept = Math.min(16, Math.max(0, length - 16 * index));
      return word & (0xffff << (16 - kept)) & 0xffff;
    });
  const wanted = masked(bits.words);
  const known = new Map<string, boolean>();
  return (other) => {
    let inside = known.get(other);
    if (inside === undefined) {
      const found = bitsOf(other);
      inside =
        found !== null &&
        found.family === bits.family &&
        masked(found.words).every((word, index) => word === wanted[index]);
      if (known.size >= MAX_KNOWN) known.clear();
      // A text of any length may stand where an address should.
      if (other.length < 64) known.set(other, inside);
    }
    return inside;
  };
}

/** Addresses whose answer is kept: those of a capture's machines are asked for with every call. */
const MAX_KNOWN = 4096;
