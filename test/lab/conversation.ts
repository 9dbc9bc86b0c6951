/**
 * A conversation: what expert and novice say to each other on their TCP connections, byte by byte and in order of
 * time. The lab's captures are drawn from it (wire.ts), and so is its traffic over real sockets (sockets.ts).
 */

import { concat, Seeded } from "./bytes.js";
import type { DatagramKind } from "./datagram.js";
import type { Said } from "./dcom.js";
import type { PduType } from "./rpc.js";

export interface Endpoint {
  address: string;
  port: number;
}

export type Side = "client" | "server";

/** One PDU as it was said: what its header must read as. */
export interface SaidPdu {
  type: PduType;
  flags: number;
  call_id: number;
  little: boolean;
  frag_length: number;
  auth_length: number;
  context_id: number | null;
  opnum: number | null;
  object: string | null;
  /** Number of the call in the conversation's list, for request, response and fault. */
  call: number | null;
}

/** One connectionless PDU as it was said. */
export interface SaidDatagram {
  type: DatagramKind;
  activity: string;
  sequence: number;
  interface: string;
  opnum: number;
  object: string | null;
  fragment: number;
  /** Bytes of its body. */
  length: number;
  /** Of a fault or a reject. */
  status: number | null;
  call: number | null;
}

/** A part of a PDU, or all of it, within bytes that hold more: a message of SMB around it. */
export interface Part {
  said: SaidPdu;
  at: number;
  size: number;
}

/** One call as it was said. */
export interface SaidCall {
  connection: number;
  call_id: number;
  context_id: number;
  opnum: number;
  interface: string;
  uuid: string;
  method: string;
  object: string | null;
  transfer_syntax: "ndr" | "ndr64";
  status: "ok" | "error" | "fault" | "no_response" | "no_request";
  hresult: number | null;
  /** What it returned where that is no HRESULT. */
  returned?: { value: number; name: string };
  fault: number | null;
  /** Where it did not travel in PDUs straight over TCP. */
  transport?: { protseq: "ncacn_np" | "ncadg_ip_udp"; endpoint: string };
  /** In encrypted messages of SMB: without a key nobody sees that there is a call. */
  hidden?: true;
  causality_id: string | null;
  auth: {
    type: string;
    level: string;
    user: string | null;
    domain: string | null;
    workstation: string | null;
  };
  request: { [name: string]: Said } | null;
  response: { [name: string]: Said } | null;
  facts: { [name: string]: Said } | null;
  rai: { [name: string]: Said } | null;
  dispatch: { [name: string]: Said } | null;
}

export interface Data {
  kind: "data";
  connection: number;
  from: Side;
  at: bigint;
  bytes: Uint8Array;
  /** The PDUs in `bytes`, in order; none for what is not RPC. */
  pdus: SaidPdu[];
  /** Instead of `pdus` where they are not all that is in `bytes`. */
  parts?: Part[];
  /** Of a UDP conversation. */
  datagram?: SaidDatagram;
  /** Bytes that an IP fragment carries at most, a multiple of eight; `swapped`: the last one goes first. */
  fragments?: { size: number; swapped: boolean };
}

/** What carries the PDUs of an association: a conversation its TCP connections, a named pipe its own. */
export interface Carrier {
  readonly connections: readonly Connection[];
  readonly calls: SaidCall[];
  readonly random: Seeded;
  readonly now: bigint;
  say(connection: number, from: Side, bytes: Uint8Array, pdus?: SaidPdu[]): void;
}

export type Happening =
  | { kind: "open"; connection: number; at: bigint }
  /** A SYN that a reset answers: nobody listens there. */
  | { kind: "refused"; connection: number; at: bigint }
  | Data
  | { kind: "close"; connection: number; from: Side; at: bigint; how: "fin" | "reset" };

export interface Connection {
  client: Endpoint;
  server: Endpoint;
  /** TCP where absent. */
  protocol?: "udp";
}

/** Clock, connections and all that is said, in order of time. */
export class Conversation implements Carrier {
  readonly connections: Connection[] = [];
  readonly happenings: Happening[] = [];
  readonly calls: SaidCall[] = [];
  /** What an observer should find out, written down by the story: see manifest.ts. */
  readonly offers: { [name: string]: Said }[] = [];
  readonly random: Seeded;
  /** Nanoseconds since 1970. */
  now: bigint;

  constructor(seed: string, start: string) {
    this.random = new Seeded(seed);
    this.now = BigInt(Date.parse(start)) * 1_000_000n;
  }

  /** Lets time pass. Every step also gets a few hundred microseconds of its own, as on a local network. */
  wait(milliseconds: number): void {
    this.now += BigInt(Math.round(milliseconds * 1e6));
  }

  private step(): bigint {
    this.now += BigInt(180_000 + this.random.below(420_000));
    return this.now;
  }

  connect(client: Endpoint, server: Endpoint): number {
    const connection = this.connections.push({ client, server }) - 1;
    this.happenings.push({ kind: "open", connection, at: this.step() });
    return connection;
  }

  /** Two ends that send datagrams to each other: nothing is opened. */
  datagrams(client: Endpoint, server: Endpoint): number {
    return this.connections.push({ client, server, protocol: "udp" }) - 1;
  }

  knockInVain(client: Endpoint, server: Endpoint): number {
    const connection = this.connections.push({ client, server }) - 1;
    this.happenings.push({ kind: "refused", connection, at: this.step() });
    return connection;
  }

  say(connection: number, from: Side, bytes: Uint8Array, pdus: SaidPdu[] = []): void {
    this.happenings.push({ kind: "data", connection, from, at: this.step(), bytes, pdus });
  }

  /** Bytes that hold PDUs among other things. */
  sayAround(connection: number, from: Side, bytes: Uint8Array, parts: Part[]): void {
    this.happenings.push({ kind: "data", connection, from, at: this.step(), bytes, pdus: [], parts });
  }

  /** One datagram. */
  send(
    connection: number,
    from: Side,
    bytes: Uint8Array,
    datagram: SaidDatagram | undefined,
    fragments?: Data["fragments"],
  ): void {
    this.happenings.push({
      kind: "data",
      connection,
      from,
      at: this.step(),
      bytes,
      pdus: [],
      datagram,
      fragments,
    });
  }

  /** Joins what was said last with what the same side said just before it: both leave in one write. */
  joinLast(): void {
    const last = this.happenings.at(-1);
    const before = this.happenings.at(-2);
    if (last?.kind !== "data" || before?.kind !== "data") throw new Error("nothing to join");
    if (last.connection !== before.connection || last.from !== before.from) throw new Error("not one sender");
    before.bytes = concat(before.bytes, last.bytes);
    before.pdus.push(...last.pdus);
    this.happenings.pop();
  }

  close(connection: number, from: Side = "client", how: "fin" | "reset" = "fin"): void {
    this.happenings.push({ kind: "close", connection, from, at: this.step(), how });
  }
}

/** Several conversations on one network, by time; connections are renumbered in order of their first step. */
export function overlay(...conversations: Conversation[]): Conversation {
  const first = conversations[0]!;
  const whole = new Conversation("overlay", "2000-01-01T00:00:00Z");
  whole.now = first.now;
  const steps = conversations
    .flatMap((c, index) => c.happenings.map((happening) => ({ c, index, happening })))
    .sort((a, b) =>
      a.happening.at < b.happening.at ? -1 : a.happening.at > b.happening.at ? 1 : a.index - b.index,
    );
  const numbers = new Map<string, number>();
  for (const { c, index, happening } of steps) {
    const key = `${index}/${happening.connection}`;
    if (!numbers.has(key)) numbers.set(key, whole.connections.push(c.connections[happening.connection]!) - 1);
    const connection = numbers.get(key)!;
    if (happening.kind !== "data") whole.happenings.push({ ...happening, connection });
    else {
      const base = callBase(conversations, index);
      if (happening.parts ?? happening.datagram)
        throw new Error("only PDUs straight over TCP can be laid over others");
      const pdus = happening.pdus.map((p) => ({ ...p, call: p.call === null ? null : p.call + base }));
      whole.happenings.push({ ...happening, connection, pdus });
    }
  }
  conversations.forEach((c, index) => {
    for (const call of c.calls)
      whole.calls.push({ ...call, connection: numbers.get(`${index}/${call.connection}`)! });
    whole.offers.push(...c.offers);
  });
  return whole;
}

function callBase(conversations: Conversation[], index: number): number {
  return conversations.slice(0, index).reduce((sum, c) => sum + c.calls.length, 0);
}
