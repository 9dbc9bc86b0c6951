/** An export that is several files: the folder that -o names. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { raiscope } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-folder-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);
const CAPTURE = fileURLToPath(new URL("../../../captures/vista-offer-integrity.pcapng", import.meta.url));

describe("a folder of logs", { concurrency: 2 }, () => {
  test("is made with those above it, and other outputs are written beside it", async () => {
    const { status, stderr } = await raiscope([
      CAPTURE,
      "-T",
      "zeek",
      "-o",
      place("a/b/"),
      "-o",
      place("a.ndjson"),
    ]);
    assert.equal(status, 0, stderr);
    assert.match(
      readFileSync(place("a/b/dce_rpc.log"), "utf8"),
      /^#separator \\x09\n[\s\S]*\n#close\t[\d-]+\n$/,
    );
    assert.ok(existsSync(place("a.ndjson")));
  });

  test("a log that stands there is written anew, what else is there stays", async () => {
    mkdirSync(place("old"));
    writeFileSync(place("old/dce_rpc.log"), "old\n".repeat(100_000));
    writeFileSync(place("old/notes.txt"), "mine\n");
    const { status, stderr } = await raiscope([CAPTURE, "-T", "zeek-json", "-o", place("old")]);
    assert.equal(status, 0, stderr);
    const lines = readFileSync(place("old/dce_rpc.log"), "utf8").trimEnd().split("\n");
    assert.ok(lines.length > 2 && lines.every((line) => typeof JSON.parse(line).uid === "string"));
    assert.equal(readFileSync(place("old/notes.txt"), "utf8"), "mine\n");
  });

  test("a file in its place, a name that looks like a file's, and one file's format for a folder are refused", async () => {
    writeFileSync(place("file"), "");
    symlinkSync("loop", place("loop"));
    for (const [args, why] of [
      [
        ["-T", "zeek", "-o", place("file")],
        /file: zeek writes several files into a directory, and this is none/,
      ],
      [
        ["-T", "zeek", "-o", place("calls.log")],
        /calls\.log: zeek writes several files[\s\S]*-o \S*calls\.log\//,
      ],
      [
        ["-T", "zeek", "-o", `${place("file")}/`],
        /file\/: zeek writes several files into a directory, and this is none/,
      ],
      [["-T", "zeek", "-o", place("loop/")], /loop\/: cannot be written: /],
      [["-T", "zeek", "-o", place(`${"n".repeat(300)}/`)], /cannot be written: name too long/],
      [["-o", place("somewhere/")], /somewhere\/: the format transcript is one file/],
      [["-T", "zeek", "-o", place("new/"), "-o", "/nowhere/x.ndjson"], /cannot be written: no such file/],
    ] as const) {
      const { status, stderr } = await raiscope([CAPTURE, ...args]);
      assert.equal(status, 1);
      assert.match(stderr, why);
    }
    assert.ok(!readdirSync(folder).some((name) => ["calls.log", "somewhere", "new"].includes(name)));
  });

  test("where the system has no room for folders the run ends", {
    skip: !existsSync("/proc/self") && "no /proc",
    timeout: 20_000,
  }, async () => {
    const { status, stderr } = await raiscope([CAPTURE, "-T", "zeek", "-o", "/proc/raiscope/logs/"]);
    assert.equal(status, 1);
    assert.match(stderr, /cannot be written: no such file or directory/);
  });

  test("an input in the folder is not overwritten", async () => {
    mkdirSync(place("in"));
    symlinkSync(CAPTURE, place("in/conn.log"));
    const { status, stderr } = await raiscope([CAPTURE, "-T", "zeek", "-o", place("in")]);
    assert.equal(status, 1);
    assert.match(stderr, /are the same file/);
  });

  test("logs that cannot be written: status 1", {
    skip: !existsSync("/dev/full") && "no /dev/full",
  }, async () => {
    mkdirSync(place("full"));
    symlinkSync("/dev/full", place("full/dce_rpc.log"));
    const { status, stderr } = await raiscope([CAPTURE, "-T", "zeek", "-o", place("full")]);
    assert.equal(status, 1);
    assert.match(stderr, /full\/dce_rpc\.log: cannot be written: no space left on device/);
  });
});
