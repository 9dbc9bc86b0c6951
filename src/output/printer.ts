/** What every output format is: events in, text out. Writing the text is the command line's business. */

import type { Event } from "../events.js";

export interface Printer {
  /** Text that this event makes printable now; "" when nothing. */
  push(event: Event): string;
  /** An event that is not to be shown: it only counts. */
  hidden?(event: Event): void;
  /** Everything held back, and the closing text. Called once, also when the run was cut short. */
  finish(): string;
}

/** The same of a format that is no text. Nothing to be written is the empty text, or no bytes. */
export interface BinaryPrinter {
  push(event: Event): Uint8Array | "";
  hidden?(event: Event): void;
  finish(): Uint8Array;
}

/** A format cannot be written as it was asked for. */
export class FormatError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** How a human view is laid out. */
export interface Layout {
  /** Columns of a line. */
  columns: number;
  /** True on a terminal: cells are cut to fit. Elsewhere nothing is lost, columns only line up. */
  cut: boolean;
}

/** Columns where the output is no terminal. */
export const DEFAULT_COLUMNS = 100;
/** Narrower terminals are treated as this wide: below it no line makes sense. */
export const MIN_COLUMNS = 40;
