/**
 * Files in large pieces, and streams (standard input, pipes) that give what they have as soon as they have it.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { plain } from "../../../dissectors/wire/bytes.js";
import type { ByteSource } from "../byte-source.js";

/** Room kept free in front of every piece of a file, so that a record begun in the last one can be put before it. */
const HEADROOM_BYTES = 1 << 16;

/** What is used of a stream of Node's, in paused mode. */
export interface ReadableLike {
  read(): unknown;
  on(event: "readable" | "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  destroy(): unknown;
}

const EMPTY = new Uint8Array(0);

/** Milliseconds after which whoever waits for signals and timers gets a turn. */
const TURN = 25;

/**
 * Reads a file piece by piece. What is in the system's cache, or read ahead by it, is copied while the caller waits: that takes a
 * thirtieth of a millisecond, less than handing the work to another thread and waiting for its answer.
 */
export class FileBytes implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = HEADROOM_BYTES;
  fault: string | null = null;
  readonly notice = null;
  private readonly file: number;
  private readonly chunkBytes: number;
  /** The piece in use, and the one before it. */
  private readonly buffers: Uint8Array[] = [];
  private turn = 0;
  private turned = performance.now();
  private done = false;

  /** `file` is a descriptor, which is closed at the end. */
  constructor(file: number, chunkBytes: number) {
    this.file = file;
    this.chunkBytes = chunkBytes;
  }

  /** `chunkBytes` are read at once, or all of a smaller file. Throws what the file system throws. */
  static open(path: string, chunkBytes: number): FileBytes {
    const file = openSync(path, "r");
    const { size } = fstatSync(file);
    return new FileBytes(file, Math.min(chunkBytes, Math.max(size, 4096)));
  }

  pull(): boolean | Promise<boolean> {
    if (this.done) return false;
    if (performance.now() - this.turned < TURN) return this.read();
    return new Promise((resolve) => {
      setImmediate(() => {
        this.turned = performance.now();
        resolve(!this.done && this.read());
      });
    });
  }

  private read(): boolean {
    const at = this.turn % 2;
    const buffer = this.buffers[at] ?? new Uint8Array(HEADROOM_BYTES + this.chunkBytes);
    this.buffers[at] = buffer;
    let count = 0;
    try {
      count = readSync(this.file, buffer, HEADROOM_BYTES, this.chunkBytes, null);
    } catch (error) {
      // A vanished network drive, a bad sector: the input ends where it is.
      this.fault = `cannot be read any further (${(error as Error).message})`;
    }
    if (count === 0) {
      this.shut();
      return false;
    }
    this.data = buffer;
    this.start = HEADROOM_BYTES;
    this.end = HEADROOM_BYTES + count;
    this.turn++;
    return true;
  }

  private shut(): void {
    if (this.done) return;
    this.done = true;
    closeSync(this.file);
  }

  close(): Promise<void> {
    this.shut();
    return Promise.resolve();
  }
}

/** Takes what a Node stream has; back-pressure is the stream's own, since it is read in paused mode. */
export class StreamBytes implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = 0;
  fault: string | null = null;
  readonly notice = null;
  private readonly stream: ReadableLike;
  private ended = false;
  private wake: (() => void) | null = null;

  constructor(stream: ReadableLike) {
    this.stream = stream;
    const signal = (): void => {
      const wake = this.wake;
      this.wake = null;
      wake?.();
    };
    const stop = (): void => {
      this.ended = true;
      signal();
    };
    stream.on("readable", signal);
    stream.on("end", stop);
    stream.on("close", stop);
    stream.on("error", (error: Error) => {
      this.fault = `cannot be read any further (${error.message})`;
      stop();
    });
  }

  pull(): boolean | Promise<boolean> {
    const chunk = this.stream.read() as Uint8Array | null;
    if (chunk !== null && chunk.length > 0) {
      this.data = plain(chunk);
      this.start = 0;
      this.end = chunk.length;
      return true;
    }
    if (this.ended) return false;
    return new Promise<void>((resolve) => {
      this.wake = resolve;
    }).then(() => this.pull());
  }

  close(): Promise<void> {
    this.ended = true;
    this.stream.destroy();
    return Promise.resolve();
  }
}
