/**
 * Windows that look back from each record. They lie anywhere, not at full hours, and remember as much as the condition can
 * ask for, whatever comes. Records may come late by up to one timespan; later ones count from when they come.
 */

import {
  bytesOf,
  GROUP_BYTES,
  type Incoming,
  keepFew,
  MAX_OCCURRENCES,
  OCCURRENCE_BYTES,
  type Occurrence,
  plain,
  type SlidingWindow,
  TIME_BYTES,
} from "./correlation-occurrence.js";
import { OrderWindow } from "./correlation-order.js";
import type { CorrelationType } from "./rules/rule.js";

/** Further ones than the condition needs, for records that come late. */
const SPARE = 64;

export function slidingWindow<E>(type: CorrelationType, least: number, span: number): SlidingWindow<E> {
  if (type === "event_count") return new EventWindow(least, span);
  if (type === "value_count") return new ValueWindow(least, span);
  return type === "temporal" ? new PresenceWindow(least, span) : new OrderWindow(least, span);
}

/** Where a time stands in a list in order: behind equal ones. */
function place(times: readonly number[], time: number): number {
  let at = times.length;
  while (at > 0 && times[at - 1]! > time) at--;
  return at;
}

class EventWindow<E> implements SlidingWindow<E> {
  readonly #least: number;
  readonly #span: number;
  /** In order; not more than are needed. */
  #times: number[] = [];
  #recent: Occurrence<E>[] = [];
  start = 0;

  constructor(least: number, span: number) {
    this.#least = least;
    this.#span = span;
  }

  get count(): number {
    return this.#least;
  }

  add(one: Incoming<E>): boolean {
    const { time } = one;
    const at = place(this.#times, time);
    if (at === this.#times.length) this.#times.push(time);
    else this.#times.splice(at, 0, time);
    this.#recent.push(plain(one));
    if (this.#recent.length >= 2 * MAX_OCCURRENCES) this.#recent = this.#recent.slice(-MAX_OCCURRENCES);
    const holds = this.#holds(at);
    if (this.#times.length >= 2 * (this.#least + SPARE))
      this.#times = this.#times.slice(-this.#least - SPARE);
    return holds;
  }

  /** Whether the event at this place is one of as many as are needed. */
  #holds(at: number): boolean {
    const times = this.#times;
    const further = this.#least - 1;
    for (let first = Math.max(0, at - further); first <= at && first + further < times.length; first++) {
      if (times[first + further]! - times[first]! > this.#span) continue;
      this.start = times[first]!;
      return true;
    }
    return false;
  }

  occurrences(): Occurrence<E>[] {
    const recent = [...this.#recent].sort((a, b) => a.time - b.time);
    const newest = recent.at(-1)?.time ?? 0;
    return recent.filter(({ time }) => newest - time <= this.#span).slice(-MAX_OCCURRENCES);
  }

  values(): Iterable<Occurrence<E>> {
    return [];
  }

  get bytes(): number {
    return GROUP_BYTES + this.#times.length * TIME_BYTES + this.#recent.length * OCCURRENCE_BYTES;
  }
}

class ValueWindow<E> implements SlidingWindow<E> {
  readonly #least: number;
  readonly #span: number;
  /** The last occurrence of each value. */
  readonly #last = new Map<string, Occurrence<E>>();
  /** Values in the order they came in; those of which a later one came are passed over. */
  #queue: { value: string; occurrence: Occurrence<E> }[] = [];
  #head = 0;
  #newest = Number.NEGATIVE_INFINITY;
  #late = false;
  #bytes = GROUP_BYTES;

  constructor(least: number, span: number) {
    this.#least = least;
    this.#span = span;
  }

  get count(): number {
    return this.#last.size;
  }

  add(one: Incoming<E>): boolean {
    const { time, value } = one;
    if (time < this.#newest) this.#late = true;
    this.#newest = Math.max(this.#newest, time);
    const known = this.#last.get(value);
    if (known === undefined || known.time <= time) {
      const occurrence = plain(one);
      this.#delete(value);
      this.#last.set(value, occurrence);
      this.#queue.push({ value, occurrence });
      this.#bytes += bytesOf(occurrence);
    }
    this.#dropOld();
    if (this.#last.size < this.#least) return false;
    // Late ones stand behind later ones: only now it matters.
    if (this.#late) for (const [other, { time: at }] of this.#last) if (this.#isOld(at)) this.#delete(other);
    this.#late = false;
    return this.#last.size >= this.#least && !this.#isOld(time);
  }

  #isOld(time: number): boolean {
    return this.#newest - time > this.#span;
  }

  #dropOld(): void {
    for (; this.#head < this.#queue.length; this.#head++) {
      const { value, occurrence } = this.#queue[this.#head]!;
      if (this.#last.get(value) !== occurrence) continue;
      if (!this.#isOld(occurrence.time) && this.#last.size <= this.#least + SPARE) break;
      this.#delete(value);
    }
    if (this.#queue.length <= 2 * (this.#last.size + SPARE)) return;
    this.#queue = this.#queue
      .slice(this.#head)
      .filter(({ value, occurrence }) => this.#last.get(value) === occurrence);
    this.#head = 0;
  }

  #delete(value: string): void {
    const known = this.#last.get(value);
    if (known !== undefined) this.#bytes -= bytesOf(known);
    this.#last.delete(value);
  }

  get start(): number {
    let start = this.#newest;
    for (const { time } of this.#last.values()) start = Math.min(start, time);
    return start;
  }

  occurrences(): Occurrence<E>[] {
    return [...this.#last.values()].sort((a, b) => a.time - b.time).slice(-MAX_OCCURRENCES);
  }

  values(): Iterable<Occurrence<E>> {
    return this.#last.values();
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/** Which rules there are in a window, in any order. */
class PresenceWindow<E> implements SlidingWindow<E> {
  readonly #least: number;
  readonly #span: number;
  #recent: Incoming<E>[] = [];
  #held: readonly Incoming<E>[] = [];

  constructor(least: number, span: number) {
    this.#least = least;
    this.#span = span;
  }

  get start(): number {
    return this.#held[0]?.time ?? 0;
  }

  get count(): number {
    return new Set(this.#held.map(({ index }) => index)).size;
  }

  add(one: Incoming<E>): boolean {
    this.#recent = keepFew(this.#recent, one, this.#span);
    // In order, the window that ends with it is the one that holds most.
    const inOrder = this.#recent.at(-1) === one;
    for (const start of inOrder ? [one.time - this.#span] : this.#recent.map(({ time }) => time)) {
      if (start > one.time || one.time - start > this.#span) continue;
      const within = this.#recent.filter(({ time }) => time >= start && time - start <= this.#span);
      if (new Set(within.map(({ index }) => index)).size < this.#least) continue;
      this.#held = within;
      return true;
    }
    return false;
  }

  occurrences(): Occurrence<E>[] {
    return this.#held.slice(-MAX_OCCURRENCES).map(plain);
  }

  values(): Iterable<Occurrence<E>> {
    return [];
  }

  get bytes(): number {
    return GROUP_BYTES + (this.#recent.length + this.#held.length) * OCCURRENCE_BYTES;
  }
}
