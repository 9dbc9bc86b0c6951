/**
 * IDispatch::Invoke in terms of the interface it stands for: [MS-OAUT] 3.1.4.4. The member by its DISPID, the arguments by
 * their IDL names, out of values that are decoded already. Also the names that GetIDsOfNames taught.
 */
import type { Interface, Method, Parameter } from "../../dissectors/ndr/types.js";
import { hex32 } from "../../dissectors/wire/guid.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { DispatchRecord, Value } from "../events.js";

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

/** Estimated costs, in bytes of memory, of an object and of a name beside its text. */
const OBJECT_COST = 300;
const NAME_COST = 80;

type Values = { [name: string]: Value };

/** DISPIDs that GetIDsOfNames answered, by object. */
export class NameBook implements Holder {
  readonly stream = null;
  readonly #names = new Map<string, Map<number, string>>();
  readonly #account: Account;
  /** A name was not remembered, or an object forgotten, because there were too many. */
  full = false;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
  }

  /** Memory is short: the names of the eighth of all objects that came first are forgotten. */
  giveUp(): void {
    let count = Math.ceil(this.#names.size / 8);
    for (const key of this.#names.keys()) {
      if (count-- <= 0) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    let cost = OBJECT_COST;
    for (const name of this.#names.get(key)!.values()) cost += NAME_COST + 2 * name.length;
    this.#account.charge(-cost);
    this.#names.delete(key);
  }

  /** Pairs the names asked for with the DISPIDs answered; `keys` are the object's IPID and OID. */
  learn(keys: readonly string[], request: Values | null, response: Values | null): void {
    const names = request?.rgszNames;
    const ids = response?.rgDispId;
    if (!Array.isArray(names) || !Array.isArray(ids)) return;
    // Only the first name is a member; the others are its parameters, whose ids are positions.
    const name = names[0];
    const id = ids[0];
    if (typeof name !== "string" || typeof id !== "number" || id === -1) return;
    for (const key of keys) {
      let book = this.#names.get(key);
      if (!book) {
        if (this.#names.size >= MAX_NAMED_OBJECTS) {
          this.#forget(this.#names.keys().next().value!);
          this.full = true;
        }
        book = new Map();
        this.#names.set(key, book);
        this.#account.charge(OBJECT_COST);
      }
      this.#add(book, id >>> 0, name);
    }
  }

  #add(book: Map<number, string>, id: number, name: string): void {
    const before = book.get(id);
    if (before === name) return;
    if (before === undefined && book.size >= MAX_NAMES) {
      this.full = true;
      return;
    }
    this.#account.charge(2 * name.length + (before === undefined ? NAME_COST : -2 * before.length));
    book.set(id, name);
  }

  nameOf(keys: readonly string[], dispid: number): string | null {
    for (const key of keys) {
      const name = this.#names.get(key)?.get(dispid >>> 0);
      if (name !== undefined) return name;
    }
    return null;
  }
}

/** An Invoke resolved: the record, and the values under their IDL names as if the method had been called directly. */
export interface ResolvedInvoke {
  record: DispatchRecord;
  method: Method | null;
  outs: Values;
}

export function resolveInvoke(
  iface: Interface | null,
  learned: (dispid: number) => string | null,
  request: Values,
  response: Values | null,
): ResolvedInvoke | null {
  const dispid = request.dispIdMember;
  const flags = request.dwFlags;
  if (typeof dispid !== "number" || typeof flags !== "number") return null;
  const method = iface ? memberOf(iface, dispid, flags) : null;
  const args = argumentList(request);
  const named = namedArguments(request, args.length);
  const record: DispatchRecord = {
    dispid: hex32(dispid),
    interface: iface?.name ?? null,
    member: method?.idlName ?? learned(dispid),
    kind: method?.accessor ?? kindOf(flags),
    arguments: {},
  };
  const params = method?.params.filter((p) => !p.notOnWire && !p.retval) ?? [];
  assign(record.arguments, args, named, params);
  return { record, method, outs: outValues(request, response, method, params, args.length) };
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
    ((flags & DISPATCH_METHOD) !== 0 ? same.find((m) => m.accessor === "method") : undefined) ??
    same[0]!
  );
}

/** What the flags alone say; method and property get together is how scripting clients call anything. */
function kindOf(flags: number): DispatchRecord["kind"] {
  if ((flags & DISPATCH_METHOD) !== 0) return "method";
  if ((flags & DISPATCH_PROPERTYPUTREF) !== 0) return "propputref";
  if ((flags & DISPATCH_PROPERTYPUT) !== 0) return "propput";
  if ((flags & DISPATCH_PROPERTYGET) !== 0) return "propget";
  return "method";
}

/** rgvarg as it was sent, arguments by reference put back in their places from rgVarRef. */
function argumentList(request: Values): Value[] {
  const params = request.pDispParams as Values | null | undefined;
  const list = Array.isArray(params?.rgvarg) ? [...params.rgvarg] : [];
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

/** Named arguments come first; the positional ones behind them, last first. */
function assign(into: Values, args: Value[], named: number[], params: Parameter[]): void {
  const positional = args.length - named.length;
  for (let i = 0; i < positional; i++) {
    const value = args[args.length - 1 - i]!;
    into[params[i]?.name ?? `arg${i + 1}`] = contentOf(value, params[i]);
  }
  for (let i = 0; i < named.length; i++) {
    const id = named[i]!;
    const param = id === DISPID_PROPERTYPUT ? params[params.length - 1] : params[id];
    const fallback = id === DISPID_PROPERTYPUT ? "value" : `arg${id + 1}`;
    into[param?.name ?? fallback] = contentOf(args[i]!, param);
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
