/** Where to go on behind a declaration that could not be read, so that it costs itself only. */

import { beginsDeclaration, DECLARATIONS } from "./bodies.js";
import { type Cursor, isPunct, peek, take } from "./cursor.js";
import type { Token } from "./lexer.js";
import type { InterfaceSyntax } from "./syntax.js";
import { NO_ATTRIBUTES } from "./syntax.js";
import { isKnownType } from "./words.js";

/** Words that begin a declaration, whatever becomes of it. */
const RESERVED: ReadonlySet<string> = new Set([
  ...DECLARATIONS,
  "const",
  "struct",
  "union",
  "enum",
  "module",
  "namespace",
]);

/**
 * Goes behind a faulty declaration: to its semicolon, or to a line before it that begins another one. Returns whether
 * the semicolon was found.
 */
export function resynchronise(c: Cursor, start: number, inInterface: boolean): boolean {
  if (c.at === start) take(c);
  for (let depth = 0; ; take(c)) {
    const t = peek(c);
    if (t.kind === "end") return false;
    if (c.at > start && beginsDeclaration(c)) return false;
    if (depth === 0 && t.first) {
      if (!inInterface && /^(const|struct|union|enum|\[)$/.test(t.text)) return false;
      if (inInterface && (looksLikeMethod(c) || t.text === "const")) return false;
    }
    if (isPunct(t, "{")) depth++;
    if (isPunct(t, "}")) {
      if (depth === 0) return false;
      depth--;
    }
    if (isPunct(t, ";") && depth === 0) {
      take(c);
      return true;
    }
  }
}

/** `[…] HRESULT * Name (` with something that a parameter list starts with behind it, from `ahead` tokens on. */
function looksLikeMethod(c: Cursor, ahead = 0): boolean {
  let n = ahead;
  if (isPunct(peek(c, n), "[")) {
    if (/^(in|out)$/.test(peek(c, n + 1).text)) return false;
    for (let depth = 0; ; n++) {
      const t = peek(c, n);
      if (t.kind === "end" || n > ahead + 200) return false;
      if (isPunct(t, "[")) depth++;
      if (isPunct(t, "]") && --depth === 0 && !isPunct(peek(c, n + 1), "[")) break;
    }
    n++;
  }
  let words = 0;
  for (; n < ahead + 220; n++) {
    const t = peek(c, n);
    if (t.kind === "name") words++;
    else if (!isPunct(t, "*")) break;
  }
  if (words < 2 || words > 4 || !isPunct(peek(c, n), "(")) return false;
  const inside = peek(c, n + 1);
  return isPunct(inside, ")") || isPunct(inside, "[") || (inside.kind === "name" && words === 2);
}

/**
 * A method that could not be read still has its number; prose between methods has none. It is a method if it ended
 * with its own semicolon, and begins like a method or with a type that is known. Returns whether it is one.
 */
export function keepNumber(
  c: Cursor,
  owner: InterfaceSyntax,
  before: number,
  start: number,
  ended: boolean,
  reason: string,
): boolean {
  const skipped = c.tokens.slice(start, c.at);
  const first = behindAttributes(skipped);
  const typed = skipped[first] !== undefined && isKnownType(c, skipped[first]!);
  if (owner.methods.length > before) {
    // It was taken for a method, by its parenthesis, before the fault.
    if (ended || typed) return true;
    owner.methods.length = before;
    return false;
  }
  if (skipped[first]?.text === "const" || !ended) return false;
  if (!typed && !looksLikeMethod(c, start - c.at)) return false;
  const open = skipped.findIndex((t, i) => i > first && isPunct(t, "(") && skipped[i - 1]!.kind === "name");
  const name = open > 0 ? skipped[open - 1]! : skipped.slice(first + 1).find((t) => t.kind === "name");
  if (name === undefined) return false;
  owner.methods.push({
    name: name.text,
    pos: name.pos,
    attributes: NO_ATTRIBUTES,
    accessor: "method",
    returns: { spec: { spec: "void" }, declarator: { name: "", pos: 0, parts: [] } },
    params: [],
    broken: reason,
  });
  return true;
}

/** Words that no declaration has so many of. */
const MIN_WORDS = 3;

/**
 * Whether what was passed over, from `start` on, is prose that came along with the IDL (sentences, headings, the head
 * and foot of a page) and no declaration gone wrong.
 */
export function isProse(c: Cursor, start: number): boolean {
  const skipped = c.tokens.slice(start, c.at);
  const begin = skipped[behindAttributes(skipped)];
  if (begin === undefined || skipped.some((t) => isPunct(t, "{") || isPunct(t, "}"))) return false;
  if (begin.kind === "number" || (begin.kind === "punct" && !/^[()[\],;:=<>]/.test(begin.text))) return true;
  if (skipped.some((t, i) => isPunct(t, "[") && /^(in|out)$/.test(skipped[i + 1]?.text ?? ""))) return false;
  if (isKnownType(c, begin) || RESERVED.has(begin.text)) return false;
  let words = 0;
  for (const t of skipped) if (t.kind === "name" && !isKnownType(c, t)) words++;
  return words >= MIN_WORDS;
}

/** Index of the first token that belongs to no bracketed list. */
function behindAttributes(tokens: readonly Token[]): number {
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i]!;
    if (isPunct(t, "[")) depth++;
    else if (isPunct(t, "]")) depth--;
    else if (depth <= 0) return i;
  }
  return tokens.length;
}
