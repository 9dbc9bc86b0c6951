/** What stands between the inputs and their decoding as options ask: a part of time, and a clock for the views. */

import type { Analyzer } from "../analyzer.js";
import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { FrameSource } from "../capture/frame.js";
import type { Inputs } from "../capture/node/open.js";
import { FrameTimes, TimeWindow } from "../capture/time-window.js";
import type { SummaryRecord } from "../events.js";
import { type Spelling, spellingOf } from "../output/spelling.js";
import { type Clock, timesFor } from "../output/times.js";
import { CommandError } from "./failure.js";
import type { ReadingOptions, SpellingOptions } from "./reading-options.js";
import type { Names } from "./resolving.js";

/** Bytes that the time of a frame takes, and the part of all memory that they may take. */
const TIME_BYTES = 12;
const TIMES_SHARE = 16;

const NO_CLOCK: Clock = { first: () => null, before: () => null };

export interface Frames {
  source: FrameSource;
  clock: Clock;
  /** What was passed over so far, for the summary; null where all is decoded. */
  skipped(): SummaryRecord["skipped"] | null;
}

export function framesOf(
  inputs: FrameSource,
  options: ReadingOptions & { maxMemory?: number | undefined },
): Frames {
  let source = inputs;
  let clock = NO_CLOCK;
  const { timeFormat, after = null, before = null, packets } = options;
  if (packets !== undefined && (inputs as Partial<Inputs>).logs?.includes(true)) {
    throw new CommandError("-f filters frames, and a call log has none", "-Y filters records", "usage");
  }
  if (timeFormat === "r" || timeFormat === "d") {
    const memory = options.maxMemory ?? DEFAULT_MAX_MEMORY;
    const kept = Math.floor(memory / TIMES_SHARE / TIME_BYTES);
    // Of frames that are not decoded as well: times are relative to what was captured.
    const times = new FrameTimes(source, timeFormat === "d", kept);
    source = times;
    clock = times;
  }
  const window = after === null && before === null ? null : new TimeWindow(source, after, before);
  source = window ?? source;
  const filtered = packets?.over(source) ?? null;
  source = filtered ?? source;
  if (window === null && filtered === null) return { source, clock, skipped: () => null };
  return {
    source,
    clock,
    skipped: () => ({
      time: window?.skipped ?? 0,
      ...((window?.records ?? 0) > 0 ? { records: window!.records } : {}),
      ...(filtered === null ? {} : { filter: filtered.skipped }),
    }),
  };
}

/** What several threads have read and chosen already. */
export function framesThrough(
  source: FrameSource & Pick<Frames, "skipped">,
  clock: Clock = NO_CLOCK,
): Frames {
  return { source, clock, skipped: source.skipped };
}

/** Names of addresses as --resolve asks; null where it asks for none. Throws CommandError. */
export async function namesFor({ resolve }: SpellingOptions): Promise<Names | null> {
  if (!Array.isArray(resolve)) return null;
  const { namesFrom } = await import("./resolving.js");
  return namesFrom(resolve);
}

/** Whether names are learned from records that nobody else may want. */
export function learnsNames({ resolve }: SpellingOptions): boolean {
  return Array.isArray(resolve) && resolve.some(({ how }) => how === "capture");
}

/** How the views of a run write times, frames and addresses. `files`: what is read. */
export function spellingFor(
  options: SpellingOptions,
  clock: Clock,
  analyzer: Pick<Analyzer, "placeOf">,
  files: readonly string[],
  names: Names | null = null,
): Spelling {
  const times = timesFor(options.timeFormat ?? null, options.local === true, clock);
  const nameOf = names === null ? null : (address: string) => names.nameOf(address);
  return spellingOf({ times, placeOf: analyzer.placeOf, files, nameOf });
}
