/**
 * The operations of several fronts in the order of one run: by moment, and where two fronts tell of the same, the first front's
 * before. What nobody can know yet is waited for: a front that sent nothing of a frame may still do so.
 */
import type { Moment, Operation } from "./operations.js";

/** What one front has sent. */
export interface Sent {
  /** There is an operation, of which `moment` says when it came about. */
  readonly has: boolean;
  readonly moment: Moment;
  /** Operations up to this frame were sent; beyond all frames once the front is at its end. */
  readonly upTo: number;
  next(): Operation;
}

export class Merger {
  readonly #fronts: readonly Sent[];

  constructor(fronts: readonly Sent[]) {
    this.#fronts = fronts;
  }

  /** The front whose operation is next; -1 where more must come before that is known, or nothing more comes. */
  nextFront(): number {
    const fronts = this.#fronts;
    let best = -1;
    for (let i = 0; i < fronts.length; i++) {
      if (fronts[i]!.has && (best < 0 || isBefore(fronts[i]!.moment, fronts[best]!.moment))) best = i;
    }
    if (best < 0) return best;
    const { frame } = fronts[best]!.moment;
    for (const { has, upTo } of fronts) if (!has && upTo < frame) return -1;
    return best;
  }
}

/** Whether something came about before something else. */
export function isBefore(a: Moment, b: Moment): boolean {
  return a.frame < b.frame || (a.frame === b.frame && a.rank < b.rank);
}
