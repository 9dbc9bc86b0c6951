/** Calls as columns: cells are those of the table (`-T table`), each text once. */
import type { CallRecord, Note } from "../events.js";
import { account, isProbe } from "../output/format.js";
import { PLAIN_SPELLING, type Spelling } from "../output/spelling.js";
import { CALL_COLUMNS } from "../output/table-columns.js";
import { LEVELS, LOOKS, type RowBatch, SEVERITIES, TEXT_COLUMNS, type TextColumn } from "./model.js";

/** Rows in a batch. */
const BATCH = 2_000;

/** `2024-06-03T09:15:00.001387Z`: the digits behind the point. */
const FRACTION = /\.(\d+)Z$/;

/** Characters of all texts of a run together, with what each costs besides. */
const MAX_CHARACTERS = 48 << 20;
const TEXT_COST = 32;
/** In the place of a text that there was no room for. */
const PASSED_OVER = "…";

/** Takes calls one by one, and gives them in batches. */
export class RowBuilder {
  readonly #spelling: Spelling;
  readonly #numbers = new Map<string, number>([["", 0]]);
  #strings: string[] = [];
  /** Characters of all texts. */
  #size = 0;
  /** Some texts are not told any more: `PASSED_OVER` stands in their place. */
  full = false;
  #batch: RowBatch | null = null;
  #rows = 0;

  constructor(spelling: Spelling = PLAIN_SPELLING) {
    this.#spelling = spelling;
  }

  /** Rows so far: the number of the next. */
  get rows(): number {
    return this.#rows;
  }

  /** The number of a text among those of all rows; null where no row has it. */
  numberOf(text: string): number | null {
    return this.#numbers.get(text) ?? null;
  }

  /** Texts that match, by their numbers: 1 for each that does. */
  matching(test: (text: string) => boolean): Uint8Array {
    const found = new Uint8Array(this.#numbers.size);
    for (const [text, number] of this.#numbers) if (test(text)) found[number] = 1;
    return found;
  }

  get ready(): boolean {
    return this.#batch?.count === BATCH;
  }

  /** Returns the number of the call's row. A batch that is `ready` must be taken before the next. */
  add(call: CallRecord): number {
    this.#batch ??= emptyBatch(this.#rows);
    const batch = this.#batch;
    const at = batch.count++;
    const milliseconds = Date.parse(call.ts.replace(FRACTION, "Z"));
    batch.seconds[at] = milliseconds / 1000;
    const digits = FRACTION.exec(call.ts)?.[1] ?? "000000";
    batch.nanos[at] = Number(digits.padEnd(9, "0").slice(0, 9));
    batch.digits[at] = digits.length > 6 ? 9 : 6;
    batch.duration[at] = call.duration_us ?? Number.NaN;
    batch.stream[at] = call.stream;
    batch.callId[at] = call.call_id;
    const { request, response } = call.frames;
    batch.frame[at] = request[0] ?? response[0] ?? 0;
    batch.answer[at] = response[0] ?? 0;
    batch.status[at] = LOOKS.indexOf(isProbe(call) ? "probe" : call.status);
    const level = (LEVELS as readonly string[]).indexOf(call.auth.level);
    batch.level[at] = level < 0 ? LEVELS.indexOf("other") : level;
    batch.notes[at] = gravest(call.notes);
    for (const { name, cell } of CALL_COLUMNS) {
      if (name === "time") continue;
      const text = cell(call, this.#spelling);
      const plain = name === "frames" && text === `${request[0]}→${response[0]}`;
      batch[name === "stream" ? "conversation" : name][at] = plain ? 0 : this.#text(text);
    }
    batch.clientAddress[at] = this.#text(call.client.address);
    batch.serverAddress[at] = this.#text(call.server.address);
    batch.endpoint[at] = this.#text(call.transport.endpoint);
    batch.interface[at] = this.#text(call.interface.name ?? call.interface.uuid ?? "");
    batch.method[at] = this.#text(call.method ?? (call.opnum === null ? "" : `opnum ${call.opnum}`));
    batch.user[at] = this.#text(account(call.auth.domain, call.auth.user) ?? "");
    batch.object[at] = this.#text(call.object ?? "");
    return this.#rows++;
  }

  /** What was added since the last time; null where nothing was. */
  take(): RowBatch | null {
    const batch = this.#batch;
    if (batch === null) return null;
    this.#batch = null;
    batch.strings = this.#strings;
    this.#strings = [];
    return batch.count === BATCH ? batch : trimmed(batch);
  }

  #text(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      if (this.#size + text.length > MAX_CHARACTERS && text !== PASSED_OVER) {
        this.full = true;
        return this.#text(PASSED_OVER);
      }
      this.#size += text.length + TEXT_COST;
      number = this.#numbers.size;
      this.#numbers.set(text, number);
      this.#strings.push(text);
    }
    return number;
  }
}

function gravest(notes: readonly Note[]): number {
  let found = 0;
  for (const { severity } of notes) found = Math.max(found, SEVERITIES.indexOf(severity));
  return found;
}

/** With no more room than there are rows. */
function trimmed(batch: RowBatch): RowBatch {
  const { count } = batch;
  const texts = Object.fromEntries(TEXT_COLUMNS.map((name) => [name, batch[name].slice(0, count)]));
  return {
    ...batch,
    seconds: batch.seconds.slice(0, count),
    nanos: batch.nanos.slice(0, count),
    duration: batch.duration.slice(0, count),
    stream: batch.stream.slice(0, count),
    callId: batch.callId.slice(0, count),
    frame: batch.frame.slice(0, count),
    answer: batch.answer.slice(0, count),
    digits: batch.digits.slice(0, count),
    status: batch.status.slice(0, count),
    level: batch.level.slice(0, count),
    notes: batch.notes.slice(0, count),
    ...(texts as Record<TextColumn, Uint32Array>),
  };
}

function emptyBatch(first: number): RowBatch {
  const texts = Object.fromEntries(TEXT_COLUMNS.map((name) => [name, new Uint32Array(BATCH)]));
  return {
    first,
    count: 0,
    strings: [],
    seconds: new Float64Array(BATCH),
    nanos: new Uint32Array(BATCH),
    duration: new Float64Array(BATCH),
    stream: new Uint32Array(BATCH),
    callId: new Uint32Array(BATCH),
    frame: new Uint32Array(BATCH),
    answer: new Uint32Array(BATCH),
    digits: new Uint8Array(BATCH),
    status: new Uint8Array(BATCH),
    level: new Uint8Array(BATCH),
    notes: new Uint8Array(BATCH),
    ...(texts as Record<TextColumn, Uint32Array>),
  };
}
