/**
 * The one table of natives: shapes that IDL cannot express, each bound to the code that reads it and to the names by which
 * IDL declares it, in the shipped files and in users' own.
 *
 * To add one:
 * 1. Write its codec, a `Native` (ndr/decode-state.ts), in a file beside the protocol that defines it, citing the section.
 *    It puts its value into `into[key]` as early as it can, throws only WireError, reads another native with
 *    `state.readNative`, and registers what others ask for with `state.find`.
 * 2. Add its row here, with all names and tags that specifications give the type. Nothing else needs to know of it: the IDL
 *    reader binds the names, the interpreters of both transfer syntaxes find the codec.
 * 3. Add its rules to test/unit/ndr/rules.test.ts or a file of its own in test/oaut or test/dcom: bytes and value, for both
 *    byte orders and both transfer syntaxes.
 */
import { DUAL_STRING_ARRAY, M_INTERFACE_POINTER, ORPC_THAT, ORPC_THIS } from "../dcom/interface-pointer.js";
import type { Native } from "../ndr/decode-state.js";
import { BSTR, FLAGGED_WORD_BLOB } from "../oaut/bstr.js";
import { CURRENCY, DECIMAL } from "../oaut/numbers.js";
import { BRECORD } from "../oaut/record.js";
import { SAFEARRAY } from "../oaut/safearray.js";
import { VARIANT } from "../oaut/variant.js";
import { GUID } from "./guid.js";
import { TOWER } from "./tower.js";

interface Row {
  /** How type descriptions and other natives refer to it. */
  name: string;
  /**
   * Typedefs and tags that are it. One whose codec stands behind a pointer (`codec.pointer`) is bound whatever its
   * declaration; the others are bound where the name or the tag declares a structure.
   */
  idlNames: readonly string[];
  codec: Native;
}

const ROWS: readonly Row[] = [
  // [MS-OAUT] 2.2.23 to 2.2.30
  { name: "BSTR", idlNames: ["BSTR", "wireBSTR"], codec: BSTR },
  { name: "VARIANT", idlNames: ["VARIANT", "VARIANTARG", "wireVARIANT"], codec: VARIANT },
  { name: "SAFEARRAY", idlNames: ["SAFEARRAY", "wireSAFEARRAY"], codec: SAFEARRAY },
  {
    name: "FLAGGED_WORD_BLOB",
    idlNames: ["FLAGGED_WORD_BLOB", "_FLAGGED_WORD_BLOB"],
    codec: FLAGGED_WORD_BLOB,
  },
  { name: "BRECORD", idlNames: ["BRECORD", "wireBRECORD"], codec: BRECORD },
  { name: "CURRENCY", idlNames: ["CURRENCY", "CY", "tagCY"], codec: CURRENCY },
  { name: "DECIMAL", idlNames: ["DECIMAL", "tagDEC"], codec: DECIMAL },
  // [MS-DTYP] 2.3.4, [C706] Appendix A
  { name: "GUID", idlNames: ["GUID", "_GUID", "UUID", "uuid_t", "IID", "CLSID"], codec: GUID },
  // [MS-DCOM] 2.2.14, 2.2.19
  {
    name: "MInterfacePointer",
    idlNames: ["MInterfacePointer", "tagMInterfacePointer"],
    codec: M_INTERFACE_POINTER,
  },
  { name: "DUALSTRINGARRAY", idlNames: ["DUALSTRINGARRAY", "tagDUALSTRINGARRAY"], codec: DUAL_STRING_ARRAY },
  // [MS-DCOM] 2.2.13: NDR also where the rest of the stub is NDR64
  { name: "ORPCTHIS", idlNames: ["ORPCTHIS", "tagORPCTHIS"], codec: ORPC_THIS },
  { name: "ORPCTHAT", idlNames: ["ORPCTHAT", "tagORPCTHAT"], codec: ORPC_THAT },
  // [C706] Appendix L: protocol towers
  { name: "twr_t", idlNames: ["twr_t"], codec: TOWER },
];

/** Codecs by the name of the native, for the interpreters. */
export const NATIVES: ReadonlyMap<string, Native> = new Map(ROWS.map(({ name, codec }) => [name, codec]));

/** Natives by the names of IDL, for the IDL reader. */
export const NATIVE_TYPES: ReadonlyMap<string, { native: string; pointer: boolean }> = new Map(
  ROWS.flatMap(({ name, idlNames, codec }) =>
    idlNames.map((idlName) => [idlName, { native: name, pointer: codec.pointer }] as const),
  ),
);
