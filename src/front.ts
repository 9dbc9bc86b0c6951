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
import type { OverItem, StreamItem } from "./reassembly/items.js";
import { StreamAssembler } from "./reassembly/streams.js";
import { Out } from "./rpc/output.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import { ndrContexts } from "./run/ndr-contexts.js";
import { RunState } from "./run/run-state.js";
import type { Receiver, Totals } from "./shard/operations.js";
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
  /** Calls wait until TCP acknowledged their answer. */
  acknowledged: boolean;
  replays: Replayed | null;
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
  /** Whether connections are told of: offers want that. */
  readonly #connections: boolean;
  /** null where no export asks. */
  readonly #observer: Observer | null;
  readonly #limits: Limits;
  /** null where nobody asks. */
  readonly #acknowledgments: Acknowledgments | null;
  /** null where the input ends. */
  readonly #expiry: Expiry | null;
  /** The number of the frame at hand: it is not how many there were, where some are not decoded. */
  #number = 0;

  constructor(options: FrontOptions) {
    const { keys, memory, files, live, witness, replays, receive } = options;
    const { kinds } = memory;
    this.#options = options;
    this.#receive = receive;
    this.#connections = options.offers;
    this.#observer = options.observe
      ? new Observer(this.#out, options.ids, (file) => files.fileName(file))
      : null;
    this.#expiry = live ? new Expiry() : null;
    this.run = this.#runState(replays);
    this.#segments = kinds.segments.open({ stream: null, giveUp: () => {} });
    this.#acknowledgments = options.acknowledged
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
      ids: options.ids,
      wanted: options.wanted?.has("association") ?? true,
      observes: this.#observer !== null,
      out: this.#out,
      witness,
      acknowledgments: this.#acknowledgments,
    });
    const tools = this.#protocolTools();
    this.#tools = tools;
    this.#datagrams = OVER_UDP.filter((recogniser) => recogniser.isOfUse(tools));
    this.reassembly = new StreamAssembler({
      ...memory.streams,
      datagrams: this.#datagrams,
      witness,
      acknowledgments: options.acknowledged,
      ...(live ? { idle: IDLE_AGE } : {}),
      ...(replays === null ? {} : { givenStreams: replays.streams, givenDatagrams: replays.datagrams }),
      ledgers: this.#observer !== null,
    });
    this.#protocols = new Flows({
      recognisers: OVER_TCP,
      tools,
      listener: options.offers
        ? new Beginnings((stream, recognised) => receive({ kind: "speaks", stream, recognised }))
        : null,
      kind: kinds.conversations,
      out: this.#out,
      observer: this.#observer,
      now: () => ({ frame: this.#number, time: this.clock.now() }),
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
    this.#number = frame.number;
    this.#options.files.see(frame.number, frame.file, frame.inFile);
    const another = this.clock.frame(frame);
    if (another && this.#connections) this.#second();
    const items = this.reassembly.push(frame);
    if (another) {
      this.#reportLimits();
      this.#expire(frame.seconds);
    }
    if (items.length > 0) {
      for (const item of items) this.#item(item);
      this.#segments.set(this.reassembly.held);
      this.#relieveIfPressed();
    }
  }

  /** Advances the clock while no frame comes, in seconds of the capture. */
  tick(seconds: number): void {
    for (const item of this.reassembly.tick(seconds)) this.#item(item);
    this.#acknowledgments?.expire(seconds);
    if (this.#connections) {
      const nanos = Math.floor((seconds % 1) * 1e9);
      this.#receive({ kind: "second", at: { seconds: Math.floor(seconds), nanos, digits: 9 } });
    }
    this.#expire(Math.floor(seconds));
  }

  /** The input is at its end: everything that is still open comes out. It yields where much may have come out. */
  *finish(complete: boolean, ended: RunEnd | null): IterableIterator<void> {
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
    for (const _ of this.#protocols.closeAll({ frame: this.#number, time: this.clock.now() })) {
      this.associations.drain();
      this.#relieveIfPressed();
      yield;
    }
    this.associations.datagrams.finish();
    this.associations.drain();
    for (const item of over) this.#observer?.over(item);
    this.#observer?.finish();
    this.associations.drain();
    this.#receive({ kind: "finished", what: "calls" });
    yield;
    this.#receive({ kind: "finished", what: "offers" });
    this.#reportLimits();
    const { files } = this.#options;
    for (const { note, steps } of this.clock.notes()) {
      const file = files.fileName(steps.file);
      this.#receive({ kind: "note", note, frame: steps.frame, at: steps.at, of: null, file });
    }
    for (const message of this.#losses.sums()) this.#reportLimit("memory-limit", message, null);
    this.#receive({ kind: "end", totals: this.totals(), complete, ended });
    yield;
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
    this.#receive({ kind: "second", at: this.clock.now() });
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
}
