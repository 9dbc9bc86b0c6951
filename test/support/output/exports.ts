/** What exports make of captures, and where their oracles lie. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { AnalyzerOptions } from "../../../src/analyzer.js";
import type { Event } from "../../../src/events.js";
import type { Printer } from "../../../src/output/printer.js";
import { CAPTURES, captureNames } from "../golden.js";
import { analyze } from "../run.js";
import { sharedDir } from "../shared.js";

/** An oracle below `schemas`, or null where it is not there: tests that need it must then skip, visibly. */
export function schemaFile(...path: string[]): string | null {
  const shared = sharedDir();
  const file = shared === null ? null : join(shared, "schemas", ...path);
  return file !== null && existsSync(file) ? file : null;
}

const CAPTURE = /\.(pcap|pcapng|cap)(\.gz|\.zst)?$/;

/** The captures that ship, and those beside the oracles. */
export function allCaptures(): string[] {
  const shared = sharedDir();
  const folders =
    shared === null
      ? []
      : ["captures", "captures/pipes", "schemas/suricata", "schemas/zeek"].map((at) => join(shared, at));
  const beside = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => CAPTURE.test(name))
        .map((name) => join(folder, name)),
    );
  return [...captureNames().map((name) => join(CAPTURES, name)), ...beside];
}

type Json = { [key: string]: unknown };

export function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

/** The lines that a printer makes of captures, parsed. */
export async function linesOf(
  printer: Printer,
  paths: string[],
  options: AnalyzerOptions = {},
): Promise<Json[]> {
  return parsed(printed(printer, await analyze(paths, options)));
}

export function parsed(text: string): Json[] {
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Json);
}

/** What stands at a path as `dcerpc.interfaces[0].uuid`; undefined where nothing does. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Json)[step];
  }
  return found;
}
