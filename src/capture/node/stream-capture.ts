/**
 * A capture written to somebody who reads it as it is made: a named pipe, or standard output. Never waits for the
 * reader: what it has no room for is dropped, and counted.
 */

import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "../frame.js";
import { type InterfaceStatistics, PcapngWriter, type WriterInterface } from "./writer.js";

/** Bytes that may wait for the reader. */
const WAITING = 64 << 20;
/** Milliseconds at the end in which a reader must have taken something, else it is not waited for any longer. */
const PATIENCE = 3_000;
/** Milliseconds between two looks whether a named pipe has a reader. */
const KNOCK = 100;

/**
 * Opens a named pipe for writing once it has a reader; `waits` is called where that is not so at once. Nothing in this
 * process is blocked meanwhile, nor when the reader takes nothing later on. Throws what the file system throws.
 */
export async function openPipe(path: string, waits: () => void): Promise<Socket> {
  for (let warned = false; ; warned = true) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        return new Socket({ fd, readable: false, writable: true });
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      if (!warned) waits();
      await sleep(KNOCK);
    }
  }
}

export class StreamCapture {
  frames = 0;
  bytes = 0;
  readonly files = 1;
  readonly path: string;
  /** Frames that the reader did not take in time. */
  dropped = 0;
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
      {
        write(blocks) {
          stream.write(Buffer.from(blocks));
          return blocks.length;
        },
      },
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
    return this.bytes;
  }

  frame(frame: Frame, source: number, comment: string | null = null): void {
    if (this.failure !== null) return;
    if (this.#stream.writableLength > WAITING) {
      this.dropped++;
      return;
    }
    const before = this.#writer.bytes;
    this.#writer.frame(frame, source, comment);
    this.bytes += this.#writer.bytes - before;
    this.frames++;
  }

  tick(): void {
    if (this.failure === null) this.#writer.flush();
  }

  /** A stream cannot be opened anew. */
  reopen(): void {}

  /** Ends the capture, as soon as the reader has taken it. */
  async close(seconds: number, of: (source: number) => InterfaceStatistics): Promise<void> {
    if (this.failure !== null) return;
    this.#writer.statistics(seconds, of);
    const stream = this.#stream;
    const taken = new Promise<void>((resolve) => {
      stream.once("close", () => resolve()).once("error", () => resolve());
      if (stream === process.stdout) stream.write("", () => resolve());
      else stream.end(() => resolve());
    });
    let watch: NodeJS.Timeout | undefined;
    const stuck = new Promise<void>((resolve) => {
      let left = stream.writableLength;
      watch = setInterval(() => {
        if (stream.writableLength >= left) resolve();
        left = stream.writableLength;
      }, PATIENCE);
    });
    await Promise.race([taken, stuck]);
    clearInterval(watch);
    if (stream.writableLength > 0 && this.failure === null) {
      this.failure = new Error(`its reader did not read the last ${stream.writableLength} bytes`);
      stream.destroy();
    }
  }
}
