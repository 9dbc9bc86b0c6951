/**
 * Where the text goes: standard output and files, each with a format of its own, written in large pieces and never
 * faster than the other side takes them.
 */

import { createWriteStream, openSync, realpathSync } from "node:fs";
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { Event, EventKind } from "../events.js";
import { jsonPrinter, ndjsonPrinter } from "../output/ndjson.js";
import { paintFor } from "../output/paint.js";
import { DEFAULT_COLUMNS, type Layout, MIN_COLUMNS, type Printer } from "../output/printer.js";
import { CommandError, systemReason } from "./failure.js";
import type { Format } from "./options.js";

/** Text gathered before it is handed to the stream. */
const PIECE = 65_536;

const SUFFIXES: { [suffix: string]: Format } = {
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".json": "json",
  ".table": "table",
  ".txt": "transcript",
  ".text": "transcript",
};

export interface View {
  /** Kinds for ndjson and json. */
  kinds: ReadonlySet<EventKind>;
  allCalls: boolean;
  ladder: boolean;
  /** The input never ends. */
  live: boolean;
  /** Estimated bytes of memory that a view may hold back. */
  held?: number;
  /** Names of interfaces and classes by UUID. */
  names: (uuid: string) => string | null;
}

/** One printer and the stream behind it. */
export class Output {
  readonly name: string;
  readonly format: Format;
  /** Called before text goes out: what else is drawn on the same terminal must make room. */
  beforeWrite: (() => void) | null = null;
  #printer: Printer;
  #stream: Writable;
  /** Opens the file once more; null for what is no file. */
  readonly #again: (() => Promise<Opened>) | null;
  #text = "";
  #drain: Promise<void> | null = null;
  #closed = false;
  #failure: Error | null = null;

  constructor(
    name: string,
    format: Format,
    printer: Printer,
    stream: Writable,
    again: (() => Promise<Opened>) | null = null,
  ) {
    this.name = name;
    this.format = format;
    this.#printer = printer;
    this.#stream = stream;
    this.#again = again;
    this.#watch(stream);
  }

  #watch(stream: Writable): void {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (stream !== this.#stream) return;
      this.#closed = true;
      // A reader that has gone away (`| head`) is no failure.
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") this.#failure = error;
    });
  }

  get isTerminal(): boolean {
    return (this.#stream as { isTTY?: boolean }).isTTY === true;
  }

  /** Why nothing more can be written, or null; that nobody reads it any more is no failure. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Nobody reads this any more. */
  get closed(): boolean {
    return this.#closed;
  }

  push(event: Event): void {
    if (this.#closed) return;
    const text = this.#printer.push(event);
    if (text === "") return;
    this.#text += text;
    if (this.#text.length >= PIECE) this.flush();
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#text === "" || this.#closed) return;
    const text = this.#text;
    this.#text = "";
    this.beforeWrite?.();
    if (!this.#stream.write(text) && this.#drain === null) {
      this.#drain = new Promise((resolve) => {
        const done = (): void => {
          this.#drain = null;
          this.#stream.off("drain", done).off("error", done).off("close", done);
          resolve();
        };
        this.#stream.on("drain", done).on("error", done).on("close", done);
      });
    }
  }

  /**
   * Ends the file and opens its name anew, where the old one may have been moved away: what comes is added to what stands
   * there. Throws CommandError, and then goes on with the old one.
   */
  async reopen(): Promise<void> {
    if (this.#again === null || this.#closed) return;
    const { printer, stream } = await this.#again();
    this.#text += this.#printer.finish();
    this.flush();
    this.#stream.end();
    this.#printer = printer;
    this.#stream = stream;
    this.#watch(stream);
  }

  /** Settles when more may be written; null when that is now. */
  pressure(): Promise<void> | null {
    return this.#drain;
  }

  /** The closing text, and everything written out. Throws CommandError where writing failed. */
  async finish(): Promise<void> {
    if (!this.#closed) this.#text += this.#printer.finish();
    this.flush();
    if (!this.#closed) {
      await new Promise<void>((resolve) => {
        const failed = (): void => resolve();
        this.#stream.once("error", failed);
        // Standard output stays open for whoever else writes to it; files are closed.
        if (this.#stream === process.stdout) this.#stream.write("", () => resolve());
        else this.#stream.end(() => resolve());
      });
    }
    if (this.#failure !== null) {
      throw new CommandError(`${this.name}: cannot be written: ${systemReason(this.#failure)}`);
    }
  }
}

/** Columns and colours of a stream. */
export function layoutOf(stream: Writable & { isTTY?: boolean; columns?: number }): Layout {
  const cut = stream.isTTY === true;
  const columns = cut && stream.columns ? stream.columns : DEFAULT_COLUMNS;
  return { columns: Math.max(MIN_COLUMNS, columns), cut };
}

async function makePrinter(format: Format, view: View, stream: Writable): Promise<Printer> {
  if (format === "ndjson") return ndjsonPrinter(view.kinds);
  if (format === "json") return jsonPrinter(view.kinds);
  const layout = { ...layoutOf(stream), paint: paintFor(stream as { isTTY?: boolean }, process.env) };
  if (format === "table") {
    const { tablePrinter } = await import("../output/table.js");
    return tablePrinter(layout);
  }
  const { transcriptPrinter } = await import("../output/transcript.js");
  const { allCalls, ladder, live, names, held: heldBytes } = view;
  return transcriptPrinter({ ...layout, allCalls, ladder, live, names, heldBytes });
}

/**
 * Opens what -o and --format ask for. Without -o all goes to standard output; with it, standard output is written only
 * where --format is given and every file's suffix names a format of its own. Throws CommandError.
 */
/** The formats that will be written, standard output's first. */
export function formatsOf(files: readonly string[], format: Format | undefined): Format[] {
  const own = files.map((file) => (file === "-" ? undefined : SUFFIXES[extname(file).toLowerCase()]));
  const stdout = files.length === 0 || (format !== undefined && own.every((known) => known !== undefined));
  return [
    ...(stdout ? [format ?? "transcript"] : []),
    ...own.map((known) => known ?? format ?? "transcript"),
  ];
}

export async function openOutputs(
  files: readonly string[],
  format: Format | undefined,
  view: View,
  inputs: readonly string[],
): Promise<Output[]> {
  const formats = formatsOf(files, format);
  const wantsStdout = formats.length > files.length;
  const taken = new Set(inputs.filter((input) => input !== "-").map(realPath));
  const outputs: Output[] = [];
  if (wantsStdout) outputs.push(await openOne("-", formats.shift()!, view));
  for (const [index, file] of files.entries()) {
    const place = file === "-" ? "-" : realPath(file);
    if (taken.has(place)) throw new CommandError(`${file}: given twice, or an input as well as an output`);
    taken.add(place);
    outputs.push(await openOne(file, formats[index]!, view));
  }
  return outputs;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function openOne(file: string, format: Format, view: View): Promise<Output> {
  if (file === "-") {
    const printer = await makePrinter(format, view, process.stdout);
    return new Output("standard output", format, printer, process.stdout);
  }
  const { printer, stream } = await openFile(file, "w", format, view);
  return new Output(file, format, printer, stream, () => openFile(file, "a", format, view));
}

interface Opened {
  printer: Printer;
  stream: Writable;
}

async function openFile(file: string, flags: "w" | "a", format: Format, view: View): Promise<Opened> {
  let fd: number;
  try {
    // At once, while this process may.
    fd = openSync(file, flags);
  } catch (error) {
    throw new CommandError(`${file}: cannot be written: ${systemReason(error)}`);
  }
  const stream = createWriteStream("", { fd });
  return { printer: await makePrinter(format, view, stream), stream };
}
