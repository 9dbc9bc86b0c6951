/**
 * Bytes of an engine, taken from its pipe as soon as they are there: a pipe holds little, and an engine that must wait
 * for its reader loses frames. They wait here as they came, not parsed and not copied, until decoding comes to them.
 */

import type { Readable } from "node:stream";
import { plain } from "../../../dissectors/wire/bytes.js";
import type { ByteSource } from "../byte-source.js";

/** What keeping a piece costs beside its bytes. */
const PIECE_COST = 256;

export class EagerBytes implements ByteSource {
  data: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly headroom = 0;
  fault: string | null = null;
  readonly notice = null;
  /** Bytes that wait, and what keeping them costs. */
  held = 0;
  /** The pipe was left alone because too much waits. For whoever asks to set back. */
  wasFull = false;
  /** Settles when the stream has no more; what waits can still be pulled. */
  readonly over: Promise<void>;
  readonly #stream: Readable;
  #limit: number;
  #pieces: Uint8Array[] = [];
  /** The next piece. */
  #at = 0;
  #ended = false;
  #wake: (() => void) | null = null;

  /** Nothing is taken before the first `pull`. Above `limit` bytes the pipe is left alone until half of that waits. */
  constructor(stream: Readable, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
    stream.pause();
    stream.on("data", (piece: Uint8Array) => {
      this.#pieces.push(piece);
      this.held += piece.length + PIECE_COST;
      if (this.held > this.#limit) {
        this.wasFull = true;
        stream.pause();
      }
      this.#awake();
    });
    // Listening has set it flowing.
    stream.pause();
    stream.on("error", (error: Error) => {
      this.fault = `cannot be read any further (${error.message})`;
    });
    this.over = new Promise((resolve) => {
      const end = (): void => {
        this.#ended = true;
        this.#awake();
        resolve();
      };
      stream.on("end", end);
      stream.on("close", end);
      stream.on("error", end);
    });
  }

  pull(): boolean | Promise<boolean> {
    const piece = this.#pieces[this.#at];
    if (piece !== undefined) {
      this.#pieces[this.#at++] = NOTHING;
      if (this.#at === this.#pieces.length || this.#at === 4096) {
        this.#pieces = this.#pieces.slice(this.#at);
        this.#at = 0;
      }
      this.held -= piece.length + PIECE_COST;
      if (this.held * 2 <= this.#limit && this.#stream.isPaused()) this.#stream.resume();
      this.data = plain(piece);
      this.start = 0;
      this.end = piece.length;
      return true;
    }
    if (this.#ended) return false;
    if (this.#stream.isPaused()) this.#stream.resume();
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.pull());
  }

  /** The engine has written its last; some of it may still wait here. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes all there is from now on: the engine is about to end, and what it still has is bounded by its own buffer. */
  takeAll(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#stream.resume();
  }

  /** No more comes; what waits can still be pulled. */
  close(): Promise<void> {
    this.#stream.destroy();
    this.#ended = true;
    this.#awake();
    return Promise.resolve();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

const NOTHING = new Uint8Array(0);
