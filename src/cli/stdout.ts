/** Standard output, for all commands: text written whole, and word of what could not be written. */

import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks whether the reader has taken everything. */
const LOOK = 5;

/** Text to standard output, whole: settles when it was taken, also where it cannot be. */
export function print(text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}

/** True where the reader has gone away (`| head`), which is no failure. */
export function isGone(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
}

/** Remembers why standard output cannot be written: the stream itself forgets, and whoever writes may have ended by then. */
export class StdoutWatch {
  #failure: Error | null = null;
  #over = false;

  constructor() {
    process.stdout.on("error", (error) => {
      this.#over = true;
      if (!isGone(error)) this.#failure ??= error;
    });
  }

  /** Waits until everything was taken, or cannot be. Answers why it could not; null where it was, or nobody reads it. */
  async settled(): Promise<Error | null> {
    // An error is reported after the write that it belongs to.
    await sleep(0);
    while (!this.#over && process.stdout.writableLength > 0) await sleep(LOOK);
    return this.#failure;
  }
}
