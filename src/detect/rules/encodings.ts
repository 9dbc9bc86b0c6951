/** Texts as they look inside encoded ones: Base64 ([RFC 4648] 4) at any of its three alignments, and UTF-16. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** With padding. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const three = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[three >> 18]! + ALPHABET[(three >> 12) & 63]!;
    text += left > 1 ? ALPHABET[(three >> 6) & 63]! : "=";
    text += left > 2 ? ALPHABET[three & 63]! : "=";
  }
  return text;
}

/** Characters of which bits belong to bytes before, by how many bytes there are before. */
const LEADING = [0, 2, 3] as const;
/** Characters of which bits belong to bytes behind, by how many bytes there are in all, modulo 3. */
const TRAILING = [0, 3, 2] as const;

/** The part that the bytes have in every Base64 text that holds them, for each of the three places they can stand at. */
export function base64Offsets(bytes: Uint8Array): string[] {
  return LEADING.map((leading, before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const text = base64(shifted);
    return text.slice(leading, text.length - TRAILING[shifted.length % 3]!);
  });
}

/** `mark`: a byte order mark comes first. */
export function utf16(text: string, order: "le" | "be", mark: boolean): Uint8Array {
  const units = mark ? `\ufeff${text}` : text;
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < units.length; i++) view.setUint16(2 * i, units.charCodeAt(i), order === "le");
  return bytes;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
