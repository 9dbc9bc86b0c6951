/** What is said, and which status is given, where not everything was read or shown: each cause by its name. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { runProgram } from "../../../src/cli/program.js";
import type { Event, SummaryRecord } from "../../../src/events.js";
import { raiscope as anywhere, type Ended, ended, start } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-shortfall-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const captures = fileURLToPath(new URL("../../../captures/", import.meta.url));
const place = (name: string): string => join(folder, name);

const pcap = readFileSync(`${captures}xp-collection-walk.pcap`);
copyFileSync(`${captures}vista-offer-integrity.pcapng`, place("x.pcapng"));
writeFileSync(place("y.pcap"), pcap);
writeFileSync(place("cut.pcap"), pcap.subarray(0, pcap.length - 7));
writeFileSync(place("header.pcap"), pcap.subarray(0, 24));
writeFileSync(place("empty.pcap"), "");
for (const name of ["none", "mixed"]) mkdirSync(place(name));
writeFileSync(place("none/README"), "hello\n");
copyFileSync(place("y.pcap"), place("mixed/y.pcap"));
symlinkSync("round", place("mixed/round"));

/** `raiscope ARGS` in the folder. */
function raiscope(...args: string[]): Promise<Ended> {
  return anywhere(args, "", { folder });
}

const DAMAGE = /damaged|cut short/;

describe("inputs", { concurrency: 2 }, () => {
  for (const [what, args, status, said, closing] of [
    [
      "a mistyped command",
      ["anlyze", "x.pcapng"],
      2,
      /anlyze: no such file/,
      /^ {2}1 input could not be read: /m,
    ],
    [
      "a mistyped file",
      ["x.pcapng", "nosuch.pcap"],
      2,
      /nosuch\.pcap: no such file/,
      /^ {2}1 input could not be read: /m,
    ],
    [
      "a directory without captures",
      ["x.pcapng", "none"],
      2,
      /none: not a capture: it is a directory/,
      /1 input could/,
    ],
    [
      "an empty file",
      ["x.pcapng", "empty.pcap"],
      2,
      /empty\.pcap: not a capture: it is empty/,
      /1 input could not/,
    ],
    [
      "an unreadable entry",
      ["mixed"],
      2,
      /mixed\/round: cannot be opened \(too many/,
      /1 input could not be read/,
    ],
    [
      "a file named twice",
      ["x.pcapng", "./x.pcapng"],
      0,
      /warning: \.\/x\.pcapng: the same file as x\.pcapng, read once/,
      null,
    ],
    ["a capture without frames", ["header.pcap"], 0, null, null],
    ["a limit", ["-c", "5", "x.pcapng"], 0, null, /^ {2}Stopped after 5 frames, as --limit asks\.$/m],
  ] as const) {
    test(what, async () => {
      const run = await raiscope(...args);
      assert.equal(run.status, status);
      if (said === null) assert.equal(run.stderr, "");
      else assert.match(run.stderr, said);
      if (closing === null) assert.doesNotMatch(run.stdout, /could not be read|Stopped/);
      else assert.match(run.stdout, closing);
      assert.doesNotMatch(run.stdout + run.stderr, DAMAGE);
    });
  }

  test("a capture that is cut, beside an input that is missing: both are said", async () => {
    const run = await raiscope("cut.pcap", "nosuch.pcap");
    assert.equal(run.status, 2);
    assert.match(run.stdout, /^ {2}The capture is damaged or was cut short: this is what came before\.$/m);
    assert.match(run.stdout, /^ {2}1 input could not be read: nothing of it is counted here\.$/m);
    const summary = await raiscope("cut.pcap", "nosuch.pcap", "-T", "ndjson", "--events", "summary");
    const record = JSON.parse(summary.stdout) as SummaryRecord;
    assert.deepEqual(
      [record.complete, record.notes["capture-cut-short"], record.notes["input-unreadable"]],
      [false, 1, 1],
    );
  });

  test("the command that was meant", async (t) => {
    let stderr = "";
    t.mock.method(process.stderr, "write", (text: string) => {
      stderr += text;
      return true;
    });
    for (const [words, meant] of [
      ["anlyze", "analyze"],
      ["stat", "stats"],
      ["OBJECT -T json", "objects"],
      ["snif -i lo", "sniff"],
      ["invitaton --now 5 x", "invitation"],
      ["hlep", "help"],
      ["nosuch.pcap", null],
      ["nosuch", null],
    ] as const) {
      stderr = "";
      assert.equal(await runProgram(["node", "raiscope", ...words.split(" ")]), 1);
      if (meant === null) assert.doesNotMatch(stderr, /did you mean/i);
      else assert.match(stderr, new RegExp(`[Dd]id you mean \`?raiscope ${meant}\\b`));
    }
    t.mock.reset();
    const beside = await raiscope("stat", "x.pcapng");
    assert.equal(beside.status, 2);
    assert.match(
      beside.stderr,
      /^raiscope: stat: did you mean `raiscope stats`\?\nraiscope: stat: no such file\n$/,
    );
  });

  test("a command behind the files, mistyped or not", async () => {
    for (const [words, meant] of [
      [["x.pcapng", "snif"], "sniff"],
      [["x.pcapng", "y.pcap", "stats"], "stats"],
      [["x.pcapng", "OBJECT", "-T", "table"], "objects"],
      [["nosuch.pcap", "invitaton"], "invitation"],
    ] as const) {
      const { status, stderr } = await raiscope(...words);
      assert.equal(status, words[0] === "nosuch.pcap" ? 1 : 2);
      assert.match(
        stderr,
        new RegExp(`did you mean \`raiscope ${meant}\`\\? A command comes before its files\n`),
      );
      assert.match(
        stderr,
        new RegExp(`^raiscope: ${words.at(meant === "objects" ? 1 : -1)}: no such file$`, "m"),
      );
    }
    for (const words of [
      ["x.pcapng", "nosuch.pcap"],
      ["analyze", "x.pcapng", "snif"],
      ["x.pcapng", "mixed/stats"],
    ]) {
      assert.doesNotMatch((await raiscope(...words)).stderr, /did you mean/);
    }
  });

  test("a file name that is empty is shown as one", async () => {
    for (const words of [
      [""],
      ["x.pcapng", ""],
      ["stats", ""],
      ["x.pcapng", "--idl", ""],
      ["x.pcapng", "-o", ""],
      ["idl", "check", ""],
      ["objects", ""],
      ["invitation", ""],
      ["invitation", "x.pcapng", "--capture", ""],
    ]) {
      const { stderr } = await raiscope(...words);
      assert.match(stderr, /^raiscope: '': .*(no such file|cannot be (read|written))/m, words.join(" "));
    }
  });

  test("a capture of no frame that is cut short", async () => {
    writeFileSync(place("eight.pcap"), pcap.subarray(0, 8));
    writeFileSync(place("thirty.pcap"), pcap.subarray(0, 30));
    writeFileSync(place("sixty.pcap"), pcap.subarray(0, 60));
    const section = readFileSync(place("x.pcapng"));
    writeFileSync(place("twenty.pcapng"), section.subarray(0, 20));
    for (const [name, why] of [
      ["eight.pcap", "it has 8 of the 24 bytes of a file header"],
      ["thirty.pcap", "it ends 6 bytes into a record header"],
      ["sixty.pcap", "it ends 20 bytes into a packet of \\d+"],
      ["twenty.pcapng", "it ends in the middle of a block"],
    ] as const) {
      const { status, stderr } = await raiscope(name, "-T", "ndjson");
      assert.equal(status, 2);
      assert.match(
        stderr,
        new RegExp(`^raiscope: warning: ${name} is cut short before its first whole frame: ${why}$`, "m"),
      );
    }
  });

  test("bytes behind compressed data are a warning, and everything was read", async () => {
    const packed = gzipSync(readFileSync(place("x.pcapng")));
    writeFileSync(place("more.pcapng.gz"), Buffer.concat([packed, Buffer.from("garbage")]));
    writeFileSync(place("padded.pcapng.gz"), Buffer.concat([packed, Buffer.alloc(300)]));
    const more = await raiscope("more.pcapng.gz", "-T", "ndjson", "--events", "summary,note");
    assert.equal(more.status, 0);
    assert.match(
      more.stderr,
      /^raiscope: warning: more\.pcapng\.gz: 7 bytes after the gzip data were ignored$/m,
    );
    const records = more.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Event);
    const last = records.at(-1) as SummaryRecord;
    assert.deepEqual([last.complete, last.notes["trailing-bytes"]], [true, 1]);
    const padded = await raiscope("padded.pcapng.gz", "-T", "ndjson");
    assert.deepEqual([padded.status, padded.stderr], [0, ""]);
    const both = await raiscope("more.pcapng.gz", "y.pcap", "-T", "ndjson");
    assert.equal(both.status, 0);
    assert.match(both.stderr, /more\.pcapng\.gz: 7 bytes/);
  });

  test("a file that is there is no mistyped command", async () => {
    copyFileSync(place("y.pcap"), place("sniffs"));
    const { status, stderr } = await raiscope("sniffs", "-T", "ndjson");
    rmSync(place("sniffs"));
    assert.deepEqual([status, stderr], [0, ""]);
  });

  for (const args of [
    ["stats", "x.pcapng", "nosuch.pcap", "-T", "json"],
    ["objects", "-T", "json", "x.pcapng", "nosuch.pcap"],
  ]) {
    test(`${args[0]}: not complete, and which input is to blame`, async () => {
      const { status, stdout, stderr } = await raiscope(...args);
      assert.deepEqual([status, stderr], [2, "raiscope: nosuch.pcap: no such file\n"]);
      assert.equal(JSON.parse(stdout).complete, false);
    });
  }
});

describe("a reader that has gone away", { concurrency: 2 }, () => {
  for (const args of [["x.pcapng"], ["stats", "x.pcapng"], ["--help"]]) {
    test(`raiscope ${args.join(" ")}`, async () => {
      const child = start(args, {}, "pipe", folder);
      const end = ended(child);
      child.stdin?.end();
      child.stdout?.destroy();
      const { status, stderr } = await end;
      assert.deepEqual([status, stderr], [0, ""]);
    });
  }
});

describe("filters", { concurrency: 2 }, () => {
  test("a transcript without a call that is let through", async () => {
    const { status, stdout } = await raiscope("x.pcapng", "--status", "fault");
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /no calls/);
    assert.match(stdout, /6 calls, 0 shown; bound to IRemUnknown2, IClassFactory, IRASrv/);
    assert.match(stdout, /^ {2}15 calls, 0 shown \(of all: /m);
  });

  test("table, stats and the summary record", async () => {
    const [table, stats, json, few, summary] = await Promise.all([
      raiscope("x.pcapng", "-T", "table", "--only-rai"),
      raiscope("stats", "x.pcapng", "--host", "192.0.2.1"),
      raiscope("stats", "x.pcapng", "--interface", "IRASrv", "-T", "json"),
      raiscope("stats", "x.pcapng", "--interface", "IRASrv", "-c", "60"),
      raiscope("x.pcapng", "--only-rai", "--host", "10.20.4.90", "-T", "ndjson", "--events", "summary"),
    ]);
    assert.equal(table.stderr, "raiscope: 15 calls, 2 shown\n");
    assert.equal(stats.stdout, "15 calls, 0 shown\n");
    const { total, capture_calls, limit } = JSON.parse(json.stdout);
    assert.deepEqual([total.calls, capture_calls, limit], [2, 15, null]);
    assert.match(few.stdout, /^\d+ calls, 1 shown\nStopped after 60 frames, as --limit asks\.$/m);
    const record = JSON.parse(summary.stdout) as Extract<Event, { type: "summary" }>;
    assert.deepEqual(record.shown, { calls: 2, offers: 1 });
    assert.equal(
      Object.values(record.calls).reduce((a, b) => a + b, 0),
      15,
    );
  });

  test("after a signal offers that nobody looked for are not counted as none", async () => {
    const child = start(["-", "-T", "ndjson"], {}, "pipe", folder);
    const end = ended(child);
    child.stdin?.on("error", () => {});
    child.stdin?.write(pcap);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGINT");
    const { status, stderr } = await end;
    assert.equal(status, 130);
    assert.match(stderr, /calls \([^)]*\)\n/);
    assert.doesNotMatch(stderr, /offer/);
    assert.match(stderr, /Stopped by a signal: what came later was not read\./);
    assert.doesNotMatch(stderr, DAMAGE);
  });
});
