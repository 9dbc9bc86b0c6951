/** The exports on the command line: what is written where, what is refused, and that --redact holds in them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parquetReadObjects } from "hyparquet";
import { raiscopeRaw } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/golden.js";
import { at, parsed } from "../../support/output/exports.js";
import { PROGRAM } from "../../support/program.js";

const CAPTURE = join(CAPTURES, "follow-up.pcapng");

async function run(
  args: string[],
): Promise<{ status: number | null; out: Buffer; text: string; error: string }> {
  const { status, stdout, stderr } = await raiscopeRaw(args);
  return { status, out: stdout, text: stdout.toString("utf8"), error: stderr };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function rowsOf(bytes: Buffer): Promise<{ [column: string]: unknown }[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  return parquetReadObjects({ file });
}

test("Parquet goes to a file by its suffix, and into a pipe", async (t) => {
  const path = join(folder(t), "calls.parquet");
  const written = await run([CAPTURE, "-o", path]);
  assert.equal(written.status, 0, written.error);
  const ids = parsed((await run([CAPTURE, "-T", "ndjson"])).text).map(({ id }) => id);
  assert.deepEqual(
    (await rowsOf(readFileSync(path))).map(({ id }) => id),
    ids,
  );
  const piped = await run([CAPTURE, "-T", "parquet"]);
  assert.deepEqual(
    (await rowsOf(piped.out)).map(({ id }) => id),
    ids,
  );
});

test("Parquet of several kinds is a folder; in one file it is refused, and nothing is left behind", async (t) => {
  const at = folder(t);
  const refused = await run([CAPTURE, "--events", "call,offer", "-o", join(at, "x.parquet")]);
  assert.equal(refused.status, 1);
  assert.match(refused.error, /one kind/);
  assert.equal(existsSync(join(at, "x.parquet")), false);
  const kinds = await run([CAPTURE, "-T", "parquet", "--events", "all", "-o", `${join(at, "all")}/`]);
  assert.equal(kinds.status, 0, kinds.error);
  assert.deepEqual(readdirSync(join(at, "all")).sort(), [
    "associations.parquet",
    "calls.parquet",
    "detections.parquet",
    "notes.parquet",
    "offers.parquet",
    "summary.parquet",
  ]);
});

test("a terminal gets no Parquet", {
  skip: !existsSync("/usr/bin/script") && "script is not here",
}, async () => {
  const command = `${process.execPath} ${PROGRAM} ${CAPTURE} -T parquet`;
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"]);
  assert.match(stdout.toString("utf8"), /no text.*terminal/);
  assert.ok(!stdout.includes("PAR1"));
});

test("EVE and ECS show calls, associations, offers and notes unless --events says which", async () => {
  const types = new Set(parsed((await run([CAPTURE, "-T", "eve"])).text).map((line) => line.event_type));
  for (const type of ["dcerpc", "rdp", "flow"]) assert.ok(types.has(type), type);
  const datasets = async (args: string[]): Promise<unknown[]> => [
    ...new Set(
      parsed((await run([CAPTURE, "-T", "ecs", ...args])).text).map((line) => at(line, "event.dataset")),
    ),
  ];
  assert.ok((await datasets([])).includes("raiscope.offer"));
  assert.deepEqual(await datasets(["--events", "call"]), ["raiscope.call"]);
});

test("filters hold back calls in every export", async () => {
  const shown = parsed((await run([CAPTURE, "-T", "ndjson", "--status", "error"])).text).length;
  const events = parsed((await run([CAPTURE, "-T", "ecs", "--status", "error", "--events", "call"])).text);
  assert.equal(events.length, shown);
  assert.equal(
    (await rowsOf((await run([CAPTURE, "-T", "parquet", "--status", "error"])).out)).length,
    shown,
  );
});

test("--redact hides in exports what it hides in the call log", async () => {
  const open = parsed((await run([CAPTURE, "-T", "ndjson", "--events", "all"])).text);
  const offer = open.find(({ type }) => type === "offer");
  const secrets = [
    at(offer, "expert.user"),
    at(offer, "connection_string.auth.kh"),
    at(offer, "connection_string.auth.id"),
    at(offer, "selected.user"),
  ].filter((secret): secret is string => typeof secret === "string" && secret.length > 3);
  assert.ok(secrets.length >= 2, secrets.join());
  for (const format of ["eve", "ecs"]) {
    const { text } = await run([CAPTURE, "-T", format, "--redact"]);
    for (const secret of secrets) assert.ok(!text.includes(secret), `${format}: ${secret}`);
  }
  const rows = await rowsOf((await run([CAPTURE, "-T", "parquet", "--redact"])).out);
  const text = JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value));
  for (const secret of secrets) assert.ok(!text.includes(secret), `parquet: ${secret}`);
});

test("a call log gives the same exports as its capture", async (t) => {
  const log = join(folder(t), "all.ndjson");
  await run([CAPTURE, "-T", "ndjson", "--events", "all", "-o", log]);
  // A call log does not say what acknowledged an answer, nor what its capture is called.
  const eve = (text: string): unknown[] =>
    parsed(text)
      .filter(({ event_type }) => event_type === "dcerpc")
      .map(({ pcap_cnt: _, pcap_filename: __, ...event }) => JSON.stringify(event))
      .sort();
  assert.deepEqual(eve((await run([log, "-T", "eve"])).text), eve((await run([CAPTURE, "-T", "eve"])).text));
  const rows = async (input: string): Promise<unknown[]> =>
    (await rowsOf((await run([input, "-T", "parquet"])).out)).map((row) => ({ ...row, acknowledged: null }));
  assert.deepEqual(await rows(log), await rows(CAPTURE));
  const calls = async (input: string): Promise<unknown[]> =>
    parsed((await run([input, "-T", "ecs", "--events", "call"])).text).map((document) =>
      at(document, "raiscope.request"),
    );
  assert.deepEqual(await calls(log), await calls(CAPTURE));
});

const WMI = join(CAPTURES, "wmi.pcapng");

/** The findings of an input in each of the exports, as what tells them from others. */
async function foundIn(
  input: string,
  into: string,
  ...args: string[]
): Promise<{ [format: string]: string[] }> {
  const alerts = async (format: string, path: string, rule: string): Promise<string[]> =>
    parsed((await run([input, "-q", "-T", format, ...args])).text)
      .filter((line) => at(line, path) === "alert")
      .map((line) => `${at(line, rule)}`);
  const logs = `${join(into, randomUUID())}/`;
  await run([input, "-q", "-T", "zeek-json", "-o", logs, ...args]);
  const notices = existsSync(join(logs, "notice.log")) ? readFileSync(join(logs, "notice.log"), "utf8") : "";
  return {
    eve: (await alerts("eve", "event_type", "alert.signature")).sort(),
    ecs: (await alerts("ecs", "event.kind", "rule.name")).sort(),
    zeek: parsed(notices)
      .map(({ note }) => `${note}`.replace("Raiscope::", "").replaceAll("_", " "))
      .sort(),
  };
}

test("findings are in EVE, ECS and Zeek's folder, of a capture and of its call log alike", async (t) => {
  const into = folder(t);
  const one = ["Program started through WMI"];
  const found = { eve: one, ecs: one, zeek: ["Program Started Through WMI"] };
  assert.deepEqual(await foundIn(WMI, into), found);
  const log = join(into, "log.ndjson");
  await run([WMI, "-q", "-T", "ndjson", "--events", "call,association,offer,note,summary", "-o", log]);
  assert.deepEqual(await foundIn(log, into), found);
  // A log that has findings gives them once, also where no rules are left to find them.
  const whole = join(into, "whole.ndjson");
  await run([WMI, "-q", "-T", "ndjson", "--events", "all", "-o", whole]);
  assert.deepEqual(await foundIn(whole, into), found);
});

test("--level, --no-shipped-rules and --rules hold in exports, and so does -Y", async (t) => {
  const into = folder(t);
  const none = { eve: [], ecs: [], zeek: [] };
  assert.deepEqual(await foundIn(WMI, into, "--level", "critical"), none);
  const own = join(into, "own.yml");
  writeFileSync(
    own,
    "title: Somebody logs on\nlogsource: {product: raiscope, service: call}\n" +
      "detection: {selection: {method: NTLMLogin}, condition: selection}\nlevel: low\n",
  );
  const one = ["Somebody logs on"];
  assert.deepEqual(await foundIn(WMI, into, "--no-shipped-rules", "--rules", own), {
    eve: one,
    ecs: one,
    zeek: ["Somebody Logs On"],
  });
  assert.equal(
    (await foundIn(WMI, into, "-Y", 'kind == "detection" && rule.level == "high"')).eve!.length,
    1,
  );
  assert.deepEqual(await foundIn(WMI, into, "-Y", 'kind == "detection" && rule.level == "low"'), none);
  const shown = parsed((await run([WMI, "-T", "eve", "-Y", 'kind == "detection"'])).text);
  assert.deepEqual(
    shown.map((line) => [line.event_type, line.src_port, line.dest_port, line.proto]),
    [["alert", 50101, 49671, "TCP"]],
  );
});

test("findings alone: detect in the words of others", async (t) => {
  const logs = `${join(folder(t), "logs")}/`;
  await run(["detect", WMI, "-q", "-T", "zeek", "-o", logs]);
  assert.deepEqual(readdirSync(logs), ["notice.log"]);
  assert.match(
    (await run(["detect", WMI, "-T", "zeek"])).text,
    /^#path\tnotice$[\s\S]*\tRaiscope::Program_/m,
  );
  for (const format of ["eve", "ecs", "zeek-json"]) {
    assert.equal(parsed((await run(["detect", WMI, "-T", format])).text).length, 1, format);
  }
  // One log has no room for another's rows.
  assert.doesNotMatch((await run([WMI, "-q", "-T", "zeek"])).text, /notice|Raiscope::/);
});

test("--redact holds in findings", async (t) => {
  const logs = `${join(folder(t), "logs")}/`;
  await run([WMI, "-q", "--redact", "-T", "zeek", "-o", logs]);
  const texts = [
    (await run([WMI, "--redact", "-T", "eve"])).text,
    (await run([WMI, "--redact", "-T", "ecs"])).text,
    readFileSync(join(logs, "notice.log"), "utf8"),
    (await run(["detect", WMI, "--redact", "-T", "csv"])).text,
  ];
  for (const text of texts) {
    assert.match(text, /<user-1>/);
    assert.doesNotMatch(text, /helga/i);
  }
});

test("columns of findings, by the table's names and by paths of the call log", async () => {
  const csv = (await run([WMI, "-T", "csv", "--events", "detection"])).text.split("\r\n");
  assert.equal(csv[0], "level,time,stream,frames,client,server,rule,techniques,sentence,basis");
  assert.match(csv[1]!, /^high,2024-09-03T12:20:31\.627197525Z,1,23-24,10\.20\.4\.90:50101,/);
  const fields = ["rule.title", "rule.level", "rule.techniques", "server.port"].flatMap((name) => [
    "-e",
    name,
  ]);
  assert.equal(
    (await run([WMI, "-T", "fields", "--events", "detection", ...fields])).text,
    "Program started through WMI\thigh\tT1047\t49671\n",
  );
  // What only findings have is asked of them without --events.
  assert.equal((await run([WMI, "-T", "fields", "-e", "rule.title"])).text, "Program started through WMI\n");
});
