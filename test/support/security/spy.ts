/** A key ring that writes down what every PDU with a verifier came to: what the oracles beside the captures list. */
import { createHash } from "node:crypto";
import { hex } from "../../../dissectors/wire/guid.js";
import type { KeyRing } from "../../../src/rpc/security/keyring.js";
import type { Keys, ProtectedPdu, Session, SmbKeys, Unsealed } from "../../../src/rpc/security/session.js";

export interface Seen {
  stream: number | null;
  contextId: number;
  fromClient: boolean;
  /** Of the PDU's first byte. */
  frame: number;
  callId: number;
  sealed: boolean;
  verified: boolean | null;
  decrypted: boolean | null;
  stubLength: number | null;
  /** Of the clear stub without its padding. */
  sha256: string | null;
  stub: Uint8Array | null;
  token: string;
}

export type Learns = "learnKerberos" | "learnPasswordChange" | "learnToken" | "passOverTokens";

/** The ring, seen through a spy; `seen` fills as PDUs are opened. */
export function spyOn(ring: KeyRing): { keys: KeyRing; seen: Seen[] } {
  const seen: Seen[] = [];
  const spied: Keys & SmbKeys & Pick<KeyRing, Learns | "report" | "limited"> = {
    get generation() {
      return ring.generation;
    },
    get limited() {
      return ring.limited;
    },
    learn: (exchange) => ring.learn(exchange),
    learnKerberos: (message) => ring.learnKerberos(message),
    learnPasswordChange: (message) => ring.learnPasswordChange(message),
    learnToken: (token) => ring.learnToken(token),
    passOverTokens: () => ring.passOverTokens(),
    report: () => ring.report(),
    smbSession: (...of) => ring.smbSession(...of),
    smbPreauth: (...of) => ring.smbPreauth(...of),
    session(exchange, place, refuted) {
      const answer = ring.session(exchange, place, refuted);
      if (answer.session === null) return answer;
      return { session: spySession(answer.session, place.stream, place.contextId, seen) };
    },
  };
  return { keys: spied as unknown as KeyRing, seen };
}

function spySession(session: Session, stream: number | null, contextId: number, seen: Seen[]): Session {
  return {
    get refuted() {
      return session.refuted;
    },
    get identity() {
      return session.identity;
    },
    lost: (fromClient) => session.lost(fromClient),
    takeNotes: () => session.takeNotes(),
    open(pdu, sealed, headerSigning) {
      const opened = session.open(pdu, sealed, headerSigning);
      if (opened !== null) seen.push({ stream, contextId, ...describe(pdu, sealed, opened) });
      return opened;
    },
  };
}

function describe(pdu: ProtectedPdu, sealed: boolean, opened: Unsealed): Omit<Seen, "stream" | "contextId"> {
  const padding = pdu.bytes[pdu.trailerStart + 2]!;
  const stub = opened.stub?.subarray(0, opened.stub.length - padding) ?? null;
  return {
    fromClient: pdu.fromClient,
    frame: pdu.frame,
    callId: new DataView(pdu.bytes.buffer, pdu.bytes.byteOffset).getUint32(12, pdu.littleEndian),
    sealed,
    verified: opened.verified,
    decrypted: opened.decrypted,
    stubLength: stub?.length ?? null,
    sha256: stub === null ? null : createHash("sha256").update(stub).digest("hex"),
    stub: stub === null ? null : Uint8Array.from(stub),
    token: hex(pdu.bytes.subarray(pdu.tokenStart)),
  };
}
