/** The capture inside a report: what -w writes of the chosen conversations, in memory and packed. */
import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import type { Analyzer } from "../analyzer.js";
import type { Inputs } from "../capture/node/open.js";
import type { InterfaceTable } from "../interfaces.js";
import type { Manifest } from "../report/model.js";
import type { CaseOptions } from "./case-options.js";
import { CommandError } from "./failure.js";
import { FileWriter } from "./file-writer.js";
import type { Redaction, Say } from "./redaction.js";
import type { Stop } from "./stop.js";
import { CaptureWriting } from "./write-capture.js";

/** Bytes of a capture that a report holds. */
const MAX_PACKETS = 64 << 20;
const NAME = "packets.pcapng";

export class PacketsInside {
  readonly writing: CaptureWriting;
  readonly #kept: Kept;
  about: Manifest["packets"] = null;
  packed: string | null = null;
  #refused: string | null = null;

  /** Throws CommandError. */
  constructor(options: CaseOptions, table: InterfaceTable, redaction: Redaction) {
    this.#kept = new Kept(MAX_PACKETS);
    const file = new FileWriter(NAME, this.#kept);
    // How much was written is said of the report.
    this.writing = new CaptureWriting(NAME, { ...options, output: [], quiet: true }, table, redaction, file);
  }

  async write(
    files: readonly string[],
    again: (inputs: Inputs) => Analyzer,
    redaction: Redaction,
    stop: Stop,
    say: Say,
  ): Promise<void> {
    try {
      await this.writing.write(files, again, redaction, stop, say);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      // Of what cannot be redacted whole, nothing is inside; the report is written all the same.
      this.#refused = error.message.replace(`${NAME}: `, "");
      return;
    }
    if (this.#kept.over || stop.wanted) return;
    const bytes = Buffer.concat(this.#kept.pieces);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    this.about = { name: NAME, bytes: bytes.length, frames: this.writing.frames, sha256 };
    this.packed = gzipSync(bytes, { level: 9 }).toString("base64");
  }

  /** Why there is none; null where there is. */
  get lack(): string | null {
    if (this.#refused !== null)
      return `The capture of the chosen conversations is left out: ${this.#refused}.`;
    if (!this.#kept.over) return null;
    return `The capture of the chosen conversations is left out: it is larger than ${MAX_PACKETS >> 20} MiB. raiscope -w writes it to a file of its own.`;
  }
}

/** Keeps what is written to it, up to a limit. */
class Kept extends Writable {
  pieces: Uint8Array[] = [];
  over = false;
  #size = 0;
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
    this.#size += piece.length;
    if (this.#size > this.#limit) {
      this.over = true;
      this.pieces = [];
    } else this.pieces.push(piece);
    done();
  }
}
