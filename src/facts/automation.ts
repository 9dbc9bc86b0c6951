/**
 * What automation says of its objects: an Invoke of the objects it hands out, GetIDsOfNames and type information of names.
 * [MS-OAUT] 3.1.4, 3.7.4.
 */

import {
  IDISPATCH,
  IPROVIDECLASSINFO,
  ITYPEINFO,
  ITYPEINFO2,
  ITYPELIB,
  ITYPELIB2,
} from "../../dissectors/dcom/iids.js";
import { statusAt } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method, NdrType } from "../../dissectors/ndr/types.js";
import { documentedResult } from "../../dissectors/oaut/automation.js";
import type { DecodedCall, Invocation, Values } from "../call/decoded-call.js";
import { classKey, isDispatch, keysOf, namesConcern } from "../call/invocation.js";
import { INVOKE_PROPERTYGET, INVOKE_PROPERTYPUT } from "../call/type-kinds.js";
import type { Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import type { DualFact, Fact } from "./fact.js";
import { number, record, text } from "./values.js";

/** [MS-OAUT] 3.1.4: GetTypeInfo and GetIDsOfNames. */
const OPNUM_GETTYPEINFO = 4;
const OPNUM_GETIDSOFNAMES = 5;

/** [MS-OAUT] 2.2.35.1: the type itself instead of a member. */
const MEMBERID_NIL = -1;
/** Of a name that is not known. */
const DISPID_UNKNOWN = -1;

/** Parameters of one member whose names are facts, and characters of a name; type libraries have no longer ones. */
const MAX_PARAMETERS = 256;
const MAX_NAME = 256;
const PASSED_OVER: Fact = { kind: "name-passed-over" };

export function automationFacts(decoded: DecodedCall, table: InterfaceTable, into: Fact[]): void {
  const { invocation, identity, method, call, request, response } = decoded;
  if (invocation !== null) {
    invoked(invocation, decoded, table, into);
    return;
  }
  const { iface } = identity;
  if (iface === null || method === null || call.object === null) return;
  if (request.values === null || response.values === null || !namesConcern(iface, method)) return;
  named(iface, method, call.object, decoded, request.values, response.values, into);
}

function invoked(invocation: Invocation, decoded: DecodedCall, table: InterfaceTable, into: Fact[]): void {
  const { called, response } = decoded;
  const { iface, method, dispid, member, kind, recognised } = invocation;
  into.push({
    kind: "invocation",
    iid: iface?.uuid ?? null,
    dispid,
    member,
    access: kind,
    arguments: invocation.arguments,
    thrown: statusAt(response.found, "pExcepInfo.scode") || null,
  });
  if (recognised !== null && called !== null && called.oxid !== null && called.oid !== null) {
    const { oxid, oid } = called;
    into.push({ kind: "dual", oxid, oid, iid: recognised.uuid, inferred: true });
  }
  if (iface === null || method === null) return;
  const declarer = table.declarer(iface, method);
  returned(invocation, declarer, method, called?.clsid ?? null, response.values, table, into);
}

/**
 * An object that a member returns is of the interface that the member declares, whatever its IPID was asked for; and where
 * it declares IDispatch, of the one that its documentation names.
 */
function returned(
  { outs, inferred }: Invocation,
  declarer: Interface,
  member: Method,
  clsid: string | null,
  response: Values | null,
  table: InterfaceTable,
  into: Fact[],
): void {
  const set = (type: NdrType | null, value: Value | undefined, isResult: boolean): void => {
    const target = interfaceOf(type);
    const { oxid, oid } = record(value) ?? {};
    if (!target || typeof oxid !== "string" || typeof oid !== "string") return;
    const dual = (iid: string, supposed: boolean): DualFact => {
      return { kind: "dual", oxid, oid, iid, inferred: supposed };
    };
    const declared = target.iid && target.iid !== IDISPATCH ? table.find(target.iid) : null;
    if (declared?.dual && declared.uuid !== IDISPATCH) into.push(dual(declared.uuid, inferred));
    else if (isResult && member.dispid !== null) {
      const documented = documentedResult(declarer.uuid, member.dispid, clsid);
      if (documented) into.push(dual(documented, true));
    }
  };
  let hasResult = false;
  for (const p of member.params) {
    if (!p.out) continue;
    hasResult ||= p.retval;
    set(p.type, outs[p.name], p.retval);
  }
  // The methods of a dispinterface return their results as such.
  if (!hasResult && declarer.dispatchOnly) set(member.returns, record(response?.pVarResult)?.value, true);
}

function interfaceOf(type: NdrType | null): Extract<NdrType, { kind: "interface" }> | null {
  let at = type;
  while (at?.kind === "pointer") at = at.to;
  return at?.kind === "interface" ? at : null;
}

/** What GetIDsOfNames and type information say. */
function named(
  iface: Interface,
  method: Method,
  ipid: string,
  { called }: DecodedCall,
  request: Values,
  response: Values,
  into: Fact[],
): void {
  const { key, keys, clsid } = keysOf(ipid, called);
  switch (method.idlName) {
    case "GetIDsOfNames":
      if (method.opnum !== OPNUM_GETIDSOFNAMES) return;
      idsOfNames(clsid === null ? keys : [...keys, classKey(clsid)], request, response, into);
      return;
    case "GetTypeInfo": {
      const type = objectKey(response.ppTInfo);
      // That of ITypeLib has another number.
      if (type === null || method.opnum !== OPNUM_GETTYPEINFO || !isDispatch(iface)) return;
      into.push({ kind: "type-of-object", object: key, type, viaClass: false });
      return;
    }
    case "GetClassInfo": {
      const type = objectKey(response.ppTI);
      if (type === null || iface.uuid !== IPROVIDECLASSINFO) return;
      into.push({ kind: "type-of-object", object: key, type, viaClass: true });
      return;
    }
    case "GetTypeInfoOfGuid": {
      const type = objectKey(response.ppTInfo);
      const isLibrary = iface.uuid === ITYPELIB || iface.uuid === ITYPELIB2;
      if (type === null || !isLibrary || typeof request.guid !== "string") return;
      into.push({ kind: "type-attributes", type, guid: request.guid, isClass: false });
      return;
    }
  }
  if (iface.uuid === ITYPEINFO || iface.uuid === ITYPEINFO2) {
    described(key, method.idlName, request, response, into);
  }
}

/** [MS-OAUT] 3.1.4.3: only the first name is a member; the others are its parameters, whose ids are positions. */
function idsOfNames(keys: readonly string[], request: Values, response: Values, into: Fact[]): void {
  const names = request.rgszNames;
  const ids = response.rgDispId;
  if (!Array.isArray(names) || !Array.isArray(ids)) return;
  const [name, dispid] = [names[0], ids[0]];
  if (typeof name !== "string" || typeof dispid !== "number" || dispid === DISPID_UNKNOWN) return;
  if (name.length > MAX_NAME) {
    into.push(PASSED_OVER);
    return;
  }
  const params: (string | undefined)[] = [];
  let passedOver = false;
  for (let i = 1; i < ids.length; i++) {
    const [place, param] = [ids[i], names[i]];
    if (typeof place !== "number" || place < 0 || typeof param !== "string") continue;
    if (place < MAX_PARAMETERS && param.length <= MAX_NAME) params[place] = param;
    else passedOver = true;
  }
  if (passedOver) into.push(PASSED_OVER);
  into.push({ kind: "member-name", keys, dispid, name, params });
}

/** A call of ITypeInfo on the type `type` that was answered: 3.7.4. */
function described(type: string, method: string, request: Values, response: Values, into: Fact[]): void {
  const member = (memid: number, invkinds: number): Fact => {
    return { kind: "type-member", type, memid, invkinds, names: [] };
  };
  switch (method) {
    case "GetTypeAttr": {
      const attributes = record(response.ppTypeAttr);
      const isClass = record(attributes?.typekind)?.name === "TKIND_COCLASS";
      const described = text(attributes?.guid);
      if (described !== null || isClass)
        into.push({ kind: "type-attributes", type, guid: described, isClass });
      return;
    }
    case "GetFuncDesc": {
      const description = record(response.ppFuncDesc);
      const kind = number(record(description?.invkind)?.value);
      const memid = number(description?.memid);
      if (memid !== null && kind !== null) into.push(member(memid, kind));
      return;
    }
    case "GetVarDesc": {
      const memid = number(record(response.ppVarDesc)?.memid);
      if (memid !== null) into.push(member(memid, INVOKE_PROPERTYGET | INVOKE_PROPERTYPUT));
      return;
    }
    case "GetNames":
      memberNames(type, request.memid, Array.isArray(response.rgBstrNames) ? response.rgBstrNames : [], into);
      return;
    case "GetDocumentation":
      memberNames(type, request.memid, [response.pBstrName ?? null], into);
      return;
    case "GetRefTypeOfImplType": {
      const [index, href] = [number(request.index), number(response.pRefType)];
      if (index === null || href === null) return;
      into.push({ kind: "type-implements", type, index, href, flags: null });
      return;
    }
    case "GetImplTypeFlags": {
      const [index, flags] = [number(request.index), number(response.pImplTypeFlags)];
      if (index === null || flags === null) return;
      into.push({ kind: "type-implements", type, index, href: null, flags });
      return;
    }
    case "GetRefTypeInfo": {
      const [href, target] = [number(request.hRefType), objectKey(response.ppTInfo)];
      if (href !== null && target !== null) into.push({ kind: "type-reference", type, href, target });
    }
  }
}

function memberNames(type: string, memid: Value | undefined, all: Value[], into: Fact[]): void {
  const [name, ...rest] = all;
  if (all.length > 1 + MAX_PARAMETERS || all.some(isTooLong)) into.push(PASSED_OVER);
  if (typeof memid !== "number" || !isName(name)) return;
  if (memid === MEMBERID_NIL) {
    into.push({ kind: "type-name", type, name });
    return;
  }
  const params = rest.slice(0, MAX_PARAMETERS).map((p) => (isName(p) ? p : undefined));
  into.push({ kind: "type-member", type, memid, invkinds: 0, names: [name, ...params] });
}

function isTooLong(value: Value | undefined): boolean {
  return typeof value === "string" && value.length > MAX_NAME;
}

function isName(value: Value | undefined): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME;
}

/** Names the object of a reference that a call handed out. */
function objectKey(value: Value | undefined): string | null {
  const { oxid, oid } = record(value) ?? {};
  return typeof oxid === "string" && typeof oid === "string" ? `${oxid}/${oid}` : null;
}
