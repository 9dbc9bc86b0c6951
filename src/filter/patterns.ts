/**
 * Regular expressions for `matches`: RE2's syntax and its linear time, since texts come from the traffic. Not handled: what RE2
 * has not, which is looking around and back-references.
 */

import { RE2JS } from "re2js";

/** Answers whether a text holds what the pattern describes. */
export type Pattern = (text: string) => boolean;

/** Throws an Error whose message says what is wrong with the pattern. */
export function compilePattern(source: string): Pattern {
  const pattern = RE2JS.compile(source);
  return (text) => pattern.test(text);
}
