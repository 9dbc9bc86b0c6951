/**
 * What IPv4 and IPv6 have in common: the result both fill, and the choice between them. A packet inside a packet
 * (RFC 2003, RFC 4213, RFC 2473, GRE of RFC 2784) is followed a few levels down.
 *
 * Not handled: reassembly (it needs memory), checksums (offload makes them wrong), other tunnels.
 */
import { decodeIpv4 } from "./ipv4.js";
import { decodeIpv6 } from "./ipv6.js";

/** Made once and filled for every packet: numbers only. */
export interface IpResult {
  version: 4 | 6;
  /** Protocol of the payload, after all extension headers that could be passed. */
  protocol: number;
  /** The payload as captured is the frame's `data[offset .. end)`; padding of the link layer is left out. */
  offset: number;
  end: number;
  /** Octets the payload had on the wire; more than `end - offset` where the capture cut it. */
  length: number;
  /** A part of a datagram: `fragmentOffset` octets into it, `moreFragments` unless the last. */
  fragment: boolean;
  moreFragments: boolean;
  fragmentOffset: number;
  identification: number;
  /** Addresses as 32-bit words, signed; IPv4 uses the first only, the others are 0. */
  source0: number;
  source1: number;
  source2: number;
  source3: number;
  destination0: number;
  destination1: number;
  destination2: number;
  destination3: number;
}

export const IpProtocol = {
  ICMP: 1,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  GRE: 47,
  ICMPV6: 58,
} as const;

/** Packets inside packets that are followed. */
const TUNNEL_LIMIT = 4;

export function newIpResult(): IpResult {
  return {
    version: 4,
    protocol: 0,
    offset: 0,
    end: 0,
    length: 0,
    fragment: false,
    moreFragments: false,
    fragmentOffset: 0,
    identification: 0,
    source0: 0,
    source1: 0,
    source2: 0,
    source3: 0,
    destination0: 0,
    destination1: 0,
    destination2: 0,
    destination3: 0,
  };
}

/**
 * Reads the packet that begins at `offset` and, where its payload is a packet again, that one. `network` is what the
 * link layer announced; false where the octets are no such packet. Never throws.
 */
export function decodeIp(
  data: Uint8Array,
  offset: number,
  end: number,
  network: 0 | 4 | 6,
  out: IpResult,
): boolean {
  if (!decodePacket(data, offset, end, network, out)) return false;
  return (
    out.protocol === IpProtocol.TCP || !isTunnel(out.protocol) || out.fragment || followTunnel(data, out)
  );
}

function decodePacket(
  data: Uint8Array,
  offset: number,
  end: number,
  network: 0 | 4 | 6,
  out: IpResult,
): boolean {
  if (network === 4) return decodeIpv4(data, offset, end, out);
  return network === 6 && decodeIpv6(data, offset, end, out);
}

function isTunnel(protocol: number): boolean {
  return protocol === IpProtocol.IPV4 || protocol === IpProtocol.IPV6 || protocol === IpProtocol.GRE;
}

/** Leaves in `out` the innermost packet that could be read; what is no packet leaves the outer one. */
export function followTunnel(data: Uint8Array, out: IpResult): boolean {
  for (let depth = 0; depth < TUNNEL_LIMIT && isTunnel(out.protocol) && !out.fragment; depth++) {
    let network: 0 | 4 | 6 = 0;
    let at = out.offset;
    if (out.protocol === IpProtocol.IPV4) network = 4;
    else if (out.protocol === IpProtocol.IPV6) network = 6;
    else {
      const header = greHeader(data, at, out.end);
      if (header < 0) return true;
      const type = (data[at + 2]! << 8) | data[at + 3]!;
      network = type === 0x0800 ? 4 : type === 0x86dd ? 6 : 0;
      at += header;
    }
    if (network === 0) return true;
    if (!decodePacket(data, at, out.end, network, out)) return false;
  }
  return true;
}

/** Length of a GRE header (RFC 2784, RFC 2890), or -1 where it is not of version 0 or cut off. */
function greHeader(data: Uint8Array, at: number, end: number): number {
  if (at + 4 > end || (data[at + 1]! & 7) !== 0 || (data[at]! & 0x40) !== 0) return -1;
  const flags = data[at]!;
  return 4 + ((flags & 0x80) !== 0 ? 4 : 0) + ((flags & 0x20) !== 0 ? 4 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
}
