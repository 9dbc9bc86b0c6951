/** What is remembered of each row: its conversation, and a hash of its record, by which the same call is known when it is read again. */
import type { CallRecord } from "../events.js";
import type { ConversationKey } from "../explain/index.js";

const FIRST_ROOM = 1024;

/** FNV-1a over the code units of the record as JSON. */
export function hashOf(record: CallRecord): number {
  const text = JSON.stringify(record);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export class RowKeys {
  count = 0;
  /** Twice the number of the conversation, and one more of datagrams; and the hash. */
  #keys = new Uint32Array(2 * FIRST_ROOM);

  add(record: CallRecord): void {
    const at = 2 * this.count++;
    if (at === this.#keys.length) {
      const wider = new Uint32Array(2 * this.#keys.length);
      wider.set(this.#keys);
      this.#keys = wider;
    }
    this.#keys[at] = 2 * record.stream + (record.transport.protseq === "ncadg_ip_udp" ? 1 : 0);
    this.#keys[at + 1] = hashOf(record);
  }

  /** Null where there is no such row. */
  conversation(row: number): ConversationKey | null {
    if (!(row >= 0 && row < this.count)) return null;
    const key = this.#keys[2 * row]!;
    return { stream: Math.floor(key / 2), datagrams: key % 2 === 1 };
  }

  /** Whether a record is that of a row. */
  is(row: number, record: CallRecord): boolean {
    return this.conversation(row)?.stream === record.stream && this.#keys[2 * row + 1] === hashOf(record);
  }
}
