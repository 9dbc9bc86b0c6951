/**
 * Tag-length-value elements of ASN.1's Distinguished Encoding Rules ([X690]), as SPNEGO and Kerberos use them.
 * An element whose length points past its window is cut there and says so, so that the front of a truncated token
 * can still be read.
 *
 * Not handled: indefinite lengths (BER only), tag numbers above 30, REAL.
 */
import { malformed, WireError } from "./errors.js";
import { utf8 } from "./text.js";

const DER_INTEGER = 0x02;
const DER_BIT_STRING = 0x03;
const DER_OCTET_STRING = 0x04;
export const DER_OID = 0x06;
const DER_ENUMERATED = 0x0a;
export const DER_SEQUENCE = 0x30;
/** Tags of the form [APPLICATION n] and [n], constructed, as both protocols use them. */
export const derApplication = (n: number): number => 0x60 | n;
export const derContext = (n: number): number => 0xa0 | n;

export interface Tlv {
  data: Uint8Array;
  /** The identifier byte: class, constructed bit and number together. */
  tag: number;
  /** Offsets in `data`: the identifier byte, the first byte of the content, and one past its last. */
  start: number;
  body: number;
  end: number;
  /** The length field promised more than the window holds. */
  cut: boolean;
}

/** The element at `data[at .. end)`. Throws WireError where its tag or length is not there or not DER. */
export function readTlv(data: Uint8Array, at = 0, end: number = data.length): Tlv {
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
  return { data, tag, start: at, body, end: cut ? end : body + length, cut };
}

/** The elements inside a constructed one, in order; those behind a fault are left out. */
export function children(tlv: Tlv): Tlv[] {
  const found: Tlv[] = [];
  for (let next = firstChild(tlv); next !== null; next = elementAt(tlv, next.end)) found.push(next);
  return found;
}

export function firstChild(tlv: Tlv): Tlv | null {
  return elementAt(tlv, tlv.body);
}

/** The element inside `tlv` that begins at `at`; null at its end, and behind a fault. */
function elementAt(tlv: Tlv, at: number): Tlv | null {
  if (at >= tlv.end) return null;
  try {
    return readTlv(tlv.data, at, tlv.end);
  } catch (fault) {
    if (fault instanceof WireError) return null;
    throw fault;
  }
}

/** The first child with this tag, or null. */
function child(tlv: Tlv | null, tag: number): Tlv | null {
  let next = tlv === null ? null : firstChild(tlv);
  while (next !== null && next.tag !== tag) next = elementAt(tlv!, next.end);
  return next;
}

/** The element inside `[n] EXPLICIT`, or null. */
export function field(sequence: Tlv | null, n: number): Tlv | null {
  const wrapper = child(sequence, derContext(n));
  return wrapper === null ? null : firstChild(wrapper);
}

/** The content bytes: a view. */
export function content(tlv: Tlv): Uint8Array {
  return tlv.data.subarray(tlv.body, tlv.end);
}

/** Tag, length and content: a view. */
export function encoding(tlv: Tlv): Uint8Array {
  return tlv.data.subarray(tlv.start, tlv.end);
}

/** An INTEGER or ENUMERATED that fits in 48 bits, else null. */
export function integer(tlv: Tlv | null): number | null {
  if (tlv === null || (tlv.tag !== DER_INTEGER && tlv.tag !== DER_ENUMERATED)) return null;
  const length = tlv.end - tlv.body;
  if (tlv.cut || length === 0 || length > 6) return null;
  let value = (tlv.data[tlv.body]! << 24) >> 24;
  for (let i = tlv.body + 1; i < tlv.end; i++) value = value * 256 + tlv.data[i]!;
  return value;
}

/** The first 32 bits of a BIT STRING, bit 0 being the most significant (as Kerberos counts its flags), else null. */
export function flagBits(tlv: Tlv | null): number | null {
  if (tlv === null || tlv.tag !== DER_BIT_STRING || tlv.end - tlv.body < 1) return null;
  let value = 0;
  for (let i = 0; i < 4; i++)
    value = value * 256 + (tlv.body + 1 + i < tlv.end ? tlv.data[tlv.body + 1 + i]! : 0);
  return value >>> 0;
}

/** An OBJECT IDENTIFIER in dotted form, else null. */
export function objectId(tlv: Tlv | null): string | null {
  if (tlv === null || tlv.tag !== DER_OID || tlv.cut || tlv.end - tlv.body > 64) return null;
  const arcs: number[] = [];
  let arc = 0;
  for (let i = tlv.body; i < tlv.end; i++) {
    const byte = tlv.data[i]!;
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40));
      arcs.push(first, arc - 40 * first);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.length === 0 ? null : arcs.join(".");
}

/** Content bytes as UTF-8 text (KerberosString is ASCII by its text, UTF-8 as Windows sends it), else null. */
export function derText(tlv: Tlv | null): string | null {
  return tlv === null ? null : utf8(content(tlv));
}

/** The content of an OCTET STRING, else null. */
export function derBytes(tlv: Tlv | null): Uint8Array | null {
  return tlv !== null && tlv.tag === DER_OCTET_STRING ? content(tlv) : null;
}
