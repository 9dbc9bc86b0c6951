/**
 * Whatever comes, the process stays within 1.2 times its limit and 100 MB. Measured from outside, on the program as it is built,
 * with a small limit so that captures of a few megabytes overflow it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { capture } from "../../support/memory/shapes.js";
import { PROGRAM } from "../../support/program.js";

const skip = process.platform !== "linux" && "the peak is read from /proc";
const folder = mkdtempSync(join(tmpdir(), "raiscope-memory-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MEGABYTE = 1024 * 1024;
const LIMIT = 16;
const BOUND = 1.2 * LIMIT + 100;

/** Reports the peak on standard error when the process ends: of this process alone, which resourceUsage() does not know. */
const PROBE = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from "node:fs";
  process.on("exit", () => {
    const peak = /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
    process.stderr.write("peak " + peak + "\\n");
  });
`)}`;

interface Ran {
  status: number | null;
  /** In MB. */
  peak: number;
  stdout: string;
}

function run(file: string, args: readonly string[]): Ran {
  const [command = "", ...rest] = args;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", PROBE, PROGRAM, command, file, "-q", "--max-memory", `${LIMIT}M`, ...rest],
    { encoding: "utf8", maxBuffer: 512 * MEGABYTE },
  );
  const peak = Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
  return { status, peak, stdout };
}

function fileOf(shape: string, n: number): string {
  const file = join(folder, `${shape}-${n}.pcap`);
  writeFileSync(file, Buffer.concat([...capture(shape, n)]));
  return file;
}

interface Line {
  type: string;
  code?: string;
  message?: string;
  calls?: { [status: string]: number };
}

/** The shape, how much of it, and what is said to have been given up. */
const SHAPES: readonly [shape: string, n: number, lost: RegExp | null][] = [
  ["bindFlood", 800, /presentation contexts were evicted/],
  ["partialPdus", 500, /partial PDUs were dropped/],
  ["openCalls", 500, /stub data or calls/],
  ["heldBack", 14, /calls were reported before earlier ones/],
  ["bindings", 120, /object references and exporters were evicted/],
  ["tokens", 600, /security contexts were evicted/],
  ["names", 6_000, /names of automation members were evicted/],
  ["references", 150, /object references and exporters were evicted/],
  ["offers", 900, /offers were reported before they were complete/],
  ["idleBinds", 5_000, /conversations were evicted/],
  ["pipes", 6_000, /SMB sessions, shares and pipes were evicted/],
  ["smbSessions", 600, /SMB sessions, shares and pipes were evicted/],
  ["smb1Trees", 1_500, /SMB sessions, shares and pipes were evicted/],
  ["smb1Uids", 800, /SMB sessions, shares and pipes were evicted/],
  ["smb1Pending", 1_500, /SMB sessions, shares and pipes were evicted/],
  ["smbMessages", 300, /partial PDUs were dropped/],
  ["hugeTexts", 1, null],
  ["fields", 14_000, null],
  ["fields", 40_000, null],
  ["notes", 8_000, null],
  ["catalogue", 3, null],
];

for (const [shape, n, lost] of SHAPES) {
  test(`${shape}: bounded, and what was given up is said`, { skip }, () => {
    const { status, peak, stdout } = run(fileOf(shape, n), [
      "analyze",
      "-T",
      "ndjson",
      "--events",
      "note,summary",
    ]);
    assert.equal(status, 0);
    assert.ok(peak <= BOUND, `${peak} MB`);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    assert.equal(lines.at(-1)?.type, "summary");
    const reported = lines.filter(({ code }) => code === "memory-limit").map(({ message }) => message!);
    if (lost !== null) assert.ok(reported.some((message) => lost.test(message)));
    // One note for each conversation and kind, and never more than a hundred of a kind.
    assert.ok(reported.length <= 500);
  });
}

test("what comes behind the loss is decoded as before", { skip }, () => {
  const { stdout } = run(fileOf("heldBack", 14), ["analyze", "-T", "ndjson", "--events", "summary"]);
  assert.deepEqual((JSON.parse(stdout) as Line).calls, { ok: 14, no_response: 1 });
});

for (const args of [
  ["stats"],
  ["objects"],
  ["analyze"],
  ["analyze", "-T", "json", "--events", "all", "--redact"],
]) {
  test(`${args.join(" ")}: bounded as well`, { skip }, () => {
    const { status, peak } = run(fileOf("references", 150), args);
    assert.equal(status, 0);
    assert.ok(peak <= BOUND, `${peak} MB`);
  });
}
