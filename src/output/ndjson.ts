/** The call log for machines: one JSON object a line, or one JSON array. Strings go out as they came off the wire. */

import type { EventKind } from "../events.js";
import type { Printer } from "./printer.js";

/** One record a line, `\n` at the end of each. */
export function ndjsonPrinter(kinds: ReadonlySet<EventKind>): Printer {
  return {
    push: (event) => (kinds.has(event.type) ? `${JSON.stringify(event)}\n` : ""),
    finish: () => "",
  };
}

/** One array, written as the records come; valid JSON also when there is none. */
export function jsonPrinter(kinds: ReadonlySet<EventKind>): Printer {
  let count = 0;
  return {
    push(event) {
      if (!kinds.has(event.type)) return "";
      count++;
      return `${count === 1 ? "[\n" : ",\n"}${JSON.stringify(event)}`;
    },
    finish: () => (count === 0 ? "[]\n" : "\n]\n"),
  };
}
