/** What every command that reads captures does first: interfaces, analyzer, inputs. */

import { fstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IdlFile } from "../../dissectors/idl/reader.js";
import { Analyzer, type AnalyzerOptions, DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { Wants } from "../calllog/lacking.js";
import { codeOf, InputError, type OtherReader } from "../capture/formats.js";
import { type Inputs, openInputs } from "../capture/node/open.js";
import type { Event, NoteRecord } from "../events.js";
import { type InterfaceTable, loadInterfaces, shippedInterfaces } from "../interfaces.js";
import type { KeyRingOptions } from "../rpc/security/keyring.js";
import { CommandError, complain, nameOf, notice, systemReason } from "./failure.js";
import { paceFastCode } from "./fast-code.js";
import { unknownInterfaces } from "./interface-names.js";
import type { CommonOptions, FilterChoices, KeyOptions } from "./options.js";
import type { EventSource } from "./pipeline.js";
import type { Say } from "./redaction.js";
import { standing } from "./same-file.js";
import { type NewKeyRing, readKeys } from "./secrets.js";

/** The command that a word was meant to be, should it be no file. */
export type Meant = (word: string) => string | null;

/** The inputs as one source. Throws CommandError where nothing can be used. */
async function openCaptures(
  paths: readonly string[],
  meant: Meant | null,
  other: OtherReader,
): Promise<Inputs> {
  const hint = (input: string): string | null => {
    const command = meant?.(input) ?? null;
    if (command === null || !paths.includes(input)) return null;
    const order = input === paths[0] ? "" : " A command comes before its files";
    return `did you mean \`raiscope ${command}\`?${order}`;
  };
  const suggest = (refused: readonly InputError[]): void => {
    for (const { input } of refused) {
      const text = hint(input);
      if (text !== null) complain(`${input}: ${text}`, notice("did-you-mean"));
    }
  };
  try {
    const inputs = await openInputs(paths, { other });
    suggest(inputs.refused);
    return inputs;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const refused = [error, ...error.others];
    const last = refused.at(-1)!;
    for (const refusal of refused.slice(0, -1)) {
      complain(refusal.message, { severity: "error", code: codeOf(refusal) });
    }
    suggest(refused.slice(0, -1));
    throw new CommandError(last.message, hint(last.input), codeOf(last));
  }
}

/** What becomes of call logs among the inputs: they are read, lines up to `longest` bytes, or refused, and why. */
export type LogsAs = { longest: number } | { refused: string };

/** As much of the memory as a line of a call log may take. */
export function longestLine({ maxMemory = DEFAULT_MAX_MEMORY }: CommonOptions): number {
  return Math.ceil(maxMemory / 4);
}

export function readLogs(options: CommonOptions): LogsAs {
  return { longest: longestLine(options) };
}

/** Loaded only for what is no capture. */
function logReader(logs: LogsAs): OtherReader {
  return async (window, bytes, name) => {
    const { openLog } = await import("../calllog/recognise.js");
    const source = await openLog(window, bytes, name, "longest" in logs ? logs.longest : 0);
    if (source !== null && "refused" in logs)
      throw new InputError(name, `this is a call log: ${logs.refused}`);
    return source;
  };
}

/** Opens the inputs as `openCaptures` does, for as long as `work` takes: files are closed however it ends. */
export async function withCaptures<T>(
  paths: readonly string[],
  meant: Meant | null,
  logs: LogsAs,
  work: (inputs: Inputs) => Promise<T>,
): Promise<T> {
  paceFastCode(paths);
  const inputs = await openCaptures(paths, meant, logReader(logs));
  try {
    return await work(inputs);
  } finally {
    await inputs.close();
  }
}

/** The shipped interfaces and those of --idl behind them. Faults of the user's files are reported, and cost only that declaration. */
export function interfacesFor({ idl = [], quiet, verbose }: CommonOptions): InterfaceTable {
  if (idl.length === 0) return shippedInterfaces();
  const texts = idlTexts(idl);
  const files = texts.map(({ name }) => name);
  const { table, problems } = loadInterfaces(texts);
  for (const problem of problems) {
    if (!files.includes(problem.file) || quiet === true) continue;
    if (problem.severity === "warning" && verbose !== true) continue;
    const { severity } = problem;
    complain(`${problem.file}:${problem.line}:${problem.column}: ${problem.message}`, {
      severity,
      code: IDL_PROBLEM,
    });
  }
  return table;
}

/** What --idl names, read. Throws CommandError. */
export function idlTexts(paths: readonly string[]): IdlFile[] {
  const files = [...new Set(paths.flatMap(idlFiles))];
  return files.map((file) => ({ name: file, text: readText(file) }));
}

/** The file itself, or the IDL files of a folder and of those in it, by name. Throws CommandError. */
function idlFiles(path: string): string[] {
  if (standing(path)?.isDirectory() !== true) return [path];
  let names: string[];
  try {
    names = readdirSync(path, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: ${systemReason(error)}`);
  }
  const files = names
    .filter((name) => /\.idl$/i.test(name))
    .map((name) => join(path, name))
    .filter((file) => standing(file)?.isFile() === true);
  if (files.length === 0) throw new CommandError(`${path}: it is a folder without an .idl file in it`);
  return files.sort();
}

/** A text file whole. Throws CommandError. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: ${systemReason(error)}`);
  }
}

/** The code of whatever is wrong with a user's interface descriptions. */
export const IDL_PROBLEM = "idl-problem";

type AnalyzerChoices = CommonOptions & KeyOptions & FilterChoices;
/** What the analyzer may leave out, and whether its input is live. */
type More = Pick<AnalyzerOptions, "wanted" | "ids" | "live" | "acknowledged" | "observe" | "witness">;

/** Makes analyzers of one command: what its options name is read once. */
export interface NewAnalyzer {
  (inputs: Inputs, more?: More): Analyzer;
  readonly table: InterfaceTable;
  /** The keys that were given; null for none. */
  readonly keys: KeyRingOptions | null;
}

export async function analyzers(options: AnalyzerChoices): Promise<NewAnalyzer> {
  const interfaces = interfacesFor(options);
  if (options.quiet !== true) {
    for (const text of unknownInterfaces(options.interface ?? [], interfaces)) {
      complain(text, { severity: "warning", code: "unknown-interface" });
    }
  }
  const newKeys: NewKeyRing | null = await readKeys(options, options.quiet === true);
  const make = (inputs: Inputs, more: More = {}): Analyzer =>
    new Analyzer({
      interfaces,
      keys: newKeys?.() ?? null,
      maxMemory: options.maxMemory,
      files: inputs.names,
      ...more,
    });
  return Object.assign(make, { table: interfaces, keys: newKeys?.given ?? null });
}

export async function makeAnalyzer(
  options: AnalyzerChoices,
  inputs: Inputs,
  more: More = {},
): Promise<Analyzer> {
  const newAnalyzer = await analyzers(options);
  return newAnalyzer(inputs, more);
}

/** What a run takes its events from. */
export interface Reading extends EventSource {
  /** What call logs do not hold of what is asked for. */
  lacks(wants: Wants): readonly Pick<NoteRecord, "severity" | "code" | "message">[];
}

/** What makes events of the inputs: the analyzer, and where there are call logs what reads them. */
export async function readingOf({ names, logs }: Inputs, analyzer: Analyzer): Promise<Reading> {
  if (logs.includes(true)) {
    const { LogRun } = await import("../calllog/log-run.js");
    const run = new LogRun(
      names.map((name, index) => ({ name, isLog: logs[index]! })),
      analyzer,
    );
    return {
      push: (frame) => run.push(frame),
      tick: (seconds, flush) => run.tick(seconds, flush),
      report: (found) => run.report(found),
      lacks: (wants) => run.lacks(wants),
      finish: (end) => withoutCounts(run.finish(end)),
    };
  }
  return readingAlone(analyzer);
}

/** What makes events of frames alone. */
export function readingAlone(analyzer: EventSource): Reading {
  return {
    push: (frame) => analyzer.push(frame),
    finish: (end) => analyzer.finish(end),
    tick: (seconds, flush) => analyzer.tick(seconds, flush),
    report: (found) => analyzer.report(found),
    lacks: () => [],
  };
}

/** What was found then is no part of this run: rules count it anew where they are asked. */
function* withoutCounts(events: Iterable<Event>): IterableIterator<Event> {
  for (const event of events) {
    if (event.type !== "summary" || event.detections === undefined) {
      yield event;
      continue;
    }
    const { detections: _, ...summary } = event;
    yield summary;
  }
}

/** True where an input is a stream that need not end: standard input that is no file. */
export function isLive(paths: readonly string[]): boolean {
  if (!paths.includes("-")) return false;
  try {
    return !fstatSync(0).isFile();
  } catch {
    return true;
  }
}

/** What the input itself is found to be: errors always, warnings unless --quiet, the rest with --verbose. */
export function report(
  note: Pick<NoteRecord, "severity" | "code" | "message">,
  options: CommonOptions,
  say: Say,
): void {
  const quiet = options.quiet === true;
  if (note.severity === "warning" && quiet) return;
  if (note.severity === "info" && (quiet || options.verbose !== true)) return;
  const { severity, code, message } = note;
  say(message, { severity, code, shown: `${severity === "error" ? "" : `${severity}: `}${message}` });
}
