/** The library's one verb on Node: names of captures in, records out. */

import { analyze } from "./analyze.js";
import type { AnalyzerOptions } from "./analyzer.js";
import type { FrameSource } from "./capture/frame.js";
import { type Inputs, openInputs } from "./capture/node/open.js";
import type { Event } from "./events.js";

/**
 * Reads captures, directories of captures or `-` as one run in order of time, a capture in memory, or a source of the
 * caller's own, and yields its records as they are known, the summary last. Damage and inputs that cannot be read are
 * `note` records, and the summary is then not `complete`. The source is closed at the end, also where the caller stops
 * before it. Throws InputError where nothing can be opened.
 */
export async function* analyzeFiles(
  input: string | readonly string[] | Uint8Array | FrameSource | Inputs,
  options: AnalyzerOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const opened = typeof input === "string" || isNames(input) ? await openInputs([input].flat()) : input;
  const { names } = opened as Partial<Inputs>;
  yield* analyze(opened, names === undefined ? options : { files: names, ...options });
}

function isNames(input: readonly string[] | Uint8Array | FrameSource | Inputs): input is readonly string[] {
  return Array.isArray(input);
}
