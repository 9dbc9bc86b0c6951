/** What captures say of an invitation. */
import type { Endpoint } from "../events.js";

/** All that is needed of a TCP conversation; the client is the side that opened it. */
export interface ConnectedFlow {
  stream: number;
  ts: string;
  client: Endpoint;
  server: Endpoint;
  file: string | null;
}

/** A call that handed out this invitation's connection string, or one with its listeners. */
export interface IssuedRecord {
  stream: number;
  call_id: number;
  ts: string;
  client: Endpoint;
  server: Endpoint;
  /** `ticket`: the same identifier; `listeners`: another identifier, but a listener in common. */
  match: "ticket" | "listeners";
  file: string | null;
}

/** A TCP conversation to one of the listeners. */
export interface ConnectedRecord extends ConnectedFlow {
  /** The listener's host as the invitation spells it. */
  listener: string;
}

export interface CaptureMatch {
  issued: IssuedRecord[];
  dialled: ConnectedRecord[];
  /** Remote Assistance calls whose answers are encrypted: what they issued is not known. */
  sealed: number;
  /** False where not all was read of the captures, so that a no means little. */
  complete: boolean;
}
