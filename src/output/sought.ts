/**
 * Many known texts looked for inside others at once: secrets as they are spelt, names as whole words in any case. What is
 * added costs no more than its own length, however much is known already.
 *
 * Not handled: names whose letters change in number when they are made small are found in their own spelling only.
 */

/** Longer texts are not looked for inside others. */
export const MAX_SOUGHT = 1_024;
/** Secrets are told apart by so many characters first; shorter ones are not looked for. */
const PREFIX = 6;
/** Shorter names would riddle every text. */
const MIN_NAME = 2;

const IN_WORD = /[\p{L}\p{N}_]/u;
const BEFORE_NAME = /[\p{L}\p{N}_<-]/u;

export class Sought {
  readonly #secrets = new Map<string, string>();
  readonly #names = new Map<string, string>();
  /** Lengths of the secrets that begin so, and of the names that begin with this character; the longest first. */
  readonly #secretLengths = new Map<string, number[]>();
  readonly #nameLengths = new Map<string, number[]>();
  /** 1 for characters with which something sought begins. */
  readonly #first = new Uint8Array(0x10000);

  secret(text: string, placeholder: string): void {
    if (text.length < PREFIX || text.length > MAX_SOUGHT) return;
    this.#secrets.set(text, placeholder);
    this.#first[text.charCodeAt(0)] = 1;
    addLength(this.#secretLengths, text.slice(0, PREFIX), text.length);
  }

  name(text: string, placeholder: string): void {
    if (text.length < MIN_NAME || text.length > MAX_SOUGHT) return;
    const small = folded(text);
    this.#names.set(small, placeholder);
    this.#first[small.charCodeAt(0)] = 1;
    addLength(this.#nameLengths, small[0]!, small.length);
  }

  /** `text` with everything known in it replaced by its placeholder. */
  replace(text: string): string {
    if (text.length < MIN_NAME || this.#secrets.size + this.#names.size === 0) return text;
    const small = folded(text);
    let shown = "";
    let done = 0;
    for (let at = 0; at < text.length; at++) {
      if (this.#first[text.charCodeAt(at)] === 0 && this.#first[small.charCodeAt(at)] === 0) continue;
      const found = this.#secretAt(text, at) ?? this.#nameAt(small, at);
      if (found === null) continue;
      shown += text.slice(done, at) + found.placeholder;
      done = at + found.length;
      at = done - 1;
    }
    return done === 0 ? text : shown + text.slice(done);
  }

  #secretAt(text: string, at: number): Found | null {
    for (const length of this.#secretLengths.get(text.slice(at, at + PREFIX)) ?? []) {
      const placeholder = this.#secrets.get(text.slice(at, at + length));
      if (placeholder !== undefined) return { placeholder, length };
    }
    return null;
  }

  #nameAt(text: string, at: number): Found | null {
    const lengths = this.#nameLengths.get(text[at]!);
    if (lengths === undefined || BEFORE_NAME.test(characterBefore(text, at))) return null;
    for (const length of lengths) {
      const placeholder = this.#names.get(text.slice(at, at + length));
      if (placeholder === undefined) continue;
      const next = text.codePointAt(at + length);
      if (next === undefined || !IN_WORD.test(String.fromCodePoint(next))) return { placeholder, length };
    }
    return null;
  }
}

interface Found {
  placeholder: string;
  length: number;
}

function addLength(lengths: Map<string, number[]>, key: string, length: number): void {
  const known = lengths.get(key);
  if (known === undefined) lengths.set(key, [length]);
  else if (!known.includes(length)) known.splice(known.findLastIndex((l) => l > length) + 1, 0, length);
}

/** Small letters, character by character, so that places stay the same. */
function folded(text: string): string {
  const small = text.toLowerCase();
  if (small.length === text.length) return small;
  return Array.from(text, (one) => (one.toLowerCase().length === one.length ? one.toLowerCase() : one)).join(
    "",
  );
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return "";
  const unit = text.charCodeAt(at - 1);
  const low = unit >= 0xdc00 && unit <= 0xdfff && at > 1;
  return low ? text.slice(at - 2, at) : text[at - 1]!;
}
