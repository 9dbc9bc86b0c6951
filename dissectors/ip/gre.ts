/**
 * GRE ([RFC 2784], [RFC 2890], [RFC 1701]) with what it carries: IP, MPLS, Ethernet (NVGRE of [RFC 7637] is that with a key),
 * PPP (version 1, [RFC 2637]), mirrored frames of ERSPAN I, II and III (draft-foschiano-erspan), WCCP, and the 802.11
 * frames of Aruba's access points.
 *
 * Not handled: the PPP of 3GPP2, which is escaped byte by byte, and frame relay: both are counted as not read.
 */
import { etherType } from "../link/ethernet.js";
import { handOver, ipByNibble, Layer, type LinkResult, stop, Unread, u16 } from "../link/result.js";

/** Flags of the first byte, and of the second in version 1. */
const CHECKSUM = 0x80;
const ROUTING = 0x40;
const KEY = 0x20;
const SEQUENCE = 0x10;
const ACKNOWLEDGMENT = 0x80;

const Protocol = {
  ARUBA_FIRST: 0x8200,
  ARUBA_LAST: 0x83f0,
  CDMA2000: 0x8881,
  WCCP: 0x883e,
  PPP: 0x880b,
  ERSPAN: 0x88be,
  CDMA2000_HDLC: 0x88d2,
  ERSPAN_III: 0x22eb,
  FRAME_RELAY: 0x6559,
} as const;

/** A GRE header at `out.offset`. */
export function gre(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 4 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = data[at]!;
  const version = data[at + 1]! & 7;
  const protocol = u16(data, at + 2);
  let inner = at + 4;
  if (version > 1) {
    stop(out);
    return;
  }
  if ((flags & (CHECKSUM | ROUTING)) !== 0) inner += 4;
  if ((flags & KEY) !== 0) inner += 4;
  if ((flags & SEQUENCE) !== 0) inner += 4;
  if (version === 1) {
    if ((data[at + 1]! & ACKNOWLEDGMENT) !== 0) inner += 4;
    // Without a sequence number it only acknowledges.
    if (protocol !== Protocol.PPP || (flags & SEQUENCE) === 0) stop(out);
    else handOver(out, Layer.PPP, inner);
    return;
  }
  if ((flags & ROUTING) !== 0) inner = passRouting(data, inner, out.end);
  payload(data, protocol, inner, (flags & SEQUENCE) !== 0, out);
}

/** [RFC 1701]: family, offset, length and so many bytes, over and over; family and length 0 end them. */
function passRouting(data: Uint8Array, offset: number, end: number): number {
  let at = offset;
  while (at + 4 <= end) {
    const family = u16(data, at);
    const length = data[at + 3]!;
    at += 4 + length;
    if (family === 0 && length === 0) return at;
  }
  return end;
}

function payload(data: Uint8Array, protocol: number, at: number, sequence: boolean, out: LinkResult): void {
  switch (protocol) {
    case Protocol.ERSPAN:
      // The first type has neither a sequence number nor a header of its own.
      if (!sequence) handOver(out, Layer.ETHERNET, at);
      else erspan(data, at, 1, 8, out);
      return;
    case Protocol.ERSPAN_III:
      erspan(data, at, 2, 12, out);
      return;
    case Protocol.WCCP:
      // Version 2 puts four bytes in front.
      ipByNibble(data, at < out.end && data[at]! >> 4 === 4 ? at : at + 4, out);
      return;
    case Protocol.CDMA2000:
    case Protocol.CDMA2000_HDLC:
    case Protocol.FRAME_RELAY:
      stop(out, Unread.GRE_OTHER);
      return;
  }
  if (protocol >= Protocol.ARUBA_FIRST && protocol <= Protocol.ARUBA_LAST && (protocol & 15) === 0) {
    out.type = 0;
    handOver(out, Layer.IEEE80211, at);
  } else etherType(data, at, protocol, out);
}

/** A mirrored frame. The third type may have eight bytes more, and may mirror bare IP packets. */
function erspan(data: Uint8Array, at: number, version: number, header: number, out: LinkResult): void {
  if (at + header > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  if (data[at]! >> 4 !== version) {
    stop(out);
    return;
  }
  let inner = at + header;
  if (version === 2) {
    if ((data[at + 11]! & 1) !== 0) inner += 8;
    // Frame type: 0 is Ethernet, 2 is IP.
    const type = (data[at + 10]! >> 2) & 0x1f;
    if (type === 2) {
      ipByNibble(data, inner, out);
      return;
    }
    if (type !== 0) {
      stop(out, Unread.GRE_OTHER);
      return;
    }
  }
  handOver(out, Layer.ETHERNET, inner);
}
