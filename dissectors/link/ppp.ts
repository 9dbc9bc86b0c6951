/**
 * PPP (RFC 1661) and PPP in HDLC-like framing (RFC 1662), with the address and control field there or compressed
 * away, and the protocol field of one or two octets.
 *
 * Not handled: multilink, compressed headers (Van Jacobson), control protocols.
 */
import type { LinkResult } from "./link.js";

const PROTOCOL_IPV4 = 0x21;
const PROTOCOL_IPV6 = 0x57;

export function ppp(data: Uint8Array, start: number, end: number, out: LinkResult): void {
  const framed = start + 2 <= end && data[start] === 0xff && data[start + 1] === 0x03;
  pppProtocol(data, framed ? start + 2 : start, end, out);
}

/** What begins with the protocol field at `offset`. A first octet that is odd is all of the field. */
export function pppProtocol(data: Uint8Array, offset: number, end: number, out: LinkResult): void {
  out.network = 0;
  if (offset + 2 > end) return;
  const first = data[offset]!;
  const protocol = (first & 1) === 1 ? first : (first << 8) | data[offset + 1]!;
  if (protocol === PROTOCOL_IPV4) out.network = 4;
  else if (protocol === PROTOCOL_IPV6) out.network = 6;
  out.offset = offset + ((first & 1) === 1 ? 1 : 2);
}
