/**
 * Which frames acknowledged the bytes of one direction: kept while bytes are held back for order, so that it can be told when they
 * come out.
 */

/** Acknowledgments that are remembered of one direction. */
const REMEMBERED = 64;

export class AckLog {
  /** Pairs of what was acknowledged and the frame that did it. */
  readonly #pairs: number[] = [];

  /** A frame acknowledged all before `acked`. `alone`: nothing before it is of use any more. */
  add(acked: number, frame: number, alone: boolean): void {
    const pairs = this.#pairs;
    if (alone) pairs.length = 0;
    else if (pairs.length >= 2 * REMEMBERED) pairs.splice(0, 2);
    pairs.push(acked, frame);
  }

  /** The first frame that acknowledged all before `end`, or null. */
  first(end: number): number | null {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (((pairs[i]! - end) | 0) >= 0) return pairs[i + 1]!;
    return null;
  }

  /** The first frame after that one that acknowledged more than was before, or null. */
  after(frame: number): number | null {
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i + 1]! > frame) return pairs[i + 1]!;
    return null;
  }
}
