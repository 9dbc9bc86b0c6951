/** Parquet files, read back by DuckDB where it is at hand, and by hyparquet: row for row, column for column. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { type CallRecord, EVENT_KINDS, type Event, type EventKind } from "../../../../src/events.js";
import { parquetFolder, parquetPrinter } from "../../../../src/output/parquet/printer.js";
import { instantOf } from "../../../../src/output/parquet/times.js";
import { FormatError } from "../../../../src/output/printer.js";
import { duckDb, type Row } from "../../../support/output/duckdb.js";
import { allCaptures, at } from "../../../support/output/exports.js";
import { association, call, note, offer, summary } from "../../../support/output/samples.js";
import { analyze } from "../../../support/run.js";

const ask = await duckDb();
const WITH_DUCKDB = {
  skip: ask === null ? "DuckDB is not here: npm install --no-save @duckdb/node-api" : false,
};

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

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}

/** Where the value of a column stands in the record of a call, if not under its own name. */
const CALL_PATHS: { readonly [column: string]: string } = {
  client_address: "client.address",
  client_port: "client.port",
  server_address: "server.address",
  server_port: "server.port",
  protseq: "transport.protseq",
  endpoint: "transport.endpoint",
  smb_dialect: "transport.smb.dialect",
  smb_share: "transport.smb.share",
  smb_session_user: "transport.smb.session_user",
  smb_session_domain: "transport.smb.session_domain",
  smb_encrypted: "transport.smb.encrypted",
  request_frames: "frames.request",
  response_frames: "frames.response",
  interface_uuid: "interface.uuid",
  interface_version: "interface.version",
  interface_name: "interface.name",
  target_clsid: "target.clsid",
  target_class: "target.class",
  target_iid: "target.iid",
  target_oxid: "target.oxid",
  target_oid: "target.oid",
  target_from_frame: "target.from_frame",
  dispatch_dispid: "dispatch.dispid",
  dispatch_interface: "dispatch.interface",
  dispatch_member: "dispatch.member",
  dispatch_kind: "dispatch.kind",
  auth_type: "auth.type",
  auth_mechanism: "auth.mechanism",
  auth_level: "auth.level",
  auth_context_id: "auth.context_id",
  auth_user: "auth.user",
  auth_domain: "auth.domain",
  auth_workstation: "auth.workstation",
  auth_source: "auth.source",
  auth_decrypted: "auth.decrypted",
  auth_verified: "auth.verified",
  hresult: "hresult.value",
  hresult_name: "hresult.name",
  hresult_message: "hresult.message",
  fault: "fault.status",
  fault_name: "fault.name",
  returned_type: "returned.type",
  returned_value: "returned.value",
  returned_name: "returned.name",
  request_stub: "stub.request",
  response_stub: "stub.response",
  request_version: "wire.request.version",
  request_byte_order: "wire.request.byte_order",
  request_fragments: "wire.request.fragments",
  request_bytes: "wire.request.bytes",
  request_pdu_bytes: "wire.request.pdu_bytes",
  request_alloc_hint: "wire.request.alloc_hint",
  response_version: "wire.response.version",
  response_byte_order: "wire.response.byte_order",
  response_fragments: "wire.response.fragments",
  response_bytes: "wire.response.bytes",
  response_pdu_bytes: "wire.response.pdu_bytes",
  response_alloc_hint: "wire.response.alloc_hint",
  request_last_ts: "wire.request.last_ts",
  response_last_ts: "wire.response.last_ts",
  cancel_count: "wire.response.cancel_count",
};

const JSON_COLUMNS = new Set(["places", "returned_value", "arguments", "readable", "orpc", "rai", "notes"]);
const TIME_COLUMNS = new Set(["ts", "request_last_ts", "response_last_ts"]);

/** What a column of the record's row must hold. */
function expected(record: CallRecord, column: string): unknown {
  switch (column) {
    case "interface_inferred":
      return record.interface.inferred === true;
    case "note_codes":
      return record.notes.map(({ code }) => code);
    case "notes":
      return record.notes.length === 0 ? null : record.notes;
    case "arguments": {
      const { request, response, dispatch } = record;
      if (request === null && response === null && dispatch === null) return null;
      return { request, response, ...(dispatch === null ? {} : { dispatch: dispatch.arguments }) };
    }
    default:
      return at(record, CALL_PATHS[column] ?? column) ?? null;
  }
}

/** The same of what was read, with numbers as numbers. */
function read(row: Row, column: string, json: (value: unknown) => unknown): unknown {
  const value = row[column] ?? null;
  if (value === null) return null;
  if (JSON_COLUMNS.has(column)) return json(value);
  if (Array.isArray(value)) return value.map((one) => (/^\d+$/.test(String(one)) ? Number(one) : one));
  return value;
}

/** Compares what was read with the record; numbers of 64 bits may be texts or big. */
function sameRow(
  record: CallRecord,
  row: Row,
  time: (row: Row, column: string) => bigint | null,
  json: (value: unknown) => unknown,
): void {
  for (const column of Object.keys(row)) {
    const wanted = expected(record, column);
    const found = read(row, column, json);
    if (TIME_COLUMNS.has(column)) {
      assert.equal(time(row, column), typeof wanted === "string" ? instantOf(wanted) : null);
    } else if (typeof wanted === "number") {
      assert.equal(Number(found), wanted, column);
    } else {
      assert.deepEqual(found, wanted, column);
    }
  }
}

/** The nanoseconds of the time, where DuckDB read the same microseconds. */
function sameMicros(micros: unknown, wanted: unknown): bigint | null {
  const nanos = typeof wanted === "string" ? instantOf(wanted) : null;
  assert.equal(micros === null ? null : String(micros), nanos === null ? null : String(nanos / 1000n));
  return nanos;
}

test("DuckDB reads every call of every capture back, row for row", WITH_DUCKDB, async (t) => {
  let rows = 0;
  for (const path of allCaptures()) {
    const calls = (await analyze([path], { acknowledged: true })).filter((event) => event.type === "call");
    const file = fileOf(t, bytesOf("call", calls));
    const found = await ask!(
      `select * replace (epoch_us(ts) as ts, epoch_us(request_last_ts) as request_last_ts, epoch_us(response_last_ts) as response_last_ts) from read_parquet(${quoted(file)}, file_row_number = true) order by file_row_number`,
    );
    assert.equal(found.length, calls.length, path);
    for (const [index, call] of calls.entries()) {
      const { file_row_number: _, ...row } = found[index]!;
      sameRow(
        call,
        row,
        // DuckDB keeps microseconds of a time with a zone.
        (of, column) => sameMicros(of[column], expected(call, column)),
        (value) => JSON.parse(value as string),
      );
    }
    rows += calls.length;
  }
  assert.ok(rows > 1000, `${rows} rows`);
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
  for (const column of JSON_COLUMNS) assert.equal(of.get(column), "JSON", column);
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
  for (const path of allCaptures()) {
    const calls = (await analyze([path])).filter((event) => event.type === "call");
    const found = await readBack(bytesOf("call", calls));
    assert.equal(found.length, calls.length);
    for (const [index, call] of calls.entries()) {
      sameRow(
        call,
        found[index]!,
        (of, column) => (of[column] ?? null) as bigint | null,
        (value) => value,
      );
    }
    rows += calls.length;
  }
  assert.ok(rows > 100);
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
