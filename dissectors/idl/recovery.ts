/** Where to go on behind a declaration that could not be read, so that it costs itself only. */

import { beginsDeclaration } from "./bodies.js";
import { at, type Cursor, isPunct, peek, take } from "./cursor.js";
import type { InterfaceSyntax } from "./syntax.js";
import { NO_ATTRIBUTES } from "./syntax.js";

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

/** A method that could not even be named still has its number; prose between methods has none. */
export function keepNumber(
  c: Cursor,
  owner: InterfaceSyntax,
  start: number,
  ended: boolean,
  reason: string,
): void {
  if (!ended) return;
  const skipped = c.tokens.slice(start, c.at);
  if (/^(typedef|const|import|cpp_quote)$/.test(skipped[0]?.text ?? "")) return;
  const open = skipped.findIndex(
    (t, i) => isPunct(t, "(") && skipped[i - 1]?.kind === "name" && isOutsideBrackets(skipped, i),
  );
  if (open < 1) return;
  owner.methods.push({
    name: skipped[open - 1]!.text,
    pos: skipped[open - 1]!.pos,
    attributes: NO_ATTRIBUTES,
    accessor: "method",
    returns: { spec: { spec: "void" }, declarator: { name: "", pos: 0, parts: [] } },
    params: [],
    broken: reason,
  });
}

function isOutsideBrackets(tokens: readonly { kind: string; text: string }[], end: number): boolean {
  let depth = 0;
  for (let i = 0; i < end; i++) {
    if (tokens[i]!.kind !== "punct") continue;
    if (tokens[i]!.text === "[") depth++;
    if (tokens[i]!.text === "]") depth--;
  }
  return depth <= 0;
}
