/** Statements about an offer, each with what it rests on. */
import type { OfferRecord } from "../../events.js";

export type Basis = OfferRecord["basis"];

/** Statements of one offer, which says that there are more; and frames of one statement, a sample where there are more. */
const MAX_STATEMENTS = 64;
const MAX_FRAMES = 64;

const NO_FRAMES: readonly number[] = [];

export class Evidence {
  #list: OfferRecord["evidence"] = [];
  /** There are more statements than are listed. */
  full = false;

  /** In order of the frames that they rest on. */
  get list(): OfferRecord["evidence"] {
    return this.#list.sort((a, b) => (a.frames[0] ?? 0) - (b.frames[0] ?? 0));
  }

  /** `decoded`: read from the bytes; `inferred`: concluded from what is in the clear. */
  add(basis: Basis, statement: string, ...frames: readonly (readonly number[])[]): void {
    if (this.#list.length >= MAX_STATEMENTS) {
      this.full = true;
      return;
    }
    const [first = NO_FRAMES] = frames;
    // Most rest on one frame, or on none.
    const numbers =
      frames.length <= 1 && first.length <= 1
        ? first.filter((f) => f > 0)
        : [...new Set(frames.flat())].filter((f) => f > 0).sort((a, b) => a - b);
    this.#list.push({ statement, basis, frames: numbers.slice(0, MAX_FRAMES) });
  }
}
