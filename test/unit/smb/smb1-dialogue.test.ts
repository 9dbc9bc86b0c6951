/** What pipes get of a connection in SMB 1, whoever sends what in which order; and what hostile traffic does not bring about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { concat, utf16le } from "../../lab/bytes.js";
import * as lab from "../../lab/smb1.js";
import { authenticate, challenge, negotiate } from "../../support/ntlmssp/build.js";
import { like, Talk } from "../../support/smb/talk.js";

const IPC = 0x0801;
const DISK = 0x0802;
const UID = 0x64;

const NOTHING = new Uint8Array(0);

/** Says SMB1 messages; `mid` counts requests, and an answer has its request's. */
class Smb1Talk extends Talk {
  mid = 0;
  uid = UID;
  tid = IPC;

  ask(...parts: lab.Smb1Part[]): this {
    this.mid++;
    return this.ask2({}, ...parts);
  }

  /** With the mid of the last. */
  ask2(head: lab.Smb1Head, ...parts: lab.Smb1Part[]): this {
    return this.say(
      0,
      lab.session(lab.message({ uid: this.uid, tid: this.tid, mid: this.mid, ...head }, ...parts)),
    );
  }

  answer(head: lab.Smb1Head, ...parts: lab.Smb1Part[]): this {
    const all = { uid: this.uid, tid: this.tid, mid: this.mid, ...head, reply: true };
    return this.say(1, lab.session(lab.message(all, ...parts)));
  }

  /** Up to where pipes can be opened, as `helga`. */
  begin(): this {
    const how = { challenge: new Uint8Array(8), domain: "CONTOSO" };
    this.ask2({ unicode: false, uid: 0, tid: 0 }, lab.negotiate("LANMAN1.0", "NT LM 0.12"));
    this.answer({ uid: 0, tid: 0 }, lab.negotiated(1, how));
    const nt = new Uint8Array(24);
    this.mid++;
    this.ask2({ uid: 0, tid: 0 }, lab.logOn("helga", "CONTOSO", nt, nt), lab.connectTree("\\\\SRV\\IPC$"));
    return this.answer({}, lab.loggedOn(), lab.treeConnected());
  }

  open(fid: number, name: string): this {
    return this.ask(lab.ntCreate(`\\${name}`)).answer({}, lab.ntCreated(fid));
  }
}

test("a pipe with all that is known of it: name, share, dialect, user", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  said.ask(lab.writeAndx(1, like("bind"))).answer({}, lab.writtenAndx(28));
  said.ask(lab.readAndx(1)).answer({}, lab.readAndxData(like("ack")));
  said
    .ask(lab.transact(1, { bytes: like("request") }))
    .answer({}, lab.transacted({ bytes: like("response") }));
  said.ask(lab.close(1)).answer({}, lab.empty(0x04));
  assert.deepEqual(said.log, [
    "samr > bind @3",
    "samr < ack @4",
    "samr > request @5",
    "samr < response @5",
    "samr close",
  ]);
  const [pipe] = said.pipes;
  assert.deepEqual(pipe!.transport, {
    protseq: "ncacn_np",
    endpoint: "\\pipe\\samr",
    smb: {
      dialect: "1.0",
      share: "IPC$",
      session_user: "helga",
      session_domain: "CONTOSO",
      encrypted: false,
    },
  });
  assert.deepEqual([pipe!.auth?.user, pipe!.auth?.source, pipe!.begins], ["helga", "smb_session", true]);
  assert.deepEqual(said.end().notes, []);
});

test("old commands carry the same: OPEN, READ, WRITE, WRITE_AND_CLOSE, the first tree connect", () => {
  const said = new Smb1Talk().begin();
  said.tid = 0;
  said.mid++;
  said.ask2({ unicode: false }, lab.connectTreeOld("\\\\SRV\\IPC$")).answer({}, lab.treeConnectedOld(9));
  said.tid = 9;
  said.mid++;
  said.ask2({ unicode: false }, lab.open("\\PIPE\\browser")).answer({}, lab.opened(5));
  said.ask(lab.write(5, like("a"))).answer({}, lab.written(25));
  said.ask(lab.read(5)).answer({}, lab.readData(like("b")));
  said.ask(lab.writeAndClose(5, like("c"))).answer({}, lab.written(25, 0x2c));
  assert.deepEqual(said.log, ["browser > a @4", "browser < b @5", "browser > c @6", "browser close"]);
});

test("the handshake of extended security goes on in the session that the server gave", () => {
  const said = new Smb1Talk();
  const flags = 0xe2888215;
  said
    .ask2({ unicode: false, uid: 0 }, lab.negotiate("NT LM 0.12"))
    .answer({ uid: 0 }, lab.negotiated(0, { blob: NOTHING }));
  said.mid++;
  said.ask2({ uid: 0 }, lab.logOnExtended(negotiate(flags, "", "")));
  const more = challenge(flags, new Uint8Array(8), utf16le("CONTOSO"), Uint8Array.of(0, 0, 0, 0));
  said.answer({ status: 0xc0000016 }, lab.loggedOn(more));
  const user = { user: utf16le("otto"), domain: utf16le("FABRIKAM"), nt: new Uint8Array(24), flags };
  said.ask(lab.logOnExtended(authenticate(user))).answer({}, lab.loggedOn(NOTHING));
  said.ask(lab.connectTree("\\\\SRV\\IPC$")).answer({}, lab.treeConnected());
  said.open(1, "lsarpc").ask(lab.transact(1, { bytes: like("x") }));
  const { smb } = said.pipes[0]!.transport;
  assert.deepEqual([smb!.session_user, smb!.session_domain], ["otto", "FABRIKAM"]);
  assert.deepEqual(said.end().notes, []);
});

test("several sessions, trees and pipes at once, answered in any order", () => {
  const said = new Smb1Talk().begin();
  const nt = new Uint8Array(24);
  said.ask(lab.logOn("otto", "FABRIKAM", nt, nt)).answer({ uid: 0x65 }, lab.loggedOn());
  said.open(1, "samr");
  said.uid = 0x65;
  said.open(2, "svcctl");
  const [one, two] = [said.mid + 1, said.mid + 2];
  said.ask(lab.transact(1, { bytes: like("one") })).ask(lab.transact(2, { bytes: like("two") }));
  said.answer({ mid: two }, lab.transacted({ bytes: like("TWO") }));
  said.answer({ mid: one }, lab.transacted({ bytes: like("ONE") }));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["samr > one", "svcctl > two", "svcctl < TWO", "samr < ONE"],
  );
  assert.deepEqual(
    said.pipes.map(({ transport }) => transport.smb?.session_user),
    ["helga", "otto"],
  );
});

test("requests of several processes have the same multiplex id", () => {
  const said = new Smb1Talk().begin().open(1, "samr").open(2, "svcctl");
  said.ask2({ pid: 0x10007 }, lab.readAndx(1)).ask2({ pid: 7 }, lab.readAndx(2));
  said
    .answer({ pid: 0x10007 }, lab.readAndxData(like("one")))
    .answer({ pid: 7 }, lab.readAndxData(like("two")));
  assert.deepEqual(said.log, ["samr < one @3", "svcctl < two @3"]);
});

test("a response with more data goes on with reads", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const whole = like("a long response");
  said.ask(lab.transact(1, { bytes: like("?") }));
  said.answer({ status: 0x80000005 }, lab.transacted({ bytes: whole.subarray(0, 30) }));
  said.ask(lab.readAndx(1)).answer({}, lab.readAndxData(whole.subarray(30)));
  assert.deepEqual(said.log, ["samr > ? @3", "samr < a long @3", "samr <  response @4"]);
});

test("transactions in several messages, interim answer included", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const asked = like("one two three");
  said
    .ask(lab.transact(1, { bytes: asked.subarray(0, 28), total: asked.length }))
    .answer({}, lab.empty(0x25));
  for (const [from, to] of [
    [28, 32],
    [32, asked.length],
  ] as const)
    said.ask2(
      {},
      lab.transactionSecondary({ bytes: asked.subarray(from, to), total: asked.length, before: from }),
    );
  const answered = like("four five");
  const total = answered.length;
  said.answer({}, lab.transacted({ bytes: answered.subarray(0, 29), total }));
  said.answer({}, lab.transacted({ bytes: answered.subarray(29), total, before: 29 }));
  assert.deepEqual(said.log, [
    "samr > one  @3",
    "samr > two  @3",
    "samr > three @3",
    "samr < four  @3",
    "samr < five @3",
  ]);
  // It is over: one with the same number is another one.
  said.answer({}, lab.transacted({ bytes: like("again") }));
  assert.equal(said.log.length, 5);
});

test("parts of a transaction that come too early wait, and those that come twice are taken once", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const bytes = like("one two three");
  const part = (from: number, to: number): lab.Smb1Part =>
    lab.transacted({ bytes: bytes.subarray(from, to), total: bytes.length, before: from });
  said.ask(lab.transact(1, { bytes: like("?") }));
  said
    .answer({}, part(32, bytes.length))
    .answer({}, part(0, 28))
    .answer({}, part(24, 30))
    .answer({}, part(28, 32));
  assert.deepEqual(
    said.log.slice(1).map((line) => line.replace(/ @.*/, "")),
    ["samr < one ", "samr < tw", "samr < o ", "samr < three"],
  );
  said.answer({}, lab.transacted({ bytes: like("again") }));
  assert.equal(said.log.length, 5);
});

test("what is missing of a transaction is a gap once its end is known", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const bytes = like("one two three");
  const part = (from: number, to: number): lab.Smb1Part =>
    lab.transacted({ bytes: bytes.subarray(from, to), total: bytes.length, before: from });
  said
    .ask(lab.transact(1, { bytes: like("?") }))
    .answer({}, part(0, 28))
    .answer({}, part(32, bytes.length));
  said.end();
  assert.deepEqual(said.log.slice(1), [
    "samr < one  @3",
    "samr < gap 4 limit",
    "samr < three @3",
    "samr close",
  ]);
});

test("CallNmPipe opens a pipe for one exchange", () => {
  const said = new Smb1Talk().begin();
  said.ask(lab.transaction([0x54, 0], { bytes: like("ping") }, "\\PIPE\\epmapper"));
  said.answer({}, lab.transacted({ bytes: like("pong") }));
  assert.deepEqual(said.log, ["epmapper > ping @2", "epmapper < pong @2", "epmapper close"]);
});

test("a chain: open and read in one message, write and read in another", () => {
  const said = new Smb1Talk().begin();
  said.ask(lab.openAndx("\\PIPE\\samr"), lab.readAndx(0xffff));
  said.answer({}, lab.openedAndx(3), lab.readAndxData(like("hello")));
  said.ask(lab.writeAndx(3, like("ask")), lab.readAndx(3));
  said.answer({ status: 0x80000005 }, lab.writtenAndx(27), lab.readAndxData(like("told")));
  assert.deepEqual(said.log, ["samr < hello @2", "samr > ask @3", "samr < told @3"]);
});

test("files on disks and mailslots are nothing", () => {
  const said = new Smb1Talk().begin();
  said.ask2({ tid: 0, mid: 90 }, lab.connectTree("\\\\SRV\\share"));
  said.answer({ tid: DISK, mid: 90 }, lab.treeConnected("A:"));
  said.tid = DISK;
  said.ask(lab.ntCreate("\\big.bin")).answer({}, lab.ntCreated(1, 0));
  said.ask(lab.writeAndx(1, like("no pipe"))).answer({}, lab.writtenAndx(31));
  said.ask(lab.readAndx(1)).answer({}, lab.readAndxData(like("neither")));
  said.ask(lab.transaction([1, 0], { bytes: like("browse") }, "\\MAILSLOT\\BROWSE"));
  said.ask(lab.transaction([], { bytes: like("rap") }, "\\PIPE\\LANMAN"));
  assert.deepEqual([said.log, said.pipes, said.end().notes], [[], [], []]);
});

test("failures open nothing and carry nothing", () => {
  const said = new Smb1Talk().begin();
  said.ask(lab.ntCreate("\\samr")).answer({ status: 0xc0000022 }, lab.empty(0xa2));
  said.open(1, "lsarpc");
  said.ask(lab.readAndx(1)).answer({ status: 0xc000014b }, lab.empty(0x2e));
  said.ask(lab.readAndx(1)).answer({ status: 0x00050001, dos: true }, lab.empty(0x2e));
  assert.deepEqual([said.log, said.end().notes], [[], []]);
});

test("a FID that was closed is another file", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  said.ask(lab.transact(1, { bytes: like("x") })).answer({}, lab.transacted({ bytes: like("y") }));
  said.ask(lab.close(1)).answer({}, lab.empty(0x04)).open(1, "svcctl");
  said.ask(lab.transact(1, { bytes: like("z") }));
  // A close that was not captured does as well.
  said.open(1, "winreg").ask(lab.transact(1, { bytes: like("w") }));
  // The share is gone, and the pipe with it.
  said.ask(lab.disconnectTree()).answer({}, lab.empty(0x71));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["samr > x", "samr < y", "samr close", "svcctl > z", "svcctl close", "winreg > w", "winreg close"],
  );
});

test("in the middle of a connection pipes are recognised by what they carry", () => {
  const said = new Smb1Talk({ midstream: true });
  said
    .ask(lab.writeAndx(1, like("found")))
    .ask(lab.readAndx(1))
    .answer({}, lab.readAndxData(like("too")));
  said.ask(lab.readAndx(2)).answer({}, lab.readAndxData(like("read first")));
  said.ask(lab.transact(3, { bytes: like("certain") }));
  said.ask(lab.writeAndx(4, new Uint8Array(400).fill(65)));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["? > found", "? < too", "? < read first", "? > certain"],
  );
  assert.deepEqual(
    said.pipes.map(({ begins, auth, transport }) => [
      begins,
      auth,
      transport.smb!.dialect,
      transport.smb!.share,
    ]),
    Array.from({ length: 3 }, () => [false, null, null, null]),
  );
  assert.deepEqual(said.end().notes, ["smb-pipe-unnamed"]);
});

test("segments cut messages anywhere", () => {
  class Cut extends Smb1Talk {
    size = 1;
    override say(from: 0 | 1, bytes: Uint8Array): this {
      return super.say(from, bytes, this.size);
    }
  }
  for (const size of [1, 3, 40, 61]) {
    const said = new Cut();
    said.size = size;
    said.begin().open(1, "samr");
    said.ask(lab.transact(1, { bytes: like("?") })).answer({}, lab.transacted({ bytes: like("!") }));
    assert.equal(said.pipes[0]!.transport.smb!.session_user, "helga");
    assert.equal(said.got(0), "?");
    assert.equal(said.got(1), "!");
  }
});

test("a pipe whose bytes are no PDUs is not pursued, nor are its messages kept", () => {
  const said = new Smb1Talk({ refuses: true }).begin().open(1, "mypipe");
  said
    .ask(lab.writeAndx(1, like("x")))
    .ask(lab.writeAndx(1, like("y")))
    .ask(lab.readAndx(1));
  said.answer({}, lab.readAndxData(like("z")));
  assert.deepEqual(said.log, ["mypipe > x @3"]);
});

test("a sender that contradicts itself is noted once, and costs its message alone", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const long = lab.message({ uid: UID, tid: IPC, mid: 50 }, lab.transact(1, { bytes: like("cut") }));
  // DataCount reaches beyond the message.
  long.set([0xff, 0xff], 33 + 22);
  said.say(0, lab.session(long)).say(0, lab.session(long));
  const loop = lab.message({ uid: UID, tid: IPC, mid: 51 }, lab.ntCreate("\\lsarpc"), lab.readAndx(1));
  loop.set([32, 0], 35);
  said.say(0, lab.session(loop));
  said.ask(lab.writeAndx(1, like("whole")));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["samr > cut", "samr > cut", "samr > whole"],
  );
  assert.deepEqual(said.end().notes, ["smb-malformed"]);
});

test("raw reads of a pipe are named", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const raw: lab.Smb1Part = { ...lab.read(1), command: 0x1a };
  assert.deepEqual(said.ask(raw).end().notes, ["smb-raw-mode"]);
});

test("a guest is no one that the server knows, which is told where pipes are opened", () => {
  const said = new Smb1Talk().begin();
  const nt = new Uint8Array(24);
  said.ask(lab.logOn("otto", "FABRIKAM", nt, nt)).answer({ uid: 0x65 }, lab.loggedOn(null, true));
  said.open(1, "samr");
  assert.deepEqual(said.notes, []);
  said.uid = 0x65;
  said.open(2, "samr");
  assert.deepEqual(said.end().notes, ["smb-guest"]);
});

test("requests without an answer are bounded, and the latest are kept", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  for (let i = 0; i < 5000; i++) said.ask2({ mid: i + 10, pid: i }, lab.readAndx(1));
  said.answer({ mid: 10, pid: 0 }, lab.readAndxData(like("forgotten")));
  said.answer({ mid: 5009, pid: 4999 }, lab.readAndxData(like("kept")));
  assert.deepEqual(said.log, ["samr < kept @5009"]);
  assert.deepEqual(said.end().notes, ["smb-request-limit"]);
});

test("files and trees are bounded", () => {
  const said = new Smb1Talk().begin();
  for (let i = 1; i < 5000; i++) said.open(i, `p${i}`);
  for (let i = 1; i < 5000; i++)
    said.ask(lab.connectTree("\\\\SRV\\IPC$")).answer({ tid: 0x1000 + i }, lab.treeConnected());
  said.ask(lab.transact(1, { bytes: like("first") })).ask(lab.transact(4999, { bytes: like("too many") }));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["p1 > first"],
  );
  assert.deepEqual(said.end().notes, ["smb-state-limit"]);
});

test("secondaries without end are held within limits, and what is held is charged", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const smb = budget.kind("SMB connections", 1);
  const said = new Smb1Talk({ smb }).begin().open(1, "samr");
  const before = budget.held;
  said.ask(lab.transact(1, { bytes: like("?"), total: 60_000 }));
  const piece = new Uint8Array(1000).fill(0x2e);
  for (let i = 0; i < 60; i++)
    said.ask2({}, lab.transactionSecondary({ bytes: piece, total: 60_000, before: 1000 + 900 * i }));
  assert.ok(budget.held - before > 60 * 1000, `${budget.held - before} bytes`);
  for (let i = 0; i < 200; i++)
    said.ask2({}, lab.transactionSecondary({ bytes: piece, total: 60_000, before: 58_000 }));
  assert.ok(budget.held - before < 100_000, `${budget.held - before} bytes`);
  assert.deepEqual(said.end().notes, ["smb-transaction-limit"]);
  assert.equal(budget.held, 0);
});

test("memory that is given up: the connection goes on as in its middle", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  said.ask(lab.transact(1, { bytes: like("x") }));
  said.stream.giveUp();
  said.ask(lab.transact(1, { bytes: like("y") }));
  assert.deepEqual(
    said.log.map((line) => line.replace(/ @.*/, "")),
    ["samr > x", "samr close", "? > y"],
  );
});

test("two messages in one segment, and a message with a keep-alive before it", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const one = lab.session(lab.message({ uid: UID, tid: IPC, mid: 70 }, lab.writeAndx(1, like("one"))));
  const two = lab.session(lab.message({ uid: UID, tid: IPC, mid: 71 }, lab.writeAndx(1, like("two"))));
  said.say(0, concat(one, Uint8Array.of(0x85, 0, 0, 0), two));
  assert.deepEqual(said.log, ["samr > one @70", "samr > two @71"]);
});

test("a gap: pipes are told when they are met again, and what follows is found", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  said.ask(lab.writeAndx(1, like("one")));
  said.gap(0, 500).ask(lab.writeAndx(1, like("two")));
  assert.deepEqual(said.log, ["samr > one @3", "samr > gap 0 lost", "samr > two @4"]);
});

test("an answer whose request was not captured is of the only pipe, or of nobody knows which", () => {
  const said = new Smb1Talk().begin().open(1, "samr");
  const request = lab.session(lab.message({ uid: UID, tid: IPC, mid: 60 }, lab.readAndx(1)));
  const stray = (text: string) => said.answer({ mid: 60 }, lab.readAndxData(like(text)));
  stray("nothing is missing so far, and this answers nothing");
  said.gap(0, request.length);
  stray("the only one");
  said.open(2, "svcctl");
  said.ask(lab.readAndx(1)).answer({}, lab.readAndxData(like("known")));
  stray("of one of the two, which are told when they are met again");
  said.ask(lab.readAndx(1)).answer({}, lab.readAndxData(like("next")));
  assert.deepEqual(said.log, [
    "samr < the only one @60",
    "samr < known @4",
    "samr < gap 0 lost",
    "samr < next @5",
  ]);
});

test("of answers alone, all of one share are taken together where their pipes were not opened in sight", () => {
  const said = new Smb1Talk({ midstream: true });
  said.answer({ mid: 5 }, lab.readAndxData(like("one")));
  said.answer({ mid: 6 }, lab.transacted({ bytes: like("two") }));
  said.answer({ mid: 7 }, lab.transacted({ bytes: new Uint8Array(400).fill(65) }));
  assert.equal(said.got(1).replaceAll("A", ""), "one|two");
  assert.equal(said.pipes.length, 1);
  assert.deepEqual(said.end().notes, ["smb-pipe-unnamed"]);
});

test("session, share and transaction in one message", () => {
  const said = new Smb1Talk();
  const nt = new Uint8Array(24);
  const parts = [lab.logOn("helga", "CONTOSO", nt, nt), lab.connectTree("\\\\SRV\\IPC$")];
  said.ask2({ uid: 0, tid: 0 }, ...parts, lab.transaction([0x54, 0], { bytes: like("ping") }, "\\PIPE\\x"));
  said.answer({}, lab.loggedOn(), lab.treeConnected(), lab.transacted({ bytes: like("pong") }));
  said.open(1, "samr").ask(lab.transact(1, { bytes: like("next") }));
  assert.deepEqual(said.log, ["x > ping @0", "x < pong @0", "x close", "samr > next @2"]);
  assert.equal(said.pipes[1]!.transport.smb!.session_user, "helga");
});
