/** What the dialogues of one SMB connection share: what is known of it, and its way out. */
import type { Account, Kind } from "../../budget.js";
import type { Note, ReportedNote, SecurityRecord, TransportRecord } from "../../events.js";
import type { Flow } from "../../reassembly/flow.js";
import type { Out } from "../../rpc/output.js";
import type { Keys, SmbKeys } from "../../rpc/security/session.js";
import type { Instant } from "../../time.js";
import type { Observer } from "../observer.js";
import type { FlowOrigin, Protocol, Provenance } from "../protocol.js";
import type { MessageTaker, MessageWitness } from "./message.js";

/** An open pipe about to be followed. */
export interface PipeOrigin {
  flow: Flow;
  file: number;
  /** The connection was followed before, and forgotten for lack of memory. */
  again: boolean;
  transport: TransportRecord;
  /** Whose credentials the session around it has; null where nobody knows. */
  auth: SecurityRecord | null;
  /** The first message with bytes of it. */
  first: { at: Instant; sequence: number; message: string };
  /** Its opening was captured, and nothing of it before. */
  begins: boolean;
}

/** What SMB connections need of the run. */
export interface SmbTools {
  keys: (Keys & SmbKeys) | null;
  kinds: { smb: Kind; partial: Kind };
  pipeOver(pipe: PipeOrigin): Protocol;
  /** A connection has messages that could not be looked into; said once. */
  unread(): void;
  /** Takes what an export asks for; null where none does. */
  observer?: Observer | null;
  /** Where notes about a flow are. */
  placeOf(origin: FlowOrigin): { stream: number; communityId: string | null; file: string | null };
  witness: MessageWitness | null;
}

/** Who speaks one generation of the protocol. */
export interface Dialogue extends MessageTaker {
  /** Memory is short: all that is known of trees, open files and requests goes. */
  giveUp(at: Provenance, out: Out): void;
  /** Nothing more comes; to be said before pipes are closed. */
  close(at: Provenance, out: Out): void;
}

/** State that hostile traffic can make grow: entries of one kind, of one connection. */
export const MAX_STATE = 4096;

/** Whether one more may be kept; that it may not is noted once. */
export function hasRoom(
  connection: SmbConnection,
  among: ReadonlyMap<unknown, unknown>,
  at: Provenance,
  out: Out,
): boolean {
  if (among.size < MAX_STATE) return true;
  const message = `more than ${MAX_STATE} shares, files or requests are open on this SMB connection: further ones are not followed`;
  connection.noteOnce({ severity: "warning", code: "smb-state-limit", message }, at, out);
  return false;
}

/** Estimated costs, in bytes of memory. */
export const SESSION_COST = 4_000;
export const TREE_COST = 400;
export const PIPE_COST = 500;
/** Beside it, where what it carries is followed. */
export const FOLLOWED_COST = 5_500;
export const PENDING_COST = 300;
/** Of a text beside its characters, and of each of these. */
const TEXT_COST = 32;
const CHARACTER_COST = 2;

export function textCost(text: string | null): number {
  return text === null ? 0 : TEXT_COST + CHARACTER_COST * text.length;
}

export interface SmbConnection {
  readonly origin: FlowOrigin;
  readonly tools: SmbTools;
  readonly account: Account;
  /** As the server chose it; null where that was not captured. */
  dialect: string | null;
  /** Some of its messages could not be looked into. */
  unread(): void;
  note(note: ReportedNote, at: Provenance, out: Out): void;
  /** The same, of each code once a connection. */
  noteOnce(note: Note, at: Provenance, out: Out): void;
}
