/**
 * A conversation of a capture read again, by an analyzer that looks at its frames alone: with what the first run knew of
 * interfaces, keys, objects and endpoints, so that its calls come out as they did there.
 *
 * Not handled: what the first run only learned later, or forgot. Whoever asks compares what comes out with what came out then.
 */
import { Analyzer, type AnalyzerOptions } from "../analyzer.js";
import { Frame, NO_LINK_TYPE } from "../capture/frame.js";
import type { Event, EventKind } from "../events.js";
import type { Witness } from "../witness.js";
import type { Numbers } from "./index.js";

const WANTED: ReadonlySet<EventKind> = new Set(["call", "association"]);

export class Replay {
  readonly #analyzer: Analyzer;
  /** Stands for the frames between, which are others'. */
  readonly #between = new Frame();
  #last = 0;

  /** `options`: those of the first run. */
  constructor(
    first: Pick<Analyzer, "run" | "table">,
    { streams, datagrams }: Numbers,
    options: AnalyzerOptions,
    witness: Witness,
  ) {
    this.#analyzer = new Analyzer({
      ...options,
      interfaces: first.table,
      wanted: WANTED,
      witness,
      replays: { run: first.run, streams, datagrams },
    });
    this.#between.linkType = NO_LINK_TYPE;
  }

  /** Takes the next frame, and the time that passed before it. */
  push(frame: Frame): readonly Event[] {
    const passed = this.#last > 0 && frame.number > this.#last + 1 ? this.#pass(frame) : [];
    this.#last = frame.number;
    const events = this.#analyzer.push(frame);
    return passed.length === 0 ? events : [...passed, ...events];
  }

  #pass({ number, seconds, nanos, digits, file, inFile }: Frame): readonly Event[] {
    Object.assign(this.#between, { number: number - 1, seconds, nanos, digits, file, inFile: inFile - 1 });
    return this.#analyzer.push(this.#between);
  }

  finish(): Iterable<Event> {
    return this.#analyzer.finish();
  }
}
