/**
 * Stubs that come again: who polls a service, enumerates or pings sends the same bytes each time, and they mean the same. What
 * was read of such a stub is kept, within a bound, for the next one of the same method, so that it is read once. A stub that comes
 * for the first time leaves a mark only: most never come again.
 *
 * What is handed out is shared by all calls that have it, and changed by nobody.
 */
import { textOfBytes } from "#primitives";
import type { DecodedSide } from "../../dissectors/ndr/decoded.js";
import type { Method } from "../../dissectors/ndr/types.js";
import type { Values } from "./decoded-call.js";

/** Bytes of a stub that is worth keeping: longer ones are seldom sent twice. */
const MAX_STUB = 8192;
/** Estimated bytes of memory that are kept, by default: half in what came lately, half in what came before that. */
export const SEEN_BYTES = 4 * 1024 * 1024;
/** Estimated cost of one beside its bytes, in bytes of memory, and of one value in it. */
const STUB_COST = 400;
const NODE_COST = 72;

/** Marks of stubs that came, by a few of their bytes, and bytes that make one. */
const MARKS = 4096;
const SAMPLES = 16;

/** How a stub is read, beside its method: two numbers that read differently never have the same one. */
export function readingOf(
  response: boolean,
  ndr64: boolean,
  littleEndian: boolean,
  whole: boolean,
  origin: number,
): number {
  const flags = (response ? 1 : 0) | (ndr64 ? 2 : 0) | (littleEndian ? 4 : 0) | (whole ? 8 : 0);
  return flags | ((origin & 7) << 4);
}

interface Seen {
  side: DecodedSide;
  /** The values of the request, where reading asked for them. */
  outer: Values | null;
}

/** By method and how it is read, then by bytes. */
type Generation = Map<Method, Map<string, Seen>[]>;

export class SeenStubs {
  readonly #limit: number;
  readonly #marks = new Int32Array(MARKS);
  #young: Generation = new Map();
  #old: Generation = new Map();
  /** Estimated bytes of memory that the young ones take. */
  #cost = 0;

  constructor(limit = SEEN_BYTES) {
    this.#limit = limit / 2;
  }

  /**
   * What `read` makes of the bytes from `start` to `end`, or what it made of the same bytes before. `outer`: the values that
   * reading may ask for.
   */
  of(
    method: Method,
    reading: number,
    stub: Uint8Array,
    start: number,
    end: number,
    outer: Values | null,
    read: () => DecodedSide,
  ): DecodedSide {
    if (end - start > MAX_STUB || !this.#marked(method.opnum + reading, stub, start, end)) return read();
    const key = textOfBytes(stub, start, end);
    const young = this.#young.get(method)?.[reading]?.get(key);
    const seen = young ?? this.#old.get(method)?.[reading]?.get(key);
    if (seen !== undefined && (seen.outer === outer || !seen.side.outerAsked)) {
      if (young === undefined) this.#keep(method, reading, key, seen);
      return seen.side;
    }
    const side = read();
    this.#keep(method, reading, key, { side, outer: side.outerAsked ? outer : null });
    return side;
  }

  /** Whether such bytes came before, most likely; marks that they did. */
  #marked(seed: number, stub: Uint8Array, start: number, end: number): boolean {
    let hash = Math.imul(seed, 31) + end - start;
    const step = Math.max(1, (end - start) >> 4);
    for (let at = start, n = 0; at < end && n < SAMPLES; at += step, n++) {
      hash = Math.imul(hash ^ stub[at]!, 0x01000193);
    }
    hash ^= hash >>> 15;
    const slot = hash & (MARKS - 1);
    if (this.#marks[slot] === hash) return true;
    this.#marks[slot] = hash;
    return false;
  }

  #keep(method: Method, reading: number, key: string, seen: Seen): void {
    this.#cost += STUB_COST + NODE_COST * seen.side.nodes + 3 * key.length;
    if (this.#cost > this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#cost = 0;
    }
    let readings = this.#young.get(method);
    if (readings === undefined) {
      readings = [];
      this.#young.set(method, readings);
    }
    readings[reading] ??= new Map();
    readings[reading].set(key, seen);
  }
}
