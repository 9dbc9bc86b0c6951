/**
 * Structures, unions and enumerations: made when they are first met and filled later, so that types may be cyclic and
 * long chains of them take no stack.
 */

import type { EnumType, Field, NdrType, StructType, UnionArm, UnionType } from "../ndr/types.js";
import type { Constants } from "./constants.js";
import { countedString } from "./counted-string.js";
import type { World } from "./scope.js";
import type {
  EnumSpec,
  Expression,
  FieldSyntax,
  FileSyntax,
  Scope,
  StructSpec,
  TypeSpec,
  UnionSpec,
} from "./syntax.js";
import { attribute } from "./syntax.js";

/** Fields or parameters of one scope, by name. */
export type Locals = ReadonlyMap<string, FieldSyntax> | null;

/** Where a declaration stands, which decides what a pointer without attributes is. */
export type Place = "parameter" | "embedded" | "result";

/** Describes one declaration. `locals` are the names that its expressions may use. */
export type Describe = (
  file: FileSyntax,
  d: FieldSyntax,
  scope: Scope,
  place: Place,
  locals: Locals,
) => NdrType;

/** Describes a field of a structure or an arm of a union, which gets this name. */
export type DescribeField = (
  file: FileSyntax,
  d: FieldSyntax,
  name: string,
  scope: Scope,
  locals: Locals,
) => Field;

export interface Aggregates {
  structType(spec: StructSpec, file: FileSyntax): StructType;
  /** The union itself; its discriminant is meaningful only where the union is encapsulated. */
  unionType(spec: UnionSpec, file: FileSyntax): UnionType;
  enumType(spec: EnumSpec, file: FileSyntax, name: string | undefined): EnumType;
  /** Fills all that were met. */
  finish(): void;
}

export function createAggregates(
  world: World,
  constants: Constants,
  describe: Describe,
  describeField: DescribeField,
): Aggregates {
  const structs = new Map<StructSpec, StructType>();
  const unions = new Map<UnionSpec, UnionType>();
  const enums = new Map<EnumSpec, EnumType>();
  const pending: (() => void)[] = [];

  function enumType(spec: EnumSpec, file: FileSyntax, name: string | undefined): EnumType {
    const known = enums.get(spec);
    if (known !== undefined) return known;
    const label = name ?? (spec.tag === "" ? undefined : spec.tag);
    const made: EnumType = { kind: "enum", v1: spec.v1, members: constants.members(spec, file) };
    if (label !== undefined) made.name = label;
    enums.set(spec, made);
    return made;
  }

  function structType(spec: StructSpec, file: FileSyntax): StructType {
    const known = structs.get(spec);
    if (known !== undefined) return known;
    const made: StructType = { kind: "struct", fields: [] };
    if (spec.name !== "") made.name = spec.name;
    structs.set(spec, made);
    pending.push(() => fillStruct(made, spec, file));
    return made;
  }

  function fillStruct(made: StructType, spec: StructSpec, file: FileSyntax): void {
    const locals = new Map(spec.fields.map((f) => [f.declarator.name, f] as const));
    const anonymous = new Map<string, number>();
    for (const f of spec.fields) {
      const name = f.declarator.name === "" ? anonymousName(f.spec, anonymous) : f.declarator.name;
      const field = describeField(file, f, name, spec.scope, locals);
      if (attribute(f.attributes, "ignore") !== undefined) field.ignore = true;
      made.fields.push(field);
    }
    const characters = countedString(made);
    if (characters !== null) characters.text = true;
  }

  function unionType(spec: UnionSpec, file: FileSyntax): UnionType {
    const known = unions.get(spec);
    if (known !== undefined) return known;
    const made: UnionType = { kind: "union", discriminant: { kind: "base", base: "uint32" }, arms: [] };
    if (spec.name !== "") made.name = spec.name;
    if (spec.scope.msUnion || attribute(spec.attributes, "ms_union") !== undefined) made.msUnion = true;
    unions.set(spec, made);
    const { encapsulated } = spec;
    if (encapsulated !== null) {
      made.encapsulated = {
        discriminantName: encapsulated.discriminantName,
        unionName: encapsulated.unionName,
      };
      made.discriminant = describe(file, alone(encapsulated.type), spec.scope, "embedded", null);
    }
    pending.push(() => fillUnion(made, spec, file));
    return made;
  }

  function fillUnion(made: UnionType, spec: UnionSpec, file: FileSyntax): void {
    const locals = new Map<string, FieldSyntax>();
    const anonymous = new Map<string, number>();
    for (const a of spec.arms) {
      const arm: UnionArm = { cases: [], isDefault: a.isDefault, field: null };
      for (const e of a.cases) {
        const value = constants.fold(e, file);
        if (typeof value === "bigint") arm.cases.push({ op: "const", value });
        else {
          const message = "expected a constant as a case of the union, found an expression that has no value";
          world.report(file, positionOf(e) ?? spec.pos, "error", message);
        }
      }
      if (a.field !== null && !(a.field.spec.spec === "void" && a.field.declarator.parts.length === 0)) {
        const stated = a.field.declarator.name;
        const name = stated === "" ? anonymousName(a.field.spec, anonymous) : stated;
        arm.field = describeField(file, a.field, name, spec.scope, locals);
      }
      made.arms.push(arm);
    }
  }

  return {
    structType,
    unionType,
    enumType,
    finish() {
      for (let fill = pending.pop(); fill !== undefined; fill = pending.pop()) fill();
    },
  };
}

/** A type without a declarator, as a field. */
export function alone(spec: TypeSpec): FieldSyntax {
  return { attributes: [], spec, declarator: { name: "", pos: 0, parts: [] } };
}

/** [C706] gives `tagged_union` to a nameless encapsulated union; Windows' headers call nameless members u and s. */
function anonymousName(spec: TypeSpec, used: Map<string, number>): string {
  let stem = "s";
  if (spec.spec === "union") stem = spec.encapsulated === null ? "u" : spec.tag || "tagged_union";
  if (spec.spec === "tag") stem = spec.kind === "union" ? "u" : "s";
  const n = (used.get(stem) ?? 0) + 1;
  used.set(stem, n);
  return n === 1 ? stem : `${stem}${n}`;
}

function positionOf(e: Expression): number | null {
  switch (e.op) {
    case "name":
    case "member":
      return e.pos;
    case "unary":
    case "deref":
    case "cast":
      return positionOf(e.of);
    case "binary":
      return positionOf(e.left) ?? positionOf(e.right);
    case "ternary":
      return positionOf(e.test);
    default:
      return null;
  }
}
