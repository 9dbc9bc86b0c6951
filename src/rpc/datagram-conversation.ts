/**
 * What the record of an association says of connectionless DCE/RPC between two UDP endpoints. There is no connection and no bind:
 * it lists the interfaces that were called, and counts.
 */
import type { DatagramHeader } from "../../dissectors/dcerpc/connectionless.js";
import type { Account, Holder, Kind } from "../budget.js";
import type { AuthRecord, BindRecord, ContextRecord, Endpoint, Note } from "../events.js";
import type { Instant } from "../time.js";
import { FURTHER_NOTES, MAX_NOTES, NOTE_COST } from "./association.js";
import type { ChannelFacts } from "./finished-call.js";

/** Estimated cost, in bytes of memory, of a conversation and of each interface that is listed of it. */
const CONVERSATION_COST = 1_500;
const CONTEXT_COST = 600;

/** Interfaces that are listed of one conversation. */
export const MAX_INTERFACES = 256;

const NO_TEXT: string[] = [];
const NO_BINDS: { records: BindRecord[] } = { records: [] };

/** Where datagrams of one conversation are exchanged. */
export interface DatagramPlace {
  /** As an association's, which no other of the run has. */
  association: number;
  stream: number;
  communityId: string | null;
  file: string | null;
  /** By direction, as the first datagram had it: 0 sends to 1. */
  ends: readonly [Endpoint, Endpoint];
}

export class DatagramConversation implements Holder {
  /** What is given up of it is of no TCP conversation. */
  readonly stream = null;
  readonly place: DatagramPlace;
  readonly first: Instant;
  last: Instant;
  finished = 0;
  readonly notes: Note[] = [];
  readonly account: Account;
  /** There is no bind to say any of these. */
  readonly secondaryAddress = null;
  readonly assocGroupId = null;
  readonly maxXmitFrag = null;
  readonly maxRecvFrag = null;
  readonly sessionAuth = null;
  readonly binds = NO_BINDS;
  readonly #close: (conversation: DatagramConversation) => void;
  readonly #channels: [ChannelFacts | null, ChannelFacts | null] = [null, null];
  /** The end that sent the first request. */
  #client: 0 | 1 | null = null;
  /** By UUID and version. */
  readonly #interfaces = new Map<string, { record: ContextRecord; major: number }>();
  #limit: "reached" | "noted" | null = null;

  /** `close` is called where memory is short. */
  constructor(
    place: DatagramPlace,
    at: Instant,
    kind: Kind,
    close: (conversation: DatagramConversation) => void,
  ) {
    this.place = place;
    this.first = at;
    this.last = at;
    this.#close = close;
    this.account = kind.open(this);
    this.account.charge(CONVERSATION_COST);
  }

  giveUp(): void {
    this.#close(this);
  }

  /** Adds to what the record lists. */
  readonly keep = (note: Note): void => {
    if (this.notes.length > MAX_NOTES) return;
    this.notes.push(this.notes.length === MAX_NOTES ? FURTHER_NOTES : note);
    this.account.charge(NOTE_COST + note.message.length);
  };

  /** Which end a datagram from this one came from. */
  direction({ address, port }: Endpoint): 0 | 1 {
    const [first] = this.place.ends;
    return first.port === port && first.address === address ? 0 : 1;
  }

  /** The conversation as calls see it that the end `client` makes. */
  channelOf(client: 0 | 1): ChannelFacts {
    const known = this.#channels[client];
    if (known !== null) return known;
    const { association, stream, communityId, file, ends } = this.place;
    const server = ends[client === 0 ? 1 : 0];
    const channel: ChannelFacts = {
      association,
      stream,
      communityId,
      transport: { protseq: "ncadg_ip_udp", endpoint: String(server.port), smb: null },
      client: ends[client],
      server,
      file,
    };
    this.#channels[client] = channel;
    return channel;
  }

  get channel(): ChannelFacts {
    return this.channelOf(this.#client ?? 0);
  }

  /** A call begins, made by the end `client`; true where the other end was the client so far. */
  called(client: 0 | 1, header: DatagramHeader, frame: number): boolean {
    const callsBack = this.#client !== null && this.#client !== client;
    this.#client ??= client;
    const { interfaceId, major, minor } = header;
    const version = `${major}.${minor}`;
    const key = `${interfaceId} ${version}`;
    if (this.#interfaces.has(key)) return callsBack;
    if (this.#interfaces.size >= MAX_INTERFACES) {
      this.#limit ??= "reached";
      return callsBack;
    }
    const record: ContextRecord = {
      id: 0,
      call_id: null,
      interface: interfaceId,
      version,
      name: null,
      transfer_syntaxes: ["ndr"],
      result: null,
      reason: null,
      accepted_syntax: null,
      frame,
    };
    this.#interfaces.set(key, { record, major });
    this.account.charge(CONTEXT_COST);
    return callsBack;
  }

  /** True once, where more interfaces were called than are listed. */
  takeLimit(): boolean {
    if (this.#limit !== "reached") return false;
    this.#limit = "noted";
    return true;
  }

  readonly contexts = {
    features: NO_TEXT,
    named: (nameOf: (uuid: string, major: number) => string | null): ContextRecord[] =>
      [...this.#interfaces.values()].map(({ record, major }) => ({
        ...record,
        name: nameOf(record.interface!, major),
      })),
  };

  /** Whose credentials protect calls is agreed on in calls of their own, which are not followed. */
  readonly security = { records: (): (AuthRecord & { ntlm: null; kerberos: null })[] => [] };
}
