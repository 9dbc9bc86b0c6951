/** [C706] 14.2.5 the data representation that a PDU names, but for its byte order: how its characters and numbers stand. */

const CHARACTERS = ["ascii", "ebcdic"] as const;
const FLOATS = ["ieee", "vax", "cray", "ibm"] as const;

/** A number where it is none of the standard's. */
export type Characters = (typeof CHARACTERS)[number] | number;
export type Floats = (typeof FLOATS)[number] | number;

/** By the first byte of drep. */
export function charactersOf(drep: number): Characters {
  return CHARACTERS[drep & 0x0f] ?? drep & 0x0f;
}

/** By the second one. */
export function floatsOf(drep: number): Floats {
  return FLOATS[drep] ?? drep;
}
