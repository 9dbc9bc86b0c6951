/** When an operation came about: what several fronts tell is put into one order by it, which is that of one front alone. */
import { finishRank } from "../reassembly/rank.js";

/** The number of the frame, and within what it brings about a rank (reassembly/rank.ts). */
export type Moment = readonly [frame: number, rank: number];

/** The frame of what the end of the input brings about. */
export const AT_END = Number.MAX_SAFE_INTEGER;

/** The ranks of what comes before all that a frame itself brings about: that its clock reached another second, and limits. */
export const SECOND = -1;
export const LIMITS = 0;

/** What is said of the run as a whole at its end, in this order. */
export const WHOLE = {
  calls: finishRank("whole", 0),
  offers: finishRank("whole", 1),
  limits: finishRank("whole", 2),
  clock: finishRank("whole", 3),
  losses: finishRank("whole", 4),
  end: finishRank("whole", 5),
} as const;

export function compareMoments(a: Moment, b: Moment): number {
  return a[0] === b[0] ? a[1] - b[1] : a[0] - b[0];
}
