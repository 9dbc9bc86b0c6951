/** How a call ended: what its returned value means, for the method that returned it. */

import { ENDPOINT_MAPPER } from "../../dissectors/dcerpc/syntax-id.js";
import { IACTIVATION, IOBJECTEXPORTER, IREMOTESCMACTIVATOR } from "../../dissectors/dcom/iids.js";
import { type Found, statusAt } from "../../dissectors/ndr/decoded.js";
import type { Interface, Method, Parameter } from "../../dissectors/ndr/types.js";
import { raiInterface } from "../../dissectors/rai/interfaces.js";
import { raiReturnCode } from "../../dissectors/rai/return-codes.js";
import { hex32 } from "../../dissectors/wire/guid.js";
import * as uuids from "../../dissectors/wire/interface-uuids.js";
import { mapiStatusName } from "../../dissectors/wire/mapi-status.js";
import { hresultName, ntstatusName, statusMessage, win32Name } from "../../dissectors/wire/status.js";
import { wbemStatusName } from "../../dissectors/wire/wbem-status.js";
import type { CallRecord } from "../events.js";
import type { FinishedCall } from "../rpc/finished-call.js";
import type { Decoded, Outcome, ReturnedCode } from "./decoded-call.js";
import { type StatusKind, statusKindOf, typeName } from "./return-status.js";

/** HRESULTs have their severity in the topmost bit; what is smaller than this is a Win32 code, where those are meant. */
const FAILURE = 0x80000000;
const WIN32_CODES = 0x10000;

/** Interfaces of [MS-DCOM] that are not [object] and return their status as error_status_t. */
const DCOM_INTERFACES: ReadonlySet<string> = new Set([IACTIVATION, IOBJECTEXPORTER, IREMOTESCMACTIVATOR]);

/** [C706] Appendix O: ept_lookup, and what it answers when all entries were given. */
const EPT_LOOKUP = 2;
const EPT_S_NOT_REGISTERED = 0x16c9a0d6;

/** [MS-ERREF] 2.2: what enumerations answer that are not over, or are. */
const ERROR_MORE_DATA = 234;
const ERROR_NO_MORE_ITEMS = 259;
/** Interfaces whose enumerations answer ERROR_MORE_DATA where the client's buffer is too small: [MS-RRP], [MS-SCMR]. */
const SMALL_BUFFERS: ReadonlySet<string> = new Set([uuids.WINREG, uuids.SVCCTL]);

/** Return types that say nothing of what they hold. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["int32", "uint32"]);

export function outcomeOf(
  call: FinishedCall,
  method: Method | null,
  iface: Interface | null,
  response: Decoded,
): Outcome {
  const returned = returnedOf(method, iface, response);
  return { status: statusOf(call, method, iface, response, returned), returned };
}

/** What the method returned, as far as it was read. */
export function returnedOf(
  method: Method | null,
  iface: Interface | null,
  { returned, status, found }: Pick<Decoded, "returned" | "status" | "found">,
): ReturnedCode | null {
  // The description of a method whose answer was not read need not be.
  if (!method || returned === undefined) return null;
  const type = method.returns;
  if (!type) return null;
  if (type.kind === "base" && status !== null) {
    const dcom = iface !== null && (iface.object || DCOM_INTERFACES.has(iface.uuid));
    if (type.name === "HRESULT" || (type.base === "error_status" && dcom)) {
      const value = activationFailure(method, iface, status, found) ?? status;
      return hresult(value, type.base === "error_status", method, iface, typeName(type));
    }
  }
  const value = status ?? (typeof returned === "number" ? returned : null);
  const shownType = typeName(type);
  const kind = statusKindOf(method, iface);
  const name = value === null ? null : codeName(kind, shownType, value);
  // A status is written as one, also where its type is a plain number's.
  const isStatusCode = kind === "ntstatus" || kind === "mapi" || (name !== null && isFailure(value!));
  const shown = isStatusCode && typeof returned === "number" ? hex32(returned) : returned;
  return { hresult: false, type: shownType, value, shown, name, message: null };
}

/** IActivation::RemoteActivation shows a failure in phr, where the call itself went well: [MS-DCOM] 3.1.2.5.2.3.1. */
function activationFailure(
  method: Method,
  iface: Interface | null,
  status: number,
  found: readonly Found[],
): number | null {
  if (iface?.uuid !== IACTIVATION || method.opnum !== 0 || status !== 0) return null;
  const phr = statusAt(found, "phr");
  return phr !== null && isFailure(phr) ? phr : null;
}

function hresult(
  value: number,
  isErrorStatus: boolean,
  method: Method,
  iface: Interface | null,
  type: string,
): ReturnedCode {
  const documented = raiReturnCode(raiInterface(iface?.uuid ?? null) ?? "", method.name, value);
  const name = documented?.name ?? (isErrorStatus ? errorStatusName(value) : null);
  const known = name ?? wbemStatusName(iface?.uuid ?? "", value) ?? hresultName(value);
  const message = documented?.message ?? statusMessage(known);
  return { hresult: true, type, value, shown: hex32(value), name: known, message };
}

/** [MS-DCOM] 1.8 and 2.2.4: error_status_t is a Win32 code; an HRESULT in its place is named as one. */
function errorStatusName(value: number): string | null {
  return value > 0 && value < WIN32_CODES ? win32Name(value) : null;
}

function codeName(kind: StatusKind | null, type: string, value: number): string | null {
  if (kind === "ntstatus") return ntstatusName(value);
  if (kind === "mapi") return mapiStatusName(value) ?? hresultName(value);
  if (kind === "own" || kind === "truth") return null;
  if (kind === "win32") return win32Name(value) ?? (isFailure(value) ? anyName(value) : null);
  // What has the high bit and is known is a status, whatever its type says; small numbers may be anything.
  if (PLAIN_TYPES.has(type) && isFailure(value)) return ntstatusName(value) ?? hresultName(value);
  return null;
}

/** A server that answers an HRESULT or an NTSTATUS where a Win32 code is declared is believed. */
function anyName(value: number): string | null {
  return hresultName(value) ?? ntstatusName(value);
}

function isFailure(value: number): boolean {
  return value >>> 0 >= FAILURE;
}

function statusOf(
  call: FinishedCall,
  method: Method | null,
  iface: Interface | null,
  response: Decoded,
  returned: ReturnedCode | null,
): CallRecord["status"] {
  if (call.fault) return "fault";
  if (!call.response) return "no_response";
  if (!call.request) return "no_request";
  if (returned?.hresult) {
    const value = returned.value!;
    const plain = method?.returns?.kind === "base" && method.returns.base === "error_status";
    return isFailure(value) || (plain && value > 0 && value < WIN32_CODES) ? "error" : "ok";
  }
  if (returned && method?.returns?.kind === "base") {
    const kind = statusKindOf(method, iface);
    return isEndOfList(kind, method, iface, returned) ? "ok" : returnedStatus(kind, returned);
  }
  const reported = response.values === null ? null : reportedStatus(method, response.found);
  if (reported !== null) return reported === 0 || isEnd(method, iface, reported) ? "ok" : "error";
  if (returned) return "ok";
  // A method that returns nothing succeeded where its answer could be read to the end.
  return response.state === "decoded" && method !== null && !method.notOnWire ? "ok" : "unknown";
}

/**
 * The status of a method that returns none and reports it by `[out] error_status_t *`: the last of them where it returns nothing
 * ([C706] 3.1, Appendix O), any of them where it returns a handle ([MS-CMRP]: ApiOpenCluster).
 */
function reportedStatus(method: Method | null, found: readonly Found[]): number | null {
  if (method?.returns === null) {
    const last = method.params.findLast(isStatus);
    return last === undefined ? null : statusAt(found, last.name);
  }
  if (method?.returns.kind !== "context_handle") return null;
  const values = method.params.filter(isStatus).flatMap(({ name }) => statusAt(found, name) ?? []);
  return values.find((value) => value !== 0) ?? values[0] ?? null;
}

function isStatus({ in: sent, out, type }: Parameter): boolean {
  return (
    out && !sent && type.kind === "pointer" && type.to.kind === "base" && type.to.base === "error_status"
  );
}

/** ept_s_not_registered of ept_lookup says that all entries were given: [C706] Appendix O. */
function isEnd(method: Method | null, iface: Interface | null, status: number): boolean {
  return iface?.uuid === ENDPOINT_MAPPER && method?.opnum === EPT_LOOKUP && status === EPT_S_NOT_REGISTERED;
}

/** Enumerations that came to their end, or gave a part of what there is: as STATUS_MORE_ENTRIES, which is a success. */
function isEndOfList(
  kind: StatusKind | null,
  method: Method,
  iface: Interface | null,
  { value }: ReturnedCode,
): boolean {
  if (kind !== "win32" || !/Enum/.test(method.name)) return false;
  if (value === ERROR_NO_MORE_ITEMS) return true;
  // There it says that a buffer is too small.
  return value === ERROR_MORE_DATA && !SMALL_BUFFERS.has(iface?.uuid ?? "");
}

function returnedStatus(kind: StatusKind | null, { type, value, name, shown }: ReturnedCode): "ok" | "error" {
  const code = (value ?? 0) >>> 0;
  if (kind === "truth") return shown === 0 || shown === false ? "error" : "ok";
  if (kind === "own") return code !== 0 ? "error" : "ok";
  if (kind === "mapi") return isFailure(code) ? "error" : "ok";
  if (kind === "win32") return code !== 0 ? "error" : "ok";
  if (kind === "ntstatus") return code >= 0xc0000000 ? "error" : "ok";
  if (!PLAIN_TYPES.has(type) || name === null) return "ok";
  return code >= 0xc0000000 || ntstatusName(code) === null ? "error" : "ok";
}
