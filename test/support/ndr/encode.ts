/**
 * An encoder for tests, written from [C706] chapter 14 and [MS-RPCE] 2.2.4-2.2.5 and not from the interpreter: two
 * passes over a value, what stands in place and what is deferred. Values have the form in which records show them.
 */
import type { ArrayType, Expr, Field, NdrType, UnionType } from "../../../dissectors/ndr/types.js";

export interface Options {
  syntax: "ndr" | "ndr64";
  littleEndian: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: values of any shape
type Any = any;

export class Out {
  readonly content: number[] = [];
  readonly o: Options;
  private nextId = 0x20000;

  constructor(o: Options) {
    this.o = o;
  }

  get wide(): boolean {
    return this.o.syntax === "ndr64";
  }

  align(n: number): void {
    while (this.content.length % n !== 0) this.content.push(0xaa);
  }

  put(value: bigint, size: number): void {
    const b: number[] = [];
    let v = BigInt.asUintN(size * 8, value);
    for (let i = 0; i < size; i++) {
      b.push(Number(v & 0xffn));
      v >>= 8n;
    }
    if (!this.o.littleEndian) b.reverse();
    this.content.push(...b);
  }

  int(value: number | bigint, size: number): void {
    this.align(size);
    this.put(BigInt(value), size);
  }

  count(n: number): void {
    this.int(n, this.wide ? 8 : 4);
  }

  id(there: boolean): void {
    this.int(there ? this.nextId : 0, this.wide ? 8 : 4);
    if (there) this.nextId += 4;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.content);
  }
}

const SIZES: { [base: string]: number } = {
  boolean: 1,
  byte: 1,
  char: 1,
  int8: 1,
  uint8: 1,
  wchar: 2,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float: 4,
  error_status: 4,
  int64: 8,
  uint64: 8,
  double: 8,
};

function baseSize(base: string, wide: boolean): number {
  return SIZES[base] ?? (wide ? 8 : 4);
}

/** [C706] 14.3.2: what a type weighs in the alignment of a structure. */
function alignment(t: NdrType, wide: boolean): number {
  const pointer = wide ? 8 : 4;
  switch (t.kind) {
    case "base":
      return baseSize(t.base, wide);
    case "enum":
      return wide || t.v1 ? 4 : 2;
    case "struct":
      return Math.max(1, ...t.fields.map((f) => (f.ignore ? pointer : alignment(f.type, wide))));
    case "union":
      return Math.max(alignment(t.discriminant, wide), armsAlignment(t, wide));
    case "array": {
      const element = bare(t.element, wide) ? 1 : alignment(t.element, wide);
      return Math.max(element, anyVarying(t) ? pointer : 1);
    }
    case "context_handle":
    case "native":
      return 4;
    case "pointer":
    case "interface":
      return pointer;
    default:
      throw new Error(t.kind);
  }
}

function armsAlignment(t: UnionType, wide: boolean): number {
  return Math.max(1, ...t.arms.map((a) => (a.field === null ? 1 : alignment(a.field.type, wide))));
}

function anyVarying(t: ArrayType): boolean {
  if (t.varying || t.string) return true;
  return !t.string && t.element.kind === "array" && !t.element.string && anyVarying(t.element);
}

/** [MS-RPCE] 2.2.5.3.5.1: the special case for arrays of reference pointers, NDR only. */
function bare(element: NdrType, wide: boolean): boolean {
  return !wide && element.kind === "pointer" && element.pointer === "ref";
}

const constant = (e: Expr | null): number => (e?.op === "const" ? Number(e.value) : Number.NaN);

interface Level {
  array: ArrayType;
  max: number;
  actual: number;
}

/** The dimensions of an array with the shape that the value has. */
function levels(t: ArrayType, value: Any): Level[] {
  const found: Level[] = [];
  let at: NdrType = t;
  let v = value;
  for (;;) {
    const a = at as ArrayType;
    const n = elementCount(a, v);
    const varying = a.varying || a.string;
    const max = a.conformant ? n + (varying ? n % 3 : 0) : constant(a.length);
    found.push({ array: a, max, actual: varying ? n : max });
    if (a.string || a.element.kind !== "array" || a.element.string) return found;
    at = a.element;
    v = Array.isArray(v) ? v[0] : undefined;
  }
}

function elementCount(a: ArrayType, v: Any): number {
  if (v === undefined) return a.conformant || a.varying ? 0 : constant(a.length);
  if (Array.isArray(v)) return v.length;
  const hex = a.element.kind === "base" && !a.string && baseSize(a.element.base, false) === 1;
  return hex ? v.length / 2 : v.length + (a.string ? 1 : 0);
}

/** Maximum counts that stand in front of the construct. */
function conformance(t: NdrType, value: Any): number[] {
  if (t.kind === "array")
    return levels(t, value)
      .filter((l) => l.array.conformant)
      .map((l) => l.max);
  if (t.kind === "struct")
    return t.fields.flatMap((f) => (f.ignore ? [] : conformance(f.type, value[f.name])));
  if (t.kind === "native" && t.native !== "GUID") return [nativeUnits(t.native, value).length];
  return [];
}

function hasConformance(t: NdrType): boolean {
  if (t.kind === "array") return t.conformant || (t.element.kind === "array" && hasConformance(t.element));
  if (t.kind === "struct") return t.fields.some((f) => hasConformance(f.type));
  return false;
}

export function encodeTop(out: Out, t: NdrType, value: Any): void {
  for (const n of conformance(t, value)) out.count(n);
  scalars(out, t, value);
  buffers(out, t, value);
}

/** A parameter: a reference pointer at the top level leaves no trace. */
export function encodeParameter(out: Out, t: NdrType, value: Any): void {
  encodeTop(out, t.kind === "pointer" && t.pointer === "ref" ? t.to : t, value);
}

function scalars(out: Out, t: NdrType, value: Any): void {
  switch (t.kind) {
    case "base":
      base(out, t.base, t.format === "hex64" ? `0x${value}` : value);
      return;
    case "enum":
      out.int(value.value, out.wide || t.v1 ? 4 : 2);
      return;
    case "struct": {
      const a = alignment(t, out.wide);
      out.align(a);
      for (const f of t.fields) {
        if (f.ignore) out.id(false);
        else scalars(out, f.type, value[f.name]);
      }
      const last = t.fields.at(-1)?.type;
      const open = hasConformance(t) || (last !== undefined && endsOpen(last));
      if (out.wide && !open) out.align(a);
      return;
    }
    case "union":
      union(out, t, value);
      return;
    case "array":
      array(out, t, value);
      return;
    case "pointer":
      out.id(t.pointer === "ref" || value !== null);
      return;
    case "native":
      encodeNative(out, t.native, value);
      return;
    case "context_handle":
      out.int(value.attributes, 4);
      guid(out, value.uuid);
      return;
    default:
      throw new Error(t.kind);
  }
}

function endsOpen(t: NdrType): boolean {
  if (t.kind === "array") return anyVarying(t) || hasConformance(t);
  if (t.kind === "struct") {
    const last = t.fields.at(-1);
    return last !== undefined && endsOpen(last.type);
  }
  return false;
}

/** MInterfacePointer from hex, DUALSTRINGARRAY from `{units, security}`: what stands behind their counts. */
function nativeUnits(name: string, value: Any): number[] {
  return name === "MInterfacePointer" ? [...Buffer.from(value, "hex")] : value.units;
}

function encodeNative(out: Out, name: string, value: Any): void {
  out.align(name === "DUALSTRINGARRAY" ? 2 : 4);
  if (name === "GUID") {
    guid(out, value);
    return;
  }
  const units = nativeUnits(name, value);
  const size = name === "MInterfacePointer" ? 1 : 2;
  out.int(units.length, size === 1 ? 4 : 2);
  if (size === 2) out.int(value.security, 2);
  for (const u of units) out.put(BigInt(u), size);
}

function guid(out: Out, text: string): void {
  const h = text.replaceAll("-", "");
  out.put(BigInt(`0x${h.slice(0, 8)}`), 4);
  out.put(BigInt(`0x${h.slice(8, 12)}`), 2);
  out.put(BigInt(`0x${h.slice(12, 16)}`), 2);
  for (let i = 16; i < 32; i += 2) out.content.push(Number.parseInt(h.slice(i, i + 2), 16));
}

function base(out: Out, name: string, value: Any): void {
  const size = baseSize(name, out.wide);
  if (name === "float" || name === "double") {
    const view = new DataView(new ArrayBuffer(8));
    if (name === "float") view.setFloat32(0, Number(value));
    else view.setFloat64(0, Number(value));
    const bits = name === "float" ? BigInt(view.getUint32(0)) : view.getBigUint64(0);
    out.int(bits, size);
    return;
  }
  if (name === "char" || name === "wchar") out.int(value.charCodeAt(0), size);
  else out.int(typeof value === "boolean" ? Number(value) : BigInt(value), size);
}

/** The arm that is live, by the name under which the value shows it. */
function live(t: UnionType, value: Any): { tag: bigint; tagValue: Any; field: Field | null; inner: Any } {
  const shown = t.encapsulated === undefined ? value : value[t.encapsulated.unionName];
  const name = shown === null ? null : Object.keys(shown)[0]!;
  const arm = t.arms.find((a) => (a.field === null ? name === null : a.field.name === name))!;
  const first = arm.cases[0];
  const tag = first?.op === "const" ? first.value : 99n;
  return { tag, tagValue: tagValue(t, tag), field: arm.field, inner: name === null ? null : shown[name] };
}

/** A tag as a value of its type. */
export function tagValue(t: UnionType, tag: bigint): Any {
  const d = t.discriminant;
  if (d.kind === "enum") return { value: Number(tag), name: d.members.get(Number(tag)) ?? null };
  if (d.kind === "base" && (d.base === "char" || d.base === "wchar")) return String.fromCharCode(Number(tag));
  if (d.kind === "base" && d.base === "boolean") return tag !== 0n;
  return Number(tag);
}

function union(out: Out, t: UnionType, value: Any): void {
  const { tagValue: tag, field, inner } = live(t, value);
  const arms = armsAlignment(t, out.wide);
  if (out.wide) out.align(Math.max(arms, alignment(t.discriminant, true)));
  scalars(out, t.discriminant, tag);
  if (out.wide || (t.msUnion === true && t.encapsulated === undefined)) out.align(arms);
  if (field !== null) scalars(out, field.type, inner);
}

function array(out: Out, t: ArrayType, value: Any): void {
  const dims = levels(t, value);
  for (const l of dims) {
    if (!l.array.varying && !l.array.string) continue;
    out.count(0);
    out.count(l.actual);
  }
  const innermost = dims.at(-1)!.array;
  if (!bare(innermost.element, out.wide)) out.align(alignment(innermost.element, out.wide));
  rows(out, dims, 0, value);
}

function rows(out: Out, dims: Level[], at: number, value: Any): void {
  const a = dims[at]!.array;
  if (at < dims.length - 1) {
    for (const row of value) rows(out, dims, at + 1, row);
    return;
  }
  const e = a.element;
  if (typeof value === "string" && e.kind === "base") {
    if (a.string || e.base === "wchar") {
      for (let i = 0; i < value.length; i++) out.int(value.charCodeAt(i), baseSize(e.base, out.wide));
      if (a.string) out.int(0, baseSize(e.base, out.wide));
    } else {
      for (let i = 0; i < value.length; i += 2) out.int(Number.parseInt(value.slice(i, i + 2), 16), 1);
    }
    return;
  }
  if (bare(e, out.wide)) return;
  for (const v of value) {
    if (e.kind === "union" && e.msUnion === true && !out.wide) out.align(alignment(e, false));
    scalars(out, e, v);
  }
}

function buffers(out: Out, t: NdrType, value: Any): void {
  switch (t.kind) {
    case "struct":
      for (const f of t.fields) if (!f.ignore) buffers(out, f.type, value[f.name]);
      return;
    case "union": {
      const { field, inner } = live(t, value);
      if (field !== null) buffers(out, field.type, inner);
      return;
    }
    case "array":
      if (Array.isArray(value)) for (const v of value) buffers(out, t.element, v);
      return;
    case "pointer":
      if (t.pointer === "ref" || value !== null) encodeTop(out, t.to, value);
      return;
  }
}
