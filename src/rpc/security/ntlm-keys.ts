/**
 * The NTLM secrets of a run: which of them made a handshake. Those of the handshake's user come first, then the ones
 * for every user, then all others; the responses, the MIC or SPNEGO's MIC prove which is right.
 */
import { Rc4 } from "../../../dissectors/crypto/rc4.js";
import {
  has,
  NEGOTIATE_56,
  NEGOTIATE_128,
  NEGOTIATE_EXTENDED_SESSIONSECURITY,
  NEGOTIATE_KEY_EXCH,
  NEGOTIATE_SEAL,
  NEGOTIATE_SIGN,
} from "../../../dissectors/ntlmssp/flags.js";
import {
  exportedSessionKey,
  type Hashes,
  keyExchangeKey,
  micHolds,
  sealKey,
  signKey,
} from "../../../dissectors/ntlmssp/keys.js";
import { mechListMicHolds } from "../../../dissectors/ntlmssp/sealing.js";
import { MAX_SESSION_KEY_GUESSES, type ReachedKeyLimits } from "./key-limits.js";
import type { Proof, SecretEntry } from "./key-report.js";
import { accountText } from "./records.js";
import type { AccountIdentity, NtlmExchange, UndecryptableReason } from "./session.js";

/** What nearly every session negotiates, for one whose handshake was not captured. */
const USUAL_FLAGS =
  NEGOTIATE_SIGN |
  NEGOTIATE_SEAL |
  NEGOTIATE_EXTENDED_SESSIONSECURITY |
  NEGOTIATE_128 |
  NEGOTIATE_KEY_EXCH |
  NEGOTIATE_56;

/** An exported session key, and what shows that it is right; null where only the first signature can. */
export interface NtlmKey {
  key: Uint8Array;
  entry: SecretEntry;
  proof: Proof | null;
}

interface AccountSecret {
  user: string | null;
  domain: string | null;
  hashes: Hashes;
  entry: SecretEntry;
}

export class NtlmKeys {
  readonly #accounts: AccountSecret[] = [];
  readonly #sessionKeys: { key: Uint8Array; entry: SecretEntry }[] = [];
  readonly #anonymous: () => SecretEntry;
  readonly #limited: ReachedKeyLimits;

  /** `anonymous` names what opens a session that needs no secret; `limited` is reported which limits were reached. */
  constructor(anonymous: () => SecretEntry, limited: ReachedKeyLimits) {
    this.#anonymous = anonymous;
    this.#limited = limited;
  }

  addAccount(user: string | null, domain: string | null, hashes: Hashes, entry: SecretEntry): void {
    this.#accounts.push({ user, domain, hashes, entry });
  }

  addSessionKey(key: Uint8Array, entry: SecretEntry): void {
    this.#sessionKeys.push({ key, entry });
  }

  /** The key that is proved to be right, or else all that may be; or the reason why there is none. */
  find(exchange: NtlmExchange, guess: boolean): NtlmKey[] | { reason: UndecryptableReason; message: string } {
    const flags = ntlmFlags(exchange);
    const proved = this.#proveSessionKey(exchange, flags) ?? this.#proveAccount(exchange, flags);
    if (proved !== null && proved !== "no-lm-hash") return [proved];
    const guesses = guess ? this.#sessionKeys.slice(0, MAX_SESSION_KEY_GUESSES) : [];
    if (guesses.length > 0) return guesses.map(({ key, entry }) => ({ key, entry, proof: null }));
    return this.#whyNot(exchange, proved === "no-lm-hash");
  }

  /** None of the keys that may be right opened a PDU. */
  triedInVain(): void {
    if (this.#sessionKeys.length > MAX_SESSION_KEY_GUESSES) this.#limited.guesses = true;
  }

  #proveSessionKey(exchange: NtlmExchange, flags: number): NtlmKey | null {
    for (const { key, entry } of this.#sessionKeys) {
      const proof = provesSessionKey(exchange, flags, key);
      if (proof !== null) return { key, entry, proof };
    }
    return null;
  }

  #proveAccount({ authenticate, challenge }: NtlmExchange, flags: number): NtlmKey | "no-lm-hash" | null {
    if (authenticate === null) return null;
    const { message } = authenticate;
    const exported = (kxKey: Uint8Array): Uint8Array =>
      exportedSessionKey(flags, kxKey, message.EncryptedRandomSessionKey);
    if (message.kind === "anonymous") {
      return { key: exported(new Uint8Array(16)), entry: this.#anonymous(), proof: "anonymous" };
    }
    const serverChallenge = challenge?.message.ServerChallenge;
    if (!serverChallenge) return null;
    const who: AccountIdentity = { user: message.UserName, domain: message.DomainName };
    const ordered = [...this.#accounts].sort((a, b) => distance(a, who) - distance(b, who));
    let noLmHash = false;
    for (const { hashes, entry } of ordered) {
      const kxKey = keyExchangeKey(message, flags, serverChallenge, hashes);
      if (kxKey === "no-lm-hash") noLmHash = true;
      else if (kxKey !== null) {
        return { key: exported(kxKey), entry, proof: message.kind === "lm" ? "lm_response" : "nt_response" };
      }
    }
    return noLmHash ? "no-lm-hash" : null;
  }

  #whyNot(exchange: NtlmExchange, noLmHash: boolean): { reason: UndecryptableReason; message: string } {
    const message = exchange.authenticate?.message ?? null;
    if (message === null || !exchange.challenge?.message.ServerChallenge || message.kind === "malformed") {
      const seen = message === null && exchange.challenge === null ? "not captured" : "captured only in part";
      return {
        reason: "bind-not-captured",
        message: `the NTLM handshake was ${seen}: its session key could decrypt this`,
      };
    }
    const who: AccountIdentity = { user: message.UserName, domain: message.DomainName };
    const name = accountText(who.user, who.domain);
    if (noLmHash) {
      const needed = "its password or LM hash is needed, not the NT hash alone";
      return { reason: "no-key", message: `${name} negotiated an LM session key: ${needed}` };
    }
    if (this.#accounts.length === 0) {
      return {
        reason: "no-key",
        message: `no password, NT hash or session key was given that could be of ${name}`,
      };
    }
    return this.#accounts.some((secret) => distance(secret, who) < OTHER_USER)
      ? {
          reason: "wrong-password",
          message: `the password or NT hash given for ${name} is not the one that was used`,
        }
      : {
          reason: "no-matching-user",
          message: `none of the secrets is of ${name}, and none of the others fits`,
        };
  }
}

/** What both ends agreed on: the client's last word, or the server's where that is missing. */
export function ntlmFlags(exchange: NtlmExchange): number {
  return (
    exchange.authenticate?.message.NegotiateFlags || exchange.challenge?.message.NegotiateFlags || USUAL_FLAGS
  );
}

const OTHER_USER = 3;

/** 0: user and domain are the secret's; 1: its user, but not its domain; 2: for every user; 3: another's. */
function distance(secret: { user: string | null; domain: string | null }, who: AccountIdentity): number {
  if (secret.user === null) return 2;
  const same = (a: string | null, b: string | null): boolean =>
    (a ?? "").toLowerCase() === (b ?? "").toLowerCase();
  if (!same(secret.user, who.user)) return OTHER_USER;
  return secret.domain !== null && same(secret.domain, who.domain) ? 0 : 1;
}

/**
 * Whether the MIC contradicts a key that the responses prove: the messages are then not those that the client saw and
 * sent ([MS-NLMP] 3.1.5.1.2).
 */
export function micIsWrong(exchange: NtlmExchange, { key, proof }: NtlmKey): boolean {
  return (proof === "nt_response" || proof === "lm_response") && micOf(exchange, key) === false;
}

/** Whether the MIC holds; null where there is none, or a message is missing. */
function micOf({ negotiate, challenge, authenticate }: NtlmExchange, key: Uint8Array): boolean | null {
  const micOffset = authenticate?.message.micOffset ?? null;
  if (!negotiate || !challenge || !authenticate || micOffset === null) return null;
  return micHolds(key, negotiate, challenge.bytes, authenticate.bytes, micOffset);
}

/** Whether the handshake itself shows that this is the exported session key: by the MIC, or by SPNEGO's. */
function provesSessionKey(exchange: NtlmExchange, flags: number, key: Uint8Array): Proof | null {
  if (micOf(exchange, key) === true) return "mic";
  const { mechTypes, clientMechListMic, serverMechListMic } = exchange;
  for (const [side, mic] of [
    ["client", clientMechListMic] as const,
    ["server", serverMechListMic] as const,
  ]) {
    const signing = signKey(flags, key, side);
    if (mechTypes === null || mic === null || signing === null) continue;
    const cipher = has(flags, NEGOTIATE_KEY_EXCH) ? new Rc4(sealKey(flags, key, side)) : null;
    if (mechListMicHolds(signing, cipher, mechTypes, mic)) return "mech_list_mic";
  }
  return null;
}
