/** The engine's one verb: frames in, records out, with all that is to be said of the capture itself. */

import { Analyzer, type AnalyzerOptions } from "./analyzer.js";
import { MemoryBytes } from "./capture/byte-source.js";
import { openCapture } from "./capture/formats.js";
import { Frame, type FrameSource } from "./capture/frame.js";
import type { Event } from "./events.js";

/** Frames between two looks at what the source found beside them. */
const NOTES_EVERY = 256;

/**
 * The frames of a capture that is in memory: pcap or pcapng, also in zstd. `name` is what messages call it. Rejects with
 * NotACapture or UnreadFormat.
 */
export function readCapture(bytes: Uint8Array, name = "capture"): Promise<FrameSource> {
  return openCapture(new MemoryBytes(bytes), name);
}

/**
 * Reads a capture in memory, or a source of frames of the caller's own, and yields its records as they are known, the
 * summary last. Damage is reported by `note` records, and the summary is then not `complete`. The source is closed at the end,
 * also where the caller stops before it. Throws NotACapture or UnreadFormat.
 */
export async function* analyze(
  input: Uint8Array | FrameSource,
  options: AnalyzerOptions = {},
): AsyncGenerator<Event, void, undefined> {
  const source = ArrayBuffer.isView(input) ? await readCapture(input) : input;
  const analyzer = new Analyzer(options);
  const frame = new Frame();
  try {
    for (let frames = 0; ; frames++) {
      if (frames % NOTES_EVERY === 0) for (const note of analyzer.report(source.takeNotes())) yield note;
      const next = source.next(frame);
      if (!(typeof next === "boolean" ? next : await next)) break;
      for (const event of analyzer.push(frame)) yield event;
    }
    yield* analyzer.finish(source);
  } finally {
    await source.close();
  }
}
