/** Notes kept until the place comes where they belong: by conversation, or for the end. Bounded; what is more is counted. */

import type { Note, NoteRecord } from "../events.js";
import { noteLines } from "./call-block.js";
import { counted, cutAt } from "./format.js";
import type { Lines } from "./lines.js";

/** Notes of one conversation that are kept, and of all together. */
const KEPT_NOTES = 32;
const KEPT_IN_ALL = 10_000;
/** Notes without a place of their own that are printed at the end. */
const LAST_NOTES = 40;

interface Pile {
  notes: NoteRecord[];
  more: number;
}

export class PendingNotes {
  /** By conversation; null holds the notes of none. */
  readonly #piles = new Map<number | null, Pile>();
  #kept = 0;
  #more = 0;
  #bytes = 0;
  readonly #maxBytes: number;

  /** `maxBytes`: estimated memory that the notes may take. */
  constructor(maxBytes: number = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
  }

  add(note: NoteRecord): void {
    if (this.#kept >= KEPT_IN_ALL || this.#bytes > this.#maxBytes) {
      this.#more++;
      return;
    }
    const pile = this.#piles.get(note.stream) ?? { notes: [], more: 0 };
    this.#piles.set(note.stream, pile);
    if (pile.notes.length >= KEPT_NOTES) {
      pile.more++;
      return;
    }
    pile.notes.push(note);
    this.#kept++;
    this.#bytes += weight(note);
  }

  /** Prints the notes of these streams, all or those that are asked for, and drops them. */
  take(
    lines: Lines,
    streams: Iterable<number | null>,
    indent: number,
    wanted: (note: NoteRecord) => boolean = () => true,
  ): void {
    const notes: NoteRecord[] = [];
    let more = 0;
    for (const stream of new Set(streams)) {
      const pile = this.#piles.get(stream);
      if (pile === undefined) continue;
      const taken = pile.notes.filter(wanted);
      this.#kept -= taken.length;
      for (const note of taken) this.#bytes -= weight(note);
      notes.push(...taken);
      if (taken.length < pile.notes.length) {
        pile.notes = pile.notes.filter((note) => !wanted(note));
        continue;
      }
      this.#piles.delete(stream);
      more += pile.more;
    }
    noteLines(lines, notes, indent);
    if (more > 0)
      lines.line(indent, [
        "dim",
        `… ${counted(more, "note")} more in the call log (-T ndjson --events note)`,
      ]);
  }

  /** Prints what is left, under a heading of its own. */
  takeRest(lines: Lines, full = false): void {
    if (this.#piles.size === 0) return;
    lines.line(0, ["title", "Notes"]);
    const notes = [...this.#piles.values()].flatMap((pile) => pile.notes);
    const shown = full ? notes.length : LAST_NOTES;
    let more = this.#more;
    for (const pile of this.#piles.values()) more += pile.more;
    noteLines(lines, notes.slice(0, shown), 2);
    if (notes.length > shown) lines.line(2, ["dim", `… ${cutAt(notes.length - shown, "note")}`]);
    if (more > 0)
      lines.line(2, ["dim", `… ${counted(more, "note")} more in the call log (-T ndjson --events note)`]);
    lines.blank();
    this.#piles.clear();
  }
}

/** What a note says, whichever record it is in. */
export function saying({ severity, code, message }: Note): string {
  return `${severity}\0${code}\0${message}`;
}

/** A rough measure of the memory that a note takes, in bytes. */
function weight(note: NoteRecord): number {
  return 400 + 2 * note.message.length;
}
