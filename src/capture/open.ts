/**
 * From the names on the command line to one source of frames: files, directories of files, standard input; plain,
 * gzip or zstd, recognised by content.
 *
 * Not handled: what is inside the formats (pcap.ts, pcapng.ts), the order of several inputs (merge.ts).
 */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type ByteSource, FileBytes, StreamBytes, Window } from "./bytes.js";
import { GzipBytes, ZstdBytes } from "./decompress.js";
import type { Frame, FrameSource, SourceNote } from "./frame.js";
import { MergedSource, type MergeInput } from "./merge.js";
import { isPcap, PcapSource } from "./pcap.js";
import { PcapngSource } from "./pcapng.js";

/** Octets that tell a capture, and those that tell what else an input may be. */
const MAGIC_BYTES = 4;
const SNIFF_BYTES = 32;
/** Octets read at once of a single file, and of each where there are several. */
const CHUNK_BYTES = 1 << 20;
const SHARED_CHUNK_BYTES = 1 << 18;

/** Whoever names a file so takes it for a capture. */
const CAPTURE_NAME = /\.(pcap|pcapng|ntar|cap|dmp)(\.(gz|zst|zstd))?$/i;

/** An input that cannot be used; the message is one line and names it. */
export class InputError extends Error {
  readonly input: string;
  /** The other inputs that cannot be used, where none can. */
  others: readonly InputError[] = [];

  constructor(input: string, message: string) {
    super(`${input === "" ? "''" : input}: ${message}`);
    this.name = "InputError";
    this.input = input;
  }
}

/** An input that was read and is no capture. */
export class NotACapture extends InputError {
  constructor(input: string, looksLike: string) {
    super(input, `not a capture: ${looksLike}`);
    this.name = "NotACapture";
  }
}

/** An input that is a capture, in a format that is not read. */
export class UnreadFormat extends InputError {
  constructor(input: string, outer: string, format: string) {
    super(input, "");
    const packed = outer === "" ? "" : ` (${outer}-compressed)`;
    this.message = `${input} is ${format} capture${packed}, which raiscope does not read; convert it with: editcap -F pcapng`;
  }
}

export interface OpenOptions {
  /** What `-` stands for; the process's standard input where absent. */
  stdin?: Readable;
}

/** All inputs as one run of frames. */
export interface Inputs extends FrameSource {
  /** The inputs that are read, as named (the entries of a directory with the directory's name before them). */
  readonly names: readonly string[];
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
  const add = async (path: string, again: boolean): Promise<void> => {
    const chunk = again ? SHARED_CHUNK_BYTES : CHUNK_BYTES;
    const source = await openInput(path, options, chunk);
    names.push(path);
    const identity = await identityOf(path);
    if (identity !== null) known.set(identity, path);
    const reopen = path === "-" ? null : () => openInput(path, options, chunk);
    // Of many inputs few are read at the same time; the others are opened when their turn comes.
    if (again && reopen !== null && inputs.length > 0 && (await isRegular(path))) {
      await source.close();
      inputs.push({ source: null, reopen });
    } else {
      inputs.push({ source, reopen: null });
    }
  };
  for (const path of paths) {
    try {
      const entries = path === "-" ? null : await listDirectory(path);
      if (entries === null) {
        if (!(await isKnown(path, "warning"))) await add(path, paths.length > 1);
        continue;
      }
      let captures = 0;
      for (const { path: entry, kind } of entries) {
        if (kind !== "file") {
          skip("info", `${entry}: ${kind} in a directory, which is not read`);
          continue;
        }
        try {
          if (!(await isKnown(entry, "info"))) await add(entry, true);
          captures++;
        } catch (error) {
          // What is no capture and is not named as one lies beside them, and is passed over.
          if (error instanceof NotACapture && !CAPTURE_NAME.test(entry)) skip("info", error.message);
          else {
            refuse(error);
            captures++;
          }
        }
      }
      if (captures === 0) {
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
  return new Run(source, names, refused, notes);
}

function codeOf(error: InputError): string {
  if (error instanceof UnreadFormat) return "format-not-read";
  return error instanceof NotACapture ? "not-a-capture" : "input-unreadable";
}

/** What was found while opening, in front of what is found while reading. */
class Run implements Inputs {
  readonly names: readonly string[];
  readonly refused: readonly InputError[];
  private readonly source: FrameSource;
  private notes: SourceNote[];

  constructor(
    source: FrameSource,
    names: readonly string[],
    refused: readonly InputError[],
    notes: SourceNote[],
  ) {
    this.source = source;
    this.names = names;
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

/** What tells one file from another, or null where nothing does: a pipe, or what cannot be looked at. */
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
export async function openInput(
  path: string,
  options: OpenOptions = {},
  chunkBytes: number = CHUNK_BYTES,
): Promise<FrameSource> {
  const bytes = await openBytes(path, options, chunkBytes);
  const name = path === "-" ? "standard input" : path;
  try {
    return await openCapture(bytes, name, "");
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function openBytes(path: string, options: OpenOptions, chunkBytes: number): Promise<ByteSource> {
  if (path === "-") return new StreamBytes(options.stdin ?? process.stdin);
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new NotACapture(path, "it is a directory");
    return info.isFile() ? await FileBytes.open(path, chunkBytes) : new StreamBytes(createReadStream(path));
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

/** Looks at the first octets and puts the right reader on top. `outer` names the compression already undone. */
async function openCapture(bytes: ByteSource, name: string, outer: string): Promise<FrameSource> {
  const window = new Window(bytes);
  // No more than is needed: standard input may be silent for long after its file header.
  await window.fill(MAGIC_BYTES);
  const whole = new Replay(bytes, window);
  const magic = magicOf(window);
  if (isPcap(magic)) return new PcapSource(whole, name);
  if (magic === 0x0a0d0d0a) return new PcapngSource(whole, name);
  if (outer === "") {
    if (magic >>> 16 === 0x1f8b) return openCapture(new GzipBytes(whole), name, "gzip");
    if (magic === 0x28b52ffd || (magic >>> 28 === 5 && (magic & 0xffffff) === 0x2a4d18)) {
      return openCapture(new ZstdBytes(whole), name, "zstd");
    }
  }
  await window.fill(SNIFF_BYTES);
  const head = window.data.subarray(window.pos, window.end);
  const format = captureFormat(head);
  if (format !== null) throw new UnreadFormat(name, outer, format);
  const what = looksLike(head, magic, bytes.fault);
  throw new NotACapture(name, outer === "" ? what : `${outer}-compressed: ${what}`);
}

function magicOf(window: Window): number {
  const { data, pos, end } = window;
  if (end - pos < MAGIC_BYTES) return 0;
  return ((data[pos]! << 24) | (data[pos + 1]! << 16) | (data[pos + 2]! << 8) | data[pos + 3]!) >>> 0;
}

/** Gives what a window has gathered first, and then the source's own pieces. */
class Replay implements ByteSource {
  data: Uint8Array;
  start: number;
  end: number;
  headroom = 0;
  private readonly bytes: ByteSource;
  private pending: boolean;

  constructor(bytes: ByteSource, window: Window) {
    this.bytes = bytes;
    this.data = window.data;
    this.start = window.pos;
    this.end = window.end;
    this.pending = window.end > window.pos;
  }

  get fault(): string | null {
    return this.bytes.fault;
  }

  get notice(): string | null {
    return this.bytes.notice;
  }

  pull(): boolean | Promise<boolean> {
    if (this.pending) {
      this.pending = false;
      return true;
    }
    const more = this.bytes.pull();
    if (typeof more === "boolean") return this.pass(more);
    return more.then((got) => this.pass(got));
  }

  private pass(got: boolean): boolean {
    this.data = this.bytes.data;
    this.start = this.bytes.start;
    this.end = this.bytes.end;
    this.headroom = this.bytes.headroom;
    return got;
  }

  close(): Promise<void> {
    return this.bytes.close();
  }
}

/** Captures of other programs: how they begin, and what they are called. Wireshark reads them all. */
const FORMATS: readonly [signature: string, what: string][] = [
  ["GMBU", "a Microsoft Network Monitor"],
  ["RTSS", "a Microsoft Network Monitor 1"],
  ["snoop\0\0\0", "a snoop"],
  ["ObserverPktBuffer", "a Network Instruments Observer"],
  ["TRSNIFF data    \x1a", "a Sniffer (DOS)"],
  ["XCP\0", "a NetXRay or Sniffer (Windows)"],
  ["VL\0\0", "a NetXRay"],
  ["\x05VNF", "a Visual Networks"],
  ["btsnoop\0", "a btsnoop"],
  ["+---------+---------------+", "a K12 text"],
  ["\0\0\x02\0\x12\x05\0\x10", "a Tektronix K12"],
  ["\x01\x10\x4c\0\x01\x05Trace Display", "a Novell LANalyzer"],
  ["\xaa\xaa\xaa\xaa", "an InfoVista 5View"],
  ["TR\0d\0", "an HP-UX nettl"],
  ["iptrace 1.0", "an AIX iptrace"],
  ["iptrace 2.0", "an AIX iptrace"],
  ["\x42\xd2\0\x34\x12\x66\x22\x88", "a RADCOM"],
  ["EyeSDN", "an EyeSDN"],
  ["\x7fver", "an OmniPeek or EtherPeek"],
  ["\x1c\0\x01\xac", "an Ixia"],
  ["\x1c\0\x01\xab", "an Ixia"],
  ["\xac\x01\0\x1c", "an Ixia"],
  ["\xab\x01\0\x1c", "an Ixia"],
];

function captureFormat(head: Uint8Array): string | null {
  const latin = Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1");
  const known = FORMATS.find(([signature]) => latin.startsWith(signature));
  return known?.[1] ?? (looksLikeErf(head) ? "an Endace ERF" : null);
}

/**
 * Endace's format has no signature: its first record is known by a time of this century, a type in use, and a length of
 * the record that fits the length of the packet, with a header of 16 bytes and padding.
 */
function looksLikeErf(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const seconds = view.getUint32(4, true);
  const type = view.getUint8(8) & 0x7f;
  // A record of provenance may come first, without a time.
  if (type === 27 && seconds === 0) return view.getUint16(10) - view.getUint16(14) === 24;
  const over = view.getUint16(10) - view.getUint16(14);
  return seconds > 946_684_800 && seconds < 0x80000000 && type > 0 && type < 30 && over >= 16 && over < 48;
}

/** Formats that people take for captures, or have beside them. */
const SIGNATURES: readonly [signature: string, what: string][] = [
  ["\xfd7zXZ\0", "compressed with xz; decompress it first"],
  ["BZh", "compressed with bzip2; decompress it first"],
  ["\x04\x22\x4d\x18", "compressed with lz4; decompress it first"],
  ["PK\x03\x04", "a ZIP archive"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive"],
  ["\x7fELF", "an ELF program"],
  ["MZ", "a Windows program"],
  ["%PDF", "a PDF document"],
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["\xff\xfe<\0", "an XML document in UTF-16"],
];

function looksLike(head: Uint8Array, magic: number, fault: string | null): string {
  if (fault !== null) return fault;
  if (head.length === 0) return "it is empty";
  const latin = Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1");
  for (const [signature, what] of SIGNATURES) {
    if (latin.startsWith(signature)) return `it is ${what}`;
  }
  const text = latin.replace(/^\xef\xbb\xbf/, "");
  if (/^\s*</.test(text)) return "it is an XML or HTML document";
  if (/^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(text))
    return `it is text that begins ${JSON.stringify(text.slice(0, 20))}`;
  if (head.length < 4) return `it has ${head.length} octets`;
  return `it begins with 0x${magic.toString(16).padStart(8, "0")}`;
}
