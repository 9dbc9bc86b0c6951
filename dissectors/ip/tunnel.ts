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
  beginTunnel(ip, link);
  let step: number;
  do step = enterTunnel(data, ip, link);
  while (step === Step.INSIDE);
  return step === Step.END;
}

/** What a step into a tunnel came to: another packet is at hand, the one at hand is the innermost, the bytes inside are none. */
export const Step = { INSIDE: 0, END: 1, NO_PACKET: 2 } as const;

/** Before the first step. */
export function beginTunnel(ip: IpResult, link: LinkResult): void {
  const { depth } = link;
  beginWindow(link, ip.offset, ip.end);
  link.depth = depth;
}

/** One step of `followTunnel`, for whoever wants to see the packets on the way. */
export function enterTunnel(data: Uint8Array, ip: IpResult, link: LinkResult): number {
  if (ip.fragment || ip.protocol === IpProtocol.TCP) return Step.END;
  if (ip.protocol === IpProtocol.AUTHENTICATION) {
    if (passAuthentication(data, ip)) return Step.INSIDE;
    stop(link, Unread.CUT);
    return Step.NO_PACKET;
  }
  link.network = 0;
  link.offset = ip.offset;
  link.end = ip.end;
  inside(data, ip, link);
  if (link.layer !== Layer.NONE) passLayers(data, link);
  if (link.network === 0) return Step.END;
  if (++link.depth > NESTING_LIMIT) {
    stop(link, Unread.NESTED);
    return Step.END;
  }
  if (decodePacket(data, link.offset, link.end, link.network, ip)) return Step.INSIDE;
  stop(link, Unread.CUT);
  return Step.NO_PACKET;
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
