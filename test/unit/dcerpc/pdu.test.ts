import assert from "node:assert/strict";
import test from "node:test";
import { isFeatureNegotiation, transferSyntaxName } from "../../../dissectors/dcerpc/bind.js";
import { credibleHeader, findHeader } from "../../../dissectors/dcerpc/header.js";
import { readPdu } from "../../../dissectors/dcerpc/pdu.js";
import { readVerificationTrailer } from "../../../dissectors/dcerpc/verification.js";
import { Reader } from "../../../dissectors/wire/reader.js";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ""), "hex"));

/** A bind as Windows sends it to the endpoint mapper: IObjectExporter with NDR, and feature negotiation. */
const BIND = bytes(`
  05000b03 10000000 7400 0000 02000000 d016 d016 00000000 02 000000
  0000 01 00 c4fefc9960521b10bbcb00aa0021347a 00000000 045d888aeb1cc9119fe808002b104860 02000000
  0100 01 00 c4fefc9960521b10bbcb00aa0021347a 00000000 2c1cb76c12984045 0300000000000000 01000000`);

test("bind: context elements, fragment sizes and feature negotiation ([C706] 12.6.4.3)", () => {
  const pdu = readPdu(new Reader(BIND));
  assert.equal(pdu.error, null);
  assert.equal(pdu.header.fragLength, BIND.length);
  assert.ok(pdu.body?.type === "bind");
  assert.equal(pdu.body.maxXmitFrag, 5840);
  assert.deepEqual(
    pdu.body.contexts.map((c) => [c.contextId, c.abstractSyntax.uuid, c.abstractSyntax.major]),
    [
      [0, "99fcfec4-5260-101b-bbcb-00aa0021347a", 0],
      [1, "99fcfec4-5260-101b-bbcb-00aa0021347a", 0],
    ],
  );
  assert.equal(transferSyntaxName(pdu.body.contexts[0]!.transferSyntaxes[0]!), "ndr");
  assert.ok(isFeatureNegotiation(pdu.body.contexts[1]!.transferSyntaxes[0]!));
});

test("a bind cut anywhere keeps the elements before the cut and says that bytes are missing", () => {
  for (let n = 16; n < BIND.length; n++) {
    const pdu = readPdu(new Reader(BIND.subarray(0, n)));
    assert.equal(pdu.complete, false);
    if (n >= 28) assert.equal(pdu.error?.kind, "incomplete");
  }
});

test("big-endian request with object UUID, verifier and padding", () => {
  const pdu = readPdu(
    new Reader(
      bytes(`05000083 00000000 0048 0010 00000007 00000004 0002 0013
      f120a684b926447f9df4c966cb785648 01020304 0000 0000 0a05 04 00 00000005
      01000000 1111111111111111 00000000`),
    ),
  );
  assert.equal(pdu.error, null);
  assert.equal(pdu.header.littleEndian, false);
  assert.equal(pdu.header.callId, 7);
  assert.ok(pdu.body?.type === "request");
  assert.equal(pdu.body.opnum, 0x13);
  assert.equal(pdu.body.object, "f120a684-b926-447f-9df4-c966cb785648");
  assert.deepEqual([pdu.body.stubStart, pdu.body.stubEnd], [40, 44]);
  assert.deepEqual(
    [pdu.auth?.authType, pdu.auth?.authLevel, pdu.auth?.authPadLength, pdu.auth?.authContextId],
    [10, 5, 4, 5],
  );
});

test("an auth_length that does not fit is malformed, and the stub is kept", () => {
  const pdu = readPdu(new Reader(bytes("05000003 10000000 1c00 ff00 01000000 00000000 0000 0300 aabbccdd")));
  assert.equal(pdu.error?.kind, "malformed");
  assert.equal(pdu.body?.type, "request");
});

test("an unknown type keeps its body", () => {
  const pdu = readPdu(new Reader(bytes("05001603 10000000 1400 0000 01000000 01020304")));
  assert.ok(pdu.body?.type === "other");
  assert.deepEqual([...pdu.body.body], [1, 2, 3, 4]);
});

test("headers are recognised by what every PDU starts with, and need more where they are cut", () => {
  for (let n = 1; n < 16; n++) assert.equal(credibleHeader(BIND, 0, n, true), "need-more");
  assert.equal(credibleHeader(BIND, 0, 16, true), "yes");
  const http = Buffer.from("GET / HTTP/1.1\r\n");
  assert.equal(credibleHeader(http, 0, http.length, true), "no");
  const connectionless = bytes("04000800 10000000 00000000 00000000");
  assert.equal(credibleHeader(connectionless, 0, 16, true), "no");
});

test("the next header is found behind other bytes, unless what follows it contradicts", () => {
  const junk = Buffer.concat([Buffer.from([5, 0, 5, 5, 0, 0, 3]), BIND]);
  assert.equal(findHeader(junk, 0, junk.length), 7);
  const lying = Buffer.concat([BIND, Buffer.from("not a header at all")]);
  assert.equal(findHeader(lying, 0, lying.length), lying.length);
});

test("verification trailer: bitmask, pcontext and header2 ([MS-RPCE] 2.2.2.13)", () => {
  const stub = bytes(`00112233 8ae3137102f43671 0100 0400 01000000
    0200 2800 84a620f126b97f449df4c966cb785648 00000000 045d888aeb1cc9119fe808002b104860 02000000
    0340 1000 00 00 0000 10000000 07000000 0200 0800`);
  const trailer = readVerificationTrailer(new Reader(stub));
  assert.equal(trailer?.start, 4);
  assert.equal(trailer.bitmask, 1);
  assert.equal(trailer.pcontext?.interfaceId.uuid, "f120a684-b926-447f-9df4-c966cb785648");
  assert.deepEqual(trailer.header2, { ptype: 0, drep: 0x10, callId: 7, contextId: 2, opnum: 8 });
  assert.equal(trailer.damaged, false);
});

test("a signature in data that no command list follows is no trailer", () => {
  assert.equal(readVerificationTrailer(new Reader(bytes("8ae3137102f43671 ffff ffff 00000000"))), null);
});
