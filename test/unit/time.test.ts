/** Times as text, and what the summary says of them where the capture's clock jumps. */
import assert from "node:assert/strict";
import test from "node:test";
import { Analyzer } from "../../src/analyzer.js";
import { timestamp } from "../../src/time.js";
import { framesOf } from "../support/reassembly/packets.js";

test("whatever a damaged capture claims, a time is one that [RFC 3339] can write", () => {
  const text = (seconds: number): string => timestamp({ seconds, nanos: 1_500, digits: 9 });
  assert.equal(text(1_714_564_800), "2024-05-01T12:00:00.000001500Z");
  assert.equal(text(1_715_657_227_240), "9999-12-31T23:59:59.000001500Z");
  assert.equal(text(Number.MAX_SAFE_INTEGER), "9999-12-31T23:59:59.000001500Z");
  assert.equal(text(-1e12), "0000-01-01T00:00:00.000001500Z");
  assert.equal(text(Number.NaN), "1970-01-01T00:00:00.000001500Z");
});

test("where the clock goes back, the summary shows the earliest and the latest time", () => {
  for (const seconds of [
    [100, 105, 101, 103],
    [103, 105, 100, 101],
    [100, 101, 103, 105],
    [105, 103, 101, 100],
  ]) {
    const analyzer = new Analyzer();
    for (const frame of framesOf(seconds.map((time) => ({ from: 0, seq: 1, time })))) {
      analyzer.push(frame);
    }
    const summary = [...analyzer.finish()].at(-1);
    assert.ok(summary?.type === "summary");
    assert.equal(summary.duration_s, 5, seconds.join());
    assert.match(summary.first_ts!, /^1970-01-01T00:01:40\./);
    assert.match(summary.last_ts!, /^1970-01-01T00:01:45\./);
  }
});

test("a time is told by what it is, whatever was told before it", () => {
  const told = (seconds: number, nanos: number, digits: 6 | 9): string =>
    timestamp({ seconds, nanos, digits });
  assert.equal(told(1, 2_000, 9), "1970-01-01T00:00:01.000002000Z");
  assert.equal(told(1, 2_000, 6), "1970-01-01T00:00:01.000002Z");
  assert.equal(told(2, 2_000, 6), "1970-01-01T00:00:02.000002Z");
  assert.equal(told(2, 3_000, 6), "1970-01-01T00:00:02.000003Z");
  assert.equal(told(2, 3_000, 6), "1970-01-01T00:00:02.000003Z");
});
