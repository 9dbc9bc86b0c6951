/** UTF-16 and single-byte text from the wire, unchanged: lone surrogates and control characters are kept. */

const CHUNK = 4096;

/** UTF-16 code units in the given byte order; an odd last octet is ignored. */
export function utf16(bytes: Uint8Array, littleEndian = true): string {
  const units = bytes.length >> 1;
  const lo = littleEndian ? 0 : 1;
  const hi = 1 - lo;
  let s = "";
  const buffer: number[] = [];
  for (let i = 0; i < units; i++) {
    buffer.push(bytes[2 * i + lo]! | (bytes[2 * i + hi]! << 8));
    if (buffer.length === CHUNK) {
      s += String.fromCharCode(...buffer);
      buffer.length = 0;
    }
  }
  return s + String.fromCharCode(...buffer);
}

/** One character an octet, as ISO 8859-1: what can be said of text whose code page is unknown. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The part of `s` before its first NUL. */
export function untilNul(s: string): string {
  const i = s.indexOf("\0");
  return i < 0 ? s : s.slice(0, i);
}
