/**
 * Which calls of a report have trees: those of offers, those of findings, then those that failed, up to a limit. It is known when all
 * records were seen once.
 */
import type { Event, OfferRecord } from "../events.js";

/** Calls with trees. */
const MAX_TREES = 500;
/** Calls whose conversation is remembered, by id: findings name calls by these. */
const MAX_IDS = 50_000;

const FAILED: ReadonlySet<string> = new Set(["error", "fault"]);

export class TreeChoice {
  /** By id, as the last report of each says. */
  readonly #offers = new Map<string, OfferRecord>();
  readonly #offered = new Set<string>();
  readonly #found = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #streams = new Map<string, number>();
  #failures = 0;
  #chosen: ReadonlySet<string> | null = null;

  /** A record that the filters let through. */
  take(record: Event): void {
    if (record.type === "call") {
      if (record.id !== null && this.#streams.size < MAX_IDS) this.#streams.set(record.id, record.stream);
      if (!FAILED.has(record.status) || record.id === null) return;
      this.#failures++;
      if (this.#failed.size < MAX_TREES) this.#failed.add(record.id);
    } else if (record.type === "offer") {
      this.#offers.set(record.id ?? "", record);
      for (const id of record.call_ids ?? []) if (this.#offered.size < MAX_IDS) this.#offered.add(id);
    } else if (record.type === "detection") {
      for (const id of record.calls) if (this.#found.size < MAX_IDS) this.#found.add(id);
    }
  }

  /** Offers, each as its last report says. */
  get offers(): OfferRecord[] {
    return [...this.#offers.values()];
  }

  /** Ids of the calls that have trees. */
  get ids(): ReadonlySet<string> {
    this.#chosen ??= new Set([...this.#offered, ...this.#found, ...this.#failed].slice(0, MAX_TREES));
    return this.#chosen;
  }

  /** Their TCP conversations; null where not all are known. */
  get streams(): ReadonlySet<number> | null {
    const streams = new Set<number>();
    for (const offer of this.#offers.values()) for (const [stream] of offer.calls) streams.add(stream);
    for (const id of this.ids) {
      const stream = this.#streams.get(id);
      if (stream === undefined && !this.#offered.has(id)) return null;
      if (stream !== undefined) streams.add(stream);
    }
    return streams;
  }

  /** Why there are calls of these kinds without a tree, as a sentence; null where all have one. */
  get cut(): string | null {
    const wanted = new Set([...this.#offered, ...this.#found]).size + this.#failures;
    if (wanted <= MAX_TREES) return null;
    return `Trees and bytes are held of ${MAX_TREES} calls: those of offers first, then those of findings, then those that failed. More would have had them.`;
  }
}
