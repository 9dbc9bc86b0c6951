/** UTF-16 and single-byte text from the wire, unchanged: lone surrogates and control characters are kept. */

/** Code units that are put together at once. */
const CHUNK = 4096;
const narrow = Buffer.alloc(CHUNK);
const wide = new Uint16Array(CHUNK);

/** UTF-16 code units in the given byte order; an odd last octet is ignored. */
export function utf16(bytes: Uint8Array, littleEndian = true): string {
  const units = bytes.length >> 1;
  let s = "";
  for (let at = 0; at < units; at += CHUNK) s += piece(bytes, at, Math.min(units, at + CHUNK), littleEndian);
  return s;
}

/** Nearly all text is ASCII: a string of single octets takes half the room and is compared and printed faster. */
function piece(bytes: Uint8Array, from: number, to: number, littleEndian: boolean): string {
  const lo = littleEndian ? 0 : 1;
  const hi = 1 - lo;
  let above = 0;
  for (let i = from; i < to; i++) {
    above |= bytes[2 * i + hi]!;
    narrow[i - from] = bytes[2 * i + lo]!;
  }
  if (above === 0) return narrow.toString("latin1", 0, to - from);
  for (let i = from; i < to; i++) wide[i - from] = bytes[2 * i + lo]! | (bytes[2 * i + hi]! << 8);
  return String.fromCharCode(...wide.subarray(0, to - from));
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
