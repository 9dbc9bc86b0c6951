// What of the bytes at a place stood before: for scripts/lzma.mjs.

export const MAX_MATCH = 273;
/** Candidates that are looked at for one place. */
const DEPTH = 256;
const HASH_BITS = 16;

/** Finds for each place the nearest earlier one from which so and so many bytes are the same: binary trees, sorted by what follows. */
export class Matches {
  lengths = new Int32Array(MAX_MATCH);
  distances = new Int32Array(MAX_MATCH);

  constructor(data) {
    this.data = data;
    this.heads = new Int32Array(1 << HASH_BITS).fill(-1);
    this.pairs = new Int32Array(1 << 16).fill(-1);
    this.sons = new Int32Array(data.length * 2);
  }

  /** Returns how many there are at this place, which is the next of all places; lengths increase. */
  find(at) {
    const { data, sons, heads, pairs, lengths, distances } = this;
    const limit = Math.min(MAX_MATCH, data.length - at);
    if (limit < 3) return 0;
    let count = 0;
    let best = 1;
    const pair = data[at] | (data[at + 1] << 8);
    if (pairs[pair] >= 0) {
      best = 2;
      lengths[count] = 2;
      distances[count++] = at - pairs[pair] - 1;
    }
    pairs[pair] = at;
    const hash = Math.imul(pair | (data[at + 2] << 16), 0x9e3779b1) >>> (32 - HASH_BITS);
    let candidate = heads[hash];
    heads[hash] = at;
    let smaller = at * 2;
    let larger = at * 2 + 1;
    let [ofSmaller, ofLarger] = [0, 0];
    for (let depth = DEPTH; ; depth--) {
      if (candidate < 0 || depth === 0) {
        sons[smaller] = -1;
        sons[larger] = -1;
        return count;
      }
      let length = Math.min(ofSmaller, ofLarger);
      while (length < limit && data[candidate + length] === data[at + length]) length++;
      if (length > best) {
        best = length;
        lengths[count] = length;
        distances[count++] = at - candidate - 1;
      }
      if (length === limit) {
        sons[smaller] = sons[candidate * 2];
        sons[larger] = sons[candidate * 2 + 1];
        return count;
      }
      if (data[candidate + length] < data[at + length]) {
        sons[smaller] = candidate;
        smaller = candidate * 2 + 1;
        candidate = sons[smaller];
        ofSmaller = length;
      } else {
        sons[larger] = candidate;
        larger = candidate * 2;
        candidate = sons[larger];
        ofLarger = length;
      }
    }
  }
}
