/**
 * What the parser makes of an IDL file, before names are looked up: [C706] chapter 4, with the extensions of
 * Microsoft's compiler that the specifications use. Positions are offsets into the file's text.
 */

import type { AccessorKind, BaseName } from "../ndr/types.js";

/** A file of IDL as its reader got it. The name is matched against imports by its last part, whatever the case. */
export interface IdlFile {
  name: string;
  text: string;
  /** What the parser makes of the text, where that is known; each time anew. */
  parsed?: () => FileSyntax;
}

/** Something that a file gets wrong, or that it uses and this reader cannot know. Line and column count from 1. */
export interface IdlProblem {
  file: string;
  line: number;
  column: number;
  severity: "error" | "warning";
  /** What was expected and what was found. */
  message: string;
}

/** Called with a position wherever a fault is found. */
export type Report = (pos: number, severity: IdlProblem["severity"], message: string) => void;

/** Expressions as written: constants are not folded yet, and a name may be a parameter, a field or a constant. */
export type Expression =
  | { op: "const"; value: bigint }
  | { op: "string"; value: string }
  | { op: "name"; name: string; pos: number }
  | { op: "member"; of: Expression; name: string; pos: number }
  | { op: "deref"; of: Expression }
  | { op: "unary"; operator: "-" | "+" | "~" | "!"; of: Expression }
  | { op: "binary"; operator: string; left: Expression; right: Expression }
  | { op: "ternary"; test: Expression; then: Expression; else: Expression }
  | { op: "cast"; to: Declared; of: Expression }
  | { op: "sizeof"; of: Declared };

/** One attribute: `[size_is(a, b)]` has two expressions, an omitted one (`size_is(, b)`) is null. */
export interface Attribute {
  name: string;
  pos: number;
  args: (Expression | null)[];
  /** What is between the parentheses where it is not an expression: a UUID, a version, an identifier. */
  text: string;
  /** The type in `switch_type(T)`, `transmit_as(T)`, `wire_marshal(T)`. */
  type: Declared | null;
}

export type Attributes = readonly Attribute[];

/** Declarator parts from the name outwards: `*a[5]` is an array, then a pointer. */
export type DeclaratorPart =
  | { part: "pointer" }
  /** `size` null: `[]` or `[*]`. */
  | { part: "array"; size: Expression | null };

export interface Declarator {
  name: string;
  pos: number;
  parts: DeclaratorPart[];
}

/** A type with the declarator that refines it; the name may be empty. */
export interface Declared {
  spec: TypeSpec;
  declarator: Declarator;
}

export interface FieldSyntax {
  attributes: Attributes;
  spec: TypeSpec;
  declarator: Declarator;
}

export interface ArmSyntax {
  cases: Expression[];
  isDefault: boolean;
  field: FieldSyntax | null;
}

export interface StructSpec {
  spec: "struct";
  tag: string;
  /** What the specifications call it: the first typedef that is no pointer, else the tag. */
  name: string;
  pos: number;
  fields: FieldSyntax[];
  /** Why the body could not be read, or null. */
  broken: string | null;
  scope: Scope;
}

export interface UnionSpec {
  spec: "union";
  tag: string;
  /** As for structures. */
  name: string;
  pos: number;
  /** `switch (type name) union-name`. */
  encapsulated: { type: TypeSpec; discriminantName: string; unionName: string } | null;
  arms: ArmSyntax[];
  /** Attributes of the typedef that declares it. */
  attributes: Attributes;
  broken: string | null;
  scope: Scope;
}

export interface EnumSpec {
  spec: "enum";
  tag: string;
  pos: number;
  v1: boolean;
  members: { name: string; pos: number; value: Expression | null }[];
  broken: string | null;
}

export type TypeSpec =
  | { spec: "base"; base: BaseName }
  | { spec: "void" }
  /** `handle_t`: never travels. */
  | { spec: "handle" }
  | { spec: "name"; name: string; pos: number }
  | { spec: "tag"; kind: "struct" | "union" | "enum"; name: string; pos: number }
  | StructSpec
  | UnionSpec
  | EnumSpec
  /** `SAFEARRAY(T)`, and `SAFEARRAY` alone (element null). */
  | { spec: "safearray"; element: Declared | null; pos: number }
  | { spec: "pipe"; pos: number };

/** What surrounds a declaration and bears on the types in it. */
export interface Scope {
  /** The interface's pointer_default; MIDL's default is unique. */
  pointerDefault: "ref" | "unique" | "full";
  msUnion: boolean;
}

export interface TypedefEntry {
  kind: "typedef";
  attributes: Attributes;
  spec: TypeSpec;
  declarator: Declarator;
  pos: number;
  scope: Scope;
}

export interface TagEntry {
  kind: "tag";
  spec: StructSpec | UnionSpec | EnumSpec;
  pos: number;
}

export interface ConstEntry {
  kind: "const";
  pos: number;
  /** null: the enumeration's previous member plus one. */
  value: Expression | null;
  /** Position of an enumeration's member, and the enumeration. */
  member: { of: EnumSpec; index: number } | null;
  /** A cast to the declared type. */
  type: Declared | null;
}

export interface ParameterSyntax {
  attributes: Attributes;
  spec: TypeSpec;
  declarator: Declarator;
}

export interface MethodSyntax {
  name: string;
  pos: number;
  attributes: Attributes;
  accessor: AccessorKind;
  returns: { spec: TypeSpec; declarator: Declarator };
  params: ParameterSyntax[];
  /** Why the parameters could not be read, or null. */
  broken: string | null;
}

export interface InterfaceSyntax {
  name: string;
  pos: number;
  attributes: Attributes;
  base: { name: string; pos: number } | null;
  methods: MethodSyntax[];
  /** `dispinterface`: members are found by DISPID and have no numbers of their own. */
  dispatchOnly: boolean;
  scope: Scope;
}

export interface CoclassSyntax {
  name: string;
  pos: number;
  attributes: Attributes;
  interfaces: { name: string; isDefault: boolean; isSource: boolean }[];
}

/** All that one file declares. Later entries of the same name are later in the text. */
export interface FileSyntax {
  file: IdlFile;
  imports: { name: string; pos: number; include: boolean }[];
  typedefs: Map<string, TypedefEntry[]>;
  /** Keyed by kind and tag: `struct _GUID`. */
  tags: Map<string, TagEntry[]>;
  constants: Map<string, ConstEntry[]>;
  interfaces: InterfaceSyntax[];
  /** Names of interfaces, also of those that are only announced (`interface X;`). */
  interfaceNames: Set<string>;
  coclasses: CoclassSyntax[];
  /** Object-like macros that the file defines, as types or constants for those who come too early or from outside. */
  macros: Map<string, { declared: Declared | null; value: Expression | null }>;
}

export function attribute(attributes: Attributes, name: string): Attribute | undefined {
  for (const a of attributes) if (a.name === name) return a;
  return undefined;
}

export const NO_ATTRIBUTES: Attributes = [];

/** `[secret]`, an extension of this reader: the value is not for other eyes. Samba's IDL says `[flag(NDR_SECRET)]`. */
export function isSecret(attributes: Attributes): boolean {
  return attributes.some(
    ({ name, text }) => name === "secret" || (name === "flag" && /\bNDR_SECRET\b/.test(text)),
  );
}

const GUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What `uuid(…)` states, or null where it is missing or no UUID. */
export function statedUuid(attributes: Attributes): string | null {
  const text = attribute(attributes, "uuid")
    ?.text.replace(/[\s"{}]/g, "")
    .toLowerCase();
  return text !== undefined && GUID_TEXT.test(text) ? text : null;
}
