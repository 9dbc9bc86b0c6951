/**
 * What is missing of a direction, and how long it is worth waiting for: long where the receiver misses it too (it
 * will be sent again), shortly where the receiver has it and only the capture does not (it may come a few frames
 * late, or never).
 */
import type { Flow } from "./flow.js";
import type { Half } from "./half.js";
import type { GapReason } from "./items.js";
import type { Direction } from "./when.js";

/** A hole whose bytes the receiver has acknowledged is lost after so many segments of the flow, or seconds. */
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

/** Sequence numbers farther away than this are not believed at once. */
export const WINDOW = 1 << 26;

export function opposite(direction: Direction): Direction {
  return direction === 0 ? 1 : 0;
}

/** Whether a segment with this acknowledgment must wait for bytes of `half`, which it acknowledges. */
export function isBlocked(half: Half, ack: number): boolean {
  // Almost always nothing is missing: that is reported first.
  return ((ack - half.next) | 0) > 0 && !half.track.absent && unseen(half, ack) > 0;
}

/** Bytes that `ack` acknowledges and that did not come, without the number that the end of the stream takes. */
export function unseen(half: Half, ack: number): number {
  if (!half.known || half.track.finDone) return 0;
  let end = ack;
  if (half.track.finKnown && ((ack - half.track.finAt) | 0) > 0) end = half.track.finAt;
  const missing = (end - half.next) | 0;
  return missing > 0 && missing < WINDOW ? missing : 0;
}

/** `wait`: it may still come. `lost`: it will not. `absent`: nothing at all of this direction seems to come. */
export type Prospect = "none" | "wait" | "lost" | "absent";

/** What is to be expected of a hole in `direction` at time `now`; remembers in the half since when it is there. */
export function prospect(flow: Flow, direction: Direction, now: number): Prospect {
  const half = flow.half(direction);
  const other = flow.half(opposite(direction));
  const after = half.track.held.first();
  const hole = after !== undefined && ((after.at - half.next) | 0) > 0;
  const waiter = other.track.held.first();
  const awaited = waiter?.acks === true && ((waiter.at - other.next) | 0) <= 0 && isBlocked(half, waiter.ack);
  if (!hole && !awaited) {
    half.track.holeAt = -1;
    half.track.lostAt = -1;
    return "none";
  }
  notice(flow, half, now);
  const segments = flow.count - half.track.holeAt;
  const seconds = now - half.track.holeTime;
  if (!half.seen) return segments >= ABSENT_SEGMENTS || seconds > ABSENT_SECONDS ? "absent" : "wait";
  let over: boolean;
  if (half.track.ackedAt >= 0) {
    over = flow.count - half.track.ackedAt >= ACKED_SEGMENTS || now - half.track.ackedTime > ACKED_SECONDS;
  } else if (!other.seen) {
    over = segments >= ONE_SIDED_SEGMENTS || seconds > ONE_SIDED_SECONDS;
  } else {
    over = segments >= UNACKED_SEGMENTS || seconds > UNACKED_SECONDS;
  }
  if (!over) return "wait";
  // A hole behind this one that was acknowledged as well need not wait as long again.
  half.track.lostAt = half.track.ackedAt;
  half.track.lostTime = half.track.ackedTime;
  return "lost";
}

/** Remembers since when a hole is there, and since when the other side has acknowledged its bytes. */
function notice(flow: Flow, half: Half, now: number): void {
  if (half.track.holeAt < 0 || half.track.holeNext !== half.next) {
    half.track.holeAt = flow.count;
    half.track.holeTime = now;
    half.track.holeNext = half.next;
    half.track.ackedAt = -1;
  }
  if (half.track.ackedAt < 0 && half.ackKnown && ((half.acked - half.next) | 0) > 0) {
    half.track.ackedAt = half.track.lostAt >= 0 ? half.track.lostAt : flow.count;
    half.track.ackedTime = half.track.lostAt >= 0 ? half.track.lostTime : now;
  }
}

/**
 * The size of the hole that is given up: bytes that the other side has acknowledged, else those up to the next held
 * ones. What lies behind the acknowledged ones may still be sent again.
 */
export function holeSize(flow: Flow, direction: Direction, reason: GapReason): number {
  const half = flow.half(direction);
  const waiter = flow.half(opposite(direction)).track.held.first();
  let size = half.ackKnown ? unseen(half, half.acked) : 0;
  if (size === 0 && waiter?.acks === true) size = unseen(half, waiter.ack);
  const after = half.track.held.first();
  if (after === undefined) return size;
  const hole = (after.at - half.next) | 0;
  return size === 0 || reason !== "lost" ? hole : Math.min(size, hole);
}
