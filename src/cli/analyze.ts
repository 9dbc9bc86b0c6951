/** What `raiscope analyze FILE...` does: captures in, records or a view out. */

import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { Event, EventKind, SummaryRecord } from "../events.js";
import { makeFilter } from "../output/filters.js";
import { withoutRpc } from "../output/format.js";
import { emptyCapture, summaryLines } from "../output/summary.js";
import { makeCollector } from "./collector.js";
import { complain, EXIT } from "./failure.js";
import { isLive, makeAnalyzer, openCaptures, tell } from "./inputs.js";
import { type CommonOptions, filterOptions, type KeyOptions, type RecordOptions } from "./options.js";
import { formatsOf, type Output, openOutputs } from "./outputs.js";
import { run } from "./pipeline.js";
import { makeProgress } from "./progress.js";
import { Stop } from "./stop.js";

export type AnalyzeOptions = RecordOptions & KeyOptions & CommonOptions;

export async function analyze(files: readonly string[], options: AnalyzeOptions): Promise<number> {
  warnOfContradictions(options);
  const inputs = await openCaptures(files);
  const live = isLive(files);
  const filters = filterOptions(options);
  const kinds = new Set<EventKind>(options.events ?? ["call"]);
  const analyzer = await makeAnalyzer(options, inputs, { wanted: wantedKinds(options, kinds), live });
  const { table } = analyzer;
  const view = {
    kinds,
    allCalls: options.allCalls === true || filters.interfaces.length + filters.statuses.length > 0,
    ladder: options.ladder === true,
    live,
    held: analyzer.memory.view,
    names: (uuid: string) => table.find(uuid)?.name ?? table.coclass(uuid)?.name ?? null,
  };
  const outputs = await openOutputs(options.output ?? [], options.format, view, inputs.names);
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
    collect: makeCollector(options.maxMemory ?? DEFAULT_MAX_MEMORY),
    onProgress: progress?.update ?? null,
    onNote: (note) => tell(note, options),
  });
  progress?.done();
  for (const output of outputs) await output.finish();
  if (summary !== null) closing(summary, outputs, options, stop);
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

/** What standard error gets at the end: counters after a signal, and word of a capture without RPC. */
function closing(
  summary: SummaryRecord,
  outputs: readonly Output[],
  options: AnalyzeOptions,
  stop: Stop,
): void {
  if (options.quiet === true) return;
  const shown = outputs.some((output) => output.format === "transcript" && output.name === "standard output");
  if (stop.status !== null || options.verbose === true) {
    if (!shown || stop.status !== null) for (const line of summaryLines(summary)) complain(line);
  } else if (!shown && withoutRpc(summary)) {
    for (const line of emptyCapture(summary)) complain(line);
  }
}
