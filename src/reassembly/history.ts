/**
 * The bytes of a direction that were delivered last, kept so that a retransmission can be compared with them.
 *
 * Not handled: retransmissions of what came longer ago; those count as equal.
 */
import type { Budget, Half } from "./half.js";

/** Bytes of each direction remembered after delivery. */
const HISTORY_BYTES = 1 << 13;
/** Where that is all that a direction has delivered, its array is this small; most never say more. */
const SMALL_BYTES = 1 << 11;
/** Arrays kept for the next direction that wants one. */
const SPARE = 64;

/** Keeps bytes that are delivered now, at the stream's offset. */
export function remember(half: Half, bytes: Uint8Array, budget: Budget): void {
  let history = half.track.history;
  if (history === null) {
    if (budget.histories >= budget.maxHistories) {
      half.track.historyFrom = half.track.offset + bytes.length;
      budget.historyFull = true;
      return;
    }
    const small = half.track.offset + bytes.length <= SMALL_BYTES;
    history = small ? (budget.spareSmall.pop() ?? new Uint8Array(SMALL_BYTES)) : large(budget);
    half.track.history = history;
    half.track.historyFrom = half.track.offset;
    budget.histories++;
  } else if (history.length < HISTORY_BYTES && half.track.offset + bytes.length > SMALL_BYTES) {
    // Nothing has gone round in the small one: every byte keeps its place.
    const grown = large(budget);
    grown.set(history);
    keepSmall(history, budget);
    history = grown;
    half.track.history = history;
  }
  const skipped = Math.max(0, bytes.length - HISTORY_BYTES);
  let at = (half.track.offset + skipped) % HISTORY_BYTES;
  for (let i = skipped; i < bytes.length; ) {
    const count = Math.min(bytes.length - i, HISTORY_BYTES - at);
    history.set(count === bytes.length ? bytes : bytes.subarray(i, i + count), at);
    i += count;
    at = 0;
  }
}

function large(budget: Budget): Uint8Array {
  return budget.spare.pop() ?? new Uint8Array(HISTORY_BYTES);
}

function keepSmall(history: Uint8Array, budget: Budget): void {
  if (budget.spareSmall.length < SPARE) budget.spareSmall.push(history);
}

/** Gives the memory back. */
export function forget(half: Half, budget: Budget): void {
  if (half.track.history === null) return;
  budget.histories--;
  const { history } = half.track;
  if (history.length !== HISTORY_BYTES) keepSmall(history, budget);
  else if (budget.spare.length < SPARE) budget.spare.push(history);
  half.track.history = null;
}

/**
 * Whether `data[start .. start + count)`, sent again at stream offset `first`, says the same as what was delivered
 * there, as far as that is remembered.
 */
export function agrees(half: Half, first: number, data: Uint8Array, start: number, count: number): boolean {
  const history = half.track.history;
  if (history === null) return true;
  const least = Math.max(half.track.historyFrom, half.track.offset - HISTORY_BYTES);
  for (let i = Math.max(0, least - first); i < count; i++) {
    if (history[(first + i) % HISTORY_BYTES] !== data[start + i]) return false;
  }
  return true;
}
