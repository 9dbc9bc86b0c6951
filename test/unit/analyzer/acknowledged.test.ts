/** Records that are asked to wait for it say which frame acknowledged an answer; and what a bind was answered with. */
import assert from "node:assert/strict";
import test from "node:test";
import { Acknowledgments } from "../../../src/acknowledgments.js";
import { Analyzer, type AnalyzerOptions } from "../../../src/analyzer.js";
import { MemoryBudget } from "../../../src/budget.js";
import type { AssociationRecord, CallRecord, Event } from "../../../src/events.js";
import type { Flow } from "../../../src/reassembly/flow.js";
import { StreamAssembler } from "../../../src/reassembly/streams.js";
import { ACK } from "../../support/reassembly/packets.js";
import { bind, bindAck, request, response, Wire } from "../../support/rpc/wire.js";

const UUID = "12345778-1234-abcd-ef00-0123456789ac";
const STUB = new Uint8Array(8);
const asked: AnalyzerOptions = { acknowledged: true };

const calls = (events: readonly Event[]): CallRecord[] => events.filter((e) => e.type === "call");
const associations = (events: readonly Event[]): AssociationRecord[] =>
  events.filter((e) => e.type === "association");

/** A bare acknowledgment of all that the other side said. */
function acks(wire: Wire, from: 0 | 1, ack: number): Wire {
  const own = wire.specs.findLast((spec) => spec.from === from);
  const size = typeof own?.data === "string" ? own.data.length : (own?.data?.length ?? 0);
  wire.specs.push({ from, seq: (own?.seq ?? 0) + size, ack, flags: ACK });
  return wire;
}

/** Sequence number behind what was said last. */
function end(wire: Wire): number {
  const { seq, data } = wire.specs.at(-1)!;
  return seq + (data as Uint8Array).length;
}

/** Frames 1 to 3 the handshake, 4 bind, 5 bind_ack, 6 its acknowledgment. */
function bound(): Wire {
  const wire = new Wire().handshake().say(0, bind(1, UUID)).say(1, bindAck(1));
  return acks(wire, 0, end(wire));
}

test("the frame that acknowledges the last byte of the answer, also where it carries the next request", () => {
  const wire = bound()
    .say(0, request(2, STUB))
    .say(1, response(2, new Uint8Array(2000)));
  // Frames 7 request, 8 and 9 response, 10 acknowledges its first segment only, 11 brings the next request.
  acks(wire, 0, wire.specs.at(-1)!.seq);
  wire.say(0, request(3, STUB)).say(1, response(3, STUB));
  acks(wire, 0, end(wire));
  const events = wire.events(asked);
  assert.deepEqual(
    calls(events).map(({ call_id, frames, acknowledged }) => [call_id, frames.response, acknowledged]),
    [
      [2, [8, 9], 11],
      [3, [12], 13],
    ],
  );
  const [{ binds }] = associations(events) as [AssociationRecord];
  assert.deepEqual(
    binds.map(({ request: asks, response: answers, frames, acknowledged, call_id, version }) => [
      call_id,
      asks,
      answers,
      frames,
      acknowledged,
      version,
    ]),
    [[1, "bind", "bind_ack", { request: [4], response: [5] }, 6, "5.0"]],
  );
});

test("nobody waits where nobody asks", () => {
  const wire = bound().say(0, request(2, STUB)).say(1, response(2, STUB));
  acks(wire, 0, end(wire));
  const analyzer = new Analyzer();
  let leftIn = 0;
  for (const frame of wire.frames()) {
    if (analyzer.push(frame).some((event) => event.type === "call")) leftIn = frame.number;
  }
  assert.equal(leftIn, 8);
  assert.equal(calls(wire.events())[0]!.acknowledged, null);
});

test("an answer that is never acknowledged waits to the end of its connection, and no longer", () => {
  const wire = bound().say(0, request(2, STUB)).say(1, response(2, STUB));
  assert.deepEqual(
    calls(wire.events(asked)).map(({ status, acknowledged }) => [status, acknowledged]),
    [["unknown", null]],
  );
});

test("a call without an answer waits for nothing", () => {
  const [call] = calls(bound().say(0, request(2, STUB)).events(asked));
  assert.equal(call!.status, "no_response");
  assert.equal(call!.acknowledged, null);
});

test("an answer whose request was not captured is over when what its sender says next is acknowledged", () => {
  const lost = request(2, STUB);
  const wire = bound().lose(0, lost.length).say(1, response(2, STUB));
  // Frame 7 the response, 8 acknowledges it with a request, 9 acknowledges that.
  wire.say(0, request(3, STUB)).say(1, response(3, STUB));
  acks(wire, 0, end(wire));
  assert.deepEqual(
    calls(wire.events(asked)).map(({ call_id, status, acknowledged }) => [call_id, status, acknowledged]),
    [
      [2, "no_request", 9],
      [3, "unknown", 10],
    ],
  );
});

test("calls leave in the order of their requests although the first is acknowledged last", () => {
  const wire = bound().say(0, request(2, STUB)).say(0, request(3, STUB));
  wire.say(1, response(3, STUB)).say(1, response(2, STUB));
  acks(wire, 0, end(wire));
  assert.deepEqual(
    calls(wire.events(asked)).map(({ call_id, acknowledged }) => [call_id, acknowledged]),
    [
      [2, 11],
      [3, 11],
    ],
  );
});

test("on an input that does not end nothing waits for longer than a second", () => {
  const wire = bound().say(0, request(2, STUB)).say(1, response(2, STUB));
  const analyzer = new Analyzer({ ...asked, live: true });
  const before = wire.frames().flatMap((frame) => [...analyzer.push(frame)]);
  assert.equal(calls(before).length, 0);
  assert.equal(calls(analyzer.tick(0.5, true)).length, 0);
  assert.equal(calls(analyzer.tick(2, true)).length, 1);
});

test("what waits is charged, and leaves where memory is short", () => {
  const assembler = new StreamAssembler({ acknowledgments: true });
  const frames = new Wire().handshake().say(1, STUB).frames();
  let flow: Flow | null = null;
  for (const frame of frames)
    for (const item of assembler.push(frame)) if (item.kind === "data") flow = item.flow;
  const budget = new MemoryBudget(1000);
  const acknowledgments = new Acknowledgments(budget.kind("records"), () => ({ frame: 4, seconds: 0 }));
  const taken: (number | null)[] = [];
  for (let n = 0; n < 3; n++) acknowledgments.await(flow!, 1, false, 400, (frame) => taken.push(frame));
  assert.deepEqual([budget.held, budget.pressed, taken], [1200, true, []]);
  budget.relieve();
  assert.deepEqual([budget.held, taken], [0, [null, null, null]]);
});
