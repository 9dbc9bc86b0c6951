/**
 * Octets of an engine, taken from its pipe as soon as they are there: a pipe holds little, and an engine that must wait
 * for its reader loses frames.
 */

import type { Readable } from "node:stream";
import type { ByteSource } from "../bytes.js";

/** Pieces that may wait before the pipe is left alone for a while. */
const MANY = 64;

export class EagerBytes implements ByteSource {
  data: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly headroom = 0;
  fault: string | null = null;
  readonly #stream: Readable;
  readonly #pieces: Uint8Array[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  /** Nothing is taken before the first `pull`. */
  constructor(stream: Readable) {
    this.#stream = stream;
    stream.pause();
    stream.on("data", (piece: Uint8Array) => {
      this.#pieces.push(piece);
      if (this.#pieces.length > MANY) stream.pause();
      this.#awake();
    });
    stream.pause();
    const over = (): void => {
      this.#ended = true;
      this.#awake();
    };
    stream.on("end", over);
    stream.on("close", over);
    stream.on("error", (error: Error) => {
      this.fault = `cannot be read any further (${error.message})`;
      over();
    });
  }

  pull(): boolean | Promise<boolean> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.data = piece;
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

  close(): Promise<void> {
    this.#ended = true;
    this.#stream.destroy();
    return Promise.resolve();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
