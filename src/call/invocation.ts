/**
 * IDispatch::Invoke in terms of the interface it stands for: [MS-OAUT] 3.1.4.4. The member by its DISPID, the arguments by
 * their IDL names, out of values that are decoded already; and names that were learned from the wire: what GetIDsOfNames
 * answered for the object, and what its type information said.
 */
import {
  IDISPATCH,
  IPROVIDECLASSINFO,
  ITYPEINFO,
  ITYPEINFO2,
  ITYPELIB,
  ITYPELIB2,
} from "../../dissectors/dcom/iids.js";
import type { Interface, Method, Parameter } from "../../dissectors/ndr/types.js";
import type { Note, Value } from "../events.js";
import type { Invocation, Values } from "./decoded-call.js";
import { type CalledObject, type Knowledge, MAX_ALL_MEMBERS, type MemberName } from "./knowledge.js";
import { INVOKE_FUNC, INVOKE_PROPERTYGET } from "./type-kinds.js";

/** [MS-OAUT] 3.1.4: the last of IDispatch's methods. */
const OPNUM_INVOKE = 6;

/** [MS-OAUT] 2.2.34: dwFlags of Invoke. */
const DISPATCH_METHOD = 0x1;
const DISPATCH_PROPERTYGET = 0x2;
const DISPATCH_PROPERTYPUT = 0x4;
const DISPATCH_PROPERTYPUTREF = 0x8;

/** [MS-OAUT] 2.2.32.1: the name of the value in a property put. */
const DISPID_PROPERTYPUT = -3;

/** DISPIDs up to here are numbered by hand in most interfaces, from 1 on, and say nothing. */
const MAX_STANDARD_DISPID = 0xffff;

/** The object that was called, as names are kept for it. */
export interface CalledKeys {
  /** Names the object: its OXID and OID, or where they are not known the IPID. */
  key: string;
  /** Under which its names are kept. */
  keys: readonly string[];
  clsid: string | null;
}

export function keysOf(ipid: string, called: CalledObject | null): CalledKeys {
  const key = called?.oid ? `${called.oxid}/${called.oid}` : ipid;
  return { key, keys: key === ipid ? [ipid] : [ipid, key], clsid: called?.clsid ?? null };
}

/** Names of an object of a class are those of its other objects as well, most likely. */
export const classKey = (clsid: string): string => `class ${clsid}`;

/** IDispatch itself, or an interface that derives from it. */
export function isDispatch(iface: Interface): boolean {
  return iface.uuid === IDISPATCH || iface.dual;
}

const TYPE_INFORMATION: ReadonlySet<string> = new Set([
  ITYPEINFO,
  ITYPEINFO2,
  ITYPELIB,
  ITYPELIB2,
  IPROVIDECLASSINFO,
]);

/** A method that needs or gives names of members: of a dual interface only IDispatch's own, which come first. */
export function namesConcern(iface: Interface, method: Method): boolean {
  return TYPE_INFORMATION.has(iface.uuid) || (isDispatch(iface) && method.opnum <= OPNUM_INVOKE);
}

/** That all names were dropped, which the next call that needs them says. */
export function droppedNote(iface: Interface, method: Method, { names }: Knowledge): Note | null {
  if (!names.types.dropped || !namesConcern(iface, method)) return null;
  const message = `type information named ${MAX_ALL_MEMBERS} members: the names learned so far are dropped`;
  return { severity: "info", code: "names-limit", message };
}

/** What is known of a member from the wire, or null; `inferred` where it need not be this object's. */
export type Learned = (dispid: number) => { member: MemberName; inferred: boolean } | null;

/** The interface that an Invoke stands for; `inferred` where the object need not have it. */
export interface Supposed {
  iface: Interface;
  inferred: boolean;
  /** It is the only one known that has such a member. */
  recognised: boolean;
}

/** A call of Invoke on the object `ipid`, through `iface`; null where it is none, or was cut before its DISPID and flags. */
export function invocationOf(
  ipid: string,
  called: CalledObject | null,
  iface: Interface,
  method: Method,
  request: Values,
  response: Values | null,
  knowledge: Knowledge,
): Invocation | null {
  if (method.opnum !== OPNUM_INVOKE || method.idlName !== "Invoke" || !isDispatch(iface)) return null;
  const keys = keysOf(ipid, called);
  const supposed = supposedInterface(iface, called, keys, request.dispIdMember, knowledge);
  const invocation = resolveInvoke(supposed, learnedOf(keys, supposed, knowledge), request, response);
  if (invocation === null) return null;
  if (supposed?.recognised) invocation.recognised = supposed.iface;
  invocation.interfaceName ??= knowledge.names.types.typeOf(keys.key)?.name ?? null;
  if (invocation.method && supposed && invocation.inferred) {
    // Of what is supposed only this is confirmed: that the object has the member.
    const declarer = knowledge.table.declarer(supposed.iface, invocation.method);
    invocation.iface = declarer;
    invocation.interfaceName = declarer.name;
  }
  return invocation;
}

/** The object's own names first, then its type's, then those that another object of its class taught. */
function learnedOf(
  { key, keys, clsid }: CalledKeys,
  supposed: Supposed | null,
  { names }: Knowledge,
): Learned {
  return (dispid) => {
    const own = names.named(keys, dispid);
    const typed = names.types.member(key, dispid);
    if (own?.name) return { member: withKinds(own, typed?.member ?? null), inferred: false };
    if (typed?.member.name) return typed;
    const shared = supposed && names.types.ofGuid(supposed.iface.uuid, dispid);
    if (supposed && shared?.name) return { member: shared, inferred: supposed.inferred };
    const ofClass = clsid ? names.named([classKey(clsid)], dispid) : null;
    return ofClass ? { member: ofClass, inferred: true } : typed;
  };
}

/** GetIDsOfNames does not say what kind of member it is; type information may. */
function withKinds(own: MemberName, typed: MemberName | null): MemberName {
  if (typed === null) return own;
  const params = own.params.length > 0 ? own.params : typed.params;
  return { ...own, params, kinds: own.kinds | typed.kinds };
}

/**
 * The interface that an Invoke on IDispatch stands for: by the object's own type information, by its class, by what a
 * method's declaration said it returns, by another IPID of the object, or by a DISPID, or one with the name that
 * GetIDsOfNames gave it, that only one known interface has.
 */
function supposedInterface(
  iface: Interface,
  called: CalledObject | null,
  { key, keys }: CalledKeys,
  dispid: Value | undefined,
  knowledge: Knowledge,
): Supposed | null {
  if (iface.uuid !== IDISPATCH) return { iface, inferred: false, recognised: false };
  const { names, table } = knowledge;
  const type = names.types.typeOf(key);
  if (type?.guid) {
    // Its type is named: where that is not known here, nothing that is known is it.
    const own = dualOf(type.guid, knowledge);
    return own && { iface: own, inferred: type.inferred, recognised: false };
  }
  const stated = called && learnedInterface(called, knowledge);
  if (stated) return stated;
  if (typeof dispid !== "number") return null;
  const name = names.named(keys, dispid)?.name ?? null;
  const only =
    (name && table.declaring(dispid, name)) ?? (dispid > MAX_STANDARD_DISPID ? table.dualWith(dispid) : null);
  return only ? { iface: only, inferred: true, recognised: true } : null;
}

function learnedInterface({ oxid, oid, clsid }: CalledObject, knowledge: Knowledge): Supposed | null {
  const { objects, table } = knowledge;
  const byClass = clsid ? table.coclass(clsid)?.defaultIid : null;
  const dual = byClass ? { iid: byClass, inferred: false } : objects.dualOf(oxid, oid);
  if (dual) {
    const iface = table.find(dual.iid);
    return iface && { iface, inferred: dual.inferred, recognised: false };
  }
  for (const iid of objects.iidsOf(oxid, oid)) {
    const found = dualOf(iid, knowledge);
    if (found) return { iface: found, inferred: false, recognised: false };
  }
  return null;
}

function dualOf(iid: string, { table }: Knowledge): Interface | null {
  const found = table.find(iid);
  return found?.dual && found.uuid !== IDISPATCH ? found : null;
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
): Invocation | null {
  const dispid = request.dispIdMember;
  const flags = request.dwFlags;
  if (typeof dispid !== "number" || typeof flags !== "number") return null;
  const lesson = learned(dispid);
  const name = lesson?.member.name ?? null;
  const found = supposed && memberOf(supposed.iface, dispid, flags);
  const contradicted = found !== null && name !== null && !sameName(name, found.idlName);
  // What is only supposed counts where a member confirms it.
  const kept = supposed !== null && !contradicted && (found !== null || !supposed.inferred) ? supposed : null;
  const method = kept && found;
  const args = argumentList(request);
  const count = Math.max(args.length, announcedArguments(request));
  const named = namedArguments(request, args.length);
  const params = method?.params.filter((p) => !p.notOnWire && !p.retval) ?? [];
  const assigned: Values = {};
  assign(assigned, args, count, named, params, lesson?.member.params ?? []);
  const places = Array.isArray(request.rgVarRefIdx) ? request.rgVarRefIdx : [];
  const path = (name: string, otherwise: (at: number) => string): string => {
    const at = count - 1 - params.findIndex((p) => p.name === name);
    const ref = places.indexOf(at);
    return ref >= 0 ? `rgVarRef[${ref}]` : otherwise(at);
  };
  return {
    iface: kept?.iface ?? null,
    interfaceName: kept?.iface.name ?? null,
    method,
    dispid,
    member: method?.idlName ?? name,
    kind: kindAs(method, flags) ?? kindOf(flags, lesson?.member.kinds ?? 0),
    arguments: assigned,
    outs: outValues(request, response, method, params, count),
    namedIn: name === null ? null : lesson!.member.frame,
    inferred: method ? kept!.inferred : name !== null && lesson!.inferred,
    recognised: null,
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
function kindAs(method: Method | null, flags: number): Invocation["kind"] | null {
  if (method === null) return null;
  const puts = (flags & (DISPATCH_PROPERTYPUT | DISPATCH_PROPERTYPUTREF)) !== 0;
  return method.accessor !== "method" && isPut(method.accessor) !== puts ? null : method.accessor;
}

function isPut(kind: Invocation["kind"]): boolean {
  return kind === "propput" || kind === "propputref";
}

/** What the flags alone say; method and property get together is how scripting clients call anything, and `kinds` decides. */
function kindOf(flags: number, kinds: number): Invocation["kind"] {
  const gets = (flags & DISPATCH_PROPERTYGET) !== 0 && (kinds & INVOKE_PROPERTYGET) !== 0;
  if (gets && (kinds & INVOKE_FUNC) === 0) return "propget";
  if ((flags & DISPATCH_METHOD) !== 0) return "method";
  if ((flags & DISPATCH_PROPERTYPUTREF) !== 0) return "propputref";
  if ((flags & DISPATCH_PROPERTYPUT) !== 0) return "propput";
  if ((flags & DISPATCH_PROPERTYGET) !== 0) return "propget";
  return "method";
}

/** rgvarg as it was sent, arguments by reference put back in their places from rgVarRef. The first ones where it was cut. */
function argumentList(request: Values): Value[] {
  const params = request.pDispParams as Values | null | undefined;
  const list: Value[] = Array.isArray(params?.rgvarg) ? [...params.rgvarg] : [];
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

/** cArgs: places are counted from the last argument on, which may have been cut off. */
function announcedArguments(request: Values): number {
  const params = request.pDispParams as Values | null | undefined;
  return typeof params?.cArgs === "number" ? params.cArgs : 0;
}

function namedArguments(request: Values, count: number): number[] {
  const params = request.pDispParams as Values | null | undefined;
  const named = params?.rgdispidNamedArgs;
  return Array.isArray(named) ? named.filter((n): n is number => typeof n === "number").slice(0, count) : [];
}

/**
 * Named arguments come first; the positional ones behind them, last first. Of `count` arguments the first were captured.
 * `learned` are names from the wire, by place.
 */
function assign(
  into: Values,
  args: readonly Value[],
  count: number,
  named: number[],
  params: Parameter[],
  learned: readonly (string | undefined)[],
): void {
  const nameOf = (place: number): string => params[place]?.name ?? learned[place] ?? `arg${place + 1}`;
  for (let at = args.length - 1; at >= named.length; at--) {
    const place = count - 1 - at;
    into[nameOf(place)] = contentOf(args[at]!, params[place]);
  }
  for (let i = 0; i < named.length; i++) {
    const id = named[i]!;
    const isValue = id === DISPID_PROPERTYPUT;
    const param = isValue ? params[params.length - 1] : params[id];
    into[isValue ? (param?.name ?? "value") : nameOf(id)] = contentOf(args[i]!, param);
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
