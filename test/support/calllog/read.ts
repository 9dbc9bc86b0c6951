/** Texts read as call logs. */

import type { FrameAnalyzer } from "../../../src/calllog/log-run.js";
import { LogRun } from "../../../src/calllog/log-run.js";
import { LogSource } from "../../../src/calllog/log-source.js";
import { MemoryBytes } from "../../../src/capture/byte-source.js";
import { Frame, type FrameSource, type SourceNote } from "../../../src/capture/frame.js";
import { MergedSource } from "../../../src/capture/merge.js";
import type { Event, NoteRecord } from "../../../src/events.js";
import { recordHead } from "../../../src/record-head.js";

/** Bytes of the longest line. */
const LONGEST = 1 << 20;

/** What stands in for the analyzer where there are logs only. */
const noAnalyzer: FrameAnalyzer = {
  push: () => [],
  finish: () => [],
  tick: () => [],
  report: (found: readonly SourceNote[]): readonly NoteRecord[] =>
    found.map((note) => ({ ...recordHead("note", null, null, null), ...note })),
};

export interface ReadLog {
  events: Event[];
  notes: SourceNote[];
  complete: boolean;
  run: LogRun;
}

export function logOf(text: string | Uint8Array, name = "log.ndjson", longest = LONGEST): LogSource {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return new LogSource(new MemoryBytes(bytes), name, longest);
}

/** Reads logs, by name, as one run. */
export async function readLogs(
  logs: { [name: string]: string | Uint8Array },
  longest?: number,
): Promise<ReadLog> {
  const names = Object.keys(logs);
  const sources = names.map((name) => logOf(logs[name]!, name, longest));
  const source: FrameSource =
    sources.length === 1
      ? sources[0]!
      : new MergedSource(sources.map((one) => ({ source: one, reopen: null })));
  const run = new LogRun(
    names.map((name) => ({ name, isLog: true })),
    noAnalyzer,
  );
  const frame = new Frame();
  const events: Event[] = [];
  while (await source.next(frame)) events.push(...run.push(frame));
  const notes = source.takeNotes();
  run.report(notes);
  events.push(...run.finish({ complete: source.complete }));
  return { events, notes, complete: source.complete, run };
}
