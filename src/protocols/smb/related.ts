/**
 * What the messages of a compound take from the one before: session, tree and file, [MS-SMB2] 3.2.4.1.4 and 3.3.5.2.7.2. By
 * direction, since a compound may come in several segments.
 */
import type { Smb2Header } from "../../../dissectors/smb/smb2.js";
import type { Pipe } from "./pipes.js";

const SAME_SESSION = 0xffffffffffffffffn;
const SAME_TREE = 0xffffffff;

interface Before {
  sessionId: bigint;
  treeId: number;
  pipe: Pipe | null;
}

export class Related {
  readonly #before: [Before, Before] = [nothing(), nothing()];

  /** The header with the ids that it means. */
  resolve(from: 0 | 1, header: Smb2Header): Smb2Header {
    if (!header.related) return header;
    const { sessionId, treeId } = this.#before[from];
    return {
      ...header,
      sessionId: header.sessionId === SAME_SESSION ? sessionId : header.sessionId,
      treeId: header.treeId === SAME_TREE ? treeId : header.treeId,
    };
  }

  /** A message is at hand: those that follow may mean what it means. */
  begin(from: 0 | 1, header: Smb2Header): Smb2Header {
    const resolved = this.resolve(from, header);
    const { sessionId, treeId } = resolved;
    this.#before[from] = { sessionId, treeId, pipe: header.related ? this.#before[from].pipe : null };
    return resolved;
  }

  /** It is of that pipe. */
  met(from: 0 | 1, pipe: Pipe): void {
    this.#before[from].pipe = pipe;
  }

  /** The pipe of the message before in the compound. */
  pipe(from: 0 | 1): Pipe | null {
    return this.#before[from].pipe;
  }

  /** Messages may be missing. */
  forget(from: 0 | 1): void {
    this.#before[from] = nothing();
  }
}

function nothing(): Before {
  return { sessionId: 0n, treeId: 0, pipe: null };
}
