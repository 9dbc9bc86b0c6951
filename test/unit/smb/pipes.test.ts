/** DCE/RPC in the named pipes of SMB 2: which pipe, share and user a call is of, however its messages come. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { concat } from "../../lab/bytes.js";
import * as smb from "../../lab/smb2.js";
import { bind, bindAck, fault, request, response } from "../../support/rpc/wire.js";
import { DISK, IPC, SESSION, type Seen, SmbConnection, USER, UUID } from "../../support/smb/connection.js";

const STUB = new Uint8Array(40).fill(0x5a);
const LONG = new Uint8Array(9000).map((_, i) => i % 251);

/** The head of a message that is related to the one before. */
const related = (of: smb.Head, messageId: bigint): smb.Head => ({ ...of, messageId, related: true });

test("a pipe's calls have its name, share, session and dialect", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("srvsvc");
  talk.write(file, request(2, STUB, { opnum: 15 })).read(file, response(2, STUB));
  talk.transceive(file, request(3, STUB, { opnum: 16 }), fault(3, 0x1c010002));
  const seen = talk.close(file).seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\srvsvc 2 15 unknown", "\\pipe\\srvsvc 3 16 fault"]);
  const [call] = seen.calls;
  assert.deepEqual(call!.transport, {
    protseq: "ncacn_np",
    endpoint: "\\pipe\\srvsvc",
    smb: {
      dialect: "3.1.1",
      share: "IPC$",
      session_user: USER.user,
      session_domain: "LAB",
      encrypted: false,
    },
  });
  const { user, domain, workstation, source, type, mechanism, level } = call!.auth;
  assert.deepEqual({ user, domain, workstation }, { user: USER.user, domain: "LAB", workstation: "DESK-3" });
  assert.deepEqual([source, type, mechanism, level], ["smb_session", "spnego", "ntlmssp", "none"]);
  assert.equal(call!.interface.uuid, UUID);
  assert.equal(seen.associations.length, 1);
  assert.equal(seen.associations[0]!.auth.ntlm?.nt_response_kind, "ntlmv2");
  assert.equal(seen.associations[0]!.auth.source, "smb_session");
  assert.deepEqual(seen.codes, []);
  assert.equal(seen.summary.traffic.rpc_streams, 1);
  assert.equal(seen.summary.traffic.smb_streams, 0);
});

test("ids are made of the SMB message that carried the request's first byte", () => {
  const talk = new SmbConnection().begin({ user: null });
  const file = talk.open("lsarpc");
  talk.write(file, bind(1, UUID)).read(file, bindAck(1));
  const head = talk.head();
  const asked = smb.write(head, file, request(2, STUB));
  talk.say(0, asked);
  const { specs } = talk.wire;
  const { seq } = specs.at(-1)!;
  talk.say(1, smb.written(head, 64)).read(file, response(2, STUB));
  const seen = talk.seen();
  const { community_id, ts, id } = seen.calls[0]!;
  const nanoseconds = BigInt(Date.parse(ts)) * 1_000_000n;
  // The session header of four bytes goes before.
  const fields = ["call", community_id, nanoseconds, 2, 0, `${seq + 4}:${head.messageId}`];
  assert.equal(id, createHash("sha256").update(fields.join("\0")).digest("hex").slice(0, 32));
});

test("pipes of one connection that are open at once are told apart by both halves of their handles", () => {
  const talk = new SmbConnection().begin();
  const files = ["samr", "samr", "lsarpc"].map((name) => talk.open(name));
  const other = smb.fileId(8, 1);
  const head = talk.head();
  talk.say(0, smb.create(head, "\\winreg")).say(1, smb.created(head, other));
  files.push(other);
  for (const file of files) talk.write(file, bind(1, UUID));
  for (const file of files) talk.read(file, bindAck(1));
  // The same call ids everywhere, answered in the other order.
  files.forEach((file, i) => {
    talk.write(file, request(2, STUB, { opnum: 4 + i }));
  });
  files.toReversed().forEach((file, i) => {
    talk.read(file, i === 0 ? fault(2, 5) : response(2, STUB));
  });
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), [
    "\\pipe\\samr 2 4 unknown",
    "\\pipe\\samr 2 5 unknown",
    "\\pipe\\lsarpc 2 6 unknown",
    "\\pipe\\winreg 2 7 fault",
  ]);
  assert.equal(seen.associations.length, 4);
  assert.equal(new Set([...seen.calls, ...seen.associations].map(({ id }) => id)).size, 8);
  assert.equal(seen.summary.traffic.rpc_streams, 1);
});

test("responses come in parts, to reads that were sent before or behind", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("spoolss");
  const pdu = response(2, LONG);
  const head = talk.head();
  talk.say(0, smb.transceive(head, file, request(2, STUB)));
  talk.say(1, smb.transceived({ ...head, status: smb.STATUS.BUFFER_OVERFLOW }, file, pdu.subarray(0, 1000)));
  talk.read(file, pdu.subarray(1000, 5000)).read(file, pdu.subarray(5000));
  // A request in two writes.
  const asked = request(3, LONG);
  talk.write(file, asked.subarray(0, 10)).write(file, asked.subarray(10)).read(file, response(3));
  const seen = talk.seen();
  assert.deepEqual(
    seen.calls.map(({ stub, wire }) => [stub.request, stub.response, wire.response?.bytes]),
    [
      ["unknown", "unknown", 9000],
      ["unknown", "unknown", 0],
    ],
  );
  assert.deepEqual(seen.codes, []);
});

test("frames are those that carried the bytes, message by message", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("spoolss");
  const before = talk.wire.specs.length;
  talk.write(file, request(2, LONG));
  talk.read(file, response(2, STUB));
  const [call] = talk.seen().calls;
  const segments = Math.ceil((9000 + 24 + 112 + 4) / 1460);
  const frames = Array.from({ length: segments }, (_, i) => before + 1 + i);
  assert.deepEqual(call!.frames.request, frames);
  assert.deepEqual(call!.frames.response, [before + segments + 3]);
});

test("a compound opens, asks, reads and closes in one message", () => {
  const talk = new SmbConnection().begin();
  const one = talk.head();
  const [two, three, four] = [talk.head(), talk.head(), talk.head()].map((h) => related(one, h.messageId));
  talk.say(
    0,
    smb.create(one, "netlogon"),
    smb.write(two!, smb.RELATED, bind(1, UUID)),
    smb.read(three!, smb.RELATED),
    smb.transceive(four!, smb.RELATED, request(2, STUB, { opnum: 9 })),
  );
  const file = smb.fileId(1, 99);
  talk.say(
    1,
    smb.created(one, file),
    smb.written(two!, 72),
    smb.wasRead(three!, bindAck(1)),
    smb.transceived(four!, file, response(2, STUB)),
  );
  talk.transceive(file, request(3, STUB, { opnum: 10 }), response(3, STUB)).close(file);
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\netlogon 2 9 unknown", "\\pipe\\netlogon 3 10 unknown"]);
  assert.equal(seen.calls[0]!.interface.uuid, UUID);
});

test("an open that failed leaves nothing, and its compound neither", () => {
  const talk = new SmbConnection().begin();
  const one = talk.head();
  const two = related(one, talk.head().messageId);
  talk.say(0, smb.create(one, "nothing"), smb.close(two, smb.RELATED));
  const gone = { ...one, status: smb.STATUS.OBJECT_NAME_NOT_FOUND };
  talk.say(1, smb.failed(5, gone), smb.failed(6, { ...gone, messageId: two.messageId }));
  const seen = talk.seen();
  assert.deepEqual([seen.calls.length, seen.associations.length, seen.codes.length], [0, 0, 0]);
});

test("answers that are long in coming are announced, and find their request by MessageId", () => {
  const talk = new SmbConnection().begin();
  const [a, b] = [talk.bound("eventlog"), talk.bound("eventlog")] as [Uint8Array, Uint8Array];
  const [one, two] = [talk.head(), talk.head()];
  talk.say(0, smb.read(one, a)).say(0, smb.read(two, b));
  const pending = (head: smb.Head, asyncId: bigint): smb.Head => ({ ...head, asyncId });
  talk.say(1, smb.failed(8, { ...pending(one, 5n), status: smb.STATUS.PENDING }));
  talk.say(1, smb.failed(8, { ...pending(two, 6n), status: smb.STATUS.PENDING }));
  talk.write(b, request(2, STUB, { opnum: 21 })).write(a, request(2, STUB, { opnum: 22 }));
  talk.say(1, smb.wasRead(pending(two, 6n), response(2, STUB)));
  talk.say(1, smb.wasRead(pending(one, 5n), fault(2, 5)));
  // One that is cancelled brings nothing.
  const three = talk.head();
  talk.say(0, smb.read(three, a));
  talk.say(1, smb.failed(8, { ...pending(three, 7n), status: smb.STATUS.CANCELLED }));
  assert.deepEqual(talk.seen().lines(), ["\\pipe\\eventlog 2 21 unknown", "\\pipe\\eventlog 2 22 fault"]);
});

test("several sessions and shares on a connection: each pipe has its own user", () => {
  const talk = new SmbConnection().begin();
  const olga = { ...USER, user: "olga.other", domain: "OTHER" };
  const second = 0x77n;
  talk.logOn(olga, second).connect(IPC, "\\\\srv-9\\IPC$", 2, second);
  const mine = talk.bound("samr");
  const head: smb.Head = { ...talk.head(), sessionId: second };
  const theirs = smb.fileId(3, 3);
  talk.say(0, smb.create(head, "lsarpc")).say(1, smb.created(head, theirs));
  const next = (): smb.Head => ({ ...talk.head(), sessionId: second });
  const [w, r] = [next(), next()];
  talk.say(0, smb.write(w, theirs, bind(1, UUID))).say(1, smb.written(w, 72));
  talk.say(0, smb.read(r, theirs)).say(1, smb.wasRead(r, bindAck(1)));
  const t = next();
  talk.say(0, smb.transceive(t, theirs, request(2))).say(1, smb.transceived(t, theirs, response(2)));
  talk.transceive(mine, request(2), response(2));
  assert.deepEqual(
    talk.seen().calls.map(({ transport, auth }) => [transport.smb?.session_user, auth.domain]),
    [
      ["olga.other", "OTHER"],
      [USER.user, "LAB"],
    ],
  );
});

test("what is in files is no DCE/RPC, and a pipe with something else is not pursued", () => {
  const talk = new SmbConnection().begin();
  const file = talk.open("trace.bin", DISK);
  talk.write(file, concat(bind(1, UUID), request(2)), DISK).read(file, response(2), DISK);
  const stdin = talk.open("PSEXESVC-DESK-3-512-stdin");
  talk.write(stdin, new Uint8Array(3000).fill(0x41)).read(stdin, bindAck(1));
  talk.write(stdin, bind(1, UUID)).close(stdin);
  const seen = talk.seen();
  assert.deepEqual([seen.calls.length, seen.associations.length, seen.codes.length], [0, 0, 0]);
  assert.equal(seen.summary.traffic.rpc_streams, 0);
});

test("a capture that begins in the middle: pipes are recognised by what they carry", () => {
  const talk = new SmbConnection();
  const [a, b] = [smb.fileId(5, 1), smb.fileId(5, 2)];
  const file = smb.fileId(5, 3);
  talk.transceive(a, request(7, STUB, { opnum: 3 }), response(7, STUB));
  talk.read(file, new Uint8Array(5000).fill(0x33)).write(file, new Uint8Array(5000).fill(0x44));
  talk.write(b, request(7, STUB, { opnum: 4 })).read(b, response(7, STUB));
  talk.transceive(a, request(8, STUB, { opnum: 5 }), response(8, STUB));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\? 7 3 unknown", "\\pipe\\? 7 4 unknown", "\\pipe\\? 8 5 unknown"]);
  assert.equal(seen.associations.length, 2);
  assert.deepEqual(seen.codes, ["smb-pipe-unnamed"]);
  const { dialect, share, session_user } = seen.calls[0]!.transport.smb!;
  assert.deepEqual([dialect, share, session_user], [null, null, null]);
  assert.equal(seen.calls[0]!.auth.source, null);
});

test("answers whose requests were not captured are the only pipe's of which more was announced", () => {
  const talk = new SmbConnection();
  const file = smb.fileId(5, 1);
  const pdu = response(7, LONG);
  const overflow = { ...talk.head(), status: smb.STATUS.BUFFER_OVERFLOW };
  talk.say(1, smb.transceived(overflow, file, pdu.subarray(0, 4000)));
  talk.say(1, smb.wasRead({ ...talk.head(), status: overflow.status }, pdu.subarray(4000, 8000)));
  talk.say(1, smb.wasRead(talk.head(), pdu.subarray(8000)));
  // Nothing more is to come of it.
  talk.say(1, smb.wasRead(talk.head(), new Uint8Array(3000).fill(0x41)));
  talk.transceive(file, request(8, STUB), response(8, STUB));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\? 7 null no_request", "\\pipe\\? 8 4 unknown"]);
  assert.equal(seen.calls[0]!.wire.response?.bytes, 9000);
  assert.deepEqual(seen.codes, ["smb-pipe-unnamed"]);
});

test("a capture that begins behind the tree connect: an opened file is a pipe that carries PDUs first", () => {
  const talk = new SmbConnection();
  const [pipe, file] = [talk.open("samr"), talk.open("notes.txt")] as [Uint8Array, Uint8Array];
  talk.write(file, new Uint8Array(3000).fill(0x41)).write(file, bind(1, UUID)).read(file, bindAck(1));
  talk.write(pipe, bind(1, UUID)).read(pipe, bindAck(1)).transceive(pipe, request(2, STUB), response(2));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\samr 2 4 unknown"]);
  assert.deepEqual([seen.associations.length, seen.codes.length], [1, 0]);
  assert.equal(seen.calls[0]!.transport.smb!.share, null);
});

test("bytes of a file that are missing cost the pipes nothing", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("samr");
  const disk = talk.open("image.iso", DISK);
  const head = talk.head(DISK);
  talk.say(0, smb.read(head, disk));
  const packet = smb.packet(smb.wasRead(head, new Uint8Array(60_000)));
  talk.wire.say(1, packet.subarray(0, 20_000)).lose(1, 20_000).say(1, packet.subarray(40_000));
  talk.transceive(file, request(2, STUB), response(2, STUB));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\samr 2 4 unknown"]);
  assert.deepEqual(
    seen.codes.filter((code) => code === "stream-gap"),
    [],
  );
});

test("where messages are missing the next one is found, and pipes know that they may have lost something", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("samr");
  talk.transceive(file, request(2, STUB), response(2, STUB));
  talk.wire.lose(0, 333).lose(1, 333);
  talk.transceive(file, request(9, STUB, { opnum: 8 }), response(9, STUB));
  // The middle of a long answer.
  const head = talk.head();
  talk.say(0, smb.transceive(head, file, request(10, STUB, { opnum: 9 })));
  const packet = smb.packet(smb.transceived(head, file, response(10, LONG)));
  talk.wire.say(1, packet.subarray(0, 3000)).lose(1, 3000).say(1, packet.subarray(6000));
  talk.transceive(file, request(11, STUB, { opnum: 10 }), response(11, STUB));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), [
    "\\pipe\\samr 2 4 unknown",
    "\\pipe\\samr 9 8 unknown",
    "\\pipe\\samr 10 9 unknown",
    "\\pipe\\samr 11 10 unknown",
  ]);
  assert.equal(seen.calls[2]!.stub.response, "incomplete");
  assert.ok(seen.codes.includes("stream-gap"));
  assert.ok(seen.notes.every(({ message }) => !message.startsWith("0 bytes")));
});

test("over NetBIOS: a session is asked for first, and packets of the service come between", () => {
  const talk = new SmbConnection();
  talk.wire.handshake().say(0, smb.sessionRequest()).say(1, smb.POSITIVE_RESPONSE);
  talk.connect(IPC, "\\\\SRV-9\\ipc$", 2);
  const file = talk.bound("browser");
  talk.wire.say(0, smb.KEEP_ALIVE).say(1, smb.KEEP_ALIVE);
  talk.transceive(file, request(2, STUB), response(2, STUB));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\browser 2 4 unknown"]);
  assert.equal(seen.calls[0]!.transport.smb!.share, "ipc$");
});

test("however the bytes are cut into segments, the calls are the same", () => {
  const story = (segment: number): SmbConnection => {
    const talk = new SmbConnection();
    talk.segment = segment;
    talk.begin();
    const [a, b] = [talk.bound("samr"), talk.bound("lsarpc")] as [Uint8Array, Uint8Array];
    const disk = talk.open("image.iso", DISK);
    talk.read(disk, LONG, DISK).write(disk, LONG, DISK);
    talk.transceive(a, request(2, STUB), response(2, LONG));
    talk.wire.say(0, smb.KEEP_ALIVE);
    talk.write(b, request(2, LONG)).read(b, fault(2, 5));
    return talk;
  };
  // When its last byte came depends on the segments.
  const timeless = (side: object | null): unknown => side && { ...side, last_ts: null };
  const strip = ({ calls }: Seen): unknown[] =>
    calls.map(({ transport, call_id, opnum, status, wire, stub, auth }) => ({
      transport,
      call_id,
      opnum,
      status,
      wire: { request: timeless(wire.request), response: timeless(wire.response) },
      stub,
      auth,
    }));
  const whole = strip(story(65536).seen());
  assert.equal(whole.length, 2);
  for (const segment of [1, 2, 3, 5, 7, 63, 64, 65, 68, 116, 117, 1000]) {
    assert.deepEqual(strip(story(segment).seen()), whole, `${segment} bytes a segment`);
  }
});

test("messages that are not read are counted and named", () => {
  const talk = new SmbConnection().begin();
  for (let i = 0; i < 3; i++) talk.say(0, smb.transform(SESSION, new Uint8Array(200).fill(0x77)));
  talk.say(1, smb.compressed(4000, new Uint8Array(100).fill(0x11)));
  talk.say(1, smb.compressed(4000, new Uint8Array(100).fill(0x11)));
  const seen = talk.seen();
  assert.deepEqual(seen.codes.sort(), ["smb-compressed", "smb-encrypted"]);
  const note = seen.notes.find(({ code }) => code === "smb-encrypted")!;
  assert.match(note.message, /^3 .*LAB\\ivan\.incident/);
  assert.match(note.message, /password or NT hash/);
  assert.equal(seen.summary.traffic.smb_streams, 1);
});

test("a share that is gone takes its pipes with it, and a session its user", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("samr");
  talk.transceive(file, request(2, STUB), response(2, STUB));
  const head = talk.head();
  talk.say(0, smb.treeDisconnect(head)).say(1, smb.treeDisconnect({ ...head, response: true }));
  talk.connect(IPC, "\\\\srv-9\\other", 1);
  const disk = talk.open("file", IPC);
  talk.write(disk, bind(1, UUID)).read(disk, bindAck(1));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\samr 2 4 unknown"]);
  assert.equal(seen.associations.length, 1);
});
