/**
 * Where the text goes: standard output and files, each with a format of its own, written in large pieces and never
 * faster than the other side takes them.
 */

import { createWriteStream, openSync } from "node:fs";
import { extname, join } from "node:path";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import { EVENT_KINDS, type Event, type EventKind } from "../events.js";
import type { FolderPrinter } from "../output/folder.js";
import {
  DEFAULT_FORMAT,
  FORMATS,
  type Format,
  formatNamed,
  formatOfSuffix,
  type View,
} from "../output/formats.js";
import { paintFor } from "../output/paint.js";
import {
  type BinaryPrinter,
  DEFAULT_COLUMNS,
  FormatError,
  type Layout,
  MIN_COLUMNS,
  type Printer,
} from "../output/printer.js";
import { CommandError } from "./failure.js";
import { FileWriter, type OpenedFile, openForWriting, openPlace } from "./file-writer.js";
import { FolderOutput, isFolderName, makeFolder } from "./folder-output.js";
import { isStdout, type Named, named, standing } from "./same-file.js";
import type { TreeOutput } from "./tree-output.js";

/** One printer and the stream behind it. */
export class Output {
  readonly name: string;
  readonly format: Format;
  readonly #writer: FileWriter;
  #printer: AnyPrinter;
  /** Opens the file once more; null for what is no file. */
  readonly #again: (() => Promise<Opened>) | null;

  /** `opened`: the file behind the stream, whose old content goes with `begin`. */
  constructor(
    name: string,
    format: Format,
    printer: AnyPrinter,
    stream: Writable,
    again: (() => Promise<Opened>) | null = null,
    opened: OpenedFile | null = null,
  ) {
    this.name = name;
    this.format = format;
    this.#writer = new FileWriter(name, stream, opened);
    this.#printer = printer;
    this.#again = again;
  }

  /** Called before text goes out: what else is drawn on the same terminal must make room. */
  set beforeWrite(call: (() => void) | null) {
    this.#writer.beforeWrite = call;
  }

  get isTerminal(): boolean {
    return this.#writer.isTerminal;
  }

  /** Why nothing more can be written, or null; that nobody reads it any more is no failure. */
  get failure(): Error | null {
    return this.#writer.failure;
  }

  /** Nobody reads this any more. */
  get closed(): boolean {
    return this.#writer.closed;
  }

  /** Takes away what stood in the file before, now that every other output is open as well. */
  begin(): void {
    this.#writer.begin();
  }

  /** Nothing will be written: a file that was made for this run goes. */
  discard(): void {
    this.#writer.discard();
  }

  push(event: Event): void {
    if (this.closed) return;
    const made = this.#printer.push(event);
    if (made.length > 0) this.#writer.add(made);
  }

  hidden(event: Event): void {
    this.#printer.hidden?.(event);
  }

  /** Hands over what was gathered. */
  flush(): void {
    this.#writer.flush();
  }

  /**
   * Ends the file and opens its name anew, where the old one may have been moved away: what comes is added to what stands
   * there. Throws CommandError, and then goes on with the old one.
   */
  async reopen(): Promise<void> {
    if (this.#again === null || this.closed) return;
    const { printer, stream } = await this.#again();
    this.#writer.add(this.#printer.finish());
    this.#writer.goOn(stream);
    this.#printer = printer;
  }

  /** Settles when more may be written; null when that is now. */
  pressure(): Promise<void> | null {
    return this.#writer.pressure();
  }

  /**
   * The closing text, and everything written out. Throws CommandError where a file could not be written; what standard
   * output could not take is reported where the program ends.
   */
  async finish(): Promise<void> {
    if (!this.closed) this.#writer.add(this.#printer.finish());
    await this.#writer.finish();
  }
}

/** What is written: one file or stream, a folder of files, or a tree of folders. */
export type AnyOutput = Output | FolderOutput | TreeOutput;

/** Finishes all of them, whatever becomes of one. Answers what could not be written. */
export async function finishOutputs(outputs: readonly AnyOutput[]): Promise<CommandError[]> {
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

type AnyPrinter = Printer | BinaryPrinter;

/** `stream`: what it is written to, null for a file. Throws CommandError. */
function makePrinter(format: Format, view: View, stream: Writable | null): Promise<AnyPrinter> {
  const to = (stream ?? {}) as Writable;
  const paint = paintFor(to as { isTTY?: boolean }, process.env);
  return loading(format, formatNamed(format).load(view, { ...layoutOf(to), paint }));
}

/** Throws CommandError where the format cannot be had, or not as it was asked for. */
async function loading<T>(format: Format, loaded: Promise<T>): Promise<T> {
  try {
    return await loaded;
  } catch (error) {
    if (error instanceof FormatError) throw new CommandError(`-T ${format}: ${error.message}`, error.hint);
    if (!isMissingPackage(error)) throw error;
    const { message } = error as Error;
    const name = /package '([^']+)'|module '([^']+)'/.exec(message)?.slice(1).find(Boolean) ?? "a package";
    throw new CommandError(
      `-T ${format} needs ${name}, which is not installed`,
      `it is an optional part of raiscope: npm install ${name}`,
    );
  }
}

function isMissingPackage(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
}

/** The formats that will be written, standard output's first. */
export function formatsOf(files: readonly string[], format: Format | undefined): Format[] {
  const own = files.map((file) => formatByName(file) ?? format ?? DEFAULT_FORMAT);
  return writesStdout(files, format) ? [format ?? DEFAULT_FORMAT, ...own] : own;
}

/** The format that a name asks for by its suffix. */
function formatByName(file: string): Format | null {
  return file === "-" || isFolderName(file) ? null : formatOfSuffix(extname(file));
}

/**
 * Refuses a file whose suffix is no format's, where no format is given: a slip of the pen would become a transcript. What is
 * no regular file has its name from elsewhere. Throws CommandError.
 */
export function refuseUnknownSuffixes(files: readonly string[], format: Format | undefined): void {
  if (format !== undefined) return;
  for (const file of files) {
    const suffix = extname(file);
    if (suffix === "" || formatByName(file) !== null || isStdout(file) || isFolderName(file)) continue;
    if (isSpecial(file)) continue;
    const known = FORMATS.flatMap(({ suffixes }) => suffixes).join(" ");
    throw new CommandError(
      `-o ${file}: no format has the suffix ${suffix}`,
      `name the format with -T, or take one of ${known}`,
      "unknown-suffix",
    );
  }
}

/** A device, pipe or socket, or a folder. */
export function isSpecial(path: string): boolean {
  return standing(path)?.isFile() === false;
}

/** Whether some output shows the ids of records. */
export function showsIds(files: readonly string[], format: Format | undefined): boolean {
  return formatsOf(files, format).some((name) => formatNamed(name).ids);
}

/** Whether some output says which frames acknowledged an answer. */
export function showsAcknowledged(files: readonly string[], format: Format | undefined): boolean {
  return formatsOf(files, format).some((name) => formatNamed(name).acknowledged === true);
}

/** Whether some output shows what conversations did beside calls. */
export function observes(files: readonly string[], format: Format | undefined): boolean {
  return formatsOf(files, format).some((name) => formatNamed(name).observes !== undefined);
}

/** Whether standard output is written without being named: without -o, or where --format is given and no file needs it. */
function writesStdout(files: readonly string[], format: Format | undefined): boolean {
  if (files.length === 0) return true;
  return format !== undefined && files.every((file) => formatByName(file) !== null);
}

/** What writes the format into the folder of that name; null where that is a file. */
function folderOf(
  name: string,
  format: Format,
): NonNullable<ReturnType<typeof formatNamed>["folder"]> | null {
  const { folder, suffixes } = formatNamed(format);
  if (folder === undefined) return null;
  const file = suffixes.length > 0 && !isFolderName(name) && !isFolder(name);
  return file ? null : folder;
}

/** Throws CommandError where --sensor is given, and nothing that is written is a tree. */
export function refuseSensorWithoutTree(
  files: readonly string[],
  format: Format | undefined,
  sensor: string | undefined,
): void {
  if (sensor === undefined) return;
  const trees = files.filter((file) => !isStdout(file) && isTree(file, formatByName(file) ?? format));
  if (trees.length > 0) return;
  throw new CommandError(
    "--sensor names whose results go into a tree of Parquet files, and none is written",
    "-T parquet -o DIR/ --sensor NAME",
    "usage",
  );
}

/** Whether --sensor says of this output whose it is. Nobody gives a name to a sensor to get one file. */
function isTree(file: string, format: Format | undefined): boolean {
  return format === TREE_FORMAT && (folderOf(file, format) !== null || extname(file) === "");
}

/** The format that has trees. */
const TREE_FORMAT: Format = "parquet";

function isFolder(path: string): boolean {
  return standing(path)?.isDirectory() === true;
}

/** What those of the files that are folders take beside what their formats take. */
export function takenByFolders(files: readonly string[], format: Format | undefined): readonly EventKind[] {
  return files.flatMap((file) => {
    const folder = isStdout(file) ? null : folderOf(file, formatByName(file) ?? format ?? DEFAULT_FORMAT);
    return folder?.takes ?? [];
  });
}

/** Everything that is written, for `refuseSame`. */
export function outputNames(files: readonly string[], format: Format | undefined): Named[] {
  const names = files.flatMap((file) => {
    const folder = isStdout(file) ? null : folderOf(file, formatByName(file) ?? format ?? DEFAULT_FORMAT);
    return folder === null ? [file] : folder.files.map((name) => join(file, name));
  });
  return named("-o", writesStdout(files, format) ? ["-", ...names] : names);
}

/**
 * Opens what -o and --format ask for. What stands in the files stays until each output's `begin`; where one cannot be
 * opened, none is changed. Throws CommandError.
 */
export async function openOutputs(
  files: readonly string[],
  format: Format | undefined,
  view: View,
): Promise<AnyOutput[]> {
  const formats = formatsOf(files, format);
  const names = writesStdout(files, format) ? ["-", ...files] : files;
  const outputs: AnyOutput[] = [];
  try {
    for (const [index, file] of names.entries()) outputs.push(await openOne(file, formats[index]!, view));
  } catch (error) {
    for (const output of outputs) output.discard();
    throw error;
  }
  return outputs;
}

/** The formats that are several files. */
const FOLDERS = FORMATS.flatMap((format) => ("folder" in format ? [`-T ${format.name}`] : []));

async function openOne(file: string, format: Format, view: View): Promise<AnyOutput> {
  const binary = formatNamed(format).binary === true;
  if (isStdout(file)) {
    if (binary && process.stdout.isTTY) throw noText(format, "standard output");
    const printer = await makePrinter(format, view, process.stdout);
    return new Output("standard output", format, printer, process.stdout);
  }
  const { sensor, live, held } = view;
  if (sensor !== undefined && isTree(file, format)) {
    const { TreeOutput } = await loading(format, import("./tree-output.js"));
    return new TreeOutput(file, format, { sensor, kinds: view.rows ?? new Set(EVENT_KINDS), held, live });
  }
  const folder = folderOf(file, format);
  if (folder !== null) {
    const make = (): Promise<FolderPrinter> => loading(format, folder.load(view));
    const printer = await make();
    return new FolderOutput(file, format, printer, make, makeFolder(file, format), !binary);
  }
  if (isFolderName(file)) {
    throw new CommandError(
      `${file}: the format ${format} is one file, and this names a directory`,
      `${FOLDERS.join(" and ")} write several files into one`,
    );
  }
  const printer = await makePrinter(format, view, null);
  const { opened, stream } = openFile(file);
  if (binary && isatty(opened.fd)) throw noText(format, file);
  const again = async (): Promise<Opened> => {
    const next = await makePrinter(format, view, null);
    const flags = binary ? "wx" : "a";
    const { fd } = openForWriting(file, (path) => ({ fd: openSync(path, flags), made: false }));
    return { printer: next, stream: createWriteStream("", { fd }) };
  };
  return new Output(file, format, printer, stream, again, opened);
}

function noText(format: Format, name: string): CommandError {
  return new CommandError(
    `-T ${format} is no text, and ${name} is a terminal`,
    "write it to a file with -o FILE, or into a pipe",
  );
}

interface Opened {
  printer: AnyPrinter;
  stream: Writable;
}

/** Opens a file for writing, as it is. Throws CommandError. */
export function openFile(file: string): { opened: OpenedFile; stream: Writable } {
  const opened = openForWriting(file, openPlace);
  return { opened, stream: createWriteStream("", { fd: opened.fd }) };
}
