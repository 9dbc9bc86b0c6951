/** Captures that fill what is kept of SMB connections and of the pipes in them. Each grows with `n` and with nothing else. */
import { concat } from "../../lab/bytes.js";
import * as smb1 from "../../lab/smb1.js";
import * as smb2 from "../../lab/smb2.js";
import { bind, bindAck, guid, request, Talk, type Tape } from "./wire.js";

type Bytes = Uint8Array<ArrayBufferLike>;

const TREE = 1;
const SESSION = 7n;
const SAMR = guid("12345778-1234-abcd-ef00-0123456789ac");
const PART = request(2, 0, 3, Buffer.alloc(59_000, 7)).subarray(0, 50_000);

/** A connection in SMB 2 with a share of pipes. */
class Smb2 {
  readonly #talk: Talk;
  #messageId = 10n;
  #files = 0;

  constructor(tape: Tape, index: number) {
    this.#talk = new Talk(tape, index, 445).open();
  }

  connected(): this {
    const head = this.head(0);
    this.say(0, smb2.treeConnect(head, "\\\\srv\\IPC$"));
    return this.say(1, smb2.treeConnected({ ...head, treeId: TREE }, 2));
  }

  head(treeId = TREE, sessionId = SESSION): smb2.Head {
    return { messageId: this.#messageId++, sessionId, treeId };
  }

  say(side: 0 | 1, ...messages: Bytes[]): this {
    this.#talk.say(side, Buffer.from(smb2.packet(...messages)));
    return this;
  }

  cut(side: 0 | 1, message: Bytes, size: number): void {
    this.#talk.say(side, Buffer.from(smb2.packet(message)).subarray(0, size));
  }

  open(name: string): Bytes {
    const head = this.head();
    const file = smb2.fileId(++this.#files, 1);
    this.say(0, smb2.create(head, name)).say(1, smb2.created(head, file));
    return file;
  }

  write(file: Bytes, bytes: Bytes): this {
    const head = this.head();
    return this.say(0, smb2.write(head, file, bytes)).say(1, smb2.written(head, bytes.length));
  }

  bound(name: string): Bytes {
    const file = this.open(name);
    const head = this.head();
    this.say(0, smb2.transceive(head, file, bind(1, [{ id: 0, uuid: SAMR }])));
    this.say(1, smb2.transceived(head, file, bindAck(1, 1)));
    return file;
  }
}

/** One of `count` things after the other, on another connection every so often. */
function* onMany(
  n: number,
  tape: Tape,
  each: number,
  what: (connection: Smb2, i: number) => void,
): Iterable<void> {
  let connection = new Smb2(tape, 0);
  for (let i = 0; i < n; i++) {
    if (i % each === 0) connection = new Smb2(tape, i / each).connected();
    yield void what(connection, i);
  }
}

const longName = (i: number): string => `${i}-${"n".repeat(1000)}`;

/** Sessions, each with a token of its own. */
const smbLogons = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 3000, (c, i) => {
    const head = { ...c.head(), sessionId: BigInt(100 + i) };
    c.say(
      0,
      smb2.sessionSetup(head, concat(Buffer.from("NTLMSSP\0\x01\0\0\0"), new Uint8Array(1500).fill(i))),
    );
    c.say(1, smb2.sessionSet(head, new Uint8Array(0)));
  });

const smbTrees = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 3000, (c, i) => {
    const head = c.head(100 + i);
    c.say(0, smb2.treeConnect(head, `\\\\srv\\${longName(i)}`)).say(1, smb2.treeConnected(head, 2));
  });

const smbOpens = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 3000, (c, i) => void c.open(longName(i)));

/** Requests that nobody answers. */
const smbPending = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 3000, (c, i) => {
    if (i % 2 === 0) c.say(0, smb2.create(c.head(), longName(i)));
    else c.say(0, smb2.treeConnect(c.head(), longName(i)));
  });

/** PDUs that are never whole, each in a pipe of its own. */
const smbPartialPdus = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 100, (c, i) => void c.write(c.bound(`p${i}`), PART));

/** Pipes of one small PDU, all left open. */
const smbTinyPipes = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 1000, (c, i) => void c.bound(`p${i}`));

/** The same, each closed. */
const smbShortPipes = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 1000, (c, i) => {
    const file = c.bound(`p${i}`);
    const head = c.head();
    c.say(0, smb2.close(head, file)).say(1, smb2.closed(head));
  });

/** Compounds of a hundred messages to open pipes, none answered. */
const smbCompounds = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 30, (c, i) => {
    c.say(0, ...Array.from({ length: 100 }, (_, k) => smb2.create(c.head(), longName(100 * i + k))));
  });

/** Encrypted messages, each of another session. */
const smbSealed = (n: number, tape: Tape): Iterable<void> =>
  onMany(
    n,
    tape,
    3000,
    (c, i) => void c.say(0, smb2.transform(BigInt(1000 + i), new Uint8Array(300).fill(i))),
  );

/** Sessions set up in SMB 3.1.1, and what is encrypted in each: keys are asked for all of them. */
const smbSealedSessions = (n: number, tape: Tape): Iterable<void> =>
  onMany(n, tape, 1000, (c, i) => {
    const head = { ...c.head(), sessionId: BigInt(100 + i) };
    c.say(
      0,
      smb2.sessionSetup(head, concat(Buffer.from("NTLMSSP\0\x01\0\0\0"), new Uint8Array(100).fill(i))),
    );
    c.say(1, smb2.sessionSet(head, new Uint8Array(0)));
    c.say(0, smb2.transform(BigInt(100 + i), new Uint8Array(300).fill(i)));
  });

/** Messages that never end, each on a connection of its own. */
function* smbUnfinished(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const c = new Smb2(tape, i).connected();
    const file = c.open("samr");
    yield void c.cut(0, smb2.write(c.head(), file, new Uint8Array(900_000)), 200_000);
  }
}

/** Sessions and their ends, of which the connection has many shares. */
function* smbLogoffs(n: number, tape: Tape): Iterable<void> {
  const c = new Smb2(tape, 0);
  for (let i = 0; i < 4000; i++) {
    const head = c.head(i);
    c.say(0, smb2.treeConnect(head, "\\\\s\\x")).say(1, smb2.treeConnected(head, 2));
  }
  for (let i = 0; i < n; i++) {
    const head = { ...c.head(), sessionId: BigInt(1000 + i) };
    yield void c.say(1, smb2.failed(smb2.SMB2.LOGOFF, head));
  }
}

/** A connection in SMB 1 with a share of pipes. */
class Smb1 {
  readonly #talk: Talk;

  constructor(tape: Tape, index: number) {
    this.#talk = new Talk(tape, index, 445).open();
  }

  connected(): this {
    this.say(0, { tid: 0 }, smb1.connectTree("\\\\SRV\\IPC$"));
    return this.say(1, { tid: 5 }, smb1.treeConnected());
  }

  say(side: 0 | 1, head: smb1.Smb1Head, ...parts: smb1.Smb1Part[]): this {
    const all = { tid: 5, uid: 9, reply: side === 1, ...head };
    this.#talk.say(side, Buffer.from(smb1.session(smb1.message(all, ...parts))));
    return this;
  }
}

function* onManySmb1(
  n: number,
  tape: Tape,
  each: number,
  what: (connection: Smb1, i: number) => void,
): Iterable<void> {
  let connection = new Smb1(tape, 0);
  for (let i = 0; i < n; i++) {
    if (i % each === 0) connection = new Smb1(tape, i / each).connected();
    yield void what(connection, i);
  }
}

const smb1Fids = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 3000, (c, i) => {
    c.say(0, { mid: i & 0xffff }, smb1.ntCreate(longName(i)));
    c.say(1, { mid: i & 0xffff }, smb1.ntCreated(i & 0xffff));
  });

/** Sessions of users with long names. */
const smb1Uids = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 3000, (c, i) => {
    const mid = i & 0xffff;
    const name = `${i}${"u".repeat(15_000)}`;
    c.say(0, { mid, uid: 0 }, smb1.logOn(name, "d".repeat(15_000), new Uint8Array(24), new Uint8Array(24)));
    c.say(1, { mid, uid: 1 + (i % 60_000) }, smb1.loggedOn());
  });

/** Requests with long names, and lists of dialects, that nobody answers. */
const smb1Pending = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 3000, (c, i) => {
    const mid = i & 0xffff;
    if (i % 3 === 0) c.say(0, { mid }, smb1.ntCreate("n".repeat(30_000)));
    else if (i % 3 === 1) c.say(0, { mid }, smb1.connectTree(`\\\\S\\${"t".repeat(30_000)}`));
    else c.say(0, { mid }, smb1.negotiate(...Array.from({ length: 10_000 }, (_, k) => `D${k}`)));
  });

/** Transactions whose data come in the wrong order, and never all. */
const smb1Transactions = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 1000, (c, i) => {
    const mid = i & 0xffff;
    c.say(0, { mid }, smb1.transact(3, { bytes: PART.subarray(0, 100), total: 60_000 }));
    for (let k = 0; k < 8; k++) {
      const piece = { bytes: PART.subarray(0, 4000), total: 60_000, before: 2000 + 5000 * k };
      c.say(0, { mid }, smb1.transactionSecondary(piece));
    }
  });

/** A transaction whose data come a byte a message, the last first. */
function* smb1Displaced(n: number, tape: Tape): Iterable<void> {
  const c = new Smb1(tape, 0).connected();
  c.say(0, { mid: 7 }, smb1.transact(3, { bytes: PART.subarray(0, 1), total: 60_000 }));
  for (let i = 0; i < n; i++) {
    const before = 59_999 - ((7 * i) % 59_000);
    const piece = { bytes: PART.subarray(0, 1), total: 60_000, before };
    yield void c.say(0, { mid: 7 }, smb1.transactionSecondary(piece));
  }
}

/** Chains of commands in one message, none answered. */
const smb1Chains = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 1000, (c, i) => {
    const parts = Array.from({ length: 300 }, (_, k) => smb1.ntCreate(`${i}-${k}-${"c".repeat(50)}`));
    c.say(0, { mid: i & 0xffff }, ...parts);
  });

/** Shares with long names. */
const smb1Trees = (n: number, tape: Tape): Iterable<void> =>
  onManySmb1(n, tape, 3000, (c, i) => {
    const mid = i & 0xffff;
    c.say(0, { mid }, smb1.connectTree(`\\\\S\\${i}${"t".repeat(15_000)}`));
    c.say(1, { mid, tid: 10 + (i % 60_000) }, smb1.treeConnected());
  });

export const SMB_SHAPES = {
  smbLogons,
  smbTrees,
  smbOpens,
  smbPending,
  smbPartialPdus,
  smbTinyPipes,
  smbShortPipes,
  smbCompounds,
  smbSealed,
  smbSealedSessions,
  smbUnfinished,
  smbLogoffs,
  smb1Fids,
  smb1Uids,
  smb1Trees,
  smb1Pending,
  smb1Transactions,
  smb1Displaced,
  smb1Chains,
};
