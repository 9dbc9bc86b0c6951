/**
 * Where the text goes: standard output and files, each with a format of its own, written in large pieces and never
 * faster than the other side takes them.
 */

import {
  constants,
  createWriteStream,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { extname } from "node:path";
import type { Writable } from "node:stream";
import type { Event } from "../events.js";
import {
  DEFAULT_FORMAT,
  FORMATS,
  type Format,
  formatNamed,
  formatOfSuffix,
  type View,
} from "../output/formats.js";
import { paintFor } from "../output/paint.js";
import { DEFAULT_COLUMNS, type Layout, MIN_COLUMNS, type Printer } from "../output/printer.js";
import { CommandError, nameOf, systemReason } from "./failure.js";
import { isStdout, type Named, named } from "./same-file.js";
import { isGone } from "./stdout.js";

/** Text gathered before it is handed to the stream. */
const PIECE = 65_536;

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
  /** Bytes gathered, and how many: one string of many pieces would be copied once more before it is written. */
  #piece: Buffer | null = null;
  #size = 0;
  #drain: Promise<void> | null = null;
  #closed = false;
  #failure: Error | null = null;
  readonly #opened: OpenedFile | null;

  /** `opened`: the file behind the stream, whose old content goes with `begin`. */
  constructor(
    name: string,
    format: Format,
    printer: Printer,
    stream: Writable,
    again: (() => Promise<Opened>) | null = null,
    opened: OpenedFile | null = null,
  ) {
    this.#opened = opened;
    this.name = name;
    this.format = format;
    this.#printer = printer;
    this.#stream = stream;
    this.#again = again;
    this.#watch(stream);
  }

  #watch(stream: Writable): void {
    stream.on("error", (error) => {
      if (stream !== this.#stream) return;
      this.#closed = true;
      // A reader that has gone away (`| head`) is no failure.
      if (!isGone(error)) this.#failure = error;
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

  /** Takes away what stood in the file before, now that every other output is open as well. */
  begin(): void {
    if (this.#opened?.regular === true) ftruncateSync(this.#opened.fd, 0);
  }

  /** Nothing will be written: a file that was made for this run goes. */
  discard(): void {
    if (this.#opened === null) return;
    this.#closed = true;
    this.#stream.destroy();
    if (this.#opened.made) unlinkSync(this.name);
  }

  push(event: Event): void {
    if (this.#closed) return;
    const text = this.#printer.push(event);
    if (text === "") return;
    this.#add(text);
  }

  #add(text: string): void {
    // A code unit takes three bytes at most.
    if (this.#size + 3 * text.length > PIECE) {
      this.flush();
      if (3 * text.length > PIECE) {
        this.#write(Buffer.from(text));
        return;
      }
    }
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE);
    this.#size += this.#piece.write(text, this.#size);
  }

  hidden(event: Event): void {
    this.#printer.hidden?.(event);
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#size === 0 || this.#closed) return;
    const piece = this.#piece!.subarray(0, this.#size);
    this.#piece = null;
    this.#size = 0;
    this.#write(piece);
  }

  #write(bytes: Buffer): void {
    this.beforeWrite?.();
    if (!this.#stream.write(bytes) && this.#drain === null) {
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
    this.#add(this.#printer.finish());
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

  /**
   * The closing text, and everything written out. Throws CommandError where a file could not be written; what standard
   * output could not take is reported where the program ends.
   */
  async finish(): Promise<void> {
    if (!this.#closed) this.#add(this.#printer.finish());
    this.flush();
    const stream = this.#stream;
    // Standard output stays open for whoever else writes to it; files are closed, which may bring the last error.
    if (stream === process.stdout) {
      await this.#drain;
      return;
    }
    if (!stream.closed) {
      await new Promise<void>((resolve) => {
        stream.once("close", () => resolve());
        if (!stream.destroyed) stream.end();
      });
    }
    if (this.#failure !== null) {
      throw new CommandError(
        `${this.name}: cannot be written: ${systemReason(this.#failure)}; the file is incomplete`,
      );
    }
  }
}

/** Finishes all of them, whatever becomes of one. Answers what could not be written. */
export async function finishOutputs(outputs: readonly Output[]): Promise<CommandError[]> {
  const failures: CommandError[] = [];
  for (const output of outputs) {
    try {
      await output.finish();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error);
    }
  }
  return failures;
}

/** Columns and colours of a stream. */
export function layoutOf(stream: Writable & { isTTY?: boolean; columns?: number }): Layout {
  const cut = stream.isTTY === true;
  const columns = cut && stream.columns ? stream.columns : DEFAULT_COLUMNS;
  return { columns: Math.max(MIN_COLUMNS, columns), cut };
}

function makePrinter(format: Format, view: View, stream: Writable): Promise<Printer> {
  const paint = paintFor(stream as { isTTY?: boolean }, process.env);
  return formatNamed(format).load(view, { ...layoutOf(stream), paint });
}

/** The formats that will be written, standard output's first. */
export function formatsOf(files: readonly string[], format: Format | undefined): Format[] {
  const own = files.map((file) => (file === "-" ? null : formatOfSuffix(extname(file))));
  return [
    ...(writesStdout(files, format) ? [format ?? DEFAULT_FORMAT] : []),
    ...own.map((known) => known ?? format ?? DEFAULT_FORMAT),
  ];
}

/**
 * Refuses a file whose suffix is no format's, where no format is given: a slip of the pen would become a transcript. What is
 * no regular file has its name from elsewhere. Throws CommandError.
 */
export function refuseUnknownSuffixes(files: readonly string[], format: Format | undefined): void {
  if (format !== undefined) return;
  for (const file of files) {
    const suffix = extname(file);
    if (suffix === "" || formatOfSuffix(suffix) !== null || isStdout(file)) continue;
    if (isSpecial(file)) continue;
    const known = FORMATS.flatMap(({ suffixes }) => suffixes).join(" ");
    throw new CommandError(
      `-o ${file}: no format has the suffix ${suffix}`,
      `name the format with -T, or take one of ${known}`,
      "unknown-suffix",
    );
  }
}

/** A device, pipe or socket, or a folder: what cannot be looked at is reported when it is opened. */
function isSpecial(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  } catch {
    return false;
  }
}

/** Whether some output shows the ids of records. */
export function showsIds(files: readonly string[], format: Format | undefined): boolean {
  return formatsOf(files, format).some((name) => formatNamed(name).ids);
}

/** Whether standard output is written without being named: without -o, or where --format is given and no file needs it. */
function writesStdout(files: readonly string[], format: Format | undefined): boolean {
  if (files.length === 0) return true;
  return format !== undefined && files.every((file) => formatOfSuffix(extname(file)) !== null);
}

/** Everything that is written, for `refuseSame`. */
export function outputNames(files: readonly string[], format: Format | undefined): Named[] {
  return named("-o", writesStdout(files, format) ? ["-", ...files] : files);
}

/**
 * Opens what -o and --format ask for. What stands in the files stays until each output's `begin`; where one cannot be
 * opened, none is changed. Throws CommandError.
 */
export async function openOutputs(
  files: readonly string[],
  format: Format | undefined,
  view: View,
): Promise<Output[]> {
  const formats = formatsOf(files, format);
  const names = writesStdout(files, format) ? ["-", ...files] : files;
  const outputs: Output[] = [];
  try {
    for (const [index, file] of names.entries()) outputs.push(await openOne(file, formats[index]!, view));
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
  return outputs;
}

async function openOne(file: string, format: Format, view: View): Promise<Output> {
  if (isStdout(file)) {
    const printer = await makePrinter(format, view, process.stdout);
    return new Output("standard output", format, printer, process.stdout);
  }
  const opened = openForWriting(file, openPlace);
  const stream = createWriteStream("", { fd: opened.fd });
  const again = async (): Promise<Opened> => {
    const { fd } = openForWriting(file, (path) => ({ fd: openSync(path, "a"), made: false }));
    const added = createWriteStream("", { fd });
    return { printer: await makePrinter(format, view, added), stream: added };
  };
  return new Output(file, format, await makePrinter(format, view, stream), stream, again, opened);
}

interface Opened {
  printer: Printer;
  stream: Writable;
}

interface OpenedFile {
  fd: number;
  /** It was not there before. */
  made: boolean;
  regular: boolean;
}

/** At once, while this process may. Throws CommandError. */
function openForWriting(file: string, open: (path: string) => { fd: number; made: boolean }): OpenedFile {
  try {
    const { fd, made } = open(file);
    const info = fstatSync(fd);
    return { fd, made, regular: info.isFile() };
  } catch (error) {
    throw new CommandError(`${nameOf(file)}: cannot be written: ${systemReason(error)}`);
  }
}

/** Opens a file as it is, or makes it. */
function openPlace(path: string): { fd: number; made: boolean } {
  try {
    return { fd: openSync(path, "wx"), made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    return { fd: openSync(path, constants.O_WRONLY), made: false };
  } catch (error) {
    // A symbolic link whose file is still to be made.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { fd: openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666), made: false };
  }
}
