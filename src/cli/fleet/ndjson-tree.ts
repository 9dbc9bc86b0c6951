/** Results as NDJSON in the folders that Parquet has: for programs without a reader of it. */

import { randomUUID } from "node:crypto";
import { appendFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Event } from "../../events.js";
import type { WindowJob } from "../../fleet/window.js";
import { makeFolders } from "../../lake/folders.js";
import type { NewWriter, ResultWriter } from "./results.js";

/** Characters gathered before they are written. */
const PIECE = 1 << 18;
/** Where records without a time are. */
const NO_DATE = "1970-01-01";
const FOLDERS: { readonly [kind: string]: string } = {
  call: "calls",
  association: "associations",
  offer: "offers",
  note: "notes",
  detection: "detections",
};

/** A file that has no name yet. */
interface Unnamed {
  temporary: string;
  path: string;
  kind: string;
  rows: number;
  bytes: number;
  text: string;
}

export function ndjsonTree(root: string): NewWriter {
  return (job) => new NdjsonTree(root, job);
}

class NdjsonTree implements ResultWriter {
  readonly #root: string;
  readonly #job: WindowJob;
  readonly #files = new Map<string, Unnamed>();

  constructor(root: string, job: WindowJob) {
    this.#root = root;
    this.#job = job;
  }

  push(event: Event): void {
    const folder = FOLDERS[event.type];
    if (folder === undefined) return;
    const date = event.ts?.slice(0, 10) ?? NO_DATE;
    const path = join(folder, `sensor=${this.#job.sensor}`, `date=${date}`, `${this.#job.name}.ndjson`);
    const file = this.#files.get(path) ?? this.#begin(path, event.type);
    file.text += `${JSON.stringify(event)}\n`;
    file.rows++;
    if (file.text.length >= PIECE) flush(file);
  }

  finish(): { path: string; kind: string; rows: number; bytes: number }[] {
    const files = [...this.#files.values()];
    for (const file of files) flush(file);
    for (const { temporary, path } of files) renameSync(temporary, join(this.#root, path));
    this.#files.clear();
    return files.map(({ path, kind, rows, bytes }) => ({ path, kind, rows, bytes }));
  }

  abandon(): void {
    for (const { temporary } of this.#files.values()) rmSync(temporary, { force: true });
    this.#files.clear();
  }

  #begin(path: string, kind: string): Unnamed {
    const folder = join(this.#root, dirname(path));
    makeFolders(folder);
    const temporary = join(folder, `.${this.#job.name}.${randomUUID()}.tmp`);
    const file: Unnamed = { temporary, path, kind, rows: 0, bytes: 0, text: "" };
    this.#files.set(path, file);
    return file;
  }
}

/** No file stays open: a window may span many days. */
function flush(file: Unnamed): void {
  if (file.text === "") return;
  appendFileSync(file.temporary, file.text, { flush: true });
  file.bytes += Buffer.byteLength(file.text);
  file.text = "";
}
