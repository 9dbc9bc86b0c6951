/** What is wrong with an expression, and where. */

export class FilterError extends Error {
  readonly source: string;
  /** Of the offending part. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, source: string, start: number, end: number) {
    super(message);
    this.name = "FilterError";
    this.source = source;
    this.start = start;
    this.end = end;
  }

  /** The line of the expression with the offending part marked below it. */
  place(): [line: string, marks: string] {
    const before = this.source.lastIndexOf("\n", this.start - 1) + 1;
    const after = this.source.indexOf("\n", this.start);
    const from = Math.max(before, this.start - SHOWN_BEFORE);
    const to = Math.min(after < 0 ? this.source.length : after, this.start + SHOWN_BEHIND);
    const line = this.source.slice(from, to).replaceAll("\t", " ");
    const marked = Math.max(1, Math.min(this.end, to) - this.start);
    return [line, `${" ".repeat(this.start - from)}${"^".repeat(marked)}`];
  }
}

/** Characters that are shown of a long line around the place. */
const SHOWN_BEFORE = 60;
const SHOWN_BEHIND = 60;
