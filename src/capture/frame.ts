/**
 * What every record source yields: one captured link-layer frame. The object and the array behind it are reused:
 * both are valid only until the source is asked for the next frame, so what is kept must be copied.
 */

import { plain } from "../../dissectors/wire/bytes.js";
import type { Event } from "../events.js";
import type { ByteSource } from "./byte-source.js";

/** Link type of a frame that is none: a record which only takes a frame number. */
export const NO_LINK_TYPE = -1;

export class Frame {
  /** Counted from 1 over the whole run, as Wireshark counts (over all link types and all files read as one run). */
  number = 0;
  /** Seconds since 1970-01-01 UTC. May be negative in damaged files. */
  seconds = 0;
  /** Nanoseconds within the second. */
  nanos = 0;
  /** Fractional digits the capture's resolution has: 6 or 9 (coarser resolutions are shown as 6, finer as 9). */
  digits: 6 | 9 = 6;
  /** LINKTYPE_ value of the interface. */
  linkType = 0;
  /** Captured bytes are data[start .. end). */
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** Length on the wire, as the capture claims; not to be trusted over the IP header's. */
  wireLength = 0;
  /** Where its record begins in the input, unpacked, and how long that is; 0 long where nobody can read it alone. */
  position = 0;
  size = 0;
  /** Index into the run's list of inputs. */
  file = 0;
  /** What a call log has in a frame's place; null for a frame. */
  record: Event | null = null;
  /** Its number within that input, where several are read as one run. */
  inFile = 0;

  /** Becomes what `other` is, but for the number and the input. The bytes are the same, not copies. */
  show(other: Frame): void {
    this.seconds = other.seconds;
    this.nanos = other.nanos;
    this.digits = other.digits;
    this.linkType = other.linkType;
    this.data = other.data;
    this.start = other.start;
    this.end = other.end;
    this.wireLength = other.wireLength;
    this.position = other.position;
    this.size = other.size;
    this.record = other.record;
  }

  /** This frame with bytes of its own, to be kept. */
  copy(): Frame {
    const own = new Frame();
    own.show(this);
    own.number = this.number;
    own.file = this.file;
    own.inFile = this.inFile;
    own.data = plain(this.data).slice(this.start, this.end);
    own.start = 0;
    own.end = own.data.length;
    return own;
  }
}

const EMPTY = new Uint8Array(0);

/** A thing worth reporting that a record source found, e.g. a record cut off by the end of the file. */
export interface SourceNote {
  severity: "info" | "warning" | "error";
  /** kebab-case, stable. */
  code: string;
  message: string;
  /** The frame before which it was found (0: none yet). */
  frame: number;
}

/** The note of bytes behind compressed data that were passed over: everything was read, and there was more. */
export function trailingBytes(name: string, notice: string, frame: number): SourceNote {
  return { severity: "warning", code: "trailing-bytes", message: `${name}: ${notice}`, frame };
}

/** How a note calls the place where the frames of a capture end. */
export function afterFrame(frames: number): string {
  return frames === 0 ? "before its first whole frame" : `after frame ${frames}`;
}

/** How some records of an input are read again without all the others. */
export interface Records {
  /**
   * Bytes of the input that are not frames, and must stand before the records behind them: where each run begins, and how long it
   * is. It grows while the input is read.
   */
  readonly structure: readonly number[];
  /** Frames of records that were put together, with what `structure` says before them. Their numbers count from 1. */
  open(bytes: ByteSource): FrameSource;
}

/**
 * A sequence of frames that is pulled. `next` fills `frame` and answers true, or answers false at the end;
 * it answers a promise only where it must wait for input. A source never throws for bad content: it ends early,
 * sets `complete` to false and leaves a note.
 */
export interface FrameSource {
  next(frame: Frame): boolean | Promise<boolean>;
  /** Notes since the last call of this method. */
  takeNotes(): SourceNote[];
  /** False once the capture proved damaged or cut short. */
  readonly complete: boolean;
  /** What stands in the place of frames, where it is something else. */
  readonly holds?: "records";
  /** Threads that read ahead of it. */
  readonly threads?: number;
  /** Its notes are to be taken now, before what `next` brought. */
  readonly notesDue?: boolean;
  /** Where others read ahead of it: ends their reading, all at one frame. What is read by then still comes. */
  halt?(): void;
  /** How to read some of them again; null where that cannot be done. */
  again?(): Records | null;
  close(): Promise<void>;
}
