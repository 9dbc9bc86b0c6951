/**
 * Where a command puts the one text that it has at its end: standard output, and the files of -o, each in the format of its
 * suffix. Files are opened at the beginning, so that nothing was read in vain where one cannot be written.
 */

import { createWriteStream } from "node:fs";
import { extname } from "node:path";
import { CommandError } from "./failure.js";
import { FileWriter, openForWriting, openPlace } from "./file-writer.js";
import { isSpecial } from "./outputs.js";
import type { ReportFormats, ReportOptions } from "./report-options.js";
import { isStdout, type Named, named } from "./same-file.js";
import { print } from "./stdout.js";

interface Target<F> {
  path: string;
  format: F;
}

export class Reports<F extends string> {
  readonly #targets: Target<F>[];
  readonly #writers = new Map<Target<F>, FileWriter>();

  /** Throws CommandError for a file whose suffix is no format's, where no format is given. */
  constructor({ format, output = [] }: ReportOptions<F>, formats: ReportFormats<F>) {
    const usual = format ?? formats[0]!.name;
    const bySuffix = (path: string): F | null =>
      isStdout(path)
        ? null
        : (formats.find(({ suffixes }) => suffixes.includes(extname(path).toLowerCase()))?.name ?? null);
    if (format === undefined) for (const path of output) refuseUnknown(path, bySuffix(path), formats);
    const files = output.map((path) => ({ path, format: bySuffix(path) ?? usual }));
    const stdout =
      output.length === 0 || (format !== undefined && output.every((path) => bySuffix(path) !== null));
    this.#targets = stdout ? [{ path: "-", format: usual }, ...files] : files;
  }

  /** For `refuseSame`. */
  get names(): Named[] {
    return named(
      "-o",
      this.#targets.map(({ path }) => path),
    );
  }

  /** Opens the files; what stands in them stays until `write`. Throws CommandError, and then none is changed. */
  open(): void {
    try {
      for (const target of this.#targets) {
        if (isStdout(target.path)) continue;
        const opened = openForWriting(target.path, openPlace);
        const stream = createWriteStream("", { fd: opened.fd });
        this.#writers.set(target, new FileWriter(target.path, stream, opened));
      }
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Nothing will be written. */
  discard(): void {
    for (const writer of this.#writers.values()) writer.discard();
    this.#writers.clear();
  }

  /**
   * Writes all of them, whatever becomes of one. Answers what could not be written. `stdout`: the text goes to standard
   * output, which may be a terminal.
   */
  async write(make: (format: F, stdout: boolean) => string | Promise<string>): Promise<CommandError[]> {
    const failures: CommandError[] = [];
    for (const target of this.#targets) {
      const text = await make(target.format, isStdout(target.path));
      const writer = this.#writers.get(target);
      if (writer === undefined) {
        await print(text);
        continue;
      }
      writer.begin();
      writer.add(text);
      try {
        await writer.finish();
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        failures.push(error);
      }
    }
    return failures;
  }
}

/** A slip of the pen would become a text of another kind. */
function refuseUnknown(path: string, format: string | null, formats: ReportFormats<string>): void {
  const suffix = extname(path);
  if (format !== null || suffix === "" || isStdout(path) || isSpecial(path)) return;
  const known = formats.flatMap(({ suffixes }) => suffixes).join(" ");
  throw new CommandError(
    `-o ${path}: no format has the suffix ${suffix}`,
    `name the format with -T, or take one of ${known}`,
    "unknown-suffix",
  );
}
