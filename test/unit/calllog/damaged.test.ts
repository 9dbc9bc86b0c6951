/** Whatever stands in a log, it is passed over or printed: nothing throws. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { EVENT_KINDS, type Event } from "../../../src/events.js";
import { ndjsonPrinter } from "../../../src/output/ndjson.js";
import { plain } from "../../../src/output/paint.js";
import { partyTables } from "../../../src/output/parties-view.js";
import type { Printer } from "../../../src/output/printer.js";
import { statsTables } from "../../../src/output/stats-view.js";
import { tablePrinter } from "../../../src/output/table.js";
import { transcriptPrinter } from "../../../src/output/transcript.js";
import { PartyCounter } from "../../../src/parties.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { StatsCounter } from "../../../src/stats.js";
import { readLogs } from "../../support/calllog/read.js";
import { GOLDEN } from "../../support/golden.js";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const LINES = [
  "two-experts.pcapng",
  "datagrams.pcap",
  "pipes.pcapng",
  "wmi.pcapng",
  "xp-collection-walk.pcap",
]
  .flatMap((name) =>
    readFileSync(join(GOLDEN, `${name}.ndjson`), "utf8")
      .trimEnd()
      .split("\n"),
  )
  .filter((line) => line.length < 6_000);

/** Every place in a record. */
function places(value: Json, at: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== "object") return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...at, name]))];
}

function change(record: Json, at: readonly string[], to: Json | undefined): void {
  let inside = record as { [name: string]: Json };
  for (const name of at.slice(0, -1)) inside = inside[name] as typeof inside;
  if (to === undefined) delete inside[at.at(-1)!];
  else inside[at.at(-1)!] = to;
}

const VALUES: readonly (Json | undefined)[] = [
  undefined,
  null,
  "",
  "x",
  "\u001b[31m",
  "9999-99-99T99:99:99Z",
  -1,
  0.5,
  1e300,
  true,
  [],
  [[]],
  [null],
  {},
  { toString: "x" },
  { __proto__: null, length: -1 },
];

/** A record in which some places say something else. */
const damaged = fc
  .record({
    line: fc.nat(LINES.length - 1),
    changes: fc.array(fc.record({ place: fc.nat(), value: fc.nat(VALUES.length - 1) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ line, changes }) => {
    const record: Json = JSON.parse(LINES[line]!);
    for (const { place, value } of changes) {
      const all = places(record).filter((at) => at.length > 0 && at[0] !== "schema");
      change(record, all[place % all.length]!, structuredClone(VALUES[value]));
    }
    return JSON.stringify(record);
  });

function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

async function everyView(events: readonly Event[]): Promise<void> {
  const layout = { columns: 100, cut: true, paint: plain };
  const transcript = { ...layout, allCalls: true, names: () => null };
  printed(ndjsonPrinter(new Set(EVENT_KINDS)), events);
  printed(tablePrinter(layout), events);
  printed(tablePrinter({ ...layout, kinds: new Set(["offer"]) }), events);
  for (const live of [true, false]) {
    for (const ladder of [true, false]) printed(transcriptPrinter({ ...transcript, live, ladder }), events);
  }
  const stats = new StatsCounter();
  const parties = new PartyCounter();
  for (const event of events) {
    if (event.type !== "call") continue;
    stats.add(event);
    parties.add(event);
  }
  await statsTables(stats.result());
  await partyTables(parties.result(), 5);
  const redactor = new Redactor();
  for (const event of events) redactor.event(event);
}

test("damaged records are passed over, or such that every view can show them", async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(damaged, { minLength: 1, maxLength: 6 }), async (lines) => {
      const { events, notes, run } = await readLogs({ "a.ndjson": `${lines.join("\n")}\n` });
      read += events.length;
      for (const { message } of notes) assert.match(message, /^a\.ndjson: /);
      run.lacks({ kinds: new Set(EVENT_KINDS) });
      await everyView(events);
    }),
    { numRuns: 300 },
  );
  // Some are read: what was changed is often a value of a parameter.
  assert.ok(read > 50, `${read}`);
});

test("bytes at random are passed over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(LINES.length - 1), async (bytes, line) => {
      const text = new TextEncoder().encode(`\n${LINES[line]}\n`);
      const { events } = await readLogs({ "a.ndjson": new Uint8Array([...bytes, ...text, ...bytes]) });
      assert.ok(events.length >= 1);
      await everyView(events);
    }),
    { numRuns: 100 },
  );
});
