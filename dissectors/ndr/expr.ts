/**
 * Evaluates the expressions of size_is, length_is, switch_is and case over values already decoded.
 * [MS-RPCE] 2.2.4.7. Integers are unbounded with the semantics of C otherwise: division truncates, comparisons
 * give 0 or 1.
 *
 * Not handled: wrap-around at the width of a C type, and calls of ACF functions.
 */
import type { Value } from "./decoded.js";
import type { Expr } from "./types.js";

/** Where a name stands for: the fields of the enclosing structure, or the parameters. */
export type Lookup = (name: string) => Value | undefined;

const NOTHING: Lookup = () => undefined;

/** Shifts beyond this are nonsense from a broken description, and would cost memory. */
const MAX_SHIFT = 64n;

/** The integer a shown value stands for (`"17"`, `{"value":3,…}`, `true`), or null where it is none. */
export function toInteger(value: Value | undefined): bigint | null {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? BigInt(value) : null;
    case "boolean":
      return value ? 1n : 0n;
    case "string":
      if (/^-?[0-9]+$/.test(value) || /^0x[0-9a-f]+$/i.test(value)) return BigInt(value);
      return value.length === 1 ? BigInt(value.charCodeAt(0)) : null;
    case "object":
      return value !== null && !Array.isArray(value) && "value" in value ? toInteger(value.value) : null;
    default:
      return null;
  }
}

/** The expression's value, or null where it names something unknown or has no integer value (a null pointer). */
export function evaluate(e: Expr, lookup: Lookup): bigint | null {
  switch (e.op) {
    case "const":
      return e.value;
    case "name":
      return toInteger(lookup(e.name));
    case "deref":
      // A pointer is shown as what it points to, so that following it changes nothing.
      return evaluate(e.of, lookup);
    case "unary": {
      const v = evaluate(e.of, lookup);
      if (v === null) return null;
      if (e.operator === "-") return -v;
      if (e.operator === "~") return ~v;
      if (e.operator === "!") return v === 0n ? 1n : 0n;
      return v;
    }
    case "ternary": {
      const test = evaluate(e.test, lookup);
      if (test === null) return null;
      return evaluate(test !== 0n ? e.then : e.else, lookup);
    }
    case "binary": {
      const left = evaluate(e.left, lookup);
      if (left === null) return null;
      if (e.operator === "&&" && left === 0n) return 0n;
      if (e.operator === "||" && left !== 0n) return 1n;
      const right = evaluate(e.right, lookup);
      return right === null ? null : binary(e.operator, left, right);
    }
  }
}

/** The value of an expression without names; null where it has any. */
export function evaluateConstant(e: Expr): bigint | null {
  return evaluate(e, NOTHING);
}

/** `a operator b` within 128 bits; null for a division by zero, an absurd shift, an operator that IDL has not. */
export function binary(operator: string, a: bigint, b: bigint): bigint | null {
  const truth = (x: boolean): bigint => (x ? 1n : 0n);
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return BigInt.asIntN(128, a * b);
    case "/":
      return b === 0n ? null : a / b;
    case "%":
      return b === 0n ? null : a % b;
    case "<<":
      return b < 0n || b > MAX_SHIFT ? null : BigInt.asIntN(128, a << b);
    case ">>":
      return b < 0n || b > MAX_SHIFT ? null : a >> b;
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "&&":
      return truth(a !== 0n && b !== 0n);
    case "||":
      return truth(a !== 0n || b !== 0n);
    default:
      return null;
  }
}

/** Operators that need no parentheses around products: everybody knows that these come first. */
const SUMS: ReadonlySet<string> = new Set(["+", "-"]);
const PRODUCTS: ReadonlySet<string> = new Set(["*", "/", "%"]);

/** The expression as text, for notes: `(cb + 7) & ~7`, `n * 2 + 1`. `inside` is the operator that it is an operand of. */
export function showExpr(e: Expr, inside: string | null = null): string {
  switch (e.op) {
    case "const":
      return e.value.toString();
    case "name":
      return e.name;
    case "deref":
      return `*${showExpr(e.of, "unary")}`;
    case "unary":
      return `${e.operator}${showExpr(e.of, "unary")}`;
    case "binary": {
      const s = `${showExpr(e.left, e.operator)} ${e.operator} ${showExpr(e.right, e.operator)}`;
      const plain = inside === null || (PRODUCTS.has(e.operator) && SUMS.has(inside));
      return plain ? s : `(${s})`;
    }
    case "ternary": {
      const s = `${showExpr(e.test, "?")} ? ${showExpr(e.then, "?")} : ${showExpr(e.else, "?")}`;
      return inside === null ? s : `(${s})`;
    }
  }
}
