/**
 * A tree of Parquet files that any number of writers share: a folder for each kind of record, in it one for each sensor, and in
 * that one for each day (output/parquet/partitions.ts). Nobody changes a file that has its name: what is known better later is
 * a row of a higher revision in another file.
 */

import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Event, EventKind } from "../events.js";
import { dayOf, NO_DATE, partitionOf, tableOf } from "../output/parquet/partitions.js";
import { ParquetTable } from "../output/parquet/table.js";
import { makeFolders } from "./folders.js";
import { isPathName } from "./names.js";
import { LakeError, PartFile } from "./part-file.js";

export interface TreeOptions {
  /** The folder of the tree; made where there is none. */
  readonly root: string;
  /** Whose captures these are (`isPathName`). */
  readonly sensor: string;
  /**
   * Begins the names of all files (`isPathName`). The same run written again gives the same names, and replaces its files; no two
   * others may have the same.
   */
  readonly run: string;
  readonly kinds: ReadonlySet<EventKind>;
  /** Estimated bytes of memory that rows may take, of all tables together. */
  readonly held?: number;
  /** No file gets its name before `finish`. */
  readonly together?: boolean;
}

/** A file that is complete. */
export interface WrittenFile {
  /** Below the root. */
  readonly path: string;
  readonly kind: EventKind;
  /** The day of its rows; null for those without a time. */
  readonly date: string | null;
  readonly rows: number;
  readonly bytes: number;
}

/** Estimated bytes of memory that rows may take where nobody says. */
const HELD = 16 << 20;
/** Files that are written at a time: the one that was not written to for longest is completed, and its day begins another. */
export const MAX_OPEN_FILES = 64;
/** Bytes after which a file is complete, so that what readers take at once, and its footer, stay bounded. */
const FILE_BYTES = 128 << 20;
const NUMBER_DIGITS = 3;
const TOKEN_BYTES = 4;

interface Part {
  readonly kind: EventKind;
  readonly day: string;
  readonly path: string;
  readonly table: ParquetTable;
  readonly file: PartFile;
  /** Number of the last row anywhere that went into it. */
  used: number;
}

/** A name for a run that nobody else has, later ones behind earlier ones. `now`: milliseconds since 1970. */
export function newRunName(now: number): string {
  const time = new Date(now).toISOString().replace(/\.\d+|[-:]/g, "");
  return `${time}-${randomBytes(TOKEN_BYTES).toString("hex")}`;
}

export class ParquetTree {
  readonly #options: TreeOptions;
  readonly #limit: number;
  readonly #token = randomBytes(TOKEN_BYTES).toString("hex");
  /** What is being written, by partition. */
  readonly #parts = new Map<string, Part>();
  /** The partition that the last record of each kind went to. */
  readonly #last = new Map<EventKind, Part>();
  /** How many files each partition has had. */
  readonly #counts = new Map<string, number>();
  /** Folders that this writer made, for those it leaves empty. */
  readonly #made = new Set<string>();
  /** Complete, and waiting for their names. */
  #closed: Part[] = [];
  #written: WrittenFile[] = [];
  #held = 0;
  #rows = 0;
  /** The first day of any record: what has no row gets its place there. */
  #firstDay: string | null = null;

  /** Throws RangeError for a name that no path can have. */
  constructor(options: TreeOptions) {
    for (const name of [options.sensor, options.run]) {
      if (!isPathName(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a sensor or run`);
    }
    this.#options = options;
    this.#limit = options.held ?? HELD;
  }

  /** Adds a record, if its kind is one of those. Throws LakeError. */
  push(event: Event): void {
    if (!this.#options.kinds.has(event.type)) return;
    const part = this.#partOf(event.type, dayOf(event));
    part.used = ++this.#rows;
    const before = part.table.held;
    const bytes = part.table.push(event);
    this.#held += part.table.held - before;
    this.#put(part, bytes);
    while (this.#held > this.#limit) this.#flushGreatest();
  }

  /** Completes all files; what comes begins others. Answers the files that got their names since this was last asked. Throws LakeError. */
  complete(): WrittenFile[] {
    for (const part of this.#parts.values()) this.#close(part);
    for (const part of this.#closed) this.#publish(part);
    this.#closed = [];
    for (const folder of new Set(this.#written.map(({ path }) => dirname(path)))) {
      syncFolder(join(this.#options.root, folder));
    }
    const written = this.#written;
    this.#written = [];
    return written;
  }

  /**
   * Completes all files. Where the tree has no file of a kind yet, it gets one without rows: nobody can ask a table that is not
   * there. Throws LakeError.
   */
  finish(): WrittenFile[] {
    for (const kind of this.#options.kinds) {
      if (TABLELESS.has(kind) || existsSync(join(this.#options.root, tableOf(kind)))) continue;
      this.#partOf(kind, this.#firstDay ?? NO_DATE);
    }
    return this.complete();
  }

  /** Takes away all that has no name yet, in the place of `finish`. */
  abandon(): void {
    for (const { file } of [...this.#parts.values(), ...this.#closed]) file.discard();
    this.#parts.clear();
    this.#last.clear();
    this.#closed = [];
    this.#held = 0;
    for (const folder of [...this.#made].sort((a, b) => b.length - a.length)) {
      try {
        rmdirSync(folder);
      } catch {
        // Somebody's files are in it.
      }
    }
  }

  #partOf(kind: EventKind, day: string): Part {
    const last = this.#last.get(kind);
    if (last?.day === day) return last;
    if (day !== NO_DATE) this.#firstDay ??= day;
    const { root, sensor, run } = this.#options;
    const folder = partitionOf(kind, sensor, day);
    let part = this.#parts.get(folder);
    if (part === undefined) {
      if (this.#parts.size >= MAX_OPEN_FILES) this.#close(this.#oldest());
      const at = join(root, folder);
      this.#make(at);
      const number = this.#counts.get(folder) ?? 0;
      this.#counts.set(folder, number + 1);
      const name = `${run}-${String(number).padStart(NUMBER_DIGITS, "0")}.parquet`;
      const table = new ParquetTable(kind, this.#limit);
      part = {
        kind,
        day,
        path: `${folder}/${name}`,
        table,
        file: new PartFile(at, name, this.#token),
        used: 0,
      };
      this.#parts.set(folder, part);
    }
    this.#last.set(kind, part);
    return part;
  }

  #make(folder: string): void {
    try {
      for (let at = folder; !existsSync(at); at = dirname(at)) this.#made.add(at);
      makeFolders(folder);
    } catch (error) {
      throw new LakeError(folder, error);
    }
  }

  #oldest(): Part {
    let oldest: Part | null = null;
    for (const part of this.#parts.values()) if (oldest === null || part.used < oldest.used) oldest = part;
    return oldest!;
  }

  #flushGreatest(): void {
    let greatest: Part | null = null;
    for (const part of this.#parts.values()) {
      if (greatest === null || part.table.held > greatest.table.held) greatest = part;
    }
    this.#held -= greatest!.table.held;
    this.#put(greatest!, greatest!.table.group());
  }

  #put(part: Part, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    part.file.write(bytes);
    if (part.file.bytes >= FILE_BYTES) this.#close(part);
  }

  /** Completes a file; it gets its name now, or with all others. */
  #close(part: Part): void {
    this.#held -= part.table.held;
    this.#parts.delete(dirname(part.path));
    if (this.#last.get(part.kind) === part) this.#last.delete(part.kind);
    // Still known, so that `abandon` finds its temporary file where one of these fails.
    this.#closed.push(part);
    part.file.write(part.table.finish());
    part.file.close();
    if (this.#options.together === true) return;
    this.#publish(part);
    this.#closed.pop();
  }

  #publish({ kind, day, path, table, file }: Part): void {
    file.publish();
    const date = day === NO_DATE ? null : day;
    this.#written.push({ path, kind, date, rows: table.rows, bytes: file.bytes });
  }
}

/** Kinds that no table holds. */
const TABLELESS: ReadonlySet<EventKind> = new Set(["observation"]);

/** What was renamed in it stays so although the machine goes down. */
function syncFolder(path: string): void {
  try {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Not every system opens folders.
  }
}
