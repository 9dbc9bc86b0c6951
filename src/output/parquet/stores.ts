/** The values of one column of a group of rows, without those that are null, encoded as they come. */

import { Bytes } from "./bytes.js";
import { Levels, writeHybrid } from "./levels.js";
import { instantOf } from "./times.js";

export interface Stored {
  readonly encoding: "PLAIN" | "RLE_DICTIONARY";
  readonly bytes: Uint8Array;
  /** The distinct values, in the encoding PLAIN, and how many they are. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly size: number } | null;
  /** Smallest and greatest value, for readers that skip. */
  readonly range: { readonly min: bigint; readonly max: bigint } | null;
}

/** The column cannot hold the value: it is null there. */
export const NULL = -1;

export interface Store {
  /** Answers the estimated bytes of memory that it takes, or `NULL`. */
  add(value: unknown): number;
  /** All of them; begins anew. Valid until the next `add`. */
  take(): Stored;
}

/** Values of a fixed size, in the encoding PLAIN. */
abstract class Plain {
  protected readonly out = new Bytes();

  take(): Stored {
    const bytes = this.out.all();
    this.out.clear();
    return { encoding: "PLAIN", bytes, dictionary: null, range: null };
  }
}

const INT32_LIMIT = 2 ** 31;

/** Whole numbers of 32 bits, signed. */
export class Ints extends Plain implements Store {
  add(value: unknown): number {
    if (!Number.isInteger(value) || Math.abs(value as number) >= INT32_LIMIT) return NULL;
    this.out.i32(value as number);
    return 4;
  }
}

/** Whole numbers of 64 bits, as far as a double holds them. */
export class Longs extends Plain implements Store {
  add(value: unknown): number {
    if (!Number.isSafeInteger(value)) return NULL;
    this.out.i64(value as number);
    return 8;
  }
}

export class Doubles extends Plain implements Store {
  add(value: unknown): number {
    if (typeof value !== "number" || Number.isNaN(value)) return NULL;
    this.out.f64(value);
    return 8;
  }
}

/** Texts that are all different. */
export class Texts extends Plain implements Store {
  add(value: unknown): number {
    if (typeof value !== "string") return NULL;
    return this.out.text(value);
  }
}

const SECONDS_END = 19;
const WORD = 32n;
const WORD_BITS = 0xffff_ffffn;
const NANO_DIGITS = 9;

/** Times as records write them, in nanoseconds since 1970. Of most, only the fraction is new. */
export class Times extends Plain implements Store {
  /** The second of the last time, where a whole second fits behind it, and its nanoseconds in two halves. */
  #second = "";
  #high = 0;
  #low = 0;
  #min = { high: Number.POSITIVE_INFINITY, low: 0 };
  #max = { high: Number.NEGATIVE_INFINITY, low: 0 };

  add(value: unknown): number {
    if (typeof value !== "string") return NULL;
    if (this.#second === "" || !value.startsWith(this.#second)) {
      const base = instantOf(`${value.slice(0, SECONDS_END)}Z`);
      const next = instantOf(`${value.slice(0, SECONDS_END)}.999999999Z`);
      if (base === null || next === null) {
        this.#second = "";
        const instant = instantOf(value);
        if (instant === null) return NULL;
        return this.#put(Number(instant >> WORD), Number(instant & WORD_BITS));
      }
      this.#second = value.slice(0, SECONDS_END);
      this.#high = Number(base >> WORD);
      this.#low = Number(base & WORD_BITS);
    }
    const low = this.#low + fractionOf(value);
    const carry = low >= 2 ** 32;
    return this.#put(this.#high + (carry ? 1 : 0), carry ? low - 2 ** 32 : low);
  }

  #put(high: number, low: number): number {
    this.out.pair(high, low);
    const min = this.#min;
    const max = this.#max;
    if (high < min.high || (high === min.high && low < min.low)) this.#min = { high, low };
    if (high > max.high || (high === max.high && low > max.low)) this.#max = { high, low };
    return 8;
  }

  override take(): Stored {
    const range = this.out.size === 0 ? null : { min: whole(this.#min), max: whole(this.#max) };
    this.#min = { high: Number.POSITIVE_INFINITY, low: 0 };
    this.#max = { high: Number.NEGATIVE_INFINITY, low: 0 };
    return { ...super.take(), range };
  }
}

function whole({ high, low }: { high: number; low: number }): bigint {
  return (BigInt(high) << WORD) | BigInt(low);
}

/** Nanoseconds behind the second. */
function fractionOf(ts: string): number {
  if (ts.charCodeAt(SECONDS_END) !== 0x2e) return 0;
  let nanos = 0;
  let digits = 0;
  for (let i = SECONDS_END + 1; digits < NANO_DIGITS; i++) {
    const digit = ts.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    nanos = 10 * nanos + digit;
    digits++;
  }
  return nanos * 10 ** (NANO_DIGITS - digits);
}

export class Flags implements Store {
  readonly #bits = new Levels(1);

  add(value: unknown): number {
    if (typeof value !== "boolean") return NULL;
    this.#bits.add(value ? 1 : 0);
    return 1;
  }

  take(): Stored {
    return { encoding: "PLAIN", bytes: this.#bits.takePacked(), dictionary: null, range: null };
  }
}

const FIRST = 1 << 7;
/** Estimated bytes of memory that a distinct text takes beside its characters, and an index. */
const WORD_COST = 64;
const INDEX_COST = 4;
/** Bytes of the length in front of a text. */
const LENGTH = 4;

/** Texts of which many are the same: each is kept once. */
export class Words implements Store {
  #numbers = new Map<string, number>();
  #words: string[] = [];
  #indexes = new Uint32Array(FIRST);
  #size = 0;
  #characters = 0;
  /** Of all texts, the same ones as well. */
  #total = 0;
  #last: string | null = null;
  #lastIndex = 0;
  readonly #out = new Bytes();
  readonly #distinct = new Bytes();

  add(value: unknown): number {
    if (typeof value !== "string") return NULL;
    let cost = INDEX_COST;
    if (value !== this.#last) {
      let index = this.#numbers.get(value);
      if (index === undefined) {
        index = this.#words.length;
        this.#numbers.set(value, index);
        this.#words.push(value);
        this.#characters += value.length;
        cost += value.length + WORD_COST;
      }
      this.#last = value;
      this.#lastIndex = index;
    }
    this.#total += value.length;
    if (this.#size === this.#indexes.length) {
      const grown = new Uint32Array(2 * this.#size);
      grown.set(this.#indexes);
      this.#indexes = grown;
    }
    this.#indexes[this.#size++] = this.#lastIndex;
    return cost;
  }

  take(): Stored {
    const words = this.#words;
    const size = this.#size;
    const width = Math.max(1, Math.ceil(Math.log2(words.length)));
    const asDictionary = this.#characters + LENGTH * words.length + (size * width) / 8;
    const out = this.#out;
    out.clear();
    const distinct = this.#distinct;
    distinct.clear();
    const worthIt = size > 0 && 2 * asDictionary <= this.#total + LENGTH * size;
    if (worthIt) {
      for (const word of words) distinct.text(word);
      out.u8(width);
      writeHybrid(out, this.#indexes, size, width);
    } else {
      for (let i = 0; i < size; i++) out.text(words[this.#indexes[i]!]!);
    }
    this.#numbers = new Map();
    this.#words = [];
    this.#size = 0;
    this.#characters = 0;
    this.#total = 0;
    this.#last = null;
    return {
      encoding: worthIt ? "RLE_DICTIONARY" : "PLAIN",
      bytes: out.all(),
      dictionary: worthIt ? { bytes: distinct.all(), size: words.length } : null,
      range: null,
    };
  }
}
