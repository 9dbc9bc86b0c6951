/**
 * Frames that were captured and wait to be decoded: a queue of copies within a fixed number of octets. What does not
 * fit is let go, and counted.
 */

import type { Frame } from "../frame.js";

/** Octets of one piece of the queue's memory. */
const SLAB = 1 << 20;
/** Octets in front of each frame's own, and what they are rounded up to. */
const HEADER = 40;
const ALIGN = 8;

interface Slab {
  bytes: Uint8Array;
  words: Int32Array;
  floats: Float64Array;
  /** Where the next frame is written, and read. */
  end: number;
  at: number;
}

export class Backlog {
  /** Frames that there was no room for. */
  letGo = 0;
  /** Frames that wait. */
  size = 0;
  readonly #limit: number;
  /** In use, oldest first. */
  readonly #slabs: Slab[] = [];
  /** The slab that the frame given last lies in, and one to be used again. */
  #given: Slab | null = null;
  #spare: Slab | null = null;

  /** `octets` may wait. */
  constructor(octets: number) {
    this.#limit = Math.max(1, Math.floor(octets / SLAB));
  }

  /** Keeps a copy of a frame; false where there is no room. */
  push(frame: Frame, source: number): boolean {
    const length = frame.end - frame.start;
    const need = HEADER + ((length + ALIGN - 1) & -ALIGN);
    let slab = this.#slabs[this.#slabs.length - 1];
    if (slab === undefined || slab.end + need > SLAB) {
      if (this.#slabs.length >= this.#limit || need > SLAB) {
        this.letGo++;
        return false;
      }
      slab = this.#spare ?? makeSlab();
      this.#spare = null;
      slab.end = 0;
      slab.at = 0;
      this.#slabs.push(slab);
    }
    const { words, floats, end } = slab;
    const w = end >> 2;
    floats[end >> 3] = frame.seconds;
    words[w + 2] = frame.nanos;
    words[w + 3] = length;
    words[w + 4] = frame.wireLength;
    words[w + 5] = frame.linkType;
    words[w + 6] = source;
    words[w + 7] = frame.digits;
    floats[(end >> 3) + 4] = frame.number;
    slab.bytes.set(frame.data.subarray(frame.start, frame.end), end + HEADER);
    slab.end = end + need;
    this.size++;
    return true;
  }

  /** Takes the oldest frame out; false where none waits. The frame's octets are valid until the next call. */
  shift(frame: Frame): boolean {
    this.#giveBack();
    const slab = this.#slabs[0];
    if (slab === undefined) return false;
    const length = this.#read(slab, frame);
    slab.at += HEADER + ((length + ALIGN - 1) & -ALIGN);
    this.size--;
    if (slab.at === slab.end) {
      this.#slabs.shift();
      this.#given = slab;
    }
    return true;
  }

  /** Shows the oldest frame without taking it out. */
  peek(frame: Frame): boolean {
    const slab = this.#slabs[0];
    if (slab === undefined) return false;
    this.#read(slab, frame);
    return true;
  }

  /** Which source the oldest frame came from. */
  get source(): number {
    const slab = this.#slabs[0];
    return slab === undefined ? -1 : slab.words[(slab.at >> 2) + 6]!;
  }

  #read(slab: Slab, frame: Frame): number {
    const { words, floats, at } = slab;
    const w = at >> 2;
    const length = words[w + 3]!;
    frame.seconds = floats[at >> 3]!;
    frame.nanos = words[w + 2]!;
    frame.wireLength = words[w + 4]! >>> 0;
    frame.linkType = words[w + 5]!;
    frame.file = 0;
    frame.digits = words[w + 7] === 6 ? 6 : 9;
    frame.number = floats[(at >> 3) + 4]!;
    frame.data = slab.bytes;
    frame.start = at + HEADER;
    frame.end = at + HEADER + length;
    return length;
  }

  #giveBack(): void {
    if (this.#given === null) return;
    this.#spare = this.#given;
    this.#given = null;
  }
}

function makeSlab(): Slab {
  const buffer = new ArrayBuffer(SLAB);
  return {
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    floats: new Float64Array(buffer),
    end: 0,
    at: 0,
  };
}
