/** [MS-RPCE] 2.2.4.2, 3.3.1.5.9: a server calls its client, within a call that it has not answered yet. */
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { CallRecord } from "../../../src/events.js";
import { Writer } from "../../lab/bytes.js";
import { type Step, talk, UUID } from "../../support/rpc/talk.js";
import { calls } from "../../support/run.js";

const IDL = `[uuid(${UUID}), version(1.0)] interface talk {
  void Begin([in] long job, [out] long *answer);
  [callback] void Progress([in] short percent, [out] short *proceed);
  void End([in] hyper job);
  [callback] void Ask([out] hyper *word);
}`;

const long = (value: number): Uint8Array => new Writer(true).u32(value).done();
const short = (value: number): Uint8Array => new Writer(true).u16(value).done();
const NOTHING = new Uint8Array(0);

const heard = async (t: TestContext, steps: Step[]): Promise<CallRecord[]> =>
  calls(await talk(t, IDL, steps));

const shown = (c: CallRecord): unknown[] => [c.method, c.status, c.request, c.response, c.stub.request];
const codes = (c: CallRecord): string[] => c.notes.map((n) => n.code);

test("callbacks have their own names, and answers find their calls", async (t) => {
  const records = await heard(t, [
    ["client", "request", 0, long(7)],
    ["server", "request", 0, short(50)],
    ["client", "response", 0, short(1)],
    ["server", "request", 1, NOTHING],
    ["client", "response", 0, new Writer(true).u64(99n).done()],
    ["server", "response", 0, long(42)],
  ]);
  assert.deepEqual(records.map(shown), [
    ["Begin", "ok", { job: 7 }, { answer: 42 }, "decoded"],
    ["Progress", "ok", { percent: 50 }, { proceed: 1 }, "decoded"],
    ["Ask", "ok", {}, { word: "99" }, "decoded"],
  ]);
  assert.deepEqual(records.map(codes), [[], ["callback"], ["callback"]]);
  for (const { client, server } of records) {
    assert.deepEqual([client.address, server.address], ["10.0.0.1", "10.0.0.2"]);
  }
});

test("a call within a callback, fragments of both, and a callback that faults", async (t) => {
  const records = await heard(t, [
    ["client", "request", 0, long(7)],
    ["server", "request", 0, short(50).subarray(0, 1), { flags: 1 }],
    ["server", "request", 0, short(50).subarray(1), { flags: 2 }],
    ["client", "request", 1, new Writer(true).u64(3n).done()],
    ["server", "response", 0, NOTHING],
    ["client", "fault", 0x1c010003, NOTHING],
    ["server", "response", 0, long(42)],
  ]);
  assert.deepEqual(records.map(shown), [
    ["Begin", "ok", { job: 7 }, { answer: 42 }, "decoded"],
    ["Progress", "fault", { percent: 50 }, null, "decoded"],
    ["End", "ok", { job: "3" }, {}, "decoded"],
  ]);
});

test("an interface without that callback: no method of the other numbering is named", async (t) => {
  const [, back] = await heard(t, [
    ["client", "request", 0, long(7)],
    ["server", "request", 2, long(7)],
    ["client", "response", 0, NOTHING],
    ["server", "response", 0, long(42)],
  ]);
  assert.equal(back!.method, null);
  assert.deepEqual(
    back!.notes.map((n) => n.message),
    [
      "the server calls the client, on the client's connection, before it answers",
      "talk has no callback with opnum 2",
    ],
  );
});
