/**
 * Where bytes come from, in pieces. A byte source is pulled and returns a promise only where it must wait.
 *
 * Not handled here: files and streams (node/file-bytes.ts), what the bytes are (formats.ts), compression (inflated.ts).
 */

/**
 * A sequence of pieces. After `pull` answered true, the piece is `data[start .. end)`; it stays as it is until the
 * second next `pull`, so that a record which straddles two pieces can be joined.
 */
export interface ByteSource {
  data: Uint8Array;
  start: number;
  end: number;
  /** Bytes in front of `start` that the consumer may overwrite. */
  readonly headroom: number;
  /** Brings the next piece (never empty); false at the end. */
  pull(): boolean | Promise<boolean>;
  /** Why the bytes ended before they should have, or null. */
  readonly fault: string | null;
  /** At the end: what was passed over though nothing is missing, or null. */
  readonly notice: string | null;
  close(): Promise<void>;
}

const EMPTY = new Uint8Array(0);

/** Bytes that are all there. */
export class MemoryBytes implements ByteSource {
  data: Uint8Array;
  start = 0;
  end: number;
  readonly headroom = 0;
  readonly fault = null;
  readonly notice = null;
  private taken = false;

  constructor(bytes: Uint8Array) {
    this.data = bytes;
    this.end = bytes.length;
  }

  pull(): boolean {
    const more = !this.taken && this.end > 0;
    this.taken = true;
    return more;
  }

  close(): Promise<void> {
    this.taken = true;
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
  /** Where in all the bytes of the source `data[0]` stands: it is less than 0 where there is room in front of the first. */
  base = 0;
  readonly bytes: ByteSource;
  /** Bytes that the source gave so far. */
  private given = 0;

  constructor(bytes: ByteSource) {
    this.bytes = bytes;
  }

  /** Makes `need` bytes available from `pos`; false where the input ends before. The caller bounds `need`. */
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

  /** Passes over `count` bytes without keeping them; false where the input ends before. */
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
    const { given } = this;
    this.given += size;
    if (left === 0) {
      this.data = data;
      this.pos = start;
      this.end = end;
      this.base = given - start;
    } else if (left <= headroom) {
      data.set(this.data.subarray(this.pos, this.end), start - left);
      this.data = data;
      this.pos = start - left;
      this.end = end;
      this.base = given - start;
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
      this.base = given - left;
    }
  }

  /** The window's own array, where there is one: only that may be appended to. */
  private joined: Uint8Array | null = null;
}

/** Gives what a window has gathered first, and then the source's own pieces. */
export class Replay implements ByteSource {
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
