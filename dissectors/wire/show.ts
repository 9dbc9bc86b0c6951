/** How fields of flags are shown: bit by bit, by the names of a table. What a table does not name is shown where it is set. */
import type { Flag, Show } from "./reader.js";

/** Bits and their names as the specification writes them, in the order in which they are shown. */
export type FlagTable = readonly (readonly [mask: number, name: string])[];

/** Shows a number as the flags of a table. */
export function flagsOf(table: FlagTable): Show<number> {
  return (value) => {
    const flags: Flag[] = [];
    let named = 0;
    for (const [mask, name] of table) {
      flags.push({ name, mask, set: (value & mask) !== 0 });
      named |= mask;
    }
    const rest = (value & ~named) >>> 0;
    if (rest !== 0) flags.push({ name: "reserved", mask: rest, set: true });
    return flags;
  };
}

/** Shows a number by its name in a table; one without a name speaks for itself. */
export function nameIn(table: ReadonlyMap<number, string>): Show<number> {
  return (value) => table.get(value) ?? hexText(value);
}

/** Shows a number in hex: what it is made of matters, not how much it is. */
export function hexText(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** Shows a number by its name in a list or an object of names. */
export function namesOf(table: { readonly [code: number]: string }): Show<number> {
  return (value) => table[value] ?? (value < 0 ? String(value) : hexText(value));
}

/** A number in some of the bits of a field. */
export function bitsOf(value: number, mask: number, name: string, text?: (part: number) => string): Flag {
  const part = ((value & mask) >>> 0) / lowest(mask);
  return { name, mask, set: part !== 0, show: text?.(part) ?? String(part) };
}

function lowest(mask: number): number {
  return (mask & -mask) >>> 0;
}
