/**
 * [MS-OAUT] 2.2.29 VARIANT: a unique pointer to wireVARIANT, a header with a type and the union that the type
 * selects. Header and numbers are little-endian whatever the data representation label says; a sender that follows
 * the label all the same is understood.
 *
 * The union's tag decides what is read, `vt` what it is called: the tag of an array names no element type. clSize
 * does not locate what follows and is not looked at.
 */

import type { Container, DecodeState, Key, Native } from "../ndr/decode-state.js";
import type { Value } from "../ndr/decoded.js";
import { unsupported } from "../wire/errors.js";
import { blobOrders, readBlob } from "./bstr.js";
import { inOrder } from "./orders.js";
import { readRecord } from "./record.js";
import { readSafearray, safearrayOrders } from "./safearray.js";
import {
  readDecimal,
  scalarOf,
  VT_ARRAY,
  VT_BOOL,
  VT_BSTR,
  VT_BYREF,
  VT_CY,
  VT_DATE,
  VT_DECIMAL,
  VT_DISPATCH,
  VT_EMPTY,
  VT_ERROR,
  VT_HRESULT,
  VT_I1,
  VT_I2,
  VT_I4,
  VT_I8,
  VT_INT,
  VT_NULL,
  VT_R4,
  VT_R8,
  VT_RECORD,
  VT_TYPEMASK,
  VT_UI1,
  VT_UI2,
  VT_UI4,
  VT_UI8,
  VT_UINT,
  VT_UNKNOWN,
  VT_VARIANT,
  vtName,
} from "./vartypes.js";

/** Bytes of the header: clSize, rpcReserved, vt, wReserved1-3. */
const HEADER_SIZE = 16;

/** Whether a type has an arm in the union. */
function hasArm(vt: number): boolean {
  if ((vt & ~(VT_ARRAY | VT_BYREF | VT_TYPEMASK)) !== 0) return false;
  if ((vt & VT_ARRAY) !== 0) return true;
  const type = vt & VT_TYPEMASK;
  if (type === VT_VARIANT) return (vt & VT_BYREF) !== 0;
  if (type === VT_EMPTY || type === VT_NULL) return true;
  return (
    type === VT_BSTR ||
    type === VT_DISPATCH ||
    type === VT_UNKNOWN ||
    type === VT_DECIMAL ||
    type === VT_RECORD ||
    scalarOf(type) !== undefined
  );
}

/** [MS-OAUT] 2.2.29.2: the arms of _varUnion by the type; behind a pointer they have a `p` more. */
const ARMS: ReadonlyMap<number, string> = new Map([
  [VT_I1, "cVal"],
  [VT_UI1, "bVal"],
  [VT_I2, "iVal"],
  [VT_UI2, "uiVal"],
  [VT_BOOL, "boolVal"],
  [VT_I4, "lVal"],
  [VT_UI4, "ulVal"],
  [VT_INT, "intVal"],
  [VT_UINT, "uintVal"],
  [VT_ERROR, "scode"],
  [VT_HRESULT, "scode"],
  [VT_R4, "fltVal"],
  [VT_R8, "dblVal"],
  [VT_DATE, "date"],
  [VT_CY, "cyVal"],
  [VT_I8, "llVal"],
  [VT_UI8, "ullVal"],
  [VT_DECIMAL, "decVal"],
  [VT_BSTR, "bstrVal"],
  [VT_UNKNOWN, "punkVal"],
  [VT_DISPATCH, "pdispVal"],
  [VT_VARIANT, "varVal"],
]);

function armName(vt: number): string {
  const type = vt & VT_TYPEMASK;
  if (type === VT_RECORD && (vt & VT_ARRAY) === 0) return "brecVal";
  const name = (vt & VT_ARRAY) !== 0 ? "parray" : (ARMS.get(type) ?? "value");
  return (vt & VT_BYREF) !== 0 ? `p${name}` : name;
}

/** Whether a wireVARIANT whose type and tag agree stands at the next multiple of 8 from `offset`. */
function looksLikeVariant(state: DecodeState, offset: number, littleEndian: boolean): boolean {
  const r = state.reader.ahead();
  r.offset = offset + ((8 - ((offset - r.origin) % 8)) % 8);
  r.littleEndian = littleEndian;
  if (r.left < HEADER_SIZE + 4) return false;
  r.skip(8);
  const vt = r.u16();
  r.skip(6);
  const tag = r.u32();
  if (!hasArm(vt)) return false;
  return tag === vt || ((vt & VT_ARRAY) !== 0 && tag === (vt & (VT_ARRAY | VT_BYREF)));
}

/**
 * Follows a chain of pointers: `levels` of them by the IDL, but what stands there decides, as some senders leave
 * one out. `true`: the reader stands at the referent; `false`: one of the pointers was null.
 */
function follow(state: DecodeState, levels: number, found: (offset: number) => boolean): boolean {
  if (state.referentId() === 0) return false;
  const size = state.wide ? 8 : 4;
  const start = state.reader.offset;
  let more = levels - 1;
  while (more > 0 && !found(start + more * size)) more--;
  if (more === 0 && !found(start)) more = levels - 1;
  for (let i = 0; i < more; i++) if (state.referentId() === 0) return false;
  return true;
}

/** Whether an MInterfacePointer stands there: its signature does. */
function looksLikeInterface(state: DecodeState, offset: number): boolean {
  const r = state.reader.ahead();
  r.offset = offset;
  const size = state.wide ? 8 : 4;
  const over = r.position % size;
  if (over !== 0) r.offset += size - over;
  r.offset += size + 4;
  return r.peek(0) === 0x4d && r.peek(1) === 0x45 && r.peek(2) === 0x4f && r.peek(3) === 0x57;
}

/** [MS-OAUT] 2.2.29.1 wireVARIANT, in front of whose alignment the reader stands. */
function readVariant(state: DecodeState, into: Container, key: Key): void {
  const r = state.reader;
  const drep = r.littleEndian;
  const little = drep || looksLikeVariant(state, r.offset, true) || !looksLikeVariant(state, r.offset, false);
  state.spend(1);
  r.align(8);
  r.littleEndian = little;
  r.u32("clSize");
  r.u32("rpcReserved");
  const vt = r.u16("vt", vtName);
  r.u16("wReserved1");
  r.u16("wReserved2");
  r.u16("wReserved3");
  const value: { [name: string]: Value } = { vt: vtName(vt) };
  into[key] = value;
  const tag = r.u32("switch_is", vtName);
  r.littleEndian = drep;
  const arrays = VT_ARRAY | VT_BYREF;
  if (tag !== vt && tag !== (vt & arrays)) {
    const message = `${state.path()}: the union's tag is ${vtName(tag)}, vt is ${vtName(vt)}`;
    state.note("warning", "variant-tag-mismatch", message);
  }
  const arm = (tag & VT_ARRAY) !== 0 ? (tag & arrays) | (vt & VT_TYPEMASK) : tag;
  if (!hasArm(arm)) throw unsupported(`${vtName(vt)} cannot be in a VARIANT`, r.offset - 4);
  if (state.wide) state.alignSoft(8);
  state.keys[state.depth++] = "value";
  readArm(state, arm, little, value);
  state.depth--;
  // The trailing gap of the structure, where nothing is deferred behind it.
  if (state.wide && scalarOf(arm) !== undefined) state.alignSoft(8);
}

function readArm(state: DecodeState, vt: number, little: boolean, into: { [name: string]: Value }): void {
  into.value = null;
  if (vt === VT_EMPTY || vt === VT_NULL) return;
  if (scalarOf(vt) !== undefined) {
    readPlain(state, vt, little, into, armName(vt));
    return;
  }
  state.reader.enter(armName(vt));
  readComposite(state, vt, little, into);
  state.reader.leave();
}

/** What has parts: counts, pointers, other natives. */
function readComposite(
  state: DecodeState,
  vt: number,
  little: boolean,
  into: { [name: string]: Value },
): void {
  const type = vt & VT_TYPEMASK;
  const byref = (vt & VT_BYREF) !== 0 ? 1 : 0;
  if ((vt & VT_ARRAY) !== 0) {
    const found = (at: number): boolean => safearrayOrders(state, at) !== null;
    if (follow(state, 2 + byref, found)) state.referent(() => readSafearray(state, into, "value", type));
    return;
  }
  switch (type) {
    case VT_EMPTY:
    case VT_NULL:
      return;
    case VT_BSTR: {
      const found = (at: number): boolean => blobOrders(state, at) !== null;
      if (!follow(state, 1 + byref, found)) return;
      readBlob(state, (text) => {
        into.value = text;
      });
      return;
    }
    case VT_UNKNOWN:
    case VT_DISPATCH:
      if (follow(state, 1 + byref, (at) => looksLikeInterface(state, at))) {
        state.readNative("MInterfacePointer", into, "value");
      }
      return;
    case VT_VARIANT:
      if (follow(state, 2, (at) => looksLikeVariant(state, at, true))) {
        state.referent(() => readVariant(state, into, "value"));
      }
      return;
    case VT_RECORD:
      if (state.referentId() !== 0) readRecord(state, into, "value");
      return;
    default:
      if (byref === 1 && state.referentId() === 0) return;
      readPlain(state, type, little, into, "value");
  }
}

function readPlain(
  state: DecodeState,
  type: number,
  little: boolean,
  into: { [name: string]: Value },
  field: string,
): void {
  const scalar = scalarOf(type);
  into.value = inOrder(state, little, (r) => {
    r.align(scalar?.size ?? 8);
    return scalar === undefined ? readDecimal(r) : scalar.read(r, field);
  });
}

export const VARIANT: Native = {
  pointer: true,
  conformant: false,
  align: { ndr: 4, ndr64: 8 },
  read(state, into, key) {
    readVariant(state, into, key);
  },
};
