/**
 * `--keep matches`: conversations belong by what the filters let through of them, instead of by the offers that they are of.
 *
 * Not handled: datagrams, whose conversations are not held.
 */
import type { Event } from "../events.js";
import type { Knowledge } from "./keep-rai.js";

export class Matches implements Knowledge {
  readonly #flows: Pick<Knowledge, "lastFlow">;
  readonly #matches: (event: Event) => boolean;
  readonly #streams = new Set<number>();

  constructor(flows: Pick<Knowledge, "lastFlow">, matches: (event: Event) => boolean) {
    this.#flows = flows;
    this.#matches = matches;
  }

  get lastFlow(): Knowledge["lastFlow"] {
    return this.#flows.lastFlow;
  }

  /** Takes what came out; answers what of it may choose conversations. */
  take(events: readonly Event[]): readonly Event[] {
    const chosen: Event[] = [];
    for (const event of events) {
      const matches = this.#matches(event);
      if (event.type === "call" || event.type === "association") {
        if (matches && event.transport.protseq !== "ncadg_ip_udp") this.#streams.add(event.stream);
      } else if (!matches) continue;
      chosen.push(event);
    }
    return chosen;
  }

  offerStreams(): { belong: Set<number>; candidates: Set<number> } {
    return { belong: this.#streams, candidates: NOBODY };
  }
}

const NOBODY: Set<number> = new Set();
