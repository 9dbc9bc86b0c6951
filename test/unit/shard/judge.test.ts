/**
 * Calls of one capture, decoded by several who each have heard some of the conversations, and judged by one who hears what all
 * teach: records are those of one who has decoded everything.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeCall } from "../../../src/call/decode-call.js";
import type { CallRecord } from "../../../src/events.js";
import { factsOf } from "../../../src/facts/facts-of.js";
import { recordOf } from "../../../src/record/call-record.js";
import type { FinishedCall } from "../../../src/rpc/finished-call.js";
import type { RunState } from "../../../src/run/run-state.js";
import { callOf, type Doubt, tellCall } from "../../../src/shard/doubts.js";
import { Judge } from "../../../src/shard/judge.js";
import type { Witness } from "../../../src/witness.js";
import { newRun } from "../../support/call/calls.js";
import { analyze } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

const root = join(import.meta.dirname, "../../..");
const shared = sharedDir();
const folders = [join(root, "captures"), ...(shared === null ? [] : [join(shared, "captures")])];
const files = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(?:pcap|pcapng|cap)(?:\.gz)?$/.test(name))
    .map((name) => join(folder, name)),
);

/** The calls of a capture in the order in which they were finished. */
async function callsOf(file: string): Promise<FinishedCall[]> {
  const calls: FinishedCall[] = [];
  const silent = () => {};
  const witness = new Proxy(
    {
      call: ({ call }: { call: FinishedCall }) => {
        calls.push(copied(call));
        return 0;
      },
    },
    { get: (target, name) => (name === "call" ? target.call : silent) },
  ) as unknown as Witness;
  await analyze([file], { witness });
  return calls;
}

/** Bytes may be views of what is used again. */
function copied(call: FinishedCall): FinishedCall {
  return structuredClone(call);
}

/** Names of interfaces that machines gave each other in binds, as the analyzer tells them. */
function namedIn({ claim }: FinishedCall): string[] {
  return claim?.from === "context" ? [claim.uuid] : [];
}

function recordsOf(calls: readonly FinishedCall[], run: RunState): CallRecord[] {
  return calls.map((call) => {
    const { client, server } = call.channel;
    for (const uuid of namedIn(call)) run.inference.name(client.address, server.address, uuid);
    const decoded = decodeCall(call, run);
    const meant = factsOf(decoded, run.table);
    run.apply(decoded, meant.facts);
    return recordOf(decoded, meant, run);
  });
}

interface Judged {
  records: CallRecord[];
  again: number;
  doubts: number;
}

/** `frontOf`: who decodes a call first. */
function judged(calls: readonly FinishedCall[], frontOf: (call: FinishedCall) => number): Judged {
  const fronts = new Map<number, RunState>();
  const judge = new Judge(newRun());
  let doubts = 0;
  const records = calls.map((call) => {
    const number = frontOf(call);
    const front = fronts.get(number) ?? newRun();
    fronts.set(number, front);
    const { client, server } = call.channel;
    const named = namedIn(call);
    for (const uuid of named) front.inference.name(client.address, server.address, uuid);
    judge.named(client.address, server.address, named);
    const told = tellCall(copied(call), front);
    if (told.doubt === null) return told.record;
    doubts++;
    const sent = JSON.parse(JSON.stringify(told.doubt)) as Doubt;
    return judge.call(sent)?.record ?? told.record;
  });
  return { records, again: judge.again, doubts };
}

test("a call that was sent as text is the same", async () => {
  for (const call of await callsOf(join(root, "captures/vista-offer-privacy.pcapng"))) {
    const run = newRun();
    const { doubt } = tellCall(copied(call), run);
    if (doubt?.call == null) continue;
    const sent = callOf((JSON.parse(JSON.stringify(doubt)) as Doubt).call!);
    assert.deepEqual(recordsOf([sent], newRun()), recordsOf([copied(call)], newRun()));
  }
});

test("records do not depend on who decoded which conversation first", async () => {
  let again = 0;
  let plain = 0;
  for (const file of files) {
    const calls = await callsOf(file);
    const expected = JSON.stringify(recordsOf(calls.map(copied), newRun()));
    for (const count of [1, 2, 3, 7]) {
      const result = judged(calls, ({ channel }) => (channel.stream * 2654435761) % count);
      assert.equal(JSON.stringify(result.records), expected, `${file} by ${count}`);
      if (count === 1) assert.equal(result.again, 0, file);
      again += result.again;
      plain += calls.length - result.doubts;
    }
  }
  assert.ok(again > 0, "some calls are decoded again");
  assert.ok(plain > 0, "most calls need not be asked about");
});

test("shared captures are judged as well", { skip: shared === null && "no ../shared" }, () => {
  assert.ok(files.length > 30);
});
