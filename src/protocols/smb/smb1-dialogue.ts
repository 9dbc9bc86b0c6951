/**
 * A conversation in SMB 1: which session, share and pipe each message is of. Requests wait for their answers by process and
 * multiplex id; several commands may share a message, each with its answer at the same place of the other one. What was
 * opened before the capture is recognised by what it carries.
 */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import { shareOf } from "../../../dissectors/smb/names.js";
import * as smb1 from "../../../dissectors/smb/smb1.js";
import { FID_OF_CHAIN } from "../../../dissectors/smb/smb1-file.js";
import {
  dataStart,
  fidAt,
  isLinked,
  isRaw,
  isRead,
  isSmb1Reply,
  isWrite,
  SMB1_HEAD,
  smb1Command,
  smb1RequestId,
  treeAt,
} from "../../../dissectors/smb/smb1-head.js";
import { readSmb1Message, type Smb1Command, type Smb1Message } from "../../../dissectors/smb/smb1-message.js";
import { type SessionSetupRequest, smb1DialectName } from "../../../dissectors/smb/smb1-session.js";
import {
  pipeUse,
  type TransactionPart,
  type TransactionRequest,
} from "../../../dissectors/smb/smb1-transaction.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { Severity } from "../../events.js";
import type { Out } from "../../rpc/output.js";
import type { GapProvenance, Provenance } from "../protocol.js";
import type { Dialogue, SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import { type Part, PDU_LOOK, type Pipes } from "./pipes.js";
import type { Sessions, SmbSession } from "./sessions.js";
import { Smb1Files } from "./smb1-files.js";
import { FILE_READ, type Request, Requests, type Step } from "./smb1-requests.js";
import { Transaction } from "./smb1-transaction.js";
import { Smb1Watch } from "./smb1-watch.js";

const HEADER = HEADER_SIZES.smb1;

/** Requests that are wanted whole beside those to read and write. */
const WHOLE: ReadonlySet<number> = new Set([
  smb1.SMB_COM_NEGOTIATE,
  smb1.SMB_COM_SESSION_SETUP_ANDX,
  smb1.SMB_COM_LOGOFF_ANDX,
  smb1.SMB_COM_TREE_CONNECT_ANDX,
  smb1.SMB_COM_TREE_CONNECT,
  smb1.SMB_COM_TREE_DISCONNECT,
  smb1.SMB_COM_NT_CREATE_ANDX,
  smb1.SMB_COM_OPEN_ANDX,
  smb1.SMB_COM_OPEN,
  smb1.SMB_COM_CLOSE,
  smb1.SMB_COM_TRANSACTION,
  smb1.SMB_COM_TRANSACTION_SECONDARY,
]);

/** Stands for the FID of what answers without their requests are about: below it, one for each tree. */
const NO_FID = -1;

/** A message that is being dealt with. */
interface Context {
  from: 0 | 1;
  message: SmbMessage;
  header: smb1.Smb1Header;
  out: Out;
  /** The file that a command of the chain opened. */
  opened: number | null;
}

export class Smb1Dialogue implements Dialogue {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  readonly #pipes: Pipes;
  readonly #requests: Requests;
  readonly #files: Smb1Files;
  /** Null where no export lists shares and files. */
  readonly #watch: Smb1Watch | null;
  /** Messages of the connection are missing. */
  #incomplete: boolean;
  /** Requests about pipes or files were captured. */
  #asked = false;

  constructor(connection: SmbConnection, sessions: Sessions, pipes: Pipes) {
    this.#connection = connection;
    this.#sessions = sessions;
    this.#pipes = pipes;
    this.#requests = new Requests(connection);
    const { observer } = connection.tools;
    this.#watch = observer ? new Smb1Watch(connection, observer) : null;
    this.#files = new Smb1Files(connection, sessions, pipes);
    this.#incomplete = connection.origin.flow.midstream;
  }

  wants(_from: 0 | 1, head: Uint8Array, size: number): number {
    const command = smb1Command(head);
    if (isSmb1Reply(head)) return this.#wantsOfAnswer(command, head, size);
    if (isWrite(command)) return this.#wantsOfData(fidAt(head), head, size);
    return isRead(command) || WHOLE.has(command) ? size : HEADER;
  }

  #wantsOfAnswer(command: number, head: Uint8Array, size: number): number {
    const request = this.#requests.get(smb1RequestId(head));
    if (request === FILE_READ) return HEADER;
    if (request === null) return this.#wantsOfStray(command, head, size);
    if (!isRead(command) || isLinked(head)) return size;
    const [step] = request.steps;
    return step?.kind === "read" ? this.#wantsOfData(step.fid, head, size) : HEADER;
  }

  /** An answer whose request was not captured. */
  #wantsOfStray(command: number, head: Uint8Array, size: number): number {
    // What a server opened is of use even where nobody knows its name.
    if (command === smb1.SMB_COM_NT_CREATE_ANDX) return size;
    if (!this.#incomplete || (!isRead(command) && command !== smb1.SMB_COM_TRANSACTION)) return HEADER;
    const tid = treeAt(head);
    const fid = this.#files.isDisk(tid) ? null : this.#strayFid(tid);
    return fid === null ? HEADER : this.#wantsOfData(fid, head, size);
  }

  /**
   * The FID that such an answer is of: of the only pipe. Where no requests were captured at all it is what stands for all pipes
   * of the tree, which cannot be told apart; null where nobody can say.
   */
  #strayFid(tid: number): number | null {
    return this.#files.only() ?? (this.#asked ? null : NO_FID - tid);
  }

  /** What a file on a disk has is of no interest, and a file that is not known is judged by its first bytes. */
  #wantsOfData(fid: number, head: Uint8Array, size: number): number {
    if (isLinked(head)) return size;
    if (this.#files.isOfNoInterest(fid)) return HEADER;
    if (this.#files.pipe(fid) !== null) return size;
    const start = dataStart(head);
    if (start < 0 || start >= size) return HEADER;
    const look = Math.min(size, start + PDU_LOOK);
    if (head.length < look) return look;
    return this.#pipes.looksLikePdu(head, { start, length: PDU_LOOK }) ? size : HEADER;
  }

  take(from: 0 | 1, message: SmbMessage, out: Out): void {
    const { bytes, size } = message;
    const reply = isSmb1Reply(bytes);
    const id = smb1RequestId(bytes);
    if (this.wants(from, bytes, size) < size) {
      if (reply) this.#unwanted(from, message, id, out);
      else if (isRaw(smb1Command(bytes)) && this.#files.pipe(fidAt(bytes)) !== null) this.#raw(message, out);
      return;
    }
    if (
      !reply &&
      isRead(smb1Command(bytes)) &&
      !isLinked(bytes) &&
      this.#files.isOfNoInterest(fidAt(bytes))
    ) {
      this.#requests.add(id, FILE_READ, message.runs[0]!, out);
      return;
    }
    const read = this.#read(message, out);
    if (read === null) return;
    const context: Context = { from, message, header: read.header, out, opened: null };
    if (reply) this.#answer(read.commands, this.#requests.get(id), id, context);
    else this.#request(read.commands, id, context);
  }

  /** An answer of no interest; or one whose request was not captured: then a pipe may miss the bytes in it. */
  #unwanted(from: 0 | 1, { bytes, runs, size }: SmbMessage, id: number, out: Out): void {
    const read = isRead(smb1Command(bytes));
    if (this.#requests.get(id) === null) {
      const carries = read || smb1Command(bytes) === smb1.SMB_COM_TRANSACTION;
      const { frame, time } = runs[0]!;
      // A failure, or an answer without data, is shorter.
      if (carries && this.#incomplete && size > SMB1_HEAD)
        this.#pipes.missed(from, { frame, time, reason: "lost" });
    } else if (read) this.#requests.remove(id, out);
  }

  #read(message: SmbMessage, out: Out): Smb1Message | null {
    const { bytes, size, cut, runs } = message;
    const bound = cut === null && bytes.length >= size ? "NetBIOS length" : "captured";
    try {
      const read = readSmb1Message(new Reader(bytes, true, 0, bytes.length, bound));
      if (read.error !== null) this.#report(read.error, runs[0]!, out);
      return read;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#report(error, runs[0]!, out);
      return null;
    }
  }

  /** What the capture lacks is said where it is missing. */
  #report(error: WireError, at: Provenance, out: Out): void {
    if (error.kind !== "incomplete") this.#malformed(error.message, at, out);
  }

  #malformed(what: string, at: Provenance, out: Out): void {
    this.#once("warning", "smb-malformed", `a message of SMB 1 contradicts itself: ${what}`, at, out);
  }

  missed(_from: 0 | 1, _at: GapProvenance): void {
    this.#incomplete = true;
  }

  giveUp(at: Provenance, out: Out): void {
    this.#requests.clear(out);
    this.#files.clear();
    this.#watch?.giveUp();
    this.#pipes.closeAll(at, out);
  }

  close(_at: Provenance, out: Out): void {
    this.#requests.clear(out);
  }

  #request(commands: readonly Smb1Command[], id: number, context: Context): void {
    const { message, out } = context;
    const mid = context.header.MID;
    const steps: Step[] = [];
    let transaction: Transaction | null = null;
    for (const { command, body } of commands) {
      switch (body.type) {
        case "transaction":
          transaction = this.#transact(body, context);
          break;
        case "transactionSecondary":
          this.#requests.get(id)?.transaction?.asked(message, mid, this.#within(body, context), out);
          return;
        case "negotiate":
          steps.push({ kind: "negotiate", command, dialects: body.dialects });
          break;
        case "sessionSetup":
          steps.push({ kind: "setup", command, session: this.#setUp(body, context) });
          break;
        case "treeConnect":
          steps.push({ kind: "tree", command, path: body.Path });
          break;
        case "open":
          steps.push({ kind: "open", command, name: body.FileName });
          break;
        case "read":
        case "close":
          steps.push({ kind: body.type, command, fid: body.FID });
          break;
        case "write":
          this.#carried(body.FID, { start: body.DataOffset, length: body.DataLength }, context);
          if (body.closes) steps.push({ kind: "close", command, fid: body.FID });
          break;
        case "treeDisconnect":
        case "logoff":
          steps.push({ kind: "end", command });
      }
    }
    this.#asked = true;
    if (steps.length === 0 && transaction === null) return;
    this.#requests.add(id, { steps, transaction }, message.runs[0]!, out);
  }

  #setUp({ SecurityBlob, AccountName, PrimaryDomain }: SessionSetupRequest, context: Context): SmbSession {
    const { header, message, out } = context;
    // A handshake goes on in the session that the server gave for its first message.
    const known = SecurityBlob !== null && header.UID !== 0 ? this.#sessions.get(header.UID) : null;
    const session = known ?? this.#sessions.begin();
    if (AccountName !== null) session.name(AccountName, PrimaryDomain ?? "");
    if (SecurityBlob !== null) {
      session.token({ fromClient: true, bytes: SecurityBlob, cut: false }, message.runs[0]!, out);
    }
    return session;
  }

  #transact(body: TransactionRequest, context: Context): Transaction | null {
    const { from, message, header, out } = context;
    const use = pipeUse(body);
    if (use === null) return null;
    const pipe = use.opens
      ? this.#files.forOne(body.Name, header)
      : // What is asked of it is asked of pipes alone.
        this.#files.met(body.FID ?? FID_OF_CHAIN, header, message.runs[0]!, out);
    if (pipe === null) return null;
    const transaction = new Transaction(use, pipe, from, this.#connection, this.#pipes);
    transaction.asked(message, header.MID, this.#within(body, context), out);
    return transaction;
  }

  #answer(commands: readonly Smb1Command[], request: Request | null, id: number, context: Context): void {
    const { header, message, out } = context;
    const steps = request?.steps ?? [];
    const transaction = request?.transaction ?? null;
    let over = transaction === null || smb1.smb1Outcome(header) === "failure";
    let at = 0;
    commands.forEach((answer, i) => {
      const step = steps[at]?.command === answer.command ? steps[at++]! : null;
      const { body } = answer;
      // The status is the last one's: those before it succeeded.
      if (i === commands.length - 1 && smb1.smb1Outcome(header) === "failure") return;
      if (transaction !== null && body.type === "transactionResponse") {
        if (transaction.answered(message, header.MID, this.#within(body, context), out)) over = true;
      } else this.#answered(answer, step, context);
    });
    if (request === null || !over) return;
    this.#requests.remove(id, out);
    if (transaction?.use.opens) this.#pipes.close(transaction.pipe, message.runs[0]!, out);
  }

  #answered({ body }: Smb1Command, step: Step | null, context: Context): void {
    const { header, message, out } = context;
    const at = message.runs[0]!;
    switch (body.type) {
      case "negotiateResponse":
        if (step?.kind === "negotiate") {
          const chosen = step.dialects[body.DialectIndex];
          if (chosen !== undefined) this.#connection.dialect = smb1DialectName(chosen);
        }
        return;
      case "sessionSetupResponse": {
        const session = step?.kind === "setup" ? step.session : this.#sessions.of(header.UID, at, out);
        if (session === null || !this.#sessions.add(header.UID, session, at, out)) return;
        const bytes = body.SecurityBlob;
        if (bytes !== null) session.token({ fromClient: false, bytes, cut: false }, at, out);
        if (body.guest) this.#files.guest(session);
        return;
      }
      case "treeConnectResponse": {
        const path = step?.kind === "tree" ? step.path : null;
        const tid = body.TID ?? header.TID;
        this.#watch?.connected(tid, path, body, at);
        this.#files.connected(tid, body.Service, path === null ? null : shareOf(path), at, out);
        return;
      }
      case "openResponse": {
        const name = step?.kind === "open" ? step.name : null;
        context.opened = body.FID;
        this.#watch?.opened(header.TID, name, body, at);
        this.#files.opened(body, name, header, at, out);
        return;
      }
      case "readResponse": {
        let fid = step?.kind === "read" ? step.fid : this.#strayFid(header.TID);
        if (fid === FID_OF_CHAIN) fid = context.opened ?? fid;
        this.#carried(fid, { start: body.DataOffset, length: body.DataLength }, context);
        return;
      }
      case "transactionResponse":
        this.#carried(
          this.#strayFid(header.TID),
          { start: body.DataOffset, length: body.DataCount },
          context,
        );
        return;
    }
    if (step?.kind === "close") this.#files.closed(step.fid, at, out);
    else if (step?.command === smb1.SMB_COM_TREE_DISCONNECT) this.#files.disconnected(header.TID, at, out);
    else if (step?.command === smb1.SMB_COM_LOGOFF_ANDX) this.#sessions.remove(header.UID);
  }

  /** Bytes of a file: a pipe's, or nobody's; a file that is not known is a pipe where they begin like a PDU. */
  #carried(fid: number | null, part: Part, context: Context): void {
    const { from, message, header, out } = context;
    if (fid === null || this.#files.isOfNoInterest(fid)) return;
    if (this.#files.pipe(fid) === null) {
      if (fid === FID_OF_CHAIN || !this.#pipes.looksLikePdu(message.bytes, part)) return;
    }
    const pipe = this.#files.met(fid, header, message.runs[0]!, out);
    if (pipe === null) return;
    const length = this.#lengthWithin(part.start, part.length, context);
    this.#pipes.data(pipe, from, message, header.MID, { start: part.start, length }, out);
  }

  /** A part of a transaction as far as the message reaches. */
  #within<P extends TransactionPart>(part: P, context: Context): P {
    return { ...part, DataCount: this.#lengthWithin(part.DataOffset, part.DataCount, context) };
  }

  /** No data reach beyond the end of their message, whatever their length says. */
  #lengthWithin(start: number, length: number, { message: { size, runs }, out }: Context): number {
    if (start + length <= size) return length;
    const message = `${length} bytes of data at ${start} reach beyond the end of a message of ${size} bytes`;
    this.#malformed(message, runs[0]!, out);
    return Math.max(0, size - start);
  }

  #raw({ runs }: SmbMessage, out: Out): void {
    const message = "raw reads and writes of named pipes, whose data come without a header, are not followed";
    this.#once("warning", "smb-raw-mode", message, runs[0]!, out);
  }

  #once(severity: Severity, code: string, message: string, at: Provenance, out: Out): void {
    this.#connection.noteOnce({ severity, code, message }, at, out);
  }
}
