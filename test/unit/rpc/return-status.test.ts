/** What a method returns has a name where something says that it is a status, and none where it may be any number. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Interface } from "../../../dissectors/ndr/types.js";
import { returnedOf } from "../../../src/call/outcome.js";
import { statusKindOf } from "../../../src/call/return-status.js";
import { loadInterfaces, shippedInterfaces } from "../../../src/interfaces.js";
import { userInterfaces } from "../../peers/user-idl.js";
import { EXPECTED } from "../../support/idl/specifications.js";
import { sharedDir } from "../../support/shared.js";

const UUID = "12345678-4321-abcd-ef00-0123456789ab";

function read(methods: string, uuid = UUID): Interface {
  const text = `import "ms-dtyp.idl"; typedef unsigned long WERROR; [uuid(${uuid})] interface t { ${methods} }`;
  return loadInterfaces([{ name: "t.idl", text }]).table.library.interfaces.find((i) => i.file === "t.idl")!;
}

/** `[type, name]` of what the method with this number returns. */
function named(iface: Interface, opnum: number, value: number | string): (string | null)[] {
  const shown = typeof value === "number" ? value : "";
  const status = typeof value === "number" ? null : Number(value);
  const { type, name } = returnedOf(iface.methods[opnum]!, iface, { returned: shown, status, found: [] })!;
  return [type, name];
}

test("types that are statuses by their names", () => {
  const t = read(
    "NET_API_STATUS a(); WERROR b(); error_status_t c(); NTSTATUS d(); DWORD e(); unsigned long f(); long g(); BOOLEAN h();",
  );
  assert.deepEqual(named(t, 0, 5), ["NET_API_STATUS", "ERROR_ACCESS_DENIED"]);
  assert.deepEqual(named(t, 1, 87), ["WERROR", "ERROR_INVALID_PARAMETER"]);
  assert.deepEqual(named(t, 2, "0x00000002"), ["error_status_t", "ERROR_FILE_NOT_FOUND"]);
  assert.deepEqual(named(t, 3, "0xc0000022"), ["NTSTATUS", "STATUS_ACCESS_DENIED"]);
  for (const opnum of [4, 5, 6, 7]) assert.equal(named(t, opnum, 5)[1], null);
  // What can be nothing but a status is named all the same.
  assert.deepEqual(named(t, 6, 0xc0000022 | 0), ["int32", "STATUS_ACCESS_DENIED"]);
  assert.deepEqual(named(t, 5, 0x80070005), ["uint32", "E_ACCESSDENIED"]);
});

test("DWORD and ULONG are statuses where most methods return them, a number among others", () => {
  const most = read("DWORD a(); DWORD b(); HRESULT c();");
  assert.deepEqual(named(most, 0, 5), ["DWORD", "ERROR_ACCESS_DENIED"]);
  const few = read("DWORD a(); NET_API_STATUS b(); NET_API_STATUS c();");
  assert.deepEqual(named(few, 0, 6), ["DWORD", null]);
  const half = read("ULONG a(); HRESULT b();");
  assert.deepEqual(named(half, 0, 6), ["ULONG", null]);
});

test("plain numbers are statuses where the specification of the interface says so", () => {
  const workstation = read("unsigned long a(); long b();", "6bffd098-a112-3610-9833-46c3f87e345a");
  assert.deepEqual(named(workstation, 0, 124), ["uint32", "ERROR_INVALID_LEVEL"]);
  assert.deepEqual(named(workstation, 1, 124), ["int32", null]);
  const accounts = read("long a();", "12345778-1234-abcd-ef00-0123456789ac");
  assert.deepEqual(named(accounts, 0, 0x105), ["int32", "STATUS_MORE_ENTRIES"]);
  // CLASS_E_CLASSNOTAVAILABLE elsewhere.
  const addressBook = read("long a();", "f5cc5a18-4264-101a-8c59-08002b2f8426");
  assert.deepEqual(named(addressBook, 0, 0x80040111), ["int32", "LogonFailed"]);
  assert.deepEqual(named(addressBook, 0, 0x00040380), ["int32", "ErrorsReturned"]);
});

test("what the interfaces of Windows return is a status where their specifications say so", () => {
  const table = shippedInterfaces();
  const wrong: string[] = [];
  const kindOf = (name: string): string | null => {
    const [iface, method] = name.split(".");
    const found = table.named(iface!)!;
    return statusKindOf(found.methods.find((m) => m?.name === method) ?? null, found);
  };
  for (const [name, kind] of Object.entries({
    "samr.SamrEnumerateDomainsInSamServer": "ntstatus",
    "lsarpc.LsarEnumerateAccounts": "ntstatus",
    "logon.NetrServerAuthenticate3": "ntstatus",
    "logon.DsrGetDcNameEx2": "win32",
    "svcctl.RCreateServiceW": "win32",
    "winreg.BaseRegEnumKey": "win32",
    "winreg.BaseInitiateSystemShutdown": "win32",
    "srvsvc.NetrShareEnum": "win32",
    "wkssvc.NetrWkstaUserEnum": "win32",
    "drsuapi.IDL_DRSGetNCChanges": "win32",
    "efsrpc.EfsRpcOpenFileRaw": "win32",
    "winspool.RpcOpenPrinter": "win32",
    "IRemoteWinspool.RpcAsyncOpenPrinter": "win32",
    "atsvc.NetrJobAdd": "win32",
    "InitShutdown.BaseInitiateShutdown": "win32",
    "nspi.NspiBind": "mapi",
    "IcaApi.RpcWinStationShadow": "truth",
    "W32Time.W32TimeQueryProviderStatus": "win32",
    "tapsrv.ClientAttach": "own",
    // Numbers.
    "netdfs.NetrDfsManagerGetVersion": null,
    "srvsvc.NetprPathCompare": null,
    "W32Time.W32TimeGetNetlogonServiceBits": null,
    "qmcomm.R_QMGetRTQMServerPort": null,
  })) {
    const found = kindOf(name);
    if (found !== kind) wrong.push(`${name}: ${found}, not ${kind}`);
  }
  assert.deepEqual(wrong, []);
});

const shared = sharedDir();
const skip = (shared === null || !existsSync(join(shared, "idl"))) && "no ../shared";

test("in the specifications' IDL, what is no status by their text is none", { skip }, () => {
  const { library } = userInterfaces(shared!);
  const numbers = new Set<string>();
  const shipped = loadInterfaces().table.library.interfaces.map((i) => i.file);
  const lookedAt = new Set([...Object.keys(EXPECTED), ...shipped]);
  for (const iface of library.interfaces) {
    if (!lookedAt.has(iface.file)) continue;
    for (const method of iface.methods) {
      if (!method?.returns || method.notOnWire || method.returns.kind !== "base") continue;
      if (method.returns.name === "HRESULT" || statusKindOf(method, iface) !== null) continue;
      numbers.add(`${iface.name}.${method.name}`);
    }
  }
  assert.deepEqual([...numbers].sort(), [
    "mgmt.rpc_mgmt_is_server_listening",
    "netdfs.NetrDfsManagerGetVersion", // 1, 2, 4 or 6
    "nspi.NspiUnbind", // 1 where it went well
    "qmcomm.R_QMGetRTQMServerPort", // a port
    "srvsvc.NetprNameCompare", // less, equal or greater
    "srvsvc.NetprPathCompare",
  ]);
});
