/** Detections as closures over the fields of a record. Nothing is interpreted while records go by. */

import { type Fields, textOf } from "./fields.js";
import { itemTests, type Placeholders, type Tests } from "./modifiers.js";
import { exactTexts } from "./needs.js";
import type { Condition, Detection, Item, Search } from "./rule.js";
import { isRefusal, type Refusal, type ValueTest } from "./value-test.js";

export type Check = (fields: Fields) => boolean;

/** Values of fields by name. */
export type Found = Map<string, unknown>;

/** A part of a detection, compiled. */
export interface Compiled {
  check: Check;
  /** Adds the fields by which it is true; asked only where it is. */
  explain: (fields: Fields, found: Found) => void;
}

export function compileDetection(
  detection: Detection,
  fields: Fields,
  placeholders: Placeholders,
): Compiled | Refusal {
  const searches = new Map<string, Compiled>();
  for (const [name, search] of Object.entries(detection.searches)) {
    const compiled = compileSearch(search, fields, placeholders);
    if (isRefusal(compiled)) return compiled;
    searches.set(name, compiled);
  }
  const visit = (condition: Condition): Compiled => {
    if ("search" in condition) return searches.get(condition.search)!;
    if ("not" in condition) return negation(visit(condition.not));
    return "and" in condition ? conjunction(condition.and.map(visit)) : alternatives(condition.or.map(visit));
  };
  return visit(detection.condition);
}

function compileSearch(search: Search, fields: Fields, placeholders: Placeholders): Compiled | Refusal {
  if ("field" in search) return compileItem(search, fields, placeholders);
  const of: Compiled[] = [];
  for (const one of "all" in search ? search.all : search.any) {
    const compiled = compileSearch(one, fields, placeholders);
    if (isRefusal(compiled)) return compiled;
    of.push(compiled);
  }
  return "all" in search ? conjunction(of) : alternatives(of);
}

const every =
  (checks: readonly Check[]): Check =>
  (fields) => {
    for (const check of checks) if (!check(fields)) return false;
    return true;
  };

const some =
  (checks: readonly Check[]): Check =>
  (fields) => {
    for (const check of checks) if (check(fields)) return true;
    return false;
  };

function conjunction(of: readonly Compiled[]): Compiled {
  return {
    check: every(of.map(({ check }) => check)),
    explain: (fields, found) => {
      for (const one of of) one.explain(fields, found);
    },
  };
}

function alternatives(of: readonly Compiled[]): Compiled {
  return {
    check: some(of.map(({ check }) => check)),
    explain: (fields, found) => {
      for (const one of of) if (one.check(fields)) one.explain(fields, found);
    },
  };
}

/** What is absent is no field that made a rule match. */
function negation({ check }: Compiled): Compiled {
  return { check: (fields) => !check(fields), explain: () => {} };
}

function compileItem(item: Item, fields: Fields, placeholders: Placeholders): Compiled | Refusal {
  const tests = itemTests(item, placeholders);
  if (isRefusal(tests)) return tests;
  return item.field === null ? keywords(tests) : ofField(item.field, tests, fields);
}

function ofField(name: string, tests: Tests, fields: Fields): Compiled {
  const slot = fields.slot(name);
  const exact = tests.all ? null : exactTexts(tests.tests);
  const checks =
    exact === null
      ? tests.tests.map((test) => testCheck(slot, test, fields))
      : [textCheck(slot, false, exact.size === 1 ? equal([...exact][0]!) : (text) => exact.has(text))];
  const check = checks.length === 1 ? checks[0]! : tests.all ? every(checks) : some(checks);
  return {
    check: tests.negated ? (of) => !check(of) : check,
    explain: (of, found) => {
      const value = of.read(slot);
      if (value !== undefined) found.set(name, value);
      for (const test of tests.tests) {
        if (test.kind === "field") found.set(test.name, of.record.field(test.name));
      }
    },
  };
}

const equal =
  (wanted: string): ((text: string) => boolean) =>
  (text) =>
    text === wanted;

function testCheck(slot: number, test: ValueTest, fields: Fields): Check {
  switch (test.kind) {
    case "text":
      return textCheck(slot, test.cased, test.test);
    case "value":
      return (of) => any(of.read(slot), test.test);
    case "exists":
      return (of) => (of.read(slot) !== undefined) === test.wanted;
    case "null":
      return (of) => {
        const value = of.read(slot);
        return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
      };
    case "field": {
      const other = fields.slot(test.name);
      return (of) =>
        any(of.read(slot), (value) => {
          const text = textOf(value);
          if (text === null) return false;
          const folded = of.fold(text);
          return any(of.read(other), (one) => {
            const compared = textOf(one);
            return compared !== null && test.test(folded, of.fold(compared));
          });
        });
    }
  }
}

function textCheck(slot: number, cased: boolean, test: (text: string) => boolean): Check {
  if (cased) return (of) => any(of.read(slot), (value) => isText(value, test));
  return (of) => {
    const text = of.text(slot);
    if (text !== null) return test(text);
    const value = of.read(slot);
    return Array.isArray(value) && any(value, (one) => isText(one, (other) => test(of.fold(other))));
  };
}

function isText(value: unknown, test: (text: string) => boolean): boolean {
  const text = textOf(value);
  return text !== null && test(text);
}

/** Of a list any element, also of lists in it. */
function any(value: unknown, test: (value: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return test(value);
  for (const one of value) if (any(one, test)) return true;
  return false;
}

/** Keywords may each stand in another field. */
function keywords({ tests, all, negated }: Tests): Compiled {
  const fits = (fields: Fields, test: ValueTest, value: unknown): boolean =>
    any(value, (one) => {
      if (test.kind === "value") return test.test(one);
      const text = test.kind === "text" ? textOf(one) : null;
      return text !== null && test.kind === "text" && test.test(test.cased ? text : fields.fold(text));
    });
  const somewhere = (fields: Fields, test: ValueTest): boolean => {
    for (const name of fields.record.names()) {
      if (fits(fields, test, fields.record.field(name))) return true;
    }
    return false;
  };
  const check: Check = (fields) =>
    all ? tests.every((test) => somewhere(fields, test)) : tests.some((test) => somewhere(fields, test));
  return {
    check: negated ? (fields) => !check(fields) : check,
    explain: (fields, found) => {
      if (negated) return;
      for (const name of fields.record.names()) {
        const value = fields.record.field(name);
        if (tests.some((test) => fits(fields, test, value))) found.set(name, value);
      }
    },
  };
}
