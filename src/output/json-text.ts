/** Values as JSON, each by what the schema says of it: what the writer of calls (generated/call-text.ts) is put together of. */

import type { Value } from "../events.js";

/** What JSON escapes: quotes, backslashes, controls; and surrogates, of which lone ones are escaped. */
const ESCAPED = /["\\\0-\x1f\ud800-\udfff]/;

/** A string of a pattern that has none of these. */
export function plain(value: string | null): string {
  return value === null ? "null" : `"${value}"`;
}

export function text(value: string | null): string {
  if (value === null) return "null";
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

export function number(value: number | null): string {
  return value === null || Number.isFinite(value) ? `${value}` : "null";
}

export function flag(value: boolean | null): string {
  return `${value}`;
}

export function numbers(values: readonly number[]): string {
  return values.length === 1 ? `[${number(values[0]!)}]` : `[${values.map(number).join(",")}]`;
}

/**
 * Values that were written lately, with their text: what comes again is the same object in every call (a stub that was read before,
 * parts that calls share). Two lists, of which the older one goes when the younger is full.
 */
const MAX_KEPT = 512;
/** Characters of a text that is kept. */
const MAX_TEXT = 2_048;
let younger = new Map<object, string>();
let older = new Map<object, string>();

/** What the schema leaves open, and what is rare. Nobody may have changed the value since it was written last. */
export function free(value: Value | readonly object[] | object): string {
  if (value === null) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value) && value.length === 0) return "[]";
  const known = younger.get(value);
  if (known !== undefined) return known;
  const text = older.get(value) ?? JSON.stringify(value);
  if (text.length > MAX_TEXT) return text;
  if (younger.size >= MAX_KEPT) {
    older = younger;
    younger = new Map();
  }
  younger.set(value, text);
  return text;
}
