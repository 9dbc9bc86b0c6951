/** A capture of which some frames are taken. */
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import type { Event } from "../../../src/events.js";

export async function analyzeFrames(path: string, keep: (frame: number) => boolean): Promise<Event[]> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer({});
  const frame = new Frame();
  const events: Event[] = [];
  try {
    for (;;) {
      const more = source.next(frame);
      if (!(typeof more === "boolean" ? more : await more)) break;
      if (keep(frame.number)) events.push(...analyzer.push(frame));
    }
  } finally {
    await source.close();
  }
  return [...events, ...analyzer.finish()];
}
