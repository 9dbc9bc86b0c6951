/** What comes out of compressed data, kept so that any part of it can be read again: in a `Blob`, which browsers hold elsewhere. */
import type { ByteSource } from "../capture/byte-source.js";

/** Bytes of all that one input unpacks to: beyond, it is read from its beginning where a part of it is asked for. */
const MAX_SPOOLED = 512 << 20;
/** Bytes that are handed over at once. */
const CHUNK = 4 << 20;

/** Hands on what a source gives, and keeps it. */
export class Spool implements ByteSource {
  data: Uint8Array;
  start = 0;
  end = 0;
  readonly headroom = 0;
  readonly #bytes: ByteSource;
  #parts: Blob[] | null = [];
  #open: Uint8Array[] = [];
  #openSize = 0;
  #size = 0;

  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
    this.data = bytes.data;
  }

  get fault(): string | null {
    return this.#bytes.fault;
  }

  get notice(): string | null {
    return this.#bytes.notice;
  }

  /** What came out so far; null where it is too much. */
  get blob(): Blob | null {
    this.#close();
    return this.#parts === null ? null : new Blob(this.#parts);
  }

  pull(): boolean | Promise<boolean> {
    const more = this.#bytes.pull();
    return typeof more === "boolean" ? this.#pass(more) : more.then((got) => this.#pass(got));
  }

  #pass(got: boolean): boolean {
    const { data, start, end } = this.#bytes;
    this.data = data;
    this.start = start;
    this.end = end;
    if (got && this.#parts !== null) this.#keep(data.slice(start, end));
    return got;
  }

  #keep(piece: Uint8Array): void {
    this.#size += piece.length;
    if (this.#size > MAX_SPOOLED) {
      this.#parts = null;
      this.#open = [];
      return;
    }
    this.#open.push(piece);
    this.#openSize += piece.length;
    if (this.#openSize > CHUNK) this.#close();
  }

  #close(): void {
    if (this.#open.length === 0 || this.#parts === null) return;
    this.#parts.push(new Blob(this.#open as Uint8Array<ArrayBuffer>[]));
    this.#open = [];
    this.#openSize = 0;
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}
