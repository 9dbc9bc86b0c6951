/** Classes that smart enumerations brought, for the instances of later calls that name them by GUID: [MS-WMI] 2.2.14.4. */

import { Reader } from "../../dissectors/wire/reader.js";
import type { CimClass } from "../../dissectors/wmio/cim.js";
import { readClass } from "../../dissectors/wmio/object.js";
import { type Account, type Holder, type Kind, unlimited } from "../budget.js";
import { Oldest } from "../oldest.js";

/** Classes that are kept. */
export const MAX_CIM_CLASSES = 1024;
/** Estimated bytes of memory that one takes, and for each of its own when it was read. */
const CLASS_COST = 300;
const BYTE_COST = 8;

interface Kept {
  bytes: Uint8Array;
  /** Read when it is asked for, and once; null where the bytes are no class. */
  read: CimClass | null | undefined;
}

export class CimClasses implements Holder {
  readonly stream = null;
  /** One made room for another. */
  full = false;
  readonly #classes = new Map<string, Kept>();
  readonly #oldest = new Oldest(this.#classes);
  readonly #account: Account;
  readonly #most: number;

  constructor(kind: Kind = unlimited(), most: number = MAX_CIM_CLASSES) {
    this.#account = kind.open(this);
    this.#most = most;
  }

  learn(classId: string, bytes: Uint8Array): void {
    this.#forget(classId);
    if (this.#classes.size >= this.#most) {
      this.#forget(this.#oldest.next()!);
      this.full = true;
    }
    // A copy: what was given is part of a whole answer.
    this.#classes.set(classId, { bytes: bytes.slice(), read: undefined });
    this.#account.charge(CLASS_COST + BYTE_COST * bytes.length);
  }

  readonly classOf = (classId: string): CimClass | null => {
    const kept = this.#classes.get(classId);
    if (kept === undefined) return null;
    if (kept.read === undefined) kept.read = readClass(new Reader(kept.bytes));
    return kept.read;
  };

  /** Tells one description of a class from another; null where none is kept. */
  markOf(classId: string): string | null {
    const kept = this.#classes.get(classId);
    if (kept === undefined) return null;
    let mark = 0x811c9dc5;
    for (const byte of kept.bytes) mark = Math.imul(mark ^ byte, 0x01000193);
    return `${kept.bytes.length} ${mark >>> 0}`;
  }

  /** Memory is short: the quarter that came first is forgotten. */
  giveUp(): void {
    for (const classId of this.#oldest.some(Math.ceil(this.#classes.size / 4))) this.#forget(classId);
  }

  #forget(classId: string): void {
    const kept = this.#classes.get(classId);
    if (kept === undefined) return;
    this.#classes.delete(classId);
    this.#account.charge(-CLASS_COST - BYTE_COST * kept.bytes.length);
  }
}
