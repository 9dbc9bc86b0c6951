/**
 * BSD loopback: an address family in front of the packet, in the byte order of the machine that captured
 * (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP). Either order is taken for either.
 *
 * Not handled: other families than IP.
 */
import type { LinkResult } from "./link.js";
import { ppp } from "./ppp.js";

const HEADER = 4;

export function loopback(data: Uint8Array, start: number, end: number, out: LinkResult): void {
  out.network = 0;
  if (start + HEADER > end) return;
  // Some systems write PPP under this link type.
  if (data[start] === 0xff && data[start + 1] === 0x03) {
    ppp(data, start, end, out);
    return;
  }
  const high = (data[start]! << 8) | data[start + 1]!;
  const low = (data[start + 2]! << 8) | data[start + 3]!;
  // One octet of the four is not zero: the last or the first, by the byte order.
  let family = 0;
  if (high === 0 && low < 0x100) family = low;
  else if (low === 0 && (high & 0xff) === 0) family = high >> 8;
  out.network = networkOf(family);
  out.offset = start + HEADER;
}

/** AF_INET is 2 everywhere; AF_INET6 differs. */
function networkOf(family: number): 0 | 4 | 6 {
  switch (family) {
    case 2:
      return 4;
    case 10: // Linux
    case 23: // Windows
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      return 6;
    default:
      return 0;
  }
}
