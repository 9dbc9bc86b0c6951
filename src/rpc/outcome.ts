/** How a call ended: what its returned value means, for the method that returned it. */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { raiReturnCode } from "../../dissectors/rai/return-codes.js";
import { hresultName, ntstatusName, statusMessage, win32Name } from "../../dissectors/wire/status.js";
import { wbemStatusName } from "../../dissectors/wire/wbem-status.js";
import type { CallRecord, HresultRecord, Value } from "../events.js";
import type { FinishedCall } from "./finished-call.js";
import { type StatusKind, statusKindOf, typeName } from "./return-status.js";

/** HRESULTs have their severity in the topmost bit; what is smaller than this is a Win32 code, where those are meant. */
const FAILURE = 0x80000000;
const WIN32_CODES = 0x10000;

/** Interfaces of [MS-DCOM] that are not [object] and return their status as error_status_t. */
const DCOM_INTERFACES: ReadonlySet<string> = new Set([
  "IActivation",
  "IObjectExporter",
  "IRemoteSCMActivator",
]);

/** Return types that say nothing of what they hold. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["int32", "uint32"]);

/** What a call returned: of IActivation::RemoteActivation a failure in phr, where the call itself went well ([MS-DCOM] 3.1.2.5.2.3.1). */
export function resultOf(
  method: Method | null,
  iface: Interface | null,
  response: CallRecord["response"],
  returned: Value | undefined,
): Value | undefined {
  if (iface?.name !== "IActivation" || method?.name !== "RemoteActivation" || Number(returned) !== 0) {
    return returned;
  }
  return isFailure(Number(response?.phr)) ? response?.phr : returned;
}

export function hresultOf(
  method: Method | null,
  iface: Interface | null,
  returned: Value | undefined,
): HresultRecord | null {
  const type = method?.returns;
  if (!method || !type || type.kind !== "base" || typeof returned !== "string") return null;
  const dcom = iface !== null && (iface.object || DCOM_INTERFACES.has(iface.name));
  const isHresult = type.name === "HRESULT" || (type.base === "error_status" && dcom);
  if (!isHresult) return null;
  const value = Number(returned);
  const documented = raiReturnCode(iface?.name ?? "", method.name, value);
  const name = documented?.name ?? (type.base === "error_status" ? errorStatusName(value) : null);
  const known = name ?? wbemStatusName(iface?.uuid ?? "", value) ?? hresultName(value);
  return { value: returned, name: known, message: documented?.message ?? statusMessage(known) };
}

/** [MS-DCOM] 1.8 and 2.2.4: error_status_t is a Win32 code; an HRESULT in its place is named as one. */
function errorStatusName(value: number): string | null {
  return value > 0 && value < WIN32_CODES ? win32Name(value) : null;
}

export function returnedOf(
  method: Method | null,
  iface: Interface | null,
  returned: Value | undefined,
  hresult: HresultRecord | null,
): CallRecord["returned"] {
  const type = method?.returns;
  if (!type || returned === undefined || hresult) return null;
  const name = typeName(type);
  const value = Number(returned);
  const kind = statusKindOf(method, iface);
  return { type: name, value: returned, name: Number.isFinite(value) ? codeName(kind, name, value) : null };
}

function codeName(kind: StatusKind | null, type: string, value: number): string | null {
  if (kind === "ntstatus") return ntstatusName(value);
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

export function statusOf(
  call: FinishedCall,
  method: Method | null,
  iface: Interface | null,
  record: CallRecord,
): CallRecord["status"] {
  if (call.fault) return "fault";
  if (!call.response) return "no_response";
  if (!call.request) return "no_request";
  if (record.hresult) {
    const value = Number(record.hresult.value);
    const plain = method?.returns?.kind === "base" && method.returns.base === "error_status";
    return isFailure(value) || (plain && value > 0 && value < WIN32_CODES) ? "error" : "ok";
  }
  if (record.returned) return returnedStatus(statusKindOf(method, iface), record.returned);
  const reported = reportedStatus(method, record.response);
  if (reported !== null) return reported === 0 || isEnd(method, reported) ? "ok" : "error";
  // A method that returns nothing succeeded where its answer could be read to the end.
  return record.stub.response === "decoded" && method !== null && !method.notOnWire ? "ok" : "unknown";
}

/** The status of a method that returns nothing and reports it by a last `[out] error_status_t *`: [C706] 3.1, Appendix O. */
function reportedStatus(method: Method | null, response: CallRecord["response"]): number | null {
  const last = method?.returns === null ? method.params.at(-1) : undefined;
  if (last === undefined || !last.out || last.in || last.type.kind !== "pointer") return null;
  const { to } = last.type;
  const value = response?.[last.name];
  if (to.kind !== "base" || to.base !== "error_status" || typeof value !== "string") return null;
  return Number(value);
}

/** ept_s_not_registered of ept_lookup says that all entries were told: [C706] Appendix O. */
function isEnd(method: Method | null, status: number): boolean {
  return method?.name === "ept_lookup" && status === 0x16c9a0d6;
}

function returnedStatus(
  kind: StatusKind | null,
  { type, value, name }: NonNullable<CallRecord["returned"]>,
): "ok" | "error" {
  const code = Number(value) >>> 0;
  if (kind === "win32") return code !== 0 ? "error" : "ok";
  if (kind === "ntstatus") return code >= 0xc0000000 ? "error" : "ok";
  if (!PLAIN_TYPES.has(type) || name === null) return "ok";
  return code >= 0xc0000000 || ntstatusName(code) === null ? "error" : "ok";
}
