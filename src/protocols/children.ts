/**
 * What a parent keeps of the protocols that it carries: named pipes of an SMB connection, say, each a stream of its own. It
 * decides which bytes are whose; gaps and the end reach all of them here. Their number has a limit that reports itself.
 */
import type { Note } from "../events.js";
import type { Out } from "../rpc/output.js";
import type { DataProvenance, GapProvenance, Protocol, Provenance } from "./protocol.js";

/** Children that one parent may have at a time. */
const MAX_CHILDREN = 1024;

interface Place {
  stream: number;
  communityId: string | null;
  file: string | null;
}

export class Children<K> {
  readonly #byKey = new Map<K, Protocol>();
  readonly #place: () => Place;
  readonly #what: string;
  readonly #limit: number;
  #full = false;

  /** `what`: the children in words, as "named pipes"; `place`: where the parent is. */
  constructor(what: string, place: () => Place, limit: number = MAX_CHILDREN) {
    this.#what = what;
    this.#place = place;
    this.#limit = limit;
  }

  /** Begins a child; null where there are too many, which is noted once. */
  open(key: K, make: () => Protocol, at: Provenance, out: Out): Protocol | null {
    this.close(key, at, out);
    if (this.#byKey.size >= this.#limit) {
      if (!this.#full) this.#reachLimit(at, out);
      return null;
    }
    const child = make();
    this.#byKey.set(key, child);
    return child;
  }

  /** Bytes of one child; false where it is not known, or says that they are not its own. */
  data(key: K, from: 0 | 1, bytes: Uint8Array, at: DataProvenance, out: Out): boolean {
    const child = this.#byKey.get(key);
    if (child === undefined) return false;
    child.data(from, bytes, at, out);
    if (child.verdict !== "other") return true;
    child.release(out);
    this.#byKey.delete(key);
    return false;
  }

  /** Bytes of the parent are missing, which may have been any child's: none knows how many of its own. */
  gap(from: 0 | 1, at: GapProvenance, out: Out): void {
    for (const child of this.#byKey.values()) child.gap(from, 0, at, out);
  }

  /** One child is over. */
  close(key: K, at: Provenance, out: Out): void {
    const child = this.#byKey.get(key);
    if (child === undefined) return;
    this.#byKey.delete(key);
    child.close(at, out);
  }

  /** The parent is over, and so are they all. */
  closeAll(at: Provenance, out: Out): void {
    for (const key of [...this.#byKey.keys()]) this.close(key, at, out);
  }

  /** Nobody wants the parent any more. */
  release(out: Out): void {
    for (const child of this.#byKey.values()) child.release(out);
    this.#byKey.clear();
  }

  #reachLimit(at: Provenance, out: Out): void {
    this.#full = true;
    const note: Note = {
      severity: "warning",
      code: "children-limit",
      message: `more than ${this.#limit} ${this.#what} are open on this connection: further ones are not followed`,
    };
    out.push({ kind: "note", association: null, ...this.#place(), note, frame: at.frame, at: at.time });
  }
}
