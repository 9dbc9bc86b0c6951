/**
 * The stage of findings in a run: around what makes records, before filters and outputs. Findings come out behind the record that
 * brought them about, those that the end brings about before the summary, which counts them.
 */
import { DETECTION_LEVELS, type DetectionRecord, type Event, type SummaryRecord } from "../events.js";
import type { Detector } from "./detector.js";
import type { Helpers } from "./helpers.js";

/** Ids of findings that are remembered, so that one which a call log brings as well is told once. */
const MAX_FOUND = 65_536;

export interface DetectingOptions {
  /** null where nobody shows findings. */
  detector: Detector | null;
  /** Who may offer help; null without a list. */
  helpers: Helpers | null;
  /** The least level of findings that call logs bring. */
  level?: DetectionRecord["rule"]["level"] | undefined;
}

export class Detecting {
  readonly #detector: Detector | null;
  readonly #helpers: Helpers | null;
  readonly #least: number;
  readonly #found = new Set<string>();
  readonly #counts: { [level: string]: number } = {};

  constructor({ detector, helpers, level }: DetectingOptions) {
    this.#detector = detector;
    this.#helpers = helpers;
    this.#least = level === undefined ? 0 : DETECTION_LEVELS.indexOf(level);
  }

  /** Findings so far, by level. */
  get counts(): { readonly [level: string]: number } {
    return this.#counts;
  }

  /** The events with findings among them. */
  take(events: readonly Event[]): readonly Event[] {
    let out: Event[] | null = null;
    for (let index = 0; index < events.length; index++) {
      const one = events[index]!;
      const event = this.#taken(one);
      const found = event === null ? [] : (this.#detector?.take(event) ?? []);
      if (out === null) {
        if (event === one && found.length === 0) continue;
        out = events.slice(0, index);
      }
      if (event !== null) out.push(event);
      for (const finding of found) if (this.#isNew(finding)) out.push(finding);
    }
    return out ?? events;
  }

  /** What comes at the end, the summary last. `notes`: what is to be said of the stage itself. */
  *finish(events: Iterable<Event>, notes: () => Iterable<Event> = () => []): IterableIterator<Event> {
    let over = false;
    for (const event of events) {
      if (event.type !== "summary") {
        yield* this.take([event]);
        continue;
      }
      yield* this.#rest();
      yield* notes();
      over = true;
      yield this.#counted(event);
    }
    if (!over) yield* this.#rest();
  }

  *#rest(): IterableIterator<Event> {
    for (const finding of this.#detector?.finish() ?? []) if (this.#isNew(finding)) yield finding;
  }

  #counted(summary: SummaryRecord): SummaryRecord {
    if (this.#detector === null) return summary;
    const known = DETECTION_LEVELS.flatMap((level) => {
      const count = this.#counts[level];
      return count === undefined ? [] : [[level, count] as const];
    });
    return { ...summary, detections: Object.fromEntries(known) };
  }

  /** The event as it goes on; null for a finding that is known, or below the level that is asked for. */
  #taken(event: Event): Event | null {
    if (event.type === "offer" && this.#helpers !== null) return this.#helpers.marked(event);
    if (event.type !== "detection" || this.#detector === null) return event;
    return this.#isNew(event) ? event : null;
  }

  #isNew(finding: DetectionRecord): boolean {
    const { id, rule } = finding;
    if (DETECTION_LEVELS.indexOf(rule.level) < this.#least) return false;
    if (id !== null) {
      if (this.#found.has(id)) return false;
      if (this.#found.size >= MAX_FOUND) this.#found.delete(this.#found.values().next().value!);
      this.#found.add(id);
    }
    this.#counts[rule.level] = (this.#counts[rule.level] ?? 0) + 1;
    return true;
  }
}
