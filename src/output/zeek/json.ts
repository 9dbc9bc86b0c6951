/** Zeek's logs as JSON, a row a line: unset columns are left out, times and intervals are numbers of seconds. */

import { escaped } from "./ascii.js";
import type { ZeekLog, ZeekRow, ZeekType, ZeekValue } from "./logs.js";
import { asDouble } from "./times.js";

/** `named`: the log's path stands in the row, where several logs share a stream. */
export function jsonRow({ path, fields, types }: ZeekLog, row: ZeekRow, named: boolean): string {
  let line = named ? `{"_path":"${path}"` : "";
  const start = row[0] as number;
  for (let i = 0; i < types.length; i++) {
    const value = row[i] ?? null;
    if (value === null) continue;
    line += `${line === "" ? "{" : ","}"${fields[i]}":${json(types[i]!, value, start)}`;
  }
  return `${line}}\n`;
}

function json(type: ZeekType, value: Exclude<ZeekValue, null>, start: number): string {
  if (typeof value === "number") {
    if (type === "time") return double(asDouble(value));
    // Zeek takes one time from the other, both as they are in a double.
    if (type === "interval") return double(asDouble(start + value) - asDouble(start));
    return String(value);
  }
  if (typeof value === "object" && "seconds" in value) return double(value.seconds);
  if (typeof value === "string") return JSON.stringify(PLAIN.test(value) ? value : escaped(value, false));
  return JSON.stringify(value);
}

const PLAIN = /^[ -~]*$/;

function double(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
