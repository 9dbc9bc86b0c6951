/**
 * A bounds-checked cursor over a window of one Uint8Array. No copies are made; `bytes()` returns views.
 * Every window remembers which field set its length, so that a read past its end says who is to blame:
 * the capture (`incomplete`) or the sender (`malformed`).
 *
 * Reads take the name of the field, as the specification spells it, and how its value is shown. This reader ignores both;
 * the one of trace.ts, which is loaded where a tree is asked for, notes them with the bytes they were read from. A read
 * without a name is not noted.
 *
 * Not handled here: anything that is not a plain integer, float, or run of bytes.
 */
import { WireError } from "./errors.js";

/** The bound of a window that ends where the captured bytes end. */
export const CAPTURED = "captured";

const scratch = new DataView(new ArrayBuffer(8));

/** One named bit of a field of flags (or several: `mask`), and whether it is set; or a number in some of the bits. */
export interface Flag {
  readonly name: string;
  readonly mask: number;
  readonly set: boolean;
  /** What several bits come to, where they are a number and no flag. */
  readonly show?: string;
}

/** How a value is shown in a tree: by its name in a code table, or as the flags it is made of. */
export type Show<V> = (value: V) => string | readonly Flag[];

export class Reader {
  /** The backing array; offsets below are absolute in it. */
  readonly data: Uint8Array;
  /** Where this window begins: what `align` counts from. */
  readonly origin: number;
  /** One past the last byte of this window. */
  readonly end: number;
  /** Next byte to be read. */
  offset: number;
  littleEndian: boolean;
  /** The field that set this window's length, or `captured`. */
  readonly bound: string;

  constructor(
    data: Uint8Array,
    littleEndian = true,
    start = 0,
    end: number = data.length,
    bound: string = CAPTURED,
    origin: number = start,
  ) {
    this.data = data;
    this.littleEndian = littleEndian;
    this.offset = start;
    this.origin = origin;
    this.end = end;
    this.bound = bound;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.end - this.offset;
  }

  /** Bytes read since the window's origin. */
  get position(): number {
    return this.offset - this.origin;
  }

  /** Throws unless `n` more bytes are there. */
  need(n: number): void {
    if (n > this.end - this.offset || n < 0) throw this.overrun(n);
  }

  private overrun(n: number): WireError {
    const kind = this.bound === CAPTURED && n >= 0 ? "incomplete" : "malformed";
    const message = `needs ${n} bytes at offset ${this.position}, ${this.left} left within ${this.bound}`;
    const error = new WireError(kind, message, this.offset, this.bound);
    error.short = { needed: n, left: this.left };
    return error;
  }

  u8(_field?: string, _show?: Show<number>): number {
    if (this.offset >= this.end) throw this.overrun(1);
    return this.data[this.offset++]!;
  }

  i8(_field?: string, _show?: Show<number>): number {
    return (this.u8() << 24) >> 24;
  }

  u16(_field?: string, _show?: Show<number>): number {
    const o = this.offset;
    if (o + 2 > this.end) throw this.overrun(2);
    this.offset = o + 2;
    const d = this.data;
    return this.littleEndian ? d[o]! | (d[o + 1]! << 8) : (d[o]! << 8) | d[o + 1]!;
  }

  i16(_field?: string, _show?: Show<number>): number {
    return (this.u16() << 16) >> 16;
  }

  u32(_field?: string, _show?: Show<number>): number {
    return this.i32() >>> 0;
  }

  i32(_field?: string, _show?: Show<number>): number {
    const o = this.offset;
    if (o + 4 > this.end) throw this.overrun(4);
    this.offset = o + 4;
    const d = this.data;
    return this.littleEndian
      ? d[o]! | (d[o + 1]! << 8) | (d[o + 2]! << 16) | (d[o + 3]! << 24)
      : (d[o]! << 24) | (d[o + 1]! << 16) | (d[o + 2]! << 8) | d[o + 3]!;
  }

  u64(_field?: string, _show?: Show<bigint>): bigint {
    const first = BigInt(this.u32());
    const second = BigInt(this.u32());
    return this.littleEndian ? (second << 32n) | first : (first << 32n) | second;
  }

  i64(_field?: string, _show?: Show<bigint>): bigint {
    return BigInt.asIntN(64, this.u64());
  }

  f32(_field?: string, _show?: Show<number>): number {
    scratch.setUint32(0, this.u32());
    return scratch.getFloat32(0);
  }

  f64(_field?: string, _show?: Show<number>): number {
    scratch.setBigUint64(0, this.u64());
    return scratch.getFloat64(0);
  }

  /** A view (not a copy) of the next `n` bytes. */
  bytes(n: number, _field?: string, _show?: Show<Uint8Array>): Uint8Array {
    this.need(n);
    const start = this.offset;
    this.offset = start + n;
    return this.data.subarray(start, this.offset);
  }

  /** A view of everything left in the window. */
  rest(field?: string): Uint8Array {
    return this.bytes(this.left, field);
  }

  /** Moves past `n` bytes: with a name where they are a field that nothing here needs. */
  skip(n: number, _field?: string): void {
    this.need(n);
    this.offset += n;
  }

  /** Moves on to the next multiple of `n` bytes, counted from the window's origin. */
  align(n: number): void {
    const over = (this.offset - this.origin) % n;
    if (over !== 0) this.skip(n - over);
  }

  /** The byte `ahead` places on, without moving; -1 past the end. */
  peek(ahead = 0): number {
    const o = this.offset + ahead;
    return o < this.end ? this.data[o]! : -1;
  }

  /**
   * A window over the next `n` bytes, whose length was set by the field `bound`; this reader moves past it.
   * Alignment in it counts from its own start. Where fewer than `n` bytes are there the read fails.
   */
  window(n: number, bound: string, littleEndian = this.littleEndian): Reader {
    this.need(n);
    const inner = new Reader(this.data, littleEndian, this.offset, this.offset + n, bound);
    this.offset += n;
    return inner;
  }

  /** As `window`, but what is missing is left to be found by reading: the window ends where this one does. */
  windowAtMost(n: number, bound: string, littleEndian = this.littleEndian): Reader {
    return n <= this.left
      ? this.window(n, bound, littleEndian)
      : new Reader(this.data, littleEndian, this.offset, this.end, this.bound);
  }

  /**
   * Other bytes of the same array, by their absolute offsets: what a length and an offset in a header point to. Its own
   * start is its origin. Throws where they are not inside the array.
   */
  over(start: number, end: number, bound: string, littleEndian = this.littleEndian): Reader {
    if (start < 0 || end < start || end > this.data.length) {
      throw new WireError("malformed", `bytes ${start} to ${end} lie outside of ${bound}`, start, bound);
    }
    return new Reader(this.data, littleEndian, start, end, bound);
  }

  /** A second cursor at the same place of the same window (same origin, bound and byte order). */
  fork(): Reader {
    return new Reader(this.data, this.littleEndian, this.offset, this.end, this.bound, this.origin);
  }

  /** As `fork`, for looking ahead: what it reads is never noted. */
  ahead(): Reader {
    return new Reader(this.data, this.littleEndian, this.offset, this.end, this.bound, this.origin);
  }

  /** Notes a value of several reads, which began at `start` and ends where this reader stands. */
  note<V>(_field: string | undefined, _start: number, _value: V, _show?: Show<V>): void {}

  /** Notes a value of the bytes from `start` to `end`, wherever this reader stands. */
  noteAt<V>(_field: string | undefined, _start: number, _end: number, _value: V, _show?: Show<V>): void {}

  /** Notes bytes that only say what stands behind them and how long it is. */
  prefixAt<V>(_field: string, _start: number, _end: number, _value: V, _show?: Show<V>): void {}

  /** Names the bytes from `start` to `end` that no field of the structure being read has. */
  unread(_field: string, _start: number, _end: number): void {}

  /**
   * Reads fields that a tree shows and nothing else needs, from here on with a cursor of their own: this reader passes them
   * over. What is wrong with them is a note of the structure that is being read.
   */
  also<C>(_read: (r: Reader, context: C) => void, _context: C): void {}

  /**
   * Reads a structure of several fields under a name. `read` is a function of its own, no closure: this is on the way of
   * every PDU.
   */
  part<T, C>(_name: string, read: (r: Reader, context: C) => T, context: C): T {
    return read(this, context);
  }

  /**
   * Begins a structure that is read here, or an element of a list that is read in a loop; `leave` ends it. Where a read in
   * it fails, the `part` around it ends it as well. Answers how deep it was before: who goes on after a fault gives that to
   * `leave`.
   */
  enter(_name: string, _index?: number): number {
    return 0;
  }

  /** Ends what was begun last, or all that was begun since `level`. */
  leave(_level?: number): void {}

  /** How many structures are begun. */
  level(): number {
    return 0;
  }

  /** A mark for `forget`: how much was noted so far. */
  mark(): number {
    return 0;
  }

  /** Takes back what was noted from one mark to another (or till now): it was read in vain. */
  forget(_from: number, _to?: number): void {}
}
