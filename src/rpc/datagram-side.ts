/**
 * One side of a connectionless call while its fragments come in, [C706] 9.5: by number, in any order, perhaps twice. Of two
 * fragments with one number the first wins.
 */
import {
  type DatagramHeader,
  DG_HEADER_SIZE,
  PF_FRAG,
  PF_LAST_FRAG,
} from "../../dissectors/dcerpc/connectionless.js";
import type { Instant } from "../time.js";
import { addFrames, addStub, newSide, type Side } from "./calls.js";

/** Estimated cost of a fragment beside its bytes, in bytes of memory. */
const PIECE_COST = 300;
const SIDE_COST = 800;

interface Piece {
  /** null where nothing of it is kept: it is sealed, or there is too much. */
  bytes: Uint8Array | null;
  /** Bytes on the wire. */
  size: number;
  frames: readonly number[];
  time: Instant;
}

/** Where a PDU came from. */
export interface Carried {
  frames: readonly number[];
  time: Instant;
}

export class DatagramSide {
  readonly side: Side;
  /** Kept in `pieces`, in bytes. */
  size = 0;
  /** Not all of it is kept. */
  limited = false;
  readonly #pieces = new Map<number, Piece>();
  /** The number of the last fragment; -1 while it is not known. */
  #last = -1;

  constructor(header: DatagramHeader, identity: string, time: Instant) {
    this.side = newSide(header, 0, { first: time, sequence: 0, message: identity });
  }

  /** Every fragment is there. */
  get complete(): boolean {
    return this.#last >= 0 && this.#pieces.size > this.#last;
  }

  /** Estimated bytes of memory that it takes. */
  get cost(): number {
    return SIDE_COST + this.size + PIECE_COST * this.#pieces.size;
  }

  /** Drops what is kept of the stub data; answers how many bytes these were. */
  drop(): number {
    const { size } = this;
    for (const piece of this.#pieces.values()) piece.bytes = null;
    this.size = 0;
    return size;
  }

  /** Adds a fragment, `stub` of it captured of `size` bytes; false where it was there before. `limit`: bytes to be kept. */
  add(header: DatagramHeader, stub: Uint8Array | null, size: number, from: Carried, limit: number): boolean {
    const part = (header.flags1 & PF_FRAG) !== 0;
    const number = part ? header.fragment : 0;
    if (this.#pieces.has(number)) return false;
    if (!part || (header.flags1 & PF_LAST_FRAG) !== 0) this.#last = number;
    let bytes = stub;
    if (bytes !== null && this.size + bytes.length > limit) {
      this.limited = true;
      bytes = null;
    }
    if (bytes !== null) this.size += bytes.length;
    this.#pieces.set(number, { bytes: bytes?.slice() ?? null, size, frames: from.frames, time: from.time });
    if (stub === null) this.side.sealed = true;
    return true;
  }

  /** A PDU that is no fragment and has no stub data, as a fault. */
  end({ frames, time }: Carried): void {
    if (this.#pieces.size > 0) return;
    this.#last = 0;
    this.#pieces.set(0, { bytes: new Uint8Array(0), size: 0, frames, time });
  }

  /** Puts the fragments in order; answers the number of the first that is missing before the last that came, or -1. */
  join(): number {
    const { side } = this;
    let missing = -1;
    let next = 0;
    for (const number of [...this.#pieces.keys()].sort((a, b) => a - b)) {
      const { bytes, size, frames, time } = this.#pieces.get(number)!;
      if (side.fragments === 0) side.first = time;
      if (number > next && missing < 0) missing = next;
      next = number + 1;
      addFrames(side, frames, side.fragments === 0 || isBefore(side.last, time) ? time : side.last);
      side.fragments++;
      side.bytes += size;
      side.pduBytes += DG_HEADER_SIZE + size;
      if (missing >= 0 || (bytes === null && !side.sealed)) side.broken = true;
      if (bytes === null) continue;
      addStub(side, bytes, Number.POSITIVE_INFINITY, true);
      if (bytes.length < size) side.broken = true;
    }
    this.#pieces.clear();
    side.ended = this.#last >= 0 && next > this.#last;
    side.whole = side.ended && !side.broken;
    return missing;
  }
}

function isBefore(a: Instant, b: Instant): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanos < b.nanos);
}
