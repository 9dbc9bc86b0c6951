/** Results as NDJSON in the folders that Parquet has: for programs without a reader of it. */

import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Event } from "../../events.js";
import type { WindowJob } from "../../fleet/window.js";
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

interface Open {
  fd: number;
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
  readonly #open = new Map<string, Open>();

  constructor(root: string, job: WindowJob) {
    this.#root = root;
    this.#job = job;
  }

  push(event: Event): void {
    const folder = FOLDERS[event.type];
    if (folder === undefined) return;
    const date = event.ts?.slice(0, 10) ?? NO_DATE;
    const path = join(folder, `sensor=${this.#job.sensor}`, `date=${date}`, `${this.#job.name}.ndjson`);
    const file = this.#open.get(path) ?? this.#begin(path, event.type);
    file.text += `${JSON.stringify(event)}\n`;
    file.rows++;
    if (file.text.length >= PIECE) flush(file);
  }

  finish(): { path: string; kind: string; rows: number; bytes: number }[] {
    const files = [...this.#open.values()];
    for (const file of files) {
      flush(file);
      fsyncSync(file.fd);
      closeSync(file.fd);
    }
    for (const { temporary, path } of files) renameSync(temporary, join(this.#root, path));
    this.#open.clear();
    return files.map(({ path, kind, rows, bytes }) => ({ path, kind, rows, bytes }));
  }

  abandon(): void {
    for (const { fd, temporary } of this.#open.values()) {
      closeSync(fd);
      rmSync(temporary, { force: true });
    }
    this.#open.clear();
  }

  #begin(path: string, kind: string): Open {
    const folder = join(this.#root, dirname(path));
    mkdirSync(folder, { recursive: true });
    const temporary = join(folder, `.${this.#job.name}.${randomUUID()}.tmp`);
    const file: Open = { fd: openSync(temporary, "wx"), temporary, path, kind, rows: 0, bytes: 0, text: "" };
    this.#open.set(path, file);
    return file;
  }
}

function flush(file: Open): void {
  if (file.text === "") return;
  const bytes = new TextEncoder().encode(file.text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file.fd, bytes, at);
  file.bytes += bytes.length;
  file.text = "";
}
