import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Lines } from "../../../src/calllog/lines.js";
import type { ByteSource } from "../../../src/capture/byte-source.js";
import { Frame } from "../../../src/capture/frame.js";
import { logOf, readLogs } from "../../support/calllog/read.js";
import { GOLDEN } from "../../support/golden.js";

const LOG = readFileSync(join(GOLDEN, "two-experts.pcapng.ndjson"), "utf8");
const LINES = LOG.trimEnd().split("\n");
const CALL = LINES.find((line) => line.startsWith('{"type":"call"'))!;

/** Bytes in pieces of one array that is used again, as sources may. */
function inPieces(text: string, size: number): ByteSource {
  const bytes = new TextEncoder().encode(text);
  const data = new Uint8Array(size);
  let at = 0;
  const source = {
    data,
    start: 0,
    end: 0,
    headroom: 0,
    fault: null,
    notice: null,
    pull(): boolean {
      if (at >= bytes.length) return false;
      const piece = bytes.subarray(at, at + size);
      data.fill(0x21);
      data.set(piece);
      source.end = piece.length;
      at += size;
      return true;
    },
    close: () => Promise.resolve(),
  };
  return source;
}

function linesOf(text: string, size: number, limit = 100): string[] {
  const lines = new Lines(inPieces(text, size), limit);
  const found: string[] = [];
  while (lines.next() === true) {
    const says = new TextDecoder().decode(lines.data.subarray(lines.start, lines.end));
    found.push(`${lines.number}${lines.tooLong ? "!" : ""}${lines.ended ? "" : "~"} ${says}`);
  }
  return found;
}

test("lines come out alike whatever pieces they are in", () => {
  for (let size = 1; size < 30; size++) {
    assert.deepEqual(linesOf("one\n\ntwo and more\r\nthree", size), [
      "1 one",
      "2 ",
      "3 two and more\r",
      "4~ three",
    ]);
    assert.deepEqual(linesOf(`a\n${"b".repeat(11)}\n${"c".repeat(10)}\nd\n`, size, 10), [
      "1 a",
      "2! ",
      `3 ${"c".repeat(10)}`,
      "4 d",
    ]);
    assert.deepEqual(linesOf("", size), []);
  }
});

test("what stands in a log comes out as it stands there", async () => {
  const { events, notes, complete } = await readLogs({ "log.ndjson": LOG });
  assert.equal(events.map((event) => `${JSON.stringify(event)}\n`).join(""), LOG);
  assert.deepEqual(notes, []);
  assert.equal(complete, true);
});

test("a byte order mark, ends of line as Windows has them and blank lines change nothing", async () => {
  const { events, notes } = await readLogs({
    "log.ndjson": `\ufeff\r\n${LOG.replaceAll("\n", "\r\n\r\n")}\n \n`,
  });
  assert.equal(events.map((event) => `${JSON.stringify(event)}\n`).join(""), LOG);
  assert.deepEqual(notes, []);
});

test("damaged lines are passed over, each is named, and all others are read", async () => {
  const damaged = [
    CALL.slice(100),
    "null",
    "[]",
    "{}",
    '{"ts":1,"uid":"C1"}',
    CALL.replace('"schema":2', '"schema":1'),
    CALL.replace('"schema":2', '"schema":3'),
    CALL.replace(/"client":\{[^}]*\}/, '"client":{"address":"10.0.0.1"}'),
    CALL.replace(/"status":"\w+"/, '"status":"perhaps"'),
  ];
  const lines = LINES.flatMap((line, i) => (i < damaged.length ? [line, damaged[i]!] : [line]));
  const { events, notes, complete } = await readLogs({ "a.ndjson": `${lines.join("\n")}\n` });
  const read = events.map((event) => JSON.stringify(event));
  assert.deepEqual(read.slice(0, -1), LINES.slice(0, -1));
  assert.equal(complete, false);
  assert.deepEqual(
    notes.map(({ severity, code, message }) => `${severity} ${code} ${message}`),
    [
      "warning log-line-damaged a.ndjson: line 2: no JSON; it is passed over",
      "warning log-line-damaged a.ndjson: line 4: it is JSON, but no record of a call log; it is passed over",
      "warning log-line-damaged a.ndjson: line 6: it is JSON, but no record of a call log; it is passed over",
      "warning log-line-damaged a.ndjson: line 8: it is JSON, but no record of a call log; it is passed over",
      "warning log-line-damaged a.ndjson: line 10: it is JSON, but no record of a call log; it is passed over",
      "warning log-schema a.ndjson: line 12: a record of schema 1; only schema 2 is read; it is passed over",
      "warning log-schema a.ndjson: line 14: a record of schema 3; only schema 2 is read; it is passed over",
      "warning log-line-damaged a.ndjson: line 16: its call is not as schema 2 has it: client.port is missing; it is passed over",
      'warning log-line-damaged a.ndjson: line 18: its call is not as schema 2 has it: status is none of "ok", "error", "fault", "unknown", "no_response", "no_request"; it is passed over',
    ],
  );
  // The summary says that not all was read.
  const summary = JSON.parse(read.at(-1)!);
  assert.equal(summary.complete, false);
  assert.deepEqual(summary.notes, {
    ...JSON.parse(LINES.at(-1)!).notes,
    "log-line-damaged": 7,
    "log-schema": 2,
  });
});

test("of many damaged lines the first are named and the rest is counted", async () => {
  const { notes } = await readLogs({ "a.ndjson": `${"x\n".repeat(1000)}${LOG}` });
  assert.equal(notes.length, 11);
  assert.equal(notes.at(-1)!.message, "a.ndjson: 990 further lines are damaged or passed over");
});

test("a log that is cut short says so, and one without a last newline is whole", async () => {
  const whole = await readLogs({ "a.ndjson": LOG.trimEnd() });
  assert.deepEqual([whole.events.length, whole.complete], [LINES.length, true]);
  const cut = await readLogs({ "a.ndjson": LOG.slice(0, -30) });
  assert.equal(cut.complete, false);
  assert.deepEqual(
    cut.notes.map(({ code, message }) => [code, message]),
    [
      [
        "log-cut-short",
        `a.ndjson: line ${LINES.length}: the log ends in the middle of it; it is passed over`,
      ],
    ],
  );
});

test("a line beyond the limit costs itself alone", async () => {
  const long = CALL.replace('"method":"', `"method":"${"x".repeat(100_000)}`);
  const { events, notes } = await readLogs({ "a.ndjson": `${CALL}\n${long}\n${CALL}\n` }, 50_000);
  assert.equal(events.length, 2);
  assert.deepEqual(
    notes.map(({ code, message }) => [code, message]),
    [
      [
        "log-line-too-long",
        "a.ndjson: line 2: longer than 50000 bytes, which is the limit of a line; it is passed over",
      ],
    ],
  );
});

test("bytes that are no UTF-8 cost no more than themselves", async () => {
  const bytes = Buffer.from(CALL.replace('"method":"', '"method":"?'));
  bytes[bytes.indexOf("?")] = 0xff;
  const { events, notes, complete } = await readLogs({ "a.ndjson": new Uint8Array(bytes) });
  assert.equal(events.length, 1);
  assert.match((events[0] as { method: string }).method, /^\ufffd/);
  assert.equal(complete, true);
  assert.equal(notes[0]!.code, "log-text-damaged");
});

test("records of other kinds are passed over and counted", async () => {
  const finding = '{"type":"weather","schema":2,"rule":{"id":"x"}}';
  const { events, notes, complete } = await readLogs({ "a.ndjson": `${finding}\n${finding}\n${LOG}` });
  assert.equal(events.length, LINES.length);
  assert.deepEqual(
    notes.map(({ severity, code, message }) => [severity, code, message]),
    [["info", "log-record-unknown", 'a.ndjson: 2 records of type "weather" passed over']],
  );
  assert.equal(complete, true);
});

test("keys that the log lacks since it is older are null or empty, which is said; unknown ones stay", async () => {
  const { community_id: _, notes: __, ...older } = JSON.parse(CALL);
  const { fragments: ___, ...request } = older.wire.request;
  older.wire.request = request;
  const { events, notes, complete } = await readLogs({
    "a.ndjson": JSON.stringify({ ...older, later: [1, { x: 2 }] }),
  });
  assert.deepEqual(
    notes.map(({ severity, code, message }) => [severity, code, message]),
    [
      [
        "info",
        "log-older",
        "a.ndjson: an earlier raiscope wrote it: what it does not tell is null or empty (community_id, fragments, notes)",
      ],
    ],
  );
  assert.equal(complete, true);
  const wire = { ...older.wire, request: { ...request, fragments: null } };
  assert.deepEqual(events, [{ ...older, wire, later: [1, { x: 2 }], community_id: null, notes: [] }]);
});

test("what a record cannot do without is damage where it is missing", async () => {
  for (const key of ["ts", "stream", "client", "call_id", "status", "auth", "frames"]) {
    const record = JSON.parse(CALL);
    delete record[key];
    const { events, notes } = await readLogs({ "a.ndjson": JSON.stringify(record) });
    assert.deepEqual(events, []);
    assert.match(notes[0]!.message, new RegExp(`: ${key} is missing;`));
  }
});

test("values are nested as deep as can be printed, and no deeper", async () => {
  const nested = (depth: number): string =>
    CALL.replace(/"orpc":/, `"deep":${"[".repeat(depth)}${"]".repeat(depth)},"orpc":`);
  const { events, notes } = await readLogs({ "a.ndjson": `${nested(499)}\n${nested(200_000)}\n` });
  assert.equal(events.length, 1);
  assert.match(notes[0]!.message, /deep is nested more than 500 deep/);
});

test("time goes on with the log, also where records are of earlier", () => {
  const source = logOf(LOG);
  const frame = new Frame();
  let last = 0;
  while (source.next(frame) === true) {
    const at = frame.seconds + frame.nanos / 1e9;
    assert.ok(at >= last);
    last = at;
  }
  const times = LINES.map((line) => JSON.parse(line).ts as string | null).filter((ts) => ts !== null);
  assert.equal(Math.floor(last), Math.floor(Date.parse(times.sort().at(-1)!) / 1000));
});
