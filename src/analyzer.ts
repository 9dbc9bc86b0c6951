/**
 * Frames in, events out, synchronously: the whole program between reading and writing. `push`, `tick` and `finish` give
 * events; what is known besides can be read. Holds the run's memory (flows, associations, objects, offers) and nothing of
 * files, terminals or formats.
 */

import { readHttpRequest } from "../dissectors/http/negotiate.js";
import { readLdapRequest } from "../dissectors/ldap/bind.js";
import { Acknowledgments } from "./acknowledgments.js";
import { Associations } from "./associations.js";
import type { Account } from "./budget.js";
import type { Frame, SourceNote } from "./capture/frame.js";
import { Emitter, type NamedPlace } from "./emitter.js";
import type { CallRecord, Event, EventKind, Note, NoteRecord, RunEnd, SummaryRecord } from "./events.js";
import { Expiry, IDLE_AGE } from "./expiry.js";
import { type InterfaceTable, shippedInterfaces } from "./interfaces.js";
import { Limits } from "./limits.js";
import { Losses } from "./losses.js";
import { divide, type Memory } from "./memory.js";
import { OfferTracker } from "./offers/tracker.js";
import { OrderedQueue } from "./ordering.js";
import { Flows } from "./protocols/flows.js";
import { KdcStream } from "./protocols/kdc.js";
import { Observer } from "./protocols/observer.js";
import type { DatagramRecogniser, ProtocolTools } from "./protocols/protocol.js";
import { RdpStream } from "./protocols/rdp.js";
import { OVER_TCP, OVER_UDP } from "./protocols/recognisers.js";
import { RpcOverHttp, VirtualConnections } from "./protocols/rpc-over-http.js";
import type { SmbTools } from "./protocols/smb/connection.js";
import { SmbStream } from "./protocols/smb/smb-stream.js";
import { TokenStream } from "./protocols/tokens.js";
import type { Flow } from "./reassembly/flow.js";
import type { OverItem, StreamItem } from "./reassembly/items.js";
import { StreamAssembler } from "./reassembly/streams.js";
import { NoteIds } from "./record/note-ids.js";
import { Out } from "./rpc/output.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import { FilePlaces } from "./run/file-places.js";
import { ndrContexts } from "./run/ndr-contexts.js";
import type { ObjectTable } from "./run/objects.js";
import { RunState } from "./run/run-state.js";
import { Tally } from "./tally.js";
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

/** Conversations that are read again, of a run that has read all. */
export interface Replayed {
  run: RunState;
  /** Their numbers, over TCP and of datagrams, in the order in which they begin. */
  streams: readonly number[];
  datagrams: readonly number[];
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
  readonly #reassembly: StreamAssembler;
  readonly #protocols: Flows;
  readonly #associations: Associations;
  readonly #tools: ProtocolTools;
  readonly #datagrams: readonly DatagramRecogniser[];
  readonly #out = new Out();
  readonly #losses = new Losses();
  /** What reassembly holds, within limits of its own. */
  readonly #segments: Account;
  readonly #queue: OrderedQueue<CallRecord>;
  /** null where neither offers nor their number are asked for. */
  readonly #offers: OfferTracker | null;
  readonly #keys: KeyRing | null;
  /** null where no export asks. */
  readonly #observer: Observer | null;
  readonly #limits: Limits;
  /** null where nobody asks. */
  readonly #acknowledgments: Acknowledgments | null;
  /** null where the input ends. */
  readonly #expiry: Expiry | null;
  readonly #witness: Witness | null;
  readonly #tally = new Tally();
  /** null where one input is read. */
  readonly #places: FilePlaces | null;
  /** The number of the frame at hand: it is not how many there were, where some are not decoded. */
  #number = 0;
  readonly #emitter: Emitter;

  constructor(options: AnalyzerOptions = {}) {
    const { wanted, orderWindow } = options;
    const live = options.live === true;
    this.#witness = options.witness ?? null;
    this.table = options.interfaces ?? shippedInterfaces();
    this.#keys = options.keys ?? null;
    const ids = options.ids !== false;
    const noteIds = ids && (wanted?.has("note") ?? true) ? new NoteIds() : null;
    this.#observer =
      options.observe === true ? new Observer(this.#out, ids, (file) => this.#emitter.fileName(file)) : null;
    this.memory = divide(options.maxMemory ?? DEFAULT_MAX_MEMORY);
    const { kinds } = this.memory;
    const files = options.files ?? [];
    this.#places = files.length > 1 ? new FilePlaces(kinds.places) : null;
    this.#emitter = new Emitter(this.#tally, files, noteIds, this.#places);
    this.#expiry = live ? new Expiry() : null;
    const replays = options.replays ?? null;
    const run = this.#runState(replays);
    this.run = run;
    this.objects = run.objects;
    this.#segments = kinds.segments.open({ stream: null, giveUp: () => {} });
    this.#queue = new OrderedQueue((record) => this.#emitter.call(record), orderWindow, kinds.order);
    const wantsOffers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
    this.#offers = !wantsOffers
      ? null
      : new OfferTracker({
          live: options.live,
          kinds,
          recent: this.memory.recent,
          owned: this.memory.owned,
          associationOf: (flow) => this.#associations.ofFlow(flow),
        });
    this.#acknowledgments =
      options.acknowledged === true
        ? new Acknowledgments(kinds.order, () => ({
            frame: this.#reassembly.counters.frames,
            seconds: this.#tally.last.seconds,
          }))
        : null;
    this.#associations = new Associations({
      run,
      keys: this.#keys,
      memory: this.memory,
      queue: this.#queue,
      offers: this.#offers,
      tally: this.#tally,
      emitter: this.#emitter,
      ids,
      wanted: wanted?.has("association") ?? true,
      observes: this.#observer !== null,
      out: this.#out,
      witness: this.#witness,
      acknowledgments: this.#acknowledgments,
    });
    const tools = this.#protocolTools();
    this.#tools = tools;
    this.#datagrams = OVER_UDP.filter((recogniser) => recogniser.isOfUse(tools));
    this.#reassembly = new StreamAssembler({
      ...this.memory.streams,
      datagrams: this.#datagrams,
      witness: this.#witness,
      acknowledgments: options.acknowledged === true,
      ...(live ? { idle: IDLE_AGE } : {}),
      ...(replays === null ? {} : { givenStreams: replays.streams, givenDatagrams: replays.datagrams }),
      ledgers: this.#observer !== null,
    });
    this.#protocols = new Flows({
      recognisers: OVER_TCP,
      tools,
      listener: this.#offers && { data: (...of) => this.#offers!.conversationData(...of) },
      kind: kinds.conversations,
      out: this.#out,
      observer: this.#observer,
      now: () => ({ frame: this.#number, time: this.#tally.now() }),
    });
    this.#limits = new Limits({
      run,
      streams: this.#reassembly,
      // A live run asks for calls out of order.
      queue: orderWindow === undefined ? this.#queue : null,
      offers: this.#offers,
      keys: this.#keys,
    });
    this.flows = flowsView(this.#reassembly, this.#associations, this.#offers);
  }

  /** How each protocol is begun that flows may speak. */
  #protocolTools(): ProtocolTools {
    const { kinds } = this.memory;
    const smb: SmbTools = {
      keys: this.#keys,
      kinds,
      pipeOver: (pipe) => this.#associations.overPipe(pipe),
      unread: () => {
        this.#protocols.carried.smb++;
      },
      witness: this.#witness,
      observer: this.#observer,
      placeOf: (origin) => this.#associations.placeOf(origin),
    };
    const channels = new VirtualConnections();
    const observer = this.#observer;
    return {
      kerberos: this.#keys !== null,
      observer,
      rpcOver: (origin, begins) => this.#associations.overTcp(origin, begins),
      kdcOver: (origin) =>
        new KdcStream(
          "kerberos",
          this.#associations.placeOf(origin),
          kinds.kdc,
          observer === null ? null : { observer, origin },
        ),
      rdpOver: (origin) => new RdpStream(origin, observer!),
      passwordOver: (origin) =>
        new KdcStream("password-change", this.#associations.placeOf(origin), kinds.kdc),
      ldapOver: ({ flow }) => new TokenStream(flow.stream, readLdapRequest, kinds.kdc),
      webOver: ({ flow }) => new TokenStream(flow.stream, readHttpRequest, kinds.kdc),
      smbOver: (origin, begins) => new SmbStream(origin, begins, smb),
      httpOver: (origin) =>
        new RpcOverHttp(origin, this.#associations.placeOf(origin), channels, kinds.partial),
      rpcDatagram: (datagram) => this.#associations.datagrams.take(datagram),
    };
  }

  #runState(replays: Replayed | null): RunState {
    const { kinds, maxNodes } = this.memory;
    const earlier = replays && { run: replays.run, now: () => this.#number };
    return new RunState(this.table, ndrContexts(this.table, maxNodes), kinds, earlier);
  }

  /** Takes the next frame, in order of capture. The events are the caller's; the frame is not kept. */
  push(frame: Frame): readonly Event[] {
    this.#number = frame.number;
    this.#places?.see(frame.number, frame.file, frame.inFile);
    const another = this.#tally.frame(frame);
    if (another && this.#offers !== null) this.#passOffers();
    const items = this.#reassembly.push(frame);
    if (another) {
      this.#reportLimits();
      this.#expire(frame.seconds);
    }
    if (items.length > 0) {
      for (const item of items) this.#item(item);
      this.#segments.set(this.#reassembly.held);
      if (this.memory.budget.pressed) this.#relieve();
      this.#takeOffers();
    }
    return this.#emitter.take();
  }

  /**
   * Advances the clock while no frame comes, in seconds of the capture, or null where only `flush` is asked for: every
   * completed call leaves, whatever it waits behind.
   */
  tick(seconds: number | null, flush = false): readonly Event[] {
    if (flush) this.#queue.release(true);
    if (seconds !== null) {
      for (const item of this.#reassembly.tick(seconds)) this.#item(item);
      this.#acknowledgments?.expire(seconds);
      const now = {
        seconds: Math.floor(seconds),
        nanos: Math.floor((seconds % 1) * 1e9),
        digits: 9 as const,
      };
      for (const offer of this.#offers?.pass(now) ?? []) this.#emitter.offer(offer);
      this.#expire(now.seconds);
    }
    return this.#emitter.take();
  }

  /**
   * The input is at its end: everything that is still open comes out, and the summary last. It is made while it is taken, so
   * that what came out can be written and forgotten before the next.
   */
  *finish(end: InputEnd = {}): IterableIterator<Event> {
    yield* this.report(end.takeNotes?.() ?? []);
    this.#tally.end(end.complete ?? true, end.ended ?? null);
    // Conversations are over once all that was seen in them is told.
    const over: OverItem[] = [];
    for (const item of this.#reassembly.finish()) {
      if (item.kind === "over") {
        over.push(item);
        continue;
      }
      this.#item(item);
      if (this.memory.budget.pressed) this.#relieve();
      yield* this.#emitter.take();
    }
    for (const _ of this.#protocols.closeAll({
      frame: this.#number,
      time: this.#tally.now(),
    })) {
      this.#associations.drain();
      if (this.memory.budget.pressed) this.#relieve();
      yield* this.#emitter.take();
    }
    this.#associations.datagrams.finish();
    this.#associations.drain();
    for (const item of over) this.#observer?.over(item);
    this.#observer?.finish();
    this.#associations.drain();
    this.#queue.release(true);
    yield* this.#emitter.take();
    for (const offer of this.#offers?.finish() ?? []) this.#emitter.offer(offer);
    this.#reportLimits();
    for (const { note, steps } of this.#tally.clockNotes()) {
      this.#emitter.note(note, steps.frame, steps.at, null, this.#emitter.fileName(steps.file));
    }
    for (const message of this.#losses.sums()) this.#reportLimit("memory-limit", message, null);
    this.#emitter.push(this.summary());
    yield* this.#emitter.take();
  }

  /** What a source found beside its frames, as records; they count in the summary. */
  report(found: readonly SourceNote[]): readonly NoteRecord[] {
    return this.#emitter.sourceNotes(found);
  }

  /** A frame's file and its number there; null where one input is read, or it is not known any more. */
  readonly placeOf = (frame: number): NamedPlace | null => this.#emitter.placeOf(frame);

  summary(): SummaryRecord {
    const { counters } = this.#reassembly;
    const { pdus } = this.#out;
    const { carried } = this.#protocols;
    return this.#tally.summary(
      { counters, pdus, carried, datagrams: this.#associations.datagrams },
      this.#reassembly.notRead(),
      this.#keys?.report() ?? null,
    );
  }

  #takeOffers(): void {
    for (const offer of this.#offers?.takeEarly() ?? []) this.#emitter.offer(offer);
  }

  #passOffers(): void {
    for (const offer of this.#offers!.pass(this.#tally.last)) this.#emitter.offer(offer);
  }

  /** Limits of the whole run that were reached, each reported once. */
  #reportLimits(): void {
    for (const { code, message } of this.#limits.take()) this.#reportLimit(code, message, null);
  }

  /** Memory is short: whoever holds something that was not used for long gives it up, and what that was is reported. */
  #relieve(): void {
    const losses = this.memory.budget.relieve();
    this.#associations.drain();
    for (const loss of losses) {
      const message = this.#losses.take(loss);
      if (message !== null) this.#reportLimit("memory-limit", message, loss.stream);
    }
    this.#takeOffers();
  }

  #reportLimit(code: string, message: string, stream: number | null): void {
    const note: Note = { severity: "warning", code, message };
    const of = stream === null ? null : (this.#reassembly.flow(stream) ?? { stream, communityId: null });
    this.#emitter.note(note, this.#number, this.#tally.last, of, this.#emitter.fileName(0));
  }

  #expire(seconds: number): void {
    const due = this.#expiry?.pass(seconds, this.#number) ?? null;
    if (due === null) return;
    this.#associations.expire(due.calls);
    this.#associations.drain();
    if (due.objects !== null) this.objects.expire(due.objects);
  }

  #item(item: StreamItem): void {
    switch (item.kind) {
      case "open":
        this.#offers?.conversationOpened(item.flow, { frame: item.frame, ...item.time });
        return;
      case "data":
        this.#acknowledgments?.taking(item);
        this.#protocols.data(item);
        break;
      case "gap":
        this.#protocols.gap(item);
        break;
      case "acknowledged":
        this.#acknowledgments?.acknowledged(item.flow, item.direction, item.acked, item.frame);
        return;
      case "close":
        this.#acknowledgments?.closed(item.flow);
        this.#protocols.close(item);
        this.#associations.drain();
        this.#offers?.conversationClosed(item.flow, item.time);
        return;
      case "over":
        this.#observer?.over(item);
        break;
      case "datagram":
        this.#datagrams[item.filter]!.take(item, this.#tools, this.#out);
        break;
      case "note":
        this.#emitter.note(item, item.frame, item.time, item.flow, this.#emitter.fileName(item.file));
        return;
    }
    this.#associations.drain();
  }
}

function flowsView(
  reassembly: StreamAssembler,
  associations: Associations,
  offers: OfferTracker | null,
): FlowsView {
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
