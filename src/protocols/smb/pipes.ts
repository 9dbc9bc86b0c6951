/**
 * The named pipes of one SMB connection. What a pipe carries goes to a stream of PDUs of its own, in the order in which the
 * messages with it were seen; a pipe that carries something else is not pursued. Files on other shares are none.
 */
import { credibleHeader } from "../../../dissectors/dcerpc/header.js";
import type { Out } from "../../rpc/output.js";
import { Children } from "../children.js";
import type { DataProvenance, GapProvenance, Protocol, Provenance } from "../protocol.js";
import { FOLLOWED_COST, PIPE_COST, type SmbConnection, textCost } from "./connection.js";
import type { SmbMessage } from "./message.js";
import { MAX_MESSAGE } from "./message-reader.js";
import type { SmbSession } from "./sessions.js";

/** Bytes of a PDU by which one is recognised. */
export const PDU_LOOK = 16;

/** Among so many open files the only pipe is not looked for: of what names none, nothing is known then. */
const MANY_PIPES = 16;

/** What stands for the name of a pipe whose opening was not captured. */
const UNKNOWN_NAME = "?";

/** A part of a message; it may reach beyond the bytes at hand. */
export interface Part {
  start: number;
  length: number;
}

/** An open file that is a pipe, or may be one. */
export interface Pipe {
  readonly number: number;
  /** `lsarpc`, as on the wire but for what stands before the name; null where the opening was not captured. */
  readonly name: string | null;
  readonly share: string | null;
  readonly session: SmbSession | null;
  /** The messages with it came encrypted. */
  readonly encrypted: boolean;
  /** What names it once it is open, in protocols where a handle does. */
  handle: string | null;
  child: Protocol | null;
  /** Nothing says that it is a pipe but what it carries, once it does. */
  doubtful: boolean;
  /** The server has more to be read: STATUS_BUFFER_OVERFLOW came with the last bytes. */
  more: boolean;
  /** It carries something else, or there are too many: nothing more of it is wanted. */
  passed: boolean;
  /** By direction, the last gap that was passed on to it. */
  readonly gaps: [number, number];
}

export class Pipes {
  readonly #connection: SmbConnection;
  readonly #children: Children<number>;
  readonly #open = new Set<Pipe>();
  /** By direction, gaps so far, and the last one. */
  readonly #gaps: [number, number] = [0, 0];
  readonly #lastGap: [GapProvenance | null, GapProvenance | null] = [null, null];
  #made = 0;

  constructor(connection: SmbConnection) {
    this.#connection = connection;
    this.#children = new Children("named pipes", () => connection.tools.placeOf(connection.origin));
  }

  /** A file was opened, or met, that may be a pipe. */
  open(known: Pick<Pipe, "name" | "share" | "session" | "encrypted">): Pipe {
    const pipe: Pipe = {
      ...known,
      number: this.#made++,
      handle: null,
      child: null,
      doubtful: false,
      more: false,
      passed: false,
      gaps: [...this.#gaps],
    };
    this.#open.add(pipe);
    this.#connection.account.charge(costOf(pipe));
    return pipe;
  }

  /**
   * Bytes written to a pipe or read from it: `part` of `message`. `id`: the message's number within the connection.
   */
  data(pipe: Pipe, from: 0 | 1, message: SmbMessage, id: bigint | number, part: Part, out: Out): void {
    if (pipe.passed || part.length === 0) return;
    const { bytes, runs } = message;
    if (pipe.doubtful && !this.looksLikePdu(bytes, part)) {
      this.#pass(pipe);
      return;
    }
    pipe.doubtful = false;
    const whole = part.start + part.length;
    const end = Math.min(whole, bytes.length);
    if (part.start >= end && pipe.child === null) return;
    const name = `${message.sequence >>> 0}:${id}`;
    const first = runs[0]!;
    if (pipe.child === null && !this.#begin(pipe, message, name, out)) return;
    this.#passGap(pipe, from, out);
    let start = 0;
    for (const { end: runEnd, frame, frames, time, after } of runs) {
      const a = Math.max(start, part.start);
      const b = Math.min(runEnd, end);
      if (a < b) {
        const sequence = (after - (runEnd - a)) | 0;
        const at: DataProvenance = { frame, frames, time, sequence, message: name };
        this.#children.data(pipe.number, from, bytes.subarray(a, b), at, out);
        if (pipe.child?.verdict === "other") {
          this.#pass(pipe);
          return;
        }
      }
      start = runEnd;
    }
    const missing = whole - Math.max(part.start, end);
    if (missing > 0) {
      if (message.cut === null && message.size > MAX_MESSAGE) this.#tooLong(first, out);
      const at = message.cut ?? { frame: first.frame, time: first.time, reason: "limit" as const };
      pipe.child?.gap(from, missing, at, out);
    }
    this.#settle(pipe, first, out);
  }

  /** Whether bytes look like the beginning of a PDU: by which a file is known whose opening was not captured. */
  looksLikePdu(bytes: Uint8Array, { start, length }: Part): boolean {
    const end = Math.min(start + length, bytes.length);
    return end - start >= 10 && credibleHeader(bytes, start, end, true) !== "no";
  }

  /** A file was closed. */
  close(pipe: Pipe, at: Provenance, out: Out): void {
    if (!this.#open.delete(pipe)) return;
    this.#connection.account.charge(-costOf(pipe));
    if (pipe.child !== null && !pipe.passed) {
      for (const from of [0, 1] as const) this.#passGap(pipe, from, out);
      this.#children.close(pipe.number, at, out);
    }
    // A compound may still name it.
    this.#pass(pipe);
  }

  /** Messages of this direction may be missing, which may have been of any pipe; each has the gap when it is met again. */
  missed(from: 0 | 1, at: GapProvenance): void {
    this.#gaps[from]++;
    this.#lastGap[from] = at;
  }

  closeAll(at: Provenance, out: Out): void {
    for (const pipe of this.#open) this.close(pipe, at, out);
  }

  release(out: Out): void {
    for (const pipe of this.#open) {
      this.#connection.account.charge(-costOf(pipe));
      this.#pass(pipe);
    }
    this.#open.clear();
    this.#children.release(out);
  }

  #begin(pipe: Pipe, message: SmbMessage, name: string, out: Out): boolean {
    const { origin, tools, dialect } = this.#connection;
    const { flow, file, again } = origin;
    const [{ frame, time }] = message.runs as [SmbMessage["runs"][number]];
    const account = pipe.session?.account ?? null;
    pipe.child = this.#children.open(
      pipe.number,
      () =>
        tools.pipeOver({
          flow,
          file,
          again,
          transport: {
            protseq: "ncacn_np",
            endpoint: `\\pipe\\${pipe.name ?? UNKNOWN_NAME}`,
            smb: {
              dialect,
              share: pipe.share,
              session_user: account?.user ?? null,
              session_domain: account?.domain ?? null,
              encrypted: pipe.encrypted,
            },
          },
          auth: pipe.session?.auth() ?? null,
          first: { at: time, sequence: message.sequence, message: name },
          begins: pipe.name !== null && pipe.gaps.every((count, from) => count === this.#gaps[from]),
        }),
      { frame, time },
      out,
    );
    pipe.gaps[0] = this.#gaps[0];
    pipe.gaps[1] = this.#gaps[1];
    if (pipe.child === null) this.#pass(pipe);
    else this.#connection.account.charge(FOLLOWED_COST);
    return pipe.child !== null;
  }

  #pass(pipe: Pipe): void {
    pipe.passed = true;
    if (pipe.child !== null) this.#connection.account.charge(-FOLLOWED_COST);
    pipe.child = null;
  }

  /** Passes on to a pipe what was missed since it was met last. */
  #passGap(pipe: Pipe, from: 0 | 1, out: Out): void {
    if (pipe.gaps[from] === this.#gaps[from]) return;
    pipe.gaps[from] = this.#gaps[from];
    pipe.child?.gap(from, 0, this.#lastGap[from]!, out);
  }

  #tooLong(at: Provenance, out: Out): void {
    const message = `of messages to or from a pipe the first ${MAX_MESSAGE} bytes are read: there is a longer one`;
    this.#connection.noteOnce({ severity: "warning", code: "smb-message-limit", message }, at, out);
  }

  /** A pipe whose name is not known proved to be one. */
  #settle(pipe: Pipe, at: Provenance, out: Out): void {
    if (pipe.name !== null || pipe.child?.verdict !== "mine") return;
    const message =
      "pipes were opened before the capture, or where frames are missing: their names are not known, and that they are pipes is concluded from what they carry";
    this.#connection.noteOnce({ severity: "info", code: "smb-pipe-unnamed", message }, at, out);
  }
}

/** The key of the only pipe that is open, which must be the one that is meant where nothing says which; else null. */
export function onlyOpen<K>(open: ReadonlyMap<K, { pipe: Pipe }>): K | null {
  if (open.size > MANY_PIPES) return null;
  let only: K | null = null;
  for (const [key, { pipe }] of open) {
    if (pipe.passed) continue;
    if (only !== null) return null;
    only = key;
  }
  return only;
}

/** Without what is followed of it. */
function costOf({ name }: Pipe): number {
  return PIPE_COST + textCost(name);
}
