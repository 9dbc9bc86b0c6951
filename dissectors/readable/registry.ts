/**
 * Registry data by its type, [MS-RRP] 3.1.1.5: little-endian whatever the stub is.
 *
 * Not handled: REG_BINARY and lists of resources, which stay bytes.
 */
import type { Value } from "../ndr/decoded.js";
import { fromHex } from "../wire/bytes.js";
import { Reader } from "../wire/reader.js";
import { utf16, wellFormed } from "../wire/text.js";

const SZ = 1;
const EXPAND_SZ = 2;
const DWORD = 4;
const DWORD_BIG_ENDIAN = 5;
const LINK = 6;
export const MULTI_SZ = 7;
const QWORD = 11;

/** What data of a type (REG_SZ, …), as hex, says; null for bytes without a form, and for what is not of the form it should be. */
export function registryValue(type: number, data: string): Value | null {
  const bytes = fromHex(data);
  switch (type) {
    case SZ:
    case EXPAND_SZ:
    case LINK:
      return bytes.length % 2 === 0 ? upToEnd(textOf(bytes)) : null;
    case MULTI_SZ:
      return bytes.length % 2 === 0 ? listOf(textOf(bytes)) : null;
    case DWORD:
    case DWORD_BIG_ENDIAN: {
      if (bytes.length !== 4) return null;
      const number = new Reader(bytes, type === DWORD).u32();
      return `0x${number.toString(16).padStart(8, "0")} (${number})`;
    }
    case QWORD: {
      if (bytes.length !== 8) return null;
      const number = new Reader(bytes).u64();
      return `0x${number.toString(16).padStart(16, "0")} (${number})`;
    }
    default:
      return null;
  }
}

function textOf(bytes: Uint8Array): string {
  return wellFormed(utf16(bytes), null);
}

/** What stands behind the end of a text is of no meaning to Windows, and may be to others: then the bytes are left to speak. */
function upToEnd(text: string): string | null {
  const end = text.indexOf("\0");
  if (end < 0) return text;
  return /[^\0]/.test(text.slice(end)) ? null : text.slice(0, end);
}

function listOf(text: string): string[] {
  const list = text.split("\0");
  while (list.length > 0 && list.at(-1) === "") list.pop();
  return list;
}
