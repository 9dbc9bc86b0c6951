/** The default filter: everything TCP and what begins like connectionless DCE/RPC, however deep it is packed, and nothing else. Judged by libpcap, through tcpdump. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { defaultFilters } from "../../../../src/capture/live/filter.js";
import { findProgram } from "../../../../src/capture/live/program.js";
import { datagramPdu } from "../../../lab/datagram.js";
import { folder } from "../../../support/live/programs.js";

/** Where root has it, which not everybody has on the path. */
const TCPDUMP = findProgram("tcpdump");

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
const ethernet = (type: number, ...parts: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from("020000000001020000000002", "hex"),
    u16(type),
    ...parts,
    Buffer.alloc(46),
  ]).subarray(0, 160);
const tag = (type: number): Buffer => Buffer.concat([Buffer.of(0, 5), u16(type)]);
const tcp = Buffer.from("03e8008700000001000000005002006400000000", "hex");

function ipv4(protocol: number, payload: Buffer, fragment = 0): Buffer {
  const header = Buffer.from("4500000000010000400000000a0000010a000002", "hex");
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  return Buffer.concat([header, payload]);
}

function ipv6(next: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header[7] = 64;
  header[23] = 1;
  header[39] = 2;
  return Buffer.concat([header, payload]);
}

const extension = (next: number): Buffer => Buffer.of(next, 0, 1, 4, 0, 0, 0, 0);
const fragment = (next: number, offset: number, more: number): Buffer =>
  Buffer.concat([Buffer.of(next, 0), u16((offset << 3) | more), Buffer.of(0, 0, 0, 7)]);
const pppoe = (packet: Buffer): Buffer => Buffer.concat([Buffer.from("11000001002a0021", "hex"), packet]);

const udp = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from("c0008894", "hex"), u16(8 + payload.length), u16(0), payload]);
const pdu = datagramPdu(
  {
    type: "request",
    activity: "5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
    interfaceId: "dea00001-6c97-11d1-8271-00a02442df7d",
    sequence: 0,
    flags2: 4,
  },
  Buffer.alloc(0),
);
const notPdu = (at: number, value: number): Buffer => {
  const other = Buffer.from(pdu);
  other[at] = value;
  return udp(other);
};

const IP4 = 0x0800;
const IP6 = 0x86dd;
const VLAN = 0x8100;
const TAKEN: { [what: string]: Buffer } = {
  plain: ethernet(IP4, ipv4(6, tcp)),
  "a first fragment": ethernet(IP4, ipv4(6, tcp, 0x2000)),
  "a later fragment": ethernet(IP4, ipv4(6, Buffer.alloc(24), 3)),
  IPv6: ethernet(IP6, ipv6(6, tcp)),
  "hop-by-hop options": ethernet(IP6, ipv6(0, Buffer.concat([extension(6), tcp]))),
  "destination options": ethernet(IP6, ipv6(60, Buffer.concat([extension(6), tcp]))),
  "a fragment behind options": ethernet(IP6, ipv6(0, Buffer.concat([extension(44), fragment(6, 0, 1), tcp]))),
  "an IPv6 fragment": ethernet(IP6, ipv6(44, Buffer.concat([fragment(6, 0, 1), tcp]))),
  "a later IPv6 fragment": ethernet(IP6, ipv6(44, Buffer.concat([fragment(6, 3, 0), Buffer.alloc(24)]))),
  "one tag": ethernet(VLAN, tag(IP4), ipv4(6, tcp)),
  "two tags": ethernet(0x88a8, tag(VLAN), tag(IP4), ipv4(6, tcp)),
  "two older tags, IPv6": ethernet(VLAN, tag(VLAN), tag(IP6), ipv6(6, tcp)),
  "a tag, and options": ethernet(VLAN, tag(IP6), ipv6(0, Buffer.concat([extension(6), tcp]))),
  "IP in IP": ethernet(IP4, ipv4(4, ipv4(6, tcp))),
  "IPv6 in IP": ethernet(IP4, ipv4(41, ipv6(6, tcp))),
  GRE: ethernet(IP4, ipv4(47, Buffer.concat([Buffer.of(0, 0, 8, 0), ipv4(6, tcp)]))),
  VXLAN: ethernet(IP4, ipv4(17, Buffer.from("c00012b500100000 0800000000002a00".replace(" ", ""), "hex"))),
  "a later fragment that may be of a tunnel": ethernet(IP4, ipv4(17, Buffer.alloc(24), 3)),
  "Ethernet in IPv6": ethernet(IP6, ipv6(143, Buffer.alloc(40))),
  MPLS: ethernet(0x8847, Buffer.of(0, 1, 1, 64), ipv4(6, tcp)),
  "802.1ah": ethernet(0x88a8, tag(0x88e7), Buffer.alloc(40)),
  PPPoE: ethernet(0x8864, pppoe(ipv4(6, tcp))),
  "PPPoE under a tag": ethernet(VLAN, tag(0x8864), pppoe(ipv4(6, tcp))),
  "a connectionless PDU": ethernet(IP4, ipv4(17, udp(pdu))),
  "its first fragment": ethernet(IP4, ipv4(17, udp(pdu), 0x2000)),
  "one over IPv6": ethernet(IP6, ipv6(17, udp(pdu))),
  "its first fragment over IPv6": ethernet(IP6, ipv6(44, Buffer.concat([fragment(17, 0, 1), udp(pdu)]))),
  "one under two tags": ethernet(0x88a8, tag(VLAN), tag(IP4), ipv4(17, udp(pdu))),
  "one over IPv6 under a tag": ethernet(VLAN, tag(IP6), ipv6(17, udp(pdu))),
};
const KERBEROS: { [what: string]: Buffer } = {
  "a request to a KDC": ethernet(IP4, ipv4(17, Buffer.from("3039005800080000", "hex"))),
  "under a tag": ethernet(VLAN, tag(IP4), ipv4(17, Buffer.from("0058303900080000", "hex"))),
};
const LEFT: { [what: string]: Buffer } = {
  UDP: ethernet(IP4, ipv4(17, Buffer.from("0035303900080000", "hex"))),
  "multicast listeners": ethernet(IP6, ipv6(0, Buffer.concat([extension(58), Buffer.alloc(24)]))),
  ARP: ethernet(0x0806, Buffer.alloc(46)),
  "another version": ethernet(IP4, ipv4(17, notPdu(0, 5))),
  "another type": ethernet(IP4, ipv4(17, notPdu(1, 11))),
  "flags that nobody has": ethernet(IP6, ipv6(17, notPdu(3, 8))),
  "no representation": ethernet(IP6, ipv6(17, notPdu(6, 1))),
  "UDP under a tag": ethernet(VLAN, tag(IP4), ipv4(17, Buffer.alloc(8))),
};

function taken(path: string, frames: readonly Buffer[], filter: string): number {
  const records = frames.map((frame) => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    return Buffer.concat([header, frame]);
  });
  const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  writeFileSync(path, Buffer.concat([header, ...records]));
  const out = execFileSync(TCPDUMP ?? "tcpdump", ["-r", path, "-w", "-", "--", filter], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let count = 0;
  for (let at = 24; at < out.length; at += 16 + out.readUInt32LE(at + 8)) count++;
  return count;
}

test("what the default filter takes and leaves", {
  skip: TCPDUMP === null && "tcpdump is not installed",
}, (t) => {
  const path = `${folder(t)}/frames.pcap`;
  const [plain] = defaultFilters(false);
  const [keys] = defaultFilters(true);
  for (const [what, frame] of Object.entries(TAKEN)) assert.equal(taken(path, [frame], plain!), 1, what);
  assert.equal(taken(path, Object.values(TAKEN), keys!), Object.keys(TAKEN).length);
  for (const [what, frame] of Object.entries(KERBEROS)) {
    assert.deepEqual([taken(path, [frame], plain!), taken(path, [frame], keys!)], [0, 1], what);
  }
  for (const [what, frame] of Object.entries(LEFT)) assert.equal(taken(path, [frame], keys!), 0, what);
});
