/**
 * An export that is several files in a folder. The folder is made where there is none; a file that stands there is written
 * anew when this export writes to it, and every other is left alone.
 */

import { accessSync, constants, createWriteStream, openSync, rmdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { Event } from "../events.js";
import { makeFolders } from "../lake/folders.js";
import type { Folder, FolderPrinter } from "../output/folder.js";
import type { Format } from "../output/formats.js";
import { CommandError, nameOf, systemReason } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import { standing } from "./same-file.js";

/** Whether the name is spelt as a folder's. */
export function isFolderName(path: string): boolean {
  return path.endsWith("/");
}

/** Makes the folder where there is none; answers whether it was made. Throws CommandError. */
export function makeFolder(path: string, format: Format): boolean {
  const info = standing(path.replace(/(?<=.)\/+$/, ""));
  if (info !== null && !info.isDirectory()) {
    throw new CommandError(`${path}: ${format} writes several files into a directory, and this is none`);
  }
  // Whoever names a file expects one.
  if (info === null && !isFolderName(path) && extname(path) !== "") {
    throw new CommandError(
      `${nameOf(path)}: ${format} writes several files into a directory`,
      `a directory is made by -o ${path}/`,
    );
  }
  try {
    if (info === null) makeFolders(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CommandError(`${nameOf(path)}: cannot be written: ${systemReason(error)}`);
  }
  return info === null;
}

/** As `Output`, of a folder. */
export class FolderOutput implements Folder {
  readonly name: string;
  readonly format: Format;
  beforeWrite: (() => void) | null = null;
  readonly isTerminal = false;
  readonly #make: () => Promise<FolderPrinter>;
  #printer: FolderPrinter;
  readonly #made: boolean;
  readonly #files = new Map<string, FileWriter>();
  #failure: Error | null = null;
  #over = false;
  /** Files that were moved away were written anew: what comes is added, where that is possible. */
  #adds = false;
  readonly #addable: boolean;

  /** `make`: a printer that begins anew; `made`: the folder was not there before; `addable`: a file can go on. */
  constructor(
    name: string,
    format: Format,
    printer: FolderPrinter,
    make: () => Promise<FolderPrinter>,
    made: boolean,
    addable = true,
  ) {
    this.#addable = addable;
    this.name = name;
    this.format = format;
    this.#printer = printer;
    this.#make = make;
    this.#made = made;
  }

  get failure(): Error | null {
    return this.#failure;
  }

  /** Nothing more can be written: one file that cannot be takes all with it. */
  get closed(): boolean {
    return this.#over || this.#failure !== null;
  }

  /** Each file loses what stood in it when it is first written to. */
  begin(): void {}

  /** Nothing will be written: a folder that was made for this run goes. */
  discard(): void {
    this.#over = true;
    if (this.#made) rmdirSync(this.name);
  }

  write(file: string, what: string | Uint8Array): void {
    if (this.closed) return;
    let writer = this.#files.get(file);
    if (writer === undefined) {
      const path = join(this.name, file);
      try {
        const fd = openSync(path, this.#adds ? (this.#addable ? "a" : "wx") : "w");
        writer = new FileWriter(path, createWriteStream("", { fd }));
      } catch (error) {
        this.#failure = new CommandError(`${path}: cannot be written: ${systemReason(error)}`);
        return;
      }
      this.#files.set(file, writer);
    }
    writer.add(what);
    this.#failure = writer.failure;
  }

  push(event: Event): void {
    if (!this.closed) this.#printer.push(event, this);
  }

  hidden(event: Event): void {
    this.#printer.hidden?.(event);
  }

  flush(): void {
    for (const writer of this.#files.values()) writer.flush();
  }

  /** Ends all files and begins them anew under their names, where the old ones may have been moved away. */
  async reopen(): Promise<void> {
    if (this.closed) return;
    const printer = await this.#make();
    this.#printer.finish(this);
    await this.#end();
    this.#files.clear();
    this.#printer = printer;
    this.#adds = true;
  }

  pressure(): Promise<void> | null {
    let waits: Promise<void> | null = null;
    for (const writer of this.#files.values()) waits ??= writer.pressure();
    return waits;
  }

  /** What ends each file, and everything written out. Throws CommandError where one could not be written. */
  async finish(): Promise<void> {
    if (!this.closed) this.#printer.finish(this);
    await this.#end();
  }

  async #end(): Promise<void> {
    let failed: unknown = this.#failure;
    for (const writer of this.#files.values()) {
      try {
        await writer.finish();
      } catch (error) {
        failed ??= error;
      }
    }
    if (failed !== null) throw failed;
  }
}
