/**
 * BSTR, VARIANT and SAFEARRAY as the lab says them. [MS-OAUT] 2.2.23, 2.2.29, 2.2.30.
 *
 * Byte order: FLAGGED_WORD_BLOB, the VARIANT header and scalars, SAFEARRAY are little-endian whatever the drep;
 * referent identifiers and the counts of interface pointers follow it.
 *
 * Not handled: user-defined types (VT_RECORD), SAFEARRAYs of them.
 */

import { fromHex } from "./bytes.js";
import { hex32, type ObjectRef, reference, type Said, saidReference } from "./dcom.js";
import { type Ndr, USER_REFERENT } from "./ndr.js";

const VT = {
  VT_EMPTY: 0x00,
  VT_NULL: 0x01,
  VT_I2: 0x02,
  VT_I4: 0x03,
  VT_R4: 0x04,
  VT_R8: 0x05,
  VT_CY: 0x06,
  VT_DATE: 0x07,
  VT_BSTR: 0x08,
  VT_DISPATCH: 0x09,
  VT_ERROR: 0x0a,
  VT_BOOL: 0x0b,
  VT_VARIANT: 0x0c,
  VT_UNKNOWN: 0x0d,
  VT_DECIMAL: 0x0e,
  VT_I1: 0x10,
  VT_UI1: 0x11,
  VT_UI2: 0x12,
  VT_UI4: 0x13,
  VT_I8: 0x14,
  VT_UI8: 0x15,
  VT_INT: 0x16,
  VT_UINT: 0x17,
} as const;

const VT_ARRAY = 0x2000;
const VT_BYREF = 0x4000;

type ScalarName =
  | "VT_I2"
  | "VT_I4"
  | "VT_R4"
  | "VT_R8"
  | "VT_DATE"
  | "VT_ERROR"
  | "VT_BOOL"
  | "VT_I1"
  | "VT_UI1"
  | "VT_UI2"
  | "VT_UI4"
  | "VT_INT"
  | "VT_UINT";

type WideName = "VT_I8" | "VT_UI8" | "VT_CY";

/** [MS-OAUT] 2.2.26: the number is hi:lo over ten to the power of `scale`. */
export interface Decimal {
  negative: boolean;
  scale: number;
  hi: number;
  lo: bigint;
}

export type Variant =
  | { vt: "VT_EMPTY" | "VT_NULL" }
  | { vt: ScalarName; value: number; byref?: boolean }
  | { vt: WideName; value: bigint; byref?: boolean }
  | { vt: "VT_BSTR"; value: string | null; byref?: boolean }
  | { vt: "VT_DISPATCH" | "VT_UNKNOWN"; value: ObjectRef | null; byref?: boolean }
  | { vt: "VT_DECIMAL"; value: Decimal; byref?: boolean }
  | { vt: "VT_ARRAY"; value: SafeArray | null; byref?: boolean }
  | { vt: "VT_VARIANT"; value: Variant };

export const EMPTY: Variant = { vt: "VT_EMPTY" };
export const bstrVariant = (value: string | null): Variant => ({ vt: "VT_BSTR", value });
export const i4 = (value: number): Variant => ({ vt: "VT_I4", value });
export const dispatchVariant = (value: ObjectRef | null): Variant => ({ vt: "VT_DISPATCH", value });

export interface SafeArray {
  vt:
    | "VT_BSTR"
    | "VT_VARIANT"
    | "VT_DISPATCH"
    | "VT_UNKNOWN"
    | "VT_UI1"
    | "VT_I2"
    | "VT_I4"
    | "VT_I8"
    | "VT_R8"
    | "VT_BOOL";
  /** As a programmer writes them, leftmost dimension first. */
  bounds: { elements: number; lower: number }[];
  /** All elements, in the order of the wire. */
  values: unknown[];
  features?: number;
  /** FADF_HAVEIID: the interface of every element, for arrays of interface pointers. */
  iid?: string;
}

/** How a SAFEARRAY parameter is laid out: as MS-RAI's own IDL reads, or as Windows sends an LPSAFEARRAY. */
export type SafeArrayLayout = "one-referent" | "two-referents";

const FADF = {
  HAVEIID: 0x40,
  HAVEVARTYPE: 0x80,
  BSTR: 0x100,
  UNKNOWN: 0x200,
  DISPATCH: 0x400,
  VARIANT: 0x800,
};

/** A 32-bit value that is little-endian whatever the drep. */
function le32(ndr: Ndr, value: number): Ndr {
  ndr.align(4);
  for (let i = 0; i < 4; i++) ndr.u8((value >>> (8 * i)) & 0xff);
  return ndr;
}

function le16(ndr: Ndr, value: number): Ndr {
  ndr.align(2);
  return ndr.u8(value & 0xff).u8((value >>> 8) & 0xff);
}

function le64(ndr: Ndr, value: bigint): Ndr {
  ndr.align(8);
  const bits = BigInt.asUintN(64, value);
  for (let i = 0n; i < 8n; i++) ndr.u8(Number((bits >> (8n * i)) & 0xffn));
  return ndr;
}

function leCount(ndr: Ndr, value: number): Ndr {
  return ndr.wide ? le64(ndr, BigInt(value)) : le32(ndr, value);
}

function leFloat(ndr: Ndr, value: number, size: 4 | 8): Ndr {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  ndr.align(size);
  return ndr.bytes(new Uint8Array(view.buffer));
}

/** FLAGGED_WORD_BLOB: the referent of a BSTR. Null is a blob of 0xFFFFFFFF bytes, not a null pointer. */
function blob(ndr: Ndr, text: string | null): void {
  const units = text?.length ?? 0;
  leCount(ndr, units);
  le32(ndr, text === null ? 0xffffffff : 2 * units);
  le32(ndr, units);
  for (let i = 0; i < units; i++) le16(ndr, text!.charCodeAt(i));
}

/** A BSTR: "User" where Windows' own marshaller writes the referent identifier. */
export function bstr(ndr: Ndr, text: string | null, identifier: number = USER_REFERENT): Ndr {
  return ndr.pointer(() => blob(ndr, text), identifier);
}

export const saidArray = (array: SafeArray | null): Said =>
  array === null
    ? null
    : {
        vt: array.vt,
        bounds: array.bounds.map(({ elements, lower }) => ({ elements, lower })),
        values: array.values.map((value) => saidElement(array.vt, value)),
      };

function saidElement(vt: SafeArray["vt"], value: unknown): Said {
  if (vt === "VT_VARIANT") return saidVariant(value as Variant);
  if (vt === "VT_DISPATCH" || vt === "VT_UNKNOWN") return saidReference(value as ObjectRef | null);
  if (vt === "VT_I8") return String(value);
  if (vt === "VT_BOOL") return value !== 0;
  return value as Said;
}

/** A VARIANT as the call log prints it. */
export function saidVariant(v: Variant): Said {
  const suffix = "byref" in v && v.byref ? "|VT_BYREF" : "";
  switch (v.vt) {
    case "VT_EMPTY":
    case "VT_NULL":
      return { vt: v.vt, value: null };
    case "VT_BSTR":
      return { vt: v.vt + suffix, value: v.value };
    case "VT_DISPATCH":
    case "VT_UNKNOWN":
      return { vt: v.vt + suffix, value: saidReference(v.value) };
    case "VT_I8":
    case "VT_UI8":
      return { vt: v.vt + suffix, value: String(v.value) };
    case "VT_CY":
      return { vt: v.vt + suffix, value: String(v.value) };
    case "VT_DECIMAL": {
      const digits = ((BigInt(v.value.hi) << 64n) | v.value.lo).toString().padStart(v.value.scale + 1, "0");
      const cut = digits.length - v.value.scale;
      const text = v.value.scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
      return { vt: v.vt + suffix, value: (v.value.negative ? "-" : "") + text };
    }
    case "VT_ARRAY":
      return { vt: `${v.value?.vt ?? "VT_BSTR"}|VT_ARRAY${suffix}`, value: saidArray(v.value) };
    case "VT_VARIANT":
      return { vt: "VT_VARIANT|VT_BYREF", value: saidVariant(v.value) };
    case "VT_BOOL":
      return { vt: v.vt + suffix, value: v.value !== 0 };
    case "VT_ERROR":
      return { vt: v.vt + suffix, value: hex32(v.value) };
    default:
      return { vt: v.vt + suffix, value: v.value };
  }
}

function scalar(ndr: Ndr, vt: ScalarName, value: number): void {
  switch (vt) {
    case "VT_I1":
    case "VT_UI1":
      ndr.u8(value & 0xff);
      return;
    case "VT_I2":
    case "VT_UI2":
    case "VT_BOOL":
      le16(ndr, value);
      return;
    case "VT_R4":
      leFloat(ndr, value, 4);
      return;
    case "VT_R8":
    case "VT_DATE":
      leFloat(ndr, value, 8);
      return;
    default:
      le32(ndr, value);
  }
}

function decimal(ndr: Ndr, d: Decimal): void {
  ndr.align(8);
  le16(ndr, 0)
    .u8(d.scale)
    .u8(d.negative ? 0x80 : 0);
  le32(ndr, d.hi);
  le64(ndr, d.lo);
}

/** The vt field of a variant. */
function vtOf(v: Variant): number {
  const byref = "byref" in v && v.byref ? VT_BYREF : 0;
  if (v.vt === "VT_ARRAY") return VT[v.value?.vt ?? "VT_BSTR"] | VT_ARRAY | byref;
  if (v.vt === "VT_VARIANT") return VT.VT_VARIANT | VT_BYREF;
  return VT[v.vt] | byref;
}

/** The union's tag names no element type where the variant holds an array. */
function tagOf(v: Variant): number {
  const vt = vtOf(v);
  return vt & VT_ARRAY ? vt & (VT_ARRAY | VT_BYREF) : vt;
}

/** The live arm of _varUnion, after the tag. */
function arm(ndr: Ndr, v: Variant): void {
  if (v.vt === "VT_EMPTY" || v.vt === "VT_NULL") return;
  // NDR64 lays every arm at the union's largest alignment.
  if (ndr.wide) ndr.align(8);
  const value = () => {
    switch (v.vt) {
      case "VT_I8":
      case "VT_UI8":
      case "VT_CY":
        le64(ndr, v.value);
        return;
      case "VT_BSTR":
        bstr(ndr, v.value);
        return;
      case "VT_DISPATCH":
      case "VT_UNKNOWN":
        reference(ndr, v.value);
        return;
      case "VT_DECIMAL":
        decimal(ndr, v.value);
        return;
      case "VT_ARRAY":
        psafearray(ndr, v.value);
        return;
      case "VT_VARIANT":
        variant(ndr, v.value);
        return;
      case "VT_EMPTY":
      case "VT_NULL":
        return;
      default:
        scalar(ndr, v.vt, v.value);
    }
  };
  if (v.vt === "VT_VARIANT" || ("byref" in v && v.byref)) ndr.pointer(value);
  else value();
}

/** PSAFEARRAY: a unique pointer to SAFEARRAY, which is itself a unique pointer to the structure. */
function psafearray(ndr: Ndr, array: SafeArray | null): void {
  ndr.pointer(
    array === null ? null : () => ndr.pointer(() => safeArrayBody(ndr, array), USER_REFERENT),
    array === null ? undefined : USER_REFERENT,
  );
}

/** VARIANT: a unique pointer to a wireVARIANT. [MS-OAUT] 2.2.29. */
export function variant(ndr: Ndr, v: Variant): Ndr {
  return ndr.pointer(() => {
    ndr.align(8);
    const start = ndr.out.length;
    le32(ndr, 0);
    le32(ndr, 0);
    le16(ndr, vtOf(v));
    le16(ndr, 0);
    le16(ndr, 0);
    le16(ndr, 0);
    le32(ndr, tagOf(v));
    arm(ndr, v);
    ndr.flush();
    // clSize counts quadwords and is little-endian, so it cannot go through the writer's own order.
    const size = Math.ceil((ndr.out.length - start) / 8);
    ndr.out.patchU32(start, ndr.encoding.little ? size : swap32(size));
  }, USER_REFERENT);
}

function swap32(value: number): number {
  return (
    (((value & 0xff) << 24) |
      ((value & 0xff00) << 8) |
      ((value >>> 8) & 0xff00) |
      ((value >>> 24) & 0xff)) >>>
    0
  );
}

const SIZES: { [vt in SafeArray["vt"]]: { sf: number; element: number; features: number } } = {
  VT_BSTR: { sf: VT.VT_BSTR, element: 4, features: FADF.BSTR | FADF.HAVEVARTYPE },
  VT_VARIANT: { sf: VT.VT_VARIANT, element: 16, features: FADF.VARIANT | FADF.HAVEVARTYPE },
  VT_DISPATCH: { sf: VT.VT_DISPATCH, element: 4, features: FADF.DISPATCH },
  VT_UNKNOWN: { sf: VT.VT_UNKNOWN, element: 4, features: FADF.UNKNOWN },
  VT_UI1: { sf: VT.VT_I1, element: 1, features: FADF.HAVEVARTYPE },
  VT_I2: { sf: VT.VT_I2, element: 2, features: FADF.HAVEVARTYPE },
  VT_BOOL: { sf: VT.VT_I2, element: 2, features: FADF.HAVEVARTYPE },
  VT_I4: { sf: VT.VT_I4, element: 4, features: FADF.HAVEVARTYPE },
  VT_I8: { sf: VT.VT_I8, element: 8, features: FADF.HAVEVARTYPE },
  VT_R8: { sf: VT.VT_I8, element: 8, features: FADF.HAVEVARTYPE },
};

function pointerInOwnOrder(ndr: Ndr, referent: () => void): void {
  // Identifiers inside a SAFEARRAY are little-endian like the rest of it.
  leCount(ndr, USER_REFERENT);
  ndr.pointerLater(referent);
}

/** struct _wireSAFEARRAY. [MS-OAUT] 2.2.30.10. */
function safeArrayBody(ndr: Ndr, array: SafeArray): void {
  const { sf, element, features } = SIZES[array.vt];
  const haveIid = array.iid !== undefined;
  const all = (array.features ?? features) | (haveIid ? FADF.HAVEIID : 0);
  const dims = array.bounds.length;
  leCount(ndr, dims);
  if (ndr.wide) ndr.align(8);
  le16(ndr, dims);
  le16(ndr, all);
  le32(ndr, element);
  le32(ndr, all & FADF.HAVEVARTYPE ? VT[array.vt] << 16 : 0);
  if (ndr.wide) ndr.align(8);
  le32(ndr, haveIid ? VT.VT_UNKNOWN | 0x8000 : sf);
  if (ndr.wide) ndr.align(8);
  le32(ndr, array.values.length);
  pointerInOwnOrder(ndr, () => {
    leCount(ndr, array.values.length);
    for (const value of array.values) safeArrayElement(ndr, array.vt, value);
  });
  if (haveIid) guidLittle(ndr, array.iid!);
  for (const bound of [...array.bounds].reverse()) {
    le32(ndr, bound.elements);
    le32(ndr, bound.lower);
  }
}

function guidLittle(ndr: Ndr, guid: string): void {
  const hex = guid.replaceAll("-", "");
  le32(ndr, Number.parseInt(hex.slice(0, 8), 16));
  le16(ndr, Number.parseInt(hex.slice(8, 12), 16));
  le16(ndr, Number.parseInt(hex.slice(12, 16), 16));
  ndr.bytes(fromHex(hex.slice(16)));
}

function safeArrayElement(ndr: Ndr, vt: SafeArray["vt"], value: unknown): void {
  switch (vt) {
    case "VT_BSTR":
      // undefined stands for a null referent, which occurs and means null as well.
      if (value === undefined) leCount(ndr, 0);
      else pointerInOwnOrder(ndr, () => blob(ndr, value as string | null));
      return;
    case "VT_VARIANT":
      variant(ndr, value as Variant);
      return;
    case "VT_DISPATCH":
    case "VT_UNKNOWN":
      reference(ndr, value as ObjectRef | null);
      return;
    case "VT_I8":
      le64(ndr, value as bigint);
      return;
    default:
      scalar(ndr, vt, value as number);
  }
}

/** An [in, out] SAFEARRAY(T)* parameter. */
export function safeArrayParameter(ndr: Ndr, array: SafeArray | null, layout: SafeArrayLayout): Ndr {
  if (layout === "one-referent") return ndr.pointer(array === null ? null : () => safeArrayBody(ndr, array));
  return ndr.pointer(() => {
    if (array === null) leCount(ndr, 0);
    else {
      leCount(ndr, USER_REFERENT);
      safeArrayBody(ndr, array);
      ndr.flush();
    }
  }, USER_REFERENT);
}
