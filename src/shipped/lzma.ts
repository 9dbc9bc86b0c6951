/**
 * LZMA as Igor Pavlov's specification of the format describes it ("LZMA specification", 2015): a file of the kind `.lzma` with the
 * size of its content in the header. For data of our own making alone (scripts/lzma.mjs): what is damaged gives bytes
 * without a meaning, never more of them than the header says.
 *
 * Not handled: content of unknown size, content over 2 GB.
 */

/** Properties, size of the dictionary, size of the content. */
const HEADER = 13;
const PROBABILITY_BITS = 11;
const HALF = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;
const TOP = 0x1000000;

const STATES = 12;
/** States before which a literal came. */
const AFTER_LITERAL = 7;
const LITERAL_CODERS = 0x300;
const MIN_MATCH = 2;
/** Distances whose lower bits have models of their own, and bits that share one. */
const END_OF_MODELS = 14;
const ALIGN_BITS = 4;

/** Models of lengths: which range, and the numbers within the three of them (the position's state is not told apart). */
interface Lengths {
  choice: Uint16Array;
  low: Uint16Array[];
  middle: Uint16Array[];
  high: Uint16Array;
}

const models = (count: number): Uint16Array => new Uint16Array(count).fill(HALF);
const many = (count: number, size: number): Uint16Array[] =>
  Array.from({ length: count }, () => models(size));

function lengths(positions: number): Lengths {
  return { choice: models(2), low: many(positions, 8), middle: many(positions, 8), high: models(256) };
}

/** Takes bits out of what an arithmetic coder wrote. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  #range = 0xffffffff;
  #code = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    // The first byte is always 0.
    this.#at = at + 1;
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  bit(model: Uint16Array, index: number): number {
    const probability = model[index]!;
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      model[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      model[index] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    if (this.#range < TOP) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    }
    return bit;
  }

  /** Bits of equal chance. */
  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = value * 2 + bit;
      if (this.#range < TOP) {
        this.#range = (this.#range << 8) >>> 0;
        this.#code = ((this.#code << 8) | this.#next()) >>> 0;
      }
    }
    return value;
  }

  /** A number, its highest bit first. */
  tree(model: Uint16Array, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = node * 2 + this.bit(model, node);
    return node - (1 << bits);
  }

  /** A number, its lowest bit first; models begin at `from`. */
  reverse(model: Uint16Array, from: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(model, from + node);
      node = node * 2 + bit;
      value |= bit << i;
    }
    return value;
  }

  length({ choice, low, middle, high }: Lengths, position: number): number {
    if (this.bit(choice, 0) === 0) return this.tree(low[position]!, 3);
    if (this.bit(choice, 1) === 0) return 8 + this.tree(middle[position]!, 3);
    return 16 + this.tree(high, 8);
  }
}

/** The content of a file, which was written as if `before` stood before it. */
export function readLzma(file: Uint8Array, before: Uint8Array = new Uint8Array(0)): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const properties = file[0]!;
  const lc = properties % 9;
  const lp = Math.floor(properties / 9) % 5;
  const pb = Math.floor(properties / 45);
  const out = new Uint8Array(before.length + view.getUint32(5, true));
  out.set(before);
  const r = new RangeDecoder(file, HEADER);

  const literals = models(LITERAL_CODERS << (lc + lp));
  const isMatch = many(1 << pb, STATES);
  const isRep = models(STATES);
  const isRepG0 = models(STATES);
  const isRepG1 = models(STATES);
  const isRepG2 = models(STATES);
  const isRep0Long = many(1 << pb, STATES);
  const slots = many(4, 64);
  const special = models(128);
  const align = models(1 << ALIGN_BITS);
  const matchLengths = lengths(1 << pb);
  const repLengths = lengths(1 << pb);

  let at = before.length;
  let state = 0;
  let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0];

  const literal = (): void => {
    const last = at === 0 ? 0 : out[at - 1]!;
    const context = ((at & ((1 << lp) - 1)) << lc) | (last >> (8 - lc));
    const from = context * LITERAL_CODERS;
    let symbol = 1;
    if (state >= AFTER_LITERAL) {
      let matched = out[at - rep0 - 1]! << 1;
      while (symbol < 0x100) {
        const expected = matched & 0x100;
        matched <<= 1;
        const bit = r.bit(literals, from + 0x100 + expected + symbol);
        symbol = symbol * 2 + bit;
        if (expected >> 8 !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = symbol * 2 + r.bit(literals, from + symbol);
    out[at++] = symbol & 0xff;
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  };

  const distance = (length: number): number => {
    const slot = r.tree(slots[Math.min(length, 3)]!, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < END_OF_MODELS) return base + r.reverse(special, base - slot, bits);
    return base + r.direct(bits - ALIGN_BITS) * (1 << ALIGN_BITS) + r.reverse(align, 0, ALIGN_BITS);
  };

  while (at < out.length) {
    const position = at & ((1 << pb) - 1);
    if (r.bit(isMatch[position]!, state) === 0) {
      literal();
      continue;
    }
    let length: number;
    if (r.bit(isRep, state) === 0) {
      [rep3, rep2, rep1] = [rep2, rep1, rep0];
      length = r.length(matchLengths, position);
      rep0 = distance(length);
      state = state < AFTER_LITERAL ? 7 : 10;
    } else {
      if (r.bit(isRepG0, state) === 0) {
        if (r.bit(isRep0Long[position]!, state) === 0) {
          out[at] = out[at - rep0 - 1]!;
          at++;
          state = state < AFTER_LITERAL ? 9 : 11;
          continue;
        }
      } else if (r.bit(isRepG1, state) === 0) {
        [rep0, rep1] = [rep1, rep0];
      } else if (r.bit(isRepG2, state) === 0) {
        [rep0, rep1, rep2] = [rep2, rep0, rep1];
      } else {
        [rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2];
      }
      length = r.length(repLengths, position);
      state = state < AFTER_LITERAL ? 8 : 11;
    }
    const end = Math.min(out.length, at + length + MIN_MATCH);
    for (; at < end; at++) out[at] = out[at - rep0 - 1]!;
  }
  return out.subarray(before.length);
}
