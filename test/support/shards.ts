/** One run over captures, and the same run in parts that are merged, in memory. */
import { Analyzer } from "../../src/analyzer.js";
import { MemoryBytes, Window } from "../../src/capture/byte-source.js";
import { Frame } from "../../src/capture/frame.js";
import { openInputs } from "../../src/capture/node/open.js";
import { EVENT_KINDS, type Event } from "../../src/events.js";
import { shippedInterfaces } from "../../src/interfaces.js";
import { ndjsonPrinter } from "../../src/output/ndjson.js";
import { plain } from "../../src/output/paint.js";
import type { Printer } from "../../src/output/printer.js";
import { spellingOf } from "../../src/output/spelling.js";
import { timesFor } from "../../src/output/times.js";
import { transcriptPrinter } from "../../src/output/transcript.js";
import { KeyRing, type KeyRingOptions } from "../../src/rpc/security/keyring.js";
import { shardHeader } from "../../src/shard/header.js";
import { MergedRun } from "../../src/shard/merged-run.js";
import { ShardFile } from "../../src/shard/shard-file.js";
import { ShardFront } from "../../src/shard/shard-front.js";

export interface RunOptions {
  /** null for none. */
  keys: KeyRingOptions | null;
  acknowledged: boolean;
  observe: boolean;
}

/** What a run shows: its records as lines, observations included, and its transcript. */
export interface Shown {
  lines: string[];
  transcript: string;
}

type PlaceOf = Analyzer["placeOf"];

class Show {
  readonly lines: string[] = [];
  readonly #ndjson = ndjsonPrinter(new Set([...EVENT_KINDS, "observation"]));
  readonly #transcript: Printer;
  #text = "";

  constructor(files: readonly string[], placeOf: PlaceOf) {
    const times = timesFor(null, false, { first: () => null, before: () => null });
    this.#transcript = transcriptPrinter({
      columns: 110,
      cut: false,
      paint: plain,
      allCalls: true,
      ladder: false,
      full: false,
      brief: false,
      live: false,
      findingsOnly: false,
      spelling: spellingOf({ times, placeOf, files, nameOf: null }),
    });
  }

  take(events: Iterable<Event>): void {
    for (const event of events) {
      this.lines.push(this.#ndjson.push(event) as string);
      this.#text += this.#transcript.push(event);
    }
  }

  get shown(): Shown {
    return { lines: this.lines, transcript: this.#text + this.#transcript.finish() };
  }
}

export async function oneRun(files: readonly string[], options: RunOptions): Promise<Shown> {
  const { keys, acknowledged, observe } = options;
  const source = await openInputs(files);
  const analyzer = new Analyzer({
    keys: keys === null ? null : KeyRing.from(keys),
    files: source.names,
    acknowledged,
    observe,
  });
  const show = new Show(source.names, analyzer.placeOf);
  const frame = new Frame();
  show.take(analyzer.report(source.takeNotes()));
  while (await source.next(frame)) show.take(analyzer.push(frame));
  show.take(analyzer.report(source.takeNotes()));
  show.take(analyzer.finish({ complete: source.complete, ended: null }));
  await source.close();
  return show.shown;
}

/** The lines of one part. */
async function partOf(
  files: readonly string[],
  index: number,
  count: number,
  { keys, observe }: RunOptions,
): Promise<string> {
  const source = await openInputs(files);
  const inputs = source.names.map((name) => ({ name, bytes: 0, begins: "" }));
  const lines: string[] = [];
  const front = new ShardFront({
    header: shardHeader(index, { version: "0", count, inputs, options: {} }),
    interfaces: shippedInterfaces(),
    keys: keys === null ? null : KeyRing.from(keys),
    maxMemory: undefined,
    files: source.names,
    observe,
    write: (line) => lines.push(line),
  });
  const frame = new Frame();
  front.report(source.takeNotes());
  while (await source.next(frame)) front.push(frame);
  front.report(source.takeNotes(), true);
  for (const _ of front.finish({ complete: source.complete, ended: null }));
  await source.close();
  return lines.join("");
}

async function mergedOf(texts: readonly string[], options: RunOptions): Promise<Shown> {
  const shards = await Promise.all(
    texts.map(async (text, index) => {
      const bytes = new MemoryBytes(new TextEncoder().encode(text));
      return (await ShardFile.open(new Window(bytes), bytes, `part ${index}`, 1 << 26))!;
    }),
  );
  const { acknowledged, observe } = options;
  const run = new MergedRun(shards, shippedInterfaces(), { acknowledged, observe });
  const names = shards[0]!.header.inputs.map(({ name }) => name);
  const show = new Show(names, (frame) => run.files.placeOf(frame));
  while (await run.next()) show.take(run.take());
  show.take(run.finish());
  return show.shown;
}

export async function inParts(files: readonly string[], count: number, options: RunOptions): Promise<Shown> {
  const texts: string[] = [];
  for (let index = 0; index < count; index++) texts.push(await partOf(files, index, count, options));
  return mergedOf(texts, options);
}
