/** Expressions to values: constants folded, `sizeof` computed, names distinguished into fields, parameters and constants. */

import { binary } from "../ndr/expr.js";
import type { BaseName, Expr } from "../ndr/types.js";
import type { Found, World } from "./scope.js";
import { borrowConstant, findConstant, findMacro } from "./scope.js";
import type { ConstEntry, Declared, EnumSpec, Expression, FileSyntax } from "./syntax.js";

/** Constants that may be defined by one another. */
const MAX_CONSTANTS = 200;

/** Bytes and signedness of the integers that casts cut to. */
const CUT: { readonly [K in BaseName]?: [bits: number, signed: boolean] } = {
  boolean: [8, false],
  byte: [8, false],
  char: [8, false],
  wchar: [16, false],
  int8: [8, true],
  uint8: [8, false],
  int16: [16, true],
  uint16: [16, false],
  int32: [32, true],
  uint32: [32, false],
  int64: [64, true],
  uint64: [64, false],
  error_status: [32, false],
};

/** What folding needs to know of types; given by who resolves types. */
export interface TypeFacts {
  /** The base type that this is, or null where it is no number. */
  baseOf(declared: Declared, file: FileSyntax): BaseName | null;
  /** Its size as C sees it, for `sizeof`; null where it is unknown. */
  sizeOf(declared: Declared, file: FileSyntax): number | null;
}

/** Parameters or fields in whose scope an expression stands. */
export interface Names {
  has(name: string): boolean;
}

export interface Constants {
  /** The expression's value; null where it has names that are no constants, or no value. Reports nothing. */
  fold(e: Expression, file: FileSyntax): bigint | string | null;
  /** As `fold`, for the value of a named constant. */
  named(found: Found<ConstEntry>): bigint | string | null;
  /** The members of an enumeration, by value. */
  members(e: EnumSpec, file: FileSyntax): Map<number, string>;
  /**
   * The expression as the interpreters take it. Names of `locals` stay names; other names are constants. null, with
   * a report, where a name is neither.
   */
  expression(e: Expression, file: FileSyntax, locals: Names | null): Expr | null;
}

export function createConstants(world: World, types: TypeFacts): Constants {
  const values = new Map<object, bigint | string | null>();
  const enums = new Map<EnumSpec, bigint[]>();
  const busy = new Set<object>();

  function named({ entry, file }: Found<ConstEntry>): bigint | string | null {
    const known = values.get(entry);
    if (known !== undefined) return known;
    if (busy.has(entry) || busy.size > MAX_CONSTANTS) return null;
    busy.add(entry);
    let value: bigint | string | null;
    if (entry.member !== null) {
      value = enumValues(entry.member.of, file)[entry.member.index] ?? null;
    } else {
      value = entry.value === null ? null : fold(entry.value, file);
      if (typeof value === "bigint" && entry.type !== null)
        value = cut(value, types.baseOf(entry.type, file));
    }
    busy.delete(entry);
    values.set(entry, value);
    return value;
  }

  /** Values in the order of the members. A value that cannot be computed is reported and counted on. */
  function enumValues(e: EnumSpec, file: FileSyntax): bigint[] {
    const known = enums.get(e);
    if (known !== undefined) return known;
    const list: bigint[] = [];
    enums.set(e, list);
    let next = 0n;
    for (const m of e.members) {
      if (m.value !== null) {
        const v = fold(m.value, file);
        if (typeof v === "bigint") next = v;
        else
          world.reportOnce(
            file,
            `enum ${m.name}`,
            m.pos,
            "error",
            `expected a constant as the value of "${m.name}", found an expression that has none`,
          );
      }
      list.push(next);
      next++;
    }
    return list;
  }

  function lookUp(name: string, pos: number, file: FileSyntax): bigint | string | null | undefined {
    const found = findConstant(world, file, name, pos);
    if (found !== null) return named(found);
    const macro = findMacro(world, file, name);
    if (
      macro !== null &&
      macro.entry.value !== null &&
      !busy.has(macro.entry) &&
      busy.size <= MAX_CONSTANTS
    ) {
      busy.add(macro.entry);
      const value = fold(macro.entry.value, macro.file);
      busy.delete(macro.entry);
      return value;
    }
    const borrowed = borrowConstant(world, file, name);
    return borrowed === null ? undefined : named(borrowed);
  }

  function fold(e: Expression, file: FileSyntax): bigint | string | null {
    switch (e.op) {
      case "const":
      case "string":
        return e.value;
      case "name":
        return lookUp(e.name, e.pos, file) ?? null;
      case "member":
      case "deref":
        return null;
      case "cast": {
        const v = fold(e.of, file);
        return typeof v === "bigint" ? cut(v, types.baseOf(e.to, file)) : v;
      }
      case "sizeof": {
        const size = types.sizeOf(e.of, file);
        return size === null ? null : BigInt(size);
      }
      case "unary": {
        const v = fold(e.of, file);
        return typeof v === "bigint" ? unary(e.operator, v) : null;
      }
      case "binary": {
        const a = fold(e.left, file);
        const b = fold(e.right, file);
        return typeof a === "bigint" && typeof b === "bigint" ? binary(e.operator, a, b) : null;
      }
      case "ternary": {
        const test = fold(e.test, file);
        return typeof test === "bigint" ? fold(test !== 0n ? e.then : e.else, file) : null;
      }
    }
  }

  function expression(e: Expression, file: FileSyntax, locals: Names | null): Expr | null {
    switch (e.op) {
      case "const":
        return e;
      case "string":
      case "member":
        return null;
      case "name": {
        if (locals?.has(e.name) === true) return { op: "name", name: e.name };
        const value = lookUp(e.name, e.pos, file);
        if (typeof value === "bigint") return { op: "const", value };
        const where = locals === null ? "a constant" : "a constant, a parameter or a field";
        world.reportOnce(
          file,
          `name ${e.name} ${e.pos}`,
          e.pos,
          "warning",
          `expected ${where}, found "${e.name}", which is none`,
        );
        return null;
      }
      case "sizeof":
      case "cast": {
        const value = fold(e, file);
        if (typeof value === "bigint") return { op: "const", value };
        return e.op === "cast" ? expression(e.of, file, locals) : null;
      }
      case "deref":
      case "unary": {
        const of = expression(e.of, file, locals);
        if (of === null) return null;
        return e.op === "deref" ? { op: "deref", of } : simplify({ op: "unary", operator: e.operator, of });
      }
      case "binary": {
        const left = expression(e.left, file, locals);
        const right = expression(e.right, file, locals);
        if (left === null || right === null) return null;
        return simplify({ op: "binary", operator: e.operator, left, right });
      }
      case "ternary": {
        const test = expression(e.test, file, locals);
        const then = expression(e.then, file, locals);
        const otherwise = expression(e.else, file, locals);
        if (test === null || then === null || otherwise === null) return null;
        if (test.op === "const") return test.value !== 0n ? then : otherwise;
        return { op: "ternary", test, then, else: otherwise };
      }
    }
  }

  return {
    fold,
    named,
    expression,
    members(e, file) {
      const list = enumValues(e, file);
      const map = new Map<number, string>();
      e.members.forEach((m, i) => {
        const value = Number(list[i]!);
        if (!map.has(value)) map.set(value, m.name);
      });
      return map;
    },
  };
}

function cut(value: bigint, base: BaseName | null): bigint {
  const c = base === null ? undefined : CUT[base];
  if (c === undefined) return value;
  return c[1] ? BigInt.asIntN(c[0], value) : BigInt.asUintN(c[0], value);
}

function simplify(e: Expr): Expr {
  if (e.op === "unary" && e.of.op === "const") {
    return { op: "const", value: unary(e.operator, e.of.value) };
  }
  if (e.op === "binary" && e.left.op === "const" && e.right.op === "const") {
    const value = binary(e.operator, e.left.value, e.right.value);
    if (value !== null) return { op: "const", value };
  }
  return e;
}

function unary(operator: string, v: bigint): bigint {
  if (operator === "-") return -v;
  if (operator === "~") return ~v;
  if (operator === "!") return v === 0n ? 1n : 0n;
  return v;
}
