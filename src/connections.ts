/**
 * The TCP conversations of a run that are DCE/RPC or may be: made at their first bytes, fed, closed, and forgotten where
 * memory is short. What their associations put out is taken here: finished calls become records, and what they announce is
 * remembered.
 */
import { carrierOf } from "../dissectors/foreign.js";
import type { Account } from "./budget.js";
import { decodeCall } from "./call/decode-call.js";
import type { AnnouncementRecord, AssociationRecord, CallRecord, Endpoint, Note } from "./events.js";
import { factsOf } from "./facts/facts-of.js";
import type { Memory } from "./memory.js";
import type { OfferBook } from "./offers.js";
import type { OrderedQueue, Place } from "./ordering.js";
import type { Flow } from "./reassembly/flow.js";
import type { DataItem, GapItem } from "./reassembly/items.js";
import { recordCost, recordOf } from "./record/call-record.js";
import { Association, type AssociationSettings } from "./rpc/association.js";
import { associationRecord, type FirstSegment } from "./rpc/association-record.js";
import { Conversation, mayBeRpc } from "./rpc/conversation.js";
import type { FinishedCall } from "./rpc/finished-call.js";
import { type NoteOutput, RpcSink } from "./rpc/output.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import type { RunState } from "./run/run-state.js";
import type { Tally } from "./tally.js";
import type { Instant } from "./time.js";

/** Estimated cost, in bytes of memory, of a connection that is followed. */
const CONNECTION_COST = 6_000;

interface Connection {
  flow: Flow;
  account: Account;
  /** The first segment; the first one since where the connection was forgotten in between. */
  first: FirstSegment;
  conversation: Conversation;
  /** Who had announced its endpoint when its first call was finished; undefined before. */
  announced: AnnouncementRecord | null | undefined;
}

/** What connections need of the run they belong to. */
export interface ConnectionsEnvironment {
  run: RunState;
  keys: KeyRing | null;
  memory: Memory;
  queue: OrderedQueue<CallRecord>;
  /** Null where neither offers nor their number are asked for. */
  offers: OfferBook | null;
  tally: Tally;
  /** Whether records get ids. */
  ids: boolean;
  /** Takes the record of an association that is over; null where nobody wants it. */
  association: ((record: AssociationRecord) => void) | null;
  note(
    note: Note,
    frame: number | null,
    at: Instant,
    of: { stream: number; communityId: string | null },
    file: string | null,
  ): void;
  /** The input's name as records show it. */
  fileName(index: number): string | null;
}

export class Connections {
  readonly #env: ConnectionsEnvironment;
  /**
   * By the number of the stream, from its first bytes on; null where it is no DCE/RPC and only its offer wants to see more
   * of it.
   */
  readonly #byStream = new Map<number, Connection | null>();
  /** Conversations that were forgotten for lack of memory: what goes on there is no further one. */
  readonly #forgotten = new WeakSet<Flow>();
  readonly #sink = new RpcSink();
  readonly #settings: AssociationSettings;
  /** Places in the order of output, by the numbers of open calls. */
  readonly #places = new Map<number, Place<CallRecord>>();

  constructor(env: ConnectionsEnvironment) {
    const { keys, memory, association, offers } = env;
    this.#env = env;
    this.#settings = {
      keys,
      kinds: memory.kinds,
      callBytes: memory.callBytes,
      recorded: association !== null || offers !== null,
      sink: this.#sink,
    };
  }

  /** PDUs by type. */
  get pdus(): { readonly [type: string]: number } {
    return this.#sink.pdus;
  }

  /** Whether the conversation is known to be DCE/RPC. */
  isRpc(flow: Flow): boolean {
    return this.#byStream.get(flow.stream)?.conversation.verdict === "rpc";
  }

  /** Bytes of a conversation. `wanted`: its offer wants to see more of it, whatever it proves to be. */
  data(item: DataItem, wanted: boolean): void {
    const { flow, direction, bytes } = item;
    let connection = this.#byStream.get(flow.stream);
    if (connection === undefined) {
      const carrier = carrierOf(bytes, flow.port0, flow.port1, flow.midstream);
      if (carrier !== null) this.#env.tally.carried[carrier]++;
      // Most conversations are something else and are let go of here, at their first bytes.
      const begins = !flow.midstream && item.offset === 0;
      connection = mayBeRpc(bytes, begins) ? this.#connect(item, begins) : null;
      if (connection || wanted) this.#byStream.set(flow.stream, connection);
    }
    if (connection) {
      const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
      connection.conversation.data(direction, bytes, item.frames, time, item.sequence);
      connection.account.touch();
      this.drain();
      if (connection.conversation.verdict !== "other") return;
      connection.account.close();
      connection.conversation.release();
      this.#byStream.set(flow.stream, null);
    }
    if (wanted) return;
    this.#byStream.delete(flow.stream);
    flow.dismiss();
  }

  /** Bytes of a conversation are missing. */
  gap(item: GapItem): void {
    const conversation = this.#byStream.get(item.flow.stream)?.conversation;
    if (!conversation) return;
    const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
    conversation.gap(item.direction, item.size, time);
    this.drain();
    if (conversation.verdict !== "rpc") return;
    const from = item.direction === conversation.association.client ? "client" : "server";
    const why = item.reason === "snaplen" ? "cut by the snap length" : "missing";
    const message = `${item.size} octets from the ${from} are ${why}`;
    conversation.association.note("warning", "stream-gap", message, item.frame, time);
    this.drain();
  }

  /** A conversation is over. */
  close(flow: Flow, time: Instant): void {
    const connection = this.#byStream.get(flow.stream);
    if (connection) this.#close(connection, time);
  }

  /** The input is at its end: closes one connection after the other, and yields after each. */
  *closeAll(time: Instant): IterableIterator<void> {
    // Those that are forgotten meanwhile are gone from the map.
    for (const connection of this.#byStream.values()) {
      if (connection) this.#close(connection, time);
      yield;
    }
  }

  /** Gives up on calls of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    for (const connection of this.#byStream.values()) connection?.conversation.association.expire(since);
    this.drain();
  }

  /** What is known so far of a connection that is still open. */
  association(flow: Flow): AssociationRecord | null {
    const connection = this.#byStream.get(flow.stream);
    return connection?.conversation.verdict === "rpc" ? this.#record(connection) : null;
  }

  #connect(item: DataItem, begins: boolean): Connection {
    const { memory, fileName, ids } = this.#env;
    const { flow, file } = item;
    const ends = [endpointOf(flow, 0), endpointOf(flow, 1)] as const;
    const identity = ids ? flow : null;
    const carriage = { stream: flow.stream, identity, file: fileName(file), ends, transport: null };
    const association = new Association(carriage, this.#settings);
    const conversation = new Conversation(!begins, association, memory.kinds.partial);
    const account = memory.kinds.conversations.open({
      stream: flow.stream,
      giveUp: () => this.#forget(connection),
    });
    const first = this.#forgotten.has(flow) ? segmentOf(item) : firstSegment(flow);
    const connection: Connection = { flow, account, first, conversation, announced: undefined };
    account.charge(CONNECTION_COST);
    return connection;
  }

  /** Takes what associations put out. */
  drain(): void {
    for (const output of this.#sink.take()) {
      switch (output.kind) {
        case "opened":
          this.#places.set(output.id, this.#env.queue.open(output.frame));
          break;
        case "call":
          this.#call(output.call, output.evicted);
          break;
        case "note":
          this.#note(output);
      }
    }
  }

  #note({ note, frame, at, stream, file }: NoteOutput): void {
    const of = this.#byStream.get(stream)?.flow ?? { stream, communityId: null };
    this.#env.note(note, frame, at, of, file);
  }

  /** A finished call becomes a record, which takes its place in the order of output. */
  #call(call: FinishedCall, evicted: boolean): void {
    const { run, queue, offers } = this.#env;
    const { channel } = call;
    const connection = this.#byStream.get(channel.stream) ?? null;
    if (connection !== null && connection.announced === undefined) {
      connection.announced = run.announcements.find(channel.server);
    }
    const decoded = decodeCall(call, run);
    const told = factsOf(decoded, run.table);
    run.apply(decoded, told.facts);
    const record = recordOf(decoded, told, run);
    const once = told.ofConnection;
    if (once !== null && connection?.conversation.association.noteOnce(once)) {
      const { first } = (call.request ?? call.response)!;
      const frame = (call.response ?? call.request)?.frames[0] ?? 0;
      this.#env.note(once, frame, first, channel, channel.file);
    }
    offers?.call(record);
    const place = this.#places.get(call.id)!;
    this.#places.delete(call.id);
    if (evicted) queue.pass(place);
    queue.fill(place, record, recordCost(record, decoded));
  }

  #record(connection: Connection): AssociationRecord {
    const { run } = this.#env;
    const { association } = connection.conversation;
    if (connection.announced === undefined) {
      connection.announced = run.announcements.find(association.channel.server);
    }
    const nameOf = (uuid: string, major: number): string | null => run.table.find(uuid, major)?.name ?? null;
    return associationRecord(association, connection.announced, nameOf, connection.first);
  }

  #close(connection: Connection, time: Instant): void {
    const { conversation } = connection;
    conversation.close(time);
    connection.account.close();
    this.drain();
    this.#byStream.delete(connection.flow.stream);
    if (conversation.verdict !== "rpc") return;
    const { association, offers, tally } = this.#env;
    if (!this.#forgotten.has(connection.flow)) tally.rpcStreams++;
    if (association === null && offers === null) return;
    const record = this.#record(connection);
    offers?.association(record);
    association?.(record);
  }

  /** Memory is short: the connection is forgotten as if it had ended. What goes on there is met like any other in its middle. */
  #forget(connection: Connection): void {
    this.#close(connection, this.#env.tally.last);
    this.#forgotten.add(connection.flow);
    connection.flow.midstream = true;
  }
}

function firstSegment(flow: Flow): FirstSegment {
  const { firstSeconds: seconds, firstNanos: nanos } = flow;
  return { at: { seconds, nanos, digits: 9 }, sequence: flow.firstSequence };
}

function segmentOf({ seconds, nanos, digits, sequence }: DataItem): FirstSegment {
  return { at: { seconds, nanos, digits }, sequence };
}

function endpointOf(flow: Flow, side: 0 | 1): Endpoint {
  const { address, port } = side === 0 ? flow.endpoint0 : flow.endpoint1;
  return { address, port };
}
