/** Rules and records for tests: short to write, and read as files of the user are. */

import assert from "node:assert/strict";
import type { SourceRecord } from "../../../src/detect/rules/fields.js";
import type { Placeholders } from "../../../src/detect/rules/modifiers.js";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import type { LogSource, Rule } from "../../../src/detect/rules/rule.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";

export const SOURCE: LogSource = { product: "test", service: null, category: null };

/** A rule around a detection, which is written as YAML. */
export function ruleText(detection: string, head = "title: A Rule"): string {
  const lines = detection.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  const body = lines.map((line) => `    ${line.slice(indent)}`).join("\n");
  return `${head}\nlogsource:\n    product: test\ndetection:\n${body}\n`;
}

export function readRule(text: string, placeholders: readonly string[] = []): Rule {
  const { rules, problems } = readRules(text, "a.yml", placeholders);
  assert.deepEqual(problems, []);
  assert.equal(rules.length, 1);
  return rules[0]!;
}

/** What is said of a text that is refused; empty where it is not. */
export function refusal(text: string, placeholders: readonly string[] = []): string {
  const { problems } = readRules(text, "a.yml", placeholders);
  return problems.map(({ line, message }) => `${line}: ${message}`).join("\n");
}

export function recordOf(fields: { readonly [name: string]: unknown }): SourceRecord {
  return {
    field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
    names: () => Object.keys(fields),
  };
}

/** Whether a rule with this detection fits a record. */
export function fits(
  detection: string,
  fields: { readonly [name: string]: unknown },
  placeholders?: Placeholders,
): boolean {
  const rule = readRule(ruleText(detection), [...(placeholders?.keys() ?? [])]);
  return new RuleSet([rule], placeholders).source(SOURCE).match(recordOf(fields)).length === 1;
}

/** Whether one item, as `Field|contains: text`, fits a value of `Field`. */
export function itemFits(item: string, value: unknown): boolean {
  return fits(`selection:\n    ${item}\ncondition: selection`, value === undefined ? {} : { Field: value });
}
