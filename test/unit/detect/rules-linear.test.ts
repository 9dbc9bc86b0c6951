/** Hostile rules and hostile records: what they cost is bounded, and they are refused with a sentence. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { itemFits, recordOf, refusal, ruleText, SOURCE } from "../../support/detect/rules.js";
import { volume } from "../../support/volume.js";

/** Seconds that something takes. */
function seconds(of: () => void): number {
  const started = performance.now();
  of();
  return (performance.now() - started) / 1000;
}

test("aliases that multiply are refused", () => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (let i = 1; i < 12; i++)
    text += `a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join(", ")}]\n`;
  assert.ok(seconds(() => assert.match(refusal(text), /aliases make the document larger/)) < 5);
  assert.match(refusal("title: &t [*t]"), /larger|anchor|endless/);
  assert.match(refusal("title: *nothing"), /alias|anchor/);
  // Honest ones are read.
  assert.equal(refusal("x-words: &w [a, b]\n" + ruleText("s:\n    F: *w\ncondition: s")), "");
});

test("nesting is refused before anything recurses", () => {
  for (const deep of [
    "[".repeat(volume(100_000, 30_000)),
    "{a: ".repeat(volume(100_000, 30_000)),
    "- ".repeat(volume(50_000, 20_000)),
    "? ".repeat(volume(50_000, 20_000)),
  ]) {
    assert.ok(
      seconds(() => assert.notEqual(refusal(`title: x\ndetection: ${deep}`), "")) < 20,
      deep.slice(0, 4),
    );
    assert.ok(seconds(() => assert.notEqual(refusal(deep), "")) < 20, deep.slice(0, 4));
  }
  const condition = `${"(".repeat(50_000)}s${")".repeat(50_000)}`;
  assert.match(refusal(ruleText(`s:\n    F: 1\ncondition: '${condition}'`)), /words|deep/);
  assert.match(refusal(ruleText(`s:\n    F: 1\ncondition: '${"not ".repeat(500)}s'`)), /deep/);
});

test("a file of ten megabytes is read in a time that grows with it, and a longer one is refused", () => {
  const rule = ruleText("s:\n    F: [a, b, c]\ncondition: s");
  const text = `${rule}---\n`.repeat(Math.ceil(volume(1_000_000, 250_000) / (rule.length + 4)));
  const one = seconds(() => assert.ok(readRules(text, "a.yml").rules.length > volume(9000, 2200)));
  const long = `title: ${"x".repeat(10_000_000)}`;
  assert.ok(seconds(() => assert.match(refusal(long), /title is longer/)) < 10 * one + 5);
  const keys = Array.from({ length: 90_000 }, (_, i) => `k${i}: 1`).join("\n");
  assert.ok(seconds(() => assert.notEqual(refusal(keys), "")) < 10 * one + 5);
  assert.match(refusal("x".repeat(17 * 1024 * 1024)), /longer than 16 million/);
});

test("what is no YAML, no map or of the old format is said to be", () => {
  assert.match(refusal("title: 'x"), /^1: this is no valid YAML/);
  assert.match(refusal("a: 1\nb: [1, 2"), /this is no valid YAML/);
  assert.match(refusal("- a\n- b"), /the document is no map/);
  assert.match(refusal("title: a\ntitle: b"), /^2: the key title stands twice/);
  assert.match(refusal("a: &x {b: 1}\nc:\n    <<: *x"), /merge keys/);
  assert.match(refusal("action: global\ntitle: x"), /collections of the old format/);
  assert.match(
    refusal(ruleText("s:\n    F: 1\ncondition: s").replace("title", "titel")),
    /title was probably meant/,
  );
  assert.match(refusal("? [a]\n: b"), /a key is no plain text/);
  assert.match(refusal("title: !!binary aGVsbG8="), /.+/);
  assert.equal(refusal(""), "");
  assert.equal(refusal("---\n---\n# nothing\n"), "");
  assert.equal(refusal(`\ufeff${ruleText("s:\n    F: 1\ncondition: s")}`), "");
  // One bad document does not take the others away.
  const { rules, problems } = readRules(
    `${ruleText("s:\n    F: 1\ncondition: s")}---\ntitle: x\n---\n${ruleText("s:\n    G: 1\ncondition: s")}`,
    "a.yml",
  );
  assert.equal(rules.length, 2);
  assert.deepEqual([rules[1]?.line, problems[0]?.line], [11, 9]);
});

test("expressions and wildcards that explode elsewhere are linear in the text", () => {
  const text = "a".repeat(50_000);
  for (const item of [
    "Field|re: '(a*)*b'",
    "Field|re: '(a+)+$b'",
    "Field|re: '(a|aa)+c'",
    `Field: '${"*a".repeat(200)}*b'`,
    `Field: '${"*a?".repeat(100)}b'`,
    `Field|contains: '${"a?".repeat(100)}b'`,
  ]) {
    assert.ok(seconds(() => assert.equal(itemFits(item, text), false)) < 10, item);
  }
  for (const bomb of [
    "((a{100}){100}){100}",
    "(a{1000}){1000}",
    `${"(".repeat(2000)}a${")".repeat(2000)}`,
    "a{1001}",
  ]) {
    assert.ok(
      seconds(() => assert.notEqual(refusal(ruleText(`s:\n    F|re: '${bomb}'\ncondition: s`)), "")) < 5,
      bomb,
    );
  }
});

test("whatever the text is, it is read or refused with a place in it", () => {
  const base = `${ruleText("s:\n    F|contains|all: [a, '*b']\n    'G|re|i': 'x+'\nt: [1, {H: null}]\ncondition: s and not 1 of t*")}---
title: counted
correlation:
    type: value_count
    rules: [one, two]
    group-by: [a]
    timespan: 5m
    condition: {gte: 3, field: b}
    aliases: {a: {one: x}}
`;
  const bits = fc.constantFrom(
    ..."|:-[]{}*&!%?'\"#,>\\\n\t \0\u2028x1~<@`".split(""),
    "...",
    "---",
    "<<: ",
    "!!",
    "*a",
    "&a ",
    "|re",
    "|",
  );
  const edit = fc.record({ at: fc.nat(base.length), cut: fc.nat(6), put: bits });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let text = base;
      for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
      const { rules, correlations, filters, problems } = readRules(text, "a.yml");
      const lines = text.split(/\r\n?|\n/).length;
      for (const { line, message } of problems) {
        assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`);
        assert.ok(message.length > 10, message);
      }
      assert.ok(
        rules.length + correlations.length + filters.length + problems.length > 0 || /^[\s#]*$/m.test(text),
      );
      // What was read can be made ready.
      new RuleSet(rules).source(SOURCE).match(recordOf({ F: "ab", G: "x" }));
    }),
    { numRuns: volume(3000, 500) },
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void readRules(text, "a.yml")),
  );
});
