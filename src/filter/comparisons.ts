/** Comparisons: those that can never hold are refused before the run. */

import type { ASTNode } from "@marcbachmann/cel-js";
import { canonicalAddress } from "../address.js";
import { list, type Place } from "../fields/names.js";
import { nearest } from "../suggest.js";
import type { Part, StaticType, Test } from "./expression.js";
import { TYPES } from "./functions.js";
import { isMissing, order, same } from "./values.js";

export interface Check {
  fail(node: { readonly start: number; readonly end: number }, message: string): never;
}

/** What is written at a node: a text, a number, true or false; undefined for all else. */
export function literalOf(node: ASTNode): string | number | boolean | undefined {
  if (node.op !== "value") return undefined;
  if (typeof node.args === "bigint") {
    const number = Number(node.args);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  return typeof node.args === "string" || typeof node.args === "number" || typeof node.args === "boolean"
    ? node.args
    : undefined;
}

const UUID = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;
const HEX = /^0x[0-9a-f]+$/i;

/**
 * A value that is written in an expression as records spell it: UUIDs and statuses in small letters, addresses as in [RFC 5952]. What
 * stands below open keys is compared as it is.
 */
export function spelled<V>(place: Place | undefined, value: V): V | string {
  if (typeof value !== "string" || typeof place !== "object" || place === null) return value;
  const uuid = UUID.exec(value)?.[1];
  if (uuid !== undefined) return uuid.toLowerCase();
  if (HEX.test(value)) return value.toLowerCase();
  return /(?:^|\.)address$/.test(place.path) ? (canonicalAddress(value) ?? value) : value;
}

/** Types that can be equal: records write times as text. */
const alike = (a: StaticType, b: StaticType): boolean =>
  a === null || b === null || a === b || (isText(a) && isText(b)) || a === "null" || b === "null";
const isText = (type: StaticType): boolean => type === "text" || type === "time";

/** Refuses what compares different types, or a field with a value that it never has. */
export function checkComparison(check: Check, node: ASTNode, left: Part, right: Part): void {
  if (!alike(left.type, right.type)) {
    const [one, other] = [TYPES[left.type!], TYPES[right.type!]];
    const field = [left, right].find(({ place }) => typeof place === "object" && place !== null);
    const name = typeof field?.place === "object" && field.place !== null ? field.place.path : null;
    const written = field === left ? other : one;
    check.fail(
      node,
      name === null
        ? `${one} is compared with ${other}: they are never equal`
        : `${name === "type" ? "kind" : name} is ${field === left ? one : other}, and is compared with ${written}`,
    );
  }
  checkValue(check, left, right);
  checkValue(check, right, left);
}

function checkValue(check: Check, { place }: Part, { node }: Part): void {
  const written = literalOf(node);
  if (typeof written !== "string" || typeof place !== "object" || place?.values === null || place === null)
    return;
  if (place.values.includes(written)) return;
  const near = nearest(written, place.values);
  const advice = near === null ? `it is ${list(place.values)}` : `did you mean ${near}?`;
  check.fail(
    node,
    `${place.path === "type" ? "kind" : place.path} is never ${JSON.stringify(written)}; ${advice}`,
  );
}

const ORDERED = {
  "<": (difference: number) => difference < 0,
  "<=": (difference: number) => difference <= 0,
  ">": (difference: number) => difference > 0,
  ">=": (difference: number) => difference >= 0,
};

export type Ordering = keyof typeof ORDERED;

/** `<` and its like. */
export function ordering(op: Ordering, left: Part, right: Part): Test {
  const holds = ORDERED[op];
  return (state) => {
    const difference = order(left.run(state), right.run(state));
    return difference !== null && holds(difference);
  };
}

/** `==`, or `!=` where it is not `wanted`. */
export function equality(wanted: boolean, left: Part, right: Part): Test {
  if (left.node.op === "value" && right.node.op !== "value") return equality(wanted, right, left);
  const written = spelled(left.place, literalOf(right.node));
  const { run } = left;
  if (typeof written === "string" && left.type !== "time") {
    return wanted
      ? (state) => run(state) === written
      : (state) => {
          const value = run(state);
          return !isMissing(value) && value !== written;
        };
  }
  const other = right.run;
  return (state) => same(run(state), other(state), () => state.charge(1)) === wanted;
}
