/**
 * Tag-length-value elements of ASN.1's Distinguished Encoding Rules ([X690]), as SPNEGO and Kerberos use them.
 * An element whose length points past its window is cut there and says so, so that the front of a truncated token
 * can still be read. An element with a name is noted where its content is read: as a value by `integer` and its kin, as a
 * structure by `within` and `inside`. Tags and lengths are noted in front of it.
 *
 * Not handled: indefinite lengths (BER only), tag numbers above 30, REAL.
 */
import { malformed, WireError } from "./errors.js";
import type { Reader, Show } from "./reader.js";
import { utf8 } from "./text.js";

const DER_BOOLEAN = 0x01;
const DER_INTEGER = 0x02;
const DER_BIT_STRING = 0x03;
const DER_OCTET_STRING = 0x04;
export const DER_OID = 0x06;
const DER_ENUMERATED = 0x0a;
export const DER_SEQUENCE = 0x30;
/** Tags of the form [APPLICATION n] and [n], constructed, as both protocols use them. */
export const derApplication = (n: number): number => 0x60 | n;
export const derContext = (n: number): number => 0xa0 | n;

/** [X690] 8.1.2: the universal tags by number. */
const TAG_NAMES: { readonly [number: number]: string } = {
  1: "BOOLEAN",
  2: "INTEGER",
  3: "BIT STRING",
  4: "OCTET STRING",
  5: "NULL",
  6: "OBJECT IDENTIFIER",
  10: "ENUMERATED",
  12: "UTF8String",
  16: "SEQUENCE",
  17: "SET",
  19: "PrintableString",
  22: "IA5String",
  23: "UTCTime",
  24: "GeneralizedTime",
  27: "GeneralString",
  30: "BMPString",
};

/** What of an element stands in front of its content. */
const PREFIX = "tag and length";
/** What of a structure is read by nobody. */
const UNREAD = "other elements";

export interface Tlv {
  r: Reader;
  /** The identifier byte: class, constructed bit and number together. */
  tag: number;
  /** Offsets in the reader's array: the identifier byte, the first byte of the content, and one past its last. */
  start: number;
  body: number;
  end: number;
  /** The length field promised more than the window holds. */
  cut: boolean;
  /** As the specification has it; undefined where it is not to be noted. */
  name: string | undefined;
  /** Where the outermost of the tags around it begins that belong to it. */
  outer: number;
}

/** The element that begins where the reader stands, which moves past it. Throws WireError where its tag or length is not there or not DER. */
export function readTlv(r: Reader, name?: string): Tlv {
  const tlv = tlvAt(r, r.offset, r.end, name);
  r.offset = tlv.end;
  return tlv;
}

function tlvAt(r: Reader, at: number, end: number, name: string | undefined): Tlv {
  const { data } = r;
  if (at + 2 > end) throw new WireError("incomplete", "an element needs a tag and a length", at, "captured");
  const tag = data[at]!;
  if ((tag & 0x1f) === 0x1f) throw malformed("tag numbers above 30 do not occur here", at, "tag");
  let body = at + 2;
  let length = data[at + 1]!;
  if (length === 0x80) throw malformed("indefinite length", at + 1, "length");
  if (length > 0x80) {
    const bytes = length & 0x7f;
    if (bytes > 4) throw malformed(`length field of ${bytes} bytes`, at + 1, "length");
    if (body + bytes > end) throw new WireError("incomplete", "the length field is cut", at + 1, "captured");
    length = 0;
    for (let i = 0; i < bytes; i++) length = length * 256 + data[body + i]!;
    body += bytes;
  }
  const cut = body + length > end;
  return { r, tag, start: at, body, end: cut ? end : body + length, cut, name, outer: at };
}

/** The elements inside a constructed one, in order; those behind a fault are left out. All of them have the same name. */
export function children(tlv: Tlv, name?: string): Tlv[] {
  const found: Tlv[] = [];
  for (let next = firstChild(tlv, name); next !== null; next = elementAt(tlv, next.end, name))
    found.push(next);
  return found;
}

export function firstChild(tlv: Tlv, name?: string): Tlv | null {
  return elementAt(tlv, tlv.body, name);
}

/** The element that a tag stands in front of, with its name and as one with it. */
export function untagged(tlv: Tlv, name: string | undefined = tlv.name): Tlv | null {
  const inner = firstChild(tlv, name);
  if (inner !== null) inner.outer = tlv.outer;
  return inner;
}

/** The element inside `tlv` that begins at `at`; null at its end, and behind a fault. */
function elementAt(tlv: Tlv, at: number, name: string | undefined): Tlv | null {
  if (at >= tlv.end) return null;
  try {
    return tlvAt(tlv.r, at, tlv.end, name);
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

/** The first child with this tag, or null. */
function child(tlv: Tlv | null, tag: number, name?: string): Tlv | null {
  let next = tlv === null ? null : firstChild(tlv, name);
  while (next !== null && next.tag !== tag) next = elementAt(tlv!, next.end, name);
  return next;
}

/** The element inside `[n] EXPLICIT`, or null. */
export function field(sequence: Tlv | null, n: number, name?: string): Tlv | null {
  const wrapper = child(sequence, derContext(n), name);
  return wrapper === null ? null : untagged(wrapper);
}

/** Reads an element as a structure, under its name. */
export function within<T>(tlv: Tlv | null, read: (tlv: Tlv | null) => T): T {
  if (tlv === null || tlv.name === undefined) return read(tlv);
  return tlv.r.part(tlv.name, readWithin<T>, { tlv, read });
}

function readWithin<T>(r: Reader, { tlv, read }: { tlv: Tlv; read: (tlv: Tlv | null) => T }): T {
  notePrefix(tlv);
  const value = read(tlv);
  r.unread(UNREAD, tlv.body, tlv.end);
  return value;
}

/** Reads the content of an element, which is of another encoding or an element in its own right, as a structure under its name. */
export function inside<T, C>(tlv: Tlv, read: (r: Reader, context: C) => T, context: C): T {
  notePrefix(tlv);
  const r = tlv.r.over(tlv.body, tlv.end, tlv.name ?? "content");
  return tlv.name === undefined ? read(r, context) : r.part(tlv.name, read, context);
}

/** Notes an element with this value of its content. */
function noted<V>(tlv: Tlv, value: V, show?: Show<V>): V {
  if (tlv.name === undefined) return value;
  notePrefix(tlv);
  tlv.r.noteAt(tlv.name, tlv.body, tlv.end, value, show);
  return value;
}

function notePrefix(tlv: Tlv): void {
  if (tlv.name !== undefined) tlv.r.also(showPrefix, tlv);
}

function showPrefix(r: Reader, { outer, body }: Tlv): void {
  const tags: string[] = [];
  for (let at = outer; at < body; ) {
    const tag = r.data[at]!;
    tags.push(tagName(tag));
    const form = r.data[at + 1]!;
    at += 2 + (form > 0x80 ? form & 0x7f : 0);
  }
  r.prefixAt(PREFIX, outer, body, r.data.subarray(outer, body), () => tags.join(" "));
}

function tagName(tag: number): string {
  const number = tag & 0x1f;
  if (tag >> 6 === 0) return TAG_NAMES[number] ?? `[UNIVERSAL ${number}]`;
  if (tag >> 6 === 1) return `[APPLICATION ${number}]`;
  return tag >> 6 === 2 ? `[${number}]` : `[PRIVATE ${number}]`;
}

/** The content bytes: a view. */
export function content(tlv: Tlv): Uint8Array {
  return tlv.r.data.subarray(tlv.body, tlv.end);
}

/** Tag, length and content: a view. */
export function encoding(tlv: Tlv): Uint8Array {
  return tlv.r.data.subarray(tlv.start, tlv.end);
}

/** An INTEGER or ENUMERATED that fits in 48 bits, else null. */
export function integer(tlv: Tlv | null, show?: Show<number>): number | null {
  if (tlv === null || (tlv.tag !== DER_INTEGER && tlv.tag !== DER_ENUMERATED)) return null;
  const { data } = tlv.r;
  const length = tlv.end - tlv.body;
  if (tlv.cut || length === 0 || length > 6) return null;
  let value = (data[tlv.body]! << 24) >> 24;
  for (let i = tlv.body + 1; i < tlv.end; i++) value = value * 256 + data[i]!;
  return noted(tlv, value, show);
}

/** A BOOLEAN, else null. */
export function truth(tlv: Tlv | null): boolean | null {
  if (tlv === null || tlv.tag !== DER_BOOLEAN || tlv.end !== tlv.body + 1) return null;
  return noted(tlv, tlv.r.data[tlv.body] !== 0);
}

/** The first 32 bits of a BIT STRING, bit 0 being the most significant (as Kerberos counts its flags), else null. */
export function flagBits(tlv: Tlv | null, show?: Show<number>): number | null {
  if (tlv === null || tlv.tag !== DER_BIT_STRING || tlv.end - tlv.body < 1) return null;
  const { data } = tlv.r;
  let value = 0;
  for (let i = 0; i < 4; i++)
    value = value * 256 + (tlv.body + 1 + i < tlv.end ? data[tlv.body + 1 + i]! : 0);
  value >>>= 0;
  if (tlv.name !== undefined) {
    notePrefix(tlv);
    tlv.r.prefixAt("unused bits", tlv.body, tlv.body + 1, data[tlv.body]!);
    tlv.r.noteAt(tlv.name, tlv.body + 1, tlv.end, value, show);
  }
  return value;
}

/** An OBJECT IDENTIFIER in dotted form, else null. */
export function objectId(tlv: Tlv | null, show?: Show<string>): string | null {
  if (tlv === null || tlv.tag !== DER_OID || tlv.cut || tlv.end - tlv.body > 64) return null;
  const { data } = tlv.r;
  const arcs: number[] = [];
  let arc = 0;
  for (let i = tlv.body; i < tlv.end; i++) {
    const byte = data[i]!;
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - 40 * first);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.length === 0 ? null : noted(tlv, arcs.join("."), show);
}

/** Content bytes as UTF-8 text (KerberosString is ASCII by its text, UTF-8 as Windows sends it), else null. */
export function derText(tlv: Tlv | null): string | null {
  return tlv === null ? null : noted(tlv, utf8(content(tlv)));
}

/** The content of an OCTET STRING, else null. */
export function derBytes(tlv: Tlv | null): Uint8Array | null {
  return tlv !== null && tlv.tag === DER_OCTET_STRING ? noted(tlv, content(tlv)) : null;
}

/** Whether an element is an OCTET STRING. */
export function isOctets(tlv: Tlv | null): tlv is Tlv {
  return tlv !== null && tlv.tag === DER_OCTET_STRING;
}
