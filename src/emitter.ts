/** Where a run's records are put, in order, until they are taken; they are counted here for the summary. */
import { wellFormed } from "../dissectors/wire/text.js";
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
import type { FilePlaces } from "./run/file-places.js";
import type { Tally } from "./tally.js";
import { type Instant, timestamp } from "./time.js";

const NO_EVENTS: readonly Event[] = [];
const NO_NOTES: readonly NoteRecord[] = [];

/** A frame as `FILE:N` says it. */
export interface NamedPlace {
  file: string;
  number: number;
}

export class Emitter {
  readonly #tally: Tally;
  readonly #files: readonly string[];
  /** null where nobody asks for the ids of notes. */
  readonly #noteIds: NoteIds | null;
  /** null where one input is read. */
  readonly #places: FilePlaces | null;
  #out: Event[] = [];

  /** `files`: the names of the inputs, for `file`; only where several are read. */
  constructor(
    tally: Tally,
    files: readonly string[],
    noteIds: NoteIds | null,
    places: FilePlaces | null = null,
  ) {
    this.#tally = tally;
    this.#noteIds = noteIds;
    this.#files = files.map((name) => wellFormed(name, null));
    this.#places = places;
  }

  get isEmpty(): boolean {
    return this.#out.length === 0;
  }

  /** What was put here since the last call of this method; nothing is always the same empty array. */
  take(): readonly Event[] {
    if (this.#out.length === 0) return NO_EVENTS;
    const out = this.#out;
    this.#out = [];
    return out;
  }

  call(record: CallRecord): void {
    if (this.#places !== null) record.places = this.#placesOf(record.frames);
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

  /** A frame's file and its number there; null where one input is read, or it is not known any more. */
  placeOf(frame: number): NamedPlace | null {
    const place = this.#places?.of(frame) ?? null;
    return place === null ? null : { file: this.#files[place.file]!, number: place.number };
  }

  /** null where one of them is not known any more. */
  #placesOf({ request, response }: CallRecord["frames"]): CallRecord["places"] {
    const places: NonNullable<CallRecord["places"]> = [];
    for (const [side, frames] of [
      ["request", request],
      ["response", response],
    ] as const) {
      for (const frame of frames) {
        const at = this.placeOf(frame);
        if (at === null) return null;
        let place = places.find(({ file }) => file === at.file);
        if (place === undefined) {
          place = { file: at.file, request: [], response: [] };
          places.push(place);
        }
        place[side].push(at.number);
      }
    }
    return places;
  }

  /** The input's name as records show it, where several are read. */
  fileName(index: number): string | null {
    return this.#files.length > 1 ? (this.#files[index] ?? null) : null;
  }
}
