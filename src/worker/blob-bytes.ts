/**
 * A `Blob` (a file that was dropped, or bytes) as a byte source: slices, of which the next is read while one is used.
 */
import type { ByteSource } from "../capture/byte-source.js";

/** Bytes of a slice. */
const SLICE = 4 << 20;
/** The first slice: what is in a small part of the file shows at once. */
const FIRST_SLICE = 256 << 10;
/** Room in front of a piece for the record that began in the one before: no block of a capture is longer. */
const HEADROOM = (1 << 20) + 64;

const EMPTY = new Uint8Array(0);

export class BlobBytes implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = HEADROOM;
  fault: string | null = null;
  readonly notice = null;
  /** Bytes that were taken so far: how far this is. */
  taken = 0;
  readonly #blob: Blob;
  readonly #slice: number;
  /** The piece in use, and the one before it, which may be looked at still. */
  readonly #buffers: Uint8Array[] = [];
  #turn = 0;
  #at = 0;
  #ahead: Promise<Uint8Array | null> | null = null;
  #closed = false;

  constructor(blob: Blob, slice = SLICE) {
    this.#blob = blob;
    this.#slice = slice;
  }

  async pull(): Promise<boolean> {
    const piece = this.#closed ? null : await (this.#ahead ?? this.#read());
    this.#ahead = null;
    if (piece === null || piece.length === 0 || this.#closed) return false;
    const needed = HEADROOM + piece.length;
    const at = this.#turn++ % 2;
    let buffer = this.#buffers[at];
    if (buffer === undefined || buffer.length < needed) {
      buffer = new Uint8Array(needed);
      this.#buffers[at] = buffer;
    }
    buffer.set(piece, HEADROOM);
    this.data = buffer;
    this.start = HEADROOM;
    this.end = needed;
    this.taken += piece.length;
    if (this.#at < this.#blob.size) this.#ahead = this.#read();
    return true;
  }

  /** A file that vanished or changed meanwhile ends where it is. */
  async #read(): Promise<Uint8Array | null> {
    const from = this.#at;
    if (from >= this.#blob.size) return null;
    this.#at = Math.min(
      this.#blob.size,
      from + (from === 0 ? Math.min(FIRST_SLICE, this.#slice) : this.#slice),
    );
    try {
      return new Uint8Array(await this.#blob.slice(from, this.#at).arrayBuffer());
    } catch (error) {
      this.fault = `cannot be read any further (${(error as Error).message})`;
      return null;
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
