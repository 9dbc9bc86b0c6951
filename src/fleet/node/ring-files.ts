/** Ring files on a disk: which there are, when each begins, which is still being written, and what its bytes are. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError, NotACapture } from "../../capture/formats.js";
import { Frame } from "../../capture/frame.js";
import { openInputs } from "../../capture/node/open.js";
import { timestamp } from "../../time.js";
import type { RingFile } from "../window.js";

/** A file that cannot be used, and why. */
export interface Refused {
  path: string;
  reason: string;
}

export interface Listing {
  files: RingFile[];
  refused: Refused[];
}

/** Milliseconds since it was written last after which a file is taken for finished, where it is the newest. */
const SETTLED = 60_000;
/** Milliseconds between two looks at a file that may be growing. */
const LOOK = 1_000;
/** Bytes that are hashed at once. */
const PIECE = 1 << 20;

/** Files of the folders and files named, those in folders of folders left out, hidden ones as well. Throws InputError for what is not there. */
export async function ringPaths(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    let info: Awaited<ReturnType<typeof stat>>;
    try {
      info = await stat(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputError(
        path,
        code === "ENOENT" ? "no such file or directory" : `cannot be opened (${code})`,
      );
    }
    if (!info.isDirectory()) {
      found.add(resolve(path));
      continue;
    }
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".") || !(entry.isFile() || entry.isSymbolicLink())) continue;
      found.add(resolve(join(path, entry.name)));
    }
  }
  return [...found].sort();
}

/** What is known of files already, by path: what has not changed since is not opened again. */
export type KnownFiles = ReadonlyMap<string, RingFile>;

/** The captures among these files. */
export async function listRing(paths: readonly string[], known: KnownFiles): Promise<Listing> {
  const files: RingFile[] = [];
  const refused: Refused[] = [];
  for (const path of paths) {
    try {
      const info = await stat(path);
      // One that was just made has not even a header.
      if (!info.isFile() || info.size === 0) continue;
      const now = { path, size: info.size, modified: Math.floor(info.mtimeMs) };
      const before = known.get(path);
      if (before !== undefined && before.size === now.size && before.modified === now.modified)
        files.push(before);
      else files.push({ ...now, first: await firstFrame(path) });
    } catch (error) {
      // What is no capture lies beside them; a capture that cannot be read is told.
      if (error instanceof NotACapture && !/\.(pcap|pcapng|cap)\d*(\.(gz|zst))?$/i.test(path)) continue;
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      refused.push({ path, reason: error instanceof InputError ? error.message : (error as Error).message });
    }
  }
  return { files, refused };
}

/** The time of a capture's first frame; null where it has none. Throws InputError. */
export async function firstFrame(path: string): Promise<string | null> {
  const inputs = await openInputs([path]);
  try {
    if (inputs.logs[0] === true) throw new NotACapture(path, "it is a call log");
    const frame = new Frame();
    return (await inputs.next(frame)) ? timestamp({ ...frame, digits: 9 }) : null;
  } finally {
    await inputs.close();
  }
}

/** Whether it is finished: a file that somebody writes, or that has just grown, is not. */
export async function isStable(file: RingFile): Promise<boolean> {
  if (await isBeingWritten(file.path)) return false;
  if (Date.now() - file.modified >= SETTLED) return true;
  await new Promise((done) => setTimeout(done, LOOK));
  return isSame(file, await fileNow(file.path));
}

/** A file as it is now; null where it is gone. */
export async function fileNow(path: string): Promise<{ size: number; modified: number } | null> {
  try {
    const info = await stat(path);
    return { size: info.size, modified: Math.floor(info.mtimeMs) };
  } catch {
    return null;
  }
}

export function isSame(file: RingFile, now: { size: number; modified: number } | null): boolean {
  return now !== null && now.size === file.size && now.modified === file.modified;
}

/** Whether a process that this one may look at has the file open for writing, where the system tells. */
async function isBeingWritten(path: string): Promise<boolean> {
  let target: string;
  let processes: string[];
  try {
    target = await realpath(path);
    processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  } catch {
    return false;
  }
  for (const process of processes) {
    for (const fd of await readdir(`/proc/${process}/fd`).catch(() => [])) {
      const opened = await readlink(`/proc/${process}/fd/${fd}`).catch(() => null);
      if (opened === target && (await writes(`/proc/${process}/fdinfo/${fd}`))) return true;
    }
  }
  return false;
}

/** Whether a file descriptor is open for writing: the access mode is the last octal digit of its flags. */
async function writes(fdinfo: string): Promise<boolean> {
  const flags = /^flags:\s*([0-7]+)/m.exec(await readFile(fdinfo, "utf8").catch(() => ""))?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

/** SHA-256 of a file, in hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: PIECE }))
    hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
