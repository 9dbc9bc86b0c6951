/**
 * [MS-WMIO] 2.2.82 CimType: the types of CIM values, by their numbers on the wire and the names that MOF gives them.
 *
 * Not handled: the array types as 2.2.82 lists them one by one, of which four contradict the rule that an array is its
 * base type with a flag; the rule is what is sent.
 */

/** [MS-WMIO] 2.2.82 CimArrayFlag. */
export const CIM_ARRAY = 0x2000;
/** [MS-WMIO] 2.2.32: the property was declared by a superclass. */
export const CIM_INHERITED = 0x4000;

/** What is left of a type without its flags. */
export const CIM_BASE = 0x0fff;

export const CIM_SINT8 = 16;
export const CIM_UINT8 = 17;
export const CIM_SINT16 = 2;
export const CIM_UINT16 = 18;
export const CIM_SINT32 = 3;
export const CIM_UINT32 = 19;
export const CIM_SINT64 = 20;
export const CIM_UINT64 = 21;
export const CIM_REAL32 = 4;
export const CIM_REAL64 = 5;
export const CIM_BOOLEAN = 11;
export const CIM_STRING = 8;
export const CIM_DATETIME = 101;
export const CIM_REFERENCE = 102;
export const CIM_CHAR16 = 103;
export const CIM_OBJECT = 13;

interface CimTypeRow {
  name: string;
  /** Bytes that a value takes in a table or an array: 4 for references to a heap. */
  size: number;
}

const TYPES: ReadonlyMap<number, CimTypeRow> = new Map([
  [CIM_SINT8, { name: "sint8", size: 1 }],
  [CIM_UINT8, { name: "uint8", size: 1 }],
  [CIM_SINT16, { name: "sint16", size: 2 }],
  [CIM_UINT16, { name: "uint16", size: 2 }],
  [CIM_SINT32, { name: "sint32", size: 4 }],
  [CIM_UINT32, { name: "uint32", size: 4 }],
  [CIM_SINT64, { name: "sint64", size: 8 }],
  [CIM_UINT64, { name: "uint64", size: 8 }],
  [CIM_REAL32, { name: "real32", size: 4 }],
  [CIM_REAL64, { name: "real64", size: 8 }],
  [CIM_BOOLEAN, { name: "boolean", size: 2 }],
  [CIM_STRING, { name: "string", size: 4 }],
  [CIM_DATETIME, { name: "datetime", size: 4 }],
  [CIM_REFERENCE, { name: "reference", size: 4 }],
  [CIM_CHAR16, { name: "char16", size: 2 }],
  [CIM_OBJECT, { name: "object", size: 4 }],
]);

/** Bytes that a value of this base type takes, or null for a type that is none. */
export function cimSize(base: number): number | null {
  return TYPES.get(base)?.size ?? null;
}

/** A type with its flags, as it is sent. */
export function typeBitsText(bits: number): string {
  const name = cimTypeName(bits & CIM_BASE, (bits & CIM_ARRAY) !== 0);
  return (bits & CIM_INHERITED) !== 0 ? `${name}, inherited` : name;
}

/** A type as MOF writes it, `uint32` or `string[]`. */
export function cimTypeName(base: number, array: boolean): string {
  const name = TYPES.get(base)?.name ?? `0x${base.toString(16)}`;
  return array ? `${name}[]` : name;
}
