/** What a wire can send in any number and at any length: read in the time of its bytes. */
import assert from "node:assert/strict";
import test from "node:test";
import { readNetworkAddress } from "../../../dissectors/dcom/network-address.js";
import { readHttpRequest } from "../../../dissectors/http/negotiate.js";
import { readLdapRequest } from "../../../dissectors/ldap/bind.js";
import { parseConnectionString } from "../../../dissectors/rai/connection-string.js";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import { parseInvitation } from "../../../dissectors/rai/invitation.js";
import { parseSession } from "../../../dissectors/rai/sessions.js";
import { wellFormed } from "../../../dissectors/wire/text.js";
import { unlimited } from "../../../src/budget.js";
import { Oldest } from "../../../src/oldest.js";
import { OrderedQueue } from "../../../src/ordering.js";
import { objectTree } from "../../../src/output/objects-view.js";
import { KdcStream } from "../../../src/protocols/kdc.js";
import { TokenStream } from "../../../src/protocols/tokens.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { type OpenCall, OpenCalls } from "../../../src/rpc/calls.js";
import { Out } from "../../../src/rpc/output.js";
import { assertLinear } from "../../support/growth.js";
import { frameOf, ipv4 } from "../../support/reassembly/packets.js";

const AT = { frame: 1, frames: 1, sequence: 0, time: { seconds: 1, nanos: 0, digits: 6 as const } };

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Long texts, each read by the parser of what it claims to be. */
const texts: [name: string, n: number, text: (n: number) => string, read: (text: string) => unknown][] = [
  ["a binding of opening brackets", 100_000, (n) => "[".repeat(n), readNetworkAddress],
  ["a binding of pairs of brackets", 100_000, (n) => "[1]".repeat(n), readNetworkAddress],
  ["a binding of a long port", 100_000, (n) => `x[${"1".repeat(n)}]`, readNetworkAddress],
  ["a binding that is no end of brackets, in the tree", 50_000, (n) => "a[".repeat(n), tree],
  ["a session of colons", 100_000, (n) => ":".repeat(n), parseSession],
  ["a session of colons and blanks", 100_000, (n) => ":1 ".repeat(n), parseSession],
  ["a session of blanks", 100_000, (n) => `:1${" ".repeat(n)}x`, parseSession],
  ["a session of NULs", 100_000, (n) => `a\\b:1${"\0".repeat(n)}x`, parseSession],
  ["a help blob of digits", 100_000, (n) => "1".repeat(n), parseHelpBlob],
  ["a help blob of lengths", 20_000, (n) => "9;".repeat(n), parseHelpBlob],
  ["a help blob of names", 20_000, (n) => "4;ID=".repeat(n), parseHelpBlob],
  ["a help blob whose lengths lie", 20_000, (n) => "3;IDENT=x".repeat(n), parseHelpBlob],
  ["a string of commas", 100_000, (n) => `65538,1${",".repeat(n)}`, parseConnectionString],
  ["a string of addresses", 50_000, (n) => `65538,1,${"a:1;".repeat(n)},*,x,*,*,y`, parseConnectionString],
  ["a string of colons", 100_000, (n) => `65538,1,${":".repeat(n)},*,x,*,*,y`, parseConnectionString],
  ["a string of brackets", 100_000, (n) => `65538,1,${"]:".repeat(n)},*,x,*,*,y`, parseConnectionString],
  [
    "a string of blanks",
    100_000,
    (n) => `65538,1,${" ".repeat(n)},*,x,*,*,y${"\0".repeat(n)}`,
    parseConnectionString,
  ],
  ["XML of angle brackets", 20_000, (n) => "<".repeat(n), parseConnectionString],
  ["XML of elements", 5_000, (n) => `<E>${"<A/>".repeat(n)}</E>`, parseConnectionString],
  [
    "XML of attributes",
    2_000,
    (n) =>
      `<E ${range(n)
        .map((i) => `a${i}="x"`)
        .join(" ")}/>`,
    parseConnectionString,
  ],
  [
    "XML of listeners",
    2_000,
    (n) => `<E><C><T>${'<L P="1" N="a"/>'.repeat(n)}</T></C></E>`,
    parseConnectionString,
  ],
  ["XML of a long attribute", 15_000, (n) => `<E a="${"x".repeat(n)}"/>`, parseConnectionString],
  ["XML of ampersands", 15_000, (n) => `<E a="${"&".repeat(n)}"/>`, parseConnectionString],
  ["XML of comments", 10_000, (n) => `<E>${"<!---->".repeat(n)}</E>`, parseConnectionString],
  ["XML of comments without an end", 20_000, (n) => `<E>${"<!--".repeat(n)}</E>`, parseConnectionString],
  ["XML of open elements", 10_000, (n) => "<E>".repeat(n), parseConnectionString],
  ["XML of blanks", 100_000, (n) => `<E${" ".repeat(n)}/>`, parseConnectionString],
  [
    "an invitation of closed elements",
    20_000,
    (n) => `<UPLOADINFO>${"/> ".repeat(n)}</UPLOADDATA>`,
    invitation,
  ],
  [
    "an invitation of blanks",
    50_000,
    (n) => `<UPLOADINFO><UPLOADDATA/>${" ".repeat(n)}x</UPLOADINFO>`,
    invitation,
  ],
  ["lone surrogates", 100_000, (n) => "\ud800x".repeat(n), (text) => wellFormed(text, () => {})],
];

function invitation(text: string): unknown {
  return parseInvitation(Buffer.from(text, "utf8"));
}

function tree(address: string): string {
  const exporter = { oxid: "1", rem_unknown: null, first_frame: 1, last_frame: 1, objects: [], security: [] };
  return objectTree([
    { machine: "10.0.0.1", exporters: [{ ...exporter, bindings: [{ tower: "ncacn_ip_tcp", address }] }] },
  ]);
}

for (const [name, n, text, read] of texts) {
  test(`in the time of its characters: ${name}`, () => {
    assertLinear((size) => {
      const whole = text(size);
      return () => void read(whole);
    }, n);
  });
}

test("an exchange with a KDC in segments of a few bytes", () => {
  assertLinear((n) => {
    const message = new Uint8Array(n);
    new DataView(message.buffer).setUint32(0, n - 4);
    return () => {
      const out = new Out();
      const stream = new KdcStream();
      for (let at = 0; at < n; at += 2) stream.data(0, message.subarray(at, Math.min(n, at + 2)), AT, out);
      const [learned] = out.take();
      assert.equal(learned?.kind === "kerberos" && learned.message.length, n - 4);
    };
  }, 30_000);
});

test("many messages of a KDC in one segment, and in segments of odd sizes", () => {
  assertLinear((n) => {
    const messages = Buffer.alloc(8 * n);
    for (let i = 0; i < n; i++) messages.writeUInt32BE(4, 8 * i);
    return () => {
      const out = new Out();
      const stream = new KdcStream();
      stream.data(0, messages, AT, out);
      for (let at = 0; at < messages.length; at += 5) stream.data(1, messages.subarray(at, at + 5), AT, out);
      assert.equal(out.take().length, 2 * n);
    };
  }, 10_000);
});

test("requests that are read for their tokens, in segments of a few bytes", () => {
  const head = (n: number): Buffer =>
    Buffer.from(`GET / HTTP/1.1\r\nAuthorization: Negotiate ${"A".repeat(4 * n)}\r\n\r\n`);
  // A bind: message id, version, name, SASL with a mechanism and 2n bytes of credentials.
  const bind = (n: number): Buffer => {
    const part = (tag: number, content: Uint8Array): Buffer => {
      const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
      header.writeUInt32BE(content.length, 2);
      return Buffer.concat([header, content]);
    };
    const sasl = part(0xa3, Buffer.concat([part(4, Buffer.from("GSSAPI")), part(4, new Uint8Array(2 * n))]));
    return part(
      0x30,
      Buffer.concat([
        Buffer.from("020101", "hex"),
        part(0x60, Buffer.concat([Buffer.from("0201030400", "hex"), sasl])),
      ]),
    );
  };
  for (const [read, made, size] of [
    [readHttpRequest, head, 3],
    [readLdapRequest, bind, 2],
  ] as const) {
    assertLinear((n) => {
      const bytes = made(n);
      return () => {
        const out = new Out();
        const stream = new TokenStream(0, read, unlimited());
        for (let at = 0; at < bytes.length; at += 2) stream.data(0, bytes.subarray(at, at + 2), AT, out);
        const [found] = out.take();
        assert.equal(found?.kind === "token" && found.token.length, size * n);
      };
    }, 15_000);
  }
});

test("calls that take their places in the reverse order", () => {
  assertLinear((n) => {
    return () => {
      const out: number[] = [];
      const queue = new OrderedQueue<number>((value) => out.push(value), Number.POSITIVE_INFINITY);
      const places = range(n).map((i) => queue.open(n - i));
      places.forEach((place, i) => {
        queue.fill(place, n - i);
      });
      assert.deepEqual([out.length, out[0], out.at(-1)], [n, 1, n]);
    };
  }, 20_000);
});

test("open calls that are dropped, the oldest first", () => {
  assertLinear((n) => {
    return () => {
      const open = new OpenCalls();
      for (let i = 0; i < n; i++) {
        open.add({ id: i, callId: i } as OpenCall);
        if (open.count > 1000) open.remove(open.oldest()!);
      }
      assert.equal(open.count, 1000);
      assert.equal(open.oldest()!.callId, n - 1000);
    };
  }, 50_000);
});

test("the oldest of a map that others leave as well", () => {
  const map = new Map(range(5).map((i) => [i, i]));
  const oldest = new Oldest(map);
  assert.equal(oldest.next(), 0);
  map.delete(0);
  map.delete(1);
  map.delete(2);
  map.set(2, 2);
  const left: number[] = [];
  for (let key = oldest.next(); key !== undefined; key = oldest.next()) {
    left.push(key);
    map.delete(key);
  }
  assert.deepEqual(left, [3, 4, 2]);
  map.set(9, 9);
  assert.equal(oldest.next(), 9);
});

test("a datagram in fragments of eight bytes, in any order", () => {
  assertLinear((n) => {
    const packets: Uint8Array[] = [];
    for (let datagram = 0; datagram < 8; datagram++) {
      const order = range(n).map((i) => (i * 7919) % n);
      for (const i of order) {
        const more = { id: datagram + 1, fragmentOffset: 8 * i, moreFragments: i < n - 1 };
        packets.push(ipv4([10, 0, 0, 1], [10, 0, 0, 2], 6, new Uint8Array(8), more));
      }
    }
    const frames = packets.map((packet, i) => frameOf(packet, i + 1, 1));
    return () => {
      const assembler = new StreamAssembler();
      for (const frame of frames) assembler.push(frame);
      assert.equal(assembler.counters.tcpSegments, 8);
    };
  }, 500);
});
