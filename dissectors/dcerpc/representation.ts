/** [C706] 14.2.5 the data representation that a PDU names, but for its byte order: how its characters and numbers stand. */

const CHARACTERS = ["ascii", "ebcdic"] as const;
const FLOATS = ["ieee", "vax", "cray", "ibm"] as const;

const CHARACTERS_MASK = 0x0f;
const INTEGERS_MASK = 0xf0;

/** A number where it is none of the standard's. */
export type Characters = (typeof CHARACTERS)[number] | number;
export type Floats = (typeof FLOATS)[number] | number;

/** By the first byte of drep. */
export function charactersOf(drep: number): Characters {
  return CHARACTERS[drep & CHARACTERS_MASK] ?? drep & CHARACTERS_MASK;
}

/** By the second one. */
export function floatsOf(drep: number): Floats {
  return FLOATS[drep] ?? drep;
}

/** Shows the first byte. */
export function showIntegersAndCharacters(drep: number): string {
  const integers = (drep & INTEGERS_MASK) === 0 ? "big-endian" : "little-endian";
  return `${integers}, ${charactersOf(drep)}`;
}

/** Shows the second byte. */
export function showFloats(drep: number): string {
  return String(floatsOf(drep));
}
