/** raiscope detect, and what --rules, --level, --fail-on and --helpers do to it and to analyze. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { DetectionRecord, OfferRecord } from "../../../src/events.js";
import { raiscope } from "../../support/cli/spawn.js";
import { validateRecord } from "../../support/output/validate.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-detect-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);
const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));

const WMI = capture("wmi.pcapng");
const EXPERTS = capture("two-experts.pcapng");
const records = (text: string): DetectionRecord[] =>
  text
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const RULE = `title: Somebody logs on to WMI
id: 3d0f1a5e-7f0c-4c7d-9a57-1d7f3d1f6f0a
logsource: {product: raiscope, service: call}
detection:
    selection:
        method: NTLMLogin
    condition: selection
level: LEVEL
`;

describe("detect", { concurrency: 2 }, () => {
  test("a paragraph a finding, and what there was to look at", async () => {
    const { status, stdout, stderr } = await raiscope(["detect", WMI]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^high {2}Program started through WMI {2}T1047\n/);
    assert.match(stdout, /CONTOSO\\helga\.desk .* started[\s\S]*Restart-Service Spooler/);
    assert.match(stdout, /conversation 1, frames 23-24, 10\.20\.4\.90:\d+ → 10\.20\.4\.40:\d+/);
    assert.match(stdout, /^ {2}false positives: /m);
    assert.match(stdout, /\n1 finding \(1 high\) in 30 frames, 4 calls\n$/);
    const none = await raiscope(["detect", capture("datagrams.pcap"), "--level", "critical"]);
    assert.match(none.stdout, /^No findings in \d+ frames, \d+ calls\n$/);
  });

  test("table, CSV, NDJSON and JSON", async () => {
    const table = (await raiscope(["detect", EXPERTS, "-T", "table"])).stdout.trimEnd().split("\n");
    assert.match(table[0]!, /^LEVEL +TIME +CONV +FRAMES +CLIENT +SERVER +RULE +ATT&CK +WHAT +BASIS$/);
    const lines = (await raiscope(["detect", EXPERTS, "-T", "ndjson"])).stdout;
    const found = records(lines);
    assert.equal(table.length, found.length + 1);
    for (const one of found) assert.deepEqual(validateRecord(one), []);
    assert.ok(found.every(({ type, id, calls }) => type === "detection" && id !== null && calls.length > 0));
    assert.deepEqual(JSON.parse((await raiscope(["detect", EXPERTS, "-T", "json"])).stdout), found);
    const csv = (await raiscope(["detect", EXPERTS, "-T", "csv"])).stdout.split("\r\n");
    assert.match(csv[0]!, /^level,time,stream,frames,client,server,rule,techniques,sentence,basis$/);
    const own = await raiscope(["detect", EXPERTS, "-T", "fields", "-e", "rule.level", "-e", "fields.count"]);
    assert.equal(own.stdout.trimEnd().split("\n").length, found.length);
  });

  test("a call log gives what its capture gave", async () => {
    const log = place("all.ndjson");
    writeFileSync(
      log,
      (await raiscope([EXPERTS, "-T", "ndjson", "--events", "call,association,offer,note,summary"])).stdout,
    );
    const of = await raiscope(["detect", EXPERTS]);
    assert.deepEqual(await raiscope(["detect", log]), of);
    const with_ = place("with.ndjson");
    writeFileSync(
      with_,
      (await raiscope([EXPERTS, "-T", "ndjson", "--events", "all", "--level", "informational"])).stdout,
    );
    const ids = async (file: string): Promise<(string | null)[]> =>
      records((await raiscope(["detect", file, "-T", "ndjson"])).stdout)
        .map(({ id }) => id)
        .sort();
    assert.deepEqual(await ids(with_), await ids(EXPERTS));
  });

  test("rules of one's own, levels and the exit status", async () => {
    const own = place("own.yml");
    writeFileSync(own, RULE.replace("LEVEL", "critical"));
    const both = await raiscope(["detect", WMI, "--rules", own, "-T", "ndjson"]);
    assert.deepEqual(
      records(both.stdout)
        .map(({ rule }) => rule.level)
        .sort(),
      ["critical", "high"],
    );
    const alone = await raiscope(["detect", WMI, "--rules", own, "--no-shipped-rules", "-T", "ndjson"]);
    assert.equal(records(alone.stdout).length, 1);
    const level = await raiscope(["detect", WMI, "--rules", own, "--level", "critical", "-T", "ndjson"]);
    assert.equal(records(level.stdout).length, 1);
    assert.equal((await raiscope(["detect", WMI, "-q", "--fail-on", "high"])).status, 3);
    assert.equal((await raiscope(["detect", WMI, "-q", "--fail-on", "critical"])).status, 0);
    assert.equal((await raiscope([WMI, "-T", "ndjson", "--fail-on", "medium"])).status, 3);
    const cut = place("cut.pcapng");
    writeFileSync(cut, readFileSync(WMI).subarray(0, -20));
    assert.equal((await raiscope(["detect", cut, "--fail-on", "informational"])).status, 2);
    // Who holds a finding back is not told of it.
    assert.equal((await raiscope(["detect", WMI, "--host", "10.9.9.9", "--fail-on", "low"])).status, 0);
  });

  test("helpers", async () => {
    const list = place("helpers.txt");
    writeFileSync(list, "# who may\nolaf.desk@contoso.example\nCONTOSO\\nobody\n");
    const { stdout } = await raiscope([EXPERTS, "-T", "ndjson", "--events", "offer", "--helpers", list]);
    const offers = records(stdout) as unknown as OfferRecord[];
    assert.deepEqual(
      offers.map(({ expert }) => [expert.user, expert.listed]),
      [
        ["helga.desk", false],
        ["olaf.desk", true],
        ["olaf.desk", true],
      ],
    );
    const found = records((await raiscope(["detect", EXPERTS, "-T", "ndjson", "--helpers", list])).stdout);
    const unlisted = found.filter(({ fields }) => fields["expert.listed"] === false);
    assert.deepEqual(
      unlisted.map(({ user }) => user),
      ["helga.desk"],
    );
    const missing = await raiscope(["detect", WMI, "--helpers", place("none.txt")]);
    assert.equal(missing.status, 1);
  });

  test("redacted", async () => {
    const { stdout } = await raiscope(["detect", WMI, "--redact"]);
    assert.match(stdout, /CONTOSO\\<user-1>/);
    assert.ok(!/helga/i.test(stdout));
  });

  test("analyze shows findings where they are asked for, and other records are as they were", async () => {
    const plain = await raiscope([WMI, "-T", "ndjson"]);
    const more = await raiscope([WMI, "-T", "ndjson", "--events", "call,detection"]);
    const calls = more.stdout.split("\n").filter((line) => !line.startsWith('{"type":"detection"'));
    assert.equal(calls.join("\n"), plain.stdout);
    const lines = more.stdout.trimEnd().split("\n");
    const found = lines.findIndex((line) => line.startsWith('{"type":"detection"'));
    const before = JSON.parse(lines[found - 1]!);
    assert.deepEqual(JSON.parse(lines[found]!).calls, [before.id]);
  });
});
