/** A run whose result is reported at its end: the commands that count and collect instead of printing records. */

import type { Analyzer } from "../analyzer.js";
import type { Inputs } from "../capture/node/open.js";
import type { Event, EventKind } from "../events.js";
import { makeFilter } from "../output/filters.js";
import type { Spelling } from "../output/spelling.js";
import { skippedText } from "../output/summary.js";
import { usesIds } from "./display-filter.js";
import { complain, EXIT, SUMMARY } from "./failure.js";
import { framesOf, learnsNames, namesFor, spellingFor } from "./frames.js";
import { isLive, type LogsAs, makeAnalyzer, readingOf, report, withCaptures } from "./inputs.js";
import {
  type CommonOptions,
  type FilterChoices,
  filterOptions,
  hasKeys,
  helperNames,
  type KeyOptions,
} from "./options.js";
import { eachEvent, run } from "./pipeline.js";
import { makeProgress } from "./progress.js";
import { type ReadingOptions, refuseContradictions } from "./reading-options.js";
import { type Redaction, redactionFor, speaker } from "./redaction.js";
import type { Reports } from "./reports.js";
import { named, refuseSame } from "./same-file.js";
import { Stop } from "./stop.js";

export type DigestOptions = CommonOptions &
  KeyOptions &
  FilterChoices &
  ReadingOptions & { limit?: number; redact?: boolean };

export interface Digest {
  status: number;
  complete: boolean;
  analyzer: Analyzer;
  /** To be applied to what is reported in the end: by then every name is known. */
  redaction: Redaction;
  /** How a view of it writes times, frames and addresses. */
  spelling: Spelling;
}

/** The kinds of records that are counted. */
const DIGESTED: ReadonlySet<EventKind> = new Set(["call"]);
/** The same with those that names of addresses are learned from. */
const NAMING: ReadonlySet<EventKind> = new Set(["call", "association"]);

/** Reads everything and hands each event that the filters let through to `take`. A signal ends the reading, not the report. */
export async function digest(
  files: readonly string[],
  options: DigestOptions,
  logs: LogsAs,
  reports: Pick<Reports<string>, "names" | "open" | "discard">,
  take: (event: Event, analyzer: Analyzer) => void,
): Promise<Digest> {
  refuseContradictions(options);
  refuseSame(reports.names, [...named("input", files), ...helperNames(options)]);
  return withCaptures(files, null, logs, (inputs) => {
    refuseSame(reports.names, named("input", inputs.names));
    reports.open();
    return read(inputs, files, options, take).catch((error: unknown) => {
      reports.discard();
      throw error;
    });
  });
}

/** Writes what a run came to. Answers the exit status of the command. */
export async function writeReports<F extends string>(
  reports: Reports<F>,
  status: number,
  make: (format: F) => string | Promise<string>,
): Promise<number> {
  const failures = await reports.write(make);
  for (const failure of failures) complain(failure.message, { severity: "error", code: failure.code });
  return failures.length > 0 ? EXIT.failed : status;
}

async function read(
  inputs: Inputs,
  files: readonly string[],
  options: DigestOptions,
  take: (event: Event, analyzer: Analyzer) => void,
): Promise<Digest> {
  const live = isLive(files);
  // Redaction learns names from all records.
  const counted = learnsNames(options) ? NAMING : DIGESTED;
  const wanted = options.redact === true ? undefined : counted;
  const names = await namesFor(options);
  const analyzer = await makeAnalyzer(options, inputs, { wanted, ids: usesIds(options.where), live });
  const reading = await readingOf(inputs, analyzer);
  const redaction = await redactionFor(options.redact, analyzer.table);
  const say = speaker(redaction);
  const progress = makeProgress(files, options.quiet === true);
  const stop = new Stop().listen();
  const frames = framesOf(inputs, options);
  const { complete } = await run({
    source: frames.source,
    skipped: frames.skipped,
    analyzer: reading,
    sinks: [
      ...(names === null ? [] : [names.sink]),
      {
        ...eachEvent((event) => take(event, analyzer)),
        // What the whole run was is told whatever is counted.
        hidden(event) {
          if (event.type === "summary") take(event, analyzer);
        },
      },
    ],
    ready: names?.ready,
    filter: makeFilter(filterOptions(options, analyzer.table)),
    redaction,
    stop,
    limit: options.limit,
    live,
    maxMemory: options.maxMemory,
    onProgress: progress?.update ?? null,
    onNote: (note) => report(note, options, say),
  });
  if (names !== null) {
    await stop.during(names.settled());
    names.close();
  }
  progress?.done();
  for (const lack of reading.lacks({ kinds: DIGESTED, keys: hasKeys(options) })) report(lack, options, say);
  const outside = skippedText({ skipped: frames.skipped() ?? undefined });
  if (outside !== null && options.quiet !== true) say(outside, SUMMARY);
  const status = stop.status ?? (complete ? EXIT.ok : EXIT.damaged);
  const spelling = spellingFor(options, frames.clock, analyzer, inputs.names, names);
  return { status, complete, analyzer, redaction, spelling };
}
