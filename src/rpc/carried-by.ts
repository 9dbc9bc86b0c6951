import type { Kind } from "../budget.js";
import type { AuthRecord, Endpoint, TransportRecord } from "../events.js";

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
  auth: AuthRecord | null;
}

/** The kinds of memory that associations draw on. */
export interface AssociationKinds {
  calls: Kind;
  contexts: Kind;
  security: Kind;
  notes: Kind;
}
