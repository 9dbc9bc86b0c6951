/**
 * Calls leave in the order in which their requests were captured, although they are completed in another: a queue with one
 * place for each call, which lets go of its head as soon as it is filled. A head that stays empty too long (a call that is
 * never answered) is passed over, so that the wait is bounded; it leaves when it is completed.
 */

/** Places that may wait behind an empty one. */
export const ORDER_WINDOW = 4096;

export class OrderedQueue<T> {
  #next = 0;
  #head = 0;
  /** Filled places at or behind the head. */
  readonly #filled = new Map<number, { value: T; size: number }>();
  readonly #window: number;
  readonly #maxSize: number;
  #size = 0;

  /** `window`: places that may wait behind an empty one; `maxSize`: octets that what waits may have been made of. */
  constructor(window: number = ORDER_WINDOW, maxSize: number = Number.POSITIVE_INFINITY) {
    this.#window = window;
    this.#maxSize = maxSize;
  }

  /** Takes the next place. */
  open(): number {
    return this.#next++;
  }

  get waiting(): number {
    return this.#next - this.#head;
  }

  /** Fills a place and lets everything go that may leave, in order. */
  fill(place: number, value: T, out: (value: T) => void, size = 0): void {
    if (place < this.#head) {
      out(value);
      return;
    }
    this.#filled.set(place, { value, size });
    this.#size += size;
    this.release(out);
  }

  /** Lets everything go that may leave; `all` passes over every empty place. */
  release(out: (value: T) => void, all = false): void {
    while (this.#head < this.#next) {
      const filled = this.#filled.get(this.#head);
      if (filled !== undefined) {
        this.#filled.delete(this.#head);
        this.#size -= filled.size;
        out(filled.value);
      } else if (this.#filled.size === 0 || !(all || this.#full())) {
        return;
      }
      this.#head++;
    }
  }

  #full(): boolean {
    return this.#next - this.#head > this.#window || this.#size > this.#maxSize;
  }
}
