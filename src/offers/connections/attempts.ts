/**
 * TCP conversations as far as offers care: who connected to whom, whether anybody answered, and what was spoken first. Of all of
 * them only the latest are remembered; those that an offer waits for stay as long as it does.
 */
import type { Recognised } from "../../../dissectors/rdp/recognise.js";
import { canonicalEndpoint } from "../../address.js";
import type { Endpoint } from "../../events.js";
import { SortedList } from "../../sorted-list.js";
import { type Instant, micros } from "../../time.js";

/** Conversations remembered although nothing waits for them. */
const MAX_RECENT = 4096;

interface HalfView {
  readonly packets: number;
  readonly bytes: number;
  /** A SYN of this direction was captured. */
  readonly exact: boolean;
}

/** What is read of the assembler's conversations; its counters go on while this is held. */
export interface FlowView {
  readonly stream: number;
  readonly midstream: boolean;
  readonly closed: boolean;
  readonly closing: boolean;
  readonly half0: HalfView;
  readonly half1: HalfView;
  readonly lastSeconds: number;
  readonly lastNanos: number;
  readonly endpoint0: Endpoint;
  readonly endpoint1: Endpoint;
}

export interface OpenedAt extends Instant {
  frame: number;
}

/** One conversation. Its client is the side that sent first. */
export class ConnectionAttempt {
  readonly flow: FlowView;
  readonly stream: number;
  readonly at: number;
  readonly frame: number;
  readonly first: Instant;
  /** Microseconds, once it was closed. */
  closedAt: number | null = null;
  rpc = false;
  recognised: Recognised | null = null;
  /** How many offers wait for it. */
  wanted = 0;
  /** Made for those few that somebody asks about. */
  #ends: { client: Endpoint; server: Endpoint; pair: string } | null = null;

  constructor(flow: FlowView, opened: OpenedAt) {
    this.flow = flow;
    this.stream = flow.stream;
    this.at = micros(opened);
    this.frame = opened.frame;
    this.first = opened;
  }

  get client(): Endpoint {
    return this.#known.client;
  }

  get server(): Endpoint {
    return this.#known.server;
  }

  /** The two addresses, client first. */
  get pair(): string {
    return this.#known.pair;
  }

  get #known(): { client: Endpoint; server: Endpoint; pair: string } {
    if (this.#ends === null) {
      const client = canonical(this.flow.endpoint0);
      const server = canonical(this.flow.endpoint1);
      this.#ends = { client, server, pair: `${client.address} ${server.address}` };
    }
    return this.#ends;
  }

  /** Both sides took part, or the conversation was under way already. */
  get established(): boolean {
    const { half0, half1, midstream } = this.flow;
    return midstream || half1.exact || this.bytes > 0 || (half1.packets > 0 && !half0.exact);
  }

  /** The client's SYN got nothing but a reset. */
  get refused(): boolean {
    return !this.established && this.flow.half1.packets > 0;
  }

  get unanswered(): boolean {
    return !this.established && this.flow.half1.packets === 0;
  }

  get bytes(): number {
    return this.flow.half0.bytes + this.flow.half1.bytes;
  }

  get last(): number {
    return micros({ seconds: this.flow.lastSeconds, nanos: this.flow.lastNanos });
  }

  get over(): boolean {
    return this.closedAt !== null || this.flow.closed || this.flow.closing;
  }
}

/** The run's conversations: the latest, and those that an offer waits for. */
export class ConnectionIndex {
  readonly #maxRecent: number;
  readonly #byStream = new Map<number, ConnectionAttempt>();
  /** Those before the head are not remembered any more. */
  readonly #recent: (ConnectionAttempt | null)[] = [];
  #head = 0;
  /** When the latest of those was opened that are not remembered any more. */
  droppedAt = Number.NEGATIVE_INFINITY;
  /** null until somebody asks, which in most captures nobody does. */
  #index: RecentIndex | null = null;

  constructor(maxRecent: number = MAX_RECENT) {
    this.#maxRecent = Math.min(MAX_RECENT, maxRecent);
  }

  opened(flow: FlowView, at: OpenedAt): ConnectionAttempt {
    const attempt = new ConnectionAttempt(flow, at);
    this.#byStream.set(flow.stream, attempt);
    this.#recent.push(attempt);
    this.#index?.add(attempt);
    if (this.#recent.length - this.#head > this.#maxRecent) {
      const oldest = this.#recent[this.#head]!;
      this.#recent[this.#head++] = null;
      this.droppedAt = Math.max(this.droppedAt, oldest.at);
      this.#index?.dropFirst(oldest);
      if (oldest.wanted === 0) this.#forget(oldest);
      if (this.#head > this.#maxRecent) {
        this.#recent.splice(0, this.#head);
        this.#head = 0;
      }
    }
    return attempt;
  }

  ofStream(stream: number): ConnectionAttempt | null {
    return this.#byStream.get(stream) ?? null;
  }

  /** The conversations opened since then between two machines, and those that connected to a port; the latest last. */
  recentOf(pair: string, since: number): Iterable<ConnectionAttempt> {
    return after(this.#indexed().byPair.get(pair), since);
  }

  recentTo(port: number, since: number): Iterable<ConnectionAttempt> {
    return after(this.#indexed().byPort.get(port), since);
  }

  hold(attempt: ConnectionAttempt): void {
    attempt.wanted++;
  }

  release(attempt: ConnectionAttempt): void {
    if (--attempt.wanted > 0) return;
    const { at } = attempt;
    const first = this.#recent[this.#head];
    if (!first || at < first.at) this.#forget(attempt);
  }

  #indexed(): RecentIndex {
    if (this.#index === null) {
      this.#index = new RecentIndex();
      for (let i = this.#head; i < this.#recent.length; i++) this.#index.add(this.#recent[i]!);
    }
    return this.#index;
  }

  #forget(attempt: ConnectionAttempt): void {
    if (this.#byStream.get(attempt.stream) === attempt) this.#byStream.delete(attempt.stream);
  }
}

/** Of IPv4 a flow has the one spelling that there is. */
function canonical(end: Endpoint): Endpoint {
  return end.address.includes(":") ? canonicalEndpoint(end) : end;
}

/** The recent ones by the two machines, and by the target port; the latest last. */
class RecentIndex {
  readonly byPair = new Map<string, SortedList<ConnectionAttempt>>();
  readonly byPort = new Map<number, SortedList<ConnectionAttempt>>();

  add(attempt: ConnectionAttempt): void {
    append(this.byPair, attempt.pair, attempt);
    append(this.byPort, attempt.server.port, attempt);
  }

  /** `oldest` is not remembered any more. */
  dropFirst(oldest: ConnectionAttempt): void {
    dropFirst(this.byPair, oldest.pair);
    dropFirst(this.byPort, oldest.server.port);
  }
}

function append<K>(index: Map<K, SortedList<ConnectionAttempt>>, key: K, attempt: ConnectionAttempt): void {
  let list = index.get(key);
  if (list === undefined) {
    list = new SortedList();
    index.set(key, list);
  }
  list.push(attempt);
}

/** They were put in in order of time, but for a clock that was set. */
function after(list: SortedList<ConnectionAttempt> | undefined, since: number): Iterable<ConnectionAttempt> {
  return list === undefined ? [] : list.from(list.find((attempt) => attempt.at >= since));
}

/** What leaves the recent ones is the oldest of them, so it stands first in its lists. */
function dropFirst<K>(index: Map<K, SortedList<ConnectionAttempt>>, key: K): void {
  const list = index.get(key);
  if (list === undefined || list.size <= 1) index.delete(key);
  else list.shift();
}
