/**
 * Numbers of conversations where records of several runs come together: each run counted its own from 0. Numbers are
 * given anew, in order of the first record that names them.
 */
import type { AssociationRecord, CallRecord, Event } from "../events.js";
import { Oldest } from "../oldest.js";
import { isDatagram } from "../output/transport.js";

/** Conversations whose numbers are remembered; one that comes again after that many others gets another. */
const MAX_NUMBERED = 65_536;

type Kind = "tcp" | "udp";

export class Numbers {
  /** A conversation's number was forgotten. */
  full = false;
  readonly #known = new Map<string, number>();
  readonly #next: { [kind in Kind]: number };
  readonly #oldest = new Oldest(this.#known);

  /** `from`: the first numbers that are given. */
  constructor(from: { readonly [kind in Kind]: number } = { tcp: 0, udp: 0 }) {
    this.#next = { ...from };
  }

  /** The record with the numbers of all runs together. `run`: which one it is of. */
  apply(event: Event, run: number): Event {
    const tcp = (stream: number): number => this.#of(run, "tcp", stream);
    const own = (event: CallRecord | AssociationRecord): number =>
      this.#of(run, isDatagram(event.transport) ? "udp" : "tcp", event.stream);
    switch (event.type) {
      case "call":
        return { ...event, stream: own(event) };
      case "association": {
        const { announced } = event;
        const by = announced && { ...announced, stream: tcp(announced.stream) };
        return { ...event, stream: own(event), announced: by };
      }
      case "offer":
        return {
          ...event,
          stream: tcp(event.stream),
          calls: event.calls.map(([stream, call]): [number, number] => [tcp(stream), call]),
          follow_up: event.follow_up && { ...event.follow_up, stream: tcp(event.follow_up.stream) },
        };
      case "note":
      case "detection":
        return event.stream === null ? event : { ...event, stream: tcp(event.stream) };
      case "observation":
        // None is in a call log, but captures are read beside it.
        return { ...event, stream: this.#of(run, event.over, event.stream) };
      case "summary": {
        const { keys } = event;
        if (keys === null) return event;
        const contexts = keys.contexts.map((context) =>
          context.stream === null ? context : { ...context, stream: tcp(context.stream) },
        );
        return { ...event, keys: { ...keys, contexts } };
      }
    }
  }

  #of(run: number, kind: Kind, stream: number): number {
    const key = `${kind} ${run} ${stream}`;
    const known = this.#known.get(key);
    const number = known ?? this.#next[kind]++;
    // The order of the map is that of use: the first is the one that was not named for longest.
    if (known !== undefined) this.#known.delete(key);
    else if (this.#known.size >= MAX_NUMBERED) {
      this.full = true;
      this.#known.delete(this.#oldest.next()!);
    }
    this.#known.set(key, number);
    return number;
  }
}
