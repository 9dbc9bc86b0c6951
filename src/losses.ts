/** What the limit on memory cost, reported once for each conversation and kind, and at the end as sums: never a note for each time. */
import type { Loss } from "./budget.js";

/** Conversations that are reported one by one of each kind; further ones are counted. */
const MAX_REPORTED = 100;

interface Sum {
  times: number;
  bytes: number;
  /** Conversations that were reported, or null as the run itself. */
  readonly reported: Set<number | null>;
}

const LIMIT = "the limit on memory (--max-memory) was reached";

export class Losses {
  readonly #sums = new Map<string, Sum>();

  /** The message for a loss that is to be reported at once, or null. */
  take({ kind, stream, bytes }: Loss): string | null {
    let sum = this.#sums.get(kind);
    if (sum === undefined) {
      sum = { times: 0, bytes: 0, reported: new Set() };
      this.#sums.set(kind, sum);
    }
    sum.times++;
    sum.bytes += bytes;
    if (sum.reported.has(stream) || sum.reported.size >= MAX_REPORTED) return null;
    sum.reported.add(stream);
    const whose = stream === null ? "" : ", of this conversation";
    return `${LIMIT}${whose}: ${kind}, about ${sizeText(bytes)}`;
  }

  /** What was given up in all, of the kinds of which it happened more than once. */
  sums(): string[] {
    return [...this.#sums]
      .filter(([, { times }]) => times > 1)
      .map(([kind, { times, bytes }]) => `${LIMIT}: ${times} times ${kind}, about ${sizeText(bytes)} in all`);
  }
}

function sizeText(bytes: number): string {
  return bytes < 10_000 ? `${Math.round(bytes)} bytes` : `${Math.round(bytes / 1000)} kB`;
}
