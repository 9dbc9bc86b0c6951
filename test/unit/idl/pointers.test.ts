/** [C706] 4.2.16 to 4.2.20: pointers, arrays, strings, and which level an attribute means. One test for each rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parameters, typeOf } from "../../support/idl/notation.js";

test("a parameter's outermost pointer is a reference, what lies below follows pointer_default", () => {
  assert.deepEqual(parameters("[in] long *a, [out] long **b, [in] long ***c"), [
    "a: ref -> int32",
    "b: ref -> unique -> int32",
    "c: ref -> unique -> unique -> int32",
  ]);
  assert.deepEqual(parameters("[in] long *a, [out] long **b", "", ", pointer_default(ptr)"), [
    "a: ref -> int32",
    "b: ref -> full -> int32",
  ]);
  assert.deepEqual(parameters("[out] long **b", "", ", pointer_default(ref)"), ["b: ref -> ref -> int32"]);
});

test("an attribute decides over the default, at the outermost pointer only", () => {
  assert.deepEqual(parameters("[in, unique] long *a, [in, ptr] long **b, [in, ref] long *c"), [
    "a: unique -> int32",
    "b: full -> unique -> int32",
    "c: ref -> int32",
  ]);
});

test("pointers in structures follow pointer_default, or their attribute", () => {
  const s = "typedef struct { long *a; [ptr] long *b; [ref] long *c; } T;";
  assert.equal(typeOf(s, "T"), "{a: unique -> int32; b: full -> int32; c: ref -> int32}");
  assert.equal(
    typeOf(s, "T", ", pointer_default(ptr)"),
    "{a: full -> int32; b: full -> int32; c: ref -> int32}",
  );
});

test("a typedef's pointer counts as a pointer of the declaration, with the class that the typedef states", () => {
  const t = "typedef long *P; typedef [unique] long *U; typedef [ref] P *R; typedef P Q;";
  assert.deepEqual(parameters("[in] P a, [in, unique] P b, [in] U c, [out] U *d, [in] R e, [in] Q f", t), [
    "a: ref -> int32",
    "b: unique -> int32",
    "c: unique -> int32",
    "d: ref -> unique -> int32",
    "e: ref -> unique -> int32",
    "f: ref -> int32",
  ]);
});

test("what a function returns is no parameter: its pointer is not a reference", () => {
  assert.equal(typeOf("typedef long *P;", "P"), "unique -> int32");
});

test("fixed arrays, several dimensions, bounds in the manner of [C706]", () => {
  assert.equal(typeOf("typedef long T[2][3];", "T"), "[=2] [=3] int32");
  assert.equal(typeOf("typedef long T[0..9];", "T"), "[=10] int32");
  assert.equal(typeOf("const long N = 5; typedef long T[N * 2];", "T"), "[=10] int32");
  assert.equal(typeOf("typedef struct { char a[sizeof(long) * 2]; } T;", "T"), "{a: [=8] char}");
});

test("size_is makes an array conformant, with brackets or with a pointer", () => {
  assert.deepEqual(
    parameters(
      "[in] long n, [in, size_is(n)] char a[], [in, size_is(n)] char *b, [in, size_is(n)] char c[*]",
    ),
    ["n: int32", "a: [n] char", "b: ref -> [n] char", "c: [n] char"],
  );
  assert.equal(
    typeOf("typedef struct { long n; [size_is(n)] byte b[]; } T;", "T"),
    "{n: int32; b: [n] byte}",
  );
  assert.equal(
    typeOf("typedef struct { long n; [size_is(n)] byte *b; } T;", "T"),
    "{n: int32; b: unique -> [n] byte}",
  );
});

test("the n-th argument means the n-th pointer or dimension, an empty one means nothing", () => {
  assert.deepEqual(
    parameters(
      "[in] long n, [out] long *m, [in, size_is(n)] long **a, [out, size_is(, *m)] long **b, [in, size_is(n, )] long **c, [out, size_is(, *m, )] long ***d",
    ),
    [
      "n: int32",
      "m: ref -> int32",
      "a: ref -> [n] unique -> int32",
      "b: ref -> unique -> [*m] int32",
      "c: ref -> [n] unique -> int32",
      "d: ref -> unique -> [*m] unique -> int32",
    ],
  );
  assert.deepEqual(parameters("[in] long n, [in, size_is(n, n + 1)] long a[][]"), [
    "n: int32",
    "a: [n] [n + 1] int32",
  ]);
});

test("levels are counted through typedefs", () => {
  const t = "typedef struct { long v; } S, *P;";
  assert.deepEqual(
    parameters("[out] long *n, [out, size_is(, *n)] P *a, [in] long m, [in, size_is(m)] P b", t),
    ["n: ref -> int32", "a: ref -> unique -> [*n] {v: int32}", "m: int32", "b: ref -> [m] {v: int32}"],
  );
});

test("max_is, length_is, first_is, last_is, min_is", () => {
  assert.deepEqual(
    parameters(
      "[in] long n, [in] long k, [in, max_is(n)] long a[], [in, size_is(n), length_is(k)] long b[], [in, size_is(n), first_is(k), last_is(n)] long c[], [in, length_is(k)] long d[10], [in, max_is(n), min_is(k)] long e[]",
    ),
    [
      "n: int32",
      "k: int32",
      "a: [n + 1] int32",
      "b: [n from k] int32",
      "c: [n from (n + 1) - k] int32",
      "d: [=10 from k] int32",
      "e: [(n + 1) - k] int32",
    ],
  );
  assert.equal(typeOf("typedef struct { [max_is(9)] char *a; } T;", "T"), "{a: unique -> [10] char}");
});

test("expressions over parameters and fields: every operator, casts, sizeof, constants", () => {
  assert.deepEqual(
    parameters(
      "[in] long n, [in, size_is((n + 7) & ~7)] byte *a, [in, size_is(n / sizeof(wchar_t))] byte *b, [in, size_is(n ? *p : 0)] byte *c, [in] long *p, [in, size_is((unsigned long)n << K)] byte *d",
      "const long K = 2;",
    ),
    [
      "n: int32",
      "a: ref -> [(n + 7) & -8] byte",
      "b: ref -> [n / 2] byte",
      "c: ref -> [n ? *p : 0] byte",
      "p: ref -> int32",
      "d: ref -> [n << 2] byte",
    ],
  );
});

test("sizes are those of a 32-bit machine: alignment of fields and of the whole, pointers, enumerations, GUIDs", () => {
  const types = `typedef struct { char a; long b; short c; } S; typedef struct { hyper h; char c; } T;
    typedef struct { char c[3]; S s; T t; } U; typedef enum { one } E; typedef struct { long *p; E e; GUID g; char c; } V;
    typedef struct { unsigned long Data1; unsigned short Data2; unsigned short Data3; byte Data4[8]; } GUID;
    typedef struct { byte open[*]; } W;`;
  const sizes: [string, number][] = [
    ["S", 12],
    ["T", 16],
    ["U", 32],
    ["E", 4],
    ["GUID", 16],
    ["V", 28],
    ["S *", 4],
    ["double", 8],
  ];
  for (const [type, size] of sizes) {
    assert.equal(typeOf(`${types} typedef char X[sizeof(${type})];`, "X"), `[=${size}] char`, type);
  }
  assert.match(typeOf(`${types} typedef char X[sizeof(W)];`, "X"), /^unsupported/);
});

test("constants: conditions, casts that cut, the other signs", () => {
  const value = (expression: string): string => typeOf(`typedef char X[${expression}];`, "X");
  assert.equal(value("1 > 2 ? 3 : 4"), "[=4] char");
  assert.equal(value("(unsigned char)0x1ff"), "[=255] char");
  assert.equal(value("-(signed char)0xff"), "[=1] char");
  assert.equal(value("~0 + 3"), "[=2] char");
  assert.equal(value("!0 + +2"), "[=3] char");
});

test("a field or parameter goes before a constant of the same name", () => {
  assert.deepEqual(parameters("[in] long N, [in, size_is(N)] byte *a", "const long N = 3;"), [
    "N: int32",
    "a: ref -> [N] byte",
  ]);
});

test("strings: by pointer, by brackets, of a fixed size, sized, and below other levels", () => {
  assert.deepEqual(
    parameters(
      "[in] long n, [in, string] wchar_t *a, [in, string, unique] char *b, [in, string] char c[], [in, string] wchar_t d[33], [in, string, size_is(n)] wchar_t *e, [out, string] wchar_t **f, [in, string, size_is(n)] wchar_t **g, [out, string, size_is(, n)] wchar_t ***h",
    ),
    [
      "n: int32",
      "a: ref -> string[ from ] wchar",
      "b: unique -> string[ from ] char",
      "c: string[ from ] char",
      "d: string[=33 from ] wchar",
      "e: ref -> string[n from ] wchar",
      "f: ref -> unique -> string[ from ] wchar",
      "g: ref -> [n] unique -> string[ from ] wchar",
      "h: ref -> unique -> [n] unique -> string[ from ] wchar",
    ],
  );
  assert.equal(typeOf("typedef [string] wchar_t *T;", "T"), "unique -> string[ from ] wchar");
  assert.equal(
    typeOf("typedef struct { [string] char *a[]; } T;", "T"),
    "{a: [] unique -> string[ from ] char}",
  );
});

test("pointers to characters that [MS-DTYP] names are strings, unless a size says otherwise", () => {
  const t = "typedef wchar_t WCHAR; typedef WCHAR *LPWSTR, *PWCHAR; typedef char *LPSTR;";
  assert.deepEqual(
    parameters(
      "[in] long n, [in] LPWSTR a, [in, out] LPWSTR *b, [in] LPSTR c, [in, size_is(n)] LPWSTR d, [in, size_is(n)] LPWSTR *e, [in] PWCHAR f",
      t,
    ),
    [
      "n: int32",
      "a: ref -> string[ from ] wchar",
      "b: ref -> unique -> string[ from ] wchar",
      "c: ref -> string[ from ] char",
      "d: ref -> [n] wchar",
      "e: ref -> [n] unique -> string[ from ] wchar",
      "f: ref -> wchar",
    ],
  );
});

test("an array parameter with a pointer attribute travels as a pointer to the array; in a structure it does not", () => {
  assert.deepEqual(
    parameters("[in] long n, [in, unique, size_is(n)] long a[], [in, ref, size_is(n)] long b[]"),
    ["n: int32", "a: unique -> [n] int32", "b: [n] int32"],
  );
  assert.equal(
    typeOf("typedef struct { long n; [size_is(n), unique] long a[]; } T;", "T"),
    "{n: int32; a: [n] int32}",
  );
});

test("attributes in several brackets, empty ones, and calling conventions", () => {
  assert.deepEqual(parameters("[in] [size_is(n)] [ref] char *a, [in, , ] const unsigned long __RPC_FAR *n"), [
    "a: ref -> [n] char",
    "n: ref -> uint32",
  ]);
});

test("parameters without a name, a void list, and none at all", () => {
  assert.deepEqual(parameters("[in] long, [in] short *"), ["arg1: int32", "arg2: ref -> int16"]);
  assert.deepEqual(parameters("void"), []);
  assert.deepEqual(parameters(" "), []);
});

test("interface pointers take one pointer level; iid_is says which interface", () => {
  const t = "interface IFoo; typedef [unique] IFoo *LPFOO;";
  assert.deepEqual(
    parameters(
      "[in] IFoo *a, [out] IFoo **b, [in] LPFOO c, [out] LPFOO *d, [in] byte *riid, [out, iid_is(riid)] void **e, [in] long n, [in, size_is(n)] IFoo **f",
      t,
    ),
    [
      "a: IFoo",
      "b: ref -> IFoo",
      "c: IFoo",
      "d: ref -> IFoo",
      "riid: ref -> byte",
      "e: ref -> IUnknown(riid)",
      "n: int32",
      "f: ref -> [n] IFoo",
    ],
  );
});

test("binding handles never travel, wherever they stand", () => {
  const list = parameters("[in] handle_t h, [in] long a, [in] RPC_BINDING_HANDLE b");
  assert.deepEqual(
    list.map((p) => p.split(": ")[1]),
    ["unsupported", "int32", "unsupported"],
  );
});
