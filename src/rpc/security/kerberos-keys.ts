/**
 * The Kerberos keys of a run: those that were given, and those learned from them. A keytab that holds the key of the
 * ticket-granting service, or of the user, opens the exchanges with the KDC that the capture holds, and each of them
 * gives the session key of the next.
 */

import {
  type Checksum,
  type EncryptedData,
  type PrincipalName,
  principalText,
} from "../../../dissectors/kerberos/basic.js";
import {
  ETYPE_NULL,
  forwardedIn,
  readEncKrbCredPart,
  readKrbCred,
  USAGE_KRB_CRED,
} from "../../../dissectors/kerberos/credentials.js";
import { decrypt, fingerprint, keyLength } from "../../../dissectors/kerberos/crypto.js";
import {
  type Authenticator,
  type EncryptionKey,
  readAuthenticator,
  readEncApRepPart,
  readEncKdcRepPart,
  readEncTicketPart,
  USAGE_AP_REP,
  USAGE_AP_REQ_AUTHENTICATOR,
  USAGE_AS_REP,
  USAGE_TGS_REP,
  USAGE_TGS_REP_SUBKEY,
  USAGE_TGS_REQ_AUTHENTICATOR,
  USAGE_TICKET,
} from "../../../dissectors/kerberos/encrypted.js";
import { fastReplyKey } from "../../../dissectors/kerberos/fast.js";
import {
  type ApReq,
  errorSalts,
  type KdcRep,
  type KdcReq,
  type KrbError,
  readKerberos,
  type Ticket,
} from "../../../dissectors/kerberos/messages.js";
import {
  readNewPassword,
  readPasswordChange,
  USAGE_KRB_PRIV,
} from "../../../dissectors/kerberos/password-change.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { Oldest } from "../../oldest.js";
import type { MessageKey } from "./kerberos-session.js";
import {
  MAX_LEARNED_KEY_GUESSES,
  MAX_LEARNED_KEYS,
  MAX_PENDING,
  noneReached,
  type ReachedKeyLimits,
} from "./key-limits.js";
import type { SecretEntry } from "./key-report.js";
import { PasswordKeys, type PasswordSource } from "./password-keys.js";
import type { AccountIdentity, KerberosExchange } from "./session.js";

/** Tickets remembered that no key opened, so that they are not tried in vain again. No note: only time is lost by it. */
const MAX_FAILED = 4096;

/** A key that belongs to an account. */
export interface LongTermKey {
  /** Null where the type was not given. */
  etype: number | null;
  key: Uint8Array;
  principal: string | null;
  realm: string | null;
  kvno: number | null;
  secret: SecretEntry;
}

interface Learned extends EncryptionKey {
  secret: SecretEntry;
  client: AccountIdentity;
}

/** An opened exchange: the keys that may protect its messages, best first. */
export interface OpenedExchange {
  keys: MessageKey[];
  client: AccountIdentity;
  proof: "ticket" | "authenticator";
}

/** A password that a user asked for, opened with what `secret` led to. */
export interface LearnedPassword {
  password: string;
  user: string;
  secret: SecretEntry;
}

export class KerberosKeys {
  readonly #longTerm: LongTermKey[] = [];
  readonly #given: { key: Uint8Array; secret: SecretEntry }[] = [];
  readonly #byTicket = new Map<string, Learned>();
  readonly #oldest = new Oldest(this.#byTicket);
  readonly #pending: { session: Learned; subkey: EncryptionKey | null }[] = [];
  /** Tickets that stayed encrypted, with the number of keys learned by then. */
  readonly #failed = new Map<string, number>();
  /** Grows with every key learned. */
  generation = 0;
  readonly limited: ReachedKeyLimits;
  readonly #passwords: PasswordKeys;

  constructor(limited: ReachedKeyLimits = noneReached()) {
    this.limited = limited;
    this.#passwords = new PasswordKeys(limited);
  }

  addLongTerm(key: LongTermKey): void {
    this.#longTerm.push(key);
  }

  addPassword(source: PasswordSource): void {
    this.#passwords.add(source);
    this.generation++;
  }

  /** A key without a name: of a ticket's session, or of the messages themselves. */
  addSessionKey(key: Uint8Array, secret: SecretEntry): void {
    this.#given.push({ key, secret });
  }

  get empty(): boolean {
    return this.#longTerm.length + this.#passwords.count + this.#given.length === 0;
  }

  /** The keys that were given as they are, to be tried on messages. */
  givenKeys(): MessageKey[] {
    return this.#given.map(({ key, secret }) => ({ etype: null, key, role: "given", secret }));
  }

  /** Whether a key of this service was given, in whatever version and type. */
  hasKeyOf(ticket: Ticket): boolean {
    const name = principalText(ticket.sname);
    return this.#longTerm.some((k) => k.principal !== null && sameName(k.principal, name));
  }

  /** A message of the exchange with a KDC. Throws WireError where it is none. */
  learn(bytes: Uint8Array): void {
    const message = readKerberos(new Reader(bytes));
    if (message.msg === "KRB-ERROR") this.#learnError(message);
    else if (message.msg === "TGS-REQ" || message.msg === "AS-REQ") this.#learnRequest(message);
    else if (message.msg === "AS-REP") this.#learnAsRep(message);
    else if (message.msg === "TGS-REP") this.#learnTgsRep(message);
  }

  /**
   * An AP-REQ by itself, wherever it was sent: its ticket, and the credentials that it forwards. Keys are not made of passwords
   * and the names of services for it.
   */
  learnApReq(apReq: ApReq): void {
    const ticket = apReq.ticket ? this.#openTicket(apReq.ticket, apReq.use_session_key, true) : null;
    const session = ticket ?? this.#guessSession(apReq, []);
    if (session !== null) this.#openRequest(apReq, session);
  }

  /** A request for a new password: which and whose it is; null where no key opens it. Throws WireError where it is none. */
  learnPasswordChange(bytes: Uint8Array): LearnedPassword | null {
    const { version, ap_req: apReq, enc_part: part } = readPasswordChange(new Reader(bytes, false));
    const ticket = apReq.ticket ? this.#openTicket(apReq.ticket, false, true) : null;
    const session = ticket ?? this.#guessSession(apReq, []);
    if (session === null) return null;
    const authenticator = this.#openRequest(apReq, session);
    const clear = openWith([authenticator?.subkey, session], part, USAGE_KRB_PRIV);
    const wanted = clear === null ? null : readNewPassword(version, new Reader(clear));
    const user = principalText(wanted?.targname ?? authenticator?.cname ?? null) ?? session.client.user;
    return wanted === null || user === null
      ? null
      : { password: wanted.password, user, secret: session.secret };
  }

  /** Opens ticket, authenticator and AP-REP as far as the keys reach; null where none does. */
  open(exchange: KerberosExchange): OpenedExchange | null {
    const { apReq, apRep, tgtRep } = exchange;
    if (apReq === null) return null;
    if (tgtRep?.ticket) this.#openTicket(tgtRep.ticket);
    const userToUser = apReq.use_session_key || tgtRep !== null;
    const ticket = apReq.ticket ? this.#openTicket(apReq.ticket, userToUser) : null;
    const session = ticket ?? this.#guessSession(apReq, this.#latest());
    if (session === null) return null;
    const authenticator = this.#openRequest(apReq, session);
    const part = apRep?.enc_part;
    const answer = part ? decrypt(part.etype, session.key, USAGE_AP_REP, part.cipher) : null;
    const acceptor = answer === null ? null : (readEncApRepPart(new Reader(answer))?.subkey ?? null);
    const keys: MessageKey[] = [];
    const { secret } = session;
    if (acceptor !== null) keys.push({ ...acceptor, role: "acceptor", secret });
    if (authenticator?.subkey) keys.push({ ...authenticator.subkey, role: "initiator", secret });
    keys.push({ etype: session.etype, key: session.key, role: "session", secret });
    const client = authenticator ? identity(authenticator.cname, authenticator.crealm) : session.client;
    return { keys, client, proof: session.guessed ? "authenticator" : "ticket" };
  }

  /** The session key in a ticket: heard of before, or under a key that is at hand. */
  #openTicket(ticket: Ticket, userToUser = false, beside = false): (Learned & { guessed?: boolean }) | null {
    const part = ticket.enc_part;
    if (part === null) return null;
    const id = fingerprint(part.cipher);
    const known = this.#byTicket.get(id);
    if (known !== undefined) return known;
    const attempt = this.#attemptId(userToUser, beside);
    if (this.#failed.get(id) === attempt) return null;
    const candidates = this.#keysFor(ticket, part.etype, part.kvno, beside);
    // User to user: sealed with the session key of the server's own ticket.
    if (userToUser) candidates.push(...this.#latest().filter((k) => k.etype === part.etype));
    for (const { key, secret } of candidates) {
      const clear = decrypt(part.etype, key, USAGE_TICKET, part.cipher);
      const inside = clear === null ? null : readEncTicketPart(new Reader(clear));
      if (inside !== null)
        return this.#remember(id, inside.key, secret, identity(inside.cname, inside.crealm));
    }
    if (userToUser) this.#noteGuesses();
    if (this.#failed.size >= MAX_FAILED) this.#failed.clear();
    this.#failed.set(id, attempt);
    return null;
  }

  /** What a vain attempt was made with: in vain again until that changes. */
  #attemptId(userToUser: boolean, beside: boolean): number {
    const known = userToUser ? this.generation : this.#passwords.known;
    return 4 * known + (userToUser ? 2 : 0) + (beside ? 1 : 0);
  }

  #latest(): Learned[] {
    return [...this.#byTicket.values()].slice(-MAX_LEARNED_KEY_GUESSES).reverse();
  }

  /** The latest keys were tried in vain. */
  #noteGuesses(): void {
    if (this.#byTicket.size > MAX_LEARNED_KEY_GUESSES) this.limited.guesses = true;
  }

  /** Keys given without a name, and those that were `learned`, tried on the authenticator: for a ticket that stays encrypted. */
  #guessSession(apReq: ApReq, learned: Learned[]): (Learned & { guessed: boolean }) | null {
    const part = apReq.authenticator;
    if (part === null) return null;
    const nobody: AccountIdentity = { user: null, domain: null };
    const given = this.#given.map(({ key, secret }) => ({ etype: part.etype, key, secret, client: nobody }));
    for (const guess of [...given, ...learned]) {
      if (this.#openAuthenticator(apReq, guess, USAGE_AP_REQ_AUTHENTICATOR))
        return { ...guess, guessed: true };
    }
    if (learned.length > 0) this.#noteGuesses();
    return null;
  }

  /** The authenticator of an AP-REQ, outside of the exchange with a KDC; what it forwards is learned. */
  #openRequest(apReq: ApReq, session: Learned): Authenticator | null {
    const authenticator = this.#openAuthenticator(apReq, session, USAGE_AP_REQ_AUTHENTICATOR);
    if (authenticator?.cksum) this.#learnForwarded(authenticator, authenticator.cksum, session);
    return authenticator;
  }

  /** [RFC 4121] 4.1.1 says the ticket's session key; some use the subkey, and old ones none. */
  #learnForwarded({ subkey, cname, crealm }: Authenticator, cksum: Checksum, session: Learned): void {
    const bytes = forwardedIn(cksum);
    const credentials = bytes === null ? null : readKrbCred(new Reader(bytes));
    const part = credentials?.enc_part ?? null;
    if (credentials === null || part === null) return;
    const clear = part.etype === ETYPE_NULL ? part.cipher : openWith([session, subkey], part, USAGE_KRB_CRED);
    const infos = clear === null ? null : readEncKrbCredPart(new Reader(clear));
    infos?.forEach(({ key, pname, prealm }, i) => {
      const sealed = credentials.tickets[i]?.enc_part?.cipher;
      if (sealed === undefined || key === null) return;
      const client = pname === null ? identity(cname, crealm) : identity(pname, prealm);
      this.#remember(fingerprint(sealed), key, session.secret, client);
    });
  }

  #openAuthenticator(apReq: ApReq, session: EncryptionKey, usage: number) {
    const part = apReq.authenticator;
    const clear = part === null ? null : decrypt(part.etype, session.key, usage, part.cipher);
    return clear === null ? null : readAuthenticator(new Reader(clear));
  }

  /** Long-term keys that may have sealed a ticket: of its own name and version first, then all others. */
  #keysFor(
    ticket: Ticket,
    etype: number,
    kvno: number | null,
    beside: boolean,
  ): { key: Uint8Array; secret: SecretEntry }[] {
    const name = principalText(ticket.sname);
    const rank = (k: LongTermKey): number => {
      if (k.principal === null || !sameName(k.principal, name)) return 3;
      if (ticket.realm !== null && k.realm !== null && !sameName(k.realm, ticket.realm)) return 2;
      return kvno === null || k.kvno === null || (k.kvno & 0xff) === (kvno & 0xff) ? 0 : 1;
    };
    const ranked = this.#longTerm
      .filter((k) => (k.etype === null || k.etype === etype) && k.key.length === keyLength(etype))
      .sort((a, b) => rank(a) - rank(b));
    return [...ranked, ...this.#passwords.keys(etype, beside ? null : ticket.sname, ticket.realm)];
  }

  #learnRequest(message: KdcReq): void {
    for (const ticket of message.additional_tickets) this.#openTicket(ticket);
    const apReq = message.ap_req;
    if (apReq === null || apReq.ticket === null) return;
    const session = this.#openTicket(apReq.ticket);
    if (session === null) return;
    const authenticator = this.#openAuthenticator(apReq, session, USAGE_TGS_REQ_AUTHENTICATOR);
    this.#pending.unshift({ session, subkey: authenticator?.subkey ?? null });
    if (this.#pending.length > MAX_PENDING) {
      this.#pending.pop();
      this.limited.keys = true;
    }
  }

  #learnError({ e_data: data }: KrbError): void {
    if (data !== null) for (const s of errorSalts(new Reader(data))) this.#passwords.hear(s);
  }

  #learnAsRep(message: KdcRep): void {
    for (const s of message.salts) this.#passwords.hear(s);
    const client = identity(message.cname, message.crealm);
    const part = message.enc_part;
    if (message.ticket !== null) this.#openTicket(message.ticket);
    if (part === null) return;
    const name = principalText(message.cname);
    const named = this.#longTerm.filter((k) => k.principal !== null && sameName(k.principal, name));
    const others = this.#longTerm.filter((k) => !named.includes(k));
    const candidates = [
      ...[...named, ...others].filter((k) => k.etype === null || k.etype === part.etype),
      ...this.#passwords.keys(part.etype, message.cname, message.crealm),
    ];
    for (const { key, secret } of candidates) {
      const clear = decrypt(part.etype, key, USAGE_AS_REP, part.cipher);
      if (clear !== null && this.#learnReply(message, clear, secret, client)) return;
    }
  }

  #learnTgsRep(message: KdcRep): void {
    const part = message.enc_part;
    if (message.ticket !== null) this.#openTicket(message.ticket);
    if (part === null) return;
    const client = identity(message.cname, message.crealm);
    for (const { session, subkey } of this.#pending) {
      const strong = message.fast && subkey ? fastReplyKey(message.fast, subkey, session) : subkey;
      const clear =
        openWith([strong], part, USAGE_TGS_REP_SUBKEY) ?? openWith([session], part, USAGE_TGS_REP);
      if (clear !== null && this.#learnReply(message, clear, session.secret, client)) return;
    }
  }

  #learnReply(message: KdcRep, clear: Uint8Array, secret: SecretEntry, client: AccountIdentity): boolean {
    const reply = readEncKdcRepPart(new Reader(clear));
    if (reply === null) return false;
    const sealed = message.ticket?.enc_part?.cipher;
    if (sealed !== undefined) this.#remember(fingerprint(sealed), reply.key, secret, client);
    return true;
  }

  #remember(id: string, key: EncryptionKey, secret: SecretEntry, client: AccountIdentity): Learned {
    const learned: Learned = { ...key, secret, client };
    if (!this.#byTicket.has(id)) {
      if (this.#byTicket.size >= MAX_LEARNED_KEYS) {
        this.#byTicket.delete(this.#oldest.next()!);
        this.limited.keys = true;
      }
      this.generation++;
    }
    this.#byTicket.set(id, learned);
    return learned;
  }
}

/** What the first of the keys opens that is the right one. */
function openWith(
  keys: readonly (EncryptionKey | null | undefined)[],
  { etype, cipher }: EncryptedData,
  usage: number,
): Uint8Array | null {
  for (const key of keys) {
    const clear = key && key.etype === etype ? decrypt(etype, key.key, usage, cipher) : null;
    if (clear !== null) return clear;
  }
  return null;
}

function identity(name: PrincipalName | null, realm: string | null): AccountIdentity {
  return { user: principalText(name), domain: realm };
}

function sameName(a: string, b: string | null): boolean {
  return b !== null && a.toLowerCase() === b.toLowerCase();
}
