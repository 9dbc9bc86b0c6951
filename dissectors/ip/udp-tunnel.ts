/**
 * Tunnels over UDP, recognised by their port and then by a header that must be one of theirs: VXLAN ([RFC 7348]) with the group
 * policy extension, VXLAN-GPE, Geneve ([RFC 8926]), GTP-U (3GPP TS 29.281), L2TP ([RFC 2661]), Teredo ([RFC 4380]), MPLS
 * ([RFC 7510]), GRE ([RFC 8086]), LISP ([RFC 6830]), CAPWAP ([RFC 5415]), AYIYA, TZSP. A datagram whose header is none of that is
 * simply UDP.
 *
 * Not handled: ESP in UDP ([RFC 3948]), fragments of CAPWAP and what it protects, which are counted as not read; ports
 * that others chose.
 */
import { etherType, looksLikeEthernet, nextProtocol } from "../link/ethernet.js";
import { SWAPPED } from "../link/ieee80211.js";
import { foundIp, handOver, ipByNibble, Layer, type LinkResult, stop, Unread, u16 } from "../link/result.js";
import { gre } from "./gre.js";

const UDP_HEADER = 8;

const Port = {
  L2TP: 1701,
  GTP: 2152,
  TEREDO: 3544,
  LISP: 4341,
  IPSEC: 4500,
  GRE: 4754,
  VXLAN: 4789,
  VXLAN_GPE: 4790,
  AYIYA: 5072,
  CAPWAP: 5247,
  GENEVE: 6081,
  MPLS: 6635,
  /** What Linux used before there was a number of its own. */
  OLD_VXLAN: 8472,
  TZSP: 37008,
} as const;

/** Whether a datagram may be of a tunnel by its ports, in `data[at .. end)`; one that is cut off may be. */
export function mayBeTunnel(data: Uint8Array, at: number, end: number): boolean {
  return at + UDP_HEADER > end || isPort(u16(data, at + 2)) || isPort(u16(data, at));
}

function isPort(port: number): boolean {
  // Well-known and ephemeral ports are most of all.
  if (port < Port.L2TP || port > Port.TZSP) return false;
  switch (port) {
    case Port.L2TP:
    case Port.GTP:
    case Port.TEREDO:
    case Port.LISP:
    case Port.IPSEC:
    case Port.GRE:
    case Port.VXLAN:
    case Port.VXLAN_GPE:
    case Port.AYIYA:
    case Port.CAPWAP:
    case Port.GENEVE:
    case Port.MPLS:
    case Port.OLD_VXLAN:
    case Port.TZSP:
      return true;
    default:
      return false;
  }
}

/** A datagram at `out.offset`: what it carries, if its ports and its first bytes are those of a tunnel. */
export function udpTunnel(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + UDP_HEADER > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  stop(out);
  if (!byPort(data, at + UDP_HEADER, u16(data, at + 2), out))
    byPort(data, at + UDP_HEADER, u16(data, at), out);
}

/** False where the port is nobody's. */
function byPort(data: Uint8Array, at: number, port: number, out: LinkResult): boolean {
  switch (port) {
    case Port.VXLAN:
    case Port.OLD_VXLAN:
      vxlan(data, at, out);
      return true;
    case Port.GENEVE:
      geneve(data, at, out);
      return true;
    case Port.VXLAN_GPE:
      vxlanGpe(data, at, out);
      return true;
    case Port.GTP:
      gtp(data, at, out);
      return true;
    case Port.L2TP:
      l2tp(data, at, out);
      return true;
    case Port.TEREDO:
      teredo(data, at, out);
      return true;
    case Port.MPLS:
      handOver(out, Layer.MPLS, at);
      return true;
    case Port.LISP:
      lisp(data, at, out);
      return true;
    case Port.IPSEC:
      // [RFC 3948] 2: four zeros mark key exchange, one byte keeps the mapping alive.
      if (at + 8 <= out.end && u16(data, at) + u16(data, at + 2) !== 0) stop(out, Unread.ESP);
      return true;
    case Port.GRE:
      out.offset = at;
      gre(data, out);
      return true;
    case Port.CAPWAP:
      capwap(data, at, out);
      return true;
    case Port.AYIYA:
      ayiya(data, at, out);
      return true;
    case Port.TZSP:
      tzsp(data, at, out);
      return true;
    default:
      return false;
  }
}

/**
 * [RFC 7348] 5: flags with the I bit, reserved, network identifier, reserved. The policy extension fills the first. What
 * is reserved is to be ignored: where it is not 0, the frame inside must look like one.
 */
function vxlan(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = data[at]!;
  const policy = (flags & 0x80) !== 0;
  const first = policy ? data[at + 1]! & 0xb7 : (data[at + 1]! << 16) | u16(data, at + 2);
  const clean = (flags & 0x7f) === 8 && first === 0 && data[at + 7] === 0;
  if (clean || ((flags & 8) !== 0 && looksLikeEthernet(data, at + 8, out.end))) {
    handOver(out, Layer.ETHERNET, at + 8);
  }
}

/** [draft-ietf-nvo3-vxlan-gpe] 3: version, I, P, B and O bits; the protocol where P is set. */
function vxlanGpe(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = data[at]!;
  if ((flags & 0xf1) !== 0 || u16(data, at + 1) !== 0 || data[at + 7] !== 0) return;
  if ((flags & 4) !== 0) nextProtocol(data[at + 3]!, at + 8, out);
  else if (flags === 8 && data[at + 3] === 0) handOver(out, Layer.ETHERNET, at + 8);
}

/** [RFC 8926] 3.4: version, length of the options in words, flags, EtherType, network identifier, reserved. */
function geneve(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const first = data[at]!;
  if (first >> 6 !== 0 || (data[at + 1]! & 0x3f) !== 0 || data[at + 7] !== 0) return;
  const inner = at + 8 + ((first & 0x3f) << 2);
  const type = u16(data, at + 2);
  if (type === 0x6558) handOver(out, Layer.ETHERNET, inner);
  else etherType(data, inner, type, out);
}

/** [3GPP TS 29.281] 5.1: version 1 and protocol type, message 255; three optional fields, a chain of extensions. */
function gtp(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = data[at]!;
  if (flags >> 4 !== 3 || data[at + 1] !== 255) return;
  let inner = at + 8;
  if ((flags & 7) !== 0) {
    inner += 4;
    let next = (flags & 4) !== 0 && inner <= out.end ? data[inner - 1]! : 0;
    while (next !== 0 && inner < out.end) {
      const length = data[inner]! << 2;
      if (length === 0) return;
      inner += length;
      next = inner <= out.end ? data[inner - 1]! : 0;
    }
  }
  ipByNibble(data, inner, out);
}

/** [RFC 2661] 3.1: flags and version, length, tunnel, session, two sequence numbers, offset; then PPP. */
function l2tp(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 2 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = u16(data, at);
  const version = flags & 15;
  // Control messages, whatever their version.
  if ((flags & 0x8000) !== 0) return;
  if (version === 3) {
    stop(out, Unread.L2TPV3);
    return;
  }
  if (version !== 2) return;
  let inner = at + ((flags & 0x4000) !== 0 ? 8 : 6);
  if ((flags & 0x0800) !== 0) inner += 4;
  if ((flags & 0x0200) !== 0) {
    if (inner + 2 > out.end) {
      stop(out, Unread.CUT);
      return;
    }
    inner += 2 + u16(data, inner);
  }
  handOver(out, Layer.PPP, inner);
}

/** [RFC 4380] 5.1.1: authentication and origin may stand in front of the IPv6 packet. */
function teredo(data: Uint8Array, at: number, out: LinkResult): void {
  let inner = at;
  // Type 1, lengths of identifier and value, both, nonce, confirmation.
  if (inner + 4 <= out.end && u16(data, inner) === 1) inner += 13 + data[inner + 2]! + data[inner + 3]!;
  if (inner + 8 <= out.end && u16(data, inner) === 0) inner += 8;
  if (inner < out.end && data[inner]! >> 4 === 6) foundIp(out, 6, inner);
}

/** [RFC 6830] 5.3: flags and nonce, instance or locator bits; then IP, of whichever version. */
function lisp(data: Uint8Array, at: number, out: LinkResult): void {
  ipByNibble(data, at + 8, out);
}

/** [RFC 5415] 4.3: preamble, lengths in words, binding; bits: native frame, fragment, keep-alive. */
function capwap(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const flags = data[at + 3]!;
  if (data[at]! >> 4 !== 0 || (flags & 0x08) !== 0) return;
  const inner = at + ((data[at + 1]! >> 3) << 2);
  // Preamble 1 is DTLS.
  if ((data[at]! & 15) !== 0 || (flags & 0x80) !== 0) {
    stop(out, Unread.CAPWAP);
    return;
  }
  if ((data[at + 2]! & 1) === 0) handOver(out, Layer.ETHERNET, inner);
  else if (inner + 2 > out.end) stop(out, Unread.CUT);
  else {
    // Most access points send the frame control in the order of the network; a data frame says which.
    out.type = (data[inner + 1]! & 15) === 8 ? SWAPPED : 0;
    handOver(out, Layer.IEEE80211, inner);
  }
}

/** [draft-massar-v6ops-ayiya] 3: lengths of identity and signature, operation, next header, time. */
function ayiya(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  // Operation 1 is to forward.
  if ((data[at + 2]! & 15) !== 1) return;
  const inner = at + 8 + (1 << (data[at]! >> 4)) + ((data[at + 1]! >> 4) << 2);
  if (data[at + 3] === 41) foundIp(out, 6, inner);
  else if (data[at + 3] === 4) foundIp(out, 4, inner);
}

/** TaZmen Sniffer: version 1, a received packet, what it is; tags until the one that ends them. */
function tzsp(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 4 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  if (data[at] !== 1 || data[at + 1]! > 1) return;
  let inner = at + 4;
  for (let tag = 0; tag !== 1; ) {
    if (inner + 2 > out.end) {
      stop(out, Unread.CUT);
      return;
    }
    tag = data[inner]!;
    inner += tag < 2 ? 1 : 2 + data[inner + 1]!;
  }
  const type = u16(data, at + 2);
  if (type === 1) handOver(out, Layer.ETHERNET, inner);
  else if (type === 18) {
    out.type = 0;
    handOver(out, Layer.IEEE80211, inner);
  }
}
