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

/** What the schema leaves open, and what is rare. */
export function free(value: Value | readonly object[] | object): string {
  if (value === null) return "null";
  return Array.isArray(value) && value.length === 0 ? "[]" : JSON.stringify(value);
}
