/**
 * The Kerberos keys of a run: those that were given, and those learned from them. A keytab that holds the key of the
 * ticket-granting service, or of the user, opens the exchanges with the KDC that the capture holds, and each of them
 * gives the session key of the next.
 */
import {
  AES128_SHA1,
  AES128_SHA256,
  AES256_SHA1,
  AES256_SHA384,
  decrypt,
  fingerprint,
  keyLength,
  RC4_HMAC,
  stringToKey,
} from "../../../dissectors/kerberos/crypto.js";
import {
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
import { MAX_ITERATIONS } from "../../../dissectors/kerberos/limits.js";
import {
  type ApReq,
  errorSalts,
  type KdcRep,
  type KdcReq,
  type PrincipalName,
  principalText,
  readKerberos,
  type Salt,
  type Ticket,
} from "../../../dissectors/kerberos/messages.js";
import { Oldest } from "../../oldest.js";
import type { MessageKey } from "./kerberos-session.js";
import {
  MAX_LEARNED_KEY_GUESSES,
  MAX_LEARNED_KEYS,
  MAX_PENDING,
  MAX_ROUNDS,
  MAX_SALT,
  MAX_SALTS,
  noneReached,
  type ReachedKeyLimits,
} from "./key-limits.js";
import type { SecretEntry } from "./key-report.js";
import type { AccountIdentity, KerberosExchange } from "./session.js";

/** What a count of rounds that is not given stands for. */
const USUAL_ROUNDS = 4096;
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

/** A password that may turn out to be of use once a salt is heard of. */
export interface PasswordSource {
  password: string;
  user: string | null;
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

export class KerberosKeys {
  readonly #longTerm: LongTermKey[] = [];
  readonly #passwords: PasswordSource[] = [];
  readonly #given: { key: Uint8Array; secret: SecretEntry }[] = [];
  readonly #byTicket = new Map<string, Learned>();
  readonly #oldest = new Oldest(this.#byTicket);
  readonly #pending: { session: Learned; subkey: EncryptionKey | null }[] = [];
  readonly #salts = new Map<string, Salt>();
  readonly #derived = new Map<string, Uint8Array | null>();
  #rounds = 0;
  /** Tickets that stayed encrypted, with the number of keys learned by then. */
  readonly #failed = new Map<string, number>();
  /** Grows with every key learned. */
  generation = 0;
  readonly limited: ReachedKeyLimits;

  constructor(limited: ReachedKeyLimits = noneReached()) {
    this.limited = limited;
  }

  addLongTerm(key: LongTermKey): void {
    this.#longTerm.push(key);
  }

  addPassword(source: PasswordSource): void {
    this.#passwords.push(source);
  }

  /** A key without a name: of a ticket's session, or of the messages themselves. */
  addSessionKey(key: Uint8Array, secret: SecretEntry): void {
    this.#given.push({ key, secret });
  }

  get empty(): boolean {
    return this.#longTerm.length + this.#passwords.length + this.#given.length === 0;
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
    const message = readKerberos(bytes);
    if (message.msg === "KRB-ERROR") for (const s of errorSalts(message)) this.#addSalt(s);
    else if (message.msg === "TGS-REQ" || message.msg === "AS-REQ") this.#learnRequest(message);
    else if (message.msg === "AS-REP") this.#learnAsRep(message);
    else if (message.msg === "TGS-REP") this.#learnTgsRep(message);
  }

  /** Opens ticket, authenticator and AP-REP as far as the keys reach; null where none does. */
  open(exchange: KerberosExchange): OpenedExchange | null {
    const { apReq, apRep, tgtRep } = exchange;
    if (apReq === null) return null;
    if (tgtRep?.ticket) this.#openTicket(tgtRep.ticket);
    const userToUser = apReq.use_session_key || tgtRep !== null;
    const ticket = apReq.ticket ? this.#openTicket(apReq.ticket, userToUser) : null;
    const session = ticket ?? this.#guessSession(apReq);
    if (session === null) return null;
    const authenticator = this.#openAuthenticator(apReq, session, USAGE_AP_REQ_AUTHENTICATOR);
    const part = apRep?.enc_part;
    const answer = part ? decrypt(part.etype, session.key, USAGE_AP_REP, part.cipher) : null;
    const acceptor = answer === null ? null : (readEncApRepPart(answer)?.subkey ?? null);
    const keys: MessageKey[] = [];
    const { secret } = session;
    if (acceptor !== null) keys.push({ ...acceptor, role: "acceptor", secret });
    if (authenticator?.subkey) keys.push({ ...authenticator.subkey, role: "initiator", secret });
    keys.push({ etype: session.etype, key: session.key, role: "session", secret });
    const client = authenticator ? identity(authenticator.cname, authenticator.crealm) : session.client;
    return { keys, client, proof: session.guessed ? "authenticator" : "ticket" };
  }

  /** The session key in a ticket: heard of before, or under a key that is at hand. */
  #openTicket(ticket: Ticket, userToUser = false): (Learned & { guessed?: boolean }) | null {
    const part = ticket.enc_part;
    if (part === null) return null;
    const id = fingerprint(part.cipher);
    const known = this.#byTicket.get(id);
    if (known !== undefined) return known;
    const attempt = this.#attemptId(userToUser);
    if (this.#failed.get(id) === attempt) return null;
    const candidates = this.#keysFor(ticket, part.etype, part.kvno);
    // User to user: sealed with the session key of the server's own ticket.
    if (userToUser) candidates.push(...this.#latest().filter((k) => k.etype === part.etype));
    for (const { key, secret } of candidates) {
      const clear = decrypt(part.etype, key, USAGE_TICKET, part.cipher);
      const inside = clear === null ? null : readEncTicketPart(clear);
      if (inside !== null)
        return this.#remember(id, inside.key, secret, identity(inside.cname, inside.crealm));
    }
    if (userToUser) this.#noteGuesses();
    if (this.#failed.size >= MAX_FAILED) this.#failed.clear();
    this.#failed.set(id, attempt);
    return null;
  }

  /** What a vain attempt was made with: in vain again until that changes. */
  #attemptId(userToUser: boolean): number {
    return 2 * (userToUser ? this.generation : this.#salts.size) + (userToUser ? 1 : 0);
  }

  #latest(): Learned[] {
    return [...this.#byTicket.values()].slice(-MAX_LEARNED_KEY_GUESSES).reverse();
  }

  /** The latest keys were tried in vain. */
  #noteGuesses(): void {
    if (this.#byTicket.size > MAX_LEARNED_KEY_GUESSES) this.limited.guesses = true;
  }

  /** Keys given without a name, and learned ones, tried on the authenticator: for a ticket that stays encrypted. */
  #guessSession(apReq: ApReq): (Learned & { guessed: boolean }) | null {
    const part = apReq.authenticator;
    if (part === null) return null;
    const nobody: AccountIdentity = { user: null, domain: null };
    const given = this.#given.map(({ key, secret }) => ({ etype: part.etype, key, secret, client: nobody }));
    for (const guess of [...given, ...this.#latest()]) {
      if (this.#openAuthenticator(apReq, guess, USAGE_AP_REQ_AUTHENTICATOR))
        return { ...guess, guessed: true };
    }
    this.#noteGuesses();
    return null;
  }

  #openAuthenticator(apReq: ApReq, session: EncryptionKey, usage: number) {
    const part = apReq.authenticator;
    const clear = part === null ? null : decrypt(part.etype, session.key, usage, part.cipher);
    return clear === null ? null : readAuthenticator(clear);
  }

  /** Long-term keys that may have sealed a ticket: of its own name and version first, then all others. */
  #keysFor(ticket: Ticket, etype: number, kvno: number | null): { key: Uint8Array; secret: SecretEntry }[] {
    const name = principalText(ticket.sname);
    const rank = (k: LongTermKey): number => {
      if (k.principal === null || !sameName(k.principal, name)) return 3;
      if (ticket.realm !== null && k.realm !== null && !sameName(k.realm, ticket.realm)) return 2;
      return kvno === null || k.kvno === null || (k.kvno & 0xff) === (kvno & 0xff) ? 0 : 1;
    };
    const ranked = this.#longTerm
      .filter((k) => (k.etype === null || k.etype === etype) && k.key.length === keyLength(etype))
      .sort((a, b) => rank(a) - rank(b));
    return [...ranked, ...this.#passwordKeys(etype, ticket.sname, ticket.realm)];
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

  #learnAsRep(message: KdcRep): void {
    for (const s of message.salts) this.#addSalt(s);
    const client = identity(message.cname, message.crealm);
    const part = message.enc_part;
    if (message.ticket !== null) this.#openTicket(message.ticket);
    if (part === null) return;
    const name = principalText(message.cname);
    const named = this.#longTerm.filter((k) => k.principal !== null && sameName(k.principal, name));
    const others = this.#longTerm.filter((k) => !named.includes(k));
    const candidates = [
      ...[...named, ...others].filter((k) => k.etype === null || k.etype === part.etype),
      ...this.#passwordKeys(part.etype, message.cname, message.crealm),
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
      const clear =
        (subkey === null ? null : decrypt(part.etype, subkey.key, USAGE_TGS_REP_SUBKEY, part.cipher)) ??
        decrypt(part.etype, session.key, USAGE_TGS_REP, part.cipher);
      if (clear !== null && this.#learnReply(message, clear, session.secret, client)) return;
    }
  }

  #learnReply(message: KdcRep, clear: Uint8Array, secret: SecretEntry, client: AccountIdentity): boolean {
    const reply = readEncKdcRepPart(clear);
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

  #addSalt(salt: Salt): void {
    // Only passwords are joined with salts.
    if (this.#passwords.length === 0) return;
    const id = saltId(salt);
    if (this.#salts.has(id)) return;
    if (this.#salts.size < MAX_SALTS && salt.salt.length <= MAX_SALT) this.#salts.set(id, salt);
    else this.limited.salts = true;
  }

  /** Keys made of the passwords, with the salts that were heard of and those that Windows makes of names. */
  #passwordKeys(
    etype: number,
    name: PrincipalName | null,
    realm: string | null,
  ): { key: Uint8Array; secret: SecretEntry }[] {
    const found: { key: Uint8Array; secret: SecretEntry }[] = [];
    if (![AES128_SHA1, AES256_SHA1, AES128_SHA256, AES256_SHA384, RC4_HMAC].includes(etype)) return found;
    for (const source of this.#passwords) {
      const salts = etype === RC4_HMAC ? [unsalted(etype, "")] : this.#saltsFor(etype, source, name, realm);
      for (const salt of salts) {
        const key = this.#derive(source, salt);
        if (key !== null) found.push({ key, secret: source.secret });
      }
    }
    return found;
  }

  /** [MS-KILE] 3.1.1.2: realm and user name; for machines, `host` and the full name in lower case. */
  #saltsFor(etype: number, source: PasswordSource, name: PrincipalName | null, realm: string | null): Salt[] {
    const salts = [...this.#salts.values()].filter((s) => s.etype === etype);
    if (realm === null) return salts;
    const upper = realm.toUpperCase();
    const parts = name?.name_string ?? [];
    const made = new Set<string>();
    if (parts.length > 0) made.add(upper + parts.join(""));
    if (source.user?.endsWith("$")) {
      made.add(`${upper}host${source.user.slice(0, -1).toLowerCase()}.${realm.toLowerCase()}`);
    } else if (source.user !== null) made.add(upper + source.user);
    return [...salts, ...[...made].map((salt) => unsalted(etype, salt))];
  }

  #derive(source: PasswordSource, salt: Salt): Uint8Array | null {
    if (salt.salt.length > MAX_SALT) {
      this.limited.salts = true;
      return null;
    }
    const id = `${this.#passwords.indexOf(source)}/${saltId(salt)}`;
    const known = this.#derived.get(id);
    if (known !== undefined) return known;
    const rounds = salt.iterations ?? USUAL_ROUNDS;
    if (salt.etype !== RC4_HMAC && (rounds > MAX_ITERATIONS || this.#rounds + rounds > MAX_ROUNDS)) {
      this.limited.rounds = true;
      return null;
    }
    if (salt.etype !== RC4_HMAC) this.#rounds += rounds;
    const key = stringToKey(salt.etype, source.password, salt.salt, salt.iterations);
    this.#derived.set(id, key);
    return key;
  }
}

function unsalted(etype: number, salt: string): Salt {
  return { etype, salt, iterations: null };
}

function saltId({ etype, salt, iterations }: Salt): string {
  return `${etype}/${iterations}/${salt}`;
}

function identity(name: PrincipalName | null, realm: string | null): AccountIdentity {
  return { user: principalText(name), domain: realm };
}

function sameName(a: string, b: string | null): boolean {
  return b !== null && a.toLowerCase() === b.toLowerCase();
}
