/**
 * PPP ([RFC 1661]) and PPP in HDLC-like framing ([RFC 1662]), with the address and control field there or compressed
 * away, and the protocol field of one or two bytes; bridged Ethernet ([RFC 3518]); PPPoE sessions ([RFC 2516]).
 *
 * Not handled: multilink, compressed and encrypted packets, which are counted as not read; control protocols.
 */
import { enter, foundIp, handOver, Layer, type LinkResult, stop, Unread, u16 } from "./result.js";

const Protocol = {
  IPV4: 0x21,
  VAN_JACOBSON: 0x2d,
  VAN_JACOBSON_UNCOMPRESSED: 0x2f,
  BRIDGED: 0x31,
  MULTILINK: 0x3d,
  ENCRYPTED: 0x53,
  IPV6: 0x57,
  LINK_COMPRESSED: 0xfb,
  COMPRESSED: 0xfd,
  MPLS: 0x281,
  MPLS_UPSTREAM: 0x283,
} as const;

/** PPPoE: version and type, code, session, length; the PPP protocol follows. */
const PPPOE_HEADER = 6;

/** A PPP frame at `out.offset`. A first byte of the protocol that is odd is all of the field. */
export function ppp(data: Uint8Array, out: LinkResult): void {
  const { end } = out;
  let at = out.offset;
  if (at + 2 <= end && data[at] === 0xff && data[at + 1] === 0x03) at += 2;
  if (at + 2 > end) {
    stop(out, Unread.CUT);
    return;
  }
  const short = (data[at]! & 1) === 1;
  const protocol = short ? data[at]! : u16(data, at);
  at += short ? 1 : 2;
  switch (protocol) {
    case Protocol.IPV4:
      foundIp(out, 4, at);
      return;
    case Protocol.IPV6:
      foundIp(out, 6, at);
      return;
    case Protocol.MPLS:
    case Protocol.MPLS_UPSTREAM:
      handOver(out, Layer.MPLS, at);
      return;
    case Protocol.BRIDGED:
      bridged(data, at, out);
      return;
    case Protocol.VAN_JACOBSON:
    case Protocol.VAN_JACOBSON_UNCOMPRESSED:
    case Protocol.MULTILINK:
    case Protocol.ENCRYPTED:
    case Protocol.LINK_COMPRESSED:
    case Protocol.COMPRESSED:
      stop(out, Unread.PPP_OPAQUE);
      return;
    default:
      stop(out);
  }
}

/** [RFC 3518] 4.2: flags and pads, type of the frame, the LAN's identifier where a flag says so. */
function bridged(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 2 > out.end) stop(out, Unread.CUT);
  else if (data[at + 1] !== 1) stop(out);
  else enter(out, Layer.ETHERNET, at + 2 + ((data[at]! & 0x40) !== 0 ? 4 : 0));
}

/** Framing of a serial line: PPP, or Cisco's, which begins with an address of its own. */
export function pppHdlc(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  const cisco = at + 2 <= out.end && (data[at] === 0x0f || data[at] === 0x8f) && data[at + 1] === 0;
  handOver(out, cisco ? Layer.CISCO_HDLC : Layer.PPP, at);
}

/** A session's PPP frame, behind its PPPoE header. */
export function pppoe(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + PPPOE_HEADER > out.end) stop(out, Unread.CUT);
  else if (data[at] === 0x11 && data[at + 1] === 0) handOver(out, Layer.PPP, at + PPPOE_HEADER);
  else stop(out);
}
