/**
 * Directives and macros: what stands between an IDL file's text and its grammar. MIDL runs the C preprocessor over each
 * file by itself, so macros do not cross an `import`.
 *
 * Not handled: `#` and `##` in macro bodies, `__FILE__` and its like, text inclusion (`#include` is taken as an import,
 * since what the specifications include are declarations).
 */

import { type Token, tokenize } from "./lexer.js";
import { withoutMarks } from "./revision-marks.js";
import type { Report } from "./syntax.js";

export interface Macro {
  /** null for a macro without parentheses. */
  parameters: string[] | null;
  body: Token[];
  /** The compiler's own. */
  predefined?: true;
}

export interface Preprocessed {
  /** All tokens, the last one of kind `end`. */
  tokens: Token[];
  macros: Map<string, Macro>;
  includes: { name: string; pos: number }[];
}

/** Tokens that macros of one file may become, all together: enough for any specification, and an end to bombs. */
const MAX_EXPANDED_TOKENS = 500_000;
/** Depth of macros within macros, and of parentheses in `#if`. */
const MAX_MACRO_DEPTH = 64;

/** The compiler's own names. `__midl` counts as 801, so that nothing meant for older compilers is seen. */
const PREDEFINED: [string, string][] = [
  ["__midl", "801"],
  ["MIDL_PASS", "1"],
  ["_WIN32", "1"],
];

/** Expands a file. Faults are reported; the tokens are complete all the same. */
export function preprocess(text: string, report: Report): Preprocessed {
  let muted = 0;
  const input = withoutMarks(tokenize(text, report), (pos) => {
    report(pos, "warning", 'expected IDL at the start of the line, found the list mark "-"');
  });
  let at = 0;
  const macros = new Map<string, Macro>();
  for (const [name, value] of PREDEFINED) {
    macros.set(name, {
      parameters: null,
      body: [{ kind: "number", text: value, pos: 0, first: false }],
      predefined: true,
    });
  }
  const includes: Preprocessed["includes"] = [];
  const tokens: Token[] = [];
  /** Open conditionals: was a branch taken, is this one live, where did it start. */
  const conditions: { taken: boolean; live: boolean; pos: number }[] = [];
  const budget: Budget = { left: MAX_EXPANDED_TOKENS, depth: 0 };
  /** The next token; the last one, of kind `end`, for ever. */
  const read = (): Token => input[at < input.length - 1 ? at++ : at]!;
  const restOfLine = (): Token[] => {
    const start = at;
    while (!input[at]!.first) at++;
    return input.slice(start, at);
  };

  function directive(hash: Token): void {
    const line = restOfLine();
    const name = line[0]?.text ?? "";
    const live = muted === 0;
    switch (name) {
      case "if":
      case "ifdef":
      case "ifndef": {
        const holds = live && condition(name, line.slice(1), macros, budget);
        conditions.push({ taken: holds || !live, live: holds, pos: hash.pos });
        if (!holds) muted++;
        return;
      }
      case "elif":
      case "else": {
        const c = conditions.at(-1);
        if (c === undefined) {
          report(hash.pos, "warning", `expected "#if" before "#${name}", found none`);
          return;
        }
        if (c.live) {
          c.live = false;
          muted++;
        } else if (
          !c.taken &&
          muted === 1 &&
          (name === "else" || condition("if", line.slice(1), macros, budget))
        ) {
          c.live = c.taken = true;
          muted--;
        }
        return;
      }
      case "endif": {
        const c = conditions.pop();
        if (c === undefined) report(hash.pos, "warning", 'expected "#if" before "#endif", found none');
        else if (!c.live) muted--;
        return;
      }
    }
    if (!live) return;
    switch (name) {
      case "define":
        define(line, macros, report);
        return;
      case "undef":
        macros.delete(line[1]?.text ?? "");
        return;
      case "include": {
        const of = line.slice(1);
        const target = of[0]?.kind === "string" ? of[0].text : of.map((t) => t.text).join("");
        includes.push({ name: target.replace(/[<>]/g, ""), pos: hash.pos });
        return;
      }
      case "pragma":
      case "line":
      case "error":
      case "":
        return;
      default:
        report(hash.pos, "warning", `expected a directive, found "#${name}"`);
    }
  }

  /** Takes the arguments of a macro call from the stream, or null where no parenthesis follows. */
  function callArguments(): Token[][] | null {
    const open = read();
    if (open.text !== "(" || open.kind !== "punct") {
      if (open.kind !== "end") at--;
      return null;
    }
    const args: Token[][] = [[]];
    for (let depth = 0; ; ) {
      const t = read();
      if (t.kind === "end") return args;
      if (t.kind === "punct") {
        if (t.text === ")" && depth === 0) return args;
        if (t.text === "(") depth++;
        if (t.text === ")") depth--;
        if (t.text === "," && depth === 0) {
          args.push([]);
          continue;
        }
      }
      args.at(-1)!.push(t);
    }
  }

  for (;;) {
    const t = read();
    if (t.kind === "end") {
      for (const c of conditions) report(c.pos, "warning", 'expected "#endif", found the end of the file');
      tokens.push(t);
      return { tokens, macros, includes };
    }
    if (t.first && t.text === "#" && t.kind === "punct") {
      directive(t);
      continue;
    }
    if (muted > 0) continue;
    const macro = t.kind === "name" ? macros.get(t.text) : undefined;
    if (macro === undefined) {
      tokens.push(t);
      continue;
    }
    const args = macro.parameters === null ? [] : callArguments();
    if (args === null) {
      tokens.push(t);
      continue;
    }
    const became: Token[] = [];
    const given = args.map((a) => expanded(a, macros, [], budget));
    expandInto(became, bind(macro, given, budget), macros, [t.text], budget);
    if (budget.left <= 0) {
      report(
        t.pos,
        "error",
        `macros expand to more than ${MAX_EXPANDED_TOKENS} tokens; the rest of the file is not read`,
      );
      tokens.push({ kind: "end", text: "", pos: t.pos, first: true });
      return { tokens, macros, includes };
    }
    let isFirst = t.first;
    for (const e of became) {
      tokens.push({ kind: e.kind, text: e.text, pos: t.pos, first: isFirst });
      isFirst = false;
    }
  }
}

/** Enters a macro. `SAFEARRAY(type)` stays as written: the specifications define it away, and the element with it. */
export function define(line: Token[], macros: Map<string, Macro>, report: Report): void {
  const name = line[1];
  if (name === undefined || name.kind !== "name") {
    if (line[0] !== undefined) report(line[0].pos, "warning", 'expected a name after "#define"');
    return;
  }
  const open = line[2];
  if (open === undefined || open.text !== "(" || open.pos !== name.pos + name.text.length) {
    macros.set(name.text, { parameters: null, body: line.slice(2) });
    return;
  }
  const close = line.findIndex((t) => t.text === ")");
  if (close < 0) {
    report(name.pos, "warning", `expected ")" after the parameters of the macro ${name.text}`);
    return;
  }
  if (name.text === "SAFEARRAY") return;
  const parameters = line.slice(3, close).filter((t) => t.kind === "name");
  macros.set(name.text, { parameters: parameters.map((t) => t.text), body: line.slice(close + 1) });
}

/** Steps that expansion may still take, in this file. */
interface Budget {
  left: number;
  /** How deep expansion is in calls within calls. */
  depth: number;
}

function bind(macro: Macro, args: Token[][], budget: Budget): Token[] {
  if (macro.parameters === null || macro.parameters.length === 0) return macro.body;
  const out: Token[] = [];
  const values = new Map<string, Token[]>();
  // Of two parameters of one name the first counts.
  macro.parameters.forEach((name, i) => {
    if (!values.has(name)) values.set(name, args[i] ?? []);
  });
  for (const t of macro.body) {
    const became = (t.kind === "name" ? values.get(t.text) : undefined) ?? [t];
    budget.left -= became.length;
    if (budget.left <= 0) break;
    for (const a of became) out.push(a);
  }
  return out;
}

/** Arguments are expanded before they take their places, so that a macro may be given a call of itself. */
function expanded(tokens: Token[], macros: Map<string, Macro>, active: string[], budget: Budget): Token[] {
  const out: Token[] = [];
  expandInto(out, tokens, macros, active, budget);
  return out;
}

function expandInto(
  out: Token[],
  tokens: Token[],
  macros: Map<string, Macro>,
  active: string[],
  budget: Budget,
): void {
  budget.depth++;
  for (let i = 0; i < tokens.length; i++) {
    if (--budget.left <= 0) break;
    const t = tokens[i]!;
    const macro = t.kind === "name" && !active.includes(t.text) ? macros.get(t.text) : undefined;
    if (macro === undefined || budget.depth > MAX_MACRO_DEPTH) {
      out.push(t);
      continue;
    }
    let args: Token[][] = [];
    if (macro.parameters !== null) {
      if (tokens[i + 1]?.text !== "(") {
        out.push(t);
        continue;
      }
      const end = closing(tokens, i + 1);
      args = splitArguments(tokens.slice(i + 2, end)).map((a) => expanded(a, macros, active, budget));
      i = end;
    }
    expandInto(out, bind(macro, args, budget), macros, [...active, t.text], budget);
  }
  budget.depth--;
}

function closing(tokens: Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]!.text === "(") depth++;
    else if (tokens[i]!.text === ")" && --depth === 0) return i;
  }
  return tokens.length;
}

function splitArguments(tokens: Token[]): Token[][] {
  const args: Token[][] = [[]];
  let depth = 0;
  for (const t of tokens) {
    if (t.text === "(") depth++;
    else if (t.text === ")") depth--;
    if (t.text === "," && depth === 0) args.push([]);
    else args.at(-1)!.push(t);
  }
  return args;
}

/** `#if`, `#ifdef`, `#ifndef`. Names that are not macros count as 0, as in C. */
function condition(kind: string, line: Token[], macros: Map<string, Macro>, budget: Budget): boolean {
  const name = line[0]?.text ?? "";
  if (kind === "ifdef") return macros.has(name);
  if (kind === "ifndef") return !macros.has(name);
  const plain: Token[] = [];
  for (let i = 0; i < line.length; i++) {
    if (line[i]!.text !== "defined") {
      plain.push(line[i]!);
      continue;
    }
    const inParentheses = line[i + 1]?.text === "(";
    const of = line[i + (inParentheses ? 2 : 1)]?.text ?? "";
    plain.push({ kind: "number", text: macros.has(of) ? "1" : "0", pos: 0, first: false });
    i += inParentheses ? 3 : 1;
  }
  const tokens: Token[] = [];
  expandInto(tokens, plain, macros, [], budget);
  return evaluateCondition(tokens);
}

const LEVELS: string[][] = [["||"], ["&&"], ["==", "!="], ["<", ">", "<=", ">="], ["+", "-"], ["*", "/"]];

function evaluateCondition(tokens: Token[]): boolean {
  let at = 0;
  const level = (n: number, depth: number): number => {
    if (n === LEVELS.length) return operand(depth);
    let left = level(n + 1, depth);
    while (LEVELS[n]!.includes(tokens[at]?.text ?? "")) {
      const operator = tokens[at++]!.text;
      const right = level(n + 1, depth);
      left = calculate(operator, left, right);
    }
    return left;
  };
  const operand = (depth: number): number => {
    const t = tokens[at++];
    if (t === undefined || depth > MAX_MACRO_DEPTH) return 0;
    if (t.text === "!") return operand(depth + 1) === 0 ? 1 : 0;
    if (t.text === "-") return -operand(depth + 1);
    if (t.text === "(") {
      const value = level(0, depth + 1);
      at++;
      return value;
    }
    return t.kind === "number" ? numberOf(t.text) : 0;
  };
  return level(0, 0) !== 0;
}

/** A number with C's suffixes; 0 where it is none. */
function numberOf(text: string): number {
  let end = text.length;
  while (end > 0 && "uUlL".includes(text[end - 1]!)) end--;
  return Number(text.slice(0, end)) || 0;
}

function calculate(operator: string, a: number, b: number): number {
  switch (operator) {
    case "||":
      return a !== 0 || b !== 0 ? 1 : 0;
    case "&&":
      return a !== 0 && b !== 0 ? 1 : 0;
    case "==":
      return a === b ? 1 : 0;
    case "!=":
      return a !== b ? 1 : 0;
    case "<":
      return a < b ? 1 : 0;
    case ">":
      return a > b ? 1 : 0;
    case "<=":
      return a <= b ? 1 : 0;
    case ">=":
      return a >= b ? 1 : 0;
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    default:
      return b === 0 ? 0 : Math.trunc(a / b);
  }
}
