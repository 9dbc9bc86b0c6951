/** Case reports of the captures that ship: what comes out of them again, what adds up, how they refuse. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { gzipSync } from "node:zlib";
import type { CallRecord, SummaryRecord } from "../../../src/events.js";
import { unpackTree } from "../../../src/report/packed-tree.js";
import { raiscope } from "../../support/cli/spawn.js";
import { CAPTURES, captureNames, secretsOf } from "../../support/golden.js";
import { openReport } from "../../support/report.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-report-"));
after(() => rmSync(folder, { recursive: true }));

const NT_HASH = "8b5e1c70f2a94d36b7e0c1d2a3f4957e";
const path = (name: string): string => join(CAPTURES, name);
const at = (name: string): string => join(folder, name);

/** A secrets file of the capture's, as options. */
function keys(name: string): string[] {
  const secrets = secretsOf(name);
  if (secrets === null) return [];
  const file = at(`${name}.secrets.json`);
  writeFileSync(file, secrets, { mode: 0o600 });
  return ["--secrets", file];
}

for (const name of captureNames()) {
  test(`${name}: --extract gives the call log back, and the figures of the custody block add up`, async () => {
    const out = at(`${name}.html`);
    const made = await raiscope(["report", path(name), "-o", out, ...keys(name)]);
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stderr, /^raiscope: .*\.html: [\d.]+ .?B, \d+ calls?, /);
    const extracted = await raiscope(["report", "--extract", out]);
    assert.equal(extracted.status, 0, extracted.stderr);
    const log = await raiscope([
      "--events",
      "all",
      "-T",
      "ndjson",
      "--redact",
      "-q",
      path(name),
      ...keys(name),
    ]);
    assert.equal(extracted.stdout, log.stdout);

    const { head, manifest, records, trees } = openReport(readFileSync(out, "utf8"));
    assert.equal(records, log.stdout);
    assert.equal(manifest.records.sha256, createHash("sha256").update(log.stdout).digest("hex"));
    assert.equal(manifest.records.bytes, Buffer.byteLength(log.stdout));
    const parsed = records
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as CallRecord | SummaryRecord);
    const summary = parsed.at(-1) as SummaryRecord;
    const calls = parsed.filter(({ type }) => type === "call") as CallRecord[];
    const { custody } = head;
    const sum = (of: { [name: string]: number }): number => Object.values(of).reduce((a, b) => a + b, 0);
    assert.equal(custody.frames.read, summary.frames);
    assert.equal(custody.frames.rpc + custody.frames.other + custody.frames.none, custody.frames.read);
    assert.ok(custody.frames.none >= 0 && custody.frames.other >= 0);
    assert.equal(
      custody.inputs.reduce((frames, input) => frames + input.frames, 0),
      custody.frames.read,
    );
    assert.deepEqual(custody.calls.byStatus, summary.calls);
    assert.equal(sum(custody.calls.byStatus), custody.calls.total);
    assert.equal(custody.calls.total, calls.length);
    assert.equal(sum(custody.calls.sides), 2 * calls.length);
    const [input] = custody.inputs;
    assert.equal(
      input!.sha256,
      createHash("sha256")
        .update(readFileSync(path(name)))
        .digest("hex"),
    );
    assert.equal(input!.first, summary.first_ts);
    assert.equal(input!.last, summary.last_ts);

    assert.equal(head.lines.length, calls.length);
    for (const [row, line] of head.lines.entries()) assert.deepEqual(parsed[line], calls[row]);
    for (const [row, tree] of head.trees.entries()) {
      if (tree < 0) continue;
      const { nodes, sources } = unpackTree(trees[tree]!);
      assert.ok(nodes.length > 0);
      const frames = sources.flatMap(({ pieces }) =>
        pieces.flatMap(({ from }) => (typeof from === "number" ? [] : [from.frame])),
      );
      const { request, response } = calls[row]!.frames;
      for (const frame of frames) assert.ok([...request, ...response].includes(frame), `frame ${frame}`);
    }
    for (const [offer, sums] of head.evidence.entries()) {
      assert.equal(sums.length, head.offers[offer]!.evidence.length);
      for (const [line, { sha256 }] of sums.entries()) {
        assert.equal(sha256 === null, head.offers[offer]!.evidence[line]!.frames.length === 0);
      }
    }
  });
}

test("calls of offers and those that failed have trees, others do not, and the report says why", async () => {
  const out = at("some.html");
  await raiscope(["report", path("pipes.pcapng"), "-o", out]);
  const { head, records } = openReport(readFileSync(out, "utf8"));
  const lines = records.trimEnd().split("\n");
  const offered = new Set(head.offers.flatMap(({ call_ids }) => call_ids ?? []));
  let without = 0;
  for (const [row, line] of head.lines.entries()) {
    const { id, status } = JSON.parse(lines[line]!) as CallRecord;
    const wanted = offered.has(id!) || status === "error" || status === "fault";
    if (head.trees[row]! < 0) without++;
    if (wanted) assert.ok(head.trees[row]! >= 0, `row ${row}`);
  }
  assert.ok(without > 0);
  assert.match(head.why.all, /this is none of them$/);
});

test("filters choose calls as elsewhere; the custody block counts all, and says how it was asked", async () => {
  const out = at("filtered.html");
  const filters = ["--interface", "IRASrv", "-Y", 'status == "ok"'];
  await raiscope(["report", path("follow-up.pcapng"), "-o", out, ...filters]);
  const { head, records } = openReport(readFileSync(out, "utf8"));
  const log = await raiscope([
    "--events",
    "all",
    "-T",
    "ndjson",
    "--redact",
    "-q",
    path("follow-up.pcapng"),
    ...filters,
  ]);
  assert.equal(records, log.stdout);
  assert.ok(head.custody.calls.shown > 0 && head.custody.calls.shown < head.custody.calls.total);
  assert.deepEqual(head.custody.options, ['-Y status == "ok"', "--interface IRASrv"]);
});

test("secrets are said to be given, and are never shown", async () => {
  const out = at("sealed.html");
  const name = "vista-offer-privacy-ntlmssp.pcap";
  await raiscope(["report", path(name), "-o", out, "--password", "Help4Desk!", "--nt-hash", NT_HASH]);
  const { head, html, texts } = openReport(readFileSync(out, "utf8"));
  assert.deepEqual(head.custody.options, ["--password", "--nt-hash"]);
  assert.match(head.custody.secrets.join(), /password #1: opened \d+ security contexts/);
  for (const text of [html, ...texts]) assert.ok(!text.includes("Help4Desk!") && !text.includes(NT_HASH));
});

test("what stayed encrypted is counted by the reason", async () => {
  const out = at("unopened.html");
  await raiscope(["report", path("vista-offer-privacy.pcapng"), "-o", out]);
  const { head } = openReport(readFileSync(out, "utf8"));
  const sealed = head.custody.missing.filter(({ what }) => what === "calls that stayed encrypted");
  assert.equal(
    sealed.reduce((sum, { count }) => sum + count, 0),
    14,
  );
  assert.match(sealed[0]!.why, /to decrypt, give the password or NT hash of CONTOSO\\<user-1>/);
});

test("--include-secrets shows everything, and says so", async () => {
  const out = at("open.html");
  const made = await raiscope(["report", path("follow-up.pcapng"), "-o", out, "--include-secrets"]);
  assert.match(made.stderr, /names and secrets included/);
  const { head, manifest, records, trees } = openReport(readFileSync(out, "utf8"));
  assert.equal(manifest.redacted, false);
  assert.equal(head.custody.redacted, false);
  assert.match(records, /helga\.desk/);
  assert.ok(trees.every(({ s }) => s.every(({ b }) => !b.includes("*"))));
  const log = await raiscope(["--events", "all", "-T", "ndjson", "-q", path("follow-up.pcapng")]);
  assert.equal(records, log.stdout);
});

test("--include-packets puts the conversations inside, as -w writes them", async () => {
  const out = at("packets.html");
  const made = await raiscope([
    "report",
    path("follow-up.pcapng"),
    "-o",
    out,
    "--include-packets",
    "--only-rai",
  ]);
  assert.equal(made.status, 0, made.stderr);
  const { manifest, packets } = openReport(readFileSync(out, "utf8"));
  const beside = at("packets.pcapng");
  await raiscope(["-q", "--redact", "--only-rai", "-w", beside, path("follow-up.pcapng"), "-o", at("x.txt")]);
  assert.deepEqual(packets, readFileSync(beside));
  assert.equal(manifest.packets!.sha256, createHash("sha256").update(packets!).digest("hex"));
  const again = await raiscope(["-T", "ndjson", "-q", beside]);
  assert.ok(again.stdout.split("\n").length > 3);
});

test("a capture that is cut short: the report is written, and says so", async () => {
  const cut = at("cut.pcapng");
  writeFileSync(cut, readFileSync(path("follow-up.pcapng")).subarray(0, 20_000));
  const made = await raiscope(["report", cut, "-o", at("cut.html")]);
  assert.equal(made.status, 2);
  const { head } = openReport(readFileSync(at("cut.html"), "utf8"));
  assert.match(head.custody.inputs[0]!.incomplete!, /cut|ends/);
});

test("several inputs, each with its own sum; of a call log too, without trees", async () => {
  const out = at("two.html");
  const files = [path("invoke.pcapng"), path("big-endian.pcap")];
  assert.equal((await raiscope(["report", ...files, "-o", out])).status, 0);
  const { head } = openReport(readFileSync(out, "utf8"));
  assert.deepEqual(
    head.custody.inputs.map(({ name, kind }) => [name, kind]),
    files.map((name) => [name, "capture"]),
  );
  const log = at("log.ndjson");
  await raiscope(["--events", "all", "-q", "-o", log, files[0]!]);
  assert.equal((await raiscope(["report", log, "-o", out])).status, 0);
  const of = openReport(readFileSync(out, "utf8")).head;
  assert.ok(of.lines.length > 0 && of.trees.every((tree) => tree < 0));
  assert.match(of.why.all, /call log/);
  // And the log of a report is a call log.
  const again = at("again.ndjson");
  await raiscope(["report", "--extract", out, "-o", again]);
  assert.equal((await raiscope(["offers", again])).status, 0);
});

test("refused: no name, another suffix, an input as output, a pipe", async () => {
  const capture = at("own.pcapng");
  copyFileSync(path("invoke.pcapng"), capture);
  for (const [args, says] of [
    [["report", capture], /-o case\.html/],
    [["report", capture, "-o", at("a.txt")], /a report is one HTML file/],
    [["report", capture, "-o", "-"], /a report is one HTML file/],
    [["report", "-", "-o", at("a.html")], /give files, which are read twice/],
    [["report", at("nothing.pcap"), "-o", at("a.html")], /no such file/],
  ] as const) {
    const { status, stderr } = await raiscope(args, readFileSync(capture));
    assert.equal(status, 1, args.join(" "));
    assert.match(stderr, says);
  }
  const named = at("capture.html");
  copyFileSync(capture, named);
  assert.match((await raiscope(["report", named, "-o", named])).stderr, /same file/);
  assert.deepEqual(readFileSync(named), readFileSync(capture));
  assert.ok(!existsSync(at("a.html")) && !existsSync(at("a.txt")));
});

test("--extract: what is no report, or was changed, is refused with a sentence", async () => {
  const out = at("good.html");
  await raiscope(["report", path("invoke.pcapng"), "-o", out]);
  const good = readFileSync(out, "utf8");
  const { manifest } = openReport(good);
  const withRecords = (lines: string): string =>
    good.replace(/(id="raiscope-records">)[^<]*/, (_, opens) => `${opens}\n${lines}\n`);
  const claiming = (of: object): string =>
    good.replace(
      /(id="raiscope-case">)[^<]*/,
      (_, opens) => opens + JSON.stringify({ ...manifest, records: { ...manifest.records, ...of } }),
    );
  const bomb = gzipSync(Buffer.alloc(300 << 20), { level: 9 }).toString("base64");
  for (const [name, text, says] of [
    ["empty", "", /no report/],
    ["text", "<html></html>", /no report/],
    ["cut", good.slice(0, good.indexOf('id="raiscope-records"') + 99), /no report.*cut short/],
    ["manifest", good.replace(/(id="raiscope-case">)[^<]*/, "$1{"), /manifest is damaged/],
    ["format", good.replace('"format":1', '"format":99'), /format that this version does not read/],
    ["claim", claiming({ bytes: 2 ** 50 }), /too large/],
    ["longer", claiming({ bytes: 10 }), /longer than it says/],
    ["shorter", claiming({ bytes: manifest.records.bytes + 1 }), /shorter than it says/],
    ["sum", claiming({ sha256: "0".repeat(64) }), /not the one that it was written with/],
    ["base64", withRecords("!!!!"), /not packed as it should be/],
    ["gzip", withRecords(Buffer.from("no gzip at all").toString("base64")), /cannot be unpacked/],
    ["escape", withRecords(gzipSync("\x1b[2J\n").toString("base64")), /no call log/],
    ["bomb", withRecords(bomb), /too long|longer than it says/],
  ] as const) {
    const file = at(`hostile-${name}.html`);
    writeFileSync(file, text);
    const { status, stderr } = await raiscope(["report", "--extract", file, "-o", at("hostile.ndjson")]);
    assert.equal(status, 1, name);
    assert.match(stderr, says, name);
    assert.ok(!existsSync(at("hostile.ndjson")), name);
  }
});
