/** What --shard I/N does: a part of the work on captures, written as lines that raiscope merge reads. */
import { closeSync, createWriteStream, openSync, readSync, statSync } from "node:fs";
import { hashText } from "#primitives";
import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import { Frame } from "../capture/frame.js";
import type { Inputs } from "../capture/node/open.js";
import { type ShardInput, shardHeader } from "../shard/header.js";
import { ShardFront } from "../shard/shard-front.js";
import { makeCollector } from "./collector.js";
import { CommandError, EXIT, notice } from "./failure.js";
import { FileWriter, openForWriting, openPlace } from "./file-writer.js";
import { framesOf } from "./frames.js";
import { idlTexts, interfacesFor, report } from "./inputs.js";
import type { CommonOptions, KeyOptions, RecordOptions } from "./options.js";
import { observes } from "./outputs.js";
import { makeProgress } from "./progress.js";
import type { ReadingOptions } from "./reading-options.js";
import { NO_REDACTION, speaker } from "./redaction.js";
import { isStdout } from "./same-file.js";
import { readKeys } from "./secrets.js";
import type { Shard } from "./shard-options.js";
import { Stop } from "./stop.js";
import { version } from "./version.js";

/** Options of analyze, those that a part of its work has a use for. */
type WritingOptions = CommonOptions &
  KeyOptions &
  ReadingOptions &
  Pick<RecordOptions, "output" | "format" | "limit">;

/** Bytes of each input that are hashed, to tell it from others. */
const HASHED = 1 << 20;
/** Frames between two turns for signals. */
const TURN_EVERY = 256;
/** Milliseconds of work after which they get theirs. */
const TURN = 25;

export async function writeShard(
  inputs: Inputs,
  options: WritingOptions,
  { index, count }: Shard,
): Promise<number> {
  const interfaces = interfacesFor(options);
  const newKeys = await readKeys(options, options.quiet === true);
  const observe = observes(options.output ?? [], options.format);
  const run = {
    version: version(),
    count,
    inputs: inputs.names.map(inputOf),
    options: given(options, observe),
  };
  const writer = openShard(options.output ?? []);
  writer.begin();
  const front = new ShardFront({
    header: shardHeader(index, run),
    interfaces,
    keys: newKeys?.() ?? null,
    maxMemory: options.maxMemory,
    files: inputs.names,
    observe,
    write: (line) => writer.add(line),
  });
  const say = speaker(NO_REDACTION);
  const frames = framesOf(inputs, { ...options, timeFormat: undefined });
  const { source } = frames;
  const progress = makeProgress(inputs.names, options.quiet === true);
  if (writer.isTerminal) writer.beforeWrite = progress?.done ?? null;
  const stop = new Stop().listen();
  const collect = makeCollector(options.maxMemory ?? DEFAULT_MAX_MEMORY);
  const takeNotes = (atEnd: boolean): void => {
    const notes = source.takeNotes();
    front.report(notes, atEnd);
    for (const note of notes) report(note, options, say);
  };
  takeNotes(false);
  const frame = new Frame();
  const { limit = Number.POSITIVE_INFINITY } = options;
  let read = 0;
  let bytes = 0;
  let exhausted = false;
  let turn = performance.now();
  while (read < limit && !stop.wanted && !writer.closed) {
    const next = source.next(frame);
    const more = typeof next === "boolean" ? next : await stop.during(next);
    if (more !== true) {
      exhausted = more === false;
      break;
    }
    read++;
    bytes += frame.end - frame.start;
    front.push(frame);
    const wait = writer.pressure();
    if (wait !== null) await stop.during(wait);
    if (read % TURN_EVERY !== 0 || performance.now() - turn < TURN) continue;
    takeNotes(false);
    collect();
    progress?.update(read, bytes);
    await new Promise((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
  takeNotes(true);
  front.skipped(frames.skipped());
  const ended = exhausted ? null : stop.wanted ? "signal" : writer.closed ? "output_closed" : "limit";
  for (const _ of front.finish({ complete: source.complete, ended })) {
    collect();
    const wait = writer.pressure();
    if (wait !== null) await wait;
  }
  progress?.done();
  await writer.finish();
  if (options.verbose === true) say(`part ${index} of ${count}, from 0, is written`, notice("shard-written"));
  if (stop.status !== null) return stop.status;
  return source.complete ? EXIT.ok : EXIT.damaged;
}

/** Throws CommandError. */
function openShard(files: readonly string[]): FileWriter {
  const [file = "-", ...more] = files;
  if (more.length > 0) {
    throw new CommandError("--shard writes one file: name one with -o FILE", null, "usage");
  }
  if (isStdout(file)) return new FileWriter("standard output", process.stdout);
  const opened = openForWriting(file, openPlace);
  return new FileWriter(file, createWriteStream("", { fd: opened.fd }), opened);
}

/** What tells an input from others, wherever it lies. Throws CommandError for what can be read only once. */
function inputOf(name: string): ShardInput {
  const info = name === "-" ? null : statSync(name);
  if (info?.isFile() !== true) {
    throw new CommandError(
      `${name === "-" ? "standard input" : name}: --shard reads files, which each of the parts can read`,
      null,
      "usage",
    );
  }
  const fd = openSync(name, "r");
  try {
    const begins = new Uint8Array(Math.min(HASHED, info.size));
    const length = readSync(fd, begins, 0, begins.length, 0);
    return { name, bytes: info.size, begins: hashText("sha256", begins.subarray(0, length), "hex") };
  } finally {
    closeSync(fd);
  }
}

/** Options that decide what is decoded: of keys how many there are, since nothing is to be made of them. */
function given(options: WritingOptions, observe: boolean): { [name: string]: string } {
  const { idl = [], limit, after, before } = options;
  const { filter } = options as { filter?: string };
  const keys = [
    ["--password", options.password],
    ["--nt-hash", options.ntHash],
    ["--keytab", options.keytab],
    ["--session-key", options.sessionKey],
    ["--secrets", options.secrets],
  ] as const;
  const moment = (at: { seconds: number; nanos: number } | undefined): string =>
    at === undefined ? "" : `${at.seconds} ${at.nanos}`;
  return {
    "--idl":
      idl.length === 0
        ? ""
        : hashText(
            "sha256",
            idlTexts(idl)
              .map(({ text }) => text)
              .join("\0"),
            "hex",
          ),
    "-c": String(limit ?? ""),
    "-f": filter ?? "",
    "--after": moment(after),
    "--before": moment(before),
    keys: keys.flatMap(([name, list]) => (list === undefined ? [] : [`${list.length} ${name}`])).join(", "),
    "-T": observe ? "with what conversations did beside calls" : "",
  };
}
