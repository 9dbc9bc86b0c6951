/** IDispatch and IEnumVARIANT. [MS-OAUT] 3.1, 3.3; DISPPARAMS and EXCEPINFO of 2.2.33, 2.2.34. */

import { hex32, type ObjectRef, orpcThat, orpcThis, reference, type Spoken, saidReference } from "./dcom.js";
import type { Encoding, Ndr } from "./ndr.js";
import { bstr, EMPTY, saidVariant, type Variant, variant } from "./oaut.js";

export interface ExcepInfo {
  code: number;
  source: string | null;
  description: string | null;
  helpFile: string | null;
  helpContext: number;
  scode: number;
}

export const NO_EXCEPTION: ExcepInfo = {
  code: 0,
  source: null,
  description: null,
  helpFile: null,
  helpContext: 0,
  scode: 0,
};

function excepInfo(ndr: Ndr, e: ExcepInfo): void {
  if (ndr.wide) ndr.align(8);
  ndr.u16(e.code).u16(0);
  bstr(ndr, e.source);
  bstr(ndr, e.description);
  bstr(ndr, e.helpFile);
  ndr.u32(e.helpContext).u32(0).u32(0).u32(e.scode);
}

export const DISPATCH = { METHOD: 1, PROPERTYGET: 2, PROPERTYPUT: 4, PROPERTYPUTREF: 8 } as const;
const DISPID_PROPERTYPUT = -3;
export const DISP_E_EXCEPTION = 0x80020009;

export interface Invocation {
  dispid: number;
  flags: number;
  lcid?: number;
  /** As a programmer writes them; they travel last first. */
  arguments: Variant[];
  named?: number[];
  result?: Variant;
  exception?: ExcepInfo;
  argErr?: number;
  hresult?: number;
  /** Arguments passed by reference: index into the wire's order, value before and after. */
  references?: { index: number; before: Variant; after: Variant }[];
}

/** IDispatch::Invoke, opnum 6, on any dual interface. */
export function invoke(e: Encoding, cid: string, on: Spoken["interface"], i: Invocation): Spoken {
  const put = (i.flags & (DISPATCH.PROPERTYPUT | DISPATCH.PROPERTYPUTREF)) !== 0;
  const named = i.named ?? (put ? [DISPID_PROPERTYPUT] : []);
  const wire = [...i.arguments].reverse();
  const refs = i.references ?? [];
  const lcid = i.lcid ?? 0x0409;
  const request = orpcThis(e, cid)
    .u32(i.dispid)
    .guid("00000000-0000-0000-0000-000000000000")
    .u32(lcid)
    .u32(i.flags);
  request.param(() => {
    request.pointer(
      wire.length === 0
        ? null
        : () => {
            request.count(wire.length);
            for (const v of wire) variant(request, v);
          },
    );
    request.pointer(
      named.length === 0
        ? null
        : () => {
            request.count(named.length);
            for (const id of named) request.u32(id);
          },
    );
    request.u32(wire.length).u32(named.length);
  });
  request.u32(refs.length).count(refs.length);
  for (const r of refs) request.u32(r.index);
  request.param(() => {
    request.count(refs.length);
    for (const r of refs) variant(request, r.before);
  });
  const response = orpcThat(e);
  const result = i.result ?? EMPTY;
  const exception = i.exception ?? NO_EXCEPTION;
  response.param(() => variant(response, result));
  response.param(() => excepInfo(response, exception));
  response.u32(i.argErr ?? 0);
  response.param(() => {
    response.count(refs.length);
    for (const r of refs) variant(response, r.after);
  });
  const hresult = i.hresult ?? 0;
  response.u32(hresult);
  return {
    interface: on,
    method: "Invoke",
    opnum: 6,
    request: request.done(),
    response: response.done(),
    requestValues: null,
    responseValues: null,
    result: hresult,
    facts: {
      dispid: hex32(i.dispid),
      flags: i.flags,
      lcid,
      arguments: wire.map(saidVariant),
      named_dispids: named,
      result: saidVariant(result),
      exception: {
        wCode: exception.code,
        bstrSource: exception.source,
        bstrDescription: exception.description,
        bstrHelpFile: exception.helpFile,
        dwHelpContext: exception.helpContext,
        scode: hex32(exception.scode),
      },
      arg_err: i.argErr ?? 0,
      references: refs.map((r) => ({
        index: r.index,
        before: saidVariant(r.before),
        after: saidVariant(r.after),
      })),
    },
  };
}

/** IDispatch::GetTypeInfoCount, opnum 3. */
export function getTypeInfoCount(e: Encoding, cid: string, on: Spoken["interface"], count: number): Spoken {
  return {
    interface: on,
    method: "GetTypeInfoCount",
    opnum: 3,
    request: orpcThis(e, cid).done(),
    response: orpcThat(e).u32(count).u32(0).done(),
    requestValues: {},
    responseValues: { pctinfo: count },
    result: 0,
  };
}

/** IDispatch::GetTypeInfo, opnum 4. */
export function getTypeInfo(
  e: Encoding,
  cid: string,
  on: Spoken["interface"],
  ref: ObjectRef | number,
): Spoken {
  const failed = typeof ref === "number";
  const response = orpcThat(e);
  response.param(() => reference(response, failed ? null : ref));
  response.u32(failed ? ref : 0);
  return {
    interface: on,
    method: "GetTypeInfo",
    opnum: 4,
    request: orpcThis(e, cid).u32(0).u32(0x0409).done(),
    response: response.done(),
    requestValues: { iTInfo: 0, lcid: 0x0409 },
    responseValues: { ppTInfo: failed ? null : saidReference(ref) },
    result: failed ? ref : 0,
  };
}

/** IDispatch::GetIDsOfNames, opnum 5. An unknown name gets DISPID_UNKNOWN and DISP_E_UNKNOWNNAME. */
export function getIDsOfNames(
  e: Encoding,
  cid: string,
  on: Spoken["interface"],
  names: { name: string; dispid: number }[],
): Spoken {
  const request = orpcThis(e, cid).guid("00000000-0000-0000-0000-000000000000");
  request.param(() => {
    request.count(names.length);
    for (const { name } of names) {
      request.pointer(() => {
        request.wideString(name);
      });
    }
  });
  request.u32(names.length).u32(0x0409);
  const response = orpcThat(e).count(names.length);
  for (const { dispid } of names) response.u32(dispid);
  const result = names.every(({ dispid }) => dispid !== -1) ? 0 : 0x80020006;
  response.u32(result);
  return {
    interface: on,
    method: "GetIDsOfNames",
    opnum: 5,
    request: request.done(),
    response: response.done(),
    requestValues: { rgszNames: names.map(({ name }) => name), cNames: names.length, lcid: 0x0409 },
    responseValues: { rgDispId: names.map(({ dispid }) => dispid | 0) },
    result,
  };
}

/** IEnumVARIANT::Next, opnum 3: S_FALSE (1) where fewer came than were asked for. */
export function enumNext(e: Encoding, cid: string, celt: number, got: Variant[]): Spoken {
  const response = orpcThat(e);
  response.param(() => {
    response.count(celt).count(0).count(got.length);
    for (const v of got) variant(response, v);
  });
  const result = got.length < celt ? 1 : 0;
  response.u32(got.length).u32(result);
  return {
    interface: "IEnumVARIANT",
    method: "Next",
    opnum: 3,
    request: orpcThis(e, cid).u32(celt).done(),
    response: response.done(),
    requestValues: { celt },
    responseValues: { rgVar: got.map(saidVariant), pCeltFetched: got.length },
    result,
  };
}

/** IEnumVARIANT::Skip (opnum 4) and Reset (opnum 5). */
export function enumStep(e: Encoding, cid: string, skip: number | null): Spoken {
  const request = orpcThis(e, cid);
  if (skip !== null) request.u32(skip);
  return {
    interface: "IEnumVARIANT",
    method: skip === null ? "Reset" : "Skip",
    opnum: skip === null ? 5 : 4,
    request: request.done(),
    response: orpcThat(e).u32(0).done(),
    requestValues: skip === null ? {} : { celt: skip },
    responseValues: {},
    result: 0,
  };
}
