/**
 * [MS-OAUT] 2.2.7 VARIANT type constants, and the types among them whose values are a fixed number of bytes. All
 * of them are little-endian whatever the data representation label says (2.2.29.1).
 */
import type { Value } from "../ndr/decoded.js";
import { real } from "../ndr/primitive.js";
import { hex32 } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import { hresultName } from "../wire/status.js";

export const VT_EMPTY = 0x00;
export const VT_NULL = 0x01;
export const VT_I2 = 0x02;
export const VT_I4 = 0x03;
export const VT_R4 = 0x04;
export const VT_R8 = 0x05;
export const VT_CY = 0x06;
export const VT_DATE = 0x07;
export const VT_BSTR = 0x08;
export const VT_DISPATCH = 0x09;
export const VT_ERROR = 0x0a;
export const VT_BOOL = 0x0b;
export const VT_VARIANT = 0x0c;
export const VT_UNKNOWN = 0x0d;
export const VT_DECIMAL = 0x0e;
export const VT_I1 = 0x10;
export const VT_UI1 = 0x11;
export const VT_UI2 = 0x12;
export const VT_UI4 = 0x13;
export const VT_I8 = 0x14;
export const VT_UI8 = 0x15;
export const VT_INT = 0x16;
export const VT_UINT = 0x17;
export const VT_HRESULT = 0x19;
export const VT_RECORD = 0x24;
export const VT_ARRAY = 0x2000;
export const VT_BYREF = 0x4000;
export const VT_TYPEMASK = 0x0fff;

const NAMES: ReadonlyMap<number, string> = new Map([
  [VT_EMPTY, "VT_EMPTY"],
  [VT_NULL, "VT_NULL"],
  [VT_I2, "VT_I2"],
  [VT_I4, "VT_I4"],
  [VT_R4, "VT_R4"],
  [VT_R8, "VT_R8"],
  [VT_CY, "VT_CY"],
  [VT_DATE, "VT_DATE"],
  [VT_BSTR, "VT_BSTR"],
  [VT_DISPATCH, "VT_DISPATCH"],
  [VT_ERROR, "VT_ERROR"],
  [VT_BOOL, "VT_BOOL"],
  [VT_VARIANT, "VT_VARIANT"],
  [VT_UNKNOWN, "VT_UNKNOWN"],
  [VT_DECIMAL, "VT_DECIMAL"],
  [VT_I1, "VT_I1"],
  [VT_UI1, "VT_UI1"],
  [VT_UI2, "VT_UI2"],
  [VT_UI4, "VT_UI4"],
  [VT_I8, "VT_I8"],
  [VT_UI8, "VT_UI8"],
  [VT_INT, "VT_INT"],
  [VT_UINT, "VT_UINT"],
  [0x18, "VT_VOID"],
  [VT_HRESULT, "VT_HRESULT"],
  [0x1a, "VT_PTR"],
  [0x1b, "VT_SAFEARRAY"],
  [0x1c, "VT_CARRAY"],
  [0x1d, "VT_USERDEFINED"],
  [0x1e, "VT_LPSTR"],
  [0x1f, "VT_LPWSTR"],
  [VT_RECORD, "VT_RECORD"],
  [0x25, "VT_INT_PTR"],
  [0x26, "VT_UINT_PTR"],
]);

/** The type's name, its bits behind it: `VT_BSTR|VT_ARRAY|VT_BYREF`. What has no name is hex. */
export function vtName(vt: number): string {
  const type = vt & ~(VT_ARRAY | VT_BYREF);
  let s = NAMES.get(type) ?? `0x${type.toString(16).padStart(4, "0")}`;
  if ((vt & VT_ARRAY) !== 0) s += "|VT_ARRAY";
  if ((vt & VT_BYREF) !== 0) s += "|VT_BYREF";
  return s;
}

/** A type of fixed size: its bytes, which are its alignment too, and how it is shown. */
export interface Scalar {
  size: number;
  read(r: Reader, field?: string): Value;
}

function boolName(value: number): string {
  return value === 0 ? "VARIANT_FALSE" : value === 0xffff ? "VARIANT_TRUE" : hexText(value);
}

function statusText(value: number): string {
  return hresultName(value) ?? hex32(value);
}

const SCALARS: ReadonlyMap<number, Scalar> = new Map<number, Scalar>([
  [VT_I1, { size: 1, read: (r, field) => r.i8(field) }],
  [VT_UI1, { size: 1, read: (r, field) => r.u8(field) }],
  [VT_I2, { size: 2, read: (r, field) => r.i16(field) }],
  [VT_UI2, { size: 2, read: (r, field) => r.u16(field) }],
  [VT_BOOL, { size: 2, read: (r, field) => r.u16(field, boolName) !== 0 }],
  [VT_I4, { size: 4, read: (r, field) => r.i32(field) }],
  [VT_INT, { size: 4, read: (r, field) => r.i32(field) }],
  [VT_UI4, { size: 4, read: (r, field) => r.u32(field) }],
  [VT_UINT, { size: 4, read: (r, field) => r.u32(field) }],
  [VT_ERROR, { size: 4, read: (r, field) => hex32(r.u32(field, statusText)) }],
  [VT_HRESULT, { size: 4, read: (r, field) => hex32(r.u32(field, statusText)) }],
  [VT_R4, { size: 4, read: (r, field) => real(r.f32(field)) }],
  [VT_R8, { size: 8, read: (r, field) => real(r.f64(field)) }],
  [VT_DATE, { size: 8, read: (r, field) => real(r.f64(field)) }],
  [VT_I8, { size: 8, read: (r, field) => r.i64(field).toString() }],
  [VT_UI8, { size: 8, read: (r, field) => r.u64(field).toString() }],
  [VT_CY, { size: 8, read: (r, field) => r.i64(field).toString() }],
]);

export function scalarOf(type: number): Scalar | undefined {
  return SCALARS.get(type);
}

/** An integer over a power of ten. */
function scaled(n: bigint, digits: number): string {
  const sign = n < 0n ? "-" : "";
  const text = (n < 0n ? -n : n).toString().padStart(digits + 1, "0");
  return digits === 0
    ? sign + text
    : `${sign}${text.slice(0, text.length - digits)}.${text.slice(text.length - digits)}`;
}

/** [MS-OAUT] 2.2.26 sign of a negative value. */
const DECIMAL_SIGN = 0x80;

/** [MS-OAUT] 2.2.26 DECIMAL, 16 bytes: a 96-bit integer over a power of ten, as a decimal number. */
export function readDecimal(r: Reader): string {
  r.u16("wReserved");
  const scale = r.u8("scale");
  const sign = r.u8("sign");
  const high = BigInt(r.u32("Hi32"));
  const low = r.u64("Lo64");
  const n = (high << 64n) | low;
  const text = scaled(n, scale);
  return (sign & DECIMAL_SIGN) !== 0 ? `-${text}` : text;
}
