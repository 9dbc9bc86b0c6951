/** Values with what they mean beside them: `readable` of a record put back to the places that its paths name. */
import type { ReadableValues, Value } from "../events.js";

/** A value that means something; it stands in the place of the value. */
export class Meant {
  readonly value: Value;
  readonly meaning: Value;

  constructor(value: Value, meaning: Value) {
    this.value = value;
    this.meaning = meaning;
  }
}

/** A value, or one in parts of which meanings stand. */
export type ShownValue = Value | Meant | ShownValue[] | ShownMembers;
export type ShownMembers = { [name: string]: ShownValue };

/** A value, or parts of it, with their meanings. */
export function withMeanings(name: string, value: Value, meanings: ReadableValues | null): ShownValue {
  if (meanings === null || !Object.keys(meanings).some((path) => path.startsWith(name))) return value;
  return at(name, value, meanings);
}

function at(path: string, value: Value, meanings: ReadableValues): ShownValue {
  const meaning = meanings[path];
  if (meaning !== undefined) return new Meant(value, meaning);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((element, i) => at(`${path}[${i}]`, element, meanings));
  const members: ShownMembers = {};
  for (const [member, inner] of Object.entries(value))
    members[member] = at(`${path}.${member}`, inner, meanings);
  return members;
}

/** The value alone. */
export function withoutMeanings(shown: ShownValue): Value {
  if (shown instanceof Meant) return shown.value;
  if (shown === null || typeof shown !== "object") return shown;
  if (Array.isArray(shown)) return shown.map(withoutMeanings);
  const members: { [name: string]: Value } = {};
  for (const member in shown) members[member] = withoutMeanings(shown[member]!);
  return members;
}

/** A number with more than one name, or one as long as this, is a set of bits. */
const FLAGS_FROM = 0x1_0000;

/** How a number that has a name is written. */
export function namedNumber(value: number, name: string): string {
  const isFlags = name.includes("|") || value >= FLAGS_FROM || value < 0;
  const shown = isFlags ? `0x${(value >>> 0).toString(16).padStart(8, "0")}` : String(value);
  return `${shown} (${name})`;
}
