/** Ids of records: the vectors of their definition, what they do not depend on, and that no two records share one. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import type { CallRecord, Event } from "../../../src/events.js";
import { associationId, callId, nanoseconds, noteId, offerId } from "../../../src/record/ids.js";
import { MAX_DISTINCT_NOTES, NoteIds } from "../../../src/record/note-ids.js";
import { CAPTURES, captureNames } from "../../support/expected.js";
import { analyzeFrames } from "../../support/rpc/frames.js";
import { analyze, calls, ofKind } from "../../support/run.js";
import { sharedDir } from "../../support/shared.js";

const AT = { seconds: 1717406100, nanos: 298000 };
const COMMUNITY = "1:wCb3OG7yAFWelaUydu0D+125CLM=";

function sha(...fields: string[]): string {
  return createHash("sha256").update(fields.join("\0")).digest("hex").slice(0, 32);
}

test("the vectors of the call log's definition", () => {
  const call = callId(COMMUNITY, AT, 2, 0, 305419896);
  assert.equal(call, "7537eaaef0f526611567ccd715a3fc67");
  assert.equal(offerId(call), "c905a961d46d60d384789abc9de16072");
});

test("sequence numbers are unsigned, times exact, and what is absent is nothing", () => {
  assert.equal(
    callId(COMMUNITY, { seconds: 1717406100, nanos: 298001 }, 7, 1, -1),
    sha("call", COMMUNITY, "1717406100000298001", "7", "1", "4294967295"),
  );
  assert.equal(
    associationId(COMMUNITY, AT, -2),
    sha("association", COMMUNITY, "1717406100000298000", "4294967294"),
  );
  assert.equal(noteId("snaplen", null, null, 0), sha("note", "snaplen", "", "", "0"));
  assert.equal(
    noteId("stream-gap", COMMUNITY, AT, 3),
    sha("note", "stream-gap", COMMUNITY, "1717406100000298000", "3"),
  );
});

test("any time that a capture may claim is written in decimal", () => {
  assert.equal(nanoseconds({ seconds: 0, nanos: 5 }), "5");
  assert.equal(nanoseconds({ seconds: 1, nanos: 5 }), "1000000005");
  assert.equal(nanoseconds({ seconds: -1, nanos: 5 }), "-999999995");
  assert.equal(nanoseconds({ seconds: Number.NaN, nanos: 0 }), "0");
  assert.equal(nanoseconds({ seconds: 1e21, nanos: 1 }), "1000000000000000000000000000001");
});

test("equal notes are distinguished by their order, in bounded memory", () => {
  const at = (seconds: number) => ({ seconds, nanos: 0, digits: 6 as const });
  const ids = new NoteIds();
  const first = [ids.next("a", COMMUNITY, at(1)), ids.next("a", COMMUNITY, at(1))];
  assert.deepEqual(
    first,
    [0, 1].map((n) => noteId("a", COMMUNITY, at(1), n)),
  );
  for (let n = 0; n < MAX_DISTINCT_NOTES; n++) ids.next("b", COMMUNITY, at(n));
  assert.equal(ids.next("a", COMMUNITY, at(1)), noteId("a", COMMUNITY, at(1), 2));
  // Those of an input have no time, and come at any distance.
  assert.equal(ids.next("c", null, null), noteId("c", null, null, 0));
  for (let n = 0; n < 3 * MAX_DISTINCT_NOTES; n++) ids.next("b", null, at(n));
  assert.equal(ids.next("c", null, null), noteId("c", null, null, 1));
});

const shared = sharedDir();
const others = shared === null ? null : join(shared, "captures");
const paths = [
  ...captureNames().map((name) => join(CAPTURES, name)),
  ...(others === null || !existsSync(others) ? [] : readdirSync(others))
    .filter((name) => /\.(cap|pcap|pcapng)(\.gz)?$/.test(name))
    .map((name) => join(others!, name)),
];

/** What was found in a capture, which several tests look at. */
const analyzed = new Map<string, Promise<Event[]>>();

function eventsOf(path: string): Promise<Event[]> {
  const found = analyzed.get(path) ?? analyze([path]);
  analyzed.set(path, found);
  return found;
}

function idsOf(events: readonly Event[]): string[] {
  return events.flatMap(({ type, id }) => (type === "summary" ? [] : [id!]));
}

test("no two records of a capture share an id, and all have one", async () => {
  for (const path of paths) {
    const events = await eventsOf(path);
    const ids = idsOf(events);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    assert.equal(new Set(ids).size, ids.length, path);
    assert.equal(events.at(-1)!.id, null);
    for (const record of events) {
      assert.equal(record.community_id !== null, record.stream !== null, `${path}: ${record.type}`);
    }
  }
});

test("an offer names its calls by their ids, and is named by the first", async () => {
  let offers = 0;
  for (const name of captureNames()) {
    const events = await eventsOf(join(CAPTURES, name));
    const byId = new Map(calls(events).map((call) => [call.id, call]));
    for (const offer of ofKind(events, "offer")) {
      offers++;
      const named = offer.call_ids!.map((id) => byId.get(id)!);
      assert.deepEqual(
        named.map((call) => [call.stream, call.call_id]),
        offer.calls,
      );
      assert.equal(offer.id, offerId(offer.call_ids![0]!));
    }
  }
  assert.ok(offers >= 10);
});

test("ids are the same whatever the file is called and whatever is read beside it", async () => {
  const [one, two] = ["two-experts.pcapng", "xp-collection-walk.pcap"].map((name) => join(CAPTURES, name));
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  try {
    const renamed = join(folder, "other.cap");
    copyFileSync(two!, renamed);
    const alone = [await analyze([one!]), await analyze([two!])].flatMap(idsOf).sort();
    const names = ["a", "b"];
    assert.deepEqual(idsOf(await analyze([one!, renamed], { files: names })).sort(), alone);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Calls by what names their request apart from ids: when it began, between whom, and its call_id. */
function requests(found: readonly CallRecord[]): Map<string, string> {
  const byRequest = new Map<string, string>();
  for (const { status, id, ts, client, server, call_id, context_id } of found) {
    if (status === "no_request") continue;
    const ends = [client, server].map(({ address, port }) => `${address} ${port}`).sort();
    byRequest.set(`${ts} ${ends.join(" ")} ${call_id} ${context_id}`, id!);
  }
  return byRequest;
}

test("calls that are left of a capture that was cut keep their ids", async () => {
  let kept = 0;
  for (const name of captureNames()) {
    const path = join(CAPTURES, name);
    const whole = calls(await eventsOf(path));
    const all = requests(whole);
    const last = Math.max(...whole.flatMap(({ frames }) => [...frames.request, ...frames.response]));
    for (const keep of [
      (n: number) => n > last / 3,
      (n: number) => n < (2 * last) / 3,
      (n: number) => n > last / 4 && n < (3 * last) / 4,
      (n: number) => n % 5 !== 0,
    ]) {
      for (const [request, id] of requests(calls(await analyzeFrames(path, keep)))) {
        // Where the frame with the first byte is gone, the request begins elsewhere.
        if (!all.has(request)) continue;
        assert.equal(id, all.get(request), `${name}: ${request}`);
        kept++;
      }
    }
  }
  assert.ok(kept > 200, `${kept} calls were left`);
});

test("without ids, records have none and say the same otherwise", async () => {
  const path = join(CAPTURES, "two-experts.pcapng");
  const bare = await analyze([path], { ids: false });
  const events = await analyze([path]);
  assert.deepEqual(
    events.map((event) => ({
      ...event,
      id: null,
      community_id: null,
      ...(event.type === "offer" ? { call_ids: null } : {}),
    })),
    bare,
  );
});
