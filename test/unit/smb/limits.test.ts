/** What SMB 2 connections may keep, and that time grows with their bytes only, whatever these say. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryBudget } from "../../../src/budget.js";
import { MAX_STATE } from "../../../src/protocols/smb/connection.js";
import { MAX_MESSAGE } from "../../../src/protocols/smb/message-reader.js";
import { concat } from "../../lab/bytes.js";
import * as smb from "../../lab/smb2.js";
import { assertLinear } from "../../support/growth.js";
import { bind, bindAck, request, response } from "../../support/rpc/wire.js";
import { DISK, SmbConnection, UUID } from "../../support/smb/connection.js";
import { like, Talk } from "../../support/smb/talk.js";

const TREE = { messageId: 1n, sessionId: 5n, treeId: 1 };

/** A connection with a share of pipes. */
function connected(options: ConstructorParameters<typeof Talk>[0] = {}): Talk {
  const talk = new Talk(options);
  talk.say(0, smb.packet(smb.treeConnect({ ...TREE, treeId: 0 }, "\\\\srv\\IPC$")));
  return talk.say(1, smb.packet(smb.treeConnected(TREE, 2)));
}

function opened(talk: Talk, i: number): Uint8Array {
  const head = { ...TREE, messageId: BigInt(10 + i) };
  const file = smb.fileId(i, 1);
  talk.say(0, smb.packet(smb.create(head, `pipe${i}`))).say(1, smb.packet(smb.created(head, file)));
  return file;
}

test("files and requests that nobody answers have limits, which are told", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const talk = connected({ smb: budget.kind("SMB") });
  for (let i = 0; i < MAX_STATE; i++) opened(talk, i);
  const held = budget.held;
  assert.deepEqual(talk.notes, []);
  for (let i = 0; i < 100; i++) opened(talk, MAX_STATE + i);
  assert.deepEqual(talk.notes, ["smb-state-limit"]);
  assert.equal(budget.held, held);
  for (let i = 0; i < 2 * MAX_STATE; i++) {
    talk.say(0, smb.packet(smb.create({ ...TREE, messageId: BigInt(1_000_000 + i) }, "x")));
  }
  assert.ok(budget.held < 3 * held, String(budget.held));
  talk.end();
  assert.equal(budget.held, 0);
});

test("requests with one number replace each other, and leave nothing", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const talk = connected({ smb: budget.kind("SMB") });
  const head = { ...TREE, messageId: 9n };
  talk.say(0, smb.packet(smb.create(head, "samr")));
  const { held } = budget;
  const token = new Uint8Array(5000).fill(0x60);
  for (let i = 0; i < 50; i++) talk.say(0, smb.packet(smb.sessionSetup({ messageId: 9n }, token)));
  for (let i = 0; i < 50; i++) talk.say(0, smb.packet(smb.create(head, "samr")));
  assert.equal(budget.held, held);
});

test("setups that fail leave no sessions", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const talk = connected({ smb: budget.kind("SMB") });
  const { held } = budget;
  for (let i = 0; i < 50; i++) {
    const head = { messageId: BigInt(2 * i) };
    const given = { ...head, sessionId: BigInt(100 + i) };
    const token = new Uint8Array(300).fill(0x60);
    talk.say(0, smb.packet(smb.sessionSetup(head, token)));
    const more = { ...given, status: smb.STATUS.MORE_PROCESSING_REQUIRED };
    talk.say(1, smb.packet(smb.sessionSet(more, token)));
    talk.say(0, smb.packet(smb.sessionSetup(given, token)));
    talk.say(1, smb.packet(smb.failed(1, { ...given, status: 0xc000006d })));
  }
  assert.equal(budget.held, held);
});

test("memory is short: what is open is forgotten, and the pipes are met as in the middle of a capture", () => {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const talk = connected({ smb: budget.kind("SMB") });
  const file = opened(talk, 0);
  const say = (text: string, id: bigint): unknown =>
    talk.say(0, smb.packet(smb.write({ ...TREE, messageId: id }, file, like(text))));
  say("one", 20n);
  talk.stream.giveUp();
  say("two", 21n);
  talk.end();
  assert.deepEqual(talk.log, ["pipe0 > one @20", "pipe0 close", "? > two @21", "? close"]);
  assert.equal(budget.held, 0);
});

test("one message of a pipe is read up to its limit, and what is beyond is missing", () => {
  const talk = new SmbConnection().begin();
  talk.segment = 60_000;
  const file = talk.bound("spoolss");
  const pdus = Array.from({ length: 30 }, (_, i) => request(2 + i, new Uint8Array(60_000)));
  talk.write(file, concat(...pdus)).transceive(file, request(99), response(99));
  const seen = talk.seen();
  const whole = Math.floor(MAX_MESSAGE / 60_024);
  assert.deepEqual(
    seen.calls.map(({ call_id }) => call_id),
    [...Array.from({ length: whole + 1 }, (_, i) => 2 + i), 99],
  );
  assert.ok(seen.codes.includes("smb-message-limit"));
});

test("a message that says of its data more than there is is believed as far as it goes", () => {
  const talk = new SmbConnection().begin();
  const file = talk.bound("samr");
  const head = talk.head();
  const message = smb.write(head, file, request(2));
  new DataView(message.buffer).setUint32(68, 0x7fffffff, true);
  talk.say(0, message);
  talk.transceive(file, request(3), response(3));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\samr 2 4 no_response", "\\pipe\\samr 3 4 unknown"]);
  assert.ok(seen.codes.includes("smb-malformed"));
});

test("names of pipes and shares are text that can be written", () => {
  const talk = new SmbConnection().begin();
  const file = talk.open("x\ud800y");
  talk.write(file, bind(1, UUID)).read(file, bindAck(1)).transceive(file, request(2), response(2));
  const seen = talk.seen();
  assert.deepEqual(seen.lines(), ["\\pipe\\x\ufffdy 2 4 unknown"]);
  assert.deepEqual(seen.codes, ["text-lone-surrogate"]);
});

test("time grows with the bytes: compounds, pipes met by gaps, answers without requests, ends of sessions, segments of a byte", () => {
  const talks: ((n: number) => () => void)[] = [
    (n) => {
      const parts = Array.from({ length: n }, (_, i) =>
        smb.write({ ...TREE, messageId: BigInt(i), related: i > 0 }, smb.RELATED, like("x")),
      );
      const packet = smb.packet(...parts);
      return () => connected().say(0, packet, 1460).end();
    },
    (n) => () => {
      const talk = connected();
      for (let i = 0; i < 300; i++) opened(talk, i);
      for (let i = 0; i < 300; i++) {
        const head = { ...TREE, messageId: BigInt(1000 + i) };
        talk.say(0, smb.packet(smb.write(head, smb.fileId(i, 1), like("x"))));
      }
      const keepAlive = smb.packet(smb.logoff({ messageId: 1n }));
      for (let i = 0; i < n; i++) talk.gap(0, 100).say(0, keepAlive);
      talk.end();
    },
    (n) => () => {
      const talk = connected();
      for (let i = 0; i < n; i++) {
        talk.say(1, smb.packet(smb.wasRead({ ...TREE, messageId: BigInt(i) }, like("x"))));
      }
      talk.end();
    },
    (n) => () => {
      const talk = connected();
      for (let i = 0; i < n; i++) {
        const tree = { messageId: BigInt(i), sessionId: BigInt(i), treeId: 1 };
        talk.say(1, smb.packet(smb.treeConnected(tree, 2)));
      }
      for (let i = 0; i < n; i++) {
        const head = { messageId: BigInt(i), sessionId: BigInt(2 * n + i) };
        talk.say(1, smb.packet(smb.failed(smb.SMB2.LOGOFF, head)));
      }
      talk.end();
    },
    (n) => {
      const packet = smb.packet(smb.write(TREE, smb.fileId(1, 1), concat(like("x"), new Uint8Array(8 * n))));
      return () => connected().say(0, packet, 1).end();
    },
    (n) => {
      const garbage = new Uint8Array(200 * n).fill(0x53);
      return () => new Talk({ midstream: true }).say(0, garbage, 1000).end();
    },
  ];
  for (const talk of talks) assertLinear(talk, 2000);
});

test("of a file that is copied nothing is kept", () => {
  const talk = new SmbConnection().begin();
  const file = talk.open("image.iso", DISK);
  const before = talk.wire.specs.length;
  talk.write(file, new Uint8Array(900_000), DISK).read(file, new Uint8Array(900_000), DISK);
  // Memory for half a megabyte is enough for two that pass by.
  const seen = talk.seen({ maxMemory: 512 * 1024 });
  assert.ok(talk.wire.specs.length - before > 1000);
  assert.deepEqual([seen.calls.length, seen.codes.length], [0, 0]);
});
