/** GUIDs and other fixed-form numbers as text. [MS-DTYP] 2.3.4, [C706] Appendix A. */
import type { Reader } from "./reader.js";

/** A UUID in lower case with hyphens, as in `f120a684-b926-447f-9df4-c966cb785648`. */
export type Guid = string;

export const NIL_GUID: Guid = "00000000-0000-0000-0000-000000000000";

const HEX: string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

/** [MS-DTYP] 2.3.4.2 GUID packet representation: 16 octets, the first three fields in the reader's byte order. */
export function readGuid(r: Reader): Guid {
  const b = r.bytes(16);
  const h = (i: number): string => HEX[b[i]!]!;
  const head = r.littleEndian
    ? `${h(3)}${h(2)}${h(1)}${h(0)}-${h(5)}${h(4)}-${h(7)}${h(6)}`
    : `${h(0)}${h(1)}${h(2)}${h(3)}-${h(4)}${h(5)}-${h(6)}${h(7)}`;
  return `${head}-${h(8)}${h(9)}-${h(10)}${h(11)}${h(12)}${h(13)}${h(14)}${h(15)}`;
}

/** Octets as lower-case hex without separators. */
export function hex(bytes: Uint8Array): string {
  let s = "";
  for (let i = 0; i < bytes.length; i++) s += HEX[bytes[i]!]!;
  return s;
}

/** A 32-bit status as `0x%08x`. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}

/** A 64-bit identifier (OXID, OID, SETID) as 16 hex digits, most significant first. */
export function hex64(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, "0");
}
