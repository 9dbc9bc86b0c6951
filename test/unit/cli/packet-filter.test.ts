/** -f of captures that were made before, on the command line. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { raiscope } from "../../support/cli/spawn.js";

const CAPTURE = fileURLToPath(new URL("../../../captures/follow-up.pcapng", import.meta.url));
const skip = spawnSync("tcpdump", ["--version"]).status === 0 ? false : "tcpdump is not installed";
const folder = mkdtempSync(join(tmpdir(), "raiscope-f-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("-f offline", { concurrency: 2, skip }, () => {
  test("frames keep their numbers, and those held back are counted and told", async () => {
    const all = await raiscope([CAPTURE, "-T", "ndjson"]);
    const some = await raiscope([CAPTURE, "-T", "ndjson", "-f", "tcp port 135"]);
    const wanted = all.stdout.split("\n").filter((line) => line.includes('"port":135}'));
    const frames = (lines: readonly string[]): unknown[] =>
      lines.filter((line) => line !== "").map((line) => (JSON.parse(line) as { frames: unknown }).frames);
    assert.deepEqual(frames(some.stdout.split("\n")), frames(wanted));
    assert.match(some.stderr, /^raiscope: \d+ frames that -f holds back were not decoded\n$/);
    const summary = await raiscope([
      CAPTURE,
      "-T",
      "ndjson",
      "--events",
      "summary",
      "-f",
      "tcp port 135",
      "-q",
    ]);
    const { frames: read, skipped } = JSON.parse(summary.stdout) as {
      frames: number;
      skipped: { filter: number };
    };
    assert.equal(read + skipped.filter, 142);
    assert.equal(summary.stderr, "");
    assert.match(
      (await raiscope([CAPTURE, "-f", "tcp port 135"])).stdout,
      /frames that -f holds back were not decoded/,
    );
  });

  test("on every command that reads captures, beside -Y and --redact, from standard input", async () => {
    for (const options of [
      ["stats"],
      ["objects"],
      ["offers"],
      ["-T", "table", "--redact"],
      ["-T", "table", "-Y", "opnum > 3"],
    ]) {
      const [command, ...rest] = options;
      const { status } = await raiscope([command!, ...rest, CAPTURE, "-f", "tcp"]);
      assert.equal(status, 0, options.join(" "));
    }
    const piped = await raiscope(["-", "-T", "table", "-f", "tcp port 135"], readFileSync(CAPTURE));
    assert.equal(piped.stdout, (await raiscope([CAPTURE, "-T", "table", "-f", "tcp port 135"])).stdout);
  });

  test("what is wrong is said in tcpdump's words before anything is opened", async () => {
    for (const [filter, said] of [
      ["tcp prt 135", "can't parse filter expression: syntax error"],
      ["tcp and udp", "expression rejects all packets"],
      ["port 99999", "illegal port number 99999 > 65535"],
    ] as const) {
      const { status, stdout, stderr } = await raiscope(["no-such-file", "-f", filter]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, `raiscope: -f ${JSON.stringify(filter)}: tcpdump: ${said}\n`);
    }
    const long = await raiscope(["no-such-file", "-f", `${"tcp or ".repeat(1000)}bogus bogus`]);
    assert.match(long.stderr, /^raiscope: -f "tcp or .{150,250}…: tcpdump: .*\n$/);
    const other = await raiscope([CAPTURE, "-T", "table", "-f", "wlan type mgt"]);
    assert.equal(other.status, 0);
    assert.match(other.stderr, /-f cannot be applied to frames of link type 1, .*802\.11/);
  });

  test("a call log has no frames", async () => {
    const log = join(folder, "calls.ndjson");
    writeFileSync(log, (await raiscope([CAPTURE, "-T", "ndjson", "--events", "all"])).stdout);
    const { status, stderr } = await raiscope([log, "-T", "table", "-f", "tcp"]);
    assert.equal(status, 1);
    assert.match(stderr, /a call log has none/);
  });
});
