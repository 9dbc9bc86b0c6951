import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-offers-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const captures = fileURLToPath(new URL("../../../captures/", import.meta.url));
const EXPERTS = join(captures, "two-experts.pcapng");
const FOLLOW_UP = join(captures, "follow-up.pcapng");
const FAILURES = join(captures, "failures-and-faults.pcap");
const cells = (line: string): string[] => line.split(/ {2,}/).map((cell) => cell.trim());

describe("raiscope offers", { concurrency: 2 }, () => {
  test("a line an offer: when, who, from where, whom, session, outcome, listener, why", async () => {
    const { status, stdout, stderr } = await raiscope(["offers", EXPERTS]);
    assert.deepEqual([status, stderr], [0, ""]);
    const [heading, ...rows] = stdout.trimEnd().split("\n");
    assert.deepEqual(cells(heading!), [
      "TIME",
      "EXPERT",
      "FROM",
      "NOVICE",
      "SESSION",
      "OUTCOME",
      "LISTENER DIALLED",
      "WHY",
    ]);
    // Cells that are as wide as their column are parted by one blank.
    assert.match(
      rows[0]!,
      /^2024-07-15 10:00:00\.001715519 CONTOSO\\helga\.desk HELPDESK-7 10\.20\.4\.90 WS-2004 10\.20\.4\.17 1 +connected +10\.20\.4\.17:49230 rdp 1\.05 s -$/,
    );
    assert.match(
      rows[1]!,
      / 2 CONTOSO\\bgreen failed +- +IRASrv::GetNoviceUserInfo failed: .* \(0x80070052\)$/,
    );
    assert.match(rows[2]!, / connection string issued none of 1 +-$/);
    assert.equal(rows.length, 3);
    // In order of time, whenever they were complete.
    assert.deepEqual(rows, [...rows].sort());
  });

  test("columns line up", async () => {
    const { stdout } = await raiscope(["offers", FAILURES, EXPERTS, FOLLOW_UP]);
    const [heading, ...rows] = stdout.trimEnd().split("\n");
    for (const title of ["EXPERT", "FROM", "NOVICE", "SESSION", "OUTCOME", "LISTENER", "WHY"]) {
      const at = heading!.indexOf(title);
      for (const row of rows) assert.match(row.slice(at - 1, at + 1), /^ \S$/, `${title}: ${row}`);
    }
  });

  test("other formats show offers alone", async () => {
    const ndjson = await raiscope(["offers", EXPERTS, "-T", "ndjson"]);
    const records = ndjson.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      records.map(({ type }) => type),
      ["offer", "offer", "offer"],
    );
    const transcript = await raiscope(["offers", EXPERTS, "-T", "transcript"]);
    assert.match(transcript.stdout, /^Offer 1 .* connected\n {2}expert {4}CONTOSO\\helga\.desk/);
    assert.doesNotMatch(transcript.stdout, /GetSessionInfo|Conversations|evidence/);
  });

  test("filters, --redact, -o, keys and call logs as everywhere", async () => {
    const one = await raiscope(["offers", EXPERTS, "--host", "10.20.4.90"]);
    assert.equal(one.stdout.trimEnd().split("\n").length, 2);
    assert.match(one.stderr, /3 offers, 1 shown/);
    const table = join(folder, "offers.table");
    const log = join(folder, "offers.ndjson");
    const both = await raiscope(["offers", EXPERTS, "--redact", "-o", table, "-o", log]);
    assert.deepEqual([both.status, both.stdout], [0, ""]);
    assert.match(readFileSync(table, "utf8"), /CONTOSO\\<user-1>/);
    assert.doesNotMatch(readFileSync(table, "utf8") + readFileSync(log, "utf8"), /helga|bgreen/);
    const again = await raiscope(["offers", log]);
    assert.deepEqual([again.stdout, again.stderr], [readFileSync(table, "utf8"), ""]);
    const plain = await raiscope(["offers", "-r", EXPERTS, "-o", "-"]);
    assert.equal(plain.stdout, (await raiscope(["offers", EXPERTS])).stdout);
  });

  test("where there are none it says so", async () => {
    const { status, stdout, stderr } = await raiscope(["offers", join(captures, "datagrams.pcap")]);
    assert.deepEqual([status, stdout, stderr], [0, "", "raiscope: no offers\n"]);
    const calls = join(folder, "calls.ndjson");
    await raiscope([EXPERTS, "-o", calls]);
    const lost = await raiscope(["offers", calls]);
    assert.match(lost.stderr, /calls\.ndjson holds calls only: it has no offers; .*--events all/);
  });
});

describe("from a pipe offers are reported as they happen", { concurrency: 2 }, () => {
  const bytes = readFileSync(FOLLOW_UP);

  test("in the call log: one id, revisions in order, the last of which is no longer provisional", async () => {
    const { stdout } = await raiscope(["-", "-T", "ndjson", "--events", "offer,summary"], bytes);
    const records = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const reports = records.filter(({ type }) => type === "offer");
    assert.deepEqual(
      reports.map(({ revision, provisional, outcome }) => [revision, provisional, outcome]),
      [
        [1, true, "string_issued"],
        [2, true, "connected"],
        [3, false, "connected"],
      ],
    );
    assert.equal(new Set(reports.map(({ id }) => id)).size, 1);
    assert.equal(records.at(-1).offers, 1);
    // The last is what the file says.
    const [whole] = (await raiscope(["offers", FOLLOW_UP, "-T", "ndjson"])).stdout.trimEnd().split("\n");
    assert.deepEqual({ ...reports.at(-1), revision: 1 }, JSON.parse(whole!));
  });

  test("in the transcript: whole, and then what is new under the same number", async () => {
    const { stdout } = await raiscope(["-", "-T", "transcript"], bytes);
    const heads = stdout.match(/^Offer .*$/gm);
    assert.deepEqual(heads, [
      "Offer 1  2024-06-03 09:15:00.001387 UTC  connection string issued  (more may come)",
      "Offer 1  goes on  connected",
      "Offer 1  is over  connected",
    ]);
    assert.match(stdout, /no connection to its listeners was seen yet/);
    for (const once of [
      /travelled in the clear, at/g,
      /IRASrv::GetSessionInfo succeeded/g,
      /10\.20\.4\.90 connected to/g,
    ]) {
      assert.equal(stdout.match(once)?.length, 1, String(once));
    }
  });

  test("in tables a row each; of the log that was written the last", async () => {
    const rows = (await raiscope(["offers", "-"], bytes)).stdout.trimEnd().split("\n");
    assert.equal(rows.length, 4);
    assert.deepEqual(
      rows.map((row) => /, so far/.test(row)),
      [false, true, true, false],
    );
    const log = join(folder, "live.ndjson");
    await raiscope(["-", "-T", "ndjson", "--events", "all", "-o", log], bytes);
    const last = await raiscope(["offers", log]);
    assert.equal(last.stdout, (await raiscope(["offers", FOLLOW_UP])).stdout);
    const transcript = (await raiscope([log, "-T", "transcript"])).stdout;
    assert.deepEqual(transcript.match(/^Offer .*$/gm), [
      "Offer 1  2024-06-03 09:15:00.001387 UTC  connected",
    ]);
  });
});

test("tables have findings above, then a row for each call and offer; --events chooses", async () => {
  const [findings, rows] = (await raiscope([EXPERTS, "-T", "table"])).stdout.trimEnd().split("\n\n");
  const both = rows!.split("\n");
  const offers = both.filter((line) => line.includes(" OFFER "));
  assert.equal(offers.length, 3);
  assert.match(
    offers[0]!,
    /^10:00:00\.001715519 +0 6-88 +10\.20\.4\.90 +10\.20\.4\.17 +1\.05 s OFFER CONTOSO\\helga\.desk → WS-2004, session 1 +connected, dialled 10\.20\.4\.17:49230 rdp 1\.05 s$/,
  );
  const calls = (await raiscope([EXPERTS, "-T", "table", "--events", "call"])).stdout.trimEnd().split("\n");
  assert.deepEqual(
    calls,
    both.filter((line) => !line.includes(" OFFER ")),
  );
  const [heading, ...found] = findings!.split("\n");
  assert.match(heading!, /^LEVEL +TIME +CONV /);
  assert.equal(found.length, 6);
  assert.ok(found.every((line) => /^(?:critical|high|medium|low) /.test(line)));
  const alone = await raiscope([EXPERTS, "-T", "table", "--events", "offer"]);
  assert.equal(alone.stdout, (await raiscope(["offers", EXPERTS])).stdout);
});
