/**
 * Nothing that a run shows without --redact as a name or a secret is left with it: in no format, in no record, on standard
 * error, in no comment; over the project's captures and, where they are, over real ones with their keys.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { describe } from "node:test";
import { fileURLToPath } from "node:url";
import { Analyzer } from "../../../src/analyzer.js";
import { Frame } from "../../../src/capture/frame.js";
import { openInputs } from "../../../src/capture/node/open.js";
import { EVENT_KINDS, type Event } from "../../../src/events.js";
import { callComment } from "../../../src/output/comment.js";
import { jsonPrinter, ndjsonPrinter } from "../../../src/output/ndjson.js";
import { objectDot, objectMermaid, objectTree } from "../../../src/output/objects-view.js";
import { plain } from "../../../src/output/paint.js";
import type { Printer } from "../../../src/output/printer.js";
import { statsTables } from "../../../src/output/stats-view.js";
import { summaryLines } from "../../../src/output/summary.js";
import { tablePrinter } from "../../../src/output/table.js";
import { transcriptPrinter } from "../../../src/output/transcript.js";
import { machineNodes } from "../../../src/record/machines.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { KeyRing, type KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import { StatsCounter } from "../../../src/stats.js";
import { ended, raiscope, start, until } from "../../support/cli/spawn.js";
import { CAPTURES, captureNames } from "../../support/golden.js";
import { validateRecord } from "../../support/output/validate.js";
import { foundIn, type Needles, needlesOf, textsOf } from "../../support/redact/needles.js";
import { sharedDir } from "../../support/shared.js";

const PASSWORD = "Help4Desk!";

interface Run {
  events: Event[];
  analyzer: Analyzer;
}

async function read(path: string, keys: KeyRingOptions | null): Promise<Run> {
  const source = await openInputs([path]);
  const analyzer = new Analyzer({ keys: keys && KeyRing.from(keys) });
  const frame = new Frame();
  const events: Event[] = [];
  while (await source.next(frame)) events.push(...analyzer.push(frame));
  await source.close();
  events.push(...analyzer.finish());
  return { events, analyzer };
}

function printed(printer: Printer, events: readonly Event[]): string {
  return events.map((event) => printer.push(event)).join("") + printer.finish();
}

/** Every format of every command, by its name. */
async function outputs({ events, analyzer }: Run, redactor: Redactor): Promise<Map<string, string>> {
  const shown = events.map((event) => redactor.event(event));
  const layout = { columns: 100, cut: false, paint: plain };
  const names = (uuid: string): string | null => analyzer.table.find(uuid)?.name ?? null;
  const transcript = { ...layout, allCalls: true, ladder: false, live: false, names };
  const stats = new StatsCounter();
  for (const event of shown) if (event.type === "call") stats.add(event);
  const figures = redactor.any(stats.result());
  const machines = redactor.any(machineNodes(analyzer));
  const calls = shown.filter((event) => event.type === "call");
  const summary = shown.at(-1);
  assert.equal(summary?.type, "summary");
  return new Map([
    ["records", textsOf(shown)],
    ["ndjson", printed(ndjsonPrinter(new Set(EVENT_KINDS)), shown)],
    ["json", printed(jsonPrinter(new Set(EVENT_KINDS)), shown)],
    ["transcript", printed(transcriptPrinter(transcript), shown)],
    ["short transcript", printed(transcriptPrinter({ ...transcript, allCalls: false }), shown)],
    ["ladder", printed(transcriptPrinter({ ...transcript, ladder: true }), shown)],
    ["table", printed(tablePrinter(layout), shown)],
    ["stats", JSON.stringify(figures) + (await statsTables(figures))],
    ["objects", JSON.stringify(machines) + objectTree(machines) + objectDot(machines)],
    ["objects as mermaid", objectMermaid(machines)],
    ["comments", calls.map(callComment).join("\n")],
    ["counters", summaryLines(summary as never).join("\n")],
  ]);
}

/** Without and with keys, as a stream that is read once and as a file. */
async function search(path: string, keys: KeyRingOptions): Promise<number> {
  let needles = 0;
  for (const given of [null, keys]) {
    const run = await read(path, given);
    const wanted = needlesOf(run.events);
    needles += wanted.users.size + wanted.secrets.size;
    for (const secret of [...(given?.passwords ?? []), ...(given?.sessionKeys ?? [])]) {
      wanted.secrets.add(secret);
    }
    const redactor = new Redactor();
    for (const reading of ["once", "again"]) {
      for (const [name, text] of await outputs(run, redactor)) {
        assert.deepEqual(foundIn(text, wanted), [], `${name}, read ${reading}`);
      }
    }
    for (const event of run.events) assert.deepEqual(validateRecord(redactor.event(event)), []);
  }
  return needles;
}

for (const name of captureNames()) {
  test(`searched: ${name}`, async () => {
    assert.ok((await search(join(CAPTURES, name), { passwords: [PASSWORD] })) > 0, "nothing to look for");
  });
}

test("the search finds what is not hidden", async () => {
  const { events } = await read(join(CAPTURES, "xp-collection-walk.pcap"), null);
  const needles = needlesOf(events);
  assert.ok(needles.users.size >= 3 && needles.secrets.size >= 2);
  const all = [...needles.users, ...needles.secrets].sort();
  assert.deepEqual(foundIn(textsOf(events), needles).sort(), all);
});

const shared = sharedDir();
const SKIP = shared === null && "no ../shared";
const real = join(shared ?? "", "captures");

/** The keys that are published with real captures. */
function keysOf(path: string): KeyRingOptions {
  const sessionKeys = ["ntlmkeys", "krbkeys"]
    .map((kind) => `${path}.${kind}.json`)
    .filter((file) => existsSync(file))
    .flatMap((file) => JSON.parse(readFileSync(file, "utf8")).streams as { exported_session_key?: string }[])
    .flatMap((stream) => stream.exported_session_key ?? []);
  const keytabs = readdirSync(real)
    .filter((name) => name.endsWith(".keytab"))
    .map((name) => ({ name, bytes: readFileSync(join(real, name)) }));
  return { sessionKeys, keytabs };
}

describe("real captures with their keys", { skip: SKIP }, () => {
  const folders = SKIP ? [] : [real, join(real, "pipes")].filter((folder) => existsSync(folder));
  for (const path of folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))) {
    if (!/\.(pcap|pcapng|cap)(\.gz)?$/.test(path)) continue;
    test(`searched: ${path.slice(real.length + 1)}`, async () => {
      await search(path, keysOf(path));
    });
  }
});

// What the program itself writes.

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

async function needlesIn(name: string): Promise<Needles> {
  const { events } = await read(join(CAPTURES, name), { passwords: [PASSWORD] });
  return needlesOf(events);
}

/** Sealed as a whole, sealed in part, and with many users. */
const SPOKEN = [
  "vista-offer-privacy.pcapng",
  "one-expert-three-novices.pcapng",
  "fragmented-interleaved.pcap",
];
const SAID: readonly (readonly string[])[] = [
  ["analyze", "-v", "-T", "table"],
  ["analyze", "-v", "--password", "wrong", "-T", "ndjson", "--events", "note,summary"],
];

for (const name of SPOKEN) {
  test(`standard error and output: ${name}`, async () => {
    const needles = await needlesIn(name);
    const runs = await Promise.all(SAID.map((args) => raiscope([...args, "--redact", join(CAPTURES, name)])));
    for (const { stdout, stderr, status } of runs) {
      assert.equal(status, 0, stderr);
      assert.match(stderr, /TCP conversation/);
      assert.deepEqual(foundIn(stdout, needles), []);
      assert.deepEqual(foundIn(stderr, needles), []);
    }
    assert.match(runs[1]!.stderr, /keys: none fits .*<user-1>|keys: password #1/s);
  });
}

test("the counters that a signal brings about", async () => {
  const name = "one-expert-three-novices.pcapng";
  const needles = await needlesIn(name);
  const child = start(["-", "--redact", "-T", "ndjson", "--events", "all", "--password", "wrong"]);
  const end = ended(child);
  child.stdin!.on("error", () => {});
  child.stdin!.write(readFileSync(join(CAPTURES, name)));
  await until(child, (text) => text.includes("GetSessionInfo"));
  child.kill("SIGINT");
  const { stdout, stderr, status } = await end;
  assert.equal(status, 130);
  assert.match(stderr, /keys: /);
  assert.deepEqual(foundIn(stdout, needles), []);
  assert.deepEqual(foundIn(stderr, needles), []);
});

test("a name that only the last file shows to be one is hidden in the first", async () => {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-redact-"));
  try {
    // The name of the expert's machine, which other captures show as such, becomes the user of this one.
    const name = "HELPDESK-7";
    const bytes = readFileSync(join(CAPTURES, "follow-up.pcapng")).toString("latin1");
    const wide = (text: string): string => Buffer.from(text, "utf16le").toString("latin1");
    const later = join(folder, "later.pcapng");
    writeFileSync(later, bytes.replaceAll(wide("helga.desk"), wide(name)), "latin1");
    const earlier = join(CAPTURES, "vista-offer-integrity.pcapng");
    const args = ["-T", "ndjson", "--events", "all", earlier, later];
    const [open, hidden] = await Promise.all([raiscope(args), raiscope([...args, "--redact"])]);
    assert.match(open.stdout, /"user":"HELPDESK-7"/);
    assert.match(open.stdout, /"user":"helga.desk","domain":"CONTOSO","workstation":"HELPDESK-7"/);
    assert.doesNotMatch(hidden.stdout, /HELPDESK-7|helga/);
    assert.equal(hidden.status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("stats and objects know --redact", async () => {
  const path = join(CAPTURES, "xp-collection-walk.pcap");
  const needles = await needlesIn("xp-collection-walk.pcap");
  const runs = await Promise.all(
    ["stats", "objects"].map((command) => raiscope([command, "-v", "--redact", "-T", "json", path])),
  );
  for (const { stdout, stderr, status } of runs) {
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).complete, true);
    assert.deepEqual(foundIn(stdout + stderr, needles), []);
  }
});

test("standard error has one way in, and runs take the one with the gate", () => {
  const folder = join(ROOT, "src/cli");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");
  const writers = files.filter((file) => /process\.stderr\.write|console\./.test(text(file)));
  // `idl check` speaks of the user's own files, `main` of a fault of the program, the progress bar has numbers only.
  assert.deepEqual(writers.sort(), ["failure.ts", "idl.ts", "main.ts", "progress.ts"]);
  for (const file of files) {
    assert.ok(!/\bcomplain\((line|message|note|.*(?:summary|record)\b)/.test(text(file)), file);
  }
});
