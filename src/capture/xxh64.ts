/**
 * XXH64 with seed 0, the checksum of Zstandard frames ([RFC 8878] 3.1.1, Content_Checksum), in pieces. 64-bit numbers are
 * pairs of 32-bit halves while octets run through, BigInt at the end.
 */

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const P1_HIGH = 0x9e3779b1;
const P1_LOW = 0x85ebca87;
const P2_HIGH = 0xc2b2ae3d;
const P2_LOW = 0x27d4eb4f;
const STRIPE = 32;

export class Xxh64 {
  /** Four accumulators, each as high and low half. */
  readonly #lanes = new Uint32Array(8);
  readonly #rest = new Uint8Array(STRIPE);
  #held = 0;
  #length = 0;

  constructor() {
    for (const [i, value] of [P1 + P2, P2, 0n, -P1].entries()) {
      const bits = BigInt.asUintN(64, value);
      this.#lanes[2 * i] = Number(bits >> 32n);
      this.#lanes[2 * i + 1] = Number(bits & 0xffffffffn);
    }
  }

  update(piece: Uint8Array): void {
    this.#length += piece.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(piece.length, STRIPE - this.#held);
      this.#rest.set(piece.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < STRIPE) return;
      this.#stripes(this.#rest, 0, STRIPE);
      this.#held = 0;
    }
    const end = at + Math.floor((piece.length - at) / STRIPE) * STRIPE;
    this.#stripes(piece, at, end);
    this.#rest.set(piece.subarray(end), 0);
    this.#held = piece.length - end;
  }

  /** The low 32 bits of the hash, which is what a frame carries. */
  low32(): number {
    const lane = (i: number): bigint =>
      (BigInt(this.#lanes[2 * i]!) << 32n) | BigInt(this.#lanes[2 * i + 1]!);
    let hash = P5;
    if (this.#length >= STRIPE) {
      hash = u64(rotated(lane(0), 1n) + rotated(lane(1), 7n) + rotated(lane(2), 12n) + rotated(lane(3), 18n));
      for (let i = 0; i < 4; i++) hash = u64((hash ^ rounded(lane(i))) * P1 + P4);
    }
    hash = u64(hash + BigInt(this.#length));
    const rest = new DataView(this.#rest.buffer, 0, this.#held);
    let at = 0;
    for (; at + 8 <= this.#held; at += 8) {
      hash = u64(rotated(hash ^ rounded(rest.getBigUint64(at, true)), 27n) * P1 + P4);
    }
    if (at + 4 <= this.#held) {
      hash = u64(rotated(hash ^ u64(BigInt(rest.getUint32(at, true)) * P1), 23n) * P2 + P3);
      at += 4;
    }
    for (; at < this.#held; at++) hash = u64(rotated(hash ^ u64(BigInt(rest.getUint8(at)) * P5), 11n) * P1);
    hash = u64((hash ^ (hash >> 33n)) * P2);
    hash = u64((hash ^ (hash >> 29n)) * P3);
    return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
  }

  /** lane += octets * P2; lane = rotate(lane, 31) * P1, for each of the four lanes and every stripe. */
  #stripes(data: Uint8Array, start: number, end: number): void {
    const lanes = this.#lanes;
    for (let i = 0; i < 8; i += 2) {
      let high = lanes[i]! | 0;
      let low = lanes[i + 1]! | 0;
      for (let at = start + i * 4; at < end; at += STRIPE) {
        const l = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
        const h = data[at + 4]! | (data[at + 5]! << 8) | (data[at + 6]! << 16) | (data[at + 7]! << 24);
        const productLow = Math.imul(l, P2_LOW);
        const productHigh = upper(l, P2_LOW) + Math.imul(h, P2_LOW) + Math.imul(l, P2_HIGH);
        const sum = (low >>> 0) + (productLow >>> 0);
        const sumHigh = (high + productHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
        const sumLow = sum | 0;
        const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
        const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
        low = Math.imul(turnedLow, P1_LOW);
        high = (upper(turnedLow, P1_LOW) + Math.imul(turnedHigh, P1_LOW) + Math.imul(turnedLow, P1_HIGH)) | 0;
      }
      lanes[i] = high;
      lanes[i + 1] = low;
    }
  }
}

/** The upper half of the product of two unsigned 32-bit numbers. */
function upper(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const cross = Math.imul(a0, b1);
  const other = Math.imul(a1, b0);
  const middle = (Math.imul(a0, b0) >>> 16) + (cross & 0xffff) + (other & 0xffff);
  return (Math.imul(a1, b1) + (cross >>> 16) + (other >>> 16) + (middle >>> 16)) | 0;
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotated(value: bigint, by: bigint): bigint {
  return u64(value << by) | (value >> (64n - by));
}

/** One round from zero: the product with P2, turned, times P1. */
function rounded(value: bigint): bigint {
  return u64(rotated(u64(value * P2), 31n) * P1);
}
