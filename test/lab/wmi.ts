/** Calls of [MS-WMI] as stubs with what they say: IWbemLevel1Login::NTLMLogin, IWbemServices::GetObject and ExecMethod. */

import {
  interfacePointer,
  type ObjectRef,
  objrefCustom,
  orpcThat,
  orpcThis,
  reference,
  type Spoken,
  saidReference,
} from "./dcom.js";
import type { Encoding, Ndr } from "./ndr.js";
import { bstr } from "./oaut.js";

const CLASS_OBJECT = {
  iid: "dc12a681-737f-11cf-884d-00aa004b2e24",
  clsid: "4590f812-1d3a-11d0-891f-00aa004b2e24",
};

/** [MS-WMI] 2.2.4: a CIM object by value, `encoded` as [MS-WMIO] has it. */
function cimObject(ndr: Ndr, encoded: Uint8Array | null): Ndr {
  return interfacePointer(
    ndr,
    encoded === null ? null : objrefCustom(CLASS_OBJECT.iid, CLASS_OBJECT.clsid, encoded),
  );
}

/** 3.1.4.1.4 */
export function ntlmLogin(e: Encoding, cid: string, namespace: string, ref: ObjectRef): Spoken {
  const request = orpcThis(e, cid);
  request.param(() => request.pointer(() => request.wideString(namespace)));
  request.param(() => request.pointer(null)).u32(0);
  request.param(() => interfacePointer(request, null));
  const response = orpcThat(e);
  response.param(() => reference(response, ref)).u32(0);
  return {
    interface: "IWbemLevel1Login",
    method: "NTLMLogin",
    opnum: 6,
    request: request.done(),
    response: response.done(),
    requestValues: { wszNetworkResource: namespace, wszPreferredLocale: null, lFlags: 0, pCtx: null },
    responseValues: { ppNamespace: saidReference(ref) },
    result: 0,
  };
}

/** What [out, in, unique] pointers to an object and to a call result are on either side. */
function results(ndr: Ndr, encoded: Uint8Array | null): void {
  ndr.param(() => ndr.pointer(encoded === null ? null : () => cimObject(ndr, encoded)));
  ndr.param(() => ndr.pointer(null));
}

/** 3.1.4.3.4 */
export function getObject(e: Encoding, cid: string, path: string, answer: Uint8Array): Spoken {
  const request = orpcThis(e, cid);
  request
    .param(() => bstr(request, path))
    .align(4)
    .u32(0);
  request.param(() => interfacePointer(request, null));
  results(request, null);
  const response = orpcThat(e);
  results(response, answer);
  response.align(4).u32(0);
  return {
    interface: "IWbemServices",
    method: "GetObject",
    opnum: 6,
    request: request.done(),
    response: response.done(),
    requestValues: { strObjectPath: path, lFlags: 0, pCtx: null },
    responseValues: null,
    result: 0,
  };
}

/** 3.1.4.3.22 */
export function execMethod(
  e: Encoding,
  cid: string,
  path: string,
  method: string,
  given: Uint8Array,
  answer: Uint8Array,
): Spoken {
  const request = orpcThis(e, cid);
  request.param(() => bstr(request, path)).align(4);
  request
    .param(() => bstr(request, method))
    .align(4)
    .u32(0);
  request.param(() => interfacePointer(request, null));
  request.param(() => cimObject(request, given)).align(4);
  results(request, null);
  const response = orpcThat(e);
  results(response, answer);
  response.align(4).u32(0);
  return {
    interface: "IWbemServices",
    method: "ExecMethod",
    opnum: 24,
    request: request.done(),
    response: response.done(),
    requestValues: { strObjectPath: path, strMethodName: method, lFlags: 0, pCtx: null },
    responseValues: null,
    result: 0,
  };
}
