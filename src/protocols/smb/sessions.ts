/**
 * The sessions of one SMB connection: whose they are, by the security tokens of their setup, and how many of their messages
 * stayed sealed.
 */
import {
  AUTH_LEVEL_CONNECT,
  AUTH_TYPE_NTLMSSP,
  AUTH_TYPE_SPNEGO,
} from "../../../dissectors/dcerpc/security.js";
import { isNtlm } from "../../../dissectors/ntlmssp/messages.js";
import type { SecurityRecord } from "../../events.js";
import { Oldest } from "../../oldest.js";
import type { Out } from "../../rpc/output.js";
import { SecurityContext } from "../../rpc/security/context.js";
import type { Provenance } from "../protocol.js";
import { MAX_STATE, SESSION_COST, type SmbConnection, textCost } from "./connection.js";

/** Sessions of a connection that wait for the server's word at a time; no note: only their tokens count as unknown. */
const MAX_BEGUN = 64;

/** A token that was sent for a session; `bytes` are borrowed. */
export interface SetupToken {
  fromClient: boolean;
  bytes: Uint8Array;
  /** The capture ends before the token does. */
  cut: boolean;
}

/** One session, and what its setup said. */
export class SmbSession {
  readonly #connection: SmbConnection;
  #setup: SecurityContext | null = null;
  /** What its tokens and names are charged with. */
  #charged = 0;
  /** As the protocol names it, in decimal; null until the server has given it. */
  id: string | null = null;
  /** Account names where the protocol has them outside of any token (SMB1). */
  #named: { user: string; domain: string } | null = null;
  /** The server let the user in. */
  established = false;
  /** Encrypted messages that no key opened, that were opened, and that are longer than is kept. */
  sealed = 0;
  opened = 0;
  tooLong = 0;

  constructor(connection: SmbConnection) {
    this.#connection = connection;
  }

  /** The setup's own security context; null where none of it was captured. */
  get setup(): SecurityContext | null {
    return this.#setup;
  }

  /** A token of the setup, or of a later one that renews it. */
  token({ fromClient, bytes, cut }: SetupToken, at: Provenance, out: Out): void {
    if (bytes.length === 0) return;
    const { keys, observer } = this.#connection.tools;
    const type = isNtlm(bytes) ? AUTH_TYPE_NTLMSSP : AUTH_TYPE_SPNEGO;
    const { stream } = this.#connection.origin.flow;
    this.#setup ??= new SecurityContext(
      type,
      AUTH_LEVEL_CONNECT,
      0,
      keys,
      stream,
      (observer ?? null) !== null,
    );
    this.#setup.token(fromClient, bytes, { headerSigning: false, frame: at.frame, cut });
    for (const note of this.#setup.takeNotes()) this.#connection.note(note, at, out);
    for (const seen of this.#setup.takeSeen()) observer?.seen(this.#connection.origin, at.time, seen);
    this.#charge();
  }

  /** The protocol tells whose it is. */
  name(user: string, domain: string): void {
    this.#named = { user, domain };
    this.#charge();
  }

  /** It is over, or never came about. */
  forget(): void {
    this.#connection.account.charge(-this.#charged);
    this.#charged = 0;
  }

  /** Brings the account up to date. */
  #charge(): void {
    const names = this.#named === null ? 0 : textCost(this.#named.user) + textCost(this.#named.domain);
    const bytes = names + (this.#setup?.tokenBytes ?? 0);
    this.#connection.account.charge(bytes - this.#charged);
    this.#charged = bytes;
  }

  /** Whose it is; null where nobody knows. An anonymous session's user is empty. */
  get account(): { user: string; domain: string | null } | null {
    if (this.#named !== null) return this.#named;
    const who = this.#setup?.record();
    return who === undefined || who.user === null ? null : { user: who.user, domain: who.domain };
  }

  /** What calls without security of their own are given. */
  auth(): SecurityRecord | null {
    const { account } = this;
    if (account === null) return null;
    const who = this.#setup?.record();
    return {
      type: who?.type ?? "ntlmssp",
      mechanism: who?.mechanism ?? "ntlmssp",
      level: "none",
      context_id: null,
      user: account.user,
      domain: account.domain,
      workstation: who?.workstation ?? null,
      source: "smb_session",
      decrypted: null,
      verified: null,
      ntlm: who?.ntlm ?? null,
      kerberos: who?.kerberos ?? null,
    };
  }

  /** For sentences: `the SMB session of DOMAIN\user (session 5)`. */
  get text(): string {
    const { account, id } = this;
    if (account === null) return `SMB session ${id} (of an unknown user)`;
    if (account.user === "") return `the anonymous SMB session ${id}`;
    return `the SMB session of ${accountText(account)} (session ${id})`;
  }
}

function accountText({ user, domain }: { user: string; domain: string | null }): string {
  return domain === null || domain === "" ? user : `${domain}\\${user}`;
}

/** Sessions by the number that the server gave. */
export class Sessions {
  readonly #connection: SmbConnection;
  readonly #byId = new Map<bigint | number, SmbSession>();
  /** Those that the server has not given a number, the latest last. */
  readonly #begun = new Set<SmbSession>();
  readonly #oldestBegun = new Oldest(this.#begun);

  constructor(connection: SmbConnection) {
    this.#connection = connection;
  }

  get(id: bigint | number): SmbSession | null {
    return this.#byId.get(id) ?? null;
  }

  /** The session of that number, made where its setup was not captured; null where there are too many. */
  of(id: bigint | number, at: Provenance, out: Out): SmbSession | null {
    return (
      this.#byId.get(id) ?? (this.add(id, new SmbSession(this.#connection), at, out) ? this.get(id) : null)
    );
  }

  /** A client asks for one. Those that the server refuses are not reported: the oldest goes. */
  begin(): SmbSession {
    if (this.#begun.size >= MAX_BEGUN) {
      const oldest = this.#oldestBegun.next()!;
      oldest.forget();
      this.#begun.delete(oldest);
    }
    const session = new SmbSession(this.#connection);
    this.#begun.add(session);
    return session;
  }

  /** False where there are too many, which is noted once. */
  add(id: bigint | number, session: SmbSession, at: Provenance, out: Out): boolean {
    const before = this.#byId.get(id);
    if (before === undefined) {
      if (this.#byId.size >= MAX_STATE) {
        const message = `more than ${MAX_STATE} SMB sessions on this connection: further ones are not followed`;
        this.#connection.noteOnce({ severity: "warning", code: "smb-session-limit", message }, at, out);
        return false;
      }
      this.#connection.account.charge(SESSION_COST);
    }
    if (before !== session) before?.forget();
    this.#begun.delete(session);
    session.id = String(id);
    this.#byId.set(id, session);
    return true;
  }

  /** A setup that was begun came to nothing; `id`: as its session had been given, null where it had not. */
  failed(id: bigint | number | null, session: SmbSession): void {
    if (this.#begun.delete(session)) session.forget();
    else if (id !== null && !session.established && this.#byId.get(id) === session) this.remove(id);
  }

  remove(id: bigint | number): void {
    this.#byId.get(id)?.forget();
    if (this.#byId.delete(id)) this.#connection.account.charge(-SESSION_COST);
  }

  all(): IterableIterator<SmbSession> {
    return this.#byId.values();
  }

  /** Memory is short. */
  clear(): void {
    for (const session of [...this.#begun, ...this.#byId.values()]) session.forget();
    this.#begun.clear();
    this.#connection.account.charge(-SESSION_COST * this.#byId.size);
    this.#byId.clear();
  }
}
