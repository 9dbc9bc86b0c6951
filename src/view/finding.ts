/** Detections as the panes show them: calls by row instead of by id. */
import type { DetectionRecord } from "../events.js";
import type { Finding } from "./model.js";

export function findingOf(record: DetectionRecord, rowOf: (id: string) => number | undefined): Finding {
  const { id, ts, rule, sentence, basis, calls, frames, stream, false_positives, fields } = record;
  return {
    id,
    ts,
    rule: { id: rule.id, title: rule.title, level: rule.level, techniques: rule.techniques },
    sentence,
    basis,
    rows: calls.map(rowOf).filter((row) => row !== undefined),
    frames,
    stream,
    harmless: false_positives,
    fields,
  };
}
