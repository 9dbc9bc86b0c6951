/** What correlations watch and keep of it, and when a count is enough. */

import type { Bounds, Correlation, Rule } from "./rules/rule.js";

/** Something that a correlation watches, as it is kept. `E`: what is told of a record. */
export interface Occurrence<E> {
  of: Rule | Correlation;
  /** Seconds since 1970. */
  time: number;
  evidence: E;
  /** The finding of another correlation that it is. */
  inner: CorrelationMatch<E> | null;
  /** What is counted (`value_count`), so that equal ones are equal, and as it was met; else empty. */
  value: string;
  shown: string;
}

/** The same, as it comes in. */
export interface Incoming<E> extends Occurrence<E> {
  /** Which of the watched rules. */
  index: number;
  /** Number of the record: one record is not before itself. */
  record: number;
}

/**
 * What a correlation finds: one episode of one group. It grows until one timespan has passed in which the condition was
 * never true; only then the group can be found anew.
 */
export interface CorrelationMatch<E> {
  correlation: Correlation;
  /** Values of the fields it groups by, as the first record has them. */
  group: { readonly [name: string]: unknown };
  /** Seconds since 1970. */
  first: number;
  last: number;
  /** What its condition counts: records, different values, or different rules. */
  count: number;
  /** All records that belong to it. */
  records: number;
  /** Those by which it was found, and the next ones; at most so many as MAX_OCCURRENCES says, the latest of the former. */
  occurrences: Occurrence<E>[];
  /** Different values, as they were met (`value_count`). */
  values: string[];
  open: boolean;
  /** Its window was not over when the input ended: what would have come is not known. */
  cut: boolean;
}

/** Looks back from each record. */
export interface SlidingWindow<E> {
  /** Takes it in, and answers whether the condition is true of a window that it lies in. */
  add(one: Incoming<E>): boolean;
  /** What made it true, in order. */
  occurrences(): Occurrence<E>[];
  /** An occurrence of each value that is counted. */
  values(): Iterable<Occurrence<E>>;
  /** The time of the first one, told or not. */
  readonly start: number;
  /** The count in the window that made it true. */
  readonly count: number;
  readonly bytes: number;
}

/** Occurrences that one finding tells. */
export const MAX_OCCURRENCES = 100;
/** Counts of different values that can be waited for, and that a finding tells. */
export const MAX_VALUES = 10_000;
/** Occurrences of one rule that a window keeps, where it is about which rules there are. */
export const MAX_OF_RULE = 16;

/** Estimated memory of what is kept of an occurrence, of a time, and of a group that holds nothing. */
export const OCCURRENCE_BYTES = 250;
export const TIME_BYTES = 8;
export const GROUP_BYTES = 400;

/** Of an occurrence with its value, which may be of any length. */
export const bytesOf = ({ value, shown }: { value: string; shown: string }): number =>
  OCCURRENCE_BYTES + 2 * (value.length + shown.length);

/** The least count of which the condition is true, where all greater ones fulfil it as well; else null. */
export function threshold(bounds: Bounds): number | null {
  let least = 0;
  for (const { operator, value } of bounds) {
    if (operator !== "gte" && operator !== "gt") return null;
    least = Math.max(least, operator === "gte" ? value : value + 1);
  }
  return Math.max(1, least);
}

export function fulfils(count: number, bounds: Bounds): boolean {
  return bounds.every(({ operator, value }) => {
    if (operator === "gt") return count > value;
    if (operator === "gte") return count >= value;
    if (operator === "lt") return count < value;
    if (operator === "lte") return count <= value;
    return operator === "eq" ? count === value : count !== value;
  });
}

export const plain = <E>({ of, time, evidence, inner, value, shown }: Occurrence<E>): Occurrence<E> => ({
  of,
  time,
  evidence,
  inner,
  value,
  shown,
});

/** Puts an occurrence into a list in order of time, of which two timespans are kept, and few of each rule. */
export function keepFew<E>(recent: Incoming<E>[], one: Incoming<E>, span: number): Incoming<E>[] {
  let at = recent.length;
  while (at > 0 && recent[at - 1]!.time > one.time) at--;
  recent.splice(at, 0, one);
  const newest = recent.at(-1)!.time;
  if (newest - recent[0]!.time > 2 * span) return recent.filter(({ time }) => newest - time <= 2 * span);
  if (recent.length > MAX_OF_RULE) {
    const same = recent.filter(({ index }) => index === one.index);
    if (same.length > MAX_OF_RULE) recent.splice(recent.indexOf(same[0]!), 1);
  }
  return recent;
}
