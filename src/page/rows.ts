/** The calls of a run by column, as batches bring them: what lists, ladders and time lines read. No DOM in here. */
import { LEVELS, type RowBatch, SEVERITIES, STATUSES, TEXT_COLUMNS, type TextColumn } from "../view/model.js";

const NUMBER_COLUMNS = ["seconds", "nanos", "duration", "stream", "callId", "frame", "answer"] as const;
const BYTE_COLUMNS = ["digits", "status", "level", "notes"] as const;
const COLUMNS = [...NUMBER_COLUMNS, ...BYTE_COLUMNS, ...TEXT_COLUMNS] as const;

export type NumberColumn = (typeof NUMBER_COLUMNS)[number];
type Column = (typeof COLUMNS)[number];
type Columns = { [name in Column]: RowBatch[name] };

/** Rows there is room for at first. */
const FIRST_ROOM = 2_048;

export class Rows {
  count = 0;
  readonly #strings: string[] = [""];
  readonly #columns: Columns;
  #room = FIRST_ROOM;

  constructor() {
    const columns: Partial<Record<Column, unknown>> = {};
    for (const name of COLUMNS) columns[name] = newColumn(name, FIRST_ROOM);
    this.#columns = columns as Columns;
  }

  /** Takes the batch that comes next. */
  add(batch: RowBatch): void {
    const end = this.count + batch.count;
    if (end > this.#room) this.#grow(end);
    for (const name of COLUMNS) {
      this.#columns[name].set(batch[name].subarray(0, batch.count), this.count);
    }
    for (const text of batch.strings) this.#strings.push(text);
    this.count = end;
  }

  number(column: NumberColumn, row: number): number {
    return this.#columns[column][row] ?? Number.NaN;
  }

  text(column: TextColumn, row: number): string {
    return this.#strings[this.#columns[column][row] ?? 0] ?? "";
  }

  /** Equal for equal texts of a column: for grouping without looking at the text. */
  key(column: TextColumn, row: number): number {
    return this.#columns[column][row] ?? 0;
  }

  status(row: number): (typeof STATUSES)[number] {
    return STATUSES[this.#columns.status[row] ?? 0]!;
  }

  level(row: number): (typeof LEVELS)[number] {
    return LEVELS[this.#columns.level[row] ?? 0]!;
  }

  /** The gravest of the call's notes; null without. */
  severity(row: number): (typeof SEVERITIES)[number] {
    return SEVERITIES[this.#columns.notes[row] ?? 0] ?? null;
  }

  /** `09:15:00.001387`, in UTC. */
  time(row: number): string {
    const seconds = this.number("seconds", row);
    const ofDay = ((seconds % 86_400) + 86_400) % 86_400;
    const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
    const fraction = String(this.number("nanos", row))
      .padStart(9, "0")
      .slice(0, this.#columns.digits[row] ?? 6);
    return `${two(ofDay / 3600)}:${two((ofDay / 60) % 60)}:${two(ofDay % 60)}.${fraction}`;
  }

  /** `6→7`, or what else the call's frames are. */
  frames(row: number): string {
    const other = this.text("frames", row);
    return other !== "" ? other : `${this.number("frame", row)}→${this.number("answer", row)}`;
  }

  /** Calls of a conversation with this call_id, in order. */
  find(stream: number, callId: number): number[] {
    const found: number[] = [];
    const { stream: streams, callId: ids } = this.#columns;
    for (let row = 0; row < this.count; row++) {
      if (streams[row] === stream && ids[row] === callId) found.push(row);
    }
    return found;
  }

  #grow(needed: number): void {
    while (this.#room < needed) this.#room *= 2;
    for (const name of COLUMNS) {
      const wider = newColumn(name, this.#room);
      wider.set(this.#columns[name].subarray(0, this.count));
      (this.#columns as Record<Column, unknown>)[name] = wider;
    }
  }
}

function newColumn(name: Column, room: number): Float64Array | Uint32Array | Uint8Array {
  if (name === "seconds" || name === "duration") return new Float64Array(room);
  return (BYTE_COLUMNS as readonly string[]).includes(name) ? new Uint8Array(room) : new Uint32Array(room);
}
