/**
 * Segments that wait for their turn, and how a new one is put among them: the octets that came first win.
 */
import type { Half } from "./flow.js";
import type { When } from "./sink.js";

/** What keeping a segment costs beside its octets. */
export const SEGMENT_COST = 256;

export interface Segment extends When {
  /** Sequence numbers of the first octet and of the one after the last. */
  at: number;
  end: number;
  /** A copy; null where the octets were sent and not captured (snap length). */
  bytes: Uint8Array | null;
  /** What the sender had received by then, where `acks`. */
  acks: boolean;
  ack: number;
  /** The flow's count of segments when it came. */
  order: number;
  frames: number | number[];
}

/**
 * Puts `segment` among the held ones of a direction, in order and without overlap. Answers false where octets that
 * were there already differ from it.
 */
export function insertSegment(half: Half, segment: Segment): boolean {
  const list = half.track.held;
  const last = list[list.length - 1];
  if (last === undefined) {
    half.track.held = [segment];
    return true;
  }
  if (((segment.at - last.end) | 0) >= 0) {
    list.push(segment);
    return true;
  }
  const result: Segment[] = [];
  let same = true;
  let rest: Segment | null = segment;
  for (const old of list) {
    if (rest === null || ((old.end - rest.at) | 0) <= 0) {
      result.push(old);
    } else if (((rest.end - old.at) | 0) <= 0) {
      result.push(rest, old);
      rest = null;
    } else if (old.bytes !== null || rest.bytes === null) {
      if (!agree(old, rest)) same = false;
      if (((old.at - rest.at) | 0) > 0) result.push(part(rest, rest.at, old.at));
      result.push(old);
      rest = ((rest.end - old.end) | 0) > 0 ? part(rest, old.end, rest.end) : null;
    } else {
      // What the snap length had cut off came again, whole.
      if (((rest.at - old.at) | 0) > 0) result.push(part(old, old.at, rest.at));
      if (((old.end - rest.end) | 0) > 0) {
        result.push(rest, part(old, rest.end, old.end));
        rest = null;
      }
    }
  }
  if (rest !== null) result.push(rest);
  half.track.held = result;
  return same;
}

/** The octets of `segment` from sequence number `at` to `end`. */
export function part(segment: Segment, at: number, end: number): Segment {
  const bytes = segment.bytes?.subarray((at - segment.at) | 0, (end - segment.at) | 0) ?? null;
  return { ...segment, at, end, bytes };
}

function agree(old: Segment, fresh: Segment): boolean {
  if (old.bytes === null || fresh.bytes === null) return true;
  const from = ((old.at - fresh.at) | 0) > 0 ? old.at : fresh.at;
  const to = ((old.end - fresh.end) | 0) < 0 ? old.end : fresh.end;
  const count = (to - from) | 0;
  const a = (from - old.at) | 0;
  const b = (from - fresh.at) | 0;
  for (let i = 0; i < count; i++) {
    if (old.bytes[a + i] !== fresh.bytes[b + i]) return false;
  }
  return true;
}
