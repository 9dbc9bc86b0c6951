/** Calls in the named pipes of SMB 1 as records tell them; and what time and memory hostile connections cost. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { concat } from "../../lab/bytes.js";
import * as lab from "../../lab/smb1.js";
import { assertLinear } from "../../support/growth.js";
import { fault, request, response } from "../../support/rpc/wire.js";
import { Seen } from "../../support/smb/connection.js";
import { HEAD, NT, Smb1Connection } from "../../support/smb/smb1-connection.js";
import { like, Talk } from "../../support/smb/talk.js";

const STUB = new Uint8Array(40).fill(0x5a);

for (const port of [139, 445]) {
  test(`port ${port}: pipe, share, dialect and user, frames of every message that carried bytes`, () => {
    const said = new Smb1Connection(port, "srvsvc").bound();
    const asked = request(2, STUB, { opnum: 15 });
    const answered = response(2, STUB);
    const first = said.wire.specs.length + 1;
    said.exchange(
      [lab.transact(1, { bytes: asked })],
      [lab.transacted({ bytes: answered.subarray(0, 30) })],
      0x80000005,
    );
    said.exchange([lab.readAndx(1)], [lab.readAndxData(answered.subarray(30))]);
    said.exchange(
      [lab.transact(1, { bytes: request(3, STUB) })],
      [lab.transacted({ bytes: fault(3, 0x1c010002) })],
    );
    const seen = new Seen(said.wire.events());
    assert.deepEqual(seen.lines(true), [
      `\\pipe\\srvsvc 2 15 unknown ${first} > ${first + 1}+${first + 3}`,
      `\\pipe\\srvsvc 3 4 fault ${first + 4} > ${first + 5}`,
    ]);
    const [call] = seen.calls;
    assert.deepEqual(call!.transport.smb, {
      dialect: "1.0",
      share: "IPC$",
      session_user: "ivan",
      session_domain: "LAB",
      encrypted: false,
    });
    assert.deepEqual([call!.auth.user, call!.auth.domain, call!.auth.source], ["ivan", "LAB", "smb_session"]);
    assert.deepEqual(seen.codes, []);
  });
}

test("ids are made of the message with the request's first byte: its sequence number and Mid", () => {
  const said = new Smb1Connection(445, "lsarpc").bound();
  const asked = request(2, STUB);
  const parts = { bytes: asked.subarray(0, 30), total: asked.length };
  said.mid = 0xfff0;
  said.say(0, {}, lab.transact(1, parts));
  const { seq } = said.wire.specs.at(-1)!;
  said.say(1, {}, lab.empty(0x25));
  said.say(0, {}, lab.transactionSecondary({ bytes: asked.subarray(30), total: asked.length, before: 30 }));
  said.say(1, {}, lab.transacted({ bytes: response(2, STUB) }));
  const [call] = new Seen(said.wire.events()).calls;
  const nanoseconds = BigInt(Date.parse(call!.ts)) * 1_000_000n;
  // The session header of four bytes goes before.
  const fields = ["call", call!.community_id, nanoseconds, 2, 0, `${seq + 4}:${0xfff0}`];
  assert.equal(call!.id, createHash("sha256").update(fields.join("\0")).digest("hex").slice(0, 32));
  assert.equal(call!.frames.request.length, 2);
});

/** A connection with one open pipe, in the middle of which messages come that nobody would send. */
function began(): Talk {
  const said = new Talk();
  const say = (from: 0 | 1, ...parts: lab.Smb1Part[]): Talk =>
    said.say(from, lab.session(lab.message({ ...HEAD, reply: from === 1 }, ...parts)));
  say(0, lab.connectTree("\\\\srv-9\\IPC$"));
  say(1, lab.treeConnected());
  say(0, lab.ntCreate("\\samr"));
  return say(1, lab.ntCreated(1));
}

interface Message {
  from: 0 | 1;
  bytes: Uint8Array;
}

/** The first of the messages, as many as asked for; those that are not yet there are made before the time is taken. */
function flood(count: number, of: (i: number) => Message, made: Message[]): () => void {
  const said = began();
  while (made.length < count) made.push(of(made.length));
  return () => {
    for (const { from, bytes } of made.slice(0, count)) said.say(from, bytes);
    said.end();
  };
}

const asked = (mid: number, ...parts: lab.Smb1Part[]) => ({
  from: 0 as const,
  bytes: lab.session(lab.message({ ...HEAD, mid: mid & 0xffff, pid: mid >>> 16 }, ...parts)),
});
const answered = (mid: number, ...parts: lab.Smb1Part[]) => ({
  from: 1 as const,
  bytes: lab.session(lab.message({ ...HEAD, mid: mid & 0xffff, pid: mid >>> 16, reply: true }, ...parts)),
});

/** Each message has twenty parts, and costs as much as twenty. */
const CHAINS = "chains that lead nowhere";

const FLOODS: { [name: string]: (i: number) => Message } = {
  "requests that nobody answers": (i) => asked(i, lab.readAndx(1)),
  "answers that nobody asked for": (i) => answered(i, lab.readAndxData(like("x"))),
  "files that are opened and never closed": (i) =>
    i % 2 === 0 ? asked(i >> 1, lab.ntCreate("\\x")) : answered(i >> 1, lab.ntCreated(i & 0xffff)),
  "parts of one transaction, all too early": (i) =>
    i === 0
      ? asked(1, lab.transact(1, { bytes: like("x"), total: 60_000 }))
      : asked(
          1,
          lab.transactionSecondary({ bytes: like("x"), total: 60_000, before: 60_000 - (i % 50_000) }),
        ),
  "shares that come and go": (i) =>
    i % 2 === 0
      ? asked(i, lab.connectTree("\\\\srv-9\\IPC$"))
      : answered(i - 1, lab.treeConnected(i % 3 === 0 ? "IPC" : "A:")),
  "shares that come and go beside many open pipes": (i) => {
    if (i < 1000) return i % 2 === 0 ? asked(i, lab.ntCreate("\\x")) : answered(i - 1, lab.ntCreated(i));
    const head = { ...HEAD, tid: 5, mid: 1 };
    const parts = i % 2 === 0 ? [lab.connectTree("\\\\srv-9\\IPC$")] : [lab.treeConnected()];
    const from = i % 2 === 0 ? 0 : 1;
    return { from, bytes: lab.session(lab.message({ ...head, reply: from === 1 }, ...parts)) };
  },
  "sessions without end": (i) => asked(i, lab.logOn("ivan", "LAB", NT, NT)),
  [CHAINS]: (i) => asked(i, ...Array.from({ length: 20 }, lab.logOff)),
};

for (const [name, of] of Object.entries(FLOODS)) {
  test(`time grows with the messages: ${name}`, () => {
    const made: Message[] = [];
    assertLinear((n) => flood(n, of, made), name === CHAINS ? 800 : 3000);
  });
}

test("segments of one byte each cost no more than their number", () => {
  const write = asked(1, lab.writeAndx(1, new Uint8Array(3000))).bytes;
  const whole = concat(...Array.from({ length: 30 }, () => write));
  assertLinear((n) => () => void began().say(0, whole.subarray(0, n), 1).end(), 8_000);
});
