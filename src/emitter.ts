/** Where a run's records are put, in order, until they are taken; they are counted here for the summary. */
import type { SourceNote } from "./capture/frame.js";
import {
  type AssociationRecord,
  type CallRecord,
  type Event,
  type NoteRecord,
  type OfferRecord,
  type ReportedNote,
  SCHEMA,
  type SummaryRecord,
} from "./events.js";
import type { ObservationRecord } from "./observations.js";
import type { NoteIds } from "./record/note-ids.js";
import { recordHead } from "./record-head.js";
import type { Tally } from "./tally.js";
import { type Instant, timestamp } from "./time.js";

const NO_EVENTS: readonly Event[] = [];
const NO_NOTES: readonly NoteRecord[] = [];

export class Emitter {
  readonly #tally: Tally;
  /** null where nobody asks for the ids of notes. */
  readonly #noteIds: NoteIds | null;
  #out: Event[] = [];

  constructor(tally: Tally, noteIds: NoteIds | null) {
    this.#tally = tally;
    this.#noteIds = noteIds;
  }

  /** What was put here since the last call of this method; nothing is always the same empty array. */
  take(): readonly Event[] {
    if (this.#out.length === 0) return NO_EVENTS;
    const out = this.#out;
    this.#out = [];
    return out;
  }

  call(record: CallRecord): void {
    this.#tally.call(record);
    this.#out.push(record);
  }

  offer(record: OfferRecord): void {
    this.#tally.offer(record);
    this.#out.push(record);
  }

  push(record: AssociationRecord | SummaryRecord | ObservationRecord): void {
    this.#out.push(record);
  }

  note(
    { severity, code, message, sealed }: ReportedNote,
    frame: number | null,
    at: Instant,
    of: { readonly stream: number | null; readonly communityId: string | null } | null,
    file: string | null,
  ): void {
    this.#tally.note(code);
    const communityId = this.#noteIds === null || of === null ? null : of.communityId;
    this.#out.push({
      type: "note",
      schema: SCHEMA,
      id: this.#noteIds?.next(code, communityId, at) ?? null,
      revision: 1,
      provisional: false,
      ts: timestamp(at),
      stream: of?.stream ?? null,
      file,
      community_id: communityId,
      severity,
      code,
      message,
      frame,
      ...(sealed === undefined ? {} : { sealed }),
    });
  }

  /** What a source found beside its frames, as records. */
  sourceNotes(found: readonly SourceNote[]): readonly NoteRecord[] {
    if (found.length === 0) return NO_NOTES;
    return found.map((note) => {
      this.#tally.note(note.code);
      const id = this.#noteIds?.next(note.code, null, null) ?? null;
      return { ...recordHead("note", null, null, null, id), ...note };
    });
  }
}
