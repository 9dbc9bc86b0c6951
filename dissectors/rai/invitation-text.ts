/**
 * The characters of an invitation file, recognised from its bytes: byte order mark first, then where the zeros lie. The
 * XML declaration is not asked: the files say "Unicode" or nothing, whatever they are in. [MS-RAI] section 6.
 *
 * Not handled here: UTF-32 (refused), single-byte code pages (refused as no UTF-8).
 */
import { malformed } from "../wire/errors.js";
import { withoutTail } from "./strings.js";

export type InvitationEncoding = "utf-8" | "utf-16le" | "utf-16be";

export interface DecodedText {
  encoding: InvitationEncoding;
  /** Without the byte order mark and without line ends, spaces and NULs behind. */
  text: string;
  /** The last character is not whole. */
  cut: boolean;
}

/** Bytes looked at where no byte order mark shows the encoding. */
const SAMPLE = 512;

/** Decodes strictly: a byte sequence that is no character is a WireError `malformed`, never a replacement. */
export function decodeInvitationText(bytes: Uint8Array): DecodedText {
  const encoding = encodingOf(bytes);
  const wide = encoding !== "utf-8";
  const even = wide && bytes.length % 2 !== 0 ? bytes.subarray(0, -1) : bytes;
  const units = encoding === "utf-16be" ? swapped(even) : even;
  const decoder = new TextDecoder(wide ? "utf-16le" : "utf-8", { fatal: true });
  try {
    const text = decoder.decode(units, { stream: true });
    return { encoding, text: withoutTail(text), cut: even !== bytes || endsWithin(decoder) };
  } catch {
    throw malformed(`the text is neither UTF-8 nor UTF-16: it holds bytes that are no ${encoding}`);
  }
}

/** Code units of the other byte order. */
function swapped(units: Uint8Array): Uint8Array {
  const out = new Uint8Array(units.length);
  for (let i = 0; i < units.length; i++) out[i] = units[i ^ 1]!;
  return out;
}

/** Whether bytes of a character that is not whole are left over. */
function endsWithin(decoder: InstanceType<typeof TextDecoder>): boolean {
  try {
    return decoder.decode() !== "";
  } catch {
    return true;
  }
}

function encodingOf(bytes: Uint8Array): InvitationEncoding {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)) {
    throw malformed("the text is UTF-32, which no invitation is in");
  }
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  // Markup and connection strings begin with ASCII: in UTF-16 every other byte of it is zero.
  const zeros = [0, 0];
  const sample = Math.min(bytes.length, SAMPLE);
  for (let i = 0; i < sample; i++) if (bytes[i] === 0) zeros[i % 2]!++;
  const [even = 0, odd = 0] = zeros;
  if (odd > 2 * even && odd * 4 > sample) return "utf-16le";
  if (even > 2 * odd && even * 4 > sample) return "utf-16be";
  return "utf-8";
}
