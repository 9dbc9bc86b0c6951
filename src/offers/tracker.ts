/**
 * Offers: what the calls of one Remote Assistance initiation say together, over all its connections. Made from facts and from
 * the coming and going of TCP connections; nothing is parsed here.
 *
 * Everything is decided by times, never by the order in which calls and connections become known. An offer comes out when
 * nothing more can belong to it: a while after its last call, or with the connection that followed.
 */

import type { Recognised } from "../../dissectors/rdp/recognise.js";
import { canonicalAddress, canonicalHost } from "../address.js";
import { type Kind, unlimited } from "../budget.js";
import type { AssociationRecord, OfferRecord } from "../events.js";
import { Oldest } from "../oldest.js";
import { type Instant, micros, SECOND } from "../time.js";
import {
  type ConnectionAttempt,
  ConnectionIndex,
  type FlowView,
  type OpenedAt,
} from "./connections/attempts.js";
import { FOLLOW_UP } from "./connections/follow-up.js";
import { MachineNames, serverNames } from "./connections/machine-names.js";
import { ATTEMPT_COST } from "./cost.js";
import { type Group, MAX_STEPS, MAX_WATCHED, type Part } from "./grouping/group.js";
import { Groups } from "./grouping/groups.js";
import { type GroupContext, LEAD } from "./grouping/initiations.js";
import { offerRecord, type Reported } from "./report/offer-record.js";
import { issues, Revisions } from "./report/revisions.js";
import { boundSteps } from "./steps/bind-steps.js";
import { bindingsOf } from "./steps/predicates.js";
import type { CallStep, Step } from "./steps/step.js";
import { AWAITED, LIVE, OFFLINE, type Timeouts } from "./timeouts.js";

/** Pairs of machines with calls that may belong to an offer. */
export const MAX_GROUPS = 4096;
/** Steps kept of all pairs together. */
const MAX_ALL_STEPS = 65_536;
/** Pairs remembered whose offers came out before they were over, which each of these says: what comes later begins another. */
const MAX_GONE = 16_384;
/** Steps of a pair without an offer that are kept without looking at their age. */
const MANY_STEPS = 512;

export interface OfferTrackerOptions {
  /** Report offers soon rather than completely. */
  live?: boolean;
  /** Memory that is drawn on: for pairs with calls of Remote Assistance, for those without, and for names of machines. */
  kinds?: { offers: Kind; infrastructure: Kind; machines: Kind };
  /** Conversations remembered although nothing waits for them, and objects whose pair is remembered. */
  recent?: number;
  owned?: number;
  /** The association of a conversation that is still open. */
  associationOf?: (flow: FlowView) => AssociationRecord | null;
}

export class OfferTracker {
  readonly #timeouts: Timeouts;
  readonly #associationOf: (flow: FlowView) => AssociationRecord | null;
  readonly #groups: Groups;
  readonly #connections: ConnectionIndex;
  readonly #names: MachineNames;
  readonly #kinds: NonNullable<OfferTrackerOptions["kinds"]>;
  /** Pairs whose offers came out because memory was short: a connection of theirs that ends is no further offer. */
  readonly #gone = new Set<string>();
  readonly #oldestGone = new Oldest(this.#gone);
  /** Offers that came out because memory was short. */
  #early: Reported[] = [];
  /** null where the input ends, and each offer is reported once. */
  readonly #revisions: Revisions | null;
  /** Pairs with a string that was issued since the last look. */
  readonly #news = new Set<Group>();
  #steps = 0;
  /** The latest time, in microseconds since 1970, that two looks at the clock agree to have passed. */
  #clock = 0;
  #looked = 0;
  #nextCheck = 0;

  /** Names of machines, or addresses of one, were not all remembered. */
  get namesFull(): boolean {
    return this.#names.full;
  }

  constructor(options: OfferTrackerOptions = {}) {
    this.#timeouts = options.live === true ? LIVE : OFFLINE;
    this.#revisions = options.live === true ? new Revisions() : null;
    this.#kinds = options.kinds ?? {
      offers: unlimited(),
      infrastructure: unlimited(),
      machines: unlimited(),
    };
    this.#connections = new ConnectionIndex(options.recent);
    this.#names = new MachineNames(this.#kinds.machines);
    this.#groups = new Groups(
      (attempt) => this.#connections.release(attempt),
      (group) => this.#kinds.infrastructure.open({ stream: null, giveUp: () => this.#giveUp(group()) }),
      options.owned,
    );
    this.#associationOf = options.associationOf ?? (() => null);
  }

  /** A call was finished that may be part of an offer. */
  call(step: CallStep): void {
    const attempt = this.#connections.ofStream(step.stream);
    if (attempt !== null) attempt.rpc = true;
    this.#names.learnBindings(step);
    const group = this.#groups.of(step);
    if (group.isLate(step)) return;
    const wasCore = group.core;
    group.add(step);
    if (group.core && !wasCore) this.#promote(group);
    if (step.core) this.#groups.own(group, step);
    this.#steps++;
    this.#touch(group, step.end);
    if (step.core) for (const { host } of bindingsOf(step)) this.#announce(group, host);
    const ports = group.addPorts(step);
    if (!group.core) return;
    if (this.#revisions !== null && issues(step)) {
      group.tellAt = 0;
      this.#news.add(group);
    }
    if (!wasCore) this.#watch(group, step, group.keys, group.ports);
    else if (ports.size > 0) this.#watch(group, step, [], ports);
  }

  /** A connection is over, and what is known of it complete; `begun` is the time of its first PDU. */
  association(record: AssociationRecord, begun: Instant): void {
    const attempt = this.#connections.ofStream(record.stream);
    if (attempt !== null) attempt.rpc = true;
    const client = canonicalHost(record.client.address);
    const server = canonicalHost(record.server.address);
    for (const { name } of serverNames(record)) this.#names.learn(name, server, micros(begun));
    const key = `${client} ${server}`;
    const known = this.#groups.get(key);
    const bound = boundSteps(record, begun, known?.stepsOf(record.stream) ?? []);
    const group = known ?? (bound.length > 0 && !this.#gone.has(key) ? this.#groups.make(key) : null);
    if (group === null) return;
    group.addAssociation(record);
    for (const step of bound) {
      if (group.isLate(step)) continue;
      group.add(step);
      this.#promote(group);
      this.#steps++;
      this.#touch(group, step.end);
    }
  }

  /** A TCP connection was met. */
  conversationOpened(flow: FlowView, at: OpenedAt): void {
    const attempt = this.#connections.opened(flow, at);
    if (this.#groups.size === 0) return;
    const own = this.#groups.get(attempt.pair);
    if (own?.core) this.#hold(own, attempt);
    for (const group of this.#groups.awaiting(attempt.server.port)) this.#hold(group, attempt);
    if (!flow.midstream) return;
    for (const group of this.#groups.awaiting(attempt.client.port)) this.#hold(group, attempt);
  }

  /** What a connection speaks, as far as its first bytes show. */
  conversationSpeaks(stream: number, recognised: Recognised | null): void {
    const attempt = this.#connections.ofStream(stream);
    if (attempt !== null) attempt.recognised = recognised;
  }

  /** The connection is remembered. */
  knows(stream: number): boolean {
    return this.#connections.ofStream(stream) !== null;
  }

  conversationClosed(stream: number, at: Instant): void {
    const attempt = this.#connections.ofStream(stream);
    if (attempt !== null) attempt.closedAt = micros(at);
  }

  /** Advances the clock; returns offers that are complete. */
  pass(now: Instant): OfferRecord[] {
    const at = micros(now);
    // Times go back where clocks differ, and a damaged frame may be years ahead.
    this.#clock = Math.max(this.#clock, Math.min(at, this.#looked));
    this.#looked = at;
    if (this.#clock < this.#nextCheck || this.#groups.size === 0) return NONE;
    this.#nextCheck = this.#clock + SECOND;
    const complete: Reported[] = [];
    for (const group of this.#groups.all()) this.#review(group, complete);
    if (this.#overLimit()) {
      for (const oldest of this.#groups.quietest()) {
        if (!this.#overLimit()) break;
        this.#conclude(oldest, complete, true);
      }
    }
    return inTime(complete);
  }

  #overLimit(): boolean {
    return this.#steps > MAX_ALL_STEPS || this.#groups.size > MAX_GROUPS;
  }

  /** Offers that came out since the last call of this method: memory was short, or, live, a string was issued. */
  takeEarly(): OfferRecord[] {
    if (this.#early.length === 0 && this.#news.size === 0) return NONE;
    for (const group of this.#news) this.#tell(group, this.#early);
    this.#news.clear();
    const early = this.#early.map(({ record }) => record);
    this.#early = [];
    return early;
  }

  /** Reports what is new of offers that go on. */
  #tell(group: Group, told: Reported[]): void {
    if (!group.core) return;
    group.tellAt = this.#clock + this.#pauseOf(group);
    const parts = group.parts(this.#context(group));
    for (let i = 0; i < parts.length; i++) {
      const { related } = parts[i]!;
      if (related.length === 0) continue;
      const reported = this.#report(group, parts[i]!, parts[i + 1] ?? null);
      const record = this.#revisions!.next(reported.record, related);
      if (record !== null) told.push({ ...reported, record });
    }
  }

  /** Looking at many steps takes longer: it is done the less often. */
  #pauseOf(group: Group): number {
    return this.#timeouts.pause * Math.max(1, group.steps.length / MANY_STEPS);
  }

  /** The last report of an offer. */
  #last(reported: Reported, { related }: Part): Reported {
    const record = this.#revisions?.last(reported.record, related) ?? reported.record;
    return { ...reported, record };
  }

  #giveUp(group: Group): void {
    for (const key of group.keys) {
      if (group.core) this.#gone.add(key);
      if (this.#gone.size > MAX_GONE) this.#gone.delete(this.#oldestGone.next()!);
    }
    this.#conclude(group, this.#early, true);
  }

  /** A pair with calls of Remote Assistance draws on another kind of memory than one with infrastructure only. */
  #promote(group: Group): void {
    const { account } = group;
    if (account.kind === this.#kinds.offers) return;
    group.account = this.#kinds.offers.open(account.holder);
    group.account.charge(account.bytes);
    account.close();
  }

  /** The capture ended: every offer that is still open. */
  finish(): OfferRecord[] {
    const complete: Reported[] = [];
    for (const group of this.#groups.all()) this.#conclude(group, complete, false);
    return inTime(complete);
  }

  /**
   * Streams of the offers that are being put together: those that belong to them as far as is known now, and those that
   * may prove to.
   */
  membership(): { belong: Set<number>; candidates: Set<number> } {
    const belong = new Set<number>();
    const candidates = new Set<number>();
    for (const group of this.#groups.all()) {
      if (!group.core) continue;
      for (const step of group.steps) candidates.add(step.stream);
      for (const attempt of group.watched) candidates.add(attempt.stream);
      const parts = group.parts(this.#context(group));
      for (let i = 0; i < parts.length; i++) {
        const part = parts[i]!;
        if (part.related.length === 0) continue;
        for (const step of part.related) belong.add(step.stream);
        const { followUp } = this.#report(group, part, parts[i + 1] ?? null);
        if (followUp !== null) belong.add(followUp.stream);
      }
    }
    return { belong, candidates };
  }

  #announce(group: Group, host: string): void {
    const address = canonicalAddress(host);
    if (address === null || group.announced.has(address)) return;
    if (group.announced.size < MAX_WATCHED) group.announced.add(address);
    else group.limited = true;
  }

  /** Something new of the group: by the book's clock, or by the step's own time where nobody looked at the clock yet. */
  #touch(group: Group, at: number): void {
    group.touched = Math.max(this.#clock, this.#looked) || at;
  }

  /** What the group waits for may have begun before it was known. */
  #watch(group: Group, step: Step, pairs: Iterable<string>, ports: Iterable<number>): void {
    this.#groups.await(group, ports);
    const since = step.at - LEAD;
    if (since <= this.#connections.droppedAt) group.limited = true;
    for (const pair of pairs) this.#holdAll(group, this.#connections.recentOf(pair, since));
    for (const port of ports) this.#holdAll(group, this.#connections.recentTo(port, since));
  }

  #holdAll(group: Group, recent: Iterable<ConnectionAttempt>): void {
    for (const attempt of recent) {
      if (!this.#hold(group, attempt)) return;
    }
  }

  /** False where there are too many. */
  #hold(group: Group, attempt: ConnectionAttempt): boolean {
    if (group.watched.has(attempt)) return true;
    if (group.watched.size >= MAX_WATCHED) {
      group.limited = true;
      return false;
    }
    group.watched.add(attempt);
    group.account.charge(ATTEMPT_COST);
    this.#connections.hold(attempt);
    return true;
  }

  #review(group: Group, complete: Reported[]): void {
    const quiet = this.#clock - group.touched;
    if (!group.core) {
      if (quiet > 2 * LEAD) this.#drop(group);
      else if (group.steps.length > MANY_STEPS) this.#shorten(group);
      return;
    }
    if (group.steps.length > MAX_STEPS) this.#conclude(group, complete, true);
    else if (quiet >= this.#timeouts.settle && this.#clock >= group.reviewAt) {
      group.reviewAt = this.#clock + this.#pauseOf(group);
      this.#settle(group, complete);
    } else if (this.#revisions !== null && this.#clock >= group.tellAt) this.#tell(group, complete);
  }

  /** Reports the initiations of a quiet group that nothing more can come of. */
  #settle(group: Group, complete: Reported[]): void {
    const parts = group.parts(this.#context(group));
    const over: Part[] = [];
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (part.related.length > 0) {
        const reported = this.#report(group, part, parts[i + 1] ?? null);
        if (!this.#isOver(group, reported)) break;
        complete.push(this.#last(reported, part));
      }
      over.push(part);
    }
    if (over.length > 0) this.#forget(group, over);
    if (group.steps.length === 0) this.#drop(group);
  }

  /** Nothing more can come of an initiation that went so far. */
  #isOver(group: Group, { record, followUp }: Reported): boolean {
    switch (AWAITED[record.outcome]) {
      case null:
        return true;
      case "follow-up":
        return this.#clock - group.touched >= FOLLOW_UP;
      case "end of follow-up": {
        const { over, last, at } = followUp!;
        return over || this.#clock - last >= this.#timeouts.quiet || this.#clock - at > this.#timeouts.held;
      }
    }
  }

  #conclude(group: Group, complete: Reported[], early: boolean): void {
    // Infrastructure without a call of Remote Assistance has no offer to report.
    const parts = group.core ? group.parts(this.#context(group)) : [];
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (part.related.length === 0) continue;
      const reported = this.#report(group, part, parts[i + 1] ?? null);
      const message = "the limit on pending offers was reached: this one was reported before it was complete";
      if (early) reported.record.notes.push({ severity: "warning", code: "offer-limit", message });
      complete.push(this.#last(reported, part));
    }
    this.#drop(group);
  }

  #report(group: Group, part: Part, next: Part | null): Reported {
    const streams = new Set(part.related.map((s) => s.stream));
    const associations = [...streams].flatMap((stream) => {
      const attempt = this.#connections.ofStream(stream);
      const record =
        group.associations.get(stream) ?? (attempt === null ? null : this.#associationOf(attempt.flow));
      return record === null ? [] : [record];
    });
    const reported = offerRecord({
      steps: part.related,
      associations,
      attempts: [...group.watched].sort((a, b) => a.at - b.at || a.stream - b.stream),
      until: issuedAt(next),
      names: this.#names,
      isOtherExpert: (address, at) => this.#isExpert(address, at, group),
    });
    const more = "more conversations or objects belong to these two machines than are kept";
    if (group.limited)
      reported.record.notes.push({ severity: "warning", code: "offer-limit", message: more });
    return reported;
  }

  /** Calls of Remote Assistance had come from that address by then. */
  #isExpert(address: string, at: number, except: Group): boolean {
    for (const group of this.#groups.ofExpert(address)) {
      if (group !== except && group.core && group.expertSince(address) <= at) return true;
    }
    return false;
  }

  #context(group: Group): GroupContext {
    return {
      closedAt: (stream) => this.#connections.ofStream(stream)?.closedAt ?? null,
      deadAt: (activation) => group.deadAt(activation),
    };
  }

  #forget(group: Group, parts: readonly Part[]): void {
    const before = group.steps.length;
    group.forget(parts);
    this.#steps -= before - group.steps.length;
  }

  /** Nothing but infrastructure, and much of it: only the latest may still lead to an offer. */
  #shorten(group: Group): void {
    const before = group.steps.length;
    group.shorten(group.steps.reduce((latest, s) => Math.max(latest, s.at), 0) - 2 * LEAD);
    this.#steps -= before - group.steps.length;
  }

  #drop(group: Group): void {
    this.#steps -= group.steps.length;
    this.#news.delete(group);
    group.account.close();
    this.#groups.drop(group);
    for (const attempt of group.watched) this.#connections.release(attempt);
  }
}

const NONE: OfferRecord[] = [];

function inTime(reported: Reported[]): OfferRecord[] {
  return reported
    .sort((a, b) => a.at - b.at || a.record.stream - b.record.stream)
    .map(({ record }) => record);
}

/** When the next initiation of the pair got its string: what is connected to afterwards is that one's. */
function issuedAt(next: Part | null): number {
  const ask = next?.related.find(
    (s) => s.kind === "string-answer" && s.result !== "refused" && s.result !== "unanswered",
  );
  return ask === undefined ? Number.POSITIVE_INFINITY : ask.end;
}
