/**
 * The secrets of a run: which of them opens a security context. Those of the context's user come first, then the ones
 * without a user, then all others; the handshake or the first signature proves which is right. No secret's value ever
 * leaves this module.
 */
import { Rc4 } from "../../../dissectors/crypto/rc4.js";
import { RC4_HMAC } from "../../../dissectors/kerberos/crypto.js";
import { type KeytabEntry, readKeytab } from "../../../dissectors/kerberos/keytab.js";
import { principalText } from "../../../dissectors/kerberos/messages.js";
import { etypeName } from "../../../dissectors/kerberos/names.js";
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
  lmowfV1,
  micHolds,
  ntowfV1,
  sealKey,
  signKey,
} from "../../../dissectors/ntlmssp/keys.js";
import { mechListMicHolds } from "../../../dissectors/ntlmssp/sealing.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import type { KeysRecord, Note } from "../../events.js";
import { KerberosKeys } from "./kerberos-keys.js";
import { KerberosSession } from "./kerberos-session.js";
import { KeyReport, type Proof, type SecretEntry } from "./key-report.js";
import { NtlmSession, type SearchBudget } from "./ntlm-session.js";
import { parseNtHash, parseSessionKey, type Secret, SecretError } from "./secrets.js";
import type {
  ContextPlace,
  Exchange,
  Identity,
  KerberosExchange,
  Keys,
  NtlmExchange,
  Opened,
  ProtectedPdu,
  Session,
  ShutReason,
} from "./session.js";

/** NTLM session keys that are tried on one context. */
const MAX_CANDIDATES = 64;
/** Octets, of a run, that may be worked through in search of lost key streams: some seconds. */
const MAX_SEARCH = 256 * 1024 * 1024;
/** What nearly every session negotiates, for one whose handshake was not captured. */
const USUAL_FLAGS =
  NEGOTIATE_SIGN |
  NEGOTIATE_SEAL |
  NEGOTIATE_EXTENDED_SESSIONSECURITY |
  NEGOTIATE_128 |
  NEGOTIATE_KEY_EXCH |
  NEGOTIATE_56;
const NOBODY: Identity = { user: null, domain: null };

export interface KeyRingOptions {
  /** For every user. */
  passwords?: readonly string[];
  /** 32 hex digits each, or LM:NT. */
  ntHashes?: readonly string[];
  /** Hex; of NTLM or Kerberos. */
  sessionKeys?: readonly string[];
  /** The files' names and contents. */
  keytabs?: readonly { name: string; bytes: Uint8Array }[];
  /** As `parseSecrets` gives them; those that name a keytab must come in `keytabs` instead. */
  secrets?: readonly Secret[];
}

/** A secret that NTLM can use. */
interface NtlmSecret {
  user: string | null;
  domain: string | null;
  hashes: Hashes;
  entry: SecretEntry;
}

type Answer = { session: Session } | { session: null; reason: ShutReason; message: string };

export class KeyRing implements Keys {
  readonly #report = new KeyReport();
  readonly #ntlm: NtlmSecret[] = [];
  readonly #sessionKeys: { key: Uint8Array; entry: SecretEntry }[] = [];
  readonly #kerberos = new KerberosKeys();
  #anonymous: SecretEntry | null = null;
  readonly #budget: SearchBudget = { left: MAX_SEARCH };

  private constructor() {}

  /** Throws SecretError, which never holds a secret, for one that is not what it should be. */
  static from(options: KeyRingOptions): KeyRing {
    const ring = new KeyRing();
    const numbered = (kind: string, i: number): string => `${kind} #${i + 1}`;
    options.passwords?.forEach((password, i) => {
      ring.#addPassword(numbered("password", i), null, null, password);
    });
    options.ntHashes?.forEach((text, i) => {
      const label = numbered("nt_hash", i);
      ring.#addHash(label, null, null, parseNtHash(text, label));
    });
    options.sessionKeys?.forEach((text, i) => {
      const label = numbered("session_key", i);
      ring.#addSessionKey(label, parseSessionKey(text, label));
    });
    for (const { name, bytes } of options.keytabs ?? []) ring.#addKeytab(name, bytes);
    options.secrets?.forEach((secret, i) => {
      ring.#addSecret(secret, numbered("secret", i));
    });
    return ring;
  }

  get generation(): number {
    return this.#kerberos.generation;
  }

  /**
   * A message to or from a KDC: AS-REQ, AS-REP, TGS-REQ, TGS-REP, KRB-ERROR. Over TCP the four octets of its length
   * are to be taken off before. What is no such message is passed over.
   */
  learnKerberos(message: Uint8Array): void {
    if (this.#kerberos.empty) return;
    try {
      this.#kerberos.learn(message);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
    }
  }

  /** What each secret opened, and why contexts stayed shut, so far. */
  report(): KeysRecord {
    return this.#report.record();
  }

  session(exchange: Exchange | null, place: ContextPlace, refuted: Session | null): Answer {
    if (exchange === null) {
      return place.type === "spnego"
        ? this.#shut(
            place,
            null,
            NOBODY,
            "bind-not-captured",
            "the negotiation of the mechanism was not captured",
          )
        : this.#shut(place, null, NOBODY, "unsupported-mechanism", `opening ${place.type} is not supported`);
    }
    return exchange.mechanism === "ntlmssp"
      ? this.#ntlmSession(exchange, place, refuted !== null)
      : this.#kerberosSession(exchange, place, refuted !== null);
  }

  #addSecret(secret: Secret, label: string): void {
    if (secret.kind === "keytab") throw new SecretError(`${label}: the keytab must be loaded first`);
    if (secret.kind === "session_key") this.#addSessionKey(label, secret.key);
    else if (secret.kind === "password")
      this.#addPassword(label, secret.user, secret.domain, secret.password);
    else if (secret.kind === "nt_hash") this.#addHash(label, secret.user, secret.domain, secret);
    else {
      const { principal, realm, etype, key } = secret;
      const entry = this.#report.addSecret("kerberos_key", label, principal, realm);
      this.#kerberos.addLongTerm({ etype, key, principal, realm, kvno: null, secret: entry });
      this.#kerberos.addSessionKey(key, entry);
    }
  }

  #addPassword(label: string, user: string | null, domain: string | null, password: string): void {
    const entry = this.#report.addSecret("password", label, user, domain);
    this.#ntlm.push({ user, domain, hashes: { nt: ntowfV1(password), lm: lmowfV1(password) }, entry });
    this.#kerberos.addPassword({ password, user, secret: entry });
  }

  #addHash(label: string, user: string | null, domain: string | null, hashes: Hashes): void {
    const entry = this.#report.addSecret("nt_hash", label, user, domain);
    this.#ntlm.push({ user, domain, hashes: { nt: hashes.nt, lm: hashes.lm }, entry });
    // The NT hash is the account's RC4 key as well.
    const key = { etype: RC4_HMAC, key: hashes.nt, principal: user, realm: null, kvno: null, secret: entry };
    this.#kerberos.addLongTerm(key);
  }

  #addSessionKey(label: string, key: Uint8Array): void {
    const entry = this.#report.addSecret("session_key", label);
    this.#kerberos.addSessionKey(key, entry);
    if (key.length === 16) this.#sessionKeys.push({ key, entry });
  }

  #addKeytab(name: string, bytes: Uint8Array): void {
    let entries: KeytabEntry[];
    try {
      entries = readKeytab(bytes);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      throw new SecretError(`keytab ${name}: ${fault.message}`);
    }
    const entry = this.#report.addSecret("keytab", `keytab ${name}`);
    for (const { principal, realm, etype, kvno, key } of entries) {
      this.#kerberos.addLongTerm({ etype, key, principal, realm, kvno, secret: entry });
      if (etype === RC4_HMAC) {
        this.#ntlm.push({ user: principal, domain: null, hashes: { nt: key, lm: null }, entry });
      }
    }
  }

  #shut(
    place: ContextPlace,
    mechanism: string | null,
    who: Identity,
    reason: ShutReason,
    message: string,
  ): Answer {
    // At connect level nothing is sealed or signed: nothing stayed shut.
    if (place.level !== "connect") this.#report.shut(place, mechanism, who, reason, message);
    return { session: null, reason, message };
  }

  #ntlmSession(exchange: NtlmExchange, place: ContextPlace, refuted: boolean): Answer {
    const message = exchange.authenticate?.message ?? null;
    const who: Identity = { user: message?.UserName ?? null, domain: message?.DomainName ?? null };
    const shut = (reason: ShutReason, text: string): Answer =>
      this.#shut(place, "ntlmssp", who, reason, text);
    const flags = ntlmFlags(exchange);
    const proven = this.#proveNtlm(exchange, flags);
    if (proven !== null && proven !== "no-lm-hash" && !refuted) {
      this.#report.opened(place, "ntlmssp", who, proven.entry, proven.proof);
      return { session: this.#candidates([proven], flags, exchange, place, who) };
    }
    const guesses = this.#sessionKeys
      .slice(0, MAX_CANDIDATES)
      .map(({ key, entry }) => ({ key, entry, proof: null }));
    if (guesses.length > 0 && !refuted)
      return { session: this.#candidates(guesses, flags, exchange, place, who) };
    if (message === null || !exchange.challenge?.message.ServerChallenge || message.kind === "malformed") {
      const seen = message === null && exchange.challenge === null ? "not captured" : "captured in part only";
      return shut("bind-not-captured", `the NTLM handshake was ${seen}: its session key could open this`);
    }
    const name = who.domain ? `${who.domain}\\${who.user}` : String(who.user);
    if (proven === "no-lm-hash") {
      return shut(
        "no-key",
        `${name} negotiated an LM session key: its password or LM hash is needed, not the NT hash alone`,
      );
    }
    if (this.#ntlm.length === 0) {
      return shut("no-key", `no password, NT hash or session key was given that could be of ${name}`);
    }
    const own = this.#ntlm.some((s) => matches(s, who) < 3);
    return own
      ? shut("wrong-password", `the password or NT hash given for ${name} is not the one that was used`)
      : shut("no-matching-user", `none of the secrets is of ${name}, and none of the others fits`);
  }

  /** The exported session key that a password, a hash, or the MIC proves. */
  #proveNtlm(
    exchange: NtlmExchange,
    flags: number,
  ): { key: Uint8Array; entry: SecretEntry; proof: Proof } | "no-lm-hash" | null {
    const { authenticate, challenge } = exchange;
    const serverChallenge = challenge?.message.ServerChallenge;
    if (!authenticate) return null;
    const { message } = authenticate;
    const export_ = (kxKey: Uint8Array): Uint8Array =>
      exportedSessionKey(flags, kxKey, message.EncryptedRandomSessionKey);
    if (message.kind === "anonymous") {
      this.#anonymous ??= this.#report.addSecret("none", "none (anonymous)");
      return { key: export_(new Uint8Array(16)), entry: this.#anonymous, proof: "anonymous" };
    }
    for (const { key, entry } of this.#sessionKeys) {
      const proof = provesSessionKey(exchange, flags, key);
      if (proof !== null) return { key, entry, proof };
    }
    if (!serverChallenge) return null;
    const who: Identity = { user: message.UserName, domain: message.DomainName };
    const ordered = [...this.#ntlm].sort((a, b) => matches(a, who) - matches(b, who));
    let noLmHash = false;
    for (const { hashes, entry } of ordered) {
      const kxKey = keyExchangeKey(message, flags, serverChallenge, hashes);
      if (kxKey === "no-lm-hash") noLmHash = true;
      else if (kxKey !== null) {
        return { key: export_(kxKey), entry, proof: message.kind === "lm" ? "lm_response" : "nt_response" };
      }
    }
    return noLmHash ? "no-lm-hash" : null;
  }

  #candidates(
    found: readonly { key: Uint8Array; entry: SecretEntry; proof: Proof | null }[],
    flags: number,
    _exchange: NtlmExchange,
    place: ContextPlace,
    who: Identity,
  ): Session {
    const candidates = found.map(({ key, entry, proof }) => {
      const session = new NtlmSession(flags, key, this.#budget);
      session.onLost = (message) => this.#report.lost(place, message);
      return { session, entry, proof };
    });
    return new NtlmCandidates(candidates, (entry) =>
      this.#report.opened(place, "ntlmssp", who, entry, "signature"),
    );
  }

  #kerberosSession(exchange: KerberosExchange, place: ContextPlace, refuted: boolean): Answer {
    const mechanism = exchange.apReq?.use_session_key ? "kerberos_u2u" : "kerberos";
    const opened = refuted ? null : this.#kerberos.open(exchange);
    if (opened !== null) {
      const { keys, client, proof } = opened;
      this.#report.opened(place, mechanism, client, keys[0]!.secret, proof);
      return { session: new KerberosSession(keys, true, client, () => {}) };
    }
    const given = this.#kerberos.givenKeys();
    if (given.length > 0 && !refuted) {
      const proved = (secret: SecretEntry, proof: Proof): void =>
        this.#report.opened(place, mechanism, NOBODY, secret, proof);
      return { session: new KerberosSession(given, false, NOBODY, proved) };
    }
    const shut = (reason: ShutReason, text: string): Answer =>
      this.#shut(place, mechanism, NOBODY, reason, text);
    const ticket = exchange.apReq?.ticket;
    if (!ticket) {
      return shut(
        "bind-not-captured",
        "the Kerberos handshake was not captured: only its session key could open this",
      );
    }
    const part = ticket.enc_part;
    const kvno = part?.kvno == null ? "" : `, kvno ${part.kvno}`;
    const name = `${principalText(ticket.sname) ?? "?"}@${ticket.realm ?? "?"} (${part ? etypeName(part.etype) : "?"}${kvno})`;
    if (mechanism === "kerberos_u2u") {
      return shut(
        "no-key",
        `user-to-user ticket for ${name}: the session key of that user's own ticket is needed`,
      );
    }
    return this.#kerberos.hasKeyOf(ticket)
      ? shut("wrong-key", `a key for ${name} was given, but it is not the one that the ticket is sealed with`)
      : shut("no-key", `none of the keys opens the ticket for ${name}`);
  }
}

/** NTLM sessions of keys that may be right; the first signature leaves one. */
class NtlmCandidates implements Session {
  readonly identity = NOBODY;
  refuted = false;
  #left: { session: NtlmSession; entry: SecretEntry; proof: Proof | null }[];
  #proven: boolean;
  readonly #onProof: (entry: SecretEntry) => void;

  constructor(
    candidates: { session: NtlmSession; entry: SecretEntry; proof: Proof | null }[],
    onProof: (entry: SecretEntry) => void,
  ) {
    this.#left = candidates;
    this.#proven = candidates.some((c) => c.proof !== null);
    this.#onProof = onProof;
  }

  open(pdu: ProtectedPdu, sealed: boolean): Opened | null {
    if (this.#proven) return this.#left[0]!.session.open(pdu, sealed);
    for (const candidate of this.#left) {
      const opened = candidate.session.open(pdu, sealed);
      if (opened.verified !== true) continue;
      this.#left = [candidate];
      this.#proven = true;
      this.#onProof(candidate.entry);
      return opened;
    }
    this.refuted = true;
    return null;
  }

  lost(fromClient: boolean): void {
    for (const { session } of this.#left) session.lost(fromClient);
  }

  takeNotes(): Note[] {
    return this.#proven ? this.#left[0]!.session.takeNotes() : [];
  }
}

/** What both ends agreed on: the client's last word, or the server's where that is missing. */
function ntlmFlags(exchange: NtlmExchange): number {
  return (
    exchange.authenticate?.message.NegotiateFlags || exchange.challenge?.message.NegotiateFlags || USUAL_FLAGS
  );
}

/** 0: user and domain are the secret's; 1: its user, no domain given; 2: it is for every user; 3: another's. */
function matches(secret: { user: string | null; domain: string | null }, who: Identity): number {
  if (secret.user === null) return 2;
  const same = (a: string | null, b: string | null): boolean =>
    (a ?? "").toLowerCase() === (b ?? "").toLowerCase();
  if (!same(secret.user, who.user)) return 3;
  if (secret.domain === null) return 1;
  return same(secret.domain, who.domain) ? 0 : 1;
}

/** Whether the handshake itself shows that this is the exported session key: by the MIC, or by SPNEGO's. */
function provesSessionKey(exchange: NtlmExchange, flags: number, key: Uint8Array): Proof | null {
  const { negotiate, challenge, authenticate } = exchange;
  const micOffset = authenticate?.message.micOffset ?? null;
  if (negotiate && challenge && authenticate && micOffset !== null) {
    if (micHolds(key, negotiate, challenge.bytes, authenticate.bytes, micOffset)) return "mic";
  }
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
