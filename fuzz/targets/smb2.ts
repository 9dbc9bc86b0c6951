/** SMB 2: connections whose messages contradict themselves and each other, and bytes that are none. */

import { HEADER_SIZES, kindOf } from "../../dissectors/smb/framing.js";
import * as read from "../../dissectors/smb/smb2.js";
import { MemoryBudget } from "../../src/budget.js";
import * as lab from "../../test/lab/smb2.js";
import { like, Talk } from "../../test/support/smb/talk.js";
import { behind, mutate } from "../mutate.js";
import { checkFinite, OracleError } from "../oracles.js";
import type { Random } from "../random.js";
import type { Target } from "../target.js";

const PDU = like("some stub");
const STATUSES = [0, 0, 0, 0, 0x103, 0x80000005, 0xc0000016, 0xc0000022];

function headOf(random: Random): lab.Head {
  return {
    messageId: BigInt(random.below(8)),
    sessionId: random.pick([0n, 1n, 2n, 0xffffffffffffffffn]),
    treeId: random.pick([1, 2, 3, 0xffffffff]),
    status: random.pick(STATUSES),
    related: random.oneIn(5),
    ...(random.oneIn(6) ? { asyncId: BigInt(random.below(4)) } : {}),
  };
}

/** Every command that is read, of few pipes, shares and sessions, so that messages meet each other's. */
function message(random: Random, response: boolean): Uint8Array {
  const head = headOf(random);
  const file = random.oneIn(4) ? lab.RELATED : lab.fileId(random.below(2), random.below(4));
  const bytes = random.oneIn(5) ? random.bytes(random.below(3000)) : PDU;
  const asked: (() => Uint8Array)[] = [
    () => lab.negotiate(head),
    () => lab.sessionSetup(head, bytes),
    () => lab.logoff(head),
    () => lab.treeConnect(head, "\\\\srv\\IPC$"),
    () => lab.treeDisconnect(head),
    () => lab.create(head, random.pick(["samr", "\\PIPE\\lsarpc", "", "\ud800x"])),
    () => lab.close(head, file),
    () => lab.write(head, file, bytes),
    () => lab.read(head, file),
    () => lab.transceive(head, file, bytes),
    () => lab.pipeWait(head, bytes),
    () => lab.transform(head.sessionId ?? 0n, bytes),
  ];
  const answered: (() => Uint8Array)[] = [
    () => lab.negotiated(head, random.pick([0x0202, 0x02ff, 0x0311, 0x1234])),
    () => lab.sessionSet(head, bytes),
    () => lab.treeConnected(head, random.pick([1, 2, 2, 9])),
    () => lab.created(head, file),
    () => lab.closed(head),
    () => lab.written(head, bytes.length),
    () => lab.wasRead(head, bytes),
    () => lab.transceived(head, file, bytes),
    () => lab.failed(random.below(20), head),
    () => lab.treeDisconnect({ ...head, response: true }),
    () => lab.logoff({ ...head, response: true }),
    () => lab.compressed(4000, bytes),
  ];
  return random.pick(response ? answered : asked)();
}

export const smb2Messages: Target = {
  name: "smb2-messages",
  seeds: async () => [],
  make(random) {
    const bytes = message(random, random.oneIn(2));
    return random.oneIn(8) ? bytes : mutate(bytes, random);
  },
  run(input) {
    if (input.length < HEADER_SIZES.smb2) return;
    const { messageId, sessionId, ...header } = read.readSmb2Header(input);
    if (messageId < 0n || sessionId < 0n) throw new OracleError("a negative number");
    const spans = [
      read.sessionSetupToken(input, header.response),
      read.readData(input),
      read.writeRequest(input)?.data,
      read.ioctlRequest(input)?.data,
      read.ioctlResponse(input)?.data,
    ];
    const texts = [read.treeConnectPath(input, () => {}), read.createName(input, () => {})];
    for (const text of texts) {
      if (text !== null && !text.isWellFormed()) throw new OracleError("a lone surrogate");
    }
    checkFinite([header, spans.filter((span) => span), read.smb2Size(input, input.length)]);
  },
};

/** Estimated bytes that a few hundred messages of a few thousand bytes may cost at most. */
const MOST_HELD = 20_000_000;

/** As smb1-connections: of each run of bytes its side, and whether it is said in segments of some size or missing. */
export const smb2Connections: Target = {
  name: "smb2-connections",
  seeds: async () => [],
  make(random) {
    const parts: Uint8Array[] = [];
    const rate = random.pick([4, 20, 1000]);
    for (let i = 1 + random.below(80); i > 0; i--) {
      const response = random.oneIn(2);
      const messages = [message(random, response)];
      while (kindOf(messages.at(-1)!, 0) === "smb2" && random.oneIn(4))
        messages.push(message(random, response));
      const changed = messages.map((bytes) => (random.oneIn(rate) ? mutate(bytes, random) : bytes));
      const whole = lab.packet(...changed);
      const packet = (random.oneIn(rate) ? mutate(whole, random) : whole).subarray(0, 0xffff);
      const what = (response ? 1 : 0) | (random.oneIn(rate) ? 2 : 0) | (random.oneIn(3 * rate) ? 4 : 0);
      const segment = random.pick([255, 80, 31, 3]);
      parts.push(Uint8Array.of(what, segment, packet.length >> 8, packet.length), packet);
    }
    return behind([random.below(2)], new Uint8Array(Buffer.concat(parts)));
  },
  run(input) {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const said = new Talk({ midstream: (input[0] ?? 0) !== 0, smb: budget.kind("SMB") });
    for (let at = 1; at + 4 <= input.length; ) {
      const view = input.subarray(at);
      const [what, segment, high, low] = [view[0]!, view[1]!, view[2]!, view[3]!];
      const bytes = view.subarray(4, 4 + high * 256 + low);
      at += 4 + bytes.length;
      const from = what & 1 ? 1 : 0;
      if (what & 2) said.gap(from, bytes.length);
      else said.say(from, bytes, 4 * segment + 1);
      if (budget.held > MOST_HELD || budget.held < 0) throw new OracleError(`${budget.held} bytes are held`);
      // Memory may be short at any time.
      if (what & 4) said.stream.giveUp();
    }
    said.end();
    if (budget.held !== 0) throw new OracleError(`${budget.held} bytes are still held`);
  },
};
