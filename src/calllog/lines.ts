/**
 * Bytes cut into lines at `\n`, in memory that holds one line at a time.
 *
 * Not handled: what a line says (check.ts), text in other encodings than UTF-8.
 */
import type { ByteSource } from "../capture/byte-source.js";

const NEWLINE = 0x0a;
/** Bytes that a line which straddles pieces begins with. */
const ROOM = 1 << 16;

/** After `next` answered true the line is `data[start .. end)`, without its `\n`, until the next `next`. */
export class Lines {
  data: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** The line's number, from 1. */
  number = 0;
  /** The line ended with a newline: without, the input may have been cut in it. */
  ended = true;
  /** The line is longer than the limit: its bytes were passed over, and there are none. */
  tooLong = false;
  readonly #bytes: ByteSource;
  readonly #limit: number;
  /** Where the next line begins in the source's piece, and where that ends. */
  #at = 0;
  #until = 0;
  /** What of the line was in earlier pieces. */
  #joined: Uint8Array = new Uint8Array(0);
  #have = 0;
  #over = false;

  /** `limit`: bytes of the longest line that is kept. */
  constructor(bytes: ByteSource, limit: number) {
    this.#bytes = bytes;
    this.#limit = limit;
  }

  /** The next line; false at the end. */
  next(): boolean | Promise<boolean> {
    for (;;) {
      if (this.#found()) return true;
      const more = this.#bytes.pull();
      if (typeof more !== "boolean")
        return more.then((got) => (this.#pulled(got) ? this.next() : this.#last()));
      if (!this.#pulled(more)) return this.#last();
    }
  }

  #pulled(more: boolean): boolean {
    if (!more) return false;
    this.#at = this.#bytes.start;
    this.#until = this.#bytes.end;
    return true;
  }

  /** True where the line ends in the piece at hand; else the piece is put to what there is of the line. */
  #found(): boolean {
    const { data } = this.#bytes;
    const piece = data.subarray(this.#at, this.#until);
    const length = piece.indexOf(NEWLINE);
    if (length < 0) {
      this.#keep(piece);
      this.#at = this.#until;
      return false;
    }
    const from = this.#at;
    this.#at += length + 1;
    if (this.#have === 0 && !this.#over) {
      if (length <= this.#limit) return this.#line(data, from, from + length, true);
      this.#over = true;
    } else this.#keep(piece.subarray(0, length));
    return this.#line(this.#joined, 0, this.#have, true);
  }

  #keep(part: Uint8Array): void {
    if (this.#over || part.length === 0) return;
    const size = this.#have + part.length;
    if (size > this.#limit) {
      this.#over = true;
      this.#joined = new Uint8Array(0);
      this.#have = 0;
      return;
    }
    if (size > this.#joined.length) {
      const joined = new Uint8Array(Math.max(ROOM, 2 * size));
      joined.set(this.#joined.subarray(0, this.#have));
      this.#joined = joined;
    }
    this.#joined.set(part, this.#have);
    this.#have = size;
  }

  /** What stands behind the last newline. */
  #last(): boolean {
    if (this.#have === 0 && !this.#over) return false;
    return this.#line(this.#joined, 0, this.#have, false);
  }

  #line(data: Uint8Array, start: number, end: number, ended: boolean): true {
    this.number++;
    this.data = data;
    this.start = start;
    this.end = end;
    this.ended = ended;
    this.tooLong = this.#over;
    this.#have = 0;
    this.#over = false;
    return true;
  }
}
