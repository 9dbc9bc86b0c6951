import assert from "node:assert/strict";
import test from "node:test";
import { smbSignatureIn, startsForeign } from "../../../dissectors/foreign.js";
import { request } from "../../support/rpc/wire.js";

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(values.map((v) => (typeof v === "number" ? Buffer.from([v]) : Buffer.from(v, "latin1"))));

test("messages of protocols that carry PDUs inside are recognised by their first bytes", () => {
  for (const [name, message] of [
    ["SMB1", bytes(0, 0, 0, 35, 0xff, "SMB", 0x72)],
    ["SMB2", bytes(0, 0, 1, 0, 0xfe, "SMB", 64, 0)],
    ["SMB3, sealed", bytes(0, 0, 1, 0, 0xfd, "SMB", 1, 2)],
    ["SMB2 without a session header", bytes(0xfe, "SMB", 64, 0)],
    ["a NetBIOS session request", bytes(0x81, 0, 0, 68, 0x20, "EKEDFEEIEDCACACA")],
    ["a positive session response", bytes(0x82, 0, 0, 0)],
    ["a TLS ClientHello", bytes(0x16, 3, 1, 0, 200, 1, 0, 0, 196)],
    ["TLS application data", bytes(0x17, 3, 3, 0x40, 0, 1)],
    ["a TLS alert", bytes(0x15, 3, 3, 0, 2, 2, 40)],
    ["an HTTP request", bytes("GET / HTTP/1.1\r\n")],
    ["RPC over HTTP v2", bytes("RPC_OUT_DATA /rpc/rpcproxy.dll?a:593 HTTP/1.1\r\n")],
    ["an HTTP answer", bytes("HTTP/1.1 200 OK\r\n")],
    ["HTTP/2", bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
    ["an X.224 Connection Request", bytes(3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0)],
    ["X.224 data", bytes(3, 0, 1, 0, 2, 0xf0, 0x80, 0x7f)],
  ] as const) {
    assert.ok(startsForeign(message), name);
  }
});

test("PDUs, their stubs and the banner of RPC over HTTP v1 are none of them", () => {
  for (const [name, message] of [
    ["a PDU", request(1, new Uint8Array(20))],
    ["a big-endian PDU", request(1, new Uint8Array(20), { little: false })],
    ["the banner", bytes("ncacn_http/1.0")],
    ["the number 790", bytes(0x16, 3, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0)],
    ["the number 3 and a referent", bytes(3, 0, 0, 0, 0, 0, 2, 0, 5, 0, 0, 0)],
    ["zeros", new Uint8Array(64)],
    ["nothing", new Uint8Array(0)],
  ] as const) {
    assert.ok(!startsForeign(message), name);
  }
});

test("an SMB signature is found where messages share a segment", () => {
  assert.equal(smbSignatureIn(bytes("SMBS", 0, 0xfe, "SMB", 64)), 5);
  assert.equal(smbSignatureIn(bytes("an SMB share", 0xfb, "SMB")), -1);
  assert.equal(smbSignatureIn(bytes(0xff, "SM")), -1);
});
