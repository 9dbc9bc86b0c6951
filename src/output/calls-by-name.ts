/**
 * Calls by what offers name them by, which is not unique: a call_id that is used again on its connection means several
 * calls. Each offer then gets those up to the next offer that names them so, and no call comes twice.
 */
import type { CallRecord, OfferRecord } from "../events.js";
import { isDatagram } from "./transport.js";

interface Bearers {
  /** In order of time; those before `at` were given away. */
  calls: CallRecord[];
  at: number;
  /** When the offers began that name these calls, in order; those before `turn` have got theirs. */
  offers: string[];
  turn: number;
}

/** Offers must come in order of time, first all of them for `want`, then for `take`. */
export class CallsByName {
  readonly #byName = new Map<string, Bearers>();

  add(call: CallRecord): void {
    const name = nameOf(call);
    if (name === null) return;
    const known = this.#byName.get(name);
    if (known !== undefined) known.calls.push(call);
    else this.#byName.set(name, { calls: [call], at: 0, offers: [], turn: 0 });
  }

  want(offer: OfferRecord): void {
    for (const name of namesIn(offer)) this.#byName.get(name)?.offers.push(offer.ts);
  }

  take(offer: OfferRecord): CallRecord[] {
    const taken: CallRecord[] = [];
    for (const name of namesIn(offer)) {
      const bearers = this.#byName.get(name);
      if (bearers === undefined) continue;
      const { calls, offers } = bearers;
      const next = offers[++bearers.turn];
      while (bearers.at < calls.length && (next === undefined || calls[bearers.at]!.ts < next)) {
        taken.push(calls[bearers.at++]!);
      }
    }
    return taken;
  }

  clear(): void {
    this.#byName.clear();
  }
}

/** What offers name a call by; null for datagrams, which have numbers of their own that an offer does not mean. */
export function nameOf({ stream, call_id: id, transport }: CallRecord): string | null {
  return isDatagram(transport) ? null : `${stream}/${id}`;
}

export function namesIn(offer: OfferRecord): Set<string> {
  return new Set(offer.calls.map(([stream, id]) => `${stream}/${id}`));
}
