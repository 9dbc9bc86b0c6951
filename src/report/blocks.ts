/** Lines in packed blocks of some size, so that one line is read without unpacking all. */

/** Characters of lines that are packed together. */
const BLOCK = 128 << 10;

/** Packs a text: gzip and base64. */
export type Pack = (text: string) => string;

export class Blocks {
  /** Packed, in order. */
  readonly packed: string[] = [];
  /** Lines of each. */
  readonly counts: number[] = [];
  /** Characters of all that was packed, and lines. */
  size = 0;
  lines = 0;
  readonly #pack: Pack;
  readonly #block: number;
  #waiting: string[] = [];
  #characters = 0;

  constructor(pack: Pack, block: number = BLOCK) {
    this.#pack = pack;
    this.#block = block;
  }

  /** A line without its end. Answers its number. */
  add(line: string): number {
    this.#waiting.push(line);
    this.#characters += line.length;
    if (this.#characters >= this.#block) this.flush();
    return this.lines++;
  }

  /** Packs what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const packed = this.#pack(`${this.#waiting.join("\n")}\n`);
    this.packed.push(packed);
    this.counts.push(this.#waiting.length);
    this.size += packed.length;
    this.#waiting = [];
    this.#characters = 0;
  }
}

/** Which block holds a line, and which of its lines it is; null where there is no such line. */
export function placeOfLine(counts: readonly number[], line: number): { block: number; line: number } | null {
  let first = 0;
  for (const [block, count] of counts.entries()) {
    if (line >= 0 && line < first + count) return { block, line: line - first };
    first += count;
  }
  return null;
}
