/**
 * A conversation in SMB 2 or 3: which session, share and pipe each message is of. Requests wait for their responses by MessageId,
 * however late and in whatever order these come; compounds name the handle of the message before. What was opened before the
 * capture is recognised by what it carries.
 */
import { HEADER_SIZES, kindOf } from "../../../dissectors/smb/framing.js";
import { pipeOf, shareOf } from "../../../dissectors/smb/names.js";
import {
  CLOSE,
  CREATE,
  closedFileId,
  createdFileId,
  createName,
  dialectName,
  type FileId,
  FSCTL_PIPE_TRANSCEIVE,
  IOCTL,
  IOCTL_REQUEST_FIXED,
  IOCTL_RESPONSE_FIXED,
  ioctlRequest,
  ioctlResponse,
  LOGOFF,
  NEGOTIATE,
  negotiatedDialect,
  READ,
  READ_REQUEST_FIXED,
  READ_RESPONSE_FIXED,
  RELATED_FILE_ID,
  readData,
  readFileId,
  readSmb2Header,
  SESSION_SETUP,
  SHARE_TYPE_PIPE,
  type Smb2Header,
  type Span,
  STATUS_BUFFER_OVERFLOW,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_PENDING,
  STATUS_SUCCESS,
  sessionSetupToken,
  shareType,
  smb2Size,
  TREE_CONNECT,
  TREE_DISCONNECT,
  treeConnectPath,
  WRITE,
  WRITE_REQUEST_FIXED,
  writeRequest,
} from "../../../dissectors/smb/smb2.js";
import type { Out } from "../../rpc/output.js";
import type { GapProvenance, Provenance } from "../protocol.js";
import { type Dialogue, MAX_STATE, PENDING_COST, type SmbConnection, TREE_COST } from "./connection.js";
import { framesOf, type Run, type SmbMessage } from "./message.js";
import type { Pipe, Pipes } from "./pipes.js";
import type { SealedMessages } from "./sealed.js";
import { MAX_VERIFIED, type SmbSecurity } from "./security.js";
import type { Sessions, SmbSession } from "./sessions.js";

const HEADER = HEADER_SIZES.smb2;

/** What stands in a message of a compound for the session of the one before ([MS-SMB2] 3.2.4.1.4). */
const RELATED_ID = 0xffffffffffffffffn;

/** Bytes of a PDU by which one is recognised. */
const PDU_LOOK = 16;

/** Among so many open files it is not looked for the only pipe. */
const MANY_PIPES = 16;

/** Messages that are wanted whole: those of setup are short. */
const WHOLE: ReadonlySet<number> = new Set([NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, CLOSE]);

interface Tree {
  share: string | null;
  /** Null until the server has said which it is. */
  pipes: boolean | null;
}

/** A request that waits for its response. */
type Pending =
  | { command: typeof SESSION_SETUP; session: SmbSession }
  | { command: typeof TREE_CONNECT; share: string | null }
  | { command: typeof CREATE; pipe: Pipe }
  | { command: typeof CLOSE; fileId: FileId }
  /** `pipe`: null where the file was not known at the time. */
  | { command: typeof READ | typeof IOCTL; pipe: Pipe | null; fileId: FileId; place: string };

export class Smb2Dialogue implements Dialogue {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  readonly #pipes: Pipes;
  readonly #sealed: SealedMessages;
  /** Null where no keys were given. */
  readonly #security: SmbSecurity | null;
  /** By session and tree id. */
  readonly #trees = new Map<string, Tree>();
  /** Pipes by handle; those of a request that is not answered yet have none. */
  readonly #opens = new Map<FileId, Pipe>();
  readonly #pending = new Map<bigint, Pending>();
  /** The pipe that the last message was of, for those of a compound that are related to it. */
  #last: Pipe | null = null;
  #lastTree = "";
  #lastSession = 0n;
  /** The message at hand came encrypted. */
  #unsealed = false;

  constructor(
    connection: SmbConnection,
    sessions: Sessions,
    pipes: Pipes,
    sealed: SealedMessages,
    security: SmbSecurity | null,
  ) {
    this.#security = security;
    this.#connection = connection;
    this.#sessions = sessions;
    this.#pipes = pipes;
    this.#sealed = sealed;
  }

  wants(_from: 0 | 1, head: Uint8Array, size: number): number {
    if (kindOf(head, 0) === "transform") return this.#sealed.wants(head, size);
    if (kindOf(head, 0) !== "smb2") return HEADER_SIZES.compression;
    const header = readSmb2Header(head);
    const { command, response } = header;
    if (WHOLE.has(command) || (this.#security !== null && size <= MAX_VERIFIED)) return size;
    if (command === READ) {
      return response ? this.#wantsOfRead(header, head, size) : READ_REQUEST_FIXED;
    }
    if (command === WRITE && !response) return this.#wantsOfWrite(header, head, size);
    if (command === IOCTL) return this.#wantsOfIoctl(header, head, size);
    return HEADER;
  }

  /** What was read from a file on a disk is of no interest, and a file that is not known is judged by its first bytes. */
  #wantsOfRead(header: Smb2Header, head: Uint8Array, size: number): number {
    if (!carriesData(header)) return HEADER;
    const pending = this.#pending.get(header.messageId);
    if (pending !== undefined && pending.command !== READ) return HEADER;
    if (pending === undefined && this.#isDisk(header)) return HEADER;
    const pipe = pending === undefined ? null : (pending.pipe ?? this.#opens.get(pending.fileId) ?? null);
    if (pipe !== null) return pipe.passed ? HEADER : size;
    return this.#wantsOfUnknown(READ_RESPONSE_FIXED, head, size, readData);
  }

  #wantsOfWrite(header: Smb2Header, head: Uint8Array, size: number): number {
    if (this.#isDisk(header)) return HEADER;
    if (head.length < WRITE_REQUEST_FIXED) return WRITE_REQUEST_FIXED;
    const write = writeRequest(head);
    if (write === null) return HEADER;
    const pipe = this.#pipeOf(write.fileId);
    if (pipe !== null) return pipe.passed ? WRITE_REQUEST_FIXED : size;
    return this.#wantsOfUnknown(WRITE_REQUEST_FIXED, head, size, (d) => writeRequest(d)?.data ?? null);
  }

  #wantsOfIoctl(header: Smb2Header, head: Uint8Array, size: number): number {
    const fixed = header.response ? IOCTL_RESPONSE_FIXED : IOCTL_REQUEST_FIXED;
    if (header.response && !carriesData(header)) return HEADER;
    if (head.length < fixed) return fixed;
    const code = (header.response ? ioctlResponse(head) : ioctlRequest(head))?.code;
    return code === FSCTL_PIPE_TRANSCEIVE ? size : fixed;
  }

  /** A file that is not known: whole where its data begin like a PDU. */
  #wantsOfUnknown(
    fixed: number,
    head: Uint8Array,
    size: number,
    dataOf: (d: Uint8Array) => Span | null,
  ): number {
    if (head.length < fixed) return fixed;
    const data = dataOf(head);
    if (data === null) return fixed;
    const look = Math.min(size, data.start + Math.min(data.length, PDU_LOOK));
    if (head.length < look) return look;
    return this.#pipes.looksLikePdu(head, data) ? size : fixed;
  }

  take(from: 0 | 1, message: SmbMessage, out: Out): void {
    const kind = kindOf(message.bytes, 0);
    if (kind === "smb2") this.#message(from, message, out);
    else if (kind === "transform") {
      const plain = this.#sealed.open(from, message, out);
      if (plain !== null) this.#opened(from, message, plain, out);
    } else this.#compressed(message, out);
  }

  missed(_from: 0 | 1, _at: GapProvenance): void {
    this.#last = null;
  }

  giveUp(at: Provenance, out: Out): void {
    this.#sealed.report(at, out);
    this.#connection.account.charge(-TREE_COST * this.#trees.size - PENDING_COST * this.#pending.size);
    this.#trees.clear();
    this.#pending.clear();
    this.#opens.clear();
    this.#last = null;
    this.#pipes.closeAll(at, out);
  }

  close(at: Provenance, out: Out): void {
    this.#sealed.report(at, out);
  }

  /** Messages that came in an encrypted one: all of it was there, and where each stood on the wire is not known. */
  #opened(from: 0 | 1, sealed: SmbMessage, plain: Uint8Array, out: Out): void {
    const { runs, sequence } = sealed;
    const frames = framesOf(runs);
    this.#unsealed = true;
    let rest = plain;
    while (rest.length >= HEADER && kindOf(rest, 0) === "smb2") {
      const size = smb2Size(rest, rest.length);
      const bytes = rest.subarray(0, size);
      const run: Run = { ...runs[0]!, frames, end: size, after: (sequence + size) | 0 };
      this.#message(from, { bytes, size, sequence, runs: [run], cut: null }, out);
      rest = rest.subarray(size);
    }
    if (kindOf(rest, 0) === "compression") this.#compressed(sealed, out);
    this.#unsealed = false;
  }

  #compressed(message: SmbMessage, out: Out): void {
    const note = {
      severity: "info" as const,
      code: "smb-compressed",
      message: "compressed SMB messages are not looked into",
    };
    this.#connection.unread();
    this.#connection.noteOnce(note, message.runs[0]!, out);
  }

  #message(from: 0 | 1, message: SmbMessage, out: Out): void {
    const header = readSmb2Header(message.bytes);
    if (header.related && header.sessionId === RELATED_ID) header.sessionId = this.#lastSession;
    this.#lastSession = header.sessionId;
    if (!header.related) this.#last = null;
    if (!this.#unsealed) this.#security?.seen(from, header);
    // One that ends a session is the last of it.
    const session = this.#sessions.get(header.sessionId);
    if (header.response) this.#response(from, header, message, out);
    else this.#request(from, header, message, out);
    if (this.#unsealed || this.#security === null) return;
    const whose = session ?? this.#sessions.get(header.sessionId);
    if (whose !== null) this.#security.verify(whose, header, message, out);
  }

  #request(from: 0 | 1, header: Smb2Header, message: SmbMessage, out: Out): void {
    const { bytes } = message;
    const at = message.runs[0]!;
    const place = this.#placeOf(header);
    switch (header.command) {
      case NEGOTIATE:
        this.#security?.negotiate(header, message);
        return;
      case SESSION_SETUP:
        this.#setUp(header, message, out);
        return;
      case TREE_CONNECT: {
        const path = treeConnectPath(bytes);
        this.#await(header, { command: TREE_CONNECT, share: path === null ? null : shareOf(path) }, at, out);
        return;
      }
      case CREATE: {
        const tree = this.#trees.get(place);
        if (tree?.pipes !== true) return;
        const name = createName(bytes);
        const pipe = this.#pipes.open({
          name: name === null ? null : pipeOf(name),
          share: tree.share,
          session: this.#sessions.get(header.sessionId),
          encrypted: this.#unsealed,
        });
        this.#last = pipe;
        this.#await(header, { command: CREATE, pipe }, at, out);
        return;
      }
      case CLOSE: {
        const fileId = closedFileId(bytes);
        if (fileId !== null && this.#opens.has(fileId)) {
          this.#await(header, { command: CLOSE, fileId }, at, out);
        }
        return;
      }
      case READ: {
        if (this.#isDisk(header)) return;
        const fileId = readFileId(bytes);
        if (fileId === null) return;
        this.#await(header, { command: READ, pipe: this.#pipeOf(fileId), fileId, place }, at, out);
        return;
      }
      case WRITE: {
        if (this.#isDisk(header)) return;
        const write = writeRequest(bytes);
        if (write !== null) this.#carried(from, header, message, write.fileId, place, write.data, out);
        return;
      }
      case IOCTL: {
        const ioctl = ioctlRequest(bytes);
        if (ioctl?.code !== FSCTL_PIPE_TRANSCEIVE) return;
        const { fileId, data } = ioctl;
        const pipe = this.#carried(from, header, message, fileId, place, data, out);
        this.#await(header, { command: IOCTL, pipe, fileId, place }, at, out);
      }
    }
  }

  #response(from: 0 | 1, header: Smb2Header, message: SmbMessage, out: Out): void {
    const { bytes } = message;
    const { command, status } = header;
    if (command === NEGOTIATE) {
      const dialect = status === STATUS_SUCCESS ? negotiatedDialect(bytes) : null;
      if (dialect !== null) this.#connection.dialect = dialectName(dialect) ?? this.#connection.dialect;
      this.#security?.negotiate(header, message);
      return;
    }
    if (status === STATUS_PENDING) return;
    const pending = this.#answered(header.messageId);
    const at = message.runs[0]!;
    switch (command) {
      case SESSION_SETUP:
        this.#setUpAnswered(header, pending, message, out);
        return;
      case LOGOFF:
        if (status === STATUS_SUCCESS) this.#loggedOff(header.sessionId, at, out);
        return;
      case TREE_CONNECT:
        if (status === STATUS_SUCCESS) this.#treeConnected(header, pending, bytes, at, out);
        return;
      case TREE_DISCONNECT:
        if (status === STATUS_SUCCESS) this.#forgetTree(this.#placeOf(header));
        return;
      case CREATE:
        if (pending?.command === CREATE) this.#created(header, pending.pipe, bytes, at, out);
        return;
      case CLOSE:
        if (pending?.command === CLOSE && status === STATUS_SUCCESS) this.#closed(pending.fileId, at, out);
        return;
      case READ:
      case IOCTL: {
        if (!carriesData(header) || (pending !== null && pending.command !== command)) return;
        this.#answer(from, header, pending, message, out);
      }
    }
  }

  /** What was read from a pipe, or came back through it. */
  #answer(from: 0 | 1, header: Smb2Header, pending: Pending | null, message: SmbMessage, out: Out): void {
    const { bytes } = message;
    const ioctl = header.command === IOCTL ? ioctlResponse(bytes) : null;
    const data = header.command === READ ? readData(bytes) : (ioctl?.data ?? null);
    if (data === null) return;
    if (pending?.command === READ || pending?.command === IOCTL) {
      const { pipe, fileId, place } = pending;
      if (pipe !== null) this.#pipes.data(pipe, from, message, header.messageId, data, out);
      else this.#carried(from, header, message, fileId, place, data, out);
      return;
    }
    if (this.#isDisk(header) || (ioctl !== null && ioctl.code !== FSCTL_PIPE_TRANSCEIVE)) return;
    // Its request was not captured; only a FSCTL's answer names the file.
    const place = this.#placeOf(header);
    const fileId = ioctl?.fileId ?? this.#onlyPipe() ?? `answers/${place}`;
    this.#carried(from, header, message, fileId, place, data, out);
  }

  /** The handle of the only pipe that is open, which must be the one. */
  #onlyPipe(): FileId | null {
    if (this.#opens.size > MANY_PIPES) return null;
    let only: FileId | null = null;
    for (const [fileId, { passed }] of this.#opens) {
      if (passed) continue;
      if (only !== null) return null;
      only = fileId;
    }
    return only;
  }

  /** Bytes of a file; answers the pipe that it is, or null where it is none, or nobody knows. */
  #carried(
    from: 0 | 1,
    header: Smb2Header,
    message: SmbMessage,
    fileId: FileId,
    place: string,
    data: Span,
    out: Out,
  ): Pipe | null {
    const pipe = this.#pipeOf(fileId) ?? this.#met(header, message, fileId, place, data, out);
    if (pipe === null) return null;
    this.#last = pipe;
    this.#pipes.data(pipe, from, message, header.messageId, data, out);
    return pipe;
  }

  /** A file whose opening was not captured is a pipe where it carries PDUs. */
  #met(
    header: Smb2Header,
    message: SmbMessage,
    fileId: FileId,
    place: string,
    data: Span,
    out: Out,
  ): Pipe | null {
    if (fileId === RELATED_FILE_ID || !this.#pipes.looksLikePdu(message.bytes, data)) return null;
    if (!this.#hasRoom(this.#opens, message.runs[0]!, out)) return null;
    const pipe = this.#pipes.open({
      name: null,
      share: this.#trees.get(place)?.share ?? null,
      session: this.#sessions.get(header.sessionId),
      encrypted: this.#unsealed,
    });
    this.#opens.set(fileId, pipe);
    return pipe;
  }

  #setUp(header: Smb2Header, message: SmbMessage, out: Out): void {
    const token = sessionSetupToken(message.bytes, false);
    const session =
      (header.sessionId === 0n ? null : this.#sessions.get(header.sessionId)) ?? this.#sessions.begin();
    const at = message.runs[0]!;
    if (token !== null) this.#token(session, true, message, token, out);
    this.#security?.setUp(session, header, message);
    this.#await(header, { command: SESSION_SETUP, session }, at, out);
  }

  #setUpAnswered(header: Smb2Header, pending: Pending | null, message: SmbMessage, out: Out): void {
    const { status, sessionId } = header;
    if (status !== STATUS_SUCCESS && status !== STATUS_MORE_PROCESSING_REQUIRED) return;
    const at = message.runs[0]!;
    const session =
      pending?.command === SESSION_SETUP ? pending.session : this.#sessions.of(sessionId, at, out);
    if (session === null || !this.#sessions.add(sessionId, session, at, out)) return;
    const token = sessionSetupToken(message.bytes, true);
    if (token !== null) this.#token(session, false, message, token, out);
    this.#security?.setUp(session, header, message);
  }

  #loggedOff(sessionId: bigint, at: Provenance, out: Out): void {
    const session = this.#sessions.get(sessionId);
    if (session !== null) this.#sealed.reportOf(session, at, out);
    this.#sessions.remove(sessionId);
  }

  #token(session: SmbSession, fromClient: boolean, message: SmbMessage, token: Span, out: Out): void {
    const end = token.start + token.length;
    const bytes = message.bytes.subarray(token.start, end);
    session.token({ fromClient, bytes, cut: message.bytes.length < end }, message.runs[0]!, out);
  }

  #treeConnected(
    header: Smb2Header,
    pending: Pending | null,
    bytes: Uint8Array,
    at: Provenance,
    out: Out,
  ): void {
    const type = shareType(bytes);
    const place = this.#placeOf(header);
    if (!this.#trees.has(place)) {
      if (!this.#hasRoom(this.#trees, at, out)) return;
      this.#connection.account.charge(TREE_COST);
    }
    this.#trees.set(place, {
      share: pending?.command === TREE_CONNECT ? pending.share : null,
      pipes: type === null ? null : type === SHARE_TYPE_PIPE,
    });
  }

  #created(header: Smb2Header, pipe: Pipe, bytes: Uint8Array, at: Provenance, out: Out): void {
    const fileId = header.status === STATUS_SUCCESS ? createdFileId(bytes) : null;
    if (fileId === null || !this.#hasRoom(this.#opens, at, out)) {
      this.#pipes.close(pipe, at, out);
      return;
    }
    const before = this.#opens.get(fileId);
    if (before !== undefined) this.#pipes.close(before, at, out);
    this.#opens.set(fileId, pipe);
    this.#last = pipe;
  }

  #closed(fileId: FileId, at: Provenance, out: Out): void {
    const pipe = this.#opens.get(fileId);
    if (pipe === undefined) return;
    this.#opens.delete(fileId);
    this.#pipes.close(pipe, at, out);
  }

  #forgetTree(place: string): void {
    if (this.#trees.delete(place)) this.#connection.account.charge(-TREE_COST);
  }

  /** The pipe with that handle, or the one of the message before. */
  #pipeOf(fileId: FileId): Pipe | null {
    return fileId === RELATED_FILE_ID ? this.#last : (this.#opens.get(fileId) ?? null);
  }

  /** A message on a share that is known to have no pipes. */
  #isDisk(header: Smb2Header): boolean {
    return this.#trees.get(this.#placeOf(header))?.pipes === false;
  }

  /** Where a message is: its session and share. One that is related to the message before says it anew. */
  #placeOf({ sessionId, treeId, related }: Smb2Header): string {
    if (related && treeId === 0xffffffff) return this.#lastTree;
    this.#lastTree = `${sessionId}/${treeId}`;
    return this.#lastTree;
  }

  #await({ messageId }: Smb2Header, pending: Pending, at: Provenance, out: Out): void {
    if (!this.#pending.has(messageId)) {
      if (!this.#hasRoom(this.#pending, at, out)) return;
      this.#connection.account.charge(PENDING_COST);
    }
    this.#pending.set(messageId, pending);
  }

  #answered(messageId: bigint): Pending | null {
    const pending = this.#pending.get(messageId);
    if (pending === undefined) return null;
    this.#pending.delete(messageId);
    this.#connection.account.charge(-PENDING_COST);
    return pending;
  }

  #hasRoom(among: ReadonlyMap<unknown, unknown>, at: Provenance, out: Out): boolean {
    if (among.size < MAX_STATE) return true;
    const message = `more than ${MAX_STATE} shares, files or requests are open on this SMB connection: further ones are not followed`;
    this.#connection.noteOnce({ severity: "warning", code: "smb-state-limit", message }, at, out);
    return false;
  }
}

/** A response with data: also where they are not all that the server has. */
function carriesData({ status }: Smb2Header): boolean {
  return status === STATUS_SUCCESS || status === STATUS_BUFFER_OVERFLOW;
}
