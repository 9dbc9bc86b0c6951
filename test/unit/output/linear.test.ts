/** What people see of very many calls and offers, made in the time of their number. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CallRecord, OfferRecord } from "../../../src/events.js";
import { CallsByName } from "../../../src/output/calls-by-name.js";
import { visible } from "../../../src/output/visible.js";
import { truncate, width, wrap } from "../../../src/output/width.js";
import { StatsCounter } from "../../../src/stats.js";
import { assertLinear } from "../../support/growth.js";
import { call as sampleCall } from "../../support/output/samples.js";

const time = (i: number): string => new Date(1_700_000_000_000 + i).toISOString();
const call = (i: number): CallRecord => ({ ...sampleCall(), stream: 1, call_id: 2, ts: time(i) });
const offer = (i: number): OfferRecord => ({ ts: time(i), calls: [[1, 2]] }) as unknown as OfferRecord;

test("calls of one id and the offers that name them", () => {
  assertLinear((n) => {
    const calls = Array.from({ length: n }, (_, i) => call(i));
    const offers = Array.from({ length: n }, (_, i) => offer(i));
    return () => {
      const byName = new CallsByName();
      for (const one of calls) byName.add(one);
      for (const one of offers) byName.want(one);
      for (const [i, one] of offers.entries()) assert.deepEqual(byName.take(one), [calls[i]]);
    };
  }, 5000);
});

test("a call that came before the first offer that names it belongs to that one", () => {
  const byName = new CallsByName();
  for (const i of [1, 5, 9]) byName.add(call(i));
  for (const i of [3, 7]) byName.want(offer(i));
  assert.deepEqual(
    byName.take(offer(3)).map((c) => c.ts),
    [time(1), time(5)],
  );
  assert.deepEqual(
    byName.take(offer(7)).map((c) => c.ts),
    [time(9)],
  );
});

const texts: [name: string, n: number, text: (n: number) => string][] = [
  ["words", 20_000, (n) => "word ".repeat(n)],
  ["one word", 50_000, (n) => "w".repeat(n)],
  ["blanks", 50_000, (n) => " ".repeat(n)],
  ["wide letters", 20_000, (n) => "漢".repeat(n)],
  ["combining marks", 20_000, (n) => `e${"\u0301".repeat(n)}`],
  ["controls", 20_000, (n) => "\x1b[2J\u202e".repeat(n)],
  ["wide words", 10_000, (n) => "漢字 ".repeat(n)],
];
for (const [name, n, text] of texts) {
  test(`text for a terminal: ${name}`, () => {
    assertLinear((size) => {
      const whole = text(size);
      return () => {
        const shown = visible(whole);
        wrap(shown, 80);
        truncate(shown, 80);
        width(shown);
      };
    }, n);
  });
}

test("statistics", () => {
  assertLinear((n) => {
    const calls = Array.from({ length: n }, (_, i) =>
      sampleCall({ opnum: i, method: `m${i}`, duration_us: i }),
    );
    return () => {
      const stats = new StatsCounter();
      for (const one of calls) stats.add(one);
      assert.equal(stats.result().total.calls, n);
    };
  }, 3000);
});
