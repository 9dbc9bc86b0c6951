/** Page furniture that is left in printed IDL: the list marks before lines that were changed in a revision. */

import type { Token } from "./lexer.js";

/**
 * Tokens without list marks. `- typedef …`: a minus with a blank behind it that begins a line is a mark, unless an
 * operand stands before and behind it within parentheses or behind an equals sign. `found` is called once for each run
 * of such lines.
 */
export function withoutMarks(tokens: Token[], found: (pos: number) => void): Token[] {
  if (!tokens.some(mayBeMark)) return tokens;
  const out: Token[] = [];
  let depth = 0;
  let assigning = false;
  let operand = false;
  let directive = false;
  let marked = false;
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i]!;
    if (mayBeMark(t)) {
      const behind = tokens[i + 1]!;
      const subtracts = operand && (depth > 0 || assigning) && (isOperand(behind) || behind.text === "(");
      if (behind.pos > t.pos + 1 && !subtracts) {
        if (!marked) found(t.pos);
        marked = true;
        behind.first = true;
        // The token behind it begins the line now, and may be a mark itself where the line holds nothing else.
        if (mayBeMark(behind)) continue;
        i++;
        directive = behind.text === "#";
        if (!directive) follow(behind);
        out.push(behind);
        continue;
      }
    } else if (t.first) {
      marked = false;
      directive = t.text === "#";
    }
    if (!directive) follow(t);
    out.push(t);
  }
  return out;

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
}

function mayBeMark(t: Token): boolean {
  return t.first && t.text === "-" && t.kind === "punct";
}

function isOperand(t: Token): boolean {
  return t.kind === "name" || t.kind === "number";
}
