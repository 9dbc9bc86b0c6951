/** Names of the fields of PDUs, to the letter of [C706] and [MS-RPCE], at their places; and that no byte is left out. */
import assert from "node:assert/strict";
import test from "node:test";
import { readDatagram } from "../../../dissectors/dcerpc/connectionless.js";
import { readPdu } from "../../../dissectors/dcerpc/pdu.js";
import { readTower } from "../../../dissectors/dcerpc/tower.js";
import { readVerificationTrailer } from "../../../dissectors/dcerpc/verification.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { Field } from "../../../dissectors/wire/trace.js";
import { datagramPdu, fackBody } from "../../lab/datagram.js";
import { insideOf, linesOf, tracedOf, uncovered } from "../../support/traced.js";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ""), "hex"));

/** What `read` notes, and that it gives what it gives with an ordinary reader. */
function traced<T>(of: Uint8Array, read: (r: Reader) => T): Field {
  let value: T | undefined;
  const root = tracedOf(of, (r) => {
    value = read(r);
  });
  assert.deepEqual(value, read(new Reader(of)));
  return root;
}

/** The bits that are set, by their names. */
function flags(field: Field): string[] {
  return field.children.filter(({ value }) => value === true).map(({ name }) => name);
}

function named(field: Field, path: string): Field {
  return path.split(".").reduce((at, name) => at.children.find((child) => child.name === name)!, field);
}

/** The lines of a PDU without those of its header, which are always the same. */
function body(pdu: Uint8Array): string[] {
  const root = traced(pdu, (r) => ({ ...readPdu(r), bytes: null }));
  assert.deepEqual(uncovered(root, 0, pdu.length), []);
  const all = lines(root);
  return all.slice(all.findIndex((line) => line.startsWith("call_id")) + 1);
}

function lines(root: Field): string[] {
  return linesOf(root)
    .slice(1)
    .map((line) => line.slice(2));
}

test("the header, with flags by what they mean on the type", () => {
  const request = bytes("05000087 10000000 1800 0000 02000000 00000000 0100 0300");
  const root = traced(request, (r) => ({ ...readPdu(r), bytes: null }));
  assert.deepEqual(lines(root).slice(0, 11), [
    "rpc_vers 0+1 5",
    "rpc_vers_minor 1+1 0",
    "PTYPE 2+1 request",
    "pfc_flags 3+1 135",
    "packed_drep 4+4",
    "  integers and characters 4+1 little-endian, ascii",
    "  floats 5+1 ieee",
    "  reserved 6+2 0000",
    "frag_length 8+2 24",
    "auth_length 10+2 0",
    "call_id 12+4 2",
  ]);
  const bind = bytes("05000b07 10000000 1c00 0000 02000000 d016 d016 00000000 00 000000");
  const set = (pdu: Uint8Array): string => flags(named(tracedOf(pdu, readPdu), "pfc_flags")).join(" ");
  assert.equal(set(request), "PFC_FIRST_FRAG PFC_LAST_FRAG PFC_PENDING_CANCEL PFC_OBJECT_UUID");
  assert.equal(set(bind), "PFC_FIRST_FRAG PFC_LAST_FRAG PFC_SUPPORT_HEADER_SIGN");
});

test("bind: presentation contexts one by one, with the features in a UUID", () => {
  const bind = bytes(`05000b03 10000000 4800 0000 02000000 d016 b810 00000000 01 000000
    0100 01 00 c4fefc9960521b10bbcb00aa0021347a 01000200 2c1cb76c12984045 0300000000000000 01000000`);
  assert.deepEqual(body(bind), [
    "max_xmit_frag 16+2 5840",
    "max_recv_frag 18+2 4280",
    "assoc_group_id 20+4 0",
    "p_context_elem 24+48",
    "  n_context_elem 24+1 1",
    "  reserved 25+1 00",
    "  reserved2 26+2 0000",
    "  p_cont_elem[0] 28+44",
    "    p_cont_id 28+2 1",
    "    n_transfer_syn 30+1 1",
    "    reserved 31+1 00",
    "    abstract_syntax 32+20",
    "      if_uuid 32+16 99fcfec4-5260-101b-bbcb-00aa0021347a",
    "      if_version 48+4",
    "        major 48+2 1",
    "        minor 50+2 2",
    "    transfer_syntaxes[0] 52+20",
    "      if_uuid 52+16 bind_time_feature_negotiation",
    "      BindTimeFeatureNegotiationBitmask 60+2 3",
    "      if_version 68+4",
    "        major 68+2 1",
    "        minor 70+2 0",
  ]);
});

test("bind_ack, with the sec_trailer that is left where there is no auth_value", () => {
  const ack = bytes(`05000c03 10000000 4400 0000 02000000 d016 d016 0a000000 0400 31333500 0000 01 000000
    0200 0100 00000000000000000000000000000000 00000000 1006000000000000`);
  assert.deepEqual(body(ack).slice(3), [
    "sec_addr 24+6",
    "  length 24+2 4",
    "  port_spec 26+4 135\0",
    "pad2 30+2 0000",
    "p_result_list 32+28",
    "  n_results 32+1 1",
    "  reserved 33+1 00",
    "  reserved2 34+2 0000",
    "  p_results[0] 36+24",
    "    result 36+2 provider_rejection",
    "    reason 38+2 abstract_syntax_not_supported",
    "    transfer_syntax 40+20",
    "      if_uuid 40+16 00000000-0000-0000-0000-000000000000",
    "      if_version 56+4",
    "        major 56+2 0",
    "        minor 58+2 0",
    "sec_trailer 60+8",
    "  auth_type 60+1 kerberos",
    "  auth_level 61+1 pkt_privacy",
    "  auth_pad_length 62+1 0",
    "  auth_reserved 63+1 0",
    "  auth_context_id 64+4 0",
  ]);
});

test("a request in big-endian order: padding beside its sec_trailer, the stub as a run", () => {
  const request = bytes(`05000083 00000000 0048 0010 00000007 00000004 0002 0013
    f120a684b926447f9df4c966cb785648 01020304 00000000 0a05 04 00 00000005
    01000000 1111111111111111 00000000`);
  assert.deepEqual(body(request), [
    "alloc_hint 16+4 4",
    "p_cont_id 20+2 2",
    "opnum 22+2 19",
    "object 24+16 f120a684-b926-447f-9df4-c966cb785648",
    "stub_data 40+4 01020304",
    "auth_pad 44+4 00000000",
    "sec_trailer 48+8",
    "  auth_type 48+1 ntlmssp",
    "  auth_level 49+1 pkt_integrity",
    "  auth_pad_length 50+1 4",
    "  auth_reserved 51+1 0",
    "  auth_context_id 52+4 5",
    "auth_value 56+16 01000000111111111111111100000000",
  ]);
});

test("fault, bind_nak and RTS", () => {
  const fault = bytes("05000323 10000000 2000 0000 01000000 20000000 0000 00 01 05000000 00000000");
  assert.deepEqual(body(fault), [
    "alloc_hint 16+4 32",
    "p_cont_id 20+2 0",
    "cancel_count 22+1 0",
    "reserved 23+1 1",
    "status 24+4 nca_s_fault_access_denied",
    "reserved2 28+4 00000000",
  ]);
  const nak = bytes("05000d03 10000000 1500 0000 01000000 0400 01 0500");
  assert.deepEqual(body(nak), [
    "provider_reject_reason 16+2 protocol_version_not_supported",
    "versions 18+3",
    "  n_protocols 18+1 1",
    "  p_protocols[0] 19+2",
    "    major 19+1 5",
    "    minor 20+1 0",
  ]);
  const rts = bytes(`05001403 10000000 3400 0000 00000000 0800 0300
    06000000 01000000 03000000 112233445566778899aabbccddeeff00 0d000000`);
  assert.deepEqual(lines(tracedOf(rts, readPdu)).slice(11, 19), [
    "Flags 16+2 8",
    "NumberOfCommands 18+2 3",
    "RTS_Command[0] 20+8",
    "  CommandType 20+4 Version",
    "  Version 24+4 1",
    "RTS_Command[1] 28+20",
    "  CommandType 28+4 Cookie",
    "  Cookie 32+16 44332211-6655-8877-99aa-bbccddeeff00",
  ]);
});

test("towers: floors from 1 on, ports in network order, the version's halves on both sides", () => {
  const tower = bytes(`0400
    1300 0d c4fefc9960521b10bbcb00aa0021347a 0100 0200 0300
    1300 0d 045d888aeb1cc9119fe808002b104860 0200 0200 0000
    0100 07 0200 0087
    0100 09 0400 0a000001`);
  const root = traced(tower, (r) => readTower(r));
  assert.deepEqual(uncovered(root, 0, tower.length), []);
  const all = lines(root);
  assert.deepEqual(all.slice(0, 8), [
    "floor_count 0+2 4",
    "floor[1] 2+25",
    "  lhs_byte_count 2+2 19",
    "  protocol_identifier 4+1 uuid",
    "  uuid 5+16 99fcfec4-5260-101b-bbcb-00aa0021347a",
    "  version 21+2 1",
    "  rhs_byte_count 23+2 2",
    "  version_minor 25+2 3",
  ]);
  assert.ok(all.includes("  port 57+2 135"));
  assert.ok(all.includes("  host_addr 64+4 0a000001"));
});

test("verification trailers by their commands; what only looks like one leaves nothing", () => {
  const stub = bytes(`00112233 8ae3137102f43671 0100 0400 01000000
    0200 2800 84a620f126b97f449df4c966cb785648 00000000 045d888aeb1cc9119fe808002b104860 02000000
    0340 1000 00 00 0000 10000000 07000000 0200 0800`);
  const root = traced(stub, readVerificationTrailer);
  assert.deepEqual(uncovered(root, 0, stub.length), [[0, 4]]);
  const all = lines(root);
  assert.deepEqual(all.slice(0, 6), [
    "rpc_sec_verification_trailer 4+80",
    "  signature 4+8 8ae3137102f43671",
    "  rpc_sec_vt_bitmask 12+8",
    "    command 12+2 1",
    "    length 14+2 4",
    "    bits 16+4 1",
  ]);
  const command = named(root, "rpc_sec_verification_trailer.rpc_sec_vt_header2.command");
  assert.deepEqual(flags(command), ["SEC_VT_COMMAND_HEADER2", "SEC_VT_COMMAND_END"]);
  assert.ok(all.includes("      opnum 82+2 8"));
  const data = tracedOf(bytes("8ae3137102f43671 ffff ffff 00000000"), readVerificationTrailer);
  assert.deepEqual(data.children, []);
});

test("datagrams: every byte of the header and of a fack", () => {
  const pdu = datagramPdu(
    {
      type: "fack",
      activity: "5a0b1c2d-3e4f-4a5b-8c6d-7e8f90a1b2c3",
      sequence: 1,
      interfaceId: "dea00001-6c97-11d1-8271-00a02442df7d",
      version: 1,
      opnum: 0,
    },
    fackBody(8, 3),
  );
  const root = traced(pdu, (r) => readDatagram(r, pdu.length));
  assert.deepEqual(uncovered(root, 0, pdu.length), []);
  const names = root.children.map(({ name }) => name).join(" ");
  assert.match(
    names,
    /^rpc_vers ptype flags1 flags2 drep serial_hi object if_id act_id server_boot if_vers seqnum opnum ihint ahint len fragnum auth_proto serial_lo vers pad1 window_size/,
  );
});

test("a PDU that is cut anywhere keeps its fields inside of its bytes", () => {
  const bind = bytes(`05000b03 10000000 4800 0000 02000000 d016 d016 00000000 01 000000
    0100 01 00 c4fefc9960521b10bbcb00aa0021347a 01000200 045d888aeb1cc9119fe808002b104860 02000000`);
  for (let n = 16; n < bind.length; n++) {
    const cut = bind.subarray(0, n);
    assert.ok(insideOf(tracedOf(cut, readPdu), n));
  }
});
