import { Oldest } from "../oldest.js";

/** A map of a fixed size: what was set longest ago makes room. */
export class Bounded<V> {
  readonly #entries = new Map<string, V>();
  readonly #oldest = new Oldest(this.#entries);
  readonly #limit: number;
  /** Something made room. */
  full = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** Answers whether there is one more than before. */
  set(key: string, value: V): boolean {
    const before = this.#entries.size;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) {
      this.#entries.delete(this.#oldest.next()!);
      this.full = true;
    }
    return this.#entries.size > before;
  }
}
