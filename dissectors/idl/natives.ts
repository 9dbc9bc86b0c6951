/**
 * The one table that binds names of IDL to what IDL cannot express: hand-written decoders, and how numbers are
 * written. A binding holds wherever the name is declared, in the shipped files and in users' own.
 */

import type { NumberFormat } from "../ndr/types.js";

/**
 * Types that are decoded by hand, under the decoder's name. `pointer`: the IDL type is itself a pointer, which the
 * decoder's description says as well; such a name is bound whatever its declaration. The others are structures, bound
 * where the name (or the tag) declares a structure.
 */
export const NATIVE_TYPES: ReadonlyMap<string, { native: string; pointer: boolean }> = new Map(
  Object.entries({
    // [MS-OAUT] 2.2.23 to 2.2.30
    BSTR: { native: "BSTR", pointer: true },
    wireBSTR: { native: "BSTR", pointer: true },
    VARIANT: { native: "VARIANT", pointer: true },
    VARIANTARG: { native: "VARIANT", pointer: true },
    wireVARIANT: { native: "VARIANT", pointer: true },
    SAFEARRAY: { native: "SAFEARRAY", pointer: true },
    wireSAFEARRAY: { native: "SAFEARRAY", pointer: true },
    FLAGGED_WORD_BLOB: { native: "FLAGGED_WORD_BLOB", pointer: false },
    _FLAGGED_WORD_BLOB: { native: "FLAGGED_WORD_BLOB", pointer: false },
    BRECORD: { native: "BRECORD", pointer: true },
    wireBRECORD: { native: "BRECORD", pointer: true },
    CURRENCY: { native: "CURRENCY", pointer: false },
    CY: { native: "CURRENCY", pointer: false },
    tagCY: { native: "CURRENCY", pointer: false },
    DECIMAL: { native: "DECIMAL", pointer: false },
    tagDEC: { native: "DECIMAL", pointer: false },
    // [MS-DTYP] 2.3.4, [C706] Appendix A
    GUID: { native: "GUID", pointer: false },
    _GUID: { native: "GUID", pointer: false },
    UUID: { native: "GUID", pointer: false },
    uuid_t: { native: "GUID", pointer: false },
    IID: { native: "GUID", pointer: false },
    CLSID: { native: "GUID", pointer: false },
    // [MS-DCOM] 2.2.14, 2.2.19
    MInterfacePointer: { native: "MInterfacePointer", pointer: false },
    tagMInterfacePointer: { native: "MInterfacePointer", pointer: false },
    DUALSTRINGARRAY: { native: "DUALSTRINGARRAY", pointer: false },
    tagDUALSTRINGARRAY: { native: "DUALSTRINGARRAY", pointer: false },
    // [MS-DCOM] 2.2.13: NDR also where the rest of the stub is NDR64
    ORPCTHIS: { native: "ORPCTHIS", pointer: false },
    tagORPCTHIS: { native: "ORPCTHIS", pointer: false },
    ORPCTHAT: { native: "ORPCTHAT", pointer: false },
    tagORPCTHAT: { native: "ORPCTHAT", pointer: false },
    // [C706] Appendix L: protocol towers
    twr_t: { native: "twr_t", pointer: false },
  }),
);

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

/** Types of parameters that tell the stubs what to do and never travel. */
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
