/** Type descriptions as the text that dissectors/idl/layout.ts reads: the other direction of layout-format.ts. */
import { interfaceKey, nameIn } from "../../dissectors/idl/layout.js";
import {
  ARRAY,
  type ArmForm,
  type ExprForm,
  type InterfaceForm,
  type LayoutForm,
  MARKS,
  type Members,
  type MethodForm,
  type Ref,
  type TypeForm,
} from "../../dissectors/idl/layout-format.js";
import type {
  BaseType,
  EnumType,
  Expr,
  Field,
  Interface,
  Library,
  Method,
  NdrType,
  Parameter,
  UnionArm,
} from "../../dissectors/ndr/types.js";

/** What one specification adds to the shipped library. */
export interface Declared {
  /** Each with the methods that it declares itself. */
  interfaces: readonly { iface: Interface; own: readonly Method[] }[];
  types: ReadonlyMap<string, NdrType>;
}

/** The layout file's text, a type or interface a line so that a change of one is a change of one. */
export function writeLayout(declared: Declared, shipped: Library["types"]): string {
  const shippedNames = new Map<NdrType, string>();
  for (const [name, type] of shipped) {
    if (isShared(type) && !shippedNames.has(type)) shippedNames.set(type, name);
  }
  const list: TypeForm[] = [];
  /** By identity where a type may contain itself, else by what is written. */
  const placeOf = new Map<unknown, Ref>();
  const placeOfText = new Map<string, Ref>();

  function add(form: TypeForm): Ref {
    const text = JSON.stringify(form);
    let ref = placeOfText.get(text);
    if (ref === undefined) {
      ref = list.push(form) - 1;
      placeOfText.set(text, ref);
    }
    return ref;
  }

  /** The place is taken before `make` meets what refers to it. */
  function once(key: unknown, make: () => TypeForm): Ref {
    const known = placeOf.get(key);
    if (known !== undefined) return known;
    const ref = list.push("byte") - 1;
    placeOf.set(key, ref);
    list[ref] = make();
    return ref;
  }

  function refOf(type: NdrType): Ref {
    const name = shippedNames.get(type);
    if (name !== undefined) return add(["shipped", name]);
    switch (type.kind) {
      case "base": {
        const text = baseText(type);
        const { range } = type;
        return add(range === undefined ? text : ["range", text, exprForm(range.low), exprForm(range.high)]);
      }
      case "enum":
        return add(enumForm(type));
      case "struct":
        return once(type, () => ["struct", type.name ?? 0, ...type.fields.flatMap(fieldForm)]);
      case "union": {
        const arms = once(type.arms, () => ["arms", ...type.arms.map(armForm)]);
        const ms = type.msUnion === true ? 1 : 0;
        const { encapsulated } = type;
        const discriminant = refOf(type.discriminant);
        if (encapsulated !== undefined) {
          const names: [string, string] = [encapsulated.discriminantName, encapsulated.unionName];
          return add(["switch", type.name ?? 0, discriminant, arms, ms, names]);
        }
        const on = type.switchIs === undefined ? 0 : exprForm(type.switchIs);
        if (on === 0 && type.switchIs !== undefined) throw new RangeError("switch_is(0)");
        return add(["union", type.name ?? 0, discriminant, arms, ms, on]);
      }
      case "pointer": {
        const to = refOf(type.to);
        return add(type.name === undefined ? [type.pointer, to] : [type.pointer, to, type.name]);
      }
      case "array": {
        const bits =
          (type.conformant ? ARRAY.conformant : 0) |
          (type.varying ? ARRAY.varying : 0) |
          (type.string ? ARRAY.string : 0) |
          (type.text === true ? ARRAY.text : 0);
        const [length, size, filled] = [type.length, type.sizeIs, type.lengthIs].map((e) =>
          e === null ? null : exprForm(e),
        );
        const tail = [size, filled, type.name ?? null];
        while (tail.length > 0 && tail.at(-1) === null) tail.pop();
        return add(["array", refOf(type.element), bits, length!, ...tail] as unknown as TypeForm);
      }
      case "interface": {
        const { interfaceName, iid, iidIs } = type;
        if (iidIs !== undefined) return add(["interface", interfaceName, iid ?? 0, exprForm(iidIs)]);
        return add(iid === undefined ? ["interface", interfaceName] : ["interface", interfaceName, iid]);
      }
      case "native": {
        const { native, name, element } = type;
        if (element !== undefined) return add(["native", native, name ?? 0, refOf(element)]);
        return add(name === undefined ? ["native", native] : ["native", native, name]);
      }
      case "context_handle":
        return add(type.name === undefined ? ["context"] : ["context", type.name]);
      case "unsupported":
        return add(
          type.name === undefined ? ["unsupported", type.reason] : ["unsupported", type.reason, type.name],
        );
    }
  }

  /** Whether some method has it. */
  function isReached(type: Extract<NdrType, { kind: "pointer" }>): boolean {
    const to = known(type.to);
    return to !== undefined && placeOfText.has(JSON.stringify([type.pointer, to, type.name]));
  }

  /** Where the type stands, if it does. */
  function known(type: NdrType): Ref | undefined {
    if (type.kind === "struct") return placeOf.get(type);
    return type.kind === "base" ? placeOfText.get(JSON.stringify(baseText(type))) : undefined;
  }

  function fieldForm(field: Field): [string, Ref] {
    const signs = `${field.secret === true ? MARKS.secret : ""}${field.ignore === true ? MARKS.ignore : ""}`;
    return [signs + field.name, refOf(field.type)];
  }

  function armForm({ cases, isDefault, field }: UnionArm): ArmForm {
    const values = cases.map((e) => {
      if (e.op !== "const") throw new TypeError("a case of a union that is no constant");
      return exprForm(e) as number | string;
    });
    const head = [values.length === 0 ? null : values, isDefault ? 1 : 0] as const;
    return field === null ? head : [...head, ...fieldForm(field)];
  }

  function paramForm(p: Parameter): [string, Ref] {
    let signs = "";
    if (p.out) signs += p.in ? MARKS.inOut : MARKS.out;
    if (p.retval) signs += MARKS.retval;
    if (p.notOnWire === true) signs += MARKS.notOnWire;
    if (p.secret === true) signs += MARKS.secret;
    return [signs + p.name, refOf(p.type)];
  }

  function methodForm(m: Method): MethodForm {
    const returns = m.returns === null ? -1 : refOf(m.returns);
    const members: Members = m.params.flatMap(paramForm);
    return [m.returnsSecret === true ? [returns] : returns, ...members];
  }

  const interfaces: { [key: string]: InterfaceForm } = {};
  for (const { iface, own } of declared.interfaces) {
    const form: InterfaceForm = { m: own.map(methodForm) };
    const dispids = own.flatMap((m, place) => (m.dispid === null ? [] : [[`${place}`, m.dispid] as const]));
    if (dispids.length > 0) form.d = Object.fromEntries(dispids);
    if (iface.callbacks.length > 0) form.c = iface.callbacks.map((m) => [m.name, ...methodForm(m)]);
    interfaces[interfaceKey(iface)] = form;
  }
  const names: { [name: string]: Ref } = {};
  for (const [name, type] of declared.types) {
    // Pointers by names of their own say nothing that what they point to does not say.
    if (type.kind === "pointer" && !isReached(type)) continue;
    const ref = refOf(type);
    if (nameIn(list[ref]!) !== name) names[name] = ref;
  }
  return textOf({ types: list, interfaces, names });
}

/** Types that are made once for each declaration, so that identity tells where they come from. */
function isShared(type: NdrType): boolean {
  return type.kind === "struct" || type.kind === "enum" || (type.kind === "union" && !!type.encapsulated);
}

function textOf({ types, interfaces, names }: LayoutForm): string {
  const lines = (items: readonly string[]): string => items.join(",\n");
  const members = Object.entries(interfaces).map(([key, form]) => `"${key}":${JSON.stringify(form)}`);
  return `{"types":[
${lines(types.map((t) => JSON.stringify(t)))}
],"interfaces":{
${lines(members)}
},"names":${JSON.stringify(names)}}
`;
}

function baseText({ base, name, format }: BaseType): string {
  if (format !== undefined) return `${base} ${name ?? ""} ${format}`;
  return name === undefined ? base : `${base} ${name}`;
}

function enumForm({ name, v1, members }: EnumType): TypeForm {
  let next = 0;
  const texts = [...members].map(([value, member]) => {
    const text = value === next ? member : `${member}=${value}`;
    next = value + 1;
    return text;
  });
  return ["enum", name ?? 0, v1 ? 1 : 0, texts.join(" ")];
}

function exprForm(e: Expr): ExprForm {
  switch (e.op) {
    case "const": {
      const small = e.value <= Number.MAX_SAFE_INTEGER && e.value >= Number.MIN_SAFE_INTEGER;
      return small ? Number(e.value) : `#${e.value}`;
    }
    case "name":
      return e.name;
    case "deref":
      return ["*", exprForm(e.of)];
    case "unary":
      return [e.operator, exprForm(e.of)];
    case "binary":
      return [e.operator, exprForm(e.left), exprForm(e.right)];
    case "ternary":
      return ["?", exprForm(e.test), exprForm(e.then), exprForm(e.else)];
  }
}
