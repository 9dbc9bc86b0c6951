/** Calls as a whole: sides, expressions, object references, types that depend on the transfer syntax. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { objrefsIn } from "../../../dissectors/dcom/interface-pointer.js";
import { decodeRequest, decodeResponse } from "../../../dissectors/ndr/decode.js";
import { evaluate, showExpr } from "../../../dissectors/ndr/expr.js";
import type { Expr } from "../../../dissectors/ndr/types.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { decodeWith, library } from "../../support/ndr/rules.js";
import { array, base, bin, context, id, method, n } from "../../support/ndr/types.js";

test("__int3264 is 32 bits in NDR, 64 in NDR64", () => {
  const lib = library("void m([in] byte b, [in] __int3264 i, [in] unsigned __int3264 u);");
  const narrow = decodeWith(lib, parseBytes("1/1 _3 -1/4 5/4", true), "ndr", true);
  assert.deepEqual(narrow.values, { b: 1, i: -1, u: 5 });
  const wide = decodeWith(lib, parseBytes("1/1 _7 -1/8 5/8", true), "ndr64", true);
  assert.deepEqual(wide.values, { b: 1, i: "-1", u: "5" });
});

test("64-bit identifiers as 16 hex digits", () => {
  const m = method([["oxid", { kind: "base", base: "uint64", format: "hex64" }, "in"]]);
  const side = decodeRequest(m, new Reader(parseBytes("0x1f/8", true)), context("ndr"));
  assert.deepEqual(side.values, { oxid: "000000000000001f" });
});

test("alignment counts from the origin of the stub, whatever was read before", () => {
  const m = method([["h", base("uint64"), "in"]]);
  const reader = new Reader(parseBytes("7/4 _4 5/8", true));
  reader.u32();
  assert.deepEqual(decodeRequest(m, reader, context("ndr")).values, { h: "5" });
});

test("an empty array of hypers, with its padding and as Samba sends it", () => {
  const lib = library("typedef struct { long n; [size_is(n)] hyper *a; } S; void m([in] S *s, [in] long z);");
  const values = { s: { n: 0, a: [] }, z: 5 };
  const padded = decodeWith(lib, parseBytes("0/4 1/4 0/4 _4 5/4", true), "ndr", true);
  assert.deepEqual([padded.values, padded.error, padded.left, padded.notes], [values, null, 0, []]);
  const bare = decodeWith(lib, parseBytes("0/4 1/4 0/4 5/4", true), "ndr", true);
  assert.deepEqual([bare.values, bare.error, bare.left], [values, null, 0]);
  assert.deepEqual(
    bare.notes.map((n) => n.code),
    ["array-padding"],
  );
});

test("parameters that never travel are not read", () => {
  const m = method([
    ["h", base("uint32"), "in"],
    ["x", base("uint32"), "in"],
  ]);
  m.params[0]!.notOnWire = true;
  assert.deepEqual(decodeRequest(m, new Reader(parseBytes("5/4", true)), context("ndr")).values, { x: 5 });
});

test("[in, out]: the value of the request or that of the response may be meant", () => {
  const m = method([
    ["a", array(base("uint16"), { sizeIs: id("n") }), "out"],
    ["n", base("uint32"), "inout"],
  ]);
  const side = decodeResponse(m, new Reader(parseBytes("2/4 1/2 2/2 2/4", true)), context("ndr"), { n: 99 });
  assert.deepEqual(side.notes, []);
  const wrong = decodeResponse(m, new Reader(parseBytes("2/4 1/2 2/2 3/4", true)), context("ndr"), { n: 4 });
  assert.deepEqual(
    wrong.notes.map((x) => x.message),
    ["a: the maximum count is 2, n says 3"],
  );
});

test("names that are not known are not compared", () => {
  const m = method([["a", array(base("uint16"), { sizeIs: id("n") }), "out"]]);
  const side = decodeResponse(m, new Reader(parseBytes("2/4 1/2 2/2", true)), context("ndr"));
  assert.deepEqual(side.notes, []);
});

test("missing return values are named", () => {
  const m = method([["x", base("uint32"), "out"]], { kind: "base", base: "uint32", format: "status" });
  const side = decodeResponse(m, new Reader(parseBytes("1/4 2/2", true)), context("ndr"));
  assert.equal(side.error?.path, "return value");
  assert.deepEqual(side.values, { x: 1 });
  assert.equal(side.returned, undefined);
});

const STD = "<0/4 <5/4 <0x1122334455667788/8 <0x99/8 <0x12345678/4 <0/2 <0/2 #0000000000000001";
const OBJREF = `<0x574f454d/4 <1/4 <0x20400/4 <0/2 <0/2 #c000000000000046 ${STD} <4/2 <2/2 <0/2 <0/2 <0/2 <0/2`;

test("interface pointers: counts by the label, iid_is compared, references collected with their path", () => {
  const lib = library(`[object, uuid(11111111-2222-3333-4444-555555555556)] interface IFoo { }
    typedef struct { unsigned long Data1; unsigned short Data2; unsigned short Data3; byte Data4[8]; } GUID;
    [uuid(11111111-2222-3333-4444-555555555555), version(1.0)] interface t {
      void m([in] GUID *riid, [in] long n, [in, size_is(n), iid_is(riid)] IFoo **pp); }`);
  const text = (guid: string): string =>
    `${guid}/4 0/2 0/2 #c000000000000046 2/4 2/4 1/4 0/4 76/4 76/4 ${OBJREF}`;
  for (const little of [true, false]) {
    const side = decodeWith(lib, parseBytes(text("0x20400"), little), "ndr", little);
    assert.equal(side.error, null);
    const [first, second] = side.values.pp as { [name: string]: unknown }[];
    assert.equal(first?.ipid, "12345678-0000-0000-0000-000000000001");
    assert.equal(second, null);
    assert.deepEqual(
      objrefsIn(side.found).map((o) => [o.path, o.objref.iid]),
      [["pp[0]", "00020400-0000-0000-c000-000000000046"]],
    );
    const other = decodeWith(lib, parseBytes(text("0x20401"), little), "ndr", little);
    assert.deepEqual(
      other.notes.map((x) => x.code),
      ["iid-mismatch"],
    );
  }
});

test("expressions as in C", () => {
  const names: { [name: string]: number | string | null | { value: number } } = {
    a: 7,
    big: "18446744073709551615",
    e: { value: 3 },
    none: null,
  };
  const lookup = (name: string) => names[name];
  const cases: [Expr, bigint | null][] = [
    [bin("/", id("a"), n(2)), 3n],
    [bin("/", n(-7), n(2)), -3n],
    [bin("%", n(-7), n(2)), -1n],
    [bin("&", bin("+", id("a"), n(7)), { op: "unary", operator: "~", of: n(7) }), 8n],
    [bin("<<", n(1), n(4)), 16n],
    [bin("/", n(1), n(0)), null],
    [bin("<<", n(1), n(1000)), null],
    [bin("==", id("e"), n(3)), 1n],
    // biome-ignore lint/suspicious/noThenProperty: the description's own name
    [{ op: "ternary", test: bin(">", id("a"), n(6)), then: n(1), else: id("none") }, 1n],
    [bin("&&", n(0), id("none")), 0n],
    [bin("||", n(1), id("none")), 1n],
    [{ op: "unary", operator: "!", of: id("a") }, 0n],
    [{ op: "deref", of: id("big") }, 18446744073709551615n],
    [id("none"), null],
    [id("unknown"), null],
  ];
  for (const [e, wanted] of cases) assert.equal(evaluate(e, lookup), wanted, showExpr(e));
  assert.equal(showExpr(cases[3]![0]), "(a + 7) & ~7");
  assert.equal(showExpr(bin("+", bin("*", id("a"), n(2)), n(1))), "a * 2 + 1");
  assert.equal(showExpr(bin("*", bin("+", id("a"), n(2)), n(1))), "(a + 2) * 1");
  // What JavaScript has in common with C.
  const same: { [operator: string]: (a: bigint, b: bigint) => bigint | boolean } = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "%": (a, b) => a % b,
    "<<": (a, b) => a << b,
    ">>": (a, b) => a >> b,
    "&": (a, b) => a & b,
    "|": (a, b) => a | b,
    "^": (a, b) => a ^ b,
    "<": (a, b) => a < b,
    ">": (a, b) => a > b,
    "<=": (a, b) => a <= b,
    ">=": (a, b) => a >= b,
    "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "&&": (a, b) => a !== 0n && b !== 0n,
    "||": (a, b) => a !== 0n || b !== 0n,
  };
  for (const [operator, of] of Object.entries(same)) {
    for (const [a, b] of [
      [12, 5],
      [5, 5],
      [-9, 2],
      [0, 3],
    ] as const) {
      const wanted = BigInt(of(BigInt(a), BigInt(b)));
      assert.equal(evaluate(bin(operator, n(a), n(b)), lookup), wanted, `${a} ${operator} ${b}`);
    }
  }
  for (const operator of ["%", "/"]) assert.equal(evaluate(bin(operator, n(1), n(0)), lookup), null);
  for (const operator of ["<<", ">>"]) assert.equal(evaluate(bin(operator, n(1), n(-1)), lookup), null);
  assert.equal(evaluate(bin("**", n(1), n(1)), lookup), null);
});
