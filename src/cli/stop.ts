/** SIGINT and SIGTERM as a wish to stop: the run ends at the next frame, everything is flushed, the counters follow. */

const STATUS: { [signal: string]: number } = { SIGINT: 130, SIGTERM: 143 };

export class Stop {
  /** Exit status of the signal that came, or null. */
  status: number | null = null;
  #wake: (() => void) | null = null;
  readonly #handlers: [NodeJS.Signals, () => void][] = [];

  get wanted(): boolean {
    return this.status !== null;
  }

  /** Listens. A second signal ends the process at once: the user means it. */
  listen(): this {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const handler = (): void => {
        const status = STATUS[signal]!;
        if (this.status !== null) process.exit(status);
        this.status = status;
        this.#wake?.();
      };
      process.on(signal, handler);
      this.#handlers.push([signal, handler]);
    }
    return this;
  }

  release(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.length = 0;
  }

  /** Ends the wait that goes on, e.g. when nobody reads the output any more. */
  wake(): void {
    this.#wake?.();
  }

  /** `promise`, or undefined as soon as the end is wanted. The promise is dropped then. */
  during<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.wanted) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const wake = (): void => resolve(undefined);
      this.#wake = wake;
      // A later wait may have begun before this one's last step runs: its way to be woken must stay.
      promise.then(resolve, reject).finally(() => {
        if (this.#wake === wake) this.#wake = null;
      });
    });
  }
}
