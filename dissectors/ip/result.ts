/** What the readers of IPv4 and IPv6 headers fill, and the numbers of the protocols above them ([RFC 5237], IANA). */

/** Made once and filled for every packet: numbers only. */
export interface IpResult {
  version: 4 | 6;
  /** Protocol of the payload, after all extension headers that could be passed. */
  protocol: number;
  /** The payload as captured is the frame's `data[offset .. end)`; padding of the link layer is left out. */
  offset: number;
  end: number;
  /** Bytes the payload had on the wire; more than `end - offset` where the capture cut it. */
  length: number;
  /** Bytes of the packet before the payload. */
  headers: number;
  /** A part of a datagram: `fragmentOffset` bytes into it, `moreFragments` unless the last. */
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
  ESP: 50,
  AUTHENTICATION: 51,
  ICMPV6: 58,
  ETHER_IP: 97,
  IPCOMP: 108,
  L2TP: 115,
  MPLS: 137,
  ETHERNET: 143,
} as const;

export function newIpResult(): IpResult {
  return {
    version: 4,
    protocol: 0,
    offset: 0,
    end: 0,
    length: 0,
    headers: 0,
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
