/**
 * Encrypted messages of SMB 3 ([MS-SMB2] 2.2.41): opened where keys are given, else counted by session, and named once the
 * connection is over.
 */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import { transformSessionId } from "../../../dissectors/smb/transform.js";
import type { Out } from "../../rpc/output.js";
import type { Provenance } from "../protocol.js";
import type { SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import { MAX_MESSAGE } from "./message-reader.js";
import type { SmbSecurity } from "./security.js";
import type { Sessions, SmbSession } from "./sessions.js";

/** Sessions of a connection that are reported one by one; the others are counted together. */
const MAX_REPORTED = 32;

export class SealedMessages {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;
  /** Null where no keys were given. */
  readonly #security: SmbSecurity | null;

  constructor(connection: SmbConnection, sessions: Sessions, security: SmbSecurity | null) {
    this.#connection = connection;
    this.#sessions = sessions;
    this.#security = security;
  }

  /** How many bytes of an encrypted message are wanted: all of it where it may be opened. */
  wants(head: Uint8Array, size: number): number {
    if (this.#security === null || size > MAX_MESSAGE) return HEADER_SIZES.transform;
    const session = this.#sessions.get(transformSessionId(head));
    return this.#security.mayOpen(session) ? size : HEADER_SIZES.transform;
  }

  /**
   * Takes an encrypted message; answers the messages in it, or null where it stays sealed. `session`: whose it is, as its
   * header says.
   */
  open(from: 0 | 1, message: SmbMessage, out: Out): Uint8Array | null {
    const at = message.runs[0]!;
    const id = transformSessionId(message.bytes);
    const session = this.#sessions.of(id, at, out);
    if (session === null) return null;
    const whole = message.bytes.length === message.size;
    const plain = whole ? (this.#security?.open(from, session, id, message, out) ?? null) : null;
    if (plain !== null) {
      session.opened++;
      return plain;
    }
    this.#connection.unread();
    if (message.size > MAX_MESSAGE) session.tooLong++;
    else session.sealed++;
    return null;
  }

  /** The connection is over: what stayed sealed is said. */
  report(at: Provenance, out: Out): void {
    let reported = 0;
    let further = 0;
    let messages = 0;
    for (const session of this.#sessions.all()) {
      const left = session.sealed + session.tooLong;
      if (left > 0 && reported++ >= MAX_REPORTED) {
        further++;
        messages += left;
        session.sealed = 0;
        session.tooLong = 0;
      }
      this.reportOf(session, at, out);
    }
    if (messages === 0) return;
    const message = `${messages} encrypted messages of ${further} further SMB sessions were not decrypted`;
    const sealed = { messages, auth: null };
    this.#connection.note({ severity: "info", code: "smb-encrypted", message, sealed }, at, out);
  }

  /** A session is over, or the connection. */
  reportOf(session: SmbSession, at: Provenance, out: Out): void {
    this.#security?.report(session, at, out);
    const { opened, sealed, text, tooLong } = session;
    // Where some are opened, the others are too long for it, or wrong.
    const limited = opened > 0 ? tooLong : 0;
    const unread = sealed + tooLong - limited;
    if (limited > 0) {
      const message = `${counted(limited, text)}: longer than ${MAX_MESSAGE} bytes, as those of files are`;
      this.#connection.note({ severity: "info", code: "smb-message-limit", message }, at, out);
    }
    if (unread > 0) {
      const message = `${counted(unread, text)}${this.#missing(session)}`;
      const sealed = { messages: unread, auth: session.setup?.record() ?? null };
      this.#connection.note({ severity: "info", code: "smb-encrypted", message, sealed }, at, out);
    }
    session.sealed = 0;
    session.tooLong = 0;
  }

  /** What would open them. */
  #missing(session: SmbSession): string {
    if (this.#security !== null) {
      return `: ${this.#security.whyNot(session) ?? "none of the given keys opens them"}`;
    }
    const { setup } = session;
    return setup === null
      ? ": its setup was not captured, so only the session key can decrypt them"
      : ` (${setup.wanted})`;
  }
}

function counted(messages: number, session: string): string {
  const [s, were] = messages === 1 ? ["", "was"] : ["s", "were"];
  return `${messages} encrypted message${s} of ${session} ${were} not decrypted`;
}
