/** [MS-RPCE] 2.2.4.2, 3.3.1.5.9: a server calls its client, within a call that it has not answered yet. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { CallRecord } from "../../src/events.js";
import { loadInterfaces } from "../../src/interfaces.js";
import { Writer } from "../lab/bytes.js";
import { Conversation, type Side } from "../lab/conversation.js";
import { make, type Shape } from "../lab/recipe.js";
import {
  bindAckBody,
  bindBody,
  faultFixed,
  type PduType,
  pdu,
  requestFixed,
  responseFixed,
  SYNTAX_NDR,
} from "../lab/rpc.js";
import { analyze, calls } from "../run.js";

const UUID = "12345678-1234-abcd-ef00-0123456789ab";
const IDL = `[uuid(${UUID}), version(1.0)] interface talk {
  void Begin([in] long job, [out] long *answer);
  [callback] void Progress([in] short percent, [out] short *proceed);
  void End([in] hyper job);
  [callback] void Ask([out] hyper *word);
}`;

type Step = [from: Side, type: PduType, opnum: number, stub: Uint8Array, flags?: number];

const long = (value: number): Uint8Array => new Writer(true).u32(value).done();
const short = (value: number): Uint8Array => new Writer(true).u16(value).done();
const NOTHING = new Uint8Array(0);
/** First and last fragment. */
const WHOLE = 3;

/** What is said within one call_id behind a bind. */
async function talk(t: TestContext, steps: Step[]): Promise<CallRecord[]> {
  const said = new Conversation("callback", "2024-05-14T08:00:00Z");
  const connection = said.connect({ address: "10.0.0.1", port: 50000 }, { address: "10.0.0.2", port: 135 });
  const header = { flags: WHOLE, callId: 1, little: true };
  const items = [{ id: 0, abstract: { uuid: UUID, version: 1 }, transfer: [SYNTAX_NDR] }];
  const result = { result: 0, reason: 0, syntax: SYNTAX_NDR };
  said.say(
    connection,
    "client",
    pdu({ ...header, type: "bind" }, bindBody(true, 4280, 4280, 0, items), NOTHING, null),
  );
  said.say(
    connection,
    "server",
    pdu({ ...header, type: "bind_ack" }, bindAckBody(true, 4280, 4280, 7, "135", [result]), NOTHING, null),
  );
  for (const [from, type, opnum, stub, flags] of steps) {
    const fixed =
      type === "request"
        ? requestFixed(true, stub.length, 0, opnum, null)
        : type === "fault"
          ? faultFixed(true, 0, opnum)
          : responseFixed(true, stub.length, 0);
    said.say(
      connection,
      from,
      pdu({ type, flags: flags ?? WHOLE, callId: 2, little: true }, fixed, stub, null),
    );
  }
  const shape: Shape = { talk: said, file: { format: "pcap", nanoseconds: true } };
  const { capture } = make({ name: "callback.pcap", about: "", make: () => shape });
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "callback.pcap");
  writeFileSync(path, capture);
  const { table } = loadInterfaces([{ name: "talk.idl", text: IDL }]);
  return calls(await analyze([path], { interfaces: table }));
}

const shown = (c: CallRecord): unknown[] => [c.method, c.status, c.request, c.response, c.stub.request];
const codes = (c: CallRecord): string[] => c.notes.map((n) => n.code);

test("callbacks have their own names, and answers find their calls", async (t) => {
  const records = await talk(t, [
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
  const records = await talk(t, [
    ["client", "request", 0, long(7)],
    ["server", "request", 0, short(50).subarray(0, 1), 1],
    ["server", "request", 0, short(50).subarray(1), 2],
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
  const [, back] = await talk(t, [
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
