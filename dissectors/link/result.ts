/**
 * What the link layers fill in, and how one hands over to the next: a layer moves `offset` behind its header and names
 * the layer that begins there. `decodeLink` loops until IP is reached, so nothing here recurses.
 */

/** Where the packet of the network layer begins. Made once and filled for every frame: numbers only. */
export interface LinkResult {
  /** 4 or 6: the version of IP that the link layer announces; 0: something else, or it could not be reached. */
  network: 0 | 4 | 6;
  /** Offset of the packet's first byte in the frame's array, and of the first byte behind what was captured of it. */
  offset: number;
  end: number;
  /** The layer that begins at `offset`, one of `Layer`; NONE once IP, or an end, is reached. */
  layer: number;
  /** EtherType, GRE protocol or link type, where `layer` asks for one. */
  type: number;
  /** Encapsulations entered so far. */
  depth: number;
  /** Why `network` is 0, where it is: one of `Unread`; NONE: other traffic, of which all was read that matters. */
  unread: number;
  /** Further packets of an aggregate frame lie in `[next .. nextEnd)`; 0: there are none. */
  next: number;
  nextEnd: number;
}

export const Layer = {
  NONE: 0,
  ETHERNET: 1,
  ETHERTYPE: 2,
  LLC: 3,
  PPP: 4,
  PPPOE: 5,
  MPLS: 6,
  IEEE80211: 7,
  CISCO_HDLC: 8,
  LINK: 9,
} as const;

/** Why the inside of a frame was not looked at. */
export const Unread = {
  NONE: 0,
  LINK_TYPE: 1,
  /** The window ended inside a header: the snap length, or a length field in front of it. */
  CUT: 2,
  NESTED: 3,
  WLAN_PROTECTED: 4,
  MACSEC: 5,
  ESP: 6,
  DOCSIS_PRIVACY: 7,
  PPP_OPAQUE: 8,
  WLAN_FRAGMENT: 9,
  IPCOMP: 10,
  L2TPV3: 11,
  CAPWAP: 12,
  BATMAN: 13,
  GRE_OTHER: 14,
  MPLS_OTHER: 15,
  MPACKET: 16,
} as const;

/** How many kinds `Unread` distinguishes. */
export const UNREAD_KINDS = 17;

/** Frames, or packets, inside others that are followed; what lies deeper is counted and reported. */
export const NESTING_LIMIT = 8;

export function newLinkResult(): LinkResult {
  return {
    network: 0,
    offset: 0,
    end: 0,
    layer: Layer.NONE,
    type: 0,
    depth: 0,
    unread: Unread.NONE,
    next: 0,
    nextEnd: 0,
  };
}

/** Begins anew with the window `[offset .. end)`. */
export function beginWindow(out: LinkResult, offset: number, end: number): void {
  out.network = 0;
  out.offset = offset;
  out.end = end;
  out.layer = Layer.NONE;
  out.depth = 0;
  out.unread = Unread.NONE;
  out.next = 0;
}

/** The layer `layer` begins at `offset`. */
export function handOver(out: LinkResult, layer: number, offset: number): void {
  out.layer = layer;
  out.offset = offset;
}

/** IP of version `network` begins at `offset`. */
export function foundIp(out: LinkResult, network: 4 | 6, offset: number): void {
  if (offset > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  out.layer = Layer.NONE;
  out.network = network;
  out.offset = offset;
}

/** Nothing of interest is reached: `unread` says why, NONE for other traffic. */
export function stop(out: LinkResult, unread: number = Unread.NONE): void {
  out.layer = Layer.NONE;
  out.network = 0;
  out.unread = unread;
}

/** A whole frame inside another begins at `offset`; it counts for NESTING_LIMIT. */
export function enter(out: LinkResult, layer: number, offset: number): void {
  if (++out.depth > NESTING_LIMIT) stop(out, Unread.NESTED);
  else handOver(out, layer, offset);
}

/** IP of the version in the first four bits, where nothing in front of the packet shows it. */
export function ipByNibble(data: Uint8Array, offset: number, out: LinkResult): void {
  if (offset >= out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const version = data[offset]! >> 4;
  if (version === 4 || version === 6) foundIp(out, version, offset);
  else stop(out);
}

export function u16(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!;
}

export function u16le(data: Uint8Array, at: number): number {
  return data[at]! | (data[at + 1]! << 8);
}

export function u32le(data: Uint8Array, at: number): number {
  return (u16le(data, at) | (u16le(data, at + 2) << 16)) >>> 0;
}

export function u32(data: Uint8Array, at: number): number {
  return ((u16(data, at) << 16) | u16(data, at + 2)) >>> 0;
}
