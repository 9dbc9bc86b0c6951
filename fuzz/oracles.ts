/** What must hold whatever comes in. Each throws an `OracleError` that says what did not. */

import { Readable } from "node:stream";
import { WireError } from "../dissectors/wire/errors.js";
import { Analyzer, type AnalyzerOptions } from "../src/analyzer.js";
import { InputError } from "../src/capture/formats.js";
import { Frame } from "../src/capture/frame.js";
import { openInputs } from "../src/capture/node/open.js";
import { EVENT_KINDS, type Event } from "../src/events.js";
import { ndjsonPrinter } from "../src/output/ndjson.js";
import { objectTree } from "../src/output/objects-view.js";
import { plain } from "../src/output/paint.js";
import type { Printer } from "../src/output/printer.js";
import { statsTables } from "../src/output/stats-view.js";
import { tablePrinter } from "../src/output/table.js";
import { transcriptPrinter } from "../src/output/transcript.js";
import { machineNodes } from "../src/record/machines.js";
import { Redactor } from "../src/redact/redactor.js";
import { StatsCounter } from "../src/stats.js";
import { validateRecord } from "../test/support/output/validate.js";

export class OracleError extends Error {}

/** Runs a decoder that may refuse its input with a `WireError` and with nothing else. */
export function decode<T>(dissect: () => T): T | null {
  try {
    return dissect();
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** No number that JSON cannot write, and no key without a value. */
export function checkFinite(value: unknown, path = "$"): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new OracleError(`${path} is ${value}`);
  if (value === undefined) throw new OracleError(`${path} is undefined`);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const [key, inner] of Object.entries(value)) checkFinite(inner, `${path}.${key}`);
}

// What a terminal may take for a command: C0 but for line ends, DEL, C1, and marks that turn the direction of writing.
const RAW_CONTROL_IN_TEXT = /[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

// JSON escapes C0 and leaves the rest as it is.
const RAW_CONTROL_IN_JSON = /[\0-\x09\x0b-\x1f]/;

/** No view shows raw control characters. */
export function checkVisible(text: string, what: string): void {
  const at = (what.endsWith("json") ? RAW_CONTROL_IN_JSON : RAW_CONTROL_IN_TEXT).exec(text);
  if (at === null) return;
  const code = at[0].charCodeAt(0).toString(16).padStart(4, "0");
  throw new OracleError(
    `${what} has a raw U+${code}: ${JSON.stringify(text.slice(Math.max(0, at.index - 30), at.index + 10))}`,
  );
}

/** A whole capture file through the analyzer and every view of it. */
export async function checkCapture(bytes: Uint8Array, options: AnalyzerOptions): Promise<void> {
  const found = await read(bytes, options);
  if (found !== null) await checkEvents(found.events, found.analyzer);
}

/** Is shown each frame of a capture before it is read. */
export type Seen = (frame: Frame) => void;

/** The events of a capture file; null where it is none. */
export async function read(
  bytes: Uint8Array,
  options: AnalyzerOptions,
  see: Seen = () => {},
): Promise<{ events: Event[]; analyzer: Analyzer } | null> {
  const events: Event[] = [];
  const analyzer = new Analyzer(options);
  const frame = new Frame();
  try {
    const source = await openInputs(["-"], { stdin: Readable.from([Buffer.from(bytes)]) });
    while (await source.next(frame)) {
      see(frame);
      events.push(...analyzer.push(frame));
    }
    events.push(...analyzer.finish(source));
    await source.close();
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
  return { events, analyzer };
}

async function checkEvents(events: readonly Event[], analyzer: Analyzer): Promise<void> {
  for (const event of events) {
    checkFinite(event);
    const [problem] = validateRecord(event);
    if (problem !== undefined) throw new OracleError(`a ${event.type} breaks the schema: ${problem}`);
  }
  if (events.at(-1)?.type !== "summary") throw new OracleError("the last record is no summary");
  const views = await viewsOf(events, analyzer);
  for (const [name, text] of views) checkVisible(text, name);
  const redactor = new Redactor();
  // As files are: read once for the names in them, then for what is shown.
  for (const event of events) redactor.event(event);
  const hidden = await viewsOf(
    events.map((event) => redactor.event(event)),
    null,
  );
  checkRedacted(events, hidden);
}

function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

async function viewsOf(events: readonly Event[], analyzer: Analyzer | null): Promise<[string, string][]> {
  const layout = { columns: 80, cut: true, paint: plain };
  const transcript = { ...layout, allCalls: true, ladder: false, live: false };
  const stats = new StatsCounter();
  for (const event of events) if (event.type === "call") stats.add(event);
  const views: [string, string][] = [
    ["transcript", printed(transcriptPrinter(transcript), events)],
    ["live transcript", printed(transcriptPrinter({ ...transcript, cut: false, live: true }), events)],
    ["ladder", printed(transcriptPrinter({ ...transcript, ladder: true, allCalls: false }), events)],
    ["table", printed(tablePrinter(layout), events)],
    ["ndjson", printed(ndjsonPrinter(new Set(EVENT_KINDS)), events)],
    ["stats", await statsTables(stats.result())],
  ];
  if (analyzer !== null) views.push(["objects", objectTree(machineNodes(analyzer))]);
  return views;
}

/** Names shorter than this occur in any text. */
const SHORTEST_NEEDLE = 5;

/** Of redacted views none shows a user name or a secret that the records hold. */
export function checkRedacted(events: readonly Event[], views: readonly [string, string][]): void {
  const needles = new Set<string>();
  const add = (text: string | null | undefined): void => {
    // What JSON writes with escapes, and names of nothing but placeholders' own letters, prove nothing.
    if (text && text.length >= SHORTEST_NEEDLE && /^[\w.+/=@$-]*$/.test(text) && /[A-Z0-9]/.test(text))
      needles.add(text);
  };
  for (const event of events) {
    if (event.type === "call" || event.type === "association") add(event.auth.user);
    const string =
      event.type === "offer"
        ? event.connection_string
        : event.type === "call"
          ? event.rai?.connection_string
          : null;
    if (string?.form === 1) for (const secret of [string.ra_session_id, string.ra_session_pwd]) add(secret);
    if (string?.form === 2)
      for (const secret of [string.auth.kh, string.auth.kh2, string.auth.id]) add(secret);
  }
  for (const [name, text] of views) {
    for (const needle of needles) {
      // A name inside of a longer word is another word.
      const word = new RegExp(
        `(?<![\\p{L}\\p{N}_])${needle.replace(/[.+/$]/g, "\\$&")}(?![\\p{L}\\p{N}_])`,
        "u",
      );
      if (word.test(text)) throw new OracleError(`${name} shows ${needle} in spite of redaction`);
    }
  }
}
