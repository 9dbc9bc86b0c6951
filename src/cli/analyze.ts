/** What `raiscope analyze FILE...` does: captures in, records or a view out. */

import type { Event, EventKind, SummaryRecord } from "../events.js";
import { makeFilter } from "../output/filters.js";
import { withoutRpc } from "../output/format.js";
import { callsIn, countedShown, emptyCapture, summaryLines } from "../output/summary.js";
import { complain, EXIT } from "./failure.js";
import { isLive, makeAnalyzer, openCaptures, tell } from "./inputs.js";
import {
  type CommonOptions,
  filterOptions,
  helperNames,
  type KeyOptions,
  type RecordOptions,
} from "./options.js";
import { finishOutputs, formatsOf, type Output, openOutputs, outputNames } from "./outputs.js";
import { run } from "./pipeline.js";
import { named, refuseSame } from "./places.js";
import { makeProgress } from "./progress.js";
import { Stop } from "./stop.js";

export type AnalyzeOptions = RecordOptions & KeyOptions & CommonOptions;

/** `meant`: the command that the first word was meant to be, should it be no file. */
export async function analyze(
  files: readonly string[],
  options: AnalyzeOptions,
  meant: string | null = null,
): Promise<number> {
  warnOfContradictions(options);
  const written = outputNames(options.output ?? [], options.format);
  // What was named is looked at before anything is opened, what a directory holds behind it.
  refuseSame(written, [...named("input", files), ...helperNames(options)]);
  const inputs = await openCaptures(files, meant);
  refuseSame(written, named("input", inputs.names));
  const live = isLive(files);
  const filters = filterOptions(options);
  const kinds = new Set<EventKind>(options.events ?? ["call"]);
  const wanted = wantedKinds(options, kinds);
  const offers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
  const analyzer = await makeAnalyzer(options, inputs, { wanted, live });
  const { table } = analyzer;
  const view = {
    kinds,
    allCalls: options.allCalls === true || filters.interfaces.length + filters.statuses.length > 0,
    ladder: options.ladder === true,
    live,
    names: (uuid: string) => table.find(uuid)?.name ?? table.coclass(uuid)?.name ?? null,
  };
  const outputs = await openOutputs(options.output ?? [], options.format, view);
  for (const output of outputs) output.begin();
  const progress = makeProgress(files, options.quiet === true);
  for (const output of outputs) if (output.isTerminal) output.beforeWrite = progress?.done ?? null;
  const stop = new Stop().listen();
  let redact: ((event: Event) => Event) | null = null;
  if (options.redact === true) {
    const { Redactor } = await import("../output/redact.js");
    const redactor = new Redactor();
    redact = (event) => redactor.event(event);
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
    redact,
    stop,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    live,
    onProgress: progress?.update ?? null,
    onNote: (note) => tell(note, options),
  });
  progress?.done();
  const failures = await finishOutputs(outputs);
  for (const { message } of failures) complain(message);
  if (summary !== null) closing(summary, offers, result.abandoned, outputs, options, stop);
  if (failures.length > 0) return EXIT.failed;
  if (stop.status !== null) return stop.status;
  if (result.abandoned) return EXIT.ok;
  return result.complete ? EXIT.ok : EXIT.damaged;
}

/** The kinds of records that some output shows; undefined for all, which a transcript does. */
function wantedKinds(options: AnalyzeOptions, kinds: Set<EventKind>): Set<EventKind> | undefined {
  const formats = formatsOf(options.output ?? [], options.format);
  return formats.includes("transcript") || options.verbose === true ? undefined : kinds;
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

/**
 * What standard error gets at the end: counters after a signal, word of a capture without RPC, how many calls of a table
 * the filters hold back. `offers`: whether their number is known.
 */
function closing(
  summary: SummaryRecord,
  offers: boolean,
  abandoned: boolean,
  outputs: readonly Output[],
  options: AnalyzeOptions,
  stop: Stop,
): void {
  if (options.quiet === true) return;
  const printed = outputs.some(
    (output) => output.format === "transcript" && output.name === "standard output",
  );
  if (stop.status !== null || options.verbose === true) {
    if (!printed || stop.status !== null) for (const line of summaryLines(summary, offers)) complain(line);
  } else if (!printed && !abandoned) {
    if (withoutRpc(summary)) for (const line of emptyCapture(summary)) complain(line);
    // A table has no place of its own for it.
    else if (summary.shown !== undefined && outputs.some(({ format }) => format === "table")) {
      complain(countedShown(callsIn(summary), summary.shown.calls, "call"));
    }
  }
}
