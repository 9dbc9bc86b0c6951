/**
 * Type descriptions as values: what the IDL reader makes and the NDR interpreters walk. [C706] chapter 14,
 * [MS-RPCE] 2.2.4 and 2.2.5. Nothing here knows of one transfer syntax or one byte order: alignments and wire
 * sizes are the interpreters' knowledge.
 *
 * Descriptions may be cyclic (a structure that points to itself): walk them lazily.
 */

import type { Guid } from "../wire/guid.js";

/** Base types by what they are on the wire. `int3264` is 4 bytes in NDR and 8 in NDR64 ([MS-RPCE] 2.2.4.1.1). */
export type BaseName =
  | "boolean"
  | "byte"
  | "char"
  | "wchar"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "int3264"
  | "uint3264"
  | "float"
  | "double"
  | "error_status";

/** How a number is written in records: `status` as 0x%08x, `hex64` as 16 hex digits, else plain (64 bits: decimal string). */
export type NumberFormat = "status" | "hex64";

export interface BaseType {
  kind: "base";
  base: BaseName;
  /** The typedef's name as the IDL spells it (`HRESULT`, `DWORD`), if it came through one. */
  name?: string;
  format?: NumberFormat;
  /** `[range(low, high)]`. */
  range?: { low: Expr; high: Expr };
}

/** 16 bits in NDR unless `[v1_enum]`, which is 32; always 32 in NDR64. */
export interface EnumType {
  kind: "enum";
  name?: string;
  v1: boolean;
  members: ReadonlyMap<number, string>;
}

export interface Field {
  name: string;
  type: NdrType;
  /** `[ignore]`: the pointer is marshalled as 4 (or 8) bytes without a referent. */
  ignore?: boolean;
  /** `[secret]`: what it holds is not for other eyes. Decoding is the same. */
  secret?: true;
}

export interface StructType {
  kind: "struct";
  name?: string;
  fields: Field[];
}

export interface UnionArm {
  /** Values of the discriminant; empty for `[default]`. */
  cases: Expr[];
  isDefault: boolean;
  /** null: the arm has no field (`case X: ;`). */
  field: Field | null;
}

export interface UnionType {
  kind: "union";
  name?: string;
  /**
   * `switch (type name) arm-name { … }`: the discriminant and the union travel together as a structure whose
   * members have these names. Absent for a non-encapsulated union (whose discriminant is marshalled all the same).
   */
  encapsulated?: { discriminantName: string; unionName: string };
  /** Type of the discriminant on the wire. */
  discriminant: NdrType;
  /** `switch_is(expr)` of a non-encapsulated union: what the tag should be; used to check. */
  switchIs?: Expr;
  arms: UnionArm[];
  /** `[ms_union]`: alignment by the whole union, as MIDL's non-OSF mode. */
  msUnion?: boolean;
}

export type PointerClass = "ref" | "unique" | "full";

export interface PointerType {
  kind: "pointer";
  /**
   * Reference pointers have no representation where they are a parameter's topmost level and carry a referent id
   * elsewhere, which the interpreters decide from the position.
   */
  pointer: PointerClass;
  to: NdrType;
  name?: string;
}

/**
 * One array dimension; an array of arrays is one multi-dimensional NDR array. `size`: null = fixed by `length`,
 * otherwise conformant. `varying`: offset and actual count travel before the elements.
 */
export interface ArrayType {
  kind: "array";
  element: NdrType;
  /** Number of elements of a fixed array, else null. */
  length: Expr | null;
  conformant: boolean;
  varying: boolean;
  /** `size_is` (or `max_is` + 1), to check the wire's maximum count against; null where the IDL states none. */
  sizeIs: Expr | null;
  /** `length_is` (or `last_is` - first + 1). */
  lengthIs: Expr | null;
  /** `[string]`: the elements are characters with a terminator. Shown as text. */
  string: boolean;
  /** The characters of a counted string, [MS-DTYP] 2.3.10: numbers by their type, and shown as text. */
  text?: true;
  name?: string;
}

/** A pointer to a COM interface: on the wire a unique pointer to MInterfacePointer. [MS-DCOM] 2.2.14, 1.3.2. */
export interface InterfacePointerType {
  kind: "interface";
  /** The interface's name in the IDL (`IUnknown`, `IPCHCollection`). */
  interfaceName: string;
  /** Its IID, where the IDL declares it. */
  iid?: Guid;
  /** `iid_is(expr)`. */
  iidIs?: Expr;
}

/**
 * A shape that IDL cannot express, decoded by hand-written code that is found by this name
 * (`BSTR`, `VARIANT`, `SAFEARRAY`, `GUID`, `MInterfacePointer`, `DUALSTRINGARRAY`, …).
 */
export interface NativeType {
  kind: "native";
  native: string;
  name?: string;
  /** The element type named in `SAFEARRAY(BSTR)`, where the IDL still says it. */
  element?: NdrType;
}

/** 20 bytes: attributes and UUID, ndr_context_handle of [C706]; [MS-RPCE] 2.2.1.1.4. */
export interface ContextHandleType {
  kind: "context_handle";
  name?: string;
}

/** Declared, known, but not decodable (`pipe`, a type that the IDL never defines). Decoding stops here with a note. */
export interface UnsupportedType {
  kind: "unsupported";
  reason: string;
  name?: string;
}

export type NdrType =
  | BaseType
  | EnumType
  | StructType
  | UnionType
  | PointerType
  | ArrayType
  | InterfacePointerType
  | NativeType
  | ContextHandleType
  | UnsupportedType;

/** An expression over parameters or fields of the same scope, as in `size_is((cb + 7) & ~7)`. */
export type Expr =
  | { op: "const"; value: bigint }
  | { op: "name"; name: string }
  | { op: "deref"; of: Expr }
  | { op: "unary"; operator: "-" | "+" | "~" | "!"; of: Expr }
  | { op: "binary"; operator: string; left: Expr; right: Expr }
  | { op: "ternary"; test: Expr; then: Expr; else: Expr };

export interface Parameter {
  name: string;
  type: NdrType;
  in: boolean;
  out: boolean;
  retval: boolean;
  /** `handle_t` and other parameters that never travel. */
  notOnWire?: boolean;
  /** `[secret]`, on the parameter, on a typedef that its type comes through, or on the method that returns it. */
  secret?: true;
}

export type AccessorKind = "method" | "propget" | "propput" | "propputref";

export interface Method {
  opnum: number;
  /** As the specification writes it; with both accessors of a property, `DomainName (Get)` and `DomainName (Set)`. */
  name: string;
  /** The identifier in the IDL, without the accessor. */
  idlName: string;
  accessor: AccessorKind;
  /** `id(…)`, as an unsigned 32-bit number, or null. */
  dispid: number | null;
  params: Parameter[];
  /** null for void. */
  returns: NdrType | null;
  /** `[secret]` on the method, or on the type that it returns: the return value is, unless it is a status. */
  returnsSecret?: boolean;
  /** Declared only to keep the numbering (`OpnumNNotUsedOnWire`, `[local]`). */
  notOnWire: boolean;
  /** What others call a method that its specification only numbers. */
  alias?: string;
  /** Its name is known and nothing more: what it takes and returns cannot be read. */
  undescribed?: true;
}

export interface Interface {
  name: string;
  uuid: Guid;
  version: { major: number; minor: number };
  /** `[object]`: a COM interface, whose calls start with ORPCTHIS and ORPCTHAT. */
  object: boolean;
  /** `[dual]` or derived from IDispatch. */
  dual: boolean;
  /** `dispinterface`: members are reached through Invoke alone, and their places in `methods` say nothing of opnums. */
  dispatchOnly: boolean;
  /** Name of the interface it derives from, or null. */
  base: string | null;
  /** By opnum, inherited ones included; a hole where a base interface is unknown. */
  methods: (Method | undefined)[];
  /** What the server calls on the client, by opnums of its own. [MS-RPCE] 2.2.4.2. */
  callbacks: Method[];
  /** File that declared it, as given by who read it. */
  file: string;
}

export interface Coclass {
  /** Its ProgID, where the IDL says one (`[progid("Excel.Application")]`). */
  name: string;
  uuid: Guid;
  interfaces: string[];
  defaultInterface: string | null;
  /** Its IID, where the IDL declares it: several libraries call theirs _Application. */
  defaultIid: Guid | null;
}

/** All that a set of IDL files declares, names resolved. */
export interface Library {
  interfaces: Interface[];
  coclasses: Coclass[];
  /** typedefs, structures, unions and enumerations by name. */
  types: ReadonlyMap<string, NdrType>;
  constants: ReadonlyMap<string, bigint | string>;
}
