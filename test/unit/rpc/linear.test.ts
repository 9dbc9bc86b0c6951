/** Associations with many calls, contexts, fragments and gaps: their time grows with their PDUs. */
import assert from "node:assert/strict";
import test from "node:test";
import { Analyzer } from "../../../src/analyzer.js";
import type { Event } from "../../../src/events.js";
import { bindAckBody, bindBody, PFC, pdu, requestFixed, responseFixed, SYNTAX_NDR } from "../../lab/rpc.js";
import { assertLinear } from "../../support/growth.js";
import { ACK, frameOf, packetOf, type SegmentSpec, SYN } from "../../support/reassembly/packets.js";
import { UUID } from "../../support/rpc/talk.js";

const NOTHING = new Uint8Array(0);
const WHOLE = PFC.FIRST_FRAG | PFC.LAST_FRAG;
const STUB = new Uint8Array(16);
const CLIENT = 0;
const SERVER = 1;
type Side = typeof CLIENT | typeof SERVER;

/** What each side sends; `lost`: it was not captured. */
interface Said {
  from: Side;
  bytes: Uint8Array;
  lost?: boolean;
}

const header = { flags: WHOLE, callId: 1, little: true };
const item = (id: number) => ({ id, abstract: { uuid: UUID, version: 1 }, transfer: [SYNTAX_NDR] });
const result = { result: 0, reason: 0, syntax: SYNTAX_NDR };

const bind = (id = 0, type: "bind" | "alter_context" = "bind", callId = 1): Said => ({
  from: CLIENT,
  bytes: pdu({ ...header, callId, type }, bindBody(true, 4280, 4280, 0, [item(id)]), NOTHING, null),
});
const bindAck = (type: "bind_ack" | "alter_context_resp" = "bind_ack", callId = 1): Said => ({
  from: SERVER,
  bytes: pdu({ ...header, callId, type }, bindAckBody(true, 4280, 4280, 7, "135", [result]), NOTHING, null),
});
const request = (callId: number, flags = WHOLE, stub = STUB): Said => ({
  from: CLIENT,
  bytes: pdu(
    { type: "request", flags, callId, little: true },
    requestFixed(true, stub.length, 0, 0, null),
    stub,
    null,
  ),
});
const response = (callId: number, flags = WHOLE, more: Partial<Said> = {}): Said => ({
  from: SERVER,
  bytes: pdu(
    { type: "response", flags, callId, little: true },
    responseFixed(true, STUB.length, 0),
    STUB,
    null,
  ),
  ...more,
});

/** One connection through the analyzer. */
function analyze(said: readonly Said[], port = 40_000, midstream = false): () => Event[] {
  const next = [100, 500];
  const specs: SegmentSpec[] = midstream
    ? []
    : [
        { from: 0, seq: 99, flags: SYN, port },
        { from: 1, seq: 499, ack: 100, flags: SYN | ACK, port },
      ];
  for (const { from, bytes, lost } of said) {
    const spec = { from, seq: next[from]!, ack: next[1 - from]!, data: bytes, port };
    if (!lost) specs.push(spec);
    next[from]! += bytes.length;
  }
  const frames = specs.map((spec, i) => frameOf(packetOf(spec), i + 1, 1000 + i / 1e5));
  return () => {
    const analyzer = new Analyzer();
    const events: Event[] = [];
    for (const frame of frames) for (const event of analyzer.push(frame)) events.push(event);
    for (const event of analyzer.finish()) events.push(event);
    return events;
  };
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const cut = (said: Said, size: number): Said[] =>
  range(Math.ceil(said.bytes.length / size)).map((i) => ({
    from: said.from,
    bytes: said.bytes.subarray(i * size, (i + 1) * size),
  }));

const shapes: [name: string, n: number, said: (n: number) => Said[]][] = [
  ["calls", 300, (n) => range(n).flatMap((i) => [request(i), response(i)])],
  ["calls that nobody answers", 500, (n) => range(n).map((i) => request(i))],
  ["calls that nobody answers, more than may be open", 1500, (n) => range(n).map((i) => request(i))],
  ["calls of one id that nobody answers", 500, (n) => range(n).map(() => request(7))],
  [
    "calls that are answered last first",
    1000,
    (n) => [...range(n).map((i) => request(i)), ...range(n).map((i) => response(n - 1 - i))],
  ],
  [
    "open calls, and every second answer missing",
    900,
    (n) => [
      ...range(n).map((i) => request(i)),
      ...range(n).map((i) => response(i, WHOLE, { lost: i % 2 === 0 })),
    ],
  ],
  ["answers without requests", 1000, (n) => range(n).map((i) => response(i))],
  ["a request of many fragments", 2000, (n) => range(n).map((i) => request(2, i === 0 ? PFC.FIRST_FRAG : 0))],
  [
    "an answer of many fragments",
    2000,
    (n) => [request(2), ...range(n).map((i) => response(2, i === 0 ? PFC.FIRST_FRAG : 0))],
  ],
  [
    "fragments of many calls in turn",
    500,
    (n) => [
      ...range(n).map((i) => request(i, PFC.FIRST_FRAG)),
      ...range(n).map((i) => request(i, PFC.LAST_FRAG)),
      ...range(n).map((i) => response(i)),
    ],
  ],
  [
    "calls in segments of one byte",
    60,
    (n) => range(n).flatMap((i) => [...cut(request(i), 1), ...cut(response(i), 1)]),
  ],
  ["a long PDU in segments of two bytes", 12_000, (n) => cut(request(2, WHOLE, new Uint8Array(n)), 2)],
  [
    "contexts that are added one by one",
    500,
    (n) =>
      range(n).flatMap((i) => [bind(i + 1, "alter_context", i + 2), bindAck("alter_context_resp", i + 2)]),
  ],
  [
    "contexts that nobody acknowledges",
    1000,
    (n) => range(n).map((i) => bind(i + 1, "alter_context", i + 2)),
  ],
];

for (const [name, n, said] of shapes) {
  test(`in the time of its PDUs: ${name}`, () => {
    assertLinear((size) => {
      const run = analyze([bind(), bindAck(), ...said(size)]);
      return () => assert.ok(run().some((event) => event.type === "association"));
    }, n);
  });
}

const inputs: [name: string, n: number, bytes: (n: number) => Uint8Array][] = [
  ["of nothing but fives", 50_000, (n) => new Uint8Array(n).fill(5)],
  ["of zeros", 50_000, (n) => new Uint8Array(n)],
  [
    "of what begins like headers",
    50_000,
    (n) => Uint8Array.from({ length: n }, (_, i) => [5, 0, 0, 3, 0x10, 0, 0, 0, 0xff][i % 9]!),
  ],
  [
    "of what begins like big-endian headers",
    50_000,
    (n) => Uint8Array.from({ length: n }, (_, i) => [5, 0, 0, 3, 0, 0, 0, 0, 0x10, 0][i % 10]!),
  ],
];

for (const [name, n, bytes] of inputs) {
  test(`a conversation joined in the middle, ${name}`, () => {
    assertLinear((size) => {
      const run = analyze(cut({ from: CLIENT, bytes: bytes(size) }, 50), 40_000, true);
      return () => void run();
    }, n);
  });
}
