/** The library's one verb: captures in, records out, with all that is to be said of the captures themselves. */

import { Analyzer, type AnalyzerOptions } from "./analyzer.js";
import { Frame, type FrameSource } from "./capture/frame.js";
import { type Inputs, openInputs } from "./capture/node/open.js";
import type { Event } from "./events.js";

/** Frames between two looks at what the source found beside them. */
const NOTES_EVERY = 256;

/**
 * Reads captures, directories of captures or `-` as one run in order of time, or a source of the caller's own, and
 * yields its records as they are known, the summary last. Damage and inputs that cannot be read are `note` records, and
 * the summary is then not `complete`. The source is closed at the end, also where the caller stops before it. Throws
 * InputError where nothing can be opened.
 */
export async function* analyze(
  input: string | readonly string[] | FrameSource | Inputs,
  options: AnalyzerOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const source = await sourceOf(input);
  const analyzer = new Analyzer({ ...("names" in source ? { files: source.names } : {}), ...options });
  const frame = new Frame();
  try {
    for (let frames = 0; ; frames++) {
      if (frames % NOTES_EVERY === 0) for (const note of analyzer.notes(source)) yield note;
      const next = source.next(frame);
      if (!(typeof next === "boolean" ? next : await next)) break;
      for (const event of analyzer.push(frame)) yield event;
    }
    for (const piece of analyzer.finishing(source)) for (const event of piece) yield event;
  } finally {
    await source.close();
  }
}

async function sourceOf(
  input: string | readonly string[] | FrameSource | Inputs,
): Promise<FrameSource | Inputs> {
  if (typeof input === "string") return openInputs([input]);
  return "next" in input ? input : openInputs(input);
}
