/** Times of files as exports write them. */
import type { FileObservation } from "../../observations.js";

/** Seconds between 1601 and 1970, and units of a FILETIME in one. */
const EPOCH_1601 = 11_644_473_600;
const TICKS = 1e7;

/** As `FileTimes` of the dissectors. */
interface Times {
  created: bigint;
  accessed: bigint;
  modified: bigint;
  changed: bigint;
}

/** Null where the file has none, as pipes. */
export function fileTimes(times: Times): FileObservation["times"] {
  const modified = seconds(times.modified);
  if (modified <= 0) return null;
  return {
    modified,
    accessed: seconds(times.accessed),
    created: seconds(times.created),
    changed: seconds(times.changed),
  };
}

/** Seconds since 1970, with the fraction that is left of a FILETIME in a double. */
function seconds(filetime: bigint): number {
  return Number(filetime) / TICKS - EPOCH_1601;
}
