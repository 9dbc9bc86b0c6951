/**
 * A conversation in SMB 2 or 3: which session, share and pipe each message is of. Requests wait for their responses by MessageId,
 * however late and in whatever order these come; compounds name the handle of the message before. What was opened before the
 * capture is recognised by what it carries.
 */
import { dialectName } from "../../../dissectors/smb/algorithms.js";
import { HEADER_SIZES, kindOf } from "../../../dissectors/smb/framing.js";
import { pipeOf, shareOf } from "../../../dissectors/smb/names.js";
import {
  CLOSE,
  CREATE,
  carriesData,
  closedFileId,
  createdFileId,
  createName,
  type FileId,
  FSCTL_PIPE_TRANSCEIVE,
  IOCTL,
  ioctlRequest,
  ioctlResponse,
  LOGOFF,
  NEGOTIATE,
  negotiatedDialect,
  READ,
  RELATED_FILE_ID,
  readData,
  readFileId,
  readSmb2Header,
  SESSION_SETUP,
  SHARE_TYPE_PIPE,
  type Smb2Header,
  type Span,
  sessionSetupToken,
  shareType,
  smb2Size,
  TREE_CONNECT,
  TREE_DISCONNECT,
  treeConnectPath,
  WRITE,
  writeRequest,
} from "../../../dissectors/smb/smb2.js";
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from "../../../dissectors/smb/status.js";
import { type LoneSurrogates, loneText } from "../../../dissectors/wire/text.js";
import type { Out } from "../../rpc/output.js";
import type { GapProvenance, Provenance } from "../protocol.js";
import type { Dialogue, SmbConnection } from "./connection.js";
import { framesOf, type Run, type SmbMessage } from "./message.js";
import type { Pipe, Pipes } from "./pipes.js";
import { Related } from "./related.js";
import type { SealedMessages } from "./sealed.js";
import { MAX_VERIFIED, type SmbSecurity } from "./security.js";
import type { Sessions, SmbSession } from "./sessions.js";
import { type Pending, placeOf, Smb2State } from "./smb2-state.js";
import { type Asked, isDisk, onlyPipe, wantedOf } from "./smb2-wants.js";
import { Smb2Watch } from "./smb2-watch.js";

const HEADER = HEADER_SIZES.smb2;

/** A message that is being dealt with. */
interface Context {
  from: 0 | 1;
  /** With the ids that it means, where it takes them from the message before. */
  header: Smb2Header;
  message: SmbMessage;
  /** Its session and tree. */
  place: string;
  at: Provenance;
  out: Out;
}

export class Smb2Dialogue implements Dialogue {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  readonly #pipes: Pipes;
  readonly #sealed: SealedMessages;
  /** Null where no keys were given. */
  readonly #security: SmbSecurity | null;
  readonly #state: Smb2State;
  readonly #related = new Related();
  readonly #asked: Asked;
  /** Null where no export lists shares and files. */
  readonly #watch: Smb2Watch | null;
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
    this.#state = new Smb2State(connection, sessions, pipes);
    this.#asked = { state: this.#state, pipes };
    const { observer } = connection.tools;
    this.#watch = observer ? new Smb2Watch(connection, observer) : null;
  }

  wants(from: 0 | 1, head: Uint8Array, size: number): number {
    if (kindOf(head, 0) === "transform") return this.#sealed.wants(head, size);
    if (kindOf(head, 0) !== "smb2") return HEADER_SIZES.compression;
    if (this.#security !== null && size <= MAX_VERIFIED) return size;
    const header = this.#related.resolve(from, readSmb2Header(head));
    return Math.max(wantedOf(header, head, size, this.#asked), this.#watch?.wants(header, size) ?? 0);
  }

  take(from: 0 | 1, message: SmbMessage, out: Out): void {
    const kind = kindOf(message.bytes, 0);
    if (kind === "smb2") this.#message(from, message, out);
    else if (kind === "transform") {
      const plain = this.#sealed.open(from, message, out);
      if (plain !== null) this.#opened(from, message, plain, out);
    } else this.#compressed(message, out);
  }

  missed(from: 0 | 1, _at: GapProvenance): void {
    this.#related.forget(from);
  }

  giveUp(at: Provenance, out: Out): void {
    this.#sealed.report(at, out);
    this.#state.giveUp(at, out);
    this.#watch?.giveUp();
    for (const from of [0, 1] as const) this.#related.forget(from);
  }

  close(at: Provenance, out: Out): void {
    this.#sealed.report(at, out);
  }

  /** Messages that came in an encrypted one, all of which was there. */
  #opened(from: 0 | 1, sealed: SmbMessage, plain: Uint8Array, out: Out): void {
    const { runs, sequence } = sealed;
    const frames = framesOf(runs);
    this.#unsealed = true;
    this.#connection.tools.witness?.smbMessage(this.#connection.origin.flow.stream, from, sealed, plain);
    let rest = plain;
    while (rest.length >= HEADER && kindOf(rest, 0) === "smb2") {
      const size = smb2Size(rest, rest.length);
      const bytes = rest.subarray(0, size);
      // Ciphertext is as long as what it holds, and begins behind the header.
      const before = HEADER_SIZES.transform + plain.length - rest.length;
      const run: Run = { ...runs[0]!, frames, end: size, after: (sequence + before + size) | 0 };
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
    const header = this.#related.begin(from, readSmb2Header(message.bytes));
    if (!this.#unsealed) this.#security?.seen(from, header);
    // One that ends a session is the last of it.
    const session = this.#sessions.get(header.sessionId);
    const context: Context = { from, header, message, place: placeOf(header), at: message.runs[0]!, out };
    this.#watch?.message(header, message.bytes, context.at);
    if (header.response) this.#response(context);
    else this.#request(context);
    if (this.#unsealed || this.#security === null) return;
    const whose = session ?? this.#sessions.get(header.sessionId);
    if (whose !== null) this.#security.verify(whose, header, message, out);
  }

  #request(context: Context): void {
    const { from, header, message, place, at, out } = context;
    const { bytes } = message;
    switch (header.command) {
      case NEGOTIATE:
        this.#security?.negotiate(header, message);
        return;
      case SESSION_SETUP:
        this.#setUp(context);
        return;
      case TREE_CONNECT: {
        const path = treeConnectPath(bytes, this.#reporter("path of a share", at, out));
        const share = path === null ? null : shareOf(path);
        this.#state.await(header.messageId, { command: TREE_CONNECT, share }, at, out);
        return;
      }
      case CREATE: {
        const tree = this.#state.tree(place);
        if (tree?.pipes === false) return;
        const name = createName(bytes, this.#reporter("name of a pipe", at, out));
        const pipe = this.#pipes.open({
          name: name === null ? null : pipeOf(name),
          share: tree?.share ?? null,
          session: this.#sessions.get(header.sessionId),
          encrypted: this.#unsealed,
        });
        // Where the share is not known any file is a pipe that carries PDUs.
        pipe.doubtful = tree?.pipes !== true;
        this.#related.met(from, pipe);
        this.#state.await(header.messageId, { command: CREATE, pipe, place }, at, out);
        return;
      }
      case CLOSE: {
        const fileId = closedFileId(bytes);
        const pipe = fileId === null ? null : this.#pipeOf(from, fileId);
        if (pipe !== null) this.#state.await(header.messageId, { command: CLOSE, pipe }, at, out);
        return;
      }
      case READ: {
        if (isDisk(header, this.#asked)) return;
        const fileId = readFileId(bytes);
        if (fileId === null) return;
        const pipe = this.#pipeOf(from, fileId);
        this.#state.await(header.messageId, { command: READ, pipe, fileId, place }, at, out);
        return;
      }
      case WRITE: {
        if (isDisk(header, this.#asked)) return;
        const write = writeRequest(bytes);
        if (write !== null) this.#carried(write.fileId, place, write.data, context);
        return;
      }
      case IOCTL: {
        const ioctl = ioctlRequest(bytes);
        if (ioctl?.code !== FSCTL_PIPE_TRANSCEIVE) return;
        const { fileId, data } = ioctl;
        const pipe = this.#carried(fileId, place, data, context);
        this.#state.await(header.messageId, { command: IOCTL, pipe, fileId, place }, at, out);
      }
    }
  }

  #response(context: Context): void {
    const { header, message, place, at, out } = context;
    const { bytes } = message;
    const { command, status } = header;
    if (command === NEGOTIATE) {
      const dialect = status === STATUS_SUCCESS ? negotiatedDialect(bytes) : null;
      if (dialect !== null) this.#connection.dialect = dialectName(dialect) ?? this.#connection.dialect;
      this.#security?.negotiate(header, message);
      return;
    }
    if (status === STATUS_PENDING) return;
    const pending = this.#state.answered(header.messageId);
    switch (command) {
      case SESSION_SETUP:
        this.#setUpAnswered(pending, context);
        return;
      case LOGOFF:
        if (status === STATUS_SUCCESS) this.#loggedOff(header.sessionId, at, out);
        return;
      case TREE_CONNECT:
        if (status === STATUS_SUCCESS) this.#treeConnected(pending, context);
        return;
      case TREE_DISCONNECT:
        if (status === STATUS_SUCCESS) this.#state.disconnect(place, at, out);
        return;
      case CREATE:
        if (pending?.command === CREATE) this.#created(pending, context);
        return;
      case CLOSE:
        if (pending?.command === CLOSE && status === STATUS_SUCCESS) {
          this.#state.closePipe(pending.pipe, at, out);
        }
        return;
      case READ:
      case IOCTL: {
        if (!carriesData(header) || (pending !== null && pending.command !== command)) return;
        this.#answer(pending, context);
      }
    }
  }

  /** What was read from a pipe, or came back through it. */
  #answer(pending: Pending | null, context: Context): void {
    const { header, place } = context;
    const { bytes } = context.message;
    const ioctl = header.command === IOCTL ? ioctlResponse(bytes) : null;
    const data = header.command === READ ? readData(bytes) : (ioctl?.data ?? null);
    if (data === null) return;
    if (pending?.command === READ || pending?.command === IOCTL) {
      if (pending.pipe !== null) this.#data(pending.pipe, data, context);
      else this.#carried(pending.fileId, pending.place, data, context);
      return;
    }
    if (isDisk(header, this.#asked) || (ioctl !== null && ioctl.code !== FSCTL_PIPE_TRANSCEIVE)) return;
    // Its request was not captured; only a FSCTL's answer names the file.
    let fileId = ioctl?.fileId ?? null;
    if (fileId === null) {
      const only = onlyPipe(header, this.#asked);
      if (only === null && !this.#pipes.looksLikePdu(bytes, data)) return;
      fileId = (only ?? this.#state.onlyPipe())?.handle ?? `answers/${place}`;
    }
    this.#carried(fileId, place, data, context);
  }

  /** Bytes of a file; answers the pipe that it is, or null where it is none, or nobody knows. `place`: of its request. */
  #carried(fileId: FileId, place: string, data: Span, context: Context): Pipe | null {
    const pipe = this.#pipeOf(context.from, fileId) ?? this.#met(fileId, place, data, context);
    if (pipe === null) return null;
    this.#related.met(context.from, pipe);
    this.#data(pipe, data, context);
    return pipe;
  }

  #data(pipe: Pipe, data: Span, { from, header, message, out }: Context): void {
    const { start } = data;
    const length = Math.min(data.length, Math.max(0, message.size - start));
    if (length < data.length) this.#contradicts(data, message, out);
    if (header.response) pipe.more = header.status === STATUS_BUFFER_OVERFLOW;
    this.#pipes.data(pipe, from, message, header.messageId, { start, length }, out);
  }

  #contradicts({ start, length }: Span, { size, runs }: SmbMessage, out: Out): void {
    const message = `a message of ${size} bytes says that ${length} bytes of a pipe stand at its offset ${start}`;
    this.#connection.noteOnce({ severity: "warning", code: "smb-malformed", message }, runs[0]!, out);
  }

  /** A file whose opening was not captured is a pipe where it carries PDUs. */
  #met(fileId: FileId, place: string, data: Span, { header, message, at, out }: Context): Pipe | null {
    if (fileId === RELATED_FILE_ID || !this.#pipes.looksLikePdu(message.bytes, data)) return null;
    const pipe = this.#pipes.open({
      name: null,
      share: this.#state.tree(place)?.share ?? null,
      session: this.#sessions.get(header.sessionId),
      encrypted: this.#unsealed,
    });
    return this.#state.open(fileId, pipe, place, at, out) ? pipe : null;
  }

  #setUp(context: Context): void {
    const { header, message, at, out } = context;
    const token = sessionSetupToken(message.bytes, false);
    const session =
      (header.sessionId === 0n ? null : this.#sessions.get(header.sessionId)) ?? this.#sessions.begin();
    if (token !== null) this.#token(session, true, token, context);
    this.#security?.setUp(session, header, message);
    this.#state.await(header.messageId, { command: SESSION_SETUP, session }, at, out);
  }

  #setUpAnswered(pending: Pending | null, context: Context): void {
    const { header, message, at, out } = context;
    const { status, sessionId } = header;
    if (status !== STATUS_SUCCESS && status !== STATUS_MORE_PROCESSING_REQUIRED) {
      if (pending?.command === SESSION_SETUP) this.#sessions.failed(sessionId, pending.session);
      return;
    }
    const session =
      pending?.command === SESSION_SETUP ? pending.session : this.#sessions.of(sessionId, at, out);
    if (session === null || !this.#sessions.add(sessionId, session, at, out)) return;
    if (status === STATUS_SUCCESS) session.established = true;
    const token = sessionSetupToken(message.bytes, true);
    if (token !== null) this.#token(session, false, token, context);
    this.#security?.setUp(session, header, message);
  }

  #loggedOff(sessionId: bigint, at: Provenance, out: Out): void {
    const session = this.#sessions.get(sessionId);
    if (session !== null) this.#sealed.reportOf(session, at, out);
    this.#state.logOff(sessionId, at, out);
  }

  #token(session: SmbSession, fromClient: boolean, token: Span, { message, at, out }: Context): void {
    const end = token.start + token.length;
    const bytes = message.bytes.subarray(token.start, end);
    session.token({ fromClient, bytes, cut: message.bytes.length < end }, at, out);
  }

  #treeConnected(pending: Pending | null, { header, message: { bytes }, at, out }: Context): void {
    const type = shareType(bytes);
    const share = pending?.command === TREE_CONNECT ? pending.share : null;
    const pipes = type === null ? null : type === SHARE_TYPE_PIPE;
    this.#state.connect(header, { share, pipes }, at, out);
  }

  #created(
    { pipe, place }: Extract<Pending, { command: typeof CREATE }>,
    { from, header, message: { bytes }, at, out }: Context,
  ): void {
    const fileId = header.status === STATUS_SUCCESS ? createdFileId(bytes) : null;
    if (fileId === null) this.#pipes.close(pipe, at, out);
    else if (this.#state.open(fileId, pipe, place, at, out)) this.#related.met(from, pipe);
  }

  /** The pipe with that handle, or the one of the message before. */
  #pipeOf(from: 0 | 1, fileId: FileId): Pipe | null {
    return fileId === RELATED_FILE_ID ? this.#related.pipe(from) : this.#state.pipe(fileId);
  }

  /** Takes lone surrogates of a text. */
  #reporter(what: string, at: Provenance, out: Out): LoneSurrogates {
    return (units) => {
      const message = `${what}: ${loneText(units)}`;
      this.#connection.note({ severity: "warning", code: "text-lone-surrogate", message }, at, out);
    };
  }
}
