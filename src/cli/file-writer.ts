/** Text or bytes on their way to one stream: gathered to large pieces, and never faster than the other side takes them. */

import { constants, fstatSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import type { Writable } from "node:stream";
import { CommandError, nameOf, systemReason } from "./failure.js";
import { isGone } from "./stdout.js";

/** Bytes gathered before they are handed to the stream. */
const PIECE = 65_536;

/** A file that was opened for this run. */
export interface OpenedFile {
  fd: number;
  /** It was not there before. */
  made: boolean;
  regular: boolean;
}

export class FileWriter {
  readonly name: string;
  /** Called before anything goes out: what else is drawn on the same terminal must make room. */
  beforeWrite: (() => void) | null = null;
  #stream: Writable;
  readonly #opened: OpenedFile | null;
  /** Bytes gathered, and how many: one string of many pieces would be copied once more before it is written. */
  #piece: Buffer | null = null;
  #size = 0;
  #drain: Promise<void> | null = null;
  #closed = false;
  #failure: Error | null = null;

  /** `opened`: the file behind the stream, whose old content goes with `begin`. */
  constructor(name: string, stream: Writable, opened: OpenedFile | null = null) {
    this.name = name;
    this.#stream = stream;
    this.#opened = opened;
    this.#watch(stream);
  }

  #watch(stream: Writable): void {
    stream.on("error", (error) => {
      if (stream !== this.#stream) return;
      this.#closed = true;
      // A reader that has gone away (`| head`) is no failure.
      if (!isGone(error)) this.#failure = error;
    });
  }

  get isTerminal(): boolean {
    return (this.#stream as { isTTY?: boolean }).isTTY === true;
  }

  /** Why nothing more can be written, or null; that nobody reads it any more is no failure. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Nobody reads this any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Takes away what stood in the file before, now that every other output is open as well. */
  begin(): void {
    if (this.#opened?.regular === true) ftruncateSync(this.#opened.fd, 0);
  }

  /** Nothing will be written: a file that was made for this run goes. */
  discard(): void {
    if (this.#opened === null) return;
    this.#closed = true;
    this.#stream.destroy();
    if (this.#opened.made) unlinkSync(this.name);
  }

  add(what: string | Uint8Array): void {
    if (this.#closed) return;
    // A code unit takes three bytes at most.
    const most = typeof what === "string" ? 3 * what.length : what.length;
    if (this.#size + most > PIECE) {
      this.flush();
      if (most > PIECE) {
        // A copy, of bytes too: who gave them may use their memory again before they are written.
        this.#write(Buffer.from(what));
        return;
      }
    }
    this.#piece ??= Buffer.allocUnsafeSlow(PIECE);
    if (typeof what === "string") {
      this.#size += this.#piece.write(what, this.#size);
    } else {
      this.#piece.set(what, this.#size);
      this.#size += what.length;
    }
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#size === 0 || this.#closed) return;
    const piece = this.#piece!.subarray(0, this.#size);
    this.#piece = null;
    this.#size = 0;
    this.#write(piece);
  }

  #write(bytes: Buffer): void {
    this.beforeWrite?.();
    if (!this.#stream.write(bytes) && this.#drain === null) {
      this.#drain = new Promise((resolve) => {
        const done = (): void => {
          this.#drain = null;
          this.#stream.off("drain", done).off("error", done).off("close", done);
          resolve();
        };
        this.#stream.on("drain", done).on("error", done).on("close", done);
      });
    }
  }

  /** Ends the stream; what comes goes to another one. */
  goOn(stream: Writable): void {
    this.flush();
    this.#stream.end();
    this.#stream = stream;
    this.#watch(stream);
  }

  /** Settles when more may be written; null when that is now. */
  pressure(): Promise<void> | null {
    return this.#drain;
  }

  /**
   * Everything written out. Throws CommandError where a file could not be written; what standard output could not take is
   * reported where the program ends.
   */
  async finish(): Promise<void> {
    this.flush();
    const stream = this.#stream;
    // Standard output stays open for whoever else writes to it; files are closed, which may bring the last error.
    if (stream === process.stdout) {
      await this.#drain;
      return;
    }
    if (!stream.closed) {
      await new Promise<void>((resolve) => {
        stream.once("close", () => resolve());
        if (!stream.destroyed) stream.end();
      });
    }
    if (this.#failure !== null) {
      throw new CommandError(
        `${this.name}: cannot be written: ${systemReason(this.#failure)}; the file is incomplete`,
      );
    }
  }
}

/** At once, while this process may. Throws CommandError. */
export function openForWriting(
  file: string,
  open: (path: string) => { fd: number; made: boolean },
): OpenedFile {
  try {
    const { fd, made } = open(file);
    const info = fstatSync(fd);
    return { fd, made, regular: info.isFile() };
  } catch (error) {
    throw new CommandError(`${nameOf(file)}: cannot be written: ${systemReason(error)}`);
  }
}

/** Opens a file as it is, or makes it. */
export function openPlace(path: string): { fd: number; made: boolean } {
  try {
    return { fd: openSync(path, "wx"), made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  try {
    return { fd: openSync(path, constants.O_WRONLY), made: false };
  } catch (error) {
    // A symbolic link whose file is still to be made.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { fd: openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o666), made: false };
  }
}
