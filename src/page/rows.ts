/** The calls of a run by column, as batches bring them: what lists, ladders and time lines read. No DOM in here. */
import { framesCell, timeCell } from "../view/cells.js";
import { LEVELS, LOOKS, type RowBatch, SEVERITIES, type STATUSES, type TextColumn } from "../view/model.js";

export type NumberColumn = "seconds" | "nanos" | "duration" | "stream" | "callId" | "frame" | "answer";

export class Rows {
  count = 0;
  readonly #strings: string[] = [""];
  /** As they came: nothing is copied. */
  readonly #batches: RowBatch[] = [];
  /** The batch that was looked into last: the next row is mostly there as well. */
  #last: RowBatch | null = null;

  /** Takes the batch that comes next. */
  add(batch: RowBatch): void {
    this.#batches.push(batch);
    for (const text of batch.strings) this.#strings.push(text);
    this.count = batch.first + batch.count;
  }

  number(column: NumberColumn, row: number): number {
    const batch = this.#having(row);
    return batch?.[column][row - batch.first] ?? Number.NaN;
  }

  text(column: TextColumn, row: number): string {
    return this.#strings[this.key(column, row)] ?? "";
  }

  /** Equal for equal texts of a column: for grouping without looking at the text. */
  key(column: TextColumn, row: number): number {
    const batch = this.#having(row);
    return batch?.[column][row - batch.first] ?? 0;
  }

  status(row: number): (typeof STATUSES)[number] {
    const look = this.look(row);
    return look === "probe" ? "error" : look;
  }

  look(row: number): (typeof LOOKS)[number] {
    return LOOKS[this.#code("status", row)]!;
  }

  level(row: number): (typeof LEVELS)[number] {
    return LEVELS[this.#code("level", row)]!;
  }

  /** The gravest of the call's notes; null without. */
  severity(row: number): (typeof SEVERITIES)[number] {
    return SEVERITIES[this.#code("notes", row)] ?? null;
  }

  /** `09:15:00.001387`, in UTC. */
  time(row: number): string {
    const batch = this.#having(row);
    return batch === null ? "" : timeCell(batch, row - batch.first);
  }

  /** `6→7`, or what else the call's frames are. */
  frames(row: number): string {
    const other = this.text("frames", row);
    const batch = this.#having(row);
    return other !== "" || batch === null ? other : framesCell(batch, row - batch.first);
  }

  /** Calls of a conversation with this call_id, in order. */
  find(stream: number, callId: number): number[] {
    const found: number[] = [];
    for (const { first, count, stream: streams, callId: ids } of this.#batches) {
      for (let at = 0; at < count; at++) {
        if (streams[at] === stream && ids[at] === callId) found.push(first + at);
      }
    }
    return found;
  }

  #code(column: "status" | "level" | "notes", row: number): number {
    const batch = this.#having(row);
    return batch?.[column][row - batch.first] ?? 0;
  }

  #having(row: number): RowBatch | null {
    const last = this.#last;
    if (last !== null && row >= last.first && row < last.first + last.count) return last;
    if (!(row >= 0 && row < this.count)) return null;
    let low = 0;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#batches[middle]!.first <= row) low = middle;
      else high = middle - 1;
    }
    this.#last = this.#batches[low]!;
    return this.#last;
  }
}
