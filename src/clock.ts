/** The capture's clock: from when to when it went, and where it went back. */
import type { Note } from "./events.js";
import { type Instant, LONGEST_DURATION, secondsBetween } from "./time.js";

/** Seconds by which frames of several interfaces or processors are out of order every day. */
const USUAL_STEP = 1;

interface ClockSteps {
  /** The first frame that is earlier than the one before it. */
  frame: number;
  at: Instant;
  file: number;
  times: number;
  /** The largest step, in seconds. */
  most: number;
}

export class Clock {
  /** The time of the frame at hand. */
  readonly at: Instant = { seconds: 0, nanos: 0, digits: 6 };
  #first: Instant | null = null;
  /** The latest time so far, where the capture's clock went back behind it. */
  #latest: Instant | null = null;
  /** By input, the frames that are earlier than the one before them. */
  readonly #steps = new Map<number, ClockSteps>();

  /** A frame; true where it begins another second. */
  frame(of: Instant & { number: number; file: number }): boolean {
    const { at } = this;
    const another = of.seconds !== at.seconds;
    if (of.seconds < at.seconds || (!another && of.nanos < at.nanos)) this.#wentBack(of);
    at.seconds = of.seconds;
    at.nanos = of.nanos;
    at.digits = of.digits;
    this.#first ??= { ...at };
    return another;
  }

  /** The time of the frame at hand, to be kept. */
  now(): Instant {
    return { ...this.at };
  }

  /** The earliest time; null where there was no frame. */
  get first(): Instant | null {
    return this.#first;
  }

  /** The latest time; null where there was no frame. */
  get last(): Instant | null {
    if (this.#first === null) return null;
    const back = this.#latest !== null && secondsBetween(this.at, this.#latest) > 0;
    return back ? this.#latest : this.now();
  }

  /** What is to be reported of the clock of each input, at the end. */
  notes(): { note: Note; steps: ClockSteps }[] {
    return [...this.#steps.values()].map((steps) => {
      const { times, most } = steps;
      const often = times === 1 ? "once" : `${times} times, first here,`;
      const far = most > LONGEST_DURATION ? "more than 10 years" : `${Number(most.toFixed(6))} s`;
      const note: Note = {
        severity: most < USUAL_STEP ? "info" : "warning",
        code: "clock-stepped-back",
        message: `the capture's clock steps back ${often} by ${times === 1 ? "" : "up to "}${far}`,
      };
      return { note, steps };
    });
  }

  /** Merged captures and clocks that are set go back in time: the summary shows the earliest and the latest. */
  #wentBack({ seconds, nanos, digits, number, file }: Instant & { number: number; file: number }): void {
    const { at } = this;
    if (this.#first === null) return;
    const step = secondsBetween({ seconds, nanos, digits }, at);
    const known = this.#steps.get(file);
    if (known === undefined) {
      this.#steps.set(file, { frame: number, at: { seconds, nanos, digits }, file, times: 1, most: step });
    } else {
      known.times++;
      known.most = Math.max(known.most, step);
    }
    if (this.#latest === null || secondsBetween(this.#latest, at) > 0) this.#latest = { ...at };
    if (secondsBetween(this.#first, { seconds, nanos, digits }) < 0) this.#first = { seconds, nanos, digits };
  }
}
