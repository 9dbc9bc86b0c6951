/**
 * Value modifiers of the Sigma specification 2.1 (its Modifiers Appendix): what a value becomes by the chain behind its
 * field's name. A chain that the specification gives no meaning to is refused.
 *
 * Not handled: `expand` without the values of its placeholders. `re` searches, as the anchors of the specification imply;
 * its texts are those of RE2, which has neither looking around nor back-references.
 */

import { base64, base64Offsets, utf8, utf16 } from "./encodings.js";
import type { Item, Scalar } from "./rule.js";
import {
  ANY,
  hasWildcards,
  joined,
  parsePattern,
  plainText,
  type TextPattern,
  variants,
  withDashes,
} from "./text-pattern.js";
import { isTimePart } from "./time-part.js";
import {
  COMPARISONS,
  type FieldTest,
  isRefusal,
  type Refusal,
  testOf,
  type Value,
  type ValueTest,
} from "./value-test.js";

export interface Tests {
  tests: readonly ValueTest[];
  /** All values have to fit, not one. */
  all: boolean;
  negated: boolean;
}

/** Values of placeholders by name, in lower case. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

const RE_FLAGS: { readonly [name: string]: string } = {
  i: "i",
  ignorecase: "i",
  m: "m",
  multiline: "m",
  s: "s",
  dotall: "s",
};

const ENDS = ["contains", "startswith", "endswith"];
const WIDE = ["wide", "utf16", "utf16le", "utf16be"];

/** All that there are. */
const MODIFIERS: ReadonlySet<string> = new Set([
  ...[
    "all",
    "neq",
    "exists",
    "cased",
    "re",
    "cidr",
    "windash",
    "base64",
    "base64offset",
    "fieldref",
    "expand",
  ],
  ...ENDS,
  ...WIDE,
  ...Object.keys(RE_FLAGS),
  ...Object.keys(COMPARISONS),
  ...["minute", "hour", "day", "week", "month", "year"],
]);

/** Variants of one value: five forms for each of four dashes. */
const MAX_VARIANTS = 625;
/** Values that placeholders of one value stand for. */
const MAX_EXPANDED = 65_536;

type Step = Value | readonly Value[] | Refusal;

const KINDS: { readonly [is in Value["is"]]: string } = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  null: "null",
  re: "a regular expression",
  cidr: "a network",
  compare: "a comparison",
  part: "a part of a time",
  exists: "a question for existence",
  field: "a reference to a field",
};

/**
 * What an item of a rule asks. `placeholders`: null where only whether it is right is asked for. Keywords are looked for
 * within values, and numbers among them are texts.
 */
export function itemTests(
  { field, modifiers, values }: Item,
  placeholders: Placeholders | null,
): Tests | Refusal {
  if (field !== null) return chainTests(modifiers, values, placeholders);
  const whole = modifiers.some((name) => ENDS.includes(name) || name === "cidr" || name in COMPARISONS);
  const texts = whole ? values : values.map((value) => (typeof value === "number" ? String(value) : value));
  const tests = chainTests(whole ? modifiers : [...modifiers, "contains"], texts, placeholders);
  if (isRefusal(tests) || tests.tests.every((test) => test.kind === "text" || test.kind === "value"))
    return tests;
  return { problem: "this can be asked of a field alone" };
}

function chainTests(
  modifiers: readonly string[],
  values: readonly Scalar[],
  placeholders: Placeholders | null,
): Tests | Refusal {
  const unknown = modifiers.find((name) => !MODIFIERS.has(name));
  if (unknown !== undefined)
    return { problem: `there is no modifier ${unknown === "" ? "without a name" : unknown}` };
  const twice = modifiers.find((name, i) => modifiers.indexOf(name) !== i);
  if (twice !== undefined) return { problem: `the modifier ${twice} stands twice` };
  const all = modifiers.includes("all");
  if (values.length === 0) return { problem: "the list of values is empty" };
  if (values.length > 1 && values.includes(null)) {
    return {
      problem: "null stands in a list of values, where it is no part of: it needs a search of its own",
    };
  }
  if (all && values.length < 2) return { problem: "the modifier all needs a list of two values or more" };
  if (all && modifiers.includes("exists"))
    return { problem: "the modifiers all and exists contradict each other" };

  const tests: ValueTest[] = [];
  for (const value of values) {
    let now: readonly Value[] = [start(value, modifiers)];
    for (const [index, name] of modifiers.entries()) {
      if (name === "all" || name === "neq") continue;
      const next: Value[] = [];
      for (const one of now) {
        const step = apply(name, one, modifiers.slice(0, index), placeholders);
        if (isRefusal(step)) return step;
        if ("length" in step) next.push(...step);
        else next.push(step);
      }
      now = next;
    }
    const made: ValueTest[] = [];
    for (const one of now) {
      const test = testOf(one, placeholders === null);
      if (isRefusal(test)) return test;
      made.push(test);
    }
    const joinedTest = made.length === 1 ? made[0]! : anyOf(made, all);
    if (Array.isArray(joinedTest)) tests.push(...joinedTest);
    else tests.push(joinedTest as ValueTest);
  }
  return { tests, all, negated: modifiers.includes("neq") };
}

/** Several tests of one value are alternatives, also where all values have to fit. They are all of texts. */
function anyOf(tests: readonly ValueTest[], all: boolean): ValueTest | readonly ValueTest[] {
  if (!all) return tests;
  const texts = tests.filter((test) => test.kind === "text");
  return {
    kind: "text",
    cased: texts.some((test) => test.cased),
    equals: null,
    test: (text) => texts.some((test) => test.test(text)),
  };
}

function start(value: Scalar, modifiers: readonly string[]): Value {
  if (value === null) return { is: "null" };
  if (typeof value === "number") return { is: "number", value };
  if (typeof value === "boolean") return { is: "boolean", value };
  // A regular expression has escapes of its own, which nothing before takes.
  const raw = modifiers.includes("re") || modifiers.includes("cidr");
  return { is: "text", pattern: raw ? joined([value]) : parsePattern(value), cased: false, bytes: null };
}

/** Modifiers that say something of the item as a whole, and so may stand before those that want unchanged values. */
const beside = (name: string): boolean => name === "all" || name === "neq";

function apply(
  name: string,
  value: Value,
  before: readonly string[],
  placeholders: Placeholders | null,
): Step {
  const changed = before.find((one) => !beside(one));
  const unchanged = (): Refusal | null =>
    changed === undefined ? null : { problem: `the modifier ${name} cannot follow ${changed}` };
  const wrong: Refusal = {
    problem:
      changed === undefined || value.is === "text"
        ? `the modifier ${name} cannot be applied to ${KINDS[value.is]}`
        : `the modifier ${name} cannot follow ${before.filter((one) => !beside(one)).at(-1)}`,
  };

  if (name in COMPARISONS) {
    if (value.is === "number") {
      return unchanged() ?? { is: "compare", operator: name, value: value.value, part: null };
    }
    if (value.is === "part") return { is: "compare", operator: name, value: value.value, part: value.part };
    return wrong;
  }
  if (isTimePart(name)) {
    if (value.is !== "number") return wrong;
    if (!Number.isInteger(value.value)) return { problem: `the modifier ${name} needs a whole number` };
    return unchanged() ?? { is: "part", value: value.value, part: name };
  }
  if (name === "exists") {
    return value.is === "boolean" ? (unchanged() ?? { is: "exists", value: value.value }) : wrong;
  }
  if (ENDS.includes(name)) return applyEnds(name, value) ?? wrong;
  if (name in RE_FLAGS) {
    if (value.is !== "re") return { problem: `the modifier ${name} belongs behind re` };
    const flag = RE_FLAGS[name]!;
    return value.flags.includes(flag) ? value : { ...value, flags: value.flags + flag };
  }
  if (value.is !== "text") return wrong;
  const { pattern } = value;
  switch (name) {
    case "re":
      return (
        unchanged() ?? { is: "re", source: plainText(pattern) ?? "", flags: "", starts: false, ends: false }
      );
    case "cidr":
      return unchanged() ?? { is: "cidr", source: plainText(pattern) ?? "" };
    case "cased":
      return { ...value, cased: true };
    case "windash":
      return value.bytes === null ? { ...value, pattern: withDashes(pattern) } : wrong;
    case "fieldref":
      if (hasWildcards(pattern)) return { problem: "a reference to a field has no wildcards" };
      return unchanged() ?? { is: "field", name: plainText(pattern) ?? "", how: "equal" };
    case "expand":
      return expand(value, placeholders);
    default:
      return encode(name, value);
  }
}

function applyEnds(name: string, value: Value): Value | null {
  const starts = name !== "endswith";
  const ends = name !== "startswith";
  if (value.is === "text") {
    const pattern = joined([
      ...(ends ? [ANY as typeof ANY] : []),
      ...value.pattern,
      ...(starts ? [ANY as typeof ANY] : []),
    ]);
    return { ...value, pattern };
  }
  if (value.is === "re") {
    return name === "contains"
      ? value
      : { ...value, starts: value.starts || !ends, ends: value.ends || !starts };
  }
  if (value.is === "field" && value.how === "equal") {
    return { ...value, how: name as FieldTest };
  }
  return null;
}

/** `base64`, `base64offset` and the forms of UTF-16. */
function encode(name: string, value: Value & { is: "text" }): Step {
  if (WIDE.includes(name)) {
    if (value.bytes !== null) return { problem: `the modifier ${name} cannot follow another encoding` };
    const text = plainText(value.pattern);
    const units = (part: string): string =>
      [...part].map((c) => (name === "utf16be" ? `\0${c}` : `${c}\0`)).join("");
    const pattern = value.pattern.map((part) => (typeof part === "string" ? units(part) : part));
    const mark = name === "utf16";
    return {
      ...value,
      pattern: joined(mark ? ["\ufeff", ...pattern] : pattern),
      // Without wildcards and dashes it can be encoded further.
      bytes: text === null ? NOT_PLAIN : utf16(text, name === "utf16be" ? "be" : "le", mark),
    };
  }
  if (hasWildcards(value.pattern)) return { problem: `the modifier ${name} cannot be applied to wildcards` };
  if (value.bytes === NOT_PLAIN) return { problem: `the modifier ${name} cannot follow windash and UTF-16` };
  const texts: Uint8Array[] = [];
  if (value.bytes !== null) texts.push(value.bytes);
  else {
    const plain = variants(value.pattern, MAX_VARIANTS);
    if (plain === null)
      return { problem: `there are more than ${MAX_VARIANTS} forms of the dashes in one value` };
    texts.push(...plain.map((pattern) => utf8(plainText(pattern) ?? "")));
  }
  return texts
    .flatMap((bytes) => (name === "base64" ? [base64(bytes)] : base64Offsets(bytes)))
    .map((text) => ({ is: "text", pattern: joined([text]), cased: value.cased, bytes: null }));
}

/** Stands for bytes that wildcards or dashes keep from being known. */
const NOT_PLAIN = new Uint8Array(0);

const PLACEHOLDER = /(?<!\\)%([^%\\]+)%/g;

/** Names of the placeholders of a value, in lower case. */
export function placeholdersOf(value: string): string[] {
  return [...value.matchAll(PLACEHOLDER)].map((match) => match[1]!.toLowerCase());
}

function expand(value: Value & { is: "text" }, placeholders: Placeholders | null): Step {
  if (value.bytes !== null) return { problem: "the modifier expand cannot follow an encoding" };
  let texts: TextPattern[] = [[]];
  const literal = (text: string): string => text.replaceAll("\\%", "%");
  for (const part of value.pattern) {
    if (typeof part !== "string") {
      texts = texts.map((text) => [...text, part]);
      continue;
    }
    let from = 0;
    for (const match of part.matchAll(PLACEHOLDER)) {
      const plain = literal(part.slice(from, match.index));
      from = match.index + match[0].length;
      const values = placeholders === null ? ["x"] : placeholders.get(match[1]!.toLowerCase());
      if (values === undefined) return { problem: `there are no values for the placeholder %${match[1]}%` };
      texts = texts.flatMap((text) => values.map((one) => [...text, plain, ...parsePattern(one)]));
      if (texts.length > MAX_EXPANDED) {
        return { problem: `placeholders of one value stand for more than ${MAX_EXPANDED} values` };
      }
    }
    const rest = literal(part.slice(from));
    texts = texts.map((text) => [...text, rest]);
  }
  return texts.map((pattern) => ({ ...value, pattern: joined(pattern) }));
}
