/**
 * XXH64 as "XXH64 algorithm description" (xxHash, doc/xxhash_spec.md) has it, with seed 0: in a browser in place of `xxhash-wasm`, since a
 * page whose policy allows nothing may not compile WebAssembly. A 64-bit number is two of 32 bits.
 */

/** The primes' upper and lower halves. */
const P1 = [0x9e3779b1, 0x85ebca87] as const;
const P2 = [0xc2b2ae3d, 0x27d4eb4f] as const;
const P3 = [0x165667b1, 0x9e3779f9] as const;
const P4 = [0x85ebca77, 0xc2b2ae63] as const;
const P5 = [0x27d4eb2f, 0x165667c5] as const;

type Pair = readonly [high: number, low: number];

const LANES = 4;
const STRIPE = 32;

/** One 64-bit number that is worked on. */
class Wide {
  high = 0;
  low = 0;

  set(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  add(high: number, low: number): this {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    this.low = sum | 0;
    return this;
  }

  multiply([high, low]: Pair): this {
    const a0 = this.low & 0xffff;
    const a1 = this.low >>> 16;
    const b0 = low & 0xffff;
    const b1 = low >>> 16;
    const p01 = a0 * b1;
    const p10 = a1 * b0;
    const middle = ((a0 * b0) >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const carried = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    this.high = (carried + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0;
    this.low = Math.imul(this.low, low);
    return this;
  }

  rotate(by: number): this {
    const { high, low } = by < 32 ? this : { high: this.low, low: this.high };
    const n = by & 31;
    return this.set((high << n) | (low >>> (32 - n)), (low << n) | (high >>> (32 - n)));
  }

  xor(high: number, low: number): this {
    return this.set(this.high ^ high, this.low ^ low);
  }

  /** With itself, moved down. */
  fold(by: number): this {
    const { high, low } = this;
    if (by >= 32) return this.xor(0, high >>> (by - 32));
    return this.xor(high >>> by, (low >>> by) | (high << (32 - by)));
  }

  round(high: number, low: number): this {
    const by = new Wide().set(high, low).multiply(P2);
    return this.add(by.high, by.low).rotate(31).multiply(P1);
  }
}

class Xxh64 {
  readonly #lanes = Array.from({ length: LANES }, () => new Wide());
  readonly #input = new Wide();
  /** What is no whole stripe yet. */
  readonly #rest = new Uint8Array(STRIPE);
  readonly #restView = new DataView(this.#rest.buffer);
  #size = 0;

  constructor() {
    const [first, second, , last] = this.#lanes;
    first!.set(...P1).add(...P2);
    second!.set(...P2);
    last!.add(~P1[0], ~P1[1]).add(0, 1);
  }

  update(bytes: Uint8Array): this {
    const held = this.#size % STRIPE;
    this.#size += bytes.length;
    let at = 0;
    if (held > 0) {
      at = Math.min(STRIPE - held, bytes.length);
      this.#rest.set(bytes.subarray(0, at), held);
      if (held + at < STRIPE) return this;
      this.#stripe(this.#restView, 0);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (; at + STRIPE <= bytes.length; at += STRIPE) this.#stripe(view, at);
    this.#rest.set(bytes.subarray(at));
    return this;
  }

  #stripe(view: DataView, at: number): void {
    const input = this.#input;
    for (let i = 0; i < LANES; i++) {
      const lane = this.#lanes[i]!;
      input.low = view.getInt32(at + 8 * i, true);
      input.high = view.getInt32(at + 8 * i + 4, true);
      input.multiply(P2);
      lane.add(input.high, input.low).rotate(31).multiply(P1);
    }
  }

  digest(): bigint {
    const hash = new Wide();
    if (this.#size < STRIPE) hash.set(...P5);
    else {
      for (const [i, { high, low }] of this.#lanes.entries()) {
        const turned = new Wide().set(high, low).rotate([1, 7, 12, 18][i]!);
        hash.add(turned.high, turned.low);
      }
      for (const { high, low } of this.#lanes) {
        const merged = new Wide().round(high, low);
        hash
          .xor(merged.high, merged.low)
          .multiply(P1)
          .add(...P4);
      }
    }
    hash.add(Math.floor(this.#size / 2 ** 32), this.#size);
    this.#end(hash);
    hash.fold(33).multiply(P2).fold(29).multiply(P3).fold(32);
    return (BigInt(hash.high >>> 0) << 32n) | BigInt(hash.low >>> 0);
  }

  /** What is left behind the last whole stripe. */
  #end(hash: Wide): void {
    const length = this.#size % STRIPE;
    const view = this.#restView;
    let at = 0;
    for (; at + 8 <= length; at += 8) {
      const { high, low } = new Wide().round(view.getInt32(at + 4, true), view.getInt32(at, true));
      hash
        .xor(high, low)
        .rotate(27)
        .multiply(P1)
        .add(...P4);
    }
    if (at + 4 <= length) {
      const { high, low } = new Wide().set(0, view.getInt32(at, true)).multiply(P1);
      hash
        .xor(high, low)
        .rotate(23)
        .multiply(P2)
        .add(...P3);
      at += 4;
    }
    for (; at < length; at++) {
      const { high, low } = new Wide().set(0, view.getUint8(at)).multiply(P5);
      hash.xor(high, low).rotate(11).multiply(P1);
    }
  }
}

/** As `xxhash-wasm` is called. */
export default async function load(): Promise<{ create64(): Xxh64 }> {
  return { create64: () => new Xxh64() };
}
