/** What `raiscope report FILE... -o case.html` does: one file that shows what was found to whoever opens it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { gzipSync } from "node:zlib";
import type { Analyzer } from "../analyzer.js";
import type { Inputs } from "../capture/node/open.js";
import { makeFilter } from "../output/filters.js";
import { counted, size } from "../output/format.js";
import { CaseBuilder } from "../report/builder.js";
import { TreeChoice } from "../report/choice.js";
import { CustodyCounter } from "../report/custody.js";
import { type CaseData, casePieces } from "../report/html.js";
import { CASE_FORMAT, type CaseHead, type Manifest } from "../report/model.js";
import { arePlainFiles } from "./analyze.js";
import type { CaseOptions } from "./case-options.js";
import { FailOn } from "./fail-on.js";
import { CommandError, EXIT, nameOf } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import { type Findings, findingsFor } from "./findings.js";
import { framesOf } from "./frames.js";
import { analyzers, type NewAnalyzer, readingOf, readLogs, report, withCaptures } from "./inputs.js";
import { filterOptions, helperNames } from "./options.js";
import { openFile } from "./outputs.js";
import { type EventSink, eachEvent, run } from "./pipeline.js";
import { makeProgress } from "./progress.js";
import { refuseContradictions } from "./reading-options.js";
import { NO_REDACTION, type Redaction, redactionFor, type Say, speaker } from "./redaction.js";
import { EvidenceSums, InputSums, optionsOf } from "./report-custody.js";
import { PacketsInside } from "./report-packets.js";
import { isStdout, named, refuseSame } from "./same-file.js";
import { Stop } from "./stop.js";
import { newTracing } from "./tracing.js";
import { version } from "./version.js";

const SUFFIXES = [".html", ".htm"];
/** The page without data, which the build makes. */
const TEMPLATE = new URL("../../dist/report-template.html", import.meta.url);
/** Readings after the first: a second is needed where the first one for the report met names that none before had shown. */
const MAX_READINGS = 3;

/** `made`: the time that the report says it was made. */
export async function caseReport(
  files: readonly string[],
  options: CaseOptions,
  made: Date = new Date(),
): Promise<number> {
  refuseContradictions(options);
  const output = outputOf(options);
  refuseSame(named("-o", [output]), [...named("input", files), ...helperNames(options)]);
  const template = readTemplate();
  return withCaptures(files, null, readLogs(options), async (inputs) => {
    refuseSame(named("-o", [output]), named("input", inputs.names));
    if (!arePlainFiles(inputs.names)) {
      throw new CommandError(
        "what belongs to an offer, and what is to be redacted, is known at the end: give files, which are read twice",
        "what comes through a pipe can be written to a file first",
        "usage",
      );
    }
    const newAnalyzer = await analyzers(options);
    const redaction = await redactionFor(options.includeSecrets !== true, newAnalyzer.table);
    const { stream, opened } = openFile(output);
    const writer = new FileWriter(output, stream, opened);
    try {
      return await new CaseReport(inputs, options, newAnalyzer, redaction, writer, made).run(template);
    } catch (error) {
      writer.discard();
      throw error;
    }
  });
}

/** Throws CommandError. */
function outputOf({ output }: CaseOptions): string {
  if (output === undefined)
    throw new CommandError("report needs a file to write: -o case.html", null, "usage");
  if (!isStdout(output) && SUFFIXES.includes(extname(output).toLowerCase())) return output;
  throw new CommandError(
    `-o ${nameOf(output)}: a report is one HTML file`,
    "give it a name that ends in .html",
    "unknown-suffix",
  );
}

function readTemplate(): string {
  try {
    return readFileSync(TEMPLATE, "utf8");
  } catch {
    throw new CommandError(
      "the page of the report is missing from this installation",
      "npm run build makes it",
    );
  }
}

/** What one reading for the report made. */
interface Made {
  builder: CaseBuilder;
  head: ReturnType<CaseBuilder["finish"]>;
  custody: CustodyCounter;
  sums: InputSums;
  evidence: EvidenceSums;
  log: { bytes: number; sha256: string };
  packets: PacketsInside | null;
  complete: boolean;
  /** --fail-on was. */
  reached: boolean;
}

const NO_BYTES = "this was read from a call log, which has no bytes: trees are made of captures";

class CaseReport {
  readonly #inputs: Inputs;
  readonly #options: CaseOptions;
  readonly #newAnalyzer: NewAnalyzer;
  readonly #redaction: Redaction;
  readonly #writer: FileWriter;
  readonly #made: Date;
  readonly #stop = new Stop().listen();
  readonly #say: Say;

  constructor(
    inputs: Inputs,
    options: CaseOptions,
    newAnalyzer: NewAnalyzer,
    redaction: Redaction,
    writer: FileWriter,
    made: Date,
  ) {
    this.#inputs = inputs;
    this.#options = options;
    this.#newAnalyzer = newAnalyzer;
    this.#redaction = redaction;
    this.#writer = writer;
    this.#made = made;
    this.#say = speaker(redaction);
  }

  async run(template: string): Promise<number> {
    try {
      const choice = await this.#choose();
      let made: Made | null = null;
      for (let reading = 1; reading <= MAX_READINGS && !this.#stop.wanted; reading++) {
        const known = this.#redaction.known();
        made = await this.#read(choice, reading === 1);
        if (this.#redaction.known() === known) break;
      }
      if (this.#stop.status !== null || made === null) return this.#stopped();
      return await this.#write(template, made, choice);
    } finally {
      this.#stop.release();
    }
  }

  #stopped(): number {
    if (this.#options.quiet !== true)
      this.#say("stopped: no report is written", { severity: "info", code: "stopped" });
    this.#writer.discard();
    return this.#stop.status ?? EXIT.failed;
  }

  /** The first reading: names to hide, and which calls have trees. */
  async #choose(): Promise<TreeChoice> {
    const options = this.#options;
    const choice = new TreeChoice();
    const progress = makeProgress(this.#inputs.names, options.quiet === true);
    const findings = await this.#findings();
    const observe = findings.needs.observations;
    const analyzer = this.#newAnalyzer(this.#inputs, { ids: true, observe });
    await run({
      source: framesOf(this.#inputs, { ...options, timeFormat: undefined }).source,
      analyzer: findings.around(await readingOf(this.#inputs, analyzer)),
      sinks: [eachEvent((event) => choice.take(event))],
      filter: makeFilter(filterOptions(options, analyzer.table)),
      // Its notes are reported when the files are read for the report.
      redaction: { ...this.#redaction, takeNotes: () => [] },
      stop: this.#stop,
      limit: options.limit,
      maxMemory: options.maxMemory,
      onProgress: progress?.update ?? null,
    });
    progress?.done();
    return choice;
  }

  /** Each reading has its own: what they remember is of one run. */
  #findings(): Promise<Findings> {
    const { nameOf: names } = this.#newAnalyzer.table;
    return findingsFor(this.#options, { wanted: true, names, redaction: this.#redaction, live: false });
  }

  #read(choice: TreeChoice, first: boolean): Promise<Made> {
    const logs = readLogs(this.#options);
    return withCaptures(this.#inputs.names, null, logs, (inputs) => this.#readAgain(inputs, choice, first));
  }

  async #readAgain(inputs: Inputs, choice: TreeChoice, first: boolean): Promise<Made> {
    const options = this.#options;
    const gate = this.#redaction;
    const tracing = await newTracing(this.#newAnalyzer.table, {
      streams: choice.streams,
      maxMemory: options.maxMemory,
    });
    const redaction = tracing.followed(gate);
    const packets =
      options.includePackets === true ? new PacketsInside(options, this.#newAnalyzer.table, gate) : null;
    const findings = await this.#findings();
    const analyzer = this.#newAnalyzer(inputs, {
      ids: true,
      acknowledged: true,
      observe: findings.needs.observations,
      witness: packets?.writing.witnessBeside(tracing.witness) ?? tracing.witness,
    });
    const log = createHash("sha256");
    let bytes = 0;
    const builder = new CaseBuilder({
      pack: packed,
      log(text) {
        log.update(text);
        bytes += Buffer.byteLength(text);
      },
      wants: ({ id }) => id !== null && choice.ids.has(id),
      treeOf: (call) => tracing.of(call, gate),
      withoutTrees: inputs.logs.includes(false) ? null : NO_BYTES,
    });
    const custody = new CustodyCounter();
    const sums = new InputSums(inputs);
    const evidence = new EvidenceSums(choice.offers);
    const all: EventSink = {
      ...eachEvent((event) => {
        custody.take(event);
        builder.push(event);
      }),
      hidden: (event) => custody.take(event),
    };
    const progress = first ? makeProgress(inputs.names, options.quiet === true) : null;
    const failOn = options.failOn === undefined ? null : new FailOn(options.failOn);
    const { flows } = analyzer;
    const frames = framesOf(inputs, { ...options, timeFormat: undefined });
    const result = await run({
      source: frames.source,
      skipped: frames.skipped,
      analyzer: findings.around(await readingOf(inputs, analyzer)),
      sinks: [all, ...(packets === null ? [] : [packets.writing]), ...(failOn === null ? [] : [failOn.sink])],
      filter: makeFilter(filterOptions(options, analyzer.table)),
      redaction,
      stop: this.#stop,
      limit: options.limit,
      maxMemory: options.maxMemory,
      onProgress: progress?.update ?? null,
      onNote: (note) => {
        sums.note(note);
        if (first) report(note, options, this.#say);
      },
      observe(events, frame) {
        for (const event of events) packets?.writing.saw(event);
        if (frame === null || frame.record !== null) return;
        tracing.saw(frame);
        sums.saw(frame);
        evidence.saw(frame);
        const { lastFlow, lastDatagram } = flows;
        if (lastFlow !== null) custody.frame("tcp", lastFlow.flow.stream, framesIn(lastFlow.frames));
        else if (lastDatagram !== null)
          custody.frame("udp", lastDatagram.stream, framesIn(lastDatagram.frames));
        else custody.frame(null, 0, 0);
      },
    });
    progress?.done();
    const again = (same: Inputs): Analyzer => this.#newAnalyzer(same, { ids: false });
    if (!this.#stop.wanted) await packets?.write(inputs.names, again, gate, this.#stop, this.#say);
    return {
      builder,
      head: builder.finish(),
      custody,
      sums,
      evidence,
      log: { bytes, sha256: log.digest("hex") },
      packets,
      complete: result.complete,
      reached: failOn?.reached === true,
    };
  }

  async #write(template: string, made: Made, choice: TreeChoice): Promise<number> {
    const { builder, custody, sums, evidence, log, packets } = made;
    const options = this.#options;
    const redacted = this.#redaction !== NO_REDACTION;
    const program = `raiscope ${version()}`;
    const title = `${inputsText(sums.names)} · raiscope case report`;
    const limits = [choice.cut, ...builder.limits, packets?.lack ?? null].filter((text) => text !== null);
    const head: CaseHead = {
      ...made.head,
      title,
      evidence: builder.offers.map((offer) => evidence.of(offer)),
      custody: {
        made: this.#made.toISOString(),
        program,
        options: optionsOf(options).map((text) => this.#redaction.text(text)),
        redacted,
        inputs: await sums.all(made.head.summary),
        refused: this.#inputs.refused.map(({ input, message }) => ({ name: input, reason: message })),
        secrets: secretsOf(made.head.summary),
        frames: custody.frames,
        calls: { ...custody.calls, shown: builder.calls },
        missing: custody.missing(),
        limits,
      },
    };
    const manifest: Manifest = {
      format: CASE_FORMAT,
      program,
      redacted,
      records: { ...log, lines: builder.records.lines, blocks: builder.records.counts },
      trees: { blocks: builder.trees.counts },
      packets: packets?.about ?? null,
    };
    const data: CaseData = {
      title,
      manifest,
      head: packed(JSON.stringify(head)),
      records: builder.records.packed,
      trees: builder.trees.packed,
      packets: packets?.packed ?? null,
    };
    let bytes = 0;
    for (const piece of casePieces(template, data)) bytes += Buffer.byteLength(piece);
    if (options.quiet !== true) {
      const parts = [
        size(bytes),
        counted(builder.calls, "call"),
        `${builder.trees.lines} of them with trees`,
        redacted ? "names and secrets redacted" : "names and secrets included",
        ...(packets?.about === null || packets === null
          ? []
          : [counted(packets.about.frames, "frame") + " as a capture"]),
      ];
      this.#say(`${this.#writer.name}: ${parts.join(", ")}`, { severity: "info", code: "written" });
    }
    for (const text of limits) {
      this.#say(text, { severity: "warning", code: "report-limit", shown: `warning: ${text}` });
    }
    this.#writer.begin();
    for (const piece of casePieces(template, data)) {
      this.#writer.add(piece);
      const wait = this.#writer.pressure();
      if (wait !== null) await wait;
    }
    await this.#writer.finish();
    if (!made.complete) return EXIT.damaged;
    return made.reached ? EXIT.found : EXIT.ok;
  }
}

function packed(text: string): string {
  return gzipSync(text, { level: 9 }).toString("base64");
}

/** Inputs that a title names. */
const TITLED = 3;

function inputsText(names: readonly string[]): string {
  const shown = names.slice(0, TITLED).map((name) => basename(name));
  return names.length <= TITLED ? shown.join(", ") : `${shown.join(", ")} and ${names.length - TITLED} more`;
}

function framesIn(frames: number | readonly number[]): number {
  return typeof frames === "number" ? 1 : frames.length;
}

/** What was given, and what it opened. Never what it is. */
function secretsOf(summary: CaseHead["summary"]): string[] {
  return (summary?.keys?.secrets ?? []).map(
    ({ secret, opened }) => `${secret}: opened ${counted(opened, "security context")}`,
  );
}
