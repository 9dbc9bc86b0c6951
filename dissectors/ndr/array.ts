/**
 * [C706] 14.3.3-14.3.5 arrays and strings, [MS-RPCE] 2.2.4.4 and 2.2.5.3.2-3. An array of arrays is one array of
 * several dimensions: maximum counts of all of them first, then offsets and actual counts, then the elements.
 *
 * Bytes are shown as hex, wide characters, strings and the printable text of a STRING as text, anything else as a list.
 */
import { malformed } from "../wire/errors.js";
import { hex } from "../wire/guid.js";
import { latin1, utf16 } from "../wire/text.js";
import { type Compiler, failing } from "./codec.js";
import type { Codec, Container, DecodeState, Key } from "./decode-state.js";
import type { Value } from "./decoded.js";
import { evaluateConstant } from "./expr.js";
import { bareReference } from "./pointer.js";
import type { ArrayType, BaseType, Expr, NdrType } from "./types.js";

/** Elements without bytes that an array may have. */
const MAX_EMPTY_ELEMENTS = 4096;

interface Dimension {
  conformant: boolean;
  varying: boolean;
  /** Elements of a fixed dimension. */
  length: number;
  sizeIs: Expr | null;
  lengthIs: Expr | null;
}

type Row = (state: DecodeState, count: number, into: Container, key: Key) => void;

export function compileArray(c: Compiler, type: ArrayType): Codec {
  const dims: Dimension[] = [];
  let innermost: ArrayType = type;
  for (;;) {
    const d = dimension(innermost);
    if (d === null) return failing(`an array whose length is not a constant`);
    dims.push(d);
    const next: NdrType = innermost.element;
    // [MS-RPCE] 2.2.4.4: the strings of an array are represented one by one.
    if (innermost.string || next.kind !== "array" || next.string) break;
    innermost = next;
  }
  const element = elementCodec(c, innermost.element);
  if (element.dims > 0) return failing("an array of conformant structures");
  const row = rowReader(innermost, element);
  const conformant = dims.filter((d) => d.conformant).length;
  const varying = dims.some((d) => d.varying);
  const countSize = c.syntax === "ndr64" ? 8 : 4;
  const align = Math.max(element.align, varying ? countSize : 1);

  const read = (state: DecodeState, into: Container, key: Key): void => {
    const shape = readShape(state, dims);
    if (shape.includes(0)) state.alignEmpty(element.align);
    else state.reader.align(element.align);
    readRows(state, shape, 0, row, into, key);
  };
  const refs =
    element.refs === null
      ? null
      : (state: DecodeState, into: Container, key: Key): void =>
          eachElement(state, dims.length, into[key], (list, i) => element.refs!(state, list, i));
  return { align, dims: conformant, open: conformant > 0 || varying, read, refs };
}

function dimension(a: ArrayType): Dimension | null {
  const varying = a.varying || a.string;
  const base = { varying, sizeIs: a.sizeIs, lengthIs: a.lengthIs };
  if (a.conformant || a.length === null) return { ...base, conformant: true, length: 0 };
  const length = evaluateConstant(a.length);
  return length === null ? null : { ...base, conformant: false, length: Number(length) };
}

function elementCodec(c: Compiler, type: NdrType): Codec {
  if (type.kind === "pointer" && type.pointer === "ref" && c.syntax === "ndr") return bareReference(c, type);
  const codec = c.codec(type);
  if (type.kind !== "union" || type.msUnion !== true || c.syntax === "ndr64") return codec;
  // [MS-RPCE] 2.2.4.5: each element is aligned to the largest alignment of all the arms.
  return {
    ...codec,
    read(state, into, key) {
      state.reader.align(codec.align);
      codec.read(state, into, key);
    },
  };
}

/** The number of elements that travel in each dimension. */
function readShape(state: DecodeState, dims: Dimension[]): number[] {
  const shape: number[] = [];
  for (const d of dims) {
    const n = d.conformant ? state.takeCount() : d.length;
    state.check("size-is-mismatch", "the maximum count", d.sizeIs, n);
    shape.push(n);
  }
  for (let i = 0; i < dims.length; i++) {
    const d = dims[i]!;
    if (!d.varying) continue;
    const offset = state.count("offset");
    const actual = state.count("actual_count");
    if (offset !== 0) {
      state.note("info", "array-offset", `${state.path()}: elements from index ${offset} on were sent`);
    }
    if (offset + actual > shape[i]!) {
      const message = `${state.path()}: offset ${offset} and actual count ${actual} exceed the size of ${shape[i]}`;
      state.note("warning", "array-bounds", message);
    }
    state.check("length-is-mismatch", "the actual count", d.lengthIs, actual);
    shape[i] = actual;
  }
  return shape;
}

function readRows(
  state: DecodeState,
  shape: number[],
  at: number,
  row: Row,
  into: Container,
  key: Key,
): void {
  const count = shape[at]!;
  if (at === shape.length - 1) {
    row(state, count, into, key);
    return;
  }
  const list: Value[] = [];
  into[key] = list;
  if (shape[at + 1] === 0) guardEmpty(state, count);
  const depth = state.depth++;
  for (let i = 0; i < count; i++) {
    state.keys[depth] = i;
    state.spend(1);
    readRows(state, shape, at + 1, row, list, i);
  }
  state.depth = depth;
}

/** Calls `visit` for every element that was read, rows within rows. */
function eachElement(
  state: DecodeState,
  dims: number,
  list: Value[],
  visit: (list: Value[], i: number) => void,
): void {
  const depth = state.depth++;
  for (let i = 0; i < list.length; i++) {
    state.keys[depth] = i;
    if (dims === 1) visit(list, i);
    else eachElement(state, dims - 1, list[i] as Value[], visit);
  }
  state.depth = depth;
}

/** The bytes of `count` elements; where some are missing, what is there is kept by `keep` before the failure. */
function run(
  state: DecodeState,
  count: number,
  size: number,
  keep: (bytes: Uint8Array) => Value,
  put: (v: Value) => void,
) {
  const r = state.reader;
  const total = count * size;
  const there = Math.min(total, r.left);
  const start = r.offset;
  const value = keep(r.data.subarray(start, start + there - (there % size)));
  put(value);
  r.skip(total);
  r.note("elements", start, value);
}

function rowReader(array: ArrayType, element: Codec): Row {
  const type = array.element;
  if (type.kind === "base" && type.format === undefined && type.range === undefined) {
    const text = textRow(array, type);
    if (text !== null) return text;
  }
  const leaf = element.leaf;
  if (leaf !== undefined) return (state, count, into, key) => leafRow(state, count, leaf, into, key);
  return (state, count, into, key) => compositeRow(state, count, element, into, key);
}

/** Hex for bytes, text for characters; null for what is shown as a list. */
function textRow(array: ArrayType, type: BaseType): Row | null {
  const by = (size: number, show: (state: DecodeState, b: Uint8Array) => Value): Row => {
    return (state, count, into, key) =>
      run(
        state,
        count,
        size,
        (b) => show(state, b),
        (v) => {
          into[key] = v;
        },
      );
  };
  switch (type.base) {
    case "wchar":
      return by(2, (state, b) => trimmed(utf16(b, state.reader.littleEndian, state.lone)));
    case "char":
    case "byte":
    case "uint8":
      if (array.string) return by(1, (_w, b) => trimmed(latin1(b)));
      return array.text ? by(1, (_w, b) => countedBytes(b)) : by(1, (_w, b) => hex(b));
    case "uint16":
      if (array.string) return by(2, (state, b) => trimmed(utf16(b, state.reader.littleEndian, state.lone)));
      return array.text ? by(2, (state, b) => countedUnits(utf16(b, state.reader.littleEndian))) : null;
    default:
      return null;
  }
}

/** [MS-SAMR] 2.2.2.1 RPC_STRING: some hold text, some the bytes of a challenge's response. */
function countedBytes(bytes: Uint8Array): string {
  const text = trimmed(latin1(bytes));
  return isPrintable(bytes.subarray(0, text.length)) ? text : hex(bytes);
}

/**
 * [MS-DTYP] 2.3.10: text, but for the hashes that [MS-SAMR] RPC_SHORT_BLOB puts into the same shape. What no text
 * has (a lone surrogate, a control character that is neither NUL nor white space) stays a list of numbers.
 */
function countedUnits(text: string): Value {
  const shown = trimmed(text);
  if (!NO_TEXT.test(shown)) return shown;
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

const NO_TEXT = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every((b) => b >= 0x20 && b < 0x7f);
}

/** Without the terminator, and without the filling behind it. */
function trimmed(s: string): string {
  let n = s.length;
  while (n > 0 && s.charCodeAt(n - 1) === 0) n--;
  return n === s.length ? s : s.slice(0, n);
}

function leafRow(
  state: DecodeState,
  count: number,
  leaf: (state: DecodeState) => Value,
  into: Container,
  key: Key,
): void {
  const list: Value[] = [];
  into[key] = list;
  const depth = state.depth++;
  for (let i = 0; i < count; i++) {
    state.keys[depth] = i;
    state.spend(1);
    list.push(leaf(state));
  }
  state.depth = depth;
}

function compositeRow(state: DecodeState, count: number, element: Codec, into: Container, key: Key): void {
  const list: Value[] = [];
  into[key] = list;
  const depth = state.depth++;
  for (let i = 0; i < count; i++) {
    state.keys[depth] = i;
    state.spend(1);
    const before = state.reader.offset;
    element.read(state, list, i);
    if (state.reader.offset === before) guardEmpty(state, count);
  }
  state.depth = depth;
}

/** Elements that take no bytes are not bounded by the bytes that are left. */
function guardEmpty(state: DecodeState, count: number): void {
  if (count > MAX_EMPTY_ELEMENTS && count > state.reader.left) {
    throw malformed(`${count} elements without bytes`, state.reader.offset, "max_count");
  }
}
