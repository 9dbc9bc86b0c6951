/** Parquet files, read back by DuckDB where it is at hand, and by hyparquet: row for row, column for column. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { EVENT_KINDS, type Event, type EventKind } from "../../../../src/events.js";
import { parquetFolder, parquetPrinter } from "../../../../src/output/parquet/printer.js";
import { instantOf } from "../../../../src/output/parquet/times.js";
import { FormatError } from "../../../../src/output/printer.js";
import { captureNames } from "../../../support/golden.js";
import { duckDb, type Row, WITHOUT_DUCKDB } from "../../../support/output/duckdb.js";
import { allCaptures } from "../../../support/output/exports.js";
import { type Line, sameRow, timesIn } from "../../../support/output/parquet-columns.js";
import { association, call, note, offer, summary } from "../../../support/output/samples.js";
import { analyze } from "../../../support/run.js";
import { someOf } from "../../../support/volume.js";

/** All that ship, and of those that may lie beside the project some. */
const READ = [
  ...allCaptures().slice(0, captureNames().length),
  ...someOf(allCaptures().slice(captureNames().length)),
];
const ask = await duckDb();
const WITH_DUCKDB = { skip: ask === null ? WITHOUT_DUCKDB : false };

function bytesOf(kind: EventKind, events: readonly Event[], held?: number): Uint8Array {
  const printer = parquetPrinter(new Set([kind]), held);
  const parts = events.map((event) => printer.push(event)).filter((part) => part !== "");
  return Buffer.concat([...parts, printer.finish()]);
}

function fileOf(t: TestContext, bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "it's.parquet");
  writeFileSync(path, bytes);
  return path;
}

/** As the call log has it. */
function line(event: Event): Line {
  return event as unknown as Line;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}

test("DuckDB reads every call of every capture back, row for row", WITH_DUCKDB, async (t) => {
  let rows = 0;
  for (const path of READ) {
    const calls = (await analyze([path], { acknowledged: true })).filter((event) => event.type === "call");
    const file = fileOf(t, bytesOf("call", calls));
    const from = `read_parquet(${quoted(file)}, file_row_number = true)`;
    const columns = (await ask!(`describe select * exclude (file_row_number) from ${from}`)).map(
      (row) => row.column_name as string,
    );
    const found = await ask!(`select ${timesIn(columns)} from ${from} order by file_row_number`);
    assert.equal(found.length, calls.length, path);
    for (const [index, call] of calls.entries()) {
      sameRow("call", line(call), found[index]!, { json: true, micros: true });
    }
    rows += calls.length;
  }
  assert.ok(rows > 200, `${rows} rows`);
});

test("DuckDB takes each column for what it is", WITH_DUCKDB, async (t) => {
  const file = fileOf(t, bytesOf("call", [call()]));
  const types = await ask!(`select column_name, column_type from (describe select * from ${quoted(file)})`);
  const of = new Map(types.map((row) => [row.column_name, row.column_type]));
  assert.equal(of.get("ts"), "TIMESTAMP WITH TIME ZONE");
  assert.equal(of.get("request_frames"), "BIGINT[]");
  assert.equal(of.get("note_codes"), "VARCHAR[]");
  assert.equal(of.get("opnum"), "INTEGER");
  assert.equal(of.get("call_id"), "BIGINT");
  assert.equal(of.get("auth_decrypted"), "BOOLEAN");
  assert.equal(of.get("method"), "VARCHAR");
  for (const column of ["places", "returned_value", "arguments", "readable", "orpc", "rai", "notes"]) {
    assert.equal(of.get(column), "JSON", column);
  }
  const [schema] = await ask!(`select logical_type from parquet_schema(${quoted(file)}) where name = 'ts'`);
  assert.match(String(schema!.logical_type), /isAdjustedToUTC=1.*NANOS=NanoSeconds/);
});

test("DuckDB reads the other kinds as well, and a file without rows", WITH_DUCKDB, async (t) => {
  const events: Event[] = [association(), offer(), note(), summary()];
  for (const event of events) {
    const file = fileOf(t, bytesOf(event.type, [event]));
    const [row] = await ask!(`select * from ${quoted(file)}`);
    assert.ok(row !== undefined, event.type);
    if (event.type === "note") assert.equal(row.message, event.message);
    if (event.type === "offer") assert.equal(row.expert_user, event.expert.user);
    if (event.type === "association") assert.equal(Number(row.calls), event.calls);
  }
  for (const kind of EVENT_KINDS) {
    const file = fileOf(t, bytesOf(kind, []));
    assert.deepEqual(await ask!(`select count(*) as n from ${quoted(file)}`), [{ n: "0" }]);
  }
});

async function readBack(bytes: Uint8Array): Promise<Row[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  // Its own would give times in milliseconds.
  const parsers = {
    ...DEFAULT_PARSERS,
    timestampFromNanoseconds: (nanos: bigint) => nanos as unknown as Date,
  };
  return parquetReadObjects({ file, parsers });
}

test("hyparquet reads the calls of every capture back, times to the nanosecond", async () => {
  let rows = 0;
  for (const path of READ) {
    const calls = (await analyze([path])).filter((event) => event.type === "call");
    const found = await readBack(bytesOf("call", calls));
    assert.equal(found.length, calls.length);
    for (const [index, call] of calls.entries()) {
      sameRow("call", line(call), found[index]!, { json: false, micros: false });
    }
    rows += calls.length;
  }
  assert.ok(rows > 200);
});

test("nanoseconds are kept, and a time that 64 bits cannot hold is null", () => {
  assert.equal(instantOf("2024-05-01T10:00:00.123456789Z"), 1714557600123456789n);
  assert.equal(instantOf("1969-12-31T23:59:59.999999Z"), -1000n);
  assert.equal(instantOf("9999-12-31T23:59:59.000000Z"), null);
  assert.equal(instantOf("0000-01-01T00:00:00.000000Z"), null);
});

test("rows are written group by group, and what is held back is bounded", async () => {
  const big = call({ request: { text: "x".repeat(10_000) } });
  const held = 1 << 20;
  const printer = parquetPrinter(new Set(["call"]), held);
  let written = 0;
  const parts: Uint8Array[] = [];
  for (let n = 0; n < 1000; n++) {
    const part = printer.push({ ...big, call_id: n });
    if (part === "" || part.length === 0) continue;
    parts.push(part);
    written++;
  }
  assert.ok(written >= 9, `${written} groups`);
  const bytes = Buffer.concat([...parts, printer.finish()]);
  const found = await readBack(bytes);
  assert.deepEqual(
    found.map((row) => Number(row.call_id)),
    Array.from({ length: 1000 }, (_, n) => n),
  );
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  assert.equal(parquetMetadata(file).row_groups.length, written + 1);
});

test("values that a column cannot hold are null, and half a character becomes U+FFFD", async () => {
  const odd = call({ opnum: 2 ** 40, call_id: 2 ** 60, method: "\ud800a" });
  const [row] = await readBack(bytesOf("call", [odd]));
  assert.equal(row!.opnum ?? null, null);
  assert.equal(row!.call_id ?? null, null);
  assert.equal(row!.method, "\ufffda");
});

test("one file holds one kind; a folder holds a file for each that was asked for", () => {
  assert.throws(() => parquetPrinter(new Set(["call", "offer"])), FormatError);
  assert.throws(() => parquetPrinter(new Set()), FormatError);
  const files = new Map<string, number>();
  const folder = {
    write(file: string, what: string | Uint8Array) {
      files.set(file, (files.get(file) ?? 0) + what.length);
    },
  };
  const printer = parquetFolder(new Set(["call", "offer"]), 1 << 20);
  printer.push(call(), folder);
  printer.push(note(), folder);
  printer.finish(folder);
  assert.deepEqual([...files.keys()].sort(), ["calls.parquet", "offers.parquet"]);
});
