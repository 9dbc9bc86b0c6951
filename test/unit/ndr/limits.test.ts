/** What a stub claims costs no more than its bytes: every limit ends the decoding and keeps what came before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_FOUND, MAX_NOTES } from "../../../dissectors/ndr/decode-state.js";
import type { DecodedSide } from "../../../dissectors/ndr/decoded.js";
import type { NdrType, StructType } from "../../../dissectors/ndr/types.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { array, base, context, decodeValue, n, ptr, struct } from "../../support/ndr/types.js";

function decode(type: NdrType, bytes: Uint8Array): DecodedSide {
  const side = decodeValue(type, new Reader(bytes), context("ndr"));
  JSON.stringify(side.values);
  return side;
}

/** 32-bit integers, little-endian. */
function words(count: number, at: (i: number) => number): Uint8Array {
  const view = new DataView(new ArrayBuffer(count * 4));
  for (let i = 0; i < count; i++) view.setUint32(i * 4, at(i), true);
  return new Uint8Array(view.buffer);
}

function list(pointer: "unique" | "full"): StructType {
  const node: StructType = { kind: "struct", fields: [{ name: "v", type: base("uint32") }] };
  node.fields.push({ name: "next", type: ptr(node, pointer) });
  return node;
}

test("a linked list without end ends with its bytes, and is no deeper for being long", () => {
  const side = decode(
    list("unique"),
    words(200_000, (i) => i),
  );
  assert.equal(side.error?.kind, "incomplete");
  const value = side.values.value as { v: number; next: { v: number }[] };
  // The last is the one that is missing.
  assert.equal(value.next.length, 100_000);
  assert.deepEqual(value.next.at(-2), { v: 199_998 });
});

test("pointers to pointers without end", () => {
  const node = struct(["a", base("uint32")]);
  node.fields.push({ name: "left", type: ptr(node) }, { name: "right", type: ptr(node) });
  const side = decode(
    node,
    words(3000, () => 1),
  );
  assert.equal(side.error?.bound, "MAX_DEPTH");
});

test("full pointers that double at every level", () => {
  const node: StructType = { kind: "struct", fields: [] };
  node.fields.push({ name: "a", type: ptr(node, "full") }, { name: "b", type: ptr(node, "full") });
  // Each node's second pointer names the first one's referent.
  const side = decode(
    node,
    words(120, (i) => (i < 118 ? (i >> 1) + 1 : 0)),
  );
  assert.equal(side.error?.kind, "limit");
});

test("full pointers that build a tower of aliases", () => {
  const node = struct(["p", ptr(base("uint32"), "full")]);
  node.fields[0]!.type = ptr(node, "full");
  const type = array(ptr(node, "full"), { length: n(3000) });
  // Ids 1..3000; the referent of each points to the one before.
  const side = decode(
    type,
    words(6000, (i) => (i < 3000 ? i + 1 : i - 3000)),
  );
  assert.equal(side.error?.kind, "limit");
});

test("arrays of nothing", () => {
  const empty: NdrType = { kind: "struct", fields: [] };
  const side = decode(
    array(empty),
    words(1, () => 0xffffffff),
  );
  assert.equal(side.error?.kind, "malformed");
  const rows = decode(
    array(array(base("uint32"), { length: n(0) })),
    words(1, () => 0xffffffff),
  );
  assert.equal(rows.error?.kind, "malformed");
});

test("more values than the limit", () => {
  const side = decode(array(base("uint8"), { length: n(1) }), new Uint8Array(1));
  assert.equal(side.error, null);
  const many = decode(array(base("int8"), { length: n(3_000_000) }), new Uint8Array(3_000_000));
  assert.equal(many.error?.bound, "MAX_NODES");
});

test("counts beyond the bytes: text and hex keep what is there", () => {
  const bytes = words(3, (i) => [0x7fffffff, 0x00420041, 0x00430043][i]!);
  assert.equal(decode(array(base("byte")), bytes).values.value, "4100420043004300");
  assert.equal(decode(array(base("wchar")), bytes).values.value, "ABCC");
});

test("a count of 64 bits", () => {
  const bytes = new Uint8Array(16).fill(0xff);
  const side = decodeValue(array(base("byte")), new Reader(bytes), context("ndr64"));
  assert.equal(side.error?.kind, "malformed");
});

test("notes are bounded", () => {
  const one = struct(["a", { kind: "base", base: "uint8", range: { low: n(1), high: n(2) } }]);
  const codes = (size: number): (string | undefined)[] => {
    const side = decode(array(one, { length: n(size) }), new Uint8Array(size));
    assert.equal(side.error, null);
    return [`${side.notes.length}`, side.notes.at(-1)?.code];
  };
  assert.deepEqual(codes(MAX_NOTES), [`${MAX_NOTES}`, "out-of-range"]);
  assert.deepEqual(codes(1000), [`${MAX_NOTES + 1}`, "decode-limit"]);
});

test("what is registered is bounded, and says so", () => {
  const status = (count: number): string[] =>
    decode(array(base("error_status"), { length: n(count) }), new Uint8Array(4 * count)).notes.map(
      (x) => x.code,
    );
  assert.deepEqual(status(MAX_FOUND), []);
  assert.deepEqual(status(MAX_FOUND + 1), ["decode-limit"]);
});

test("a type that contains itself without a pointer is the description's fault", () => {
  const self: StructType = { kind: "struct", fields: [] };
  self.fields.push({ name: "x", type: self });
  assert.equal(decode(self, new Uint8Array(8)).error?.kind, "unsupported");
});
