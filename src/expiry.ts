/** A live run: what is given up because nothing more came of it for long, in seconds of the capture. */

/** Seconds after which a call is not waited for any more. */
export const CALL_AGE = 300;
/** Seconds without a segment after which a conversation is forgotten: more than the usual keep-alive of TCP. */
export const IDLE_AGE = 7_800;
/** Seconds after which an object that nobody named or called is forgotten, and between two looks for such. */
const OBJECT_AGE = 86_400;
const OBJECT_EXPIRY = 3_600;
/** Seconds between two searches for calls to be given up. */
const EXPIRY = 10;

export class Expiry {
  /** Time of the next search for calls to be given up. */
  #next = 0;
  /** How many frames there were, hour by hour, as far back as objects are remembered. */
  readonly #frameByHour: { seconds: number; frame: number }[] = [];

  /**
   * What is to be given up now, or null where it is not time to look: calls of which nothing came since so many seconds, and
   * objects that were named or called last before a frame, if any. `frame`: the latest.
   */
  pass(seconds: number, frame: number): { calls: number; objects: number | null } | null {
    if (seconds < this.#next && seconds > this.#next - 2 * EXPIRY) return null;
    this.#next = seconds + EXPIRY;
    return { calls: seconds - CALL_AGE, objects: this.#objectsBefore(seconds, frame) };
  }

  #objectsBefore(seconds: number, frame: number): number | null {
    const frames = this.#frameByHour;
    const latest = frames[frames.length - 1];
    if (latest !== undefined && Math.abs(seconds - latest.seconds) < OBJECT_EXPIRY) return null;
    frames.push({ seconds, frame });
    let old: number | null = null;
    while (frames.length > 1 && Math.abs(seconds - frames[0]!.seconds) > OBJECT_AGE)
      old = frames.shift()!.frame;
    return old;
  }
}
