/**
 * One TCP conversation in every kind of frame that is read. The headers are written out by hand from what is published of
 * them, so that a mistake of the decoder is not made again here.
 */
import { ACK, ipv4, ipv6, SYN, tcpSegment } from "../reassembly/packets.js";

export interface Shape {
  name: string;
  linkType: number;
  /** Puts a packet of IPv4 (or IPv6, where `six`) into a frame. */
  wrap: (ip: Buffer) => Buffer;
  six?: boolean;
  /** tshark cannot read it, and why; judged by the published layout alone. */
  alone?: string;
}

/** Bytes from hexadecimal digits and blanks, buffers put where they are named. */
export function bytes(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part.replaceAll(" ", ""), "hex") : part)),
  );
}

/** A number in so many bytes, most significant first. */
export function big(value: number, size: number): Buffer {
  const out = Buffer.alloc(size);
  out.writeUIntBE(value, 0, size);
  return out;
}

const MACS = "020000000001 020000000002";
const OTHER_MACS = "02aabbccdd01 02aabbccdd02";

export const ether = (type: string, payload: Uint8Array): Buffer => bytes(MACS, type, payload);

/** An Ethernet frame of IP, with other addresses than `ether`, for the inside of something. */
export function innerEther(ip: Buffer): Buffer {
  return bytes(OTHER_MACS, ip[0]! >> 4 === 6 ? "86dd" : "0800", ip);
}

/** Three segments to begin a conversation, and two with data. */
export function conversation(port: number, six = false): Buffer[] {
  const client = six ? Buffer.from("20010db8000000000000000000000001", "hex") : [192, 0, 2, 1];
  const server = six ? Buffer.from("20010db8000000000000000000000002", "hex") : [192, 0, 2, 2];
  const packet = (from: 0 | 1, seq: number, ack: number, flags: number, data = ""): Buffer => {
    const ports: [number, number] = from === 0 ? [port, 135] : [135, port];
    const segment = tcpSegment(...ports, seq, ack, flags, Buffer.from(data));
    const [source, destination] = from === 0 ? [client, server] : [server, client];
    return six
      ? ipv6(source as Buffer, destination as Buffer, 6, segment)
      : ipv4(source as number[], destination as number[], 6, segment);
  };
  return [
    packet(0, 100, 0, SYN),
    packet(1, 900, 101, SYN | ACK),
    packet(0, 101, 901, ACK),
    packet(0, 101, 901, ACK, "a question"),
    packet(1, 901, 111, ACK, "an answer to it"),
  ];
}

const SNAP = "aaaa03 000000";
const WLAN_ADDRESSES = "020000000001 020000000002 020000000003";

/** Prism: code, length 144, device, and ten values that are not looked at. */
const PRISM = bytes("44000000 90000000", Buffer.alloc(136));
/** AVS: cookie with version, length 64. */
const AVS = bytes("80211001 00000040", Buffer.alloc(56));

/** tcpdump.org/linktypes; RFCs and IEEE standards as named. */
export const FRAMES: readonly Shape[] = [
  // IEEE 802.1Q, 802.1ad, 802.1ah, 802.1BR; draft-ietf and vendors' tags.
  { name: "VLAN", linkType: 1, wrap: (ip) => ether("8100", bytes("0064 0800", ip)) },
  { name: "QinQ", linkType: 1, wrap: (ip) => ether("88a8", bytes("0064 8100 0065 0800", ip)) },
  { name: "VN-tag", linkType: 1, wrap: (ip) => ether("8926", bytes("80010002 0800", ip)) },
  { name: "VN-tag and VLAN", linkType: 1, wrap: (ip) => ether("8926", bytes("00010002 8100 0064 0800", ip)) },
  { name: "802.1ah", linkType: 1, wrap: (ip) => ether("88e7", bytes("00000101", innerEther(ip))) },
  {
    name: "802.1ah in a backbone VLAN, with a customer's",
    linkType: 1,
    wrap: (ip) => ether("88a8", bytes("0064 88e7 00000101", OTHER_MACS, "8100 0007 0800", ip)),
  },
  { name: "Cisco metadata", linkType: 1, wrap: (ip) => ether("8909", bytes("01 01 0001 0064 0800", ip)) },
  {
    name: "R-tag of 802.1CB",
    linkType: 1,
    wrap: (ip) => ether("f1c1", bytes("0000 0007 0800", ip)),
  },
  {
    name: "E-tag of 802.1BR",
    linkType: 1,
    wrap: (ip) => ether("893f", bytes("0000 1001 0000 0800", ip)),
  },
  // IEEE 802.1AE 9.3: no encryption, with the identifier of the channel; the integrity check value is behind.
  {
    name: "MACsec that only signs",
    linkType: 1,
    wrap: (ip) =>
      ether("88e5", bytes("20 00 00000001 0200000000010001 0800", ip, "00112233445566778899aabbccddeeff")),
  },
  { name: "SNAP", linkType: 1, wrap: (ip) => bytes(MACS, big(ip.length + 8, 2), SNAP, "0800", ip) },
  {
    name: "IP's own service access point",
    linkType: 1,
    wrap: (ip) => bytes(MACS, big(ip.length + 3, 2), "060603", ip),
  },
  {
    name: "ISL",
    linkType: 1,
    wrap: (ip) =>
      bytes(
        "01000c0000 00 020000000009",
        big(ip.length + 30, 2),
        "aaaa03 000000 0002 0000 0000",
        innerEther(ip),
        "00000000",
      ),
  },
  // [RFC 6325]: version 0, three hops, two nicknames.
  { name: "TRILL", linkType: 1, wrap: (ip) => ether("22f3", bytes("0003 0001 0002", innerEther(ip))) },
  // Cisco FabricPath: addresses of switches, tag 1 with 32 hops, the frame.
  {
    name: "FabricPath",
    linkType: 1,
    wrap: (ip) => bytes("020000010003 020000020000 8903 0060", innerEther(ip)),
  },
  // [RFC 8300]: six words, type 1, IPv4 next; path and index; context.
  {
    name: "NSH",
    linkType: 1,
    wrap: (ip) => ether("894f", bytes("0fc6 01 01 000001ff", Buffer.alloc(16), ip)),
  },
  // [RFC 3032]: label 16, bottom; labels 20 and 21.
  { name: "MPLS", linkType: 1, wrap: (ip) => ether("8847", bytes("00010140", ip)) },
  { name: "MPLS, two labels", linkType: 1, wrap: (ip) => ether("8847", bytes("00014040 00015140", ip)) },
  {
    name: "MPLS of IPv6",
    linkType: 1,
    six: true,
    wrap: (ip) => ether("8848", bytes("00014040 00002140", ip)),
  },
  // [RFC 4448]: control word of zeros, or none.
  {
    name: "Ethernet over MPLS with control word",
    linkType: 1,
    wrap: (ip) => ether("8847", bytes("00010140 00000000", innerEther(ip))),
  },
  {
    name: "Ethernet over MPLS without control word",
    linkType: 1,
    wrap: (ip) => ether("8847", bytes("00010140", "00155d000001 00155d000002 0800", ip)),
  },
  { name: "MPLS in a VLAN", linkType: 1, wrap: (ip) => ether("8100", bytes("0064 8847 00010140", ip)) },
  {
    name: "PPPoE",
    linkType: 1,
    wrap: (ip) => ether("8864", bytes("11 00 0001", big(ip.length + 2, 2), "0021", ip)),
  },

  // IEEE 802.11 9.2.3 and 9.3.2: to the distribution system, from it, QoS, four addresses, HT control.
  {
    name: "802.11",
    linkType: 105,
    wrap: (ip) => bytes("0801 0000", WLAN_ADDRESSES, "1000", SNAP, "0800", ip),
  },
  {
    name: "802.11 QoS",
    linkType: 105,
    wrap: (ip) => bytes("8802 0000", WLAN_ADDRESSES, "1000 0000", SNAP, "0800", ip),
  },
  {
    name: "802.11 QoS with four addresses and a check sequence",
    linkType: 105,
    wrap: (ip) => bytes("8803 0000", WLAN_ADDRESSES, "1000 020000000004 0000", SNAP, "0800", ip, "01020304"),
  },
  {
    name: "802.11 QoS with HT control",
    linkType: 105,
    wrap: (ip) => bytes("8881 0000", WLAN_ADDRESSES, "1000 0000 00000000", SNAP, "0800", ip),
  },
  // radiotap.org: eight bytes without fields; time and flags with padding (0x20) behind a header of 26.
  {
    name: "radiotap",
    linkType: 127,
    wrap: (ip) => bytes("00 00 0800 00000000 0801 0000", WLAN_ADDRESSES, "1000", SNAP, "0800", ip),
  },
  {
    name: "radiotap with padding",
    linkType: 127,
    wrap: (ip) =>
      bytes(
        "00 00 1900 03000080 00000000 00000000 0000000000000000 20",
        "8802 0000",
        WLAN_ADDRESSES,
        "1000 0000 0000",
        SNAP,
        "0800",
        ip,
      ).subarray(0),
  },
  {
    name: "PPI of 802.11",
    linkType: 192,
    wrap: (ip) => bytes("00 00 0800 69000000 0801 0000", WLAN_ADDRESSES, "1000", SNAP, "0800", ip),
  },
  {
    name: "PPI of Ethernet, with a field",
    linkType: 192,
    wrap: (ip) => bytes("00 00 1000 01000000 0300 0400 00000000", ether("0800", ip)),
  },
  {
    name: "Prism",
    linkType: 119,
    wrap: (ip) => bytes(PRISM, "0801 0000", WLAN_ADDRESSES, "1000", SNAP, "0800", ip),
  },
  {
    name: "AVS",
    linkType: 163,
    wrap: (ip) => bytes(AVS, "0801 0000", WLAN_ADDRESSES, "1000", SNAP, "0800", ip),
  },

  // Netfilter log: family, version, resource; a prefix (10), the payload (9); least significant byte first.
  {
    name: "NFLOG",
    linkType: 239,
    wrap: (ip) => bytes("02 00 0001 0500 0a00 00 000000", le(ip.length + 4), "0900", ip),
  },
  {
    name: "NFLOG of IPv6",
    linkType: 239,
    six: true,
    wrap: (ip) => bytes("0a 00 0001", le(ip.length + 4), "0900", ip),
  },
  { name: "Cisco HDLC", linkType: 104, wrap: (ip) => bytes("0f00 0800", ip) },
  { name: "Cisco HDLC of MPLS", linkType: 104, wrap: (ip) => bytes("8f00 8847 00010140", ip) },
  { name: "IPoIB", linkType: 242, wrap: (ip) => bytes(Buffer.alloc(40), "0800 0000", ip) },
  // pktap.h: length 108, a packet, link type 1.
  {
    name: "PKTAP",
    linkType: 258,
    wrap: (ip) => bytes("6c000000 01000000 01000000", Buffer.alloc(96), ether("0800", ip)),
  },

  // [RFC 1661], 1662.
  { name: "PPP", linkType: 9, wrap: (ip) => bytes("ff03 0021", ip) },
  { name: "PPP in HDLC framing", linkType: 50, wrap: (ip) => bytes("ff03 0021", ip) },
  { name: "Cisco framing under PPP's link type", linkType: 50, wrap: (ip) => bytes("0f00 0800", ip) },
  { name: "PPP without address, protocol of one byte", linkType: 9, wrap: (ip) => bytes("21", ip) },
  { name: "PPP of MPLS", linkType: 50, wrap: (ip) => bytes("ff03 0281 00010140", ip) },
  { name: "PPP of Ethernet", linkType: 50, wrap: (ip) => bytes("ff03 0031 00 01", innerEther(ip)) },
  {
    name: "PPPoE without Ethernet",
    linkType: 51,
    wrap: (ip) => bytes("11 00 0001", big(ip.length + 2, 2), "0021", ip),
  },
  { name: "PPP with direction", linkType: 204, wrap: (ip) => bytes("00 ff03 0021", ip) },

  // Linux cooked: of Ethernet, of a GRE device (778), of radiotap (803), with LLC, with MPLS.
  { name: "cooked", linkType: 113, wrap: (ip) => bytes("0000 0001 0006 0200000000010000 0800", ip) },
  {
    name: "cooked, GRE device",
    linkType: 113,
    wrap: (ip) => bytes("0000 030a 0004 c000020100000000 0800", ip),
  },
  {
    name: "cooked, radiotap device",
    linkType: 113,
    wrap: (ip) =>
      bytes(
        "0003 0323 0006 0200000000010000 0004 00000800 00000000 0801 0000",
        WLAN_ADDRESSES,
        "1000",
        SNAP,
        "0800",
        ip,
      ),
  },
  {
    name: "cooked of LLC",
    linkType: 113,
    wrap: (ip) => bytes("0000 0001 0006 0200000000010000 0004", SNAP, "0800", ip),
  },
  {
    name: "cooked of MPLS",
    linkType: 113,
    wrap: (ip) => bytes("0000 0001 0006 0200000000010000 8847 00010140", ip),
  },
  {
    name: "cooked, version 2",
    linkType: 276,
    wrap: (ip) => bytes("0800 0000 00000002 0001 00 06 0200000000010000", ip),
  },

  { name: "raw", linkType: 101, wrap: (ip) => ip },
  { name: "raw of IPv6", linkType: 101, six: true, wrap: (ip) => ip },
  { name: "IPv4", linkType: 228, wrap: (ip) => ip },
  { name: "IPv6", linkType: 229, six: true, wrap: (ip) => ip },
  { name: "BSD loopback", linkType: 0, wrap: (ip) => bytes("02000000", ip) },
  { name: "BSD loopback of IPv6", linkType: 0, six: true, wrap: (ip) => bytes("1e000000", ip) },
  { name: "OpenBSD loopback", linkType: 108, wrap: (ip) => bytes("00000002", ip) },
  { name: "OpenBSD encapsulation", linkType: 109, wrap: (ip) => bytes("02000000 00001000 00000000", ip) },
  // if_pflog.h: 61 bytes, padded to 64.
  { name: "packet filter log", linkType: 117, wrap: (ip) => bytes("3d 02", Buffer.alloc(62), ip) },
  {
    name: "Solaris IPNET",
    linkType: 226,
    wrap: (ip) => bytes("01 02 0000", big(ip.length, 4), Buffer.alloc(16), ip),
  },
  { name: "RFC 1483", linkType: 100, wrap: (ip) => bytes(SNAP, "0800", ip) },
  {
    name: "RFC 1483 of Ethernet",
    linkType: 100,
    wrap: (ip) => bytes("aaaa03 0080c2 0007 0000", innerEther(ip)),
  },
  {
    name: "netANALYZER",
    linkType: 240,
    wrap: (ip) => bytes("0004", le(ip.length + 18), ether("0800", ip), "00000000"),
  },
  {
    name: "netANALYZER, transparent",
    alone: "shows the bytes only",
    linkType: 241,
    wrap: (ip) => bytes("0004", le(ip.length + 26), "55555555555555 d5", ether("0800", ip), "00000000"),
  },
  // DOCSIS: packet, no extended header; length; check sequence.
  {
    name: "DOCSIS",
    alone: "asks for the right header check",
    linkType: 143,
    wrap: (ip) => bytes("00 00", big(ip.length + 18, 2), "0000", ether("0800", ip), "00000000"),
  },
  { name: "MPLS alone", linkType: 219, wrap: (ip) => bytes("00010140", ip), alone: "unknown to it" },
  // IEEE 802.3 65.1.3: start delimiter in the third byte, link identifier, check sequence of them.
  { name: "EPON", linkType: 259, wrap: (ip) => bytes("5555d555550001 00", ether("0800", ip)) },
  // Juniper: "MGC", received; with extensions of six bytes.
  {
    name: "Juniper Ethernet",
    linkType: 178,
    wrap: (ip) => bytes("4d4743 81 0006 0101 0201 0301", ether("0800", ip)),
  },
  { name: "Juniper, link layer stripped", linkType: 178, wrap: (ip) => bytes("4d4743 03 02000000", ip) },
  {
    name: "whole mPacket",
    linkType: 274,
    wrap: (ip) => bytes("55555555555555 d5", ether("0800", ip), "00000000"),
    alone: "asks for the right check sequence",
  },
  {
    name: "Marvell DSA",
    linkType: 284,
    wrap: (ip) => bytes(MACS, "c0001001 0800", ip),
    alone: "unknown to it",
  },
  {
    name: "Marvell EDSA",
    linkType: 285,
    wrap: (ip) => bytes(MACS, "dada 0000 c0001001 0800", ip),
    alone: "unknown to it",
  },
  {
    name: "Broadcom tag",
    linkType: 281,
    wrap: (ip) => bytes(MACS, "20000001 0800", ip),
    alone: "unknown to it",
  },
  {
    name: "Broadcom tag in front",
    linkType: 282,
    wrap: (ip) => bytes("20000001", ether("0800", ip)),
    alone: "unknown to it",
  },
];

function le(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
}
