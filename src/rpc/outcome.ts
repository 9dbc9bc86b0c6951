/** How a call ended: what its returned value means, for the method that returned it. */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { raiReturnCode } from "../../dissectors/rai/return-codes.js";
import { hresultMessage, hresultName, ntstatusName, win32Name } from "../../dissectors/wire/status.js";
import type { CallRecord, HresultRecord, Value } from "../events.js";
import type { OpenCall } from "./calls.js";

/** Interfaces of [MS-DCOM] that are not [object] and return their status as error_status_t. */
const DCOM_INTERFACES: ReadonlySet<string> = new Set([
  "IActivation",
  "IObjectExporter",
  "IRemoteSCMActivator",
]);

/** Return types that hold a Win32 error code where they are not zero. */
const STATUS_TYPES: ReadonlySet<string> = new Set([
  "error_status",
  "error_status_t",
  "NET_API_STATUS",
  "WERROR",
  "DWORD",
  "ULONG",
]);

/** Return types that say nothing of what they hold. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(["int32", "uint32"]);

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
  return {
    value: returned,
    name:
      documented?.name ?? (value !== 0 && value < 0x10000 ? win32Name(value) : null) ?? hresultName(value),
    message: documented?.message ?? hresultMessage(value),
  };
}

export function returnedOf(
  method: Method | null,
  returned: Value | undefined,
  hresult: HresultRecord | null,
): CallRecord["returned"] {
  const type = method?.returns;
  if (!type || returned === undefined || hresult) return null;
  const name = "name" in type && type.name ? type.name : type.kind === "base" ? type.base : type.kind;
  return { type: name, value: returned, name: codeName(name, Number(returned)) };
}

function codeName(type: string, value: number): string | null {
  if (!Number.isFinite(value)) return null;
  if (type === "NTSTATUS") return ntstatusName(value);
  if (STATUS_TYPES.has(type)) return win32Name(value) ?? hresultName(value);
  // [MS-SAMR] returns its NTSTATUS as long. What has the high bit and is known is a status; small numbers may be anything.
  if (PLAIN_TYPES.has(type) && value >>> 0 >= 0x80000000)
    return ntstatusName(value >>> 0) ?? hresultName(value >>> 0);
  return null;
}

export function statusOf(call: OpenCall, method: Method | null, record: CallRecord): CallRecord["status"] {
  if (call.fault) return "fault";
  if (!call.response) return "no_response";
  if (!call.request) return "no_request";
  if (record.hresult) {
    const value = Number(record.hresult.value);
    const plain = method?.returns?.kind === "base" && method.returns.base === "error_status";
    return value >= 0x80000000 || (plain && value !== 0) ? "error" : "ok";
  }
  if (record.returned) {
    const value = Number(record.returned.value);
    if (record.returned.type === "NTSTATUS") return value >= 0xc0000000 ? "error" : "ok";
    if (STATUS_TYPES.has(record.returned.type)) return value !== 0 ? "error" : "ok";
    const failed = value >>> 0 >= 0xc0000000 || ntstatusName(value >>> 0) === null;
    if (PLAIN_TYPES.has(record.returned.type) && record.returned.name !== null)
      return failed ? "error" : "ok";
  }
  return "ok";
}
