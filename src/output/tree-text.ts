/**
 * What a field of a tree says, in one line of text: shared by the views of trees. Nothing here knows a protocol: names and
 * meanings were given where the bytes were read.
 */
import type { Field, Range, Source, Tree } from "../../dissectors/wire/trace.js";

/** Characters of a text, and bytes of a run, that are shown where not all are. */
const CUT = { characters: 200, bytes: 32 };

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^(?:0x[0-9a-f]+|-?\d+)$/i;

/** A tree with what of its bytes is not to be seen: one mask for each source, null where all of it is. */
export interface ShownTree extends Tree {
  masks?: readonly (Uint8Array | null)[];
}

function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of a range as hex digits; `*` for what is not to be seen. */
export function hexAt({ sources, masks }: ShownTree, range: Range, most = Number.POSITIVE_INFINITY): string {
  const { bytes } = sources[range.source]!;
  const mask = masks?.[range.source] ?? null;
  const end = range.start + Math.min(range.length, most);
  let text = "";
  for (let at = range.start; at < end; at++) {
    text += mask?.[at] === 1 ? "**" : (bytes[at] ?? 0).toString(16).padStart(2, "0");
  }
  return text;
}

/** True of a bit among those of the field around it. */
export function isBit(field: Field): boolean {
  return field.mask !== undefined;
}

/** True of a number whose bits have names. */
export function hasBits({ children }: Field): boolean {
  return children.length > 0 && isBit(children[0]!);
}

/** A value alone, without what it means; null where it has none. `full`: uncut. */
export function valueText(field: Field, tree: ShownTree, full = false): string | null {
  const { value, range } = field;
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return bytesText(field, value, tree, full);
  switch (typeof value) {
    case "number":
      return hasBits(field) || isCode(field, value) ? hexNumber(value, range) : String(value);
    case "string":
      return UUID.test(value) || NUMBER.test(value) ? value : quoted(value, full);
    case "object":
      return cutText(
        JSON.stringify(value, (_, inner) => plainValue(inner)),
        full,
      );
    default:
      return String(value);
  }
}

/** What stands behind the name: the value, and what it means. */
export function saidOf(field: Field, tree: ShownTree, full = false): string {
  const value = valueText(field, tree, full);
  // It says the same number.
  if (field.show !== null && field.show === value) return value;
  const meaning = field.show === null || field.show === "" ? null : cutText(field.show, full);
  if (value === null) return meaning ?? "";
  return meaning === null ? value : `${value} (${meaning})`;
}

/** As tshark draws them: `.... ..1. = NAME: set`. */
export function bitText({ name, show, mask = 0, range }: Field, whole: unknown): string {
  const size = 8 * (range?.length ?? 1);
  const set = typeof whole === "bigint" ? Number(BigInt.asUintN(32, whole)) : Number(whole) || 0;
  return `${drawnBits(size, mask >>> 0, (set & mask) >>> 0)} = ${name}: ${show ?? ""}`;
}

/** Few different ones are drawn again and again. */
const drawings = new Map<string, string>();
const MAX_DRAWINGS = 1024;

/** `set`: those of the bits in `mask` that are. Masks have 32 bits at most. */
function drawnBits(size: number, mask: number, set: number): string {
  const key = `${size}/${mask}/${set}`;
  let drawn = drawings.get(key);
  if (drawn !== undefined) return drawn;
  drawn = "";
  for (let bit = size - 1; bit >= 0; bit--) {
    const one = bit > 31 ? 0 : 1 << bit;
    drawn += (mask & one) === 0 ? "." : (set & one) === 0 ? "0" : "1";
    if (bit % 4 === 0 && bit > 0) drawn += " ";
  }
  if (drawings.size < MAX_DRAWINGS) drawings.set(key, drawn);
  return drawn;
}

/** A value for JSON: bytes as hex digits, what is too large for a number as digits. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  return typeof value === "bigint" ? String(value) : value;
}

/** `Frame 7 (230 bytes)`. */
export function titleOf({ name, bytes }: Source): string {
  return `${name} (${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"})`;
}

/** How the views call the sources of a tree: letters, as soon as there are several. */
export function labelsOf({ sources }: Tree): string[] {
  if (sources.length < 2) return sources.map(() => "");
  return sources.map((_, index) => letters(index));
}

function letters(index: number): string {
  const last = String.fromCharCode(0x41 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

function bytesText({ range }: Field, value: Uint8Array, tree: ShownTree, full: boolean): string {
  const most = full ? value.length : CUT.bytes;
  const own = range !== null && range.length === value.length;
  const shown = own ? hexAt(tree, range, most) : hexOf(value.subarray(0, most));
  const more = value.length - most;
  return more > 0 ? `${shown}… (${more} more ${more === 1 ? "byte" : "bytes"})` : shown;
}

/** Numbers from here on are codes where they have a name, and read as such. */
const LARGE = 0x10000;

/** [C706] 14.3.10: chosen by the sender, in no order that anybody counts. */
function isCode({ name, show }: Field, value: number): boolean {
  return (show !== null && Math.abs(value) >= LARGE && Number.isInteger(value)) || name === "referent_id";
}

function hexNumber(value: number, range: Range | null): string {
  return `0x${(value >>> 0).toString(16).padStart(2 * (range?.length ?? 1), "0")}`;
}

function quoted(text: string, full: boolean): string {
  return cutText(text, full, '"');
}

function cutText(text: string, full: boolean, quote = ""): string {
  const more = text.length - CUT.characters;
  if (full || more <= 0) return quote + text + quote;
  return `${quote}${text.slice(0, CUT.characters)}…${quote} (${more} more ${more === 1 ? "character" : "characters"})`;
}
