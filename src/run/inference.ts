/**
 * What calls whose interface nothing names are evidence for, by their presentation contexts and by IPID and pair of machines; and between which
 * machines Remote Assistance was asked for by name.
 */
import type { Interface } from "../../dissectors/ndr/types.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Inferred } from "../call/decoded-call.js";
import {
  type Evidence,
  type EvidenceKeys,
  type InferenceKnowledge,
  MAX_SUSPECTS,
} from "../call/knowledge.js";
import { Oldest } from "../oldest.js";

/** Pairs of client and server that are remembered for having spoken of Remote Assistance. */
export const MAX_PAIRS = 4096;

/** Interfaces that two machines named to each other, for which a stub between them may be tried. */
export const MAX_NAMED = 64;

/** Estimated costs, in bytes of memory, of what is known of a context or IPID, and of each interface that fits. */
const SUSPECT_COST = 400;
const FITTING_COST = 200;
/** Of two machines that named interfaces, and of one such interface. */
const PAIR_COST = 300;
const NAMED_COST = 60;

/** Evidence by one kind of key, what was met longest ago first. */
interface Suspects {
  all: Map<string, Evidence>;
  oldest: Oldest<string>;
}

export class Inference implements Holder, InferenceKnowledge {
  readonly stream = null;
  readonly #account: Account;
  readonly #byIpid = newSuspects();
  /** By stream and context id. */
  readonly #byContext = newSuspects();
  /** Client and server addresses between which Remote Assistance was asked for by name. */
  readonly #asked = new Set<string>();
  readonly #oldestAsked = new Oldest(this.#asked);
  /** UUIDs that two machines named, by their addresses, in the order in which they did. */
  readonly #named = new Map<string, string[]>();
  readonly #oldestNamed = new Oldest(this.#named);
  /** Evidence was dropped because there was too much, and no call said so yet. */
  #dropped = false;
  /** Pairs of machines, or interfaces that they named, were dropped because there were too many. */
  full = false;
  /** Who named what to whom is asked of an earlier run; evidence is this one's own. */
  readonly #earlier: Inference | null;

  constructor(kind: Kind = unlimited(), earlier: Inference | null = null) {
    this.#account = kind.open(this);
    this.#earlier = earlier;
  }

  /** Memory is short: the eighth that was met longest ago is dropped. */
  giveUp(): void {
    for (const { all, oldest } of [this.#byIpid, this.#byContext]) {
      for (const key of oldest.some(all.size / 8)) this.#forget(all, key);
    }
    for (const key of this.#oldestNamed.some(this.#named.size / 8)) this.#forgetNamed(key);
  }

  #forgetNamed(key: string): void {
    this.#account.charge(-PAIR_COST - NAMED_COST * this.#named.get(key)!.length);
    this.#named.delete(key);
  }

  #forget(among: Map<string, Evidence>, key: string): void {
    this.#account.charge(-costOf(among.get(key)!));
    among.delete(key);
  }

  ofContext(context: string): Evidence | null {
    return this.#byContext.all.get(context) ?? null;
  }

  ofIpid(ipid: string): Evidence | null {
    return this.#byIpid.all.get(ipid) ?? null;
  }

  drops({ context, ipid }: EvidenceKeys): boolean {
    if (this.#dropped) return true;
    return isFullFor(this.#byContext, context) || isFullFor(this.#byIpid, ipid);
  }

  asked(client: string, server: string): boolean {
    return this.#earlier?.asked(client, server) ?? this.#asked.has(pairOf(client, server));
  }

  /** Remote Assistance was asked for by name: by a class, an interface, or a question to the endpoint mapper. */
  ask(client: string, server: string): void {
    this.#asked.add(pairOf(client, server));
    if (this.#asked.size <= MAX_PAIRS) return;
    this.#asked.delete(this.#oldestAsked.next()!);
    this.full = true;
  }

  namedBetween(one: string, other: string): readonly string[] {
    return this.#earlier?.namedBetween(one, other) ?? this.#named.get(machinesOf(one, other)) ?? [];
  }

  /** One of these machines named an interface to the other: in a bind, an endpoint mapper's answer, an object reference. */
  name(one: string, other: string, uuid: string): void {
    if (this.#earlier !== null) return;
    const key = machinesOf(one, other);
    let named = this.#named.get(key);
    if (named === undefined) {
      if (this.#named.size >= MAX_PAIRS) {
        this.#forgetNamed(this.#oldestNamed.next()!);
        this.full = true;
      }
      named = [];
      this.#named.set(key, named);
      this.#account.charge(PAIR_COST);
    }
    if (named.includes(uuid)) return;
    if (named.length >= MAX_NAMED) {
      this.full = true;
      return;
    }
    named.push(uuid);
    this.#account.charge(NAMED_COST);
  }

  /** What a call says for others on its context and IPID. */
  learn(inferred: Inferred): void {
    const { context, ipid } = inferred.keys;
    if (context !== null) this.#learn(this.#byContext, context, inferred);
    if (ipid !== null) this.#learn(this.#byIpid, ipid, inferred);
    if (inferred.stated === null) this.#dropped = false;
  }

  #learn(among: Suspects, key: string, inferred: Inferred): void {
    const evidence = this.#evidence(among, key);
    if (inferred.stated !== null) {
      evidence.stated = inferred.stated;
      return;
    }
    const { fitting, named, noted, tried } = inferred;
    const before = costOf(evidence);
    evidence.fitting = fitting;
    evidence.tried = tried;
    this.#account.charge(costOf(evidence) - before);
    if (named !== null || !fits(evidence.named, fitting)) evidence.named = named;
    if (noted) evidence.noted = true;
  }

  #evidence({ all, oldest }: Suspects, key: string): Evidence {
    let evidence = all.get(key);
    if (evidence) {
      if (this.#isCrowded(all)) {
        all.delete(key);
        all.set(key, evidence);
      }
      return evidence;
    }
    evidence = { stated: null, fitting: null, named: null, noted: false, tried: 0 };
    all.set(key, evidence);
    this.#account.charge(costOf(evidence));
    if (all.size > MAX_SUSPECTS) {
      this.#forget(all, oldest.next()!);
      this.#dropped = true;
    }
    return evidence;
  }

  /** Some will have to be dropped soon: it matters which was met when. */
  #isCrowded(among: Map<string, Evidence>): boolean {
    return among.size > MAX_SUSPECTS / 2 || 2 * this.#account.bytes > this.#account.kind.limit;
  }
}

function isFullFor({ all }: Suspects, key: string | null): boolean {
  return key !== null && all.size >= MAX_SUSPECTS && !all.has(key);
}

/** What was named still fits. */
function fits(named: Interface | null, fitting: ReadonlyMap<Interface, unknown>): boolean {
  return named === null || fitting.has(named);
}

function newSuspects(): Suspects {
  const all = new Map<string, Evidence>();
  return { all, oldest: new Oldest(all) };
}

function costOf({ fitting }: Evidence): number {
  return SUSPECT_COST + (fitting === null ? 0 : FITTING_COST * fitting.size);
}

/** Whoever of the two is the client. */
function machinesOf(one: string, other: string): string {
  return one < other ? pairOf(one, other) : pairOf(other, one);
}

function pairOf(client: string, server: string): string {
  return `${client} ${server}`;
}
