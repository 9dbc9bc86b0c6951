/**
 * Which key of a Map or Set was put in longest ago, over and over again. `keys().next()` alone would pass over all keys
 * that were deleted before, each time.
 */
export class Oldest<K> {
  readonly #of: { keys(): Iterator<K> };
  #keys: Iterator<K> | null = null;

  constructor(of: { keys(): Iterator<K> }) {
    this.#of = of;
  }

  /** The oldest key, which the caller takes out; undefined where there is none. */
  next(): K | undefined {
    // What is put in later comes behind, so that one walk goes on for ever.
    const more = this.#keys?.next();
    if (more !== undefined && more.done !== true) return more.value;
    this.#keys = this.#of.keys();
    const first = this.#keys.next();
    return first.done === true ? undefined : first.value;
  }

  /** So many of the oldest keys, one after the other, each of which the caller takes out before the next. */
  *some(count: number): IterableIterator<K> {
    for (let left = count; left > 0; left--) {
      const key = this.next();
      if (key === undefined) return;
      yield key;
    }
  }
}
