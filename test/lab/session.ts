/**
 * A client's session in SMB 3 and the named pipes in it, said message by message on a connection of a conversation: [MS-SMB2]
 * 3.2 and 3.3, [MS-RPCE] 2.1.1.2. Every message is signed, or every one behind the session setup encrypted.
 *
 * Not handled: credits, several connections of one session, reconnection.
 */

import { Association } from "./association.js";
import { concat } from "./bytes.js";
import type { Cast } from "./cast.js";
import type { Carrier, Connection, Conversation, Part, SaidCall, SaidPdu, Side } from "./conversation.js";
import type { InterfaceName } from "./dcom.js";
import { authenticate, fileTime } from "./ntlm.js";
import * as smb from "./smb2.js";
import { negotiate3, negotiated311, Preauth, Smb3Session } from "./smb3.js";
import { mechTypes, negTokenInit, negTokenResp } from "./spnego.js";

export interface SessionOptions {
  dialect: 0x0300 | 0x0311;
  cipher: number;
  sealed: boolean;
  sessionId: bigint;
}

/** A message, and what of its last bytes belongs to PDUs. */
export interface Message {
  bytes: Uint8Array;
  carries?: Carried;
}

/** Bytes of a pipe with the PDUs that they are of. */
interface Carried {
  bytes: Uint8Array;
  pieces: { said: SaidPdu; size: number }[];
}

const PORT = 445;
/** What a session message puts in front. */
const LENGTH = 4;

export class SmbSession {
  readonly talk: Conversation;
  readonly cast: Cast;
  readonly connection: number;
  readonly options: SessionOptions;
  #keys: Smb3Session | null = null;
  #messageId = 0n;
  #trees = 0;
  #files = 0;
  #async = 0n;

  constructor(talk: Conversation, cast: Cast, options: SessionOptions) {
    this.talk = talk;
    this.cast = cast;
    this.options = options;
    const client = { address: cast.expert.address, port: cast.expert.nextPort++ };
    this.connection = talk.connect(client, { address: cast.novice.address, port: PORT });
  }

  /** The head of the next request; its response has the same. */
  head(treeId = 0, more: Partial<smb.Head> = {}): smb.Head {
    return { messageId: this.#messageId++, sessionId: this.options.sessionId, treeId, ...more };
  }

  /** A number for an answer that comes later. */
  nextAsync(): bigint {
    return ++this.#async;
  }

  /** Says messages, several as a compound: signed or sealed once there are keys. */
  say(from: Side, ...messages: Message[]): void {
    const laid = messages.map(({ bytes }, i) => {
      if (i === messages.length - 1) return bytes;
      const padded = concat(bytes, new Uint8Array((8 - (bytes.length % 8)) % 8));
      new DataView(padded.buffer).setUint32(20, padded.length, true);
      return padded;
    });
    const sealed = this.#keys !== null && this.options.sealed;
    if (sealed) {
      const whole = smb.packet(this.#keys!.seal(from, ...laid));
      const inside = messages.flatMap(({ carries }) => carries?.pieces ?? []);
      const parts = inside.map(({ said }) => ({ said, at: 0, size: whole.length }));
      this.talk.sayAround(this.connection, from, whole, parts);
      return;
    }
    const parts: Part[] = [];
    let at = LENGTH;
    messages.forEach(({ bytes, carries }, i) => {
      let place = at + bytes.length - (carries?.bytes.length ?? 0);
      for (const { said, size } of carries?.pieces ?? []) {
        parts.push({ said, at: place, size });
        place += size;
      }
      at += laid[i]!.length;
    });
    const signed = this.#keys === null ? laid : laid.map((message) => this.#keys!.sign(message));
    this.talk.sayAround(this.connection, from, smb.packet(...signed), parts);
  }

  /** A request and its answer, neither of which carries anything. */
  exchange(asked: Uint8Array, answered: Uint8Array): void {
    this.say("client", { bytes: asked });
    this.say("server", { bytes: answered });
  }

  /** Negotiation and session setup: SPNEGO with NTLMSSP, whose last answer is signed. */
  begin(): this {
    const { dialect, cipher, sessionId, sealed } = this.options;
    const { talk, cast } = this;
    const { random } = talk;
    const hash = new Preauth();
    const said = (from: Side, bytes: Uint8Array): void => {
      hash.add(bytes);
      this.say(from, { bytes });
    };
    const first = { messageId: this.#messageId++ };
    said("client", negotiate3(first, random, dialect));
    const chosen = dialect === 0x0311 ? negotiated311(first, cipher) : smb.negotiated(first, dialect);
    said("server", chosen);
    const exchange = authenticate({
      account: cast.expert.account,
      server: cast.novice.server,
      seed: {
        serverChallenge: random.bytes(8),
        clientChallenge: random.bytes(8),
        sessionKey: random.bytes(16),
        timestamp: fileTime(talk.now),
      },
      seal: false,
      clientVersion: cast.expert.version,
      serverVersion: cast.novice.version,
      spn: `cifs/${cast.novice.name}`,
    });
    const list = mechTypes(false);
    const one = { messageId: this.#messageId++ };
    said("client", smb.sessionSetup(one, negTokenInit(list, exchange.negotiate)));
    const asked = negTokenResp({ state: 1, supportedMech: true, responseToken: exchange.challenge });
    const more = { ...one, sessionId, status: smb.STATUS.MORE_PROCESSING_REQUIRED };
    said("server", smb.sessionSet(more, asked));
    const two = { messageId: this.#messageId++, sessionId };
    said("client", smb.sessionSetup(two, negTokenResp({ responseToken: exchange.authenticate })));
    const sessionKey = exchange.exportedSessionKey;
    const keys = new Smb3Session({ dialect, cipher, sessionId, sessionKey, preauth: hash.value });
    const set = smb.sessionSet(two, negTokenResp({ state: 0 }), sealed);
    this.talk.sayAround(this.connection, "server", smb.packet(keys.sign(set)), []);
    this.#keys = keys;
    return this;
  }

  /** A share of the server; its tree. `kind`: 1 disk, 2 pipe. */
  tree(share: string, kind: 1 | 2): number {
    const head = this.head();
    const treeId = ++this.#trees;
    const asked = smb.treeConnect(head, `\\\\${this.cast.novice.name}\\${share}`);
    this.exchange(asked, smb.treeConnected({ ...head, treeId }, kind));
    return treeId;
  }

  file(): Uint8Array {
    return smb.fileId(0x40000 + ++this.#files, 0x80000 + this.#files);
  }

  /** Opens a file or a pipe. */
  open(name: string, treeId: number): Uint8Array {
    const head = this.head(treeId);
    const file = this.file();
    this.exchange(smb.create(head, name), smb.created(head, file));
    return file;
  }

  close(file: Uint8Array, treeId: number): void {
    const head = this.head(treeId);
    this.exchange(smb.close(head, file), smb.closed(head));
  }

  end(): void {
    const head = this.head();
    this.exchange(smb.logoff(head), smb.loggedOff(head));
    this.talk.close(this.connection);
  }
}

/** A named pipe: takes what its association says, and brings it over in messages of SMB. */
export class Pipe implements Carrier {
  readonly connections: readonly Connection[];
  readonly calls: SaidCall[];
  readonly association: Association;
  readonly name: string;
  readonly #session: SmbSession;
  readonly #treeId: number;
  readonly #said: { readonly [side in Side]: { bytes: Uint8Array; said: SaidPdu }[] } = {
    client: [],
    server: [],
  };
  #file: Uint8Array | null = null;

  constructor(session: SmbSession, treeId: number, name: string) {
    this.name = name;
    const { talk, connection, options } = session;
    this.#session = session;
    this.#treeId = treeId;
    this.connections = talk.connections;
    this.calls = talk.calls;
    this.association = new Association(this, connection, "", {
      maxFragment: 4280,
      account: session.cast.expert.account,
      secondary: `\\PIPE\\${name}`,
      transport: { protseq: "ncacn_np", endpoint: `\\pipe\\${name}` },
      hidden: options.sealed,
    });
  }

  get random(): Conversation["random"] {
    return this.#session.talk.random;
  }

  get now(): bigint {
    return this.#session.talk.now;
  }

  say(_connection: number, from: Side, bytes: Uint8Array, pdus: SaidPdu[] = []): void {
    this.#said[from].push({ bytes, said: pdus[0]! });
  }

  /** What one side said since it was asked last. */
  #take(from: Side): Carried {
    const all = this.#said[from].splice(0);
    const pieces = all.map(({ bytes, said }) => ({ said, size: bytes.length }));
    return { bytes: concat(...all.map(({ bytes }) => bytes)), pieces };
  }

  /** Opens the pipe, unless a compound did. */
  open(): this {
    this.#file = this.#session.open(this.name, this.#treeId);
    return this;
  }

  /**
   * CREATE and the WRITE of the bind in one compound; the answer is asked for by a READ that first says that it takes a
   * while.
   */
  openWithBind(name: InterfaceName): this {
    const session = this.#session;
    this.#bind(name);
    const file = session.file();
    const open = session.head(this.#treeId);
    const bind = session.head(this.#treeId);
    const asked = this.#take("client");
    session.say(
      "client",
      { bytes: smb.create(open, this.name) },
      { bytes: smb.write({ ...bind, related: true }, smb.RELATED, asked.bytes), carries: asked },
    );
    session.say(
      "server",
      { bytes: smb.created(open, file) },
      { bytes: smb.written({ ...bind, related: true }, asked.bytes.length) },
    );
    this.#file = file;
    this.#readLater();
    return this;
  }

  #bind(name: InterfaceName): void {
    this.association.bind([{ interface: name, propose: ["ndr"], accept: "ndr" }], null, null);
  }

  /** The bind by a WRITE and a READ, as clients of Windows say it. */
  bind(name: InterfaceName): this {
    this.#bind(name);
    this.#write();
    this.#read();
    return this;
  }

  /** What `speak` makes the association say: the request in FSCTL_PIPE_TRANSCEIVE, the answer in its response. */
  transceive(speak: (association: Association) => void, room = 4280): this {
    speak(this.association);
    const session = this.#session;
    const file = this.#file!;
    const head = session.head(this.#treeId);
    const asked = this.#take("client");
    session.say("client", { bytes: smb.transceive(head, file, asked.bytes, room), carries: asked });
    const [first, ...rest] = split(this.#take("server"), room);
    const status = rest.length > 0 ? smb.STATUS.BUFFER_OVERFLOW : smb.STATUS.SUCCESS;
    const answer = { bytes: smb.transceived({ ...head, status }, file, first!.bytes), carries: first };
    session.say("server", answer);
    for (const [i, part] of rest.entries()) this.#readOne(part, i < rest.length - 1);
    return this;
  }

  /** The same in WRITE and READ; `later`: the READ waits. */
  writeAndRead(speak: (association: Association) => void, later = false): this {
    speak(this.association);
    this.#write();
    if (later) this.#readLater();
    else this.#read();
    return this;
  }

  #write(): void {
    const head = this.#session.head(this.#treeId);
    const asked = this.#take("client");
    const bytes = smb.write(head, this.#file!, asked.bytes);
    this.#session.say("client", { bytes, carries: asked });
    this.#session.say("server", { bytes: smb.written(head, asked.bytes.length) });
  }

  #read(): void {
    this.#readOne(this.#take("server"), false);
  }

  #readOne(answered: Carried, more: boolean): void {
    const head = this.#session.head(this.#treeId);
    const status = more ? smb.STATUS.BUFFER_OVERFLOW : smb.STATUS.SUCCESS;
    this.#session.say("client", { bytes: smb.read(head, this.#file!) });
    const bytes = smb.wasRead({ ...head, status }, answered.bytes);
    this.#session.say("server", { bytes, carries: answered });
  }

  #readLater(): void {
    const session = this.#session;
    const head = session.head(this.#treeId);
    const asyncId = session.nextAsync();
    session.say("client", { bytes: smb.read(head, this.#file!) });
    const pending = smb.failed(smb.SMB2.READ, { ...head, asyncId, status: smb.STATUS.PENDING });
    session.say("server", { bytes: pending });
    session.talk.wait(35);
    const answered = this.#take("server");
    session.say("server", { bytes: smb.wasRead({ ...head, asyncId }, answered.bytes), carries: answered });
  }

  close(): void {
    this.#session.close(this.#file!, this.#treeId);
  }
}

/** In pieces of `room` bytes. */
function split({ bytes, pieces }: Carried, room: number): Carried[] {
  const parts: Carried[] = [];
  const left = pieces.map((piece) => ({ ...piece }));
  for (let at = 0; at < bytes.length; at += room) {
    const part = bytes.slice(at, at + room);
    const own: Carried["pieces"] = [];
    for (let rest = part.length; rest > 0; ) {
      const piece = left[0]!;
      const size = Math.min(rest, piece.size);
      own.push({ said: piece.said, size });
      piece.size -= size;
      rest -= size;
      if (piece.size === 0) left.shift();
    }
    parts.push({ bytes: part, pieces: own });
  }
  return parts;
}
