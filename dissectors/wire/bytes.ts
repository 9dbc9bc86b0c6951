/** Runs of bytes: joined, compared, searched, and from hex digits. What Node's Buffer offers, for every platform. */

/** The bytes of all parts, one after another, in an array of their own. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return joined(parts);
}

/** The same of a list, however long. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether two runs of bytes are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && isAt(a, b, 0);
}

function isAt(bytes: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}

/** Where `part`, which is not empty, first stands in `bytes`; -1 where it does not. */
export function indexOfBytes(bytes: Uint8Array, part: Uint8Array): number {
  const first = part[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + part.length > bytes.length) return -1;
    if (isAt(bytes, part, at)) return at;
  }
  return -1;
}

/** Where `part`, which is not empty, last stands in `bytes`; -1 where it does not. */
export function lastIndexOfBytes(bytes: Uint8Array, part: Uint8Array): number {
  const first = part[0]!;
  for (let from = bytes.length - part.length; from >= 0; from--) {
    from = bytes.lastIndexOf(first, from);
    if (from < 0) return -1;
    if (isAt(bytes, part, from)) return from;
  }
  return -1;
}

/** The bytes of an even number of hex digits; reading ends at the first pair that is none. */
export function fromHex(digits: string): Uint8Array {
  const out = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < out.length; i++) {
    const high = nibble(digits.charCodeAt(2 * i));
    const low = nibble(digits.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return out.slice(0, i);
    out[i] = (high << 4) | low;
  }
  return out;
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** The same bytes without what is special of an array of Node's, whose `slice` is no copy. */
export function plain(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
