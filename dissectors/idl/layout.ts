/**
 * Generated type descriptions read: what layout-format.ts describes becomes what the IDL reader would have made of the
 * specification's IDL. Types are made when they are first asked for. Pure: the text comes in.
 *
 * The text is the project's own: it is not checked.
 */
import type {
  ArrayType,
  BaseName,
  BaseType,
  EnumType,
  Expr,
  Field,
  Interface,
  InterfacePointerType,
  Library,
  Method,
  NdrType,
  NumberFormat,
  Parameter,
  PointerType,
  StructType,
  UnionArm,
  UnionType,
} from "../ndr/types.js";
import {
  ARRAY,
  type ArmForm,
  type ExprForm,
  type LayoutForm,
  MARKS,
  type MethodForm,
  type Ref,
  type TypeForm,
} from "./layout-format.js";

export interface Signature {
  params: Parameter[];
  returns: NdrType | null;
  returnsSecret: boolean;
}

/** One specification's descriptions. */
export interface Layout {
  /** Of the method at this place among those that the interface declares itself. */
  signature(key: string, place: number): Signature | null;
  dispid(key: string, place: number): number | null;
  callbacks(key: string): Method[];
  type(name: string): NdrType | null;
  readonly typeNames: readonly string[];
}

/** By what a layout finds an interface: one may have several versions, and one version two descriptions. */
export function interfaceKey({ uuid, version, name }: Pick<Interface, "uuid" | "version" | "name">): string {
  return `${uuid} ${version.major}.${version.minor} ${name}`;
}

type Form<K> = Extract<TypeForm, readonly [K, ...unknown[]]>;

const SIGNS: ReadonlySet<string> = new Set(Object.values(MARKS));

/** Reads `text`. `shipped` are the types of the shipped IDL, which it refers to by name. */
export function readLayout(text: string, shipped: Library["types"]): Layout {
  const form = JSON.parse(text) as LayoutForm;
  const types: (NdrType | undefined)[] = [];
  const armsOf = new Map<Ref, UnionArm[]>();
  let byName: Map<string, Ref> | null = null;

  function at(ref: Ref): NdrType {
    return types[ref] ?? make(ref);
  }

  function keep<T extends NdrType>(ref: Ref, made: T): T {
    types[ref] = made;
    return made;
  }

  function make(ref: Ref): NdrType {
    const f = form.types[ref]!;
    if (typeof f === "string") return keep(ref, baseType(f));
    switch (f[0]) {
      case "range":
        return keep(ref, { ...baseType(f[1]), range: { low: expression(f[2]), high: expression(f[3]) } });
      case "enum":
        return keep(ref, enumType(f));
      case "struct":
        return struct(ref, f);
      case "union":
      case "switch":
        return union(ref, f);
      case "ref":
      case "unique":
      case "full": {
        const made: PointerType = { kind: "pointer", pointer: f[0], to: at(f[1]) };
        if (f[2] !== undefined) made.name = f[2];
        return keep(ref, made);
      }
      case "array":
        return keep(ref, array(f));
      case "interface":
        return keep(ref, interfacePointer(f));
      case "native": {
        const [, native, name, element] = f;
        const named = name === undefined || name === 0 ? {} : { name };
        return keep(ref, {
          kind: "native",
          native,
          ...named,
          ...(element !== undefined && { element: at(element) }),
        });
      }
      case "context":
        return keep(ref, { kind: "context_handle", ...(f[1] !== undefined && { name: f[1] }) });
      case "unsupported":
        return keep(ref, { kind: "unsupported", reason: f[1], ...(f[2] !== undefined && { name: f[2] }) });
      case "shipped":
        return keep(ref, shipped.get(f[1])!);
      case "arms":
        throw new RangeError(`the arms of a union are no type: ${ref}`);
    }
  }

  /** Entered before its fields are made, as it may be one of them. */
  function struct(ref: Ref, f: Form<"struct">): StructType {
    const made = keep<StructType>(ref, { kind: "struct", fields: [] });
    if (f[1] !== 0) made.name = f[1];
    for (let i = 2; i < f.length; i += 2) made.fields.push(field(f[i] as string, f[i + 1] as Ref));
    return made;
  }

  function union(ref: Ref, f: Form<"union"> | Form<"switch">): UnionType {
    const arms: UnionArm[] = [];
    const made = keep<UnionType>(ref, { kind: "union", discriminant: at(f[2]), arms });
    if (f[1] !== 0) made.name = f[1];
    if (f[4] === 1) made.msUnion = true;
    if (f[0] === "switch") made.encapsulated = { discriminantName: f[5][0], unionName: f[5][1] };
    else if (f[5] !== 0) made.switchIs = expression(f[5] as ExprForm);
    made.arms = armsAt(f[3]);
    return made;
  }

  function armsAt(ref: Ref): UnionArm[] {
    const known = armsOf.get(ref);
    if (known !== undefined) return known;
    const made: UnionArm[] = [];
    armsOf.set(ref, made);
    const [, ...arms] = form.types[ref] as Form<"arms">;
    for (const arm of arms) made.push(unionArm(arm));
    return made;
  }

  function unionArm([cases, isDefault, name, type]: ArmForm): UnionArm {
    return {
      cases: (cases ?? []).map((value) => ({ op: "const", value: integer(value) })),
      isDefault: isDefault === 1,
      field: name === undefined || type === undefined ? null : field(name, type),
    };
  }

  function field(marked: string, type: Ref): Field {
    const signs = signsOf(marked);
    const made: Field = { name: marked.slice(signs.length), type: at(type) };
    if (signs.includes(MARKS.secret)) made.secret = true;
    if (signs.includes(MARKS.ignore)) made.ignore = true;
    return made;
  }

  function array([, element, bits, length, size, filled, name]: Form<"array">): ArrayType {
    const made: ArrayType = {
      kind: "array",
      element: at(element),
      length: maybe(length),
      conformant: (bits & ARRAY.conformant) !== 0,
      varying: (bits & ARRAY.varying) !== 0,
      sizeIs: maybe(size),
      lengthIs: maybe(filled),
      string: (bits & ARRAY.string) !== 0,
    };
    if (name !== undefined) made.name = name;
    if ((bits & ARRAY.text) !== 0) made.text = true;
    return made;
  }

  function signature([returns, ...members]: MethodForm): Signature {
    const params: Parameter[] = [];
    for (let i = 0; i < members.length; i += 2) {
      params.push(parameter(members[i] as string, at(members[i + 1] as Ref)));
    }
    const secret = typeof returns !== "number";
    const ref = secret ? returns[0] : returns;
    return { params, returns: ref < 0 ? null : at(ref), returnsSecret: secret };
  }

  function named(): ReadonlyMap<string, Ref> {
    if (byName !== null) return byName;
    byName = new Map(Object.entries(form.names));
    for (const [ref, type] of form.types.entries()) {
      const name = nameIn(type);
      if (name !== null && !byName.has(name)) byName.set(name, ref);
    }
    return byName;
  }

  return {
    signature(key, place) {
      const method = form.interfaces[key]?.m[place];
      return method === undefined ? null : signature(method);
    },
    dispid: (key, place) => form.interfaces[key]?.d?.[place] ?? null,
    callbacks: (key) =>
      (form.interfaces[key]?.c ?? []).map(([name, ...method], opnum) => ({
        opnum,
        name,
        idlName: name,
        accessor: "method",
        dispid: null,
        notOnWire: false,
        ...signature(method),
      })),
    type(name) {
      const ref = named().get(name);
      return ref === undefined ? null : at(ref);
    },
    get typeNames() {
      return [...named().keys()];
    },
  };
}

/** The name that a type has in itself, for those that are found by it. */
export function nameIn(form: TypeForm): string | null {
  if (typeof form === "string") return form.split(" ")[1] || null;
  switch (form[0]) {
    case "enum":
    case "struct":
    case "switch":
      return form[1] === 0 ? null : form[1];
    case "union":
      // As it is declared, not as some place uses it.
      return form[1] === 0 || form[5] !== 0 ? null : form[1];
    case "ref":
    case "unique":
    case "full":
      return form[2] ?? null;
    default:
      return null;
  }
}

function baseType(text: string): BaseType {
  const [base, name, format] = text.split(" ");
  const made: BaseType = { kind: "base", base: base as BaseName };
  if (name !== undefined && name !== "") made.name = name;
  if (format !== undefined) made.format = format as NumberFormat;
  return made;
}

function enumType([, name, v1, text]: Form<"enum">): EnumType {
  const members = new Map<number, string>();
  let next = 0;
  for (const member of text === "" ? [] : text.split(" ")) {
    const sign = member.indexOf("=");
    if (sign >= 0) next = Number(member.slice(sign + 1));
    members.set(next++, sign < 0 ? member : member.slice(0, sign));
  }
  const made: EnumType = { kind: "enum", v1: v1 === 1, members };
  if (name !== 0) made.name = name;
  return made;
}

function interfacePointer([, interfaceName, iid, iidIs]: Form<"interface">): InterfacePointerType {
  return {
    kind: "interface",
    interfaceName,
    ...(iid !== undefined && iid !== 0 && { iid }),
    ...(iidIs !== undefined && { iidIs: expression(iidIs) }),
  };
}

function parameter(marked: string, type: NdrType): Parameter {
  const signs = signsOf(marked);
  const retval = signs.includes(MARKS.retval);
  const both = signs.includes(MARKS.inOut);
  const out = both || signs.includes(MARKS.out);
  const made: Parameter = { name: marked.slice(signs.length), type, in: both || !out, out, retval };
  if (signs.includes(MARKS.notOnWire)) made.notOnWire = true;
  if (signs.includes(MARKS.secret)) made.secret = true;
  return made;
}

function signsOf(marked: string): string {
  let end = 0;
  while (SIGNS.has(marked[end] ?? "")) end++;
  return marked.slice(0, end);
}

function integer(value: number | string): bigint {
  return BigInt(typeof value === "number" ? value : value.slice(1));
}

function maybe(form: ExprForm | null | undefined): Expr | null {
  return form === null || form === undefined ? null : expression(form);
}

function expression(form: ExprForm): Expr {
  if (typeof form === "number") return { op: "const", value: BigInt(form) };
  if (typeof form === "string") {
    return form.startsWith("#") ? { op: "const", value: integer(form) } : { op: "name", name: form };
  }
  const [operator, ...operands] = form;
  const [first, then, last] = operands.map(expression);
  if (then === undefined) {
    if (operator === "*") return { op: "deref", of: first! };
    return { op: "unary", operator: operator as "-" | "+" | "~" | "!", of: first! };
  }
  if (last === undefined) return { op: "binary", operator, left: first!, right: then };
  return { op: "ternary", test: first!, then, else: last };
}
