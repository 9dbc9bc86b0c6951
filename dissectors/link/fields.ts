/**
 * Headers of the link layer field by field, for trees: Ethernet with VLAN tags, LLC and SNAP, Linux cooked captures, BSD loopback,
 * PPP, PPPoE, MPLS. Where the packet behind them begins is known before (link.ts).
 *
 * Not handled: other link layers, whose header is one run of bytes.
 */
import type { Flag, Reader, Show } from "../wire/reader.js";
import { bitsOf, hexText, nameIn, namesOf } from "../wire/show.js";
import { LEAST_TYPE } from "./ethernet.js";
import { LinkType } from "./link.js";

/** [IEEE 802], by EtherType. */
const ETHER_TYPES: ReadonlyMap<number, string> = new Map([
  [0x0800, "IPv4"],
  [0x0806, "ARP"],
  [0x6558, "Transparent Ethernet Bridging"],
  [0x8100, "Customer VLAN Tag"],
  [0x86dd, "IPv6"],
  [0x880b, "PPP"],
  [0x8847, "MPLS"],
  [0x8848, "MPLS, label assigned upstream"],
  [0x8863, "PPPoE Discovery"],
  [0x8864, "PPPoE Session"],
  [0x888e, "IEEE 802.1X"],
  [0x88a8, "Service VLAN Tag"],
  [0x88cc, "LLDP"],
  [0x88e5, "MACsec"],
  [0x88e7, "Backbone Service Instance Tag"],
  [0x894f, "NSH"],
  [0x9100, "VLAN Tag"],
  [0x9200, "VLAN Tag"],
  [0x9300, "VLAN Tag"],
]);
export const showEtherType = nameIn(ETHER_TYPES);
const VLANS: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200, 0x9300]);
const MPLS: ReadonlySet<number> = new Set([0x8847, 0x8848]);
const PPPOE = 0x8864;
const PPP = 0x880b;
const BRIDGED = 0x6558;

const ETHERNET_HEADER = 14;
const SNAP = 0xaa;

/** [RFC 1340], Linux's if_packet.h. */
const showPacketType = namesOf(["to us", "broadcast", "multicast", "to somebody else", "sent by us"]);
/** Linux's if_arp.h. */
const showDevice = namesOf({
  1: "Ethernet",
  512: "PPP",
  768: "IP in IP",
  769: "IPv6 in IP",
  772: "loopback",
  776: "SIT",
  778: "GRE",
  801: "IEEE 802.11",
  803: "IEEE 802.11 with radiotap",
  823: "GRE over IPv6",
  65534: "none",
});
const showFamily = namesOf({
  2: "IPv4",
  10: "IPv6",
  23: "IPv6",
  24: "IPv6",
  28: "IPv6",
  30: "IPv6",
});
const showPpp = namesOf({
  33: "IPv4",
  49: "Bridging PDU",
  87: "IPv6",
  641: "MPLS",
  49185: "LCP",
  32801: "IPCP",
});

/** An address of six bytes as text. */
const showMac: Show<Uint8Array> = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");

/** The headers from where `r` stands up to `end`, where the packet begins, as far as they are known here. */
export function readLinkFields(r: Reader, linkType: number, end: number): void {
  r.littleEndian = false;
  switch (linkType) {
    case LinkType.ETHERNET:
      readEthernet(r, end);
      break;
    case LinkType.LINUX_SLL:
      if (r.offset + 16 <= end) r.part("Linux cooked capture", readCooked1, end);
      break;
    case LinkType.LINUX_SLL2:
      if (r.offset + 20 <= end) r.part("Linux cooked capture 2", readCooked2, end);
      break;
    case LinkType.NULL:
    case LinkType.LOOP:
      if (r.offset + 4 <= end) r.part("BSD loopback", readLoopback, linkType);
      break;
    case LinkType.PPP:
    case LinkType.PPP_HDLC:
      readPpp(r, end);
      break;
    case LinkType.PPP_ETHER:
      if (r.offset + 6 < end) readPppoe(r, end);
      break;
    case LinkType.MPLS:
      readMpls(r, end);
  }
}

/** What is left of headers up to `end`. */
export function restOf(r: Reader, end: number, name: string): void {
  if (r.offset < end) r.skip(end - r.offset, name);
}

/** A frame of Ethernet, and the headers of its payload up to `end`. */
export function readEthernet(r: Reader, end: number): void {
  if (r.offset + ETHERNET_HEADER > end) return;
  const type = r.part("Ethernet", readEthernetHeader, undefined);
  readEtherType(r, type, end);
}

function readEthernetHeader(r: Reader): number {
  r.bytes(6, "Destination Address", showMac);
  r.bytes(6, "Source Address", showMac);
  const type = r.ahead().u16();
  return type < LEAST_TYPE ? r.u16("Length") : r.u16("Type", showEtherType);
}

/** What follows an EtherType, as far as headers go. */
export function readEtherType(r: Reader, first: number, end: number): void {
  let type = first;
  while (r.offset < end) {
    if (VLANS.has(type) && r.offset + 4 <= end) type = r.part("VLAN tag", readTag, undefined);
    else if (type < LEAST_TYPE && r.offset + 3 <= end) {
      const inside = r.part("LLC", readLlc, end);
      if (inside === null) return;
      type = inside;
    } else break;
  }
  if (MPLS.has(type)) readMpls(r, end);
  else if (type === PPPOE && r.offset + 6 < end) readPppoe(r, end);
  else if (type === PPP) readPpp(r, end);
  else if (type === BRIDGED) readEthernet(r, end);
}

/** [IEEE 802.1Q] 9.6. */
function readTag(r: Reader): number {
  r.u16("Tag Control Information", showTci);
  return r.u16("Type", showEtherType);
}

function showTci(tci: number): Flag[] {
  return [
    bitsOf(tci, 0xe000, "PCP"),
    { name: "DEI", mask: 0x1000, set: (tci & 0x1000) !== 0 },
    bitsOf(tci, 0x0fff, "VID"),
  ];
}

/** [IEEE 802.2] 3.2, [RFC 1042]; the EtherType behind SNAP, null where there is none. */
function readLlc(r: Reader, end: number): number | null {
  const dsap = r.u8("DSAP", hexText);
  r.u8("SSAP", hexText);
  r.u8("Control", hexText);
  if (dsap !== SNAP || r.offset + 5 > end) return null;
  r.bytes(3, "Organization Code");
  return r.u16("EtherType", showEtherType);
}

function readCooked1(r: Reader, end: number): void {
  r.u16("Packet Type", showPacketType);
  r.u16("ARPHRD_ Type", showDevice);
  const length = r.u16("Link-Layer Address Length");
  readAddress(r, length);
  readEtherType(r, r.u16("Protocol Type", showEtherType), end);
}

function readCooked2(r: Reader, end: number): void {
  const type = r.u16("Protocol Type", showEtherType);
  r.u16("Reserved (MBZ)");
  r.u32("Interface Index");
  r.u16("ARPHRD_ Type", showDevice);
  r.u8("Packet Type", showPacketType);
  const length = r.u8("Link-Layer Address Length");
  readAddress(r, length);
  readEtherType(r, type, end);
}

/** Eight bytes, of which as many count as the length says. */
function readAddress(r: Reader, length: number): void {
  const size = Math.min(8, length);
  if (size > 0) r.bytes(size, "Link-Layer Address", showMac);
  if (size < 8) r.bytes(8 - size, "unused");
}

/** The family's first byte that is not zero says in which order it is. */
function readLoopback(r: Reader, linkType: number): void {
  const look = r.ahead();
  r.littleEndian = linkType === LinkType.NULL && look.u16() !== 0;
  r.u32("Address Family", showFamily);
}

/** [RFC 1662] 3.1. */
function readPpp(r: Reader, end: number): void {
  if (r.offset < end) r.part("PPP", readPppHeader, end);
}

function readPppHeader(r: Reader, end: number): void {
  if (r.offset + 3 <= end && r.peek() === 0xff && r.peek(1) === 0x03) {
    r.u8("Address", hexText);
    r.u8("Control", hexText);
  }
  if ((r.peek() & 1) === 1) r.u8("Protocol", showPpp);
  else if (r.offset + 2 <= end) r.u16("Protocol", showPpp);
}

/** [RFC 2516] 4. */
function readPppoe(r: Reader, end: number): void {
  r.part("PPPoE", readPppoeHeader, undefined);
  readPpp(r, end);
}

function readPppoeHeader(r: Reader): void {
  r.u8("VER, TYPE", (value) => [bitsOf(value, 0xf0, "VER"), bitsOf(value, 0x0f, "TYPE")]);
  r.u8("CODE");
  r.u16("SESSION_ID");
  r.u16("LENGTH");
}

/** [RFC 3032] 2.1, and Ethernet below the labels where there is room for it ([RFC 4448]). */
function readMpls(r: Reader, end: number): void {
  let bottom = false;
  while (!bottom && r.offset + 4 <= end) {
    bottom = (r.u32("Label Stack Entry", showLabel) & 0x100) !== 0;
  }
  const left = end - r.offset;
  if (left === ETHERNET_HEADER + 4) r.u32("PW Control Word", hexText);
  if (left >= ETHERNET_HEADER) readEthernet(r, end);
}

function showLabel(entry: number): Flag[] {
  return [
    bitsOf(entry, 0xfffff000, "Label"),
    bitsOf(entry, 0x0e00, "TC"),
    { name: "S", mask: 0x0100, set: (entry & 0x0100) !== 0 },
    bitsOf(entry, 0x00ff, "TTL"),
  ];
}
