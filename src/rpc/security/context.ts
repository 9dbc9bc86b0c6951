/**
 * One security context of a connection: its handshake, and the session that opens its PDUs where keys are given.
 * Without keys nothing is computed, and no cryptography is loaded.
 */
import { AUTH_LEVEL_PRIVACY, authLevelName, authTypeName } from "../../../dissectors/dcerpc/security.js";
import type { AuthRecord, Note, SecurityRecord } from "../../events.js";
import type { Observed } from "../../observations.js";
import { Handshake } from "./handshake.js";
import type {
  ContextLocation,
  Exchange,
  Keys,
  ProtectedPdu,
  Session,
  UndecryptableReason,
  Unsealed,
} from "./session.js";

export type { ProtectedPdu, Unsealed } from "./session.js";

/** What `token` is reported of the PDU that carried it. */
export interface TokenLocation {
  /** Its PFC_SUPPORT_HEADER_SIGN flag. */
  headerSigning: boolean;
  frame: number;
  /** The PDU is the one that opens the context: nothing of the connection before it is missing. */
  opens?: boolean;
  /** The capture ends before the PDU does: what is missing was sent. */
  cut?: boolean;
}

const LEVEL_CALL = 3;
/** Notes of one code that one context makes; then one that says so, and no more. */
const MAX_NOTES = 32;
/** A handshake keeps three messages at most, and what SPNEGO wrapped around one. */
const KEPT_TOKENS = 4;

export class SecurityContext {
  readonly authType: number;
  readonly authLevel: number;
  readonly contextId: number;
  readonly #keys: Keys | null;
  /** Of it in the report on keys. */
  readonly location: ContextLocation;
  readonly #handshake: Handshake;
  /** Lengths of the latest tokens: more than these are not kept. */
  readonly #tokens: number[] = [];
  #headerSigning = false;
  #headerSigningAsked: boolean | null = null;
  /** Who, how, and whether its PDUs were opened so far; made of it, what is said of the handshake as well. */
  #who: AuthRecord | null = null;
  /** What calls were given last, and the record that it was made of. */
  #auth: AuthRecord | null = null;
  #authOf: AuthRecord | null = null;
  #notes: Note[] = [];
  #noted: Map<string, number> | null = null;

  #session: Session | null = null;
  /** The handshake's round that the session was made of. */
  #sessionRound = 0;
  /** What was known when the keys were last asked: no use in asking again before that changes. */
  #triedWith = "";
  #undecryptable: UndecryptableReason | null = null;
  #decrypted: boolean | null = null;
  #verified: boolean | null = null;

  /** `stream` only names the context in the report on keys. */
  constructor(
    authType: number,
    authLevel: number,
    contextId: number,
    keys: Keys | null,
    stream: number | null = null,
    observed = false,
  ) {
    this.authType = authType;
    this.authLevel = authLevel;
    this.contextId = contextId;
    this.#keys = keys;
    const type = authTypeName(authType);
    this.location = { stream, contextId, smbSession: null, type, level: authLevelName(authLevel) };
    this.#handshake = new Handshake(authType, observed);
  }

  /** A token of the handshake, from a bind, alter_context, one of their answers, or auth3. Bad content becomes notes. */
  token(fromClient: boolean, token: Uint8Array, at: TokenLocation): void {
    if (token.length === 0) return;
    this.#who = null;
    this.#negotiate(fromClient, at);
    this.#tokens.push(token.length);
    if (this.#tokens.length > KEPT_TOKENS) this.#tokens.shift();
    // The handshake outlives the frame it came in.
    this.#handshake.take(fromClient, token.slice(), at.cut ?? false);
    this.#report(this.#handshake.takeNotes());
    const exchange = fromClient && this.#keys !== null ? this.#handshake.exchange() : null;
    if (exchange?.mechanism === "kerberos") this.#keys!.learn(exchange);
  }

  /** What tokens said since the last call of this method; nothing where no export asks. */
  takeSeen(): readonly Observed[] {
    return this.#handshake.takeSeen();
  }

  /** Bytes of the tokens that are kept. */
  get tokenBytes(): number {
    return this.#tokens.reduce((sum, length) => sum + length, 0);
  }

  /**
   * Whether the client asked for header signing when it opened this context; null where that PDU was not captured.
   * [MS-RPCE] 3.3.1.5.2.2.
   */
  get headerSigningAsked(): boolean | null {
    return this.#headerSigningAsked;
  }

  /** Headers are signed where both sides set the flag. A PDU that is signed otherwise is believed all the same. */
  #negotiate(fromClient: boolean, { headerSigning, opens }: TokenLocation): void {
    if (fromClient) {
      if (headerSigning) this.#headerSigningAsked = true;
      else if (opens) this.#headerSigningAsked ??= false;
    } else if (headerSigning && this.#headerSigningAsked !== false) this.#headerSigning = true;
  }

  /** A gap: PDUs of this direction may be missing before the next one. */
  lost(fromClient: boolean): void {
    this.#session?.lost(fromClient);
  }

  /** Opens one PDU with a verifier. To be called for every one of them, in the order in which they were sent. */
  open(pdu: ProtectedPdu): Unsealed {
    const sealed = this.authLevel === AUTH_LEVEL_PRIVACY;
    const undecryptable: Unsealed = {
      stub: sealed ? null : pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd),
      verified: null,
      decrypted: sealed && this.#keys !== null ? false : null,
    };
    if (this.authLevel < LEVEL_CALL) return undecryptable;
    if (this.#handshake.mechanism === null) {
      this.#handshake.guess(pdu.bytes.subarray(pdu.tokenStart));
      this.#who = null;
    }
    const opened = this.#openWithSession(pdu, sealed) ?? undecryptable;
    this.#decrypted = this.#merge(this.#decrypted, opened.decrypted);
    this.#verified = this.#merge(this.#verified, opened.verified);
    return opened;
  }

  /** What is known of the context: who, how, and whether its PDUs were opened so far. */
  record(): SecurityRecord {
    const who = this.#whoIs();
    const h = this.#handshake;
    return { ...who, ntlm: h.ntlmRecord(), kerberos: h.kerberosRecord() };
  }

  /** Whose credentials protect one call of this context; one object for all calls of which the same is to be said. */
  auth(decrypted: boolean | null, verified: boolean | null): AuthRecord {
    const who = this.#whoIs();
    const made = this.#auth;
    if (made !== null && this.#authOf === who && made.decrypted === decrypted && made.verified === verified) {
      return made;
    }
    this.#authOf = who;
    this.#auth = {
      type: who.type,
      mechanism: who.mechanism,
      level: who.level,
      context_id: who.context_id,
      user: who.user,
      domain: who.domain,
      workstation: who.workstation,
      source: who.source,
      decrypted,
      verified,
    };
    return this.#auth;
  }

  /** What keys are made of; null where no mechanism is known. */
  get exchange(): Exchange | null {
    return this.#handshake.exchange();
  }

  /** What would open it, in words. */
  get wanted(): string {
    return this.#handshake.wanted();
  }

  /** Notes since the last call of this method. */
  takeNotes(): Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  #openWithSession(pdu: ProtectedPdu, sealed: boolean): Unsealed | null {
    const session = this.#sessionFor(sealed);
    const opened = session?.open(pdu, sealed, this.#headerSigning) ?? null;
    if (session !== null) this.#report(session.takeNotes());
    // None of the guessed keys fits: the reason is reported, though a later PDU may still prove one of them.
    if (session !== null && opened === null && this.#keys !== null && this.#undecryptable === null) {
      const why = this.#keys.session(this.#handshake.exchange(), this.location, session);
      if (why.session === null) this.#reportUndecryptable(why.reason, why.message);
    }
    return opened;
  }

  /** One PDU that failed is reported for the whole context. */
  #merge(before: boolean | null, now: boolean | null): boolean | null {
    const merged = now === null || before === false ? before : now;
    if (merged !== before) this.#who = null;
    return merged;
  }

  /** The session that opens PDUs, or null and a note (once for each reason). */
  #sessionFor(sealed: boolean): Session | null {
    const { round } = this.#handshake;
    if (this.#session !== null && round !== this.#sessionRound) this.#session = null;
    if (this.#session !== null && !this.#session.refuted) return this.#session;
    if (this.#keys === null) {
      const level = authLevelName(this.authLevel);
      if (sealed) this.#reportUndecryptable("no-key", `encrypted at ${level} ${this.#handshake.wanted()}`);
      return null;
    }
    const refuted = this.#session;
    const asked = `${round}/${this.#handshake.mechanism}/${this.#keys.generation}/${refuted !== null}`;
    if (asked === this.#triedWith) return null;
    this.#triedWith = asked;
    const answer = this.#keys.session(this.#handshake.exchange(), this.location, refuted);
    this.#session = answer.session;
    this.#sessionRound = round;
    if (answer.session !== null) {
      this.#who = null;
      if (answer.note) this.#report([answer.note]);
    } else if (this.authLevel >= LEVEL_CALL) this.#reportUndecryptable(answer.reason, answer.message);
    return this.#session;
  }

  #report(notes: readonly Note[]): void {
    for (const note of notes) {
      this.#noted ??= new Map();
      const count = (this.#noted.get(note.code) ?? 0) + 1;
      this.#noted.set(note.code, count);
      if (count < MAX_NOTES) this.#notes.push(note);
      else if (count === MAX_NOTES) {
        const rest = "(further notes of this kind about this security context are left out)";
        this.#notes.push({ ...note, message: `${note.message} ${rest}` });
      }
    }
  }

  #reportUndecryptable(reason: UndecryptableReason, message: string): void {
    if (this.#undecryptable === reason) return;
    this.#undecryptable = reason;
    this.#report([{ severity: "info", code: reason, message }]);
  }

  #whoIs(): AuthRecord {
    this.#who ??= this.#makeWho();
    return this.#who;
  }

  #makeWho(): AuthRecord {
    const h = this.#handshake;
    // Nothing is opened at connect level, but a key may say who it is that a ticket names.
    if (this.authLevel < LEVEL_CALL && this.#keys !== null && h.isKerberos) this.#sessionFor(false);
    const identity = this.#session?.identity;
    return {
      type: authTypeName(this.authType),
      mechanism: h.mechanism,
      level: authLevelName(this.authLevel),
      context_id: this.contextId,
      user: h.user ?? identity?.user ?? null,
      domain: h.domain ?? identity?.domain ?? null,
      workstation: h.workstation,
      source: "context",
      decrypted: this.#decrypted,
      verified: this.#verified,
    };
  }
}
