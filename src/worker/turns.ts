/** Long work in turns: after each the thread does what else waits for it, such as the word that the work is to end. */

import { ENDED } from "./messages.js";

/** Milliseconds of a turn. */
const TURN = 25;

/** What is used of a port, which Node's types call otherwise than a browser's. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** The work was ended by `end`, or by other work in its place. */
export class Ended extends Error {
  constructor() {
    super(ENDED);
    this.name = "Ended";
  }
}

export class Turns {
  #began = performance.now();
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  /** Whether it is time to `give` others their turn. */
  get due(): boolean {
    return performance.now() - this.#began > TURN;
  }

  /** Throws Ended where the work ended meanwhile. */
  async give(): Promise<void> {
    await pause();
    this.#began = performance.now();
    if (this.#ended) throw new Ended();
  }
}

/** Until the messages that wait were taken: timers would wait longer than a turn. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel() as unknown as { port1: Port; port2: Port };
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
