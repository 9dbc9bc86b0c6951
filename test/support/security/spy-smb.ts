/** A key ring that writes down what every protected SMB message came to. */
import type { KeyRing } from "../../../src/rpc/security/keyring.js";
import type { Keys, SmbKeys, SmbProtection } from "../../../src/rpc/security/session.js";
import type { Learns } from "./spy.js";

export interface SmbSeen {
  what: "open" | "verify";
  stream: number | null;
  /** Null where nobody knows. */
  holds: boolean | null;
}

export function spyOnSmb(ring: KeyRing): { keys: KeyRing; seen: SmbSeen[] } {
  const seen: SmbSeen[] = [];
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
    session: (...of) => ring.session(...of),
    smbPreauth: (...of) => ring.smbPreauth(...of),
    smbSession(setup, location, refuted) {
      const answer = ring.smbSession(setup, location, refuted);
      if (answer.session === null) return answer;
      return { session: spySession(answer.session, location.stream, seen) };
    },
  };
  return { keys: spied as unknown as KeyRing, seen };
}

function spySession(session: SmbProtection, stream: number | null, seen: SmbSeen[]): SmbProtection {
  return {
    get certain() {
      return session.certain;
    },
    get refuted() {
      return session.refuted;
    },
    open(fromClient, message) {
      const plain = session.open(fromClient, message);
      seen.push({ what: "open", stream, holds: plain !== null });
      return plain;
    },
    verify(message) {
      const holds = session.verify(message);
      seen.push({ what: "verify", stream, holds });
      return holds;
    },
  };
}
