/**
 * A capture written to somebody who reads it as it is made: a named pipe, or standard output. Never waits for the
 * reader: what it has no room for is let go, and counted.
 */

import type { Writable } from "node:stream";
import type { Frame } from "./frame.js";
import { type InterfaceStatistics, PcapngWriter, type WriterInterface } from "./writer.js";

/** Octets that may wait for the reader. */
const WAITING = 64 << 20;

export class StreamCapture {
  frames = 0;
  octets = 0;
  readonly files = 1;
  readonly path: string;
  /** Frames that the reader did not take in time. */
  letGo = 0;
  failure: Error | null = null;
  readonly #stream: Writable;
  readonly #writer: PcapngWriter;

  /** `gone` is called when nobody reads any more. */
  constructor(
    path: string,
    stream: Writable,
    application: string,
    interfaces: readonly WriterInterface[],
    gone: () => void,
  ) {
    this.path = path;
    this.#stream = stream;
    stream.on("error", (error) => {
      this.failure ??= error;
      gone();
    });
    // The writer uses its memory again.
    this.#writer = new PcapngWriter(
      { write: (blocks) => stream.write(Buffer.from(blocks)) },
      application,
      interfaces,
    );
  }

  /** The reader has gone away, which is no failure. */
  get abandoned(): boolean {
    const code = (this.failure as NodeJS.ErrnoException | null)?.code;
    return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
  }

  get size(): number {
    return this.octets;
  }

  frame(frame: Frame, source: number, comment: string | null = null): void {
    if (this.failure !== null) return;
    if (this.#stream.writableLength > WAITING) {
      this.letGo++;
      return;
    }
    const before = this.#writer.octets;
    this.#writer.frame(frame, source, comment);
    this.octets += this.#writer.octets - before;
    this.frames++;
  }

  tick(): void {
    if (this.failure === null) this.#writer.flush();
  }

  /** A stream cannot be opened anew. */
  reopen(): void {}

  close(seconds: number, of: (source: number) => InterfaceStatistics): Promise<void> {
    if (this.failure !== null) return Promise.resolve();
    this.#writer.statistics(seconds, of);
    return new Promise((resolve) => {
      this.#stream.once("error", () => resolve());
      if (this.#stream === process.stdout) this.#stream.write("", () => resolve());
      else this.#stream.end(() => resolve());
    });
  }
}
