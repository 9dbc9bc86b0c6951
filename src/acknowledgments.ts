/**
 * Which frame acknowledges the answer of a call: what hears of a conversation from the side sees a transaction as over when its
 * last byte is acknowledged, not when it is sent. Records that are asked to say so wait for that frame, for a short while.
 */
import type { Account, Holder, Kind } from "./budget.js";
import type { Flow } from "./reassembly/flow.js";
import type { DataItem } from "./reassembly/items.js";
import type { Direction } from "./reassembly/when.js";

/** Seconds of the capture after which a record waits no more, where the input does not end. */
const PATIENCE = 1;

interface Waiting {
  /** Sequence number behind the last byte that must be acknowledged, signed. */
  end: number;
  /** Only the answer was captured: what shows that its request is lost is an acknowledgment of what its sender says next. */
  lost: boolean;
  /** What is answered where no further acknowledgment comes. */
  fallback: number | null;
  since: number;
  cost: number;
  take: (frame: number | null) => void;
}

/** What is waited for of one flow, by the direction of the bytes. */
type Both = readonly [Waiting[], Waiting[]];

export class Acknowledgments implements Holder {
  readonly stream = null;
  readonly #flows = new Map<Flow, Both>();
  readonly #account: Account;
  /** The frame that is looked at, and its second. */
  readonly #now: () => { frame: number; seconds: number };
  /** The bytes that are being taken. */
  #item: DataItem | null = null;

  constructor(kind: Kind, now: () => { frame: number; seconds: number }) {
    this.#account = kind.open(this);
    this.#now = now;
  }

  /** These bytes are taken now; what ends with them is acknowledged with them. */
  taking(item: DataItem): void {
    this.#item = item;
  }

  /**
   * Calls `take` with the frame that acknowledges what the flow has given of `direction` so far, or null where none comes; `lost`:
   * the request that belongs to it was not captured. `cost`: what waits, in bytes of memory.
   */
  await(flow: Flow, direction: Direction, lost: boolean, cost: number, take: Waiting["take"]): void {
    const item = this.#item;
    const now = this.#now();
    const given = item !== null && item.flow === flow && item.direction === direction ? item : null;
    const half = flow.half(direction);
    const end = given === null ? half.next : (given.sequence + given.bytes.length) | 0;
    const waiting = { end, lost, fallback: null, since: now.seconds, cost, take };
    const earliest = given?.frame ?? now.frame;
    const acknowledged = half.acks?.first(end) ?? null;
    if (acknowledged !== null) this.#done(flow, direction, waiting, Math.max(acknowledged, earliest));
    else this.#add(flow, direction, waiting);
  }

  #add(flow: Flow, direction: Direction, waiting: Waiting): void {
    if (!flow.followed) {
      waiting.take(waiting.fallback);
      return;
    }
    const half = flow.half(direction);
    let both = this.#flows.get(flow);
    if (both === undefined) {
      both = [[], []];
      this.#flows.set(flow, both);
    }
    both[direction].push(waiting);
    half.await(waiting.end);
    this.#account.charge(waiting.cost);
  }

  #done(flow: Flow, direction: Direction, waiting: Waiting, frame: number): void {
    const { lost, take } = waiting;
    if (!lost) {
      take(frame);
      return;
    }
    const other: Direction = direction === 0 ? 1 : 0;
    const half = flow.half(other);
    const next = half.acks?.after(frame) ?? null;
    if (next !== null) {
      take(next);
      return;
    }
    const end = ((half.ackKnown ? half.acked : half.next) + 1) | 0;
    this.#add(flow, other, { ...waiting, end, lost: false, fallback: frame });
  }

  /** What the flow sent in `direction` is acknowledged up to `acked` by that frame. */
  acknowledged(flow: Flow, direction: Direction, acked: number, frame: number): void {
    const both = this.#flows.get(flow);
    if (both === undefined) return;
    const list = both[direction];
    const over = list.filter(({ end }) => ((acked - end) | 0) >= 0);
    if (over.length === 0) return;
    const rest = list.filter(({ end }) => ((acked - end) | 0) < 0);
    list.splice(0, list.length, ...rest);
    for (const { end } of rest) flow.half(direction).await(end);
    for (const waiting of over) {
      this.#account.charge(-waiting.cost);
      this.#done(flow, direction, waiting, frame);
    }
    if (both[0].length + both[1].length === 0) this.#flows.delete(flow);
  }

  /** Nothing more comes of a flow. */
  closed(flow: Flow): void {
    const both = this.#flows.get(flow);
    if (both === undefined) return;
    this.#flows.delete(flow);
    for (const waiting of both.flat()) this.#giveUp(waiting);
  }

  /** Gives up on those that wait since before `since`, in seconds of the capture. */
  expire(seconds: number): void {
    for (const [flow, both] of this.#flows) {
      if (both.flat().every(({ since }) => seconds - since <= PATIENCE)) continue;
      this.closed(flow);
    }
  }

  /** Memory is short: nobody waits any more. */
  giveUp(): void {
    for (const flow of [...this.#flows.keys()]) this.closed(flow);
  }

  #giveUp({ cost, fallback, take }: Waiting): void {
    this.#account.charge(-cost);
    take(fallback);
  }
}
