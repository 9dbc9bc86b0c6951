/** Runs the analyzer over capture files, for tests. */
import { analyzeFiles as events } from "../../src/analyze-files.js";
import type { AnalyzerOptions } from "../../src/analyzer.js";
import type { CallRecord, Event, EventKind } from "../../src/events.js";

export async function analyze(paths: string[], options: AnalyzerOptions = {}): Promise<Event[]> {
  const found: Event[] = [];
  for await (const event of events(paths, { files: [], ...options })) found.push(event);
  return found;
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
