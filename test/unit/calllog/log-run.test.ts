import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Event, OfferRecord, SummaryRecord } from "../../../src/events.js";
import { EVENT_KINDS } from "../../../src/events.js";
import { readLogs } from "../../support/calllog/read.js";
import { GOLDEN } from "../../support/golden.js";
import { detection } from "../../support/output/samples.js";

const golden = (name: string): string => readFileSync(join(GOLDEN, `${name}.ndjson`), "utf8");
const EXPERTS = golden("two-experts.pcapng");
const XP = golden("xp-collection-walk.pcap");
const DATAGRAMS = golden("datagrams.pcap");
const parse = (text: string): Event[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const ofKind = <K extends Event["type"]>(events: readonly Event[], kind: K): (Event & { type: K })[] =>
  events.filter((event): event is Event & { type: K } => event.type === kind);
const ids = (events: readonly Event[]): string[] =>
  events.flatMap(({ id }) => (id === null ? [] : [id])).sort();

describe("several logs as one run", () => {
  test("every record of each comes out, calls in order of time", async () => {
    const { events } = await readLogs({ "a.ndjson": XP, "b.ndjson": EXPERTS });
    assert.deepEqual(ids(events), ids([...parse(XP), ...parse(EXPERTS)]));
    const times = ofKind(events, "call").map(({ ts }) => ts);
    assert.deepEqual(times, [...times].sort());
    assert.equal(events.at(-1)!.type, "summary");
  });

  test("conversations keep apart, and offers name the calls they named", async () => {
    const { events } = await readLogs({ "a.ndjson": EXPERTS, "b.ndjson": XP, "c.ndjson": DATAGRAMS });
    const conversations = new Map<string, string>();
    for (const { stream, transport, community_id, file } of ofKind(events, "call")) {
      const key = `${transport.protseq === "ncadg_ip_udp"} ${stream}`;
      const is = `${file} ${community_id}`;
      assert.equal(conversations.get(key) ?? is, is);
      conversations.set(key, is);
    }
    const before = [EXPERTS, XP, DATAGRAMS].flatMap(parse);
    const named = (all: readonly Event[], offer: OfferRecord): (string | null)[] =>
      offer.calls.map(
        ([stream, id]) =>
          ofKind(all, "call").find((call) => call.stream === stream && call.call_id === id)!.id,
      );
    for (const offer of ofKind(events, "offer")) {
      const was = ofKind(before, "offer").find(({ id }) => id === offer.id)!;
      const own = [EXPERTS, XP, DATAGRAMS].map(parse).find((all) => all.some(({ id }) => id === offer.id))!;
      assert.deepEqual(named(events, offer), named(own, was));
    }
  });

  test("each record says which log it is of, unless it names its capture", async () => {
    const other = EXPERTS.replaceAll('"file":null', '"file":"x.pcap"');
    const { events } = await readLogs({ "a.ndjson": XP, "b.ndjson": other });
    const files = events.filter(({ type }) => type !== "summary").map(({ file }) => file);
    assert.deepEqual([...new Set(files)].sort(), ["a.ndjson", "x.pcap"]);
  });

  test("the summaries are one, and there is none where a log has none", async () => {
    const { events } = await readLogs({ "a.ndjson": XP, "b.ndjson": EXPERTS });
    const [joined] = ofKind(events, "summary") as SummaryRecord[];
    const [a, b] = [XP, EXPERTS].map((log) => ofKind(parse(log), "summary")[0]!) as [
      SummaryRecord,
      SummaryRecord,
    ];
    assert.equal(joined!.frames, a.frames + b.frames);
    assert.equal(joined!.calls.ok, (a.calls.ok ?? 0) + (b.calls.ok ?? 0));
    assert.equal(joined!.first_ts, [a.first_ts!, b.first_ts!].sort()[0]);
    assert.equal(joined!.last_ts, [a.last_ts!, b.last_ts!].sort()[1]);
    const without = EXPERTS.slice(0, EXPERTS.indexOf('{"type":"summary"'));
    const part = await readLogs({ "a.ndjson": XP, "b.ndjson": without });
    assert.deepEqual(ofKind(part.events, "summary"), []);
  });
});

test("logs that were put behind one another are the runs they were", async () => {
  const { events } = await readLogs({ "all.ndjson": EXPERTS + XP });
  assert.deepEqual(ids(events), ids([...parse(EXPERTS), ...parse(XP)]));
  const first = ofKind(parse(EXPERTS), "call").map(({ stream }) => stream);
  const streams = ofKind(events, "call").map(({ stream }) => stream);
  assert.deepEqual(streams.slice(0, first.length), first);
  assert.ok(Math.min(...streams.slice(first.length)) > Math.max(...first));
  assert.equal(ofKind(events, "summary").length, 1);
  assert.equal(events.at(-1)!.type, "summary");
});

test("findings are read, and number their conversation as its calls do", async () => {
  const [call] = ofKind(parse(EXPERTS), "call");
  const found = detection({ id: "0".repeat(32), stream: call!.stream, ts: call!.ts });
  const log = `${JSON.stringify(found)}\n${EXPERTS}`;
  const alone = await readLogs({ "a.ndjson": log });
  assert.deepEqual(ofKind(alone.events, "detection"), ofKind(parse(log), "detection"));
  const { events } = await readLogs({ "b.ndjson": XP, "a.ndjson": log });
  const same = ofKind(events, "call").find(({ id }) => id === call!.id)!;
  const there = ofKind(events, "detection").find(({ id }) => id === found.id);
  assert.deepEqual(there, { ...found, stream: same.stream, file: "a.ndjson" });
});

describe("what a log does not hold is said", () => {
  const all = new Set(EVENT_KINDS);
  const only = (...kinds: string[]): string =>
    parse(EXPERTS)
      .filter(({ type }) => kinds.includes(type))
      .map((event) => `${JSON.stringify(event)}\n`)
      .join("");

  test("calls only: which kinds are missing, and how a fuller log is written", async () => {
    const { run } = await readLogs({ "calls.ndjson": only("call") });
    assert.deepEqual(run.lacks({ kinds: all }), [
      {
        severity: "warning",
        code: "log-kinds-missing",
        message:
          "calls.ndjson holds calls only: it has no associations, offers, notes or summary; a log with all of them is written by: raiscope CAPTURE -T ndjson --events all",
      },
    ]);
    assert.deepEqual(run.lacks({ kinds: new Set(["call"]) }), []);
  });

  test("the summary tells kinds that were left out from those that there were none of", async () => {
    const { run } = await readLogs({ "a.ndjson": only("call", "summary") });
    assert.match(run.lacks({ kinds: all })[0]!.message, /has no associations or offers;/);
    const whole = await readLogs({ "a.ndjson": EXPERTS, "b.ndjson": DATAGRAMS });
    assert.deepEqual(whole.run.lacks({ kinds: all }), []);
  });

  test("an empty log is one without anything", async () => {
    const { run, events, complete } = await readLogs({ "none.ndjson": "" });
    assert.deepEqual([events, complete], [[], true]);
    assert.match(
      run.lacks({ kinds: new Set(["call"]) })[0]!.message,
      /^none\.ndjson is empty: it has no calls;/,
    );
  });

  test("what no log has: what conversations did beside calls, and what keys would open", async () => {
    const { run } = await readLogs({ "a.ndjson": EXPERTS });
    const codes = run.lacks({ kinds: all, observations: true, keys: true }).map(({ code }) => code);
    assert.deepEqual(codes, ["log-observations-missing", "log-keys"]);
  });

  test("filters with which it was written", async () => {
    const filtered = EXPERTS.replace(/"complete":true,"traffic"/, '"shown":{"calls":1,"offers":0},$&');
    assert.notEqual(filtered, EXPERTS);
    const { run } = await readLogs({ "a.ndjson": filtered });
    assert.match(
      run.lacks({ kinds: all })[0]!.message,
      /^a\.ndjson was written with filters: 1 of \d+ calls and 0 of \d+ offers/,
    );
  });
});
