/**
 * Where the names on a command line lead. Two spellings, a symbolic link or a hard link of one file are the same place:
 * what would overwrite an input or another output is refused before anything is opened.
 */

import { fstatSync, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./failure.js";

/** A name and what it was given for: `-o`, `-w`, `input`, `--secrets`. */
export interface Named {
  role: string;
  path: string;
}

interface Place {
  key: string;
  /** A terminal, /dev/null: several may write there, also where it is read. */
  device: boolean;
  /** A named pipe: several may write there, and nothing is overwritten. */
  stream: boolean;
}

const STDOUT_NAMES: ReadonlySet<string> = new Set(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]);

/** Several names given for the same. */
export function named(role: string, paths: readonly string[]): Named[] {
  return paths.map((path) => ({ role, path }));
}

/** The outputs of a command that only prints. */
export const STDOUT: readonly Named[] = named("-o", ["-"]);

/** Symbolic links that are followed from one name. */
const MAX_LINKS = 40;

/** What stands under that name; null where there is nothing, or where it cannot be looked at: opening it will say why. */
export function standing(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** True for every spelling of standard output. */
export function isStdout(path: string): boolean {
  return STDOUT_NAMES.has(path);
}

/** Throws CommandError where two outputs, or an output and an input, are the same file. */
export function refuseSame(outputs: readonly Named[], inputs: readonly Named[]): void {
  const read = new Map<string, Named>();
  for (const input of inputs) {
    const place = placeOf(input.path, 0);
    if (place !== null && !place.device && !read.has(place.key)) read.set(place.key, input);
  }
  const written = new Map<string, Named>();
  for (const output of outputs) {
    const place = placeOf(output.path, 1);
    if (place === null || place.device) continue;
    const source = read.get(place.key);
    if (source !== undefined) {
      throw new CommandError(
        `${shown(output)} and ${shown(source)} are the same file: it would be overwritten`,
      );
    }
    if (place.stream) continue;
    const other = written.get(place.key);
    if (other !== undefined) {
      // All that goes to standard output goes there in turn, also where that is a file.
      if (isStdout(other.path) && isStdout(output.path)) continue;
      throw new CommandError(
        `${shown(other)} and ${shown(output)} are the same file: give each output a file of its own`,
      );
    }
    written.set(place.key, output);
  }
}

function shown({ role, path }: Named): string {
  if (role === "input") return path === "-" ? "standard input" : `the input ${path}`;
  return isStdout(path) ? "standard output" : `${role} ${path}`;
}

/** `standard`: the descriptor that `-` stands for. Null where nothing can be determined, and opening will say why. */
function placeOf(path: string, standard: 0 | 1): Place | null {
  try {
    if (path === "-" || (standard === 1 && isStdout(path))) {
      const info = fstatSync(standard);
      // One socket or pipe may be both ends of somebody else's: nothing is overwritten by that.
      return info.isFile() ? existing(info) : null;
    }
    return existing(statSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return null;
    return { key: missing(path, MAX_LINKS), device: false, stream: false };
  }
}

function existing(info: Stats): Place {
  const device = info.isCharacterDevice();
  return { key: `${info.dev}:${info.ino}`, device, stream: info.isFIFO() || info.isSocket() };
}

/** Where a file would come to be: its folder's true name, behind every link that leads to nothing yet. */
function missing(path: string, links: number): string {
  try {
    const at = join(realpathSync(dirname(path)), basename(path));
    const target = links > 0 && isLink(at) ? readlinkSync(at) : null;
    return target === null ? at : missing(resolve(dirname(at), target), links - 1);
  } catch {
    return resolve(path);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
