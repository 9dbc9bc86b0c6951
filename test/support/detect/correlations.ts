/** Correlations over records that are written as short texts. */

import assert from "node:assert/strict";
import { Correlator } from "../../../src/detect/correlation.js";
import type { CorrelationMatch } from "../../../src/detect/correlation-occurrence.js";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { bindRules, type RuleBook } from "../../../src/detect/rules/rule-book.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { recordOf, SOURCE } from "./rules.js";

export type Event = { readonly [field: string]: unknown; time: number };

/** A rule rNAME, which is `op: NAME`, for each name, and correlations as YAML. */
export function bookOf(names: readonly string[], ...correlations: readonly string[]): RuleBook {
  const rules = names.map(
    (name) =>
      `title: r${name}\nname: r${name}\nlogsource:\n    product: test\ndetection:\n    s:\n        op: ${name}\n    condition: s`,
  );
  const book = bindRules([readRules([...rules, ...correlations].join("\n---\n"), "a.yml")]);
  assert.deepEqual(book.problems, []);
  return book;
}

export function correlation(body: string, name = "found"): string {
  const lines = body.trim().split("\n");
  return `title: ${name}\nname: ${name}\ncorrelation:\n${lines.map((line) => `    ${line}`).join("\n")}`;
}

/** What is found in events, in the order it ends; `evidence` is the event's time. */
export function run(book: RuleBook, events: readonly Event[]): CorrelationMatch<number>[] {
  const found: CorrelationMatch<number>[] = [];
  const began = new Set<CorrelationMatch<number>>();
  const correlator = new Correlator<number>(book, {
    began: (one) => began.add(one),
    ended: (one) => {
      assert.equal(began.delete(one), true, "what ends began");
      found.push(one);
    },
  });
  const source = new RuleSet(book.rules).source(SOURCE);
  for (const event of events) correlator.add(source.match(recordOf(event)), event.time, event.time);
  correlator.finish();
  assert.equal(began.size, 0, "what began ended");
  return found;
}

/** Events as `a1 b2.5`: operation and time, with these further fields. */
export function events(text: string, fields: { readonly [name: string]: unknown } = {}): Event[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [, op, time] = /^([a-z]+)([\d.]+)$/.exec(word)!;
      return { op, time: Number(time), ...fields };
    });
}
