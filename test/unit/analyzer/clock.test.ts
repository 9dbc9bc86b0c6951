/** Times that go back or cannot be: a duration is a plausible number of seconds or null, and the clock is reported of. */
import assert from "node:assert/strict";
import test from "node:test";
import { Analyzer } from "../../../src/analyzer.js";
import type { Frame } from "../../../src/capture/frame.js";
import type { Event } from "../../../src/events.js";
import { secondsApart, secondsBetween } from "../../../src/output/format.js";
import { StatsCounter } from "../../../src/stats.js";
import { durationMicroseconds, durationSeconds, LONGEST_DURATION } from "../../../src/time.js";
import { captureNames, framesOf } from "../../support/offers/frames.js";
import { ofKind } from "../../support/run.js";

const CAPTURE = "follow-up.pcapng";

function analyze(frames: readonly Frame[]): Event[] {
  const analyzer = new Analyzer();
  const events: Event[] = [];
  frames.forEach((frame, i) => {
    frame.number = i + 1;
    events.push(...analyzer.push(frame));
  });
  events.push(...analyzer.finish());
  return events;
}

/** Every duration of every record, and of the statistics over its calls. */
function durations(events: readonly Event[]): (number | null)[] {
  const found: (number | null)[] = [];
  const stats = new StatsCounter();
  for (const event of events) {
    if (event.type === "call") {
      found.push(event.duration_us === null ? null : event.duration_us / 1e6);
      stats.add(event);
    }
    if (event.type === "offer" && event.follow_up !== null) found.push(event.follow_up.duration_s);
    if (event.type === "summary") found.push(event.duration_s);
  }
  const { total, slowest } = stats.result();
  for (const us of [total.p50_us, total.p90_us, total.p99_us, total.max_us])
    if (us !== null) found.push(us / 1e6);
  return [...found, ...slowest.map((slow) => slow.duration_us / 1e6)];
}

function assertPlausible(events: readonly Event[]): void {
  for (const d of durations(events)) assert.ok(d === null || (d >= 0 && d <= LONGEST_DURATION), String(d));
}

const clockNotes = (events: readonly Event[]): Event[] =>
  ofKind(events, "note").filter((note) => note.code === "clock-stepped-back");

test("in captures whose clock goes on there is no note of it", async () => {
  for (const name of captureNames()) {
    const events = analyze(await framesOf(name));
    assert.deepEqual(clockNotes(events), [], name);
    assertPlausible(events);
  }
});

test("a clock set back by an hour is reported once, with the frame; what it would have measured is null", async () => {
  const frames = await framesOf(CAPTURE);
  const call = ofKind(analyze(frames), "call").find((c) => c.duration_us !== null)!;
  const answer = call.frames.response[0]!;
  for (const frame of frames.slice(answer - 1)) frame.seconds -= 3600;
  const events = analyze(frames);
  const changed = ofKind(events, "call").find((c) => c.frames.response[0] === answer)!;
  assert.equal(changed.duration_us, null);
  const [note, ...more] = ofKind(events, "note").filter((n) => n.code === "clock-stepped-back");
  assert.deepEqual(more, []);
  assert.equal(note?.severity, "warning");
  assert.equal(note?.frame, answer);
  assert.match(note!.message, /steps back once by (3600|3599\.\d+) s$/);
  assert.equal(events.at(-1)?.type, "summary");
  assert.equal(ofKind(events, "summary")[0]?.notes["clock-stepped-back"], 1);
  assertPlausible(events);
});

test("frames a little out of order, as several interfaces give them, are reported as usual", async () => {
  const frames = await framesOf(CAPTURE);
  for (const i of [5, 9, 12]) {
    frames[i]!.seconds = frames[i - 1]!.seconds;
    frames[i]!.nanos = Math.max(0, frames[i - 1]!.nanos - 7_000);
  }
  const [note] = ofKind(analyze(frames), "note").filter((n) => n.code === "clock-stepped-back");
  assert.equal(note?.severity, "info");
  assert.equal(note?.frame, 6);
  assert.match(note!.message, /3 times, first here, by up to 0\.000007 s$/);
});

test("each input has its own note", async () => {
  const frames = await framesOf(CAPTURE);
  const analyzer = new Analyzer({ files: ["a.pcap", "b.pcap"] });
  const events: Event[] = [];
  for (const [i, frame] of frames.entries()) {
    frame.number = i + 1;
    frame.file = i < 10 ? 0 : 1;
    if (i === 5 || i === 15) frame.seconds -= 10;
    events.push(...analyzer.push(frame));
  }
  events.push(...analyzer.finish());
  const notes = ofKind(events, "note").filter((n) => n.code === "clock-stepped-back");
  assert.deepEqual(
    notes.map(({ file, frame }) => [file, frame]),
    [
      ["a.pcap", 6],
      ["b.pcap", 16],
    ],
  );
});

test("whatever the time stamps are, no duration is negative or absurd", async () => {
  const odd = [
    0,
    -1,
    2 ** 32 - 1,
    2 ** 32,
    253_402_300_799,
    253_402_300_800,
    1.8e19,
    -1.8e19,
    -62_167_219_200,
  ];
  const frames = await framesOf(CAPTURE);
  const seconds = frames.map((frame) => frame.seconds);
  for (let seed = 0; seed < 40; seed++) {
    frames.forEach((frame, i) => {
      const pick = (i * 31 + seed * 17 + ((i * seed) % 7)) % 23;
      frame.seconds = odd[pick] ?? seconds[i]! + (pick % 5) - 2;
    });
    const events = analyze(frames);
    assertPlausible(events);
    for (const event of events) if (event.ts !== null) assert.match(event.ts, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  }
});

test("durations", () => {
  const at = (seconds: number, nanos = 0) => ({ seconds, nanos, digits: 9 as const });
  assert.equal(durationMicroseconds(at(1, 999_999_500), at(2)), 0);
  assert.equal(durationMicroseconds(at(1), at(2, 1_999)), 1_000_001);
  assert.equal(durationMicroseconds(at(2), at(1, 999_999_999)), null);
  assert.equal(durationSeconds(at(1), at(1 + LONGEST_DURATION)), LONGEST_DURATION);
  assert.equal(durationSeconds(at(1), at(2 + LONGEST_DURATION)), null);
  assert.equal(durationSeconds(at(253_402_300_800), at(253_402_300_801)), null);
  assert.equal(durationSeconds(at(Number.NaN), at(1)), null);
});

test("what lies between two times as text", () => {
  assert.equal(secondsBetween("2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:02.000000Z"), 1.999999);
  assert.equal(secondsBetween("2024-01-01T00:00:02Z", "2024-01-01T00:00:00Z"), null);
  assert.equal(secondsApart("2024-01-01T00:00:02Z", "2024-01-01T00:00:00Z"), -2);
  assert.equal(secondsBetween("1970-01-01T00:00:00Z", "2024-01-01T00:00:00Z"), null);
  assert.equal(secondsBetween("9999-12-31T23:59:59.000000Z", "9999-12-31T23:59:59.000000Z"), null);
});
