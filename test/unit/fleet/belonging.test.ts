/** Which records a window writes, in which revision, and what it leaves to others. */
import assert from "node:assert/strict";
import test from "node:test";
import { Frame } from "../../../src/capture/frame.js";
import type { Event } from "../../../src/events.js";
import { Belonging } from "../../../src/fleet/belonging.js";
import type { Part, WindowFile, WindowJob } from "../../../src/fleet/window.js";
import { association, call, note, offer } from "../../support/output/samples.js";

const START = Date.UTC(2024, 4, 1, 10) / 1_000;

/** The time so many seconds after the first frame. */
function at(second: number): string {
  return `${new Date(1_000 * (START + second)).toISOString().slice(0, 19)}.000000Z`;
}

/** Files of 100 s with a frame each 10 s: frames 1 to 10, 11 to 20, ... */
function windowOf(parts: readonly [Part, number | null][], over: Partial<WindowJob> = {}): WindowJob {
  const files = parts.map(
    ([part, window], i): WindowFile => ({
      path: `/ring/${i}`,
      size: 1,
      modified: 0,
      first: `${at(100 * i).slice(0, 19)}.000000000Z`,
      part,
      window,
    }),
  );
  const earlier = [{ number: 1, readTo: "/ring/0" }];
  const whole = { readFrom: null, readUntil: null, begins: true, ends: false };
  return { sensor: "s", number: 2, name: "w2", files, earlier, ...whole, ...over };
}

interface Told {
  job?: WindowJob;
  /** What came before the end, and what the end brought. */
  events?: Event[];
  atEnd?: Event[];
  final?: boolean;
}

const WINDOW = windowOf([
  ["before", 1],
  ["own", 2],
  ["behind", 3],
]);

function belonging({ job = WINDOW, events = [], atEnd = [], final = false }: Told): {
  written: Event[];
  stage: Belonging;
} {
  const stage = new Belonging({ job, files: job.files });
  const frame = new Frame();
  for (let i = 0; i < 10 * job.files.length; i++) {
    frame.number = i + 1;
    frame.file = Math.floor(i / 10);
    frame.inFile = (i % 10) + 1;
    frame.seconds = START + 10 * i;
    stage.see(frame);
  }
  const written = [...stage.take(events)];
  stage.end(final);
  written.push(...stage.take(atEnd));
  return { written, stage };
}

/** A call whose request is in one frame and the answer in another; null: none. */
function exchange(request: number, response: number | null): ReturnType<typeof call> {
  const sample = call();
  return call({
    id: `${request}-${response}`,
    ts: at(10 * (request - 1)),
    frames: { request: [request], response: response === null ? [] : [response] },
    status: response === null ? "no_response" : "ok",
    wire: { request: sample.wire.request, response: null },
  });
}

function heads(events: readonly Event[]): unknown[] {
  return events.map((event) =>
    event.type === "call" || event.type === "offer"
      ? [event.id, event.revision, event.provisional]
      : event.type,
  );
}

test("a call belongs to the window that owns its request", () => {
  const events = [exchange(10, 10), exchange(11, 12), exchange(20, 25), exchange(21, 22)];
  assert.deepEqual(heads(belonging({ events }).written), [
    ["11-12", 1, false],
    ["20-25", 1, false],
  ]);
});

test("an answer that the owner of its request did not read is written by who sees it, in a higher revision", () => {
  assert.deepEqual(heads(belonging({ events: [exchange(10, 11)] }).written), [["10-11", 3, false]]);
  const further = { ...WINDOW, earlier: [{ number: 1, readTo: "/ring/1" }] };
  assert.deepEqual(heads(belonging({ job: further, events: [exchange(10, 11)] }).written), []);
  assert.deepEqual(heads(belonging({ job: further, events: [exchange(10, 21)] }).written), [
    ["10-21", 3, false],
  ]);
  const third = {
    ...WINDOW,
    number: 5,
    files: WINDOW.files.map((file) => ({ ...file, window: file.window! + 2 })),
  };
  const earlier = [{ number: 3, readTo: null }];
  assert.deepEqual(heads(belonging({ job: { ...third, earlier }, events: [exchange(10, 11)] }).written), [
    ["10-11", 5, false],
  ]);
});

test("a call without an answer is provisional until 300 s have gone by, or nothing comes any more", () => {
  // The last frame is 290 s after the first.
  assert.deepEqual(heads(belonging({ atEnd: [exchange(11, null)] }).written), [["11-null", 1, true]]);
  assert.deepEqual(heads(belonging({ atEnd: [exchange(11, null)], final: true }).written), [
    ["11-null", 1, false],
  ]);
  const long = windowOf([
    ["own", 2],
    ["behind", 3],
    ["behind", 3],
    ["behind", 3],
  ]);
  assert.deepEqual(heads(belonging({ job: long, atEnd: [exchange(10, null), exchange(1, null)] }).written), [
    ["10-null", 1, false],
    ["1-null", 1, false],
  ]);
  // Its connection was closed: no answer can come.
  assert.deepEqual(heads(belonging({ events: [exchange(11, null)] }).written), [["11-null", 1, false]]);
});

test("what was provisional in an earlier window is written again when it is known to have no answer", () => {
  const job = windowOf([
    ["before", 1],
    ["own", 2],
    ["own", 2],
    ["own", 2],
  ]);
  assert.deepEqual(heads(belonging({ job, atEnd: [exchange(5, null)] }).written), [["5-null", 3, false]]);
  // 300 s had gone by in what the earlier one read.
  const settled = { ...job, earlier: [{ number: 1, readTo: "/ring/3" }] };
  assert.deepEqual(heads(belonging({ job: settled, atEnd: [exchange(5, null)] }).written), []);
});

test("an answer after 300 s is written by the window that owns it: the one of the request had given up by then", () => {
  const job = windowOf([
    ["before", 1],
    ["before", 1],
    ["before", 1],
    ["before", 1],
    ["own", 2],
    ["behind", 3],
  ]);
  const earlier = [{ number: 1, readTo: "/ring/5" }];
  const late = (response: number): Event => {
    const sample = exchange(5, response);
    const last_ts = at(10 * (response - 1));
    return { ...sample, wire: { ...sample.wire, response: { ...call().wire.response!, last_ts } } };
  };
  const events = [late(20), late(45), late(55)];
  assert.deepEqual(heads(belonging({ job: { ...job, earlier }, events }).written), [["5-45", 3, false]]);
});

test("offers and associations belong by when they began, notes by their frames", () => {
  const offers = [90, 100, 199, 200].map((second) => offer({ id: String(second), ts: at(second) }));
  const { written } = belonging({ events: offers });
  assert.deepEqual(
    written.map(({ id }) => id),
    ["90", "100", "199"],
  );
  assert.deepEqual(
    written.map(({ revision }) => revision),
    [3, 1, 1],
  );
  const associations = [99, 100, 200].map((second) => association({ id: String(second), ts: at(second) }));
  assert.deepEqual(
    belonging({ events: associations }).written.map(({ id }) => id),
    ["100"],
  );
  const notes = [10, 11, 20, 21].map((frame) => note({ id: String(frame), frame, ts: at(10 * (frame - 1)) }));
  assert.deepEqual(
    belonging({ events: notes }).written.map(({ id }) => id),
    ["11", "20"],
  );
});

test("what a source says of a file belongs to who owns the file", () => {
  const of = (file: number): Event =>
    note({ ts: null, frame: 30, message: `/ring/${file}: it ends in the middle of a record` });
  const { written, stage } = belonging({ events: [of(0), of(1), of(2)] });
  assert.equal(written.length, 1);
  assert.deepEqual(stage.records, { note: 1 });
});

test("offers wait 600 s for what follows them", () => {
  const began = offer({ id: "o", ts: at(110), evidence: [], follow_up: null });
  assert.deepEqual(heads(belonging({ atEnd: [began] }).written), [["o", 1, true]]);
  assert.deepEqual(heads(belonging({ atEnd: [began], final: true }).written), [["o", 1, false]]);
  assert.deepEqual(heads(belonging({ events: [began] }).written), [["o", 1, false]]);
});

test("a conversation that was going on is in doubt, and counted where its bind is older than the overlap", () => {
  const ends = { client: { address: "10.0.0.5", port: 1 }, server: { address: "10.0.0.9", port: 2 } };
  const job = { ...WINDOW, begins: false };
  const stage = new Belonging({ job, files: job.files });
  const frame = new Frame();
  for (let i = 0; i < 30; i++) {
    frame.number = i + 1;
    frame.file = Math.floor(i / 10);
    frame.seconds = START + 10 * i;
    stage.see(frame);
  }
  stage.midstream({ client: ends.server, server: ends.client });
  stage.take([{ ...exchange(11, 12), ...ends, community_id: "1:x" }]);
  stage.take([association({ ...ends, ts: at(110), community_id: "1:x", calls: 1 })]);
  assert.deepEqual(stage.doubts, [{ ...ends, datagrams: false }]);
  assert.deepEqual(
    stage.olderThanOverlap(() => false).map(({ code }) => code),
    ["bind-not-in-window"],
  );
  assert.deepEqual(
    stage.olderThanOverlap(() => true),
    [],
  );
  assert.deepEqual(stage.notes, { "bind-not-in-window": 1 });
});

test("where one file is read, records name it", () => {
  const job = windowOf([["own", 2]]);
  const [record] = belonging({ job, events: [exchange(2, 3)] }).written;
  assert.ok(record?.type === "call");
  assert.equal(record.file, "/ring/0");
  assert.deepEqual(record.places, [{ file: "/ring/0", request: [2], response: [3] }]);
});
