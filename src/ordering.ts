/**
 * Calls leave in the order in which their requests were captured, although they are completed in another: a queue with one
 * place for each call, which lets go of its head as soon as it is filled. A head that stays empty too long (a call that is
 * never answered) is passed over, so that the wait is bounded; it leaves when it is completed.
 */

import { SortedList } from "./sorted-list.js";

/** Places that may wait behind an empty one. */
export const ORDER_WINDOW = 4096;

/** A call's place: `key` is what the order goes by. */
export interface Place<T> {
  readonly key: number;
  value: T | undefined;
  size: number;
  /** Its turn is over: it leaves as soon as it is filled. */
  passed: boolean;
}

export class OrderedQueue<T> {
  /** By key, those of the same key in the order in which they were taken. */
  readonly #places = new SortedList<Place<T>>();
  #filled = 0;
  #size = 0;
  readonly #window: number;
  readonly #maxSize: number;

  /** `window`: places that may wait behind an empty one; `maxSize`: octets that what waits may have been made of. */
  constructor(window: number = ORDER_WINDOW, maxSize: number = Number.POSITIVE_INFINITY) {
    this.#window = window;
    this.#maxSize = maxSize;
  }

  /** Takes a place. Most come in order; one that was held up by missing octets goes before those that overtook it. */
  open(key: number): Place<T> {
    const place: Place<T> = { key, value: undefined, size: 0, passed: false };
    const last = this.#places.last();
    if (last === undefined || last.key <= key) this.#places.push(place);
    else
      this.#places.replace(
        this.#places.find((other) => other.key > key),
        0,
        [place],
      );
    return place;
  }

  get waiting(): number {
    return this.#places.size;
  }

  /** Fills a place and lets everything go that may leave, in order. */
  fill(place: Place<T>, value: T, out: (value: T) => void, size = 0): void {
    if (place.passed) {
      out(value);
      return;
    }
    place.value = value;
    place.size = size;
    this.#filled++;
    this.#size += size;
    this.release(out);
  }

  /** Lets everything go that may leave; `all` passes over every empty place. */
  release(out: (value: T) => void, all = false): void {
    for (;;) {
      const place = this.#places.first();
      if (place === undefined) break;
      if (place.value === undefined && (this.#filled === 0 || !(all || this.#full()))) break;
      this.#places.shift();
      place.passed = true;
      if (place.value === undefined) continue;
      this.#filled--;
      this.#size -= place.size;
      out(place.value);
      place.value = undefined;
    }
  }

  #full(): boolean {
    return this.waiting > this.#window || this.#size > this.#maxSize;
  }
}
