/**
 * Interfaces and their numbering. Operations are numbered in the order in which they are declared, from 0 or from
 * where the base interface ends ([C706] 4.2.5, [MS-DCOM] 1.3.1).
 *
 * MIDL's exceptions: `[callback]` operations are called the other way round and numbered apart; a `[local]` operation
 * has a number in an object interface only (its place in the table of functions), and `[call_as(X)]` takes that of X.
 */

import { NATIVE_TYPES } from "../natives/table.js";
import type { Coclass, Interface, Method, NdrType, Parameter } from "../ndr/types.js";
import type { Locals } from "./aggregates.js";
import type { Builder } from "./build.js";
import { CONTEXT_HANDLES } from "./levels.js";
import { findInterface } from "./scope.js";
import type {
  Attributes,
  FieldSyntax,
  FileSyntax,
  InterfaceSyntax,
  MethodSyntax,
  ParameterSyntax,
} from "./syntax.js";
import { attribute, isSecret, statedUuid } from "./syntax.js";

/** Interfaces that may derive from one another. */
const MAX_BASES = 32;
/** Methods that interfaces of all files have from their bases, counted once for each interface. */
const MAX_INHERITED = 1_000_000;
/** Functions of the two interfaces that everything derives from, should their declarations be missing. */
const KNOWN_BASES: Record<string, number> = { IUnknown: 3, IDispatch: 7 };

const VALUE_NATIVES: ReadonlySet<string> = new Set(
  [...NATIVE_TYPES.values()].filter((n) => !n.pointer).map((n) => n.native),
);

interface Numbered {
  methods: (Method | undefined)[];
  callbacks: Method[];
  object: boolean;
  dual: boolean;
}

/** All interfaces of these files that have a UUID, in the order of the files. `run` is what was numbered before. */
export function buildInterfaces(b: Builder, files: readonly FileSyntax[], run: Numbering): Interface[] {
  const out: Interface[] = [];
  for (const file of files) {
    for (const i of file.interfaces) {
      const numbered = number(b, file, i, run, 0);
      const uuid = uuidOf(b, file, i);
      if (uuid === null) continue;
      out.push({
        name: i.name,
        uuid,
        version: versionOf(b, file, i),
        object: numbered.object,
        dual: numbered.dual,
        dispatchOnly: i.dispatchOnly,
        base: i.dispatchOnly ? "IDispatch" : (i.base?.name ?? null),
        methods: numbered.methods,
        callbacks: numbered.callbacks,
        file: file.file.name,
      });
    }
  }
  return out;
}

function uuidOf(b: Builder, file: FileSyntax, i: InterfaceSyntax): string | null {
  const a = attribute(i.attributes, "uuid");
  const uuid = statedUuid(i.attributes);
  if (uuid !== null) return uuid;
  if (a !== undefined) {
    b.world.report(file, a.pos, "error", `expected a UUID for the interface ${i.name}, found "${a.text}"`);
  } else if (i.methods.length > 0 && attribute(i.attributes, "local") === undefined) {
    b.world.report(
      file,
      i.pos,
      "warning",
      `expected a UUID for the interface ${i.name}, found none: its calls cannot be identified`,
    );
  }
  return null;
}

/** `version(1.0)`, `version(1)`; 0.0 where none is stated, as in all object interfaces. */
function versionOf(b: Builder, file: FileSyntax, i: InterfaceSyntax): Interface["version"] {
  const a = attribute(i.attributes, "version");
  if (a === undefined) return { major: 0, minor: 0 };
  const m = /^(\d{1,5})\s*(?:[.,]\s*(\d{1,5}))?$/.exec(a.text.trim());
  if (m === null) {
    b.world.report(file, a.pos, "error", `expected a version such as 1.0, found "${a.text}"`);
    return { major: 0, minor: 0 };
  }
  return { major: Number(m[1]), minor: Number(m[2] ?? 0) };
}

/** What is numbered so far. */
export interface Numbering {
  done: Map<InterfaceSyntax, Numbered>;
  inherited: number;
}

export const nothingNumbered = (): Numbering => ({ done: new Map(), inherited: 0 });

function number(b: Builder, file: FileSyntax, i: InterfaceSyntax, run: Numbering, depth: number): Numbered {
  const known = run.done.get(i);
  if (known !== undefined) return known;
  const result: Numbered = { methods: [], callbacks: [], object: false, dual: false };
  // Entered before its base is looked at, so that interfaces derived from each other come to an end.
  run.done.set(i, result);
  result.object =
    ["object", "odl", "dual"].some((n) => attribute(i.attributes, n) !== undefined) || i.dispatchOnly;
  result.dual = attribute(i.attributes, "dual") !== undefined || i.dispatchOnly;
  const numbered = inherit(b, file, i, run, depth, result);
  const own = ownMethods(b, file, i, result, numbered);
  nameAccessors(own);
  return result;
}

/** Copies the base's methods. Returns whether the numbers of what follows are known. */
function inherit(
  b: Builder,
  file: FileSyntax,
  i: InterfaceSyntax,
  run: Numbering,
  depth: number,
  into: Numbered,
): boolean {
  const base = i.dispatchOnly ? { name: "IDispatch", pos: i.pos } : i.base;
  if (base === null) return true;
  const found = findInterface(b.world, file, base.name);
  if (found !== null && found.entry !== i && depth < MAX_BASES) {
    const from = number(b, found.file, found.entry, run, depth + 1);
    run.inherited += from.methods.length;
    if (run.inherited > MAX_INHERITED) {
      const message = `expected at most ${MAX_INHERITED} inherited methods in all, found more: the methods of ${i.name} have no numbers`;
      b.world.report(file, base.pos, "error", message);
      return false;
    }
    for (const method of from.methods) into.methods.push(method);
    into.object ||= from.object;
    into.dual ||= from.dual;
  }
  const known = KNOWN_BASES[base.name];
  if (known !== undefined) {
    into.object = true;
    into.dual ||= base.name === "IDispatch";
    if (into.methods.length === 0) into.methods.length = known;
  } else if (found === null) {
    const message = `expected a declaration of the base interface "${base.name}", found none: the methods of ${i.name} have no numbers`;
    b.world.report(file, base.pos, "error", message);
    return false;
  }
  return true;
}

function ownMethods(
  b: Builder,
  file: FileSyntax,
  i: InterfaceSyntax,
  into: Numbered,
  numbered: boolean,
): Method[] {
  const own: Method[] = [];
  const slots = new Map<string, number>();
  const allLocal = attribute(i.attributes, "local") !== undefined;
  if (!numbered) return own;
  for (const m of i.methods) {
    // What is reached through Invoke alone is listed behind the functions of IDispatch, and never travels by number.
    const local = allLocal || i.dispatchOnly || attribute(m.attributes, "local") !== undefined;
    if (local && !into.object) continue;
    if (attribute(m.attributes, "callback") !== undefined) {
      const describe = (): Signature => describeMethod(b, file, i, m);
      into.callbacks.push(new LazyMethod(m, into.callbacks.length, null, local, describe));
      continue;
    }
    const stands = slots.get(attribute(m.attributes, "call_as")?.text.trim() ?? "");
    const opnum = stands ?? into.methods.length;
    if (stands === undefined) slots.set(m.name, opnum);
    const method = new LazyMethod(m, opnum, dispidOf(b, file, m), local, () => describeMethod(b, file, i, m));
    into.methods[opnum] = method;
    own.push(method);
    if (!i.dispatchOnly) checkNumber(b, file, m, opnum);
  }
  return own;
}

/** The specifications name what does not travel by its number. */
function checkNumber(b: Builder, file: FileSyntax, m: MethodSyntax, opnum: number): void {
  const stated = /^_*opnum_?(\d+)/i.exec(m.name)?.[1];
  if (stated !== undefined && Number(stated) !== opnum) {
    b.world.report(file, m.pos, "warning", `expected a method with number ${opnum} here, found "${m.name}"`);
  }
}

/** A method whose parameters are described when they are first asked for: most of an IDL is never called. */
class LazyMethod implements Method {
  readonly opnum: number;
  name: string;
  readonly idlName: string;
  readonly accessor: Method["accessor"];
  readonly dispid: number | null;
  readonly notOnWire: boolean;
  #describe: (() => Signature) | null;
  #signature: Signature | null = null;

  constructor(
    syntax: MethodSyntax,
    opnum: number,
    dispid: number | null,
    local: boolean,
    describe: () => Signature,
  ) {
    this.opnum = opnum;
    this.name = syntax.name;
    this.idlName = syntax.name;
    this.accessor = syntax.accessor;
    this.dispid = dispid;
    this.notOnWire = local || isPlaceholder(syntax.name);
    this.#describe = describe;
  }

  get params(): Parameter[] {
    return this.#described().params;
  }

  get returns(): NdrType | null {
    return this.#described().returns;
  }

  get returnsSecret(): boolean {
    return this.#described().returnsSecret;
  }

  #described(): Signature {
    if (this.#signature === null) {
      this.#signature = this.#describe!();
      this.#describe = null;
    }
    return this.#signature;
  }
}

interface Signature {
  params: Parameter[];
  returns: NdrType | null;
  returnsSecret: boolean;
}

/** Numbers that the specifications only keep: `Opnum10NotUsedOnWire`, [MS-LSAT]'s `Lsar_LSA_DP_2`, [MS-LSAD]'s `Lsar_LSA_TM_14`. */
const NUMBERED_UNUSED = /^_*opnum_?\d+_?(not|reserved)|_(DP|TM)_\d+$/i;

/** Whether a method of this name is there for the numbering alone. */
export function isPlaceholder(name: string): boolean {
  return NUMBERED_UNUSED.test(name);
}

/**
 * Two specifications may describe one interface, each with placeholders for what the other says ([MS-LSAD] and [MS-LSAT]).
 * Returns `methods` with the methods of the others where they have none of their own.
 */
export function joinMethods(
  methods: readonly (Method | undefined)[],
  others: readonly Interface[],
): (Method | undefined)[] {
  const joined = [...methods];
  for (const other of others) {
    for (const [opnum, method] of other.methods.entries()) {
      if (method && !method.notOnWire && (joined[opnum] === undefined || joined[opnum].notOnWire)) {
        joined[opnum] = method;
      }
    }
  }
  return joined;
}

function describeMethod(b: Builder, file: FileSyntax, i: InterfaceSyntax, m: MethodSyntax): Signature {
  const params: Parameter[] = [];
  if (m.broken !== null) {
    const reason = `the parameters of ${m.name}, whose declaration could not be read`;
    params.push({ name: "?", type: { kind: "unsupported", reason }, in: true, out: true, retval: false });
    return { params, returns: null, returnsSecret: false };
  }
  const secret = isSecret(m.attributes);
  const locals = new Map<string, FieldSyntax>();
  for (const p of m.params) if (p.declarator.name !== "") locals.set(p.declarator.name, p);
  m.params.forEach((p, n) => {
    const param = buildParameter(b, file, i, p, locals, n);
    if (secret && (param.retval || (isPut(m) && n === m.params.length - 1))) param.secret = true;
    params.push(param);
  });
  const result = resultType(b, file, i, m, locals);
  b.finish();
  const isStatus = result.type?.kind === "base" && result.type.format === "status";
  return { params, returns: result.type, returnsSecret: (secret || result.secret) && !isStatus };
}

/** A property's value is the last parameter of what sets it. */
function isPut(m: MethodSyntax): boolean {
  return m.accessor === "propput" || m.accessor === "propputref";
}

function resultType(
  b: Builder,
  file: FileSyntax,
  i: InterfaceSyntax,
  m: MethodSyntax,
  locals: Locals,
): { type: NdrType | null; secret: boolean } {
  const d: FieldSyntax = { attributes: resultAttributes(m.attributes), ...m.returns };
  d.declarator = { ...d.declarator, name: "" };
  const t = b.taken(file, d);
  if (t.levels.length === 0 && t.core.core === "void") return { type: null, secret: false };
  return { type: b.type(file, d, i.scope, "result", locals), secret: t.secret };
}

/** Of a method's attributes, those that describe what it returns. */
function resultAttributes(attributes: Attributes): Attributes {
  return attributes.filter((a) => /^(string|ref|unique|ptr|context_handle|range)$/.test(a.name));
}

function buildParameter(
  b: Builder,
  file: FileSyntax,
  i: InterfaceSyntax,
  p: ParameterSyntax,
  locals: Locals,
  index: number,
): Parameter {
  const has = (name: string): boolean => attribute(p.attributes, name) !== undefined;
  const t = b.taken(file, p);
  const retval = has("retval");
  const out = has("out") || retval;
  const param: Parameter = {
    name: p.declarator.name === "" ? `arg${index + 1}` : p.declarator.name,
    type: parameterType(b, file, i, p, locals),
    in: has("in") || !out,
    out,
    retval,
  };
  if (t.secret) param.secret = true;
  if (t.core.core === "interface" && t.levels.length === 0) {
    const message = `expected a pointer to the interface ${t.core.name}, found the interface itself`;
    b.world.report(file, p.declarator.pos, "error", message);
  }
  if (t.core.core === "handle") param.notOnWire = true;
  else if (out && isValue(param.type)) {
    const message = `expected a pointer or an array for the [out] parameter "${param.name}", found a value`;
    b.world.report(file, p.declarator.pos, "error", message);
    param.type = { kind: "unsupported", reason: "an [out] parameter that is no pointer" };
  }
  return param;
}

/** What cannot be handed out, for want of a place to put it. */
function isValue(type: NdrType): boolean {
  return (
    /^(base|enum|struct|union)$/.test(type.kind) || (type.kind === "native" && VALUE_NATIVES.has(type.native))
  );
}

/** `[context_handle]` on the parameter itself replaces the innermost pointer, as it does in a typedef. */
function parameterType(
  b: Builder,
  file: FileSyntax,
  i: InterfaceSyntax,
  p: ParameterSyntax,
  locals: Locals,
): NdrType {
  const type = b.type(file, p, i.scope, "parameter", locals);
  if (!CONTEXT_HANDLES.some((n) => attribute(p.attributes, n) !== undefined)) return type;
  if (type.kind === "context_handle" || (type.kind === "pointer" && type.to.kind === "context_handle"))
    return type;
  const isOut = type.kind === "pointer" && type.to.kind === "pointer";
  const handle: NdrType = { kind: "context_handle" };
  return isOut ? { ...type, to: handle } : handle;
}

function dispidOf(b: Builder, file: FileSyntax, m: MethodSyntax): number | null {
  const a = attribute(m.attributes, "id");
  const e = a?.args[0];
  if (a === undefined || e == null) return null;
  const value = b.constants.fold(e, file);
  if (typeof value === "bigint") return Number(BigInt.asUintN(32, value));
  b.world.report(
    file,
    a.pos,
    "warning",
    `expected a number as the id of "${m.name}", found an expression that has none`,
  );
  return null;
}

/** With both accessors of a property, each says which it is. */
export function nameAccessors(own: readonly Pick<Method, "name" | "idlName" | "accessor">[]): void {
  const getters = new Set<string>();
  const setters = new Set<string>();
  for (const m of own) {
    if (m.accessor === "propget") getters.add(m.idlName);
    else if (m.accessor === "propput" || m.accessor === "propputref") setters.add(m.idlName);
  }
  const puts = new Set(own.filter((m) => m.accessor === "propput").map((m) => m.idlName));
  for (const m of own) {
    if (m.accessor === "method" || !getters.has(m.idlName) || !setters.has(m.idlName)) continue;
    const both = m.accessor === "propputref" && puts.has(m.idlName);
    m.name = `${m.idlName} (${m.accessor === "propget" ? "Get" : both ? "SetRef" : "Set"})`;
  }
}

/** Classes with a CLSID. */
export function buildCoclasses(b: Builder, files: readonly FileSyntax[]): Coclass[] {
  const out: Coclass[] = [];
  for (const file of files) {
    for (const c of file.coclasses) {
      const uuid = statedUuid(c.attributes);
      if (uuid === null) {
        b.world.report(file, c.pos, "warning", `expected a UUID for the class ${c.name}, found none`);
        continue;
      }
      const incoming = c.interfaces.filter((i) => !i.isSource);
      const main = (incoming.find((i) => i.isDefault) ?? incoming[0])?.name ?? null;
      const declared = main === null ? null : findInterface(b.world, file, main);
      const progId = attribute(c.attributes, "progid")?.text.replace(/[\s"]/g, "");
      out.push({
        name: progId || c.name,
        uuid,
        interfaces: incoming.map((i) => i.name),
        defaultInterface: main,
        defaultIid: declared && statedUuid(declared.entry.attributes),
      });
    }
  }
  return out;
}
