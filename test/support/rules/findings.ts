/** What the shipped rules find, by the file of each. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Detector } from "../../../src/detect/detector.js";
import { bindRules } from "../../../src/detect/rules/rule-book.js";
import { shippedRules } from "../../../src/detect/shipped-rules.js";
import type { DetectionRecord, Event } from "../../../src/events.js";
import { analyze } from "../run.js";
import { sharedDir } from "../shared.js";
import type { Tried } from "./case.js";

const CAPTURES = fileURLToPath(new URL("../../../captures/", import.meta.url));

const shipped = shippedRules();
const book = bindRules([shipped]);

/** Names of files, without the suffix, by the id of what is told. */
const FILES: ReadonlyMap<string, string> = new Map(
  [...shipped.rules, ...shipped.correlations].map(({ id, file }) => [id!, file.replace(/\.yml$/, "")]),
);

export interface Finding {
  /** Name of the rule's file, without the suffix. */
  rule: string;
  record: DetectionRecord;
}

export function findingsIn(events: readonly Event[]): Finding[] {
  const detector = new Detector({ rules: book });
  const found = events.flatMap((event) => detector.take(event)).concat(detector.finish());
  return found.map((record) => ({ rule: FILES.get(record.rule.id) ?? record.rule.id, record }));
}

/** Null where the shared material is not here. */
function pathOf(capture: string): string | null {
  const shared = /^shared\/(.*)$/.exec(capture)?.[1];
  if (shared === undefined) return join(CAPTURES, capture);
  const dir = sharedDir();
  return dir === null ? null : join(dir, "captures", shared);
}

const analyzed = new Map<string, Promise<Event[]>>();

/** The records of what is tried; null where the shared material is not here. */
export async function recordsOf(tried: Tried): Promise<readonly Event[] | null> {
  if (typeof tried !== "string") return tried;
  const path = pathOf(tried);
  if (path === null) return null;
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  let records = analyzed.get(path);
  if (records === undefined) {
    records = analyze([path]);
    analyzed.set(path, records);
  }
  return records;
}
