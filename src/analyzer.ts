/**
 * Frames in, events out, synchronously: the whole program between reading and writing. Holds the run's memory (streams,
 * associations, objects, offers) and nothing of files, terminals or formats.
 */

import { NATIVES } from "../dissectors/natives/table.js";
import type { NdrContext } from "../dissectors/ndr/decode.js";
import { wellFormed } from "../dissectors/wire/text.js";
import type { Account } from "./budget.js";
import type { Frame, FrameSource, SourceNote } from "./capture/frame.js";
import { Connections } from "./connections.js";
import {
  type CallRecord,
  type Event,
  type EventKind,
  type Note,
  type NoteRecord,
  type OfferRecord,
  type RunEnd,
  SCHEMA,
  type SummaryRecord,
} from "./events.js";
import { CALL_AGE, Expiry, IDLE_AGE } from "./expiry.js";
import { type InterfaceTable, shippedInterfaces } from "./interfaces.js";
import { Limits } from "./limits.js";
import { Losses } from "./losses.js";
import { divide, type Memory } from "./memory.js";
import { OfferBook } from "./offers.js";
import { OrderedQueue } from "./ordering.js";
import type { Flow } from "./reassembly/flow.js";
import type { DataItem, StreamItem } from "./reassembly/items.js";
import { StreamAssembler } from "./reassembly/streams.js";
import { NoteIds } from "./record/note-ids.js";
import { recordHead } from "./record-head.js";
import { KdcStream } from "./rpc/security/kdc-stream.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import type { ObjectTable } from "./run/objects.js";
import { RunState } from "./run/run-state.js";
import { Tally } from "./tally.js";
import { type Instant, timestamp } from "./time.js";

export interface AnalyzerOptions {
  /** Interfaces to decode by; the shipped ones where absent. */
  interfaces?: InterfaceTable;
  /** Keys for sealed traffic; none where absent. */
  keys?: KeyRing | null;
  /** Octets that reassembly and state may hold. */
  maxMemory?: number;
  /** Names of the inputs, for `file`; only where several are read. */
  files?: readonly string[];
  /** Calls that may wait for an earlier one to be completed. Small where calls must leave at once (live). */
  orderWindow?: number;
  /**
   * The input does not end: offers are told soon after their last call, not when all that may follow was seen; calls
   * and conversations of which nothing more comes are given up after `CALL_AGE` and `IDLE_AGE`.
   */
  live?: boolean;
  /** The kinds of records that are asked for, all where absent: offers and associations nobody wants are not put together. */
  wanted?: ReadonlySet<EventKind>;
  /** Whether records get `id` and `community_id`, which are null otherwise; true where absent. */
  ids?: boolean;
}

/** Default ceiling for reassembly and state. */
export const DEFAULT_MAX_MEMORY = 256 * 1024 * 1024;

/** RFC 4120 7.2: where a KDC listens. Read only with keys, to open tickets that were issued within the capture. */
const KERBEROS_PORT = 88;

const NO_EVENTS: readonly Event[] = [];
const NO_NOTES: readonly NoteRecord[] = [];

/** What a source of frames knows beside its frames. */
export type SourceState = Pick<FrameSource, "takeNotes" | "complete">;

export class Analyzer {
  readonly objects: ObjectTable;
  readonly table: InterfaceTable;
  readonly #streams: StreamAssembler;
  readonly #connections: Connections;
  /** Exchanges with a KDC, whose tickets a keytab opens; kept only where keys were given. */
  readonly #kdc = new Map<Flow, KdcStream>();
  /** All memory that traffic can fill. */
  readonly memory: Memory;
  readonly #losses = new Losses();
  /** What reassembly holds, within limits of its own. */
  readonly #segments: Account;
  readonly #queue: OrderedQueue<CallRecord>;
  /** null where neither offers nor their number are asked for. */
  readonly #offers: OfferBook | null;
  readonly #keys: KeyRing | null;
  readonly #files: readonly string[];
  readonly #live: boolean;
  /** null where nobody asks for the ids of notes. */
  readonly #noteIds: NoteIds | null;
  readonly #limits: Limits;
  readonly #expiry = new Expiry();
  #out: Event[] = [];
  readonly #tally = new Tally();

  constructor(options: AnalyzerOptions = {}) {
    this.table = options.interfaces ?? shippedInterfaces();
    this.#keys = options.keys ?? null;
    this.#files = (options.files ?? []).map((name) => wellFormed(name, null));
    this.memory = divide(options.maxMemory ?? DEFAULT_MAX_MEMORY);
    const { kinds } = this.memory;
    this.#live = options.live === true;
    this.#segments = kinds.segments.open({ stream: null, giveUp: () => {} });
    this.#streams = new StreamAssembler({
      ...this.memory.streams,
      udpPort: this.#keys ? KERBEROS_PORT : 0,
      ...(this.#live ? { idle: IDLE_AGE } : {}),
    });
    this.#queue = new OrderedQueue((record) => this.#emitCall(record), options.orderWindow, kinds.order);
    const context = (syntax: "ndr" | "ndr64"): NdrContext => ({
      syntax,
      natives: NATIVES,
      types: this.table.types,
      interfaceName: this.table.interfaceName,
      maxNodes: this.memory.maxNodes,
    });
    const run = new RunState(this.table, { ndr: context("ndr"), ndr64: context("ndr64") }, kinds);
    this.objects = run.objects;
    const { wanted } = options;
    const ids = options.ids !== false;
    this.#noteIds = ids && (wanted?.has("note") ?? true) ? new NoteIds() : null;
    const wantsOffers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
    this.#offers = !wantsOffers
      ? null
      : new OfferBook({
          live: options.live,
          kinds,
          recent: this.memory.recent,
          owned: this.memory.owned,
          associationOf: (flow) => this.#connections.association(flow as Flow),
        });
    this.#connections = new Connections({
      run,
      keys: this.#keys,
      memory: this.memory,
      queue: this.#queue,
      offers: this.#offers,
      tally: this.#tally,
      ids,
      association: (wanted?.has("association") ?? true) ? (record) => this.#out.push(record) : null,
      note: (...args) => this.#note(...args),
      fileName: (index) => this.#fileName(index),
    });
    this.#limits = new Limits({
      run,
      streams: this.#streams,
      // A live run asks for calls out of order.
      queue: options.orderWindow === undefined ? this.#queue : null,
      offers: this.#offers,
      keys: this.#keys,
    });
  }

  /** Takes the next frame, in order of capture. The events are the caller's; the frame is not kept. */
  push(frame: Frame): readonly Event[] {
    const another = this.#tally.frame(frame);
    const { last } = this.#tally;
    if (another && this.#offers) for (const offer of this.#offers.pass(last)) this.#emitOffer(offer);
    const items = this.#streams.push(frame);
    if (another) {
      this.#tellFull();
      if (this.#live) this.#expire(last.seconds);
    }
    if (items.length === 0) return this.#out.length === 0 ? NO_EVENTS : this.#take();
    for (const item of items) this.#item(item);
    this.#segments.set(this.#streams.held);
    if (this.memory.budget.pressed) this.#relieve();
    return this.#take();
  }

  /** Limits of the whole run that were reached, each told once. */
  #tellFull(): void {
    for (const { code, message } of this.#limits.take()) this.#tellLimit(code, message, null);
  }

  /** Memory is short: whoever holds something that was not used for long gives it up, and what that was is told. */
  #relieve(): void {
    const losses = this.memory.budget.relieve();
    this.#connections.drain();
    for (const loss of losses) {
      const message = this.#losses.take(loss);
      if (message !== null) this.#tellLimit("memory-limit", message, loss.stream);
    }
    for (const offer of this.#offers?.takeEarly() ?? []) this.#emitOffer(offer);
  }

  #tellLimit(code: string, message: string, stream: number | null): void {
    const note: Note = { severity: "warning", code, message };
    const of = stream === null ? null : (this.#streams.flow(stream) ?? { stream, communityId: null });
    this.#note(note, this.#streams.counters.frames, this.#tally.last, of, this.#fileName(0));
  }

  /**
   * The input is at its end: everything that is still open comes out, and the summary last. `source`: where the frames
   * came from; its last notes come first, and the summary says whether it was read whole. `ended`: why the run ended
   * before its input did.
   */
  finish(source: SourceState | null = null, ended: RunEnd | null = null): readonly Event[] {
    return [...this.finishing(source, ended)].flat();
  }

  /** The same piece by piece, so that what came out can be written and forgotten before the next. */
  *finishing(source: SourceState | null = null, ended: RunEnd | null = null): Iterable<readonly Event[]> {
    if (source !== null) this.#out.push(...this.notes(source));
    this.#tally.end(source?.complete ?? true, ended);
    for (const item of this.#streams.finish()) {
      this.#item(item);
      if (this.memory.budget.pressed) this.#relieve();
      if (this.#out.length > 0) yield this.#take();
    }
    for (const _ of this.#connections.closeAll(this.#tally.last)) {
      if (this.memory.budget.pressed) this.#relieve();
      if (this.#out.length > 0) yield this.#take();
    }
    this.#queue.release(true);
    yield this.#take();
    for (const offer of this.#offers?.finish() ?? []) this.#emitOffer(offer);
    this.#tellFull();
    for (const { severity, message, steps } of this.#tally.clockNotes()) {
      const note: Note = { severity, code: "clock-stepped-back", message };
      this.#note(note, steps.frame, steps.at, null, this.#fileName(steps.file));
    }
    for (const message of this.#losses.sums()) this.#tellLimit("memory-limit", message, null);
    this.#out.push(this.summary());
    yield this.#take();
  }

  /** Live: every completed call leaves, whatever it waits behind. */
  letGo(): readonly Event[] {
    this.#queue.release(true);
    return this.#out.length === 0 ? NO_EVENTS : this.#take();
  }

  /** Live: lets go of what waited long enough by the wall clock. */
  tick(seconds: number): readonly Event[] {
    for (const item of this.#streams.tick(seconds)) this.#item(item);
    const now = { seconds: Math.floor(seconds), nanos: Math.floor((seconds % 1) * 1e9), digits: 9 as const };
    for (const offer of this.#offers?.pass(now) ?? []) this.#emitOffer(offer);
    if (this.#live) this.#expire(now.seconds);
    return this.#out.length === 0 ? NO_EVENTS : this.#take();
  }

  /**
   * The conversation that the frame pushed last belongs to, or null, with the frames of its datagram and whether it is
   * known to be DCE/RPC.
   */
  get lastFlow(): { flow: Flow; frames: number | number[]; rpc: boolean } | null {
    const { lastFlow, lastFrames } = this.#streams;
    if (lastFlow === null) return null;
    return { flow: lastFlow, frames: lastFrames, rpc: this.#connections.isRpc(lastFlow) };
  }

  /** Streams of the offers that are not told yet: those that belong to them, and those that may. */
  offerStreams(): { belong: Set<number>; candidates: Set<number> } {
    return this.#offers?.membership() ?? { belong: new Set(), candidates: new Set() };
  }

  #expire(seconds: number): void {
    if (!this.#expiry.isDue(seconds)) return;
    this.#connections.expire(seconds - CALL_AGE);
    const old = this.#expiry.objectsBefore(seconds, this.#streams.counters.frames);
    if (old !== null) this.objects.expire(old);
  }

  /** What a source found beside its frames since this was last asked, as records; they count in the summary. */
  notes(source: { takeNotes(): readonly SourceNote[] }): readonly NoteRecord[] {
    const found = source.takeNotes();
    if (found.length === 0) return NO_NOTES;
    return found.map((note) => {
      this.#tally.note(note.code);
      const id = this.#noteIds?.next(note.code, null, null) ?? null;
      return { ...recordHead("note", null, null, null, id), ...note };
    });
  }

  summary(): SummaryRecord {
    const streams = this.#streams;
    return this.#tally.summary(
      streams.counters,
      this.#connections.pdus,
      streams.notRead(),
      this.#keys?.report() ?? null,
    );
  }

  #take(): readonly Event[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #item(item: StreamItem): void {
    switch (item.kind) {
      case "open":
        this.#offers?.conversationOpened(item.flow, item);
        return;
      case "data":
        this.#data(item);
        return;
      case "gap":
        this.#kdc.get(item.flow)?.gap(item.direction === 0);
        this.#connections.gap(item);
        return;
      case "close":
        this.#connections.close(item.flow, { seconds: item.seconds, nanos: item.nanos, digits: item.digits });
        this.#kdc.get(item.flow)?.release();
        this.#kdc.delete(item.flow);
        this.#offers?.conversationClosed(item.flow, item);
        return;
      case "datagram":
        this.#keys?.learnKerberos(item.bytes);
        return;
      case "note": {
        const at = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
        this.#note(item, item.frame, at, item.flow, this.#fileName(item.file));
      }
    }
  }

  #data(item: DataItem): void {
    const { flow, direction, bytes } = item;
    // What was held back for order comes in one go, also what follows the bytes that the flow was dismissed for.
    if (flow.dismissed) return;
    if (this.#keys && (flow.port0 === KERBEROS_PORT || flow.port1 === KERBEROS_PORT)) {
      let kdc = this.#kdc.get(flow);
      if (!kdc) {
        kdc = new KdcStream(
          (message) => this.#keys?.learnKerberos(message),
          flow.stream,
          this.memory.kinds.kdc,
        );
        this.#kdc.set(flow, kdc);
      }
      kdc.push(direction === 0, bytes);
      return;
    }
    const wanted = this.#offers?.conversationData(flow, direction, bytes, item.offset) ?? false;
    this.#connections.data(item, wanted);
  }

  #emitCall(record: CallRecord): void {
    this.#tally.call(record);
    this.#out.push(record);
  }

  #emitOffer(offer: OfferRecord): void {
    this.#tally.offer(offer);
    this.#out.push(offer);
  }

  #note(
    { severity, code, message }: Note,
    frame: number | null,
    at: Instant,
    of: { stream: number; communityId: string | null } | null,
    file: string | null,
  ): void {
    this.#tally.note(code);
    const communityId = this.#noteIds === null || of === null ? null : of.communityId;
    this.#out.push({
      type: "note",
      schema: SCHEMA,
      id: this.#noteIds?.next(code, communityId, at) ?? null,
      revision: 1,
      provisional: false,
      ts: timestamp(at),
      stream: of?.stream ?? null,
      file,
      community_id: communityId,
      severity,
      code,
      message,
      frame,
    });
  }

  /** The input's name as given, where several are read. */
  #fileName(index: number): string | null {
    return this.#files.length > 1 ? (this.#files[index] ?? null) : null;
  }
}
