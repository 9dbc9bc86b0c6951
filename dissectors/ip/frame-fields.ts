/**
 * The headers of a frame field by field, from the link layer to TCP or UDP, through tunnels; for trees. Where each begins is found
 * by the readers of the ordinary run.
 *
 * Not handled: what none of them follows; the second and later packets of aggregate frames.
 */

import { readLinkFields, restOf } from "../link/fields.js";
import { decodeLink } from "../link/link.js";
import { newLinkResult } from "../link/result.js";
import type { Reader } from "../wire/reader.js";
import { readIpFields } from "./fields.js";
import { decodePacket } from "./ip.js";
import { IpProtocol, type IpResult, newIpResult } from "./result.js";
import {
  type Ports,
  readGreFields,
  readTcpFields,
  readUdpFields,
  readUdpTunnelFields,
} from "./transport-fields.js";
import { beginTunnel, enterTunnel, Step } from "./tunnel.js";

/** What the innermost packet carries: offsets in the frame's array. */
export interface FramePayload {
  protocol: "tcp" | "udp" | null;
  start: number;
  end: number;
  /** It is a part of a datagram. */
  fragment: boolean;
  ports: Ports | null;
}

/** The headers of the frame that is all of `r`. Throws WireError where one is cut. */
export function readFrameFields(r: Reader, linkType: number): FramePayload {
  const { data, offset, end } = r;
  const link = newLinkResult();
  decodeLink(data, offset, end, linkType, link);
  const ip = newIpResult();
  if (link.network === 0 || !decodePacket(data, link.offset, link.end, link.network, ip)) {
    readLinkFields(r, linkType, link.network === 0 ? end : link.offset);
    return { protocol: null, start: r.offset, end, fragment: false, ports: null };
  }
  readLinkFields(r, linkType, link.offset);
  restOf(r, link.offset, "link-layer header");
  let network: 4 | 6 = link.network;
  const outer = ip.end;
  beginTunnel(ip, link);
  for (;;) {
    const before = { ...ip };
    readIpFields(r, network, ip.offset);
    restOf(r, ip.offset, "extension headers");
    const step = enterTunnel(data, ip, link);
    if (step !== Step.INSIDE) {
      const payload = readTransport(r, before);
      if (outer < end) r.noteAt("trailer", outer, end, data.subarray(outer, end));
      return payload;
    }
    // An authentication header is passed without a packet of its own.
    if (before.protocol === IpProtocol.AUTHENTICATION) {
      restOf(r, ip.offset, "Authentication");
      const payload = readTransport(r, ip);
      if (outer < end) r.noteAt("trailer", outer, end, data.subarray(outer, end));
      return payload;
    }
    readTunnel(r, before, link.offset);
    network = ip.version;
  }
}

/** Between one packet and the next. */
function readTunnel(r: Reader, { protocol }: IpResult, inner: number): void {
  if (protocol === IpProtocol.UDP) {
    const ports = r.part("UDP", readUdpFields, undefined);
    readUdpTunnelFields(r, ports, inner);
  } else if (protocol === IpProtocol.GRE && r.offset + 4 <= inner) r.part("GRE", readGreFields, inner);
  restOf(r, inner, "tunnel header");
}

function readTransport(
  r: Reader,
  { protocol, offset, end, fragment, fragmentOffset }: IpResult,
): FramePayload {
  const payload: FramePayload = { protocol: null, start: offset, end, fragment, ports: null };
  // What follows a fragment's header is no header of the transport's.
  if (fragment && fragmentOffset > 0) return payload;
  if (protocol === IpProtocol.TCP && offset + 20 <= end) {
    payload.protocol = "tcp";
    payload.ports = r.part("TCP", readTcpFields, end);
  } else if (protocol === IpProtocol.UDP && offset + 8 <= end) {
    payload.protocol = "udp";
    payload.ports = r.part("UDP", readUdpFields, undefined);
  }
  payload.start = r.offset;
  return payload;
}
