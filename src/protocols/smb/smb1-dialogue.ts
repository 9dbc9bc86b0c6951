/** A conversation in SMB 1: nothing of it is read yet beyond its headers. */
import { HEADER_SIZES } from "../../../dissectors/smb/framing.js";
import type { Out } from "../../rpc/output.js";
import type { GapProvenance, Provenance } from "../protocol.js";
import type { Dialogue, SmbConnection } from "./connection.js";
import type { SmbMessage } from "./message.js";
import type { Pipes } from "./pipes.js";
import type { Sessions } from "./sessions.js";

export class Smb1Dialogue implements Dialogue {
  readonly connection: SmbConnection;

  constructor(connection: SmbConnection, _sessions: Sessions, _pipes: Pipes) {
    this.connection = connection;
  }

  wants(_from: 0 | 1, _head: Uint8Array, _size: number): number {
    return HEADER_SIZES.smb1;
  }

  take(_from: 0 | 1, _message: SmbMessage, _out: Out): void {}

  missed(_from: 0 | 1, _at: GapProvenance): void {}

  giveUp(_at: Provenance, _out: Out): void {}

  close(_at: Provenance, _out: Out): void {}
}
