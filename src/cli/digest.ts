/** A run whose result is told at its end: the commands that count and collect instead of printing records. */

import { type Analyzer, DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { Event } from "../events.js";
import { makeFilter } from "../output/filters.js";
import { makeCollector } from "./collector.js";
import { EXIT } from "./failure.js";
import { isLive, makeAnalyzer, openCaptures, tell } from "./inputs.js";
import { type CommonOptions, type FilterChoices, filterOptions, type KeyOptions } from "./options.js";
import { type EventSink, run } from "./pipeline.js";
import { makeProgress } from "./progress.js";
import { Stop } from "./stop.js";

export interface Digest {
  status: number;
  complete: boolean;
  analyzer: Analyzer;
}

/** Reads everything and hands each event that the filters let through to `take`. A signal ends the reading, not the telling. */
export async function digest(
  files: readonly string[],
  options: CommonOptions & KeyOptions & FilterChoices & { limit?: number },
  take: (event: Event, analyzer: Analyzer) => void,
): Promise<Digest> {
  const inputs = await openCaptures(files);
  const live = isLive(files);
  const analyzer = await makeAnalyzer(options, inputs, { wanted: new Set(["call"]), live });
  const progress = makeProgress(files, options.quiet === true);
  const stop = new Stop().listen();
  const sink: EventSink = {
    push: (event) => take(event, analyzer),
    flush: () => {},
    pressure: () => null,
    closed: false,
  };
  const { complete } = await run({
    source: inputs,
    analyzer,
    sinks: [sink],
    filter: makeFilter(filterOptions(options)),
    redact: null,
    stop,
    limit: options.limit ?? Number.POSITIVE_INFINITY,
    live,
    collect: makeCollector(options.maxMemory ?? DEFAULT_MAX_MEMORY),
    onProgress: progress?.update ?? null,
    onNote: (note) => tell(note, options),
  });
  progress?.done();
  return { status: stop.status ?? (complete ? EXIT.ok : EXIT.damaged), complete, analyzer };
}

/** Text to standard output, whole: settles when it was taken, also where the reader has gone away. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}
