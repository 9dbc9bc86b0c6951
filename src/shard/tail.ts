/**
 * What of a run depends on all of it: the order of output, the ids of notes, counts and the summary, offers. It takes the
 * operations of fronts (operations.ts), and gives records.
 */
import type { Kind } from "../budget.js";
import type { SourceNote } from "../capture/frame.js";
import { Emitter } from "../emitter.js";
import type { CallRecord, Event, NoteRecord, SummaryRecord } from "../events.js";
import { OfferTracker, type OfferTrackerOptions } from "../offers/tracker.js";
import { OrderedQueue, type Place } from "../ordering.js";
import type { NoteIds } from "../record/note-ids.js";
import { Tally } from "../tally.js";
import type { Noted, Operation, Totals } from "./operations.js";

export interface TailOptions {
  /** null where nobody asks for the ids of notes. */
  noteIds: NoteIds | null;
  /** What offers are made with; null where neither they nor their number are asked for. */
  offers: OfferTrackerOptions | null;
  /** Calls that may wait for an earlier one to be completed. */
  orderWindow: number | undefined;
  /** What calls that wait draw on. */
  order: Kind;
}

export class Tail {
  readonly offers: OfferTracker | null;
  readonly queue: OrderedQueue<CallRecord>;
  readonly #tally = new Tally();
  readonly #emitter: Emitter;
  /** Places in the order of output, by the numbers of open calls. */
  readonly #places = new Map<number, Place<CallRecord>>();

  constructor({ noteIds, offers, orderWindow, order }: TailOptions) {
    this.#emitter = new Emitter(this.#tally, noteIds);
    this.queue = new OrderedQueue((record) => this.#emitter.call(record), orderWindow, order);
    this.offers = offers === null ? null : new OfferTracker(offers);
  }

  readonly receive = (operation: Operation): void => {
    const { offers } = this;
    switch (operation.kind) {
      case "opened":
        this.#places.set(operation.call, this.queue.open(operation.frame));
        return;
      case "call": {
        const place = this.#places.get(operation.call)!;
        this.#places.delete(operation.call);
        if (operation.evicted) this.queue.pass(place);
        this.queue.fill(place, operation.record, operation.cost);
        return;
      }
      case "step":
        offers?.call(operation.step);
        return;
      case "note":
      case "limit":
        this.#note(operation);
        return;
      case "record":
        this.#emitter.push(operation.record);
        return;
      case "association":
        offers?.association(operation.record, operation.begun);
        if (operation.shown) this.#emitter.push(operation.record);
        return;
      case "connection":
        offers?.conversationOpened(operation.flow, operation.at);
        return;
      case "speaks":
        offers?.conversationSpeaks(operation.stream, operation.recognised);
        return;
      case "connection-over":
        offers?.conversationClosed(operation.stream, operation.at);
        return;
      case "second":
        for (const offer of offers?.pass(operation.at) ?? []) this.#emitter.offer(offer);
        return;
      case "finished":
        if (operation.what === "calls") this.queue.release(true);
        else for (const offer of offers?.finish() ?? []) this.#emitter.offer(offer);
        return;
      case "end":
        this.#tally.end(operation.complete, operation.ended);
        this.#emitter.push(this.summary(operation.totals));
    }
  };

  #note({ note, frame, at, of, file }: Omit<Noted, "kind">): void {
    this.#emitter.note(note, frame, at, of, file);
  }

  /** Offers that come out because memory was short, or, live, because a string was issued. */
  takeEarly(): void {
    for (const offer of this.offers?.takeEarly() ?? []) this.#emitter.offer(offer);
  }

  /** Records that came out since the last call of this method; nothing is always the same empty array. */
  take(): readonly Event[] {
    return this.#emitter.take();
  }

  /** What a source found beside its frames, as records; they count in the summary. */
  sourceNotes(found: readonly SourceNote[]): readonly NoteRecord[] {
    return this.#emitter.sourceNotes(found);
  }

  summary(totals: Totals): SummaryRecord {
    return this.#tally.summary(totals);
  }
}
