/**
 * The TCP conversations of a run that are DCE/RPC or may be: made at their first bytes, fed, closed, and forgotten where
 * memory is short. Finished calls become records here, and what they announce is remembered.
 */
import { carrierOf } from "../dissectors/foreign.js";
import type { Account } from "./budget.js";
import type { AnnouncementRecord, AssociationRecord, CallRecord, Endpoint, Severity } from "./events.js";
import type { Memory } from "./memory.js";
import type { OfferBook } from "./offers.js";
import type { OrderedQueue, Place } from "./ordering.js";
import type { Flow } from "./reassembly/flow.js";
import type { DataItem, GapItem } from "./reassembly/items.js";
import type { Announcements } from "./rpc/announcements.js";
import { Association, type AssociationEnvironment } from "./rpc/association.js";
import { associationRecord } from "./rpc/association-record.js";
import { type ConnectionFacts, callRecord } from "./rpc/call-record.js";
import { Conversation, mayBeRpc } from "./rpc/conversation.js";
import type { CallEnvironment } from "./rpc/identity.js";
import type { KeyRing } from "./rpc/security/keyring.js";
import type { Tally } from "./tally.js";
import type { Instant } from "./time.js";

/** Estimated cost, in bytes of memory, of a connection that is followed. */
const CONNECTION_COST = 6_000;

interface Connection {
  flow: Flow;
  account: Account;
  file: number;
  conversation: Conversation;
  facts: ConnectionFacts | null;
  /** Who had announced its endpoint when it was opened. */
  announced: AnnouncementRecord | null;
}

/** What connections need of the run they belong to. */
export interface ConnectionsEnvironment {
  calls: CallEnvironment;
  keys: KeyRing | null;
  memory: Memory;
  announcements: Announcements;
  queue: OrderedQueue<CallRecord>;
  /** Null where neither offers nor their number are asked for. */
  offers: OfferBook | null;
  tally: Tally;
  /** Takes the record of an association that is over; null where nobody wants it. */
  association: ((record: AssociationRecord) => void) | null;
  note(
    severity: Severity,
    code: string,
    message: string,
    frame: number | null,
    at: Instant,
    stream: number | null,
    file: number,
  ): void;
  /** The input's name as records show it. */
  fileName(index: number): string | null;
}

export class Connections {
  readonly #env: ConnectionsEnvironment;
  /** By flow, from its first bytes on; null where it is no DCE/RPC and only its offer wants to see more of it. */
  readonly #byFlow = new Map<Flow, Connection | null>();
  /** Conversations that were forgotten for lack of memory: what goes on there is no further one. */
  readonly #forgotten = new WeakSet<Flow>();

  constructor(env: ConnectionsEnvironment) {
    this.#env = env;
  }

  /** Whether the conversation is known to be DCE/RPC. */
  isRpc(flow: Flow): boolean {
    return this.#byFlow.get(flow)?.conversation.verdict === "rpc";
  }

  /** Bytes of a conversation. `wanted`: its offer wants to see more of it, whatever it proves to be. */
  data(item: DataItem, wanted: boolean): void {
    const { flow, direction, bytes } = item;
    let connection = this.#byFlow.get(flow);
    if (connection === undefined) {
      const carrier = carrierOf(bytes, flow.port0, flow.port1, flow.midstream);
      if (carrier !== null) this.#env.tally.carried[carrier]++;
      // Most conversations are something else and are let go of here, at their first bytes.
      const begins = !flow.midstream && item.offset === 0;
      connection = mayBeRpc(bytes, begins) ? this.#connect(flow, item.file, begins) : null;
      if (connection || wanted) this.#byFlow.set(flow, connection);
    }
    if (connection) {
      const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
      connection.conversation.data(direction, bytes, item.frames, time, item.sequence);
      connection.account.touch();
      if (connection.conversation.verdict !== "other") return;
      connection.account.close();
      connection.conversation.release();
      this.#byFlow.set(flow, null);
    }
    if (wanted) return;
    this.#byFlow.delete(flow);
    flow.dismiss();
  }

  /** Bytes of a conversation are missing. */
  gap(item: GapItem): void {
    const conversation = this.#byFlow.get(item.flow)?.conversation;
    if (!conversation) return;
    const time = { seconds: item.seconds, nanos: item.nanos, digits: item.digits };
    conversation.gap(item.direction, item.size, time);
    if (conversation.verdict !== "rpc") return;
    const from = item.direction === conversation.association.client ? "client" : "server";
    const why = item.reason === "snaplen" ? "cut by the snap length" : "missing";
    const message = `${item.size} octets from the ${from} are ${why}`;
    conversation.association.note("warning", "stream-gap", message, item.frame, time);
  }

  /** A conversation is over. */
  close(flow: Flow, time: Instant): void {
    const connection = this.#byFlow.get(flow);
    if (connection) this.#close(connection, time);
  }

  /** The input is at its end: closes one connection after the other, and yields after each. */
  *closeAll(time: Instant): IterableIterator<void> {
    // Those that are forgotten meanwhile are gone from the map.
    for (const connection of this.#byFlow.values()) {
      if (connection) this.#close(connection, time);
      yield;
    }
  }

  /** Gives up on calls of which nothing came since `since`, in seconds of the capture. */
  expire(since: number): void {
    for (const connection of this.#byFlow.values()) connection?.conversation.association.expire(since);
  }

  /** What is known so far of a connection that is still open. */
  association(flow: Flow): AssociationRecord | null {
    const connection = this.#byFlow.get(flow);
    return connection?.conversation.verdict === "rpc" ? this.#record(connection) : null;
  }

  #connect(flow: Flow, file: number, begins: boolean): Connection {
    const { memory } = this.#env;
    const connection: Connection = {
      flow,
      file,
      conversation: null as never,
      facts: null,
      announced: null,
      account: memory.kinds.conversations.open({
        stream: flow.stream,
        giveUp: () => this.#forget(connection),
      }),
    };
    connection.account.charge(CONNECTION_COST);
    const association = new Association(this.#environmentOf(connection));
    connection.conversation = new Conversation(!begins, association, memory.kinds.partial);
    return connection;
  }

  #environmentOf(connection: Connection): AssociationEnvironment {
    const { calls, keys, memory, announcements, queue, offers, tally, association } = this.#env;
    const { flow, file } = connection;
    return {
      keys,
      kinds: memory.kinds,
      callBytes: memory.callBytes,
      recorded: association !== null || offers !== null,
      stream: flow.stream,
      nameOf: (uuid, major) => calls.table.find(uuid, major)?.name ?? null,
      open: (frame) => queue.open(frame),
      done: (call, of) => {
        const { record, cost } = callRecord(call, of, this.#facts(connection), calls);
        announcements.learnMapped(record);
        announcements.learnBindings(record, calls.objects);
        offers?.call(record);
        const place = call.place as Place<CallRecord>;
        if (call.evicted) queue.pass(place);
        queue.fill(place, record, cost);
      },
      note: (severity, code, message, frame, at) =>
        this.#env.note(severity, code, message, frame, at, flow.stream, file),
      countPdu: (type) => tally.pdu(type),
    };
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
      file: this.#env.fileName(connection.file),
    };
    connection.facts = facts;
    connection.announced = this.#env.announcements.find(facts.server);
    return facts;
  }

  #record(connection: Connection): AssociationRecord {
    const facts = this.#facts(connection);
    return associationRecord(connection.conversation.association, facts, connection.announced);
  }

  #close(connection: Connection, time: Instant): void {
    this.#byFlow.delete(connection.flow);
    const { conversation } = connection;
    conversation.close(time);
    connection.account.close();
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

function endpointOf(flow: Flow, side: 0 | 1): Endpoint {
  const { address, port } = side === 0 ? flow.endpoint0 : flow.endpoint1;
  return { address, port };
}
