/** What is remembered of each row: its conversation. */
import type { CallRecord } from "../events.js";

const FIRST_ROOM = 1024;

export class RowKeys {
  count = 0;
  #streams = new Uint32Array(FIRST_ROOM);

  add({ stream }: CallRecord): void {
    if (this.count === this.#streams.length) {
      const wider = new Uint32Array(2 * this.count);
      wider.set(this.#streams);
      this.#streams = wider;
    }
    this.#streams[this.count++] = stream;
  }

  /** Null where there is no such row. */
  stream(row: number): number | null {
    return row >= 0 && row < this.count ? this.#streams[row]! : null;
  }
}
