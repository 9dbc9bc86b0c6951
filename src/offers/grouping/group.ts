/**
 * What passed between two machines and may still become an offer: their steps, associations, and conversations that are
 * watched. One machine calls the other; the two may know each other by several addresses.
 */
import type { Account } from "../../budget.js";
import type { AssociationRecord } from "../../events.js";
import { SECOND } from "../../time.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import { listenersOf } from "../connections/listeners.js";
import { associationCost, GROUP_COST, ID_COST, stepCost } from "../cost.js";
import { idsOf, inOrder, latestEnd, stringOf } from "../steps/predicates.js";
import { isCut } from "../steps/references.js";
import type { Activation, Step } from "../steps/step.js";
import { byUser } from "./experts.js";
import { type GroupContext, initiations } from "./initiations.js";
import { relatedSteps } from "./related.js";

/** Steps of one pair of machines. */
export const MAX_STEPS = 16_384;
/** Conversations watched for one pair. */
export const MAX_WATCHED = 1024;
/** Associations remembered of one pair. */
const MAX_ASSOCIATIONS = 512;
/** Offers of one pair that were reported already and whose late steps are no new offer. */
const MAX_REPORTED = 16;

export interface Part {
  /** All steps of the part, also those that prove unrelated. */
  all: Step[];
  related: Step[];
}

/** An attempt to reach an exporter comes so soon after the activation. */
const REACH = 60 * SECOND;

const NO_PORTS: ReadonlySet<number> = new Set();

export class Group {
  readonly keys: Set<string>;
  readonly steps: Step[] = [];
  readonly #byStream = new Map<number, Step[]>();
  readonly #expertSince = new Map<string, number>();
  readonly associations = new Map<number, AssociationRecord>();
  readonly watched = new Set<ConnectionAttempt>();
  /** Ports of listeners in strings that were issued. */
  readonly ports = new Set<number>();
  /** Identifiers of objects and exporters that occurred, and addresses that string bindings gave. */
  readonly ids = new Set<string>();
  readonly announced = new Set<string>();
  readonly experts = new Set<string>();
  readonly novices = new Set<string>();
  core = false;
  /** By the book's clock: when something was added, and when to look again. */
  touched = 0;
  reviewAt = 0;
  /** When to look whether an offer that goes on has something new: never before a string was issued. */
  tellAt = Number.POSITIVE_INFINITY;
  readonly reported: { from: number; to: number; streams: ReadonlySet<number> }[] = [];

  /** More belongs to it than is remembered. */
  limited = false;
  /** What it holds, in bytes of memory. */
  account: Account;

  constructor(key: string, account: Account) {
    this.keys = new Set([key]);
    this.account = account;
    account.charge(GROUP_COST);
  }

  add(step: Step): void {
    this.#put(step);
    this.account.charge(stepCost(step));
    if (step.core) this.core = true;
    if (isCut(step)) this.limited = true;
    this.experts.add(step.client.address);
    this.novices.add(step.server.address);
    const ids = idsOf(step);
    if (step.core || ids.some((id) => this.ids.has(id))) for (const id of ids) this.#addId(id);
  }

  #addId(id: string): void {
    if (this.ids.has(id)) return;
    if (this.ids.size >= MAX_STEPS) this.limited = true;
    else {
      this.ids.add(id);
      this.account.charge(ID_COST);
    }
  }

  /** The step belongs to an offer that was reported already. */
  isLate(step: Step): boolean {
    return this.reported.some((t) => step.at >= t.from && step.at <= t.to && t.streams.has(step.stream));
  }

  addAssociation(record: AssociationRecord): void {
    if (this.associations.size >= MAX_ASSOCIATIONS) {
      this.limited = true;
      return;
    }
    this.associations.set(record.stream, record);
    this.account.charge(associationCost(record));
  }

  /** Ports of listeners that the step adds to those that are waited for. */
  addPorts(step: Step): ReadonlySet<number> {
    const string = stringOf(step);
    if (string === null) return NO_PORTS;
    const ports = new Set(
      listenersOf(string)
        .map(({ port }) => port)
        .filter((port) => !this.ports.has(port)),
    );
    for (const port of ports) this.ports.add(port);
    return ports;
  }

  absorb(other: Group): void {
    for (const step of other.steps) this.add(step);
    for (const record of other.associations.values()) this.addAssociation(record);
    for (const attempt of other.watched) this.watched.add(attempt);
    for (const key of other.keys) this.keys.add(key);
    for (const port of other.ports) this.ports.add(port);
    for (const address of other.announced) this.announced.add(address);
    this.touched = Math.max(this.touched, other.touched);
    this.tellAt = Math.min(this.tellAt, other.tellAt);
    this.reported.push(...other.reported);
    this.limited ||= other.limited;
    other.account.close();
    // It is nobody's pair any more, whoever still knows it.
    other.core = false;
  }

  /** The steps as initiations in order of time, each with what belongs to it; those that prove nothing have none. */
  parts(context: GroupContext): Part[] {
    this.steps.sort(inOrder);
    return byUser(this.steps)
      .flatMap((steps) => initiations(steps, context))
      .map((all) => ({ all, related: relatedSteps(all) }))
      .sort((a, b) => inOrder(a.all[0]!, b.all[0]!));
  }

  /** When the ports that an activation named proved unreachable, or null. */
  deadAt(activation: Activation): number | null {
    const ports = new Set(activation.detail.bindings.map((b) => b.port));
    let at: number | null = null;
    for (const attempt of this.watched) {
      if (attempt.at < activation.at || attempt.at > activation.end + REACH) continue;
      if (!ports.has(attempt.server.port) || !this.isNovice(attempt.server.address)) continue;
      if (attempt.established) return null;
      at = Math.max(at ?? 0, attempt.at);
    }
    return at;
  }

  isNovice(address: string): boolean {
    return this.novices.has(address) || this.announced.has(address);
  }

  /** Drops what was reported. */
  forget(parts: readonly Part[]): void {
    const gone = new Set(parts.flatMap((part) => part.all));
    this.#keep(this.steps.filter((s) => !gone.has(s)));
    for (const part of parts) {
      if (part.related.length === 0) continue;
      this.reported.push({
        from: part.related[0]!.at,
        to: latestEnd(part.all),
        streams: new Set(part.related.map((s) => s.stream)),
      });
    }
    this.reported.splice(0, this.reported.length - MAX_REPORTED);
    this.core = this.steps.some((s) => s.core);
  }

  /** Keeps the steps from `since` on, and no more than there may be. */
  shorten(since: number): void {
    this.steps.sort((a, b) => a.at - b.at);
    const old = this.steps.findIndex((s) => s.at >= since);
    this.#keep(this.steps.slice(Math.max(old, this.steps.length - MAX_STEPS)));
  }

  #keep(steps: readonly Step[]): void {
    let cost = 0;
    for (const step of this.steps) cost -= stepCost(step);
    for (const step of steps) cost += stepCost(step);
    this.account.charge(cost);
    this.steps.length = 0;
    this.#byStream.clear();
    this.#expertSince.clear();
    for (const step of steps) this.#put(step);
  }

  #put(step: Step): void {
    this.steps.push(step);
    const same = this.#byStream.get(step.stream);
    if (same === undefined) this.#byStream.set(step.stream, [step]);
    else same.push(step);
    if (!step.core) return;
    const since = this.#expertSince.get(step.client.address);
    if (since === undefined || step.at < since) this.#expertSince.set(step.client.address, step.at);
  }

  /** The steps of one connection. */
  stepsOf(stream: number): readonly Step[] {
    return this.#byStream.get(stream) ?? [];
  }

  /** When Remote Assistance was first called from an address, as far as the steps say that are still here. */
  expertSince(address: string): number {
    return this.#expertSince.get(address) ?? Number.POSITIVE_INFINITY;
  }
}
