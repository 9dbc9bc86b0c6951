/** Expressions and type names in parentheses. [C706] 4.2.12 and C's operators, as MIDL takes them. */

import type { Cursor } from "./cursor.js";
import { accept, at, expect, expectName, fault, isPunct, nested, peek, take } from "./cursor.js";
import type { Token } from "./lexer.js";
import type { Declared, Expression } from "./syntax.js";
import { isKnownType, isTypeWord } from "./words.js";

/** Binary operators by how tightly they bind. */
const PRECEDENCE: Record<string, number> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};

const NUMBER = /^(0[xX][0-9a-fA-F]+|[0-9]+)(?:[uUlL]*|[uU]?i(?:8|16|32|64))$/;

/** Operators of one expression, whose tree is walked by recursion. */
const MAX_OPERATORS = 1000;

export function parseExpression(c: Cursor): Expression {
  const outermost = c.operators === null;
  c.operators ??= 0;
  try {
    return nested(c, () => conditional(c));
  } finally {
    if (outermost) c.operators = null;
  }
}

function conditional(c: Cursor): Expression {
  const test = binary(c, 1);
  if (!accept(c, "?")) return test;
  const then = parseExpression(c);
  expect(c, ":", 'after "?"');
  return { op: "ternary", test, then, else: parseExpression(c) };
}

function binary(c: Cursor, least: number): Expression {
  let left = unary(c);
  for (;;) {
    const t = peek(c);
    const precedence = t.kind === "punct" ? (PRECEDENCE[t.text] ?? 0) : 0;
    if (precedence < least) return left;
    c.operators = (c.operators ?? 0) + 1;
    if (c.operators > MAX_OPERATORS) throw fault(c, `at most ${MAX_OPERATORS} operators in an expression`);
    take(c);
    left = { op: "binary", operator: t.text, left, right: binary(c, precedence + 1) };
  }
}

function unary(c: Cursor): Expression {
  const t = peek(c);
  if (t.kind === "punct") {
    switch (t.text) {
      case "-":
      case "+":
      case "~":
      case "!": {
        take(c);
        const operator = t.text;
        return nested(c, () => ({ op: "unary", operator, of: unary(c) }));
      }
      case "*":
        take(c);
        return nested(c, () => ({ op: "deref", of: unary(c) }));
      case "&":
        take(c);
        return nested(c, () => unary(c));
      case "(":
        if (isCast(c)) {
          take(c);
          const to = c.grammar.declared(c);
          expect(c, ")", "after the type of a cast");
          return nested(c, () => ({ op: "cast", to, of: unary(c) }));
        }
        take(c);
        return postfix(c, closed(c, parseExpression(c)));
    }
  }
  return postfix(c, primary(c));
}

function closed(c: Cursor, e: Expression): Expression {
  expect(c, ")", "after the expression");
  return e;
}

function postfix(c: Cursor, start: Expression): Expression {
  let e = start;
  while (at(c, "->") || at(c, ".")) {
    const arrow = take(c);
    const pos = arrow.pos;
    e = {
      op: "member",
      of: arrow.text === "->" ? { op: "deref", of: e } : e,
      name: expectName(c, "a member").text,
      pos,
    };
  }
  return e;
}

function primary(c: Cursor): Expression {
  const t = peek(c);
  switch (t.kind) {
    case "number":
      take(c);
      return { op: "const", value: integer(t, c) };
    case "string": {
      let value = "";
      while (peek(c).kind === "string") value += take(c).text;
      return { op: "string", value };
    }
    case "char":
      take(c);
      return { op: "const", value: BigInt(t.text.codePointAt(0) ?? 0) };
    case "name":
      if (t.text === "sizeof") return sizeOf(c);
      take(c);
      if (t.text === "TRUE" || t.text === "FALSE" || t.text === "NULL") {
        return { op: "const", value: t.text === "TRUE" ? 1n : 0n };
      }
      return { op: "name", name: t.text, pos: t.pos };
    default:
      throw fault(c, "an expression");
  }
}

function sizeOf(c: Cursor): Expression {
  take(c);
  expect(c, "(", 'after "sizeof"');
  const of: Declared = c.grammar.declared(c);
  expect(c, ")", 'after the type in "sizeof"');
  return { op: "sizeof", of };
}

function integer(t: Token, c: Cursor): bigint {
  if (t.text.length === 1) return BigInt(t.text);
  const m = NUMBER.exec(t.text);
  if (m === null) {
    // A fraction is legal as a default value, which never reaches the wire.
    const fraction = /^[0-9.]+([eE][0-9]+)?[fFlL]?$/.test(t.text) ? Number.parseFloat(t.text) : Number.NaN;
    if (Number.isFinite(fraction)) return BigInt(Math.trunc(fraction));
    c.at--;
    throw fault(c, "an integer");
  }
  const digits = m[1]!;
  return BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
}

/** `(type)` before an operand. A lone name counts as a type where only an operand can follow. */
function isCast(c: Cursor): boolean {
  const t = peek(c, 1);
  if (t.kind !== "name") return false;
  if (isTypeWord(t.text)) return true;
  let n = 2;
  while (isPunct(peek(c, n), "*")) n++;
  if (!isPunct(peek(c, n), ")")) return false;
  if (n > 2) return true;
  const after = peek(c, n + 1);
  if (after.kind === "number" || after.kind === "name" || after.kind === "string") return true;
  if (after.kind !== "punct") return false;
  if (after.text === "~" || after.text === "!" || after.text === "(") return true;
  return after.text === "-" && isKnownType(c, t);
}

/** An expression up to the comma or bracket that ends it, or null where there is none (`size_is(, n)`). */
export function parseOptional(c: Cursor, end: string): Expression | null {
  return at(c, ",") || at(c, end) ? null : parseExpression(c);
}
