/** --jobs: several threads write what one writes, byte for byte. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ended, raiscope, start } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-jobs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const CAPTURES = fileURLToPath(new URL("../../../captures/", import.meta.url));
const all = readdirSync(CAPTURES)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => join(CAPTURES, name));
const one = join(CAPTURES, "vista-offer-integrity.pcapng");

async function same(args: readonly string[], jobs: number): Promise<void> {
  const alone = await raiscope([...args, "--jobs", "1"]);
  const shared = await raiscope([...args, "--jobs", String(jobs)]);
  assert.equal(shared.stderr, alone.stderr);
  assert.equal(shared.stdout, alone.stdout);
  assert.equal(shared.status, alone.status);
}

describe("several threads", { concurrency: 2 }, () => {
  for (const jobs of [2, 4]) {
    test(`${jobs} of them write every kind of record as one does`, () =>
      same([...all, "-T", "ndjson", "--events", "all"], jobs));
    test(`${jobs} of them write lines of calls as one does`, () => same([...all, "-T", "ndjson"], jobs));
    test(`${jobs} of them show the transcript as one does`, () => same([...all, "-v"], jobs));
  }

  for (const args of [
    ["-T", "table"],
    ["-T", "ndjson", "-c", "40"],
    ["-T", "ndjson", "--only-rai"],
    ["-T", "ndjson", "-Y", 'status != "ok"'],
    ["-T", "zeek-json"],
    ["--redact"],
    ["--events", "detection", "-T", "json"],
    ["-T", "ndjson", "--after", "2020-01-01", "--before", "2030-01-01", "--events", "all"],
  ]) {
    test(`${args.join(" ")} is the same`, () => same([...all, ...args], 3));
  }

  test("keys open the same", () =>
    same([...all, "-T", "ndjson", "--events", "all", "--password", "Help4Desk!"], 3));

  test("a damaged capture ends as it does with one thread", () => {
    const cut = join(folder, "cut.pcapng");
    const bytes = readFileSync(one);
    writeFileSync(cut, bytes.subarray(0, bytes.length - 7));
    return same([cut, "-T", "ndjson", "--events", "all"], 2);
  });

  test("what one thread must do alone is said, and done", async () => {
    const { stdout, stderr, status } = await raiscope(
      ["-T", "ndjson", "--jobs", "2", "-"],
      readFileSync(one),
    );
    assert.equal(status, 0);
    assert.match(stderr, /--jobs 2: one thread does all the work: the input is read as it comes/);
    assert.equal(stdout, (await raiscope(["-T", "ndjson", one])).stdout);
  });

  test("a reader that goes away ends all threads", async () => {
    const child = start([...all, "-T", "ndjson", "--events", "all", "--jobs", "2"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { status, stderr } = await ended(child);
    assert.equal(stderr, "");
    assert.equal(status, 0);
  });

  test("numbers that are none are refused", async () => {
    for (const jobs of ["0", "two", "1.5", "32"]) {
      const { status, stderr } = await raiscope([one, "--jobs", jobs]);
      assert.equal(status, 1);
      assert.match(stderr, /Give a number from 1 to 31/);
    }
  });
});
