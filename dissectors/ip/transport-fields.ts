/**
 * Headers of TCP [RFC 9293] with its options, of UDP [RFC 768], and of the tunnels GRE ([RFC 2784], [RFC 2890]) and VXLAN
 * ([RFC 7348]), field by field, for trees.
 *
 * Not handled: what options hold that are not named here.
 */
import { readEthernet, readEtherType, showEtherType } from "../link/fields.js";
import type { Flag, Reader } from "../wire/reader.js";
import { bitsOf, flagsOf, hexText, namesOf } from "../wire/show.js";

/** The ports of a segment or datagram. */
export interface Ports {
  sourcePort: number;
  destinationPort: number;
}

const showControl = flagsOf([
  [0x80, "CWR"],
  [0x40, "ECE"],
  [0x20, "URG"],
  [0x10, "ACK"],
  [0x08, "PSH"],
  [0x04, "RST"],
  [0x02, "SYN"],
  [0x01, "FIN"],
]);

/** The header that `r` stands before; `end`: where the segment does. Throws WireError where it is cut. */
export function readTcpFields(r: Reader, end: number): Ports {
  const start = r.offset;
  const sourcePort = r.u16("Source Port");
  const destinationPort = r.u16("Destination Port");
  r.u32("Sequence Number");
  r.u32("Acknowledgment Number");
  const offset = r.u8("Data Offset, Rsrvd", (value) => [
    bitsOf(value, 0xf0, "Data Offset", (words) => `${words} (${4 * words} bytes)`),
    bitsOf(value, 0x0f, "Rsrvd"),
  ]);
  r.u8("Control bits", showControl);
  r.u16("Window");
  r.u16("Checksum", hexText);
  r.u16("Urgent Pointer");
  const behind = Math.min(end, start + ((offset >> 4) << 2));
  if (r.offset < behind) r.part("Options", readOptions, behind);
  return { sourcePort, destinationPort };
}

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
/** [RFC 9293] 3.2, [RFC 7323], [RFC 2018], [RFC 2385], [RFC 5925], [RFC 6824], [RFC 7413]. */
const OPTIONS: { readonly [kind: number]: string } = {
  [END_OF_OPTIONS]: "End of Option List",
  [NO_OPERATION]: "No-Operation",
  2: "Maximum Segment Size",
  3: "Window Scale",
  4: "SACK Permitted",
  5: "SACK",
  8: "Timestamps",
  19: "MD5 Signature",
  28: "User Timeout",
  29: "TCP-AO",
  30: "Multipath TCP",
  34: "TCP Fast Open Cookie",
};
const showOption = namesOf(OPTIONS);

function readOptions(r: Reader, end: number): void {
  while (r.offset < end) {
    const kind = r.peek();
    if (kind === END_OF_OPTIONS) {
      r.u8("Kind", showOption);
      if (r.offset < end) r.bytes(end - r.offset, "Padding");
    } else if (kind === NO_OPERATION) r.u8("Kind", showOption);
    else r.part(OPTIONS[kind] ?? "Option", readOption, end);
  }
}

function readOption(r: Reader, end: number): void {
  const kind = r.u8("Kind", showOption);
  if (r.offset >= end) return;
  const length = r.u8("Length");
  const size = Math.min(Math.max(0, length - 2), end - r.offset);
  const value = r.window(size, "Length", false);
  if (kind === 2 && size === 2) value.u16("Maximum Segment Size");
  else if (kind === 3 && size === 1) value.u8("shift.cnt");
  else if (kind === 8 && size === 8) {
    value.u32("TSval");
    value.u32("TSecr");
  } else if (kind === 5 && size % 8 === 0) {
    while (value.left > 0) {
      value.u32("Left Edge");
      value.u32("Right Edge");
    }
  } else if (size > 0) value.rest("Value");
}

/** Throws WireError where it is cut. */
export function readUdpFields(r: Reader): Ports {
  const sourcePort = r.u16("Source Port");
  const destinationPort = r.u16("Destination Port");
  r.u16("Length");
  r.u16("Checksum", hexText);
  return { sourcePort, destinationPort };
}

/** What of a GRE header stands in front of the packet at `end`. */
export function readGreFields(r: Reader, end: number): void {
  const flags = r.u16("Flags, Ver", showGre);
  const type = r.u16("Protocol Type", showEtherType);
  if ((flags & 0xc000) !== 0 && r.offset + 4 <= end) {
    r.u16("Checksum", hexText);
    r.u16("Reserved1");
  }
  if ((flags & 0x2000) !== 0 && r.offset + 4 <= end) r.u32("Key", hexText);
  if ((flags & 0x1000) !== 0 && r.offset + 4 <= end) r.u32("Sequence Number");
  if ((flags & 7) === 0 && (flags & 0x4000) === 0) readEtherType(r, type, end);
}

function showGre(value: number): Flag[] {
  return [
    { name: "C", mask: 0x8000, set: (value & 0x8000) !== 0 },
    { name: "R", mask: 0x4000, set: (value & 0x4000) !== 0 },
    { name: "K", mask: 0x2000, set: (value & 0x2000) !== 0 },
    { name: "S", mask: 0x1000, set: (value & 0x1000) !== 0 },
    bitsOf(value, 7, "Ver"),
  ];
}

/** UDP ports of VXLAN: IANA's, and what Linux used before. */
const VXLAN: ReadonlySet<number> = new Set([4789, 8472]);

/** Behind a UDP header, in front of the packet at `end`. */
export function readUdpTunnelFields(r: Reader, { destinationPort }: Ports, end: number): void {
  if (!VXLAN.has(destinationPort) || r.offset + 8 > end) return;
  r.part("VXLAN", readVxlan, undefined);
  readEthernet(r, end);
}

function readVxlan(r: Reader): void {
  r.u8("Flags", flagsOf([[0x08, "I"]]));
  r.bytes(3, "Reserved");
  r.bytes(3, "VXLAN Network Identifier (VNI)", (b) => String((b[0]! << 16) | (b[1]! << 8) | b[2]!));
  r.u8("Reserved");
}
