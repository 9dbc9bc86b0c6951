/**
 * The secrets of a run: which of them opens a security context, and what came of it. No secret's value ever leaves the
 * objects in here.
 */
import { AUTH_TYPE_SPNEGO } from "../../../dissectors/dcerpc/security.js";
import { RC4_HMAC } from "../../../dissectors/kerberos/crypto.js";
import { type Keytab, MAX_KEYTAB_ENTRIES, readKeytab } from "../../../dissectors/kerberos/keytab.js";
import { type Hashes, lmowfV1, ntowfV1 } from "../../../dissectors/ntlmssp/keys.js";
import { PREAUTH_HASH_LENGTH, preauthHash } from "../../../dissectors/smb/keys.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import type { KeysRecord, Note } from "../../events.js";
import { Handshake } from "./handshake.js";
import { KerberosKeys, type LearnedPassword } from "./kerberos-keys.js";
import { KerberosSession } from "./kerberos-session.js";
import {
  MAX_LEARNED_PASSWORD,
  MAX_LEARNED_PASSWORDS,
  MAX_SESSION_KEY_GUESSES,
  noneReached,
  type ReachedKeyLimits,
} from "./key-limits.js";
import { KeyReport, type Proof, type SecretEntry } from "./key-report.js";
import { NtlmCandidates } from "./ntlm-candidates.js";
import { micIsWrong, NtlmKeys, ntlmFlags } from "./ntlm-keys.js";
import { NtlmSession, type SearchBudget } from "./ntlm-session.js";
import { accountText, ticketText } from "./records.js";
import { parseNtHash, parseSessionKey, type Secret, SecretError } from "./secrets.js";
import type {
  AccountIdentity,
  ContextLocation,
  Exchange,
  KerberosExchange,
  Keys,
  NtlmExchange,
  Session,
  SmbKeys,
  SmbProtection,
  SmbSetup,
  UndecryptableReason,
} from "./session.js";
import { SmbSealings } from "./smb-sealings.js";
import { type SmbKeyCandidate, SmbSessionKeys } from "./smb-session.js";

/** Bytes, of a run, that may be worked through in search of lost key streams: some seconds. */
const MAX_SEARCH = 256 * 1024 * 1024;
type NoAnswer = { session: null; reason: UndecryptableReason; message: string };
/** Who reports a context says why it stays encrypted. */
const UNREPORTED: NoAnswer = { session: null, reason: "no-key", message: "" };
const NOBODY: AccountIdentity = { user: null, domain: null };

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

/** `note`: what the key shows of the handshake. */
type Answer = { session: Session; note?: Note | null } | NoAnswer;

export class KeyRing implements Keys, SmbKeys {
  readonly #report = new KeyReport();
  #anonymous: SecretEntry | null = null;
  readonly #limited: ReachedKeyLimits = noneReached();
  readonly #ntlm = new NtlmKeys(() => {
    this.#anonymous ??= this.#report.addSecret("none", "none (anonymous)");
    return this.#anonymous;
  }, this.#limited);
  readonly #kerberos = new KerberosKeys(this.#limited);
  readonly #smb = new SmbSealings(this.#limited);
  readonly #budget: SearchBudget = { left: MAX_SEARCH };
  /** Users and passwords that were learned. */
  readonly #learned = new Set<string>();
  /** What of the secrets is not used, in sentences without a secret. */
  readonly warnings: string[] = [];

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

  /** Limits that were reached when keys were learned or made. */
  get limited(): ReachedKeyLimits {
    return this.#limited;
  }

  /**
   * A message to or from a KDC: AS-REQ, AS-REP, TGS-REQ, TGS-REP, KRB-ERROR. Over TCP the four bytes of its length
   * are to be taken off before. What is no such message is passed over.
   */
  learnKerberos(message: Uint8Array): void {
    this.#learnFrom(() => this.#kerberos.learn(message));
  }

  #learnFrom(learn: () => void): void {
    if (this.#kerberos.empty) return;
    try {
      learn();
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
    }
  }

  learn({ apReq }: KerberosExchange): void {
    if (apReq !== null) this.#learnFrom(() => this.#kerberos.learnApReq(apReq));
  }

  /** A client's token of the GSS-API or SPNEGO that was sent beside DCE/RPC. What is none is passed over. */
  learnToken(token: Uint8Array): void {
    const handshake = new Handshake(AUTH_TYPE_SPNEGO);
    handshake.take(true, token, false);
    const exchange = handshake.exchange();
    if (exchange?.mechanism === "kerberos") this.learn(exchange);
  }

  /** A request for a new password: later logons of its user may be opened with that. What is none is passed over. */
  learnPasswordChange(message: Uint8Array): void {
    this.#learnFrom(() => {
      const learned = this.#kerberos.learnPasswordChange(message);
      if (learned !== null) this.#addLearned(learned);
    });
  }

  /** Not all tokens that were sent beside DCE/RPC were found. */
  passOverTokens(): void {
    this.#limited.tokens = true;
  }

  /** As much may be searched again as at first: another run begins with what this one learned. */
  rest(): void {
    this.#budget.left = MAX_SEARCH;
  }

  /**
   * The same secrets for conversations that somebody else reports: what their security contexts teach is learned, and no PDU is
   * opened; of SMB sessions the messages are, since pipes are inside.
   */
  get unreported(): Keys & SmbKeys {
    const ring = this;
    return {
      get generation() {
        return ring.generation;
      },
      learn: (exchange) => ring.learn(exchange),
      session: (exchange) => {
        if (exchange?.mechanism === "kerberos") ring.#kerberos.open(exchange);
        return UNREPORTED;
      },
      smbPreauth: (before, message) => ring.smbPreauth(before, message),
      smbSession: (setup, _location, refuted) => {
        const { session } = ring.#smbKeys(setup, refuted, () => {});
        return session.empty ? UNREPORTED : { session };
      },
    };
  }

  /** What each secret opened, and why contexts stayed encrypted, so far. */
  report(): KeysRecord {
    return this.#report.record();
  }

  session(exchange: Exchange | null, location: ContextLocation, refuted: Session | null): Answer {
    if (exchange === null) {
      return location.type === "spnego"
        ? this.#undecryptable(
            location,
            null,
            NOBODY,
            "bind-not-captured",
            "the negotiation of the mechanism was not captured",
          )
        : this.#undecryptable(
            location,
            null,
            NOBODY,
            "unsupported-mechanism",
            `decrypting ${location.type} is not supported`,
          );
    }
    return exchange.mechanism === "ntlmssp"
      ? this.#ntlmSession(exchange, location, refuted !== null)
      : this.#kerberosSession(exchange, location, refuted !== null);
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
    this.#usePassword(user, domain, password, this.#report.addSecret("password", label, user, domain));
  }

  #usePassword(user: string | null, domain: string | null, password: string, entry: SecretEntry): void {
    this.#ntlm.addAccount(user, domain, { nt: ntowfV1(password), lm: lmowfV1(password) }, entry);
    this.#kerberos.addPassword({ password, user, secret: entry });
  }

  #addLearned({ user, password, secret }: LearnedPassword): void {
    const id = JSON.stringify([user, password]);
    if (this.#learned.has(id)) return;
    if (this.#learned.size < MAX_LEARNED_PASSWORDS && password.length <= MAX_LEARNED_PASSWORD) {
      this.#learned.add(id);
      this.#usePassword(user, null, password, secret);
    } else this.#limited.passwords = true;
  }

  #addHash(label: string, user: string | null, domain: string | null, hashes: Hashes): void {
    const entry = this.#report.addSecret("nt_hash", label, user, domain);
    this.#ntlm.addAccount(user, domain, { nt: hashes.nt, lm: hashes.lm }, entry);
    // The NT hash is the account's RC4 key as well.
    const key = { etype: RC4_HMAC, key: hashes.nt, principal: user, realm: null, kvno: null, secret: entry };
    this.#kerberos.addLongTerm(key);
  }

  #addSessionKey(label: string, key: Uint8Array): void {
    const entry = this.#report.addSecret("session_key", label);
    this.#kerberos.addSessionKey(key, entry);
    if (key.length === 16) this.#ntlm.addSessionKey(key, entry);
  }

  #addKeytab(name: string, bytes: Uint8Array): void {
    let keytab: Keytab;
    try {
      keytab = readKeytab(bytes);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      throw new SecretError(`keytab ${name}: ${fault.message}`);
    }
    if (keytab.more)
      this.warnings.push(`keytab ${name}: only its first ${MAX_KEYTAB_ENTRIES} entries are used`);
    const entry = this.#report.addSecret("keytab", `keytab ${name}`);
    for (const { principal, realm, etype, kvno, key } of keytab.entries) {
      this.#kerberos.addLongTerm({ etype, key, principal, realm, kvno, secret: entry });
      // An account's RC4 key is its NT hash.
      if (etype === RC4_HMAC) this.#ntlm.addAccount(principal, null, { nt: key, lm: null }, entry);
    }
  }

  #undecryptable(
    location: ContextLocation,
    mechanism: string | null,
    who: AccountIdentity,
    reason: UndecryptableReason,
    message: string,
  ): NoAnswer {
    // At connect level nothing is sealed or signed: nothing stayed encrypted.
    if (location.level !== "connect") this.#report.undecryptable(location, mechanism, who, reason, message);
    return { session: null, reason, message };
  }

  #ntlmSession(exchange: NtlmExchange, location: ContextLocation, refuted: boolean): Answer {
    const message = exchange.authenticate?.message;
    const who: AccountIdentity = { user: message?.UserName ?? null, domain: message?.DomainName ?? null };
    const found = this.#ntlm.find(exchange, !refuted);
    if (!Array.isArray(found))
      return this.#undecryptable(location, "ntlmssp", who, found.reason, found.message);
    const opened = (entry: SecretEntry, proof: Proof): void =>
      this.#report.opened(location, "ntlmssp", who, entry, proof);
    const flags = ntlmFlags(exchange);
    const candidates = found.map(({ key, entry, proof }) => {
      const session = new NtlmSession(flags, key, this.#budget);
      session.onLost = (text) => this.#report.lost(location, text);
      if (proof !== null) opened(entry, proof);
      return { session, entry, proof };
    });
    const proved = (entry: SecretEntry): void => opened(entry, "signature");
    return {
      session: new NtlmCandidates(candidates, proved, () => this.#ntlm.triedInVain()),
      note: found.some((key) => micIsWrong(exchange, key)) ? wrongMic(who) : null,
    };
  }

  #kerberosSession(exchange: KerberosExchange, location: ContextLocation, refuted: boolean): Answer {
    const mechanism = mechanismOf(exchange);
    const opened = refuted ? null : this.#kerberos.open(exchange);
    if (opened !== null) {
      const { keys, client, proof } = opened;
      this.#report.opened(location, mechanism, client, keys[0]!.secret, proof);
      return { session: new KerberosSession(keys, true, client, () => {}) };
    }
    const given = this.#kerberos.givenKeys();
    if (given.length > 0 && !refuted) {
      const proved = (secret: SecretEntry, proof: Proof): void =>
        this.#report.opened(location, mechanism, NOBODY, secret, proof);
      return { session: new KerberosSession(given, false, NOBODY, proved) };
    }
    const { reason, message } = this.#kerberosWhyNot(exchange);
    return this.#undecryptable(location, mechanism, NOBODY, reason, message);
  }

  #kerberosWhyNot(exchange: KerberosExchange): { reason: UndecryptableReason; message: string } {
    const ticket = exchange.apReq?.ticket;
    if (!ticket) {
      return {
        reason: "bind-not-captured",
        message: "the Kerberos handshake was not captured: only its session key could decrypt this",
      };
    }
    const name = ticketText(ticket);
    if (mechanismOf(exchange) === "kerberos_u2u") {
      return {
        reason: "no-key",
        message: `user-to-user ticket for ${name}: the session key of that user's own ticket is needed`,
      };
    }
    return this.#kerberos.hasKeyOf(ticket)
      ? {
          reason: "wrong-key",
          message: `a key for ${name} was given, but it is not the one that the ticket is encrypted with`,
        }
      : { reason: "no-key", message: `none of the keys decrypts the ticket for ${name}` };
  }

  smbPreauth(before: Uint8Array | null, message: Uint8Array): Uint8Array {
    return preauthHash(before ?? new Uint8Array(PREAUTH_HASH_LENGTH), message);
  }

  smbSession(
    setup: SmbSetup,
    location: ContextLocation,
    refuted: boolean,
  ): { session: SmbProtection; note: Note | null } | NoAnswer {
    const { exchange } = setup;
    const { session, found } = this.#smbKeys(setup, refuted, (entry) => opened(entry, "signature"));
    const { who, mechanism } = found;
    const opened = (entry: SecretEntry, proof: Proof): void =>
      this.#report.opened(location, mechanism ?? location.type, who, entry, proof);
    const [first] = found.keys;
    if (session.empty && first !== undefined) {
      const message =
        "the beginning of the SMB 3.1.1 connection was not captured whole, of which its keys are made";
      return this.#undecryptable(location, mechanism, who, "bind-not-captured", message);
    }
    if (session.empty) {
      const { reason, message } = found;
      // Signatures of a session whose beginning is missing are nobody's loss.
      if (exchange === null && location.level !== "pkt_privacy") return { session: null, reason, message };
      return this.#undecryptable(location, mechanism, who, reason, message);
    }
    if (first !== undefined && first.proof !== null) opened(first.entry, first.proof);
    const wrong = exchange?.mechanism === "ntlmssp" && found.keys.some((key) => micIsWrong(exchange, key));
    return { session, note: wrong ? wrongMic(who) : null };
  }

  /** `proved`: a message was the first to prove a key. */
  #smbKeys(
    setup: SmbSetup,
    refuted: boolean,
    proved: (entry: SecretEntry) => void,
  ): { session: SmbSessionKeys; found: SmbCandidates } {
    const { exchange, sessionId } = setup;
    const found = this.#smbCandidates(exchange, !refuted);
    const session = new SmbSessionKeys(found.keys, setup, () => (refuted ? [] : this.#smb.of(sessionId)), {
      proved,
      opened: (sealing) => this.#smb.remember(sessionId, sealing),
      vain: () => this.#ntlm.triedInVain(),
    });
    return { session, found };
  }

  /** Keys that the setup of an SMB session may have ended in, and why there are none. */
  #smbCandidates(exchange: Exchange | null, guess: boolean): SmbCandidates {
    const given = guess ? this.#kerberos.givenKeys().slice(0, MAX_SESSION_KEY_GUESSES) : [];
    const guesses = given.map(({ key, secret }) => ({ key, entry: secret, proof: null }));
    if (exchange?.mechanism === "ntlmssp") {
      const message = exchange.authenticate?.message;
      const who = { user: message?.UserName ?? null, domain: message?.DomainName ?? null };
      const found = this.#ntlm.find(exchange, false);
      if (Array.isArray(found)) return { ...NO_REASON, keys: found, who, mechanism: "ntlmssp" };
      return { ...found, keys: guesses, who, mechanism: "ntlmssp" };
    }
    if (exchange?.mechanism === "kerberos") {
      const mechanism = mechanismOf(exchange);
      const opened = this.#kerberos.open(exchange);
      if (opened === null)
        return { ...this.#kerberosWhyNot(exchange), keys: guesses, who: NOBODY, mechanism };
      const keys = opened.keys.map(({ key, secret }) => ({ key, entry: secret, proof: opened.proof }));
      return { ...NO_REASON, keys, who: opened.client, mechanism };
    }
    const message = "the setup of the SMB session was not captured: only its session key could decrypt this";
    return { reason: "bind-not-captured", message, keys: guesses, who: NOBODY, mechanism: null };
  }
}

function wrongMic({ user, domain }: AccountIdentity): Note {
  const message = `the MIC of the NTLM handshake of ${accountText(user, domain)} does not fit its messages, although the key is right: they were changed on their way, as by a relay`;
  return { severity: "warning", code: "mic-wrong", message };
}

interface SmbCandidates {
  keys: SmbKeyCandidate[];
  who: AccountIdentity;
  mechanism: string | null;
  reason: UndecryptableReason;
  message: string;
}

const NO_REASON = { reason: "wrong-key", message: "no key opens it" } as const;

function mechanismOf(exchange: KerberosExchange): "kerberos" | "kerberos_u2u" {
  return exchange.apReq?.use_session_key ? "kerberos_u2u" : "kerberos";
}
