/**
 * Activation in its three forms: RemoteActivation, RemoteGetClassObject, RemoteCreateInstance. [MS-DCOM] 2.2.22,
 * 3.1.2.5.2.3.
 *
 * Not handled: prototype contexts, InstanceInfoData.
 */

import { concat, Writer } from "./bytes.js";
import {
  type Bindings,
  GUID_NULL,
  hex32,
  hex64,
  interfacePointer,
  ndrBindings,
  type ObjectRef,
  objrefCustom,
  orpcThat,
  orpcThis,
  reference,
  type Said,
  type Spoken,
  saidBindings,
  saidReference,
} from "./dcom.js";
import { type Encoding, Ndr } from "./ndr.js";

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

function activationObjref(iid: string, clsid: string, blob: Uint8Array): Uint8Array {
  return objrefCustom(iid, clsid, blob, blob.length + 8);
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
  /** The name the client connected to, in SecurityInfoData. */
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
