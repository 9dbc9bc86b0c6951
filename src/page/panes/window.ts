/**
 * Which rows of a long list are drawn, and where: rows are of one height, and elements have a greatest height, above which the
 * scroll position stands for more than it says. No DOM in here.
 */

/** Pixels that the element inside a scrolled one is high at most: 700,000 rows. Chromium clamps at 33.5 million. */
export const MAX_HEIGHT = 15_400_000;

export interface Shape {
  count: number;
  /** Pixels of a row. */
  row: number;
  /** Pixels of the part that is seen. */
  view: number;
}

export interface Window {
  /** Pixels that the scrolled element is high. */
  height: number;
  /** Rows that are drawn: from `first`, before `end`. */
  first: number;
  end: number;
  /** Where the first of them begins in the scrolled element. */
  top: number;
}

/** Rows beyond the part that is seen, on each side. */
const BEYOND = 8;

function heights({ count, row, view }: Shape): { whole: number; height: number; ratio: number } {
  const whole = count * row;
  const height = Math.min(whole, MAX_HEIGHT);
  // Both ends of the list are at the ends of the scroll bar.
  const ratio = height > view ? (whole - view) / (height - view) : 1;
  return { whole, height, ratio };
}

/** What is drawn where the scroll bar is at `scrolled`. */
export function windowOf(shape: Shape, scrolled: number): Window {
  const { count, row, view } = shape;
  const { height, ratio } = heights(shape);
  const at = Math.max(0, Math.min(scrolled, Math.max(0, height - view)));
  const from = at * ratio;
  const first = Math.max(0, Math.min(count, Math.floor(from / row) - BEYOND));
  const end = Math.min(count, Math.ceil((from + view) / row) + BEYOND);
  return { height, first, end: Math.max(first, end), top: at + (first * row - from) };
}

/** Where the scroll bar must be for a row to be seen: where it is, if the row is. `center`: in the middle, if it is not. */
export function scrollFor(
  shape: Shape,
  scrolled: number,
  index: number,
  how: "nearest" | "center" = "nearest",
): number {
  const { row, view } = shape;
  const { height, ratio } = heights(shape);
  const from = scrolled * ratio;
  const top = index * row;
  if (top >= from && top + row <= from + view) return scrolled;
  const wanted = how === "center" ? top - (view - row) / 2 : top < from ? top : top + row - view;
  return Math.max(0, Math.min(wanted / ratio, height - view));
}
