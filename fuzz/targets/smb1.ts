/** SMB 1: the readers of its messages, and connections whose messages contradict themselves and each other. */

import {
  dataStart,
  fidAt,
  isLinked,
  isSmb1Reply,
  SMB1_HEAD,
  smb1Command,
  smb1RequestId,
} from "../../dissectors/smb/smb1-head.js";
import { readSmb1Message } from "../../dissectors/smb/smb1-message.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { MemoryBudget } from "../../src/budget.js";
import * as lab from "../../test/lab/smb1.js";
import { like, Talk } from "../../test/support/smb/talk.js";
import { behind, mutate } from "../mutate.js";
import { checkFinite, decode, OracleError } from "../oracles.js";
import type { Random } from "../random.js";
import type { Target } from "../target.js";

function readerOf(bytes: Uint8Array, bound: string): Reader {
  return new Reader(bytes, true, 0, bytes.length, bound);
}

const BYTES = like("some stub");

/** Every command that is read, asked for and answered, of few pipes so that messages meet each other's. */
function part(random: Random): { reply: boolean; part: lab.Smb1Part } {
  const fid = random.pick([1, 2, 3, 0xffff]);
  const bytes = random.oneIn(6) ? random.bytes(random.below(600)) : BYTES;
  const total = random.pick([bytes.length, 100, 0xffff, 0]);
  const piece: lab.Smb1Piece = { bytes, total, before: random.pick([0, 33, 66, 1000, 0xfff0]) };
  const asked: (() => lab.Smb1Part)[] = [
    () => lab.negotiate("LANMAN1.0", "NT LM 0.12", "SMB 2.???"),
    () => lab.logOn("helga", "CONTOSO", new Uint8Array(24), bytes),
    () => lab.logOnOld("otto", "", bytes),
    () => lab.logOnExtended(bytes),
    () => lab.logOff(),
    () => lab.connectTree("\\\\SRV\\IPC$"),
    () => lab.connectTreeOld("\\\\SRV\\IPC$"),
    () => lab.disconnectTree(),
    () => lab.ntCreate("\\samr"),
    () => lab.openAndx("\\PIPE\\svcctl"),
    () => lab.open("\\PIPE\\lsarpc"),
    () => lab.close(fid),
    () => lab.readAndx(fid),
    () => lab.read(fid),
    () => lab.writeAndx(fid, bytes, random.pick([0, 8, 12])),
    () => lab.write(fid, bytes),
    () => lab.writeAndClose(fid, bytes),
    () => lab.transact(fid, piece),
    () =>
      lab.transaction(
        [random.below(0x60), fid],
        piece,
        random.pick(["\\PIPE\\", "\\PIPE\\x", "\\MAILSLOT\\"]),
      ),
    () => lab.transactionSecondary(piece),
  ];
  const answered: (() => lab.Smb1Part)[] = [
    () =>
      lab.negotiated(random.below(4), random.oneIn(2) ? { blob: bytes } : { challenge: bytes, domain: "D" }),
    () => lab.loggedOn(random.oneIn(2) ? bytes : null, random.oneIn(2)),
    () => lab.treeConnected(random.pick(["IPC", "A:", ""])),
    () => lab.treeConnectedOld(random.below(4)),
    () => lab.ntCreated(fid, random.below(4)),
    () => lab.openedAndx(fid, random.below(4)),
    () => lab.opened(fid),
    () => lab.readAndxData(bytes, random.below(3)),
    () => lab.readData(bytes),
    () => lab.writtenAndx(random.below(0x20000)),
    () => lab.written(random.below(100)),
    () => lab.transacted(piece),
    () => lab.empty(random.pick([0x04, 0x25, 0x2e, 0x71, 0x73, 0xa2])),
  ];
  const reply = random.oneIn(2);
  return { reply, part: random.pick(reply ? answered : asked)() };
}

function message(random: Random): { reply: boolean; bytes: Uint8Array } {
  const { reply, part: first } = part(random);
  const parts = [first];
  while (first.andx && random.oneIn(4) && parts.length < 20) {
    const next = part(random);
    if (next.reply === reply) parts.push(next.part);
  }
  const head: lab.Smb1Head = {
    reply,
    unicode: !random.oneIn(4),
    dos: random.oneIn(8),
    status: random.pick([0, 0, 0, 0, 0x80000005, 0xc0000016, 0xc0000022, 0x00ea0001]),
    mid: random.below(6),
    pid: random.pick([7, 7, 7, 0x10007]),
    uid: random.pick([0, 1, 2]),
    tid: random.below(4),
  };
  return { reply, bytes: lab.message(head, ...parts) };
}

export const smb1Messages: Target = {
  name: "smb1-messages",
  seeds: async () => [],
  make(random) {
    const { bytes } = message(random);
    return random.oneIn(8) ? bytes : mutate(bytes, random);
  },
  run(input) {
    for (const bound of ["captured", "NetBIOS length"]) {
      const read = decode(() => readSmb1Message(readerOf(input, bound)));
      if (read === null) continue;
      checkFinite(read.header);
      if (read.error !== null && read.error.kind === "incomplete" && bound !== "captured")
        throw new OracleError("the capture is to blame for a message that is whole");
    }
    const head = input.subarray(0, SMB1_HEAD);
    if (head.length < 32) return;
    checkFinite([smb1Command(head), smb1RequestId(head), fidAt(head), dataStart(head)]);
    isLinked(head);
    isSmb1Reply(head);
  },
};

/** Estimated bytes that a few hundred messages of a few hundred bytes may cost at most. */
const MOST_HELD = 20_000_000;

/**
 * One connection: of each run of bytes its side, and what becomes of it: said in segments of some size, or missing. The first
 * byte of the input says whether the connection's beginning was captured.
 */
export const smb1Connections: Target = {
  name: "smb1-connections",
  seeds: async () => [],
  make(random) {
    const parts: Uint8Array[] = [];
    const count = 1 + random.below(60);
    const rate = random.pick([4, 20, 1000]);
    for (let i = 0; i < count; i++) {
      const { reply, bytes } = message(random);
      const changed = random.oneIn(rate) ? mutate(bytes, random) : bytes;
      const packet = random.oneIn(rate) ? mutate(lab.session(changed), random) : lab.session(changed);
      const lost = random.oneIn(rate) ? 2 : 0;
      const head = Uint8Array.of(
        (reply ? 1 : 0) | lost,
        random.pick([255, 80, 31, 3]),
        packet.length >> 8,
        packet.length,
      );
      parts.push(head, packet);
    }
    return behind([random.below(2)], new Uint8Array(Buffer.concat(parts)));
  },
  run(input) {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const said = new Talk({ midstream: (input[0] ?? 0) !== 0, smb: budget.kind("SMB") });
    let most = 0;
    for (let at = 1; at + 4 <= input.length; ) {
      const [what, step, high, low] = input.subarray(at, at + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      const bytes = input.subarray(at + 4, at + 4 + high * 256 + low);
      at += 4 + bytes.length;
      const from = what & 1 ? 1 : 0;
      if (what & 2) said.gap(from, bytes.length);
      else said.say(from, bytes, 4 * step + 1);
      most = Math.max(most, budget.held);
    }
    said.end();
    if (most > MOST_HELD) throw new OracleError(`${most} bytes are held`);
    if (budget.held !== 0) throw new OracleError(`${budget.held} bytes are still held`);
  },
};
