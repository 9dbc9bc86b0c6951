/** Trees of Parquet files: where rows go, which names files have and when, what is left of what was cut short. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { EVENT_KINDS, type Event } from "../../../src/events.js";
import { isPathName } from "../../../src/lake/names.js";
import { LakeError } from "../../../src/lake/part-file.js";
import { MAX_OPEN_FILES, newRunName, ParquetTree, type TreeOptions } from "../../../src/lake/tree.js";
import { emptyFolder, filesBelow, rowsIn } from "../../support/lake/trees.js";
import { association, call, note, offer, summary } from "../../support/output/samples.js";

const ALL = new Set(EVENT_KINDS);

function tree(root: string, over: Partial<TreeOptions> = {}): ParquetTree {
  return new ParquetTree({ root, sensor: "dc1", run: "r", kinds: ALL, ...over });
}

function onDay(day: number, id = `${day}`): Event {
  const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
  return call({ id, ts: `${date}T00:00:01.000000Z` });
}

test("rows go to the table of their kind, the sensor and the day, in UTC", async (t) => {
  const root = join(emptyFolder(t), "a", "results");
  const one = tree(root);
  one.push(call({ id: "late", ts: "2024-05-01T23:59:59.999999Z" }));
  one.push(call({ id: "early", ts: "2024-05-02T00:00:00.000000Z" }));
  one.push(association({ ts: "2024-05-01T23:59:59.999999Z" }));
  one.push(note({ ts: null }));
  one.push(summary());
  const files = one.finish();
  const day = summary().first_ts!.slice(0, 10);
  const paths = [
    "associations/sensor=dc1/date=2024-05-01/r-000.parquet",
    "calls/sensor=dc1/date=2024-05-01/r-000.parquet",
    "calls/sensor=dc1/date=2024-05-02/r-000.parquet",
    // No such record: a table that nobody can ask is worse than an empty one.
    "detections/sensor=dc1/date=2024-05-01/r-000.parquet",
    "notes/sensor=dc1/date=__HIVE_DEFAULT_PARTITION__/r-000.parquet",
    "offers/sensor=dc1/date=2024-05-01/r-000.parquet",
    `summary/sensor=dc1/date=${day}/r-000.parquet`,
  ];
  assert.deepEqual(filesBelow(root), paths);
  assert.deepEqual(files.map(({ path }) => path).sort(), paths);
  const ids = async (path: string): Promise<unknown[]> =>
    (await rowsIn(join(root, path))).map(({ id }) => id);
  assert.deepEqual(await ids(paths[1]!), ["late"]);
  assert.deepEqual(await ids(paths[2]!), ["early"]);
  const first = files.find(({ path }) => path === paths[1])!;
  assert.deepEqual(
    { ...first, bytes: 0 },
    { path: paths[1], kind: "call", date: "2024-05-01", rows: 1, bytes: 0 },
  );
  assert.equal(files.find(({ kind }) => kind === "note")!.date, null);
  assert.equal(files.find(({ kind }) => kind === "offer")!.rows, 0);
});

test("a table that has files is not given an empty one", (t) => {
  const root = emptyFolder(t);
  const first = tree(root, { run: "a" });
  first.push(offer());
  first.finish();
  const second = tree(root, { run: "b" });
  second.push(call());
  second.finish();
  assert.equal(filesBelow(join(root, "offers")).length, 1);
});

test("what a record claims as its time leads nowhere else", (t) => {
  const root = join(emptyFolder(t), "results");
  const one = tree(root, { kinds: new Set(["call"]) });
  for (const ts of [
    "../../../..//x",
    "9999-12-31T00:00:00.000000Z",
    "0000-01-01T00:00:00.000000Z",
    "2024-aa",
  ]) {
    one.push(call({ ts }));
  }
  one.finish();
  assert.deepEqual(filesBelow(root), ["calls/sensor=dc1/date=__HIVE_DEFAULT_PARTITION__/r-000.parquet"]);
});

test("names of sensors and runs are such that no path is led astray", (t) => {
  for (const good of ["dc1", "a.b-c_D", "0", "x".repeat(128)]) assert.ok(isPathName(good), good);
  for (const bad of ["", ".", "..", ".a", "a/b", "a\\b", "a b", "ä", "-a", "a=b", "x".repeat(129), "a\n"]) {
    assert.ok(!isPathName(bad), bad);
    assert.throws(() => tree(emptyFolder(t), { sensor: bad }), RangeError);
  }
  const names = [0, 1_000, 2_000].map((ms) => newRunName(Date.UTC(2024, 0, 1) + ms));
  assert.deepEqual([...names].sort(), names);
  for (const name of names) assert.ok(isPathName(name));
  assert.notEqual(newRunName(0), newRunName(0));
});

test("a file has its name when it is complete, and not before", async (t) => {
  const root = emptyFolder(t);
  const one = tree(root, { kinds: new Set(["call"]), held: 1 << 16 });
  const big = call({ request: { text: "x".repeat(10_000) } });
  for (let n = 0; n < 20; n++) one.push({ ...big, id: `${n}` });
  const [hidden, ...others] = filesBelow(root);
  assert.match(hidden!, /\/\.r-000\.parquet\.[0-9a-f]{8}\.tmp$/);
  assert.deepEqual(others, []);
  one.finish();
  assert.deepEqual(filesBelow(root), ["calls/sensor=dc1/date=2024-05-01/r-000.parquet"]);
  const rows = await rowsIn(join(root, filesBelow(root)[0]!));
  assert.deepEqual(
    rows.map(({ id }) => id),
    Array.from({ length: 20 }, (_, n) => `${n}`),
  );
});

test("what is given up leaves what was complete, and nothing else", (t) => {
  const root = emptyFolder(t);
  const one = tree(root, { held: 1 << 16 });
  one.push(onDay(0));
  assert.equal(one.complete().length, 1);
  const big = call({ request: { text: "x".repeat(100_000) } });
  one.push(big);
  assert.equal(filesBelow(root).length, 2);
  one.abandon();
  assert.deepEqual(filesBelow(root), ["calls/sensor=dc1/date=2024-01-01/r-000.parquet"]);
  assert.deepEqual(readdirSync(join(root, "calls/sensor=dc1")), ["date=2024-01-01"]);
});

test("together: nothing has its name before the end", (t) => {
  const root = emptyFolder(t);
  const days = MAX_OPEN_FILES + 10;
  const one = tree(root, { together: true, kinds: new Set(["call"]) });
  for (let day = 0; day < days; day++) one.push(onDay(day));
  assert.deepEqual(
    filesBelow(root).filter((path) => !path.endsWith(".tmp")),
    [],
  );
  assert.equal(one.finish().length, days);
  assert.equal(filesBelow(root).filter((path) => path.endsWith(".parquet")).length, days);
  const other = tree(root, { run: "s", together: true, kinds: new Set(["call"]) });
  for (let day = 0; day < days; day++) other.push(onDay(day));
  other.abandon();
  assert.equal(filesBelow(root).length, days);
});

test("days in any order: each row in its day, and no more files open than the limit", async (t) => {
  const root = emptyFolder(t);
  const one = tree(root, { kinds: new Set(["call"]) });
  const days = 3 * MAX_OPEN_FILES;
  for (let round = 0; round < 2; round++) {
    for (let day = 0; day < days; day++) one.push(onDay((day * 7) % days, `${round}.${(day * 7) % days}`));
  }
  // Those that were not written to for longest are complete.
  assert.equal(filesBelow(root).length, 2 * days - MAX_OPEN_FILES);
  one.finish();
  const found: string[] = [];
  for (const path of filesBelow(root)) {
    for (const { id } of await rowsIn(join(root, path))) {
      const date = new Date(Date.UTC(2024, 0, 1 + Number(`${id}`.split(".")[1]))).toISOString().slice(0, 10);
      assert.ok(path.includes(`date=${date}/`), `${path} ${id}`);
      found.push(`${id}`);
    }
  }
  assert.equal(new Set(found).size, 2 * days);
});

test("rows held back are bounded over all files together", (t) => {
  const root = emptyFolder(t);
  const one = tree(root, { kinds: new Set(["call"]), held: 1 << 20 });
  const big = { text: "x".repeat(10_000) };
  let written = 0;
  for (let n = 0; n < 600; n++) one.push({ ...onDay(n % 30), request: big } as Event);
  for (const path of filesBelow(root)) written += path.endsWith(".tmp") ? 1 : 0;
  // Six megabytes came, and one may be held.
  assert.ok(written >= 25, `${written} files were written to`);
  one.abandon();
});

test("the same run again replaces its files; another's stand beside them", async (t) => {
  const root = emptyFolder(t);
  const write = (run: string, id: string, revision: number): void => {
    const one = tree(root, { run, kinds: new Set(["call"]) });
    one.push(call({ id, revision }));
    one.finish();
  };
  write("w1", "x", 1);
  write("w1", "x", 2);
  write("w2", "x", 3);
  const day = "calls/sensor=dc1/date=2024-05-01";
  assert.deepEqual(filesBelow(root), [`${day}/w1-000.parquet`, `${day}/w2-000.parquet`]);
  const revisions = await Promise.all(
    filesBelow(root).map(async (path) => (await rowsIn(join(root, path))).map(({ revision }) => revision)),
  );
  assert.deepEqual(revisions, [[2], [3]]);
});

test("two writers of one run at the same time do not write into each other's file", async (t) => {
  const root = emptyFolder(t);
  const writers = [0, 1].map(() => tree(root, { kinds: new Set(["call"]), held: 1 << 16 }));
  const big = call({ request: { text: "x".repeat(30_000) } });
  for (let n = 0; n < 20; n++) for (const writer of writers) writer.push({ ...big, id: `${n}` });
  assert.equal(filesBelow(root).length, 2);
  for (const writer of writers) writer.finish();
  assert.equal(filesBelow(root).length, 1);
  assert.equal((await rowsIn(join(root, filesBelow(root)[0]!))).length, 20);
});

test("what cannot be written says so, and leaves nothing behind", (t) => {
  const root = emptyFolder(t);
  writeFileSync(join(root, "calls"), "");
  const one = tree(root);
  assert.throws(() => one.push(call()), LakeError);
  one.abandon();
  assert.deepEqual(filesBelow(root), ["calls"]);
  mkdirSync(join(root, "notes/sensor=dc1/date=2024-05-01/r-000.parquet"), { recursive: true });
  const other = tree(root, { kinds: new Set(["note"]) });
  other.push(note({ ts: "2024-05-01T00:00:00.000000Z" }));
  assert.throws(() => other.finish(), LakeError);
  other.abandon();
  assert.ok(!existsSync(join(root, "offers")));
  assert.deepEqual(filesBelow(root), ["calls"]);
});
