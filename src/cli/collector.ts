/**
 * What is kept has its limits (src/memory.ts); garbage has only those of the engine, which lets the heap grow to a multiple
 * of what lives where memory seems plentiful. Where the process comes near the ceiling that it was given, garbage is collected at
 * once. A run that stays below it, as almost all do, pays for a look at a number now and then.
 */

import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the program itself takes, with the young generation and code. */
const PROGRAM = 78 * 1024 * 1024;
/** The same of each thread that decodes beside it, with what it has sent and nobody has used up yet. */
const THREAD = 64 * 1024 * 1024;
/** The part of the ceiling that stays free for what is made between two looks: a large record, its text, copies of both. */
const PASSING = 1 / 4;
/** Milliseconds between two looks: a look costs a tenth of one. The farther the ceiling, the longer until the next. */
const LOOK_EVERY = 4;
const LOOK_AT_LEAST = 250;
/** Bytes that a process grows by in a millisecond at most, or nearly so. */
const GROWTH = 512 * 1024;
/** Collections take at most this share of the time, unless the ceiling is exceeded by more than the slack. */
const SHARE = 1 / 2;
const SLACK = { least: 10 * 1024 * 1024, part: 1 / 8 };
/**
 * Where a collection leaves more than the ceiling, what lives does not fit below it, as descriptions of interfaces that were
 * read. Collecting again finds little, and is worth its time only when so much was added.
 */
const ADDED = { least: 2 * 1024 * 1024, part: 1 / 8 };

/** Bytes of the young generation that are enough: a larger one costs memory and saves no time. Where little is allowed, less must do. */
const YOUNG = { most: 8 * 1024 * 1024, part: 1 / 4 };
/** Milliseconds between two looks at it while it grows. */
const YOUNG_EVERY = 5;

/**
 * Answers a function to be called often; `memory` is the ceiling of what is kept. `threads`: those that decode beside this one, each
 * with a program and garbage of its own; the growth of the young generation is one switch for all of them, and is left alone.
 */
export function makeCollector(memory: number, threads = 0): () => void {
  const ceiling = memory * (1 - PASSING) + PROGRAM + threads * THREAD;
  const slack = Math.max(SLACK.least, memory * SLACK.part);
  const added = Math.max(ADDED.least, memory * ADDED.part);
  const young = Math.min(YOUNG.most, memory * YOUNG.part);
  let collect: (() => void) | null = null;
  let next = 0;
  let paced = 0;
  let futile = 0;
  let nextYoung = threads === 0 ? 0 : Number.POSITIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now >= nextYoung) nextYoung = isYoungEnough(young) ? Number.POSITIVE_INFINITY : now + YOUNG_EVERY;
    if (now < next) return;
    next = now + LOOK_EVERY;
    const size = process.memoryUsage.rss();
    if (size < ceiling) {
      next = now + Math.min(LOOK_AT_LEAST, Math.max(LOOK_EVERY, (ceiling - size) / GROWTH));
      return;
    }
    if (size < futile || (now < paced && size < ceiling + slack)) return;
    collect ??= exposed();
    collect();
    const done = performance.now();
    const left = process.memoryUsage.rss();
    futile = left < ceiling ? 0 : left + added;
    next = done + LOOK_EVERY;
    paced = done + (done - now) * (1 / SHARE - 1);
  };
}

/**
 * Most of what is made for a call is garbage when it was printed. The young generation grows with it, and is stopped here; not by a
 * timer, which has no turn while large frames are read.
 */
function isYoungEnough(enough: number): boolean {
  const young = getHeapSpaceStatistics().find((s) => s.space_name === "new_space");
  if (young !== undefined && young.space_size < enough) return false;
  setFlagsFromString("--semi-space-growth-factor=1");
  return true;
}

/**
 * Of traffic that is not RPC conversations stay and little else does: a heap that is collected when it has grown by a fourth costs
 * hardly any time there, and half the memory of one that may double. What makes records is better off with more room.
 */
export function collectEarly(): void {
  setFlagsFromString("--heap-growing-percent=25");
}

function exposed(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
