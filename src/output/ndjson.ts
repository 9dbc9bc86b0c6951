/** The call log for machines: one JSON object a line, or one JSON array. Strings go out as they came off the wire. */

import type { CallRecord, Event, EventKind } from "../events.js";
import type { BinaryPrinter, Printer } from "./printer.js";

/** Where the parameters of a call stand in the capture: `[frame, offset, length]`, in order, by side and name. */
export type Ranges = {
  readonly [side in "request" | "response"]: { readonly [parameter: string]: readonly PlaceOf[] };
};
type PlaceOf = readonly [frame: number, offset: number, length: number];

/** The ranges of a call; null where they are not known. */
export type RangesOf = (call: CallRecord) => Ranges | null;

/** A call as JSON. */
export type TextOf = (call: CallRecord) => string;

function jsonOf(event: Event, ranges: RangesOf | null, textOf: TextOf): string {
  if (event.type !== "call") return JSON.stringify(event);
  return ranges === null ? textOf(event) : JSON.stringify({ ...event, ranges: ranges(event) });
}

/** One record a line, `\n` at the end of each. `ranges`: calls have them as well. */
export function ndjsonPrinter(
  kinds: ReadonlySet<EventKind>,
  ranges: RangesOf | null = null,
  textOf: TextOf = JSON.stringify,
): Printer {
  return {
    push: (event) => (kinds.has(event.type) ? `${jsonOf(event, ranges, textOf)}\n` : ""),
    finish: () => "",
  };
}

/** The same where calls come as their lines: several threads have made them. */
export function linePrinter(kinds: ReadonlySet<EventKind>): BinaryPrinter {
  const encoder = new TextEncoder();
  return {
    push(event) {
      if (!kinds.has(event.type)) return "";
      return "line" in event && event.line instanceof Uint8Array
        ? event.line
        : encoder.encode(`${JSON.stringify(event)}\n`);
    },
    finish: () => new Uint8Array(0),
  };
}

/** One array, written as the records come; valid JSON also when there is none. */
export function jsonPrinter(
  kinds: ReadonlySet<EventKind>,
  ranges: RangesOf | null = null,
  textOf: TextOf = JSON.stringify,
): Printer {
  let count = 0;
  return {
    push(event) {
      if (!kinds.has(event.type)) return "";
      count++;
      return `${count === 1 ? "[\n" : ",\n"}${jsonOf(event, ranges, textOf)}`;
    },
    finish: () => (count === 0 ? "[]\n" : "\n]\n"),
  };
}
