/**
 * One window from its files to its records: read, and read again with more files where calls are still open at its end or
 * conversations may be older than its beginning.
 */

import { hostname } from "node:os";
import type { FlowsView } from "../../analyzer.js";
import { InputError } from "../../capture/formats.js";
import { type Inputs, openInputs } from "../../capture/node/open.js";
import type { Event, NoteRecord } from "../../events.js";
import { Belonging, doubtKey, type FileRead } from "../../fleet/belonging.js";
import { seenEarlier } from "../../fleet/node/earlier.js";
import type { LedgerEntry, LedgerInput } from "../../fleet/node/ledger.js";
import { fileNow, firstFrame, isSame, sha256Of } from "../../fleet/node/ring-files.js";
import { OverlapFrames } from "../../fleet/overlap-frames.js";
import { SILENCE, type WindowFile, type WindowJob } from "../../fleet/window.js";
import { timestamp } from "../../time.js";
import type { Reading } from "../inputs.js";
import { type EventSource, eachEvent, type RunResult, run } from "../pipeline.js";
import type { Stop } from "../stop.js";
import { version } from "../version.js";
import type { NewWriter, ResultWriter } from "./results.js";

/** How many files more are read at each further reading. */
const FURTHER = [2, 16];

export interface WindowSettings {
  /** What makes records of the frames of inputs. */
  newReading: (inputs: Inputs) => Promise<{ reading: Reading; flows: FlowsView }>;
  newWriter: NewWriter;
  maxMemory: number | undefined;
  /** For the ledger. */
  options: LedgerEntry["options"];
  stop: Stop;
}

/** The run was stopped before the window was read. */
class Stopped extends Error {}

/** Reads a window and writes its records; the entry is the caller's to write, last. Throws what a disk may throw. */
export async function readWindow(job: WindowJob, settings: WindowSettings): Promise<LedgerEntry> {
  const started = new Date().toISOString();
  const states = await statesOf(job.files);
  const there = job.files.filter((file) => !NOT_READ.includes(states.get(file)!));
  let extra = 0;
  let history = false;
  let begun: (key: string) => boolean = () => false;
  for (let readings = 1; ; readings++) {
    const files = selected(there, extra, history);
    const attempt = await readOnce(job, files, there.at(-1), readings === 1, settings);
    const { belonging, writer } = attempt;
    try {
      const more = FURTHER.find((count) => count > extra && furtherIn(there) > extra);
      if (belonging.cut && (more !== undefined || attempt.behind > 0)) {
        extra = more ?? extra;
        writer.abandon();
        continue;
      }
      const older = there.filter(({ part }) => part === "history" || (part === "before" && readings === 1));
      if (!history && older.length > 0 && belonging.offersInDoubt) {
        history = true;
        writer.abandon();
        continue;
      }
      if (!history && belonging.doubts.length > 0) {
        const paths = older.map(({ path }) => path);
        const seen = await seenEarlier(belonging.doubts, paths, belonging.earliest);
        // What is in none of the sensor's earlier files begins here.
        if (job.begins) begun = (key) => !seen.has(key);
        if (seen.size > 0) {
          history = true;
          writer.abandon();
          continue;
        }
      }
      for (const note of belonging.olderThanOverlap((doubt) => begun(doubtKey(doubt)))) writer.push(note);
      return await finished(job, started, readings, files, states, attempt, settings);
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }
}

type State = LedgerInput["state"];
type States = ReadonlyMap<WindowFile, State>;

/** Of files that are not read: another capture has the place of what was planned. */
const NOT_READ: readonly State[] = ["missing", "replaced"];

async function statesOf(files: readonly WindowFile[]): Promise<States> {
  const states = new Map<WindowFile, State>();
  for (const file of files) states.set(file, await stateOf(file));
  return states;
}

async function stateOf(file: WindowFile): Promise<State> {
  const now = await fileNow(file.path);
  if (now === null) return "missing";
  if (isSame(file, now)) return "read";
  const first = await firstFrame(file.path).catch(() => null);
  if (first !== file.first) return "replaced";
  return now.size === file.size ? "read" : "changed";
}

function furtherIn(files: readonly WindowFile[]): number {
  return files.filter(({ part }) => part === "further").length;
}

function selected(files: readonly WindowFile[], extra: number, history: boolean): WindowFile[] {
  let further = 0;
  return files.filter(({ part }) => {
    if (part === "history") return history;
    return part !== "further" || further++ < extra;
  });
}

interface Attempt {
  belonging: Belonging;
  writer: ResultWriter;
  result: RunResult | null;
  bytes: number;
  refused: readonly InputError[];
  /** Frames behind the window that were passed over. */
  behind: number;
}

/** `last`: the newest file that there is. `first`: the first reading of the window. */
async function readOnce(
  job: WindowJob,
  files: readonly WindowFile[],
  last: WindowFile | undefined,
  first: boolean,
  { newReading, newWriter, maxMemory, stop }: WindowSettings,
): Promise<Attempt> {
  const writer = newWriter(job);
  const inputs = await open(files.map(({ path }) => path));
  if (!("names" in inputs)) {
    return {
      belonging: new Belonging({ job, files }),
      writer,
      result: null,
      bytes: 0,
      refused: inputs.refused,
      behind: 0,
    };
  }
  try {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const read = inputs.names.map((name) => byPath.get(name)!);
    // Where it is read again, all of the overlap is.
    const source = first ? new OverlapFrames(inputs, read, job) : null;
    const belonging = new Belonging({ job, files: read, passedOver: source });
    const reachesEnd = job.ends && files.at(-1) === last;
    const final = (): boolean =>
      reachesEnd && (source?.behind ?? 0) === 0 && Date.now() / 1_000 - (belonging.latest ?? 0) >= SILENCE;
    const { reading, flows } = await newReading(inputs);
    let bytes = 0;
    const analyzer = within(reading, flows, belonging, final, (size) => {
      bytes += size;
    });
    const sink = eachEvent((event) => {
      if (event.type !== "summary") writer.push(event);
    });
    const result = await run({ source: source ?? inputs, analyzer, sinks: [sink], stop, maxMemory });
    if (stop.wanted) throw new Stopped();
    return { belonging, writer, result, bytes, refused: inputs.refused, behind: source?.behind ?? 0 };
  } catch (error) {
    writer.abandon();
    throw error;
  } finally {
    await inputs.close();
  }
}

async function open(paths: readonly string[]): Promise<Inputs | { refused: readonly InputError[] }> {
  if (paths.length === 0) return { refused: [] };
  try {
    return await openInputs(paths);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { refused: [error, ...error.others] };
  }
}

/** The reading with what belongs to the window alone. */
function within(
  reading: Reading,
  flows: FlowsView,
  belonging: Belonging,
  final: () => boolean,
  count: (bytes: number) => void,
): EventSource {
  return {
    push(frame) {
      belonging.see(frame);
      count(frame.end - frame.start);
      const events = reading.push(frame);
      const flow = flows.lastFlow?.flow ?? null;
      if (flow !== null && flow.count === 1 && flow.midstream) {
        belonging.midstream({ client: flow.endpoint0, server: flow.endpoint1 });
      }
      return belonging.take(events);
    },
    tick: (seconds, flush) => belonging.take(reading.tick(seconds, flush)),
    report: (found) => belonging.take(reading.report(found)) as readonly NoteRecord[],
    *finish(end): IterableIterator<Event> {
      // What was finished by now leaves first: what comes behind it is what the end cuts.
      yield* belonging.take(reading.tick(null, true));
      belonging.end(final());
      for (const event of reading.finish(end)) yield* belonging.take([event]);
    },
  };
}

async function finished(
  job: WindowJob,
  started: string,
  readings: number,
  files: readonly WindowFile[],
  states: States,
  { belonging, writer, result, bytes, refused }: Attempt,
  { options }: WindowSettings,
): Promise<LedgerEntry> {
  const inputs = await inputsOf(job, files, states, belonging);
  const lacks = lacksOf(inputs, refused);
  const own = inputs.filter(({ part }) => part === "own");
  const usable = own.every(({ state, sha256 }) => state === "read" && sha256 !== null);
  if (result !== null && !result.complete) lacks.push("a file is damaged or cut short: its notes say where");
  return {
    schema: 1,
    sensor: job.sensor,
    window: job.number,
    name: job.name,
    version: version(),
    host: hostname(),
    started,
    finished: new Date().toISOString(),
    options,
    inputs,
    readings,
    frames: result?.frames ?? 0,
    bytes,
    records: withoutSummary(belonging.records),
    rewritten: { ...belonging.rewritten },
    provisional: belonging.provisional,
    notes: { ...belonging.notes },
    outputs: writer.finish(),
    complete: usable && result?.complete === true,
    lacks,
  };
}

function withoutSummary({ summary: _, ...records }: LedgerEntry["records"]): LedgerEntry["records"] {
  return records;
}

async function inputsOf(
  job: WindowJob,
  files: readonly WindowFile[],
  states: States,
  belonging: Belonging,
): Promise<LedgerInput[]> {
  const inputs: LedgerInput[] = [];
  const found = new Map<string, FileRead>(belonging.files.map((file, i) => [file.path, belonging.read[i]!]));
  for (const file of job.files) {
    const { path, part, size } = file;
    const state = states.get(file)!;
    const wasRead = files.includes(file);
    if (!wasRead && (state === "read" || part === "further" || part === "history")) continue;
    const read = found.get(path);
    const sha256 = wasRead ? await sha256Of(path).catch(() => null) : null;
    const now = wasRead ? await fileNow(path) : null;
    const same = !wasRead || now?.size === size;
    inputs.push({
      path,
      part,
      size,
      sha256,
      frames: read?.frames ?? 0,
      first: timeOf(read?.first ?? null),
      last: timeOf(read?.last ?? null),
      state: same ? state : now === null ? "missing" : "changed",
    });
  }
  return inputs;
}

function timeOf(seconds: number | null): string | null {
  if (seconds === null) return null;
  const whole = Math.floor(seconds);
  return timestamp({ seconds: whole, nanos: Math.round((seconds - whole) * 1e6) * 1_000, digits: 6 });
}

function lacksOf(inputs: readonly LedgerInput[], refused: readonly InputError[]): string[] {
  const lacks = inputs.flatMap(({ path, part, state }) => {
    const of = part === "own" ? "" : " (of the overlap)";
    if (state === "missing") return [`${path}${of}: it was gone when it was to be read`];
    if (state === "replaced") return [`${path}${of}: another capture has taken its place`];
    return state === "changed" ? [`${path}${of}: it has changed since it was planned`] : [];
  });
  return lacks.concat(refused.map(({ message }) => message));
}
