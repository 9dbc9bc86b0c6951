/** Floods of records: what correlations keep is bounded, and the time is linear. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { Correlator } from "../../../src/detect/correlation.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { bookOf, correlation } from "../../support/detect/correlations.js";
import { recordOf, SOURCE } from "../../support/detect/rules.js";
import { volume } from "../../support/volume.js";

const count = (condition: string): string =>
  correlation(`
type: event_count
rules: [ra]
group-by: [user]
timespan: 10s
condition: {${condition}}`);

/** Records of which each is of a group of its own, a microsecond apart. */
function flood(groups: number, ...correlations: string[]): { most: number; correlator: Correlator<number> } {
  const book = bookOf(["a"], ...correlations);
  const budget = new MemoryBudget(16 << 20);
  const kind = budget.kind("findings");
  const correlator = new Correlator<number>(book, { began: () => {}, ended: () => {} }, kind);
  const source = new RuleSet(book.rules).source(SOURCE);
  let most = 0;
  for (let i = 0; i < groups; i++) {
    const record = { op: "a", user: `user${i}`, host: `h${i % 7}` };
    correlator.add(source.match(recordOf(record)), 1 + i / 1e6, i);
    if ((i & 1023) === 0) most = Math.max(most, kind.bytes);
    if (budget.pressed) budget.relieve();
  }
  const kept = correlator.groups;
  const { lost } = correlator;
  correlator.finish();
  assert.equal(kind.bytes, 0);
  assert.equal(lost + kept, groups * correlations.length);
  return { most, correlator };
}

test("hundreds of thousands of groups cost the memory of few", () => {
  const { most, correlator } = flood(volume(300_000, 100_000), count("gte: 3"));
  assert.ok(correlator.lost > 0);
  assert.ok(most < 17 << 20, `${most} bytes were charged`);
});

test("so do groups that are judged later, and those whose values are counted", () => {
  const values = count("gte: 3").replace("event_count", "value_count").replace("{", "{field: host, ");
  const { most } = flood(volume(100_000, 50_000), count("eq: 2"), values.replaceAll("found", "values"));
  assert.ok(most < 17 << 20, `${most} bytes were charged`);
});

test("groups whose time is over are forgotten, and are no loss", () => {
  const book = bookOf(["a"], count("gte: 3"));
  const correlator = new Correlator<number>(book, { began: () => {}, ended: () => {} });
  const source = new RuleSet(book.rules).source(SOURCE);
  for (let i = 0; i < 100_000; i++) {
    correlator.add(source.match(recordOf({ op: "a", user: `u${i}` })), i / 10, i);
  }
  assert.ok(correlator.groups < 10_000);
  assert.equal(correlator.lost, 0);
});

test("one group that never ends stays small, and so does one of many values", () => {
  const book = bookOf(
    ["a", "b"],
    count("gte: 100"),
    count("gte: 100")
      .replaceAll("found", "values")
      .replace("event_count", "value_count")
      .replace("{", "{field: host, "),
    correlation("type: temporal_ordered\nrules: [ra, rb]\ngroup-by: [user]\ntimespan: 1d", "ordered"),
    correlation("type: temporal\nrules: [ra, rb]\ngroup-by: [user]\ntimespan: 1d", "temporal"),
  );
  const budget = new MemoryBudget(1 << 30);
  const kind = budget.kind("findings");
  const found: string[] = [];
  const correlator = new Correlator<number>(
    book,
    { began: (one) => found.push(one.correlation.title), ended: () => {} },
    kind,
  );
  const source = new RuleSet(book.rules).source(SOURCE);
  for (let i = 0; i < 150_000; i++) {
    correlator.add(
      source.match(recordOf({ op: i % 2 === 0 ? "a" : "b", user: "u", host: `h${i}` })),
      i / 1000,
      i,
    );
  }
  assert.ok(kind.bytes < 3 << 20, `${kind.bytes}`);
  assert.deepEqual(found.sort(), ["found", "ordered", "temporal", "values"]);
});

test("times that jump to and fro do not make it slow", () => {
  const book = bookOf(["a"], count("gte: 1000"));
  const correlator = new Correlator<number>(book, { began: () => {}, ended: () => {} });
  const source = new RuleSet(book.rules).source(SOURCE);
  const started = performance.now();
  for (let i = 0; i < 100_000; i++) {
    correlator.add(source.match(recordOf({ op: "a", user: `u${i % 16_000}` })), i % 2 === 0 ? 1e6 : 0, i);
  }
  assert.ok(performance.now() - started < 10_000);
});

test("values of any length are charged, in windows and in findings", () => {
  const values = count("gte: 3").replace("event_count", "value_count").replace("{", "{field: host, ");
  const book = bookOf(["a"], values);
  const budget = new MemoryBudget(8 << 20);
  const kind = budget.kind("findings");
  let told = 0;
  const correlator = new Correlator<number>(book, { began: () => {}, ended: () => told++ }, kind);
  const source = new RuleSet(book.rules).source(SOURCE);
  let most = 0;
  for (let i = 0; i < 2000; i++) {
    const host = `${i}`.padEnd(10_000, "x");
    correlator.add(source.match(recordOf({ op: "a", user: "u", host })), i / 1000, i);
    most = Math.max(most, kind.bytes);
    if (budget.pressed) budget.relieve();
  }
  // 40 megabytes of text came by in one episode.
  assert.ok(most < 9 << 20, `${most}`);
  assert.ok(told > 2, `${told} findings were told when memory was given back`);
  correlator.finish();
  assert.equal(kind.bytes, 0);
});
