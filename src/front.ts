/**
 * The front of a run: frames in, operations out (shard/operations.ts), synchronously. It holds what must be remembered to make
 * records of calls: flows, associations, objects, keys. What depends on all of the run is the tail's.
 */

import { readHttpRequest } from "../dissectors/http/negotiate.js";
import { readLdapRequest } from "../dissectors/ldap/bind.js";
import { Acknowledgments } from "./acknowledgments.js";
import { Associations } from "./associations.js";
import type { Account } from "./budget.js";
import type { Frame } from "./capture/frame.js";
import { Clock } from "./clock.js";
import type { EventKind, Note, RunEnd } from "./events.js";
import { Expiry, IDLE_AGE } from "./expiry.js";
import type { FileNames } from "./file-names.js";
import type { InterfaceTable } from "./interfaces.js";
import { type Limited, Limits } from "./limits.js";
import { Losses } from "./losses.js";
import type { Memory } from "./memory.js";
import { Beginnings } from "./protocols/beginnings.js";
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
import type { Division } from "./reassembly/division.js";
import type { Flow } from "./reassembly/flow.js";
import type { OverItem, StreamItem } from "./reassembly/items.js";
import { finishRank } from "./reassembly/rank.js";
import { StreamAssembler } from "./reassembly/streams.js";
import { Out } from "./rpc/output.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import { ndrContexts } from "./run/ndr-contexts.js";
import { RunState } from "./run/run-state.js";
import { addConnectionRow } from "./shard/connection-rows.js";
import { AT_END, type Moment, type Receiver, type Totals } from "./shard/operations.js";
import { Silent } from "./shard/silent.js";
import type { Suspicious } from "./shard/suspicion.js";
import type { Witness } from "./witness.js";

export interface FrontOptions {
  /** Interfaces to decode by. */
  table: InterfaceTable;
  /** Keys for sealed traffic; null where there are none. */
  keys: KeyRing | null;
  memory: Memory;
  files: FileNames;
  /** The kinds of records that are asked for, all where absent. */
  wanted: ReadonlySet<EventKind> | undefined;
  /** Offers or their number are asked for. */
  offers: boolean;
  /** The input does not end (AnalyzerOptions). */
  live: boolean;
  /** What conversations did beside calls is asked for. */
  observe: boolean;
  /** Records get ids. */
  ids: boolean;
  witness: Witness | null;
  /** Calls wait until TCP acknowledged their answer; "later": they do not, and that is told behind them. */
  acknowledged: boolean | "later";
  replays: Replayed | null;
  /** Which part of the work this front does; null for all of it. */
  division: Division | null;
  /** Makes of the run's memory how calls are told of where others are threads of this process; null where they are not. */
  suspicious?: ((run: RunState) => Suspicious) | null;
  /** When what is received came about: it is changed as the run goes on. */
  moment: Moment;
  /** Takes what comes out. */
  receive: Receiver;
  /** What the tail has of limits, where it is in the same process. */
  limited: Pick<Limited, "queue" | "offers">;
  /** Memory was given back. */
  relieved(): void;
}

/** Conversations that are read again, of a run that has read all. */
export interface Replayed {
  run: RunState;
  /** Their numbers, over TCP and of datagrams, in the order in which they begin. */
  streams: readonly number[];
  datagrams: readonly number[];
}

export class Front {
  /** What is known across conversations. */
  readonly run: RunState;
  readonly reassembly: StreamAssembler;
  readonly associations: Associations;
  readonly clock = new Clock();
  readonly #options: FrontOptions;
  readonly #protocols: Flows;
  readonly #tools: ProtocolTools;
  readonly #datagrams: readonly DatagramRecogniser[];
  readonly #out = new Out();
  readonly #losses = new Losses();
  /** What reassembly holds, within limits of its own. */
  readonly #segments: Account;
  readonly #receive: Receiver;
  readonly #moment: Moment;
  /** Whether connections are told of: offers want that. */
  readonly #connections: boolean;
  /** null where no export asks. */
  readonly #observer: Observer | null;
  readonly #limits: Limits;
  /** null where nobody asks. */
  readonly #acknowledgments: Acknowledgments | null;
  /** null where the input ends. */
  readonly #expiry: Expiry | null;
  /** What another front's conversations teach; null where this one has all, or no keys were given. */
  readonly #silent: Silent | null;
  /** Connections of which something came that offers may ask; null where they look for themselves. */
  readonly #seen: Set<Flow> | null;
  /** The number of the frame at hand: it is not how many there were, where some are not decoded. */
  #number = 0;

  constructor(options: FrontOptions) {
    const { keys, memory, files, live, witness, replays, receive } = options;
    const { kinds } = memory;
    this.#options = options;
    this.#receive = receive;
    this.#moment = options.moment;
    this.#connections = options.offers;
    this.#observer = options.observe
      ? new Observer(this.#out, options.ids, (file) => files.fileName(file))
      : null;
    this.#expiry = live ? new Expiry() : null;
    this.run = this.#runState(replays);
    this.#segments = kinds.segments.open({ stream: null, giveUp: () => {} });
    this.#acknowledgments =
      options.acknowledged !== false
        ? new Acknowledgments(kinds.order, () => ({
            frame: this.reassembly.counters.frames,
            seconds: this.clock.at.seconds,
          }))
        : null;
    this.associations = new Associations({
      run: this.run,
      keys,
      memory,
      files,
      receive,
      offers: options.offers,
      divided: options.division !== null,
      suspicious: options.suspicious?.(this.run) ?? null,
      ids: options.ids,
      wanted: options.wanted?.has("association") ?? true,
      observes: this.#observer !== null,
      out: this.#out,
      witness,
      acknowledgments: this.#acknowledgments,
      acknowledgesLater: options.acknowledged === "later",
    });
    const tools = this.#protocolTools();
    this.#tools = tools;
    this.#datagrams = OVER_UDP.filter((recogniser) => recogniser.isOfUse(tools));
    this.reassembly = new StreamAssembler({
      ...memory.streams,
      datagrams: this.#datagrams,
      witness,
      acknowledgments: options.acknowledged !== false,
      ...(live ? { idle: IDLE_AGE } : {}),
      ...(replays === null ? {} : { givenStreams: replays.streams, givenDatagrams: replays.datagrams }),
      ledgers: this.#observer !== null,
      division: options.division,
    });
    const now = () => ({ frame: this.#number, time: this.clock.now() });
    this.#silent =
      options.division === null || keys === null ? null : new Silent(keys, memory, this.#datagrams, now);
    this.#seen = options.division !== null && options.offers ? new Set() : null;
    if (options.division !== null) this.#out.onNewType = (type) => receive({ kind: "pdu", type });
    this.#protocols = new Flows({
      recognisers: OVER_TCP,
      tools,
      listener: options.offers
        ? new Beginnings((stream, recognised) => receive({ kind: "speaks", stream, recognised }))
        : null,
      kind: kinds.conversations,
      out: this.#out,
      observer: this.#observer,
      now,
    });
    this.#limits = new Limits({ ...options.limited, run: this.run, streams: this.reassembly, keys });
  }

  /** How each protocol is begun that flows may speak. */
  #protocolTools(): ProtocolTools {
    const { kinds } = this.#options.memory;
    const smb: SmbTools = {
      keys: this.#options.keys,
      kinds,
      pipeOver: (pipe) => this.associations.overPipe(pipe),
      unread: () => {
        this.#protocols.carried.smb++;
      },
      witness: this.#options.witness,
      observer: this.#observer,
      placeOf: (origin) => this.associations.placeOf(origin),
    };
    const channels = new VirtualConnections();
    const observer = this.#observer;
    return {
      kerberos: this.#options.keys !== null,
      observer,
      rpcOver: (origin, begins) => this.associations.overTcp(origin, begins),
      kdcOver: (origin) =>
        new KdcStream(
          "kerberos",
          this.associations.placeOf(origin),
          kinds.kdc,
          observer === null ? null : { observer, origin },
        ),
      rdpOver: (origin) => new RdpStream(origin, observer!),
      passwordOver: (origin) =>
        new KdcStream("password-change", this.associations.placeOf(origin), kinds.kdc),
      ldapOver: ({ flow }) => new TokenStream(flow.stream, readLdapRequest, kinds.kdc),
      webOver: ({ flow }) => new TokenStream(flow.stream, readHttpRequest, kinds.kdc),
      smbOver: (origin, begins) => new SmbStream(origin, begins, smb),
      httpOver: (origin) =>
        new RpcOverHttp(origin, this.associations.placeOf(origin), channels, kinds.partial),
      rpcDatagram: (datagram) => this.associations.datagrams.take(datagram),
    };
  }

  #runState(replays: Replayed | null): RunState {
    const { table, memory } = this.#options;
    const { kinds, maxNodes } = memory;
    const earlier = replays && { run: replays.run, now: () => this.#number };
    return new RunState(table, ndrContexts(table, maxNodes), kinds, earlier);
  }

  /** Takes the next frame, in order of capture; it is not kept. */
  push(frame: Frame): void {
    const { reassembly } = this;
    const moment = this.#moment;
    this.#number = frame.number;
    moment.frame = frame.number;
    this.#see(frame);
    const another = this.clock.frame(frame);
    if (another && this.#connections) this.#second();
    const items = reassembly.push(frame);
    const flow = reassembly.lastFlow;
    if (this.#seen !== null && flow !== null && !flow.foreign) this.#seen.add(flow);
    if (another) {
      moment.rank = BEFORE.limits;
      this.#reportLimits();
      this.#expire(frame.seconds);
    }
    if (items.length > 0) {
      for (const item of items) this.#item(item);
      this.#segments.set(reassembly.held);
      this.#relieveIfPressed();
    }
  }

  #see({ number, file, inFile }: Frame): void {
    const { files, division } = this.#options;
    if (!files.see(number, file, inFile) || division?.index !== 0) return;
    this.#moment.rank = BEFORE.place;
    this.#receive({ kind: "place", number, file, inFile });
  }

  /** Advances the clock while no frame comes, in seconds of the capture. */
  tick(seconds: number): void {
    for (const item of this.reassembly.tick(seconds)) this.#item(item);
    this.#acknowledgments?.expire(seconds);
    if (this.#connections) {
      const nanos = Math.floor((seconds % 1) * 1e9);
      this.#receive({
        kind: "second",
        frame: this.#number,
        at: { seconds: Math.floor(seconds), nanos, digits: 9 },
      });
    }
    this.#expire(Math.floor(seconds));
  }

  /** The input is at its end: everything that is still open comes out. It yields where much may have come out. */
  *finish(complete: boolean, ended: RunEnd | null): IterableIterator<void> {
    const moment = this.#moment;
    moment.frame = AT_END;
    // Conversations are over once all that was seen in them is told.
    const over: OverItem[] = [];
    for (const item of this.reassembly.finish()) {
      if (item.kind === "over") {
        over.push(item);
        continue;
      }
      this.#item(item);
      this.#relieveIfPressed();
      yield;
    }
    for (const stream of this.#protocols.closeAll({ frame: this.#number, time: this.clock.now() })) {
      moment.rank = finishRank("protocols", stream);
      this.associations.drain();
      this.#relieveIfPressed();
      yield;
    }
    moment.rank = finishRank("datagrams", null);
    this.associations.datagrams.finish();
    this.associations.drain();
    for (const item of over) this.#item(item);
    moment.rank = finishRank("datagrams-over", null);
    this.#observer?.finish();
    this.associations.drain();
    moment.rank = BEHIND.calls;
    if (this.#connections) this.#tellOfConnections();
    this.#receive({ kind: "finished", what: "calls" });
    yield;
    moment.rank = BEHIND.offers;
    this.#receive({ kind: "finished", what: "offers" });
    this.#reportLimits();
    if (this.#reports) this.#reportClock();
    for (const message of this.#losses.sums()) this.#reportLimit("memory-limit", message, null);
    moment.rank = BEHIND.end;
    this.#receive({ kind: "end", frame: this.#number, totals: this.totals(), complete, ended });
    yield;
  }

  /** What is of no conversation is told by one front alone. */
  get #reports(): boolean {
    const { division } = this.#options;
    return division === null || division.index === 0;
  }

  #reportClock(): void {
    for (const { note, steps } of this.clock.notes()) {
      const file = this.#options.files.fileName(steps.file);
      this.#receive({ kind: "note", note, frame: steps.frame, at: steps.at, of: null, file });
    }
  }

  /** What was counted so far. */
  totals(): Totals {
    const { clock, reassembly } = this;
    return {
      counters: reassembly.counters,
      pdus: this.#out.pdus,
      carried: this.#protocols.carried,
      datagrams: this.associations.datagrams.count,
      rpcStreams: this.associations.rpcStreams,
      notRead: reassembly.notRead(),
      keys: this.#options.keys?.report() ?? null,
      first: clock.first,
      last: clock.last,
    };
  }

  #second(): void {
    this.#moment.rank = BEFORE.offers;
    this.#tellOfConnections();
    this.#moment.rank = BEFORE.second;
    if (this.#reports) this.#receive({ kind: "second", frame: this.#number, at: this.clock.now() });
  }

  /** What offers would look up by themselves where there is but one front. */
  #tellOfConnections(): void {
    if (this.#seen === null) return;
    this.associations.tellSoFar();
    if (this.#seen.size === 0) return;
    const rows: number[] = [];
    for (const flow of this.#seen) addConnectionRow(rows, flow);
    this.#seen.clear();
    this.#receive({ kind: "seen", rows });
  }

  /** Limits of the whole run that were reached, each reported once. */
  #reportLimits(): void {
    for (const { code, message } of this.#limits.take()) this.#reportLimit(code, message, null);
  }

  /** Where memory is short: whoever holds something that was not used for long gives it up, and what that was is reported. */
  #relieveIfPressed(): void {
    const { budget } = this.#options.memory;
    if (!budget.pressed) return;
    const losses = budget.relieve();
    this.associations.drain();
    this.#silent?.drain();
    for (const loss of losses) {
      const message = this.#losses.take(loss);
      if (message !== null) this.#reportLimit("memory-limit", message, loss.stream);
    }
    this.#options.relieved();
  }

  #reportLimit(code: string, message: string, stream: number | null): void {
    const note: Note = { severity: "warning", code, message };
    const of = stream === null ? null : (this.reassembly.flow(stream) ?? { stream, communityId: null });
    const file = this.#options.files.fileName(0);
    this.#receive({ kind: "limit", note, frame: this.#number, at: this.clock.now(), of, file });
  }

  #expire(seconds: number): void {
    const due = this.#expiry?.pass(seconds, this.#number) ?? null;
    if (due === null) return;
    this.associations.expire(due.calls);
    this.associations.drain();
    if (due.objects !== null) this.run.objects.expire(due.objects);
  }

  #item(item: StreamItem): void {
    this.#moment.rank = item.rank;
    if (this.#options.division !== null && this.#isForeign(item)) {
      this.#silent?.item(item);
      return;
    }
    switch (item.kind) {
      case "open":
        if (this.#connections) {
          this.#receive({ kind: "connection", flow: item.flow, at: { frame: item.frame, ...item.time } });
        }
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
        this.associations.drain();
        if (this.#connections) {
          this.#seen?.add(item.flow);
          this.#receive({ kind: "connection-over", stream: item.flow.stream, at: item.time });
        }
        return;
      case "over":
        this.#observer?.over(item);
        break;
      case "datagram":
        this.#datagrams[item.filter]!.take(item, this.#tools, this.#out);
        break;
      case "note": {
        const { severity, code, message, frame, time: at, flow: of } = item;
        const file = this.#options.files.fileName(item.file);
        this.#receive({ kind: "note", note: { severity, code, message }, frame, at, of, file });
        return;
      }
    }
    this.associations.drain();
  }

  /** It is of another front's conversation. */
  #isForeign(item: StreamItem): boolean {
    if (item.kind === "datagram") return !this.#reports;
    return item.flow?.foreign === true;
  }
}

/** Ranks of what a frame brings about before its packets are looked at, and of what comes behind all else at the end. */
const BEFORE = { place: -4, offers: -3, second: -2, limits: -1 } as const;
const BEHIND = { calls: 2 ** 50, offers: 2 ** 50 + 1, end: 2 ** 50 + 2 } as const;
