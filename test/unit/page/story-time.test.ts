/** The time line's numbers: lanes, lines, one pass for a drawing, what is next and nearest, scales. */
import assert from "node:assert/strict";
import test from "node:test";
import {
  foldedAtFirst,
  linesOf,
  nearest,
  nextCall,
  ONE_BY_ONE,
  pictureOf,
  signsOf,
  slotsOf,
  TimeIndex,
} from "../../../src/page/story/time-index.js";
import { momentText, moved, shown, ticksOf, wholeOf, zoomed } from "../../../src/page/story/time-scale.js";
import type { Finding } from "../../../src/view/model.js";
import { call, note } from "../../support/output/samples.js";
import { at, many, rowsOf } from "../../support/page-rows.js";

const other = { address: "10.0.0.77", port: 1 };
const CALLS = [
  call({ ts: at(0), stream: 0, call_id: 1, duration_us: 1_000 }),
  call({ ts: at(1_000_000), stream: 1, call_id: 1, client: other, status: "fault", duration_us: 0 }),
  call({ ts: at(2_000_000), stream: 2, call_id: 1, status: "error", duration_us: 500_000 }),
  call({ ts: at(3_000_000), stream: 0, call_id: 2, status: "no_response", duration_us: null }),
  call({ ts: at(500_000), stream: 0, call_id: 3, status: "no_request", duration_us: null }),
];

function indexOf(calls: Iterable<ReturnType<typeof call>>): TimeIndex {
  const index = new TimeIndex();
  index.take(rowsOf(calls));
  return index;
}

test("lanes are conversations, grouped by their two hosts", () => {
  const index = indexOf(CALLS);
  assert.deepEqual(
    index.lanes.map(({ conversation, pair, calls }) => [conversation, pair, calls]),
    [
      ["0", 0, 3],
      ["1", 1, 1],
      ["2", 0, 1],
    ],
  );
  assert.deepEqual(
    index.pairs.map(({ lanes, calls }) => [lanes, calls]),
    [
      [[0, 2], 4],
      [[1], 1],
    ],
  );
  assert.deepEqual([index.first, index.last], [0, 3]);
  assert.deepEqual(
    linesOf(index, new Set()).map(({ pair, lane }) => [pair, lane]),
    [
      [0, null],
      [0, 0],
      [0, 2],
      [1, 1],
    ],
  );
  assert.deepEqual(
    linesOf(index, new Set([0])).map(({ lane, folded }) => [lane, folded]),
    [
      [null, true],
      [1, false],
    ],
  );
});

test("pipes of one conversation have a lane each", () => {
  const pipe = (name: string, id: number) =>
    call({
      ts: at(id),
      call_id: id,
      transport: { protseq: "ncacn_np", endpoint: `\\pipe\\${name}`, smb: null },
    });
  const index = indexOf([pipe("samr", 1), pipe("svcctl", 2), pipe("samr", 3)]);
  assert.deepEqual(
    index.lanes.map(({ conversation, calls }) => [conversation, calls]),
    [
      ["0", 2],
      ["0", 1],
    ],
  );
  assert.equal(index.conversations, 1);
});

test("rows that come later are added; nothing new is nothing to do", () => {
  const rows = rowsOf(many(3_000, 1_000, 2));
  const index = new TimeIndex();
  assert.ok(index.take(rows));
  assert.ok(!index.take(rows));
  assert.equal(index.count, 3_000);
  assert.deepEqual(
    index.lanes.map(({ calls }) => calls),
    [1_500, 1_500],
  );
});

test("a drawing counts what begins in each pixel, and the gravest mark there", () => {
  const index = indexOf(CALLS);
  const lines = linesOf(index, new Set([0]));
  const slots = slotsOf(index, lines, 0, lines.length);
  const picture = pictureOf(index, slots, 2, 4, { from: 0, to: 4 });
  assert.deepEqual([...picture.density], [2, 0, 1, 1, 0, 1, 0, 0]);
  assert.deepEqual([...picture.gravest], [2, 0, 4, 3, 0, 5, 0, 0]);
  assert.deepEqual([...picture.marked], [1, 0, 1, 1, 0, 1, 0, 0]);
  assert.deepEqual([picture.calls, picture.most], [5, 2]);
  assert.deepEqual([...picture.rows!], [0, 1, 2, 3, 4]);
  const late = pictureOf(index, slots, 2, 4, { from: 2.2, to: 2.4 });
  assert.deepEqual([...late.rows!], [2], "a call that began before and lasts is in sight");
  const partly = pictureOf(index, slotsOf(index, lines, 1, 2), 1, 4, { from: 0, to: 4 });
  assert.equal(partly.calls, 1);
});

test("nearest and next: by time, in one line or in all, those with marks", () => {
  const index = indexOf(CALLS);
  const lines = linesOf(index, new Set());
  const slots = slotsOf(index, lines, 0, lines.length);
  assert.equal(nearest(index, slots, 1, 0.4, 1), 4);
  assert.equal(nearest(index, slots, 2, 2.3, 0), 2);
  assert.equal(nearest(index, slots, 1, 10, 1), null);
  assert.equal(nextCall(index, slots, 1, 0, 1), 4);
  assert.equal(nextCall(index, slots, 1, 3, 1), null);
  assert.equal(nextCall(index, slots, null, null, 1), 0);
  assert.equal(nextCall(index, slots, null, null, -1), 3);
  assert.equal(nextCall(index, slots, null, 0, 1, true), 4);
  const order: number[] = [];
  for (
    let row = nextCall(index, slots, null, null, 1);
    row !== null;
    row = nextCall(index, slots, null, row, 1)
  )
    order.push(row);
  assert.deepEqual(order, [0, 4, 1, 2, 3]);
});

test("calls at the same moment are gone through one by one, both ways", () => {
  const index = indexOf([1, 2, 3].map((id) => call({ ts: at(5), call_id: id })));
  const slots = slotsOf(index, linesOf(index, new Set()), 0, 1);
  assert.deepEqual(
    [nextCall(index, slots, 0, 0, 1), nextCall(index, slots, 0, 1, 1), nextCall(index, slots, 0, 2, 1)],
    [1, 2, null],
  );
  assert.deepEqual([nextCall(index, slots, 0, 2, -1), nextCall(index, slots, 0, null, -1)], [1, 2]);
});

test("gaps and findings are signs where their conversation is", () => {
  const index = indexOf(CALLS);
  const finding: Finding = {
    id: null,
    ts: null,
    rule: { id: "r", title: "a rule", level: "high", techniques: [] },
    sentence: "something was done",
    basis: "decoded",
    rows: [2, 99],
    frames: [7],
    stream: 2,
    harmless: [],
    fields: {},
  };
  const notes = [
    note({ code: "stream-gap", stream: 2, ts: at(2_500_000), frame: 9, message: "5 bytes are missing" }),
    note({ code: "stream-gap", stream: 50, ts: at(2_500_000) }),
    note({ code: "snaplen", stream: 2, ts: at(2_500_000) }),
  ];
  assert.deepEqual(
    signsOf(index, notes, [finding]).map(({ kind, lane, at: when, row, frame }) => [
      kind,
      lane,
      when,
      row,
      frame,
    ]),
    [
      ["gap", 2, 2.5, null, 9],
      ["finding", 2, 2, 2, 7],
    ],
  );
});

test("more calls than there are bars: a drawing is one pass, bars say how many", () => {
  const index = indexOf(many(30_000, 1_000, 300));
  assert.ok(foldedAtFirst(index).size === 1);
  const lines = linesOf(index, foldedAtFirst(index));
  const slots = slotsOf(index, lines, 0, 1);
  const whole = wholeOf(index.first, index.last);
  const picture = pictureOf(index, slots, 1, 1_000, whole);
  assert.equal(picture.calls, 30_000);
  assert.equal(picture.rows, null);
  assert.equal(
    picture.density.reduce((a, b) => a + b, 0),
    30_000,
  );
  const near = pictureOf(index, slots, 1, 1_000, { from: 10, to: 11 });
  assert.ok(near.rows !== null && near.rows.length <= ONE_BY_ONE && near.rows.length >= 1_000);
});

test("a million calls are drawn within a frame", () => {
  const index = indexOf(many(1_000, 1_000, 4));
  const count = 1_000_000;
  // The arrays of a long run, without its records.
  index.lane = Uint32Array.from({ length: count }, (_, n) => n % 4);
  index.from = Float64Array.from({ length: count }, (_, n) => n / 1_000);
  index.until = index.from.slice();
  index.mark = new Uint8Array(count);
  index.count = count;
  const lines = linesOf(index, new Set());
  const slots = slotsOf(index, lines, 0, lines.length);
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 8; n++) {
    const began = performance.now();
    const { calls } = pictureOf(index, slots, lines.length, 1_200, { from: -1, to: 1_001 });
    best = Math.min(best, performance.now() - began);
    assert.equal(calls, count);
  }
  assert.ok(best < 40, `${best} ms`);
});

test("zooming keeps its place, and never leaves the whole", () => {
  const whole = wholeOf(0, 100);
  assert.ok(whole.from < 0 && whole.to > 100);
  const near = zoomed(whole, whole, 0.5, 50);
  assert.ok(
    Math.abs((50 - near.from) / (near.to - near.from) - (50 - whole.from) / (whole.to - whole.from)) < 1e-9,
  );
  assert.deepEqual(zoomed(near, whole, 100, 50), whole);
  let span = whole;
  for (let n = 0; n < 200; n++) span = zoomed(span, whole, 0.5, 30);
  assert.ok(span.to - span.from > 1e-6 && span.from <= 30 && span.to >= 30);
  assert.equal(moved(near, whole, 1e9).to, whole.to);
  assert.equal(moved(near, whole, -1e9).from, whole.from);
  assert.equal(shown(near, whole, 50), near);
  assert.ok(shown(near, whole, 99).to >= 99);
  assert.deepEqual(wholeOf(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), { from: 0, to: 1 });
});

test("ticks are round times in sight, written as exactly as they are apart", () => {
  const base = Date.UTC(2024, 5, 3, 9, 15, 7) / 1000;
  const texts = (from: number, to: number, width = 1_000): string[] =>
    ticksOf(base, { from, to }, width).map(({ text }) => text);
  assert.deepEqual(texts(0, 10), [
    "09:15:07",
    "09:15:08",
    "09:15:09",
    "09:15:10",
    "09:15:11",
    "09:15:12",
    "09:15:13",
    "09:15:14",
    "09:15:15",
    "09:15:16",
    "09:15:17",
  ]);
  assert.deepEqual(texts(0, 0.005).slice(0, 3), ["09:15:07.0000", "09:15:07.0005", "09:15:07.0010"]);
  assert.equal(texts(-3600 * 24 * 3, 3600 * 24 * 3)[0], "2024-06-01");
  for (const tick of ticksOf(base, { from: -1e12, to: 1e12 }, 800)) assert.ok(tick.text.length > 0);
  assert.equal(momentText(base, 0.25), "2024-06-03 09:15:07.250");
  assert.ok(momentText(base, 1e300).length > 0);
});
