/** Values, lists and maps of detections as the Sigma specification gives them a meaning. */
import assert from "node:assert/strict";
import test from "node:test";
import { readRules } from "../../../src/detect/rules/read-rules.js";
import { RuleSet } from "../../../src/detect/rules/rule-set.js";
import { fits, itemFits, readRule, recordOf, refusal, ruleText, SOURCE } from "../../support/detect/rules.js";

test("the specification's example: a list is any of its values, a map all of its keys", () => {
  const detection = `
    selection:
        EventLog: Security
        EventID:
            - 517
            - 1102
    condition: selection`;
  assert.equal(fits(detection, { EventLog: "Security", EventID: 517 }), true);
  assert.equal(fits(detection, { EventLog: "SECURITY", EventID: "1102" }), true);
  assert.equal(fits(detection, { EventLog: "Security", EventID: 518 }), false);
  assert.equal(fits(detection, { EventID: 517 }), false);
});

test("a list of maps is any of them, a list of texts is looked for in all fields", () => {
  const maps = `
    selection:
        - Image|endswith: '\\example.exe'
        - Description|contains: 'Test executable'
    condition: selection`;
  assert.equal(fits(maps, { Image: "C:\\EXAMPLE.exe" }), true);
  assert.equal(fits(maps, { Description: "a test executable of ours" }), true);
  assert.equal(fits(maps, { Image: "example.exe" }), false);
  const keywords = `
    keywords:
        - 'EVILSERVICE'
        - 'svchost.exe -n evil'
    condition: keywords`;
  assert.equal(fits(keywords, { a: 1, b: ["x", "the evilservice runs"] }), true);
  assert.equal(fits(keywords, { a: "svchost.exe", b: "-n evil" }), false);
  const all = `
    keywords:
        '|all':
            - 'OabVirtualDirectory'
            - ' -ExternalUrl '
    condition: keywords`;
  assert.equal(fits(all, { a: "Set-OabVirtualDirectory", b: "x -externalurl y" }), true);
  assert.equal(fits(all, { a: "Set-OabVirtualDirectory" }), false);
});

test("special values: empty text, null, existence", () => {
  assert.equal(itemFits("Field: ''", ""), true);
  assert.equal(itemFits("Field: ''", "x"), false);
  assert.equal(itemFits("Field: ''", undefined), false);
  assert.equal(itemFits("Field: null", undefined), true);
  assert.equal(itemFits("Field: null", null), true);
  assert.equal(itemFits("Field: null", ""), false);
  assert.equal(itemFits("Field|exists: true", null), true);
  assert.equal(itemFits("Field|exists: true", undefined), false);
  assert.equal(itemFits("Field|exists: false", undefined), true);
  assert.equal(itemFits("Field: true", true), true);
  assert.equal(itemFits("Field: true", "True"), true);
  assert.equal(itemFits("Field: 3", 3n), true);
  assert.equal(itemFits("Field: 3", [1, [2, 3]]), true);
  assert.equal(itemFits("Field: 00000429", "00000429"), true);
});

test("escapes, as the table of the specification has them", () => {
  for (const [value, text, other] of [
    ["C:\\Windows\\x", "c:\\windows\\X", "c:windowsx"],
    ["C:\\\\Windows", "C:\\Windows", "C:\\\\Windows"],
    ["a\\*b", "a*b", "axb"],
    ["a\\?b", "a?b", "axb"],
    ["a\\\\*", "a\\anything", "a*"],
    ["a\\\\\\*", "a\\*", "a\\anything"],
    ["a\\\\\\\\", "a\\\\", "a\\"],
    ["prog?.exe", "progA.exe", "prog.exe"],
    ["av_V*.exe", "av_V21.2.1.exe", "av_V.com"],
  ] as const) {
    assert.equal(itemFits(`Field: '${value}'`, text), true, `${value} fits ${text}`);
    assert.equal(itemFits(`Field: '${value}'`, other), false, `${value} does not fit ${other}`);
  }
});

test("conditions bind as the specification says, and name searches by pattern", () => {
  const rule = (condition: string): string =>
    ["a", "b", "c", "_d"].map((name) => `${name}:\n    ${name}: 1`).join("\n") + `\ncondition: ${condition}`;
  const all = { a: 1, b: 1, c: 1 };
  for (const [condition, fields, expected] of [
    ["a or b and c", { a: 1 }, true],
    ["a or b and c", { b: 1 }, false],
    ["(a or b) and c", { a: 1 }, false],
    ["not a and b", { b: 1 }, true],
    ["not (a and b)", { b: 1 }, true],
    ["not a or b", all, true],
    ["not not a", all, true],
    ["1 of them", { _d: 1 }, false],
    ["all of them", all, true],
    ["any of a*", all, true],
    ["all of *", all, true],
    ["1 of _*", { _d: 1 }, true],
    ["not 1 of them and _d", { _d: 1 }, true],
    ["[a and b, c]", { c: 1 }, true],
  ] as const) {
    assert.equal(fits(rule(condition), fields), expected, condition);
  }
  for (const condition of [
    "a b",
    "a and",
    "x",
    "2 of them",
    "1 of z*",
    "(a",
    "a)",
    "a AND b",
    "1 of",
    "''",
    "or a",
    "not",
  ]) {
    assert.notEqual(refusal(ruleText(rule(condition))), "", condition);
  }
  assert.match(refusal(ruleText(rule("a | count() by x > 5"))), /replaced by correlations/);
});

test("the fields that made a rule match are told, without those it excludes", () => {
  const rule = readRule(
    ruleText(`
    selection:
        operation|startswith: Net
        flags: 1
    other:
        endpoint: b
    filter:
        user: x
    condition: (selection or other) and not filter`),
  );
  const matches = new RuleSet([rule])
    .source(SOURCE)
    .match(recordOf({ operation: "NetrAdd", flags: [1, 2], endpoint: "a", user: "y" }));
  assert.deepEqual(
    matches.map((match) => match.fields),
    [{ operation: "NetrAdd", flags: [1, 2] }],
  );
});

test("the index leaves no rule out, and names each once", () => {
  const rules = ["[x, y]", "x", "z", "'*'", "5"].map((value, i) =>
    readRule(ruleText(`s:\n    op: ${value}\ncondition: s`, `title: r${i}`)),
  );
  const source = new RuleSet(rules).source(SOURCE);
  const titles = (op: unknown): string =>
    source
      .match(recordOf({ op }))
      .map((m) => m.rule.title)
      .join(" ");
  assert.equal(titles("X"), "r0 r1 r3");
  assert.equal(titles(["x", "y", "z"]), "r0 r1 r2 r3");
  assert.equal(titles(5), "r3 r4");
  assert.equal(titles(undefined), "");
  assert.deepEqual(
    new RuleSet(rules).source({ ...SOURCE, product: "other" }).match(recordOf({ op: "x" })),
    [],
  );
});

test("rules for other sources, and those that lack values, are told of", () => {
  const { rules } = readRules(
    ruleText("s:\n    a|expand: '%helpers%'\ncondition: s", "title: p").replace(
      "product: test",
      "product: windows\n    service: security",
    ),
    "a.yml",
    ["helpers"],
  );
  assert.deepEqual(
    new RuleSet(rules).withheld.map(({ reason }) => reason),
    ["there are no values for its placeholder %helpers%"],
  );
  const given = new RuleSet(rules, new Map([["helpers", ["10.0.0.*"]]]));
  assert.deepEqual(
    given.unusedWith([SOURCE]).map(({ reason }) => reason),
    ["it is for windows/security, which captures do not show"],
  );
  assert.equal(
    given
      .source({ product: "windows", service: "security", category: null })
      .match(recordOf({ a: "10.0.0.7" })).length,
    1,
  );
});
