/** What stands before the grammar: comments, directives, macros, imports, quoted C. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { face, parameters, read, show, typeOf } from "../../support/idl/notation.js";

test("comments of both kinds, also over lines and at the end of the file", () => {
  const { library, said } = read("// one\ntypedef /* two\n  lines */ long T; /**/ // end");
  assert.deepEqual(said, []);
  assert.equal(show(library.types.get("T")!), "int32");
});

test("macros in expressions and in types, also within one another and over lines", () => {
  assert.equal(typeOf("\n#define A 4\n#define B (A + \\\n  1)\ntypedef char T[B * 2];", "T"), "[=10] char");
  assert.deepEqual(
    parameters("[in] REFIID r", "\n#define REFIID const GUID_ *\ntypedef struct { long a; } GUID_;"),
    ["r: ref -> {a: int32}"],
  );
  assert.equal(typeOf("\n#define LONG_(x) long x\ntypedef LONG_(T);", "T"), "int32");
  assert.equal(
    typeOf("\n#define SUM(a, b) (a + b)\n#define TWICE(x) SUM(x, x)\ntypedef char T[TWICE(SUM(1, 2))];", "T"),
    "[=6] char",
  );
});

test("a macro that becomes nothing may stand in an attribute list", () => {
  assert.deepEqual(parameters("[in, NOTHING] long a, [NOTHING] long b", "\n#define NOTHING\n"), [
    "a: int32",
    "b: int32",
  ]);
});

test("a macro that names itself ends there, and so do two that name each other", () => {
  const { library } = read("#define A A\n#define X Y\n#define Y X\ntypedef long A;\ntypedef long X;");
  assert.deepEqual([...library.types.keys()], ["A", "X"]);
});

test("#undef", () => {
  assert.equal(typeOf("\n#define N 3\n#undef N\nconst long N = 4; typedef char T[N];", "T"), "[=4] char");
});

test("conditions: the compiler is MIDL, and new", () => {
  const pick = (condition: string): string =>
    typeOf(`\n${condition}\ntypedef short T;\n#else\ntypedef long T;\n#endif\n`, "T");
  assert.equal(pick("#ifdef __midl"), "int16");
  assert.equal(pick("#ifndef __midl"), "int32");
  assert.equal(pick("#if __midl < 700"), "int32");
  assert.equal(pick("#if (__midl >= 501) && !defined(__cplusplus)"), "int16");
  assert.equal(pick("#if defined _WIN64 || UNKNOWN"), "int32");
  assert.equal(pick("#if 0\n#elif 1 + 1 == 2"), "int16");
  for (const held of ["7 - 2 * 3 == 1", "7 / 2 == 3", "3 > 2 && 2 >= 2 && 2 <= 2 && 1 != 2", "0 || !0"]) {
    assert.equal(pick(`#if ${held}`), "int16", held);
    assert.equal(pick(`#if !(${held})`), "int32", held);
  }
  assert.equal(pick("#if 1 / 0"), "int32");
  assert.equal(pick("#if 1\n#ifdef NO\n#error never\n#else\n#endif"), "int16");
});

test("what is skipped is not read: it may be anything", () => {
  const { said } = read(
    '#ifdef __cplusplus\nextern "C" { don\'t; typedef ;\n#define X (\n#endif\ntypedef long T;',
  );
  assert.deepEqual(said, []);
});

test("a condition within a header", () => {
  assert.equal(
    face("void f();", ",\n#ifdef __midl\nms_union,\n#endif // __midl\npointer_default(unique)").methods
      .length,
    1,
  );
});

test("pragmas, lines and includes of what nobody has", () => {
  const { said } = read(
    '#pragma pack(4)\n#line 3 "x"\n#pragma once\n#include <windows.h>\nmidl_pragma warning(disable: 2400)\ntypedef long T;',
  );
  assert.deepEqual(said, [
    't.idl:4:1 warning: expected "windows.h" among the files, found none: nothing is included from it',
  ]);
});

test("cpp_quote in its forms; a definition in it is a constant", () => {
  const { library, said } = read(`cpp_quote("// text")
cpp_quote( "#define ONE 1" );
cpp_quote("#define NAME L\\"text\\"")
cpp_quote("#ifndef A")
cpp_quote("#define TWO (ONE + 1)" ) cpp_quote("static const char *s = \\"x\\";")
typedef char T[TWO];`);
  assert.deepEqual(said, []);
  assert.deepEqual(
    [library.constants.get("ONE"), library.constants.get("TWO"), library.constants.get("NAME")],
    [1n, 2n, "text"],
  );
  assert.equal(show(library.types.get("T")!), "[=2] char");
});

test("constants: numbers of every form, characters, strings, casts", () => {
  const { library, said } = read(`
    const unsigned long A = 0x10UL; const long B = 010; const hyper C = 1 << 40; const short D = -1;
    const unsigned long E = -1; static const wchar_t F[] = L"\\\\pipe\\\\x"; const char G = 'a';
    long const H = (short)0xffff; const boolean I = TRUE; const unsigned long J = (unsigned long)-1;
    const long K = !0, L = 7 % 4; const char *M = "a" "b";
    #define N ((ULONG)-1)
    typedef unsigned long ULONG;`);
  assert.deepEqual(said, []);
  assert.deepEqual(Object.fromEntries(library.constants), {
    A: 16n,
    B: 8n,
    C: 1n << 40n,
    D: -1n,
    E: 4294967295n,
    F: "\\pipe\\x",
    G: 97n,
    H: -1n,
    I: 1n,
    J: 4294967295n,
    K: 1n,
    L: 3n,
    M: "ab",
    N: 4294967295n,
  } satisfies Record<string, bigint | string>);
});

test("an import is found by its last part, whatever the case, and brings what it imports itself", () => {
  const others = { "a.idl": 'import "b.idl"; typedef B A;', "b.idl": "typedef short B;" };
  const { library, said } = read('import "X/Y\\\\A.IDL";\ntypedef A T; typedef B U;', others);
  assert.deepEqual(said, []);
  assert.deepEqual([show(library.types.get("T")!), show(library.types.get("U")!)], ["int16", "int16"]);
});

test("several imports in one line, and an import within an interface", () => {
  const others = { "a.idl": "typedef short A;", "b.idl": "typedef char B;" };
  const { said } = read(
    'import "a.idl", "b.idl"; [uuid(12345678-1234-abcd-ef00-0123456789ab)] interface i { import "a.idl"; void f([in] A a, [in] B b); }',
    others,
  );
  assert.deepEqual(said, []);
});

test("files that import each other", () => {
  const others = {
    "a.idl": 'import "t.idl"; import "b.idl"; typedef T A;',
    "b.idl": 'import "a.idl"; typedef A B;',
  };
  const { library, said } = read('import "a.idl"; typedef long T; typedef B U;', others);
  assert.deepEqual(said, []);
  assert.equal(show(library.types.get("U")!), "int32");
});

test("an import that nobody has is a warning, and costs what it would have brought", () => {
  const { library, said } = read('import "gone.idl";\ntypedef struct { GONE x; } T;');
  assert.deepEqual(said, [
    't.idl:1:8 warning: expected "gone.idl" among the files, found none: nothing is imported from it',
    't.idl:2:18 error: expected a type, found "GONE", which is declared nowhere',
  ]);
  assert.equal(show(library.types.get("T")!), "{x: unsupported: the type GONE, which is declared nowhere}");
});

test("a file's own declaration goes before an imported one, and what imports it sees that one", () => {
  const others = { "a.idl": "typedef short W; typedef W A;" };
  const { library } = read('import "a.idl"; typedef hyper W; typedef W T; typedef A U;', others);
  assert.deepEqual([show(library.types.get("T")!), show(library.types.get("U")!)], ["int64", "int16"]);
});

test("a file that is printed as several imports its own parts", () => {
  const { said } = read('import "t_types.idl";\n#include "t_defs.h"\ntypedef long T;');
  assert.deepEqual(said, []);
});

test("a name that is used without an import is found among the other files, with a warning", () => {
  const { said } = read('import "a.idl";\ntypedef long T;', { "a.idl": "typedef T U;" });
  assert.deepEqual(said, [
    'a.idl:1:9 warning: expected a declaration of "T" here or in an imported file, found one in t.idl',
  ]);
});

test("macros of an imported file count where nothing else does", () => {
  const others = { "a.idl": "#define N 3\n#define PC const char *\n" };
  const { library, said } = read('import "a.idl"; typedef char T[N]; typedef PC U;', others);
  assert.deepEqual(said, []);
  assert.deepEqual(
    [show(library.types.get("T")!), show(library.types.get("U")!)],
    ["[=3] char", "unique -> char"],
  );
});

test("list marks that a page's layout left at the start of lines", () => {
  const { library, said } = read(
    "- typedef long\n- A;\ntypedef struct {\n- A x;\n- // nothing\n- } B;\nconst long N = 4\n - 1;",
  );
  assert.deepEqual(said, [
    't.idl:1:1 warning: expected IDL at the start of the line, found the list mark "-"',
    't.idl:4:1 warning: expected IDL at the start of the line, found the list mark "-"',
  ]);
  assert.equal(library.constants.get("N"), 3n);
  assert.equal(show(library.types.get("B")!), "{x: int32}");
});
