/**
 * Captures that fill whatever is kept of traffic: each grows with `n` and with nothing else. All bytes are made by
 * counting, so that the same `n` gives the same file.
 */

import { shippedInterfaces } from "../../../src/interfaces.js";
import * as smb from "../../lab/smb2.js";

import { DATAGRAM_SHAPES } from "./datagrams.js";
import { SMB_SHAPES } from "./smb.js";

import {
  bind,
  bindAck,
  guid,
  ipv4,
  join,
  nth,
  ORPC_THAT,
  orpcThis,
  padded,
  pdu,
  request,
  response,
  Talk,
  Tape,
  text,
  u8,
  u16,
  u32,
  u64,
  wide,
} from "./wire.js";

const RESOLVER = guid("99fcfec4-5260-101b-bbcb-00aa0021347a");
const REM_UNKNOWN = guid("00000131-0000-0000-c000-000000000046");
const DISPATCH = guid("00020400-0000-0000-c000-000000000046");
const SRVSVC = guid("4b324fc8-1670-01d3-1278-5a47bf6ee188");
const IRASRV = guid("f120a684-b926-447f-9df4-c966cb785648");

type Shape = (n: number, tape: Tape) => Iterable<void>;

/** A connection with one accepted context, 0. */
function bound(tape: Tape, index: number, uuid: Buffer, server?: Buffer): Talk {
  return new Talk(tape, index, 49152, server)
    .open()
    .say(0, bind(1, [{ id: 0, uuid }]))
    .say(1, bindAck(1, 1));
}

/** Binds that nobody answers, each of 255 contexts; 64 a connection. */
function* bindFlood(n: number, tape: Tape): Iterable<void> {
  let talk = new Talk(tape, 0);
  for (let i = 0; i < n; i++) {
    if (i % 64 === 0) talk = new Talk(tape, i / 64).open();
    const contexts = Array.from({ length: 255 }, (_, c) => ({
      id: (i % 64) * 255 + c,
      uuid: nth(i * 255 + c),
    }));
    yield void talk.say(0, bind(i % 64, contexts, i % 64 === 0 ? 11 : 14));
  }
}

/** The same on a connection of its own each. */
function* bindsApart(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const contexts = Array.from({ length: 255 }, (_, c) => ({ id: c, uuid: nth(i * 255 + c) }));
    yield void new Talk(tape, i).open().say(0, bind(1, contexts));
  }
}

/** Contexts with as many transfer syntaxes as a PDU holds. */
function* syntaxes(n: number, tape: Tape): Iterable<void> {
  let talk = new Talk(tape, 0);
  for (let i = 0; i < n; i++) {
    if (i % 8 === 0) talk = new Talk(tape, i / 8).open();
    const list = Array.from({ length: 250 }, (_, s) => join(nth(i * 250 + s), u32(1)));
    const contexts = Array.from({ length: 12 }, (_, c) => ({ id: c, uuid: nth(c), syntaxes: list }));
    yield void talk.say(0, bind(i, contexts, i % 8 === 0 ? 11 : 14));
  }
}

/** PDUs that lack their last bytes, each on a connection of its own. */
function* partialPdus(n: number, tape: Tape): Iterable<void> {
  const whole = request(2, 0, 3, Buffer.alloc(59_000, 7));
  for (let i = 0; i < n; i++) yield void bound(tape, i, RESOLVER).say(0, whole.subarray(0, whole.length - 8));
}

/** Requests whose fragments never end, each on a connection of its own. */
function* openCalls(n: number, tape: Tape): Iterable<void> {
  const part = pdu(0, 2, join(u32(0), u16(0, 3), Buffer.alloc(50_000, 7)), 1);
  for (let i = 0; i < n; i++) yield void bound(tape, i, RESOLVER).say(0, part);
}

/** Small requests that nobody answers, all on a few connections. */
function* unanswered(n: number, tape: Tape): Iterable<void> {
  const talks: Talk[] = [];
  for (let i = 0; i < n; i++) {
    const t = i % 20;
    talks[t] ??= bound(tape, t, RESOLVER);
    yield void talks[t].say(0, request(2 + i, 0, 3, Buffer.alloc(0)));
  }
}

/** ComplexPing: an array of object identifiers, which decodes to many times its size. */
function ping(count: number): Buffer {
  const oids = Array.from({ length: count }, (_, i) => u64(i + 1));
  return join(u64(1), u16(1, count, 0, 0), u32(0x20000, count), ...oids, u32(0));
}

/** Answered calls with large values behind a call that nobody answers. */
function* heldBack(n: number, tape: Tape): Iterable<void> {
  bound(tape, 0, RESOLVER).say(0, request(2, 0, 3, Buffer.alloc(0)));
  const talk = bound(tape, 1, RESOLVER);
  const stub = ping(60_000);
  for (let i = 0; i < n; i++) {
    talk.say(0, request(2 + i, 0, 2, stub));
    yield void talk.say(1, response(2 + i, 0, join(u64(1), u16(0, 0), u32(0))));
  }
}

/** One call whose array is as large as stubs may be. */
function* giant(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, DISPATCH);
  const count = n * 1000;
  // GetIDsOfNames answers an array of numbers: rgDispId[cNames].
  const names = join(
    orpcThis(1),
    guid("00000000-0000-0000-0000-000000000000"),
    u32(1, 0x20000, 2, 0, 2),
    wide("a\0"),
    u32(count, 0),
  );
  talk.say(0, request(2, 0, 5, names, nth(1)));
  const ids = Buffer.alloc(4 * count, 7);
  yield void talk.say(1, response(2, 0, join(ORPC_THAT, u32(count), ids, u32(0))));
}

/** NetrConnectionEnum with `n` connections both ways: each value a field of its own. */
function* fields(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, SRVSVC);
  const each = u32(1, 2, 3, 4, 5, 0, 0);
  const list = join(u32(1, 1, 0x20000, n, 0x20004, n), ...Array.from({ length: n }, () => each));
  talk.say(0, request(2, 0, 8, join(u32(0, 0), list, u32(0xffffffff, 0))));
  yield void talk.say(1, response(2, 0, join(list, u32(n, 0, 0))));
}

/** Texts of many megabytes, again and again. */
function* hugeTexts(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, IRASRV);
  const raw = join(Buffer.alloc(15 << 20, wide('ж,=;<"&')));
  for (let i = 0; i < n; i++) {
    talk.say(0, request(2 + i, 0, 7, join(orpcThis(i), u32(0)), nth(1)));
    yield void talk.say(1, response(2 + i, 0, join(ORPC_THAT, u32(0x20000), text(raw), u32(0))));
  }
}

/** Exporters with as many string bindings as an answer holds. */
function* bindings(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, RESOLVER);
  for (let i = 0; i < n; i++) {
    const list = Array.from({ length: 200 }, (_, b) =>
      join(u16(7), wide(`host-${i}-${b}.${"x".repeat(100)}.example[${1024 + b}]\0`)),
    );
    const strings = join(...list, u16(0), u16(0));
    const entries = strings.length / 2;
    const array = padded(join(u32(entries), u16(entries, entries - 1), strings), 4);
    talk.say(0, request(2 + i, 0, 4, join(u64(i + 1), u16(1), u16(0), u32(1), u16(7))));
    yield void talk.say(1, response(2 + i, 0, join(u32(0x20000), array, nth(i), u32(5), u16(5, 7), u32(0))));
  }
}

/** Security contexts with long tokens. */
function* tokens(n: number, tape: Tape): Iterable<void> {
  let talk = new Talk(tape, 0);
  for (let i = 0; i < n; i++) {
    if (i % 200 === 0) talk = new Talk(tape, i / 200).open();
    // An NTLMSSP AUTHENTICATE message whose names fill it.
    const name = wide("u".repeat(3500));
    const fields = Array.from({ length: 6 }, (_, f) =>
      join(u16(f < 2 ? 0 : name.length, f < 2 ? 0 : name.length), u32(72 + Math.max(0, f - 2) * name.length)),
    );
    const token = join(
      Buffer.from("NTLMSSP\0"),
      u32(3),
      ...fields,
      u32(0x00000201),
      Buffer.alloc(8),
      name,
      name,
      name,
      name,
    );
    const auth = join(u8(10, 6, 0, 0), u32(i), token);
    yield void talk.say(0, bind(1 + i, [{ id: 0, uuid: RESOLVER }], i % 200 === 0 ? 11 : 14, auth));
  }
}

/** Streams to a KDC that stop within a message. */
function* kdc(n: number, tape: Tape): Iterable<void> {
  const message = join(u8(0, 1, 0xff, 0), Buffer.alloc(100_000, 0x6c));
  for (let i = 0; i < n; i++) yield void new Talk(tape, i, 88).open().say(0, message);
}

/** GetIDsOfNames with another name each time. */
function* names(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, DISPATCH);
  for (let i = 0; i < n; i++) {
    const name = wide(`Member${i}${"y".repeat(200)}\0`);
    const chars = name.length / 2;
    const array = padded(join(u32(1, 0x20000, chars, 0, chars), name), 4);
    const stub = join(orpcThis(i), guid("00000000-0000-0000-0000-000000000000"), array, u32(1, 0));
    talk.say(0, request(2 + i, 0, 5, stub, nth(Math.floor(i / 50))));
    yield void talk.say(1, response(2 + i, 0, join(ORPC_THAT, u32(1, i), u32(0))));
  }
}

/** RemQueryInterface: 200 new references an answer, each to another object of another exporter. */
function* references(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, REM_UNKNOWN);
  const iids = Array.from({ length: 200 }, () => DISPATCH);
  for (let i = 0; i < n; i++) {
    talk.say(
      0,
      request(2 + i, 0, 3, join(orpcThis(i), nth(i), u32(5), u16(200, 0), u32(200), ...iids), nth(1)),
    );
    const results = Array.from({ length: 200 }, (_, r) => {
      const id = i * 200 + r + 1;
      return join(u32(0, 0), u32(0, 5), u64(id), u64(id), nth(id));
    });
    yield void talk.say(1, response(2 + i, 0, join(ORPC_THAT, u32(0x20000, 200), ...results, u32(0))));
  }
}

/** Calls of IRASrv between other machines each time, answered with a connection string. */
function* offers(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const server = u8(172, 16 + (i >> 16), (i >> 8) & 255, i & 255);
    const talk = bound(tape, i, IRASRV, server);
    const raw = `<E><A KH="${"k".repeat(40)}${i}" ID="${i}"/><C><T ID="1" SID="0"><L P="3389" N="192.0.2.1"/></T></C></E>`;
    for (let c = 0; c < 4; c++) {
      talk.say(
        0,
        request(
          2 + c,
          0,
          7,
          join(orpcThis(i), u32(0x20000), text(wide("13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER"))),
          nth(i),
        ),
      );
      talk.say(1, response(2 + c, 0, join(ORPC_THAT, u32(0x20000), text(wide(raw)), u32(0))));
    }
    yield void 0;
  }
}

/** Fragments of datagrams that never become whole. */
function* ipFragments(n: number, tape: Tape): Iterable<void> {
  const payload = Buffer.alloc(8000, 9);
  for (let i = 0; i < n; i++)
    yield void tape.frame(ipv4(u8(10, 0, i >> 16, 1), u8(10, 0, 0, 2), 6, i & 0xffff, 0x2000, payload));
}

/** Segments behind a missing one, on many connections. */
function* earlySegments(n: number, tape: Tape): Iterable<void> {
  const bytes = Buffer.alloc(1000, 5);
  for (let i = 0; i < n; i++) {
    const talk = new Talk(tape, i).open();
    for (let s = 0; s < 10; s++) talk.early(0, 100 + s * 2000, bytes);
    yield void 0;
  }
}

/** One byte a segment, every second missing. */
function* earlyBytes(n: number, tape: Tape): Iterable<void> {
  const bytes = Buffer.alloc(2, 5);
  const talks = Array.from({ length: 50 }, (_, i) => new Talk(tape, i).open());
  for (let i = 0; i < n; i++) yield void talks[i % 50]!.early(0, 4 * Math.floor(i / 50) + 4, bytes);
}

function* synFlood(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) yield void new Talk(tape, i).syn();
}

/** Conversations with the first byte of what may be a PDU. */
function* oneByte(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) yield void new Talk(tape, i).open().say(0, u8(5));
}

/** Conversations that are bound and then idle. */
function* idleBinds(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) yield void bound(tape, i, RESOLVER);
}

/** Another interface and opnum with every call. */
function* interfaces(n: number, tape: Tape): Iterable<void> {
  for (let i = 0; i < n; i++) {
    const talk = bound(tape, i, nth(i));
    for (let c = 0; c < 8; c++) {
      talk.say(0, request(2 + c, 0, c + 3, Buffer.alloc(8)));
      talk.say(1, response(2 + c, 0, Buffer.alloc(4)));
    }
    yield void talk.close();
  }
}

/** Every PDU makes a note. */
function* notes(n: number, tape: Tape): Iterable<void> {
  let talk = bound(tape, 0, RESOLVER);
  for (let i = 0; i < n; i++) {
    if (i % 100 === 0) talk = bound(tape, i / 100, RESOLVER);
    yield void talk.say(1, pdu(13, i, join(u16(2), u8(0, 0, 0, 0))));
  }
}

/** Frames of one call, each a fragment of eight bytes. */
function* smallFragments(n: number, tape: Tape): Iterable<void> {
  const talk = bound(tape, 0, RESOLVER);
  for (let i = 0; i < n; i++)
    yield void talk.say(0, pdu(0, 2, join(u32(0), u16(0, 3), Buffer.alloc(8)), i === 0 ? 1 : 0));
}

const TREE = { messageId: 1n, sessionId: 5n, treeId: 1 };
const smbPacket = (...messages: Uint8Array[]): Buffer => Buffer.from(smb.packet(...messages));

/** Named pipes that stay open, each with a bind; 500 a connection. */
function* pipes(n: number, tape: Tape): Iterable<void> {
  const pdu = bind(1, [{ id: 0, uuid: RESOLVER }]);
  let talk = new Talk(tape, 0, 445);
  for (let i = 0; i < n; i++) {
    if (i % 500 === 0) {
      talk = new Talk(tape, i / 500, 445).open();
      talk.say(0, smbPacket(smb.treeConnect({ ...TREE, treeId: 0 }, "\\\\srv\\IPC$")));
      talk.say(1, smbPacket(smb.treeConnected(TREE, 2)));
    }
    const head = { ...TREE, messageId: BigInt(10 + 2 * i) };
    const file = smb.fileId(i, 1);
    talk.say(0, smbPacket(smb.create(head, "samr"))).say(1, smbPacket(smb.created(head, file)));
    yield void talk.say(0, smbPacket(smb.write({ ...TREE, messageId: head.messageId + 1n }, file, pdu)));
  }
}

/** Session setups with long tokens that the server gives a session each; 50 a connection. */
function* smbSessions(n: number, tape: Tape): Iterable<void> {
  const token = Buffer.alloc(20_000, 0x60);
  let talk = new Talk(tape, 0, 445);
  for (let i = 0; i < n; i++) {
    if (i % 50 === 0) talk = new Talk(tape, i / 50, 445).open();
    const head = { messageId: BigInt(i) };
    talk.say(0, smbPacket(smb.sessionSetup(head, token)));
    yield void talk.say(1, smbPacket(smb.sessionSet({ ...head, sessionId: BigInt(i + 1) }, token)));
  }
}

/** Messages of a pipe that are never whole, one a connection. */
function* smbMessages(n: number, tape: Tape): Iterable<void> {
  const whole = smbPacket(smb.transceive(TREE, smb.fileId(1, 1), Buffer.alloc(200_000, 5)));
  for (let i = 0; i < n; i++) {
    const talk = new Talk(tape, i, 445).open();
    yield void talk.say(0, whole.subarray(0, 60_000));
  }
}

/** Every method of every interface that ships or is in the catalogue, with words as NDR has them: `n` rounds. */
function* catalogue(n: number, tape: Tape): Iterable<void> {
  const table = shippedInterfaces();
  const all = [...table.library.interfaces, ...table.catalogued()];
  let state = 1;
  const stub = (): Buffer =>
    u32(
      ...Array.from({ length: 64 }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        const kind = (state >>> 8) % 8;
        return kind < 3 ? 0x20000 + 4 * ((state >>> 11) % 16) : kind < 6 ? (state >>> 11) % 4 : 0;
      }),
    );
  for (let i = 0; i < n * all.length; i++) {
    const { uuid, methods } = all[i % all.length]!;
    const talk = bound(tape, i, guid(uuid));
    for (const opnum of methods.keys()) {
      talk.say(0, request(2 + opnum, 0, opnum, stub())).say(1, response(2 + opnum, 0, stub()));
    }
    yield;
  }
}

export const SHAPES: { readonly [name: string]: Shape } = {
  bindFlood,
  bindsApart,
  syntaxes,
  partialPdus,
  openCalls,
  unanswered,
  heldBack,
  giant,
  fields,
  hugeTexts,
  bindings,
  tokens,
  kdc,
  names,
  references,
  offers,
  ipFragments,
  earlySegments,
  earlyBytes,
  synFlood,
  oneByte,
  idleBinds,
  interfaces,
  notes,
  smallFragments,
  pipes,
  smbSessions,
  smbMessages,
  catalogue,
  ...SMB_SHAPES,
  ...DATAGRAM_SHAPES,
};

/** The shape as a pcap file, in pieces. */
export function* capture(shape: string, n: number): Iterable<Buffer> {
  const tape = new Tape();
  for (const _ of SHAPES[shape]!(n, tape)) yield* tape.take();
  yield* tape.take(true);
}
