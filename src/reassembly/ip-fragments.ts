/**
 * Reassembly of IP fragments, of both versions, within limits. Of bytes that came twice the first win. Every
 * datagram remembers the frames that carried its bytes, in their order.
 *
 * Not handled: fragments that the capture cut short; their datagram never becomes whole.
 */
import type { IpResult } from "../../dissectors/ip/result.js";
import { Oldest } from "../oldest.js";
import { SortedList } from "../sorted-list.js";

export interface FragmentLimits {
  /** Datagrams begun and not whole yet. */
  datagrams: number;
  /** Fragments of one datagram. */
  fragments: number;
  /** Bytes of all of them together, and what keeping them costs. */
  bytes: number;
  /** Seconds after which a datagram is given up. */
  age: number;
}

export const FRAGMENT_LIMITS: FragmentLimits = { datagrams: 1024, fragments: 2048, bytes: 1 << 23, age: 60 };

/** What keeping a fragment costs beside its bytes. */
const PIECE_COST = 300;

/** The longest payload that fragment offsets can describe. */
const DATAGRAM_LIMIT = 65_535;

interface Piece {
  from: number;
  to: number;
  bytes: Uint8Array;
  /** One, or those of the datagram around it. */
  frame: number | number[];
  /** Offset of its first byte in the frame; negative where a datagram was put together around it. */
  place: number;
}

/** Bytes of a datagram that one fragment brought. */
export interface FragmentPiece {
  from: number;
  to: number;
  frame: number;
  /** Offset of the first of them in the frame. */
  place: number;
}

interface Datagram {
  key: string;
  since: number;
  /** By offset, none overlapping another. */
  readonly pieces: SortedList<Piece>;
  count: number;
  stored: number;
  /** Bytes there of those that belong to it, and bytes in all (-1 until the last fragment came). */
  have: number;
  total: number;
  /** Protocol of the first fragment, which for IPv6 is the only one that counts. */
  protocol: number;
}

/** A whole datagram: its payload, and the frames that carried it. */
export interface Whole {
  payload: Uint8Array;
  protocol: number;
  frames: number[];
  /** Which of its bytes each fragment brought, in order; without those of fragments within fragments. */
  pieces: FragmentPiece[];
}

export class IpFragments {
  /** Datagrams given up: too old, or over a limit. */
  expired = 0;
  overLimit = 0;
  /** Fragments that the capture cut short. */
  cut = 0;
  private readonly limits: FragmentLimits;
  /** In order of their first fragment. */
  private readonly open = new Map<string, Datagram>();
  private readonly oldest = new Oldest(this.open);
  private stored = 0;

  constructor(limits: FragmentLimits = FRAGMENT_LIMITS) {
    this.limits = limits;
  }

  /** What is kept, in bytes of memory. */
  get held(): number {
    return this.stored;
  }

  /**
   * Takes a fragment that `ip` describes in `data`, in which the frame begins at `base` (negative: it is no frame's); answers
   * the datagram that it completes, or null.
   */
  add(data: Uint8Array, ip: IpResult, frame: number | number[], seconds: number, base = 0): Whole | null {
    this.expire(seconds);
    const captured = ip.end - ip.offset;
    const from = ip.fragmentOffset;
    const to = from + ip.length;
    // A fragment before the last is a multiple of eight bytes long, and none lies past what an offset can name.
    if (captured < ip.length) this.cut++;
    if (captured < ip.length || ip.length === 0 || to > DATAGRAM_LIMIT) return null;
    if (ip.moreFragments && (ip.length & 7) !== 0) return null;
    const key = keyOf(ip);
    let datagram = this.open.get(key);
    if (datagram === undefined) {
      if (this.open.size >= this.limits.datagrams) this.giveUpOldest();
      datagram = {
        key,
        since: seconds,
        pieces: new SortedList(),
        count: 0,
        stored: 0,
        have: 0,
        total: -1,
        protocol: ip.protocol,
      };
      this.open.set(key, datagram);
    }
    if (++datagram.count > this.limits.fragments) {
      this.giveUp(datagram);
      return null;
    }
    if (from === 0) datagram.protocol = ip.protocol;
    if (!ip.moreFragments && datagram.total < 0) {
      datagram.total = to;
      datagram.have = 0;
      for (const piece of datagram.pieces) datagram.have += within(piece.from, piece.to, to);
    }
    this.store(datagram, data, ip.offset, from, to, frame, base);
    while (this.stored > this.limits.bytes) this.giveUpOldest();
    if (datagram.total < 0 || datagram.have < datagram.total) return null;
    return this.join(datagram);
  }

  /** Gives up what is too old at the capture time `seconds`. */
  expire(seconds: number): void {
    for (const datagram of this.open.values()) {
      if (seconds - datagram.since <= this.limits.age) return;
      this.drop(datagram);
      this.expired++;
    }
  }

  /** Forgets everything; answers how many datagrams were not whole. */
  finish(): number {
    const count = this.open.size;
    this.expired += count;
    this.open.clear();
    this.stored = 0;
    return count;
  }

  /** Keeps of `[from .. to)` what is not there yet. */
  private store(
    datagram: Datagram,
    data: Uint8Array,
    offset: number,
    from: number,
    to: number,
    frame: number | number[],
    base: number,
  ): void {
    const { pieces } = datagram;
    const place = pieces.find((piece) => piece.to > from);
    const result: Piece[] = [];
    let replaced = 0;
    let at = from;
    const keep = (end: number): void => {
      if (end <= at) return;
      const start = offset + at - from;
      const bytes = data.slice(start, offset + end - from);
      result.push({ from: at, to: end, bytes, frame, place: base < 0 ? -1 : start - base });
      datagram.have += within(at, end, datagram.total);
      datagram.stored += bytes.length + PIECE_COST;
      this.stored += bytes.length + PIECE_COST;
    };
    for (const piece of pieces.from(place)) {
      if (piece.from >= to) break;
      keep(piece.from);
      at = Math.max(at, piece.to);
      result.push(piece);
      replaced++;
    }
    keep(to);
    pieces.replace(place, replaced, result);
  }

  private join(datagram: Datagram): Whole {
    this.drop(datagram);
    const payload = new Uint8Array(datagram.total);
    const frames = new Set<number>();
    const pieces: FragmentPiece[] = [];
    for (const piece of datagram.pieces) {
      if (piece.from >= datagram.total) break;
      payload.set(piece.bytes.subarray(0, datagram.total - piece.from), piece.from);
      for (const frame of [piece.frame].flat()) frames.add(frame);
      const { from, frame, place } = piece;
      const to = Math.min(piece.to, datagram.total);
      if (typeof frame === "number" && place >= 0) pieces.push({ from, to, frame, place });
    }
    return { payload, protocol: datagram.protocol, frames: [...frames], pieces };
  }

  private giveUpOldest(): void {
    const oldest = this.open.get(this.oldest.next() ?? "");
    if (oldest !== undefined) this.giveUp(oldest);
  }

  private giveUp(datagram: Datagram): void {
    this.drop(datagram);
    this.overLimit++;
  }

  private drop(datagram: Datagram): void {
    this.open.delete(datagram.key);
    this.stored -= datagram.stored;
  }
}

/** Bytes of `[from .. to)` that lie before `total`; all of them while that is not known (-1). */
function within(from: number, to: number, total: number): number {
  return total < 0 ? to - from : Math.max(0, Math.min(to, total) - from);
}

/** Fragments belong together by addresses and identification, and by protocol too in IPv4. */
function keyOf(ip: IpResult): string {
  const pair = `${ip.source0},${ip.destination0},${ip.identification}`;
  if (ip.version === 4) return `${pair},${ip.protocol}`;
  const source = `${ip.source1},${ip.source2},${ip.source3}`;
  return `${pair},${source},${ip.destination1},${ip.destination2},${ip.destination3}`;
}
