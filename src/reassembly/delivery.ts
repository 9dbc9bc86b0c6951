/**
 * The order in which the bytes of one conversation are given away. Bytes come in the order of their sequence
 * numbers, and after all bytes of the other direction that their sender had acknowledged by then. What is missing
 * is waited for: long where the receiver misses it too (it will be sent again), shortly where the receiver has it
 * and only the capture does not (it may come out of order by a few frames, or never).
 *
 * Not handled: when a conversation begins and ends (streams.ts).
 */

import { TcpFlag } from "../../dissectors/tcp.js";
import { Oldest } from "../oldest.js";
import type { Flow } from "./flow.js";
import { SETTLE } from "./flow-state.js";
import { type Budget, type Half, IDLE, Track } from "./half.js";
import { cutFirst, insertSegment, takeFirst } from "./held.js";
import { agrees, remember } from "./history.js";
import { holeSize, isBlocked, opposite, prospect, unseen, WINDOW } from "./holes.js";
import type { GapReason } from "./items.js";
import type { Segment } from "./segment.js";
import type { Sink } from "./sink.js";
import type { Direction, When } from "./when.js";

/** How long the first data of a conversation joined in the middle wait for another frame. */
export const SETTLE_SECONDS = 1;
/** Two strange segments that follow one another this closely are believed. */
const STRAY_WINDOW = 1 << 20;

/** Notes of a flow are made once each. */
const NOTE_CONFLICT = 1;
const NOTE_JUMP = 2;
const NOTE_LIMIT = 4;

/** One segment as it came; filled anew for each. */
export interface Arrival {
  sequence: number;
  acknowledgment: number;
  flags: number;
  /** The payload as captured is `data[start .. start + captured)`; `length` bytes were sent. */
  data: Uint8Array;
  start: number;
  captured: number;
  length: number;
  frames: number | number[];
}

export class Delivery {
  readonly budget: Budget = {
    held: 0,
    histories: 0,
    maxHistories: 0,
    historyFull: false,
    spare: [],
    spareSmall: [],
  };
  /** Flows that hold something. */
  readonly waiting = new Set<Flow>();
  private readonly oldest = new Oldest(this.waiting);
  private readonly sink: Sink;
  private readonly maxBytes: number;
  private readonly maxHalfBytes: number;
  /** Seconds that the first data of a conversation joined in the middle wait for another frame. */
  settleSeconds = SETTLE_SECONDS;

  /** Limits: bytes held altogether, and of one direction. */
  constructor(sink: Sink, limits: { bytes: number; halfBytes: number; histories: number }) {
    this.sink = sink;
    this.maxBytes = limits.bytes;
    this.maxHalfBytes = limits.halfBytes;
    this.budget.maxHistories = limits.histories;
  }

  /** Takes one segment of `direction`. Everything that can be given away is in `out` afterwards. */
  receive(flow: Flow, direction: Direction, a: Arrival): void {
    const half = flow.half(direction);
    const other = flow.half(opposite(direction));
    const syn = (a.flags & TcpFlag.SYN) !== 0;
    const acks = (a.flags & (TcpFlag.ACK | TcpFlag.RST)) === TcpFlag.ACK;
    const at = syn ? (a.sequence + 1) | 0 : a.sequence;
    this.locate(half, other, at, syn, acks, a);
    if (!flow.settled && (!flow.midstream || flow.count > 1)) flow.change(SETTLE);
    if (acks) this.acknowledge(other, a.acknowledgment);
    half.seen = true;
    if (half.track === IDLE) {
      if (a.length === 0 && (a.flags & TcpFlag.FIN) === 0) return;
      half.track = new Track();
      other.track = new Track();
    }
    half.track.absent = false;
    if ((a.flags & TcpFlag.FIN) !== 0 && !half.track.finKnown) {
      const end = (at + a.length) | 0;
      const ahead = (end - half.next) | 0;
      half.track.finKnown = ahead >= 0 && ahead < WINDOW;
      half.track.finAt = end;
    }
    if (a.length > 0) this.payload(flow, direction, half, other, at, acks, a);
    if (half.track.held.size > 0 || other.track.held.size > 0) {
      if (flow.settled) this.drain(flow);
      this.watch(flow);
    }
    this.ends(half);
    this.ends(other);
  }

  /** Learns where the streams begin. */
  private locate(half: Half, other: Half, at: number, syn: boolean, acks: boolean, a: Arrival): void {
    if (syn) {
      if (!half.exact && half.track.offset === 0) {
        half.next = at;
        half.known = true;
        half.exact = true;
      }
      if (acks && !other.exact && other.track.offset === 0) {
        other.next = a.acknowledgment;
        other.known = true;
        other.exact = true;
      }
      return;
    }
    if (!half.known) {
      half.next = at;
      half.known = true;
    } else if (!half.exact && half.track.offset === 0) {
      const ahead = (at - half.next) | 0;
      // Earlier bytes after all; or one later, since the first segment was a keep-alive.
      if (ahead < 0 && ahead > -STRAY_WINDOW && a.length > 1) half.next = at;
      else if (ahead === 1 && half.track.held.size === 0) half.next = at;
    }
    if (acks && !other.known) {
      other.next = a.acknowledgment;
      other.known = true;
    }
  }

  /** `half` is the direction whose bytes are acknowledged. */
  private acknowledge(half: Half, ack: number): void {
    if (half.ackKnown) {
      const more = (ack - half.acked) | 0;
      if (more <= 0 || ((ack - half.next) | 0) > WINDOW) return;
    }
    half.ackKnown = true;
    half.acked = ack;
  }

  private payload(
    flow: Flow,
    direction: Direction,
    half: Half,
    other: Half,
    at: number,
    acks: boolean,
    a: Arrival,
  ): void {
    const ahead = (at - half.next) | 0;
    if (ahead >= WINDOW || ahead <= -WINDOW) {
      if (!this.stray(flow, direction, half, at, a)) return;
      this.payload(flow, direction, half, other, at, acks, a);
      return;
    }
    half.track.strayKnown = false;
    let skip = 0;
    if (ahead < 0) {
      // A keep-alive's byte is not data, whatever it holds.
      if (a.length === 1) return;
      // The end of the stream has a number and no byte.
      const before = -ahead - (half.track.finDone ? 1 : 0);
      const again = Math.min(before, a.captured);
      if (!agrees(half, half.track.offset - before, a.data, a.start, again)) this.conflict(flow, direction);
      if (ahead + a.length <= 0) return;
      skip = -ahead;
    } else if (ahead > 0 && a.length === 1 && half.ackKnown && ((at + 1 - half.acked) | 0) === 0) {
      // The same, while bytes before it are missing.
      return;
    }
    const whole = a.captured >= a.length;
    if (
      ahead <= 0 &&
      whole &&
      flow.settled &&
      half.track.held.size === 0 &&
      !(acks && isBlocked(other, a.acknowledgment))
    ) {
      const start = a.start + skip;
      const bytes = a.data.subarray(start, a.start + a.length);
      if (acks) passOver(other, a.acknowledgment);
      this.give(flow, direction, bytes, a.frames, null);
      return;
    }
    this.hold(flow, direction, half, (at + skip) | 0, skip, acks, a);
  }

  /** Keeps a copy of a segment, less its first `skip` bytes. */
  private hold(
    flow: Flow,
    direction: Direction,
    half: Half,
    at: number,
    skip: number,
    acks: boolean,
    a: Arrival,
  ): void {
    const captured = a.captured - skip;
    const length = a.length - skip;
    const segment: Segment = {
      at,
      end: (at + captured) | 0,
      bytes: null,
      acks,
      ack: a.acknowledgment,
      order: flow.count,
      frames: a.frames,
      ...this.sink.here(),
    };
    let same = true;
    if (captured > 0) {
      segment.bytes = a.data.slice(a.start + skip, a.start + a.captured);
      same = insertSegment(half, segment, this.budget);
    }
    if (length > captured) {
      // What the snap length cut off keeps its place, and gives it up to bytes that come again.
      const from = (at + Math.max(captured, 0)) | 0;
      const cut = { ...segment, at: from, end: (at + length) | 0, bytes: null };
      insertSegment(half, cut, this.budget);
    }
    if (!same) this.conflict(flow, direction);
    this.waiting.add(flow);
    if (half.track.heldBytes > this.maxHalfBytes) this.overLimit(flow);
    while (this.budget.held > this.maxBytes) {
      const oldest = this.oldest.next();
      if (oldest === undefined) break;
      this.overLimit(oldest);
    }
  }

  /** Gives away everything that a flow holds, and says so. */
  private overLimit(flow: Flow): void {
    const message = "segments that waited for missing ones were dropped: too many bytes wait";
    this.note(flow, NOTE_LIMIT, "memory-limit", message);
    this.flush(flow, "limit");
  }

  /** A segment outside of the window. True where the stream is believed to go on there. */
  private stray(flow: Flow, direction: Direction, half: Half, at: number, a: Arrival): boolean {
    const distance = (at - half.track.strayEnd) | 0;
    const believed = half.track.strayKnown && distance > -STRAY_WINDOW && distance < STRAY_WINDOW;
    half.track.strayKnown = true;
    half.track.strayEnd = (at + a.length) | 0;
    if (!believed) return false;
    this.note(flow, NOTE_JUMP, "tcp-sequence-jump", "sequence numbers jump out of the window");
    this.flush(flow, "lost");
    const ahead = (at - half.next) | 0;
    this.gap(flow, direction, Math.max(ahead, 0), "lost", null);
    half.next = at;
    half.acked = at;
    half.track.finKnown = false;
    half.track.strayKnown = false;
    return true;
  }

  /** Gives away what need not wait any more. */
  private drain(flow: Flow): void {
    for (;;) {
      const head0 = this.head(flow.half0);
      const head1 = this.head(flow.half1);
      if (head0 === null && head1 === null) break;
      const free0 = head0 !== null && !(head0.acks && isBlocked(flow.half1, head0.ack));
      const free1 = head1 !== null && !(head1.acks && isBlocked(flow.half0, head1.ack));
      let direction: Direction;
      if (free0 && free1) direction = head0.order <= head1.order ? 0 : 1;
      else if (free0) direction = 0;
      else if (free1) direction = 1;
      // Each waits for the other: one is a retransmission with a newer acknowledgment.
      else if (head0 !== null && head1 !== null) direction = head0.order <= head1.order ? 0 : 1;
      else break;
      this.giveHead(flow, direction);
    }
    if (flow.half0.track.held.size === 0 && flow.half1.track.held.size === 0) this.waiting.delete(flow);
  }

  /** The held segment that is next in sequence, or null. */
  private head(half: Half): Segment | null {
    for (;;) {
      const first = half.track.held.first();
      if (first === undefined) return null;
      const ahead = (first.at - half.next) | 0;
      if (ahead > 0) return null;
      if (ahead === 0) return first;
      // The stream has moved on over it, or over a part of it.
      if (((first.end - half.next) | 0) > 0) cutFirst(half, half.next, this.budget);
      else takeFirst(half, this.budget);
    }
  }

  private giveHead(flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    const segment = takeFirst(half, this.budget);
    if (segment.acks) passOver(flow.half(opposite(direction)), segment.ack);
    if (segment.bytes === null) {
      const size = (segment.end - segment.at) | 0;
      this.gap(flow, direction, size, "snaplen", segment);
    } else {
      this.give(flow, direction, segment.bytes, segment.frames, segment);
    }
    this.ends(half);
  }

  /** The end of a stream takes a sequence number. */
  private ends(half: Half): void {
    if (
      half.track.finKnown &&
      !half.track.finDone &&
      half.known &&
      half.next === half.track.finAt &&
      half.track.held.size === 0
    ) {
      half.track.finDone = true;
      half.next = (half.next + 1) | 0;
    }
  }

  /** Looks whether what a flow waits for is lost, and goes on until something may still come. */
  watch(flow: Flow): void {
    if (!flow.settled) {
      if (this.sink.now - flow.firstSeconds - flow.firstNanos / 1e9 <= this.settleSeconds) return;
      flow.change(SETTLE);
      this.drain(flow);
    }
    while (this.waiting.has(flow) && (this.moveOn(flow, 0) || this.moveOn(flow, 1))) this.drain(flow);
  }

  /** Gives up a hole of `direction` where nothing is to be expected any more; false where nothing changed. */
  private moveOn(flow: Flow, direction: Direction): boolean {
    const expected = prospect(flow, direction, this.sink.now);
    if (expected === "absent") flow.half(direction).track.absent = true;
    return expected === "absent" || (expected === "lost" && this.lose(flow, direction, "lost"));
  }

  /** Declares a hole lost; false where there is none. */
  private lose(flow: Flow, direction: Direction, reason: GapReason): boolean {
    const size = holeSize(flow, direction, reason);
    if (size <= 0) return false;
    const behind =
      flow.half(direction).track.held.first() ?? flow.half(opposite(direction)).track.held.first();
    this.gap(flow, direction, size, reason, behind ?? null);
    return true;
  }

  /** Gives away all that a flow holds; what is missing is lost. */
  flush(flow: Flow, reason: GapReason): void {
    flow.change(SETTLE);
    this.drain(flow);
    while (this.waiting.has(flow)) {
      const head0 = flow.half0.track.held.first();
      const head1 = flow.half1.track.held.first();
      // Of two waiting sides the one that came first goes on: what it waits for is lost.
      const first: Direction =
        head1 === undefined || (head0 !== undefined && head0.order <= head1.order) ? 0 : 1;
      const half = flow.half(first);
      const head = half.track.held.first()!;
      if (((head.at - half.next) | 0) > 0) this.lose(flow, first, reason);
      else this.giveUpOn(flow, first === 0 ? 1 : 0, head.ack, reason);
      this.drain(flow);
    }
  }

  /** The other side's segment waits for bytes of `direction` up to `ack`. */
  private giveUpOn(flow: Flow, direction: Direction, ack: number, reason: GapReason): void {
    const half = flow.half(direction);
    if (!half.seen) {
      half.track.absent = true;
      return;
    }
    const after = half.track.held.first();
    const hole = after === undefined ? WINDOW : (after.at - half.next) | 0;
    if (hole <= 0) {
      this.giveHead(flow, direction);
      return;
    }
    const behind = after ?? flow.half(opposite(direction)).track.held.first()!;
    this.gap(flow, direction, Math.min(hole, unseen(half, ack)), reason, behind);
  }

  /** Reports bytes that the other side has acknowledged and that never came, at the end of a conversation. */
  tail(flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    if (!half.seen || !half.ackKnown) return;
    const missing = unseen(half, half.acked);
    // A single one is the end of the stream, whose segment was not captured.
    if (missing > 1 || (missing === 1 && half.track.finKnown)) {
      this.gap(flow, direction, missing, "lost", null);
    }
  }

  private give(
    flow: Flow,
    direction: Direction,
    bytes: Uint8Array,
    frames: number | number[],
    held: When | null,
  ): void {
    const half = flow.half(direction);
    this.sink.data(flow, direction, bytes, half.track.offset, half.next, frames, held);
    remember(half, bytes, this.budget);
    half.next = (half.next + bytes.length) | 0;
    half.track.offset += bytes.length;
  }

  private gap(flow: Flow, direction: Direction, size: number, reason: GapReason, when: When | null): void {
    const half = flow.half(direction);
    this.sink.gap(flow, direction, half.track.offset, size, reason, when);
    half.next = (half.next + size) | 0;
    half.track.offset += size;
    half.track.historyFrom = half.track.offset;
  }

  private conflict(flow: Flow, direction: Direction): void {
    const message = `bytes retransmitted by endpoint ${direction} differ from the first ones, which are kept`;
    this.note(flow, NOTE_CONFLICT, "tcp-overlap-conflict", message);
  }

  private note(flow: Flow, bit: number, code: string, message: string): void {
    if ((flow.notes & bit) !== 0) return;
    flow.notes |= bit;
    this.sink.note(flow, "warning", code, message);
  }
}

/** Of a direction that nobody captured, acknowledgments say where it has got to. */
function passOver(half: Half, ack: number): void {
  if (half.track.absent && !half.seen && ((ack - half.next) | 0) > 0) half.next = ack;
}
