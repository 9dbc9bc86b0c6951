/**
 * Windows: which ring files of a sensor one job reads. A window owns some consecutive files; others before and behind them
 * are read as well, so that binds, contexts and objects are known when its own begin and open calls are finished.
 * Pure: from files and what was planned before to jobs, the same from the same.
 */

/** A file of a sensor as it was when it was listed. */
export interface RingFile {
  path: string;
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
  /** Time of its first frame, [RFC 3339] with nine digits; null where it has none. */
  first: string | null;
}

/** How far an overlap goes, or how much one window owns. */
export interface Extent {
  unit: "files" | "bytes" | "seconds";
  amount: number;
}

/**
 * What a file is to a window. Only `before`, `own` and `behind` are read at first: `further` where calls are still open, `history` where
 * a conversation is older than what was read.
 */
export type Part = "history" | "before" | "own" | "behind" | "further";

export interface WindowFile extends RingFile {
  part: Part;
  /** The window that owns it; null where none was planned yet. */
  window: number | null;
}

/** An earlier window that owns files which this one reads as well. */
export interface EarlierWindow {
  number: number;
  /** The last file that it reads, should calls stay open; null where that is older than all files of this window. */
  readTo: string | null;
}

/** A job: plain values, as the queue keeps them. */
export interface WindowJob {
  sensor: string;
  /** Of the sensor's windows, from 1 in the order in which they were planned; a half more where it closes one (closingOf). */
  number: number;
  /** Unique within the sensor; sorts by time. */
  name: string;
  /** In order of time. */
  files: WindowFile[];
  earlier: EarlierWindow[];
  /**
   * Where overlaps are given by time: frames before the window that are earlier, and frames behind it from then on, are not read at first;
   * null where all are.
   */
  readFrom: string | null;
  readUntil: string | null;
  /** No file of the sensor is older than the first of `files`. */
  begins: boolean;
  /** No file of the sensor was newer than the last of `files`, and none was awaited. */
  ends: boolean;
}

/** What is remembered of a window that was planned. */
export interface KnownWindow {
  number: number;
  readTo: string;
}

export interface PlanOptions {
  sensor: string;
  /** How much a window owns. */
  window: Extent;
  before: Extent;
  behind: Extent;
  /** Bytes of files before the overlap that may be looked into for conversations that are older. */
  lookBack: number;
  /** More files are awaited: the newest window does not end the sensor. */
  awaits: boolean;
  /**
   * Whether a window is planned that more files would fill, or would complete the overlap of. `files`: those that it would own.
   * Always where absent.
   */
  mayBeShort?: (files: readonly RingFile[]) => boolean;
}

/** Seconds without anything of a call after which it is not waited for. */
export const SILENCE = 300;
/** Files that an overlap has at most, or that are read further on, or looked back into. */
const MAX_OVERLAP_FILES = 1_024;
const MAX_FURTHER_FILES = 16;
const MAX_HISTORY_FILES = 64;

/** In order of time, of name where that is the same; a file without a frame by when it was written. */
export function inOrder<File extends RingFile>(files: readonly File[]): File[] {
  const keys = new Map(files.map((file) => [file, file.first ?? `${new Date(file.modified).toISOString()}`]));
  return [...files].sort((a, b) => {
    const [x, y] = [keys.get(a)!, keys.get(b)!];
    return x < y ? -1 : x > y ? 1 : a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
  });
}

/** A file of a plan: `window` is null where it is new. */
export interface PlannableFile extends RingFile {
  window: number | null;
}

/**
 * Jobs for all files that no window owns yet. `files` in order; `known`: the windows planned before, by number; `next`: the number of
 * the first new window. Files get their windows here.
 */
export function planWindows(
  files: readonly PlannableFile[],
  known: ReadonlyMap<number, KnownWindow>,
  next: number,
  options: PlanOptions,
): WindowJob[] {
  const { mayBeShort = () => true } = options;
  const spans = newSpans(files, options.window).filter(
    ([from, to]) => isWhole(files, to, options.behind) || mayBeShort(files.slice(from, to)),
  );
  spans.forEach(([from, to], i) => {
    for (const file of files.slice(from, to)) file.window = next + i;
  });
  const read = spans.map((span) => reading(files, span, options));
  const windows = new Map(known);
  read.forEach(({ to }, i) => {
    windows.set(next + i, { number: next + i, readTo: files[to - 1]!.path });
  });
  return spans.map((span, i) => jobOf(files, span, read[i]!, windows, next + i, options));
}

/** Stretches of new files, `[from, to)`, each as much as a window owns. */
function newSpans(files: readonly PlannableFile[], window: Extent): [number, number][] {
  const spans: [number, number][] = [];
  for (let from = 0; from < files.length; ) {
    if (files[from]!.window !== null) {
      from++;
      continue;
    }
    let to = from + 1;
    while (to < files.length && files[to]!.window === null && !isFull(files.slice(from, to + 1), window))
      to++;
    spans.push([from, to]);
    from = to;
  }
  return spans;
}

/** Whether a window that ends before `to` is full and has its whole overlap behind it: more files would change nothing. */
function isWhole(files: readonly RingFile[], to: number, behind: Extent): boolean {
  const left = files.slice(to);
  return left.length > 0 && overlapBehind(left, behind) < left.length;
}

/** Whether the last of these files is one too many. */
function isFull(files: readonly RingFile[], { unit, amount }: Extent): boolean {
  if (unit === "files") return files.length > amount;
  if (unit === "bytes") return sizeOf(files) > amount;
  const [begin, end] = [files[0]!.first, files.at(-1)!.first];
  return begin !== null && end !== null && secondsFrom(begin, end) >= amount;
}

interface Reading {
  history: number;
  before: number;
  behind: number;
  to: number;
}

/** Where each part begins and ends, as indices of files. */
function reading(files: readonly RingFile[], [from, to]: [number, number], options: PlanOptions): Reading {
  const before = from - overlapBefore(files.slice(0, from), files[from]!, options.before);
  const behind = to + overlapBehind(files.slice(to), options.behind);
  let history = before;
  for (let held = 0; history > 0 && before - history < MAX_HISTORY_FILES; history--) {
    held += files[history - 1]!.size;
    if (held > options.lookBack) break;
  }
  return { history, before, behind, to: Math.min(files.length, behind + MAX_FURTHER_FILES) };
}

/** How many of the files before `own` are read. */
function overlapBefore(files: readonly RingFile[], own: RingFile, { unit, amount }: Extent): number {
  if (amount === 0) return 0;
  if (unit === "files") return Math.min(amount, files.length, MAX_OVERLAP_FILES);
  let count = 0;
  while (count < files.length && count < MAX_OVERLAP_FILES) {
    count++;
    const taken = files.slice(files.length - count);
    const { first } = taken[0]!;
    if (unit === "bytes" && sizeOf(taken) >= amount) break;
    if (unit === "seconds" && first !== null && own.first !== null && secondsFrom(first, own.first) >= amount)
      break;
  }
  return count;
}

/** How many of the files behind a window are read. */
function overlapBehind(files: readonly RingFile[], { unit, amount }: Extent): number {
  if (amount === 0) return 0;
  if (unit === "files") return Math.min(amount, files.length, MAX_OVERLAP_FILES);
  const begin = files.find(({ first }) => first !== null)?.first ?? null;
  let count = 0;
  while (count < files.length && count < MAX_OVERLAP_FILES) {
    const { first } = files[count]!;
    if (unit === "bytes" && sizeOf(files.slice(0, count)) >= amount) break;
    if (unit === "seconds" && begin !== null && first !== null && secondsFrom(begin, first) >= amount) break;
    count++;
  }
  return count;
}

function jobOf(
  files: readonly PlannableFile[],
  [from, to]: [number, number],
  { history, before, behind, to: end }: Reading,
  windows: ReadonlyMap<number, KnownWindow>,
  number: number,
  { sensor, awaits, before: overlapBefore, behind: overlapBehind }: PlanOptions,
): WindowJob {
  const parts = files.slice(history, end).map((file, i): WindowFile => {
    const at = history + i;
    const part: Part =
      at < before ? "history" : at < from ? "before" : at < to ? "own" : at < behind ? "behind" : "further";
    const { path, size, modified, first, window } = file;
    return { path, size, modified, first, part, window };
  });
  const owners = new Set(parts.slice(0, from - history).flatMap(({ window }) => window ?? []));
  const earlier = [...owners].flatMap((owner): EarlierWindow[] => {
    const window = windows.get(owner);
    if (window === undefined || owner >= number) return [];
    const last = files.findIndex(({ path }) => path === window.readTo);
    const readTo = last < history ? null : files[Math.min(last, end - 1)]!.path;
    return [{ number: owner, readTo }];
  });
  return {
    sensor,
    number,
    name: nameOf(files[from]!, number),
    files: parts,
    earlier,
    readFrom: moved(files[from]!.first, overlapBefore, -1),
    readUntil: moved(
      files.slice(to, end).find(({ first }) => first !== null)?.first ?? null,
      overlapBehind,
      1,
    ),
    begins: history === 0,
    ends: end === files.length && !awaits,
  };
}

/** A time moved by an overlap that is one; null for others. */
function moved(ts: string | null, { unit, amount }: Extent, direction: 1 | -1): string | null {
  if (ts === null || unit !== "seconds") return null;
  const second = Date.parse(`${ts.slice(0, 19)}Z`) + direction * 1_000 * amount;
  return `${new Date(second).toISOString().slice(0, 19)}${ts.slice(19)}`;
}

/** `20240603T101500-w000012`: by the time of its first file, and its number. */
function nameOf({ first, modified }: RingFile, number: number): string {
  const at = (first ?? new Date(modified).toISOString()).slice(0, 19).replace(/[-:]/g, "");
  return `${at}-w${String(number).padStart(6, "0")}`;
}

/**
 * The job that ends what a window left provisional, should nothing come behind it: it owns nothing, and reads the same once more when
 * 300 s have gone by. Its number is between that of the window and the next, whose records replace its own.
 */
export function closingOf(job: WindowJob): WindowJob {
  const files = job.files.map(
    (file): WindowFile => (file.part === "own" ? { ...file, part: "before" } : file),
  );
  return {
    ...job,
    number: job.number + 1 / 2,
    name: `${job.name}${CLOSING}`,
    files: files.map((file) => (file.part === "further" ? { ...file, part: "behind" } : file)),
    earlier: [...job.earlier, { number: job.number, readTo: files.at(-1)!.path }],
    ends: true,
  };
}

export function isClosing({ name }: WindowJob): boolean {
  return name.endsWith(CLOSING);
}

const CLOSING = "-closing";

function sizeOf(files: readonly RingFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Seconds between two times as records write them. */
function secondsFrom(from: string, to: string): number {
  return secondsOf(to) - secondsOf(from);
}

/** Seconds since 1970 of a time as records write it. */
export function secondsOf(ts: string): number {
  return Date.parse(`${ts.slice(0, 19)}Z`) / 1_000 + Number(`0${ts.slice(19, -1)}`);
}
