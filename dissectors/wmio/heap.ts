/**
 * [MS-WMIO] 2.2.66 Heap, 2.2.69 HeapRef, 2.2.78 Encoded-String and 2.2.80 DictionaryReference: where the encoding of a
 * CIM object keeps what has no fixed size.
 *
 * Not handled: whether items are shared, overlap or are named by no reference. Sharing is bounded: what a whole encoding
 * refers to may be read a few times over, so that reading stays linear in its bytes.
 */
import { limit, malformed } from "../wire/errors.js";
import type { Reader } from "../wire/reader.js";
import { hexText } from "../wire/show.js";
import { latin1, utf16 } from "../wire/text.js";

/** [MS-WMIO] 2.2.69: there is no item. */
const NO_ITEM = 0xffffffff;
/** The bit that tells a word of the dictionary from an offset. */
const IN_DICTIONARY = 0x80000000;
/** [MS-WMIO] 2.2.66: the length has its highest bit set. */
const LENGTH_BITS = 0x7fffffff;

/** [MS-WMIO] 2.2.80. The third word is the empty text. */
const DICTIONARY: readonly string[] = [
  '"',
  "key",
  "",
  "read",
  "write",
  "volatile",
  "provider",
  "dynamic",
  "cimwin32",
  "DWORD",
  "CIMTYPE",
];

/** [MS-WMIO] 2.2.78 Encoded-String-Flag. */
const COMPRESSED = 0;
const UNICODE = 1;

/** How often over the bytes of an encoding may be read through references, which should each have an item of their own. */
const MAX_REREADING = 4;
/** What may be read through references besides: small encodings with many uses of one default value. */
const MAX_READING = 4096;
/** Objects within objects. */
const MAX_DEPTH = 16;

/** A part of an encoding whose length is said. Of a part that was cut there is less, and nothing behind it. */
export function part(r: Reader, length: number, bound: string): Reader {
  const window = r.windowAtMost(length, bound);
  r.offset = window.end;
  return window;
}

function heapLength(length: number): string {
  return String(length & LENGTH_BITS);
}

/** A reference into a heap as it is shown: the offset, a word of the dictionary, or none. */
export function refText(ref: number): string {
  if (ref === NO_ITEM) return "none";
  if (ref < IN_DICTIONARY) return String(ref);
  const word = DICTIONARY[ref - IN_DICTIONARY];
  return word === undefined ? hexText(ref) : `"${word}" of the dictionary`;
}

/** Moves to the end that a part gave as its own, past what nothing refers to. */
export function skipTo(r: Reader, end: number): void {
  if (end > r.offset) r.skip(Math.min(end, r.end) - r.offset, "filling");
}

/** What one decoding may still do, and what it noticed. */
export class Decoding {
  /** Lone surrogates of its texts. */
  readonly lone: number[] = [];
  #left: number;
  readonly #allowed: number;
  #depth = 0;

  /** `size`: the bytes of the whole encoding. */
  constructor(size: number) {
    this.#allowed = MAX_REREADING * size + MAX_READING;
    this.#left = this.#allowed;
  }

  /** Counts bytes that are read, and refuses more than the whole can hold. */
  spend(bytes: number, at: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw limit("MAX_REREADING", this.#allowed, at);
  }

  /** Reads an object within another one. */
  inner<T>(at: number, read: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw limit("MAX_DEPTH", MAX_DEPTH, at);
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** [MS-WMIO] 2.2.78 Encoded-String: a flag, characters of one or of two bytes, and a NUL. */
  text(r: Reader, field: string): string {
    r.enter(field);
    const flag = r.u8("Encoded-String-Flag", stringFlag);
    const start = r.offset;
    const text = this.#characters(r, flag);
    r.note("Character", start, text);
    r.leave();
    return text;
  }

  #characters(r: Reader, flag: number): string {
    const { data, offset, end } = r;
    if (flag === COMPRESSED) {
      const nul = data.indexOf(0, offset);
      if (nul < 0 || nul >= end) r.need(r.left + 1);
      r.offset = nul + 1;
      this.spend(nul + 2 - offset, offset);
      return latin1(data.subarray(offset, nul));
    }
    if (flag !== UNICODE)
      throw malformed(`Encoded-String-Flag is ${flag}`, offset - 1, "Encoded-String-Flag");
    while (r.u16() !== 0);
    this.spend(r.offset + 1 - offset, offset);
    return utf16(data.subarray(offset, r.offset - 2), true, (units) => {
      for (const unit of units) this.lone.push(unit);
    });
  }
}

function stringFlag(flag: number): string {
  return flag === COMPRESSED ? "one byte a character" : flag === UNICODE ? "UTF-16" : hexText(flag);
}

/** One of the heaps of an encoding: references are offsets into it. */
export class Heap {
  readonly decoding: Decoding;
  readonly #window: Reader;

  private constructor(window: Reader, decoding: Decoding) {
    this.#window = window;
    this.decoding = decoding;
  }

  /** [MS-WMIO] 2.2.66 Heap, as far as it was captured. */
  static read(r: Reader, decoding: Decoding): Heap {
    return new Heap(part(r, r.u32("HeapLength", heapLength) & LENGTH_BITS, "HeapLength"), decoding);
  }

  /** A cursor at the item that a reference names, or null where it names none. */
  item(ref: number): Reader | null {
    if (ref === NO_ITEM) return null;
    const r = this.#window.fork();
    r.skip(ref);
    return r;
  }

  /** [MS-WMIO] 2.2.68 HeapStringRef: a text of the heap or of the dictionary, or null. */
  text(ref: number, field: string): string | null {
    if (ref !== NO_ITEM && ref >= IN_DICTIONARY) {
      const word = DICTIONARY[ref - IN_DICTIONARY];
      if (word !== undefined) return word;
      throw malformed(`no word ${ref - IN_DICTIONARY} of the dictionary`, this.#window.offset, "HeapRef");
    }
    const r = this.item(ref);
    return r === null ? null : this.decoding.text(r, field);
  }
}
