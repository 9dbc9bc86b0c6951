/** Each shipped rule fires where it should, and stays quiet where it should not. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Event } from "../../../src/events.js";
import { validateRecord } from "../../support/output/validate.js";
import type { RuleCase, Tried } from "../../support/rules/case.js";
import { ASSISTANCE } from "../../support/rules/cases/assistance.js";
import { DOMAIN } from "../../support/rules/cases/domain.js";
import { LOOKING } from "../../support/rules/cases/looking.js";
import { OBJECTS } from "../../support/rules/cases/objects.js";
import { SERVICES } from "../../support/rules/cases/services.js";
import { shippedFiles } from "../../support/rules/documents.js";
import { findingsIn, recordsOf } from "../../support/rules/findings.js";
import { sharedDir } from "../../support/shared.js";

const CASES: readonly RuleCase[] = [...OBJECTS, ...SERVICES, ...DOMAIN, ...LOOKING, ...ASSISTANCE];

test("every rule has a case that fires and one that does not", () => {
  const tried = CASES.map(({ rule }) => `${rule}.yml`).sort();
  assert.deepEqual(tried, shippedFiles());
  for (const { rule, fires, quiet } of CASES) {
    assert.ok(fires.length > 0 && quiet.length > 0, rule);
    assert.equal(new Set(tried).size, tried.length, rule);
  }
});

test("records that are made by hand are valid", () => {
  for (const { rule, fires, quiet } of CASES) {
    for (const tried of [...fires, ...quiet]) {
      if (typeof tried === "string") continue;
      for (const record of tried) assert.deepEqual(validateRecord(record), [], rule);
    }
  }
});

for (const { rule, fires, quiet } of CASES) {
  for (const [index, tried] of fires.entries()) {
    test(`${rule} fires: ${nameOf(tried, index)}`, { skip: missing(tried) }, async () => {
      const all = findingsIn((await recordsOf(tried))!);
      const found = all.filter((finding) => finding.rule === rule);
      assert.ok(found.length > 0, `not found among ${all.map((one) => one.rule).join(", ")}`);
      for (const { record } of found) {
        assert.deepEqual(validateRecord(record), [], rule);
        assert.match(record.sentence, /^\S.*\S$/);
      }
    });
  }
  for (const [index, tried] of quiet.entries()) {
    test(`${rule} is quiet: ${nameOf(tried, index)}`, { skip: missing(tried) }, async () => {
      assert.ok(!told((await recordsOf(tried))!).includes(rule));
    });
  }
}

function nameOf(tried: Tried, index: number): string {
  return typeof tried === "string" ? tried : `records ${index + 1}`;
}

function missing(tried: Tried): string | false {
  return typeof tried === "string" && tried.startsWith("shared/") && sharedDir() === null
    ? "the shared captures are not here"
    : false;
}

function told(records: readonly Event[]): string[] {
  return findingsIn(records).map(({ rule }) => rule);
}
