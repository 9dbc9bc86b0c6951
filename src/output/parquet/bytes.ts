/** Bytes that are put together, in a buffer that grows and is kept for what comes next. */

const FIRST = 1 << 8;
const ENCODER = new TextEncoder();
/** Bytes of UTF-8 that a code unit takes at most. */
const UNIT = 3;
/** Code units up to which a loop is faster than the encoder, and the first that is not ASCII. */
const SHORT = 64;
const BEYOND_ASCII = 0x80;
const HIGH = 2 ** 32;

export class Bytes {
  #data = new Uint8Array(FIRST);
  #view = new DataView(this.#data.buffer);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  /** What was put together, valid until the next change. */
  all(): Uint8Array {
    return this.#data.subarray(0, this.size);
  }

  #room(bytes: number): void {
    const needed = this.size + bytes;
    if (needed <= this.#data.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#data.length));
    grown.set(this.all());
    this.#data = grown;
    this.#view = new DataView(grown.buffer);
  }

  u8(value: number): void {
    this.#room(1);
    this.#data[this.size++] = value;
  }

  i32(value: number): void {
    this.#room(4);
    this.#view.setInt32(this.size, value, true);
    this.size += 4;
  }

  /** A whole number that a double holds, as 64 bits. */
  i64(value: number): void {
    const high = Math.floor(value / HIGH);
    this.pair(high, value - high * HIGH);
  }

  /** 64 bits, in two halves. */
  pair(high: number, low: number): void {
    this.#room(8);
    this.#view.setUint32(this.size, low, true);
    this.#view.setInt32(this.size + 4, high, true);
    this.size += 8;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.size, value, true);
    this.size += 8;
  }

  /** A number of at most 32 bits without sign, seven bits a byte. */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#data.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** A text in UTF-8 behind its length in bytes, in 32 bits. Answers how many bytes that takes. */
  text(text: string): number {
    this.#room(4 + text.length * UNIT);
    const from = this.size + 4;
    const written = text.length <= SHORT ? this.#ascii(text, from) : -1;
    const length = written < 0 ? ENCODER.encodeInto(text, this.#data.subarray(from)).written : written;
    this.#view.setUint32(this.size, length, true);
    this.size = from + length;
    return 4 + length;
  }

  /** Answers -1 where the text has other characters. */
  #ascii(text: string, from: number): number {
    const data = this.#data;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= BEYOND_ASCII) return -1;
      data[from + i] = unit;
    }
    return text.length;
  }
}
