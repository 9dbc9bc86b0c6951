/**
 * One TCP connection that speaks SMB: its messages go to whoever speaks their generation of the protocol. A connection may begin
 * in SMB 1 and go on in SMB 2 ([MS-SMB2] 3.3.5.3.1).
 */
import { kindOf, type SmbKind } from "../../../dissectors/smb/framing.js";
import type { Account, Holder } from "../../budget.js";
import type { Note, ReportedNote } from "../../events.js";
import type { Out } from "../../rpc/output.js";
import type {
  DataProvenance,
  FlowOrigin,
  GapProvenance,
  Protocol,
  Provenance,
  Verdict,
} from "../protocol.js";
import type { Dialogue, SmbConnection, SmbTools } from "./connection.js";
import type { MessageTaker, SmbMessage } from "./message.js";
import { MessageReader } from "./message-reader.js";
import { Pipes } from "./pipes.js";
import { SealedMessages } from "./sealed.js";
import { SmbSecurity } from "./security.js";
import { Sessions } from "./sessions.js";
import { Smb1Dialogue } from "./smb1-dialogue.js";
import { Smb2Dialogue } from "./smb2-dialogue.js";

/** Bytes of both directions that are searched for a message until the connection is given up. */
const SEARCH_LIMIT = 64 << 20;

/** Estimated cost of a connection, in bytes of memory. */
const CONNECTION_COST = 3_000;

export class SmbStream implements Protocol, SmbConnection, MessageTaker, Holder {
  readonly speaks = "smb";
  readonly stream: number;
  readonly origin: FlowOrigin;
  readonly tools: SmbTools;
  readonly account: Account;
  dialect: string | null = null;
  readonly #begins: boolean;
  readonly #partial: Account;
  readonly #readers: readonly [MessageReader, MessageReader];
  readonly #pipes: Pipes;
  readonly #sessions: Sessions;
  /** Null where no keys were given. */
  readonly #security: SmbSecurity | null;
  readonly #sealed: SealedMessages;
  #smb1: Dialogue | null = null;
  #smb2: Dialogue | null = null;
  readonly #noted = new Set<string>();
  #unread = false;
  /** Where memory was given up: takes what comes of it. */
  #out: Out | null = null;
  #now: Provenance | null = null;

  constructor(origin: FlowOrigin, begins: boolean, tools: SmbTools) {
    this.stream = origin.flow.stream;
    this.origin = origin;
    this.#begins = begins;
    this.tools = tools;
    this.account = tools.kinds.smb.open(this);
    this.account.charge(CONNECTION_COST);
    this.#partial = tools.kinds.partial.open({ stream: this.stream, giveUp: () => this.#dropMessages() });
    this.#readers = [new MessageReader(0, !begins, this), new MessageReader(1, !begins, this)];
    this.#pipes = new Pipes(this);
    this.#sessions = new Sessions(this);
    this.#security = tools.keys === null ? null : new SmbSecurity(this, tools.keys);
    this.#sealed = new SealedMessages(this, this.#sessions, this.#security);
  }

  /** A message says that it is SMB, or the beginning of the connection; nothing more is of use where none is found for long. */
  get verdict(): Verdict {
    const [a, b] = this.#readers;
    if (a.searched + b.searched > SEARCH_LIMIT) return "other";
    return this.#begins || a.count + b.count > 0 ? "mine" : "undecided";
  }

  data(from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): void {
    const reader = this.#readers[from];
    if (reader.passes(bytes.length)) return;
    this.#out = out;
    this.#now = at;
    reader.data(bytes, at, out);
    this.#partial.set(this.#readers[0].held + this.#readers[1].held);
  }

  gap(from: 0 | 1, size: number, at: GapProvenance, out: Out): void {
    this.#readers[from].gap(size, at, out);
  }

  close(at: Provenance, out: Out): void {
    if (this.#unread || this.verdict === "undecided") this.tools.unread();
    this.#smb1?.close(at, out);
    this.#smb2?.close(at, out);
    this.#pipes.closeAll(at, out);
    this.release(out);
  }

  release(out: Out): void {
    this.#pipes.release(out);
    this.account.close();
    this.#partial.close();
  }

  /** Memory is short: what is known of sessions, shares and pipes goes; the connection goes on as if it were met in its middle. */
  giveUp(): void {
    if (this.#out === null) return;
    this.#smb1?.giveUp(this.#now!, this.#out);
    this.#smb2?.giveUp(this.#now!, this.#out);
    this.#sessions.clear();
  }

  #dropMessages(): void {
    if (this.#out === null) return;
    const { frame, time } = this.#now!;
    for (const reader of this.#readers) reader.giveUp({ frame, time, reason: "limit" }, this.#out);
    this.#partial.set(this.#readers[0].held + this.#readers[1].held);
  }

  wants(from: 0 | 1, head: Uint8Array, size: number): number {
    return this.#dialogue(kindOf(head, 0)!).wants(from, head, size);
  }

  take(from: 0 | 1, message: SmbMessage, out: Out): void {
    this.tools.witness?.smbMessage(this.stream, from, message, null);
    this.#dialogue(kindOf(message.bytes, 0)!).take(from, message, out);
  }

  missed(from: 0 | 1, at: GapProvenance): void {
    this.#smb1?.missed(from, at);
    this.#smb2?.missed(from, at);
    this.#pipes.missed(from, at);
  }

  unread(): void {
    this.#unread = true;
  }

  note(note: ReportedNote, at: Provenance, out: Out): void {
    const place = this.tools.placeOf(this.origin);
    out.push({ kind: "note", association: null, ...place, note, frame: at.frame, at: at.time });
  }

  noteOnce(note: Note, at: Provenance, out: Out): void {
    if (this.#noted.has(note.code)) return;
    this.#noted.add(note.code);
    this.note(note, at, out);
  }

  #dialogue(kind: SmbKind): Dialogue {
    if (kind === "smb1") {
      this.#smb1 ??= new Smb1Dialogue(this, this.#sessions, this.#pipes);
      return this.#smb1;
    }
    this.#smb2 ??= new Smb2Dialogue(this, this.#sessions, this.#pipes, this.#sealed, this.#security);
    return this.#smb2;
  }
}
