/**
 * Windows that are over before their count is known, for conditions that further records can make false (`lt`, `lte`, `eq`,
 * `neq`, ranges): from a group's first record on, one timespan long.
 */

import {
  bytesOf,
  GROUP_BYTES,
  type Incoming,
  MAX_OCCURRENCES,
  MAX_OF_RULE,
  MAX_VALUES,
  type Occurrence,
  plain,
} from "./correlation-occurrence.js";
import { longestChain } from "./correlation-order.js";
import type { CorrelationType } from "./rules/rule.js";

/** A window from a group's first record on, of which the count is known when it is over. */
export class WholeWindow<E> {
  readonly start: number;
  readonly #type: CorrelationType;
  #events = 0;
  readonly #values = new Set<string>();
  /** As they were met. */
  readonly values: string[] = [];
  readonly #first: Incoming<E>[] = [];
  readonly #ofRule: number[] = [];
  #bytes = GROUP_BYTES;

  constructor(start: number, type: CorrelationType) {
    this.start = start;
    this.#type = type;
  }

  add(one: Incoming<E>): void {
    this.#events++;
    if (this.#type === "value_count" && this.#values.size < MAX_VALUES && !this.#values.has(one.value)) {
      this.#values.add(one.value);
      this.values.push(one.shown);
      this.#bytes += bytesOf(one);
    }
    const sameRule = this.#ofRule[one.index] ?? 0;
    this.#ofRule[one.index] = sameRule + 1;
    const temporal = this.#type === "temporal" || this.#type === "temporal_ordered";
    if (temporal ? sameRule < MAX_OF_RULE : this.#first.length < MAX_OCCURRENCES) {
      this.#first.push(one);
      this.#bytes += bytesOf(one);
    }
  }

  get count(): number {
    if (this.#type === "event_count") return this.#events;
    if (this.#type === "value_count") return this.#values.size;
    if (this.#type === "temporal") return this.#ofRule.filter((count) => count > 0).length;
    return longestChain([...this.#first].sort((a, b) => a.time - b.time)).length;
  }

  /** All that came, told or not. */
  get events(): number {
    return this.#events;
  }

  occurrences(): Occurrence<E>[] {
    return this.#first.slice(0, MAX_OCCURRENCES).map(plain);
  }

  get bytes(): number {
    return this.#bytes;
  }
}
