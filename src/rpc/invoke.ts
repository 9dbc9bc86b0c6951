/**
 * IDispatch::Invoke on an object: which interface it stands for, and what it taught about the objects it returned. Also the
 * calls that teach names, GetIDsOfNames and those of ITypeInfo.
 */
import type { Interface, Method, NdrType } from "../../dissectors/ndr/types.js";
import { documentedResult } from "../../dissectors/oaut/automation.js";
import type { Note, Value } from "../events.js";
import { type Learned, type ResolvedInvoke, resolveInvoke, type Supposed } from "./dispatch.js";
import type { FinishedCall } from "./finished-call.js";
import type { CallEnvironment, Values } from "./identity.js";
import type { KnownInterface } from "./objects.js";
import { MAX_ALL_MEMBERS } from "./type-book.js";

/** [MS-OAUT] 1.9, and ocidl.idl for IProvideClassInfo. */
const IID_IDISPATCH = "00020400-0000-0000-c000-000000000046";
const IID_ITYPEINFO = "00020401-0000-0000-c000-000000000046";
const IID_ITYPEINFO2 = "00020412-0000-0000-c000-000000000046";
const IID_ITYPELIB = "00020402-0000-0000-c000-000000000046";
const IID_ITYPELIB2 = "00020411-0000-0000-c000-000000000046";
const IID_IPROVIDECLASSINFO = "b196b283-bab4-101a-b69c-00aa00341d07";

/** [MS-OAUT] 3.1.4: the last of IDispatch's methods. */
const OPNUM_INVOKE = 6;

/** Interfaces that tell of types beside IDispatch. */
const TEACHERS: ReadonlySet<string> = new Set([
  IID_ITYPEINFO,
  IID_ITYPEINFO2,
  IID_ITYPELIB,
  IID_ITYPELIB2,
  IID_IPROVIDECLASSINFO,
]);

/** The object that was called. */
interface Called {
  known: KnownInterface | null;
  /** Names the object: its OXID and OID, or where they are not known the IPID. */
  key: string;
  /** Under which its names are kept. */
  keys: string[];
  clsid: string | null;
}

export function invokeOf(
  call: FinishedCall,
  iface: Interface | null,
  method: Method | null,
  request: Values | null,
  response: Values | null,
  env: CallEnvironment,
  notes: Note[],
): ResolvedInvoke | null {
  if (!method || !iface || !call.object) return null;
  // Of a dual interface only IDispatch's own methods matter here, which come first.
  if (!TEACHERS.has(iface.uuid) && !(isDispatch(iface) && method.opnum <= OPNUM_INVOKE)) return null;
  if (env.names.types.forgetWhenFull()) {
    const message = `type information told the names of ${MAX_ALL_MEMBERS} members: those learned so far are forgotten`;
    notes.push({ severity: "info", code: "names-limit", message });
  }
  const called = calledObject(call.object, env);
  if (request && response) teach(called, iface, method, request, response, answeredIn(call), env);
  if (method.idlName !== "Invoke" || method.opnum !== OPNUM_INVOKE || !request) return null;
  const supposed = supposedInterface(iface, called, request.dispIdMember, env);
  const invoke = resolveInvoke(supposed, learnedOf(called, supposed, env), request, response);
  if (!invoke) return null;
  const { record, method: member } = invoke;
  if (record.interface === null) record.interface = env.names.types.typeOf(called.key)?.name ?? null;
  if (!member || !supposed) return invoke;
  // Of what is supposed only this is confirmed: that the object has the member.
  const declarer = env.table.declarer(supposed.iface, member);
  if (record.inferred) record.interface = declarer.name;
  learnReturned(called, declarer, member, supposed.inferred, invoke.outs, response, env);
  return invoke;
}

function calledObject(ipid: string, env: CallEnvironment): Called {
  const known = env.objects.interfaces.get(ipid) ?? null;
  const clsid = known && env.objects.classOf(known.oxid, known.oid);
  const key = known?.oid ? `${known.oxid}/${known.oid}` : ipid;
  return { known, key, keys: key === ipid ? [ipid] : [ipid, key], clsid };
}

function answeredIn(call: FinishedCall): number {
  return call.response?.frames[0] ?? call.request?.frames[0] ?? 0;
}

/** Names of an object of a class are those of its other objects as well, most likely. */
const classKey = (clsid: string): string => `class ${clsid}`;

/** What GetIDsOfNames and type information say, [MS-OAUT] 3.1.4 and 3.7.4. */
function teach(
  called: Called,
  iface: Interface,
  method: Method,
  request: Values,
  response: Values,
  frame: number,
  env: CallEnvironment,
): void {
  const { types } = env.names;
  switch (method.idlName) {
    case "GetIDsOfNames":
      if (method.opnum !== 5) return;
      env.names.learn(called.keys, request, response, frame);
      if (called.clsid) env.names.learn([classKey(called.clsid)], request, response, frame);
      return;
    case "GetTypeInfo": {
      const type = objectKey(response.ppTInfo);
      // That of ITypeLib has another number.
      if (type && method.opnum === 4 && isDispatch(iface)) types.link(called.key, type, false);
      return;
    }
    case "GetClassInfo": {
      const type = objectKey(response.ppTI);
      if (type && iface.uuid === IID_IPROVIDECLASSINFO) types.link(called.key, type, true);
      return;
    }
    case "GetTypeInfoOfGuid": {
      const type = objectKey(response.ppTInfo);
      const isLibrary = iface.uuid === IID_ITYPELIB || iface.uuid === IID_ITYPELIB2;
      if (type && isLibrary && typeof request.guid === "string") types.identify(type, request.guid);
      return;
    }
  }
  if (iface.uuid !== IID_ITYPEINFO && iface.uuid !== IID_ITYPEINFO2) return;
  const target = method.idlName === "GetRefTypeInfo" ? objectKey(response.ppTInfo) : null;
  if (target) types.refer(called.key, request.hRefType, target);
  else types.learn(called.key, method.idlName, request, response, frame);
}

/** IDispatch itself, or an interface that derives from it. */
function isDispatch(iface: Interface): boolean {
  return iface.uuid === IID_IDISPATCH || iface.dual;
}

/** Names the object of a reference that a call handed out. */
function objectKey(value: Value | undefined): string | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const { oxid, oid } = value ?? {};
  return typeof oxid === "string" && typeof oid === "string" ? `${oxid}/${oid}` : null;
}

/** The object's own names first, then its type's, then those that another object of its class taught. */
function learnedOf(called: Called, supposed: Supposed | null, env: CallEnvironment): Learned {
  const { names } = env;
  return (dispid) => {
    const own = names.taught(called.keys, dispid);
    if (own?.name) return { taught: withKinds(own, called, dispid, env), inferred: false };
    const typed = names.types.member(called.key, dispid);
    if (typed?.taught.name) return typed;
    const shared = supposed && names.types.ofGuid(supposed.iface.uuid, dispid);
    if (supposed && shared?.name) return { taught: shared, inferred: supposed.inferred };
    const ofClass = called.clsid ? names.taught([classKey(called.clsid)], dispid) : null;
    return ofClass ? { taught: ofClass, inferred: true } : typed;
  };
}

/** GetIDsOfNames does not say what kind of member it is; type information may. */
function withKinds(
  own: NonNullable<ReturnType<Learned>>["taught"],
  called: Called,
  dispid: number,
  env: CallEnvironment,
): NonNullable<ReturnType<Learned>>["taught"] {
  const typed = env.names.types.member(called.key, dispid)?.taught;
  if (!typed) return own;
  const params = own.params.length > 0 ? own.params : typed.params;
  return { ...own, params, kinds: own.kinds | typed.kinds };
}

/** DISPIDs up to here are numbered by hand in most interfaces, from 1 on, and tell nothing. */
const MAX_STANDARD_DISPID = 0xffff;

/**
 * The interface that an Invoke on IDispatch stands for: by the object's own type information, by its class, by what a
 * method's declaration said it returns, by another IPID of the object, or by a DISPID, or one with the name that
 * GetIDsOfNames gave it, that only one known interface has.
 */
function supposedInterface(
  iface: Interface,
  called: Called,
  dispid: Value | undefined,
  env: CallEnvironment,
): Supposed | null {
  if (iface.uuid !== IID_IDISPATCH) return { iface, inferred: false };
  const type = env.names.types.typeOf(called.key);
  if (type?.guid) {
    // Its type is named: where that is not known here, nothing that is known is it.
    const own = dualOf(type.guid, env);
    return own && { iface: own, inferred: type.inferred };
  }
  const told = toldInterface(called, env);
  if (told) return told;
  if (typeof dispid !== "number") return null;
  const name = env.names.taught(called.keys, dispid)?.name ?? null;
  const only =
    (name && env.table.declaring(dispid, name)) ??
    (dispid > MAX_STANDARD_DISPID ? env.table.dualWith(dispid) : null);
  if (!only) return null;
  const { known } = called;
  if (known) env.objects.setDual(known.oxid, known.oid, only.uuid, true);
  return { iface: only, inferred: true };
}

function toldInterface({ known, clsid }: Called, env: CallEnvironment): Supposed | null {
  if (!known) return null;
  const byClass = clsid ? env.table.coclass(clsid)?.defaultIid : null;
  const dual = byClass ? { iid: byClass, inferred: false } : env.objects.dualOf(known.oxid, known.oid);
  if (dual) {
    const iface = env.table.find(dual.iid);
    return iface && { iface, inferred: dual.inferred };
  }
  for (const other of env.objects.interfacesOf(known.oxid, known.oid)) {
    const found = other.iid ? dualOf(other.iid, env) : null;
    if (found) return { iface: found, inferred: false };
  }
  return null;
}

function dualOf(iid: string, env: CallEnvironment): Interface | null {
  const found = env.table.find(iid);
  return found?.dual && found.uuid !== IID_IDISPATCH ? found : null;
}

/**
 * An object that a member returns is of the interface that the member declares, whatever its IPID was asked for; and where
 * it declares IDispatch, of the one that its documentation names.
 */
function learnReturned(
  called: Called,
  declarer: Interface,
  member: Method,
  inferred: boolean,
  outs: Values,
  response: Values | null,
  env: CallEnvironment,
): void {
  const set = (type: NdrType | null, value: Value | undefined, isResult: boolean): void => {
    const target = interfaceOf(type);
    const at = value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
    const { oxid, oid } = at ?? {};
    if (!target || typeof oxid !== "string" || typeof oid !== "string") return;
    const declared = target.iid && target.iid !== IID_IDISPATCH ? dualOf(target.iid, env) : null;
    if (declared) env.objects.setDual(oxid, oid, declared.uuid, inferred);
    else if (isResult && member.dispid !== null) {
      const documented = documentedResult(declarer.uuid, member.dispid, called.clsid);
      if (documented) env.objects.setDual(oxid, oid, documented, true);
    }
  };
  let hasResult = false;
  for (const p of member.params) {
    if (!p.out) continue;
    hasResult ||= p.retval;
    set(p.type, outs[p.name], p.retval);
  }
  // The methods of a dispinterface return their results as such.
  if (!hasResult && declarer.dispatchOnly) set(member.returns, content(response?.pVarResult), true);
}

function interfaceOf(type: NdrType | null): Extract<NdrType, { kind: "interface" }> | null {
  let at = type;
  while (at?.kind === "pointer") at = at.to;
  return at?.kind === "interface" ? at : null;
}

/** The value inside a VARIANT. */
function content(variant: Value | undefined): Value | undefined {
  const isVariant = variant !== null && typeof variant === "object" && !Array.isArray(variant);
  return isVariant && variant && "value" in variant ? variant.value : undefined;
}
