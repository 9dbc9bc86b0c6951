/**
 * A conversation in SMB 1: which session, share and pipe each message is of. Requests wait for their answers by process and
 * multiplex id; several commands may share a message, each with its answer at the same place of the other one. What was
 * opened before the capture is recognised by what it carries.
 */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import { pipeOf, shareOf } from "../../../dissectors/smb/names.js";
import * as smb1 from "../../../dissectors/smb/smb1.js";
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
} from "../../../dissectors/smb/smb1-head.js";
import { readSmb1Message, type Smb1Command, type Smb1Message } from "../../../dissectors/smb/smb1-message.js";
import type { SessionSetupRequest } from "../../../dissectors/smb/smb1-session.js";
import {
  pipeUse,
  type TransactionPart,
  type TransactionRequest,
} from "../../../dissectors/smb/smb1-transaction.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import type { Severity } from "../../events.js";
import type { Out } from "../../rpc/output.js";
import type { GapProvenance, Provenance } from "../protocol.js";
import { type Dialogue, MAX_STATE, type SmbConnection, TREE_COST } from "./connection.js";
import type { SmbMessage } from "./message.js";
import type { Part, Pipe, Pipes } from "./pipes.js";
import type { Sessions, SmbSession } from "./sessions.js";
import { FILE_READ, type Request, Requests, type Step } from "./smb1-requests.js";
import { Transaction } from "./smb1-transaction.js";

const HEADER = HEADER_SIZES.smb1;

/** Bytes of a PDU by which one is recognised. */
const PDU_LOOK = 16;

/** Estimated cost of a file that is known to be no pipe, in bytes of memory. */
const FILE_COST = 64;

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

/** The FID of a command that follows the one which opens the file. */
const OPENED_BEFORE = 0xffff;

/** NT LAN Manager's dialect, by both of its names, is what is called SMB 1.0. */
const NT_LM: ReadonlySet<string> = new Set(["NT LM 0.12", "NT LANMAN 1.0"]);

const PIPE_TREE = "IPC";
const RESOURCE_PIPES: ReadonlySet<number | null> = new Set([1, 2]);

interface Tree {
  share: string | null;
  pipes: boolean;
}

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
  readonly #trees = new Map<number, Tree>();
  /** Open pipes by FID, each with the tree it is of. */
  readonly #opens = new Map<number, { pipe: Pipe; tree: number }>();
  /** FIDs of files that are no pipes. */
  readonly #files = new Set<number>();
  /** Messages of the connection are missing. */
  #incomplete = false;

  constructor(connection: SmbConnection, sessions: Sessions, pipes: Pipes) {
    this.#connection = connection;
    this.#sessions = sessions;
    this.#pipes = pipes;
    this.#requests = new Requests(connection);
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
    // What a server opened is of use even where nobody knows its name.
    if (request === null) return command === smb1.SMB_COM_NT_CREATE_ANDX ? size : HEADER;
    if (!isRead(command) || isLinked(head)) return size;
    const [step] = request.steps;
    return step?.kind === "read" ? this.#wantsOfData(step.fid, head, size) : HEADER;
  }

  /** What a file on a disk has is of no interest, and a file that is not known is judged by its first bytes. */
  #wantsOfData(fid: number, head: Uint8Array, size: number): number {
    if (isLinked(head)) return size;
    const pipe = this.#opens.get(fid)?.pipe;
    if (pipe !== undefined) return pipe.passed ? HEADER : size;
    const start = this.#files.has(fid) ? -1 : dataStart(head);
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
      else if (isRaw(smb1Command(bytes)) && this.#opens.has(fidAt(bytes))) this.#raw(message, out);
      return;
    }
    if (!reply && isRead(smb1Command(bytes)) && !isLinked(bytes) && this.#isOfNoInterest(fidAt(bytes))) {
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

  #isOfNoInterest(fid: number): boolean {
    return this.#files.has(fid) || this.#opens.get(fid)?.pipe.passed === true;
  }

  #read(message: SmbMessage, out: Out): Smb1Message | null {
    const { bytes, size, cut, runs } = message;
    const bound = cut === null && bytes.length >= size ? "NetBIOS length" : "captured";
    try {
      const read = readSmb1Message(bytes, bound);
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
    this.#connection.account.charge(-TREE_COST * this.#trees.size - FILE_COST * this.#files.size);
    this.#trees.clear();
    this.#files.clear();
    this.#opens.clear();
    this.#pipes.closeAll(at, out);
  }

  close(_at: Provenance, out: Out): void {
    this.#requests.clear(out);
  }

  #request(commands: readonly Smb1Command[], id: number, context: Context): void {
    const { message, out } = context;
    const mid = context.header.MID;
    const steps: Step[] = [];
    for (const { command, body } of commands) {
      switch (body.type) {
        case "transaction":
          this.#transact(body, id, context);
          return;
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
          steps.push({ kind: "tree", command, share: shareOf(body.Path) });
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
    if (steps.length > 0) this.#requests.add(id, { steps, transaction: null }, message.runs[0]!, out);
  }

  #setUp({ SecurityBlob, AccountName, PrimaryDomain }: SessionSetupRequest, context: Context): SmbSession {
    const { header, message, out } = context;
    // A handshake goes on in the session that the server gave for its first message.
    const known = SecurityBlob !== null && header.UID !== 0 ? this.#sessions.get(header.UID) : null;
    const session = known ?? this.#sessions.begin();
    if (AccountName !== null) session.named = { user: AccountName, domain: PrimaryDomain ?? "" };
    if (SecurityBlob !== null) {
      session.token({ fromClient: true, bytes: SecurityBlob, cut: false }, message.runs[0]!, out);
    }
    return session;
  }

  #transact(body: TransactionRequest, id: number, context: Context): void {
    const { from, message, header, out } = context;
    const use = pipeUse(body);
    if (use === null) return;
    const pipe = use.opens
      ? this.#pipes.open(this.#origin(pipeOf(body.Name), header))
      : this.#pipeWith(body.FID ?? OPENED_BEFORE, header, message.runs[0]!, out);
    if (pipe === null) return;
    const transaction = new Transaction(use, pipe, from, this.#connection, this.#pipes);
    this.#requests.add(id, { steps: [], transaction }, message.runs[0]!, out);
    transaction.asked(message, header.MID, this.#within(body, context), out);
  }

  #answer(commands: readonly Smb1Command[], request: Request | null, id: number, context: Context): void {
    const transaction = request?.transaction ?? null;
    if (transaction !== null) {
      if (this.#transacted(commands, transaction, context)) {
        this.#requests.remove(id, context.out);
        if (transaction.use.opens) this.#pipes.close(transaction.pipe, context.message.runs[0]!, context.out);
      }
      return;
    }
    const steps = request?.steps ?? [];
    let at = 0;
    commands.forEach((answer, i) => {
      const step = steps[at]?.command === answer.command ? steps[at++]! : null;
      // The status is the last one's: those before it succeeded.
      const outcome = i < commands.length - 1 ? "success" : smb1.smb1Outcome(context.header);
      if (outcome !== "failure") this.#answered(answer, step, context);
    });
    if (request !== null) this.#requests.remove(id, context.out);
  }

  /** True where the transaction is over. */
  #transacted([answer]: readonly Smb1Command[], transaction: Transaction, context: Context): boolean {
    const { header, message, out } = context;
    if (answer?.command !== smb1.SMB_COM_TRANSACTION) return false;
    if (answer.body.type !== "transactionResponse") return smb1.smb1Outcome(header) === "failure";
    return transaction.answered(message, header.MID, this.#within(answer.body, context), out);
  }

  #answered({ body }: Smb1Command, step: Step | null, context: Context): void {
    const { header, message, out } = context;
    const at = message.runs[0]!;
    switch (body.type) {
      case "negotiateResponse":
        if (step?.kind === "negotiate") {
          const chosen = step.dialects[body.DialectIndex];
          if (chosen !== undefined) this.#connection.dialect = NT_LM.has(chosen) ? "1.0" : chosen;
        }
        return;
      case "sessionSetupResponse": {
        const session = step?.kind === "setup" ? step.session : this.#sessions.of(header.UID, at, out);
        if (session === null || !this.#sessions.add(header.UID, session, at, out)) return;
        const bytes = body.SecurityBlob;
        if (bytes !== null) session.token({ fromClient: false, bytes, cut: false }, at, out);
        if (body.guest) this.#guest(session, at, out);
        return;
      }
      case "treeConnectResponse":
        this.#treeConnected(
          body.TID ?? header.TID,
          body.Service,
          step?.kind === "tree" ? step.share : null,
          context,
        );
        return;
      case "openResponse":
        this.#opened(body.FID, body.ResourceType, step?.kind === "open" ? step.name : null, context);
        return;
      case "readResponse":
        if (step?.kind === "read") {
          const fid = step.fid === OPENED_BEFORE ? (context.opened ?? step.fid) : step.fid;
          this.#carried(fid, { start: body.DataOffset, length: body.DataLength }, context);
        }
        return;
    }
    if (step?.kind === "close") this.#closed(step.fid, at, out);
    else if (step?.command === smb1.SMB_COM_TREE_DISCONNECT) this.#forgetTree(header.TID, at, out);
    else if (step?.command === smb1.SMB_COM_LOGOFF_ANDX) this.#sessions.remove(header.UID);
  }

  #guest({ account }: SmbSession, at: Provenance, out: Out): void {
    if (account === null || account.user === "") return;
    const message = `the server let ${account.user} in as a guest, whose name it does not know`;
    this.#once("info", "smb-guest", message, at, out);
  }

  #treeConnected(tid: number, service: string | null, share: string | null, { message, out }: Context): void {
    const at = message.runs[0]!;
    this.#forgetTree(tid, at, out);
    if (!this.#hasRoom(this.#trees, at, out)) return;
    this.#connection.account.charge(TREE_COST);
    const pipes =
      service === null || service === "" ? share?.toUpperCase() === "IPC$" : service === PIPE_TREE;
    this.#trees.set(tid, { share, pipes });
  }

  #forgetTree(tid: number, at: Provenance, out: Out): void {
    if (!this.#trees.delete(tid)) return;
    this.#connection.account.charge(-TREE_COST);
    for (const [fid, { tree }] of this.#opens) if (tree === tid) this.#closed(fid, at, out);
  }

  #opened(fid: number, type: number | null, name: string | null, context: Context): void {
    const { header, message, out } = context;
    const at = message.runs[0]!;
    context.opened = fid;
    this.#closed(fid, at, out);
    if (!RESOURCE_PIPES.has(type) && this.#trees.get(header.TID)?.pipes !== true) {
      this.#files.add(fid);
      this.#connection.account.charge(FILE_COST);
      return;
    }
    this.#open(fid, name === null ? null : pipeOf(name), header, at, out);
  }

  #open(fid: number, name: string | null, header: smb1.Smb1Header, at: Provenance, out: Out): Pipe | null {
    if (!this.#hasRoom(this.#opens, at, out)) return null;
    const pipe = this.#pipes.open(this.#origin(name, header));
    this.#opens.set(fid, { pipe, tree: header.TID });
    return pipe;
  }

  #origin(
    name: string | null,
    { TID, UID }: smb1.Smb1Header,
  ): Pick<Pipe, "name" | "share" | "session" | "encrypted"> {
    const share = this.#trees.get(TID)?.share ?? null;
    return { name, share, session: this.#sessions.get(UID), encrypted: false };
  }

  #closed(fid: number, at: Provenance, out: Out): void {
    if (this.#files.delete(fid)) this.#connection.account.charge(-FILE_COST);
    const open = this.#opens.get(fid);
    if (open === undefined) return;
    this.#opens.delete(fid);
    this.#pipes.close(open.pipe, at, out);
  }

  /** The pipe of that FID; one whose opening was not captured is made, as what is asked of it is asked of pipes alone. */
  #pipeWith(fid: number, header: smb1.Smb1Header, at: Provenance, out: Out): Pipe | null {
    return this.#opens.get(fid)?.pipe ?? this.#open(fid, null, header, at, out);
  }

  /** Bytes of a file: a pipe's, or nobody's; a file that is not known is a pipe where they begin like a PDU. */
  #carried(fid: number, part: Part, context: Context): void {
    const { from, message, header, out } = context;
    if (this.#files.has(fid)) return;
    const at = message.runs[0]!;
    const known = this.#opens.get(fid)?.pipe ?? null;
    if (known === null && (fid === OPENED_BEFORE || !this.#pipes.looksLikePdu(message.bytes, part))) return;
    const pipe = known ?? this.#open(fid, null, header, at, out);
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

  #hasRoom(among: ReadonlyMap<unknown, unknown>, at: Provenance, out: Out): boolean {
    if (among.size < MAX_STATE) return true;
    const message = `more than ${MAX_STATE} shares, files or requests are open on this SMB connection: further ones are not followed`;
    this.#once("warning", "smb-state-limit", message, at, out);
    return false;
  }

  #once(severity: Severity, code: string, message: string, at: Provenance, out: Out): void {
    this.#connection.noteOnce({ severity, code, message }, at, out);
  }
}
