/**
 * What can be seen in bytes that nothing describes: text, UUIDs that are known by name. Each is a guess and says so.
 *
 * Not handled: numbers, and anything else that could be there.
 */
import { readGuid } from "../../dissectors/wire/guid.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { emptyField, type Field, type Range } from "../../dissectors/wire/trace.js";

/** Characters that a run of text has at least. */
const SHORTEST_TEXT = 4;
/** Guesses of one run of bytes; the last one says that there may be more. */
const MAX_GUESSES = 500;
/** A UUID stands where NDR aligns it, and takes so many bytes. */
const GUID_ALIGNMENT = 4;
const GUID_SIZE = 16;

/** Text and known UUIDs in `bytes[range]`, in order. `littleEndian`: that of the PDU's integers. */
export function guesses(
  bytes: Uint8Array,
  range: Range,
  littleEndian: boolean,
  nameOf: (uuid: string) => string | null,
): Field[] {
  const found: Field[] = [];
  const end = range.start + range.length;
  const add = (name: string, start: number, length: number, value: string, show: string | null): void => {
    if (found.length >= MAX_GUESSES) return;
    const last = found.length === MAX_GUESSES - 1;
    found.push({
      ...emptyField(name),
      value,
      show,
      range: { source: range.source, start, length },
      note: last ? `a guess; only the first ${MAX_GUESSES} are shown` : "a guess",
    });
  };
  let at = range.start;
  while (at < end && found.length < MAX_GUESSES) {
    const aligned = (at - range.start) % GUID_ALIGNMENT === 0 && at + GUID_SIZE <= end;
    const guid = aligned ? readGuid(new Reader(bytes, littleEndian, at, end)) : null;
    const known = guid === null ? null : nameOf(guid);
    if (guid !== null && known !== null) {
      add("UUID", at, GUID_SIZE, guid, known);
      at += GUID_SIZE;
      continue;
    }
    const wide = wideText(bytes, at, end);
    if (wide >= SHORTEST_TEXT) {
      add("text (UTF-16)", at, 2 * wide, wideOf(bytes, at, wide), null);
      at += 2 * wide;
      continue;
    }
    const narrow = narrowText(bytes, at, end);
    if (narrow >= SHORTEST_TEXT) {
      add("text", at, narrow, String.fromCharCode(...bytes.subarray(at, at + Math.min(narrow, 4096))), null);
      at += narrow;
      continue;
    }
    at++;
  }
  return found;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function wideText(bytes: Uint8Array, from: number, end: number): number {
  let count = 0;
  for (let at = from; at + 1 < end && isPrintable(bytes[at]!) && bytes[at + 1] === 0; at += 2) count++;
  return count;
}

function wideOf(bytes: Uint8Array, from: number, count: number): string {
  let text = "";
  for (let i = 0; i < count; i++) text += String.fromCharCode(bytes[from + 2 * i]!);
  return text;
}

function narrowText(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isPrintable(bytes[at]!)) at++;
  return at - from;
}
