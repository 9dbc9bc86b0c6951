/** RPC over HTTP v2, [MS-RPCH]: a note for each virtual connection, whatever its channels are captured like. */
import assert from "node:assert/strict";
import test from "node:test";
import { Wire } from "../../support/rpc/wire.js";
import { ofKind } from "../../support/run.js";

/** CONN/A1 and CONN/B1 as impacket 0.12 writes them, for the virtual connection 00 01 02 ... 0f. */
const CONN_A1 = Buffer.from(
  "05001403100000004c0000000000000000000400060000000100000003000000000102030405060708090a0b0c0d0e0f" +
    "03000000101112131415161718191a1b1c1d1e1f0000000000000400",
  "hex",
);
const CONN_B1 = Buffer.from(
  "0500140310000000680000000000000000000600060000000100000003000000000102030405060708090a0b0c0d0e0f" +
    "03000000202122232425262728292a2b2c2d2e2f040000000000004005000000e09304000c000000303132333435363738393a3b3c3d3e3f",
  "hex",
);
const COOKIE = "03020100-0504-0706-0809-0a0b0c0d0e0f";

const head = (method: string, length: number | null): Buffer =>
  Buffer.from(
    `${method} /rpc/rpcproxy.dll?exchange.contoso.example:6001 HTTP/1.1\r\nAccept: application/rpc\r\n` +
      `HOST: mail.contoso.example\r\n${length === null ? "" : `Content-Length: ${length}\r\n`}` +
      "Authorization: NTLM TlRMTVNTUAAB\r\n\r\n",
  );

/** What the notes say, with their frames. */
function notes(wire: Wire): [frame: number | null, message: string][] {
  const events = wire.close().events();
  assert.deepEqual(ofKind(events, "call"), []);
  assert.deepEqual(ofKind(events, "association"), []);
  const found = ofKind(events, "note").filter(({ code }) => code === "rpc-over-http");
  for (const { stream, severity } of found) assert.deepEqual([stream, severity], [0, "info"]);
  return found.map(({ frame, message }) => [frame, message]);
}

const TO = "to exchange.contoso.example:6001 through mail.contoso.example: its calls are not decoded";
const KNOWN = `RPC over HTTP v2, RPC_OUT_DATA, virtual connection ${COOKIE} ${TO}`;

test("a virtual connection is named by its cookie, its server and its proxy", () => {
  const whole = Buffer.concat([head("RPC_OUT_DATA", 76), CONN_A1]);
  for (const size of [13, 100, 4096]) {
    const wire = new Wire().handshake();
    for (let at = 0; at < whole.length; at += size) wire.say(0, whole.subarray(at, at + size));
    assert.deepEqual(notes(wire), [[4, KNOWN]], String(size));
  }
});

test("requests without a body, which ask how to authenticate, go before", () => {
  const wire = new Wire()
    .handshake()
    .say(0, head("RPC_OUT_DATA", 0))
    .say(1, Buffer.from("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    .say(0, Buffer.concat([head("RPC_OUT_DATA", 4), Buffer.from("echo")]))
    .say(1, Buffer.from("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    .say(0, head("RPC_OUT_DATA", 76))
    .say(0, CONN_A1);
  assert.deepEqual(notes(wire), [[4, KNOWN]]);
});

test("without its cookie a connection is named by what there is", () => {
  const unknown = (method: string): string =>
    `RPC over HTTP v2, ${method}, whose virtual connection is not known ${TO}`;
  const cut = new Wire().handshake().say(0, head("RPC_IN_DATA", 1 << 30));
  assert.deepEqual(notes(cut), [[4, unknown("RPC_IN_DATA")]]);
  const other = new Wire().handshake().say(0, head("RPC_IN_DATA", null)).say(0, Buffer.alloc(100, 5));
  assert.deepEqual(notes(other), [[4, unknown("RPC_IN_DATA")]]);
  const short = new Wire().handshake().say(0, head("RPC_OUT_DATA", 76).subarray(0, 60));
  assert.deepEqual(notes(short), [
    [4, "RPC over HTTP v2, whose virtual connection is not known: its calls are not decoded"],
  ]);
  const endless = new Wire().handshake();
  for (let i = 0; i < 40; i++) endless.say(0, Buffer.concat([head("RPC_OUT_DATA", 0), Buffer.alloc(0)]));
  for (let i = 0; i < 40; i++) endless.say(0, Buffer.from(`X-Header-${i}: ${"x".repeat(600)}\r\n`));
  assert.equal(notes(endless).length, 1);
});

test("the second channel of a virtual connection has no further note", () => {
  const both = new Wire()
    .handshake()
    .say(0, Buffer.concat([head("RPC_OUT_DATA", 76), CONN_A1]))
    .close();
  const channel = new Wire()
    .handshake()
    .say(0, Buffer.concat([head("RPC_IN_DATA", 1 << 30), CONN_B1]))
    .close();
  both.specs.push(...channel.specs.map((spec) => ({ ...spec, port: 40_001 })));
  const events = both.events();
  assert.equal(ofKind(events, "note").filter(({ code }) => code === "rpc-over-http").length, 1);
  assert.equal(ofKind(events, "summary")[0]?.traffic.rpc_http_streams, 2);
});
