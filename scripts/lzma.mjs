/**
 * Writes LZMA, a file of the kind `.lzma` (src/shipped/lzma.ts reads it): for text a quarter smaller than what zlib makes.
 *
 * Of the ways to write a stretch the cheapest is taken, by the prices that the models give when the stretch begins: a
 * shortest path from its first byte to its last, over literals, repeated distances and the nearest match of each length.
 */
import { MAX_MATCH, Matches } from "./lzma-matches.mjs";

/** Literals know four bits of the byte before; the position tells nothing. */
const LC = 4;
const PROPERTIES = LC;
const BITS = 11;
const ONE = 1 << BITS;
const MOVE = 5;
const TOP = 0x1000000;

const STATES = 12;
const LITERALS = 0x300;
const MIN_MATCH = 2;
const END_OF_MODELS = 14;
const ALIGN_BITS = 4;
/** Bytes whose path is searched at once. */
const STRETCH = 2048;

/** Prices are sixteenths of a bit. */
const PRICE = Float64Array.from({ length: ONE }, (_, p) => -16 * Math.log2(Math.max(p, 0.5) / ONE));
const priceOf = (model, index, bit) => PRICE[bit === 0 ? model[index] : ONE - model[index]];
const models = (count) => new Uint16Array(count).fill(ONE / 2);

const afterLiteral = (state) => (state < 4 ? 0 : state < 10 ? state - 3 : state - 6);
const afterMatch = (state) => (state < 7 ? 7 : 10);
const afterRep = (state) => (state < 7 ? 8 : 11);
const afterShortRep = (state) => (state < 7 ? 9 : 11);

/** The slot of a distance: its highest bit and the one below. */
function slotOf(distance) {
  if (distance < 4) return distance;
  const high = 31 - Math.clz32(distance);
  return high * 2 + ((distance >>> (high - 1)) & 1);
}

class RangeEncoder {
  bytes = [];
  low = 0;
  range = 0xffffffff;
  cache = 0;
  pending = 1;

  shift() {
    if (this.low < 0xff000000 || this.low > 0xffffffff) {
      const carry = this.low > 0xffffffff ? 1 : 0;
      for (let byte = this.cache; this.pending > 0; this.pending--, byte = 0xff) {
        this.bytes.push((byte + carry) & 0xff);
      }
      this.cache = (this.low >>> 24) & 0xff;
    }
    this.pending++;
    this.low = (this.low & 0x00ffffff) * 256;
  }

  bit(model, index, bit) {
    const p = model[index];
    const bound = (this.range >>> BITS) * p;
    if (bit === 0) {
      this.range = bound;
      model[index] = p + ((ONE - p) >> MOVE);
    } else {
      this.low += bound;
      this.range -= bound;
      model[index] = p - (p >> MOVE);
    }
    while (this.range < TOP) {
      this.range = (this.range << 8) >>> 0;
      this.shift();
    }
  }

  direct(value, count) {
    for (let i = count - 1; i >= 0; i--) {
      this.range >>>= 1;
      if (((value >>> i) & 1) === 1) this.low += this.range;
      while (this.range < TOP) {
        this.range = (this.range << 8) >>> 0;
        this.shift();
      }
    }
  }

  tree(model, bits, value) {
    let node = 1;
    for (let i = bits - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      this.bit(model, node, bit);
      node = node * 2 + bit;
    }
  }

  reverse(model, from, bits, value) {
    let node = 1;
    for (let i = 0; i < bits; i++) {
      const bit = (value >> i) & 1;
      this.bit(model, from + node, bit);
      node = node * 2 + bit;
    }
  }

  finish() {
    for (let i = 0; i < 5; i++) this.shift();
    return this.bytes;
  }
}

function treePrice(model, bits, value) {
  let price = 0;
  let node = 1;
  for (let i = bits - 1; i >= 0; i--) {
    const bit = (value >> i) & 1;
    price += priceOf(model, node, bit);
    node = node * 2 + bit;
  }
  return price;
}

function reversePrice(model, from, bits, value) {
  let price = 0;
  let node = 1;
  for (let i = 0; i < bits; i++) {
    const bit = (value >> i) & 1;
    price += priceOf(model, from + node, bit);
    node = node * 2 + bit;
  }
  return price;
}

class Lengths {
  choice = models(2);
  low = models(8);
  middle = models(8);
  high = models(256);
  prices = new Float64Array(MAX_MATCH + 1);

  encode(r, length) {
    const n = length - MIN_MATCH;
    r.bit(this.choice, 0, n < 8 ? 0 : 1);
    if (n < 8) return r.tree(this.low, 3, n);
    r.bit(this.choice, 1, n < 16 ? 0 : 1);
    if (n < 16) return r.tree(this.middle, 3, n - 8);
    r.tree(this.high, 8, n - 16);
  }

  price() {
    const far = priceOf(this.choice, 0, 1);
    for (let n = 0; n <= MAX_MATCH - MIN_MATCH; n++) {
      this.prices[n + MIN_MATCH] =
        n < 8
          ? priceOf(this.choice, 0, 0) + treePrice(this.low, 3, n)
          : n < 16
            ? far + priceOf(this.choice, 1, 0) + treePrice(this.middle, 3, n - 8)
            : far + priceOf(this.choice, 1, 1) + treePrice(this.high, 8, n - 16);
    }
  }
}

/** How a place of the path was reached. */
const LITERAL = -1;
const SHORT_REP = -2;
/** From here on: which of the repeated distances; above it a distance of its own. */
const REPS = 4;

class Encoder {
  r = new RangeEncoder();
  literals = models(LITERALS << LC);
  isMatch = models(STATES);
  isRep = models(STATES);
  isRepG = [models(STATES), models(STATES), models(STATES)];
  isRep0Long = models(STATES);
  slots = [models(64), models(64), models(64), models(64)];
  special = models(128);
  align = models(1 << ALIGN_BITS);
  matchLengths = new Lengths();
  repLengths = new Lengths();
  slotPrices = [new Float64Array(64), new Float64Array(64), new Float64Array(64), new Float64Array(64)];
  nearPrices = [new Float64Array(128), new Float64Array(128), new Float64Array(128), new Float64Array(128)];
  alignPrices = new Float64Array(1 << ALIGN_BITS);
  cost = new Float64Array(STRETCH + 1);
  from = new Int32Array(STRETCH + 1);
  /** LITERAL, SHORT_REP, the number of a repeated distance, or REPS and a distance. */
  how = new Float64Array(STRETCH + 1);
  states = new Int32Array(STRETCH + 1);
  reps = new Int32Array(4 * (STRETCH + 1));

  /** Of the bytes before `at` nothing is written, but what follows refers to them. */
  constructor(data, at) {
    this.data = data;
    this.matches = new Matches(data);
    for (let i = 0; i < at; i++) this.matches.find(i);
    this.at = at;
  }

  encode() {
    while (this.at < this.data.length) {
      const end = Math.min(STRETCH, this.data.length - this.at);
      this.setPrices();
      this.search(end);
      this.write(end);
    }
    return this.r.finish();
  }

  setPrices() {
    this.matchLengths.price();
    this.repLengths.price();
    for (let i = 0; i < 1 << ALIGN_BITS; i++)
      this.alignPrices[i] = reversePrice(this.align, 0, ALIGN_BITS, i);
    for (let k = 0; k < 4; k++) {
      for (let slot = 0; slot < 64; slot++) {
        this.slotPrices[k][slot] =
          treePrice(this.slots[k], 6, slot) +
          (slot >= END_OF_MODELS ? ((slot >> 1) - 1 - ALIGN_BITS) * 16 : 0);
      }
      for (let distance = 0; distance < 128; distance++) {
        const slot = slotOf(distance);
        const bits = (slot >> 1) - 1;
        const base = (2 | (slot & 1)) << Math.max(bits, 0);
        this.nearPrices[k][distance] =
          this.slotPrices[k][slot] +
          (slot < 4 ? 0 : reversePrice(this.special, base - slot, bits, distance - base));
      }
    }
  }

  distancePrice(distance, length) {
    const k = Math.min(length - MIN_MATCH, 3);
    if (distance < 128) return this.nearPrices[k][distance];
    return this.slotPrices[k][slotOf(distance)] + this.alignPrices[distance & 15];
  }

  literalPrice(at, state, rep0) {
    const { data, literals } = this;
    const from = ((at === 0 ? 0 : data[at - 1]) >> (8 - LC)) * LITERALS;
    const byte = data[at] | 0x100;
    let price = 0;
    let symbol = 1;
    if (state >= 7) {
      let matched = data[at - rep0 - 1];
      for (let i = 7; i >= 0; i--) {
        const expected = (matched >> 7) & 1;
        matched <<= 1;
        const bit = (byte >> i) & 1;
        price += priceOf(literals, from + 0x100 + (expected << 8) + symbol, bit);
        symbol = symbol * 2 + bit;
        if (expected !== bit) break;
      }
    }
    while (symbol < 0x100) {
      const bit = (byte >> (7 - (31 - Math.clz32(symbol)))) & 1;
      price += priceOf(literals, from + symbol, bit);
      symbol = symbol * 2 + bit;
    }
    return price;
  }

  repPrice(rep, state) {
    const [g0, g1, g2] = this.isRepG;
    if (rep === 0) return priceOf(g0, state, 0) + priceOf(this.isRep0Long, state, 1);
    const price = priceOf(g0, state, 1);
    if (rep === 1) return price + priceOf(g1, state, 0);
    return price + priceOf(g1, state, 1) + priceOf(g2, state, rep - 2);
  }

  /** The cheapest way to each place of the stretch. */
  search(end) {
    const { data, cost, from, how, states, reps, at: begin, matches } = this;
    cost.fill(Number.POSITIVE_INFINITY, 1, end + 1);
    cost[0] = 0;
    const reach = (i, to, price, way) => {
      if (price >= cost[to]) return;
      cost[to] = price;
      from[to] = i;
      how[to] = way;
    };
    for (let i = 0; i < end; i++) {
      if (i > 0) this.arrive(i);
      const at = begin + i;
      const state = states[i];
      const found = matches.find(at);
      const most = Math.min(MAX_MATCH, end - i);
      const now = cost[i];
      const rep0 = reps[i * 4];
      reach(i, i + 1, now + priceOf(this.isMatch, state, 0) + this.literalPrice(at, state, rep0), LITERAL);
      const match = now + priceOf(this.isMatch, state, 1);
      const rep = match + priceOf(this.isRep, state, 1);
      if (at > rep0 && data[at] === data[at - rep0 - 1]) {
        const price = rep + priceOf(this.isRepG[0], state, 0) + priceOf(this.isRep0Long, state, 0);
        reach(i, i + 1, price, SHORT_REP);
      }
      for (let k = 0; k < 4; k++) {
        const back = at - reps[i * 4 + k] - 1;
        if (back < 0) continue;
        let length = 0;
        while (length < most && data[back + length] === data[at + length]) length++;
        const price = rep + this.repPrice(k, state);
        for (; length >= MIN_MATCH; length--) reach(i, i + length, price + this.repLengths.prices[length], k);
      }
      const plain = match + priceOf(this.isRep, state, 0);
      let length = MIN_MATCH;
      for (let m = 0; m < found; m++) {
        const distance = matches.distances[m];
        const longest = Math.min(matches.lengths[m], most);
        for (; length <= longest; length++) {
          const price = plain + this.matchLengths.prices[length] + this.distancePrice(distance, length);
          reach(i, i + length, price, REPS + distance);
        }
      }
    }
    this.arrive(end);
  }

  /** State and repeated distances at a place, by the way that leads to it. */
  arrive(i) {
    const { states, reps, from, how } = this;
    const before = from[i];
    const way = how[i];
    const state = states[before];
    const was = before * 4;
    const is = i * 4;
    for (let k = 0; k < 4; k++) reps[is + k] = reps[was + k];
    if (way === LITERAL) states[i] = afterLiteral(state);
    else if (way === SHORT_REP) states[i] = afterShortRep(state);
    else {
      const first = way < REPS ? reps[was + way] : way - REPS;
      for (let k = Math.min(way, 3); k > 0; k--) reps[is + k] = reps[was + k - 1];
      reps[is] = first;
      states[i] = way < REPS ? afterRep(state) : afterMatch(state);
    }
  }

  /** Writes the way to the end of the stretch. */
  write(end) {
    const { from, how, states, reps } = this;
    const way = [];
    for (let i = end; i > 0; i = from[i]) way.push(i);
    for (const to of way.reverse()) this.step(from[to], to - from[to], how[to]);
    this.at += end;
    states[0] = states[end];
    reps.copyWithin(0, end * 4, end * 4 + 4);
  }

  step(i, length, way) {
    const { r, states, reps } = this;
    const state = states[i];
    const at = this.at + i;
    if (way === LITERAL) {
      r.bit(this.isMatch, state, 0);
      this.writeLiteral(at, state, reps[i * 4]);
      return;
    }
    r.bit(this.isMatch, state, 1);
    if (way >= REPS) {
      r.bit(this.isRep, state, 0);
      this.matchLengths.encode(r, length);
      this.writeDistance(way - REPS, length);
      return;
    }
    r.bit(this.isRep, state, 1);
    const [g0, g1, g2] = this.isRepG;
    const rep = way === SHORT_REP ? 0 : way;
    r.bit(g0, state, rep === 0 ? 0 : 1);
    if (rep === 0) {
      r.bit(this.isRep0Long, state, way === SHORT_REP ? 0 : 1);
      if (way === SHORT_REP) return;
    } else {
      r.bit(g1, state, rep === 1 ? 0 : 1);
      if (rep > 1) r.bit(g2, state, rep - 2);
    }
    this.repLengths.encode(r, length);
  }

  writeLiteral(at, state, rep0) {
    const { data, literals, r } = this;
    const from = ((at === 0 ? 0 : data[at - 1]) >> (8 - LC)) * LITERALS;
    const byte = data[at];
    let matched = state >= 7 ? data[at - rep0 - 1] : -1;
    let symbol = 1;
    for (let i = 7; i >= 0; i--) {
      const bit = (byte >> i) & 1;
      if (matched >= 0) {
        const expected = (matched >> 7) & 1;
        r.bit(literals, from + 0x100 + (expected << 8) + symbol, bit);
        matched = expected === bit ? (matched << 1) & 0xff : -1;
      } else r.bit(literals, from + symbol, bit);
      symbol = symbol * 2 + bit;
    }
  }

  writeDistance(distance, length) {
    const { r } = this;
    const slot = slotOf(distance);
    r.tree(this.slots[Math.min(length - MIN_MATCH, 3)], 6, slot);
    if (slot < 4) return;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < END_OF_MODELS) return r.reverse(this.special, base - slot, bits, distance - base);
    r.direct((distance - base) >>> ALIGN_BITS, bits - ALIGN_BITS);
    r.reverse(this.align, 0, ALIGN_BITS, distance & 15);
  }
}

/** A file of bytes, for who has those `before`. */
export function writeLzma(data, before = Buffer.alloc(0)) {
  const all = Buffer.concat([before, data]);
  const header = Buffer.alloc(13);
  header[0] = PROPERTIES;
  header.writeUInt32LE(Math.max(4096, 2 ** Math.ceil(Math.log2(all.length + 1))), 1);
  header.writeUInt32LE(data.length, 5);
  return Buffer.concat([header, Buffer.from(new Encoder(all, before.length).encode())]);
}
