/** What every view makes of the captures that ship: the texts that lie in test/golden. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Analyzer } from "../../src/analyzer.js";
import { Frame } from "../../src/capture/frame.js";
import { openInputs } from "../../src/capture/node/open.js";
import { Detecting } from "../../src/detect/detecting.js";
import { Detector } from "../../src/detect/detector.js";
import { bindRules } from "../../src/detect/rules/rule-book.js";
import { shippedRules } from "../../src/detect/shipped-rules.js";
import { EVENT_KINDS, type Event } from "../../src/events.js";
import { Explainer } from "../../src/explain/explainer.js";
import type { InterfaceTable } from "../../src/interfaces.js";
import { ndjsonPrinter } from "../../src/output/ndjson.js";
import { objectTree } from "../../src/output/objects-view.js";
import { plain } from "../../src/output/paint.js";
import { partyTables } from "../../src/output/parties-view.js";
import { PDML_END, pdml, pdmlHead } from "../../src/output/pdml.js";
import type { Printer } from "../../src/output/printer.js";
import { PLAIN_SPELLING } from "../../src/output/spelling.js";
import { statsTables } from "../../src/output/stats-view.js";
import { tablePrinter } from "../../src/output/table.js";
import { transcriptPrinter } from "../../src/output/transcript.js";
import { headingOf, treeText } from "../../src/output/tree-printer.js";
import type { ShownTree } from "../../src/output/tree-text.js";
import { PartyCounter } from "../../src/parties.js";
import { machineNodes } from "../../src/record/machines.js";
import { Redactor } from "../../src/redact/redactor.js";
import { KeyRing } from "../../src/rpc/security/keyring.js";
import { parseSecrets } from "../../src/rpc/security/secrets.js";
import { StatsCounter } from "../../src/stats.js";
import type { Witness } from "../../src/witness.js";
import { reportGolden } from "./report-golden.js";

export const CAPTURES = fileURLToPath(new URL("../../captures/", import.meta.url));
export const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));

export function captureNames(): string[] {
  return readdirSync(CAPTURES)
    .filter((name) => /\.(pcap|pcapng)(\.gz|\.zst)?$/.test(name))
    .sort();
}

/** The secrets that the lab wrote beside a sealed capture, or null. */
export function secretsOf(name: string): string | null {
  const file = join(CAPTURES, `${name.replace(/\.pcap(ng)?(\.gz|\.zst)?$/, "")}.expected.ndjson`);
  if (!existsSync(file)) return null;
  const first = readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
  const { secrets = [] } = JSON.parse(first) as { secrets?: unknown[] };
  return secrets.length === 0 ? null : JSON.stringify(secrets);
}

/** The events of a run with what the shipped rules find in it, as the command line shows them. */
function withFindings(events: readonly Event[], table: InterfaceTable, redactor: Redactor | null): Event[] {
  const detector = new Detector({
    rules: bindRules([shippedRules()]),
    level: "low",
    names: table.nameOf,
    shown: (event) => redactor?.event(event) ?? event,
  });
  return [...new Detecting({ detector, helpers: null, level: "low" }).finish(events)];
}

async function eventsOf(
  name: string,
  secrets: string | null,
  witness: Witness | null = null,
): Promise<{ events: Event[]; analyzer: Analyzer }> {
  const source = await openInputs([join(CAPTURES, name)]);
  const keys = secrets === null ? null : await KeyRing.from({ secrets: parseSecrets(secrets) });
  const analyzer = new Analyzer({ keys, witness });
  const frame = new Frame();
  const events: Event[] = [];
  while (await source.next(frame)) events.push(...analyzer.push(frame));
  await source.close();
  events.push(...analyzer.finish(source));
  return { events, analyzer };
}

function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

/** Records whose trees are looked at, by what stands in front of their lines: one of each kind of source. */
const TREES: { readonly [capture: string]: readonly string[] } = {
  "invoke.pcapng": ["association 1 ", "call 1:8 "],
  "fragmented-interleaved.pcap": ["call 0:3 ", "call 2:3 "],
  "pipes.pcapng": ["call 0:3 "],
  "datagrams.pcap": ["call udp:0:2 "],
  "failures-and-faults.pcap": ["call 7:11 ", "call 14:10 "],
  "mid-stream.pcap": ["call 1:4 "],
  "xp-collection-walk.pcap": ["call 1:31 "],
};

const REDACTED_TREES: ReadonlySet<string> = new Set(["invoke.pcapng", "xp-collection-walk.pcap"]);

/** Fields and bytes of some records, as they are and redacted, and the first of them as PDML. */
async function treesOf(name: string): Promise<Map<string, string>> {
  const wanted = TREES[name];
  const views = new Map<string, string>();
  if (wanted === undefined) return views;
  const explainer = new Explainer();
  const { events, analyzer } = await eventsOf(name, secretsOf(name), explainer.witness);
  const redactor = new Redactor(undefined, analyzer.table);
  for (const event of events) redactor.event(event);
  const options = { columns: 110, cut: false, paint: plain, full: false, spelling: PLAIN_SPELLING };
  const both = { fields: true, bytes: true };
  const heading = (event: Event): string =>
    headingOf(event, PLAIN_SPELLING)
      .map((piece) => `${typeof piece === "string" ? piece : piece[1]} `)
      .join("");
  const shown = events.filter((event) => wanted.some((begin) => heading(event).startsWith(begin)));
  const text = (treeOf: (event: Event) => ShownTree): string =>
    shown.map((event) => treeText(treeOf(event), headingOf(event, PLAIN_SPELLING), both, options)).join("\n");
  views.set(
    `${name}.tree.txt`,
    text((event) => explainer.tree(event)!),
  );
  views.set(
    `${name}.pdml`,
    pdmlHead("raiscope") + pdml(explainer.tree(shown.at(-1)!)!, () => null) + PDML_END,
  );
  if (!REDACTED_TREES.has(name)) return views;
  views.set(
    `${name}.tree.redacted.txt`,
    text((event) => redactor.tree(explainer.tree(event)!, event.type === "call" ? event : null)),
  );
  return views;
}

/** Captures of which a case report is looked at. */
const REPORTED: ReadonlySet<string> = new Set(["follow-up.pcapng"]);

/** Every view of one capture, by file name below test/golden. */
export async function goldenOf(name: string): Promise<Map<string, string>> {
  const views = new Map<string, string>();
  const { events: records, analyzer } = await eventsOf(name, null);
  const layout = { columns: 100, cut: false, paint: plain };
  const { table } = analyzer;
  const events = withFindings(records, table, null);
  const transcript = { ...layout, allCalls: false, ladder: false, live: false, names: table.nameOf };
  const lines = (of: readonly Event[]): string => printed(ndjsonPrinter(new Set(EVENT_KINDS)), of);
  const stats = new StatsCounter();
  const parties = new PartyCounter();
  for (const event of events) {
    if (event.type !== "call") continue;
    stats.add(event);
    parties.add(event);
  }
  const redactor = new Redactor(undefined, table);
  // As files are read once before for the names in them.
  for (const event of records) redactor.event(event);

  views.set(`${name}.ndjson`, lines(events));
  views.set(`${name}.transcript.txt`, printed(transcriptPrinter(transcript), events));
  views.set(`${name}.ladder.txt`, printed(transcriptPrinter({ ...transcript, ladder: true }), events));
  views.set(`${name}.table.txt`, printed(tablePrinter(layout), events));
  views.set(`${name}.stats.txt`, await statsTables(stats.result()));
  const tables = await partyTables(parties.result(), Number.POSITIVE_INFINITY);
  views.set(`${name}.parties.txt`, tables.join("\n"));
  views.set(`${name}.objects.txt`, objectTree(machineNodes(analyzer)));
  views.set(
    `${name}.redacted.txt`,
    printed(
      transcriptPrinter(transcript),
      withFindings(records, table, redactor).map((event) => redactor.event(event)),
    ),
  );
  const secrets = secretsOf(name);
  if (
    secrets !== null &&
    events.some(
      (event) =>
        (event.type === "call" && event.stub.request === "encrypted") ||
        (event.type === "note" && event.code === "smb-encrypted"),
    )
  ) {
    const open = withFindings((await eventsOf(name, secrets)).events, table, null);
    views.set(`${name}.opened.ndjson`, lines(open));
    views.set(`${name}.opened.txt`, printed(transcriptPrinter(transcript), open));
  }
  for (const [file, text] of await treesOf(name)) views.set(file, text);
  if (REPORTED.has(name)) {
    const explainer = new Explainer();
    const traced = await eventsOf(name, null, explainer.witness);
    views.set(`${name}.report.txt`, reportGolden(name, traced.events, explainer, redactor));
  }
  return views;
}
