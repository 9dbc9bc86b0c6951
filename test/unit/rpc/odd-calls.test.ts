/** Calls that contradict themselves, their connection or their interface: what is said of them, and what is kept. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord, Event } from "../../../src/events.js";
import { MAX_OPEN_CALLS } from "../../../src/rpc/calls.js";
import { concat, Writer } from "../../lab/bytes.js";
import { SYNTAX_NDR, SYNTAX_NDR64, type Trailed, verificationTrailer } from "../../lab/rpc.js";
import { type Step, talk, UUID } from "../../support/rpc/talk.js";
import { calls, ofKind } from "../../support/run.js";

const IDL = `[uuid(${UUID}), version(1.0)] interface odd {
  void Say([in] long word, [out] long *answer);
  void Opnum1NotUsedOnWire(void);
}`;

const long = (value: number): Uint8Array => new Writer(true).u32(value).done();
const NOTHING = new Uint8Array(0);
const reported = (c: CallRecord | undefined): string[] =>
  (c?.notes ?? []).map((n) => `${n.code}: ${n.message}`);

/** A call of Say whose request ends with a verification trailer. */
const claiming = (claims: Trailed, edit: (trailer: Uint8Array) => Uint8Array = (t) => t): Step[] => [
  ["client", "request", 0, concat(long(5), edit(verificationTrailer(claims)))],
  ["server", "response", 0, long(6)],
];

test("a verification trailer that claims what the PDU says is no news", async (t) => {
  const abstract = { uuid: UUID, version: 1 };
  const honest = claiming({
    bitmask: 0,
    pcontext: { abstract, transfer: SYNTAX_NDR },
    header2: { little: true, callId: 2, contextId: 0, opnum: 0 },
  });
  const [call] = calls(await talk(t, IDL, honest));
  assert.deepEqual([call!.request, call!.response, reported(call)], [{ word: 5 }, { answer: 6 }, []]);
});

test("a verification trailer that claims something else, point by point", async (t) => {
  const other = "aaaaaaaa-1234-abcd-ef00-0123456789ab";
  const lying = claiming({
    bitmask: 1,
    pcontext: { abstract: { uuid: other, version: 1 }, transfer: SYNTAX_NDR64 },
    header2: { little: false, callId: 9, contextId: 3, opnum: 4 },
  });
  const [call] = calls(await talk(t, IDL, lying));
  assert.deepEqual(call!.request, { word: 5 });
  const [code, message] = reported(call)[0]!.split(/: (.*)/) as [string, string];
  assert.equal(code, "verification-trailer-mismatch");
  for (const claim of [
    `interface ${other} instead of ${UUID}`,
    "transfer syntax ndr64 instead of ndr",
    "data representation 0 instead of 16",
    "call_id 9 instead of 2",
    "context id 3 instead of 0",
    "opnum 4 instead of 0",
    "header signing, which the bind did not ask for",
  ]) {
    assert.ok(message.includes(claim), `${claim}: ${message}`);
  }
});

test("a verification trailer whose last command lacks its mark is damaged, and is no parameter", async (t) => {
  const header2 = { little: true, callId: 2, contextId: 0, opnum: 0 };
  const unmarked = (trailer: Uint8Array): Uint8Array => {
    const copy = trailer.slice();
    copy[9]! &= ~0x40;
    return copy;
  };
  const [call] = calls(await talk(t, IDL, claiming({ header2 }, unmarked)));
  assert.deepEqual(call!.request, { word: 5 });
  assert.deepEqual(
    reported(call).map((text) => text.split(":")[0]),
    ["verification-trailer-damaged"],
  );
});

test("a method that is declared for its number only: bytes of unknown meaning are no damage", async (t) => {
  const [call] = calls(
    await talk(t, IDL, [
      ["client", "request", 1, long(1)],
      ["server", "response", 1, long(2)],
    ]),
  );
  assert.deepEqual(
    [call!.method, call!.stub, call!.request, reported(call)],
    ["Opnum1NotUsedOnWire", { request: "unknown", response: "unknown" }, null, []],
  );
});

test("more open calls than a connection may have: the oldest leaves without its answer", async (t) => {
  const steps: Step[] = [];
  for (let i = 0; i < MAX_OPEN_CALLS + 2; i++) {
    steps.push(["client", "request", 0, long(i), { callId: 10 + i }]);
  }
  steps.push(["server", "response", 0, long(1), { callId: 10 + MAX_OPEN_CALLS }]);
  const events: Event[] = await talk(t, IDL, steps);
  const left = calls(events).filter((c) => c.notes.some((n) => n.code === "open-calls-limit"));
  assert.deepEqual(
    left.map((c) => [c.call_id, c.status, c.request]),
    [
      [10, "no_response", { word: 0 }],
      [11, "no_response", { word: 1 }],
    ],
  );
  const answered = calls(events).filter((c) => c.status === "ok");
  assert.deepEqual(
    answered.map((c) => [c.call_id, c.response]),
    [[10 + MAX_OPEN_CALLS, { answer: 1 }]],
  );
  assert.deepEqual(ofKind(events, "summary")[0]!.calls, { ok: 1, no_response: MAX_OPEN_CALLS + 1 });
});

test("fragments that are not flagged as the first, on both sides of a stream that lacks nothing", async (t) => {
  const [call] = calls(
    await talk(t, IDL, [
      ["client", "request", 0, long(5), { flags: 2 }],
      ["server", "response", 0, long(6), { flags: 2 }],
    ]),
  );
  assert.deepEqual(reported(call).slice(0, 2), [
    "first-flag-missing: the request begins without PFC_FIRST_FRAG, and nothing is missing before it",
    "first-flag-missing: the response begins without PFC_FIRST_FRAG, and nothing is missing before it",
  ]);
  assert.deepEqual(call!.stub, { request: "decoded", response: "decoded" });
});

test("a request whose fragments never end, and another of the same call_id", async (t) => {
  const records = calls(
    await talk(t, IDL, [
      ["client", "request", 0, long(5).subarray(0, 2), { flags: 1 }],
      ["client", "request", 0, long(7)],
      ["server", "response", 0, long(8)],
      ["client", "request", 0, NOTHING, { callId: 3 }],
    ]),
  );
  assert.deepEqual(
    records.map((c) => [c.call_id, c.status, c.stub.request, c.response]),
    [
      [2, "no_response", "incomplete", null],
      [2, "ok", "decoded", { answer: 8 }],
      [3, "no_response", "malformed", null],
    ],
  );
});
