/**
 * Cuts one direction of a TCP conversation into DCE/RPC PDUs. It keeps what it cannot use yet (at most one PDU, whose
 * length is a 16-bit field), knows which frames carried each octet, and finds the next credible header after a gap.
 */
import { credibleHeader, findHeader, fragLengthAt, HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import type { Instant } from "../time.js";

/** Octets searched without finding a header before the direction is given up. */
export const SEARCH_LIMIT = 256 * 1024;

/** One PDU's octets; borrowed: valid until the stream is fed again. */
export interface FramedPdu {
  /** From the header on; ends where the first missing octet would stand. */
  bytes: Uint8Array;
  frames: number[];
  /** Time of the frame that carried the first octet, and of the frame that carried the last one. */
  first: Instant;
  last: Instant;
}

/** What cutting found besides PDUs. `skipped` octets belonged to no PDU that could be recognised. */
export interface FramingNote {
  code: "skipped-octets";
  skipped: number;
  frame: number;
}

/** Where a run of pending octets came from; `end` counts from the start of what is pending. */
interface Origin {
  end: number;
  frames: number | readonly number[];
  time: Instant;
}

const NOTHING = new Uint8Array(0);

/** What an origin costs beside the bytes that it describes. */
const ORIGIN_COST = 120;
/** Bytes of a PDU that still go out where the rest of it is given up: its header and what says which call it belongs to. */
const KEPT_BYTES = 128;

export class PduStream {
  #pending: Uint8Array = NOTHING;
  #used = 0;
  #origins: Origin[] = [];
  /** First missing octet within the PDU that is pending, or -1. */
  #hole = -1;
  #searching: boolean;
  #skipped = 0;
  /** Octets searched in vain since the last header. */
  #sought = 0;
  /** Bytes to come of a PDU that was given up. */
  #passing = 0;
  /** PDUs cut so far. */
  count = 0;
  /** Whether this direction was to be searched from its start on, its beginning being unknown. */
  readonly began: boolean;

  constructor(searching: boolean) {
    this.#searching = searching;
    this.began = searching;
  }

  /** True once so much was searched in vain that going on would cost more than it gives. */
  get lost(): boolean {
    return this.#searching && this.#sought > SEARCH_LIMIT;
  }

  get searching(): boolean {
    return this.#searching;
  }

  /** True where octets wait for the rest of their PDU. */
  get waiting(): boolean {
    return this.#used > 0;
  }

  /** Estimated cost of what is pending, in bytes of memory. */
  get held(): number {
    return this.#pending.length + ORIGIN_COST * this.#origins.length;
  }

  /** Gives up what is pending: of a PDU the beginning goes out, cut, and what is still to come of it is passed over. */
  giveUp(pdu: (p: FramedPdu) => void): void {
    if (this.#used >= HEADER_SIZE && !this.#searching) {
      this.#passing = Math.max(0, fragLengthAt(this.#pending, 0) - this.#used);
      const kept = Math.min(this.#used, KEPT_BYTES);
      this.#hole = this.#hole < 0 ? kept : Math.min(this.#hole, kept);
      this.#emit(this.#pending, this.#used, 0, this.#origins, pdu);
    } else if (this.#used > 0) {
      this.#skip(this.#used, 0);
      this.#searching = true;
    }
    this.#drop(this.#used);
    this.#pending = NOTHING;
  }

  /** Takes the next octets of the stream; complete PDUs go to `pdu`, in order. */
  feed(
    data: Uint8Array,
    frames: number | readonly number[],
    time: Instant,
    pdu: (p: FramedPdu) => void,
    note: (n: FramingNote) => void,
  ): void {
    if (this.#passing > 0) {
      const passed = Math.min(this.#passing, data.length);
      this.#passing -= passed;
      if (passed === data.length) return;
      data = data.subarray(passed);
    }
    if (this.#used === 0) {
      const taken = this.#cut(data, [{ end: data.length, frames, time }], pdu, note);
      if (taken < data.length) this.#keep(data.subarray(taken), frames, time);
      return;
    }
    this.#keep(data, frames, time);
    this.#cutPending(pdu, note);
  }

  /**
   * `size` octets are missing here. A PDU whose header is known keeps its place, so that the next one is found where it
   * must be; anything else is searched for.
   */
  gap(size: number, time: Instant, pdu: (p: FramedPdu) => void, note: (n: FramingNote) => void): void {
    const passed = Math.min(this.#passing, size);
    this.#passing -= passed;
    if (passed > 0 && passed === size) return;
    size -= passed;
    if (this.#used >= HEADER_SIZE && !this.#searching) {
      const whole = fragLengthAt(this.#pending, 0);
      if (this.#hole < 0) this.#hole = this.#used;
      if (this.#used + size < whole) {
        this.#keep(new Uint8Array(size), [], time);
        return;
      }
      const exact = this.#used + size === whole;
      this.#emit(this.#pending, this.#used, 0, this.#origins, pdu);
      this.#drop(this.#used);
      if (exact) return;
    }
    if (this.#used > 0) {
      this.#skip(this.#used, this.#lastFrame());
      this.#drop(this.#used);
    }
    this.#searching = true;
    this.#sought = 0;
    this.#tellSkipped(note, 0);
  }

  /** The stream ends: what is pending is a PDU cut short, or nothing. */
  finish(pdu: (p: FramedPdu) => void, note: (n: FramingNote) => void): void {
    const frame = this.#lastFrame();
    if (this.#used >= HEADER_SIZE && !this.#searching) {
      if (this.#hole < 0) this.#hole = this.#used;
      this.#emit(this.#pending, this.#used, 0, this.#origins, pdu);
    } else {
      this.#skip(this.#used, frame);
    }
    this.#drop(this.#used);
    this.#tellSkipped(note, frame);
  }

  #cutPending(pdu: (p: FramedPdu) => void, note: (n: FramingNote) => void): void {
    const taken = this.#cut(this.#pending.subarray(0, this.#used), this.#origins, pdu, note);
    this.#drop(taken);
  }

  /** Cuts as many PDUs as are whole from `data`; answers how many octets are dealt with. */
  #cut(
    data: Uint8Array,
    origins: Origin[],
    pdu: (p: FramedPdu) => void,
    note: (n: FramingNote) => void,
  ): number {
    let at = 0;
    while (at < data.length) {
      if (this.#searching) {
        const found = findHeader(data, at, data.length);
        this.#skip(found - at, 0);
        at = found;
        if (at === data.length) break;
        if (credibleHeader(data, at, data.length, true) === "need-more") break;
        this.#searching = false;
        this.#sought = 0;
        this.#tellSkipped(note, frameAt(origins, at));
      } else {
        const verdict = credibleHeader(data, at, data.length, this.count === 0);
        if (verdict === "need-more") break;
        if (verdict === "no") {
          this.#searching = true;
          continue;
        }
      }
      const whole = fragLengthAt(data, at);
      if (data.length - at < whole) break;
      this.#emit(data, at + whole, at, origins, pdu);
      at += whole;
    }
    return at;
  }

  #emit(data: Uint8Array, end: number, at: number, origins: Origin[], pdu: (p: FramedPdu) => void): void {
    const stop = this.#hole >= 0 ? Math.min(end, at + this.#hole) : end;
    const only = origins[0]!;
    if (origins.length === 1 && typeof only.frames === "number") {
      this.#hole = -1;
      this.count++;
      pdu({ bytes: data.subarray(at, stop), frames: [only.frames], first: only.time, last: only.time });
      return;
    }
    const frames: number[] = [];
    let first: Instant | null = null;
    let last: Instant | null = null;
    let start = 0;
    for (const o of origins) {
      if (o.end > at && start < end) {
        const carried = typeof o.frames === "number" || o.frames.length > 0;
        if (typeof o.frames === "number") {
          if (frames[frames.length - 1] !== o.frames) frames.push(o.frames);
        } else for (const f of o.frames) if (!frames.includes(f)) frames.push(f);
        if (carried || !first) {
          first ??= o.time;
          last = o.time;
        }
      }
      start = o.end;
    }
    this.#hole = -1;
    this.count++;
    if (first && last) pdu({ bytes: data.subarray(at, stop), frames, first, last });
  }

  #keep(data: Uint8Array, frames: number | readonly number[], time: Instant): void {
    const needed = this.#used + data.length;
    if (needed > this.#pending.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * this.#pending.length, 1 << 17), 2048));
      larger.set(this.#pending.subarray(0, this.#used));
      this.#pending = larger;
    }
    this.#pending.set(data, this.#used);
    this.#used = needed;
    this.#origins.push({ end: needed, frames: typeof frames === "number" ? frames : [...frames], time });
  }

  #drop(n: number): void {
    if (n === 0) return;
    this.#pending.copyWithin(0, n, this.#used);
    this.#used -= n;
    const rest: Origin[] = [];
    for (const o of this.#origins) if (o.end > n) rest.push({ ...o, end: o.end - n });
    this.#origins = rest;
    if (this.#used === 0) {
      // A large buffer is not held for a connection that idles.
      if (this.#pending.length > 16384) this.#pending = NOTHING;
      this.#hole = -1;
    }
  }

  #skip(n: number, _frame: number): void {
    this.#skipped += n;
    this.#sought += n;
  }

  #tellSkipped(note: (n: FramingNote) => void, frame: number): void {
    if (this.#skipped === 0) return;
    note({ code: "skipped-octets", skipped: this.#skipped, frame });
    this.#skipped = 0;
  }

  #lastFrame(): number {
    const o = this.#origins[this.#origins.length - 1];
    if (!o) return 0;
    return typeof o.frames === "number" ? o.frames : (o.frames[o.frames.length - 1] ?? 0);
  }
}

function frameAt(origins: Origin[], at: number): number {
  for (const o of origins) {
    if (o.end > at) return typeof o.frames === "number" ? o.frames : (o.frames[0] ?? 0);
  }
  return 0;
}
