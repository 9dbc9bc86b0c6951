/**
 * IPv6 headers [RFC 8200] and the extension headers between them and the payload.
 *
 * Not handled: what the extension headers mean (the routing header's last address is not taken for the destination);
 * Encapsulating Security Payload ends the walk, since it is encrypted.
 */
import type { IpResult } from "./result.js";

const HEADER = 40;

const Next = {
  HOP_BY_HOP: 0,
  ROUTING: 43,
  FRAGMENT: 44,
  AUTHENTICATION: 51,
  DESTINATION: 60,
  MOBILITY: 135,
  HIP: 139,
  SHIM6: 140,
} as const;

/** Reads the headers at `offset`; false where they are none or cut off. */
export function decodeIpv6(data: Uint8Array, offset: number, end: number, out: IpResult): boolean {
  if (offset + HEADER > end || data[offset]! >> 4 !== 6) return false;
  const payload = (data[offset + 4]! << 8) | data[offset + 5]!;
  // Jumbograms and segmentation offload leave the length 0: what was captured is all there is to go by.
  const wireEnd = payload === 0 ? end : offset + HEADER + payload;
  const capturedEnd = Math.min(wireEnd, end);
  out.version = 6;
  out.fragment = false;
  out.moreFragments = false;
  out.fragmentOffset = 0;
  out.identification = 0;
  out.source0 = word(data, offset + 8);
  out.source1 = word(data, offset + 12);
  out.source2 = word(data, offset + 16);
  out.source3 = word(data, offset + 20);
  out.destination0 = word(data, offset + 24);
  out.destination1 = word(data, offset + 28);
  out.destination2 = word(data, offset + 32);
  out.destination3 = word(data, offset + 36);
  const first = data[offset + 6]!;
  const at = offset + HEADER;
  const plain = first === 6 || first === 17;
  if (!plain && !extensions(data, at, capturedEnd, first, out)) return false;
  if (plain) {
    out.protocol = first;
    out.offset = at;
  }
  out.end = capturedEnd;
  out.length = wireEnd - out.offset;
  out.headers = out.offset - offset;
  return out.length >= 0;
}

/** Walks the extension headers from `offset` on; leaves the payload's protocol and offset in `out`. */
export function extensions(
  data: Uint8Array,
  offset: number,
  end: number,
  first: number,
  out: IpResult,
): boolean {
  let at = offset;
  let next = first;
  // Every header has eight bytes at least: the chain ends where the packet does.
  for (;;) {
    let length: number;
    switch (next) {
      case Next.HOP_BY_HOP:
      case Next.ROUTING:
      case Next.DESTINATION:
      case Next.MOBILITY:
      case Next.HIP:
      case Next.SHIM6:
        if (at + 8 > end) return false;
        length = (data[at + 1]! + 1) << 3;
        break;
      case Next.AUTHENTICATION:
        if (at + 8 > end) return false;
        length = (data[at + 1]! + 2) << 2;
        break;
      case Next.FRAGMENT: {
        if (at + 8 > end) return false;
        const field = (data[at + 2]! << 8) | data[at + 3]!;
        out.fragmentOffset = field & 0xfff8;
        out.moreFragments = (field & 1) === 1;
        out.identification = word(data, at + 4);
        next = data[at]!;
        at += 8;
        // A datagram in one single fragment ([RFC 6946]) is whole.
        if (out.fragmentOffset !== 0 || out.moreFragments) {
          out.fragment = true;
          out.protocol = next;
          out.offset = at;
          return true;
        }
        continue;
      }
      default:
        out.protocol = next;
        out.offset = at;
        return true;
    }
    next = data[at]!;
    at += length;
    if (at > end) return false;
  }
}

function word(data: Uint8Array, at: number): number {
  return (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!;
}
