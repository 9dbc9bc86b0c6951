/**
 * Lines of a human view, built of pieces that are made visible and painted in one place, so that nothing from the
 * wire reaches a terminal by an oversight.
 */

import type { Paint, Style } from "./paint.js";
import { visible } from "./visible.js";
import { padEnd, width, wrap } from "./width.js";

/** Plain text, or text with a style. */
export type Piece = string | readonly [Style, string];

export class Lines {
  readonly columns: number;
  /** On a terminal: what must be one line is cut to fit. */
  readonly cut: boolean;
  readonly #paint: Paint;
  #text = "";

  constructor(columns: number, paint: Paint, cut = false) {
    this.columns = columns;
    this.cut = cut;
    this.#paint = paint;
  }

  /** One line, as long as it gets. */
  line(indent: number, ...pieces: Piece[]): this {
    this.#text += `${" ".repeat(indent)}${pieces.map((piece) => this.#show(piece)).join("")}\n`;
    return this;
  }

  /** A paragraph wrapped to the columns, every line of it indented, those behind the first by `hang` more. */
  paragraph(indent: number, text: string, style: Style | null = null, hang = 0): this {
    const clean = visible(text);
    const fits = width(clean) <= this.columns - indent;
    for (const [index, line] of (fits ? [clean] : wrap(clean, this.columns - indent - hang)).entries()) {
      const blanks = " ".repeat(indent + (index === 0 ? 0 : hang));
      this.#text += `${blanks}${style === null ? line : this.#paint(style, line)}\n`;
    }
    return this;
  }

  /** Pieces of different styles wrapped as one paragraph. */
  flow(indent: number, hang: number, pieces: readonly Piece[]): this {
    const runs = pieces.map(parts).map(([style, text]) => [style, visible(text)] as const);
    const all = runs.map(([, text]) => text).join("");
    let at = 0;
    for (const [index, line] of wrap(all, this.columns - indent - hang).entries()) {
      // Wrapping drops blanks and nothing else.
      at = all.indexOf(line, at);
      let shown = "";
      let from = 0;
      for (const [style, text] of runs) {
        const part = text.slice(Math.max(0, at - from), Math.max(0, at + line.length - from));
        from += text.length;
        shown += style === null || part === "" ? part : this.#paint(style, part);
      }
      this.#text += `${" ".repeat(indent + (index === 0 ? 0 : hang))}${shown}\n`;
      at += line.length;
    }
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
    const [style, text] = parts(piece);
    return style === null ? visible(text) : this.#paint(style, visible(text));
  }
}

function parts(piece: Piece): readonly [Style | null, string] {
  return typeof piece === "string" ? [null, piece] : piece;
}
