/** Where to go on behind a declaration that could not be read, so that it costs itself only. */

import { beginsDeclaration } from "./bodies.js";
import { at, type Cursor, isPunct, peek, take } from "./cursor.js";
import type { Token } from "./lexer.js";
import type { InterfaceSyntax } from "./syntax.js";
import { NO_ATTRIBUTES } from "./syntax.js";
import { isKnownType } from "./typespecs.js";

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

/** `[…] HRESULT * Name (` with something that a parameter list starts with behind it. */
function looksLikeMethod(c: Cursor): boolean {
  let n = 0;
  if (at(c, "[")) {
    if (/^(in|out)$/.test(peek(c, 1).text)) return false;
    for (let depth = 0; ; n++) {
      const t = peek(c, n);
      if (t.kind === "end" || n > 200) return false;
      if (isPunct(t, "[")) depth++;
      if (isPunct(t, "]") && --depth === 0 && !isPunct(peek(c, n + 1), "[")) break;
    }
    n++;
  }
  let words = 0;
  for (; n < 220; n++) {
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
 * with its own semicolon and has a parenthesis behind a name, or if it begins with a type that is known.
 */
export function keepNumber(
  c: Cursor,
  owner: InterfaceSyntax,
  before: number,
  start: number,
  ended: boolean,
  reason: string,
): void {
  const skipped = c.tokens.slice(start, c.at);
  const first = behindAttributes(skipped);
  const typed = skipped[first] !== undefined && isKnownType(c, skipped[first]!);
  if (owner.methods.length > before) {
    // It was taken for a method, by its parenthesis, before the fault.
    if (!ended && !typed) owner.methods.length = before;
    return;
  }
  if (skipped[first]?.text === "const") return;
  const open = skipped.findIndex((t, i) => i > first && isPunct(t, "(") && skipped[i - 1]!.kind === "name");
  const name = open > 0 ? skipped[open - 1]! : skipped.slice(first + 1).find((t) => t.kind === "name");
  if (name === undefined || !ended || (open < 0 && !typed)) return;
  owner.methods.push({
    name: name.text,
    pos: name.pos,
    attributes: NO_ATTRIBUTES,
    accessor: "method",
    returns: { spec: { spec: "void" }, declarator: { name: "", pos: 0, parts: [] } },
    params: [],
    broken: reason,
  });
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
