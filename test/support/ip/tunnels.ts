/** Packets inside of packets, in every kind of tunnel that is read: headers written out by hand from the RFCs. */
import { big, bytes, ether, innerEther, type Shape } from "../link/shapes.js";
import { ipv4, ipv6 } from "../reassembly/packets.js";

const FROM = [198, 51, 100, 1];
const TO = [198, 51, 100, 2];
const FROM_6 = Buffer.from("20010db8000000000000000000000064", "hex");
const TO_6 = Buffer.from("20010db8000000000000000000000065", "hex");

/** The tunnel's own packet, in Ethernet. */
export const outer = (protocol: number, payload: Uint8Array): Buffer =>
  ether("0800", ipv4(FROM, TO, protocol, payload));

const outer6 = (protocol: number, payload: Uint8Array): Buffer =>
  ether("86dd", ipv6(FROM_6, TO_6, protocol, payload));

const gre = (header: string, payload: Uint8Array): Buffer => outer(47, bytes(header, payload));

/** A datagram to `port`, from a port of its own that no tunnel has, without checksum. */
export const datagram = (port: number, payload: Uint8Array): Buffer =>
  bytes(big(50_000 + (port % 1000), 2), big(port, 2), big(payload.length + 8, 2), "0000", payload);

const udp = (port: number, ...parts: (string | Uint8Array)[]): Buffer =>
  outer(17, datagram(port, bytes(...parts)));

const shape = (name: string, wrap: (ip: Buffer) => Buffer, more: Partial<Shape> = {}): Shape => ({
  name,
  linkType: 1,
  wrap,
  ...more,
});

export const vxlan = (ip: Buffer): Buffer => udp(4789, "08000000 00002a00", innerEther(ip));

export const TUNNELS: readonly Shape[] = [
  shape("IP in IP", (ip) => outer(4, ip)),
  shape("IPv6 in IPv4", (ip) => outer(41, ip), { six: true }),
  shape("IPv4 in IPv6", (ip) => outer6(4, ip)),
  shape("IPv6 in IPv6", (ip) => outer6(41, ip), { six: true }),
  // [RFC 4302]: TCP next, four words and two; SPI, sequence number, twelve bytes of integrity check value.
  shape("authentication header", (ip) =>
    ether(
      "0800",
      bytes(
        ipv4(
          [...ip.subarray(12, 16)],
          [...ip.subarray(16, 20)],
          51,
          bytes("0604 0000 00001000 00000001", Buffer.alloc(12), ip.subarray(20)),
        ),
      ),
    ),
  ),
  // [RFC 2784] and 2890: nothing; checksum; key; sequence number; all three.
  shape("GRE", (ip) => gre("0000 0800", ip)),
  shape("GRE with checksum", (ip) => gre("8000 0800 00000000", ip)),
  shape("GRE with key", (ip) => gre("2000 0800 0000002a", ip)),
  shape("GRE with key and sequence number", (ip) => gre("3000 0800 0000002a 00000007", ip)),
  shape("GRE of IPv6", (ip) => gre("0000 86dd", ip), { six: true }),
  shape("GRE of Ethernet, as NVGRE", (ip) => gre("2000 6558 00002a00", innerEther(ip))),
  shape("GRE of MPLS", (ip) => gre("0000 8847 00010140", ip)),
  shape("GRE in IPv6", (ip) => outer6(47, bytes("0000 0800", ip))),
  // [RFC 2637]: version 1, PPP, length and call, sequence number, acknowledgment.
  shape("PPTP", (ip) =>
    outer(47, bytes("3081 880b", big(ip.length + 4, 2), "0001 00000007 00000006 ff03 0021", ip)),
  ),
  shape("PPTP, compressed PPP header", (ip) =>
    outer(47, bytes("3001 880b", big(ip.length + 1, 2), "0001 00000007 21", ip)),
  ),
  // draft-foschiano-erspan-03 4.1 to 4.3.
  shape("ERSPAN I", (ip) => gre("0000 88be", innerEther(ip))),
  shape("ERSPAN II", (ip) => gre("1000 88be 00000001 1001 0001 00000000", innerEther(ip))),
  shape("ERSPAN III", (ip) => gre("1000 22eb 00000001 2001 0001 00000000 0000 0000", innerEther(ip))),
  shape("ERSPAN III with a subheader", (ip) =>
    gre("1000 22eb 00000001 2001 0001 00000000 0000 0001 0400000000000000", innerEther(ip)),
  ),
  shape("ERSPAN III of IP", (ip) => gre("1000 22eb 00000001 2001 0001 00000000 0000 0800", ip), {
    alone: "reads Ethernet only",
  }),
  // draft-wilson-wrec-wccp-v2: four bytes of its own.
  shape("WCCP", (ip) => gre("0000 883e 00000000", ip)),
  shape("MPLS in IP", (ip) => outer(137, bytes("00010140", ip))),
  shape("Ethernet in IP", (ip) => outer(97, bytes("3000", innerEther(ip)))),
  shape("Ethernet in IPv6, as SRv6", (ip) => outer6(143, innerEther(ip))),
  // [RFC 7348]; draft-smith-vxlan-group-policy; draft-ietf-nvo3-vxlan-gpe.
  shape("VXLAN", vxlan),
  shape("VXLAN of IPv6", vxlan, { six: true }),
  shape("VXLAN with VLAN", (ip) =>
    udp(4789, "08000000 00002a00 020000000003 020000000004 8100 0064 0800", ip),
  ),
  shape("VXLAN over IPv6", (ip) => outer6(17, datagram(4789, bytes("08000000 00002a00", innerEther(ip))))),
  shape("VXLAN with group policy", (ip) => udp(4789, "88000007 00002a00", innerEther(ip))),
  shape("VXLAN with reserved bits set", (ip) => udp(4789, "ff01d1f2 00000b00", innerEther(ip))),
  shape("VXLAN on Linux's old port", (ip) => udp(8472, "08000000 00002a00", innerEther(ip)), {
    alone: "reads the port by another protocol",
  }),
  shape("VXLAN-GPE of IPv4", (ip) => udp(4790, "0c000001 00002a00", ip)),
  shape("VXLAN-GPE of Ethernet", (ip) => udp(4790, "0c000003 00002a00", innerEther(ip))),
  // [RFC 8926]: no options; one of eight bytes, critical.
  shape("Geneve", (ip) => udp(6081, "0000 6558 00002a00", innerEther(ip))),
  shape("Geneve with an option", (ip) => udp(6081, "0240 6558 00002a00 0102 8001 00000001", innerEther(ip))),
  shape("Geneve of IPv4", (ip) => udp(6081, "0000 0800 00002a00", ip)),
  // 3GPP TS 29.281: a tunnel; a sequence number; an extension of one word.
  shape("GTP-U", (ip) => udp(2152, "30 ff", big(ip.length, 2), "00000001", ip)),
  shape("GTP-U with sequence number", (ip) =>
    udp(2152, "32 ff", big(ip.length + 4, 2), "00000001 0007 00 00", ip),
  ),
  shape("GTP-U with an extension", (ip) =>
    udp(2152, "34 ff", big(ip.length + 8, 2), "00000001 0000 00 85 01 00 09 00", ip),
  ),
  // [RFC 2661]: with length; without, and with an offset of two.
  shape("L2TP", (ip) => udp(1701, "4002", big(ip.length + 12, 2), "0001 0001 ff03 0021", ip)),
  shape("L2TP with offset", (ip) => udp(1701, "0202 0001 0001 0002 0000 ff03 0021", ip)),
  // [RFC 4380]: bare; with origin; with authentication.
  shape("Teredo", (ip) => udp(3544, ip), { six: true }),
  shape("Teredo with origin", (ip) => udp(3544, "0000 1234 c0000201", ip), { six: true }),
  shape("Teredo with authentication", (ip) => udp(3544, "0001 00 00 0000000000000000 00", ip), { six: true }),
  shape("MPLS in UDP", (ip) => udp(6635, "00010140", ip)),
  shape("GRE in UDP", (ip) => udp(4754, "0000 0800", ip)),
  shape("LISP", (ip) => udp(4341, "c0000001 00000001", ip)),
  // [RFC 5415]: two words, no binding, Ethernet; binding 1, native, frame control the other way round.
  shape("CAPWAP of Ethernet", (ip) => udp(5247, "00 10 00 00 00000000", innerEther(ip))),
  shape("CAPWAP of 802.11", (ip) =>
    udp(
      5247,
      "00 10 03 00 00000000 0108 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000 0800",
      ip,
    ),
  ),
  // draft-massar-v6ops-ayiya: identity of 16 bytes, signature of 20, forward, IPv6.
  shape("AYIYA", (ip) => udp(5072, "41 52 11 29 00000001", Buffer.alloc(36), ip), { six: true }),
  // TZSP: received, Ethernet; a tag, padding, the end.
  shape("TZSP", (ip) => udp(37008, "01 00 0001 0a 01 c5 00 01", innerEther(ip))),
  shape("VXLAN in GRE in VXLAN", (ip) => {
    const inside = vxlan(ip).subarray(14);
    return vxlan(outer(47, bytes("0000 0800", inside)).subarray(14));
  }),
];
