/**
 * Structures whose fields follow one another, as tables: for what is read for trees alone. What is read in ordinary runs reads
 * its fields itself, which is faster.
 *
 * Not handled: fields that depend on others; their readers read several layouts.
 */
import { readFileTime } from "./file-time.js";
import { readGuid } from "./guid.js";
import type { Reader, Show } from "./reader.js";
import { hexText } from "./show.js";

/** `h16` and `h32` are numbers that are shown in hex; a number is one of bytes; a layout is a structure of its own. */
type Kind = "u8" | "u16" | "u32" | "u64" | "h16" | "h32" | "guid" | "time" | number | Layout;

/** Name as in the specification, what it is, and how its value is shown. */
export type LayoutField = readonly [name: string, kind: Kind, show?: Show<number>];
export interface Layout extends ReadonlyArray<LayoutField> {}

/** The numbers among the fields, by name. */
export type Values = ReadonlyMap<string, number>;

/** Reads all fields of a layout. Throws WireError where one is cut. */
export function readLayout(r: Reader, layout: Layout): Values {
  const values = new Map<string, number>();
  for (const field of layout) {
    const value = readField(r, field);
    if (value !== null) values.set(field[0], value);
  }
  return values;
}

function readField(r: Reader, [name, kind, show]: LayoutField): number | null {
  switch (kind) {
    case "u8":
      return r.u8(name, show);
    case "u16":
      return r.u16(name, show);
    case "u32":
      return r.u32(name, show);
    case "h16":
      return r.u16(name, hexText);
    case "h32":
      return r.u32(name, hexText);
    case "u64":
      r.u64(name);
      return null;
    case "guid":
      readGuid(r, name);
      return null;
    case "time":
      readFileTime(r, name);
      return null;
    default:
      if (typeof kind === "number") r.bytes(kind, name);
      else r.part(name, readLayout, kind);
      return null;
  }
}
