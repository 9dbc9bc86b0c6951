/**
 * The interfaces that every exporter and resolver has: IObjectExporter ([MS-DCOM] 3.1.2.5.1), IRemUnknown and
 * IRemUnknown2 (3.1.1.5.6, 3.1.1.5.7), and IClassFactory.
 */

import {
  type Bindings,
  GUID_NULL,
  hex32,
  hex64,
  ndrBindings,
  type ObjectRef,
  orpcThat,
  orpcThis,
  reference,
  type Spoken,
  saidBindings,
  saidReference,
} from "./dcom.js";
import { type Encoding, Ndr } from "./ndr.js";

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
