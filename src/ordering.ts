/**
 * Calls leave in the order in which their requests were captured, although they are completed in another: a queue with one
 * place for each call, which drops its head as soon as it is filled. A head that stays empty too long (a call that is
 * never answered) is passed over, so that the wait is bounded; it leaves when it is completed.
 */

import { type Account, type Holder, type Kind, unlimited } from "./budget.js";
import { SortedList } from "./sorted-list.js";

/** Places that may wait behind an empty one. */
const ORDER_WINDOW = 4096;

/** A call's place: `key` is what the order goes by. */
export interface Place<T> {
  readonly key: number;
  value: T | undefined;
  size: number;
  /** Its turn is over: it leaves as soon as it is filled. */
  passed: boolean;
}

export class OrderedQueue<T> implements Holder {
  /** By key, those of the same key in the order in which they were taken. */
  readonly #places = new SortedList<Place<T>>();
  #filled = 0;
  readonly #window: number;
  readonly #account: Account;
  readonly #out: (value: T) => void;
  readonly stream = null;
  /** Places that were passed over because too many waited behind them. */
  overtaken = 0;

  /** `out` takes what leaves; `window`: places that may wait behind an empty one; `kind`: memory that what waits may take. */
  constructor(out: (value: T) => void, window: number = ORDER_WINDOW, kind: Kind = unlimited()) {
    this.#out = out;
    this.#window = window;
    this.#account = kind.open(this);
  }

  /** Memory is short: everything that is filled leaves. */
  giveUp(): void {
    this.release(true);
  }

  /** Takes a place. Most come in order; one that was held up by missing bytes goes before those that overtook it. */
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

  /** The place's turn is over: what fills it leaves at once, and nothing waits for it. */
  pass(place: Place<T>): void {
    if (place.passed) return;
    place.passed = true;
    const at = this.#places.find((other) => other.key >= place.key);
    for (const other of this.#places.from(at)) {
      if (other === place) break;
      at.index++;
    }
    this.#places.replace(at, 1, []);
  }

  /** Fills a place and lets everything go that may leave, in order. */
  fill(place: Place<T>, value: T, size = 0): void {
    if (place.passed) {
      this.#out(value);
      return;
    }
    place.value = value;
    place.size = size;
    this.#filled++;
    this.#account.charge(size);
    this.release();
  }

  /** Lets everything go that may leave; `all` passes over every empty place. */
  release(all = false): void {
    for (;;) {
      const place = this.#places.first();
      if (place === undefined) break;
      if (place.value === undefined && (this.#filled === 0 || !(all || this.#full()))) break;
      this.#places.shift();
      place.passed = true;
      if (place.value === undefined) {
        if (!all) this.overtaken++;
        continue;
      }
      this.#filled--;
      this.#account.charge(-place.size);
      this.#out(place.value);
      place.value = undefined;
    }
  }

  #full(): boolean {
    return this.waiting > this.#window;
  }
}
