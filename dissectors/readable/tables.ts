/**
 * Tables of names for numbers, written as one text each (`NAME=0x10 OTHER=0x20`), which is taken apart when the first number
 * is looked up: most captures ask for none of them.
 */
import type { Value } from "../ndr/decoded.js";
import type { Read } from "./place.js";

/** The number in a value: of 64 bits only where it is exact; null where it is none. */
export function numberOf(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string" || !/^(?:\d{1,16}|0x[0-9a-f]{1,8})$/.test(value)) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

function parse(text: string): [number, string][] {
  return text
    .trim()
    .split(/\s+/)
    .map((row) => {
      const at = row.lastIndexOf("=");
      return [Number(row.slice(at + 1)), row.slice(0, at)];
    });
}

/** A number that stands for one thing. */
export function oneOf(text: string): Read {
  let names: Map<number, string> | null = null;
  return (value) => {
    const number = numberOf(value);
    if (number === null) return null;
    names ??= new Map(parse(text));
    return names.get(number) ?? (number < 0 ? (names.get(number >>> 0) ?? null) : null);
  };
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/**
 * A number of 32 bits in which each bit stands for something, joined by `|`. Names of several bits go before those of one; the
 * rest stays a number. A row `NAME=0x2/0xf` holds where the bits of the mask behind it are exactly the value: a number among flags.
 */
export function flags(text: string): Read {
  let table: FlagTable | null = null;
  const known = new Map<number, string | null>();
  return (value) => {
    const number = numberOf(value);
    if (number === null || number > 0xffffffff || number < -0x80000000) return null;
    const before = known.get(number);
    if (before !== undefined) return before;
    table ??= flagTable(text);
    const names = namesOfFlags(table, number >>> 0);
    if (known.size < MAX_KNOWN) known.set(number, names);
    return names;
  };
}

/** Combinations of flags that one table remembers: others are put together anew, so no note is needed. */
const MAX_KNOWN = 256;

interface FlagTable {
  zero: string | null;
  rows: { value: number; mask: number; name: string }[];
}

function flagTable(text: string): FlagTable {
  const rows = text
    .trim()
    .split(/\s+/)
    .map((row) => {
      const at = row.lastIndexOf("=");
      const [value, mask] = row
        .slice(at + 1)
        .split("/")
        .map(Number) as [number, number | undefined];
      return { value: value >>> 0, mask: (mask ?? value) >>> 0, name: row.slice(0, at) };
    });
  const zero = rows.find(({ mask }) => mask === 0)?.name ?? null;
  const others = rows.filter(({ mask }) => mask !== 0);
  // Sorting is stable: of names for the same bits the first one counts.
  others.sort((a, b) => bits(b.mask) - bits(a.mask));
  return { zero, rows: others };
}

function namesOfFlags({ zero, rows }: FlagTable, number: number): string | null {
  const found: { at: number; name: string }[] = [];
  let rest = number;
  for (const { value, mask, name } of rows) {
    const isField = value !== mask;
    if (isField ? (number & mask) >>> 0 !== value : mask === 0 || (rest & mask) >>> 0 !== mask) continue;
    found.push({ at: value, name });
    rest = (rest & ~mask) >>> 0;
  }
  if (number === 0 && found.length === 0) return zero;
  if (found.length === 0) return null;
  const names = found.sort((a, b) => a.at - b.at).map(({ name }) => name);
  if (rest !== 0) names.push(`0x${rest.toString(16).padStart(8, "0")}`);
  return names.join("|");
}

/** [MS-DTYP] 2.4.3: the rights that every kind of object has. */
const EVERY_OBJECT =
  " DELETE=0x10000 READ_CONTROL=0x20000 WRITE_DAC=0x40000 WRITE_OWNER=0x80000 SYNCHRONIZE=0x100000" +
  " ACCESS_SYSTEM_SECURITY=0x1000000 MAXIMUM_ALLOWED=0x2000000" +
  " GENERIC_ALL=0x10000000 GENERIC_EXECUTE=0x20000000 GENERIC_WRITE=0x40000000 GENERIC_READ=0x80000000";

/** An access mask of objects with rights of their own. */
export function rights(text: string): Read {
  return flags(text + EVERY_OBJECT);
}
