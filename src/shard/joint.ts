/**
 * The tail of several fronts. Each has heard of a part of the machines: what only another one knows is decided here (judge.ts), what
 * is told of the whole run by more than one is taken once, and what is counted is joined.
 */
import type { AssociationRecord, CallRecord, RunEnd } from "../events.js";
import type { FileNames } from "../file-names.js";
import { Limits } from "../limits.js";
import { Losses } from "../losses.js";
import type { Memory } from "../memory.js";
import { callStep } from "../offers/steps/call-steps.js";
import type { Instant } from "../time.js";
import type { LineRecord } from "./batch.js";
import { CountedElsewhere, ROW } from "./connection-rows.js";
import type { Anew, Judge } from "./judge.js";
import { joinKeys } from "./keys.js";
import type {
  AnotherSecond,
  CallDone,
  CallMeant,
  ConnectionMet,
  ConnectionsSeen,
  Ended,
  EndpointsAnnounced,
  Operation,
  Totals,
} from "./operations.js";
import type { Suspects } from "./suspects.js";
import type { Tail } from "./tail.js";

/** Connections that are added between two searches for those that offers have forgotten. */
const SWEEP = 4096;

export interface JointOptions {
  tail: Tail;
  judge: Judge;
  /** Decodes again what threads tell; null where shards do. */
  suspects?: Suspects | null;
  files: FileNames;
  /** How many fronts there are. */
  count: number;
  memory: Memory;
}

export class Joint {
  readonly #options: JointOptions;
  readonly #tail: Tail;
  readonly #judge: Judge;
  readonly #limits: Limits;
  /** By code or message, the front that told it first. */
  readonly #told = new Map<string, number>();
  /** Connections as their fronts count them, and open associations, by stream. */
  readonly #connections = new Map<number, CountedElsewhere>();
  readonly #soFar = new Map<number, AssociationRecord>();
  #added = 0;
  /** Calls that were decoded again and whose records are still to come. */
  readonly #anew = new Map<number, Anew>();
  /** Types of PDUs in the order in which they were met. */
  readonly #pdus: string[] = [];
  readonly #ends: (Ended | null)[];
  readonly #losses = new Losses();
  /** The latest second that was told, and the frame that brought it about. */
  #frame = 0;
  #at: Instant = { seconds: 0, nanos: 0, digits: 6 };
  #callsOver = false;
  #offersOver = false;

  constructor(options: JointOptions) {
    const { tail, judge, count } = options;
    this.#options = options;
    this.#tail = tail;
    this.#judge = judge;
    this.#ends = new Array<Ended | null>(count).fill(null);
    this.#limits = new Limits({
      run: judge.run,
      streams: { historyFull: false, numbersFull: false },
      queue: tail.queue,
      offers: tail.offers,
      keys: null,
    });
  }

  /** What is known so far of the association over a connection that is still open. */
  associationOf(stream: number): AssociationRecord | null {
    return this.#soFar.get(stream) ?? null;
  }

  /** Takes the next operation of the run, which that front has sent. */
  take(front: number, operation: Operation): void {
    const tail = this.#tail;
    switch (operation.kind) {
      case "opened":
        operation.call = this.#nameOf(front, operation.call);
        tail.receive(operation);
        return;
      case "call":
        this.#call(front, operation);
        return;
      case "meant":
        this.#meant(front, operation);
        return;
      case "named":
        if (this.#options.suspects) this.#options.suspects.named(operation);
        else this.#judge.named(operation.client, operation.server, operation.uuids);
        return;
      case "announced":
        this.#announced(operation);
        return;
      case "note":
        if (operation.of !== null || this.#isFirst(front, operation.note.code)) tail.receive(operation);
        return;
      case "limit":
        if (operation.of !== null || this.#isFirst(front, operation.note.message)) tail.receive(operation);
        return;
      case "association-so-far": {
        const { association, record } = operation;
        record.announced = this.#judge.announced(front, association, record.server, record.transport);
        this.#soFar.set(record.stream, record);
        return;
      }
      case "association": {
        const { association, record } = operation;
        record.announced = this.#judge.announced(front, association, record.server, record.transport);
        this.#judge.over(front, association);
        this.#soFar.delete(record.stream);
        tail.receive(operation);
        return;
      }
      case "connection":
        this.#connection(operation);
        return;
      case "seen":
        this.#seen(operation);
        return;
      case "second":
        this.#second(operation);
        return;
      case "place":
        this.#options.files.see(operation.number, operation.file, operation.inFile);
        return;
      case "pdu":
        if (!this.#pdus.includes(operation.type)) this.#pdus.push(operation.type);
        return;
      case "finished":
        // What comes behind is of limits and of the whole run.
        if (operation.what === "calls" ? this.#callsOver : this.#offersOver) return;
        if (operation.what === "calls") this.#callsOver = true;
        else this.#offersOver = true;
        tail.receive(operation);
        return;
      case "end":
        this.#ends[front] = operation;
        return;
      default:
        tail.receive(operation);
    }
  }

  /** Every front is at its end. */
  get isOver(): boolean {
    return this.#ends.every((end) => end !== null);
  }

  #nameOf(front: number, call: number): number {
    return call * this.#options.count + front;
  }

  /** Each front may find the same of the run: the first that does is believed, and no other. */
  #isFirst(front: number, what: string): boolean {
    const first = this.#told.get(what);
    if (first === undefined) this.#told.set(what, front);
    return first === undefined || first === front;
  }

  #announced({ facts, seen }: EndpointsAnnounced): void {
    const { announcements } = this.#judge.run;
    for (const fact of facts) {
      if (fact.kind === "endpoint") announcements.mapped(fact, seen);
      else announcements.exporter(fact, seen);
    }
  }

  #meant(front: number, operation: CallMeant): void {
    const { call, association, doubt, suspicion, step } = operation;
    const judge = this.#judge;
    if (operation.first && association !== null) {
      judge.announced(front, association, operation.server, operation.transport);
    }
    const anew =
      suspicion !== null
        ? this.#options.suspects!.call(front, suspicion)
        : doubt === null
          ? null
          : judge.call(doubt);
    if (anew === null) {
      if (step !== null) this.#tail.receive({ kind: "step", step });
      return;
    }
    this.#anew.set(this.#nameOf(front, call), anew);
    if (association === null || this.#tail.offers === null) return;
    const { decoded, record, meant } = anew;
    const other = callStep({ id: record.id, call: decoded, target: record.target, facts: meant.facts });
    if (other !== null) this.#tail.receive({ kind: "step", step: other });
  }

  #call(front: number, operation: CallDone): void {
    const call = this.#nameOf(front, operation.call);
    operation.call = call;
    const anew = this.#anew.get(call);
    if (anew !== undefined) {
      this.#anew.delete(call);
      const { record, cost } = anew;
      const { places, acknowledged } = wholeRecord(operation.record);
      operation.record = Object.assign(record, { places, acknowledged });
      operation.cost = cost;
    }
    this.#tail.receive(operation);
  }

  #connection(operation: ConnectionMet): void {
    const { flow } = operation;
    const counted = Object.assign(new CountedElsewhere(flow), flow);
    this.#connections.set(flow.stream, counted);
    this.#tail.receive({ ...operation, flow: counted });
    if (++this.#added < SWEEP) return;
    this.#added = 0;
    const { offers } = this.#tail;
    for (const stream of this.#connections.keys()) {
      if (offers?.knows(stream) !== true) this.#connections.delete(stream);
    }
  }

  #seen({ rows }: ConnectionsSeen): void {
    for (let at = 0; at < rows.length; at += ROW) this.#connections.get(rows[at]!)?.update(rows, at);
  }

  #second(operation: AnotherSecond): void {
    this.#at = operation.at;
    this.#frame = operation.frame;
    this.#tail.receive(operation);
    this.#reportLimits(operation);
  }

  /** Limits on what is kept here. */
  #reportLimits({ at }: Pick<AnotherSecond, "at">): void {
    for (const { code, message } of this.#limits.take()) {
      if (this.#isFirst(-1, message)) this.#reportLimit(code, message, at);
    }
  }

  #reportLimit(code: string, message: string, at: Instant): void {
    const note = { severity: "warning", code, message } as const;
    const file = this.#options.files.fileName(0);
    this.#tail.receive({ kind: "limit", note, frame: this.#frame, at, of: null, file });
  }

  /** All fronts are at their end: the summary comes out. `ended`: null where that is as the fronts say. */
  finish(complete: boolean, ended: RunEnd | null): void {
    const ends = this.#ends.map((end) => end!);
    const first = ends[0]!;
    const all = ends.map(({ totals }) => totals);
    const at = first.totals.last;
    this.#frame = first.frame;
    if (at !== null) {
      this.#reportLimits({ at });
      for (const message of this.#losses.sums()) this.#reportLimit("memory-limit", message, at);
    }
    this.#tail.receive({
      kind: "end",
      frame: first.frame,
      totals: joined(all, this.#pdus),
      complete,
      ended: ended ?? first.ended,
    });
  }

  /** Where memory is short, whoever holds something that was not used for long gives it up. */
  relieve(): void {
    const { budget } = this.#options.memory;
    if (!budget.pressed) return;
    for (const loss of budget.relieve()) {
      const message = this.#losses.take(loss);
      if (message !== null) this.#reportLimit("memory-limit", message, this.#at);
    }
    this.#tail.takeEarly();
  }
}

/** Of frames and of what is no conversation's each front has counted the same, or the first one all of it. */
function joined(all: readonly Totals[], types: readonly string[]): Totals {
  const first = all[0]!;
  const sum = (of: (totals: Totals) => number): number => all.reduce((total, one) => total + of(one), 0);
  const pdus: { [type: string]: number } = {};
  for (const type of types) pdus[type] = sum((totals) => totals.pdus[type] ?? 0);
  return {
    ...first,
    keys: joinKeys(all.map(({ keys }) => keys)),
    pdus,
    carried: { smb: sum(({ carried }) => carried.smb), http: sum(({ carried }) => carried.http) },
    datagrams: sum(({ datagrams }) => datagrams),
    rpcStreams: sum(({ rpcStreams }) => rpcStreams),
  };
}

function wholeRecord(record: CallRecord): CallRecord {
  const { line } = record as Partial<LineRecord>;
  return line === undefined ? record : (JSON.parse(new TextDecoder().decode(line)) as CallRecord);
}
