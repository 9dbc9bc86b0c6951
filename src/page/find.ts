/** Steps through what was found. No DOM in here. */
import type { Hit } from "../view/model.js";

export interface Step {
  /** Into the hits; -1 where there is nothing to go to. */
  at: number;
  /** It went on at the other end. */
  wrapped: "end" | "beginning" | null;
}

/** The place of a row among those that are shown, which are in order; where it would be, if it is not, as a negative number. */
export function placeIn(shown: Uint32Array | null, row: number): number {
  if (shown === null) return row;
  let low = 0;
  let high = shown.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const there = shown[middle]!;
    if (there === row) return middle;
    if (there < row) low = middle + 1;
    else high = middle - 1;
  }
  return -low - 1;
}

export function isShown(shown: Uint32Array | null, row: number): boolean {
  return placeIn(shown, row) >= 0;
}

/** The next hit from where one is: `at` is the last hit gone to, or -1; then it begins at `row`. What a filter hides is passed over. */
export function nextHit(
  hits: readonly Hit[],
  at: number,
  forward: boolean,
  row: number | null,
  shown: Uint32Array | null,
): Step {
  const count = hits.length;
  if (count === 0) return { at: -1, wrapped: null };
  let from = at;
  if (at < 0) {
    from = forward ? hits.findIndex((hit) => hit.row >= (row ?? 0)) - 1 : lastBefore(hits, row);
    if (forward && from < -1) from = count - 1;
  }
  for (let tried = 0; tried < count; tried++) {
    const next = from + (forward ? 1 : -1) * (tried + 1);
    const index = ((next % count) + count) % count;
    if (!isShown(shown, hits[index]!.row)) continue;
    const wrapped = next >= count ? "end" : next < 0 ? "beginning" : null;
    return { at: index, wrapped };
  }
  return { at: -1, wrapped: null };
}

function lastBefore(hits: readonly Hit[], row: number | null): number {
  if (row === null) return hits.length;
  const behind = hits.findIndex((hit) => hit.row > row);
  return behind < 0 ? hits.length : behind;
}

/** Hits in calls that a filter hides. */
export function hiddenHits(hits: readonly Hit[], shown: Uint32Array | null): number {
  if (shown === null) return 0;
  let hidden = 0;
  for (const { row } of hits) if (!isShown(shown, row)) hidden++;
  return hidden;
}

/** Why a text is not to be found as it is written; null where it can be. */
export function findProblem(text: string, as: "text" | "hex" | "regex"): string | null {
  if (text === "") return null;
  if (as === "hex") {
    const digits = text.replace(/[\s:]/g, "");
    if (!/^[0-9a-f]*$/i.test(digits)) return "hex digits are 0 to 9 and a to f, with or without blanks";
    if (digits.length % 2 === 1) return "an odd number of hex digits: a byte has two";
  }
  return null;
}
