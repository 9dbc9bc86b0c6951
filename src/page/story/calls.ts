/** Calls by their rows: those of an offer, of a conversation, of two hosts. Each is one pass over the columns. No DOM in here. */
import type { OfferRecord } from "../../events.js";
import type { Rows } from "../rows.js";

/** Rows of the calls that belong to an offer, by time. A call_id that a conversation uses again is taken where it is nearest. */
export function rowsOfOffer(rows: Rows, offer: OfferRecord): number[] {
  const wanted = new Map<number, Map<number, number[]>>();
  for (const [stream, callId] of offer.calls) {
    const ids = wanted.get(stream) ?? new Map<number, number[]>();
    wanted.set(stream, ids);
    ids.set(callId, []);
  }
  for (let row = 0; row < rows.count; row++) {
    const stream = rows.number("stream", row);
    const found = wanted.get(stream)?.get(rows.number("callId", row));
    // Datagrams are numbered apart; offers are made over TCP.
    if (found !== undefined && rows.text("conversation", row) === `${stream}`) found.push(row);
  }
  const start = Date.parse(offer.ts) / 1000;
  const result: number[] = [];
  for (const ids of wanted.values()) {
    for (const found of ids.values()) {
      const near = (row: number): number => Math.abs(secondsOf(rows, row) - start);
      const best = found.reduce<number | null>((a, b) => (a === null || near(b) < near(a) ? b : a), null);
      if (best !== null) result.push(best);
    }
  }
  return byTime(rows, result);
}

/** Rows of the conversation that a call belongs to. */
export function rowsOfConversation(rows: Rows, row: number): number[] {
  const key = rows.key("conversation", row);
  return pick(rows, (at) => rows.key("conversation", at) === key);
}

/** Rows of all calls between the two hosts of a call, whichever of them called. */
export function rowsOfHostPair(rows: Rows, row: number): number[] {
  const a = rows.key("clientAddress", row);
  const b = rows.key("serverAddress", row);
  return pick(rows, (at) => {
    const from = rows.key("clientAddress", at);
    const to = rows.key("serverAddress", at);
    return (from === a && to === b) || (from === b && to === a);
  });
}

function pick(rows: Rows, wanted: (row: number) => boolean): number[] {
  const found: number[] = [];
  for (let row = 0; row < rows.count; row++) if (wanted(row)) found.push(row);
  return byTime(rows, found);
}

/** Seconds since 1970, with what a double keeps of the fraction. */
export function secondsOf(rows: Rows, row: number): number {
  return rows.number("seconds", row) + rows.number("nanos", row) / 1e9;
}

/** Rows come in the order in which calls were finished. */
export function byTime(rows: Rows, list: readonly number[]): number[] {
  return [...list].sort(
    (a, b) =>
      rows.number("seconds", a) - rows.number("seconds", b) ||
      rows.number("nanos", a) - rows.number("nanos", b) ||
      a - b,
  );
}

/** The offer before or behind one (`[` and `]`); `at` is -1 where none is selected, null is answered where there is none. */
export function nextOffer(count: number, at: number, step: 1 | -1): number | null {
  if (count === 0) return null;
  if (at < 0) return step === 1 ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, at + step));
}
