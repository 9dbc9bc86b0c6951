/**
 * A declaration taken apart: from the declared name inwards, one level for each pointer and array, through all
 * typedefs, down to what is left. Attributes go to the level that they mean. [C706] 4.2.16 to 4.2.20.
 */

import { NATIVE_TYPES } from "../natives/table.js";
import type { NumberFormat, PointerClass } from "../ndr/types.js";
import type { World } from "./scope.js";
import { borrowTypedef, defaultInterface, findMacro, findTag, findTypedef, isInterface } from "./scope.js";
import type {
  Attribute,
  Attributes,
  Declarator,
  Declared,
  EnumSpec,
  Expression,
  FileSyntax,
  StructSpec,
  TypeSpec,
  UnionSpec,
} from "./syntax.js";
import { attribute, isSecret } from "./syntax.js";
import { INTERFACE_POINTERS, NOT_ON_WIRE, NUMBER_FORMATS, STRING_TYPES } from "./well-known.js";

/** Typedefs that may lead to one another. */
const MAX_TYPEDEFS = 64;

/** An expression with the file whose names it uses. */
export interface Located {
  e: Expression;
  file: FileSyntax;
}

export interface Level {
  kind: "pointer" | "array";
  /** A pointer's class where an attribute states it. */
  pointer: PointerClass | null;
  /** A fixed array's bound. */
  bound: Located | null;
  size: Located | null;
  max: Located | null;
  min: Located | null;
  length: Located | null;
  last: Located | null;
  first: Located | null;
  string: boolean;
  /** The typedef that this level begins, if any. */
  name: string | undefined;
}

/** What is left below the pointers and arrays. */
export type Core =
  | { core: "base"; spec: Extract<TypeSpec, { spec: "base" }> }
  | { core: "struct"; spec: StructSpec; file: FileSyntax }
  | {
      core: "union";
      spec: UnionSpec;
      file: FileSyntax;
      switchType: Attribute | undefined;
      switchFile: FileSyntax;
    }
  | { core: "enum"; spec: EnumSpec; file: FileSyntax }
  | { core: "native"; native: string; element: Declared | null; file: FileSyntax }
  | { core: "interface"; name: string }
  | { core: "context" }
  | { core: "void" }
  | { core: "handle" }
  | { core: "unsupported"; reason: string };

export interface Declaration {
  levels: Level[];
  core: Core;
  /** Typedef of what is left, as the IDL spells it. */
  name: string | undefined;
  format: NumberFormat | undefined;
  range: { low: Located; high: Located } | null;
  /** The declaration, or a typedef that it comes through, is marked `[secret]`. */
  secret: boolean;
  /** An attribute that speaks of a pointer that is not there, or null. */
  excess: Attribute | null;
}

const POINTER_CLASSES: Record<string, PointerClass> = { ref: "ref", unique: "unique", ptr: "full" };
export const CONTEXT_HANDLES = ["context_handle", "context_handle_serialize", "context_handle_noserialize"];

/** Takes `declarator` of type `spec` apart, as it stands in `file` with these attributes. */
export function splitDeclarator(
  world: World,
  file: FileSyntax,
  attributes: Attributes,
  spec: TypeSpec,
  declarator: Declarator,
): Declaration {
  const t: Declaration = {
    levels: [],
    core: { core: "void" },
    name: undefined,
    format: undefined,
    range: null,
    secret: isSecret(attributes),
    excess: null,
  };
  const uses: { attributes: Attributes; from: number; file: FileSyntax }[] = [];
  let switchType: Attribute | undefined;
  let switchFile = file;
  let impliedString = false;
  let at = file;
  let next = spec;

  const enter = (a: Attributes, d: Declarator, typedef: string | undefined): void => {
    const from = t.levels.length;
    for (const part of d.parts) {
      const bound = part.part === "array" && part.size !== null ? { e: part.size, file: at } : null;
      t.levels.push(newLevel(part.part, bound, t.levels.length === from ? typedef : undefined));
    }
    if (d.parts.length > 0) t.name = undefined;
    if (typedef !== undefined && d.parts.length === 0) t.name ??= typedef;
    if (typedef !== undefined && from === t.levels.length) t.format ??= NUMBER_FORMATS.get(typedef);
    if (a.length > 0) uses.push({ attributes: a, from, file: at });
    const s = attribute(a, "switch_type");
    if (s !== undefined && switchType === undefined) {
      switchType = s;
      switchFile = at;
    }
    const r = attribute(a, "range");
    if (t.range === null && r?.args[0] != null && r.args[1] != null) {
      t.range = { low: { e: r.args[0], file: at }, high: { e: r.args[1], file: at } };
    }
  };

  enter(attributes, declarator, undefined);
  let core: Core | null = null;
  for (let steps = 0; core === null; steps++) {
    if (steps > MAX_TYPEDEFS) core = { core: "unsupported", reason: "a type that is declared by itself" };
    else if (next.spec === "name") {
      const { name, pos } = next;
      if (NOT_ON_WIRE.has(name)) {
        core = { core: "handle" };
        break;
      }
      const found = isInterface(world, at, name, false)
        ? null
        : (findTypedef(world, at, name, pos) ?? (hasMacro(name) ? null : borrow(world, at, name, pos)));
      const native = NATIVE_TYPES.get(name);
      if (native?.pointer === true) {
        if (found === null) undeclared(world, at, name, pos);
        core = { core: "native", native: native.native, element: null, file: at };
        t.name = name;
      } else if (found !== null) {
        at = found.file;
        const { entry } = found;
        if (STRING_TYPES.has(name)) impliedString = true;
        if (isSecret(entry.attributes)) t.secret = true;
        if (CONTEXT_HANDLES.some((h) => attribute(entry.attributes, h) !== undefined)) {
          core = { core: "context" };
          t.name = name;
          break;
        }
        const wire = transmitted(entry.attributes);
        if (wire !== null) {
          next = wire.spec;
          enter([], wire.declarator, name);
        } else {
          enter(entry.attributes, entry.declarator, name);
          next = entry.spec;
        }
      } else core = interfaceOrMacro(name, pos);
    } else if (next.spec === "tag") {
      // MIDL makes a structure of an encapsulated union, and the specifications know.
      const found =
        findTag(world, at, next.kind, next.name, next.pos) ??
        (next.kind === "struct" ? findTag(world, at, "union", next.name, next.pos) : null);
      if (found === null) core = unknownTag(next.kind, next.name, next.pos);
      else {
        at = found.file;
        next = found.entry.spec;
      }
    } else core = coreOf(next);
  }
  t.core = core;
  for (const u of uses.reverse()) t.excess = applyLevels(t.levels, u.attributes, u.from, u.file) ?? t.excess;
  applyString(t, uses, impliedString);
  return t;

  function coreOf(s: TypeSpec): Core {
    switch (s.spec) {
      case "base":
        return { core: "base", spec: s };
      case "struct": {
        if (s.broken !== null)
          return { core: "unsupported", reason: brokenType("structure", s.tag, s.broken) };
        const native = world.bound.get(s);
        if (native === undefined) return { core: "struct", spec: s, file: at };
        return { core: "native", native, element: null, file: at };
      }
      case "union":
        if (s.broken !== null) return { core: "unsupported", reason: brokenType("union", s.tag, s.broken) };
        return { core: "union", spec: s, file: at, switchType, switchFile };
      case "enum":
        return s.broken === null
          ? { core: "enum", spec: s, file: at }
          : { core: "unsupported", reason: brokenType("enumeration", s.tag, s.broken) };
      case "safearray":
        if (s.element !== null && hasSecretElement(world, at, s.element.spec)) t.secret = true;
        return { core: "native", native: "SAFEARRAY", element: s.element, file: at };
      case "pipe":
        world.reportOnce(
          at,
          `pipe ${s.pos}`,
          s.pos,
          "warning",
          "expected a type that is decoded, found a pipe, which is not",
        );
        return { core: "unsupported", reason: "a pipe" };
      case "handle":
        return { core: "handle" };
      default:
        return { core: "void" };
    }
  }

  function hasMacro(name: string): boolean {
    return (findMacro(world, at, name)?.entry.declared ?? null) !== null;
  }

  function interfaceOrMacro(name: string, pos: number): Core | null {
    if (isInterface(world, at, name, false)) return { core: "interface", name };
    const macro = findMacro(world, at, name);
    if (macro !== null && macro.entry.declared !== null) {
      at = macro.file;
      enter([], macro.entry.declared.declarator, name);
      next = macro.entry.declared.spec;
      return null;
    }
    for (const kind of ["struct", "union", "enum"] as const) {
      const tag = findTag(world, at, kind, name, pos);
      if (tag === null) continue;
      at = tag.file;
      next = tag.entry.spec;
      t.name ??= name;
      return null;
    }
    if (isInterface(world, at, name, true)) return { core: "interface", name };
    const ofClass = defaultInterface(world, name);
    if (ofClass !== null) return { core: "interface", name: ofClass };
    const pointer = INTERFACE_POINTERS.get(name);
    if (pointer !== undefined) return { core: "interface", name: pointer };
    undeclared(world, at, name, pos);
    const structure = NATIVE_TYPES.get(name);
    if (structure !== undefined) {
      t.name ??= name;
      return { core: "native", native: structure.native, element: null, file: at };
    }
    return { core: "unsupported", reason: `the type ${name}, which is declared nowhere` };
  }

  function unknownTag(kind: string, name: string, pos: number): Core {
    const message = `expected the definition of "${kind} ${name}", found none`;
    world.reportOnce(at, `tag ${kind} ${name}`, pos, "error", message);
    return { core: "unsupported", reason: `${kind} ${name}, which is declared nowhere` };
  }
}

/** Whether the element of a SAFEARRAY comes through a typedef that is marked `[secret]`. */
function hasSecretElement(world: World, file: FileSyntax, element: TypeSpec): boolean {
  let at = file;
  let next = element;
  for (let steps = 0; steps < MAX_TYPEDEFS; steps++) {
    if (next.spec === "safearray" && next.element !== null) next = next.element.spec;
    if (next.spec !== "name") return false;
    const found = findTypedef(world, at, next.name, next.pos);
    if (found === null) return false;
    if (isSecret(found.entry.attributes)) return true;
    at = found.file;
    next = found.entry.spec;
  }
  return false;
}

function newLevel(kind: Level["kind"], bound: Located | null, name: string | undefined): Level {
  return {
    kind,
    pointer: null,
    bound,
    size: null,
    max: null,
    min: null,
    length: null,
    last: null,
    first: null,
    string: false,
    name,
  };
}

function brokenType(what: string, tag: string, broken: string): string {
  return `a ${what}${tag === "" ? "" : ` (${tag})`} ${broken}`;
}

/** [transmit_as(T)], [wire_marshal(T)]: T is what travels. */
function transmitted(attributes: Attributes): Declared | null {
  return (attribute(attributes, "wire_marshal") ?? attribute(attributes, "transmit_as"))?.type ?? null;
}

function borrow(world: World, file: FileSyntax, name: string, pos: number): ReturnType<typeof borrowTypedef> {
  const found = borrowTypedef(world, file, name);
  if (found !== null && !world.lacking.has(file)) {
    const message = `expected a declaration of "${name}" here or in an imported file, found one in ${found.file.file.name}`;
    world.reportOnce(file, `type ${name}`, pos, "warning", message);
  }
  return found;
}

function undeclared(world: World, file: FileSyntax, name: string, pos: number): void {
  world.reportOnce(
    file,
    `type ${name}`,
    pos,
    "error",
    `expected a type, found "${name}", which is declared nowhere`,
  );
}

const SIZES = {
  size_is: "size",
  max_is: "max",
  min_is: "min",
  length_is: "length",
  last_is: "last",
  first_is: "first",
} as const;

/**
 * The n-th argument of size_is and its like goes to the n-th level from where the attribute stands. Returns an
 * attribute that has more arguments than there are levels.
 */
function applyLevels(
  levels: Level[],
  attributes: Attributes,
  from: number,
  file: FileSyntax,
): Attribute | null {
  let excess: Attribute | null = null;
  for (const a of attributes) {
    const cls = POINTER_CLASSES[a.name];
    const outermost = levels[from];
    // Attributes of the outer declaration are applied last and win.
    if (cls !== undefined && outermost !== undefined) outermost.pointer = cls;
    const field = (SIZES as { [name: string]: (typeof SIZES)[keyof typeof SIZES] })[a.name];
    if (field === undefined) continue;
    a.args.forEach((e, i) => {
      const level = levels[from + i];
      if (e === null) return;
      if (level === undefined) excess = a;
      else level[field] = { e, file };
    });
  }
  return excess;
}

/** `[string]` means the innermost level, where the characters are. */
function applyString(t: Declaration, uses: readonly { attributes: Attributes }[], implied: boolean): void {
  const innermost = t.levels.at(-1);
  if (innermost === undefined || t.core.core !== "base") return;
  const stated = uses.some((u) => attribute(u.attributes, "string") !== undefined);
  const sized = innermost.size ?? innermost.max ?? innermost.length ?? innermost.last ?? innermost.bound;
  innermost.string = stated || (implied && sized === null && innermost.kind === "pointer");
}
