/** Ids of note records, which need to know how many notes with the same code, conversation and time there were before. */
import type { Instant } from "../time.js";
import { nanoseconds, noteId } from "./ids.js";

/**
 * Notes remembered to distinguish equal ones, twice as many at most. Equal ones stand close together: a note that is
 * forgotten, and met again behind so many others, gets the id of the first.
 */
export const MAX_DISTINCT_NOTES = 4_096;

export class NoteIds {
  /** How often each note was met: those met lately, and those met before them. */
  #lately = new Map<string, number>();
  #earlier = new Map<string, number>();
  /** The same by code for notes that have no time, which are of inputs: they come at any distance. */
  readonly #timeless = new Map<string, number>();

  next(code: string, communityId: string | null, at: Instant | null): string {
    if (at === null) {
      const before = this.#timeless.get(code) ?? 0;
      this.#timeless.set(code, before + 1);
      return noteId(code, communityId, at, before);
    }
    const key = `${code} ${communityId ?? ""} ${nanoseconds(at)}`;
    const before = this.#lately.get(key) ?? this.#earlier.get(key) ?? 0;
    if (this.#lately.size >= MAX_DISTINCT_NOTES) {
      this.#earlier = this.#lately;
      this.#lately = new Map();
    }
    this.#lately.set(key, before + 1);
    return noteId(code, communityId, at, before);
  }
}
