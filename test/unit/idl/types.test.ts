/** [C706] 4.2: base types, enumerations, structures, unions, typedefs. One test for each rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parameters, read, typeOf } from "../../support/idl/notation.js";

const is = (declarations: string, name: string, expected: string, attributes = ""): void =>
  assert.equal(typeOf(declarations, name, attributes), expected);

test("integer types by their words, in any order", () => {
  const words: [string, string][] = [
    ["short", "int16"],
    ["unsigned short int", "uint16"],
    ["long", "int32"],
    ["long unsigned", "uint32"],
    ["int", "int32"],
    ["unsigned", "uint32"],
    ["signed int", "int32"],
    ["long long", "int64"],
    ["unsigned long long", "uint64"],
    ["hyper", "int64"],
    ["unsigned hyper", "uint64"],
    ["hyper int", "int64"],
    ["small", "int8"],
    ["unsigned small", "uint8"],
    ["__int8", "int8"],
    ["__int16", "int16"],
    ["unsigned __int32", "uint32"],
    ["signed __int64", "int64"],
    ["__int3264", "int3264"],
    ["unsigned __int3264", "uint3264"],
    ["char", "char"],
    ["signed char", "int8"],
    ["unsigned char", "uint8"],
    ["wchar_t", "wchar"],
    ["byte", "byte"],
    ["boolean", "boolean"],
    ["float", "float"],
    ["double", "double"],
    ["error_status_t", "error_status/status"],
    ["const long", "int32"],
    ["long const", "int32"],
  ];
  for (const [idl, base] of words) is(`typedef ${idl} T;`, "T", base);
});

test("a keyword may be declared again, as [MS-DTYP] does", () => {
  is("typedef unsigned short wchar_t; typedef wchar_t WCHAR;", "WCHAR", "wchar");
  is("typedef unsigned long error_status_t; typedef error_status_t E;", "E", "error_status/status");
});

test("a typedef has several declarators, each with its own pointers and bounds", () => {
  const all = "typedef long A, *B, **C, D[3], *E[2];";
  is(all, "A", "int32");
  is(all, "B", "unique -> int32");
  is(all, "C", "unique -> unique -> int32");
  is(all, "D", "[=3] int32");
  is(all, "E", "[=2] unique -> int32");
  is("typedef long (*P)[4];", "P", "unique -> [=4] int32");
});

test("enumerations: 16 bits, 32 with v1_enum; implicit values go on from explicit ones", () => {
  is("typedef enum { a, b, c } T;", "T", "enum16(a=0 b=1 c=2)");
  is("typedef [v1_enum] enum { a = 5, b, c = 0x10 | 1, d } T;", "T", "enum32(a=5 b=6 c=17 d=18)");
  is("[v1_enum] typedef enum { a } T;", "T", "enum32(a=0)");
  is("typedef enum tag { a = -1, b, } T;", "T", "enum16(a=-1 b=0)");
  is("enum tag { x = 3 }; typedef enum tag T;", "T", "enum16(x=3)");
  is(
    "typedef enum { a = 1 << 4, b = a * 2, c = (b + 1) % 7, d = ~0, e = 6 / 4 } T;",
    "T",
    "enum16(a=16 b=32 c=5 d=-1 e=1)",
  );
});

test("members of enumerations are constants", () => {
  is("enum { N = 7 }; typedef char T[N + 1];", "T", "[=8] char");
});

test("structures: fields in order, several of one type, tags, and themselves through a pointer", () => {
  is("typedef struct { long a, b; short c; } T;", "T", "{a: int32; b: int32; c: int16}");
  is("typedef struct node { struct node *next; long v; } T;", "T", "{next: unique -> struct T; v: int32}");
  is("typedef struct a A; struct a { long x; }; typedef A T;", "T", "{x: int32}");
  is("struct a { long x; }; typedef struct { struct a y; } T;", "T", "{y: {x: int32}}");
  is("struct a { long x; }; typedef struct { a y; } T;", "T", "{y: {x: int32}}");
});

test("anonymous members have names as in Windows' headers", () => {
  is(
    "typedef struct { long t; [switch_is(t)] union { [case(1)] long a; }; struct { long x; }; struct { long y; }; } T;",
    "T",
    "{t: int32; u: union(int32 is t){1: a int32}; s: {x: int32}; s2: {y: int32}}",
  );
});

test("non-encapsulated unions: switch_type, cases with several values, default, arms without a field", () => {
  is(
    "typedef [switch_type(short)] union { [case(1, 2)] long a; [case(3)] ; [default] char b; } T;",
    "T",
    "union(int16){1,2: a int32; 3: -; default: b char}",
  );
  is(
    "typedef [switch_type(long)] union { case 1: case 2: long a; default: ; } T;",
    "T",
    "union(int32){1,2: a int32; default: -}",
  );
});

test("a union's discriminant is reported by switch_is where switch_type does not", () => {
  const u = "[case(1)] long a; } u;";
  const of = (tag: string, expr: string): string =>
    `typedef struct { ${tag}; [switch_is(${expr})] union { ${u} } T;`;
  is(of("unsigned short t", "t"), "T", "{t: uint16; u: union(uint16 is t){1: a int32}}");
  is(of("long t", "t & 0xff"), "T", "{t: int32; u: union(int32 is t & 255){1: a int32}}");
  is(of("unsigned char t", "t & 0xff"), "T", "{t: uint8; u: union(int32 is t & 255){1: a int32}}");
  is(of("unsigned long t", "0xff & t"), "T", "{t: uint32; u: union(uint32 is 255 & t){1: a int32}}");
  is(of("hyper t", "t + 1"), "T", "{t: int64; u: union(int64 is t + 1){1: a int32}}");
  is(of("long t", "(short)t"), "T", "{t: int32; u: union(int16 is t){1: a int32}}");
  is(
    `typedef [v1_enum] enum { one = 1 } E; ${of("E t", "t")}`,
    "T",
    "{t: enum32(one=1); u: union(enum32(one=1) is t){1: a int32}}",
  );
});

test("one union, used with different discriminants", () => {
  const u = "typedef [switch_type(long)] union { [case(1)] long a; } U;";
  is(
    `${u} typedef struct { long x; long y; [switch_is(x)] U p; [switch_is(y)] U *q; } T;`,
    "T",
    "{x: int32; y: int32; p: union(int32 is x){1: a int32}; q: unique -> union(int32 is y){1: a int32}}",
  );
});

test("switch_is of a parameter goes through pointers and typedefs of pointers", () => {
  const u = "typedef [switch_type(long)] union { [case(1)] long a; } U, *PU;";
  assert.deepEqual(parameters("[in] long n, [in, switch_is(n)] U *a, [out, switch_is(n)] PU *b", u), [
    "n: int32",
    "a: ref -> union(int32 is n){1: a int32}",
    "b: ref -> unique -> union(int32 is n){1: a int32}",
  ]);
});

test("encapsulated unions", () => {
  is(
    "typedef union tag switch (long kind) body { case 1: long a; default: ; } T;",
    "T",
    "union(int32 kind body){1: a int32; default: -}",
  );
  is("typedef union switch (short s) { case 2: char c; } T;", "T", "union(int16 s tagged_union){2: c char}");
  is(
    "union tag switch (long k) u { case 1: long a; }; typedef struct tag *T;",
    "T",
    "unique -> union(int32 k u){1: a int32}",
  );
});

test("ms_union on the union or on the interface", () => {
  is(
    "typedef [ms_union, switch_type(long)] union { [case(1)] long a; } T;",
    "T",
    "union/ms(int32){1: a int32}",
  );
  is(
    "typedef [switch_type(long)] union { [case(1)] long a; } T;",
    "T",
    "union/ms(int32){1: a int32}",
    ", ms_union",
  );
});

test("cases are constants of any form", () => {
  is(
    "const long A = 4; typedef [switch_type(long)] union { [case(A, A + 1)] long a; [case('x')] long b; } T;",
    "T",
    "union(int32){4,5: a int32; 120: b int32}",
  );
  is(
    "typedef [switch_type(boolean)] union { [case(TRUE)] long a; [case(FALSE)] ; } T;",
    "T",
    "union(boolean){1: a int32; 0: -}",
  );
});

test("context handles, in typedefs and on parameters", () => {
  is("typedef [context_handle] void *H;", "H", "context");
  is("typedef void *V; typedef [context_handle] V H;", "H", "context");
  is("typedef [context_handle_noserialize] void *H;", "H", "context");
  is("typedef [context_handle] void *H; typedef H *PH;", "PH", "unique -> context");
  assert.deepEqual(parameters("[in, context_handle] void *a, [out, context_handle] void **b"), [
    "a: context",
    "b: ref -> context",
  ]);
  assert.deepEqual(
    parameters("[in, context_handle] H a, [out, context_handle] H *b", "typedef [context_handle] void *H;"),
    ["a: context", "b: ref -> context"],
  );
});

test("a typedef with [handle] travels as data", () => {
  assert.deepEqual(parameters("[in, string, unique] H h", "typedef [handle] wchar_t *H;"), [
    "h: unique -> string[ from ] wchar",
  ]);
});

test("transmit_as and wire_marshal name what travels", () => {
  is("typedef struct { long w; } W; typedef [wire_marshal(W)] void *T;", "T", "{w: int32}");
  is("typedef [transmit_as(short)] long T;", "T", "int16");
});

test("pipes are declared, and reported as not decoded", () => {
  const { library, said } = read("typedef pipe char P;\ntypedef P Q;");
  assert.deepEqual(said, ["t.idl:1:9 warning: expected a type that is decoded, found a pipe, which is not"]);
  assert.deepEqual(library.types.get("Q"), { kind: "unsupported", reason: "a pipe", name: "Q" });
});

test("void pointers have no type to travel as", () => {
  is(
    "typedef struct { void *p; long n; } T;",
    "T",
    "{p: unique -> unsupported: void *, whose target has no type; n: int32}",
  );
});

test("a union that nothing discriminates does not travel, which harms nobody until it is asked to", () => {
  is("typedef struct { union { long a; } u; } T;", "T", "{u: unsupported: a union without a discriminant}");
});

test("range on types, fields and parameters; through pointers, not through arrays", () => {
  is("typedef [range(0, 4 * 2)] long T;", "T", "int32 in 0..8");
  is("typedef struct { [range(1, 5)] long a; } T;", "T", "{a: int32 in 1..5}");
  is("typedef [range(0, 9)] long B; typedef B *T;", "T", "unique -> int32 in 0..9");
  assert.deepEqual(
    parameters("[in, range(0, 7)] long a, [in] long n, [in, size_is(n), range(0, 7)] long *b"),
    ["a: int32 in 0..7", "n: int32", "b: ref -> [n] int32"],
  );
});

test("ignored pointers", () => {
  is(
    "typedef struct { [ignore] void *p; [ignore] long *q; } T;",
    "T",
    "{p: unique -> unsupported: void *, whose target has no type ignored; q: unique -> int32 ignored}",
  );
});
