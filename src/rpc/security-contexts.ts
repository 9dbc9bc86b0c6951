/**
 * The security contexts of one connection, by auth_context_id ([MS-RPCE] 2.2.2.11): which one a verifier belongs to, what a
 * handshake's token and a call's verifier do to it. Opening and checking is the contexts' own work.
 */

import { PFC_SUPPORT_HEADER_SIGN } from "../../dissectors/dcerpc/header.js";
import type { Pdu } from "../../dissectors/dcerpc/pdu.js";
import {
  AUTH_LEVEL_CONNECT,
  AUTH_LEVEL_INTEGRITY,
  AUTH_LEVEL_PRIVACY,
} from "../../dissectors/dcerpc/security.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import type { Note, SecurityRecord } from "../events.js";
import type { Observed } from "../observations.js";
import { SecurityContext } from "./security/context.js";
import type { Keys, Unsealed } from "./security/session.js";

/** Security contexts kept for one connection. */
const MAX_SECURITY_CONTEXTS = 256;

/** Takes what a context noticed. */
export type ReportNote = (note: Note) => void;

/** Estimated cost of a context, in bytes of memory, and of each byte of its tokens, which are kept as read as well. */
const CONTEXT_COST = 2_500;
const TOKEN_COST = 4;

const NOTHING_SEEN: readonly Observed[] = [];

export class SecurityContexts implements Holder {
  readonly #byId = new Map<number, SecurityContext>();
  readonly #keys: Keys | null;
  readonly stream: number;
  readonly #account: Account;
  /** The connection's bind was captured, and nothing of what the client sent since is missing. */
  #whole = false;
  /** Whether any bind or alter_context asked for header signing; null where the bind was not captured. */
  #headerSigningAsked: boolean | null = null;
  #full = false;
  readonly #observed: boolean;
  #seen: Observed[] = [];
  #notes: Note[] = [];

  constructor(keys: Keys | null, stream: number, kind: Kind = unlimited(), observed = false) {
    this.#observed = observed;
    this.#keys = keys;
    this.stream = stream;
    this.#account = kind.open(this);
  }

  /** Memory is short: all contexts go, and PDUs that they would have opened stay encrypted. */
  giveUp(): void {
    this.#byId.clear();
    this.#account.set(0);
    // What opened a context is not known any more.
    this.#whole = false;
  }

  release(): void {
    this.#account.close();
  }

  /** Limits that were reached since the last call of this method. */
  takeNotes(): readonly Note[] {
    const taken = this.#notes;
    if (taken.length > 0) this.#notes = [];
    return taken;
  }

  #reachLimit(): void {
    if (this.#full) return;
    this.#full = true;
    const message = `more than ${MAX_SECURITY_CONTEXTS} security contexts on this connection: further ones are not followed`;
    this.#notes.push({ severity: "warning", code: "security-context-limit", message });
  }

  /** The context that the PDU's verifier names; a client that comes with another type or level opens a new one. */
  of(pdu: Pdu, opening = false): SecurityContext | null {
    const { auth } = pdu;
    if (!auth) return null;
    const known = this.#byId.get(auth.authContextId);
    const other = known && (known.authType !== auth.authType || known.authLevel !== auth.authLevel);
    if (known && !(other && opening)) return known;
    if (this.#byId.size >= MAX_SECURITY_CONTEXTS && !known) {
      this.#reachLimit();
      return null;
    }
    this.#account.charge(CONTEXT_COST - (known ? CONTEXT_COST + TOKEN_COST * known.tokenBytes : 0));
    const made = new SecurityContext(
      auth.authType,
      auth.authLevel,
      auth.authContextId,
      this.#keys,
      this.stream,
      this.#observed,
    );
    this.#byId.set(auth.authContextId, made);
    return made;
  }

  /** A bind, its answer, an alter_context, its answer or an auth3, which may carry a token of the security exchange. */
  token(pdu: Pdu, fromClient: boolean, frame: number, report: ReportNote): void {
    const headerSigning = (pdu.header.pfcFlags & PFC_SUPPORT_HEADER_SIGN) !== 0;
    if (fromClient) this.#note(pdu, headerSigning);
    const context = this.of(pdu, fromClient);
    if (!context) return;
    const { tokenStart, tokenEnd } = pdu.auth!;
    const before = context.tokenBytes;
    context.token(fromClient, pdu.bytes.subarray(tokenStart, tokenEnd), {
      headerSigning,
      frame,
      opens: this.#whole,
      cut: !pdu.complete,
    });
    this.#account.charge(TOKEN_COST * (context.tokenBytes - before));
    for (const n of context.takeNotes()) report(n);
    if (this.#observed) this.#seen.push(...context.takeSeen());
  }

  /** What tokens said since the last call of this method; nothing where no export asks. */
  takeSeen(): readonly Observed[] {
    return this.#observed ? this.#seen.splice(0) : NOTHING_SEEN;
  }

  #note(pdu: Pdu, headerSigning: boolean): void {
    if (pdu.body?.type === "bind") {
      this.#whole = true;
      this.#headerSigningAsked = headerSigning;
    } else if (headerSigning) this.#headerSigningAsked = true;
  }

  /**
   * Whether header signing was asked for where `context` was opened, [MS-RPCE] 3.3.1.5.2.2; null where that was not
   * captured. Below integrity, and without a context, it is enough that the connection asked for it somewhere.
   */
  headerSigningAsked(context: SecurityContext | null): boolean | null {
    return context !== null && context.authLevel >= AUTH_LEVEL_INTEGRITY
      ? context.headerSigningAsked
      : this.#headerSigningAsked;
  }

  /**
   * The verifier of a call, fault, co_cancel or orphaned PDU, whose body starts at `bodyStart`. Every one moves its context
   * on, needed or not; of one that is cut only this can be said, and the answer is null.
   */
  verify(
    pdu: Pdu,
    bodyStart: number,
    fromClient: boolean,
    frame: number,
    report: ReportNote,
  ): Unsealed | null {
    const context = this.of(pdu);
    if (!context) return null;
    this.#account.touch();
    if (!pdu.complete) {
      context.lost(fromClient);
      return null;
    }
    const { trailerStart, tokenStart } = pdu.auth!;
    const opened = context.open({
      fromClient,
      bytes: pdu.bytes,
      littleEndian: pdu.header.littleEndian,
      stubStart: bodyStart,
      stubEnd: trailerStart,
      trailerStart,
      tokenStart,
      frame,
    });
    for (const n of context.takeNotes()) report(n);
    return opened;
  }

  /** PDUs of one direction may be missing. */
  lost(fromClient: boolean): void {
    if (fromClient) {
      this.#whole = false;
      if (this.#headerSigningAsked === false) this.#headerSigningAsked = null;
    }
    for (const context of this.#byId.values()) context.lost(fromClient);
  }

  /** Whether calls of this connection are sealed: for a PDU whose verifier was not captured. */
  get sealing(): boolean {
    for (const context of this.#byId.values()) if (context.authLevel === AUTH_LEVEL_PRIVACY) return true;
    return false;
  }

  /** The context of calls that carry no verifier: the one that the connection was only opened with. */
  get unsigned(): SecurityContext | null {
    if (this.#byId.size === 0) return null;
    let found: SecurityContext | null = null;
    for (const context of this.#byId.values()) if (context.authLevel <= AUTH_LEVEL_CONNECT) found = context;
    return found;
  }

  records(): SecurityRecord[] {
    return [...this.#byId.values()].map((context) => context.record());
  }
}
