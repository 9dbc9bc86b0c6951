/**
 * Frames that a packet filter lets through: what stands between a source and whoever decodes its frames, where -f asks for it. Numbers
 * of frames stay those of the source. Each link type has a program of its own, made when it is first met.
 */

import { type Program, runProgram } from "./bpf.js";
import { type Frame, type FrameSource, NO_LINK_TYPE, type SourceNote } from "./frame.js";

/** Link types whose header is in the byte order of the machine that captured: NULL and ENC. */
const HOST_ORDER: ReadonlySet<number> = new Set([0, 109]);
/** Address families, which these headers begin with, are less. */
const MAX_FAMILY = 0xffff;

/** What makes programs; the reason where one cannot be made. */
export type Compile = (linkType: number, bigEndian: boolean) => Program | { refused: string };

/** A filter for any number of sources. */
export interface PacketFilter {
  over(source: FrameSource): FrameSource & { readonly skipped: number };
}

export class FilteredFrames implements FrameSource {
  /** Frames that were passed over. */
  skipped = 0;
  readonly #source: FrameSource;
  readonly #programs: ProgramTable;
  #notes: SourceNote[] = [];
  readonly #refused = new Set<number>();

  constructor(source: FrameSource, programs: ProgramTable) {
    this.#source = source;
    this.#programs = programs;
  }

  get complete(): boolean {
    return this.#source.complete;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    for (;;) {
      const more = this.#source.next(frame);
      if (typeof more !== "boolean") return more.then((got) => this.#settle(frame, got));
      if (!more || this.#passes(frame)) return more;
      this.skipped++;
    }
  }

  /** After a wait. */
  #settle(frame: Frame, got: boolean): boolean | Promise<boolean> {
    if (!got || this.#passes(frame)) return got;
    this.skipped++;
    return this.next(frame);
  }

  #passes(frame: Frame): boolean {
    // A record that is no frame only counts.
    if (frame.linkType === NO_LINK_TYPE) return true;
    const program = this.#programs.of(frame);
    if ("refused" in program) {
      this.#refuse(frame, program.refused);
      return false;
    }
    return runProgram(program, frame.data, frame.start, frame.end, frame.wireLength) !== 0;
  }

  #refuse({ linkType, number }: Frame, reason: string): void {
    if (this.#refused.has(linkType)) return;
    this.#refused.add(linkType);
    const message = `-f cannot be applied to frames of link type ${linkType}, which are passed over: ${reason}`;
    this.#notes.push({ severity: "warning", code: "filter-not-applied", message, frame: number });
  }

  takeNotes(): SourceNote[] {
    const own = this.#notes;
    this.#notes = [];
    return [...this.#source.takeNotes(), ...own];
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** The programs of an expression, by link type and byte order. */
export class ProgramTable {
  readonly #compile: Compile;
  readonly #made = new Map<number, ReturnType<Compile>>();

  constructor(compile: Compile) {
    this.#compile = compile;
  }

  of({ linkType, data, start, end }: Frame): ReturnType<Compile> {
    // The header says itself in which order it is: families are small numbers.
    const big =
      HOST_ORDER.has(linkType) &&
      end - start >= 4 &&
      data[start]! + data[start + 1]! * 0x100 + data[start + 2]! * 0x10000 + data[start + 3]! * 0x1000000 >
        MAX_FAMILY;
    return this.for(linkType, big);
  }

  for(linkType: number, bigEndian: boolean): ReturnType<Compile> {
    const key = linkType * 2 + (bigEndian ? 1 : 0);
    let made = this.#made.get(key);
    if (made === undefined) {
      made = this.#compile(linkType, bigEndian);
      this.#made.set(key, made);
    }
    return made;
  }
}
