/** Words that are types, known before any name is looked up. [C706] 4.2.9, with MIDL's types. */

import type { BaseName } from "../ndr/types.js";
import type { Cursor } from "./cursor.js";
import type { Token } from "./lexer.js";

/** Sizes that `signed` and `unsigned` choose between. */
export const INTEGERS = new Map<string, [signed: BaseName, unsigned: BaseName]>(
  Object.entries({
    small: ["int8", "uint8"],
    short: ["int16", "uint16"],
    int: ["int32", "uint32"],
    long: ["int32", "uint32"],
    hyper: ["int64", "uint64"],
    __int8: ["int8", "uint8"],
    __int16: ["int16", "uint16"],
    __int32: ["int32", "uint32"],
    __int64: ["int64", "uint64"],
    __int3264: ["int3264", "uint3264"],
  }),
);

export const PLAIN = new Map<string, BaseName>(
  Object.entries({
    boolean: "boolean",
    byte: "byte",
    wchar_t: "wchar",
    float: "float",
    double: "double",
    error_status_t: "error_status",
  }),
);

const TYPE_WORDS = new Set([
  ...INTEGERS.keys(),
  ...PLAIN.keys(),
  ..."char void handle_t signed unsigned struct union enum const volatile pipe".split(" "),
]);

/** Words that a base type is made of. */
export const BASE_WORDS = new Set([
  ...INTEGERS.keys(),
  ...PLAIN.keys(),
  "char",
  "signed",
  "unsigned",
  "const",
  "volatile",
]);

/** Types of [MS-DTYP] that stand before methods and in casts; a file that imports them does not declare them. */
const COMMON_TYPES = new Set(
  (
    "BYTE CHAR UCHAR WORD SHORT USHORT INT UINT LONG ULONG DWORD LONGLONG ULONGLONG BOOL BOOLEAN VOID HRESULT SCODE " +
    "NTSTATUS NET_API_STATUS"
  ).split(" "),
);

/** Whether a word is a type for certain: before names are looked up only some are known. */
export function isKnownType(c: Cursor, t: Token): boolean {
  return (
    t.kind === "name" && (TYPE_WORDS.has(t.text) || COMMON_TYPES.has(t.text) || c.file.typedefs.has(t.text))
  );
}

export function isTypeWord(word: string): boolean {
  return TYPE_WORDS.has(word);
}
