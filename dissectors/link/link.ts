/**
 * From a captured frame to the network-layer packet in it. Link types are those of the tcpdump.org registry.
 *
 * Not handled: IEEE 802.11, MPLS, Cisco HDLC and everything else that is not in `decodeLink`; ARP and other network
 * protocols than IPv4 and IPv6. Such frames are answered with network 0.
 */
import { cooked1, cooked2 } from "./cooked.js";
import { ethernet } from "./ethernet.js";
import { loopback } from "./loopback.js";
import { ppp } from "./ppp.js";

/** Where the packet of the network layer begins. Made once and filled for every frame. */
export interface LinkResult {
  /** 4 or 6: the version of IP that the link layer announces; 0: something else, or cut off before it was told. */
  network: 0 | 4 | 6;
  /** Offset of the packet's first octet in the frame's array. */
  offset: number;
}

/** LINKTYPE_ values. */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  PPP_HDLC: 50,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/** Finds the packet in `data[start .. end)`. Never throws; answers by filling `out`. */
export function decodeLink(
  data: Uint8Array,
  start: number,
  end: number,
  linkType: number,
  out: LinkResult,
): void {
  out.offset = start;
  switch (linkType) {
    case LinkType.ETHERNET:
      ethernet(data, start, end, out);
      return;
    case LinkType.LINUX_SLL:
      cooked1(data, start, end, out);
      return;
    case LinkType.LINUX_SLL2:
      cooked2(data, start, end, out);
      return;
    case LinkType.RAW:
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
    case LinkType.IPV4:
    case LinkType.IPV6:
      out.network = ipVersion(data, start, end);
      return;
    case LinkType.NULL:
    case LinkType.LOOP:
      loopback(data, start, end, out);
      return;
    case LinkType.PPP:
    case LinkType.PPP_HDLC:
      ppp(data, start, end, out);
      return;
    default:
      out.network = 0;
  }
}

/** The version in the first four bits, where nothing in front of the packet tells it. */
function ipVersion(data: Uint8Array, start: number, end: number): 0 | 4 | 6 {
  if (start >= end) return 0;
  const version = data[start]! >> 4;
  return version === 4 || version === 6 ? version : 0;
}
