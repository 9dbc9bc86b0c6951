/**
 * Calls counted and timed by interface and method, in memory that does not grow with the capture: response times are
 * kept one by one while they are few, then in buckets of one per cent.
 */

import { type Account, type Kind, unlimited } from "./budget.js";
import type { CallRecord, Endpoint } from "./events.js";
import { invokedName } from "./output/format.js";

/** Methods distinguished; calls of further ones are counted under one row. */
export const MAX_METHODS = 10_000;
/** Response times kept one by one. */
const EXACT_TIMES = 1_000;
/** Relative width of a bucket behind that. */
export const BUCKET_ERROR = 0.01;
const SLOWEST = 10;
/** Estimated costs, in bytes of memory: of a row beside its times, of a time kept, of a bucket. */
const ROW_COST = 700;
const TIME_COST = 12;
const BUCKET_COST = 50;

const GROWTH = Math.log((1 + BUCKET_ERROR) / (1 - BUCKET_ERROR));

/** Response times in microseconds. Quantiles are by nearest rank: exact for few, within BUCKET_ERROR for many. */
export class Times {
  #exact: number[] | null = [];
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  get max(): number | null {
    return this.#count === 0 ? null : this.#max;
  }

  add(us: number): void {
    this.#count++;
    if (us > this.#max) this.#max = us;
    if (this.#exact === null) {
      this.#bucket(us);
      return;
    }
    this.#exact.push(us);
    if (this.#exact.length <= EXACT_TIMES) return;
    for (const time of this.#exact) this.#bucket(time);
    this.#exact = null;
  }

  /** Estimated bytes of memory that the times take. */
  get cost(): number {
    return TIME_COST * (this.#exact?.length ?? 0) + BUCKET_COST * this.#buckets.size;
  }

  /** Takes over what others counted. */
  merge(other: Times): void {
    if (other.#exact !== null) {
      for (const time of other.#exact) this.add(time);
      return;
    }
    for (const time of this.#exact ?? []) this.#bucket(time);
    this.#exact = null;
    for (const [index, count] of other.#buckets) {
      this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
    }
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  /** The time that the share `q` (0 to 1) of all calls did not exceed; null without calls. */
  quantile(q: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    if (this.#exact !== null) {
      this.#exact.sort((a, b) => a - b);
      return this.#exact[rank - 1] ?? null;
    }
    let seen = 0;
    for (const index of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      seen += this.#buckets.get(index) ?? 0;
      if (seen >= rank) return Math.min(this.#max, middle(index));
    }
    return this.#max;
  }

  #bucket(us: number): void {
    // Times below a microsecond share the lowest bucket.
    const index = us < 1 ? -1 : Math.ceil(Math.log(us) / GROWTH);
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
  }
}

function middle(index: number): number {
  return index < 0 ? 0 : Math.round((2 * Math.exp(index * GROWTH)) / (1 + Math.exp(GROWTH)));
}

export interface Counts {
  /** All calls, also those of which only one side was captured. */
  calls: number;
  requests: number;
  /** Responses that are no faults. */
  responses: number;
  /** HRESULT (or other status) of failure. */
  errors: number;
  /** Responses that could not be read to their status, the sealed ones among them: whether they report an error is not known. */
  unknown: number;
  /** Responses that no key opened. */
  sealed: number;
  faults: number;
  unanswered: number;
  /** The request was not captured. */
  unasked: number;
}

export interface Percentiles {
  timed: number;
  p50_us: number | null;
  p90_us: number | null;
  p99_us: number | null;
  max_us: number | null;
}

export interface MethodStats extends Counts, Percentiles {
  method: string | null;
  opnum: number | null;
  /** Of IDispatch::Invoke: what was invoked, which has a row of its own. Null where that is not known, and elsewhere. */
  invoked: string | null;
}

export interface InterfaceStats extends Counts, Percentiles {
  uuid: string | null;
  version: string | null;
  name: string | null;
  methods: MethodStats[];
}

export interface SlowCall {
  duration_us: number;
  ts: string;
  file: string | null;
  stream: number;
  transport: CallRecord["transport"];
  frames: CallRecord["frames"];
  client: Endpoint;
  server: Endpoint;
  interface: string | null;
  method: string | null;
  opnum: number | null;
  invoked: string | null;
  status: CallRecord["status"];
}

export interface Stats {
  interfaces: InterfaceStats[];
  total: Counts & Percentiles;
  slowest: SlowCall[];
}

export function newCounts(): Counts {
  return {
    calls: 0,
    requests: 0,
    responses: 0,
    errors: 0,
    unknown: 0,
    sealed: 0,
    faults: 0,
    unanswered: 0,
    unasked: 0,
  };
}

export function countCall(counts: Counts, call: CallRecord): void {
  counts.calls++;
  if (call.status === "no_request") counts.unasked++;
  else counts.requests++;
  if (call.status === "no_response") counts.unanswered++;
  else if (call.fault !== null) counts.faults++;
  else counts.responses++;
  if (call.status === "error") counts.errors++;
  else if (call.status === "unknown") counts.unknown++;
  if (call.stub.response === "encrypted") counts.sealed++;
}

export function addCounts(to: Counts, from: Counts): void {
  for (const name in to) to[name as keyof Counts] += from[name as keyof Counts];
}

class CallTotals {
  readonly counts = newCounts();
  readonly times = new Times();

  add(call: CallRecord): void {
    countCall(this.counts, call);
    if (call.duration_us !== null) this.times.add(call.duration_us);
  }

  merge(other: CallTotals): void {
    addCounts(this.counts, other.counts);
    this.times.merge(other.times);
  }

  get cost(): number {
    return ROW_COST + this.times.cost;
  }

  result(): Counts & Percentiles {
    return {
      ...this.counts,
      timed: this.times.count,
      p50_us: this.times.quantile(0.5),
      p90_us: this.times.quantile(0.9),
      p99_us: this.times.quantile(0.99),
      max_us: this.times.max,
    };
  }
}

interface InterfaceTally {
  account: Account;
  uuid: string | null;
  version: string | null;
  name: string | null;
  tally: CallTotals;
  methods: Map<string, MethodTally>;
}

interface MethodTally {
  method: string | null;
  opnum: number | null;
  invoked: string | null;
  tally: CallTotals;
}

function byName(a: { invoked: string | null }, b: { invoked: string | null }): number {
  return (a.invoked ?? "") < (b.invoked ?? "") ? -1 : 1;
}

/** Stands for the interfaces, and for the methods, that are not distinguished. */
const FURTHER = "";

/** The counters of a run: calls in, `result` at the end. */
export class StatsCounter {
  readonly #kind: Kind;
  readonly #interfaces = new Map<string, InterfaceTally>();
  readonly #total = new CallTotals();
  readonly #slowest: SlowCall[] = [];
  #methods = 0;

  /** `kind`: memory that the rows may take; methods of which nothing was heard for long are counted together first. */
  constructor(kind: Kind = unlimited()) {
    this.#kind = kind;
  }

  add(call: CallRecord): void {
    this.#total.add(call);
    const of = this.#interface(call);
    const method = this.#method(of, call);
    const before = of.tally.times.cost + method.times.cost;
    of.tally.add(call);
    method.add(call);
    of.account.charge(of.tally.times.cost + method.times.cost - before);
    of.account.touch();
    this.#slow(call);
  }

  /** Memory is short: the methods of an interface become one row, or the whole of it joins the further interfaces. */
  #fold(key: string): void {
    const of = this.#interfaces.get(key)!;
    const rows = [...of.methods];
    if (rows.length > 1) {
      of.methods.clear();
      const further = this.#further(of);
      for (const [name, { tally }] of rows) {
        further.merge(tally);
        if (name !== FURTHER) this.#methods--;
      }
      of.account.set(of.tally.cost + further.cost);
      return;
    }
    if (key === FURTHER) return;
    this.#interfaces.delete(key);
    of.account.close();
    const into = this.#interfaces.get(FURTHER) ?? this.#open(FURTHER, null, null, "(further interfaces)");
    into.tally.merge(of.tally);
    const further = this.#further(into);
    for (const [name, { tally }] of rows) {
      further.merge(tally);
      if (name !== FURTHER) this.#methods--;
    }
  }

  /** The row of an interface's methods that are not distinguished. */
  #further(of: InterfaceTally): CallTotals {
    let one = of.methods.get(FURTHER);
    if (one === undefined) {
      one = { method: "(further methods)", opnum: null, invoked: null, tally: new CallTotals() };
      of.methods.set(FURTHER, one);
    }
    return one.tally;
  }

  #open(key: string, uuid: string | null, version: string | null, name: string | null): InterfaceTally {
    const account = this.#kind.open({ stream: null, giveUp: () => this.#fold(key) });
    account.charge(ROW_COST);
    const of: InterfaceTally = { account, uuid, version, name, tally: new CallTotals(), methods: new Map() };
    this.#interfaces.set(key, of);
    return of;
  }

  result(): Stats {
    const interfaces = [...this.#interfaces.values()].map(({ uuid, version, name, tally, methods }) => ({
      uuid,
      version,
      name,
      ...tally.result(),
      methods: [...methods.values()]
        .map(({ method, opnum, invoked, tally }) => ({ method, opnum, invoked, ...tally.result() }))
        .sort((a, b) => (a.opnum ?? -1) - (b.opnum ?? -1) || b.calls - a.calls || byName(a, b)),
    }));
    interfaces.sort(
      (a, b) => b.calls - a.calls || (String(a.name ?? a.uuid) < String(b.name ?? b.uuid) ? -1 : 1),
    );
    return { interfaces, total: this.#total.result(), slowest: this.#slowest };
  }

  #interface(call: CallRecord): InterfaceTally {
    const { uuid, version, name } = call.interface;
    let key = `${uuid} ${version}`;
    let of = this.#interfaces.get(key);
    if (of === undefined && this.#methods >= MAX_METHODS) {
      key = FURTHER;
      of = this.#interfaces.get(key) ?? this.#open(key, null, null, "(further interfaces)");
    }
    of ??= this.#open(key, uuid, version, name);
    of.name ??= name;
    return of;
  }

  #method(of: InterfaceTally, call: CallRecord): CallTotals {
    const invoked = call.dispatch === null ? null : invokedName(call.dispatch);
    const key = `${call.opnum} ${invoked ?? ""}`;
    let one = of.methods.get(key);
    if (one === undefined) {
      if (this.#methods >= MAX_METHODS || this.#interfaces.get(FURTHER) === of) return this.#further(of);
      this.#methods++;
      one = { method: call.method, opnum: call.opnum, invoked, tally: new CallTotals() };
      of.methods.set(key, one);
      of.account.charge(ROW_COST + 4 * (invoked?.length ?? 0));
    }
    one.method ??= call.method;
    return one.tally;
  }

  #slow(call: CallRecord): void {
    const us = call.duration_us;
    if (us === null) return;
    const slowest = this.#slowest;
    if (slowest.length === SLOWEST && us <= slowest[SLOWEST - 1]!.duration_us) return;
    const at = slowest.findIndex((other) => other.duration_us < us);
    slowest.splice(at < 0 ? slowest.length : at, 0, {
      duration_us: us,
      ts: call.ts,
      file: call.file,
      stream: call.stream,
      transport: call.transport,
      frames: call.frames,
      client: call.client,
      server: call.server,
      interface: call.interface.name ?? call.interface.uuid,
      method: call.method,
      opnum: call.opnum,
      invoked: call.dispatch === null ? null : invokedName(call.dispatch),
      status: call.status,
    });
    slowest.length = Math.min(slowest.length, SLOWEST);
  }
}
