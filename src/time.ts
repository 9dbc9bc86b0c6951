/** Times of the capture as text. Seconds and nanoseconds stay integers all the way: no precision is lost. */

export interface Instant {
  /** Seconds since 1970-01-01 UTC. */
  seconds: number;
  nanos: number;
  /** Fractional digits that the capture's resolution has. */
  digits: 6 | 9;
}

/** The first and the last second that [RFC 3339] can write: damaged captures claim others. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

let cachedSecond = Number.NaN;
let cachedText = "";
/** The last time as a whole: most are told several times, of a call, of its sides, of notes. */
const last = { nanos: Number.NaN, digits: 0, text: "" };

/** [RFC 3339] in UTC with six or nine fractional digits. */
export function timestamp(t: Instant): string {
  if (t.seconds !== cachedSecond) {
    const second = Math.min(Math.max(t.seconds, FIRST_SECOND), LAST_SECOND);
    cachedText = Number.isNaN(second)
      ? "1970-01-01T00:00:00"
      : new Date(second * 1000).toISOString().slice(0, 19);
    cachedSecond = t.seconds;
    last.nanos = Number.NaN;
  }
  if (t.nanos !== last.nanos || t.digits !== last.digits) {
    const fraction = String(t.nanos).padStart(9, "0").slice(0, t.digits);
    last.text = `${cachedText}.${fraction}Z`;
    last.nanos = t.nanos;
    last.digits = t.digits;
  }
  return last.text;
}

/** Seconds from `from` to `to`, with the fraction that a double can hold; negative where the clock went back. */
export function secondsBetween(from: Instant, to: Instant): number {
  return to.seconds - from.seconds + (to.nanos - from.nanos) / 1e9;
}

/** Microseconds of a second. */
export const SECOND = 1_000_000;

/** Microseconds since 1970, with the fraction that a double can hold: for comparisons and differences. */
export function micros(t: Pick<Instant, "seconds" | "nanos">): number {
  return t.seconds * SECOND + t.nanos / 1_000;
}

/** Seconds above which the time between two frames is not believed: a clock was set in between, or a stamp is damaged. */
export const LONGEST_DURATION = 10 * 366 * 86_400;

/** Whole microseconds from `from` to `to`, rounded down; null where that is no duration. */
export function durationMicroseconds(from: Instant, to: Instant): number | null {
  const us = (to.seconds - from.seconds) * 1e6 + Math.floor((to.nanos - from.nanos) / 1000);
  return isDuration(from, to, us / 1e6) ? us : null;
}

/** Seconds from `from` to `to`; null where that is no duration. */
export function durationSeconds(from: Instant, to: Instant): number | null {
  const seconds = secondsBetween(from, to);
  return isDuration(from, to, seconds) ? seconds : null;
}

/** A clock that went back measures nothing, nor does a time that no calendar has. */
function isDuration(from: Instant, to: Instant, seconds: number): boolean {
  return seconds >= 0 && seconds <= LONGEST_DURATION && isTime(from) && isTime(to);
}

function isTime({ seconds }: Instant): boolean {
  return seconds >= FIRST_SECOND && seconds <= LAST_SECOND;
}
