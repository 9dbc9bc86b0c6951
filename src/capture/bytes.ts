/**
 * Where octets come from: files read ahead in large pieces, and streams (standard input, pipes) that give what they
 * have as soon as they have it. A byte source is pulled and answers a promise only where it must wait.
 *
 * Not handled here: what the octets are (open.ts), compression (decompress.ts).
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { plain } from "../../dissectors/wire/bytes.js";

/** Room kept free in front of every piece of a file, so that a record begun in the last one can be put before it. */
const HEADROOM_BYTES = 1 << 16;

/**
 * A sequence of pieces. After `pull` answered true, the piece is `data[start .. end)`; it stays as it is until the
 * second next `pull`, so that a record which straddles two pieces can be joined.
 */
export interface ByteSource {
  data: Uint8Array;
  start: number;
  end: number;
  /** Octets in front of `start` that the consumer may overwrite. */
  readonly headroom: number;
  /** Brings the next piece (never empty); false at the end. */
  pull(): boolean | Promise<boolean>;
  /** Why the octets ended before they should have, or null. */
  readonly fault: string | null;
  /** At the end: what was passed over though nothing is missing, or null. */
  readonly notice: string | null;
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
  private readonly file: FileHandle;
  private readonly chunkBytes: number;
  /** The piece in use, the one before it, and the one being read. */
  private readonly buffers: Uint8Array[] = [];
  private turn = 0;
  private ahead: Promise<number> | null = null;
  private done = false;

  constructor(file: FileHandle, chunkBytes: number) {
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
  private readonly stream: Readable;
  private ended = false;
  private wake: (() => void) | null = null;

  constructor(stream: Readable) {
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

/**
 * A window that slides over a byte source: `data[pos .. end)` is what can be read. Records that straddle two pieces are
 * joined here, and only here.
 */
export class Window {
  data: Uint8Array = EMPTY;
  pos = 0;
  end = 0;
  readonly bytes: ByteSource;

  constructor(bytes: ByteSource) {
    this.bytes = bytes;
  }

  /** Makes `need` octets available from `pos`; false where the input ends before. The caller bounds `need`. */
  fill(need: number): boolean | Promise<boolean> {
    while (this.end - this.pos < need) {
      const more = this.bytes.pull();
      if (more === false) return false;
      if (more !== true) {
        return more.then((got) => {
          if (!got) return false;
          this.take(need);
          return this.fill(need);
        });
      }
      this.take(need);
    }
    return true;
  }

  /** Passes over `count` octets without keeping them; false where the input ends before. */
  skip(count: number): boolean | Promise<boolean> {
    for (let left = count; ; ) {
      const have = Math.min(left, this.end - this.pos);
      this.pos += have;
      left -= have;
      if (left === 0) return true;
      const more = this.bytes.pull();
      if (more === false) return false;
      if (more !== true) {
        const rest = left;
        return more.then((got) => {
          if (!got) return false;
          this.take(0);
          return this.skip(rest);
        });
      }
      this.take(0);
    }
  }

  /** Puts the source's current piece behind what is left in the window. */
  private take(need: number): void {
    const { data, start, end, headroom } = this.bytes;
    const left = this.end - this.pos;
    const size = end - start;
    if (left === 0) {
      this.data = data;
      this.pos = start;
      this.end = end;
    } else if (left <= headroom) {
      data.set(this.data.subarray(this.pos, this.end), start - left);
      this.data = data;
      this.pos = start - left;
      this.end = end;
    } else if (this.joined === this.data && this.end + size <= this.data.length) {
      this.data.set(data.subarray(start, end), this.end);
      this.end += size;
    } else {
      // Room for the whole record at once, so that a long one is not copied again for every piece.
      const joined = new Uint8Array(Math.max(need, left) + size);
      joined.set(this.data.subarray(this.pos, this.end));
      joined.set(data.subarray(start, end), left);
      this.data = joined;
      this.joined = joined;
      this.pos = 0;
      this.end = left + size;
    }
  }

  /** The window's own array, where there is one: only that may be appended to. */
  private joined: Uint8Array | null = null;
}
