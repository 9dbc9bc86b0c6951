/**
 * BSD loopback: an address family in front of the packet, in the byte order of the machine that captured
 * (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP). Either order is taken for either. And the pseudo-headers of
 * packet filters and encapsulating devices that carry such a family.
 *
 * Not handled: other families than IP.
 */
import { etherType, LEAST_TYPE } from "./ethernet.js";
import { foundIp, handOver, Layer, type LinkResult, stop, Unread, u16 } from "./result.js";

const HEADER = 4;
/** LINKTYPE_ENC: family, security parameters index, flags. */
const ENC_HEADER = 12;
/** LINKTYPE_IPNET of Solaris: version, family, type, length, interface, group, source and destination zone. */
const IPNET_HEADER = 24;

export function loopback(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  // Some systems write PPP under this link type.
  if (data[at] === 0xff && data[at + 1] === 0x03) {
    handOver(out, Layer.PPP, at);
    return;
  }
  const family = familyAt(data, at);
  if (family >= LEAST_TYPE) etherType(data, at + HEADER, family, out);
  else found(family, at + HEADER, out);
}

/** OpenBSD's encapsulating interface (LINKTYPE_ENC): packets of IPsec before they are sealed, or after. */
export function enc(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + ENC_HEADER > out.end) stop(out, Unread.CUT);
  else found(familyAt(data, at), at + ENC_HEADER, out);
}

/** The packet filter's log (LINKTYPE_PFLOG): a header that says its length, which is padded to four bytes. */
export function pflog(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER > out.end) stop(out, Unread.CUT);
  else found(data[at + 1]!, at + ((data[at]! + 3) & ~3), out);
}

/** LINKTYPE_IPNET. Solaris has a number of its own for IPv6. */
export function ipnet(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + IPNET_HEADER > out.end) stop(out, Unread.CUT);
  else found(data[at + 1] === 26 ? 24 : data[at + 1]!, at + IPNET_HEADER, out);
}

/** The family, whichever of the four bytes are not zero; 0 where none can be meant. */
function familyAt(data: Uint8Array, at: number): number {
  const high = u16(data, at);
  const low = u16(data, at + 2);
  if (high === 0) return low < 0x100 || low >= LEAST_TYPE ? low : 0;
  return low === 0 && (high & 0xff) === 0 ? high >> 8 : 0;
}

/** AF_INET is 2 everywhere; AF_INET6 differs. */
function found(family: number, offset: number, out: LinkResult): void {
  switch (family) {
    case 2:
      foundIp(out, 4, offset);
      return;
    case 10: // Linux
    case 23: // Windows
    case 24: // NetBSD, OpenBSD
    case 28: // FreeBSD
    case 30: // macOS
      foundIp(out, 6, offset);
      return;
    default:
      stop(out);
  }
}
