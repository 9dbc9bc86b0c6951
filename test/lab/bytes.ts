/**
 * The lab's byte writer and its seeded source of "random" values. Written for the lab alone: the lab shares no code
 * with the dissectors, so that a mistake in one is not repeated in the other.
 */

import { createHash } from "node:crypto";

/** A growing buffer that is written front to back, with the byte order chosen at the start. */
export class Writer {
  readonly little: boolean;
  private buffer = new Uint8Array(256);
  private view = new DataView(this.buffer.buffer);
  length = 0;

  constructor(little = true) {
    this.little = little;
  }

  private room(n: number): number {
    const at = this.length;
    const end = at + n;
    if (end > this.buffer.length) {
      const bigger = new Uint8Array(Math.max(end, this.buffer.length * 2));
      bigger.set(this.buffer);
      this.buffer = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.length = end;
    return at;
  }

  u8(value: number): this {
    const at = this.room(1);
    this.view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.room(2);
    this.view.setUint16(at, value, this.little);
    return this;
  }

  u32(value: number): this {
    const at = this.room(4);
    this.view.setUint32(at, value >>> 0, this.little);
    return this;
  }

  u64(value: bigint): this {
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), this.little);
    return this;
  }

  f32(value: number): this {
    const at = this.room(4);
    this.view.setFloat32(at, value, this.little);
    return this;
  }

  f64(value: number): this {
    const at = this.room(8);
    this.view.setFloat64(at, value, this.little);
    return this;
  }

  bytes(data: Uint8Array): this {
    const at = this.room(data.length);
    this.buffer.set(data, at);
    return this;
  }

  /** `count` bytes of `value`. */
  fill(count: number, value = 0): this {
    const at = this.room(count);
    this.buffer.fill(value, at, at + count);
    return this;
  }

  /** Pads up to a multiple of `size`, counted from the writer's first byte. */
  align(size: number, value = 0): this {
    const over = this.length % size;
    return over === 0 ? this : this.fill(size - over, value);
  }

  /** 8-4-4-4-12 hexadecimal; the first three fields follow the byte order. */
  guid(text: string): this {
    const hex = text.replaceAll("-", "");
    this.u32(Number.parseInt(hex.slice(0, 8), 16));
    this.u16(Number.parseInt(hex.slice(8, 12), 16));
    this.u16(Number.parseInt(hex.slice(12, 16), 16));
    return this.bytes(fromHex(hex.slice(16)));
  }

  /** UTF-16 code units in the writer's byte order, with no terminator. */
  utf16(text: string): this {
    for (let i = 0; i < text.length; i++) this.u16(text.charCodeAt(i));
    return this;
  }

  ascii(text: string): this {
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
    return this;
  }

  /** Overwrites a 16-bit value written before. */
  patchU16(at: number, value: number): this {
    this.view.setUint16(at, value, this.little);
    return this;
  }

  patchU32(at: number, value: number): this {
    this.view.setUint32(at, value >>> 0, this.little);
    return this;
  }

  /** A copy of what was written. */
  done(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

export function fromHex(hex: string): Uint8Array {
  const clean = hex.replaceAll(/[^0-9a-fA-F]/g, "");
  const bytes = new Uint8Array(clean.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(clean.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** UTF-16LE, the form of every string that is not NDR's own. */
export function utf16le(text: string): Uint8Array {
  return new Writer().utf16(text).done();
}

/** Unpredictable to look at, the same on every run: SHA-256 of the seed and a counter. */
export class Seeded {
  private readonly seed: string;
  private counter = 0;

  constructor(seed: string) {
    this.seed = seed;
  }

  bytes(count: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let have = 0; have < count; have += 32) {
      parts.push(
        createHash("sha256")
          .update(`${this.seed}/${this.counter++}`)
          .digest(),
      );
    }
    return concat(...parts).slice(0, count);
  }

  u32(): number {
    return new DataView(this.bytes(4).buffer).getUint32(0);
  }

  u64(): bigint {
    return new DataView(this.bytes(8).buffer).getBigUint64(0);
  }

  /** From 0 up to, not including, `limit`. */
  below(limit: number): number {
    return this.u32() % limit;
  }

  guid(): string {
    const hex = toHex(this.bytes(16));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
