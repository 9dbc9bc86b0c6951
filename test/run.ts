/** Runs the analyzer over capture files, for tests. */
import { Analyzer, type AnalyzerOptions } from "../src/analyzer.js";
import { Frame } from "../src/capture/frame.js";
import { openInputs } from "../src/capture/open.js";
import type { CallRecord, Event, EventKind } from "../src/events.js";

export async function analyze(paths: string[], options: AnalyzerOptions = {}): Promise<Event[]> {
  const source = await openInputs(paths);
  const analyzer = new Analyzer(options);
  const frame = new Frame();
  const events: Event[] = [];
  try {
    for (;;) {
      const more = source.next(frame);
      if (!(typeof more === "boolean" ? more : await more)) break;
      events.push(...analyzer.push(frame));
    }
  } finally {
    await source.close();
  }
  events.push(...analyzer.finish());
  return events;
}

export function ofKind<K extends EventKind>(
  events: readonly Event[],
  kind: K,
): Extract<Event, { type: K }>[] {
  return events.filter((e): e is Extract<Event, { type: K }> => e.type === kind);
}

export function calls(events: readonly Event[]): CallRecord[] {
  return ofKind(events, "call");
}
