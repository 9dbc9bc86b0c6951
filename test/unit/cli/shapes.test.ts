/** The command line in the shapes that people type for tshark. */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ended, raiscope, start } from "../../support/cli/spawn.js";
import { PROGRAM } from "../../support/program.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-shapes-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));
const INVOKE = capture("invoke.pcapng");
const OTHER = capture("wmi.pcapng");

describe("shapes of the command line", { concurrency: 2 }, () => {
  test("-r names a file, in every way that tshark takes it", async () => {
    const plain = (await raiscope([INVOKE, "-T", "ndjson"])).stdout;
    assert.notEqual(plain, "");
    for (const shape of [
      ["-r", INVOKE, "-T", "ndjson"],
      ["-nr", INVOKE, "-Tndjson"],
      [`-r${INVOKE}`, "-Tndjson", "-n"],
      ["analyze", "-n", `--read-file=${INVOKE}`, "-T", "ndjson"],
      ["-Tndjson", "-o", "-", "-nr", INVOKE],
    ]) {
      const { status, stdout, stderr } = await raiscope(shape);
      assert.deepEqual([status, stdout, stderr], [0, plain, ""], shape.join(" "));
    }
    const piped = await raiscope(["-r", "-", "-Tndjson"], readFileSync(INVOKE));
    assert.deepEqual([piped.status, piped.stdout], [0, plain]);
    const few = await raiscope(["-nr", INVOKE, "-Tndjson", "-c5", "--events", "summary"]);
    assert.equal(JSON.parse(few.stdout).frames, 5);
  });

  test("files of -r and words are read as one run", async () => {
    const both = (await raiscope([INVOKE, OTHER, "-T", "ndjson"])).stdout;
    for (const shape of [
      ["-r", INVOKE, "-r", OTHER],
      ["-r", INVOKE, OTHER],
    ]) {
      assert.equal((await raiscope([...shape, "-T", "ndjson"])).stdout, both, shape.join(" "));
    }
  });

  test("-r and -n go with every command that reads captures, and a file is needed", async () => {
    for (const command of ["stats", "objects"]) {
      const plain = await raiscope([command, INVOKE]);
      const shaped = await raiscope([command, "-nr", INVOKE]);
      assert.deepEqual(shaped, plain);
      const none = await raiscope([command]);
      assert.equal(none.status, 1);
      assert.match(none.stderr, /^error: missing required argument 'file'\n/);
    }
    assert.equal((await raiscope(["-n"])).status, 1);
  });

  test("only --version is the version", async () => {
    assert.match((await raiscope(["--version"])).stdout, /^\d/);
    assert.doesNotMatch((await raiscope(["-V"])).stdout, /^\d/);
  });
});

describe("-o with a suffix that no format has", { concurrency: 2 }, () => {
  test("is refused where it would be a regular file, and nothing is made", async () => {
    for (const name of ["calls.ndjsn", "out.csvv", "calls.ndjson.gz", "a.pcap"]) {
      const { status, stdout, stderr } = await raiscope([INVOKE, "-o", place(name)]);
      assert.deepEqual([status, stdout], [1, ""], name);
      assert.match(stderr, /no format has the suffix .*\n.*-T.*\.ndjson/);
      assert.equal(existsSync(place(name)), false);
    }
  });

  test("is written in the format that -T names", async () => {
    const { status } = await raiscope([INVOKE, "-T", "ndjson", "-o", place("calls.log")]);
    assert.equal(status, 0);
    assert.match(readFileSync(place("calls.log"), "utf8"), /^\{"type":"call"/);
  });

  test("is taken where it is a pipe or a device, or has none", {
    skip: process.platform === "win32" && "there are no such files",
  }, async () => {
    const pipe = place("pipe.fifo");
    execFileSync("mkfifo", [pipe]);
    const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "ignore"] });
    const read = ended(reader);
    assert.equal((await raiscope([INVOKE, "-o", pipe])).status, 0);
    assert.match((await read).stdout, /Summary/);
    for (const name of ["/dev/stdout", "/dev/null", place("report")]) {
      assert.equal((await raiscope([INVOKE, "-o", name])).status, 0, name);
    }
  });
});

describe("--log-format json", { concurrency: 2 }, () => {
  const records = (stderr: string): { severity: string; code: string; message: string; hint?: string }[] =>
    stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("makes one object a line of all that is said", async () => {
    for (const [shape, code] of [
      [["--nosuch", INVOKE], "usage"],
      [["analyze"], "usage"],
      [["-T", "nosuch", INVOKE], "usage"],
      [["nosuch.pcap"], "input-unreadable"],
      [[fileURLToPath(import.meta.url)], "not-a-capture"],
      [[INVOKE, "-o", place("x.nosuch")], "unknown-suffix"],
      [["sniff"], "command-failed"],
      [["idl", "check", fileURLToPath(import.meta.url)], "idl-problem"],
    ] as const) {
      for (const words of [
        ["--log-format", "json", ...shape],
        [...shape, "--log-format=json"],
      ]) {
        const { status, stderr } = await raiscope(words);
        assert.equal(status, 1, words.join(" "));
        const [first] = records(stderr);
        assert.deepEqual([first?.severity, first?.code], ["error", code], stderr);
        assert.ok(typeof first?.message === "string" && !first.message.startsWith("error"), stderr);
      }
    }
  });

  test("and of warnings, notes and counters", async () => {
    const whole = readFileSync(INVOKE);
    const cut = await raiscope(["-", "-T", "ndjson", "--log-format", "json", "-v"], whole.subarray(0, -9));
    assert.equal(cut.status, 2);
    const said = records(cut.stderr);
    assert.ok(said.some(({ severity, code }) => severity !== "info" && /^capture-/.test(code)));
    assert.ok(said.some(({ severity, code }) => severity === "info" && code === "summary"));
    const twice = await raiscope(["--status", "ok", "--status", "error", INVOKE, "--log-format=json"]);
    assert.equal(records(twice.stderr)[0]?.severity, "warning");
  });

  test("is asked for by the environment as well, and escapes what could act on a terminal", async () => {
    const child = start(["no\u001b[2Jsuch\u202e.pcap"], { RAISCOPE_LOG_FORMAT: "json" });
    child.stdin?.end();
    const { stderr } = await ended(child);
    assert.doesNotMatch(stderr, /[\u001b\u202e]/);
    assert.match(records(stderr)[0]!.message, /^no\u001b\[2Jsuch\u202e\.pcap/);
    assert.equal(spawnSync(process.execPath, [PROGRAM, "--log-format", "yaml", INVOKE]).status, 1);
  });
});
