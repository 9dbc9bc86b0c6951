/**
 * How soon V8 makes fast code of what runs often: by itself it does after a few hundred calls of a protocol, which pays where tens of
 * thousands follow, and costs a fourth of the time of a capture that is over by then. How long a run will be is known where it
 * reads plain files.
 *
 * Not handled: versions of V8 whose own measure is not known here, directories, streams; they go on as V8 likes.
 */

import { setFlagsFromString } from "node:v8";
import { standing } from "./same-file.js";

/** Of Node 20, whose measure is 67,584 bytes of bytecode (scripts/start.cjs). */
const KNOWN_V8 = /^11\.3\./;
/** Bytes of captures that are over before fast code pays, and what a compressed one holds of them. */
const SHORT_RUN = 6 * 1024 * 1024;
const INFLATED = 5;
/** Bytes of bytecode that a function runs before it is made fast where the run is short. */
const PATIENT = "--interrupt-budget=450000";

/** To be called before captures are read. */
export function paceFastCode(inputs: readonly string[]): void {
  if (!KNOWN_V8.test(process.versions.v8)) return;
  let bytes = 0;
  for (const input of inputs) {
    const info = standing(input);
    if (info?.isFile() !== true) return;
    bytes += info.size * (/\.(?:gz|zst|zstd)$/i.test(input) ? INFLATED : 1);
    if (bytes > SHORT_RUN) return;
  }
  setFlagsFromString(PATIENT);
}
