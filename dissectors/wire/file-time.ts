/** [MS-DTYP] 2.3.3 FILETIME as text. */
import type { Reader } from "./reader.js";

/** Ticks of 100 ns in a second, and in what one unit of the upper half of a FILETIME stands for beyond whole seconds. */
const TICKS = 10_000_000;
const UPPER_SECONDS = Math.floor(2 ** 32 / TICKS);
const UPPER_TICKS = 2 ** 32 % TICKS;
const EPOCH_1601 = 11_644_473_600;
/** 10000-01-01, where [RFC 3339] ends, in seconds since 1970. */
const LAST_SECOND = 253_402_300_800;

/** The last one, since many tokens carry the same: to format a date is costly. */
let lastSeconds = Number.NaN;
let lastText = "";

/**
 * [MS-DTYP] 2.3.3 FILETIME, little-endian, as [RFC 3339] in UTC with its seven fractional digits; beyond the year 9999, its
 * number.
 */
export function readFileTime(r: Reader, field?: string): string {
  const start = r.offset;
  const lower = r.u32();
  const upper = r.u32();
  const text = fileTimeText(lower, upper);
  r.note(field, start, text);
  return text;
}

function fileTimeText(lower: number, upper: number): string {
  // Halves apart: together they are more than a double holds.
  const rest = upper * UPPER_TICKS + lower;
  const seconds = upper * UPPER_SECONDS + Math.floor(rest / TICKS) - EPOCH_1601;
  if (seconds >= LAST_SECOND) return ((BigInt(upper) << 32n) | BigInt(lower)).toString();
  if (seconds !== lastSeconds) {
    lastSeconds = seconds;
    lastText = new Date(seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastText}.${String(rest % TICKS).padStart(7, "0")}Z`;
}
