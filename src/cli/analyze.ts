/** What `raiscope analyze FILE...` does: captures in, records or a view out. */

import type { Analyzer } from "../analyzer.js";
import type { FrameSource } from "../capture/frame.js";
import type { Inputs } from "../capture/node/open.js";
import { EVENT_KINDS, type EventKind, type SummaryRecord } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { makeFilter } from "../output/filters.js";
import { withoutRpc } from "../output/format.js";
import { formatNamed } from "../output/formats.js";
import type { Spelling } from "../output/spelling.js";
import { callsIn, countedShown, emptyCapture, skippedText, summaryLines } from "../output/summary.js";
import type { Clock } from "../output/times.js";
import type { Asked } from "../shard/merged-run.js";
import { checkColumns, columnsUseIds } from "./column-options.js";
import { usesAcknowledged, usesIds } from "./display-filter.js";
import { FailOn } from "./fail-on.js";
import { CommandError, complain, EXIT, notice, SUMMARY } from "./failure.js";
import type { FindingChoices } from "./finding-options.js";
import { type Frames, framesOf, framesThrough, learnsNames, namesFor, spellingFor } from "./frames.js";
import {
  analyzers,
  isLive,
  type LogsAs,
  type Meant,
  type NewAnalyzer,
  type Reading,
  readingAlone,
  readingOf,
  readLogs,
  report,
  withCaptures,
} from "./inputs.js";
import { frontsFor } from "./jobs/fronts-for.js";
import type { JobsOptions } from "./jobs/jobs-option.js";
import {
  type CommonOptions,
  filterOptions,
  hasKeys,
  helperNames,
  type KeyOptions,
  type RecordOptions,
} from "./options.js";
import {
  type AnyOutput,
  finishOutputs,
  formatsOf,
  observes,
  openOutputs,
  outputNames,
  refuseSensorWithoutTree,
  refuseUnknownSuffixes,
  showsAcknowledged,
  showsIds,
} from "./outputs.js";
import { type EventSource, eachEvent, run } from "./pipeline.js";
import { makeProgress, type Progress, progressOf } from "./progress.js";
import { type ReadingOptions, refuseContradictions } from "./reading-options.js";
import { NO_REDACTION, type Redaction, redactionFor, type Say, speaker } from "./redaction.js";
import { isStdout, named, refuseSame, standing } from "./same-file.js";
import { refuseBesideShard, type ShardOptions } from "./shard-options.js";
import { findingsOf, shownKinds, showsEveryKind } from "./shown-kinds.js";
import { Stop } from "./stop.js";
import { NO_TREES, newTracing, showsTrees, withTrees } from "./tracing.js";
import { viewOf } from "./view.js";
import type { CaptureWriting } from "./write-capture.js";
import { refuseWithoutFile, type WriteOptions } from "./write-options.js";

export type AnalyzeOptions = FindingChoices &
  RecordOptions &
  KeyOptions &
  CommonOptions &
  ReadingOptions &
  JobsOptions &
  ShardOptions &
  WriteOptions;

export async function analyze(
  files: readonly string[],
  choices: AnalyzeOptions,
  meant: Meant | null = null,
): Promise<number> {
  const options = withTrees(choices);
  warnOfContradictions(options);
  refuseContradictions(options);
  refuseWithoutFile(options);
  refuseBesideShard({ ...options });
  const captureTo = options.write === undefined ? [] : [options.write];
  const records = outputNames(options.output ?? [], options.format);
  if (captureTo.some(isStdout) && records.some(({ path }) => isStdout(path))) {
    throw new CommandError(
      "-w - writes the capture to standard output: send the records elsewhere with -o FILE",
    );
  }
  const written = [...records, ...named("-w", captureTo)];
  // What was named is looked at before anything is opened, what a directory holds behind it.
  refuseSame(written, [...named("input", files), ...helperNames(options)]);
  refuseUnknownSuffixes(options.output ?? [], options.format);
  refuseSensorWithoutTree(options.output ?? [], options.format, options.sensor);
  checkColumns(options, formatsOf(options.output ?? [], options.format));
  const trees = showsTrees(options.output ?? [], options.format, options);
  const { shard } = options;
  const whole = trees ? NO_TREES : captureTo.length > 0 ? NO_FRAMES : readLogs(options);
  return withCaptures(files, meant, shard === undefined ? whole : NO_LOGS, async (inputs) => {
    refuseSame(written, named("input", inputs.names));
    if (shard === undefined) return show(inputs, files, options);
    const { writeShard } = await import("./shard.js");
    return writeShard(inputs, options, shard);
  });
}

/** What makes records of parts of the work: of several threads, or of shards. */
export interface Parts
  extends FrameSource,
    EventSource,
    Pick<Analyzer, "table" | "memory" | "placeOf">,
    Pick<Frames, "skipped"> {
  /** How far they are. */
  readonly frames: number;
  readonly bytes: number;
  close(): Promise<void>;
}

/** The shards of one run in the place of its inputs. */
export interface Shards extends Inputs {
  readonly clock: Clock;
  /** Begins to read them, from their beginning. */
  begin(table: InterfaceTable, asked: Asked): Promise<Parts & Pick<Reading, "lacks">>;
}

/** `shards`: the inputs, where they are parts of a run. */
export async function show(
  inputs: Inputs,
  files: readonly string[],
  options: AnalyzeOptions,
  shards: Shards | null = null,
): Promise<number> {
  const live = isLive(files);
  const newAnalyzer = await analyzers(options);
  const gate = await redactionFor(options.redact, newAnalyzer.table);
  const findings = await findingsOf(options, newAnalyzer.table, gate, live);
  const wanted = wantedKinds(options, findings?.needs.kinds);
  const offers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
  // Reports of one offer, of which there are several where the input is live, are known by its id.
  const ids =
    live ||
    showsIds(options.output ?? [], options.format) ||
    usesIds(options.where) ||
    columnsUseIds(options.columns) ||
    findings?.needs.ids === true ||
    options.zeekCommunityId === true;
  const acknowledged =
    showsAcknowledged(options.output ?? [], options.format) ||
    usesAcknowledged(options) ||
    (!live && isWholeLog(options));
  const tracing = showsTrees(options.output ?? [], options.format, options)
    ? await newTracing(newAnalyzer.table, options)
    : null;
  const observe = observes(options.output ?? [], options.format) || findings?.needs.observations === true;
  const writing = await writingFor(options, inputs, newAnalyzer.table, gate);
  const witness = writing?.witnessBeside(tracing?.witness ?? null) ?? tracing?.witness;
  const more = { wanted, ids, live, acknowledged, observe, witness };
  const asLines = findings === null && gate === NO_REDACTION && showsWholeLines(options);
  const merged = (await shards?.begin(newAnalyzer.table, { ...more, maxMemory: options.maxMemory })) ?? null;
  const fronts = merged ?? (await frontsFor(inputs, options, newAnalyzer, more, asLines));
  const whole = fronts === null ? newAnalyzer(inputs, more) : null;
  const analyzer = fronts ?? whole!;
  const records = whole === null ? (merged ?? readingAlone(fronts!)) : await readingOf(inputs, whole);
  const reading = findings === null ? records : findings.around(records);
  const frames = fronts === null ? framesOf(inputs, options) : framesThrough(fronts, shards?.clock);
  const names = await namesFor(options);
  const spelling = spellingFor(options, frames.clock, analyzer, inputs.names, names);
  const redaction = tracing?.followed(gate) ?? gate;
  const view = {
    ...viewOf(options, analyzer, live, spelling, inputs),
    trees: tracing?.trees(gate, shownKinds(options), options),
    ranges: options.ranges === true ? tracing?.rangesOf : undefined,
    asLines: fronts !== null && merged === null && asLines,
  };
  const outputs = await openOutputs(options.output ?? [], options.format, view);
  for (const output of outputs) output.begin();
  writing?.begin();
  const progress = makeProgress(files, options.quiet === true);
  for (const output of outputs) if (output.isTerminal) output.beforeWrite = progress?.done ?? null;
  const stop = new Stop().listen();
  const say = speaker(redaction);
  if (gate !== NO_REDACTION && arePlainFiles(shards === null ? inputs.names : files)) {
    await learnNames(inputs.names, shards, options, newAnalyzer, gate, stop, progress);
    if (stop.status !== null) {
      progress?.done();
      if (options.quiet !== true) {
        say("stopped while collecting the names to redact: nothing is shown", notice("stopped"));
      }
      for (const output of outputs) await output.finish();
      return stop.status;
    }
  }
  let summary: SummaryRecord | null = null;
  const failOn = options.failOn === undefined ? null : new FailOn(options.failOn);
  const filter = makeFilter(filterOptions(options, analyzer.table));
  const result = await run({
    source: frames.source,
    skipped: frames.skipped,
    analyzer: reading,
    sinks: [
      ...(names === null ? [] : [names.sink]),
      ...(failOn === null ? [] : [failOn.sink]),
      ...outputs,
      ...(writing === null ? [] : [writing]),
    ],
    ready: names?.ready,
    filter,
    redaction,
    stop,
    limit: fronts === null ? options.limit : undefined,
    live,
    maxMemory: options.maxMemory,
    onProgress: progressOf(progress, fronts),
    onNote: (note) => report(note, options, say),
    observe(events, frame) {
      if (frame !== null) tracing?.saw(frame);
      if (writing !== null) for (const event of events) writing.saw(event);
      const last = events.at(-1);
      if (last?.type === "summary") summary = last;
    },
  });
  await fronts?.close();
  if (names !== null) {
    await stop.during(names.settled());
    names.close();
  }
  progress?.done();
  const failures = await finishOutputs(outputs);
  if (writing !== null && stop.status === null) {
    const again = (same: Inputs): Analyzer => newAnalyzer(same, { wanted, ids: false });
    await writing.write(inputs.names, again, gate, stop, say);
  }
  for (const { message, code } of failures) say(message, { severity: "error", code });
  const wants = { kinds: shownKinds(options), observations: observe, keys: hasKeys(options) };
  if (!result.abandoned) for (const lack of reading.lacks(wants)) report(lack, options, say);
  if (summary !== null) {
    closing(
      redaction.event<SummaryRecord>(summary),
      offers,
      result.abandoned,
      outputs,
      options,
      stop,
      say,
      spelling,
    );
  }
  if (failures.length > 0) return EXIT.failed;
  if (stop.status !== null) return stop.status;
  if (result.abandoned) return EXIT.ok;
  if (!result.complete) return EXIT.damaged;
  return failOn?.reached === true ? EXIT.found : EXIT.ok;
}

const NO_LOGS: LogsAs = { refused: "--shard divides the work on captures" };

/** Of a call log. */
const NO_FRAMES: LogsAs = { refused: "a capture is written of the frames of a capture" };

/** What writes the conversations of a run; null where nobody asked for it. Throws CommandError. */
async function writingFor(
  options: AnalyzeOptions,
  inputs: Inputs,
  table: InterfaceTable,
  gate: Redaction,
): Promise<CaptureWriting | null> {
  if (options.write === undefined) return null;
  if (!arePlainFiles(inputs.names)) {
    throw new CommandError(
      "-w reads its inputs several times, which only files allow",
      "write standard input to a file first",
    );
  }
  const { CaptureWriting } = await import("./write-capture.js");
  return new CaptureWriting(options.write, options, table, gate);
}

/**
 * Reads files once for the names and secrets in them alone, so that the first record that is written hides what only the
 * last one shows to be a name.
 */
async function learnNames(
  files: readonly string[],
  shards: Shards | null,
  options: AnalyzeOptions,
  newAnalyzer: NewAnalyzer,
  redaction: Redaction,
  stop: Stop,
  progress: Progress | null,
): Promise<void> {
  const observe = observes(options.output ?? [], options.format);
  const read = (source: FrameSource, analyzer: EventSource): Promise<unknown> =>
    run({
      source,
      analyzer,
      sinks: [eachEvent(() => {})],
      filter: () => false,
      // Its notes are reported when the files are read for their records.
      redaction: { ...redaction, takeNotes: () => [] },
      stop,
      limit: options.limit,
      maxMemory: options.maxMemory,
      onProgress: progress?.update ?? null,
    });
  if (shards !== null) {
    const parts = await shards.begin(newAnalyzer.table, { observe, maxMemory: options.maxMemory });
    await read(parts, parts);
    await parts.close();
    return;
  }
  await withCaptures(files, null, readLogs(options), async (inputs) => {
    const { source } = framesOf(inputs, { ...options, timeFormat: undefined });
    await read(source, await readingOf(inputs, newAnalyzer(inputs, { ids: false, observe })));
  });
}

/** Nothing but call logs is written, of which each record is a line that nobody changes or holds back. */
function showsWholeLines(options: AnalyzeOptions): boolean {
  const { onlyRai, interface: named, status, host, transport, where, only, resolve, failOn } = options;
  const filters = [onlyRai === true || undefined, named, status, host, transport, where, only, failOn];
  return (
    formatsOf(options.output ?? [], options.format).every((format) => format === "ndjson") &&
    filters.every((filter) => filter === undefined) &&
    !Array.isArray(resolve)
  );
}

/** What is written is to stand in the capture's place: it holds what any output may ask for later. */
function isWholeLog({ events = [], format, output = [], sensor }: AnalyzeOptions): boolean {
  if (sensor !== undefined) return true;
  const logs: readonly string[] = ["ndjson", "json"];
  return (
    EVENT_KINDS.every((kind) => events.includes(kind)) &&
    formatsOf(output, format).some((name) => logs.includes(name))
  );
}

/** Whether all of them can be read twice. */
export function arePlainFiles(files: readonly string[]): boolean {
  return files.every((file) => file !== "-" && standing(file)?.isFile() === true);
}

/**
 * The kinds of records that some output shows; undefined for all, which a transcript does. Redaction learns names from
 * all of them.
 */
function wantedKinds(
  options: AnalyzeOptions,
  needed: ReadonlySet<EventKind> = new Set(),
): ReadonlySet<EventKind> | undefined {
  const { verbose, redact, write } = options;
  if (verbose === true || write !== undefined || redact === true || showsEveryKind(options)) return undefined;
  const shown = shownKinds(options);
  // What conversations did says more than the records of associations, which only a call log has instead.
  const formats = formatsOf(options.output ?? [], options.format).map(formatNamed);
  const spared = formats.every((format) => format.observes === "instead") && options.events === undefined;
  const kinds = spared ? new Set([...shown].filter((kind) => kind !== "association")) : shown;
  const more = learnsNames(options) ? (["association"] as const) : [];
  return new Set([...kinds, ...needed, ...more]);
}

/** No call has two interfaces or two outcomes: all of them held against one call leave nothing. */
export function warnOfContradictions(options: AnalyzeOptions): void {
  for (const [name, values] of [
    ["--interface", options.interface ?? []],
    ["--status", options.status ?? []],
  ] as const) {
    if (values.length > 1 && options.quiet !== true) {
      complain(`all filters must hold, so ${name} given twice may leave nothing; ${name} A,B means either`, {
        severity: "warning",
        code: "contradicting-filters",
      });
    }
  }
  const said = formatsOf(options.output ?? [], options.format)[0];
  if (
    said === "zeek" &&
    options.only === undefined &&
    outputNames(options.output ?? [], options.format)[0]?.path === "-" &&
    options.quiet !== true
  ) {
    complain("standard output gets dce_rpc.log alone; -o DIR/ writes all logs of Zeek", {
      severity: "info",
      code: "one-log",
    });
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
  outputs: readonly AnyOutput[],
  options: AnalyzeOptions,
  stop: Stop,
  say: Say,
  spelling: Spelling,
): void {
  if (options.quiet === true) return;
  const printed = outputs.some(
    (output) => output.format === "transcript" && output.name === "standard output",
  );
  if (stop.status !== null || options.verbose === true) {
    if (!printed || stop.status !== null) {
      for (const line of summaryLines(summary, offers, spelling)) say(line, SUMMARY);
    }
  } else if (!printed && !abandoned) {
    const outside = skippedText(summary);
    if (outside !== null && !withoutRpc(summary)) say(outside, SUMMARY);
    if (withoutRpc(summary)) for (const line of emptyCapture(summary)) say(line, SUMMARY);
    // A table has no place of its own for it.
    else if (summary.shown !== undefined && outputs.some(({ format }) => format === "table")) {
      const { shown } = summary;
      if (options.only?.includes("detection") === true) {
        if (Object.keys(summary.detections ?? {}).length === 0) say("no findings", SUMMARY);
      } else if (options.only === undefined)
        say(countedShown(callsIn(summary), shown.calls, "call"), SUMMARY);
      else if (shown.offers < summary.offers)
        say(countedShown(summary.offers, shown.offers, "offer"), SUMMARY);
      else if (summary.offers === 0) say("no offers", SUMMARY);
    }
  }
}
