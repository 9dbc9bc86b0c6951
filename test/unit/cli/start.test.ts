/** How the built program starts: with the code that was made of it when it was built, and without where that does not fit. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { PROGRAM } from "../../support/program.js";

const folder = dirname(PROGRAM);
const ROOT = dirname(dirname(folder));

test("the code that was made ahead is that of this program and this Node", () => {
  // What the program is started with, which is part of what V8 compares.
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
  const { cachedDataRejected } = new Script(Module.wrap(readFileSync(join(folder, "program.js"), "latin1")), {
    cachedData: readFileSync(join(folder, "program.cache")),
  });
  assert.equal(cachedDataRejected, false);
});

test("under other flags, for which V8 refuses it, the program says the same", () => {
  const run = (...flags: string[]): string => {
    const args = [...flags, PROGRAM, "captures/invoke.pcapng", "-T", "ndjson", "--events", "all"];
    return spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" }).stdout;
  };
  assert.equal(run("--no-opt"), run());
  assert.match(run(), /"summary"/);
});

test("it can be run by its name", {
  skip: process.platform === "win32" && "there are no such rights",
}, () => {
  assert.match(spawnSync(PROGRAM, ["--version"], { encoding: "utf8" }).stdout, /^\d+\.\d+\.\d+\n$/);
});
