/**
 * Finds where PDUs begin in one direction of which nobody knows: a conversation joined in the middle, or one that goes on
 * behind a gap. A header alone is no evidence, so bytes are kept until a second sign says which header is one: the next
 * header stands where its length says, it begins and ends with segments, it negotiates a known transfer syntax, or the
 * conversation is known to be DCE/RPC. Headers that contradict one another are kept side by side, and the first that is
 * proven wins: one in doubt never swallows the PDUs behind it.
 *
 * At most one PDU (64 KiB) and a segment are kept, and every byte is looked at by a bounded number of candidates.
 */
import {
  DREP_END,
  drepAt,
  type Evidence,
  examine,
  isDoubtfulDrep,
  soundHeader,
} from "../../dissectors/dcerpc/evidence.js";
import { credibleHeader, fragLengthAt, HEADER_SIZE } from "../../dissectors/dcerpc/header.js";
import { Reader } from "../../dissectors/wire/reader.js";
import type { Instant } from "../time.js";

/** Headers in doubt that are kept at one time; those in the middle of segments go first. */
export const MAX_CANDIDATES = 32;

/** Bytes of a PDU with which its fixed part begins and ends, on calls. */
const FIXED_END = 24;

/** A run of bytes that came together; `bytes` is null where they are missing. */
export interface Piece {
  bytes: Uint8Array | null;
  size: number;
  frames: number | readonly number[];
  time: Instant;
  /** TCP sequence number behind its last byte, signed. */
  after: number;
  /** It begins where a segment begins. */
  fresh: boolean;
}

/** What the search may go by besides the bytes. */
export interface Known {
  /** The conversation is known to be DCE/RPC. */
  rpc: boolean;
  /** packed_drep of this direction's earlier PDUs, or -1. */
  drep: number;
}

/** A header in doubt. Places count from where the search began. */
interface Candidate {
  at: number;
  length: number;
  /** It stands at the start of a segment. */
  fresh: boolean;
  /** What the whole PDU says, once it is there. */
  evidence: Evidence | null;
}

/** Where a run of bytes ends, and where they came from. */
interface Run {
  end: number;
  frames: number | readonly number[];
  time: Instant;
  /** TCP sequence number behind its last byte, signed. */
  after: number;
  fresh: boolean;
  missing: boolean;
}

const NOTHING = new Uint8Array(0);

/** Estimated costs, in bytes of memory, of a run beside its bytes and of a header in doubt. */
const RUN_COST = 160;
const CANDIDATE_COST = 200;

export class PduSearch {
  #buffer: Uint8Array = NOTHING;
  /** Place of the buffer's first byte, and of the first behind its last. */
  #base = 0;
  #end = 0;
  /** All before is searched. */
  #searched = 0;
  #runs: Run[] = [];
  #candidates: Candidate[] = [];
  /** Bytes of gaps among those given up, and where those among the ones kept begin. */
  #missed = 0;
  #gaps: number[] = [];
  /** The buffer is the caller's, for as long as `push` runs. */
  #borrowed = false;

  /** Bytes kept. */
  get size(): number {
    return this.#end - this.#base;
  }

  /** Estimated cost of what is kept, in bytes of memory. */
  get held(): number {
    return this.#buffer.length + RUN_COST * this.#runs.length + CANDIDATE_COST * this.#candidates.length;
  }

  /** A header at the start of a segment waits for the rest of its PDU. */
  get hopeful(): boolean {
    return this.#candidates.some((c) => c.fresh);
  }

  /**
   * Takes the next bytes; `after`: the TCP sequence number behind them. Answers how many bytes before the first proven
   * PDU are skipped, or -1 while none is.
   */
  push(
    data: Uint8Array,
    frames: number | readonly number[],
    time: Instant,
    after: number,
    fresh: boolean,
    known: Known,
  ): number {
    if (this.#base < this.#end) {
      this.#keep(data, frames, time, after, fresh);
      const found = this.#look(known);
      if (found < 0) this.#forget();
      return found;
    }
    // Most of what is searched holds nothing: only what follows a header in doubt is copied.
    const from = firstHeader(data, 0, data.length, known);
    this.#base += from;
    this.#end = this.#base;
    this.#searched = this.#base;
    if (from === data.length) return -1;
    this.#buffer = data.subarray(from);
    this.#borrowed = true;
    this.#end += this.#buffer.length;
    this.#runs.push({ end: this.#end, frames, time, after, fresh: fresh && from === 0, missing: false });
    const found = this.#look(known);
    if (found < 0) this.#own();
    return found;
  }

  /**
   * `size` bytes are missing here. Answers as `push`; where a header reaches beyond the gap it stays in doubt, and
   * everything else is given up.
   */
  gap(size: number, time: Instant, known: Known): number {
    const found = this.#final(known, size);
    if (found >= 0) return found;
    const reach = this.#candidates.filter((c) => c.fresh && c.at + c.length > this.#end + size);
    // Nobody knows where the rest of a PDU begins where nobody knows how much is missing.
    if (reach.length === 0 || size === 0) {
      this.clear(size);
      return -1;
    }
    this.#candidates = reach;
    this.#keep(new Uint8Array(size), [], time, 0, false);
    this.#runs[this.#runs.length - 1]!.missing = true;
    this.#gaps.push(this.#end - size);
    this.#searched = this.#end;
    return -1;
  }

  /** Nothing more comes: the first header that is not refuted, where it is no doubtful one. Answers as `push`. */
  finish(known: Known): number {
    return this.#final(known, 0);
  }

  /** The conversation proved to be DCE/RPC: what that decides. Answers as `push`. */
  settle(known: Known): number {
    return this.#decide(known);
  }

  /** PDUs that are whole and end where the bytes end: one that fits the other direction's proves both. */
  waiting(): { at: number; ptype: number; callId: number }[] {
    return this.#candidates
      .filter((c) => c.at + c.length === this.#end && c.evidence !== null)
      .map((c) => ({ at: c.at, ptype: c.evidence!.ptype, callId: c.evidence!.callId }));
  }

  /** Bytes before `at` that were there and of no use. */
  skipped(at = this.#end): number {
    let missed = this.#missed;
    let start = this.#base;
    for (const run of this.#gaps.length === 0 ? [] : this.#runs) {
      if (run.missing) missed += Math.max(0, Math.min(run.end, at) - start);
      start = run.end;
    }
    return at - missed;
  }

  /** Gives up all bytes, and `more` that are missing behind them. */
  clear(more = 0): void {
    this.#missed = this.#end - this.skipped() + more;
    this.#gaps = [];
    this.#end += more;
    this.#base = this.#end;
    this.#searched = this.#end;
    this.#runs = [];
    this.#candidates = [];
    if (this.#borrowed || this.#buffer.length > 16384) this.#buffer = NOTHING;
    this.#borrowed = false;
  }

  /** Gives up all bytes, and the room that they took. */
  release(): void {
    this.clear();
    this.#buffer = NOTHING;
  }

  /** What was kept from `at` on, run by run; the search is over. What `push` got last is still its caller's. */
  take(at: number): Piece[] {
    const pieces: Piece[] = [];
    let start = this.#base;
    for (const run of this.#runs) {
      const from = Math.max(start, at);
      if (run.end > from) {
        const bytes = run.missing ? null : this.#buffer.subarray(from - this.#base, run.end - this.#base);
        const fresh = run.fresh && from === start;
        const { frames, time } = run;
        // Cut at the front, it still ends where it ended.
        pieces.push({ bytes, size: run.end - from, frames, time, after: run.after, fresh });
      }
      start = run.end;
    }
    this.clear();
    return pieces;
  }

  /** What is there of the PDU at `at`, up to the first gap. */
  #from(at: number): Uint8Array {
    let low = 0;
    for (let high = this.#gaps.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#gaps[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return this.#buffer.subarray(at - this.#base, (this.#gaps[low] ?? this.#end) - this.#base);
  }

  /** What to take where `size` bytes are missing behind the last, or nothing more comes. */
  #final(known: Known, size: number): number {
    for (const c of this.#candidates) {
      const reach = c.at + c.length - this.#end;
      if (reach > size && size > 0) continue;
      if (this.#end - c.at < Math.min(FIXED_END, c.length)) continue;
      if (contradicts(this.#buffer, c.at - this.#base, known)) continue;
      c.evidence ??= examine(new Reader(this.#from(c.at)));
      const fits = reach === 0 || (size > 0 && reach === size);
      if (c.fresh ? isLikely(c.evidence, known, fits) : isFinal(c.evidence, known, fits)) return c.at;
    }
    return -1;
  }

  #look(known: Known): number {
    const earlier = this.#decide(known);
    if (earlier >= 0) return earlier;
    const length = this.#end - this.#base;
    let at = this.#searched - this.#base;
    for (; at < length; at++) {
      at = firstHeader(this.#buffer, at, length, known);
      if (length - at < HEADER_SIZE) break;
      const place = this.#base + at;
      const fresh = this.#isFresh(place);
      const found = { at: place, length: fragLengthAt(this.#buffer, at), fresh, evidence: null };
      const verdict = this.#isCovered(found) ? "open" : this.#judge(found, known);
      if (verdict === "yes") return place;
      if (verdict === "open") this.#add(found);
    }
    this.#searched = this.#base + at;
    return -1;
  }

  /** A candidate in the middle of a segment lies within one that began with a segment: that one comes first. */
  #isCovered(candidate: Candidate): boolean {
    if (candidate.fresh) return false;
    return this.#candidates.some((c) => c.fresh && c.at < candidate.at && candidate.at < c.at + c.length);
  }

  /** A run begins at `at` and with it a segment. Only the last runs are asked for. */
  #isFresh(at: number): boolean {
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const start = i === 0 ? this.#base : this.#runs[i - 1]!.end;
      if (start <= at) return start === at && this.#runs[i]!.fresh;
    }
    return false;
  }

  #add(candidate: Candidate): void {
    const all = this.#candidates;
    if (all.length >= MAX_CANDIDATES) {
      const last = all.findLastIndex((c) => !c.fresh);
      if (last < 0 && !candidate.fresh) return;
      all.splice(Math.max(last, 0), 1);
    }
    all.push(candidate);
  }

  /** The first candidate that is proven. Those within one that began with a segment must have begun with one as well. */
  #decide(known: Known): number {
    let covered = 0;
    let refuted = false;
    for (const c of this.#candidates) {
      const verdict = c.at < covered && !c.fresh ? "open" : this.#judge(c, known);
      if (verdict === "yes") return c.at;
      if (verdict === "no") {
        c.length = 0;
        refuted = true;
      } else if (c.fresh) covered = Math.max(covered, c.at + c.length);
    }
    if (refuted) this.#candidates = this.#candidates.filter((c) => c.length > 0);
    return -1;
  }

  #judge(c: Candidate, known: Known): "yes" | "no" | "open" {
    const next = c.at + c.length;
    if (next > this.#end) return "open";
    c.evidence ??= examine(new Reader(this.#from(c.at)));
    const { evidence } = c;
    if (evidence.soundness === "no") return "no";
    if (contradicts(this.#buffer, c.at - this.#base, known)) return "no";
    if (evidence.soundness === "certain") return "yes";
    if (next === this.#end) {
      if (c.fresh) return isLikely(evidence, known, true) ? "yes" : "open";
      return known.rpc && (evidence.soundness === "sound" || known.drep >= 0) ? "yes" : "open";
    }
    const follows = this.#follows(c, next - this.#base, known);
    // Tables of small numbers have one big-endian header behind the other.
    if (follows === "yes" && evidence.soundness === "doubtful" && !known.rpc && !evidence.exact) return "no";
    return follows === "need-more" ? (known.rpc && c.fresh ? "yes" : "open") : follows;
  }

  /** Whether another header of the same data representation stands behind the PDU. */
  #follows(c: Candidate, next: number, known: Known): "yes" | "no" | "need-more" {
    const length = this.#end - this.#base;
    const verdict = known.rpc
      ? credibleHeader(this.#buffer, next, length, false)
      : soundHeader(this.#buffer, next, length);
    if (verdict === "no" || length - next < DREP_END) return verdict;
    return drepAt(this.#buffer, next) === drepAt(this.#buffer, c.at - this.#base) ? verdict : "no";
  }

  #keep(
    data: Uint8Array,
    frames: number | readonly number[],
    time: Instant,
    after: number,
    fresh: boolean,
  ): void {
    const used = this.#end - this.#base;
    const needed = used + data.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * this.#buffer.length, 1 << 18), 2048));
      larger.set(this.#buffer.subarray(0, used));
      this.#buffer = larger;
    }
    this.#buffer.set(data, used);
    this.#end += data.length;
    const kept = typeof frames === "number" ? frames : [...frames];
    this.#runs.push({ end: this.#end, frames: kept, time, after, fresh, missing: false });
  }

  /** The first byte that is still needed. */
  get #needed(): number {
    return Math.min(this.#candidates[0]?.at ?? this.#searched, this.#searched);
  }

  /** Copies what is needed of the caller's bytes. */
  #own(): void {
    const first = this.#needed;
    if (first === this.#end) {
      this.clear();
      return;
    }
    const run = this.#runs[0]!;
    if (typeof run.frames !== "number") run.frames = [...run.frames];
    this.#buffer = this.#buffer.slice(first - this.#base);
    this.#borrowed = false;
    this.#begin(first);
  }

  /** Drops what is not needed, once it is worth the moving. */
  #forget(): void {
    const first = this.#needed;
    if (first === this.#end) {
      this.clear();
      return;
    }
    const unused = first - this.#base;
    if (unused <= (this.#end - this.#base) / 2) return;
    this.#buffer.copyWithin(0, unused, this.#end - this.#base);
    this.#begin(first);
  }

  /** The buffer begins with `first`. */
  #begin(first: number): void {
    this.#missed = first - this.skipped(first);
    this.#gaps = this.#gaps.filter((gap) => gap >= first);
    const dropped = this.#runs.findIndex((r) => r.end > first);
    const start = dropped === 0 ? this.#base : this.#runs[dropped - 1]!.end;
    this.#runs.splice(0, dropped);
    if (start < first) this.#runs[0]!.fresh = false;
    this.#base = first;
  }
}

/** Where the first header may start at or after `from`, or `end`; less than a header may be there. */
function firstHeader(data: Uint8Array, from: number, end: number, known: Known): number {
  for (let at = data.indexOf(5, from); at >= 0 && at < end; at = data.indexOf(5, at + 1)) {
    if (soundHeader(data, at, end) === "no") continue;
    if (end - at >= DREP_END && contradicts(data, at, known)) continue;
    return at;
  }
  return end;
}

/** The bytes are big-endian, which much is that is no header, where this direction's PDUs were something else. */
function contradicts(data: Uint8Array, at: number, known: Known): boolean {
  return known.drep >= 0 && drepAt(data, at) !== known.drep && isDoubtfulDrep(data, at);
}

/** A PDU that begins with a segment, and ends with one where it `fits`. */
function isLikely(evidence: Evidence, known: Known, fits: boolean): boolean {
  switch (evidence.soundness) {
    case "no":
      return false;
    case "doubtful":
      return fits ? evidence.exact || (known.rpc && known.drep >= 0) : known.rpc && known.drep >= 0;
    default:
      return true;
  }
}

/** A PDU in the middle of a segment, behind which nothing comes or something is missing. */
function isFinal(evidence: Evidence, known: Known, fits: boolean): boolean {
  switch (evidence.soundness) {
    case "no":
      return false;
    case "certain":
      return true;
    case "sound":
      return fits || known.rpc;
    case "doubtful":
      return known.rpc && known.drep >= 0;
  }
}
