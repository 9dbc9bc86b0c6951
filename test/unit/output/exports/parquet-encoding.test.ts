/** Values of every kind and in every mixture, encoded as Parquet's pages and read back by hyparquet, and by DuckDB where it is here. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import type { AssociationRecord, CallRecord, DetectionRecord, Event } from "../../../../src/events.js";
import { parquetPrinter } from "../../../../src/output/parquet/printer.js";
import { instantOf } from "../../../../src/output/parquet/times.js";
import { emptyFolder } from "../../../support/lake/trees.js";
import { duckDb, type Row, WITHOUT_DUCKDB } from "../../../support/output/duckdb.js";
import { association, call, detection } from "../../../support/output/samples.js";

function bytesOf(events: readonly Event[]): Buffer {
  const printer = parquetPrinter(new Set([events[0]!.type]));
  const parts = events.map((event) => printer.push(event)).filter((part) => part !== "");
  return Buffer.concat([...parts, printer.finish()]);
}

function readBack(events: readonly Event[]): Promise<Row[]> {
  const bytes = bytesOf(events);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  // Its own would give times in milliseconds.
  const parsers = {
    ...DEFAULT_PARSERS,
    timestampFromNanoseconds: (nanos: bigint) => nanos as unknown as Date,
  };
  return parquetReadObjects({ file, parsers });
}

function column(rows: readonly Row[], name: string): unknown[] {
  return rows.map((row) => row[name] ?? null);
}

/** Rows of calls whose method, of which many may be the same, is each of these. */
const methods = (values: readonly (string | null)[]): CallRecord[] =>
  values.map((method) => call({ method }));

test("texts that repeat: dictionaries of every width, runs of every length, nulls between", async () => {
  for (const distinct of [1, 2, 3, 4, 5, 8, 9, 255, 256, 257, 1_000, 4_096]) {
    const values = Array.from({ length: 4_096 }, (_, n) => `method ${(n * 31) % distinct}`);
    assert.deepEqual(column(await readBack(methods(values)), "method"), values, `${distinct} distinct`);
  }
  for (const length of [1, 7, 8, 9, 15, 16, 17, 63, 64, 65]) {
    const values = Array.from({ length: 1_000 }, (_, n) =>
      n % 11 === 3 ? null : `a rather long method ${Math.floor(n / length) % 3}`,
    );
    assert.deepEqual(column(await readBack(methods(values)), "method"), values, `runs of ${length}`);
  }
});

test("any texts and nulls, in any order", async () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.constantFrom(
      "",
      "a",
      "Äpfel",
      "名",
      "\u{1f600}",
      "x".repeat(63),
      "x".repeat(64),
      "é".repeat(65),
      "\0",
    ),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 300 }), async (values) => {
      const rows = await readBack(values.map((one) => call({ method: one, id: one })));
      const whole = values.map((one) => one?.toWellFormed() ?? null);
      assert.deepEqual(column(rows, "method"), whole);
      assert.deepEqual(column(rows, "id"), whole);
    }),
    { numRuns: 60 },
  );
});

test("numbers to the ends of what a column holds; what it cannot hold is null", async () => {
  const longs = [
    0,
    1,
    -1,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    -(2 ** 32),
    2 ** 32 - 1,
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
  ];
  const rows = await readBack([...longs, 2 ** 53, 0.5].map((call_id) => call({ call_id })));
  assert.deepEqual(column(rows, "call_id"), [...longs.map(BigInt), null, null]);
  const ints = [0, 2 ** 31 - 1, -(2 ** 31) + 1, 65_535];
  const small = await readBack([...ints, 2 ** 31, 1.5].map((opnum) => call({ opnum })));
  assert.deepEqual(column(small, "opnum"), [...ints, null, null]);
  const doubles = [0, 0.1, -1e300, 5e-324, Number.POSITIVE_INFINITY];
  const traffic = (duration_s: number | null): AssociationRecord["traffic"] => ({
    client: { bytes: 0, packets: 0 },
    server: { bytes: 0, packets: 0 },
    duration_s,
    history: null,
  });
  const of = [...doubles, null, Number.NaN].map((value) => association({ traffic: traffic(value) }));
  assert.deepEqual(column(await readBack(of), "duration_s"), [...doubles, null, null]);
});

test("times to the nanosecond, before and after the second changes, to the ends of 64 bits", async () => {
  const times = [
    "2024-05-01T10:00:00.000000Z",
    "2024-05-01T10:00:00.999999Z",
    "2024-05-01T10:00:01.000000001Z",
    "2024-05-01T10:00:00.999999999Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00.000000Z",
    "1677-09-21T00:12:43.145224193Z",
    "1677-09-21T00:12:43.145224191Z",
    "2262-04-11T23:47:16.854775807Z",
    "2262-04-11T23:47:16.854775808Z",
    "9999-12-31T23:59:59.999999Z",
    "2024-05-01T10:00:02Z",
  ];
  // Every second of 2^32 nanoseconds carries from one half of the number to the other.
  for (let n = 0; n < 20; n++)
    times.push(`2024-05-01T10:00:${String(10 + n)}.9999${String(n).padStart(2, "0")}Z`);
  const rows = await readBack(times.map((ts) => call({ ts })));
  assert.deepEqual(column(rows, "ts"), times.map(instantOf));
  assert.deepEqual(times.map(instantOf).filter((one) => one === null).length, 3);
});

test("lists: none, empty, long, of numbers and of texts", async () => {
  const lists: number[][] = [
    [],
    [1],
    [],
    [1, 2, 3],
    Array.from({ length: 10_000 }, (_, n) => n),
    [2 ** 40],
    [],
  ];
  const rows = await readBack(lists.map((request) => call({ frames: { request, response: [] }, notes: [] })));
  assert.deepEqual(
    column(rows, "request_frames"),
    lists.map((list) => list.map(BigInt)),
  );
  assert.deepEqual(
    column(rows, "response_frames"),
    lists.map(() => []),
  );
  const many = Array.from({ length: 70_000 }, (_, n) => n.toString(16).padStart(32, "0"));
  const found = await readBack(
    [[], many, ["a"], ["a", "a"]].map((calls) => detection({ calls } as Partial<DetectionRecord>)),
  );
  assert.deepEqual(column(found, "call_ids"), [[], many, ["a"], ["a", "a"]]);
});

const ask = await duckDb();

test("DuckDB reads the same, and knows the ends of times without reading them", {
  skip: ask === null ? WITHOUT_DUCKDB : false,
}, async (t) => {
  const path = join(emptyFolder(t), "calls.parquet");
  const events = Array.from({ length: 10_000 }, (_, n) =>
    call({
      id: `${n}`,
      ts: `2024-05-01T10:${String(n % 60).padStart(2, "0")}:00.000001Z`,
      method: n % 7 === 0 ? null : `method ${n % 300}`,
      call_id: n % 5 === 0 ? null : n - 5_000,
      frames: { request: Array.from({ length: n % 4 }, (_, k) => n + k), response: [] },
    } as Partial<CallRecord>),
  );
  writeFileSync(path, bytesOf(events));
  const rows = await ask!(`select id, method, call_id, request_frames from '${path}' order by id::int`);
  for (const [n, row] of rows.entries()) {
    const { method, call_id, frames } = events[n]!;
    const of = (row.request_frames as string[]).map(Number);
    assert.deepEqual(
      [row.method, row.call_id, of],
      [method, call_id === null ? null : `${call_id}`, frames.request],
    );
  }
  assert.equal(rows.length, 10_000);
  const [ends] = await ask!(
    `select min(stats_min_value) as first, max(stats_max_value) as last, sum(stats_null_count) as nulls, count(*) as groups from parquet_metadata('${path}') where path_in_schema = 'ts'`,
  );
  assert.match(`${ends!.first}`, /^2024-05-01 10:00:00\.000001/);
  assert.match(`${ends!.last}`, /^2024-05-01 10:59:00\.000001/);
  assert.equal(ends!.groups, "3");
});
