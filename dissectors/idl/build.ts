/**
 * Declarations to type descriptions. [C706] 4.2.20.6 decides the class of a pointer: reference for a parameter's
 * outermost, the interface's default elsewhere. Structures and unions are made once and filled later, so that types
 * may be cyclic.
 */

import type {
  ArrayType,
  BaseName,
  BaseType,
  Expr,
  Field,
  NdrType,
  PointerClass,
  UnionType,
  UnsupportedType,
} from "../ndr/types.js";
import { alone, createAggregates, type Describe, type Locals, type Place } from "./aggregates.js";
import { type Constants, createConstants } from "./constants.js";
import { expressionType, type Typing } from "./discriminant.js";
import { type Core, type Declaration, type Level, type Located, splitDeclarator } from "./levels.js";
import { findInterface, type World } from "./scope.js";
import { createSizeOf } from "./sizeof.js";
import type { Attribute, Attributes, Declared, FieldSyntax, FileSyntax, Scope, TypeSpec } from "./syntax.js";
import { attribute, NO_ATTRIBUTES, statedUuid } from "./syntax.js";

export interface Builder {
  world: World;
  constants: Constants;
  type: Describe;
  /** As `type`, with what the declaration was made of. */
  taken(file: FileSyntax, d: FieldSyntax): Declaration;
  /** Fills all structures and unions that were met. To be called before the descriptions are used. */
  finish(): void;
}

/** SAFEARRAYs of SAFEARRAYs: a typedef may name itself as its element. */
const MAX_SAFEARRAYS = 8;

const FILE_SCOPE: Scope = { pointerDefault: "unique", msUnion: false };

export function createBuilder(world: World): Builder {
  const bases = new Map<BaseName, BaseType>();
  /** SAFEARRAYs around the element that is described. */
  let within = 0;
  const constants: Constants = createConstants(world, {
    baseOf,
    sizeOf: createSizeOf(world, (l) => constants.fold(l.e, l.file)),
  });

  const aggregates = createAggregates(world, constants, type, field);

  function plain(d: Declared): FieldSyntax {
    return { attributes: NO_ATTRIBUTES, spec: d.spec, declarator: d.declarator };
  }

  function taken(file: FileSyntax, d: FieldSyntax): Declaration {
    return splitDeclarator(world, file, d.attributes, d.spec, d.declarator);
  }

  function baseOf(d: Declared, file: FileSyntax): BaseName | null {
    const t = taken(file, plain(d));
    return t.levels.length === 0 && t.core.core === "base" ? t.core.spec.base : null;
  }

  function type(file: FileSyntax, d: FieldSyntax, scope: Scope, place: Place, locals: Locals): NdrType {
    return assemble(taken(file, d), file, d.attributes, scope, place, locals);
  }

  function field(file: FileSyntax, d: FieldSyntax, name: string, scope: Scope, locals: Locals): Field {
    const t = taken(file, d);
    const made: Field = { name, type: assemble(t, file, d.attributes, scope, "embedded", locals) };
    if (t.secret) made.secret = true;
    return made;
  }

  /** Builds from the inside out. */
  function assemble(
    t: Declaration,
    file: FileSyntax,
    attributes: Attributes,
    scope: Scope,
    place: Place,
    locals: Locals,
  ): NdrType {
    if (t.excess !== null && t.core.core !== "unsupported") return missingPointer(t.excess, file);
    const levels = t.levels.slice();
    let result = coreType(t, file, attributes, levels, locals);
    for (let i = levels.length - 1; i >= 0; i--) {
      const level = levels[i]!;
      const sized = isSized(level);
      if (level.kind === "array" || sized || level.string) result = arrayOf(level, result, locals);
      if (level.kind === "pointer") {
        const standard = i === 0 && place === "parameter" ? "ref" : scope.pointerDefault;
        result = pointerTo(level.pointer ?? standard, result, level.name);
      } else if (i === 0 && place === "parameter" && level.pointer !== null && level.pointer !== "ref") {
        // [C706] 4.2.20.4: an array parameter with a pointer attribute travels as a pointer to the array.
        result = pointerTo(level.pointer, result, level.name);
      }
    }
    return result;
  }

  function missingPointer(a: Attribute, file: FileSyntax): NdrType {
    const count = a.args.length === 1 ? "a pointer or an array" : `${a.args.length} pointers or arrays`;
    const message = `expected ${count} for "${a.name}" to describe, found fewer`;
    world.reportOnce(file, `excess ${a.pos}`, a.pos, "error", message);
    return { kind: "unsupported", reason: `a declaration with too few pointers for its ${a.name}` };
  }

  function pointerTo(pointer: PointerClass, to: NdrType, name: string | undefined): NdrType {
    return name === undefined ? { kind: "pointer", pointer, to } : { kind: "pointer", pointer, to, name };
  }

  function coreType(
    t: Declaration,
    file: FileSyntax,
    attributes: Attributes,
    levels: Level[],
    locals: Locals,
  ): NdrType {
    const core = t.core;
    switch (core.core) {
      case "base":
        return baseType(t, core.spec.base, levels, locals);
      case "enum":
        return aggregates.enumType(core.spec, core.file, t.name);
      case "struct":
        return aggregates.structType(core.spec, core.file);
      case "union":
        return unionUse(core, file, attributes, locals);
      case "native": {
        const element = core.element === null ? undefined : elementType(core.element, core.file);
        return {
          kind: "native",
          native: core.native,
          name: t.name ?? core.native,
          ...(element && { element }),
        };
      }
      case "interface":
        return interfacePointer(core.name, file, attributes, levels, locals);
      case "context":
        return t.name === undefined ? { kind: "context_handle" } : { kind: "context_handle", name: t.name };
      case "void":
        return voidType(file, attributes, levels, locals);
      case "handle":
        return { kind: "unsupported", reason: "a binding handle, which is not marshaled", name: "handle_t" };
      case "unsupported":
        return t.name === undefined
          ? { kind: "unsupported", reason: core.reason }
          : { kind: "unsupported", reason: core.reason, name: t.name };
    }
  }

  function baseType(t: Declaration, base: BaseName, levels: Level[], locals: Locals): NdrType {
    const name = t.name ?? (base === "error_status" ? "error_status_t" : undefined);
    const format = formatOf(t, base);
    const counts = levels.some((l) => l.kind === "array" || isSized(l) || l.string);
    const range = t.range === null || counts ? null : rangeOf(t.range, locals);
    if (name === undefined && range === null) {
      const shared = bases.get(base) ?? { kind: "base", base };
      bases.set(base, shared);
      return shared;
    }
    const made: BaseType = { kind: "base", base };
    if (name !== undefined) made.name = name;
    if (format !== undefined) made.format = format;
    if (range !== null) made.range = range;
    return made;
  }

  function rangeOf(range: { low: Located; high: Located }, locals: Locals): { low: Expr; high: Expr } | null {
    const low = located(range.low, locals);
    const high = located(range.high, locals);
    return low === null || high === null ? null : { low, high };
  }

  function located(l: Located | null, locals: Locals): Expr | null {
    return l === null ? null : constants.expression(l.e, l.file, locals);
  }

  function arrayOf(level: Level, element: NdrType, locals: Locals): ArrayType | UnsupportedType {
    const size = located(level.size, locals) ?? span(located(level.max, locals), located(level.min, locals));
    const length =
      located(level.length, locals) ?? span(located(level.last, locals), located(level.first, locals));
    const stated = level.size !== null || level.max !== null;
    const fixed = level.kind === "array" && level.bound !== null && !stated;
    const array: ArrayType = {
      kind: "array",
      element,
      length: fixed ? located(level.bound, null) : null,
      conformant: !fixed,
      varying: level.string || level.length !== null || level.last !== null || level.first !== null,
      sizeIs: size,
      lengthIs: length,
      string: level.string,
    };
    if (level.kind === "array" && level.name !== undefined) array.name = level.name;
    if (fixed && array.length === null)
      return { kind: "unsupported", reason: "an array whose bound is unknown" };
    return array;
  }

  function embedded(spec: TypeSpec, file: FileSyntax, scope: Scope): NdrType {
    return type(file, alone(spec), scope, "embedded", null);
  }

  /** A union where it is used: the same arms, with the discriminant and the switch_is of this place. */
  function unionUse(
    core: Extract<Core, { core: "union" }>,
    file: FileSyntax,
    attributes: Attributes,
    locals: Locals,
  ): NdrType {
    const made = aggregates.unionType(core.spec, core.file);
    if (core.spec.encapsulated !== null) return made;
    const switchIs = attribute(attributes, "switch_is")?.args[0] ?? null;
    const stated = core.switchType ?? attribute(core.spec.attributes, "switch_type");
    let discriminant: NdrType | null = null;
    if (stated?.type != null) {
      const at = stated === core.switchType ? core.switchFile : core.file;
      discriminant = embedded(stated.type.spec, at, core.spec.scope);
    } else if (switchIs !== null) {
      discriminant = expressionType(switchIs, typing(file, locals));
    }
    if (discriminant === null) {
      // Such a union does not travel. What contains it is often declared for other reasons.
      return {
        kind: "unsupported",
        reason: "a union without a discriminant",
        ...(made.name && { name: made.name }),
      };
    }
    const use: UnionType = { ...made, discriminant };
    const expr = switchIs === null ? null : constants.expression(switchIs, file, locals);
    if (expr !== null) use.switchIs = expr;
    return use;
  }

  function typing(file: FileSyntax, locals: Locals): Typing {
    return {
      local(name, pointers) {
        const d = locals?.get(name);
        if (d === undefined) return { kind: "base", base: "int32" };
        const t = taken(file, d);
        return t.levels.length > pointers ? null : coreType(t, file, d.attributes, [], null);
      },
      named: (spec) => embedded(spec, file, FILE_SCOPE),
    };
  }

  function elementType(d: Declared, file: FileSyntax): NdrType {
    if (within >= MAX_SAFEARRAYS) return { kind: "unsupported", reason: "a SAFEARRAY of itself" };
    within++;
    const made = type(file, plain(d), FILE_SCOPE, "embedded", null);
    within--;
    return made;
  }

  /** One pointer level belongs to the interface: it is the reference itself. */
  function interfacePointer(
    interfaceName: string,
    file: FileSyntax,
    attributes: Attributes,
    levels: Level[],
    locals: Locals,
  ): NdrType {
    const innermost = levels.at(-1);
    if (innermost !== undefined && innermost.kind === "pointer" && !isSized(innermost)) levels.pop();
    const iid = attribute(attributes, "iid_is")?.args[0] ?? null;
    const iidIs = iid === null ? null : constants.expression(iid, file, locals);
    const declared = findInterface(world, file, interfaceName);
    const stated = declared && statedUuid(declared.entry.attributes);
    return {
      kind: "interface",
      interfaceName,
      ...(stated !== null && { iid: stated }),
      ...(iidIs !== null && { iidIs }),
    };
  }

  /** `void *` travels as an interface pointer with iid_is, or as a context handle. */
  function voidType(file: FileSyntax, attributes: Attributes, levels: Level[], locals: Locals): NdrType {
    if (attribute(attributes, "iid_is") !== undefined) {
      return interfacePointer("IUnknown", file, attributes, levels, locals);
    }
    if (attribute(attributes, "context_handle") !== undefined) {
      levels.pop();
      return { kind: "context_handle" };
    }
    const reason = levels.length === 0 ? "void" : "void *, whose target has no type";
    return { kind: "unsupported", reason };
  }

  return {
    world,
    constants,
    type,
    taken,
    finish: aggregates.finish,
  };
}

function isSized(level: Level): boolean {
  return (level.size ?? level.max ?? level.length ?? level.last ?? level.first) !== null;
}

/** max_is to size_is: the number of elements from `first` to `last`. */
function span(last: Expr | null, first: Expr | null): Expr | null {
  if (last === null) return null;
  const one: Expr = { op: "const", value: 1n };
  const plusOne: Expr =
    last.op === "const"
      ? { op: "const", value: last.value + 1n }
      : { op: "binary", operator: "+", left: last, right: one };
  return first === null ? plusOne : { op: "binary", operator: "-", left: plusOne, right: first };
}

function formatOf(t: Declaration, base: BaseName): BaseType["format"] {
  if (base === "error_status") return "status";
  const wide = base === "int64" || base === "uint64";
  if (t.format === "hex64") return wide ? "hex64" : undefined;
  return t.format === "status" && (base === "int32" || base === "uint32") ? "status" : undefined;
}
