import type { Kind } from "../budget.js";
import type { Endpoint, SecurityRecord, TransportRecord } from "../events.js";
import type { Instant } from "../time.js";

/** What carries an association, before anybody knows which end is the client. */
export interface Carriage {
  /** The association's number, which no other of the run has. */
  association: number;
  stream: number;
  /** Reports the community id once it is asked for; null where nobody asks for ids. */
  identity: { readonly communityId: string } | null;
  file: string | null;
  /** By direction: 0 sends to 1. */
  ends: readonly [Endpoint, Endpoint];
  /** Null over TCP itself, where the server's port is the endpoint. */
  transport: TransportRecord | null;
  /** Whose credentials calls have that bring none of their own: those of the SMB session around a pipe. */
  auth: SecurityRecord | null;
}

/** A UDP datagram that is connectionless DCE/RPC. */
export interface Datagram {
  /** The number of its conversation, as Wireshark's udp.stream. */
  stream: number;
  /** Endpoint 0 has sent it. */
  pair: { readonly endpoint0: Endpoint; readonly endpoint1: Endpoint; readonly communityId: string };
  /** What was captured of its payload, borrowed, and its bytes on the wire. */
  bytes: Uint8Array;
  size: number;
  /** Its frame, or all of a reassembled one; and the frame that made it known. */
  frames: number | readonly number[];
  frame: number;
  time: Instant;
  file: number;
}

/** The kinds of memory that associations draw on. */
export interface AssociationKinds {
  calls: Kind;
  contexts: Kind;
  security: Kind;
  notes: Kind;
}
