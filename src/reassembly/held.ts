/**
 * Segments that wait for their turn, and how a new one is put among them: the bytes that came first win.
 */
import type { Budget, Half } from "./half.js";
import type { Segment } from "./segment.js";

/** What keeping a segment costs beside its bytes. */
const SEGMENT_COST = 256;

/**
 * Held segments that one of which nothing was captured is fitted between. It costs its sender nothing; what lies behind
 * them counts as missing, not as cut off.
 */
const MAX_CUT_OVERLAPS = 256;

/** Bytes that a held segment counts for. */
function costOf(segment: Segment): number {
  return SEGMENT_COST + (segment.bytes?.length ?? 0);
}

function count(half: Half, budget: Budget, size: number): void {
  half.track.heldBytes += size;
  budget.held += size;
}

/** Takes the first held segment of a direction. */
export function takeFirst(half: Half, budget: Budget): Segment {
  const segment = half.track.held.shift()!;
  count(half, budget, -costOf(segment));
  return segment;
}

/** Cuts from the first held segment of a direction what lies before sequence number `at`. */
export function cutFirst(half: Half, at: number, budget: Budget): void {
  const { held } = half.track;
  const first = held.first()!;
  const rest = part(first, at, first.end);
  count(half, budget, costOf(rest) - costOf(first));
  held.replace({ block: 0, index: 0 }, 1, [rest]);
}

/**
 * Puts `segment` among the held ones of a direction, in order and without overlap. Answers false where bytes that
 * were there already differ from it.
 */
export function insertSegment(half: Half, segment: Segment, budget: Budget): boolean {
  const { held } = half.track;
  const last = held.last();
  if (last === undefined || ((segment.at - last.end) | 0) >= 0) {
    held.push(segment);
    count(half, budget, costOf(segment));
    return true;
  }
  // All that is held lies within one window, so that distances from one of them give the order.
  const place = held.find((old) => ((old.end - segment.at) | 0) > 0);
  const result: Segment[] = [];
  let replaced = 0;
  let added = 0;
  let same = true;
  let rest: Segment | null = segment;
  for (const old of held.from(place)) {
    if (rest === null || ((rest.end - old.at) | 0) <= 0) break;
    if (segment.bytes === null && replaced === MAX_CUT_OVERLAPS) {
      rest = null;
      break;
    }
    replaced++;
    added -= costOf(old);
    if (old.bytes !== null || rest.bytes === null) {
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
  for (const one of result) added += costOf(one);
  count(half, budget, added);
  held.replace(place, replaced, result);
  return same;
}

/** The bytes of `segment` from sequence number `at` to `end`. */
function part(segment: Segment, at: number, end: number): Segment {
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
