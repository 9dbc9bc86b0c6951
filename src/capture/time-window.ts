/**
 * Frames of a part of time, and the times of frames: what stands between a source and whoever decodes its frames, only where
 * somebody asked for it. Numbers of frames stay those of the source.
 */
import { type Instant, timestamp } from "../time.js";
import type { Frame, FrameSource, SourceNote } from "./frame.js";

/** A moment in seconds and nanoseconds since 1970. */
export type Moment = Pick<Instant, "seconds" | "nanos">;

const isBefore = (a: Moment, b: Moment): boolean =>
  a.seconds !== b.seconds ? a.seconds < b.seconds : a.nanos < b.nanos;

/** Lets through the frames from `after` on (inclusive) that are earlier than `before`, as editcap -A and -B do. */
export class TimeWindow implements FrameSource {
  /** Frames, and records of call logs, that were passed over. */
  skipped = 0;
  records = 0;
  readonly #source: FrameSource;
  readonly #after: Moment | null;
  readonly #before: Moment | null;

  constructor(source: FrameSource, after: Moment | null, before: Moment | null) {
    this.#source = source;
    this.#after = after;
    this.#before = before;
  }

  get complete(): boolean {
    return this.#source.complete;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    for (;;) {
      const more = this.#source.next(frame);
      if (typeof more !== "boolean") return more.then((got) => this.#settle(frame, got));
      if (!more || this.#wants(frame)) return more;
      this.#skip(frame);
    }
  }

  /** After a wait. */
  #settle(frame: Frame, got: boolean): boolean | Promise<boolean> {
    if (!got || this.#wants(frame)) return got;
    this.#skip(frame);
    return this.next(frame);
  }

  #skip(frame: Frame): void {
    if (frame.record === null) this.skipped++;
    else this.records++;
  }

  #wants(frame: Frame): boolean {
    // What a record says of no moment is of the whole run.
    if (frame.record !== null && frame.record.ts === null) return true;
    if (this.#after !== null && isBefore(frame, this.#after)) return false;
    return this.#before === null || isBefore(frame, this.#before);
  }

  takeNotes(): SourceNote[] {
    return this.#source.takeNotes();
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Frames whose times are remembered. */
const KEPT_TIMES = 8_388_608;
const FIRST_ROOM = 4_096;

/** Remembers the time of the first frame and, where `all` is asked for, of those that came last, by their numbers. */
export class FrameTimes implements FrameSource {
  readonly #source: FrameSource;
  readonly #all: boolean;
  readonly #kept: number;
  #first: string | null = null;
  #digits: 6 | 9 = 6;
  /** Of the frames numbered from 1 on; the place of a number is its remainder by the length. */
  #seconds: Float64Array;
  #nanos: Uint32Array;
  #last = 0;
  #noted = false;

  constructor(source: FrameSource, all: boolean, kept = KEPT_TIMES) {
    this.#source = source;
    this.#all = all;
    this.#kept = Math.max(2, Math.min(KEPT_TIMES, kept));
    this.#seconds = new Float64Array(all ? Math.min(FIRST_ROOM, this.#kept) : 0);
    this.#nanos = new Uint32Array(this.#seconds.length);
  }

  get complete(): boolean {
    return this.#source.complete;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    const more = this.#source.next(frame);
    if (typeof more !== "boolean") {
      return more.then((got) => {
        if (got) this.#see(frame);
        return got;
      });
    }
    if (more) this.#see(frame);
    return more;
  }

  #see(frame: Frame): void {
    this.#first ??= timestamp(frame);
    // Which frame was before that of a record nobody knows.
    if (!this.#all || frame.record !== null) return;
    this.#digits = frame.digits;
    this.#last = frame.number;
    if (frame.number >= this.#seconds.length && this.#seconds.length < this.#kept) this.#grow();
    const at = frame.number % this.#seconds.length;
    this.#seconds[at] = frame.seconds;
    this.#nanos[at] = frame.nanos;
  }

  #grow(): void {
    const room = Math.min(this.#kept, this.#seconds.length * 2);
    const seconds = new Float64Array(room);
    const nanos = new Uint32Array(room);
    // So far numbers and places are the same.
    seconds.set(this.#seconds);
    nanos.set(this.#nanos);
    this.#seconds = seconds;
    this.#nanos = nanos;
  }

  first(): string | null {
    return this.#first;
  }

  /** The time of the frame before; that of the first frame is its own, as tshark has it. */
  before(ts: string, frame: number | null): string | null {
    const number = frame ?? this.#find(ts);
    if (number === null || number > this.#last) return null;
    return this.#at(Math.max(1, number - 1));
  }

  #at(number: number): string | null {
    if (number <= this.#last - this.#seconds.length || number < 1) return null;
    const at = number % this.#seconds.length;
    return timestamp({ seconds: this.#seconds[at]!, nanos: this.#nanos[at]!, digits: this.#digits });
  }

  /** The first frame of that time, where times do not go back; null where none is found. */
  #find(ts: string): number | null {
    let low = Math.max(1, this.#last - this.#seconds.length + 1);
    let high = this.#last + 1;
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle)! < ts) low = middle + 1;
      else high = middle;
    }
    return low < end && this.#at(low) === ts ? low : null;
  }

  takeNotes(): SourceNote[] {
    const notes = this.#source.takeNotes();
    if (this.#noted || this.#last < this.#kept || !this.#all) return notes;
    this.#noted = true;
    const message = `the times of ${this.#kept} frames are remembered: earlier frames are shown without the time since the frame before`;
    return [...notes, { severity: "warning", code: "frame-times-limit", message, frame: this.#last }];
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
