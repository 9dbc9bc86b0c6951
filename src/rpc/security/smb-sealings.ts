/**
 * Keys of SMB sessions that opened messages, by the session's number: a session may have several connections, and those that
 * joined it later, or whose beginning was not captured, are encrypted with the same keys. A tag shows whether they are meant.
 */
import { Oldest } from "../../oldest.js";
import type { ReachedKeyLimits } from "./key-limits.js";
import type { SmbSealing } from "./smb-session.js";

/** Sessions remembered; the oldest goes first. */
const MAX_SESSIONS = 4096;
/** Servers count their sessions alike: keys of one number, the latest ones. */
const MAX_OF_ONE_NUMBER = 4;

export class SmbSealings {
  readonly #byId = new Map<bigint, readonly SmbSealing[]>();
  readonly #oldest = new Oldest(this.#byId);
  readonly #limited: ReachedKeyLimits;

  constructor(limited: ReachedKeyLimits) {
    this.#limited = limited;
  }

  of(sessionId: bigint): readonly SmbSealing[] {
    return this.#byId.get(sessionId) ?? [];
  }

  remember(sessionId: bigint, sealing: SmbSealing): void {
    const known = this.of(sessionId);
    if (known.includes(sealing)) return;
    if (known.length === 0 && this.#byId.size >= MAX_SESSIONS) {
      this.#byId.delete(this.#oldest.next()!);
      this.#limited.keys = true;
    }
    this.#byId.set(sessionId, [sealing, ...known].slice(0, MAX_OF_ONE_NUMBER));
    if (known.length === MAX_OF_ONE_NUMBER) this.#limited.keys = true;
  }
}
