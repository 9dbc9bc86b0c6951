/** What the worker tells of a capture is what the command line prints of it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { DetectionRecord, Event } from "../../../src/events.js";
import { CAPTURES, captureNames } from "../../support/golden.js";
import { PROGRAM } from "../../support/program.js";
import { fileNamed, type Opened, openSession } from "../../support/session.js";

function printed(...args: string[]): string {
  return execFileSync(process.execPath, [PROGRAM, "-q", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
}

function records(...args: string[]): Event[] {
  const lines = printed("-T", "ndjson", "--events", "all", ...args)
    .trimEnd()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as Event);
}

/** The rows as `-T tsv` has them, where `-` is nothing. */
function cellsOf({ rows }: Opened): string[] {
  const columns = ["conversation", "frames", "client", "server", "taken", "call", "outcome"] as const;
  return Array.from({ length: rows.count }, (_, row) =>
    [
      rows.time(row),
      ...columns.map((name) =>
        name === "frames" ? rows.frames(row) : rows.text(name, row).replace(/^-$/, ""),
      ),
    ].join("\t"),
  );
}

/** The lines of `-T tsv`, with times of day as the table has them, and nothing escaped. */
function tableOf(...args: string[]): string[] {
  const lines = printed("-T", "tsv", ...args)
    .trimEnd()
    .split("\n")
    .slice(1);
  return lines.map((line) => line.replace(/^[^\t]*T([^\t]*)Z/, "$1").replaceAll("\\\\", "\\"));
}

describe("every capture that ships", () => {
  for (const name of captureNames()) {
    test(`${name}: rows, records and their JSON`, async () => {
      const path = join(CAPTURES, name);
      const opened = await openSession([fileNamed(path)]);
      assert.deepEqual(cellsOf(opened), tableOf(path));
      const all = records(path);
      const of = (type: string) => all.filter((record) => record.type === type);
      assert.deepEqual(opened.offers, of("offer"));
      assert.deepEqual(opened.associations, of("association"));
      assert.deepEqual(opened.notes, of("note"));
      assert.deepEqual([opened.summary], of("summary"));
      for (const row of opened.rows.count === 0 ? [] : [0, opened.rows.count - 1]) {
        assert.equal(await opened.session.json(row), JSON.stringify(of("call")[row]));
      }
      const calls = of("call");
      assert.deepEqual(
        opened.findings.map(({ id, sentence, frames, rows }) => [
          id,
          sentence,
          frames,
          rows.map((row) => calls[row]?.id),
        ]),
        (of("detection") as DetectionRecord[]).map(({ id, sentence, frames, calls: ids }) => [
          id,
          sentence,
          frames,
          ids,
        ]),
      );
      assert.deepEqual(opened.problems, []);
      assert.equal(opened.news.at(-1)?.done, true);
    });
  }
});

test("what is no capture is a sentence, and the end", async () => {
  const { problems, news, session } = await openSession([fileNamed(join(CAPTURES, "README.md"))]);
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^README\.md: not a capture: it is text that begins/);
  assert.equal(news.at(-1)?.done, true);
  await assert.rejects(session.show(0), /there is no row 0/);
});

test("a file among several that is no capture is a note, and the run is not complete", async () => {
  const capture = join(CAPTURES, "two-experts.pcapng");
  const { notes, summary, rows } = await openSession([
    fileNamed(capture),
    { name: "x.txt", data: new TextEncoder().encode("text, no more") },
  ]);
  assert.equal(notes[0]?.code, "not-a-capture");
  assert.equal(summary?.complete, false);
  assert.equal(rows.count, tableOf(capture).length);
});

test("captures are merged by time, as the command does", async () => {
  const paths = ["two-experts.pcapng", "datagrams.pcap", "pipes.pcapng"].map((name) => join(CAPTURES, name));
  const opened = await openSession(paths.map((path) => fileNamed(path, path)));
  assert.deepEqual(cellsOf(opened), tableOf(...paths));
  assert.deepEqual(
    [opened.summary],
    records(...paths).filter(({ type }) => type === "summary"),
  );
});

test("a capture that is cut short gives what is there, and a note", async () => {
  const bytes = readFileSync(join(CAPTURES, "two-experts.pcapng"));
  const { notes, summary, rows } = await openSession([
    { name: "cut.pcapng", data: bytes.subarray(0, 20_001) },
  ]);
  assert.ok(rows.count > 0);
  assert.equal(summary?.complete, false);
  assert.ok(notes.some(({ code }) => code === "capture-cut-short"));
});
