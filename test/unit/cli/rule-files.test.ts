/** Rules of the user on the command line: what cannot be used is told, and of a folder the others are used. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Ended, raiscope } from "../../support/cli/spawn.js";
import { CAPTURES } from "../../support/expected.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-rules-"));
after(() => rmSync(folder, { recursive: true }));

const rule = (title: string, logsource: string, detection: string): string =>
  `title: ${title}\nlogsource: ${logsource}\ndetection: ${detection}\nlevel: high\n`;

const GOOD = rule("Anything bound", "{product: raiscope, service: call}", "{s: {type: call}, condition: s}");
const HOST = rule("Of hosts", "{product: windows, service: security}", "{s: {EventID: 1}, condition: s}");
const BAD = rule("Counts", "{product: zeek, service: dce_rpc}", "{s: {a: 1}, condition: 's | count() > 5'}");

function detect(...args: string[]): Promise<Ended> {
  return raiscope(["detect", join(CAPTURES, "invoke.pcapng"), ...args]);
}

test("a file with a rule that is not understood is refused, with its line", async () => {
  const file = join(folder, "bad.yml");
  writeFileSync(file, `${GOOD}---\n${BAD}`);
  const { status, stderr } = await detect("--rules", file);
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`${file}:8: the condition counts with a pipe`));
  assert.match(stderr, /1 rule cannot be used/);
});

test("of a folder such rules are told, and the others are used", async () => {
  const mixed = join(folder, "mixed");
  mkdirSync(mixed);
  writeFileSync(join(mixed, "bad.yml"), BAD);
  writeFileSync(join(mixed, "good.yml"), GOOD);
  writeFileSync(join(mixed, "host.yml"), HOST);
  const { status, stdout, stderr } = await detect("--rules", mixed);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /bad\.yml:3: the condition counts/);
  assert.match(stderr, /1 rule cannot be used; the others of the folder are/);
  assert.match(stderr, /1 rule is not used, since captures do not show what they are for/);
  assert.match(stdout, /Anything bound/);
});

test("a folder of which nothing can be used is refused", async () => {
  const bad = join(folder, "none");
  mkdirSync(bad);
  writeFileSync(join(bad, "bad.yml"), BAD);
  assert.equal((await detect("--rules", bad)).status, 1);
});
