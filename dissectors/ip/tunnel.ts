/**
 * Packets in packets: IP in IP ([RFC 2003], [RFC 4213], [RFC 2473]), authentication headers ([RFC 4302]), GRE, MPLS ([RFC 4023])
 * and Ethernet ([RFC 3378], [RFC 8986]) in IP, and the tunnels over UDP.
 *
 * Not handled: ESP ([RFC 4303]), IPComp ([RFC 3173]) and version 3 of L2TP ([RFC 3931]), which are counted as not read.
 */
import { passLayers } from "../link/link.js";
import {
  beginWindow,
  foundIp,
  handOver,
  Layer,
  type LinkResult,
  NESTING_LIMIT,
  stop,
  Unread,
} from "../link/result.js";
import { gre } from "./gre.js";
import { decodePacket } from "./ip.js";
import { IpProtocol, type IpResult } from "./result.js";
import { udpTunnel } from "./udp-tunnel.js";

/**
 * Leaves in `ip` the innermost packet that could be reached, or the first that is a fragment; what holds no packet
 * leaves the packet around it. `link` is for its own use: its `depth` goes on from what it is, and its `unread` then
 * says why the way ended before the innermost packet. False where the bytes inside are no packet. Never throws.
 */
export function followTunnel(data: Uint8Array, ip: IpResult, link: LinkResult): boolean {
  const { depth } = link;
  beginWindow(link, ip.offset, ip.end);
  link.depth = depth;
  while (!ip.fragment && ip.protocol !== IpProtocol.TCP) {
    if (ip.protocol === IpProtocol.AUTHENTICATION) {
      if (!passAuthentication(data, ip)) {
        stop(link, Unread.CUT);
        return false;
      }
      continue;
    }
    link.network = 0;
    link.offset = ip.offset;
    link.end = ip.end;
    inside(data, ip, link);
    if (link.layer !== Layer.NONE) passLayers(data, link);
    if (link.network === 0) return true;
    if (++link.depth > NESTING_LIMIT) {
      stop(link, Unread.NESTED);
      return true;
    }
    if (!decodePacket(data, link.offset, link.end, link.network, ip)) {
      stop(link, Unread.CUT);
      return false;
    }
  }
  return true;
}

/** What the payload of `ip` is, if it may hold a packet. */
function inside(data: Uint8Array, ip: IpResult, link: LinkResult): void {
  switch (ip.protocol) {
    case IpProtocol.UDP:
      udpTunnel(data, link);
      return;
    case IpProtocol.IPV4:
      foundIp(link, 4, ip.offset);
      return;
    case IpProtocol.IPV6:
      foundIp(link, 6, ip.offset);
      return;
    case IpProtocol.GRE:
      gre(data, link);
      return;
    case IpProtocol.MPLS:
      handOver(link, Layer.MPLS, ip.offset);
      return;
    case IpProtocol.ETHER_IP:
      // [RFC 3378] 3: version 3, reserved bits.
      if (ip.offset + 2 > ip.end) stop(link, Unread.CUT);
      else if (data[ip.offset]! >> 4 !== 3) stop(link);
      else handOver(link, Layer.ETHERNET, ip.offset + 2);
      return;
    case IpProtocol.ETHERNET:
      handOver(link, Layer.ETHERNET, ip.offset);
      return;
    case IpProtocol.ESP:
      stop(link, Unread.ESP);
      return;
    case IpProtocol.IPCOMP:
      stop(link, Unread.IPCOMP);
      return;
    case IpProtocol.L2TP:
      // Session 0 is control.
      stop(link, isZero(data, ip.offset, ip.end) ? Unread.NONE : Unread.L2TPV3);
      return;
    default:
      stop(link);
  }
}

function isZero(data: Uint8Array, at: number, end: number): boolean {
  return at + 4 <= end && (data[at]! | data[at + 1]! | data[at + 2]! | data[at + 3]!) === 0;
}

/** [RFC 4302] 2: next header, length in words less two. (IPv6 passes it as an extension header.) */
function passAuthentication(data: Uint8Array, ip: IpResult): boolean {
  const at = ip.offset;
  if (at + 2 > ip.end) return false;
  const length = (data[at + 1]! + 2) << 2;
  if (at + length > ip.end) return false;
  ip.protocol = data[at]!;
  ip.offset = at + length;
  ip.length -= length;
  return true;
}
