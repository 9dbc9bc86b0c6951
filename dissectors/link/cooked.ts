/**
 * Linux cooked captures, versions 1 and 2 (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2). What their protocol field means
 * depends on the type of the device: mostly an EtherType, or one of Linux's own small numbers.
 *
 * Not handled: netlink, CAN, frame relay and IrDA devices.
 */
import { etherType, LEAST_TYPE } from "./ethernet.js";
import { handOver, Layer, type LinkResult, stop, Unread, u16 } from "./result.js";

const HEADER_1 = 16;
const HEADER_2 = 20;

/** ARPHRD_ values of Linux. */
const Device = {
  FRAME_RELAY: 770,
  IEEE80211: 801,
  IEEE80211_PRISM: 802,
  IEEE80211_RADIOTAP: 803,
  NETLINK: 824,
} as const;

/** Numbers below those of EtherTypes. */
const Protocol = { ETHERNET: 3, LLC: 4, PPP: 7 } as const;

/** Packet type, device type, address length, address (8), protocol. */
export function cooked1(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER_1 > out.end) stop(out, Unread.CUT);
  else inside(data, at + HEADER_1, u16(data, at + 2), u16(data, at + 14), out);
}

/** Protocol, reserved, interface (4), device type, packet type, address length, address (8). */
export function cooked2(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER_2 > out.end) stop(out, Unread.CUT);
  else inside(data, at + HEADER_2, u16(data, at + 8), u16(data, at), out);
}

function inside(data: Uint8Array, offset: number, device: number, protocol: number, out: LinkResult): void {
  switch (device) {
    case Device.IEEE80211:
      out.type = 0;
      handOver(out, Layer.IEEE80211, offset);
      return;
    case Device.IEEE80211_PRISM:
      out.type = 119;
      handOver(out, Layer.LINK, offset);
      return;
    case Device.IEEE80211_RADIOTAP:
      out.type = 127;
      handOver(out, Layer.LINK, offset);
      return;
    case Device.NETLINK:
      stop(out);
      return;
    case Device.FRAME_RELAY:
      out.type = 107;
      stop(out, Unread.LINK_TYPE);
      return;
  }
  // Devices of GRE have the protocol of GRE there, whose numbers are EtherTypes.
  if (protocol >= LEAST_TYPE) etherType(data, offset, protocol, out);
  else if (protocol === Protocol.ETHERNET) handOver(out, Layer.ETHERNET, offset);
  else if (protocol === Protocol.LLC) handOver(out, Layer.LLC, offset);
  else if (protocol === Protocol.PPP) handOver(out, Layer.PPP, offset);
  else stop(out);
}
