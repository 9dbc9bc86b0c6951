/** What an association puts out: places, finished calls and notes, in order, none of which points back to it. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { Association } from "../../../src/rpc/association.js";
import type { FinishedCall } from "../../../src/rpc/finished-call.js";
import { Out, type Output } from "../../../src/rpc/output.js";
import { RpcStream } from "../../../src/rpc/rpc-stream.js";
import { UUID } from "../../support/rpc/talk.js";
import { bind, bindAck, fault, request, response } from "../../support/rpc/wire.js";

const time = { seconds: 1, nanos: 0, digits: 6 as const };
const at = (frame: number) => ({ frame, frames: frame, sequence: 0, time });
const CLIENT = { address: "10.0.0.1", port: 50000 };
const SERVER = { address: "10.0.0.2", port: 135 };

class Run {
  readonly sink = new Out();
  readonly budget = new MemoryBudget(1_000_000);
  readonly association: Association;
  readonly stream: RpcStream;
  #frame = 0;

  constructor() {
    const kind = this.budget.kind("all");
    const kinds = { calls: kind, contexts: kind, security: kind, notes: kind };
    const settings = {
      keys: null,
      kinds,
      callBytes: 1_000_000,
      witness: null,
      recorded: true,
      sink: this.sink,
    };
    const carriage = {
      association: 5,
      stream: 3,
      identity: null,
      file: null,
      ends: [CLIENT, SERVER] as const,
      transport: null,
      auth: null,
    };
    this.association = new Association(carriage, settings);
    this.stream = new RpcStream(false, this.association);
  }

  say(direction: 0 | 1, ...pdus: Uint8Array[]): readonly Output[] {
    this.stream.data(direction, Uint8Array.from(Buffer.concat(pdus)), at(++this.#frame));
    return this.sink.take();
  }
}

const kinds = (outputs: readonly Output[]): string[] => outputs.map(({ kind }) => kind);

function callsIn(outputs: readonly Output[]): FinishedCall[] {
  return outputs.flatMap((output) => (output.kind === "call" ? [output.call] : []));
}

test("a place is taken when a call begins, and the call comes when it is finished", () => {
  const run = new Run();
  const [proposed, ...more] = run.say(0, bind(1, UUID));
  assert.ok(proposed?.kind === "proposed" && more.length === 0);
  assert.deepEqual(
    proposed.contexts.map(({ abstractSyntax }) => abstractSyntax.uuid),
    [UUID],
  );
  assert.deepEqual(kinds(run.say(1, bindAck(1))), ["bound"]);
  assert.deepEqual(run.say(0, request(2, Uint8Array.of(1, 2, 3, 4)), request(3)), [
    { kind: "opened", id: 0, frame: 3 },
    { kind: "opened", id: 1, frame: 3 },
  ]);
  const [late] = callsIn(run.say(1, response(3)));
  assert.deepEqual([late?.id, late?.callId], [1, 3]);
  const [call] = callsIn(run.say(1, response(2, Uint8Array.of(9, 9, 9, 9))));
  assert.ok(call);
  assert.deepEqual([call.id, call.callId, call.opnum, call.callback], [0, 2, 4, false]);
  assert.deepEqual(call.channel, {
    association: 5,
    stream: 3,
    communityId: null,
    transport: { protseq: "ncacn_ip_tcp", endpoint: "135", smb: null },
    client: CLIENT,
    server: SERVER,
    file: null,
  });
  assert.deepEqual(call.claim, {
    uuid: UUID,
    version: "1.0",
    major: 1,
    transfer: "ndr",
    from: "context",
    acknowledged: true,
    refused: false,
  });
  assert.deepEqual([call.request?.whole, call.request?.size, call.request?.frames], [true, 4, [3]]);
  assert.deepEqual([call.response?.whole, call.response?.bytes, call.response?.frames], [true, 4, [5]]);
  assert.deepEqual([call.auth.type, call.headerSigning, call.fault, call.notes], ["none", false, null, []]);
});

test("a finished call is plain data, and calls on one context share its claim", () => {
  const run = new Run();
  run.say(0, bind(1, UUID));
  run.say(1, bindAck(1));
  run.say(0, request(2, Uint8Array.of(1, 2, 3, 4)), request(3));
  const calls = callsIn(run.say(1, response(2), fault(3, 5)));
  assert.deepEqual(structuredClone(calls), calls);
  assert.equal(calls[0]!.claim, calls[1]!.claim);
  assert.equal(calls[1]!.fault?.status, 5);
});

test("fragments: bytes that are missing make a side not whole", () => {
  const run = new Run();
  run.say(0, bind(1, UUID));
  run.say(1, bindAck(1));
  run.say(0, request(2, Uint8Array.of(1, 2, 3, 4), { flags: 1 }));
  run.stream.gap(0, 28, { ...at(4), reason: "lost" });
  run.say(0, request(2, Uint8Array.of(5, 6, 7, 8), { flags: 2 }));
  const [call] = callsIn(run.say(1, response(2)));
  assert.deepEqual([call?.request?.whole, call?.request?.size, call?.response?.whole], [false, 4, true]);
});

test("a context that was refused, or whose answer was not captured, is said with the call", () => {
  const unanswered = new Run();
  unanswered.say(0, bind(1, UUID));
  unanswered.say(0, request(2));
  const [call] = callsIn(unanswered.say(1, response(2)));
  assert.deepEqual([call?.claim?.acknowledged, call?.claim?.refused], [false, false]);
  assert.deepEqual(
    call?.notes.map(({ code }) => code),
    ["context-not-acknowledged"],
  );
  const unbound = new Run();
  unbound.say(0, request(2));
  assert.equal(callsIn(unbound.say(1, response(2)))[0]?.claim, null);
});

test("the end of a connection gives out the calls without an answer; memory pressure does, evicted", () => {
  const run = new Run();
  run.say(0, bind(1, UUID), request(2));
  run.stream.close(at(4), run.sink);
  const [output, closed] = run.sink.take();
  assert.ok(output?.kind === "call");
  assert.deepEqual(closed, { kind: "closed", association: 5, rpc: true });
  assert.deepEqual([output.evicted, output.call.response], [false, null]);

  const pressed = new Run();
  pressed.say(0, bind(1, UUID), request(2));
  pressed.budget.add(2_000_000, true);
  pressed.budget.relieve();
  const evicted = pressed.sink.take();
  assert.deepEqual(kinds(evicted), ["call"]);
  assert.ok(evicted[0]?.kind === "call" && evicted[0].evicted);
  assert.deepEqual(evicted[0].call.notes.map(({ code }) => code).slice(0, 1), ["memory-limit"]);
});

test("notes come in order with the calls; one that is enough once is kept once, and is its owner's to report", () => {
  const run = new Run();
  run.say(0, bind(1, UUID));
  run.association.note("warning", "some-code", "something", 7, time);
  const note = { severity: "warning", code: "some-code", message: "something" } as const;
  assert.deepEqual(run.sink.take(), [
    {
      kind: "note",
      association: run.association.number,
      stream: 3,
      communityId: null,
      file: null,
      note,
      frame: 7,
      at: time,
    },
  ]);
  run.association.keep(note);
  const once = { severity: "info", code: "rai-clear", message: "in the clear" } as const;
  assert.deepEqual([run.association.noteOnce(once), run.association.noteOnce(once)], [true, false]);
  assert.deepEqual(run.sink.take(), []);
  assert.deepEqual(
    run.association.notes.map(({ code }) => code),
    ["some-code", "rai-clear"],
  );
});

test("PDUs are counted by type", () => {
  const run = new Run();
  run.say(0, bind(1, UUID), request(2), request(3));
  assert.deepEqual(run.sink.pdus, { bind: 1, request: 2 });
});

test("a callback's request keeps its bytes while the buffer it came in is used again", () => {
  const run = new Run();
  run.say(0, bind(1, UUID));
  run.say(1, bindAck(1));
  run.say(0, request(2));
  const bytes = Uint8Array.from(request(7, Uint8Array.of(1, 2, 3, 4)));
  run.stream.data(1, bytes, at(9));
  bytes.fill(0);
  const [call] = callsIn(run.say(0, response(7)));
  assert.deepEqual([call?.callback, [...(call?.request?.parts[0] ?? [])]], [true, [1, 2, 3, 4]]);
});
