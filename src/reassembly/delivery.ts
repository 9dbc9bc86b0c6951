/**
 * The order in which the octets of one conversation are given away. Octets come in the order of their sequence
 * numbers, and after all octets of the other direction that their sender had acknowledged by then. What is missing
 * is waited for: long where the receiver misses it too (it will be sent again), shortly where the receiver has it
 * and only the capture does not (it may come out of order by a few frames, or never).
 *
 * Not handled: when a conversation begins and ends (streams.ts).
 */

import { TcpFlag } from "../../dissectors/tcp.js";
import { Frame } from "../capture/frame.js";
import { type Budget, type Flow, type Half, HISTORY_BYTES } from "./flow.js";
import type { Direction, GapReason, StreamItem } from "./items.js";
import { insertSegment, part, SEGMENT_COST, type Segment } from "./segment.js";

/** A hole whose octets the receiver has acknowledged is lost after so many segments of the flow, or seconds. */
const ACKED_SEGMENTS = 32;
const ACKED_SECONDS = 1;
/** The same where nothing of the receiver is captured, so that nobody says what it has. */
const ONE_SIDED_SEGMENTS = 128;
const ONE_SIDED_SECONDS = 2;
/** The same where the receiver waits too: time enough for retransmissions. */
const UNACKED_SEGMENTS = 2048;
const UNACKED_SECONDS = 10;
/** How long one direction waits for the other while nothing of that was captured at all. */
const ABSENT_SEGMENTS = 3;
const ABSENT_SECONDS = 0.2;
/** How long the first data of a conversation joined in the middle wait for another frame. */
const SETTLE_SECONDS = 1;
/** Sequence numbers farther away than this are not believed at once. */
const WINDOW = 1 << 26;
/** Two strange segments that follow one another this closely are believed. */
const STRAY_WINDOW = 1 << 20;
/** Arrays for delivered octets that may be in use at once. */
const HISTORIES = 2048;

/** Notes of a flow are made once each. */
const NOTE_CONFLICT = 1;
const NOTE_JUMP = 2;
const NOTE_LIMIT = 4;

const NOTHING: StreamItem[] = [];

/** One segment as it came; filled anew for each. */
export interface Arrival {
  sequence: number;
  acknowledgment: number;
  flags: number;
  /** The payload as captured is `data[start .. start + captured)`; `length` octets were sent. */
  data: Uint8Array;
  start: number;
  captured: number;
  length: number;
  frames: number | number[];
}

export class Delivery {
  /** What came out since this was emptied. */
  out: StreamItem[] = NOTHING;
  /** Latest time of the capture, in seconds. */
  now = 0;
  /** The frame that is looked at: where and when what has no frame of its own is told. */
  frame: Frame = new Frame();
  readonly budget: Budget = { held: 0, histories: 0, spare: [] };
  /** Flows that hold something. */
  readonly waiting = new Set<Flow>();
  private readonly maxBytes: number;
  private readonly maxHalfBytes: number;

  constructor(maxBytes: number, maxHalfBytes: number) {
    this.maxBytes = maxBytes;
    this.maxHalfBytes = maxHalfBytes;
  }

  /** A new frame is looked at. */
  begin(frame: Frame): void {
    this.out = NOTHING;
    this.frame = frame;
    const time = frame.seconds + frame.nanos / 1e9;
    if (time > this.now) this.now = time;
  }

  /** Number and time of that frame. */
  here(): Here {
    const { number, seconds, nanos, digits, file } = this.frame;
    return { frame: number, seconds, nanos, digits, file };
  }

  /** Takes one segment of `direction`. Everything that can be given away is in `out` afterwards. */
  receive(flow: Flow, direction: Direction, a: Arrival): void {
    const half = flow.half(direction);
    const other = flow.half(direction === 0 ? 1 : 0);
    const syn = (a.flags & TcpFlag.SYN) !== 0;
    const acks = (a.flags & (TcpFlag.ACK | TcpFlag.RST)) === TcpFlag.ACK;
    const at = syn ? (a.sequence + 1) | 0 : a.sequence;
    this.locate(half, other, at, syn, acks, a);
    if (acks) this.acknowledge(other, a.acknowledgment);
    half.seen = true;
    if ((a.flags & TcpFlag.FIN) !== 0 && !half.finKnown) {
      half.finKnown = true;
      half.finAt = (at + a.length) | 0;
    }
    if (!flow.settled && (!flow.midstream || flow.count > 1)) flow.settled = true;
    if (a.length > 0) this.payload(flow, direction, half, other, at, acks, a);
    if (half.held.length > 0 || other.held.length > 0) {
      if (flow.settled) this.drain(flow);
      this.watch(flow);
    }
    this.ends(half);
    this.ends(other);
  }

  /** Learns where the streams begin. */
  private locate(half: Half, other: Half, at: number, syn: boolean, acks: boolean, a: Arrival): void {
    if (syn) {
      if (!half.exact && half.offset === 0) {
        half.next = at;
        half.known = true;
        half.exact = true;
      }
      if (acks && !other.exact && other.offset === 0) {
        other.next = a.acknowledgment;
        other.known = true;
        other.exact = true;
      }
      return;
    }
    if (!half.known) {
      half.next = at;
      half.known = true;
    } else if (!half.exact && half.offset === 0) {
      const ahead = (at - half.next) | 0;
      // Earlier octets after all; or one later, since the first segment was a keep-alive.
      if (ahead < 0 && ahead > -STRAY_WINDOW && a.length > 1) half.next = at;
      else if (ahead === 1 && half.held.length === 0) half.next = at;
    }
    if (acks && !other.known) {
      other.next = a.acknowledgment;
      other.known = true;
    }
  }

  /** `half` is the direction whose octets are acknowledged. */
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
    half.strayKnown = false;
    let skip = 0;
    if (ahead < 0) {
      // A keep-alive's octet is not data, whatever it holds.
      if (a.length === 1) return;
      const old = Math.min(-ahead, a.captured);
      if (half.offset > 0 && !remembers(half, ahead, a.data, a.start, old)) this.conflict(flow, direction);
      if (ahead + a.length <= 0) return;
      skip = -ahead;
    } else if (ahead > 0 && a.length === 1 && half.ackKnown && ((at + 1 - half.acked) | 0) === 0) {
      // The same, while octets before it are missing.
      return;
    }
    const whole = a.captured >= a.length;
    if (
      ahead <= 0 &&
      whole &&
      flow.settled &&
      half.held.length === 0 &&
      !(acks && isBlocked(other, a.acknowledgment))
    ) {
      const start = a.start + skip;
      const bytes = a.data.subarray(start, a.start + a.length);
      if (acks) passOver(other, a.acknowledgment);
      this.give(flow, direction, half, bytes, a.frames, this.frame.number, this.frame);
      return;
    }
    this.hold(flow, direction, half, (at + skip) | 0, skip, acks, a);
  }

  /** Keeps a copy of a segment, less its first `skip` octets. */
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
      frame: this.frame.number,
      file: this.frame.file,
      seconds: this.frame.seconds,
      nanos: this.frame.nanos,
      digits: this.frame.digits,
    };
    let same = true;
    if (captured > 0) {
      segment.bytes = a.data.slice(a.start + skip, a.start + a.captured);
      same = insertSegment(half, segment);
    }
    if (length > captured) {
      // What the snap length cut off keeps its place, and gives it up to octets that come again.
      const from = (at + Math.max(captured, 0)) | 0;
      insertSegment(half, { ...segment, at: from, end: (at + length) | 0, bytes: null });
    }
    if (!same) this.conflict(flow, direction);
    this.account(half);
    this.waiting.add(flow);
    if (half.heldBytes > this.maxHalfBytes) this.overLimit(flow);
    while (this.budget.held > this.maxBytes) {
      const oldest = this.waiting.values().next().value;
      if (oldest === undefined) break;
      this.overLimit(oldest);
    }
  }

  /** Brings the sums of held octets up to date. */
  private account(half: Half): void {
    let bytes = 0;
    for (const segment of half.held) bytes += SEGMENT_COST + (segment.bytes?.length ?? 0);
    this.budget.held += bytes - half.heldBytes;
    half.heldBytes = bytes;
  }

  /** Gives away everything that a flow holds, and says so. */
  private overLimit(flow: Flow): void {
    this.note(
      flow,
      NOTE_LIMIT,
      "warning",
      "memory-limit",
      "segments held for missing ones were given up: too many octets wait",
    );
    this.flush(flow, "limit");
  }

  /** A segment outside of the window. True where the stream is believed to go on there. */
  private stray(flow: Flow, direction: Direction, half: Half, at: number, a: Arrival): boolean {
    const distance = (at - half.strayEnd) | 0;
    const believed = half.strayKnown && distance > -STRAY_WINDOW && distance < STRAY_WINDOW;
    half.strayKnown = true;
    half.strayEnd = (at + a.length) | 0;
    if (!believed) return false;
    this.note(flow, NOTE_JUMP, "warning", "tcp-sequence-jump", "sequence numbers jump out of the window");
    this.flush(flow, "lost");
    const ahead = (at - half.next) | 0;
    this.gap(flow, direction, half, Math.max(ahead, 0), "lost", this.frame.number, this.frame);
    half.next = at;
    half.acked = at;
    half.finKnown = false;
    half.strayKnown = false;
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
    this.account(flow.half0);
    this.account(flow.half1);
    if (flow.half0.held.length === 0 && flow.half1.held.length === 0) this.waiting.delete(flow);
  }

  /** The held segment that is next in sequence, or null. */
  private head(half: Half): Segment | null {
    for (;;) {
      const first = half.held[0];
      if (first === undefined) return null;
      const ahead = (first.at - half.next) | 0;
      if (ahead > 0) return null;
      if (ahead === 0) return first;
      // The stream has moved on over it, or over a part of it.
      if (((first.end - half.next) | 0) > 0) half.held[0] = part(first, half.next, first.end);
      else half.held.shift();
    }
  }

  private giveHead(flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    const segment = half.held.shift()!;
    if (segment.acks) passOver(flow.half(direction === 0 ? 1 : 0), segment.ack);
    if (segment.bytes === null) {
      const size = (segment.end - segment.at) | 0;
      this.gap(flow, direction, half, size, "snaplen", segment.frame, segment);
    } else {
      this.give(flow, direction, half, segment.bytes, segment.frames, segment.frame, segment);
    }
    this.ends(half);
  }

  /** The end of a stream takes a sequence number. */
  private ends(half: Half): void {
    if (half.finKnown && !half.finDone && half.known && half.next === half.finAt && half.held.length === 0) {
      half.finDone = true;
      half.next = (half.next + 1) | 0;
    }
  }

  /** Looks whether what a flow waits for is lost, and goes on until something may still come. */
  watch(flow: Flow): void {
    if (!flow.settled) {
      if (this.now - flow.firstSeconds <= SETTLE_SECONDS) return;
      flow.settled = true;
      this.drain(flow);
    }
    while (this.waiting.has(flow) && (this.isLost(flow, 0) || this.isLost(flow, 1))) this.drain(flow);
  }

  /** Whether octets of `direction` are missing for good; they are then declared lost. */
  private isLost(flow: Flow, direction: Direction): boolean {
    const half = flow.half(direction);
    const other = flow.half(direction === 0 ? 1 : 0);
    const after = half.held[0];
    const hole = after !== undefined && ((after.at - half.next) | 0) > 0;
    const waiter = other.held[0];
    const awaited =
      waiter?.acks === true && ((waiter.at - other.next) | 0) <= 0 && isBlocked(half, waiter.ack);
    if (!hole && !awaited) {
      half.holeAt = -1;
      half.lostAt = -1;
      return false;
    }
    this.notice(flow, half);
    const segments = flow.count - half.holeAt;
    const seconds = this.now - half.holeTime;
    if (!half.seen) {
      if (segments < ABSENT_SEGMENTS && seconds <= ABSENT_SECONDS) return false;
      half.absent = true;
      return true;
    }
    let lost: boolean;
    if (half.ackedAt >= 0) {
      lost = flow.count - half.ackedAt >= ACKED_SEGMENTS || this.now - half.ackedTime > ACKED_SECONDS;
    } else if (!other.seen) {
      lost = segments >= ONE_SIDED_SEGMENTS || seconds > ONE_SIDED_SECONDS;
    } else {
      lost = segments >= UNACKED_SEGMENTS || seconds > UNACKED_SECONDS;
    }
    if (!lost) return false;
    half.lostAt = half.ackedAt;
    half.lostTime = half.ackedTime;
    this.lose(flow, direction, "lost");
    return true;
  }

  /** Remembers since when a hole is there, and since when the other side has acknowledged its octets. */
  private notice(flow: Flow, half: Half): void {
    if (half.holeAt < 0 || half.holeNext !== half.next) {
      half.holeAt = flow.count;
      half.holeTime = this.now;
      half.holeNext = half.next;
      half.ackedAt = -1;
    }
    if (half.ackedAt < 0 && half.ackKnown && ((half.acked - half.next) | 0) > 0) {
      half.ackedAt = half.lostAt >= 0 ? half.lostAt : flow.count;
      half.ackedTime = half.lostAt >= 0 ? half.lostTime : this.now;
    }
  }

  /** Declares the octets up to the next held ones lost, or those that the other side has acknowledged. */
  private lose(flow: Flow, direction: Direction, reason: GapReason): void {
    const half = flow.half(direction);
    const after = half.held[0];
    const acked = half.ackKnown ? (half.acked - half.next) | 0 : 0;
    let size = after === undefined ? acked : (after.at - half.next) | 0;
    if (reason === "lost" && acked > 0 && acked < size) size = acked;
    if (size <= 0) return;
    const at = after ?? flow.half(direction === 0 ? 1 : 0).held[0];
    if (at === undefined) this.gap(flow, direction, half, size, reason, this.frame.number, this.frame);
    else this.gap(flow, direction, half, size, reason, at.frame, at);
  }

  /** Gives away all that a flow holds; what is missing is lost. */
  flush(flow: Flow, reason: GapReason): void {
    flow.settled = true;
    this.drain(flow);
    while (this.waiting.has(flow)) {
      const head0 = flow.half0.held[0];
      const head1 = flow.half1.held[0];
      // Of two waiting sides the one that came first goes on: what it waits for is lost.
      const first: Direction =
        head1 === undefined || (head0 !== undefined && head0.order <= head1.order) ? 0 : 1;
      const half = flow.half(first);
      const head = half.held[0]!;
      if (((head.at - half.next) | 0) > 0) this.lose(flow, first, reason);
      else this.giveUpOn(flow, first === 0 ? 1 : 0, head.ack, reason);
      this.drain(flow);
    }
  }

  /** The other side's segment waits for octets of `direction` up to `ack`. */
  private giveUpOn(flow: Flow, direction: Direction, ack: number, reason: GapReason): void {
    const half = flow.half(direction);
    if (!half.seen) {
      half.absent = true;
      return;
    }
    const after = half.held[0];
    const hole = after === undefined ? WINDOW : (after.at - half.next) | 0;
    if (hole <= 0) {
      this.giveHead(flow, direction);
      return;
    }
    const size = Math.min(hole, (ack - half.next) | 0);
    const at = after ?? flow.half(direction === 0 ? 1 : 0).held[0]!;
    this.gap(flow, direction, half, size, reason, at.frame, at);
  }

  /** Tells octets that the other side has acknowledged and that never came, at the end of a conversation. */
  tail(flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    if (!half.seen || !half.ackKnown || !half.known) return;
    const missing = (half.acked - half.next) | 0;
    // A single one is the end of the stream, whose segment was not captured.
    if (missing > 1 && missing < WINDOW) {
      this.gap(flow, direction, half, missing, "lost", this.frame.number, this.frame);
    }
  }

  private give(
    flow: Flow,
    direction: Direction,
    half: Half,
    bytes: Uint8Array,
    frames: number | number[],
    frame: number,
    when: When,
  ): void {
    this.emit({
      kind: "data",
      flow,
      direction,
      bytes,
      offset: half.offset,
      frames,
      frame,
      seconds: when.seconds,
      nanos: when.nanos,
      digits: when.digits,
      file: when.file,
    });
    this.remember(half, bytes);
    half.next = (half.next + bytes.length) | 0;
    half.offset += bytes.length;
  }

  private gap(
    flow: Flow,
    direction: Direction,
    half: Half,
    size: number,
    reason: GapReason,
    frame: number,
    when: When,
  ): void {
    this.emit({
      kind: "gap",
      flow,
      direction,
      offset: half.offset,
      size,
      reason,
      frame,
      seconds: when.seconds,
      nanos: when.nanos,
      digits: when.digits,
      file: when.file,
    });
    half.next = (half.next + size) | 0;
    half.offset += size;
    half.historyFrom = half.offset;
  }

  /** Keeps delivered octets for a while, so that a retransmission can be compared with them. */
  private remember(half: Half, bytes: Uint8Array): void {
    let history = half.history;
    if (history === null) {
      if (this.budget.histories >= HISTORIES) {
        half.historyFrom = half.offset + bytes.length;
        return;
      }
      history = this.budget.spare.pop() ?? new Uint8Array(HISTORY_BYTES);
      half.history = history;
      half.historyFrom = half.offset;
      this.budget.histories++;
    }
    const from = Math.max(0, bytes.length - HISTORY_BYTES);
    let at = (half.offset + from) % HISTORY_BYTES;
    for (let i = from; i < bytes.length; ) {
      const count = Math.min(bytes.length - i, HISTORY_BYTES - at);
      history.set(i === 0 && count === bytes.length ? bytes : bytes.subarray(i, i + count), at);
      i += count;
      at = 0;
    }
  }

  private conflict(flow: Flow, direction: Direction): void {
    this.note(
      flow,
      NOTE_CONFLICT,
      "warning",
      "tcp-overlap-conflict",
      `octets sent again by endpoint ${direction} differ from those sent first, which are kept`,
    );
  }

  private note(flow: Flow, bit: number, severity: "info" | "warning", code: string, message: string): void {
    if ((flow.notes & bit) !== 0) return;
    flow.notes |= bit;
    this.emit({ kind: "note", flow, severity, code, message, ...this.here() });
  }

  emit(item: StreamItem): void {
    if (this.out === NOTHING) this.out = [item];
    else this.out.push(item);
  }

  /** Empties `out`; what it held stays as it was. */
  clear(): void {
    this.out = NOTHING;
  }
}

interface Here extends When {
  frame: number;
}

interface When {
  seconds: number;
  nanos: number;
  digits: 6 | 9;
  file: number;
}

/** Whether a segment with this acknowledgment must wait for octets of `half`, which it acknowledges. */
function isBlocked(half: Half, ack: number): boolean {
  if (!half.known || half.absent) return false;
  const missing = (ack - half.next) | 0;
  if (missing <= 0 || missing >= WINDOW) return false;
  return !(missing === 1 && half.finKnown && half.next === half.finAt);
}

/** Of a direction that nobody captured, acknowledgments tell where it has got to. */
function passOver(half: Half, ack: number): void {
  if (half.absent && !half.seen && ((ack - half.next) | 0) > 0) half.next = ack;
}

/** Whether `count` octets that begin `ahead` (negative) of what comes next are those delivered, as far as is known. */
function remembers(half: Half, ahead: number, data: Uint8Array, start: number, count: number): boolean {
  const history = half.history;
  if (history === null) return true;
  const least = Math.max(half.historyFrom, half.offset - HISTORY_BYTES);
  const first = half.offset + ahead;
  for (let i = Math.max(0, least - first); i < count; i++) {
    if (history[(first + i) % HISTORY_BYTES] !== data[start + i]) return false;
  }
  return true;
}
