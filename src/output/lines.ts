/**
 * Lines of a human view, built of pieces that are made visible and painted in one place, so that nothing from the
 * wire reaches a terminal by an oversight.
 */

import type { Paint, Style } from "./paint.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";
import { visible } from "./visible.js";
import { padEnd, width, wrap } from "./width.js";

/** Plain text, or text with a style. */
export type Piece = string | readonly [Style, string];

export class Lines {
  readonly columns: number;
  /** On a terminal: what must be one line is cut to fit. */
  readonly cut: boolean;
  /** How times, frames and addresses are written. */
  readonly spelling: Spelling;
  readonly #paint: Paint;
  #text = "";

  constructor(columns: number, paint: Paint, cut = false, spelling: Spelling = PLAIN_SPELLING) {
    this.columns = columns;
    this.cut = cut;
    this.spelling = spelling;
    this.#paint = paint;
  }

  /** One line, as long as it gets. */
  line(indent: number, ...pieces: Piece[]): this {
    let text = " ".repeat(indent);
    for (const piece of pieces) text += this.#show(piece);
    this.#text += `${text}\n`;
    return this;
  }

  /** A paragraph wrapped to the columns, every line of it indented, those behind the first by `hang` more. */
  paragraph(indent: number, text: string, style: Style | null = null, hang = 0): this {
    const clean = visible(text);
    if (width(clean) <= this.columns - indent) {
      this.#text += `${" ".repeat(indent)}${style === null ? clean : this.#paint(style, clean)}\n`;
      return this;
    }
    let blanks = " ".repeat(indent);
    for (const line of wrap(clean, this.columns - indent - hang)) {
      this.#text += `${blanks}${style === null ? line : this.#paint(style, line)}\n`;
      blanks = " ".repeat(indent + hang);
    }
    return this;
  }

  /**
   * Pieces parted by two blanks, as many on a line as fit: a line is broken between them, and inside those alone that are
   * longer than a line. Empty ones are left out; lines behind the first are indented by `hang` more.
   */
  units(indent: number, hang: number, pieces: readonly Piece[]): this {
    let used = 0;
    let begun = false;
    let second = false;
    for (const piece of pieces) {
      const [style, text] = parts(piece);
      const clean = visible(text);
      if (clean === "") continue;
      const room = this.columns - indent - (second ? hang : 0);
      if (begun && used + 2 + width(clean) <= room) {
        this.#text += `  ${style === null ? clean : this.#paint(style, clean)}`;
        used += 2 + width(clean);
        continue;
      }
      for (const line of wrap(clean, this.columns - indent - hang)) {
        this.#text += begun ? `\n${" ".repeat(indent + hang)}` : " ".repeat(indent);
        second = begun;
        this.#text += style === null ? line : this.#paint(style, line);
        begun = true;
        used = width(line);
      }
    }
    if (begun) this.#text += "\n";
    return this;
  }

  /** A label in a column of its own, and a value wrapped beside it. */
  field(indent: number, label: string, value: string, columns: number, style: Style | null = null): this {
    const at = indent + columns + 1;
    const lines = wrap(visible(value), this.columns - at);
    for (const [index, line] of lines.entries()) {
      const head = index === 0 ? this.#paint("dim", padEnd(visible(label), columns)) : " ".repeat(columns);
      this.#text += `${" ".repeat(indent)}${head} ${style === null ? line : this.#paint(style, line)}\n`;
    }
    return this;
  }

  blank(): this {
    this.#text += "\n";
    return this;
  }

  /** Text that is laid out, visible and painted already: another block's result. */
  block(text: string): this {
    this.#text += text;
    return this;
  }

  /** What was built so far; the builder is empty afterwards. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #show(piece: Piece): string {
    return typeof piece === "string" ? visible(piece) : this.#paint(piece[0], visible(piece[1]));
  }
}

function parts(piece: Piece): readonly [Style | null, string] {
  return typeof piece === "string" ? [null, piece] : piece;
}
