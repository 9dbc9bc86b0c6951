/**
 * Frames in, events out, synchronously: the whole program between reading and writing. `push`, `tick` and `finish` give
 * events; what is known besides can be read. Front (frames to records of calls) and tail (order, counts, offers) in one
 * process: the one hands its operations to the other as they come about.
 */

import type { Frame, SourceNote } from "./capture/frame.js";
import type { Event, EventKind, NoteRecord, RunEnd, SummaryRecord } from "./events.js";
import { FileNames, type NamedPlace } from "./file-names.js";
import { Front, type Replayed } from "./front.js";
import { type InterfaceTable, shippedInterfaces } from "./interfaces.js";
import { divide, type Memory } from "./memory.js";
import type { Flow } from "./reassembly/flow.js";
import { NoteIds } from "./record/note-ids.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import type { ObjectTable } from "./run/objects.js";
import type { RunState } from "./run/run-state.js";
import { Tail } from "./shard/tail.js";
import type { Witness } from "./witness.js";

export interface AnalyzerOptions {
  /** Interfaces to decode by; the shipped ones where absent. */
  interfaces?: InterfaceTable;
  /** Keys for sealed traffic; none where absent. */
  keys?: KeyRing | null;
  /** Bytes that reassembly and state may hold. */
  maxMemory?: number;
  /** Names of the inputs, for `file`; only where several are read. */
  files?: readonly string[];
  /** Calls that may wait for an earlier one to be completed. Small where calls must leave at once (live). */
  orderWindow?: number;
  /**
   * The input does not end: offers are reported soon after their last call, not when all that may follow was seen; calls
   * and conversations of which nothing more comes are given up after `CALL_AGE` and `IDLE_AGE`.
   */
  live?: boolean;
  /** The kinds of records that are asked for, all where absent: offers and associations nobody wants are not put together. */
  wanted?: ReadonlySet<EventKind>;
  /** What conversations did beside calls is asked for (observations.ts). */
  observe?: boolean;
  /** Whether records get `id` and `community_id`, which are null otherwise; true where absent. */
  ids?: boolean;
  /** Somebody who looks on, for trees of fields. */
  witness?: Witness | null;
  /**
   * Whether calls wait until TCP acknowledged their answer, so that records say which frame that was; false where absent.
   */
  acknowledged?: boolean;
  /** The frames are those of some conversations of a capture that was read before. */
  replays?: Replayed | null;
}

/** Default ceiling for reassembly and state. */
export const DEFAULT_MAX_MEMORY = 256 * 1024 * 1024;

/** How the input ended; a source of frames says it by itself. */
export interface InputEnd {
  /** The last of what it found beside its frames. */
  takeNotes?(): readonly SourceNote[];
  /** False where not all of it could be read. */
  complete?: boolean;
  /** Why the run ended before its input did. */
  ended?: RunEnd | null;
}

/** What a live run reads while frames go by. */
export interface FlowsView {
  /**
   * The flow that the frame pushed last belongs to, or null, with the frames of its datagram and whether it is known to be
   * DCE/RPC.
   */
  readonly lastFlow: { flow: Flow; frames: number | number[]; rpc: boolean } | null;
  /** The same of UDP, by Wireshark's udp.stream. */
  readonly lastDatagram: { stream: number; frames: number | number[] } | null;
  /** Streams of the offers that are not reported yet: those that belong to them, and those that may. */
  offerStreams(): { belong: Set<number>; candidates: Set<number> };
}

export class Analyzer {
  readonly objects: ObjectTable;
  readonly table: InterfaceTable;
  /** What is known across conversations: for the analyzer of one that is read again. */
  readonly run: RunState;
  /** All memory that traffic can fill. */
  readonly memory: Memory;
  readonly flows: FlowsView;
  readonly #front: Front;
  readonly #tail: Tail;
  readonly #files: FileNames;

  constructor(options: AnalyzerOptions = {}) {
    const { wanted, orderWindow, live = false, ids = true } = options;
    this.table = options.interfaces ?? shippedInterfaces();
    this.memory = divide(options.maxMemory ?? DEFAULT_MAX_MEMORY);
    const { kinds, recent, owned } = this.memory;
    this.#files = new FileNames(options.files ?? [], kinds.places);
    const offers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
    this.#tail = new Tail({
      noteIds: ids && (wanted?.has("note") ?? true) ? new NoteIds() : null,
      offers: offers
        ? {
            live,
            kinds,
            recent,
            owned,
            associationOf: (flow) => this.#front.associations.ofFlow(flow),
          }
        : null,
      orderWindow,
      order: kinds.order,
    });
    this.#front = new Front({
      table: this.table,
      keys: options.keys ?? null,
      memory: this.memory,
      files: this.#files,
      wanted,
      offers,
      live,
      observe: options.observe === true,
      ids,
      witness: options.witness ?? null,
      acknowledged: options.acknowledged === true,
      replays: options.replays ?? null,
      division: null,
      suspicious: null,
      moment: { frame: 0, rank: 0 },
      receive: this.#tail.receive,
      limited: {
        // A live run asks for calls out of order.
        queue: orderWindow === undefined ? this.#tail.queue : null,
        offers: this.#tail.offers,
      },
      relieved: () => this.#tail.takeEarly(),
    });
    this.run = this.#front.run;
    this.objects = this.run.objects;
    this.flows = flowsView(this.#front, this.#tail);
  }

  /** Takes the next frame, in order of capture. The events are the caller's; the frame is not kept. */
  push(frame: Frame): readonly Event[] {
    this.#front.push(frame);
    this.#tail.takeEarly();
    return this.#tail.take();
  }

  /**
   * Advances the clock while no frame comes, in seconds of the capture, or null where only `flush` is asked for: every
   * completed call leaves, whatever it waits behind.
   */
  tick(seconds: number | null, flush = false): readonly Event[] {
    if (flush) this.#tail.queue.release(true);
    if (seconds !== null) this.#front.tick(seconds);
    return this.#tail.take();
  }

  /**
   * The input is at its end: everything that is still open comes out, and the summary last. It is made while it is taken, so
   * that what came out can be written and forgotten before the next.
   */
  *finish(end: InputEnd = {}): IterableIterator<Event> {
    yield* this.report(end.takeNotes?.() ?? []);
    for (const _ of this.#front.finish(end.complete ?? true, end.ended ?? null)) yield* this.#tail.take();
  }

  /** What a source found beside its frames, as records; they count in the summary. */
  report(found: readonly SourceNote[]): readonly NoteRecord[] {
    return this.#tail.sourceNotes(found);
  }

  /** A frame's file and its number there; null where one input is read, or it is not known any more. */
  readonly placeOf = (frame: number): NamedPlace | null => this.#files.placeOf(frame);

  summary(): SummaryRecord {
    return this.#tail.summary(this.#front.totals());
  }
}

function flowsView({ reassembly, associations }: Front, { offers }: Tail): FlowsView {
  return {
    get lastFlow() {
      const { lastFlow: flow, lastFrames: frames } = reassembly;
      return flow === null ? null : { flow, frames, rpc: associations.isRpc(flow) };
    },
    get lastDatagram() {
      const { lastDatagrams: stream, lastFrames: frames } = reassembly;
      return stream < 0 ? null : { stream, frames };
    },
    offerStreams: () => offers?.membership() ?? { belong: new Set(), candidates: new Set() },
  };
}
