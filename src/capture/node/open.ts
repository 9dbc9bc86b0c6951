/**
 * From the names on the command line to one source of frames: files, directories of files, standard input.
 *
 * Not handled: which format each has (formats.ts), the order of several inputs (merge.ts).
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ByteSource } from "../byte-source.js";
import { codeOf, InputError, NotACapture, type OtherReader, openCapture } from "../formats.js";
import type { Frame, FrameSource, SourceNote } from "../frame.js";
import { MergedSource, type MergeInput } from "../merge.js";
import type { SecretsBlock } from "../pcapng.js";
import { FileBytes, type ReadableLike, StreamBytes } from "./file-bytes.js";
import { GzipBytes } from "./gzip.js";

/** Bytes read at once of a file: what is read is still in the processor's cache when it is looked at. */
const CHUNK_BYTES = 1 << 18;

/** Whoever names a file so takes it for a capture. */
const CAPTURE_NAME = /\.(pcap|pcapng|ntar|cap|dmp)(\.(gz|zst|zstd))?$/i;

export interface OpenOptions {
  /** What `-` stands for; the process's standard input where absent. */
  stdin?: ReadableLike;
  /** Takes the secrets blocks of pcapng. */
  secrets?: (block: SecretsBlock) => void;
  /** Reads inputs that are no captures but may stand in their place: call logs. */
  other?: OtherReader;
}

/** All inputs as one run of frames. */
export interface Inputs extends FrameSource {
  /** The inputs that are read, as named (the entries of a directory with the directory's name before them). */
  readonly names: readonly string[];
  /** Which of them are call logs. */
  readonly logs: readonly boolean[];
  /** Inputs left out because they cannot be used. They were also reported as notes. */
  readonly refused: readonly InputError[];
}

/**
 * Opens all inputs as one run. Throws InputError (NotACapture) where nothing at all can be used; where some can, the
 * others are reported by a note each and the run is not `complete`.
 */
export async function openInputs(paths: readonly string[], options: OpenOptions = {}): Promise<Inputs> {
  const notes: SourceNote[] = [];
  const refused: InputError[] = [];
  const names: string[] = [];
  const logs: boolean[] = [];
  const inputs: MergeInput[] = [];
  const known = new Map<string, string>();
  const refuse = (error: unknown): void => {
    if (!(error instanceof InputError)) throw error;
    refused.push(error);
    notes.push({ severity: "error", code: codeOf(error), message: error.message, frame: 0 });
  };
  const skip = (severity: SourceNote["severity"], message: string): void => {
    notes.push({ severity, code: "input-skipped", message, frame: 0 });
  };
  /** True where the file was named before, however it is spelled: read twice, everything in it would count twice. */
  const isKnown = async (path: string, severity: SourceNote["severity"]): Promise<boolean> => {
    const identity = await identityOf(path);
    const before = identity === null ? undefined : known.get(identity);
    if (before === undefined) return false;
    skip(
      severity,
      before === path ? `${path}: named twice, read once` : `${path}: the same file as ${before}, read once`,
    );
    return true;
  };
  /** `beside`: call logs are given back unread, since they lie in a directory with what they may be of. */
  const add = async (path: string, again: boolean, beside = false): Promise<boolean> => {
    const source = await openInput(path, options);
    const isLog = source.holds === "records";
    if (isLog && beside) {
      await source.close();
      return false;
    }
    names.push(path);
    logs.push(isLog);
    const identity = await identityOf(path);
    if (identity !== null) known.set(identity, path);
    const reopen = path === "-" ? null : () => openInput(path, options);
    // Of many inputs few are read at the same time; the others are opened when their turn comes.
    if (again && reopen !== null && inputs.length > 0 && (await isRegular(path))) {
      await source.close();
      inputs.push({ source: null, reopen });
    } else {
      inputs.push({ source, reopen: null });
    }
    return true;
  };
  for (const path of paths) {
    try {
      const entries = path === "-" ? null : await listDirectory(path);
      if (entries === null) {
        if (!(await isKnown(path, "warning"))) await add(path, paths.length > 1);
        continue;
      }
      let captures = 0;
      const found: string[] = [];
      for (const { path: entry, kind } of entries) {
        if (kind !== "file") {
          skip("info", `${entry}: ${kind} in a directory, which is not read`);
          continue;
        }
        try {
          if ((await isKnown(entry, "info")) || (await add(entry, true, true))) captures++;
          else found.push(entry);
        } catch (error) {
          // What is no capture and is not named as one lies beside them, and is passed over.
          if (error instanceof NotACapture && !CAPTURE_NAME.test(entry)) skip("info", error.message);
          else {
            refuse(error);
            captures++;
          }
        }
      }
      for (const log of found) {
        if (captures === 0) await add(log, true);
        else
          skip(
            "info",
            `${log}: a call log beside captures, which it may be of; it is read where it is named`,
          );
      }
      if (captures + found.length === 0) {
        throw new NotACapture(path, "it is a directory without a capture in it");
      }
    } catch (error) {
      refuse(error);
    }
  }
  const [first, ...others] = refused;
  if (names.length === 0) {
    const error = first ?? new InputError("capture", "no input was named");
    error.others = others;
    throw error;
  }
  const source = inputs.length === 1 ? inputs[0]!.source! : new MergedSource(inputs);
  return new Run(source, { names, logs, refused }, notes);
}

/** What was found while opening, in front of what is found while reading. */
class Run implements Inputs {
  readonly names: readonly string[];
  readonly logs: readonly boolean[];
  readonly refused: readonly InputError[];
  private readonly source: FrameSource;
  private notes: SourceNote[];

  constructor(
    source: FrameSource,
    { names, logs, refused }: Pick<Inputs, "names" | "logs" | "refused">,
    notes: SourceNote[],
  ) {
    this.source = source;
    this.names = names;
    this.logs = logs;
    this.refused = refused;
    this.notes = notes;
  }

  get complete(): boolean {
    return this.refused.length === 0 && this.source.complete;
  }

  next(frame: Frame): boolean | Promise<boolean> {
    return this.source.next(frame);
  }

  takeNotes(): SourceNote[] {
    if (this.notes.length === 0) return this.source.takeNotes();
    const notes = this.notes;
    this.notes = [];
    return notes.concat(this.source.takeNotes());
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

async function isRegular(path: string): Promise<boolean> {
  return (await stat(path)).isFile();
}

/** What distinguishes one file from another, or null where nothing does: a pipe, or what cannot be looked at. */
async function identityOf(path: string): Promise<string | null> {
  if (path === "-") return path;
  try {
    const info = await stat(path);
    return info.isFile() ? `${info.dev}:${info.ino}` : null;
  } catch {
    return null;
  }
}

interface Entry {
  path: string;
  kind: "file" | "a directory" | "a pipe or device";
}

/** What is in a directory in order of name, or null where the path is no directory. */
async function listDirectory(path: string): Promise<Entry[] | null> {
  try {
    if (!(await stat(path)).isDirectory()) return null;
    const entries = await readdir(path, { withFileTypes: true });
    const found = entries.map((entry): Entry => {
      const kind =
        entry.isFile() || entry.isSymbolicLink()
          ? "file"
          : entry.isDirectory()
            ? "a directory"
            : "a pipe or device";
      return { path: join(path, entry.name), kind };
    });
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Opens one file, or `-`. Throws InputError. */
async function openInput(path: string, options: OpenOptions = {}): Promise<FrameSource> {
  const bytes = await openBytes(path, options);
  const name = path === "-" ? "standard input" : path;
  try {
    const { other, secrets } = options;
    return await openCapture(bytes, name, { gunzip: (packed) => new GzipBytes(packed), other, secrets });
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function openBytes(path: string, options: OpenOptions): Promise<ByteSource> {
  if (path === "-") return new StreamBytes(options.stdin ?? process.stdin);
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new NotACapture(path, "it is a directory");
    return info.isFile() ? FileBytes.open(path, CHUNK_BYTES) : new StreamBytes(createReadStream(path));
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): InputError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return new InputError(path, "no such file");
  if (code === "EACCES" || code === "EPERM") return new InputError(path, "permission denied");
  const { message } = error as Error;
  // Node's own text repeats the path behind the reason.
  return new InputError(path, `cannot be opened (${/^[A-Z0-9]+: ([^,]+), /.exec(message)?.[1] ?? message})`);
}
