/**
 * IDispatch::Invoke in terms of the interface it stands for: [MS-OAUT] 3.1.4.4. The member by its DISPID, the arguments by
 * their IDL names, out of values that are decoded already. Also the names that were learned from the wire: what
 * GetIDsOfNames answered for the object, and what its type information said.
 */
import type { Interface, Method, Parameter } from "../../dissectors/ndr/types.js";
import { hex32 } from "../../dissectors/wire/guid.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { DispatchRecord, Value } from "../events.js";
import { Oldest } from "../oldest.js";
import {
  INVOKE_FUNC,
  INVOKE_PROPERTYGET,
  MAX_NAME,
  MAX_PARAMETERS,
  type Members,
  memberCost,
  type Taught,
  TypeBook,
} from "./type-book.js";

/** [MS-OAUT] 2.2.34: dwFlags of Invoke. */
const DISPATCH_METHOD = 0x1;
const DISPATCH_PROPERTYGET = 0x2;
const DISPATCH_PROPERTYPUT = 0x4;
const DISPATCH_PROPERTYPUTREF = 0x8;

/** [MS-OAUT] 2.2.32.1: the name of the value in a property put. */
const DISPID_PROPERTYPUT = -3;

/** Objects whose names are remembered, and names of one object. */
const MAX_NAMED_OBJECTS = 4096;
const MAX_NAMES = 4096;

/** Estimated cost of an object, in bytes of memory, beside its members. */
const OBJECT_COST = 300;

type Values = { [name: string]: Value };

/** DISPIDs that GetIDsOfNames answered, by object; and what ITypeInfo told of types. */
export class NameBook implements Holder {
  readonly stream = null;
  readonly types: TypeBook;
  readonly #names = new Map<string, Members>();
  readonly #oldest = new Oldest(this.#names);
  readonly #account: Account;
  /** A name was not remembered, or an object forgotten, because there were too many. */
  full = false;

  constructor(kind: Kind = unlimited()) {
    this.types = new TypeBook(kind);
    this.#account = kind.open(this);
  }

  /** Memory is short: the names of the eighth of all objects that came first are forgotten. */
  giveUp(): void {
    for (const key of this.#oldest.some(this.#names.size / 8)) this.#forget(key);
  }

  #forget(key: string): void {
    let cost = OBJECT_COST;
    for (const taught of this.#names.get(key)!.values()) cost += memberCost(taught);
    this.#account.charge(-cost);
    this.#names.delete(key);
  }

  /**
   * Pairs the names asked for with the DISPIDs answered in `frame`; `keys` are the object's IPID and OID, and its class.
   * [MS-OAUT] 3.1.4.3.
   */
  learn(keys: readonly string[], request: Values | null, response: Values | null, frame: number): void {
    const names = request?.rgszNames;
    const ids = response?.rgDispId;
    if (!Array.isArray(names) || !Array.isArray(ids)) return;
    // Only the first name is a member; the others are its parameters, whose ids are positions.
    const name = names[0];
    const id = ids[0];
    if (typeof name !== "string" || name.length > MAX_NAME || typeof id !== "number" || id === -1) return;
    const params: (string | undefined)[] = [];
    for (let i = 1; i < ids.length; i++) {
      const [place, param] = [ids[i], names[i]];
      const isPlace = typeof place === "number" && place >= 0 && place < MAX_PARAMETERS;
      if (isPlace && typeof param === "string" && param.length <= MAX_NAME) params[place] = param;
    }
    for (const key of keys) {
      let book = this.#names.get(key);
      if (!book) {
        if (this.#names.size >= MAX_NAMED_OBJECTS) {
          this.#forget(this.#oldest.next()!);
          this.full = true;
        }
        book = new Map();
        this.#names.set(key, book);
        this.#account.charge(OBJECT_COST);
      }
      this.#add(book, id >>> 0, { name, params, kinds: 0, frame });
    }
  }

  #add(book: Members, id: number, taught: Taught): void {
    const before = book.get(id);
    if (before === undefined && book.size >= MAX_NAMES) {
      this.full = true;
      return;
    }
    const { params } = taught;
    if (before?.name === taught.name) for (const [place, p] of before.params.entries()) params[place] ??= p;
    this.#account.charge(memberCost(taught) - (before === undefined ? 0 : memberCost(before)));
    book.set(id, taught);
  }

  taught(keys: readonly string[], dispid: number): Taught | null {
    for (const key of keys) {
      const taught = this.#names.get(key)?.get(dispid >>> 0);
      if (taught !== undefined) return taught;
    }
    return null;
  }
}

/** What is known of a member from the wire, or null; `inferred` where it need not be this object's. */
export type Learned = (dispid: number) => { taught: Taught; inferred: boolean } | null;

/** An Invoke resolved: the record, and the values under their IDL names as if the method had been called directly. */
export interface ResolvedInvoke {
  record: DispatchRecord;
  method: Method | null;
  outs: Values;
  /** Where a parameter stands among Invoke's own. */
  requestPath: (name: string) => string;
  responsePath: (name: string) => string;
}

/** Arguments that a request may announce without holding them, because it was cut. */
const MAX_MISSING = 256;

/** The interface that an Invoke stands for; `inferred` where the object need not have it. */
export interface Supposed {
  iface: Interface;
  inferred: boolean;
}

/**
 * The members of `supposed` and the names that were learned from the wire: what was learned goes first, and where it
 * contradicts the interface, that is not the object's.
 */
export function resolveInvoke(
  supposed: Supposed | null,
  learned: Learned,
  request: Values,
  response: Values | null,
): ResolvedInvoke | null {
  const dispid = request.dispIdMember;
  const flags = request.dwFlags;
  if (typeof dispid !== "number" || typeof flags !== "number") return null;
  const lesson = learned(dispid);
  const name = lesson?.taught.name ?? null;
  const found = supposed && memberOf(supposed.iface, dispid, flags);
  const contradicted = found !== null && name !== null && !sameName(name, found.idlName);
  // What is only supposed counts where a member confirms it.
  const kept = supposed !== null && !contradicted && (found !== null || !supposed.inferred) ? supposed : null;
  const method = kept && found;
  const args = argumentList(request);
  const named = namedArguments(request, args.length);
  const record: DispatchRecord = {
    dispid: hex32(dispid),
    interface: kept?.iface.name ?? null,
    member: method?.idlName ?? name,
    kind: kindAs(method, flags) ?? kindOf(flags, lesson?.taught.kinds ?? 0),
    arguments: {},
  };
  if (name !== null) record.from_frame = lesson!.taught.frame;
  if (method ? kept!.inferred : name !== null && lesson!.inferred) record.inferred = true;
  const params = method?.params.filter((p) => !p.notOnWire && !p.retval) ?? [];
  assign(record.arguments, args, named, params, lesson?.taught.params ?? []);
  const places = Array.isArray(request.rgVarRefIdx) ? request.rgVarRefIdx : [];
  const path = (name: string, otherwise: (at: number) => string): string => {
    const at = args.length - 1 - params.findIndex((p) => p.name === name);
    const ref = places.indexOf(at);
    return ref >= 0 ? `rgVarRef[${ref}]` : otherwise(at);
  };
  return {
    record,
    method,
    outs: outValues(request, response, method, params, args.length),
    requestPath: (name) => path(name, (at) => `pDispParams.rgvarg[${at}]`),
    responsePath: (name) => path(name, () => "pVarResult"),
  };
}

/** GetIDsOfNames takes names in any case: [MS-OAUT] 3.1.4.3. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function memberOf(iface: Interface, dispid: number, flags: number): Method | null {
  const same = iface.methods.filter((m): m is Method => m !== undefined && m.dispid === dispid >>> 0);
  if (same.length === 0) return null;
  const wanted =
    (flags & DISPATCH_PROPERTYPUTREF) !== 0
      ? "propputref"
      : (flags & DISPATCH_PROPERTYPUT) !== 0
        ? "propput"
        : (flags & DISPATCH_PROPERTYGET) !== 0
          ? "propget"
          : "method";
  return (
    same.find((m) => m.accessor === wanted) ??
    // Of two ways to put a value an interface need declare but one.
    (isPut(wanted) ? same.find((m) => isPut(m.accessor)) : undefined) ??
    ((flags & DISPATCH_METHOD) !== 0 ? same.find((m) => m.accessor === "method") : undefined) ??
    same[0]!
  );
}

/** The declared kind, unless one of put and get was called and only the other is declared. */
function kindAs(method: Method | null, flags: number): DispatchRecord["kind"] | null {
  if (method === null) return null;
  const puts = (flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) !== 0;
  return method.accessor !== "method" && isPut(method.accessor) !== puts ? null : method.accessor;
}

function isPut(kind: DispatchRecord["kind"]): boolean {
  return kind === "propput" || kind === "propputref";
}

/** What the flags alone say; method and property get together is how scripting clients call anything, and `kinds` decides. */
function kindOf(flags: number, kinds: number): DispatchRecord["kind"] {
  const gets = (flags & DISPATCH_PROPERTYGET) !== 0 && (kinds & INVOKE_PROPERTYGET) !== 0;
  if (gets && (kinds & INVOKE_FUNC) === 0) return "propget";
  if ((flags & DISPATCH_METHOD) !== 0) return "method";
  if ((flags & DISPATCH_PROPERTYPUTREF) !== 0) return "propputref";
  if ((flags & DISPATCH_PROPERTYPUT) !== 0) return "propput";
  if ((flags & DISPATCH_PROPERTYGET) !== 0) return "propget";
  return "method";
}

/** rgvarg as it was sent, arguments by reference put back in their places from rgVarRef; undefined where they were cut off. */
function argumentList(request: Values): (Value | undefined)[] {
  const params = request.pDispParams as Values | null | undefined;
  const list: (Value | undefined)[] = Array.isArray(params?.rgvarg) ? [...params.rgvarg] : [];
  const announced = typeof params?.cArgs === "number" ? params.cArgs : 0;
  if (announced > list.length && announced - list.length <= MAX_MISSING) list.length = announced;
  const places = request.rgVarRefIdx;
  const refs = request.rgVarRef;
  if (Array.isArray(places) && Array.isArray(refs)) {
    for (let i = 0; i < places.length; i++) {
      const at = places[i];
      if (typeof at === "number" && at < list.length && i < refs.length) list[at] = refs[i]!;
    }
  }
  return list;
}

function namedArguments(request: Values, count: number): number[] {
  const params = request.pDispParams as Values | null | undefined;
  const named = params?.rgdispidNamedArgs;
  return Array.isArray(named) ? named.filter((n): n is number => typeof n === "number").slice(0, count) : [];
}

/** Named arguments come first; the positional ones behind them, last first. `taught` are names from the wire, by place. */
function assign(
  into: Values,
  args: (Value | undefined)[],
  named: number[],
  params: Parameter[],
  taught: readonly (string | undefined)[],
): void {
  const positional = args.length - named.length;
  const nameOf = (place: number): string => params[place]?.name ?? taught[place] ?? `arg${place + 1}`;
  for (let i = 0; i < positional; i++) {
    const value = args[args.length - 1 - i];
    if (value !== undefined) into[nameOf(i)] = contentOf(value, params[i]);
  }
  for (let i = 0; i < named.length; i++) {
    const id = named[i]!;
    const isValue = id === DISPID_PROPERTYPUT;
    const param = isValue ? params[params.length - 1] : params[id];
    const value = args[i];
    if (value !== undefined) into[isValue ? (param?.name ?? "value") : nameOf(id)] = contentOf(value, param);
  }
}

/** The out values under their IDL names: pVarResult as the return value, rgVarRef in the arguments' places. */
function outValues(
  request: Values,
  response: Values | null,
  method: Method | null,
  params: Parameter[],
  count: number,
): Values {
  const outs: Values = {};
  if (!response || !method) return outs;
  const retval = method.params.find((p) => p.retval);
  if (retval) outs[retval.name] = contentOf(response.pVarResult ?? null, retval);
  const places = request.rgVarRefIdx;
  const refs = response.rgVarRef;
  if (Array.isArray(places) && Array.isArray(refs)) {
    for (let i = 0; i < places.length && i < refs.length; i++) {
      const at = places[i];
      const param = typeof at === "number" ? params[count - 1 - at] : undefined;
      if (param) outs[param.name] = contentOf(refs[i]!, param);
    }
  }
  return outs;
}

/** The value inside a VARIANT, in the form that its parameter's IDL type has. */
function contentOf(variant: Value, param: Parameter | undefined): Value {
  let value = variant;
  if (variant !== null && typeof variant === "object" && !Array.isArray(variant) && "vt" in variant) {
    value = "value" in variant ? variant.value! : variant;
  }
  let type = param?.type;
  while (type?.kind === "pointer") type = type.to;
  if (type?.kind === "enum" && typeof value === "number") {
    return { value, name: type.members.get(value) ?? null };
  }
  return value;
}
