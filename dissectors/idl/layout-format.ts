/**
 * How generated type descriptions are written: JSON, one file for each specification, made by scripts/catalogue.ts and read by
 * layout.ts. Types stand in one list and refer to each other by their places in it; what the shipped IDL declares (the types
 * of [MS-DTYP], [MS-DCOM] and [MS-OAUT]) is referred to by its name there.
 */

/** Place of a type in the list. */
export type Ref = number;

/**
 * A constant below 2^53 is a number, a larger one its digits behind "#"; a name is itself. `["*", e]` follows a pointer,
 * `["-", e]` is a sign, `["*", a, b]` a product, `["?", test, a, b]` a choice.
 */
export type ExprForm = number | string | ExprList;
/** An operator and its operands. */
export interface ExprList extends ReadonlyArray<ExprForm> {
  readonly 0: string;
}

/** `[name, type, name, type, ...]`. What holds for a member stands before its name, one sign each (MARKS). */
export type Members = readonly (string | Ref)[];

/** Signs before the names of parameters and fields. Without one a parameter is `[in]`. */
export const MARKS = { out: ">", inOut: "&", retval: "^", notOnWire: "-", secret: "!", ignore: "~" } as const;

/** Bits of an array. */
export const ARRAY = { conformant: 1, varying: 2, string: 4, text: 8 } as const;

/** One type. The first item says what kind it is; what is absent at the end has no value, 0 in its place as well. */
export type TypeForm =
  /** A base type: `uint32`, `uint32 DWORD`, `int32 HRESULT status`, `uint64  hex64`: its base, its name, its format. */
  | string
  | readonly ["range", base: string, low: ExprForm, high: ExprForm]
  /** Members follow one another by 1 from 0, unless they say `NAME=value`. */
  | readonly ["enum", name: string | 0, v1: 0 | 1, members: string]
  | readonly ["struct", name: string | 0, ...Members]
  /** What unions that are used in several places share. */
  | readonly ["arms", ...ArmForm[]]
  | readonly ["union", name: string | 0, discriminant: Ref, arms: Ref, ms: 0 | 1, switchIs: ExprForm | 0]
  | readonly [
      "switch",
      name: string | 0,
      discriminant: Ref,
      arms: Ref,
      ms: 0 | 1,
      names: readonly [string, string],
    ]
  | readonly ["ref" | "unique" | "full", to: Ref, name?: string]
  | readonly [
      "array",
      element: Ref,
      bits: number,
      length: ExprForm | null,
      size?: ExprForm | null,
      filled?: ExprForm | null,
      name?: string,
    ]
  | readonly ["interface", name: string, iid?: string | 0, iidIs?: ExprForm]
  | readonly ["native", native: string, name?: string | 0, element?: Ref]
  | readonly ["context", name?: string]
  | readonly ["unsupported", reason: string, name?: string]
  /** The type that the shipped IDL declares by this name. */
  | readonly ["shipped", name: string];

/** Cases of an arm, null for `[default]` alone, and its field where it has one. */
export type ArmForm = readonly [
  cases: readonly (number | string)[] | null,
  isDefault: 0 | 1,
  name?: string,
  type?: Ref,
];

/** What a method returns (-1 for nothing; `[type]` where it is `[secret]`), and its parameters. */
export type MethodForm = readonly [returns: Ref | readonly [Ref], ...parameters: Members];

export interface InterfaceForm {
  /** Methods that the interface declares itself, in the order of their opnums. */
  m: readonly MethodForm[];
  /** DISPIDs by their places in `m`. */
  d?: { readonly [place: string]: number };
  /** Callbacks, each with its name before what a method has. */
  c?: readonly (readonly [name: string, ...MethodForm])[];
}

export interface LayoutForm {
  types: readonly TypeForm[];
  /** By UUID, version and name: `12345778-1234-abcd-ef00-0123456789ac 1.0 samr`. */
  interfaces: { readonly [key: string]: InterfaceForm };
  /** Typedefs, structures, unions and enumerations by name. */
  names: { readonly [name: string]: Ref };
}
