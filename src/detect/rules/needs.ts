/**
 * What has to be true of one field, or a detection is not: told without compiling it, since most rules never meet a record that has
 * what they need.
 */

import type { Fields } from "./fields.js";
import { fold } from "./fold.js";
import { itemTests, type Placeholders } from "./modifiers.js";
import type { Condition, Detection, Item, Search } from "./rule.js";
import { parsePattern, plainText } from "./text-pattern.js";
import { isRefusal, type ValueTest } from "./value-test.js";

/** The folded text of the field is one of these. Each need suffices to leave records out. */
export interface Need {
  slot: number;
  texts: ReadonlySet<string>;
}

/** Among the texts of a need: that the field has no value. A text that is the same by chance is tried in vain. */
export const ABSENT = "\0";

const ONLY_ABSENT: ReadonlySet<string> = new Set([ABSENT]);
const NOTHING: readonly Need[] = [];

/** Modifiers that leave a field open to more than certain texts. */
const OPEN: ReadonlySet<string> = new Set(["contains", "startswith", "endswith", "re", "cidr", "exists"]);

/** Every field that is asked for takes its slot. */
export function needsOf(
  { searches, condition }: Detection,
  fields: Fields,
  placeholders: Placeholders,
): readonly Need[] {
  const bySearch = new Map<string, readonly Need[]>();
  for (const name in searches) bySearch.set(name, ofSearch(searches[name]!, fields, placeholders));
  const visit = (of: Condition): readonly Need[] => {
    if ("search" in of) return bySearch.get(of.search)!;
    if ("not" in of) return NOTHING;
    return "and" in of ? joined(of.and.map(visit)) : common(of.or.map(visit));
  };
  return visit(condition);
}

function ofSearch(search: Search, fields: Fields, placeholders: Placeholders): readonly Need[] {
  if ("field" in search) return ofItem(search, fields, placeholders);
  const of = ("all" in search ? search.all : search.any).map((one) => ofSearch(one, fields, placeholders));
  return "all" in search ? joined(of) : common(of);
}

function joined(of: readonly (readonly Need[])[]): readonly Need[] {
  return of.length === 1 ? of[0]! : of.flat();
}

/** What every alternative needs of one field. */
function common(of: readonly (readonly Need[])[]): readonly Need[] {
  const [first = NOTHING, ...rest] = of;
  if (rest.length === 0) return first;
  const shared: Need[] = [];
  for (const need of first) {
    const others = rest.map((needs) => needs.find(({ slot }) => slot === need.slot));
    if (others.includes(undefined)) continue;
    shared.push({ slot: need.slot, texts: new Set([need, ...others].flatMap((one) => [...one!.texts])) });
  }
  return shared;
}

function ofItem(item: Item, fields: Fields, placeholders: Placeholders): readonly Need[] {
  const { field, modifiers, values } = item;
  if (field === null) return NOTHING;
  const slot = fields.slot(field);
  if (modifiers.length === 0) {
    if (values.length === 1 && values[0] === null) return [{ slot, texts: ONLY_ABSENT }];
    const texts = new Set<string>();
    for (const value of values) {
      const text = typeof value === "string" ? plainText(parsePattern(value)) : String(value);
      if (text === null || value === null) return NOTHING;
      texts.add(fold(text));
    }
    return [{ slot, texts }];
  }
  if (modifiers.length === 1 && OPEN.has(modifiers[0]!)) return NOTHING;
  const tests = itemTests(item, placeholders);
  if (isRefusal(tests)) return NOTHING;
  for (const test of tests.tests) if (test.kind === "field") fields.slot(test.name);
  if (tests.negated) return NOTHING;
  if (tests.all) return tests.tests.flatMap((test) => exactly(slot, [test]));
  if (tests.tests.every(({ kind }) => kind === "null")) return [{ slot, texts: ONLY_ABSENT }];
  return exactly(slot, tests.tests);
}

function exactly(slot: number, tests: readonly ValueTest[]): readonly Need[] {
  const texts = exactTexts(tests);
  return texts === null ? NOTHING : [{ slot, texts }];
}

/** The texts of which one has to be the value; null where others fit as well. */
export function exactTexts(tests: readonly ValueTest[]): ReadonlySet<string> | null {
  const exact = new Set<string>();
  for (const test of tests) {
    if (test.kind !== "text" || test.equals === null) return null;
    exact.add(test.equals);
  }
  return exact;
}
