/** The type that an expression has in C: what determines a union's discriminant where switch_type does not. */

import type { BaseType, EnumType, NdrType } from "../ndr/types.js";
import type { Expression, TypeSpec } from "./syntax.js";

/** What the names and casts of an expression are. */
export interface Typing {
  /** The type of a field or parameter behind so many pointers; null where that is no number. */
  local(name: string, pointers: number): NdrType | null;
  named(spec: TypeSpec): NdrType;
}

type Discrete = BaseType | EnumType;

const INT: BaseType = { kind: "base", base: "int32" };

/** null where the expression is none that a union could be switched by. */
export function expressionType(e: Expression, typing: Typing): Discrete | null {
  switch (e.op) {
    case "name":
    case "deref": {
      let inner: Expression = e;
      let pointers = 0;
      for (; inner.op === "deref"; inner = inner.of) pointers++;
      return inner.op === "name" ? discrete(typing.local(inner.name, pointers)) : null;
    }
    case "cast":
      return discrete(typing.named(e.to.spec));
    case "unary":
      return promoted(expressionType(e.of, typing));
    case "ternary":
      return promoted(expressionType(e.then, typing));
    case "binary": {
      const left = promoted(expressionType(e.left, typing));
      const right = promoted(expressionType(e.right, typing));
      return left !== null && isWide(left) ? left : (right ?? left);
    }
    default:
      return INT;
  }
}

function discrete(t: NdrType | null): Discrete | null {
  return t !== null && (t.kind === "base" || t.kind === "enum") ? t : null;
}

function isWide(t: Discrete): boolean {
  return t.kind === "base" && (t.base === "int64" || t.base === "uint64");
}

/** C's integer promotion. */
function promoted(t: Discrete | null): Discrete | null {
  if (t === null) return null;
  return isWide(t) || (t.kind === "base" && t.base === "uint32") ? t : INT;
}
