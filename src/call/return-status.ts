/**
 * Which numbers that methods return are statuses: by the name of the type, by what the specification of an interface
 * says, or by what the methods beside it return. What none of these shows is a number.
 */

import type { Interface, Method, NdrType } from "../../dissectors/ndr/types.js";
import * as uuids from "../../dissectors/wire/interface-uuids.js";

/**
 * Win32 error codes, [MS-ERREF] 2.2, NTSTATUS values, 2.3; codes of MAPI, [MS-OXCDATA] 2.4; codes of the interface's own, of which 0
 * alone says success; whether it went well.
 */
export type StatusKind = "win32" | "ntstatus" | "mapi" | "own" | "truth";

/** Types that hold a status wherever they are returned. */
const BY_TYPE: ReadonlyMap<string, StatusKind> = new Map([
  ["error_status", "win32"],
  ["error_status_t", "win32"],
  ["NET_API_STATUS", "win32"],
  ["WERROR", "win32"],
  ["NTSTATUS", "ntstatus"],
]);

/** Numbers by their type that are Win32 codes where most methods of an interface return them. */
const USUAL: ReadonlySet<string> = new Set(["DWORD", "ULONG"]);

/** Interfaces whose specification calls a number by its type a status by its meaning. */
const BY_INTERFACE: ReadonlyMap<string, readonly [type: string, kind: StatusKind]> = new Map([
  [uuids.SAMR, ["int32", "ntstatus"]], // [MS-SAMR]
  [uuids.WKSSVC, ["uint32", "win32"]], // [MS-WKST]
  [uuids.SRVSVC, ["DWORD", "win32"]], // [MS-SRVS]; its long is a comparison
  [uuids.DNSSERVER, ["LONG", "win32"]], // [MS-DNSP]
  [uuids.EFSRPC_LSARPC, ["int32", "win32"]], // [MS-EFSR] over lsarpc
  [uuids.EFSRPC, ["int32", "win32"]], // [MS-EFSR] over efsrpc
  [uuids.WINREG, ["uint32", "win32"]], // [MS-RRP]: what shuts down
  [uuids.INITSHUTDOWN, ["uint32", "win32"]], // [MS-RSP]
  [uuids.WINDOWSSHUTDOWN, ["uint32", "win32"]], // [MS-RSP]
  ["f5cc59b4-4264-101a-8c59-08002b2f8426", ["uint32", "win32"]], // [MS-FRS1]
  ["d049b186-814f-11d1-9a3c-00c04fc9b232", ["uint32", "win32"]], // [MS-FRS1]
  ["8fb6d884-2388-11d0-8c35-00c04fda2795", ["uint32", "win32"]], // [MS-W32T]
  ["1a927394-352e-4553-ae3f-7cf4aafca620", ["uint32", "win32"]], // [MS-WDSC]
  ["44e265dd-7daf-42cd-8560-3cdb6e7a2729", ["DWORD", "win32"]], // [MS-TSGU]
  ["f5cc5a18-4264-101a-8c59-08002b2f8426", ["int32", "mapi"]], // [MS-NSPI] 2.2.2
  ["2f5f6520-ca46-1067-b319-00dd010662da", ["int32", "own"]], // [MS-TRP]: LINEERR codes
  ["2f5f6521-ca47-1068-b319-00dd010662db", ["int32", "own"]], // [MS-TRP]
  ["5ca4a760-ebb1-11cf-8611-00a0245420ed", ["BOOLEAN", "truth"]], // [MS-TSTS] 3.7.4
]);

/** Methods, by interface and opnum, that return something else than the others of their interface. */
const BY_METHOD: ReadonlyMap<string, StatusKind | null> = new Map([
  ["8fb6d884-2388-11d0-8c35-00c04fda2795 0", "own"], // W32TimeSync: how the clock was set
  ["8fb6d884-2388-11d0-8c35-00c04fda2795 1", null], // W32TimeGetNetlogonServiceBits: flags
]);

/** The name by which a type is shown: its typedef's, or what it is. */
export function typeName(type: NdrType): string {
  if ("name" in type && type.name) return type.name;
  return type.kind === "base" ? type.base : type.kind;
}

/** What the number is that `method` returns, or null where it is no status or nothing shows. */
export function statusKindOf(method: Method | null, iface: Interface | null): StatusKind | null {
  if (method?.returns?.kind !== "base") return null;
  const type = typeName(method.returns);
  const named = BY_TYPE.get(type);
  if (named !== undefined) return named;
  const own = iface === null ? undefined : BY_METHOD.get(`${iface.uuid} ${method.opnum}`);
  if (own !== undefined) return own;
  const specified = iface === null ? undefined : BY_INTERFACE.get(iface.uuid);
  if (specified?.[0] === type) return specified[1];
  return USUAL.has(type) && iface !== null && usualType(iface) === type ? "win32" : null;
}

const usualTypes = new WeakMap<Interface, { type: string | null }>();

/** The type that more than half of the methods return, or null. */
function usualType(iface: Interface): string | null {
  const known = usualTypes.get(iface);
  if (known !== undefined) return known.type;
  const counts = new Map<string, number>();
  let all = 0;
  for (const method of iface.methods) {
    if (!method?.returns || method.notOnWire) continue;
    const name = typeName(method.returns);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    all++;
  }
  const type = [...counts].find(([, count]) => count * 2 > all)?.[0] ?? null;
  usualTypes.set(iface, { type });
  return type;
}
