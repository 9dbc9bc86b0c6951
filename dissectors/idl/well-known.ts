/**
 * Names of IDL that say more than their declarations: how numbers are written, which pointers are strings, what never
 * travels. Each holds wherever the name is declared, in the shipped files and in users' own. What is decoded by hand
 * has a table of its own, natives/table.ts.
 */

import type { NumberFormat } from "../ndr/types.js";

/** How numbers of these types are written. */
export const NUMBER_FORMATS: ReadonlyMap<string, NumberFormat> = new Map<string, NumberFormat>([
  ["HRESULT", "status"],
  ["SCODE", "status"],
  ["NTSTATUS", "status"],
  ["error_status_t", "status"],
  // [MS-DCOM] 2.2.1 to 2.2.9
  ["ID", "hex64"],
  ["OID", "hex64"],
  ["OXID", "hex64"],
  ["SETID", "hex64"],
]);

/**
 * Pointers to characters that are strings although [MS-DTYP] declares them without `[string]`, as Windows' own headers
 * have it, unless a size is stated where they are used.
 */
export const STRING_TYPES: ReadonlySet<string> = new Set(
  "LPWSTR LPCWSTR PWSTR PCWSTR LPSTR LPCSTR PSTR PCSTR LMSTR LMCSTR LPOLESTR LPCOLESTR LPTSTR LPCTSTR".split(
    " ",
  ),
);

/** Pointers to interfaces by names of their own, for files that use them undeclared. */
export const INTERFACE_POINTERS: ReadonlyMap<string, string> = new Map([
  ["LPUNKNOWN", "IUnknown"],
  ["LPDISPATCH", "IDispatch"],
]);

/** Types of parameters that instruct the stubs and never travel. */
export const NOT_ON_WIRE: ReadonlySet<string> = new Set([
  "handle_t",
  "RPC_BINDING_HANDLE",
  "RPC_ASYNC_STATE",
  "PRPC_ASYNC_STATE",
]);

/** Files of the Windows SDK by which of the specifications declares what of them travels. */
export const SDK_FILES: ReadonlyMap<string, string> = new Map([
  ["wtypes.idl", "ms-oaut.idl"],
  ["wtypes.h", "ms-oaut.idl"],
  ["wtypesbase.idl", "ms-oaut.idl"],
  ["unknwn.idl", "ms-dcom.idl"],
  ["unknwnbase.idl", "ms-dcom.idl"],
  ["objidl.idl", "ms-oaut.idl"],
  ["objidlbase.idl", "ms-oaut.idl"],
  ["oaidl.idl", "ms-oaut.idl"],
  ["ocidl.idl", "ms-oaut.idl"],
  ["oleidl.idl", "ms-oaut.idl"],
  ["dispex.idl", "ms-oaut.idl"],
  ["basetsd.h", "ms-dtyp.idl"],
  ["windef.h", "ms-dtyp.idl"],
]);
