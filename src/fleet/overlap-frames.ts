/** Of files in an overlap by time, the frames that are within it: those of other times are passed over. A window's own frames all go through. */

import type { Frame, FrameSource, SourceNote } from "../capture/frame.js";
import { secondsOf, type WindowFile, type WindowJob } from "./window.js";

export class OverlapFrames implements FrameSource {
  /** Frames that were passed over before the window, and behind it. */
  before = 0;
  behind = 0;
  readonly #source: FrameSource;
  /** By input: seconds since 1970 before which, and from which on, its frames are passed over. */
  readonly #from: readonly number[];
  readonly #until: readonly number[];

  constructor(source: FrameSource, files: readonly WindowFile[], { readFrom, readUntil }: Bounds) {
    this.#source = source;
    const from = readFrom === null ? Number.NEGATIVE_INFINITY : secondsOf(readFrom);
    const until = readUntil === null ? Number.POSITIVE_INFINITY : secondsOf(readUntil);
    this.#from = files.map(({ part }) => (part === "before" ? from : Number.NEGATIVE_INFINITY));
    this.#until = files.map(({ part }) => (part === "behind" ? until : Number.POSITIVE_INFINITY));
  }

  get complete(): boolean {
    return this.#source.complete;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    for (;;) {
      const more = this.#source.next(frame);
      if (typeof more !== "boolean")
        return more.then((got) => (got && !this.#wants(frame) ? this.next(frame) : got));
      if (!more || this.#wants(frame)) return more;
    }
  }

  takeNotes(): SourceNote[] {
    return [...this.#source.takeNotes()];
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #wants({ file, seconds, nanos }: Frame): boolean {
    const at = seconds + nanos / 1e9;
    if (at < this.#from[file]!) {
      this.before++;
      return false;
    }
    if (at < this.#until[file]!) return true;
    this.behind++;
    return false;
  }
}

type Bounds = Pick<WindowJob, "readFrom" | "readUntil">;
