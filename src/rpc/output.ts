/** What protocols put out, in order, until their owner takes it: plain data, none of which points back to them. */
import type { ContextElement } from "../../dissectors/dcerpc/bind.js";
import type { BindRecord, ReportedNote } from "../events.js";
import type { ObservationRecord } from "../observations.js";
import type { Instant } from "../time.js";
import type { AssociationFacts } from "./association-record.js";
import type { FinishedCall } from "./finished-call.js";

/** A call begins: its place in the order of output is taken. */
export interface OpenedOutput {
  kind: "opened";
  /** As the finished call will have it. */
  id: number;
  /** The frame that holds the first byte of the call's first PDU. */
  frame: number;
}

export interface CallOutput {
  kind: "call";
  /** The number of its association; null where datagrams carry it. */
  association: number | null;
  call: FinishedCall;
  /** It was evicted for lack of memory, before it was complete. */
  evicted: boolean;
}

/** Who puts something out. */
export interface OutputSource {
  /** The number of the association; null where it is of none. */
  association: number | null;
  /** null where it is no TCP conversation. */
  stream: number | null;
  /** null where nobody asks for ids. */
  communityId: string | null;
  file: string | null;
}

export interface NoteOutput extends OutputSource {
  kind: "note";
  note: ReportedNote;
  frame: number | null;
  at: Instant;
}

/** A bind or alter_context proposes presentation contexts. */
export interface ProposedOutput extends OutputSource {
  kind: "proposed";
  contexts: readonly ContextElement[];
  frame: number;
  at: Instant;
}

/** A bind or alter_context was answered; the record of the association lists both. */
export interface BoundOutput {
  kind: "bound";
  association: number;
  bind: BindRecord;
}

/** A stream of PDUs is over: nothing more comes of its association. */
export interface ClosedOutput {
  kind: "closed";
  association: number;
  /** False where it proved to be something else. */
  rpc: boolean;
}

/** Nothing more comes of a conversation of datagrams, or it is forgotten. */
export interface ConversationOutput {
  kind: "conversation";
  conversation: AssociationFacts;
}

/** A message to or from a KDC, whose tickets a key may open; borrowed. */
export interface KerberosOutput {
  kind: "kerberos";
  message: Uint8Array;
}

/** A user asks for a new password; borrowed. */
export interface PasswordChangeOutput {
  kind: "password-change";
  message: Uint8Array;
}

/** A client's security token beside DCE/RPC, which may forward credentials; borrowed. */
export interface TokenOutput {
  kind: "token";
  token: Uint8Array;
}

/** Something that an export asked for; only where one does. */
export interface ObservedOutput {
  kind: "observed";
  record: ObservationRecord;
}

/** Tokens of a connection may have been passed over. */
export interface TokensLimitOutput {
  kind: "tokens-limit";
}

export type Output =
  | OpenedOutput
  | CallOutput
  | NoteOutput
  | ProposedOutput
  | BoundOutput
  | ClosedOutput
  | ConversationOutput
  | KerberosOutput
  | PasswordChangeOutput
  | TokenOutput
  | TokensLimitOutput
  | ObservedOutput;

const NOTHING: readonly Output[] = [];

/** Shared by all protocols of a run. */
export class Out {
  #out: Output[] = [];
  #calls = 0;
  /** PDUs by type. */
  readonly pdus: { [type: string]: number } = {};
  /** Hears of the first PDU of each type. */
  onNewType: ((type: string) => void) | null = null;

  /** Takes the next place in the order of output; answers its number. */
  open(frame: number): number {
    const id = this.#calls++;
    this.#out.push({ kind: "opened", id, frame });
    return id;
  }

  push(output: Output): void {
    this.#out.push(output);
  }

  /** The same, before all that was put out and is not taken yet: what it is about. */
  pushFirst(output: Output): void {
    this.#out.unshift(output);
  }

  countPdu(type: string): void {
    const before = this.pdus[type];
    if (before === undefined) this.onNewType?.(type);
    this.pdus[type] = (before ?? 0) + 1;
  }

  /** What was put out since the last call of this method; bytes in it are valid until more is fed to a protocol. */
  take(): readonly Output[] {
    if (this.#out.length === 0) return NOTHING;
    const taken = this.#out;
    this.#out = [];
    return taken;
  }
}
