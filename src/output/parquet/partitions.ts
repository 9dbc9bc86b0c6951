/**
 * Where a row stands in a tree of Parquet files: `calls/sensor=NAME/date=2024-06-03`, as Hive, Spark and DuckDB partition. What a
 * folder's name says is no column of the files in it.
 */

import type { Event, EventKind } from "../../events.js";
import { parquetFile } from "./files.js";

/** Of rows without a time, or with one that no column holds (damaged captures): how Hive spells null. */
export const NO_DATE = "__HIVE_DEFAULT_PARTITION__";

/** Days between which the column `ts` holds every time (times.ts). */
const AFTER = "1677-09-21";
const BEFORE = "2262-04-11";
const DAY = /^\d{4}-\d\d-\d\d$/;
const DAY_LENGTH = 10;

/** The folder that holds a kind of record. */
export function tableOf(kind: EventKind): string {
  return parquetFile(kind).replace(/\.parquet$/, "");
}

/** The day that a record belongs to, in UTC. A call log may claim anything, and this becomes the name of a folder. */
export function dayOf(event: Event): string {
  const ts = event.type === "summary" ? event.first_ts : event.ts;
  const day = ts?.slice(0, DAY_LENGTH) ?? "";
  if (day !== lastDay) {
    lastDay = day;
    lastIsDay = day > AFTER && day < BEFORE && DAY.test(day) && isOnCalendar(day);
  }
  return lastIsDay ? day : NO_DATE;
}

let lastDay = "";
let lastIsDay = false;

function isOnCalendar(day: string): boolean {
  const milliseconds = Date.parse(`${day}T00:00:00Z`);
  // The 30th of February is taken for the 1st of March.
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(day);
}

/** The folder of a partition, below the tree's. */
export function partitionOf(kind: EventKind, sensor: string, day: string): string {
  return `${tableOf(kind)}/sensor=${sensor}/date=${day}`;
}
