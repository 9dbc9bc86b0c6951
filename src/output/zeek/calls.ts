/** Rows of dce_rpc.log, and of the log for what that has no columns for. */

import type { CallRecord } from "../../events.js";
import type { ZeekRow, ZeekValue } from "./logs.js";
import type { ZeekNames } from "./names.js";
import { microsOf } from "./times.js";

/** Which of a call's PDUs gives it a row. Zeek itself goes by responses. */
export type ZeekRows = "response" | "request";

/** uid and the four columns of the connection. */
export type Connection = readonly [uid: string, origH: string, origP: number, respH: string, respP: number];

/** What Zeek leaves out for being frequent and of little worth, by the endpoint. */
const IGNORED: { readonly [endpoint: string]: ReadonlySet<string> } = {
  winreg: new Set([
    "BaseRegCloseKey",
    "BaseRegGetVersion",
    "BaseRegOpenKey",
    "BaseRegQueryValue",
    "BaseRegDeleteKeyEx",
    "OpenLocalMachine",
    "BaseRegEnumKey",
    "OpenClassesRoot",
  ]),
  spoolss: new Set(["RpcSplOpenPrinter", "RpcClosePrinter"]),
  wkssvc: new Set(["NetrWkstaGetInfo"]),
};

/** Interface and method: in Zeek's words, else in the specification's, else as Zeek writes what it does not know. */
export function wordsOf(
  call: CallRecord,
  names: ZeekNames,
): { endpoint: string | null; operation: string | null } {
  const { opnum } = call;
  const { uuid, name } = call.interface;
  if (uuid === null)
    return { endpoint: name, operation: opnum === null ? null : (call.method ?? `unknown-${opnum}`) };
  const endpoint = names.endpoint(uuid) ?? name ?? `unknown-${uuid}`;
  if (opnum === null) return { endpoint, operation: call.method };
  return { endpoint, operation: names.operation(uuid, opnum) ?? call.method ?? `unknown-${opnum}` };
}

/** Null where Zeek would write no row. `pipe`: the server's secondary address. */
export function dceRpcRow(
  call: CallRecord,
  of: Connection,
  pipe: string | null,
  names: ZeekNames,
  rows: ZeekRows,
): ZeekRow | null {
  const { status, fault } = call;
  if (rows === "response" ? status === "no_response" || fault !== null : status === "no_request") return null;
  const { endpoint, operation } = wordsOf(call, names);
  if (endpoint === null || operation === null || IGNORED[endpoint]?.has(operation) === true) return null;
  return [microsOf(call.ts), ...of, rttOf(call), pipe, endpoint, operation];
}

/** Zeek sets none where both are of one moment. */
function rttOf({ duration_us: duration }: CallRecord): number | null {
  return duration === 0 ? null : duration;
}

export function callRow(call: CallRecord, of: Connection): ZeekRow {
  const { interface: iface, auth, hresult, returned, transport } = call;
  return [
    microsOf(call.ts),
    ...of,
    call.duration_us,
    call.call_id,
    call.context_id,
    call.opnum,
    transport.protseq,
    transport.endpoint,
    call.object,
    iface.uuid,
    iface.version,
    iface.name,
    call.method,
    call.status,
    hresult?.name ?? hresult?.value ?? returnedText(returned),
    call.fault === null ? null : (call.fault.name ?? call.fault.status),
    auth.type,
    auth.level,
    auth.user,
    auth.domain,
    json(call.request),
    json(call.response),
    call.notes.map(({ code }) => code),
  ];
}

function returnedText(returned: CallRecord["returned"]): ZeekValue {
  if (returned === null || returned.value === null) return null;
  return (
    returned.name ?? (typeof returned.value === "string" ? returned.value : JSON.stringify(returned.value))
  );
}

function json(values: object | null): string | null {
  return values === null ? null : JSON.stringify(values);
}
