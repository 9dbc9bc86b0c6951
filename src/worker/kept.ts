/** The records of all calls as JSON, as long as they are not too many: what filters look at without reading the capture again. */

/** Characters of all of them together: each takes a byte, or two. */
const MAX_CHARACTERS = 32 << 20;

export class KeptRecords {
  #texts: string[] = [];
  #size = 0;
  /** There were too many: none is kept. */
  over = false;

  add(json: string): void {
    if (this.over) return;
    this.#size += json.length;
    if (this.#size > MAX_CHARACTERS) {
      this.over = true;
      this.#texts = [];
    } else this.#texts.push(json);
  }

  get count(): number {
    return this.#texts.length;
  }

  /** Null where it is not kept. */
  of(row: number): string | null {
    return this.#texts[row] ?? null;
  }
}
