/** The shards of one run as that run: what their files hold in order, behind them what depends on all of it. */
import { DEFAULT_MAX_MEMORY } from "../analyzer.js";
import type { AssociationRecord, Event, EventKind, SummaryRecord } from "../events.js";
import { FileNames } from "../file-names.js";
import type { InterfaceTable } from "../interfaces.js";
import { divide, type Memory } from "../memory.js";
import { NoteIds } from "../record/note-ids.js";
import { ndrContexts } from "../run/ndr-contexts.js";
import { RunState } from "../run/run-state.js";
import type { Instant } from "../time.js";
import { inOrder, type Ordered } from "./in-order.js";
import { Joint } from "./joint.js";
import { Judge } from "./judge.js";
import type { Ended, Operation } from "./operations.js";
import type { ShardFile } from "./shard-file.js";
import { Tail } from "./tail.js";

/** What is asked of the run. */
export interface Asked {
  maxMemory?: number | undefined;
  /** The kinds of records that are asked for, all where absent. */
  wanted?: ReadonlySet<EventKind> | undefined;
  /** Which frames acknowledged answers. */
  acknowledged?: boolean | undefined;
  /** What conversations did beside calls. */
  observe?: boolean | undefined;
  /** Whether records get ids; true where absent. */
  ids?: boolean | undefined;
}

/** A shard that is not whole, and why. */
export interface Broken {
  name: string;
  fault: string;
}

export class MergedRun {
  readonly files: FileNames;
  readonly memory: Memory;
  /** False where a shard was cut, or the capture was. */
  complete = true;
  /** Shards that are not whole, as far as they were read. */
  readonly broken: Broken[] = [];
  /** What was passed over as asked. */
  skipped: SummaryRecord["skipped"] | null = null;
  /** The time of the first frame. */
  first: Instant | null = null;
  readonly #shards: readonly ShardFile[];
  readonly #asked: Asked;
  readonly #tail: Tail;
  readonly #joint: Joint;
  readonly #ordered: AsyncGenerator<Ordered, void, undefined>;
  readonly #ends: (Ended | null)[];
  /** Records of calls that wait for the frame that acknowledged their answer. */
  readonly #waiting = new Map<string, Extract<Operation, { kind: "call" }>>();
  #found: Event[] = [];

  /** `shards`: in their order, all of them. */
  constructor(shards: readonly ShardFile[], table: InterfaceTable, asked: Asked) {
    const { maxMemory, wanted } = asked;
    const memory = divide(maxMemory ?? DEFAULT_MAX_MEMORY);
    this.memory = memory;
    const { kinds, recent, owned } = memory;
    const names = shards[0]!.header.inputs.map(({ name }) => name);
    this.files = new FileNames(names, kinds.places);
    const offers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
    this.#tail = new Tail({
      noteIds: asked.ids === false || wanted?.has("note") === false ? null : new NoteIds(),
      offers: offers
        ? {
            live: false,
            kinds,
            recent,
            owned,
            associationOf: ({ stream }) => this.#joint.associationOf(stream),
          }
        : null,
      orderWindow: undefined,
      order: kinds.order,
    });
    const run = new RunState(table, ndrContexts(table, memory.maxNodes), kinds);
    this.#joint = new Joint({
      tail: this.#tail,
      judge: new Judge(run),
      files: this.files,
      count: shards.length,
      memory,
    });
    this.#asked = asked;
    this.#shards = shards;
    this.#ends = shards.map(() => null);
    this.#ordered = inOrder(shards);
  }

  /** Takes the next operation: false where none is left. */
  async next(): Promise<boolean> {
    const { done, value } = await this.#ordered.next();
    if (done !== true) {
      this.#take(value.front, value.operation);
      this.#joint.relieve();
      return true;
    }
    for (const { name, fault } of this.#shards) if (fault !== null) this.broken.push({ name, fault });
    if (this.broken.length > 0) this.complete = false;
    return false;
  }

  /** What is left at the end, the summary last. */
  *finish(): IterableIterator<Event> {
    this.#complete();
    yield* this.take();
  }

  /** Records that came out since the last call of this method. */
  take(): readonly Event[] {
    const events = this.#tail.take();
    if (this.#found.length === 0) return events;
    const found = this.#found;
    this.#found = [];
    return found.concat(events);
  }

  /** What whoever reads the shards found, as records; they count in the summary. */
  report: Tail["sourceNotes"] = (found) => this.#tail.sourceNotes(found);

  #take(front: number, operation: Operation): void {
    if (this.#asked.ids === false) forgetIds(operation);
    switch (operation.kind) {
      case "source":
        this.#found.push(...this.#tail.take(), ...this.#tail.sourceNotes(operation.notes));
        return;
      case "skipped":
        this.skipped = operation.skipped;
        return;
      case "call":
        this.#call(front, operation);
        return;
      case "acknowledged":
        this.#acknowledged(front, operation.call, operation.frame);
        return;
      case "association":
      case "association-so-far":
        this.#association(operation.record);
        if (operation.kind === "association") operation.shown = this.#shows("association");
        break;
      case "record":
        if (operation.record.type === "observation" ? !this.#asked.observe : !this.#shows("association"))
          return;
        break;
      case "second":
        this.first ??= operation.at;
        break;
      case "end":
        this.#ends[front] = operation;
        if (!operation.complete) this.complete = false;
        // What one of them lacks is known when all are read.
        return;
    }
    this.#joint.take(front, operation);
  }

  #shows(kind: EventKind): boolean {
    return this.#asked.wanted?.has(kind) ?? true;
  }

  #call(front: number, operation: Extract<Operation, { kind: "call" }>): void {
    if (this.#asked.acknowledged && operation.waits === true) {
      this.#waiting.set(`${front} ${operation.call}`, operation);
    } else this.#joint.take(front, operation);
  }

  #acknowledged(front: number, call: number, frame: number | null): void {
    const key = `${front} ${call}`;
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    waiting.record.acknowledged = frame;
    this.#joint.take(front, waiting);
  }

  /** A record says which frames acknowledged binds only where that is asked for. */
  #association(record: AssociationRecord): void {
    if (this.#asked.acknowledged) return;
    for (const bind of record.binds ?? []) bind.acknowledged = null;
  }

  /** All that could be read was: what is counted is told, also where a shard has no end. */
  #complete(): void {
    for (const key of [...this.#waiting.keys()]) {
      const [front, call] = key.split(" ").map(Number);
      this.#acknowledged(front!, call!, null);
    }
    const known = this.#ends.find((end) => end !== null) ?? null;
    if (known === null) return;
    for (const [front, end] of this.#ends.entries()) {
      this.#joint.take(front, end ?? { ...known, totals: nothingOf(known.totals) });
    }
    this.#joint.finish(this.complete, known.ended);
  }
}

/** Of records that nobody asks ids of. */
function forgetIds(operation: Operation): void {
  switch (operation.kind) {
    case "call":
    case "association":
    case "association-so-far":
    case "record":
      Object.assign(operation.record, { id: null, community_id: null });
      return;
    case "meant": {
      const { doubt, step } = operation;
      if (doubt?.call != null) doubt.call.channel.communityId = null;
      if (step !== null) Object.assign(step, { id: null, communityId: null });
    }
  }
}

/** What a shard without an end counted of its own: nobody knows. Of frames all have counted the same. */
function nothingOf(totals: Ended["totals"]): Ended["totals"] {
  return { ...totals, pdus: {}, carried: { smb: 0, http: 0 }, datagrams: 0, rpcStreams: 0, keys: null };
}
