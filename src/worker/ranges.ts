/** Parts of a `Blob` as one sequence of bytes: what lies near to one another is read at once, and some reads are ahead. */
import type { ByteSource } from "../capture/byte-source.js";

/** Bytes between two parts that are read with them. */
const NEAR = 32 << 10;
/** Bytes of one read. */
const READ = 512 << 10;
/** Reads that are under way at once. */
const AHEAD = 16;

const EMPTY = new Uint8Array(0);

/** Parts one behind another, from the indices `from` to `to` of the list, that one read brings. */
interface Chunk {
  from: number;
  to: number;
  bytes: Promise<Uint8Array>;
}

export class RangesBytes implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = 0;
  fault: string | null = null;
  readonly notice = null;
  readonly #blob: Blob;
  /** Where each part begins and how long it is, in order. */
  readonly #parts: readonly number[];
  /** The part that no read was asked for. */
  #planned = 0;
  readonly #reads: Chunk[] = [];
  #chunk: { at: number; to: number; base: number; bytes: Uint8Array } | null = null;

  constructor(blob: Blob, parts: readonly number[]) {
    this.#blob = blob;
    this.#parts = parts;
  }

  pull(): boolean | Promise<boolean> {
    const chunk = this.#chunk;
    if (chunk === null || chunk.at >= chunk.to) return this.#next();
    const begin = this.#parts[chunk.at]! - chunk.base;
    this.data = chunk.bytes;
    this.start = begin;
    this.end = begin + this.#parts[chunk.at + 1]!;
    chunk.at += 2;
    return this.end <= chunk.bytes.length || this.#gone();
  }

  async #next(): Promise<boolean> {
    while (this.#reads.length < AHEAD && this.#planned < this.#parts.length) this.#reads.push(this.#read());
    const read = this.#reads.shift();
    if (read === undefined) return false;
    try {
      this.#chunk = { at: read.from, to: read.to, base: this.#parts[read.from]!, bytes: await read.bytes };
    } catch {
      return this.#gone();
    }
    return this.pull();
  }

  /** The file is not what it was. */
  #gone(): false {
    this.fault = "the file cannot be read any more, or has changed";
    return false;
  }

  #read(): Chunk {
    const parts = this.#parts;
    const from = this.#planned;
    const base = parts[from]!;
    let to = from + 2;
    let end = base + parts[from + 1]!;
    while (to < parts.length && parts[to]! - end <= NEAR && parts[to]! + parts[to + 1]! - base <= READ) {
      end = parts[to]! + parts[to + 1]!;
      to += 2;
    }
    this.#planned = to;
    const bytes = this.#blob.slice(base, end).arrayBuffer();
    // Whoever waits for it is told; nobody may.
    bytes.catch(() => {});
    return { from, to, bytes: bytes.then((buffer) => new Uint8Array(buffer)) };
  }

  close(): Promise<void> {
    this.#planned = this.#parts.length;
    this.#reads.length = 0;
    this.#chunk = null;
    return Promise.resolve();
  }
}
