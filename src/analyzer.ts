/**
 * Frames in, events out, synchronously: the whole program between reading and writing. Holds the run's memory (streams,
 * associations, objects, offers) and nothing of files, terminals or formats.
 */
import { carrierOf } from "../dissectors/carriers.js";
import type { NdrContext } from "../dissectors/ndr/decode.js";
import { NATIVES } from "../dissectors/oaut/natives.js";
import { wellFormed } from "../dissectors/wire/text.js";
import type { Frame, FrameSource, SourceNote } from "./capture/frame.js";
import type {
  AnnouncementRecord,
  AssociationRecord,
  CallRecord,
  Endpoint,
  Event,
  EventKind,
  NoteRecord,
  OfferRecord,
  RunEnd,
  Severity,
  SummaryRecord,
} from "./events.js";
import { type InterfaceTable, shippedInterfaces } from "./interfaces.js";
import { OfferBook } from "./offers.js";
import { OrderedQueue, type Place } from "./ordering.js";
import type { Flow } from "./reassembly/flow.js";
import type { DataItem, StreamItem } from "./reassembly/items.js";
import { StreamAssembler } from "./reassembly/streams.js";
import { recordHead } from "./record-head.js";
import { Announcements } from "./rpc/announcements.js";
import { Association, type AssociationEnvironment } from "./rpc/association.js";
import { associationRecord } from "./rpc/association-record.js";
import { type ConnectionFacts, callRecord } from "./rpc/call-record.js";
import type { StubBudget } from "./rpc/calls.js";
import { Conversation, mayBeRpc } from "./rpc/conversation.js";
import { NameBook } from "./rpc/dispatch.js";
import type { CallEnvironment } from "./rpc/identity.js";
import { Inference } from "./rpc/inference.js";
import { ObjectTable } from "./rpc/objects.js";
import { KdcStream } from "./rpc/security/kdc-stream.js";
import type { KeyRing } from "./rpc/security/keyring.js";
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
}

/** Default ceiling for reassembly and state. */
export const DEFAULT_MAX_MEMORY = 256 * 1024 * 1024;

/** Live: seconds after which a call is not waited for any more. */
export const CALL_AGE = 300;
/** Live: seconds without a segment after which a conversation is forgotten: more than the usual keep-alive of TCP. */
export const IDLE_AGE = 7_800;
/** Live: seconds after which an object that nobody named or called is forgotten, and between two looks for such. */
export const OBJECT_AGE = 86_400;
const OBJECT_EXPIRY = 3_600;
/** Live: seconds between two searches for calls to be given up. */
const EXPIRY = 10;

/** RFC 4120 7.2: where a KDC listens. Read only with keys, to open tickets that were issued within the capture. */
const KERBEROS_PORT = 88;

const NO_EVENTS: readonly Event[] = [];
const NO_NOTES: readonly NoteRecord[] = [];

/** What a source of frames knows beside its frames. */
export type SourceState = Pick<FrameSource, "takeNotes" | "complete">;

interface Connection {
  flow: Flow;
  file: number;
  conversation: Conversation;
  facts: ConnectionFacts | null;
  /** Who had announced its endpoint when it was opened. */
  announced: AnnouncementRecord | null;
}

export class Analyzer {
  readonly objects = new ObjectTable();
  readonly table: InterfaceTable;
  readonly #streams: StreamAssembler;
  /** By flow, from its first octets on; null where it is no DCE/RPC and only its offer wants to see more of it. */
  readonly #connections = new Map<Flow, Connection | null>();
  /** Exchanges with a KDC, whose tickets a keytab opens; kept only where keys were given. */
  readonly #kdc = new Map<Flow, KdcStream>();
  /** Stub octets that open calls hold. */
  readonly #stubs: StubBudget;
  readonly #queue: OrderedQueue<CallRecord>;
  readonly #environment: CallEnvironment;
  /** null where neither offers nor their number are asked for. */
  readonly #offers: OfferBook | null;
  readonly #wantsAssociations: boolean;
  readonly #announcements: Announcements;
  readonly #keys: KeyRing | null;
  readonly #files: readonly string[];
  readonly #live: boolean;
  /** Capture time of the next search for calls to be given up. */
  #expiry = 0;
  /** How many frames there were, hour by hour, as far back as objects are remembered. */
  readonly #marks: { seconds: number; frame: number }[] = [];
  #out: Event[] = [];
  readonly #tally = new Tally();

  constructor(options: AnalyzerOptions = {}) {
    this.table = options.interfaces ?? shippedInterfaces();
    this.#keys = options.keys ?? null;
    this.#files = (options.files ?? []).map((name) => wellFormed(name, null));
    const memory = options.maxMemory ?? DEFAULT_MAX_MEMORY;
    this.#live = options.live === true;
    this.#streams = new StreamAssembler({
      bytes: memory / 4,
      udpPort: this.#keys ? KERBEROS_PORT : 0,
      ...(this.#live ? { idle: IDLE_AGE } : {}),
    });
    this.#stubs = { held: 0, limit: memory / 4 };
    this.#queue = new OrderedQueue(options.orderWindow, memory / 8);
    const context = (syntax: "ndr" | "ndr64"): NdrContext => ({
      syntax,
      natives: NATIVES,
      types: this.table.types,
      interfaceName: this.table.interfaceName,
    });
    this.#environment = {
      table: this.table,
      objects: this.objects,
      names: new NameBook(),
      inference: new Inference(),
      ndr: { ndr: context("ndr"), ndr64: context("ndr64") },
    };
    this.#announcements = new Announcements(this.table.interfaceName);
    const { wanted } = options;
    this.#wantsAssociations = wanted?.has("association") ?? true;
    const wantsOffers = wanted === undefined || wanted.has("offer") || wanted.has("summary");
    this.#offers = !wantsOffers
      ? null
      : new OfferBook({
          live: options.live,
          associationOf: (flow) => this.#openAssociation(flow as Flow),
        });
  }

  /** Takes the next frame, in order of capture. The events are the caller's; the frame is not kept. */
  push(frame: Frame): readonly Event[] {
    const another = this.#tally.frame(frame);
    const { last } = this.#tally;
    if (another && this.#offers) for (const offer of this.#offers.pass(last)) this.#emitOffer(offer);
    const items = this.#streams.push(frame);
    if (another && this.#live) this.#expire(last.seconds);
    if (items.length === 0) return this.#out.length === 0 ? NO_EVENTS : this.#take();
    for (const item of items) this.#item(item);
    return this.#take();
  }

  /**
   * The input is at its end: everything that is still open comes out, and the summary last. `source`: where the frames
   * came from; its last notes come first, and the summary says whether it was read whole. `ended`: why the run ended
   * before its input did.
   */
  finish(source: SourceState | null = null, ended: RunEnd | null = null): readonly Event[] {
    if (source !== null) this.#out.push(...this.notes(source));
    this.#tally.end(source?.complete ?? true, ended);
    for (const item of this.#streams.finish()) this.#item(item);
    for (const connection of [...this.#connections.values()]) {
      if (connection) this.#close(connection, this.#tally.last);
    }
    this.#queue.release((c) => this.#emitCall(c), true);
    for (const offer of this.#offers?.finish() ?? []) this.#emitOffer(offer);
    for (const { severity, message, steps } of this.#tally.clockNotes()) {
      this.#note(severity, "clock-stepped-back", message, steps.frame, steps.at, null, steps.file);
    }
    this.#out.push(this.summary());
    return this.#take();
  }

  /** Live: every completed call leaves, whatever it waits behind. */
  letGo(): readonly Event[] {
    this.#queue.release((c) => this.#emitCall(c), true);
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
    const rpc = this.#connections.get(lastFlow)?.conversation.verdict === "rpc";
    return { flow: lastFlow, frames: lastFrames, rpc };
  }

  /** Streams of the offers that are not told yet: those that belong to them, and those that may. */
  offerStreams(): { belong: Set<number>; candidates: Set<number> } {
    return this.#offers?.membership() ?? { belong: new Set(), candidates: new Set() };
  }

  #expire(seconds: number): void {
    if (seconds < this.#expiry && seconds > this.#expiry - 2 * EXPIRY) return;
    this.#expiry = seconds + EXPIRY;
    for (const connection of this.#connections.values()) {
      connection?.conversation.association.expire(seconds - CALL_AGE);
    }
    const marks = this.#marks;
    const latest = marks[marks.length - 1];
    if (latest !== undefined && Math.abs(seconds - latest.seconds) < OBJECT_EXPIRY) return;
    marks.push({ seconds, frame: this.#streams.counters.frames });
    let old: number | null = null;
    while (marks.length > 1 && Math.abs(seconds - marks[0]!.seconds) > OBJECT_AGE) old = marks.shift()!.frame;
    if (old !== null) this.objects.expire(old);
  }

  /** What a source found beside its frames since this was last asked, as records; they count in the summary. */
  notes(source: { takeNotes(): readonly SourceNote[] }): readonly NoteRecord[] {
    const found = source.takeNotes();
    if (found.length === 0) return NO_NOTES;
    return found.map((note) => {
      this.#tally.note(note.code);
      return { ...recordHead("note", null, null, null), ...note };
    });
  }

  summary(): SummaryRecord {
    const streams = this.#streams;
    return this.#tally.summary(streams.counters, streams.notRead(), this.#keys?.report() ?? null);
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
      case "gap": {
        this.#kdc.get(item.flow)?.gap(item.direction === 0);
        const connection = this.#connections.get(item.flow);
        if (!connection) return;
        const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
        connection.conversation.gap(item.direction, item.size, time);
        if (connection.conversation.verdict === "rpc") {
          const from = item.direction === connection.conversation.association.client ? "client" : "server";
          const why = item.reason === "snaplen" ? "cut by the snap length" : "missing";
          connection.conversation.association.note(
            "warning",
            "stream-gap",
            `${item.size} octets from the ${from} are ${why}`,
            item.frame,
            time,
          );
        }
        return;
      }
      case "close": {
        const connection = this.#connections.get(item.flow);
        const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
        if (connection) this.#close(connection, time);
        this.#kdc.delete(item.flow);
        this.#offers?.conversationClosed(item.flow, item);
        return;
      }
      case "datagram":
        this.#keys?.learnKerberos(item.bytes);
        return;
      case "note": {
        const at = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
        this.#note(item.severity, item.code, item.message, item.frame, at, item.flow, item.file);
      }
    }
  }

  #data(item: DataItem): void {
    const { flow, direction, bytes } = item;
    if (this.#keys && (flow.port0 === KERBEROS_PORT || flow.port1 === KERBEROS_PORT)) {
      let kdc = this.#kdc.get(flow);
      if (!kdc) {
        kdc = new KdcStream((message) => this.#keys?.learnKerberos(message));
        this.#kdc.set(flow, kdc);
      }
      kdc.push(direction === 0, bytes);
      return;
    }
    const wanted = this.#offers?.conversationData(flow, direction, bytes, item.offset) ?? false;
    let connection = this.#connections.get(flow);
    if (connection === undefined) {
      const carrier = carrierOf(bytes, flow.port0, flow.port1, flow.midstream);
      if (carrier !== null) this.#tally.carried[carrier]++;
      // Most conversations are something else and are let go of here, at their first octets.
      const begins = !flow.midstream && item.offset === 0;
      connection = mayBeRpc(bytes, begins) ? this.#connect(flow, item.file, begins) : null;
      if (connection || wanted) this.#connections.set(flow, connection);
    }
    if (connection) {
      const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
      connection.conversation.data(direction, bytes, item.frames, time);
      if (connection.conversation.verdict !== "other") return;
      this.#connections.set(flow, null);
    }
    if (wanted) return;
    this.#connections.delete(flow);
    flow.dismiss();
  }

  #connect(flow: Flow, file: number, begins: boolean): Connection {
    const connection: Connection = { flow, file, conversation: null as never, facts: null, announced: null };
    const env: AssociationEnvironment = {
      keys: this.#keys,
      stubs: this.#stubs,
      stream: flow.stream,
      nameOf: (uuid, major) => this.table.find(uuid, major)?.name ?? null,
      open: (frame) => this.#queue.open(frame),
      done: (call, association) => {
        const record = callRecord(call, association, this.#facts(connection), this.#environment);
        this.#announcements.learnMapped(record);
        this.#announcements.learnBindings(record, this.objects);
        this.#offers?.call(record);
        const size = (call.request?.size ?? 0) + (call.response?.size ?? 0);
        this.#queue.fill(call.place as Place<CallRecord>, record, (c) => this.#emitCall(c), size);
      },
      note: (severity, code, message, frame, at) =>
        this.#note(severity, code, message, frame, at, flow, file),
      countPdu: (type) => this.#tally.pdu(type),
    };
    connection.conversation = new Conversation(!begins, new Association(env));
    return connection;
  }

  /** Who is client and server is known once a PDU told; until then the side that opened the connection is the client. */
  #facts(connection: Connection): ConnectionFacts {
    if (connection.facts) return connection.facts;
    const { flow } = connection;
    const client = connection.conversation.association.client ?? 0;
    const server = endpointOf(flow, client === 0 ? 1 : 0);
    const facts: ConnectionFacts = {
      stream: flow.stream,
      client: endpointOf(flow, client),
      server,
      transport: { protseq: "ncacn_ip_tcp", endpoint: String(server.port), smb: null },
      file: this.#fileName(connection.file),
    };
    connection.facts = facts;
    connection.announced = this.#announcements.find(facts.server);
    return facts;
  }

  #close(connection: Connection, time: Instant): void {
    this.#connections.delete(connection.flow);
    const { conversation } = connection;
    conversation.close(time);
    if (conversation.verdict !== "rpc") return;
    this.#tally.rpcStreams++;
    if (!this.#wantsAssociations && !this.#offers) return;
    const record = associationRecord(
      connection.conversation.association,
      this.#facts(connection),
      connection.announced,
    );
    this.#offers?.association(record);
    if (this.#wantsAssociations) this.#out.push(record);
  }

  /** What is known so far of a connection that is still open. */
  #openAssociation(flow: Flow): AssociationRecord | null {
    const connection = this.#connections.get(flow);
    if (connection?.conversation.verdict !== "rpc") return null;
    return associationRecord(
      connection.conversation.association,
      this.#facts(connection),
      connection.announced,
    );
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
    severity: Severity,
    code: string,
    message: string,
    frame: number | null,
    at: Instant,
    flow: Flow | null,
    fileIndex: number,
  ): void {
    this.#tally.note(code);
    const head = recordHead("note", timestamp(at), flow?.stream ?? null, this.#fileName(fileIndex));
    this.#out.push({ ...head, severity, code, message, frame });
  }

  /** The input's name as given, where several are read. */
  #fileName(index: number): string | null {
    return this.#files.length > 1 ? (this.#files[index] ?? null) : null;
  }
}

function endpointOf(flow: Flow, side: 0 | 1): Endpoint {
  const { address, port } = side === 0 ? flow.endpoint0 : flow.endpoint1;
  return { address, port };
}
