/** Traced decoding: names from the IDL, places from the reader, the values of the ordinary run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRequest } from "../../../dissectors/ndr/decode.js";
import { traced } from "../../../dissectors/ndr/traced.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { emptyField, type Field, isLeaf, Trace, where } from "../../../dissectors/wire/trace.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { library, methodOf } from "../../support/ndr/rules.js";
import { context } from "../../support/ndr/types.js";

/** A line a field: `name start+length value`, indented. */
function lines(field: Field, depth = 0): string[] {
  const place = field.range === null ? "" : ` ${field.range.start}+${field.range.length}`;
  const value = isLeaf(field) ? ` ${field.show ?? JSON.stringify(field.value)}` : "";
  return [
    `${"  ".repeat(depth)}${field.name}${place}${value}`,
    ...field.children.flatMap((child) => lines(child, depth + 1)),
  ];
}

function trace(idl: string, wire: string): { root: Field; ordinary: unknown; traced: unknown } {
  const method = methodOf(library(idl));
  const bytes = parseBytes(wire, true);
  const root = emptyField("stub");
  const notes = new Trace(root);
  notes.addSource({ name: "stub", kind: "stub", bytes, pieces: [] });
  const ctx = context("ndr");
  const found = decodeRequest(method, notes.reader(0), { ...ctx, wrap: traced });
  return { root, traced: found, ordinary: decodeRequest(method, new Reader(bytes), ctx) };
}

test("a referent hangs under its pointer, with counts, though it stands behind what is in place", () => {
  const idl =
    "typedef struct { long n; [string] wchar_t *name; short s; [size_is(n)] short *list; } S; void m([in] S *s, [in] long z);";
  const found = trace(idl, "2/4 1/4 7/2 _2 2/4 3/4 0/4 3/4 0x61/2 0x62/2 0/2 _2 2/4 10/2 20/2 9/4");
  assert.deepEqual(found.traced, found.ordinary);
  assert.deepEqual(lines(found.root), [
    "stub",
    "  s 0+16",
    "    n 0+4 2",
    "    name 4+4",
    "      referent_id 4+4 1",
    "      max_count 16+4 3",
    "      offset 20+4 0",
    "      actual_count 24+4 3",
    '      elements 28+6 "ab"',
    "    s 8+2 7",
    "    list 12+4",
    "      referent_id 12+4 2",
    "      max_count 36+4 2",
    "      [0] 40+2 10",
    "      [1] 42+2 20",
    "  z 44+4 9",
  ]);
});

test("unions, enumerations and arrays decoded twice leave no second set of fields", () => {
  const idl =
    "typedef enum { one = 1 } E; typedef struct { long n; [size_is(n)] hyper *a; } S; void m([in] S *s, [in] E e);";
  const found = trace(idl, "0/4 1/4 0/4 1/2");
  assert.deepEqual(found.traced, found.ordinary);
  assert.deepEqual(lines(found.root), [
    "stub",
    "  s 0+8",
    "    n 0+4 0",
    "    a 4+4",
    "      referent_id 4+4 1",
    "      max_count 8+4 0",
    "  e 12+2 one",
  ]);
});

test("where: from a stub through fragments and pieces to frames", () => {
  const bytes = new Uint8Array(10);
  const sources = [
    {
      name: "PDU",
      kind: "pdu" as const,
      bytes,
      pieces: [
        { start: 0, length: 4, from: { frame: 7 }, at: 54, sealed: false },
        { start: 4, length: 6, from: { frame: 9 }, at: 54, sealed: false },
      ],
    },
    {
      name: "stub",
      kind: "opened" as const,
      bytes: bytes.subarray(2),
      pieces: [{ start: 0, length: 8, from: 0, at: 2, sealed: true }],
    },
  ];
  const places = where({ root: emptyField("x"), sources }, { source: 1, start: 1, length: 3 });
  assert.deepEqual(places, [
    { frame: 7, at: 57, length: 1, sealed: true },
    { frame: 9, at: 54, length: 2, sealed: true },
  ]);
});
