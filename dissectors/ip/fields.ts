/**
 * Headers of IP field by field, for trees: IPv4 [RFC 791] with its options, IPv6 [RFC 8200] with the extension headers.
 *
 * Not handled: what options hold.
 */
import { hex } from "../wire/guid.js";
import type { Flag, Reader, Show } from "../wire/reader.js";
import { bitsOf, hexText, namesOf } from "../wire/show.js";
import { ipv4Text, ipv6Text } from "./address.js";
import { IpProtocol } from "./result.js";

/** [RFC 5237], IANA's registry. */
const PROTOCOLS: { readonly [protocol: number]: string } = {
  0: "IPv6 Hop-by-Hop Option",
  1: "ICMP",
  2: "IGMP",
  4: "IPv4",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  43: "IPv6-Route",
  44: "IPv6-Frag",
  47: "GRE",
  50: "ESP",
  51: "AH",
  58: "IPv6-ICMP",
  59: "IPv6-NoNxt",
  60: "IPv6-Opts",
  97: "ETHERIP",
  108: "IPComp",
  115: "L2TP",
  132: "SCTP",
  135: "Mobility Header",
  137: "MPLS-in-IP",
  139: "HIP",
  140: "Shim6",
  143: "Ethernet",
};
const showProtocol = namesOf(PROTOCOLS);
const showAddress4: Show<number> = (word) => ipv4Text(word);

/** The header that `r` stands before, up to its payload. Throws WireError where it is cut. */
export function readIpFields(r: Reader, network: 4 | 6, end: number): void {
  r.littleEndian = false;
  if (network === 4) r.part("IPv4", readIpv4, end);
  else r.part("IPv6", readIpv6, end);
}

function readIpv4(r: Reader, end: number): void {
  const start = r.offset;
  const first = r.u8("Version, IHL", (value) => [
    bitsOf(value, 0xf0, "Version"),
    bitsOf(value, 0x0f, "IHL", (words) => `${words} (${4 * words} bytes)`),
  ]);
  r.u8("DSCP, ECN", showTraffic);
  r.u16("Total Length");
  r.u16("Identification", hexText);
  r.u16("Flags, Fragment Offset", showFragment);
  r.u8("Time to Live");
  r.u8("Protocol", showProtocol);
  r.u16("Header Checksum", hexText);
  r.u32("Source Address", showAddress4);
  r.u32("Destination Address", showAddress4);
  const behind = Math.min(end, start + 4 * (first & 15));
  while (r.offset < behind) r.part("Option", readOption4, behind);
}

/** [RFC 2474] 3, [RFC 3168] 5. */
function showTraffic(value: number): Flag[] {
  return [bitsOf(value, 0xfc, "DSCP"), bitsOf(value, 0x03, "ECN")];
}

function showFragment(value: number): Flag[] {
  return [
    { name: "Reserved", mask: 0x8000, set: (value & 0x8000) !== 0 },
    { name: "DF", mask: 0x4000, set: (value & 0x4000) !== 0 },
    { name: "MF", mask: 0x2000, set: (value & 0x2000) !== 0 },
    bitsOf(value, 0x1fff, "Fragment Offset"),
  ];
}

const showOption4 = namesOf({
  0: "End of Option List",
  1: "No Operation",
  7: "Record Route",
  68: "Internet Timestamp",
  130: "Security",
  131: "Loose Source Route",
  136: "Stream Identifier",
  137: "Strict Source Route",
  148: "Router Alert",
});

/** End and No Operation are one byte; the others say their length. */
function readOption4(r: Reader, behind: number): void {
  const type = r.u8("Option-Type", showOption4);
  if (type === 0) {
    if (r.offset < behind) r.bytes(behind - r.offset, "Padding");
    return;
  }
  if (type === 1 || r.offset >= behind) return;
  const length = r.u8("Option-Length");
  const size = Math.min(Math.max(0, length - 2), behind - r.offset);
  if (size > 0) r.bytes(size, "Option-Data");
}

function readIpv6(r: Reader, end: number): void {
  r.u32("Version, Traffic Class, Flow Label", (value) => [
    bitsOf(value, 0xf0000000, "Version"),
    bitsOf(value, 0x0ff00000, "Traffic Class"),
    bitsOf(value, 0x000fffff, "Flow Label", (label) => `0x${label.toString(16).padStart(5, "0")}`),
  ]);
  r.u16("Payload Length");
  let next = r.u8("Next Header", showProtocol);
  r.u8("Hop Limit");
  readAddress6(r, "Source Address");
  readAddress6(r, "Destination Address");
  for (;;) {
    const name = EXTENSIONS.get(next);
    if (name === undefined || r.offset + 8 > end) return;
    const fragment = next === FRAGMENT;
    next = r.part(name, readExtension, { kind: next, end });
    // Behind the first header of a fragment stands what only the whole datagram has.
    if (fragment) return;
  }
}

function readAddress6(r: Reader, name: string): void {
  const start = r.offset;
  const text = ipv6Text(r.i32(), r.i32(), r.i32(), r.i32());
  r.note(name, start, text);
}

const FRAGMENT = 44;
const ROUTING = 43;
const AUTHENTICATION = IpProtocol.AUTHENTICATION;
/** [RFC 8200] 4, [RFC 4302], [RFC 6275], [RFC 7401], [RFC 5533]. */
const EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [0, "Hop-by-Hop Options"],
  [ROUTING, "Routing"],
  [FRAGMENT, "Fragment"],
  [AUTHENTICATION, "Authentication"],
  [60, "Destination Options"],
  [135, "Mobility"],
  [139, "Host Identity Protocol"],
  [140, "Shim6"],
]);

/** One header; answers the number of the next. */
function readExtension(r: Reader, { kind, end }: { kind: number; end: number }): number {
  const start = r.offset;
  const next = r.u8("Next Header", showProtocol);
  if (kind === FRAGMENT) {
    r.u8("Reserved");
    r.u16("Fragment Offset, M", (value) => [
      bitsOf(value, 0xfff8, "Fragment Offset"),
      { name: "M", mask: 1, set: (value & 1) !== 0 },
    ]);
    r.u32("Identification", hexText);
    return next;
  }
  const words = r.u8(kind === AUTHENTICATION ? "Payload Len" : "Hdr Ext Len");
  const size = kind === AUTHENTICATION ? (words + 2) << 2 : (words + 1) << 3;
  const behind = Math.min(end, start + size);
  if (kind === AUTHENTICATION && behind - start >= 12) {
    r.u16("RESERVED");
    r.u32("Security Parameters Index", hexText);
    r.u32("Sequence Number");
    if (r.offset < behind) r.bytes(behind - r.offset, "Integrity Check Value", hex);
    return next;
  }
  if (kind === ROUTING) {
    r.u8("Routing Type");
    r.u8("Segments Left");
  }
  if (r.offset < behind) r.bytes(behind - r.offset, kind === ROUTING ? "type-specific data" : "Options");
  return next;
}
