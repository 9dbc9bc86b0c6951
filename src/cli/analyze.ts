/** What `raiscope analyze FILE...` does: captures in, records or a view out. */

import { statSync } from "node:fs";
import type { Inputs } from "../capture/open.js";
import type { EventKind, SummaryRecord } from "../events.js";
import { makeFilter } from "../output/filters.js";
import { withoutRpc } from "../output/format.js";
import { emptyCapture, summaryLines } from "../output/summary.js";
import { complain, EXIT } from "./failure.js";
import { analyzers, isLive, type NewAnalyzer, openCaptures, tell } from "./inputs.js";
import { type CommonOptions, filterOptions, type KeyOptions, type RecordOptions } from "./options.js";
import { formatsOf, type Output, openOutputs } from "./outputs.js";
import { run } from "./pipeline.js";
import { makeProgress, type Progress } from "./progress.js";
import { NO_REDACTION, type Redaction, redactionFor, type Say, speaker } from "./redaction.js";
import { Stop } from "./stop.js";

export type AnalyzeOptions = RecordOptions & KeyOptions & CommonOptions;

export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<number> {
  warnOfContradictions(options);
  const inputs = await openCaptures(files);
  const live = isLive(files);
  const filters = filterOptions(options);
  const kinds = new Set<EventKind>(options.events ?? ["call"]);
  const newAnalyzer = await analyzers(options);
  const analyzer = newAnalyzer(inputs, { wanted: wantedKinds(options, kinds), live });
  const { table } = analyzer;
  const view = {
    kinds,
    allCalls: options.allCalls === true || filters.interfaces.length + filters.statuses.length > 0,
    ladder: options.ladder === true,
    live,
    names: (uuid: string) => table.find(uuid)?.name ?? table.coclass(uuid)?.name ?? null,
  };
  const outputs = await openOutputs(options.output ?? [], options.format, view, inputs.names);
  const progress = makeProgress(files, options.quiet === true);
  for (const output of outputs) if (output.isTerminal) output.beforeWrite = progress?.done ?? null;
  const stop = new Stop().listen();
  const redaction = await redactionFor(options.redact);
  const say = speaker(redaction);
  if (redaction !== NO_REDACTION && arePlainFiles(inputs.names)) {
    await learnNames(inputs.names, options, newAnalyzer, redaction, stop, progress);
    if (stop.status !== null) {
      progress?.done();
      if (options.quiet !== true) say("stopped while the names to hide were looked for: nothing is shown");
      for (const output of outputs) await output.finish();
      return stop.status;
    }
  }
  let summary: SummaryRecord | null = null;
  const filter = makeFilter(filters);
  const result = await run({
    source: inputs,
    analyzer,
    sinks: outputs,
    filter(event) {
      if (event.type === "summary") summary = event;
      return filter(event);
    },
    redaction,
    stop,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    live,
    onProgress: progress?.update ?? null,
    onNote: (note) => tell(note, options, say),
  });
  progress?.done();
  for (const output of outputs) await output.finish();
  if (summary !== null) closing(redaction.event<SummaryRecord>(summary), outputs, options, stop, say);
  if (stop.status !== null) return stop.status;
  if (result.abandoned) return EXIT.ok;
  return result.complete ? EXIT.ok : EXIT.damaged;
}

/**
 * Reads files once for the names and secrets in them alone, so that the first record that is written hides what only the
 * last one tells to be a name.
 */
async function learnNames(
  files: readonly string[],
  options: AnalyzeOptions,
  newAnalyzer: NewAnalyzer,
  redaction: Redaction,
  stop: Stop,
  progress: Progress | null,
): Promise<void> {
  const inputs: Inputs = await openCaptures(files);
  await run({
    source: inputs,
    analyzer: newAnalyzer(inputs),
    sinks: [{ push() {}, flush() {}, pressure: () => null, closed: false }],
    filter: () => false,
    // Its notes are told when the files are read for their records.
    redaction: { ...redaction, takeNotes: () => [] },
    stop,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    live: false,
    onProgress: progress?.update ?? null,
    onNote: null,
  });
  await inputs.close();
}

/** Whether all of them can be read twice. */
function arePlainFiles(files: readonly string[]): boolean {
  return files.every((file) => file !== "-" && statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

/**
 * The kinds of records that some output shows; undefined for all, which a transcript does. Redaction learns names from
 * all of them.
 */
function wantedKinds(options: AnalyzeOptions, kinds: Set<EventKind>): Set<EventKind> | undefined {
  const formats = formatsOf(options.output ?? [], options.format);
  const all = formats.includes("transcript") || options.verbose === true || options.redact === true;
  return all ? undefined : kinds;
}

/** No call has two interfaces or two outcomes: all of them held against one call leave nothing. */
export function warnOfContradictions(options: AnalyzeOptions): void {
  for (const [name, values] of [
    ["--interface", options.interface ?? []],
    ["--status", options.status ?? []],
  ] as const) {
    if (values.length > 1 && options.quiet !== true) {
      complain(`all filters must hold, so ${name} given twice may leave nothing; ${name} A,B means either`);
    }
  }
}

/** What standard error gets at the end: counters after a signal, and word of a capture without RPC. */
function closing(
  summary: SummaryRecord,
  outputs: readonly Output[],
  options: AnalyzeOptions,
  stop: Stop,
  say: Say,
): void {
  if (options.quiet === true) return;
  const shown = outputs.some((output) => output.format === "transcript" && output.name === "standard output");
  if (stop.status !== null || options.verbose === true) {
    if (!shown || stop.status !== null) for (const line of summaryLines(summary)) say(line);
  } else if (!shown && withoutRpc(summary)) {
    for (const line of emptyCapture(summary)) say(line);
  }
}
