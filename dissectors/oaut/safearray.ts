/**
 * [MS-OAUT] 2.2.30 SAFEARRAY: header, a union by the kind of the elements, bounds, then the elements. All of it is
 * little-endian whatever the data representation label says, except for interface pointers and referent ids.
 *
 * SAFEARRAY is a pointer by its IDL; Windows sends a pointer to that pointer. Both are understood.
 *
 * Shown are the bounds from the first dimension on (the wire has them in reverse) and the elements in the order in
 * which they lie: the first dimension changes fastest.
 */

import type { Container, DecodeState, Key, Native } from "../ndr/decode-state.js";
import type { Value } from "../ndr/decoded.js";
import type { NdrType } from "../ndr/types.js";
import { malformed } from "../wire/errors.js";
import { readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { flagsOf, hexText } from "../wire/show.js";
import { readBlob } from "./bstr.js";
import { findOrders, inOrder, type Orders, readCount } from "./orders.js";
import {
  scalarOf,
  VT_BOOL,
  VT_BSTR,
  VT_CY,
  VT_DATE,
  VT_DISPATCH,
  VT_I1,
  VT_I2,
  VT_I4,
  VT_I8,
  VT_R4,
  VT_R8,
  VT_RECORD,
  VT_UI1,
  VT_UI2,
  VT_UI4,
  VT_UI8,
  VT_UNKNOWN,
  VT_VARIANT,
  vtName,
} from "./vartypes.js";

/** [MS-OAUT] 2.2.8 SF_TYPE; the others equal their VARIANT types. */
const SF_HAVEIID = 0x800d;
const SF_TYPES: ReadonlySet<number> = new Set([
  VT_I1,
  VT_I2,
  VT_I4,
  VT_I8,
  VT_BSTR,
  VT_UNKNOWN,
  VT_DISPATCH,
  VT_VARIANT,
  VT_RECORD,
  SF_HAVEIID,
]);

/** [MS-OAUT] 2.2.9. */
const FADF_HAVEVARTYPE = 0x0080;
const FADF_DISPATCH = 0x0400;
const FEATURES = flagsOf([
  [0x0001, "FADF_AUTO"],
  [0x0002, "FADF_STATIC"],
  [0x0004, "FADF_EMBEDDED"],
  [0x0010, "FADF_FIXEDSIZE"],
  [0x0020, "FADF_RECORD"],
  [0x0040, "FADF_HAVEIID"],
  [FADF_HAVEVARTYPE, "FADF_HAVEVARTYPE"],
  [0x0100, "FADF_BSTR"],
  [0x0200, "FADF_UNKNOWN"],
  [FADF_DISPATCH, "FADF_DISPATCH"],
  [0x0800, "FADF_VARIANT"],
]);

/** The upper half of cLocks is the type of the elements. */
function locksWithVartype(cLocks: number): string {
  return `${cLocks & 0xffff}, ${vtName(cLocks >>> 16)}`;
}

/** [MS-OAUT] 2.2.8: SF_BSTR for what holds VT_BSTR. */
function sfName(sfType: number): string {
  if (sfType === SF_HAVEIID) return "SF_HAVEIID";
  return SF_TYPES.has(sfType) ? `SF_${vtName(sfType).slice("VT_".length)}` : hexText(sfType);
}

/** OLE automation itself allows 64. */
const MAX_DIMENSIONS = 256;

/** Bytes of the header from cDims to cLocks. */
const FIXED_SIZE = 12;

/** The count equals cDims and the union's tag is one of the SF_TYPEs. */
function agrees(wide: boolean, count: number, body: Reader): boolean {
  if (body.left < 2 || count === 0 || count > MAX_DIMENSIONS || body.u16() !== count) return false;
  if (body.left < FIXED_SIZE - 2 + 8) return true; // cut off: what is there agrees
  body.skip(FIXED_SIZE - 2);
  if (wide) body.align(8);
  return SF_TYPES.has(body.u32());
}

/** The byte orders of the SAFEARRAY at `offset`, or null where there is none. */
export function safearrayOrders(state: DecodeState, offset: number): Orders | null {
  return findOrders(state, offset, (count, body) => agrees(state.wide, count, body));
}

/** [MS-OAUT] 2.2.30.10. `vtHint` names the elements where the array itself does not; 0 for none. */
export function readSafearray(state: DecodeState, into: Container, key: Key, vtHint: number): void {
  const r = state.reader;
  const orders = r.littleEndian ? null : safearrayOrders(state, r.offset);
  const drep = r.littleEndian;
  const count = inOrder(state, orders?.countLittle ?? true, () => state.count("max_count"));
  r.align(state.wide ? 8 : 4);
  r.littleEndian = orders?.bodyLittle ?? true;
  const cDims = r.u16("cDims");
  const fFeatures = r.u16("fFeatures", FEATURES);
  r.u32("cbElements");
  const cLocks = r.u32("cLocks", (fFeatures & FADF_HAVEVARTYPE) !== 0 ? locksWithVartype : undefined);
  if (state.wide) r.align(8);
  const sfType = r.u32("sfType", sfName);
  if (!SF_TYPES.has(sfType)) {
    throw malformed(`SAFEARRAY elements of kind 0x${sfType.toString(16)}`, r.offset - 4, "sfType");
  }
  if (state.wide) r.align(8);
  const size = r.u32("Size");
  const referent = state.referentId();
  const iid = sfType === SF_HAVEIID ? readGuid(r, "iid") : null;
  if (cDims !== count) {
    state.note("warning", "size-is-mismatch", `${state.path()}: ${count} bounds, cDims says ${cDims}`);
  }
  const vt = elementType(state, sfType, fFeatures, cLocks >>> 16, vtHint);
  const bounds: Value[] = [];
  const values: Value[] = [];
  const value: { [name: string]: Value } = { vt: vtName(vt), bounds, values };
  if (iid !== null) value.iid = iid;
  into[key] = value;
  const total = readBounds(state, count, bounds);
  if (referent !== 0) {
    const elements = inOrder(state, drep, () => readCount(state, size));
    if (elements !== size) {
      const message = `${state.path()}: the maximum count is ${elements}, Size says ${size}`;
      state.note("warning", "size-is-mismatch", message);
    }
    if (elements !== total && sfType !== VT_RECORD) {
      const message = `${state.path()}: ${elements} elements where the bounds make ${total}`;
      state.note("warning", "safearray-bounds", message);
    }
    state.keys[state.depth++] = "values";
    r.enter("elements");
    readElements(state, sfType, vt, elements, values, drep);
    r.leave();
    state.depth--;
  }
  r.littleEndian = drep;
}

/** rgsabound: `count` pairs, last dimension first. Gives the number of elements that they make. */
function readBounds(state: DecodeState, count: number, into: Value[]): number {
  if (count > MAX_DIMENSIONS) {
    throw malformed(`a SAFEARRAY of ${count} dimensions`, state.reader.offset, "cDims");
  }
  let total = count === 0 ? 0 : 1;
  for (let i = 0; i < count; i++) {
    state.reader.enter("rgsabound", i);
    const elements = state.reader.u32("cElements");
    const lower = state.reader.i32("lLbound");
    state.reader.leave();
    total *= elements;
    into.unshift({ elements, lower });
  }
  return total;
}

function elementType(
  state: DecodeState,
  sfType: number,
  fFeatures: number,
  declared: number,
  hint: number,
): number {
  const fits = (vt: number): boolean => {
    if (sfType === SF_HAVEIID) return vt === VT_UNKNOWN || vt === VT_DISPATCH;
    const scalar = scalarOf(sfType);
    return scalar === undefined ? vt === sfType : scalarOf(vt)?.size === scalar.size;
  };
  if ((fFeatures & FADF_HAVEVARTYPE) !== 0) {
    if (fits(declared)) return declared;
    const message = `${state.path()}: elements of ${vtName(declared)} in an array of kind 0x${sfType.toString(16)}`;
    state.note("warning", "safearray-vartype", message);
  }
  if (fits(hint)) return hint;
  if (sfType !== SF_HAVEIID) return sfType;
  return (fFeatures & FADF_DISPATCH) !== 0 ? VT_DISPATCH : VT_UNKNOWN;
}

function readElements(
  state: DecodeState,
  sfType: number,
  vt: number,
  count: number,
  values: Value[],
  drep: boolean,
): void {
  const r = state.reader;
  const scalar = scalarOf(vt);
  const depth = state.depth++;
  if (scalar !== undefined) {
    if (count > 0) r.align(scalar.size);
    for (let i = 0; i < count; i++) {
      state.keys[depth] = i;
      state.spend(1);
      values.push(scalar.read(r, "[]"));
    }
    state.depth = depth;
    return;
  }
  r.littleEndian = drep;
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    state.keys[depth] = i;
    state.spend(1);
    ids.push(state.referentId());
  }
  for (let i = 0; i < count; i++) {
    state.keys[depth] = i;
    if (ids[i] === 0) {
      values[i] = null;
      continue;
    }
    r.enter("", i);
    readElement(state, sfType, values, i);
    r.leave();
  }
  state.depth = depth;
}

function readElement(state: DecodeState, sfType: number, values: Value[], i: number): void {
  switch (sfType) {
    case VT_BSTR:
      readBlob(state, (text) => {
        values[i] = text;
      });
      return;
    case VT_VARIANT:
      state.readNative("VARIANT", values, i);
      return;
    case VT_RECORD:
      state.readNative("BRECORD", values, i);
      return;
    default:
      state.readNative("MInterfacePointer", values, i);
  }
}

/** VARIANT types of the elements that an IDL may name, `SAFEARRAY(BSTR)`. */
const VT_OF_BASE: ReadonlyMap<string, number> = new Map([
  ["int8", VT_I1],
  ["char", VT_I1],
  ["uint8", VT_UI1],
  ["byte", VT_UI1],
  ["int16", VT_I2],
  ["uint16", VT_UI2],
  ["wchar", VT_UI2],
  ["int32", VT_I4],
  ["uint32", VT_UI4],
  ["int64", VT_I8],
  ["uint64", VT_UI8],
  ["float", VT_R4],
  ["double", VT_R8],
]);

function hintOf(element: NdrType | undefined): number {
  switch (element?.kind) {
    case "native":
      if (element.native === "BSTR") return VT_BSTR;
      if (element.native === "VARIANT") return VT_VARIANT;
      return element.native === "CURRENCY" ? VT_CY : 0;
    case "base":
      if (element.name === "VARIANT_BOOL") return VT_BOOL;
      if (element.name === "DATE") return VT_DATE;
      return VT_OF_BASE.get(element.base) ?? 0;
    case "enum":
      return VT_I4;
    case "interface":
      return element.interfaceName === "IDispatch" ? VT_DISPATCH : VT_UNKNOWN;
    default:
      return 0;
  }
}

/** `SAFEARRAY(T)`: the interpreter has read one referent id, not null. */
export const SAFEARRAY: Native = {
  pointer: true,
  conformant: false,
  align: { ndr: 4, ndr64: 8 },
  read(state, into, key, type) {
    if (safearrayOrders(state, state.reader.offset) === null) {
      if (state.referentId() === 0) {
        into[key] = null;
        return;
      }
    }
    readSafearray(state, into, key, hintOf(type.element));
  },
};
