/** GUIDs and other fixed-form numbers as text. [MS-DTYP] 2.3.4, [C706] Appendix A. */
import type { Reader, Show } from "./reader.js";

/** A UUID in lower case with hyphens, as in `f120a684-b926-447f-9df4-c966cb785648`. */
export type Guid = string;

export const NIL_GUID: Guid = "00000000-0000-0000-0000-000000000000";

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/**
 * The GUIDs read last, by a few of their bits: the same ones come again and again, and a string that is the same object
 * is looked up faster than one that is only equal. Four words each, as they stand in the text.
 */
const RECENT = 4096;
const recentWords = new Int32Array(RECENT * 4);
const recentTexts: Guid[] = new Array(RECENT).fill(NIL_GUID);

/** [MS-DTYP] 2.3.4.2 GUID packet representation: 16 bytes, the first three fields in the reader's byte order. */
export function readGuid(r: Reader, field?: string, show?: Show<Guid>): Guid {
  r.need(16);
  const start = r.offset;
  const a = r.i32();
  const b = r.littleEndian ? (r.u16() << 16) | r.u16() : r.i32();
  const d = r.data;
  const o = r.offset;
  const e = (d[o]! << 24) | (d[o + 1]! << 16) | (d[o + 2]! << 8) | d[o + 3]!;
  const f = (d[o + 4]! << 24) | (d[o + 5]! << 16) | (d[o + 6]! << 8) | d[o + 7]!;
  r.offset = o + 8;
  const mixed = Math.imul(a ^ Math.imul(b, 31) ^ Math.imul(e, 17) ^ Math.imul(f, 13), 0x9e3779b1);
  const slot = (mixed >>> 20) & (RECENT - 1);
  const w = slot * 4;
  if (
    recentWords[w] === a &&
    recentWords[w + 1] === b &&
    recentWords[w + 2] === e &&
    recentWords[w + 3] === f
  ) {
    if (field !== undefined) r.note(field, start, recentTexts[slot]!, show);
    return recentTexts[slot]!;
  }
  const text = `${hex8(a)}-${hex4(b >>> 16)}-${hex4(b)}-${hex4(e >>> 16)}-${hex4(e)}${hex8(f)}`;
  recentWords[w] = a;
  recentWords[w + 1] = b;
  recentWords[w + 2] = e;
  recentWords[w + 3] = f;
  recentTexts[slot] = text;
  if (field !== undefined) r.note(field, start, text, show);
  return text;
}

function hex4(value: number): string {
  return `${HEX[(value >>> 8) & 0xff]}${HEX[value & 0xff]}`;
}

function hex8(value: number): string {
  return `${HEX[value >>> 24]}${HEX[(value >>> 16) & 0xff]}${HEX[(value >>> 8) & 0xff]}${HEX[value & 0xff]}`;
}

/** A 64-bit identifier (OXID, OID, SETID) in the reader's byte order, as 16 hex digits, most significant first. */
export function readHex64(r: Reader, field?: string): string {
  r.need(8);
  const start = r.offset;
  const first = r.i32();
  const second = r.i32();
  const text = r.littleEndian ? hex8(second) + hex8(first) : hex8(first) + hex8(second);
  if (field !== undefined) r.note(field, start, text);
  return text;
}

/** Bytes as lower-case hex without separators. */
export function hex(bytes: Uint8Array): string {
  let s = "";
  for (let i = 0; i < bytes.length; i++) s += HEX[bytes[i]!]!;
  return s;
}

/** A 32-bit status as `0x%08x`. */
export function hex32(value: number): string {
  return value === 0 ? "0x00000000" : `0x${hex8(value)}`;
}
