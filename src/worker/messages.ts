/** What goes between the page and its worker. Every question has a number, which is in all that answers it. */
import type { FindQuery, Hit, Opening, RunNews } from "../view/model.js";

/** The questions that have one answer, with what they are asked with. */
export interface Questions {
  open: [what: Opening];
  show: [row: number, full?: boolean];
  frame: [frame: number];
  filter: [expression: string];
  find: [query: FindQuery];
  object: [id: string];
  json: [row: number];
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
