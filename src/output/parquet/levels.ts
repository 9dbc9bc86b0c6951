/**
 * Small numbers as runs and packed bits: definition and repetition levels, and the indexes of a dictionary (Parquet's encoding
 * RLE, the hybrid of both).
 */

import { Bytes } from "./bytes.js";

/** Numbers that are packed together. */
const GROUP = 8;
const FIRST = 1 << 7;

/** Numbers of so few bits that a byte holds each. */
export class Levels {
  #values = new Uint8Array(FIRST);
  size = 0;
  readonly #width: number;
  readonly #out = new Bytes();

  constructor(width: number) {
    this.#width = width;
  }

  add(value: number): void {
    if (this.size === this.#values.length) {
      const grown = new Uint8Array(2 * this.size);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.size++] = value;
  }

  /** How many of them are that value. */
  count(value: number): number {
    let found = 0;
    for (let i = 0; i < this.size; i++) if (this.#values[i] === value) found++;
    return found;
  }

  /** Encoded; begins anew. Valid until the next of them are. */
  take(): Uint8Array {
    this.#out.clear();
    writeHybrid(this.#out, this.#values, this.size, this.#width);
    this.size = 0;
    return this.#out.all();
  }

  /** The same without runs and without what says how many there are. */
  takePacked(): Uint8Array {
    this.#out.clear();
    pack(this.#out, this.#values, 0, this.size, Math.ceil(this.size / GROUP), this.#width);
    this.size = 0;
    return this.#out.all();
  }
}

/** Runs of eight and more as such, and what is between them packed. */
export function writeHybrid(out: Bytes, values: Uint8Array | Uint32Array, size: number, width: number): void {
  let at = 0;
  while (at < size) {
    const run = runAt(values, at, size);
    if (run >= GROUP) {
      out.varint(run << 1);
      for (let bits = 0; bits < width; bits += 8) out.u8((values[at]! >>> bits) & 0xff);
      at += run;
      continue;
    }
    let end = at + GROUP;
    while (end < size && !beginsRun(values, end, size)) end += GROUP;
    const groups = (end - at) / GROUP;
    out.varint((groups << 1) | 1);
    pack(out, values, at, size, groups, width);
    at = end;
  }
}

function runAt(values: Uint8Array | Uint32Array, at: number, size: number): number {
  const value = values[at];
  let end = at + 1;
  while (end < size && values[end] === value) end++;
  return end - at;
}

function beginsRun(values: Uint8Array | Uint32Array, at: number, size: number): boolean {
  if (at + GROUP > size) return false;
  for (let i = at + 1; i < at + GROUP; i++) if (values[i] !== values[at]) return false;
  return true;
}

/** What is missing of the last group is zero. */
function pack(
  out: Bytes,
  values: Uint8Array | Uint32Array,
  from: number,
  size: number,
  groups: number,
  width: number,
): void {
  let buffer = 0;
  let bits = 0;
  for (let i = from; i < from + groups * GROUP; i++) {
    buffer |= (i < size ? values[i]! : 0) << bits;
    bits += width;
    while (bits >= 8) {
      out.u8(buffer & 0xff);
      buffer >>>= 8;
      bits -= 8;
    }
  }
}
