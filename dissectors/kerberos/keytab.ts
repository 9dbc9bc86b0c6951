/**
 * Keytab files as MIT and Heimdal write them: magic 05 02 (big-endian) or 05 01 (the writer's byte order, taken as
 * little-endian). A length before each entry, negative where it was deleted.
 */
import { malformed } from "../wire/errors.js";
import { Reader } from "../wire/reader.js";
import { utf8 } from "../wire/text.js";

const MAGIC = 5;
/** Entries that are read: every ticket is tried with all of them. */
export const MAX_KEYTAB_ENTRIES = 10_000;

export interface KeytabEntry {
  /** Components joined with `/`. */
  principal: string;
  realm: string;
  etype: number;
  kvno: number;
  key: Uint8Array;
}

export interface Keytab {
  entries: KeytabEntry[];
  /** There are more entries than are read. */
  more: boolean;
}

/** Throws WireError `malformed` where it is no keytab, or an entry contradicts itself. Keys are never in the message. */
export function readKeytab(bytes: Uint8Array): Keytab {
  const version = bytes[1];
  if (bytes[0] !== MAGIC || (version !== 1 && version !== 2))
    throw malformed("not a keytab file", 0, "magic");
  const r = new Reader(bytes, version === 1, 2);
  const entries: KeytabEntry[] = [];
  while (r.left >= 4) {
    const length = r.i32();
    if (length === 0) break;
    if (length < 0) r.skip(Math.min(-length, r.left));
    else if (entries.length >= MAX_KEYTAB_ENTRIES) return { entries, more: true };
    else entries.push(readEntry(r.window(length, "keytab entry length"), version));
  }
  return { entries, more: false };
}

function readEntry(r: Reader, version: number): KeytabEntry {
  const text = (): string => utf8(r.bytes(r.u16()));
  // Version 1 counts the realm among the components.
  const components = r.u16() - (version === 1 ? 1 : 0);
  const realm = text();
  const names: string[] = [];
  for (let i = 0; i < components; i++) names.push(text());
  if (version !== 1) r.skip(4);
  r.skip(4);
  let kvno = r.u8();
  const etype = r.u16();
  const key = Uint8Array.from(r.bytes(r.u16()));
  // A full-width version number follows where there is room for it; zero means that it was not set.
  const wide = r.left >= 4 ? r.u32() : 0;
  if (wide !== 0) kvno = wide;
  return { principal: names.join("/"), realm, etype, kvno, key };
}
