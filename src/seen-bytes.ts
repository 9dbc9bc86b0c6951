/**
 * What was read of bytes that come again, kept within a bound for the next time: who polls a service, enumerates or pings sends the
 * same each time, and it means the same. Bytes that come for the first time leave a mark only: most never come again.
 *
 * What is handed out is shared by all who ask, and changed by nobody.
 */
import { textOfBytes } from "#primitives";

/** Bytes that are worth keeping what was read of: longer runs seldom come twice. */
const MAX_BYTES = 8192;
/** Estimated cost of one beside its bytes and what was read of them, in bytes of memory. */
const COST = 400;

/** Marks of bytes that came, by a few of them, and how many make one. */
const MARKS = 4096;
const SAMPLES = 16;

/** By whose bytes these are and how they are read, then by bytes. */
type Generation<T> = Map<object, Map<number, Map<string, T>>>;

/** What was handed out last of those with one mark: the same again is found without being looked up. */
interface Latest<T> {
  owner: object;
  reading: number;
  key: string;
  value: T;
}

export class SeenBytes<T> {
  readonly #limit: number;
  readonly #costOf: (value: T) => number;
  readonly #marks = new Int32Array(MARKS);
  /** The place of the mark of the bytes at hand. */
  #slot = 0;
  #latest: (Latest<T> | undefined)[] = new Array(MARKS);
  #young: Generation<T> = new Map();
  #old: Generation<T> = new Map();
  /** Estimated bytes of memory that the young ones take. */
  #cost = 0;

  /** `limit`: estimated bytes of memory; `costOf`: those of a value. */
  constructor(limit: number, costOf: (value: T) => number) {
    // Half of it for what came lately, half for what came before that.
    this.#limit = limit / 2;
    this.#costOf = costOf;
  }

  /**
   * What `read` makes of the bytes from `start` to `end`, or what it made of the same bytes before: those of the same owner that
   * were to be read in the same way. `fits` may refuse what was kept.
   */
  of(
    owner: object,
    reading: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    read: () => T,
    fits?: (value: T) => boolean,
  ): T {
    if (end - start > MAX_BYTES || !this.#marked(reading, bytes, start, end)) return read();
    const key = textOfBytes(bytes, start, end);
    const slot = this.#slot;
    const latest = this.#latest[slot];
    if (
      latest !== undefined &&
      latest.owner === owner &&
      latest.reading === reading &&
      latest.key === key &&
      (fits === undefined || fits(latest.value))
    ) {
      return latest.value;
    }
    const young = this.#young.get(owner)?.get(reading)?.get(key);
    const seen = young ?? this.#old.get(owner)?.get(reading)?.get(key);
    if (seen !== undefined && (fits === undefined || fits(seen))) {
      if (young === undefined) this.#keep(owner, reading, key, seen);
      this.#latest[slot] = { owner, reading, key, value: seen };
      return seen;
    }
    const value = read();
    this.#keep(owner, reading, key, value);
    this.#latest[slot] = { owner, reading, key, value };
    return value;
  }

  /** Whether such bytes came before, most likely; marks that they did. */
  #marked(reading: number, bytes: Uint8Array, start: number, end: number): boolean {
    let hash = Math.imul(reading, 31) + end - start;
    const step = Math.max(1, (end - start) >> 4);
    for (let at = start, n = 0; at < end && n < SAMPLES; at += step, n++) {
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    hash ^= hash >>> 15;
    const slot = hash & (MARKS - 1);
    this.#slot = slot;
    if (this.#marks[slot] === hash) return true;
    this.#marks[slot] = hash;
    return false;
  }

  #keep(owner: object, reading: number, key: string, value: T): void {
    this.#cost += COST + 2 * key.length + this.#costOf(value);
    if (this.#cost > this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#latest = new Array(MARKS);
      this.#cost = 0;
    }
    let readings = this.#young.get(owner);
    if (readings === undefined) {
      readings = new Map();
      this.#young.set(owner, readings);
    }
    const kept = readings.get(reading);
    if (kept === undefined) readings.set(reading, new Map([[key, value]]));
    else kept.set(key, value);
  }
}
