/**
 * IPv4 headers [RFC 791], with options passed over.
 *
 * Not handled: the meaning of options. Checksums are wrong where they are offloaded: a packet is read in any case.
 */
import type { IpResult } from "./result.js";

const LEAST_HEADER = 20;

/** Reads the header at `offset`; false where it is none or cut off. */
export function decodeIpv4(data: Uint8Array, offset: number, end: number, out: IpResult): boolean {
  if (offset + LEAST_HEADER > end) return false;
  const first = data[offset]!;
  const header = (first & 15) << 2;
  if (first >> 4 !== 4 || header < LEAST_HEADER || offset + header > end) return false;
  const total = (data[offset + 2]! << 8) | data[offset + 3]!;
  // Segmentation offload leaves the total length 0: what was captured is all there is to go by.
  const length = total === 0 ? end - offset : total;
  if (length < header) return false;
  const fragment = (data[offset + 6]! << 8) | data[offset + 7]!;
  out.version = 4;
  out.protocol = data[offset + 9]!;
  out.offset = offset + header;
  out.length = length - header;
  out.headers = header;
  out.end = Math.min(offset + length, end);
  out.moreFragments = (fragment & 0x2000) !== 0;
  out.fragmentOffset = (fragment & 0x1fff) << 3;
  out.fragment = (fragment & 0x3fff) !== 0;
  out.identification = (data[offset + 4]! << 8) | data[offset + 5]!;
  out.source0 = word(data, offset + 12);
  out.source1 = 0;
  out.source2 = 0;
  out.source3 = 0;
  out.destination0 = word(data, offset + 16);
  out.destination1 = 0;
  out.destination2 = 0;
  out.destination3 = 0;
  return true;
}

/** Whether the checksum of a header of `length` bytes is right, [RFC 1071]. */
export function ipv4HeaderHolds(data: Uint8Array, offset: number, length: number): boolean {
  let sum = 0;
  for (let at = offset; at < offset + length; at += 2) sum += (data[at]! << 8) | data[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

function word(data: Uint8Array, at: number): number {
  return (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!;
}
