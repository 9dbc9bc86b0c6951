/**
 * Cuts one direction of a TCP conversation into DCE/RPC PDUs, which its owner takes one by one. It keeps what it cannot use
 * yet (at most one PDU, whose length is a 16-bit field), knows which frames carried each byte, and after a gap has the next
 * PDU searched for (pdu-search.ts).
 */
import { drepAt, examine, HTTP_BANNER, soundHeader } from "../../dissectors/dcerpc/evidence.js";
import { credibleHeader, fragLengthAt, HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Instant } from "../time.js";
import type { Framed } from "./framed.js";
import { type Known, PduSearch, type Piece } from "./pdu-search.js";

/** Where a run of pending bytes came from; `end` counts from the start of what is pending. */
interface Origin {
  end: number;
  frames: number | readonly number[];
  time: Instant;
  /** TCP sequence number behind the last of them, signed. */
  after: number;
}

const NOTHING = new Uint8Array(0);

/** Room for pending bytes, where there are any. */
const MIN_BUFFER = 2048;
/** What an origin costs beside the bytes that it describes. */
const ORIGIN_COST = 120;
/** Bytes of a PDU that still go out where the rest of it is given up: its header and what says which call it belongs to. */
const KEPT_BYTES = 128;

export class PduStream {
  #pending: Uint8Array = NOTHING;
  #used = 0;
  /** PDUs that came out stand in `#pending`, which must not change before the stream is fed again. */
  #lent = false;
  /** What came out, and how much of it was taken. */
  readonly #out: Framed[] = [];
  #taken = 0;
  #origins: Origin[] = [];
  /** First missing byte within the PDU that is pending, or -1. */
  #hole = -1;
  /** Nobody knows how many bytes are missing at `#hole`, and whether they are this PDU's. */
  #doubt = false;
  /** Looks for the next PDU; null while it is known where that begins. */
  #search: PduSearch | null;
  /** What a search or a lost place gave back and is still to be cut, last first. */
  readonly #work: Piece[] = [];
  #working = false;
  #skipped = 0;
  /** Bytes of `HTTP_BANNER` met at the very start; -1 once that is behind. */
  #banner = 0;
  /** packed_drep of the PDUs cut so far, or -1. */
  #drep = -1;
  /** Nothing was missed since the last PDU, or the beginning. */
  #follows: boolean;
  /** Bytes to come of a PDU that was given up. */
  #passing = 0;
  /** PDUs cut so far. */
  count = 0;
  /** Whether this direction was to be searched from its start on, its beginning being unknown. */
  readonly began: boolean;
  /** The conversation is known to be DCE/RPC, by this direction or the other. */
  rpc = false;

  constructor(searching: boolean) {
    this.#search = searching ? new PduSearch() : null;
    this.began = searching;
    this.#follows = !searching;
  }

  get searching(): boolean {
    return this.#search !== null;
  }

  /** A header at the start of a segment waits for the rest of its PDU, in doubt or not. */
  get hopeful(): boolean {
    return this.#search === null ? this.#used > 0 : this.#search.hopeful;
  }

  /** True where bytes wait for the rest of their PDU. */
  get waiting(): boolean {
    return this.#used > 0 || (this.#search?.size ?? 0) > 0;
  }

  /** PDUs that one of the other direction which fits them would prove. */
  waitingForProof(): { at: number; ptype: number; callId: number }[] {
    return this.#search?.waiting() ?? [];
  }

  /** Estimated cost of what is pending, in bytes of memory. */
  get held(): number {
    return this.#pending.length + ORIGIN_COST * this.#origins.length + (this.#search?.held ?? 0);
  }

  /** Gives up what is pending: of a PDU the beginning goes out, cut, and what is still to come of it is passed over. */
  giveUp(): void {
    this.#concludeSearch();
    this.#search?.release();
    const whole = this.#used >= HEADER_SIZE ? fragLengthAt(this.#pending, 0) : 0;
    const there = this.#hole < 0 ? this.#used : this.#hole;
    if (whole > 0 && this.#mayOpen(this.#pending.subarray(0, there), whole)) {
      this.#passing = Math.max(0, whole - this.#used);
      this.#hole = Math.min(there, KEPT_BYTES);
      this.#emit(this.#pending, this.#used, 0, this.#origins);
    } else if (this.#used > 0) {
      this.#skipped += this.#used;
      this.#startSearch();
    }
    this.#drop(this.#used);
    this.#pending = NOTHING;
  }

  /** The next of what came out, in order; null where all is taken. */
  next(): Framed | null {
    const next = this.#out[this.#taken];
    if (next !== undefined) {
      this.#taken++;
      return next;
    }
    if (this.#taken > 0) {
      this.#out.length = 0;
      this.#taken = 0;
    }
    return null;
  }

  /** Takes the next bytes of the stream, the first of which has the TCP sequence number `sequence`; complete PDUs come out. */
  feed(data: Uint8Array, frames: number | readonly number[], time: Instant, sequence: number): void {
    this.#lent = false;
    const passed = Math.min(this.#passing, data.length);
    this.#passing -= passed;
    if (passed > 0 && passed === data.length) return;
    const come = passed > 0 ? data.subarray(passed) : data;
    const rest = this.#banner < 0 ? come : this.#withoutBanner(come);
    const fresh = passed === 0 && (rest.length === data.length || this.#banner < 0);
    const after = (sequence + data.length) | 0;
    if (rest.length === 0) return;
    if (this.#doubt) {
      this.#doubt = false;
      // What follows is the next PDU, or what is still to come of this one.
      if (soundHeader(rest, 0, rest.length) === "yes" && drepAt(rest, 0) === drepAt(this.#pending, 0)) {
        this.#lose(fragLengthAt(this.#pending, 0) - this.#used, time);
        this.#follows = false;
      }
    }
    this.#take(rest, frames, time, after, fresh);
  }

  /**
   * `size` bytes are missing here; 0 where nobody knows how many. A PDU whose header is known keeps its place, so that the
   * next one is found where it must be; anything else is searched for.
   */
  gap(size: number, time: Instant): void {
    this.#lent = false;
    this.#lose(size, time);
  }

  #lose(size: number, time: Instant): void {
    this.#banner = -1;
    const passed = Math.min(this.#passing, size);
    this.#passing -= passed;
    if (passed > 0 && passed === size) return;
    size -= passed;
    if (this.#search) {
      const found = this.#search.gap(size, time, this.#known);
      if (found < 0) return;
      this.#work.push({ bytes: null, size, frames: [], time, after: 0, fresh: false });
      this.#accept(found);
      return;
    }
    if (this.#used >= HEADER_SIZE) {
      const whole = fragLengthAt(this.#pending, 0);
      if (this.#hole < 0) this.#hole = this.#used;
      this.#doubt = size === 0;
      if (this.#doubt) return;
      if (this.#used + size < whole) {
        this.#keep(new Uint8Array(size), [], time, 0);
        return;
      }
      const exact = this.#used + size === whole;
      if (this.#mayOpen(this.#pending.subarray(0, this.#hole), whole)) {
        this.#emit(this.#pending, this.#used, 0, this.#origins);
        this.#drop(this.#used);
        if (exact) return;
      }
    }
    if (this.#used > 0) {
      this.#skipped += this.#used;
      this.#drop(this.#used);
    }
    this.#startSearch();
  }

  /** The conversation proved to be DCE/RPC, which may decide what is in doubt here. */
  settle(): void {
    const found = this.#search?.settle(this.#known) ?? -1;
    if (found >= 0) this.#accept(found);
  }

  /** The PDU at `found`, one of those that wait for proof, is proven. */
  prove(found: number): void {
    this.#accept(found);
  }

  /** The stream ends: what is pending is a PDU cut short, or nothing. */
  finish(): void {
    this.#concludeSearch();
    const frame = this.#lastFrame();
    if (this.#search) this.#skipped += this.#search.skipped();
    this.#search = null;
    if (this.#used >= HEADER_SIZE) {
      if (this.#hole < 0) this.#hole = this.#used;
      if (this.#mayOpen(this.#pending.subarray(0, this.#hole), fragLengthAt(this.#pending, 0))) {
        this.#emit(this.#pending, this.#used, 0, this.#origins);
      }
    } else {
      this.#skipped += this.#used;
    }
    this.#drop(this.#used);
    this.#reportSkipped(frame);
  }

  /** What a search takes for PDUs where nothing more comes. */
  #concludeSearch(): void {
    for (;;) {
      const found = this.#search?.finish(this.#known) ?? -1;
      if (found < 0) return;
      this.#accept(found);
    }
  }

  #startSearch(): void {
    this.#search = new PduSearch();
    this.#follows = false;
  }

  get #known(): Known {
    return { rpc: this.rpc || this.count > 0, drep: this.#drep };
  }

  /** The bytes behind the banner of RPC over HTTP v1, [MS-RPCE] 2.1.2.1; it may come in parts. */
  #withoutBanner(data: Uint8Array): Uint8Array {
    let at = 0;
    while (at < data.length && this.#banner < HTTP_BANNER.length) {
      if (data[at] !== HTTP_BANNER.charCodeAt(this.#banner)) {
        this.#skipped += this.#banner - at;
        this.#banner = -1;
        return data;
      }
      at++;
      this.#banner++;
    }
    if (this.#banner === HTTP_BANNER.length) this.#banner = -1;
    return data.subarray(at);
  }

  #take(
    data: Uint8Array,
    frames: number | readonly number[],
    time: Instant,
    after: number,
    fresh: boolean,
  ): void {
    if (this.#search) {
      const found = this.#search.push(data, frames, time, after, fresh, this.#known);
      if (found >= 0) this.#accept(found);
      return;
    }
    if (this.#used === 0) {
      const taken = this.#cut(data, [{ end: data.length, frames, time, after }]);
      if (taken === data.length) return;
      const rest = data.subarray(taken);
      if (this.searching) this.#take(rest, frames, time, after, fresh && taken === 0);
      else this.#keep(rest, frames, time, after);
      return;
    }
    this.#keep(data, frames, time, after);
    this.#cutPending();
  }

  /** A search has found a PDU: what stood before is reported, and what it kept from there on is cut. */
  #accept(found: number): void {
    const search = this.#search!;
    this.#skipped += search.skipped(found);
    const pieces = search.take(found);
    this.#search = null;
    this.#reportSkipped(pieces[0] === undefined ? 0 : frameOf(pieces[0].frames));
    this.#again(pieces);
  }

  /** Cuts pieces that were cut before, in front of those that wait for it. */
  #again(pieces: readonly Piece[]): void {
    for (let i = pieces.length - 1; i >= 0; i--) this.#work.push(pieces[i]!);
    if (this.#working) return;
    this.#working = true;
    for (let piece = this.#work.pop(); piece !== undefined; piece = this.#work.pop()) {
      const { bytes, size, frames, time, after, fresh } = piece;
      if (bytes) this.#take(bytes, frames, time, after, fresh);
      else this.#lose(size, time);
    }
    this.#working = false;
  }

  #cutPending(): void {
    const taken = this.#cut(this.#pending.subarray(0, this.#used), this.#origins);
    this.#drop(taken);
    if (!this.#search || this.#used === 0) return;
    // No header stands where one must: what is pending is searched, segment by segment.
    const kept = this.#pending.slice(0, this.#used);
    const pieces: Piece[] = [];
    let start = 0;
    for (const { end, frames, time, after } of this.#origins) {
      const bytes = kept.subarray(start, end);
      pieces.push({ bytes, size: bytes.length, frames, time, after, fresh: start > 0 });
      start = end;
    }
    this.#drop(this.#used);
    this.#again(pieces);
  }

  /** Cuts as many PDUs as are whole from `data`; answers how many bytes are dealt with. */
  #cut(data: Uint8Array, origins: Origin[]): number {
    let at = 0;
    while (at < data.length) {
      const verdict = credibleHeader(data, at, data.length, this.count === 0);
      if (verdict === "need-more") break;
      const whole = verdict === "no" ? 0 : fragLengthAt(data, at);
      if (verdict === "yes" && data.length - at < whole) break;
      if (verdict === "no" || !this.#mayOpen(at === 0 ? data : data.subarray(at), whole)) {
        this.#startSearch();
        break;
      }
      this.#emit(data, at + whole, at, origins);
      at += whole;
    }
    return at;
  }

  /**
   * Whether `data`, of which `whole` bytes are the PDU, may be the first of a conversation whose beginning was captured:
   * a big-endian header needs more than itself.
   */
  #mayOpen(data: Uint8Array, whole: number): boolean {
    if (this.count > 0 || this.rpc) return true;
    const { soundness, exact } = examine(new Reader(data));
    if (soundness !== "doubtful") return soundness !== "no";
    return exact && (data.length <= whole || credibleHeader(data, whole, data.length, true) !== "no");
  }

  #emit(data: Uint8Array, end: number, at: number, origins: Origin[]): void {
    const stop = this.#hole >= 0 ? Math.min(end, at + this.#hole) : end;
    const follows = this.#follows;
    this.#drep = drepAt(data, at);
    this.#follows = true;
    if (data.buffer === this.#pending.buffer) this.#lent = true;
    const only = origins[0]!;
    if (origins.length === 1 && typeof only.frames === "number") {
      this.#hole = -1;
      this.count++;
      this.#out.push({
        kind: "pdu",
        bytes: at === 0 && stop === data.length ? data : data.subarray(at, stop),
        frames: [only.frames],
        sequence: sequenceAt(only, at),
        spans: null,
        first: only.time,
        last: only.time,
        follows,
      });
      return;
    }
    const frames: number[] = [];
    const spans: number[] = [];
    let sequence = 0;
    let first: Instant | null = null;
    let last: Instant | null = null;
    let start = 0;
    for (const o of origins) {
      if (o.end > at && start < end) {
        if (start <= at) sequence = sequenceAt(o, at);
        const from = Math.max(start, at);
        const size = Math.min(o.end, end) - from;
        const carried = typeof o.frames === "number" || o.frames.length > 0;
        if (typeof o.frames === "number") {
          if (frames[frames.length - 1] !== o.frames) frames.push(o.frames);
        } else for (const f of o.frames) if (!frames.includes(f)) frames.push(f);
        if (carried) spans.push((o.after - (o.end - from)) | 0, size);
        else spans.push(0, -size);
        if (carried || !first) {
          first ??= o.time;
          last = o.time;
        }
      }
      start = o.end;
    }
    this.#hole = -1;
    this.count++;
    if (first && last) {
      const bytes = data.subarray(at, stop);
      this.#out.push({ kind: "pdu", bytes, frames, sequence, spans, first, last, follows });
    }
  }

  #keep(data: Uint8Array, frames: number | readonly number[], time: Instant, after: number): void {
    const needed = this.#used + data.length;
    if (needed > this.#pending.length || this.#lent) {
      this.#lent = false;
      const larger = new Uint8Array(
        Math.max(needed, Math.min(2 * this.#pending.length, 1 << 17), MIN_BUFFER),
      );
      larger.set(this.#pending.subarray(0, this.#used));
      this.#pending = larger;
    }
    this.#pending.set(data, this.#used);
    this.#used = needed;
    this.#origins.push({
      end: needed,
      frames: typeof frames === "number" ? frames : [...frames],
      time,
      after,
    });
  }

  #drop(n: number): void {
    if (n === 0) return;
    if (this.#lent && n < this.#used) {
      const rest = this.#pending.subarray(n, this.#used);
      this.#pending = new Uint8Array(Math.max(rest.length, MIN_BUFFER));
      this.#pending.set(rest);
      this.#lent = false;
    } else {
      this.#pending.copyWithin(0, n, this.#used);
    }
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

  #reportSkipped(frame: number): void {
    if (this.#skipped === 0) return;
    this.#out.push({ kind: "skipped", skipped: this.#skipped, frame });
    this.#skipped = 0;
  }

  #lastFrame(): number {
    const o = this.#origins[this.#origins.length - 1];
    if (!o) return 0;
    return typeof o.frames === "number" ? o.frames : (o.frames[o.frames.length - 1] ?? 0);
  }
}

/** TCP sequence number of the byte at `at`, which came with that run. */
function sequenceAt(origin: Origin, at: number): number {
  return (origin.after - (origin.end - at)) | 0;
}

function frameOf(frames: number | readonly number[]): number {
  return typeof frames === "number" ? frames : (frames[0] ?? 0);
}
