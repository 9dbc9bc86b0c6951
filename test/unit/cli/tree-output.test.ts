/** A tree as an output: what is gathered gets its place when it is asked for (SIGHUP), and a failure ends it once. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { TreeOutput } from "../../../src/cli/tree-output.js";
import { EVENT_KINDS } from "../../../src/events.js";
import { emptyFolder, filesBelow, rowsIn } from "../../support/lake/trees.js";
import { call } from "../../support/output/samples.js";

const TARGET = { sensor: "dc1", kinds: new Set(EVENT_KINDS), held: undefined, live: true };

test("on SIGHUP what was gathered is complete, and what comes goes into other files", async (t) => {
  const root = emptyFolder(t);
  const output = new TreeOutput(root, "parquet", TARGET);
  output.begin();
  output.push(call({ id: "before" }));
  output.flush();
  assert.deepEqual(filesBelow(root), []);
  await output.reopen();
  const [first] = filesBelow(root);
  assert.deepEqual(
    (await rowsIn(join(root, first!))).map(({ id }) => id),
    ["before"],
  );
  output.push(call({ id: "behind" }));
  await output.finish();
  const files = filesBelow(join(root, "calls"));
  assert.equal(files.length, 2);
  const ids = await Promise.all(files.map(async (path) => (await rowsIn(join(root, "calls", path)))[0]!.id));
  assert.deepEqual(ids, ["before", "behind"]);
});

test("a folder that was made for nothing goes; one that stood there stays", (t) => {
  const root = join(emptyFolder(t), "results");
  new TreeOutput(`${root}/`, "parquet", TARGET).discard();
  assert.throws(() => filesBelow(root), /ENOENT/);
  const other = emptyFolder(t);
  new TreeOutput(other, "parquet", TARGET).discard();
  assert.deepEqual(filesBelow(other), []);
});

test("what cannot be written is said once, and no more is taken", async (t) => {
  const root = emptyFolder(t);
  const output = new TreeOutput(root, "parquet", TARGET);
  writeFileSync(join(root, "calls"), "");
  output.push(call());
  assert.ok(output.closed);
  assert.match(`${output.failure?.message}`, /calls\/sensor=dc1\/.*cannot be written/);
  output.push(call());
  await assert.rejects(output.finish(), /cannot be written/);
  rmSync(join(root, "calls"));
});
