/** Page furniture that is left in printed IDL: the list marks before lines that were changed in a revision. */

import type { Lexer, Token } from "./lexer.js";

/** Tokens without the list marks that page layout leaves at the start of lines. */
export interface MarkFilter {
  next(): Token;
  /** Tells of a token outside of directives, which decides what a minus can be. */
  follow(t: Token): void;
}

/**
 * `- typedef …`: a minus with a blank behind it that begins a line is a list mark, unless an operand stands before and
 * behind it within parentheses or behind an equals sign. Each run of such lines is reported once.
 */
export function createMarkFilter(lexer: Lexer, found: (pos: number) => void): MarkFilter {
  let depth = 0;
  let assigning = false;
  let operand = false;
  let held: Token | null = null;
  let marked = false;

  const isOperand = (t: Token): boolean => t.kind === "name" || t.kind === "number";

  function next(): Token {
    for (;;) {
      const t = held ?? lexer.next();
      held = null;
      if (!t.first) return t;
      if (t.text !== "-" || t.kind !== "punct") {
        marked = false;
        return t;
      }
      held = lexer.next();
      const subtracts = operand && (depth > 0 || assigning) && (isOperand(held) || held.text === "(");
      if (held.pos === t.pos + 1 || subtracts) return t;
      if (!marked) found(t.pos);
      marked = true;
      // A mark before a comment stands alone: what is held may be the next line's mark.
      if (held.first) continue;
      const behind = held;
      held = null;
      behind.first = true;
      return behind;
    }
  }

  function follow(t: Token): void {
    operand = isOperand(t) || t.text === ")";
    if (t.kind !== "punct") return;
    if (t.text === "(" || t.text === "[") depth++;
    else if (t.text === ")" || t.text === "]") depth = Math.max(0, depth - 1);
    else if (t.text === "=") assigning = true;
    else if (t.text === ";" || t.text === "{" || t.text === "}") {
      depth = 0;
      assigning = false;
    } else if (t.text === "," && depth === 0) assigning = false;
  }

  return { next, follow };
}
