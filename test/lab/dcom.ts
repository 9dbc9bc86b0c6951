/**
 * What DCOM puts around a call: ORPCTHIS and ORPCTHAT, object references, string bindings, activation in its three
 * forms, IObjectExporter, IRemUnknown and IClassFactory. [MS-DCOM]; layouts compared with captures of Windows.
 *
 * Not handled: ORPC extensions other than an opaque one, OBJREF_HANDLER, prototype contexts.
 */

import { concat, Writer } from "./bytes.js";
import { type Encoding, Ndr } from "./ndr.js";

export const IID = {
  IUnknown: "00000000-0000-0000-c000-000000000046",
  IClassFactory: "00000001-0000-0000-c000-000000000046",
  IRemUnknown: "00000131-0000-0000-c000-000000000046",
  IRemUnknown2: "00000143-0000-0000-c000-000000000046",
  IRemoteSCMActivator: "000001a0-0000-0000-c000-000000000046",
  IActivation: "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",
  IObjectExporter: "99fcfec4-5260-101b-bbcb-00aa0021347a",
  IDispatch: "00020400-0000-0000-c000-000000000046",
  IEnumVARIANT: "00020404-0000-0000-c000-000000000046",
  ITypeInfo: "00020401-0000-0000-c000-000000000046",
  epmapper: "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
  IRASrv: "f120a684-b926-447f-9df4-c966cb785648",
  IPCHService: "833e4200-aff7-4ac3-aac2-9f24c1457bce",
  IPCHCollection: "833e4100-aff7-4ac3-aac2-9f24c1457bce",
  ISAFSession: "833e41aa-aff7-4ac3-aac2-9f24c1457bce",
} as const;

export type InterfaceName = keyof typeof IID;

export const CLSID = {
  RASrv: "3c3a70a7-a468-49b9-8ada-28e11fccad5d",
  PCHService: "833e4010-aff7-4ac3-aac2-9f24c1457bce",
} as const;

const GUID_NULL = "00000000-0000-0000-0000-000000000000";
const ACTIVATION = {
  PropertiesIn: "00000338-0000-0000-c000-000000000046",
  PropertiesOut: "00000339-0000-0000-c000-000000000046",
  IPropertiesIn: "000001a2-0000-0000-c000-000000000046",
  IPropertiesOut: "000001a3-0000-0000-c000-000000000046",
  ServerLocationInfo: "000001a4-0000-0000-c000-000000000046",
  ActivationContextInfo: "000001a5-0000-0000-c000-000000000046",
  SecurityInfo: "000001a6-0000-0000-c000-000000000046",
  ScmRequestInfo: "000001aa-0000-0000-c000-000000000046",
  InstantiationInfo: "000001ab-0000-0000-c000-000000000046",
  InstanceInfo: "000001ad-0000-0000-c000-000000000046",
  ScmReplyInfo: "000001b6-0000-0000-c000-000000000046",
  SpecialSystemProperties: "000001b9-0000-0000-c000-000000000046",
  ContextMarshaler: "0000033b-0000-0000-c000-000000000046",
  IContext: "000001c0-0000-0000-c000-000000000046",
} as const;

/** JSON as the lab writes down what it said. */
export type Said = null | boolean | number | string | Said[] | { [name: string]: Said };

/** One method call: stubs, and what they say. `response` null: never answered by a response PDU. */
export interface Spoken {
  interface: InterfaceName;
  method: string;
  opnum: number;
  request: Uint8Array;
  response: Uint8Array | null;
  requestValues: { [name: string]: Said } | null;
  responseValues: { [name: string]: Said } | null;
  /** The returned HRESULT or error_status_t. */
  result: number | null;
  /** Where request or response values are too deep to spell out: the facts a reader must find in them. */
  facts?: { [name: string]: Said };
}

export interface Bindings {
  strings: { tower: number; address: string }[];
  security: { authn: number; principal: string }[];
}

export interface ObjectRef {
  iid: string;
  flags: number;
  publicRefs: number;
  oxid: bigint;
  oid: bigint;
  ipid: string;
  bindings: Bindings;
}

export const hex64 = (value: bigint): string => value.toString(16).padStart(16, "0");
export const hex32 = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

const TOWER_NAMES: { [id: number]: string } = { 7: "ncacn_ip_tcp", 15: "ncacn_np" };

function nameOf(iid: string): string | null {
  return Object.entries(IID).find(([, value]) => value === iid)?.[0] ?? null;
}

/** An interface pointer as the call log prints it. */
export function saidReference(ref: ObjectRef | null): Said {
  if (ref === null) return null;
  return {
    iid: ref.iid,
    interface: nameOf(ref.iid),
    oxid: hex64(ref.oxid),
    oid: hex64(ref.oid),
    ipid: ref.ipid,
    public_refs: ref.publicRefs,
    bindings: saidBindings(ref.bindings),
  };
}

export function saidBindings(bindings: Bindings): Said {
  return bindings.strings.map(({ tower, address }) => ({
    tower: TOWER_NAMES[tower] ?? String(tower),
    address,
  }));
}

/** aStringArray of [MS-DCOM] 2.2.19, as 16-bit units; and where the security bindings start. */
function stringArray(bindings: Bindings): { units: number[]; securityOffset: number } {
  const units: number[] = [];
  const text = (value: string) => {
    for (let i = 0; i < value.length; i++) units.push(value.charCodeAt(i));
    units.push(0);
  };
  for (const s of bindings.strings) {
    units.push(s.tower);
    text(s.address);
  }
  if (bindings.strings.length === 0) units.push(0);
  units.push(0);
  const securityOffset = units.length;
  for (const s of bindings.security) {
    units.push(s.authn, 0xffff);
    text(s.principal);
  }
  if (bindings.security.length === 0) units.push(0);
  units.push(0);
  return { units, securityOffset };
}

/** DUALSTRINGARRAY inside an OBJREF: no conformance, little-endian. */
function packedBindings(bindings: Bindings): Uint8Array {
  const { units, securityOffset } = stringArray(bindings);
  const w = new Writer().u16(units.length).u16(securityOffset);
  for (const unit of units) w.u16(unit);
  return w.done();
}

/** DUALSTRINGARRAY as NDR parameter: conformant, in the stub's byte order. */
function ndrBindings(ndr: Ndr, bindings: Bindings): void {
  const { units, securityOffset } = stringArray(bindings);
  ndr.count(units.length).u16(units.length).u16(securityOffset);
  for (const unit of units) ndr.u16(unit);
}

/** [MS-DCOM] 2.2.18.4 OBJREF_STANDARD. Little-endian whatever the drep. */
export function objrefStandard(ref: ObjectRef): Uint8Array {
  const w = new Writer().ascii("MEOW").u32(1).guid(ref.iid);
  w.u32(ref.flags).u32(ref.publicRefs).u64(ref.oxid).u64(ref.oid).guid(ref.ipid);
  return w.bytes(packedBindings(ref.bindings)).done();
}

/**
 * [MS-DCOM] 2.2.18.6 OBJREF_CUSTOM. The reserved field behind the extension's size holds the data's length for a
 * context; for activation properties Windows puts a number there that is 8 larger.
 */
export function objrefCustom(
  iid: string,
  clsid: string,
  data: Uint8Array,
  reserved = data.length,
): Uint8Array {
  const w = new Writer().ascii("MEOW").u32(4).guid(iid).guid(clsid);
  return w.u32(0).u32(reserved).bytes(data).done();
}

function activationObjref(iid: string, clsid: string, blob: Uint8Array): Uint8Array {
  return objrefCustom(iid, clsid, blob, blob.length + 8);
}

/** [unique] MInterfacePointer*. */
export function interfacePointer(ndr: Ndr, objref: Uint8Array | null): Ndr {
  return ndr.pointer(
    objref === null
      ? null
      : () => {
          ndr.count(objref.length).u32(objref.length).bytes(objref);
        },
  );
}

export const reference = (ndr: Ndr, ref: ObjectRef | null): Ndr =>
  interfacePointer(ndr, ref === null ? null : objrefStandard(ref));

/** Opens a request stub with ORPCTHIS: NDR, also where the rest is NDR64. [MS-DCOM] 2.2.13.3. */
export function orpcThis(encoding: Encoding, cid: string, minor = 7, flags = 0): Ndr {
  const ndr = new Ndr(encoding);
  ndr.out.u16(5).u16(minor).u32(flags).u32(0).guid(cid).u32(0);
  return ndr;
}

/** Opens a response stub with ORPCTHAT. [MS-DCOM] 2.2.13.4. */
export function orpcThat(encoding: Encoding, flags = 0): Ndr {
  const ndr = new Ndr(encoding);
  ndr.out.u32(flags).u32(0);
  return ndr;
}

/** [MS-RPCE] 2.2.6 type serialization version 1: headers, and the body padded to eight. */
function serialized(write: (ndr: Ndr) => void): Uint8Array {
  const ndr = new Ndr({ little: true, ndr64: false });
  ndr.param(() => write(ndr));
  ndr.align(8);
  const body = ndr.done();
  const head = new Writer().u8(1).u8(0x10).u16(8).u32(0xcccccccc).u32(body.length).u32(0);
  return head.bytes(body).done();
}

function customHeader(
  properties: { clsid: string; body: Uint8Array }[],
  destinationContext: number,
): Uint8Array {
  const write = (total: number, size: number) => (ndr: Ndr) => {
    ndr.u32(total).u32(size).u32(0).u32(destinationContext).u32(properties.length).guid(GUID_NULL);
    ndr.pointer(() => {
      ndr.count(properties.length);
      for (const p of properties) ndr.guid(p.clsid);
    });
    ndr.pointer(() => {
      ndr.count(properties.length);
      for (const p of properties) ndr.u32(p.body.length);
    });
    ndr.pointer(null);
  };
  const size = serialized(write(0, 0)).length;
  const total = size + properties.reduce((sum, p) => sum + p.body.length, 0);
  return serialized(write(total, size));
}

/** [MS-DCOM] 2.2.22: dwSize, dwReserved, CustomHeader, the properties. */
function activationBlob(properties: { clsid: string; body: Uint8Array }[]): Uint8Array {
  const parts = concat(customHeader(properties, 2), ...properties.map((p) => p.body));
  return new Writer().u32(parts.length).u32(0).bytes(parts).done();
}

export interface ActivationRequest {
  clsid: string;
  iids: string[];
  /** The logon session asked for by a session moniker, or null for any. */
  session: number | null;
  /** The name the client dialled, in SecurityInfoData. */
  serverName: string;
  /** Identifies the client's context; any GUID. */
  contextId: string;
  minor?: number;
}

function activationProperties(a: ActivationRequest): Uint8Array {
  const minor = a.minor ?? 7;
  const special = serialized((ndr) => {
    ndr
      .u32(a.session ?? 0xffffffff)
      .u32(a.session === null ? 0 : 1)
      .u32(0)
      .u32(0)
      .u32(2)
      .guid(GUID_NULL);
    ndr.u32(0).u32(16).u32(2).u32(0).u64(0n);
    for (let i = 0; i < 5; i++) ndr.u32(0);
  });
  const instantiation = (size: number) =>
    serialized((ndr) => {
      ndr.guid(a.clsid).u32(16).u32(0).u32(0).u32(a.iids.length).u32(0);
      ndr.pointer(() => {
        ndr.count(a.iids.length);
        for (const iid of a.iids) ndr.guid(iid);
      });
      ndr.u32(size).u16(5).u16(minor);
    });
  const context = new Writer()
    .u16(1)
    .u16(1)
    .guid(a.contextId)
    .u32(2)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(0)
    .u32(1)
    .done();
  const activationContext = serialized((ndr) => {
    ndr.u32(0).u32(0).u32(0).u32(0);
    interfacePointer(ndr, objrefCustom(ACTIVATION.IContext, ACTIVATION.ContextMarshaler, context));
    ndr.pointer(null);
  });
  const security = serialized((ndr) => {
    ndr.u32(0);
    ndr.pointer(() => {
      ndr.u32(0);
      ndr.pointer(() => {
        ndr.wideString(a.serverName);
      });
      ndr.pointer(null).u32(0);
    });
    ndr.pointer(null);
  });
  const location = serialized((ndr) => {
    ndr.pointer(null).u32(0).u32(0).u32(0);
  });
  const scmRequest = serialized((ndr) => {
    ndr.pointer(null);
    ndr.pointer(() => {
      ndr.u32(2).u16(1);
      ndr.pointer(() => {
        ndr.count(1).u16(7);
      });
    });
  });
  return activationBlob([
    { clsid: ACTIVATION.SpecialSystemProperties, body: special },
    { clsid: ACTIVATION.InstantiationInfo, body: instantiation(instantiation(0).length) },
    { clsid: ACTIVATION.ActivationContextInfo, body: activationContext },
    { clsid: ACTIVATION.SecurityInfo, body: security },
    { clsid: ACTIVATION.ServerLocationInfo, body: location },
    { clsid: ACTIVATION.ScmRequestInfo, body: scmRequest },
  ]);
}

/** What an activation gives: the exporter, and one reference or error for each interface asked for. */
export interface Activated {
  oxid: bigint;
  bindings: Bindings;
  ipidRemUnknown: string;
  authnHint: number;
  interfaces: { iid: string; hresult: number; ref: ObjectRef | null }[];
}

function activationResult(done: Activated, minor: number): Uint8Array {
  const count = done.interfaces.length;
  const propsOut = serialized((ndr) => {
    ndr.u32(count);
    ndr.pointer(() => {
      ndr.count(count);
      for (const i of done.interfaces) ndr.guid(i.iid);
    });
    ndr.pointer(() => {
      ndr.count(count);
      for (const i of done.interfaces) ndr.u32(i.hresult);
    });
    ndr.pointer(() => {
      ndr.count(count);
      for (const i of done.interfaces) reference(ndr, i.ref);
    });
  });
  const reply = serialized((ndr) => {
    ndr.pointer(null);
    ndr.pointer(() => {
      ndr.u64(done.oxid);
      ndr.pointer(() => ndrBindings(ndr, done.bindings));
      ndr.guid(done.ipidRemUnknown).u32(done.authnHint).u16(5).u16(minor);
    });
  });
  return activationBlob([
    { clsid: ACTIVATION.PropertiesOut, body: propsOut },
    { clsid: ACTIVATION.ScmReplyInfo, body: reply },
  ]);
}

function saidActivation(a: ActivationRequest, done: Activated | number): { [name: string]: Said } {
  const facts: { [name: string]: Said } = { clsid: a.clsid, iids: a.iids, session_id: a.session };
  if (typeof done === "number") return facts;
  facts.oxid = hex64(done.oxid);
  facts.oxid_bindings = saidBindings(done.bindings);
  facts.ipid_rem_unknown = done.ipidRemUnknown;
  facts.interfaces = done.interfaces.map((i) => ({
    iid: i.iid,
    hresult: hex32(i.hresult),
    reference: saidReference(i.ref),
  }));
  return facts;
}

/** IRemoteSCMActivator::RemoteGetClassObject or RemoteCreateInstance. `done`: the result, or the HRESULT of a refusal. */
export function scmActivation(
  e: Encoding,
  cid: string,
  method: "RemoteGetClassObject" | "RemoteCreateInstance",
  a: ActivationRequest,
  done: Activated | number,
): Spoken {
  const minor = a.minor ?? 7;
  const request = orpcThis(e, cid, minor, 1);
  if (method === "RemoteCreateInstance") request.param(() => request.pointer(null));
  request.param(() =>
    interfacePointer(
      request,
      activationObjref(ACTIVATION.IPropertiesIn, ACTIVATION.PropertiesIn, activationProperties(a)),
    ),
  );
  const response = orpcThat(e, 1);
  const failed = typeof done === "number";
  response.param(() =>
    interfacePointer(
      response,
      failed
        ? null
        : activationObjref(
            ACTIVATION.IPropertiesOut,
            ACTIVATION.PropertiesOut,
            activationResult(done, minor),
          ),
    ),
  );
  const result = failed ? done : 0;
  response.u32(result);
  return {
    interface: "IRemoteSCMActivator",
    method,
    opnum: method === "RemoteGetClassObject" ? 3 : 4,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    result,
    facts: saidActivation(a, done),
  };
}

/** IActivation::RemoteActivation, as Windows XP activates. `done`: the result, or the HRESULT in phr. */
export function remoteActivation(
  e: Encoding,
  cid: string,
  a: ActivationRequest,
  done: Activated | number,
): Spoken {
  const minor = a.minor ?? 6;
  const request = orpcThis(e, cid, minor);
  request.guid(a.clsid).pointer(null).pointer(null).u32(2).u32(0).u32(a.iids.length);
  request.param(() =>
    request.pointer(() => {
      request.count(a.iids.length);
      for (const iid of a.iids) request.guid(iid);
    }),
  );
  request.u16(1).count(1).u16(7);
  const response = orpcThat(e);
  const count = a.iids.length;
  const failed = typeof done === "number";
  if (failed) {
    response.u64(0n).pointer(null).guid(GUID_NULL).u32(0).u16(5).u16(minor).u32(done);
    response.count(count);
    for (let i = 0; i < count; i++) response.pointer(null);
    response.count(count);
    for (let i = 0; i < count; i++) response.u32(0);
  } else {
    response.u64(done.oxid);
    response.param(() => response.pointer(() => ndrBindings(response, done.bindings)));
    response.guid(done.ipidRemUnknown).u32(done.authnHint).u16(5).u16(minor).u32(0);
    response.param(() => {
      response.count(count);
      for (const i of done.interfaces) reference(response, i.ref);
    });
    response.count(count);
    for (const i of done.interfaces) response.u32(i.hresult);
  }
  response.u32(0);
  return {
    interface: "IActivation",
    method: "RemoteActivation",
    opnum: 0,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    result: 0,
    facts: { ...saidActivation(a, done), phr: hex32(failed ? done : 0) },
  };
}

/** IObjectExporter::ServerAlive2. */
export function serverAlive2(e: Encoding, bindings: Bindings, minor = 7): Spoken {
  const response = new Ndr(e).u16(5).u16(minor);
  response.param(() => response.pointer(() => ndrBindings(response, bindings)));
  response.u32(0).u32(0);
  return {
    interface: "IObjectExporter",
    method: "ServerAlive2",
    opnum: 5,
    request: new Uint8Array(0),
    response: response.done(),
    requestValues: {},
    responseValues: null,
    result: 0,
    facts: { bindings: saidBindings(bindings) },
  };
}

/** IObjectExporter::ResolveOxid2. */
export function resolveOxid2(
  e: Encoding,
  oxid: bigint,
  bindings: Bindings,
  ipid: string,
  authnHint: number,
): Spoken {
  const request = new Ndr(e).u64(oxid).u16(1).count(1).u16(7);
  const response = new Ndr(e);
  response.param(() => response.pointer(() => ndrBindings(response, bindings)));
  response.guid(ipid).u32(authnHint).u16(5).u16(7).u32(0);
  return {
    interface: "IObjectExporter",
    method: "ResolveOxid2",
    opnum: 4,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    result: 0,
    facts: { oxid: hex64(oxid), oxid_bindings: saidBindings(bindings), ipid_rem_unknown: ipid },
  };
}

/** IObjectExporter::SimplePing, opnum 1. */
export function simplePing(e: Encoding, set: bigint, result = 0): Spoken {
  return {
    interface: "IObjectExporter",
    method: "SimplePing",
    opnum: 1,
    request: new Ndr(e).u64(set).done(),
    response: new Ndr(e).u32(result).done(),
    requestValues: { pSetId: hex64(set) },
    responseValues: {},
    result,
    facts: { set: hex64(set) },
  };
}

/** IObjectExporter::ComplexPing, opnum 2: makes a set (`set` 0) or changes one. */
export function complexPing(
  e: Encoding,
  set: bigint,
  given: bigint,
  sequence: number,
  add: bigint[],
  drop: bigint[],
): Spoken {
  const request = new Ndr(e).u64(set).u16(sequence).u16(add.length).u16(drop.length);
  for (const oids of [add, drop]) {
    request.param(() =>
      request.pointer(
        oids.length === 0
          ? null
          : () => {
              request.count(oids.length);
              for (const oid of oids) request.u64(oid);
            },
      ),
    );
  }
  return {
    interface: "IObjectExporter",
    method: "ComplexPing",
    opnum: 2,
    request: request.done(),
    response: new Ndr(e).u64(given).u16(0).u32(0).done(),
    requestValues: null,
    responseValues: null,
    result: 0,
    facts: { set: hex64(set), given: hex64(given), sequence, add: add.map(hex64), drop: drop.map(hex64) },
  };
}

/** IObjectExporter::ServerAlive, opnum 3. */
export function serverAlive(e: Encoding): Spoken {
  return {
    interface: "IObjectExporter",
    method: "ServerAlive",
    opnum: 3,
    request: new Uint8Array(0),
    response: new Ndr(e).u32(0).done(),
    requestValues: {},
    responseValues: {},
    result: 0,
  };
}

/** IObjectExporter::ResolveOxid, opnum 0. */
export function resolveOxid(
  e: Encoding,
  oxid: bigint,
  bindings: Bindings,
  ipid: string,
  authnHint: number,
): Spoken {
  const request = new Ndr(e).u64(oxid).u16(1).count(1).u16(7);
  const response = new Ndr(e);
  response.param(() => response.pointer(() => ndrBindings(response, bindings)));
  response.guid(ipid).u32(authnHint).u32(0);
  return {
    interface: "IObjectExporter",
    method: "ResolveOxid",
    opnum: 0,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    result: 0,
    facts: { oxid: hex64(oxid), oxid_bindings: saidBindings(bindings), ipid_rem_unknown: ipid },
  };
}

export interface QueryAnswer {
  iid: string;
  hresult: number;
  ref: ObjectRef | null;
}

/** IRemUnknown::RemQueryInterface, opnum 3, here on IRemUnknown2 or IRemUnknown. */
export function remQueryInterface(
  e: Encoding,
  cid: string,
  on: "IRemUnknown" | "IRemUnknown2",
  ipid: string,
  answers: QueryAnswer[],
): Spoken {
  const n = answers.length;
  const request = orpcThis(e, cid).guid(ipid).u32(5).u16(n).count(n);
  for (const a of answers) request.guid(a.iid);
  const response = orpcThat(e);
  response.param(() =>
    response.pointer(() => {
      response.count(n);
      for (const { hresult, ref } of answers) {
        response.align(8).u32(hresult).align(8);
        response.u32(ref?.flags ?? 0).u32(ref?.publicRefs ?? 0);
        response
          .u64(ref?.oxid ?? 0n)
          .u64(ref?.oid ?? 0n)
          .guid(ref?.ipid ?? GUID_NULL);
      }
    }),
  );
  const result = answers.every((a) => a.hresult === 0) ? 0 : answers[0]!.hresult;
  response.u32(result);
  return {
    interface: on,
    method: "RemQueryInterface",
    opnum: 3,
    request: request.done(),
    response: response.done(),
    requestValues: { ripid: ipid, cRefs: 5, cIids: n, iids: answers.map((a) => a.iid) },
    responseValues: null,
    result,
    facts: {
      results: answers.map(({ iid, hresult, ref }) => ({
        iid,
        hresult: hex32(hresult),
        oxid: ref === null ? null : hex64(ref.oxid),
        oid: ref === null ? null : hex64(ref.oid),
        ipid: ref === null ? null : ref.ipid,
      })),
    },
  };
}

/** IRemUnknown2::RemQueryInterface2, opnum 6: the answers are whole object references. */
export function remQueryInterface2(e: Encoding, cid: string, ipid: string, answers: QueryAnswer[]): Spoken {
  const n = answers.length;
  const request = orpcThis(e, cid).guid(ipid).u16(n).count(n);
  for (const a of answers) request.guid(a.iid);
  const response = orpcThat(e).count(n);
  for (const a of answers) response.u32(a.hresult);
  response.param(() => {
    response.count(n);
    for (const a of answers) reference(response, a.ref);
  });
  response.u32(0);
  return {
    interface: "IRemUnknown2",
    method: "RemQueryInterface2",
    opnum: 6,
    request: request.done(),
    response: response.done(),
    requestValues: { ripid: ipid, cIids: n, iids: answers.map((a) => a.iid) },
    responseValues: {
      phr: answers.map((a) => hex32(a.hresult)),
      ppMIF: answers.map((a) => saidReference(a.ref)),
    },
    result: 0,
  };
}

export interface Counted {
  ipid: string;
  publicRefs: number;
}

/** IRemUnknown::RemAddRef (opnum 4) and RemRelease (opnum 5). */
export function remReferences(
  e: Encoding,
  cid: string,
  on: "IRemUnknown" | "IRemUnknown2",
  method: "RemAddRef" | "RemRelease",
  refs: Counted[],
): Spoken {
  const request = orpcThis(e, cid).u16(refs.length).count(refs.length);
  for (const r of refs) request.guid(r.ipid).u32(r.publicRefs).u32(0);
  const response = orpcThat(e);
  if (method === "RemAddRef") {
    response.count(refs.length);
    for (let i = 0; i < refs.length; i++) response.u32(0);
  }
  response.u32(0);
  return {
    interface: on,
    method,
    opnum: method === "RemAddRef" ? 4 : 5,
    request: request.done(),
    response: response.done(),
    requestValues: {
      cInterfaceRefs: refs.length,
      InterfaceRefs: refs.map((r) => ({ ipid: r.ipid, cPublicRefs: r.publicRefs, cPrivateRefs: 0 })),
    },
    responseValues: null,
    result: 0,
  };
}

/** IClassFactory::CreateInstance, opnum 3: what travels is riid in and an interface pointer out. */
export function createInstance(e: Encoding, cid: string, iid: string, ref: ObjectRef | number): Spoken {
  const request = orpcThis(e, cid).guid(iid);
  const response = orpcThat(e);
  const failed = typeof ref === "number";
  response.param(() => reference(response, failed ? null : ref));
  const result = failed ? ref : 0;
  response.u32(result);
  return {
    interface: "IClassFactory",
    method: "CreateInstance",
    opnum: 3,
    request: request.done(),
    response: response.done(),
    requestValues: { riid: iid },
    responseValues: null,
    result,
    facts: { reference: failed ? null : saidReference(ref) },
  };
}
