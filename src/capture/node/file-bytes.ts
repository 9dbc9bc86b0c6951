/**
 * Files read ahead in large pieces, and streams (standard input, pipes) that give what they have as soon as they have it.
 */
import { open } from "node:fs/promises";
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

/** What is used of an open file. */
interface FileLike {
  read(buffer: Uint8Array, offset: number, length: number, position: null): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

const EMPTY = new Uint8Array(0);

/** Reads a file one piece ahead of its consumer. */
export class FileBytes implements ByteSource {
  data: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly headroom = HEADROOM_BYTES;
  fault: string | null = null;
  readonly notice = null;
  private readonly file: FileLike;
  private readonly chunkBytes: number;
  /** The piece in use, the one before it, and the one being read. */
  private readonly buffers: Uint8Array[] = [];
  private turn = 0;
  private ahead: Promise<number> | null = null;
  private done = false;

  constructor(file: FileLike, chunkBytes: number) {
    this.file = file;
    this.chunkBytes = chunkBytes;
  }

  /** `chunkBytes` are read at once, or all of a smaller file. Throws what the file system throws. */
  static async open(path: string, chunkBytes: number): Promise<FileBytes> {
    const file = await open(path, "r");
    const { size } = await file.stat();
    return new FileBytes(file, Math.min(chunkBytes, Math.max(size, 4096)));
  }

  private readAhead(): Promise<number> {
    const at = this.turn % 3;
    const buffer = this.buffers[at] ?? new Uint8Array(HEADROOM_BYTES + this.chunkBytes);
    this.buffers[at] = buffer;
    // A failed read (a vanished network drive, a bad sector) ends the input where it is.
    return this.file.read(buffer, HEADROOM_BYTES, this.chunkBytes, null).then(
      (result) => result.bytesRead,
      (error: Error) => {
        this.fault = `cannot be read any further (${error.message})`;
        return 0;
      },
    );
  }

  async pull(): Promise<boolean> {
    if (this.done) return false;
    const count = await (this.ahead ?? this.readAhead());
    this.ahead = null;
    if (count === 0) {
      await this.close();
      return false;
    }
    this.data = this.buffers[this.turn % 3]!;
    this.start = HEADROOM_BYTES;
    this.end = HEADROOM_BYTES + count;
    this.turn++;
    this.ahead = this.readAhead();
    return true;
  }

  async close(): Promise<void> {
    if (this.done) return;
    this.done = true;
    await this.ahead;
    await this.file.close();
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
