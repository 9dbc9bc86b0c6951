/** How connections to listeners begin: [MS-RDPBCGR] 4.1.1 and 4.1.2, TLS, WebSocket, and what is none of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readClientHello } from "../../../dissectors/rdp/client-hello.js";
import { CLIENT_BYTES, recognise } from "../../../dissectors/rdp/recognise.js";
import { readX224Connection } from "../../../dissectors/rdp/x224.js";
import { Reader } from "../../../dissectors/wire/reader.js";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const NOTHING = new Uint8Array(0);

/** [MS-RDPBCGR] 4.1.1 Client X.224 Connection Request PDU. */
const REQUEST = bytes(`
  03 00 00 2c 27 e0 00 00 00 00 00 43 6f 6f 6b 69 65 3a 20 6d 73 74 73 68 61 73 68 3d 65 6c 74 6f 6e
  73 0d 0a 01 00 08 00 00 00 00 00`);
/** [MS-RDPBCGR] 4.1.2 Server X.224 Connection Confirm PDU. */
const CONFIRM = bytes("03 00 00 13 0e d0 00 00 12 34 00 02 00 08 00 00 00 00 00");

test("the specification's request and confirm", () => {
  assert.deepEqual(readX224Connection(new Reader(REQUEST)), {
    kind: "request",
    length: 44,
    destination: 0,
    source: 0,
    cookie: "Cookie: mstshash=eltons",
    negotiation: { kind: "request", flags: 0, protocols: 0 },
    parameters: [],
  });
  const confirm = readX224Connection(new Reader(CONFIRM));
  assert.equal(confirm?.kind, "confirm");
  assert.equal(confirm?.source, 0x1234);
  assert.deepEqual(confirm?.negotiation, { kind: "response", flags: 0, protocols: 0 });
  const reported = recognise(REQUEST, CONFIRM)!;
  assert.equal(reported.protocol, "rdp");
  assert.equal(reported.open, false);
  assert.match(reported.how, /standard RDP security, confirmed with standard RDP security/);
});

test("security protocols and failures by name", () => {
  const asks = bytes("03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 0b 00 00 00");
  const fails = bytes("03 00 00 13 0e d0 00 00 12 34 00 03 00 08 00 05 00 00 00");
  assert.match(recognise(asks, NOTHING)!.how, /TLS or CredSSP or CredSSP with early/);
  assert.match(recognise(asks, fails)!.how, /HYBRID_REQUIRED_BY_SERVER/);
});

test("the bare request of old clients is RDP; with TSAP identifiers it is another ISO protocol", () => {
  assert.equal(recognise(bytes("03 00 00 0b 06 e0 00 00 00 00 00"), NOTHING)?.protocol, "rdp");
  const s7 = bytes("03 00 00 16 11 e0 00 00 00 01 00 c0 01 0a c1 02 01 00 c2 02 01 02");
  assert.equal(recognise(s7, NOTHING)?.protocol, "x224");
});

test("a request in the first segment only in part", () => {
  assert.equal(recognise(REQUEST.subarray(0, 12), NOTHING)?.protocol, "rdp");
  assert.equal(recognise(REQUEST.subarray(0, 6), NOTHING), null);
  // The TPKT length and the length indicator must agree.
  assert.equal(recognise(bytes("03 00 00 0c 06 e0 00 00 00 00 00 00"), NOTHING), null);
  assert.equal(recognise(CONFIRM, NOTHING), null);
});

function hello(name: string): Uint8Array {
  const host = Buffer.from(name);
  const list = Buffer.concat([Buffer.from([0, 0, host.length]), host]);
  const sni = Buffer.concat([Buffer.from([0, list.length]), list]);
  const extensions = Buffer.concat([Buffer.from([0, 23, 0, 0, 0, 0, 0, sni.length]), sni]);
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, 0x13, 0x01, 1, 0, 0, extensions.length]),
    extensions,
  ]);
  return Uint8Array.from([22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length, ...body]);
}

test("TLS by its ClientHello, with the server's name", () => {
  const whole = hello("novice.example");
  assert.deepEqual(readClientHello(new Reader(whole)), {
    version: 0x0303,
    serverName: "novice.example",
    cut: false,
  });
  for (let n = 11; n < whole.length; n++)
    assert.equal(readClientHello(new Reader(whole.subarray(0, n)))?.serverName ?? null, null);
  assert.equal(recognise(whole, NOTHING)?.protocol, "tls");
  // The name is in what the first segment lacks: more of the record is waited for.
  assert.equal(recognise(whole.subarray(0, 60), NOTHING)?.open, true);
  assert.equal(recognise(whole, NOTHING)?.open, false);
  assert.equal(readClientHello(new Reader(whole.with(0, 23))), null);
  assert.equal(readClientHello(new Reader(whole.with(5, 2))), null);
});

test("WebSocket and plain HTTP", () => {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  const upgrade = "GET /ra HTTP/1.1\r\nHost: n\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  assert.equal(recognise(text(upgrade), NOTHING)?.protocol, "websocket");
  assert.deepEqual(recognise(text("GET /ra HTTP/1.1\r\nHo"), NOTHING), {
    protocol: "http",
    how: "an HTTP request",
    open: true,
  });
  assert.equal(recognise(text("GETTING HTTP/1.1\r\n"), NOTHING), null);
});

test("anything at all is answered, quickly and without an error", () => {
  const some = fc.uint8Array({ maxLength: CLIENT_BYTES });
  const near = fc
    .tuple(fc.constantFrom(REQUEST, CONFIRM, hello("a.b")), fc.nat(50), fc.nat(255))
    .map(([base, at, value]) => base.with(at % base.length, value));
  fc.assert(fc.property(fc.oneof(some, near), fc.oneof(some, near), (a, b) => void recognise(a, b)));
});
