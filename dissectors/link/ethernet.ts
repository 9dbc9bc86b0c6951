/**
 * Ethernet II, with any number of VLAN tags (IEEE 802.1Q, 802.1ad and the older QinQ values), VN-Tag, the E-tag of
 * 802.1BR, the R-tag of 802.1CB, Cisco metadata, 802.1ah, MACsec without encryption, TRILL, FabricPath, NSH ([RFC 8300]), ISL, and
 * LLC with SNAP ([RFC 1042], [RFC 2684]); and the EtherTypes that other link layers share with it.
 *
 * Not handled: encrypted MACsec. The frame check sequence needs no care: IP says where its packet ends.
 */
import { enter, foundIp, handOver, Layer, type LinkResult, stop, Unread, u16 } from "./result.js";

const HEADER = 14;
const TAG = 4;

const EtherType = {
  IPV4: 0x0800,
  TRILL: 0x22f3,
  BATMAN: 0x4305,
  TRANSPARENT_ETHERNET: 0x6558,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  PPP: 0x880b,
  MPLS: 0x8847,
  MPLS_UPSTREAM: 0x8848,
  PPPOE_SESSION: 0x8864,
  SERVICE_VLAN: 0x88a8,
  MACSEC: 0x88e5,
  I_TAG: 0x88e7,
  FABRIC_PATH: 0x8903,
  CISCO_METADATA: 0x8909,
  VN_TAG: 0x8926,
  E_TAG: 0x893f,
  NSH: 0x894f,
  OLD_QINQ: 0x9100,
  OLD_QINQ_2: 0x9200,
  OLD_QINQ_3: 0x9300,
  R_TAG: 0xf1c1,
} as const;

/** Values below are the length of an IEEE 802.3 frame, not a type. */
export const LEAST_TYPE = 0x0600;

/** A frame that begins at `out.offset`. */
export function ethernet(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + HEADER > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const type = (data[at + 12]! << 8) | data[at + 13]!;
  if (type === EtherType.IPV4) foundIp(out, 4, at + HEADER);
  else if (type < LEAST_TYPE && isIsl(data, at)) enter(out, Layer.ETHERNET, at + 26);
  else etherType(data, at + HEADER, type, out);
}

/** What follows an EtherType `type`, whose payload begins at `offset`. */
export function etherType(data: Uint8Array, offset: number, type: number, out: LinkResult): void {
  const { end } = out;
  let at = offset;
  let kind = type;
  for (;;) {
    let tag = TAG;
    switch (kind) {
      case EtherType.IPV4:
        foundIp(out, 4, at);
        return;
      case EtherType.IPV6:
        foundIp(out, 6, at);
        return;
      case EtherType.VLAN:
      case EtherType.SERVICE_VLAN:
      case EtherType.OLD_QINQ:
      case EtherType.OLD_QINQ_2:
      case EtherType.OLD_QINQ_3:
        break;
      // Two bytes and a sequence number, the next EtherType.
      case EtherType.R_TAG:
      // Destination and source interface, the next EtherType.
      case EtherType.VN_TAG:
        tag = 6;
        break;
      // Priority, ingress and egress identifiers; version, length, security group tag.
      case EtherType.E_TAG:
      case EtherType.CISCO_METADATA:
        tag = 8;
        break;
      // Priority and service identifier, both customer addresses, the next EtherType.
      case EtherType.I_TAG:
        tag = 18;
        break;
      case EtherType.MACSEC:
        tag = macsec(data, at, end);
        if (tag === 0) {
          stop(out, at < end ? Unread.MACSEC : Unread.CUT);
          return;
        }
        break;
      case EtherType.PPPOE_SESSION:
        handOver(out, Layer.PPPOE, at);
        return;
      case EtherType.PPP:
        handOver(out, Layer.PPP, at);
        return;
      case EtherType.MPLS:
      case EtherType.MPLS_UPSTREAM:
        handOver(out, Layer.MPLS, at);
        return;
      case EtherType.TRANSPARENT_ETHERNET:
        enter(out, Layer.ETHERNET, at);
        return;
      case EtherType.TRILL:
        // Version, multi-destination flag and length of the options, hop count; two nicknames.
        if (at + 6 > end) stop(out, Unread.CUT);
        else enter(out, Layer.ETHERNET, at + 6 + (((u16(data, at) >> 6) & 0x1f) << 2));
        return;
      case EtherType.FABRIC_PATH:
        // Forwarding tag and time to live.
        enter(out, Layer.ETHERNET, at + 2);
        return;
      case EtherType.NSH:
        nsh(data, at, out);
        return;
      case EtherType.BATMAN:
        stop(out, Unread.BATMAN);
        return;
      default:
        if (kind < LEAST_TYPE) handOver(out, Layer.LLC, at);
        else stop(out);
        return;
    }
    if (at + tag > end) {
      stop(out, Unread.CUT);
      return;
    }
    kind = u16(data, at + tag - 2);
    at += tag;
  }
}

/**
 * LLC [IEEE 802.2] in front of IP: the service access point of IP, or SNAP with the organisation code that stands for
 * EtherTypes ([RFC 1042]), for those of IEEE 802.1H, or for bridged frames ([RFC 2684] 5.2).
 */
export function llc(data: Uint8Array, out: LinkResult): void {
  const at = out.offset;
  if (at + 3 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const saps = u16(data, at);
  if (saps === 0x0606 && data[at + 2] === 3) {
    foundIp(out, 4, at + 3);
    return;
  }
  if (saps !== 0xaaaa || data[at + 2] !== 3) {
    stop(out);
    return;
  }
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const organisation = (data[at + 3]! << 16) | u16(data, at + 4);
  const type = u16(data, at + 6);
  if ((organisation === 0 || organisation === 0x0000f8) && type >= LEAST_TYPE) {
    etherType(data, at + 8, type, out);
  } else if (organisation === 0x0080c2 && (type === 1 || type === 7)) {
    // On ATM two bytes of padding align what is behind the addresses.
    const padded = !looksLikeEthernet(data, at + 8, out.end) && looksLikeEthernet(data, at + 10, out.end);
    enter(out, Layer.ETHERNET, padded ? at + 10 : at + 8);
  } else stop(out);
}

/** Cisco's ISL, an Ethernet frame behind 26 bytes: addressed to 01-00-0c-00-00 or 03-00-0c-00-00. */
function isIsl(data: Uint8Array, at: number): boolean {
  return (
    (data[at] === 1 || data[at] === 3) &&
    data[at + 1] === 0 &&
    data[at + 2] === 0x0c &&
    data[at + 3] === 0 &&
    data[at + 4] === 0
  );
}

/** Length of a SecTAG [IEEE 802.1AE] 9.3 with the EtherType behind it; 0 where the rest is encrypted, or cut off. */
function macsec(data: Uint8Array, at: number, end: number): number {
  if (at >= end || (data[at]! & 0x0c) !== 0) return 0;
  return (data[at]! & 0x20) !== 0 ? 16 : 8;
}

/** Network Service Header [RFC 8300] 2: the length in words is in the low six bits of the second byte. */
function nsh(data: Uint8Array, at: number, out: LinkResult): void {
  if (at + 8 > out.end) {
    stop(out, Unread.CUT);
    return;
  }
  const length = (data[at + 1]! & 0x3f) << 2;
  if (data[at]! >> 6 !== 0 || length < 8) stop(out);
  else nextProtocol(data[at + 3]!, at + length, out);
}

/** The "next protocol" that NSH and VXLAN-GPE share. */
export function nextProtocol(protocol: number, offset: number, out: LinkResult): void {
  switch (protocol) {
    case 1:
      foundIp(out, 4, offset);
      return;
    case 2:
      foundIp(out, 6, offset);
      return;
    case 3:
      enter(out, Layer.ETHERNET, offset);
      return;
    case 4:
      out.type = EtherType.NSH;
      enter(out, Layer.ETHERTYPE, offset);
      return;
    case 5:
      handOver(out, Layer.MPLS, offset);
      return;
    default:
      stop(out);
  }
}

/**
 * Whether an Ethernet header at `at` would have an EtherType that is in use, or a length with LLC behind it: evidence for
 * layers that do not say what they carry.
 */
export function looksLikeEthernet(data: Uint8Array, at: number, end: number): boolean {
  if (at + HEADER > end) return false;
  const type = u16(data, at + 12);
  const inside = at + HEADER;
  switch (type) {
    case EtherType.IPV4:
      return inside >= end || data[inside]! >> 4 === 4;
    case EtherType.IPV6:
      return inside >= end || data[inside]! >> 4 === 6;
    case EtherType.VLAN:
    case EtherType.SERVICE_VLAN:
    case EtherType.OLD_QINQ:
    case EtherType.MPLS:
    case EtherType.MPLS_UPSTREAM:
    case EtherType.PPPOE_SESSION:
    case EtherType.PPPOE_SESSION - 1:
    case EtherType.I_TAG:
    case EtherType.MACSEC:
    case 0x0806: // ARP
    case 0x88cc: // LLDP
    case 0x8902: // connectivity fault management
    case 0x9000: // loopback test
      return true;
    default:
      return (
        type < LEAST_TYPE &&
        inside + 2 <= end &&
        data[inside] === data[inside + 1] &&
        isServicePoint(data[inside]!)
      );
  }
}

/** Bridges, SNAP, routers, IPX. */
function isServicePoint(sap: number): boolean {
  return sap === 0x42 || sap === 0xaa || sap === 0xfe || sap === 0xe0;
}
