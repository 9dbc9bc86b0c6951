/**
 * The signals of a live run: SIGINT and SIGTERM end it in good order (a second one at once), SIGHUP opens its outputs
 * anew, SIGUSR1 asks for its counters.
 */

const STATUS: { [signal: string]: number } = { SIGINT: 130, SIGTERM: 143 };

export interface LiveSignals {
  end(): void;
  reopen(): void;
  report(): void;
}

export class SignalWatch {
  /** Exit status of the signal that ended the run, or null. */
  status: number | null = null;
  readonly #handlers: [NodeJS.Signals, () => void][] = [];

  constructor(acts: LiveSignals) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      this.#on(signal, () => {
        const status = STATUS[signal]!;
        if (this.status !== null) process.exit(status);
        this.status = status;
        acts.end();
      });
    }
    this.#on("SIGHUP", () => acts.reopen());
    this.#on("SIGUSR1", () => acts.report());
  }

  #on(signal: NodeJS.Signals, handler: () => void): void {
    process.on(signal, handler);
    this.#handlers.push([signal, handler]);
  }

  release(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#handlers.length = 0;
  }
}
