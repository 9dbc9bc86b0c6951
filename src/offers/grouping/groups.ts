/**
 * The groups of an offer book: to which one a step belongs, by the two machines and by the objects that were handed out,
 * and which ones wait for somebody to connect to a port.
 */
import type { Account } from "../../budget.js";
import { Oldest } from "../../oldest.js";
import type { ConnectionAttempt } from "../connections/attempts.js";
import { idsOf } from "../steps/predicates.js";
import type { CallStep, Step } from "../steps/step.js";
import { Group } from "./group.js";

/** Identifiers of objects and exporters whose group is remembered; the oldest are forgotten first. */
const MAX_OWNED = 65_536;

export class Groups {
  /** By the two addresses, the expert's first; one group may have several. */
  readonly #byPair = new Map<string, Group>();
  readonly #byExpert = new Map<string, Set<Group>>();
  /** The group in which an object or exporter was handed out last, by its identifier. */
  readonly #owners = new Map<string, Group>();
  readonly #oldest = new Oldest(this.#owners);
  /** Groups that wait for somebody to connect to a listener, by its port. */
  readonly #awaited = new Map<number, Set<Group>>();
  readonly #release: (attempt: ConnectionAttempt) => void;
  readonly #open: (group: () => Group) => Account;
  readonly #maxOwned: number;

  /** `release` is reported of conversations that two groups watched and one does now; `open` gives a group its account. */
  constructor(
    release: (attempt: ConnectionAttempt) => void,
    open: (group: () => Group) => Account,
    maxOwned: number = MAX_OWNED,
  ) {
    this.#release = release;
    this.#open = open;
    this.#maxOwned = Math.min(MAX_OWNED, maxOwned);
  }

  /** Number of host pairs. */
  get size(): number {
    return this.#byPair.size;
  }

  get(pair: string): Group | null {
    return this.#byPair.get(pair) ?? null;
  }

  /** Each group once. */
  all(): Set<Group> {
    return new Set(this.#byPair.values());
  }

  awaiting(port: number): Iterable<Group> {
    return this.#awaited.get(port) ?? [];
  }

  drop(group: Group): void {
    for (const key of group.keys) {
      if (this.#byPair.get(key) === group) this.#byPair.delete(key);
      const groups = this.#byExpert.get(expertOf(key));
      if (groups?.delete(group) && groups.size === 0) this.#byExpert.delete(expertOf(key));
    }
    // What is dropped must not stay in memory through an identifier.
    for (const id of group.ids) if (this.#owners.get(id) === group) this.#owners.delete(id);
    this.#stopAwaiting(group);
  }

  /**
   * The group of the two machines. A call on an object that was handed out to the same expert at another address of the same
   * novice belongs there: machines that have IPv4 and IPv6 use both.
   */
  of(step: CallStep): Group {
    const client = step.client.address;
    const server = step.server.address;
    const key = `${client} ${server}`;
    const own = this.get(key);
    if (step.core && step.object !== null && !own?.ids.has(step.object)) {
      const other = this.#groupOfObject(step, own);
      if (other !== null) {
        if (own !== null) this.#merge(other, own);
        other.keys.add(key);
        this.#set(key, other);
        return other;
      }
    }
    return own ?? this.make(key);
  }

  #groupOfObject(step: CallStep, own: Group | null): Group | null {
    const client = step.client.address;
    const server = step.server.address;
    const owners = [
      this.#owners.get(step.object!),
      step.oxid === null ? undefined : this.#owners.get(step.oxid),
    ];
    for (const group of owners) {
      if (group === undefined || group === own || !group.core || group.novices.has(server)) continue;
      if (!this.#lives(group)) continue;
      const otherFamily = !hasFamily(group.novices, server.includes(":"));
      if (otherFamily || (group.announced.has(server) && group.experts.has(client))) return group;
    }
    return null;
  }

  #lives(group: Group): boolean {
    for (const key of group.keys) if (this.#byPair.get(key) === group) return true;
    return false;
  }

  /** Remembers in which group an object or exporter was handed out. */
  own(group: Group, step: Step): void {
    for (const id of idsOf(step)) {
      if (this.#owners.get(id) === group) continue;
      this.#owners.delete(id);
      this.#owners.set(id, group);
      if (this.#owners.size > this.#maxOwned) this.#disown(this.#oldest.next()!);
    }
  }

  #disown(id: string): void {
    this.#owners.get(id)!.limited = true;
    this.#owners.delete(id);
  }

  #merge(into: Group, from: Group): void {
    for (const attempt of from.watched) if (into.watched.has(attempt)) this.#release(attempt);
    into.absorb(from);
    for (const step of from.steps) if (step.core) this.own(into, step);
    for (const key of from.keys) this.#set(key, into);
    if (this.#stopAwaiting(from)) this.await(into);
  }

  make(key: string): Group {
    const group: Group = new Group(
      key,
      this.#open(() => group),
    );
    this.#set(key, group);
    return group;
  }

  #set(pair: string, group: Group): void {
    this.#byPair.set(pair, group);
    const expert = expertOf(pair);
    const groups = this.#byExpert.get(expert);
    if (groups === undefined) this.#byExpert.set(expert, new Set([group]));
    else groups.add(group);
  }

  /** The groups in which an address is the expert's. */
  ofExpert(address: string): Iterable<Group> {
    return this.#byExpert.get(address) ?? [];
  }

  /** The group waits for somebody to connect to one of these ports. */
  await(group: Group, ports: Iterable<number> = group.ports): void {
    for (const port of ports) {
      const groups = this.#awaited.get(port);
      if (groups === undefined) this.#awaited.set(port, new Set([group]));
      else groups.add(group);
    }
  }

  /** True where the group was waited for at all. */
  #stopAwaiting(group: Group): boolean {
    let waited = false;
    for (const port of group.ports) {
      const groups = this.#awaited.get(port);
      if (!groups?.delete(group)) continue;
      waited = true;
      if (groups.size === 0) this.#awaited.delete(port);
    }
    return waited;
  }

  /** In the order in which they are given up: infrastructure without an offer first, then what was quiet longest. */
  quietest(): Group[] {
    return [...this.all()].sort((a, b) => Number(a.core) - Number(b.core) || a.touched - b.touched);
  }
}

/** The first of the two addresses of a pair. */
function expertOf(pair: string): string {
  return pair.slice(0, pair.indexOf(" "));
}

function hasFamily(addresses: ReadonlySet<string>, six: boolean): boolean {
  for (const address of addresses) if (address.includes(":") === six) return true;
  return false;
}
