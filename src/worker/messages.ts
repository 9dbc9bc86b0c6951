/** What goes between the page and its worker. Every question has a number, which is in all that answers it. */
import type { FindQuery, Hit, Opening, RunNews } from "../view/model.js";

/** Of work that was ended by other work in its place, or because it was asked for. */
export const ENDED = "this was ended before it was done";

/** The questions that have one answer, with what they are asked with. */
export interface Questions {
  open: [what: Opening];
  show: [row: number, full?: boolean];
  frame: [frame: number];
  filter: [expression: string];
  find: [query: FindQuery];
  /** Which texts of rows a search finds, and which of these; answered by `Matches`. */
  match: [query: FindQuery, others: readonly string[]];
  object: [id: string];
  json: [row: number];
}

/** 1 for each text that is found: those of rows by their numbers, others by their places. */
export interface Matches {
  texts: Uint8Array;
  others: Uint8Array;
}

export type Question = keyof Questions;

export type Request =
  | { [name in Question]: { id: number; ask: name; with: Questions[name] } }[Question]
  | { cancel: true };

export type Reply =
  | { id: number; answer: unknown }
  /** A sentence for people. */
  | { id: number; failed: string }
  | { id: number; news: RunNews }
  | { id: number; found: readonly Hit[] };
