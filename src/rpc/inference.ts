/**
 * Which interface a call belongs to where nothing names it: neither a bind, nor a verification trailer, nor an object
 * reference. Only described interfaces can be tried, so that one which fits is a candidate and no more. Evidence is kept
 * for each presentation context of a connection and for each IPID: an interface must fit every call made there, and is
 * named once a call has shape enough to tell it from others; what was named stays named for later calls.
 *
 * The interfaces of Remote Assistance resemble those of any automation object. They need something that only [MS-RAI] has.
 */
import type { Interface, Method } from "../../dissectors/ndr/types.js";
import { IPCHSERVICE, IRASRV, isRaiClass, raiInterface } from "../../dissectors/rai/interfaces.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Endpoint, Note, Value } from "../events.js";
import type { InterfaceTable } from "../interfaces.js";
import { Oldest } from "../oldest.js";
import type { FinishedCall } from "./finished-call.js";
import {
  type InferenceEnvironment,
  isCallOfKind,
  isReadable,
  joined,
  NO_SIGNS,
  type Signs,
  signsOf,
} from "./signs.js";

type Values = { [name: string]: Value };

/** IPIDs with evidence, and contexts; the ones met longest ago are forgotten. */
export const MAX_SUSPECTS = 4096;
/** Pairs of client and server that are remembered for having spoken of Remote Assistance. */
export const MAX_PAIRS = 4096;

/** Estimated costs, in bytes of memory, of what is known of a context or IPID, and of each interface that fits. */
const SUSPECT_COST = 400;
const FITTING_COST = 200;

/** What was named where nothing else names it, by a trailer or an object's IID. */
export interface Told {
  uuid: string;
  version: string;
  iface: Interface | null;
  transfer: "ndr" | "ndr64" | null;
}

/** What is known of one context or IPID. */
interface Suspect {
  told: Told | null;
  /** Interfaces that fit every call so far; null before the first. */
  fitting: ReadonlyMap<Interface, Signs> | null;
  named: Interface | null;
  /** It was told that an interface fits and is not named. */
  noted: boolean;
}

/** The connection of a call. */
export interface Where {
  stream: number;
  client: Endpoint;
  server: Endpoint;
}

/** Suspects by one kind of key, those met longest ago first. */
interface Suspects {
  all: Map<string, Suspect>;
  oldest: Oldest<string>;
}

export class Inference implements Holder {
  readonly stream = null;
  readonly #account: Account;
  readonly #byIpid = newSuspects();
  /** By stream and context id. */
  readonly #byContext = newSuspects();
  /** Client and server addresses between which Remote Assistance was asked for by name. */
  readonly #asked = new Set<string>();
  readonly #oldestAsked = new Oldest(this.#asked);
  #forgotten = false;
  /** Pairs of machines were forgotten because there were too many. */
  full = false;

  constructor(kind: Kind = unlimited()) {
    this.#account = kind.open(this);
  }

  /** Memory is short: the eighth that was met longest ago is forgotten. */
  giveUp(): void {
    for (const { all, oldest } of [this.#byIpid, this.#byContext]) {
      for (const key of oldest.some(all.size / 8)) this.#forget(all, key);
    }
  }

  #forget(among: Map<string, Suspect>, key: string): void {
    this.#account.charge(-costOf(among.get(key)!));
    among.delete(key);
  }

  /**
   * What a call asks for by name: an object of the class `clsid`, the interfaces of RemQueryInterface unless the object has
   * none such, the one that the endpoint mapper is to find.
   */
  asked(clsid: string | null, request: Values | null, response: Values | null, where: Where): void {
    if (clsid === null && request?.iids === undefined && request?.map_tower === undefined) return;
    const tower = request?.map_tower as { interface?: { uuid?: Value } } | null | undefined;
    const results = Array.isArray(response?.ppQIResults) ? response.ppQIResults : [];
    const queried = (Array.isArray(request?.iids) ? request.iids : []).filter(
      (_, i) => !isRefused(results[i]),
    );
    const isAsked = (iid: Value | undefined): boolean =>
      typeof iid === "string" && raiInterface(iid) !== null;
    const asked = (clsid !== null && isRaiClass(clsid)) || [...queried, tower?.interface?.uuid].some(isAsked);
    if (!asked) return;
    this.#asked.add(pairOf(where));
    if (this.#asked.size <= MAX_PAIRS) return;
    this.#asked.delete(this.#oldestAsked.next()!);
    this.full = true;
  }

  /** The interface of a call is told by something else: it holds for later calls of the same context and IPID. */
  learn(call: FinishedCall, where: Where, told: Told, bound: boolean): void {
    for (const suspect of this.#suspects(call, where, bound)) suspect.told = told;
  }

  /** What an earlier call told of this one's context or IPID. */
  told(call: FinishedCall, where: Where): Told | null {
    const byIpid = call.object === null ? undefined : this.#byIpid.all.get(call.object);
    return byIpid?.told ?? this.#byContext.all.get(contextKey(call, where))?.told ?? null;
  }

  /** The interface that all calls of this one's context and IPID are evidence for, this one included; else null. */
  infer(call: FinishedCall, where: Where, env: InferenceEnvironment, notes: Note[]): Interface | null {
    if (call.callback || call.opnum === null) return null;
    const suspects = this.#suspects(call, where, false);
    const fitting = narrowed(suspects, call, env);
    if (fitting === null) return null;
    const had = suspects.find((s) => s.named !== null)?.named ?? null;
    const asked = this.#asked.has(pairOf(where));
    const named = nameOf(fitting, call.opnum, asked, env.table);
    for (const s of suspects) {
      const before = costOf(s);
      s.fitting = fitting;
      this.#account.charge(costOf(s) - before);
      if (named !== null || (s.named !== null && !fitting.has(s.named))) s.named = named;
    }
    if (had !== null && !fitting.has(had) && (named === null || !isDerived(named, had, env.table))) {
      notes.push({
        severity: "warning",
        code: "inference-withdrawn",
        message: `earlier calls here were taken for ${had.name}'s, which this one does not fit`,
      });
    }
    if (named === null) tellCandidates(fitting, call.opnum, suspects, env.table, notes);
    if (this.#forgotten) {
      this.#forgotten = false;
      notes.push({
        severity: "info",
        code: "inference-limit",
        message: `evidence for more than ${MAX_SUSPECTS} unnamed objects or contexts: the oldest is forgotten`,
      });
    }
    return named;
  }

  #suspects(call: FinishedCall, where: Where, bound: boolean): Suspect[] {
    const found = bound ? [] : [this.#suspect(this.#byContext, contextKey(call, where))];
    if (call.object !== null) found.push(this.#suspect(this.#byIpid, call.object));
    return found;
  }

  #suspect({ all, oldest }: Suspects, key: string): Suspect {
    let suspect = all.get(key);
    if (suspect) {
      if (this.#isCrowded(all)) {
        all.delete(key);
        all.set(key, suspect);
      }
      return suspect;
    }
    suspect = { told: null, fitting: null, named: null, noted: false };
    all.set(key, suspect);
    this.#account.charge(costOf(suspect));
    if (all.size > MAX_SUSPECTS) {
      this.#forget(all, oldest.next()!);
      this.#forgotten = true;
    }
    return suspect;
  }

  /** Some will have to be forgotten soon: it matters which was met when. */
  #isCrowded(among: Map<string, Suspect>): boolean {
    return among.size > MAX_SUSPECTS / 2 || 2 * this.#account.bytes > this.#account.kind.limit;
  }
}

function newSuspects(): Suspects {
  const all = new Map<string, Suspect>();
  return { all, oldest: new Oldest(all) };
}

function costOf({ fitting }: Suspect): number {
  return SUSPECT_COST + (fitting === null ? 0 : FITTING_COST * fitting.size);
}

/** [MS-DCOM] 2.2.24 REMQIRESULT: the object has no such interface. */
function isRefused(result: Value | undefined): boolean {
  if (result === null || typeof result !== "object" || Array.isArray(result)) return false;
  return Number(result.hResult) >= 0x80000000;
}

function contextKey(call: FinishedCall, where: Where): string {
  return `${where.stream}/${call.contextId}`;
}

function pairOf({ client, server }: Where): string {
  return `${client.address} ${server.address}`;
}

/** The interfaces that fit this call and all before it; null where it says nothing and nothing was known. */
function narrowed(
  suspects: readonly Suspect[],
  call: FinishedCall,
  env: InferenceEnvironment,
): ReadonlyMap<Interface, Signs> | null {
  const known = suspects.flatMap((s) => (s.fitting === null ? [] : [s.fitting]));
  const readable = isReadable(call);
  if (!readable && known.length === 0) return null;
  const fitting = new Map<Interface, Signs>();
  const add = (iface: Interface, now: Signs): void => {
    if (known.some((k) => !k.has(iface))) return;
    let signs = now;
    for (const k of known) signs = joined(signs, k.get(iface)!);
    fitting.set(iface, signs);
  };
  if (!readable) {
    // A call that cannot be read rules out the interfaces that have no such method.
    for (const iface of known[0]!.keys()) if (iface.methods[call.opnum!]) add(iface, NO_SIGNS);
    return fitting;
  }
  if (known.some((k) => k.size === 0) || !isCallOfKind(call)) return fitting;
  for (const { iface, method } of env.table.candidates(call.opnum!)) {
    // Activation carries ORPCTHIS without being a call on an object.
    if (iface.object !== (call.object !== null) || known.some((k) => !k.has(iface))) continue;
    const signs = signsOf(call, iface, method, env);
    if (signs !== null) add(iface, signs);
  }
  return fitting;
}

function isProven(iface: Interface, signs: Signs, asked: boolean): boolean {
  if (raiInterface(iface.uuid) === null) return signs.opnums.size > 0;
  if (signs.marked || asked) return true;
  // The others' methods are those of every collection and every object with properties.
  return signs.opnums.size > 1 && (iface.uuid === IRASRV || iface.uuid === IPCHSERVICE);
}

/** The interface to name: all that fit must share the method, and one of them must be proven. */
function nameOf(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
  asked: boolean,
  table: InterfaceTable,
): Interface | null {
  const proven = [...fitting].some(([iface, signs]) => isProven(iface, signs, asked));
  return proven ? table.commonest(methodsOf(fitting, opnum)) : null;
}

function methodsOf(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
): { iface: Interface; method: Method }[] {
  return [...fitting.keys()].flatMap((iface) => {
    const method = iface.methods[opnum];
    return method === undefined ? [] : [{ iface, method }];
  });
}

function isDerived(iface: Interface, from: Interface, table: InterfaceTable): boolean {
  let at: Interface | null = iface;
  for (let depth = 0; at !== null && depth < 16; depth++) {
    if (at === from) return true;
    at = at.base === null ? null : table.named(at.base);
  }
  return false;
}

/** Says once what fits and what is missing. */
function tellCandidates(
  fitting: ReadonlyMap<Interface, Signs>,
  opnum: number,
  suspects: readonly Suspect[],
  table: InterfaceTable,
  notes: Note[],
): void {
  if (suspects.some((s) => s.noted)) return;
  const only = table.commonest(methodsOf(fitting, opnum));
  if (only === null) return;
  for (const s of suspects) s.noted = true;
  const missing =
    raiInterface(only.uuid) !== null
      ? "nothing here is Remote Assistance's alone (a connection string, a help blob, DOMAIN\\user:n, an activation)"
      : "so would any method that reads or writes one value";
  notes.push({
    severity: "info",
    code: "interface-not-inferred",
    message: `${only.name}::${only.methods[opnum]?.name ?? opnum} fits, but ${missing}`,
  });
}
