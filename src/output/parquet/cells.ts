/**
 * The values of one column of a group of rows, until they are encoded. Numbers and texts stand in buffers: as objects of their own
 * they would cost more than all the rest.
 */

export interface Cells {
  /** Adds a value; answers the estimated bytes of memory that it takes. */
  add(value: unknown): number;
  /** All of them, in order, valid until the next call of `add`, which begins anew. */
  take(): unknown[];
}

/** Estimated bytes of memory of a value beside its text. */
const VALUE_COST = 16;
/** Elements of a buffer to begin with; it grows, and is kept for the next group. */
const FIRST = 1 << 7;

/** Values as they are: flags, and short texts of which many are the same. */
export class PlainCells implements Cells {
  #values: unknown[] = [];

  add(value: unknown): number {
    this.#values.push(value);
    return VALUE_COST + (typeof value === "string" ? value.length : 0);
  }

  take(): unknown[] {
    const values = this.#values;
    this.#values = [];
    return values;
  }
}

/** Numbers in a buffer that grows; null is no number. */
class Numbers {
  values = new Float64Array(FIRST);
  size = 0;

  add(value: number): void {
    if (this.size === this.values.length) {
      const grown = new Float64Array(2 * this.size);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.size++] = value;
  }
}

/** Numbers that a double holds. `big`: they are encoded as 64 bits. */
export class NumberCells implements Cells {
  readonly #numbers = new Numbers();
  readonly #big: boolean;

  constructor(big: boolean) {
    this.#big = big;
  }

  add(value: unknown): number {
    this.#numbers.add(typeof value === "number" ? value : Number.NaN);
    return VALUE_COST;
  }

  take(): unknown[] {
    const { values, size } = this.#numbers;
    this.#numbers.size = 0;
    const taken: unknown[] = new Array(size);
    for (let i = 0; i < size; i++) {
      const value = values[i]!;
      taken[i] = Number.isNaN(value) ? null : this.#big ? BigInt(value) : value;
    }
    return taken;
  }
}

/** Whole numbers of 64 bits that no double holds. */
export class BigCells implements Cells {
  #values = new BigInt64Array(FIRST);
  #size = 0;
  #nulls = new Set<number>();

  add(value: unknown): number {
    if (this.#size === this.#values.length) {
      const grown = new BigInt64Array(2 * this.#size);
      grown.set(this.#values);
      this.#values = grown;
    }
    if (typeof value === "bigint") this.#values[this.#size] = value;
    else this.#nulls.add(this.#size);
    this.#size++;
    return VALUE_COST;
  }

  take(): unknown[] {
    const taken: unknown[] = new Array(this.#size);
    for (let i = 0; i < this.#size; i++) taken[i] = this.#nulls.has(i) ? null : this.#values[i]!;
    this.#size = 0;
    this.#nulls = new Set();
    return taken;
  }
}

/** Lists of whole numbers. */
export class ListCells implements Cells {
  readonly #numbers = new Numbers();
  /** How many belong to each; -1 for null. */
  #counts: number[] = [];

  add(value: unknown): number {
    if (!Array.isArray(value)) {
      this.#counts.push(-1);
      return VALUE_COST;
    }
    for (const one of value) this.#numbers.add(one as number);
    this.#counts.push(value.length);
    return VALUE_COST * (1 + value.length);
  }

  take(): unknown[] {
    const { values } = this.#numbers;
    let at = 0;
    const taken = this.#counts.map((count) => {
      if (count < 0) return null;
      const list: bigint[] = new Array(count);
      for (let i = 0; i < count; i++) list[i] = BigInt(values[at++]!);
      return list;
    });
    this.#numbers.size = 0;
    this.#counts = [];
    return taken;
  }
}

const ENCODER = new TextEncoder();
/** Bytes that a code unit takes at most. */
const UNIT = 3;

/** Texts that are all different, as bytes. */
export class TextCells implements Cells {
  #buffer = new Uint8Array(FIRST);
  #size = 0;
  /** Where each ends; -1 for null. */
  #ends: number[] = [];

  add(value: unknown): number {
    if (typeof value !== "string") {
      this.#ends.push(-1);
      return VALUE_COST;
    }
    this.#room(value.length * UNIT);
    const { written } = ENCODER.encodeInto(
      value,
      this.#size === 0 ? this.#buffer : this.#buffer.subarray(this.#size),
    );
    this.#size += written;
    this.#ends.push(this.#size);
    return VALUE_COST + written;
  }

  #room(bytes: number): void {
    const needed = this.#size + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = grown;
  }

  take(): unknown[] {
    let from = 0;
    const values = this.#ends.map((end) => {
      if (end < 0) return null;
      const value = this.#buffer.subarray(from, end);
      from = end;
      return value;
    });
    this.#ends = [];
    this.#size = 0;
    return values;
  }
}
