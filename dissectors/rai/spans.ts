/**
 * Where the values of a text stand in it. Readers of [MS-RAI]'s texts give spans beside values, so that whoever cuts a
 * text need not read it again. Spans are in order, do not overlap, and cover everything that is not punctuation: what a
 * reader could not read is a span `unread`.
 */

export interface Span<What extends string> {
  what: What | "unread";
  /** UTF-16 code units, from the raw text's first one. */
  start: number;
  end: number;
  /** As the reader gives the value: references resolved, line breaks taken out. */
  value: string;
}

/** A value with the spans that it was read from. */
export interface Spanned<T, What extends string> {
  value: T;
  spans: Span<What>[];
}

/** The span of `raw` from `start` to `end` without white space at its ends; null where nothing else is in it. */
export function trimmedSpan<What extends string>(
  what: What | "unread",
  raw: string,
  start: number,
  end: number,
): Span<What> | null {
  const inner = raw.slice(start, end);
  const from = start + inner.length - inner.trimStart().length;
  const to = end - (inner.length - inner.trimEnd().length);
  return from >= to ? null : { what, start: from, end: to, value: raw.slice(from, to) };
}
