/**
 * What is remembered of each row: its conversation, a hash of its record, by which the same call is known when it is read
 * again, its first frames, and the object that it was made on.
 */
import type { CallRecord } from "../events.js";
import type { ConversationKey } from "../explain/index.js";

const FIRST_ROOM = 1024;
/** Numbers of a row, by their places. */
const WIDTH = 7;
const CONVERSATION = 0;
const HASH = 1;
const REQUEST = 2;
const RESPONSE = 3;
const OBJECT = 4;
/** The first half of the record's id, as two numbers. */
const ID = 5;

/** FNV-1a over the code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Twice the number of the conversation, and one more of datagrams. */
function keyOf({ stream, transport }: CallRecord): number {
  return 2 * stream + (transport.protseq === "ncadg_ip_udp" ? 1 : 0);
}

/** Of a record's id, which has 32 hex digits. */
function halvesOf(id: string): [number, number] {
  return [Number.parseInt(id.slice(0, 8), 16) >>> 0, Number.parseInt(id.slice(8, 16), 16) >>> 0];
}

export class RowKeys {
  count = 0;
  #rows = new Uint32Array(WIDTH * FIRST_ROOM);
  /** One more than the row of an id, at its first number or behind it. */
  #byId = new Uint32Array(2 * FIRST_ROOM);

  /** `json`: the record. `object`: the number of its object among the texts of rows, 0 of none. */
  add(record: CallRecord, json: string, object: number): void {
    const at = WIDTH * this.count++;
    if (at === this.#rows.length) {
      const wider = new Uint32Array(2 * this.#rows.length);
      wider.set(this.#rows);
      this.#rows = wider;
      this.#byId = new Uint32Array(2 * this.#byId.length);
      for (let row = 0; row < this.count - 1; row++) this.#enter(row);
    }
    this.#rows[at + CONVERSATION] = keyOf(record);
    this.#rows[at + HASH] = hashOf(json);
    this.#rows[at + REQUEST] = record.frames.request[0] ?? 0;
    this.#rows[at + RESPONSE] = record.frames.response[0] ?? 0;
    this.#rows[at + OBJECT] = object;
    this.#rows.set(halvesOf(record.id ?? ""), at + ID);
    this.#enter(this.count - 1);
  }

  #enter(row: number): void {
    const last = this.#byId.length - 1;
    let at = this.#rows[WIDTH * row + ID]! & last;
    while (this.#byId[at] !== 0) at = (at + 1) & last;
    this.#byId[at] = row + 1;
  }

  /** The row of the record with an id. */
  withId(id: string): number | undefined {
    const [first, second] = halvesOf(id);
    const last = this.#byId.length - 1;
    for (let at = first & last; this.#byId[at] !== 0; at = (at + 1) & last) {
      const row = this.#byId[at]! - 1;
      if (this.#rows[WIDTH * row + ID] === first && this.#rows[WIDTH * row + ID + 1] === second) return row;
    }
    return undefined;
  }

  /** Null where there is no such row. */
  conversation(row: number): ConversationKey | null {
    if (!(row >= 0 && row < this.count)) return null;
    const key = this.#rows[WIDTH * row + CONVERSATION]!;
    return { stream: Math.floor(key / 2), datagrams: key % 2 === 1 };
  }

  /** Whether a record is that of a row. */
  is(row: number, record: CallRecord): boolean {
    const at = WIDTH * row;
    return this.#rows[at] === keyOf(record) && this.#rows[at + HASH] === hashOf(JSON.stringify(record));
  }

  /** The row of a record; -1 where it has none. */
  find(record: CallRecord): number {
    const key = keyOf(record);
    const hash = hashOf(JSON.stringify(record));
    for (let row = 0, at = 0; row < this.count; row++, at += WIDTH) {
      if (this.#rows[at] === key && this.#rows[at + HASH] === hash) return row;
    }
    return -1;
  }

  /** The first call whose request or response begins in a frame; null where none does. */
  beginningIn(frame: number): number | null {
    for (let row = 0, at = 0; row < this.count; row++, at += WIDTH) {
      if (this.#rows[at + RESPONSE] === frame || this.#rows[at + REQUEST] === frame) return row;
    }
    return null;
  }

  /** Calls on objects, by their numbers among the texts of rows. */
  on(objects: ReadonlySet<number>): number[] {
    const found: number[] = [];
    for (let row = 0, at = OBJECT; row < this.count; row++, at += WIDTH) {
      if (objects.has(this.#rows[at]!)) found.push(row);
    }
    return found;
  }
}
