/**
 * The ledger: one file for each window that was read, below the results, written last and renamed. Where it stands the window is
 * done, whoever asks again.
 */

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { EventKind } from "../../events.js";
import { makeFolders } from "../../lake/folders.js";
import type { Part, WindowJob } from "../window.js";

/** The folder below the results. Its name keeps readers of the tables out. */
const FOLDER = "_ledger";

export interface LedgerInput {
  path: string;
  part: Part;
  size: number;
  /** null where it could not be read. */
  sha256: string | null;
  frames: number;
  /** Times of its first and last frame, [RFC 3339]; null where it has none. */
  first: string | null;
  last: string | null;
  /** Since it was planned: `missing` and `replaced` (by another capture) were not read, `changed` was, as it is now. */
  state: "read" | "missing" | "replaced" | "changed";
}

/** A window that was read. */
export interface LedgerEntry {
  schema: 1;
  sensor: string;
  window: number;
  name: string;
  version: string;
  host: string;
  started: string;
  finished: string;
  /** What decided on the records, beside the version; secrets by their kind and number alone. */
  options: { [name: string]: string | number | boolean | string[] | null };
  inputs: LedgerInput[];
  /** How often it was read: again with more files where calls were open, or conversations older. */
  readings: number;
  frames: number;
  bytes: number;
  records: { [kind in EventKind]?: number };
  /** Of these, the later revisions of what an earlier window wrote. */
  rewritten: { [kind in EventKind]?: number };
  provisional: number;
  notes: { [code: string]: number };
  outputs: { path: string; kind: string; rows: number; bytes: number }[];
  /** Every own file was there as it was planned, and read to its end. */
  complete: boolean;
  /** Why not. */
  lacks: string[];
}

/** Of an entry, what the queue remembers of a job that is done. */
export interface LedgerLine {
  complete: boolean;
  calls: number;
  offers: number;
  provisional: number;
  frames: number;
  bytes: number;
  finished: string;
  lacks: string[];
  notes: { [code: string]: number };
}

export function lineOf(entry: LedgerEntry): LedgerLine {
  const { complete, records, rewritten, provisional, frames, bytes, finished, lacks, notes } = entry;
  return {
    complete,
    calls: (records.call ?? 0) - (rewritten.call ?? 0),
    offers: (records.offer ?? 0) - (rewritten.offer ?? 0),
    provisional,
    frames,
    bytes,
    finished,
    lacks,
    notes,
  };
}

function folderOf(results: string, sensor: string): string {
  return join(results, FOLDER, `sensor=${sensor}`);
}

/** The entry of a window; null where it was not read to its end. */
export function readEntry(
  results: string,
  { sensor, name }: Pick<WindowJob, "sensor" | "name">,
): LedgerEntry | null {
  return parsed(join(folderOf(results, sensor), `${name}.json`));
}

/** Writes an entry: whole, or not at all. */
export function writeEntry(results: string, entry: LedgerEntry): void {
  const folder = folderOf(results, entry.sensor);
  makeFolders(folder);
  const temporary = join(folder, `.${entry.name}.${randomUUID()}.tmp`);
  const fd = openSync(temporary, "wx");
  try {
    writeSync(fd, `${JSON.stringify(entry)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, join(folder, `${entry.name}.json`));
}

/** All entries of all sensors. */
export function* readLedger(results: string): Generator<LedgerEntry> {
  const root = join(results, FOLDER);
  for (const sensor of listed(root)) {
    for (const name of listed(join(root, sensor))) {
      const entry = name.endsWith(".json") && !name.startsWith(".") ? parsed(join(root, sensor, name)) : null;
      if (entry !== null) yield entry;
    }
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function parsed(path: string): LedgerEntry | null {
  try {
    const entry = JSON.parse(readFileSync(path, "utf8")) as LedgerEntry;
    return entry.schema === 1 ? entry : null;
  } catch {
    return null;
  }
}
