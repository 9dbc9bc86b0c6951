/** Times as numbers: microseconds since 1970, with the fraction that a double holds. */
import type { Instant } from "../time.js";

export const SECOND = 1_000_000;

let cachedText = "";
let cachedSecond = 0;

/** Of an RFC 3339 time in UTC. NaN never comes out: what is no time is 0. */
export function microseconds(ts: string): number {
  const head = ts.slice(0, 19);
  if (head !== cachedText) {
    const parsed = Date.parse(`${head}Z`);
    cachedSecond = Number.isNaN(parsed) ? 0 : parsed * 1_000;
    cachedText = head;
  }
  // What stands between the second and the Z: `.123456`.
  const fraction = Number(ts.slice(19, -1));
  return cachedSecond + (fraction >= 0 && fraction < 1 ? fraction : 0) * SECOND;
}

export function instantMicroseconds(t: Pick<Instant, "seconds" | "nanos">): number {
  return t.seconds * SECOND + t.nanos / 1_000;
}
