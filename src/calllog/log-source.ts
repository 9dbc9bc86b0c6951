/**
 * A call log as a source: in the place of each frame stands a record. Lines that are damaged, too long or of another
 * schema are passed over and reported; all others are read.
 *
 * The order of time among several inputs goes by the latest time that a log has told so far, since what is known late (an
 * association, an offer) stands behind what happened after it.
 */
import type { ByteSource } from "../capture/byte-source.js";
import { type Frame, type FrameSource, type SourceNote, trailingBytes } from "../capture/frame.js";
import { EVENT_KINDS, type Event, type EventKind, SCHEMA } from "../events.js";
import { checked } from "./check.js";
import { Lines } from "./lines.js";

/** Lines of one log that are reported one by one; further ones are counted. */
const REPORTED_LINES = 10;

const NO_BYTES = new Uint8Array(0);

export class LogSource implements FrameSource {
  readonly holds = "records";
  complete = true;
  readonly #bytes: ByteSource;
  readonly #name: string;
  readonly #lines: Lines;
  readonly #longest: number;
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  #notes: SourceNote[] = [];
  #reported = 0;
  #more = 0;
  /** Records of other kinds, by kind. */
  readonly #others = new Map<string, number>();
  /** Keys of the schema that its records lack, since it is older. */
  readonly #lacked = new Set<string>();
  #seconds = 0;
  #nanos = 0;
  #ended = false;

  /** `longest`: bytes of the longest line that is read. */
  constructor(bytes: ByteSource, name: string, longest: number) {
    this.#bytes = bytes;
    this.#name = name;
    this.#longest = longest;
    this.#lines = new Lines(bytes, longest);
  }

  next(frame: Frame): boolean | Promise<boolean> {
    for (;;) {
      const more = this.#lines.next();
      if (typeof more !== "boolean") {
        return more.then((got) => (got ? this.#read(frame) || this.next(frame) : this.#end()));
      }
      if (!more) return this.#end();
      if (this.#read(frame)) return true;
    }
  }

  takeNotes(): SourceNote[] {
    const notes = this.#notes;
    if (notes.length > 0) this.#notes = [];
    return notes;
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** The line as a record in the frame's place; false where it is none. */
  #read(frame: Frame): boolean {
    const { start, end, tooLong } = this.#lines;
    if (tooLong) {
      this.#passOver("log-line-too-long", `longer than ${this.#longest} bytes, which is the limit of a line`);
      return false;
    }
    const record = this.#record();
    if (record === null) return false;
    this.#pass(record.ts);
    frame.record = record;
    frame.seconds = this.#seconds;
    frame.nanos = this.#nanos;
    frame.data = NO_BYTES;
    frame.start = 0;
    // What there was to read, for whoever counts it.
    frame.end = end - start;
    return true;
  }

  #record(): Event | null {
    const text = this.#decoded();
    if (text.trim() === "") return null;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      this.#notJson();
      return null;
    }
    const { type, schema } = (parsed ?? {}) as { type?: unknown; schema?: unknown };
    if (typeof type !== "string" || typeof schema !== "number") {
      this.#passOver("log-line-damaged", "it is JSON, but no record of a call log");
      return null;
    }
    if (!EVENT_KINDS.includes(type as EventKind)) {
      this.#others.set(type, (this.#others.get(type) ?? 0) + 1);
      return null;
    }
    if (schema !== SCHEMA) {
      this.#passOver("log-schema", `a record of schema ${schema}; only schema ${SCHEMA} is read`);
      return null;
    }
    const record = checked(parsed as { [name: string]: unknown }, this.#lacked);
    if (typeof record !== "string") return record;
    this.#passOver("log-line-damaged", `its ${type} is not as schema ${SCHEMA} has it: ${record}`);
    return null;
  }

  /** The line as text. Bytes that are no UTF-8 cost no more than themselves. */
  #decoded(): string {
    const { data, start, end } = this.#lines;
    const bytes = data.subarray(start, end);
    try {
      return this.#text.decode(bytes);
    } catch {
      this.#report("log-text-damaged", "bytes that are no UTF-8 are shown as U+FFFD");
      return new TextDecoder().decode(bytes);
    }
  }

  #notJson(): void {
    if (this.#lines.ended) this.#passOver("log-line-damaged", "no JSON");
    else this.#passOver("log-cut-short", "the log ends in the middle of it");
  }

  #passOver(code: string, what: string): void {
    this.complete = false;
    this.#report(code, `${what}; it is passed over`);
  }

  #report(code: string, what: string): void {
    if (++this.#reported > REPORTED_LINES) {
      this.#more++;
      return;
    }
    this.#note("warning", code, `line ${this.#lines.number}: ${what}`);
  }

  #note(severity: SourceNote["severity"], code: string, message: string): void {
    this.#notes.push({ severity, code, message: `${this.#name}: ${message}`, frame: 0 });
  }

  #end(): false {
    if (this.#ended) return false;
    this.#ended = true;
    if (this.#more > 0) {
      const lines = this.#more === 1 ? "1 further line is" : `${this.#more} further lines are`;
      this.#note("warning", "log-line-damaged", `${lines} damaged or passed over`);
    }
    for (const [type, count] of this.#others) {
      const records = count === 1 ? "1 record" : `${count} records`;
      this.#note("info", "log-record-unknown", `${records} of type ${JSON.stringify(type)} passed over`);
    }
    if (this.#lacked.size > 0) {
      const keys = [...this.#lacked].sort().join(", ");
      this.#note(
        "info",
        "log-older",
        `an earlier raiscope wrote it: what it does not tell is null or empty (${keys})`,
      );
    }
    const { fault, notice } = this.#bytes;
    if (fault !== null) {
      this.complete = false;
      this.#note("error", "capture-damaged", `after line ${this.#lines.number}: ${fault}`);
    }
    if (notice !== null) this.#notes.push(trailingBytes(this.#name, notice, 0));
    return false;
  }

  /** The log's time goes on, as far as the record tells one. */
  #pass(ts: string | null): void {
    if (ts === null) return;
    const seconds = Math.floor(Date.parse(`${ts.slice(0, 19)}Z`) / 1000);
    if (Number.isNaN(seconds)) return;
    const nanos = Number(ts.slice(20, -1).padEnd(9, "0")) || 0;
    if (seconds < this.#seconds || (seconds === this.#seconds && nanos <= this.#nanos)) return;
    this.#seconds = seconds;
    this.#nanos = nanos;
  }
}
