/**
 * SMB 3 with keys: encrypted and signed messages that were altered, and connections whose sessions are begun, encrypted, joined
 * and broken off in any order.
 */
import { sessionKeys } from "../../dissectors/smb/keys.js";
import { readAgreement } from "../../dissectors/smb/negotiate.js";
import { openTransform } from "../../dissectors/smb/sealing.js";
import { signatureHolds } from "../../dissectors/smb/signing.js";
import { readTransform } from "../../dissectors/smb/transform.js";
import { sameBytes } from "../../dissectors/wire/bytes.js";
import { Reader } from "../../dissectors/wire/reader.js";
import { MemoryBudget } from "../../src/budget.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { authenticate, type NtlmExchange, WINDOWS_10 } from "../../test/lab/ntlm.js";
import * as smb2 from "../../test/lab/smb2.js";
import { negotiated311, Preauth, Smb3Session } from "../../test/lab/smb3.js";
import { like, Talk } from "../../test/support/smb/talk.js";
import { behind, mutate } from "../mutate.js";
import { checkFinite, OracleError } from "../oracles.js";
import type { Random } from "../random.js";
import type { Target } from "../target.js";

const SESSION_KEY = new Uint8Array(16).fill(0x77);
const PASSWORD = "Help4Desk!";
const CIPHERS = [1, 2, 3, 4];
const FILE = smb2.fileId(1, 2);
const NO_HASH = new Uint8Array(64);
const ASKED = smb2.transceive({ messageId: 7n, sessionId: 1n, treeId: 2 }, FILE, like("asked"));

const TOKENS: NtlmExchange = authenticate({
  account: { user: "helga", domain: "CONTOSO", password: PASSWORD, workstation: "EXPERT" },
  server: { netbiosDomain: "CONTOSO", netbiosComputer: "SRV", dnsDomain: "contoso", dnsComputer: "srv" },
  seed: {
    serverChallenge: new Uint8Array(8).fill(1),
    clientChallenge: new Uint8Array(8).fill(2),
    sessionKey: SESSION_KEY,
    timestamp: 133_000_000_000_000_000n,
  },
  seal: true,
  clientVersion: WINDOWS_10,
  serverVersion: WINDOWS_10,
});

function sessionOf(sessionId: bigint, cipher: number, preauth: Uint8Array = NO_HASH): Smb3Session {
  return new Smb3Session({ dialect: 0x0311, cipher, sessionId, sessionKey: SESSION_KEY, preauth });
}

const SIGNED = sessionOf(1n, 1).sign(ASKED);

export const smb3Messages: Target = {
  name: "smb3-messages",
  seeds: async () => [],
  make(random) {
    const session = sessionOf(1n, random.pick(CIPHERS));
    const bytes = random.pick([
      () => session.seal("client", ASKED),
      () => session.sign(ASKED),
      () => negotiated311({ messageId: 0n }, random.below(6)),
    ])();
    return random.oneIn(8) ? bytes : mutate(bytes, random);
  },
  run(input) {
    checkFinite(readAgreement(new Reader(input))?.cipher ?? 0);
    const header = readTransform(new Reader(input));
    if (header !== null) checkFinite([header.OriginalMessageSize, header.Flags]);
    for (const cipher of CIPHERS) {
      const { client, server, signing } = sessionKeys(0x0311, cipher, SESSION_KEY, NO_HASH);
      const plain = openTransform(input, cipher, client!);
      if (plain !== null && !sameBytes(plain, ASKED)) throw new OracleError("opened, and altered");
      if (openTransform(input, cipher, server!) !== null) throw new OracleError("opened with another key");
      for (const algorithm of [0, 1, 2, 3]) {
        const holds = signatureHolds(algorithm, signing, input) === true;
        if (holds && (algorithm !== 1 || !sameBytes(input, SIGNED)))
          throw new OracleError("signed, and altered");
      }
    }
  },
};

/** Estimated bytes that a few hundred messages of a few hundred bytes may cost at most. */
const MOST_HELD = 20_000_000;

/** The messages that set a session up, and what protects those that follow. */
function setup(random: Random, sessionId: bigint): { sent: [0 | 1, Uint8Array][]; session: Smb3Session } {
  const cipher = random.pick(CIPHERS);
  const hash = new Preauth();
  const sent: [0 | 1, Uint8Array][] = [];
  const add = (from: 0 | 1, message: Uint8Array): void => {
    hash.add(message);
    sent.push([from, message]);
  };
  const id = random.oneIn(5) ? sessionId : 0n;
  add(0, smb2.negotiate({ messageId: 0n }));
  add(1, negotiated311({ messageId: 0n }, cipher));
  add(0, smb2.sessionSetup({ messageId: 1n, sessionId: id }, TOKENS.negotiate));
  const status = smb2.STATUS.MORE_PROCESSING_REQUIRED;
  add(1, smb2.sessionSet({ messageId: 1n, sessionId, status }, TOKENS.challenge));
  add(0, smb2.sessionSetup({ messageId: 2n, sessionId }, TOKENS.authenticate));
  const session = sessionOf(sessionId, cipher, hash.value);
  sent.push([1, session.sign(smb2.sessionSet({ messageId: 2n, sessionId }, new Uint8Array(0)))]);
  return { sent, session };
}

function inside(random: Random, sessionId: bigint, messageId: bigint): [0 | 1, Uint8Array] {
  const head = { messageId, sessionId, treeId: 2 };
  return random.pick<() => [0 | 1, Uint8Array]>([
    () => [0, smb2.treeConnect(head, "\\\\SRV\\IPC$")],
    () => [1, smb2.treeConnected(head, random.pick([1, 2, 2]))],
    () => [0, smb2.create(head, "samr")],
    () => [1, smb2.created(head, FILE)],
    () => [0, smb2.transceive(head, FILE, like("asked"))],
    () => [1, smb2.transceived(head, FILE, like("told"))],
    () => [0, smb2.close(head, FILE)],
    () => [1, smb2.closed(head)],
    () => [1, smb2.compressed(100, random.bytes(30))],
    () => [1, smb2.failed(random.below(19), { ...head, status: 0xc0000022 })],
  ])();
}

/**
 * One connection, whose password is known: of each run of bytes its side, and what becomes of it: said in segments of some
 * size, or missing. The first byte of the input says whether the connection's beginning was captured.
 */
export const smb3Connections: Target = {
  name: "smb3-connections",
  seeds: async () => [],
  make(random) {
    const rate = random.pick([5, 30, 1000]);
    const parts: Uint8Array[] = [];
    const add = (from: 0 | 1, message: Uint8Array): void => {
      const packet = smb2.packet(random.oneIn(rate) ? mutate(message, random) : message);
      const lost = random.oneIn(rate) ? 2 : 0;
      parts.push(
        Uint8Array.of(from | lost, random.pick([255, 80, 31, 3]), packet.length >> 8, packet.length),
      );
      parts.push(packet);
    };
    const sessions: { id: bigint; session: Smb3Session }[] = [];
    const count = 1 + random.below(60);
    for (let i = 0; i < count; i++) {
      const id = BigInt(1 + random.below(3));
      if (sessions.length === 0 || random.oneIn(20)) {
        const { sent, session } = setup(random, id);
        for (const [from, message] of sent) add(from, message);
        sessions.push({ id, session });
      }
      const { id: whose, session } = random.pick(sessions);
      const [from, message] = inside(random, whose, BigInt(3 + random.below(5)));
      const side = from === 0 ? "client" : "server";
      const way = random.below(8);
      if (way === 0) add(from, message);
      else if (way === 1 && message.length >= 64) add(from, session.sign(message));
      else add(from, session.seal(side, message));
    }
    return behind([random.below(2)], new Uint8Array(Buffer.concat(parts)));
  },
  run(input) {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
    const keys = KeyRing.from({ passwords: [PASSWORD] });
    const said = new Talk({ midstream: (input[0] ?? 0) !== 0, smb: budget.kind("SMB"), keys });
    let most = 0;
    for (let at = 1; at + 4 <= input.length; ) {
      const [what = 0, step = 0, high = 0, low = 0] = input.subarray(at, at + 4);
      const bytes = input.subarray(at + 4, at + 4 + high * 256 + low);
      at += 4 + bytes.length;
      const from = what & 1 ? 1 : 0;
      if (what & 2) said.gap(from, bytes.length);
      else said.say(from, bytes, 4 * step + 1);
      if (high === 1) said.stream.giveUp();
      most = Math.max(most, budget.held);
    }
    said.end();
    if (most > MOST_HELD) throw new OracleError(`${most} bytes are held`);
    if (budget.held !== 0) throw new OracleError(`${budget.held} bytes are still held`);
  },
};
