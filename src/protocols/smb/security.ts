/**
 * What protects the messages of one SMB connection, where keys were given: what it agreed on, the preauthentication integrity
 * hash of SMB 3.1.1 ([MS-SMB2] 3.2.5.2, 3.2.5.3), how the setup of each session ended, and the keys that come of it. Nothing
 * is computed here.
 */
import { type Agreement, readAgreement } from "../../../dissectors/smb/negotiate.js";
import { isBinding, isSigned, SESSION_SETUP, type Smb2Header } from "../../../dissectors/smb/smb2.js";
import {
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from "../../../dissectors/smb/status.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { Out } from "../../rpc/output.js";
import type { ContextLocation, SmbKeys, SmbProtection, SmbSetup } from "../../rpc/security/session.js";
import type { Provenance } from "../protocol.js";
import type { SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import type { SmbSession } from "./sessions.js";

/** Longer messages are not waited for only to check their signatures: they are of files. */
export const MAX_VERIFIED = 16 * 1024;
/** [MS-SMB2] 2.2.1: of what the server sends by itself, which nobody signs. */
const UNSOLICITED = 0xffffffffffffffffn;

/** One session of the connection. */
interface Protected {
  /** SMB 3.1.1: the hash so far; null where messages of the setup were not captured whole. */
  preauth: Uint8Array | null;
  binding: boolean;
  /** How the setup ended; null until it has. */
  setup: SmbSetup | null;
  location: ContextLocation | null;
  protection: SmbProtection | null;
  /** All keys that were guessed proved wrong. */
  refuted: boolean;
  /** What was known when the keys were last asked. */
  asked: string;
  /** Why there are no keys, in words; null where there are, or nothing was asked. */
  why: string | null;
  /** Signatures, and tags of encrypted messages, that do not hold although the key is known. */
  bad: number;
}

export class SmbSecurity {
  readonly #connection: SmbConnection;
  readonly #keys: SmbKeys;
  readonly #sessions = new WeakMap<SmbSession, Protected>();
  #agreement: Agreement | null = null;
  #preauth: Uint8Array | null = null;
  /** The endpoint that requests; null until a message in the clear has shown it. */
  #client: 0 | 1 | null = null;

  constructor(connection: SmbConnection, keys: SmbKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Any message in the clear: which side is which. */
  seen(from: 0 | 1, { response }: Smb2Header): void {
    this.#client = response ? (from === 0 ? 1 : 0) : from;
  }

  /** A message of the negotiation. */
  negotiate({ response, status }: Smb2Header, message: SmbMessage): void {
    if (!response) {
      this.#agreement = null;
      this.#preauth = this.#hashed(null, message);
      return;
    }
    if (status !== STATUS_SUCCESS) return;
    this.#agreement = readAgreement(new Reader(message.bytes));
    // What answers an SMB1 negotiate settles nothing, and another negotiation follows.
    this.#preauth =
      this.#agreement === null || this.#preauth === null ? null : this.#hashed(this.#preauth, message);
  }

  /** A message of a session's setup; a response when its token was taken. */
  setUp(session: SmbSession, header: Smb2Header, message: SmbMessage): void {
    const { response, status, sessionId } = header;
    let state = this.#sessions.get(session);
    if (!response) {
      if (state === undefined) {
        state = begun(this.#preauth);
        this.#sessions.set(session, state);
      }
      // One that is set up keeps its keys when its user proves himself again ([MS-SMB2] 3.3.5.5.2).
      if (state.setup !== null) return;
      state.binding ||= isBinding(message.bytes);
      state.preauth = state.preauth === null ? null : this.#hashed(state.preauth, message);
      return;
    }
    state ??= this.#met(session);
    if (state.setup !== null) return;
    if (status === STATUS_MORE_PROCESSING_REQUIRED) {
      state.preauth = state.preauth === null ? null : this.#hashed(state.preauth, message);
    } else if (status === STATUS_SUCCESS) {
      const exchange = session.setup?.exchange ?? null;
      const { preauth, binding } = state;
      state.setup = { sessionId, agreement: this.#agreement, preauth, exchange, binding };
      state.refuted = false;
    }
  }

  /** Whether an encrypted message of the session may be opened, and so is wanted whole. */
  mayOpen(session: SmbSession | null): boolean {
    const state = session === null ? undefined : this.#sessions.get(session);
    return state === undefined || state.why === null || state.asked !== this.#askedNow(state);
  }

  /** The messages in an encrypted one; null where no key opens it. */
  open(
    from: 0 | 1,
    session: SmbSession,
    sessionId: bigint,
    message: SmbMessage,
    out: Out,
  ): Uint8Array | null {
    const at = message.runs[0]!;
    const state = this.#sessions.get(session) ?? this.#met(session);
    this.#locationOf(state, session).level = "pkt_privacy";
    const protection = this.#protectionOf(state, session, sessionId, at, out);
    if (protection === null) return null;
    const fromClient = this.#client === null ? null : from === this.#client;
    const plain =
      fromClient !== null
        ? protection.open(fromClient, message.bytes)
        : (protection.open(true, message.bytes) ?? protection.open(false, message.bytes));
    if (plain !== null) return plain;
    if (protection.certain) this.#bad(state, session, "an encrypted message", at, out);
    // What was guessed may have proved wrong just now: the reason is to be had.
    else this.#protectionOf(state, session, sessionId, at, out);
    return null;
  }

  /** Checks the signature of a message in the clear, where it has one and is all there. */
  verify(session: SmbSession, header: Smb2Header, message: SmbMessage, out: Out): void {
    const { bytes, size } = message;
    const { command, messageId, sessionId, status } = header;
    if (!isSigned(bytes) || bytes.length < size || status === STATUS_PENDING || messageId === UNSOLICITED) {
      return;
    }
    const at = message.runs[0]!;
    const state = this.#sessions.get(session) ?? this.#met(session);
    // Until the setup is over there is no key, and one that joins a session is signed with a key of elsewhere.
    if (command === SESSION_SETUP && (state.setup === null || state.binding)) return;
    const location = this.#locationOf(state, session);
    if (location.level !== "pkt_privacy") location.level = "pkt_integrity";
    const protection = this.#protectionOf(state, session, sessionId, at, out);
    if (protection?.verify(bytes) === false) this.#bad(state, session, "a signed message", at, out);
  }

  /** Why messages of the session stayed encrypted; null where nobody knows. */
  whyNot(session: SmbSession): string | null {
    return this.#sessions.get(session)?.why ?? null;
  }

  /** The connection is over: what was counted of a session is said. */
  report(session: SmbSession, at: Provenance, out: Out): void {
    const state = this.#sessions.get(session);
    if (state === undefined || state.bad < 2) return;
    const { bad } = state;
    state.bad = 0;
    const message = `${bad} messages of ${session.text} have a wrong signature`;
    this.#connection.note({ severity: "warning", code: "smb-bad-signature", message }, at, out);
  }

  #hashed(before: Uint8Array | null, { bytes, size }: SmbMessage): Uint8Array | null {
    return bytes.length < size ? null : this.#keys.smbPreauth(before, bytes);
  }

  /** A session whose setup was not captured. */
  #met(session: SmbSession): Protected {
    const state = begun(null);
    this.#sessions.set(session, state);
    return state;
  }

  /** The session's own security context is the one to report of. */
  #locationOf(state: Protected, session: SmbSession): ContextLocation {
    if (state.location !== null) return state.location;
    const { stream } = this.#connection.origin.flow;
    const unknown: ContextLocation = { stream, contextId: 0, smbSession: null, type: "none", level: "none" };
    state.location = session.setup?.location ?? unknown;
    state.location.smbSession = session.id;
    return state.location;
  }

  #askedNow({ setup, refuted }: Protected): string {
    return `${setup !== null}/${refuted}/${this.#keys.generation}`;
  }

  #protectionOf(
    state: Protected,
    session: SmbSession,
    sessionId: bigint,
    at: Provenance,
    out: Out,
  ): SmbProtection | null {
    if (state.protection?.refuted === true) {
      state.protection = null;
      state.refuted = true;
    }
    if (state.protection !== null) return state.protection;
    const asked = this.#askedNow(state);
    if (asked === state.asked) return null;
    const setup = state.setup ?? { ...UNKNOWN_SETUP, sessionId, agreement: this.#agreement };
    const location = this.#locationOf(state, session);
    const answer = this.#keys.smbSession(setup, location, state.refuted);
    state.protection = answer.session;
    state.asked = asked;
    state.why = answer.session === null ? answer.message : null;
    if (answer.session !== null && answer.note) this.#connection.note(answer.note, at, out);
    return answer.session;
  }

  /** The first of a session is reported at once, and all at the end. */
  #bad(state: Protected, session: SmbSession, what: string, at: Provenance, out: Out): void {
    state.bad++;
    if (state.bad > 1) return;
    const message = `${what} of ${session.text} has a wrong signature`;
    this.#connection.note({ severity: "warning", code: "smb-bad-signature", message }, at, out);
  }
}

const UNKNOWN_SETUP = { preauth: null, exchange: null, binding: false } as const;

function begun(preauth: Uint8Array | null): Protected {
  return {
    preauth,
    binding: false,
    setup: null,
    location: null,
    protection: null,
    refuted: false,
    asked: "",
    why: null,
    bad: 0,
  };
}
