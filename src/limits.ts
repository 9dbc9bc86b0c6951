/** Limits of the whole run beside that on memory: each is told once, when it was reached. */
import type { CallEnvironment } from "./rpc/identity.js";
import { MAX_PAIRS } from "./rpc/inference.js";
import { MAX_OBJECTS } from "./rpc/objects.js";

interface Limit {
  code: string;
  message: string;
  reached(): boolean;
}

export interface Limited {
  calls: CallEnvironment;
  announcements: { readonly full: boolean };
  streams: { readonly historyFull: boolean };
  /** Null where calls are asked for out of order. */
  queue: { readonly overtaken: number } | null;
}

export class Limits {
  /** Those that were not told yet. */
  #left: readonly Limit[];

  constructor({ calls, announcements, streams, queue }: Limited) {
    this.#left = [
      {
        code: "order-limit",
        message: "calls come out before an earlier one that has no answer yet: too many wait for it",
        reached: () => queue !== null && queue.overtaken > 0,
      },
      {
        code: "objects-limit",
        message: `more than ${MAX_OBJECTS} object references, objects or exporters: those used longest ago are forgotten`,
        reached: () => calls.objects.forgotten > 0,
      },
      {
        code: "names-limit",
        message: "more names of automation members were given out than are remembered",
        reached: () => calls.names.full,
      },
      {
        code: "inference-limit",
        message: `more than ${MAX_PAIRS} pairs of machines asked for Remote Assistance: the oldest are forgotten`,
        reached: () => calls.inference.full,
      },
      {
        code: "announcements-limit",
        message: "more endpoints were announced than are remembered: the oldest are forgotten",
        reached: () => announcements.full,
      },
      {
        code: "history-limit",
        message: "more conversations are open than can be compared with what is sent again",
        reached: () => streams.historyFull,
      },
    ];
  }

  /** Limits that were reached since the last call of this method. */
  take(): readonly Limit[] {
    if (!this.#left.some((limit) => limit.reached())) return NONE;
    const reached = this.#left.filter((limit) => limit.reached());
    this.#left = this.#left.filter((limit) => !reached.includes(limit));
    return reached;
  }
}

const NONE: readonly Limit[] = [];
