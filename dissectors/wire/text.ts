/**
 * UTF-16 and single-byte text from the wire. Control characters are kept; a lone surrogate, which is no character and
 * which UTF-8 cannot carry, is shown as U+FFFD ([RFC 3629] 3, Unicode 3.9 D92).
 */

/** Takes the code units of the lone surrogates of one text. */
export type LoneSurrogates = (units: readonly number[]) => void;

/** Code units that are put together at once. */
const CHUNK = 4096;
/** Characters up to which a loop is faster than a call of the decoder. */
const SHORT = 12;
const narrow = new Uint8Array(CHUNK);
const wide = new Uint16Array(CHUNK);

/** With the flag `u` a pair is one character, and of no such category. */
const EVERY_LONE = /\p{Surrogate}/gu;
/** Code units that a note lists. */
const MAX_LISTED = 8;

/**
 * UTF-16 code units in the given byte order; an odd last byte is ignored. Lone surrogates are replaced where there is
 * someone to take them, else kept.
 */
export function utf16(bytes: Uint8Array, littleEndian = true, lone: LoneSurrogates | null = null): string {
  const units = bytes.length >> 1;
  const hi = littleEndian ? 1 : 0;
  let s = "";
  let surrogates = false;
  for (let at = 0; at < units; at += CHUNK) {
    const end = Math.min(units, at + CHUNK);
    const bits = piece(bytes, at, end, littleEndian);
    if (bits < 0x100) {
      s += single(narrow, end - at, bits);
      continue;
    }
    for (let i = at; i < end; i++) {
      const high = bytes[2 * i + hi]!;
      if ((high & 0xf8) === 0xd8) surrogates = true;
      wide[i - at] = narrow[i - at]! | (high << 8);
    }
    s += String.fromCharCode(...wide.subarray(0, end - at));
  }
  return surrogates && lone !== null ? wellFormed(s, lone) : s;
}

/** The text with U+FFFD for each lone surrogate. */
export function wellFormed(text: string, lone: LoneSurrogates | null): string {
  if (text.isWellFormed()) return text;
  const units: number[] = [];
  const mended = text.replace(EVERY_LONE, (unit) => {
    units.push(unit.charCodeAt(0));
    return "\ufffd";
  });
  lone?.(units);
  return mended;
}

/** What a note says of lone surrogates, behind the place of their text. */
export function loneText(units: readonly number[]): string {
  const listed = units.slice(0, MAX_LISTED).map((unit) => `0x${unit.toString(16)}`);
  if (units.length === 1) return `the lone surrogate ${listed[0]} is shown as U+FFFD`;
  const more = units.length > MAX_LISTED ? ", …" : "";
  return `${units.length} lone surrogates (${listed.join(", ")}${more}) are shown as U+FFFD`;
}

/** The first code units of a text, at most so many and no half of a pair. */
export function beginning(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? units - 1 : units);
}

/**
 * Nearly all text is ASCII: a string of single bytes takes half the room and is compared and printed faster. Puts the
 * lower halves of code units into `narrow`; returns all bits that are set in any of the units.
 */
function piece(bytes: Uint8Array, from: number, to: number, littleEndian: boolean): number {
  const lo = littleEndian ? 0 : 1;
  const hi = 1 - lo;
  let above = 0;
  let below = 0;
  for (let i = from; i < to; i++) {
    above |= bytes[2 * i + hi]!;
    const low = bytes[2 * i + lo]!;
    below |= low;
    narrow[i - from] = low;
  }
  return (above << 8) | below;
}

/** One character a byte, as ISO 8859-1: what can be said of text whose code page is unknown. */
export function latin1(bytes: Uint8Array): string {
  let s = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const part = bytes.subarray(at, at + CHUNK);
    let bits = 0;
    for (let i = 0; i < part.length; i++) bits |= part[i]!;
    s += single(part, part.length, bits);
  }
  return s;
}

/** The first characters of `bytes`, one a byte and no more than CHUNK; `bits` are all that are set in any of them. */
function single(bytes: Uint8Array, length: number, bits: number): string {
  if (length <= SHORT) {
    let s = "";
    for (let i = 0; i < length; i++) s += String.fromCharCode(bytes[i]!);
    return s;
  }
  const part = bytes.subarray(0, length);
  // ASCII is UTF-8, whose decoder is the fastest there is; the one called latin1 is of another code page.
  return bits < 0x80 ? decoder().decode(part) : String.fromCharCode(...part);
}

let utf8Decoder: InstanceType<typeof TextDecoder> | null = null;

function decoder(): InstanceType<typeof TextDecoder> {
  utf8Decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return utf8Decoder;
}

/** UTF-8 [RFC 3629]; what is no character is shown as U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return decoder().decode(bytes);
}

/** Text as UTF-8 [RFC 3629]. */
export function utf8Bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text as UTF-16, little-endian, without a mark. */
export function utf16Bytes(text: string): Uint8Array {
  const out = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out[2 * i] = unit & 0xff;
    out[2 * i + 1] = unit >> 8;
  }
  return out;
}

/** Text of one byte a character; of others the lower half is taken. */
export function latin1Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** The part of `s` before its first NUL. */
export function untilNul(s: string): string {
  const i = s.indexOf("\0");
  return i < 0 ? s : s.slice(0, i);
}
