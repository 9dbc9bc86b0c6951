/** What is taken for DCE/RPC where nothing announced it: never a header alone, and nothing real less. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import type { Event } from "../../../src/events.js";
import { MAX_CANDIDATES, PduSearch } from "../../../src/rpc/pdu-search.js";
import { PduStream } from "../../../src/rpc/pdu-stream.js";
import { bind, bindAck, fault, request, response, type Side, Wire } from "../../support/rpc/wire.js";
import { analyze, calls, ofKind } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

const UUID = "12345678-4321-abcd-ef00-0123456789ab";

function bytes(...values: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    values.map((v) =>
      typeof v === "number" ? Buffer.from([v]) : typeof v === "string" ? Buffer.from(v, "latin1") : v,
    ),
  );
}

/** call_ids with both sides of their call. */
function answered(events: readonly Event[]): number[] {
  return calls(events)
    .filter((c) => c.frames.request.length > 0 && c.frames.response.length > 0)
    .map((c) => c.call_id);
}

function notes(events: readonly Event[], code: string): string[] {
  return ofKind(events, "note").flatMap((n) => (n.code === code ? [n.message] : []));
}

/** The header of a big-endian request of `length` bytes without flags: what passes in much that is none. */
const falseBig = (length: number): Uint8Array =>
  bytes(5, 0, 0, 0, 0, 0, 0, 0, length >> 8, length & 255, 0, 0, 0, 0, 0, 9);
/** A little-endian response's. */
const falseLittle = (length: number): Uint8Array =>
  bytes(5, 0, 2, 3, 16, 0, 0, 0, length & 255, length >> 8, 0, 0, 9, 0, 0, 0);

/** Twenty calls, each side in a segment of its own. */
function talk(wire: Wire, little = true, from = 10): Wire {
  for (let id = from; id < from + 20; id++) {
    wire
      .say(0, request(id, new Uint8Array(20), { little }))
      .say(1, response(id, new Uint8Array(24), { little }));
  }
  return wire.close();
}

const TWENTY = Array.from({ length: 20 }, (_, i) => 10 + i);

for (const [name, header] of [
  ["big-endian", falseBig],
  ["little-endian", falseLittle],
] as const) {
  for (const length of [0x20, 200, 0x6010, 0xffff]) {
    for (const before of [0, 1, 300]) {
      test(`a false ${name} header of ${length} bytes, ${before} into a segment, swallows nothing`, () => {
        const tail = bytes(new Uint8Array(before).fill(0x41), header(length), new Uint8Array(64).fill(0x66));
        const midstream = talk(new Wire().say(1, tail)).events();
        assert.deepEqual(answered(midstream), TWENTY);
        assert.equal(calls(midstream).length, 20);
        assert.deepEqual(notes(midstream, "skipped-octets").length, 1);

        const lost = new Wire().handshake().say(0, bind(1, UUID)).say(1, bindAck(1)).say(0, request(2));
        lost.say(1, response(2, new Uint8Array(4000)).subarray(0, 1460)).lose(1, 1460 + 2000);
        const gap = talk(lost.say(1, tail)).events();
        assert.deepEqual(answered(gap), [2, ...TWENTY]);
      });
    }
  }
}

test("a conversation that begins as another protocol is not searched, whatever its next segment begins with", () => {
  for (const start of [
    bytes("POST /x HTTP/1.1\r\n\r\n"),
    bytes(0, 0, 0, 64, 0xfe, "SMB", 64, new Uint8Array(59)),
    bytes(0x17, 3, 3, 0, 32, new Uint8Array(32).fill(7)),
    bytes(3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0),
  ]) {
    for (const times of [1, 2]) {
      const wire = new Wire();
      for (let i = 0; i < times; i++) wire.say(0, start);
      assert.deepEqual(ofKind(talk(wire).events(), "call"), []);
    }
  }
});

test("whatever stubs hold, a conversation joined anywhere gives the calls that it gives without", () => {
  const traps = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 3000 }),
      little: fc.boolean(),
      // A length that happens to lead to the next real header cannot be distinguished from a real one.
      length: fc.integer({ min: 24, max: 65_535 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      traps,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 400, max: 1460 }),
      fc.boolean(),
      (set, first, mss, little) => {
        const seen = [false, true].map((trapped) => {
          const stub = new Uint8Array(3100).fill(0x41);
          if (trapped) {
            for (const t of set) stub.set(t.little ? falseLittle(t.length) : falseBig(t.length), t.at);
          }
          const wire = new Wire();
          for (let id = 1; id <= 8; id++) {
            wire.say(0, request(id, stub, { little }), mss).say(1, response(id, stub, { little }), mss);
          }
          wire.specs.splice(0, first);
          return answered(wire.close().events());
        });
        assert.deepEqual(seen[1], seen[0]);
        assert.ok(seen[0]!.length >= 7);
      },
    ),
    { numRuns: 200 },
  );
});

const FOREIGN: [string, (inner: Uint8Array) => Uint8Array][] = [
  [
    "SMB2",
    (inner) => bytes(0, 0, 0, 64 + 48 + inner.length, 0xfe, "SMB", 64, 0, new Uint8Array(58 + 48), inner),
  ],
  [
    "SMB1",
    (inner) => bytes(0, 0, 0, 32 + 31 + inner.length, 0xff, "SMB", 0x25, new Uint8Array(27 + 31), inner),
  ],
  ["SMB3, compressed", (inner) => bytes(0, 0, 0, 64 + inner.length, 0xfc, "SMB", new Uint8Array(60), inner)],
  ["TLS", (inner) => bytes(0x17, 3, 3, 0, inner.length, inner)],
  ["HTTP", (inner) => bytes(`HTTP/1.1 200 OK\r\nContent-Length: ${inner.length}\r\n\r\n`, inner)],
  ["RPC over HTTP", (inner) => bytes("RPC_IN_DATA /rpc/rpcproxy.dll?srv:135 HTTP/1.1\r\n\r\n", inner)],
  ["X.224", (inner) => bytes(3, 0, 0, inner.length + 7, 2, 0xf0, 0x80, inner)],
];

for (const [name, wrap] of FOREIGN) {
  test(`PDUs inside ${name} are no DCE/RPC over TCP, wherever the capture begins`, () => {
    for (const first of [0, 1, 2, 3]) {
      const wire = new Wire();
      for (let id = 1; id < 4; id++) {
        wire.say(0, wrap(request(id, new Uint8Array(20)))).say(1, wrap(response(id, new Uint8Array(20))));
      }
      wire.specs.splice(0, first);
      assert.deepEqual(calls(wire.close().events()), []);
    }
  });
}

test("a segment that goes on with an SMB message before it shows the next one does not help PDUs either", () => {
  const smb = FOREIGN[0]![1](request(2, new Uint8Array(20)));
  const wire = new Wire().say(0, bytes(new Uint8Array(40), smb)).say(0, smb);
  assert.deepEqual(calls(wire.close().events()), []);
});

test("zeros with a five among them are no calls: field names that real protocols have at these places", () => {
  const payloads = [
    // EtherNet/IP: command 0x006f, a length, a session, a status of zero, a sender context.
    bytes(0x6f, 0, 0x18, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    // Skinny: length, reserved, message identifier.
    bytes(
      5,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0x11,
      0x01,
      0,
      0,
      0,
      0,
      0,
      0,
      5,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0x2d,
      0x01,
      0,
      0,
      0,
      0,
      0,
      0,
    ),
    falseBig(0x1c),
    bytes(falseBig(0x2000), new Uint8Array(100)),
    bytes(new Uint8Array(7), falseBig(0x30), new Uint8Array(64)),
    // A table of 64-bit numbers.
    bytes(
      ...Array.from({ length: 64 }, () =>
        bytes(5, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 3, new Uint8Array(15)),
      ),
    ),
  ];
  for (const [i, payload] of payloads.entries()) {
    const wire = new Wire();
    for (let n = 0; n < 5; n++) wire.say((n % 2) as Side, payload);
    assert.deepEqual(calls(wire.close().events()), [], `payload ${i}`);
    const begun = new Wire().handshake();
    for (let n = 0; n < 5; n++) begun.say((n % 2) as Side, payload);
    assert.deepEqual(calls(begun.close().events()), [], `payload ${i}, from the start`);
  }
});

for (const little of [true, false]) {
  const order = little ? "little" : "big";
  test(`one lone ${order}-endian PDU is enough`, () => {
    const stub = new Uint8Array(20);
    for (const [from, pdu] of [
      [0, request(7, stub, { little })],
      [1, response(7, stub, { little })],
      [1, fault(7, 5, { little })],
      [0, request(7, stub, { little, allocHint: 0 })],
      [0, request(7, new Uint8Array(6000), { little })],
    ] as const) {
      const events = new Wire().say(from, pdu).events();
      assert.deepEqual(
        calls(events).map((c) => c.call_id),
        [7],
      );
      assert.deepEqual(notes(events, "skipped-octets"), []);
    }
  });

  test(`a ${order}-endian request and its answer prove one another in the middle of segments`, () => {
    const wire = new Wire().say(0, bytes(new Uint8Array(30), request(7, new Uint8Array(20), { little })));
    wire.say(1, bytes(new Uint8Array(33), response(7, new Uint8Array(20), { little })));
    const events = wire.events();
    assert.deepEqual(answered(events), [7]);
    assert.equal(notes(events, "skipped-octets").length, 2);
  });

  test(`a ${order}-endian PDU in the middle of a segment is proven by what follows it`, () => {
    const wire = new Wire().say(1, bytes(new Uint8Array(30), response(7, new Uint8Array(20), { little })));
    wire.say(1, response(8, new Uint8Array(20), { little }));
    assert.deepEqual(
      calls(wire.events()).map((c) => c.call_id),
      [7, 8],
    );
  });
}

test("RPC that begins with the banner of RPC over HTTP v1 is read, however the banner is cut", () => {
  for (const size of [1, 13, 14, 1460]) {
    for (const begins of [true, false]) {
      const wire = begins ? new Wire().handshake() : new Wire();
      wire.say(1, bytes("ncacn_http/1.0"), size).say(0, bind(1, UUID)).say(1, bindAck(1));
      const events = talk(wire).events();
      assert.deepEqual(answered(events), TWENTY);
      assert.deepEqual(notes(events, "skipped-octets"), []);
      assert.equal(ofKind(events, "association")[0]!.contexts[0]!.result, "acceptance");
    }
  }
  const together = new Wire().handshake().say(1, bytes("ncacn_http/1.0", bindAck(1)));
  assert.equal(ofKind(together.events(), "association").length, 1);
});

test("an association whose bytes cannot be understood any more stays one, and says how many were not", () => {
  const wire = new Wire().handshake().say(0, bind(1, UUID)).say(1, bindAck(1));
  wire.say(0, new Uint8Array(400_000).fill(0x41)).say(1, new Uint8Array(400_000).fill(0x41));
  const events = talk(wire).events();
  assert.deepEqual(answered(events), TWENTY);
  assert.equal(ofKind(events, "association").length, 1);
  assert.deepEqual(
    notes(events, "skipped-octets").map((m) => m.split(" ")[0]),
    ["400000", "400000"],
  );
});

test("searching costs each byte a bounded number of looks, and keeps one PDU at most", () => {
  const time = { seconds: 1, nanos: 0, digits: 6 as const };
  const known = { rpc: false, drep: -1 };
  const traps = Buffer.concat(Array.from({ length: 20_000 }, () => falseBig(0xffff)));
  const search = new PduSearch();
  let most = 0;
  for (let at = 0; at < traps.length; at += 3) {
    search.push(traps.subarray(at, at + 3), at, time, 0, true, known);
    most = Math.max(most, search.size);
  }
  // What is given up is moved away when it is half of what is kept.
  assert.ok(most <= 2 * 65_536 + 3 * MAX_CANDIDATES, `${most} bytes were kept`);
  const cost = (count: number): number => {
    const stream = new PduStream(true);
    const before = process.cpuUsage();
    for (let at = 0; at < 16 * count; at += 3) {
      stream.feed(traps.subarray(at, Math.min(at + 3, 16 * count)), at, time, at);
      while (stream.next() !== null);
    }
    return process.cpuUsage(before).user;
  };
  cost(5_000);
  const [one, two] = [cost(10_000), cost(20_000)];
  assert.ok(two < 4 * one + 50_000, `${one} and ${two} µs`);
});

const shared = sharedDir();
for (const name of ["swallow-midstream", "swallow-gap"]) {
  const path = shared === null ? null : join(shared, "faults", `${name}.pcap`);
  const skip = path === null || !existsSync(path) ? "no ../shared" : false;
  test(`${name} gives what its control gives`, { skip }, async () => {
    const [trapped, control] = await Promise.all(
      [path!, path!.replace(".pcap", "-control.pcap")].map((p) => analyze([p])),
    );
    assert.deepEqual(answered(trapped!), answered(control!));
    assert.equal(answered(trapped!).length, 20);
  });
}
