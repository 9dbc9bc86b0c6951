/**
 * [MS-DCOM] 2.2.14 MInterfacePointer, 2.2.19.2 DUALSTRINGARRAY and 2.2.13.3-4 ORPCTHIS and ORPCTHAT as parameters:
 * how they are found in a stub, and how they are shown.
 *
 * Not handled: what custom marshalers unknown to [MS-DCOM] put into OBJREF_CUSTOM (kept as hex).
 */

import type { Container, DecodeState, Key, Native } from "../ndr/decode-state.js";
import type { Found, Value } from "../ndr/decoded.js";
import { WireError } from "../wire/errors.js";
import { type Guid, hex, NIL_GUID } from "../wire/guid.js";
import { IRECORDINFO } from "../wire/interface-uuids.js";
import type { Reader } from "../wire/reader.js";
import {
  activationProperties,
  CLSID_ACTIVATION_PROPERTIES_IN,
  CLSID_ACTIVATION_PROPERTIES_OUT,
  isActivation,
} from "./activation.js";
import { CLSID_CONTEXT_MARSHALER, type Context, readContext } from "./context.js";
import {
  authnServiceName,
  type DualStringArray,
  type Objref,
  readDualStringEntries,
  readObjref,
  type SecurityBinding,
  type StringBinding,
  towerName,
} from "./objref.js";
import {
  CLSID_ERROR_OBJECT,
  type ErrorInfo,
  type OrpcExtension,
  orpcThat,
  orpcThis,
  readErrorInfo,
} from "./orpc.js";
import { readRecordInfo } from "./record-info.js";

/** Well-known marshalers and handlers, [MS-DCOM] 1.9 and [MS-OAUT] 1.9. */
const CLSID_NAMES: ReadonlyMap<string, string> = new Map([
  [CLSID_ACTIVATION_PROPERTIES_IN, "ActivationPropertiesIn"],
  [CLSID_ACTIVATION_PROPERTIES_OUT, "ActivationPropertiesOut"],
  [CLSID_CONTEXT_MARSHALER, "ContextMarshaler"],
  [CLSID_ERROR_OBJECT, "ErrorObject"],
  [IRECORDINFO, "RecordInfo"],
]);

/** The kinds under which object references and DUALSTRINGARRAYs of their own are registered. */
const OBJREF = "objref";
const BINDINGS = "bindings";

/** The object references among what a decoding found, in order, with the path of the value that held each. */
export function objrefsIn(found: readonly Found[]): { path: string; objref: Objref }[] {
  return found
    .filter(({ kind }) => kind === OBJREF)
    .map(({ path, value }) => ({ path, objref: value as Objref }));
}

/** The DUALSTRINGARRAY that stands at a path, or null. */
export function bindingsAt(found: readonly Found[], path: string): DualStringArray | null {
  const at = found.find((f) => f.kind === BINDINGS && f.path === path);
  return at === undefined ? null : (at.value as DualStringArray);
}

/** String bindings as they are shown. */
function bindingsValue(bindings: readonly StringBinding[]): Value {
  return bindings.map((b) => ({ tower: towerName(b.towerId), address: b.address }));
}

/** Security bindings as they are shown with an object reference: what has no name keeps its number. */
export function securityValue(
  bindings: readonly SecurityBinding[],
): { authn_service: string; principal: string }[] {
  return bindings.map(({ authnSvc, principal }) => ({
    authn_service: authnServiceName(authnSvc) ?? `0x${authnSvc.toString(16).padStart(4, "0")}`,
    principal,
  }));
}

/** A DUALSTRINGARRAY as it is shown. */
function dualStringValue(a: DualStringArray): Value {
  const security = a.securityBindings.map((s) => ({
    authn_svc: s.authnSvc,
    authn_name: authnServiceName(s.authnSvc),
    principal: s.principal,
  }));
  return { bindings: bindingsValue(a.stringBindings), security };
}

/** An object reference as it is shown; `state` collects what is inside of activation properties. */
function objrefValue(state: DecodeState, objref: Objref): { [name: string]: Value } {
  const name = state.ctx.interfaceName(objref.iid);
  if (objref.kind === "custom") {
    return {
      iid: objref.iid,
      interface: name,
      oxid: null,
      oid: null,
      ipid: null,
      public_refs: null,
      flags: null,
      bindings: null,
      security: null,
      clsid: objref.clsid,
      class: CLSID_NAMES.get(objref.clsid) ?? null,
    };
  }
  const { std, bindings } = objref;
  const value: { [name: string]: Value } = {
    iid: objref.iid,
    interface: name,
    oxid: std.oxid,
    oid: std.oid,
    ipid: std.ipid,
    public_refs: std.publicRefs,
    flags: std.flags,
    bindings: bindingsValue(bindings.stringBindings),
    security: securityValue(bindings.securityBindings),
  };
  if (objref.kind === "handler") value.clsid = objref.clsid;
  if (objref.kind === "extended") {
    value.elements = objref.elements.map((e) => ({ data_id: e.dataId, data: hex(e.data) }));
  }
  return value;
}

/** Reads the OBJREF that fills `window`. A reference that is no OBJREF costs itself only. */
function readObjrefValue(state: DecodeState, window: Reader, into: Container, key: Key): void {
  let objref: Objref;
  try {
    objref = readObjref(window);
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    into[key] = { iid: null, interface: null, data: hex(window.data.subarray(window.offset, window.end)) };
    if (e.kind !== "incomplete") state.note("warning", "objref-malformed", `${state.path()}: ${e.message}`);
    return;
  }
  const value = objrefValue(state, objref);
  into[key] = value;
  state.find(OBJREF, objref);
  if (objref.kind !== "custom" && objref.bindings.lone !== undefined) state.lone(objref.bindings.lone);
  if (objref.fault !== undefined && objref.fault.kind !== "incomplete") {
    state.note("warning", "objref-malformed", `${state.path()}: ${objref.fault.message}`);
  }
  if (objref.kind !== "custom") return;
  const level = window.enter("pObjectData");
  if (isActivation(objref.clsid)) activationProperties(state, objref.data, value);
  else customData(state, objref.clsid, objref.data, value);
  window.leave(level);
}

/** What other marshalers put into an OBJREF_CUSTOM. */
function customData(state: DecodeState, clsid: Guid, data: Reader, value: { [name: string]: Value }): void {
  value.data = hex(data.fork().rest());
  try {
    switch (clsid) {
      case CLSID_CONTEXT_MARSHALER:
        contextValue(state, readContext(data), value);
        return;
      case CLSID_ERROR_OBJECT:
        value.error = errorValue(state, readErrorInfo(data));
        return;
      case IRECORDINFO: {
        const record = readRecordInfo(data);
        if (record !== null) value.record = record;
      }
    }
    data.rest("data");
  } catch (e) {
    if (!(e instanceof WireError)) throw e;
    if (e.kind !== "incomplete") state.note("info", "objref-data-malformed", `${state.path()}: ${e.message}`);
  }
}

/** A marshaled context: its identifier, and its properties with the object references among them. */
function contextValue(state: DecodeState, context: Context, value: { [name: string]: Value }): void {
  const properties: Value[] = [];
  value.context = { id: context.contextId, flags: context.flags, properties };
  state.keys[state.depth++] = "context";
  state.keys[state.depth++] = "properties";
  const at = state.depth++;
  context.properties.forEach((p, i) => {
    state.keys[at] = i;
    const shown: { [name: string]: Value } = { clsid: p.clsid, policy: p.policyId, flags: p.flags };
    properties.push(shown);
    if (p.clsid !== NIL_GUID) {
      shown.data = hex(p.data.rest("data"));
      return;
    }
    state.keys[state.depth++] = "object";
    const level = p.data.enter("object");
    state.referent(() => readObjrefValue(state, p.data, shown, "object"));
    p.data.leave(level);
    state.depth--;
  });
  state.depth = at - 2;
}

/** [MS-DCOM] 2.2.14: count, ulCntData, bytes. The counts follow the drep, the bytes are little-endian. */
export const M_INTERFACE_POINTER: Native = {
  pointer: false,
  conformant: true,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    const count = state.takeCount();
    const r = state.reader;
    r.align(4);
    const size = r.u32("ulCntData");
    if (size !== count) {
      state.note("warning", "size-is-mismatch", `${state.path()}: ${count} bytes, ulCntData says ${size}`);
    }
    if (count === 0) {
      into[key] = null;
      return;
    }
    // ulCntData is believed where it is the smaller one; the count says where the bytes end.
    const whole = count <= r.left;
    const end = whole ? r.offset + Math.min(count, size) : r.end;
    const level = r.enter("abData");
    readObjrefValue(state, r.over(r.offset, end, whole ? "ulCntData" : r.bound, true), into, key);
    r.leave(level);
    r.skip(count);
  },
};

/** [MS-DCOM] 2.2.19.2: count, wNumEntries, wSecurityOffset and the units, in the drep's byte order. */
export const DUAL_STRING_ARRAY: Native = {
  pointer: false,
  conformant: true,
  align: { ndr: 2, ndr64: 2 },
  read(state, into, key) {
    const count = state.takeCount();
    const r = state.reader;
    r.align(2);
    const entries = r.u16("wNumEntries");
    const securityOffset = r.u16("wSecurityOffset");
    if (entries !== count) {
      state.note(
        "warning",
        "size-is-mismatch",
        `${state.path()}: ${count} units, wNumEntries says ${entries}`,
      );
    }
    const units = r.fork();
    const array = readDualStringEntries(units, Math.min(entries, count), securityOffset);
    into[key] = dualStringValue(array);
    state.find(BINDINGS, array);
    r.skip(count * 2);
    if (array.lone !== undefined) state.lone(array.lone);
    if (array.fault !== undefined && array.fault.kind !== "incomplete") {
      state.note("warning", "bindings-malformed", `${state.path()}: ${array.fault.message}`);
    }
  },
};

function errorValue(state: DecodeState, e: ErrorInfo): Value {
  if (e.lone.length > 0) state.lone(e.lone);
  const { iid, source, description, helpFile, helpContext } = e;
  return { iid, source, description, help_file: helpFile, help_context: helpContext };
}

function extensionsValue(state: DecodeState, extensions: OrpcExtension[] | null): Value {
  if (extensions === null) return null;
  return extensions.map((e) => {
    const value: { [name: string]: Value } = { id: e.id, name: e.name, size: e.size, data: hex(e.data) };
    if (e.errorInfo !== null) value.error = errorValue(state, e.errorInfo);
    return value;
  });
}

/** [MS-DCOM] 2.2.13.3 as an explicit parameter (activation). */
export const ORPC_THIS: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    const o = orpcThis(state.reader);
    into[key] = {
      version: { MajorVersion: o.version.major, MinorVersion: o.version.minor },
      flags: o.flags,
      reserved1: o.reserved1,
      cid: o.cid,
      extensions: extensionsValue(state, o.extensions),
    };
  },
};

/** [MS-DCOM] 2.2.13.4 as an explicit parameter (activation). */
export const ORPC_THAT: Native = {
  pointer: false,
  conformant: false,
  align: { ndr: 4, ndr64: 4 },
  read(state, into, key) {
    const o = orpcThat(state.reader);
    into[key] = { flags: o.flags, extensions: extensionsValue(state, o.extensions) };
  },
};
