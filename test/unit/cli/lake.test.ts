/** `-T parquet -o DIR/ --sensor NAME`: the same rows as the call log, and a tree that is whole whatever ends the run. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CAPTURES } from "../../support/golden.js";
import { emptyFolder, filesBelow, rowsIn } from "../../support/lake/trees.js";
import { parsed } from "../../support/output/exports.js";
import { PROGRAM } from "../../support/program.js";

const CAPTURE = join(CAPTURES, "follow-up.pcapng");

function run(args: string[]): { status: number | null; text: string; error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { maxBuffer: 1 << 28 });
  return { status, text: stdout.toString("utf8"), error: stderr.toString("utf8") };
}

async function idsBelow(root: string, table: string): Promise<unknown[]> {
  const files = filesBelow(join(root, table)).filter((path) => path.endsWith(".parquet"));
  const rows = await Promise.all(files.map((path) => rowsIn(join(root, table, path))));
  return rows.flat().map(({ id }) => id ?? null);
}

test("every kind of record goes into the tree, and --events says otherwise", async (t) => {
  const root = join(emptyFolder(t), "results");
  const written = run([CAPTURE, "-T", "parquet", "-o", `${root}/`, "--sensor", "dc1"]);
  assert.equal(written.status, 0, written.error);
  const log = parsed(run([CAPTURE, "-T", "ndjson", "--events", "all"]).text);
  for (const [table, type] of [
    ["calls", "call"],
    ["associations", "association"],
    ["offers", "offer"],
    ["notes", "note"],
    ["detections", "detection"],
    ["summary", "summary"],
  ] as const) {
    const ids = log.filter((line) => line.type === type).map(({ id }) => id);
    assert.deepEqual((await idsBelow(root, table)).sort(), ids.sort(), table);
  }
  const calls = join(emptyFolder(t), "results");
  run([CAPTURE, "-T", "parquet", "-o", calls, "--sensor", "dc1", "--events", "call,offer"]);
  assert.deepEqual(
    filesBelow(calls).map((path) => path.split("/").slice(0, 2).join("/")),
    ["calls/sensor=dc1", "offers/sensor=dc1"],
  );
});

test("runs of several sensors share a tree, and none changes another's files", async (t) => {
  const root = emptyFolder(t);
  const into = (sensor: string): void => {
    const { status, error } = run([CAPTURE, "-T", "parquet", "-o", root, "--sensor", sensor]);
    assert.equal(status, 0, error);
  };
  into("a");
  const before = filesBelow(root).map((path) => [path, readFileSync(join(root, path), "hex")]);
  into("b");
  into("a");
  assert.equal(filesBelow(join(root, "calls")).length, 3);
  for (const [path, bytes] of before) assert.equal(readFileSync(join(root, path!), "hex"), bytes);
});

test("a tree stands beside other outputs, which keep their own kinds", (t) => {
  const at = emptyFolder(t);
  const log = join(at, "calls.ndjson");
  const written = run([CAPTURE, "-o", log, "-T", "parquet", "-o", `${at}/tree/`, "--sensor", "x"]);
  assert.equal(written.status, 0, written.error);
  assert.deepEqual([...new Set(parsed(readFileSync(log, "utf8")).map(({ type }) => type))], ["call"]);
  assert.ok(existsSync(join(at, "tree/offers/sensor=x")));
});

test("--sensor without a tree, or with a name that no path can have, is refused", (t) => {
  const at = emptyFolder(t);
  for (const args of [
    ["-T", "ndjson"],
    ["-T", "parquet"],
    ["-o", join(at, "calls.parquet")],
    ["-T", "zeek", "-o", `${at}/`],
  ]) {
    const { status, error } = run([CAPTURE, "--sensor", "dc1", ...args]);
    assert.equal(status, 1);
    assert.match(error, /--sensor.*tree.*\n.*-T parquet -o DIR\/ --sensor NAME/s);
  }
  const bad = run([CAPTURE, "-T", "parquet", "-o", `${at}/`, "--sensor", "../x"]);
  assert.equal(bad.status, 1);
  assert.match(bad.error, /Letters, digits/);
  assert.deepEqual(filesBelow(at), []);
});

test("what cannot be written ends in one line and status 1, and leaves no temporary file", (t) => {
  const root = emptyFolder(t);
  mkdirSync(join(root, "calls"));
  writeFileSync(join(root, "calls/sensor=dc1"), "");
  const { status, error } = run([CAPTURE, "-T", "parquet", "-o", `${root}/`, "--sensor", "dc1"]);
  assert.equal(status, 1);
  assert.match(error, /calls\/sensor=dc1\/.*cannot be written/);
  assert.deepEqual(
    filesBelow(root).filter((path) => path.endsWith(".tmp")),
    [],
  );
});

/** Runs the program on standard input that stays open, until calls of it went out, and stops it. */
async function interrupted(at: string, root: string, signal: NodeJS.Signals): Promise<number | null> {
  const log = join(at, `${signal}.ndjson`);
  const args = ["-", "-o", log, "-T", "parquet", "-o", `${root}/`, "--sensor", "dc1"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.on("error", () => {});
  child.stdin.write(readFileSync(CAPTURE));
  const ended = new Promise<number | null>((resolve) => {
    child.on("exit", (status) => resolve(status));
  });
  while (!existsSync(log) || readFileSync(log, "utf8") === "") {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill(signal);
  return ended;
}

test("a run that is stopped completes what it has; one that is killed leaves nothing that readers take", async (t) => {
  const root = emptyFolder(t);
  const at = emptyFolder(t);
  assert.equal(await interrupted(at, root, "SIGINT"), 130);
  const files = filesBelow(root);
  assert.ok(files.length >= 5 && files.every((path) => path.endsWith(".parquet")), files.join());
  assert.ok((await idsBelow(root, "calls")).length > 0);
  const killed = emptyFolder(t);
  assert.equal(await interrupted(at, killed, "SIGKILL"), null);
  for (const path of filesBelow(killed)) assert.match(path, /\/\.[^/]+\.tmp$/);
});
