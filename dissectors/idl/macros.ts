/** Macros seen as declarations: MIDL's preprocessor keeps them within a file, the specifications do not always. */

import { type Cursor, isPunct, peek, SyntaxFault } from "./cursor.js";
import { parseExpression } from "./expressions.js";
import { GRAMMAR } from "./grammar.js";
import type { Macro } from "./preprocessor.js";
import { parseDeclared } from "./typespecs.js";

/** Macros without parameters as constants and types, for expressions that come too early and files that import this one. */
export function readMacros(c: Cursor, macros: ReadonlyMap<string, Macro>): void {
  for (const [name, macro] of macros) {
    if (
      macro.predefined === true ||
      macro.parameters !== null ||
      macro.body.length === 0 ||
      c.file.macros.has(name)
    )
      continue;
    const value = attempt(c, macro, parseExpression);
    const declared = macro.body.some((t) => t.kind !== "name" && !isPunct(t, "*"))
      ? null
      : attempt(c, macro, parseDeclared);
    if (value !== null || declared !== null) c.file.macros.set(name, { value, declared });
  }
}

function attempt<T>(c: Cursor, macro: Macro, parse: (c: Cursor) => T): T | null {
  const end = { kind: "end" as const, text: "", pos: 0, first: true };
  const own: Cursor = {
    ...c,
    tokens: [...macro.body, end],
    at: 0,
    report: () => {},
    nesting: 0,
    grammar: GRAMMAR,
    operators: null,
    declares: false,
  };
  try {
    const result = parse(own);
    return peek(own).kind === "end" ? result : null;
  } catch (e) {
    if (e instanceof SyntaxFault) return null;
    throw e;
  }
}
