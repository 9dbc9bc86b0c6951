/** Call logs in the place of captures: what is printed from one is what was printed from the capture. */

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { ended, raiscope, start, until } from "../../support/cli/spawn.js";

const folder = mkdtempSync(join(tmpdir(), "raiscope-log-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const CAPTURE = fileURLToPath(new URL("../../../captures/follow-up.pcapng", import.meta.url));
const GOLDEN = fileURLToPath(new URL("../../golden/", import.meta.url));
const place = (name: string): string => join(folder, name);

const LOG = place("calls.ndjson");
const { stdout: TEXT } = await raiscope([CAPTURE, "-T", "ndjson", "--events", "all"]);
writeFileSync(LOG, TEXT);
/** Calls alone, which is what is written without --events. */
const CALLS = place("only.ndjson");
writeFileSync(CALLS, (await raiscope([CAPTURE, "-T", "ndjson"])).stdout);

describe("a call log in the place of its capture", { concurrency: 2 }, () => {
  const views = [
    ["-T", "transcript"],
    ["-T", "transcript", "--ladder"],
    ["-T", "transcript", "--all-calls", "--full"],
    ["-T", "table"],
    ["-T", "ndjson", "--events", "all"],
    ["-T", "json", "--events", "offer,summary"],
    ["-T", "ndjson", "--events", "all", "--only-rai", "--status", "ok"],
    ["-T", "transcript", "--host", "10.20.4.17"],
    ["-T", "transcript", "--redact"],
    ["-T", "ndjson", "--events", "all", "--redact"],
  ];
  for (const view of views) {
    test(view.join(" "), async () => {
      const [of, from] = [await raiscope([CAPTURE, ...view]), await raiscope([LOG, ...view])];
      assert.notEqual(of.stdout, "");
      assert.deepEqual(from, of);
    });
  }

  test("stats", async () => {
    assert.deepEqual(await raiscope(["stats", LOG]), await raiscope(["stats", CAPTURE]));
  });

  test("compressed, by another name, from standard input: it is known by what is in it", async () => {
    const expected = await raiscope([CAPTURE, "-T", "table"]);
    writeFileSync(place("log.gz"), gzipSync(TEXT));
    writeFileSync(place("log.txt"), TEXT);
    writeFileSync(
      place("sorted.json"),
      TEXT.replace(/^\{"type":"(\w+)","schema":2,(.*)\}$/gm, '{$2,"schema":2,"type":"$1"}'),
    );
    writeFileSync(place("middle"), TEXT.slice(TEXT.indexOf("\n") - 100));
    assert.deepEqual(await raiscope([place("log.gz"), "-T", "table"]), expected);
    assert.deepEqual(await raiscope([place("log.txt"), "-T", "table"]), expected);
    assert.deepEqual(await raiscope([place("sorted.json"), "-T", "table"]), expected);
    // Of what need not end calls do not wait for findings, which are among them.
    const piped = await raiscope(["-", "-T", "table"], TEXT);
    const rows = new Set(piped.stdout.split("\n"));
    const [findings = "", calls = ""] = expected.stdout.split("\n\n");
    assert.deepEqual(
      calls.split("\n").filter((row) => !rows.has(row)),
      [],
    );
    const told = [...rows].filter((row) => row.includes(" FINDING "));
    assert.ok(told.length >= findings.split("\n").length - 1);
    const middle = await raiscope([place("middle"), "-T", "table"]);
    assert.equal(middle.status, 2);
    assert.match(middle.stderr, /middle: line 1: no JSON; it is passed over/);
  });

  test("a record is shown when its line came, not when the log ends", async () => {
    const child = start(["-", "-T", "ndjson"]);
    const line = `${TEXT.split("\n")[0]!}\n`;
    child.stdin!.write(line.slice(0, 500));
    child.stdin!.write(line.slice(500));
    assert.equal(await until(child, (text) => text.includes("\n")), line);
    child.stdin!.end();
    assert.equal((await ended(child)).status, 0);
  });
});

test("calls only: what a transcript lacks is said, on standard error", async () => {
  const { status, stdout, stderr } = await raiscope([CALLS]);
  assert.equal(status, 0);
  assert.match(stdout, /IRASrv\.GetSessionInfo/);
  assert.match(
    stderr,
    /only\.ndjson holds calls only: it has no associations, offers, notes or summary; .*--events all/,
  );
  const quiet = await raiscope([CALLS, "-q"]);
  assert.deepEqual([quiet.stdout, quiet.stderr], [stdout, ""]);
  // What was asked for is all there.
  assert.equal((await raiscope([CALLS, "-T", "ndjson"])).stderr, "");
  assert.equal((await raiscope(["stats", CALLS])).stderr, "");
});

test("logs beside captures are one run, and each record says where it is from", async () => {
  const other = fileURLToPath(new URL("../../../captures/xp-collection-walk.pcap", import.meta.url));
  const { status, stdout, stderr } = await raiscope([LOG, other, "-T", "ndjson", "--events", "all"]);
  assert.deepEqual([status, stderr], [0, ""]);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const calls = events.filter(({ type }) => type === "call");
  assert.deepEqual([...new Set(calls.map(({ file }) => file))].sort(), [LOG, other].sort());
  const own = (await raiscope([other, "-T", "ndjson"])).stdout.trimEnd().split("\n");
  assert.deepEqual(
    calls.filter(({ file }) => file === other).map(({ frames }) => frames),
    own.map((line) => JSON.parse(line).frames),
  );
  assert.equal(events.at(-1).type, "summary");
  assert.equal(events.filter(({ type }) => type === "offer").length, events.at(-1).offers);
});

test("in a directory a log beside captures is passed over, and logs alone are read", async () => {
  const mixed = place("mixed");
  mkdirSync(mixed);
  copyFileSync(CAPTURE, join(mixed, "a.pcapng"));
  copyFileSync(LOG, join(mixed, "a.ndjson"));
  const of = await raiscope([CAPTURE, "-T", "table"]);
  const both = await raiscope([mixed, "-T", "table", "-v"]);
  assert.equal(both.stdout, of.stdout);
  assert.match(both.stderr, /a\.ndjson: a call log beside captures/);
  const logs = place("logs");
  mkdirSync(logs);
  copyFileSync(LOG, join(logs, "a.ndjson"));
  assert.equal((await raiscope([logs, "-T", "table"])).stdout, of.stdout);
});

describe("what cannot be read from a log is refused in a sentence", () => {
  test("another schema", async () => {
    writeFileSync(place("old.ndjson"), TEXT.replaceAll('"schema":2', '"schema":1'));
    const { status, stdout, stderr } = await raiscope([place("old.ndjson")]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /old\.ndjson: this is a call log of schema 1, which an earlier raiscope wrote; .*Make it anew/,
    );
    const beside = await raiscope([place("old.ndjson"), LOG, "-T", "table"]);
    assert.equal(beside.status, 2);
    assert.match(beside.stderr, /schema 1/);
  });

  test("objects, and captures of an invitation", async () => {
    const { status, stderr } = await raiscope(["objects", LOG]);
    assert.equal(status, 1);
    assert.match(stderr, /this is a call log: objects are put together from what calls carry on the wire/);
    const text = `65538,1,10.0.0.1:3389,*,AbCd,*,*,Xy`;
    writeFileSync(place("bare.txt"), text);
    const invited = await raiscope(["invitation", place("bare.txt"), "--capture", LOG]);
    assert.match(
      invited.stderr,
      /this is a call log: who connected to a listener is seen in the capture only/,
    );
  });

  test("UTF-16, as PowerShell writes what is redirected", async () => {
    writeFileSync(place("wide.ndjson"), Buffer.from(`\ufeff${TEXT}`, "utf16le"));
    const { status, stderr } = await raiscope([place("wide.ndjson")]);
    assert.equal(status, 1);
    assert.match(stderr, /wide\.ndjson: this is text in UTF-16, .*write call logs with -o FILE/);
  });

  test("JSON that is no call log", async () => {
    writeFileSync(place("eve.json"), '{"timestamp":"2024-01-01T00:00:00Z","event_type":"dcerpc"}\n');
    const { status, stderr } = await raiscope([place("eve.json")]);
    assert.equal(status, 1);
    assert.match(stderr, /eve\.json: not a capture: it is text that begins/);
  });
});

test("what does not overwrite itself", async () => {
  const { status, stderr } = await raiscope([LOG, "-o", LOG]);
  assert.equal(status, 1);
  assert.match(stderr, /the same file/);
  assert.equal(readFileSync(LOG, "utf8"), TEXT);
});

test("every golden log gives the golden transcript", async () => {
  for (const name of ["two-experts.pcapng", "vista-offer-privacy.pcapng", "wmi.pcapng"]) {
    const { stdout } = await raiscope([join(GOLDEN, `${name}.ndjson`), "-T", "transcript"]);
    assert.equal(stdout, readFileSync(join(GOLDEN, `${name}.transcript.txt`), "utf8"), name);
  }
});
