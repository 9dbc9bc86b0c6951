/** The values of one column of a group of rows, with what says which are null, and where lists begin. */

import { Levels } from "./levels.js";
import { NULL, type Store, type Stored } from "./stores.js";

export interface Cell extends Stored {
  /** Of lists, of all elements, and one for each list that has none. */
  readonly values: number;
  readonly nulls: number;
  readonly definition: Uint8Array;
  /** Empty where there are no lists. */
  readonly repetition: Uint8Array;
}

export interface Cells {
  /** Answers the estimated bytes of memory that it takes. */
  add(value: unknown): number;
  /** All of them; begins anew. Valid until the next `add`. */
  take(): Cell;
}

const NO_LEVELS = new Uint8Array(0);

/** One value a row. */
export class Flat implements Cells {
  readonly #store: Store;
  readonly #present = new Levels(1);

  constructor(store: Store) {
    this.#store = store;
  }

  add(value: unknown): number {
    const cost = value === null || value === undefined ? NULL : this.#store.add(value);
    this.#present.add(cost === NULL ? 0 : 1);
    return cost === NULL ? 1 : 1 + cost;
  }

  take(): Cell {
    const values = this.#present.size;
    const nulls = this.#present.count(0);
    return {
      ...this.#store.take(),
      values,
      nulls,
      definition: this.#present.take(),
      repetition: NO_LEVELS,
    };
  }
}

/** Definition levels of a list that may be null, of elements that may not. */
const NO_LIST = 0;
const NO_ELEMENT = 1;
const ELEMENT = 2;

/** A list a row, of what the store can hold of it. */
export class List implements Cells {
  readonly #store: Store;
  readonly #definition = new Levels(2);
  readonly #repetition = new Levels(1);

  constructor(store: Store) {
    this.#store = store;
  }

  add(value: unknown): number {
    let held = 2;
    let repeated = 0;
    if (Array.isArray(value)) {
      for (const one of value) {
        const cost = this.#store.add(one);
        if (cost === NULL) continue;
        held += cost + 2;
        this.#definition.add(ELEMENT);
        this.#repetition.add(repeated);
        repeated = 1;
      }
    }
    if (repeated === 1) return held;
    this.#definition.add(Array.isArray(value) ? NO_ELEMENT : NO_LIST);
    this.#repetition.add(0);
    return held;
  }

  take(): Cell {
    const values = this.#definition.size;
    const nulls = values - this.#definition.count(ELEMENT);
    return {
      ...this.#store.take(),
      values,
      nulls,
      definition: this.#definition.take(),
      repetition: this.#repetition.take(),
    };
  }
}
