/**
 * The Internet checksum ([RFC 1071]) of TCP and UDP over IPv4 and IPv6, and how it changes where bytes are exchanged for as many
 * others ([RFC 1624]).
 *
 * Not handled: whether a checksum was right (offload makes them wrong).
 */
import { IpProtocol, type IpResult } from "./result.js";

/** Where the checksum stands in a header of TCP, and of UDP. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [IpProtocol.TCP, 16],
  [IpProtocol.UDP, 6],
]);
const ADDRESS_WORDS = [
  "source0",
  "source1",
  "source2",
  "source3",
  "destination0",
  "destination1",
  "destination2",
  "destination3",
] as const;

/** The sum of 16-bit words, the last one filled up with zero; `odd`: the first byte is the second of its word. */
function sumOf(data: Uint8Array, start: number, end: number, odd = false): number {
  let sum = 0;
  for (let at = start; at < end; at++) {
    const high = ((at - start) & 1) === (odd ? 1 : 0);
    sum += high ? data[at]! << 8 : data[at]!;
  }
  return sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

/**
 * Makes the checksum of the segment or datagram right that `ip` describes in `data`, all of which must be there; false where it
 * is not, or has none.
 */
export function setChecksum(data: Uint8Array, ip: IpResult): boolean {
  const place = CHECKSUM_AT.get(ip.protocol);
  if (place === undefined || ip.fragment || ip.end - ip.offset < ip.length) return false;
  const at = ip.offset + place;
  if (at + 2 > ip.end) return false;
  // [RFC 768]: a datagram without one.
  if (ip.protocol === IpProtocol.UDP && data[at] === 0 && data[at + 1] === 0) return true;
  data[at] = 0;
  data[at + 1] = 0;
  let sum = ip.protocol + ip.length;
  for (const word of ADDRESS_WORDS) sum += (ip[word] >>> 16) + (ip[word] & 0xffff);
  sum += sumOf(data, ip.offset, ip.end);
  const checksum = 0xffff - folded(sum);
  const shown = checksum === 0 && ip.protocol === IpProtocol.UDP ? 0xffff : checksum;
  data[at] = shown >>> 8;
  data[at + 1] = shown & 0xff;
  return true;
}

/** The checksum of a header without options of IPv4, which begins at `start`. */
export function setIpv4Checksum(data: Uint8Array, start: number): void {
  data[start + 10] = 0;
  data[start + 11] = 0;
  const checksum = 0xffff - folded(sumOf(data, start, start + 20));
  data[start + 10] = checksum >>> 8;
  data[start + 11] = checksum & 0xff;
}

/** Where the checksum of a protocol stands in its header; null where it has none that is known here. */
export function checksumPlace(protocol: number): number | null {
  return CHECKSUM_AT.get(protocol) ?? null;
}

/** What a checksum becomes where `before`, which begins at `offset` of the segment, gives way to `after`. */
export function adjustedChecksum(
  checksum: number,
  before: Uint8Array,
  after: Uint8Array,
  offset: number,
): number {
  const odd = (offset & 1) !== 0;
  const lost = folded(sumOf(before, 0, before.length, odd));
  const won = folded(sumOf(after, 0, after.length, odd));
  return 0xffff - folded(0xffff - checksum + (0xffff - lost) + won);
}
