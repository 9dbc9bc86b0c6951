/** What a value of a rule asks of a field once its modifiers are through with it: a closure, made once. */

import { parseNetwork } from "../../filter/networks.js";
import { compilePattern, type Pattern } from "../../filter/patterns.js";
import { fold } from "./fold.js";
import { patternTest, plainText, type TextPattern } from "./text-pattern.js";
import { type TimePart, timePart } from "./time-part.js";

/** What a field's value is asked. */
export type ValueTest =
  /** A text; folded before, unless `cased`. `equals`: the folded text that alone fits. */
  | { kind: "text"; cased: boolean; equals: string | null; test: (text: string) => boolean }
  /** The value as it is. */
  | { kind: "value"; test: (value: unknown) => boolean }
  /** Whether the record has it, or has it without a value. */
  | { kind: "exists"; wanted: boolean }
  | { kind: "null" }
  /** Another field of the same record. */
  | { kind: "field"; name: string; test: (text: string, other: string) => boolean };

export interface Refusal {
  problem: string;
}

export const isRefusal = <T extends object>(of: T | Refusal): of is Refusal => "problem" in of;

/** A value on its way through the chain. */
export type Value =
  | { is: "text"; pattern: TextPattern; cased: boolean; bytes: Uint8Array | null }
  | { is: "number"; value: number }
  | { is: "boolean"; value: boolean }
  | { is: "null" }
  | { is: "re"; source: string; flags: string; starts: boolean; ends: boolean }
  | { is: "cidr"; source: string }
  | { is: "compare"; operator: string; value: number; part: TimePart | null }
  | { is: "part"; value: number; part: TimePart }
  | { is: "exists"; value: boolean }
  | { is: "field"; name: string; how: FieldTest };

export type FieldTest = "equal" | "contains" | "startswith" | "endswith";

export const COMPARISONS: { readonly [name: string]: (a: number, b: number) => boolean } = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
};

/** `trial`: whether it is right is asked for. */
export function testOf(value: Value, trial: boolean): ValueTest | Refusal {
  switch (value.is) {
    case "text": {
      if (
        value.bytes !== null &&
        value.pattern.some((p) => typeof p === "string" && /[^\0-\x7f\ufeff]/.test(p))
      ) {
        return { problem: "only ASCII has a text in UTF-16 that is not encoded further" };
      }
      const plain = plainText(value.pattern);
      return {
        kind: "text",
        cased: value.cased,
        equals: plain === null || value.cased ? null : fold(plain),
        test: patternTest(value.pattern, value.cased),
      };
    }
    case "number":
    case "boolean": {
      const equals = String(value.value);
      return { kind: "text", cased: false, equals, test: (text) => text === equals };
    }
    case "null":
      return { kind: "null" };
    case "exists":
      return { kind: "exists", wanted: value.value };
    case "part":
      return { kind: "value", test: (other) => timePart(other, value.part) === value.value };
    case "compare": {
      const compare = COMPARISONS[value.operator]!;
      const { part, value: limit } = value;
      return {
        kind: "value",
        test: (other) => {
          const number = part === null ? numberOf(other) : timePart(other, part);
          return number !== null && compare(number, limit);
        },
      };
    }
    case "cidr": {
      const network = parseNetwork(value.source);
      if (network === null) return { problem: `${value.source} is no network in CIDR notation` };
      return { kind: "value", test: (other) => typeof other === "string" && network(other) };
    }
    case "re":
      return regularExpression(value, trial);
    case "field":
      return { kind: "field", name: value.name, test: FIELD_TESTS[value.how] };
  }
}

const FIELD_TESTS: { readonly [how in FieldTest]: (text: string, other: string) => boolean } = {
  equal: (text, other) => text === other,
  contains: (text, other) => text.includes(other),
  startswith: (text, other) => text.startsWith(other),
  endswith: (text, other) => text.endsWith(other),
};

/** Compiled when first needed: most records never come that far, and the first one costs more than all rules together. */
function regularExpression(value: Value & { is: "re" }, trial: boolean): ValueTest | Refusal {
  const flags = value.flags === "" ? "" : `(?${value.flags})`;
  const source =
    value.starts || value.ends
      ? `${value.starts ? "\\A" : ""}(?:${value.source})${value.ends ? "\\z" : ""}`
      : value.source;
  let pattern: Pattern | null = null;
  try {
    if (trial) pattern = compilePattern(flags + source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it has a fault";
    return { problem: `the regular expression ${value.source} is none that RE2 reads: ${reason}` };
  }
  const test = (text: string): boolean => {
    pattern ??= compilePattern(flags + source);
    return pattern(text);
  };
  return { kind: "text", cased: true, equals: null, test };
}

/** A number, or a text that is one. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string" || !/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value))
    return null;
  return Number(value);
}
