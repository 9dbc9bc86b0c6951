/** What `raiscope show FILE...` does: one frame, call or offer, or all of them, as trees of fields with their bytes. */
import { extname } from "node:path";
import type { Inputs } from "../capture/node/open.js";
import type { EventKind, OfferRecord } from "../events.js";
import { makeFilter } from "../output/filters.js";
import { paintFor } from "../output/paint.js";
import { type ShowFormat, showPrinter } from "../output/tree-formats.js";
import { arePlainFiles } from "./analyze.js";
import { usesIds } from "./display-filter.js";
import { CommandError, EXIT } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import { framesOf, namesFor, spellingFor } from "./frames.js";
import { analyzers, isLive, type NewAnalyzer, readingOf, report, withCaptures } from "./inputs.js";
import {
  type CommonOptions,
  type FilterChoices,
  filterOptions,
  helperNames,
  type KeyOptions,
} from "./options.js";
import { layoutOf, openFile } from "./outputs.js";
import { eachEvent, run } from "./pipeline.js";
import { makeProgress } from "./progress.js";
import { type ReadingOptions, refuseContradictions } from "./reading-options.js";
import { NO_REDACTION, type Redaction, redactionFor, speaker } from "./redaction.js";
import { named, refuseSame } from "./same-file.js";
import { type Chooser, chooserFor } from "./show-choosers.js";
import { callsOf, type Selection, type SelectionChoices, selectionOf } from "./show-selection.js";
import { stageOf } from "./show-stage.js";
import { Stop } from "./stop.js";
import { NO_TREES, newTracing } from "./tracing.js";
import type { TreeChoices } from "./tree-options.js";

export interface ShowOptions
  extends SelectionChoices,
    FilterChoices,
    TreeChoices,
    KeyOptions,
    CommonOptions,
    ReadingOptions {
  format?: ShowFormat;
  output?: string;
  full?: boolean;
  redact?: boolean;
  limit?: number;
}

/** What suffixes of files ask for. */
const BY_SUFFIX: { readonly [suffix: string]: ShowFormat } = {
  ".json": "json",
  ".pdml": "pdml",
  ".ndjson": "fields-ndjson",
};

export async function show(files: readonly string[], options: ShowOptions): Promise<number> {
  const selection = selectionOf(options);
  refuseContradictions(options);
  const { output: file = "-" } = options;
  refuseSame(named("-o", [file]), [...named("input", files), ...helperNames(options)]);
  return withCaptures(files, null, NO_TREES, async (inputs) => {
    refuseSame(named("-o", [file]), named("input", inputs.names));
    const command = await prepared(inputs, files, options);
    try {
      return await command.run(selection, inputs);
    } catch (error) {
      command.writer.discard();
      throw error;
    }
  });
}

async function prepared(inputs: Inputs, files: readonly string[], options: ShowOptions): Promise<Show> {
  const newAnalyzer = await analyzers(options);
  const redaction = await redactionFor(options.redact, newAnalyzer.table);
  const { output: file = "-" } = options;
  const { stream, opened } = file === "-" ? { stream: process.stdout, opened: null } : openFile(file);
  const writer = new FileWriter(file === "-" ? "standard output" : file, stream, opened);
  const layout = { ...layoutOf(stream), paint: paintFor(stream as { isTTY?: boolean }, process.env) };
  const format = options.format ?? BY_SUFFIX[extname(file).toLowerCase()] ?? "tree";
  return new Show(inputs.names, isLive(files), options, newAnalyzer, redaction, writer, layout, format);
}

type PrinterLayout = ReturnType<typeof layoutOf> & { paint: ReturnType<typeof paintFor> };

class Show {
  readonly writer: FileWriter;
  readonly #names: readonly string[];
  readonly #live: boolean;
  readonly #options: ShowOptions;
  readonly #newAnalyzer: NewAnalyzer;
  readonly #redaction: Redaction;
  readonly #layout: PrinterLayout;
  readonly #format: ShowFormat;
  readonly #stop = new Stop().listen();

  constructor(
    names: readonly string[],
    live: boolean,
    options: ShowOptions,
    newAnalyzer: NewAnalyzer,
    redaction: Redaction,
    writer: FileWriter,
    layout: PrinterLayout,
    format: ShowFormat,
  ) {
    this.#names = names;
    this.#live = live;
    this.#options = options;
    this.#newAnalyzer = newAnalyzer;
    this.#redaction = redaction;
    this.writer = writer;
    this.#layout = layout;
    this.#format = format;
  }

  /** Reads the inputs once, or twice where what is shown is known at their end alone. */
  async run(selection: Selection, inputs: Inputs): Promise<number> {
    const hides = this.#redaction !== NO_REDACTION;
    const again = arePlainFiles(this.#names);
    let offer: OfferRecord | null = null;
    if (selection.by === "offer" || (hides && again)) {
      if (!again) throw notTwice();
      const offers = await this.#ahead(hides);
      if (selection.by === "offer") offer = nthOf(offers, selection.offer);
    }
    if (this.#stop.status !== null) return this.#stop.status;
    const first = await this.#pass(selection, inputs, offer);
    if (first.offer === null) return first.status;
    if (!again) throw notTwice();
    const second = await withCaptures(this.#names, null, NO_TREES, (anew) =>
      this.#pass(selection, anew, first.offer),
    );
    return second.status;
  }

  /** What is read before: the offers that the filters let through, and with --redact all names. */
  async #ahead(hides: boolean): Promise<OfferRecord[]> {
    const offers: OfferRecord[] = [];
    const options = this.#options;
    await withCaptures(this.#names, null, NO_TREES, async (inputs) => {
      const wanted = hides ? undefined : new Set<EventKind>(["offer"]);
      const analyzer = this.#newAnalyzer(inputs, { wanted, ids: true });
      await run({
        source: framesOf(inputs, { ...options, timeFormat: undefined }).source,
        analyzer,
        sinks: [eachEvent((event) => void (event.type === "offer" && revise(offers, event)))],
        filter: makeFilter(filterOptions(options, analyzer.table)),
        // Its notes are reported when the files are read for what is shown.
        redaction: { ...this.#redaction, takeNotes: () => [] },
        stop: this.#stop,
        limit: options.limit,
        maxMemory: options.maxMemory,
      });
    });
    return offers;
  }

  async #pass(
    selection: Selection,
    inputs: Inputs,
    of: OfferRecord | null,
  ): Promise<{ status: number; offer: OfferRecord | null }> {
    const options = this.#options;
    const calls = of === null ? null : callsOf(of);
    const tracing = await newTracing(this.#newAnalyzer.table, {
      streams: streamsOf(selection, of),
      frame: selection.by === "frame" ? selection.frame : null,
      maxMemory: options.maxMemory,
    });
    const redaction = tracing.followed(this.#redaction);
    const say = speaker(redaction);
    const frames = framesOf(inputs, options);
    // Names of places are known once there is an analyzer, which is told what is chosen.
    const places: { placeOf: ReturnType<NewAnalyzer>["placeOf"] | null } = { placeOf: null };
    const names = await namesFor(options);
    const spelling = spellingFor(
      options,
      frames.clock,
      { placeOf: (frame) => places.placeOf?.(frame) ?? null },
      inputs.names,
      names,
    );
    const trees = tracing.trees(this.#redaction, new Set(), treeChoices(options));
    const single = calls === null && selection.by !== "all";
    const printer = showPrinter(
      this.#format,
      trees,
      { ...this.#layout, full: options.full === true, spelling },
      single,
    );
    const stage = stageOf(tracing, this.#redaction, this.writer, printer, spelling, say);
    const chooser = chooserFor(selection, stage, calls);
    const ids = this.#format === "json" || selection.by === "id" || calls !== null || usesIds(options.where);
    // Redaction learns names from all records.
    const wanted = options.redact === true ? undefined : new Set(chooser.kinds);
    const analyzer = this.#newAnalyzer(inputs, { wanted, ids, live: this.#live, witness: tracing.witness });
    places.placeOf = analyzer.placeOf;
    const reading = await readingOf(inputs, analyzer);
    const progress = makeProgress(inputs.names, options.quiet === true);
    if (this.writer.isTerminal) this.writer.beforeWrite = progress?.done ?? null;
    this.writer.begin();
    const result = await run({
      source: frames.source,
      skipped: frames.skipped,
      analyzer: reading,
      sinks: [...(names === null ? [] : [names.sink]), sinkOf(chooser, this.writer)],
      ready: names?.ready,
      filter: makeFilter(filterOptions(options, analyzer.table)),
      redaction,
      stop: this.#stop,
      limit: options.limit,
      live: this.#live,
      maxMemory: options.maxMemory,
      onProgress: progress?.update ?? null,
      onNote: (note) => report(note, options, say),
      observe(_, frame) {
        if (frame === null) return;
        tracing.saw(frame);
        chooser.frame?.(frame);
      },
    });
    names?.close();
    progress?.done();
    const offer = chooser.finish();
    if (offer !== null) return { status: EXIT.ok, offer };
    this.writer.add(printer.finish());
    await this.writer.finish();
    const complete = result.complete || result.abandoned;
    return { status: this.#stop.status ?? (complete ? EXIT.ok : EXIT.damaged), offer: null };
  }
}

function notTwice(): CommandError {
  return new CommandError(
    "what belongs to an offer, and what is to be redacted, is known at the end: give files, which are read twice",
    "what comes through a pipe can be written to a file first",
    "usage",
  );
}

/** Without -V and -x both are shown. */
function treeChoices({ tree, hex }: TreeChoices): TreeChoices {
  return tree === true || hex === true ? { tree, hex } : { tree: true, hex: true };
}

/** Adds an offer; a later revision stands in the place of the one before. */
function revise(offers: OfferRecord[], offer: OfferRecord): void {
  const at = offer.id === null ? -1 : offers.findIndex(({ id }) => id === offer.id);
  if (at < 0) offers.push(offer);
  else offers[at] = offer;
}

function nthOf(offers: readonly OfferRecord[], number: number): OfferRecord {
  const offer = offers[number - 1];
  if (offer !== undefined) return offer;
  const many = offers.length === 1 ? "there is one offer" : `there are ${offers.length || "no"} offers`;
  throw new CommandError(
    `there is no offer ${number}: ${many}`,
    "offers are numbered as in the transcript",
    "no-such-offer",
  );
}

/** The conversations of what is shown; null where they are not known before. */
function streamsOf(selection: Selection, offer: OfferRecord | null): ReadonlySet<number> | null {
  if (offer !== null) return new Set(offer.calls.map(([stream]) => stream));
  return selection.by === "call" ? new Set([selection.call.stream]) : null;
}

function sinkOf(chooser: Chooser, writer: FileWriter): Parameters<typeof run>[0]["sinks"][number] {
  return {
    push: (event) => chooser.take(event),
    flush: () => writer.flush(),
    pressure: () => writer.pressure(),
    get closed() {
      return writer.closed || chooser.done;
    },
  };
}
