/** What a file gets wrong is reported with its place and what was expected, and costs that declaration only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readIdl } from "../../../dissectors/idl/reader.js";
import { assertLinear } from "../../support/growth.js";
import { params, read, show } from "../../support/idl/notation.js";

const HEAD = "[uuid(12345678-1234-abcd-ef00-0123456789ab)] interface t {\n";

/** The methods of an interface with this body, and what was said about it. */
function faulty(body: string): { methods: string[]; said: string[] } {
  const { library, said } = read(`${HEAD}${body}\n}`);
  const methods = library.interfaces[0]?.methods ?? [];
  return { methods: methods.map((m) => (m === undefined ? "-" : `${m.opnum} ${m.name}`)), said };
}

const said = (text: string): string[] => read(text).said;

test("a parameter that is not closed: the method keeps its name and its number", () => {
  const text = "void a([in] long x);\nvoid b([in] long x\n[in] long y);\nvoid c();";
  assert.deepEqual(faulty(text), {
    methods: ["0 a", "1 b", "2 c"],
    said: ['t.idl:4:1 error: expected "," or ")" after the parameter "x" of "b", found "["'],
  });
  const m = read(`${HEAD}${text}\n}`).library.interfaces[0]!.methods[1];
  assert.deepEqual(params(m), ["?: unsupported: the parameters of b, whose declaration could not be read"]);
});

test("a number beyond all numbers, or of points alone, is no integer", () => {
  for (const number of ["833E4100", "..", "9e999f"]) {
    const [first, ...more] = said(`const long a = ${number};\nconst long b = 2.5;`);
    assert.match(first ?? "", /^t\.idl:1:16 error: expected an (integer|expression)/, number);
    assert.deepEqual(more, []);
  }
});

test("a missing parenthesis at the end", () => {
  assert.deepEqual(faulty("void a([in] long x;\nvoid b();"), {
    methods: ["0 a", "1 b"],
    said: ['t.idl:2:19 error: expected "," or ")" after the parameter "x" of "a", found ";"'],
  });
});

test("a missing parenthesis at the start: what begins with a type and ends with a semicolon has a number", () => {
  assert.deepEqual(faulty("void a [in] long x);\nvoid b();\n[id(1)] HRESULT c d();\nvoid e();"), {
    methods: ["0 a", "1 b", "2 d", "3 e"],
    said: [
      't.idl:2:13 error: expected "(" after the method "a", found "long"',
      't.idl:4:19 error: expected "(" after the method "c", found "d"',
    ],
  });
});

test("forgotten semicolons at the ends of lines cost nothing", () => {
  assert.deepEqual(
    faulty("void a()\nvoid b([in] struct { long x\nlong y } *p);\ntypedef long T\nvoid c([in] T t)"),
    {
      methods: ["0 a", "1 b", "2 c"],
      said: [
        't.idl:3:1 error: expected ";" after the method "a", found "void"',
        't.idl:4:1 error: expected ";" after the field "x", found "long"',
        't.idl:4:8 error: expected ";" after the field "y", found "}"',
        't.idl:6:1 error: expected ";" after the typedef, found "void"',
        't.idl:7:1 error: expected ";" after the method "c", found "}"',
      ],
    },
  );
});

test("a line of prose between methods has no number", () => {
  const prose = [
    "void a();",
    "The following method is for experts only.",
    "void b();",
    "The method (see [X], 3.1) is numbered 5.",
    'Note\n[helpstring("x")] void c([in] long x);',
    "Return Values: The method returns 0 (ERROR_SUCCESS) on success; otherwise, an error.",
    "void d();",
  ];
  const { methods, said } = faulty(prose.join("\n"));
  assert.deepEqual(methods, ["0 a", "1 b", "2 c", "3 d"]);
  assert.deepEqual([...new Set(said.map((s) => s.split(":")[1]))], ["3", "5", "8"]);
});

test("what a page of a specification brings along is reported as a warning and takes no number", () => {
  const { methods, said } = faulty(
    [
      "The methods comprise the following (see section 3.1.4); each one is numbered:",
      "long a();",
      "3.1.4.1.5 b (Opnum 1)",
      "The b method removes a link; a root stays.",
      "",
      "long b([in] long x);",
      "64 / 98",
      "[MS-XYZ] - v20210625",
      "Copyright © 2021 Some Corporation",
      "long c();",
      "If the server does not support it (see section 2.2), it returns an error; clients ignore it.",
      "long d();",
    ].join("\n"),
  );
  assert.deepEqual(methods, ["0 a", "1 b", "2 c", "3 d"]);
  assert.deepEqual(
    said.map((s) => s.slice(0, s.indexOf(" e"))),
    [
      "t.idl:2:1 warning:",
      "t.idl:2:57 warning:",
      "t.idl:4:1 warning:",
      "t.idl:5:30 warning:",
      "t.idl:8:1 warning:",
      "t.idl:12:1 warning:",
      "t.idl:12:75 warning:",
    ],
  );
  assert.match(said[0]!, /found the text "The methods comprise the following \(see …"$/);
});

test("a slip within a declaration is no prose", () => {
  const slips = [
    "typedef long A\nB C D;",
    "interfcae t { long a; short b; char c; };",
    "const long A B C D;",
    "typdef A B;",
    "[uuid(1) one two three;",
  ];
  for (const slip of slips) {
    assert.ok(
      said(slip).some((s) => s.includes(" error: ")),
      slip,
    );
  }
  const { methods, said: reported } = faulty(
    "void a [in] long x);\nFOO b [in] long x);\nFOO c([in] long x;\nvoid d();",
  );
  assert.deepEqual(methods, ["0 a", "1 c", "2 d"]);
  assert.equal(reported.filter((s) => s.includes(" error: ")).length, 3);
});

test("a comment that lost its stars is no declaration", () => {
  assert.deepEqual(said("typedef long A;\n/\n* PD structures\n/\ntypedef long B;"), [
    't.idl:2:1 warning: expected a declaration, found the text "/"',
  ]);
});

test("a file of nothing but prose is no IDL", () => {
  assert.deepEqual(said("This file says nothing of interfaces at all.\nIt goes on for a second line."), [
    't.idl:1:1 warning: expected a declaration, found the text "This file says nothing of interfaces at …"',
    "t.idl:1:1 error: expected IDL, found nothing but text",
  ]);
});

test("prose before everything, with quotes and apostrophes", () => {
  const { library, problems } = readIdl(
    [
      {
        name: "t.idl",
        text: 'The IDL of this protocol (see [X]) isn\'t long.\nimport "x";\ntypedef long T;',
      },
    ],
    () => null,
  );
  assert.deepEqual(
    problems.map((p) => [p.line, p.column, p.severity]),
    [
      [1, 1, "warning"],
      [2, 8, "warning"],
    ],
  );
  assert.equal(library.types.has("T"), true);
});

test("a faulty structure costs itself, and what contains it knows why", () => {
  const { library, said } = read(
    "typedef struct {\n  long a;\n  long b c;\n} S, *PS;\ntypedef struct { long x; S s; } T;\ntypedef PS U;",
  );
  assert.deepEqual(said, ['t.idl:3:10 error: expected ";" after the field "b", found "c"']);
  assert.equal(
    show(library.types.get("T")!),
    "{x: int32; s: unsupported: a structure whose declaration could not be read}",
  );
  assert.equal(
    show(library.types.get("U")!),
    "unique -> unsupported: a structure whose declaration could not be read",
  );
});

test("bit-fields cannot travel: a warning, and the rest is read", () => {
  const { library, said } = read("typedef struct _S { long a; long b : 3; long c : 4; } S;\ntypedef long T;");
  assert.deepEqual(said, [
    't.idl:1:36 warning: expected ";" after the field "b", found a bit-field, which cannot be marshaled',
  ]);
  assert.equal(
    show(library.types.get("S")!),
    "unsupported: a structure (_S) with bit-fields, which cannot be marshaled",
  );
  assert.equal(show(library.types.get("T")!), "int32");
});

test("a structure whose brace is missing ends where the next declaration begins", () => {
  const { library, said } = read("typedef struct { long a;\ntypedef long T;");
  assert.deepEqual(said.slice(0, 1), ['t.idl:2:1 error: expected "}" to end the structure, found "typedef"']);
  assert.equal(show(library.types.get("T")!), "int32");
});

test("a faulty enumeration and a faulty union", () => {
  assert.deepEqual(said("typedef enum { a, b c } E;\ntypedef long T;"), [
    't.idl:1:21 error: expected "," or "}" after "b", found "c"',
  ]);
  assert.deepEqual(said("typedef [switch_type(long)] union { [case(1) long a; } U;"), [
    't.idl:1:46 error: expected "," or "]" after the attribute "case", found "long"',
  ]);
  assert.deepEqual(said("typedef [switch_type(long)] union { [case(X)] long a; } U;"), [
    "t.idl:1:43 error: expected a constant as a case of the union, found an expression that has no value",
  ]);
});

test("faulty expressions", () => {
  assert.deepEqual(said("const long A = ;"), ['t.idl:1:16 error: expected an expression, found ";"']);
  assert.deepEqual(said("const long A = (1 + 2;"), [
    't.idl:1:22 error: expected ")" after the expression, found ";"',
  ]);
  assert.deepEqual(said("const long A = 0y12;"), ['t.idl:1:16 error: expected an integer, found "0y12"']);
  assert.deepEqual(said("typedef enum { a = b } E;"), [
    't.idl:1:16 error: expected a constant as the value of "a", found an expression that has none',
  ]);
});

test("names that are nowhere", () => {
  assert.deepEqual(said(`${HEAD}void f([in] NONE x, [in, size_is(n)] byte *b);\n}`), [
    't.idl:2:13 error: expected a type, found "NONE", which is declared nowhere',
    't.idl:2:34 warning: expected a constant, a parameter or a field, found "n", which is none',
  ]);
  assert.deepEqual(said("typedef struct nowhere *P;"), [
    't.idl:1:16 error: expected the definition of "struct nowhere", found none',
  ]);
});

test("an unknown name is reported once in a file", () => {
  assert.equal(said("typedef NONE A;\ntypedef NONE B;\ntypedef struct { NONE c; } C;").length, 1);
});

test("types that are declared by themselves", () => {
  const { library } = read("typedef B A;\ntypedef A B;\ntypedef T T;");
  assert.equal(show(library.types.get("A")!), "unsupported: a type that is declared by itself");
  assert.equal(library.types.get("T")!.kind, "unsupported");
});

test("headers: a UUID that is none, a version that is none, no UUID at all", () => {
  assert.deepEqual(said("[uuid(1234)] interface a { void f(); }"), [
    't.idl:1:2 error: expected a UUID for the interface a, found "1234"',
  ]);
  assert.deepEqual(
    said("[uuid(12345678-1234-abcd-ef00-0123456789ab), version(one)] interface a { void f(); }"),
    ['t.idl:1:46 error: expected a version such as 1.0, found "one"'],
  );
  assert.deepEqual(said("interface a { void f(); }"), [
    "t.idl:1:11 warning: expected a UUID for the interface a, found none: its calls cannot be identified",
  ]);
  assert.deepEqual(said("interface types { typedef long T; }"), []);
});

test("an unknown base interface: the methods have no numbers", () => {
  const { library, said } = read(
    "[object, uuid(12345678-1234-abcd-ef00-0123456789ab)] interface a : IGone { void f(); }",
  );
  assert.deepEqual(said, [
    't.idl:1:68 error: expected a declaration of the base interface "IGone", found none: the methods of a have no numbers',
  ]);
  assert.deepEqual(library.interfaces[0]!.methods, []);
});

test("a name that states another number than the method has", () => {
  assert.deepEqual(faulty("void a();\nvoid Opnum2NotUsedOnWire(void);").said, [
    't.idl:3:6 warning: expected a method with number 1 here, found "Opnum2NotUsedOnWire"',
  ]);
});

test("an interface whose brace is missing", () => {
  const text = `${HEAD}void f();\n[object, uuid(12345678-1234-abcd-ef00-0123456789ac)]\ninterface u { void g(); }`;
  const { library, said } = read(text);
  assert.deepEqual(said, ['t.idl:3:1 error: expected "}" to end the interface t, found "["']);
  assert.deepEqual(
    library.interfaces.map((i) => [i.name, i.methods.length]),
    [
      ["t", 1],
      ["u", 1],
    ],
  );
  assert.deepEqual(read(`${HEAD}void f();`).said, [
    't.idl:2:10 error: expected "}" to end the interface t, found the end of the file',
  ]);
});

test("a brace too many", () => {
  assert.deepEqual(said("typedef long T;\n}\ntypedef short U;"), [
    't.idl:2:1 error: expected a declaration, found "}"',
  ]);
});

test("pointers that a declaration lacks", () => {
  const { said } = faulty(
    "void f([out, size_is(, *n)]\nlong a, [out] long *n);\nvoid g([out] long b);\nvoid h([out] t x);",
  );
  assert.deepEqual(said, [
    't.idl:2:14 error: expected 2 pointers or arrays for "size_is" to describe, found fewer',
    't.idl:4:19 error: expected a pointer or an array for the [out] parameter "b", found a value',
    "t.idl:5:16 error: expected a pointer to the interface t, found the interface itself",
  ]);
});

test("comments, strings and directives without an end", () => {
  assert.deepEqual(said("typedef long T; /* no end"), [
    't.idl:1:17 error: expected "*/" to end the comment, found the end of the file',
  ]);
  assert.deepEqual(said('import "x\n;typedef long T;').slice(0, 1), [
    't.idl:1:8 error: expected the name of a file in quotes, found """',
  ]);
  assert.deepEqual(said("#if 1\ntypedef long T;"), [
    't.idl:1:1 warning: expected "#endif", found the end of the file',
  ]);
  assert.deepEqual(said("#endif\n#else\n"), [
    't.idl:1:1 warning: expected "#if" before "#endif", found none',
    't.idl:2:1 warning: expected "#if" before "#else", found none',
  ]);
});

test("columns count from 1 on every line, tabs as one", () => {
  assert.deepEqual(said("typedef long A;\r\n\t\ttypedef long B C;\r\n"), [
    't.idl:2:18 error: expected ";" after the typedef, found "C"',
  ]);
});

test("problems come in the order of files and lines", () => {
  const { problems } = readIdl(
    [
      { name: "b.idl", text: "}\ntypedef X A;" },
      { name: "a.idl", text: "}" },
    ],
    () => null,
  );
  assert.deepEqual(
    problems.map((p) => `${p.file}:${p.line}`),
    ["b.idl:1", "b.idl:2", "a.idl:1"],
  );
});

test("nesting without end is refused, not followed", () => {
  const deep = (open: string, close: string): string[] =>
    said(`const long A = ${open.repeat(50_000)}1${close.repeat(50_000)};`);
  assert.match(deep("(", ")")[0]!, /expected at most 100 levels of nesting, found more/);
  assert.match(deep("-", "")[0]!, /levels of nesting/);
  assert.match(said(`typedef ${"struct { ".repeat(20_000)}`)[0]!, /levels of nesting/);
  const chain = `${" + 1".repeat(50)})`;
  assert.match(
    said(`const long A = ${"(".repeat(90)}1${chain.repeat(90)};`)[0]!,
    /expected at most 1000 operators in an expression/,
  );
  assert.match(
    said(`const long A = 1${" + 1".repeat(50_000)};`)[0]!,
    /expected at most 1000 operators in an expression/,
  );
  assert.match(said(`typedef long ${"*".repeat(50_000)}T;`)[0]!, /expected at most 32 pointers/);
  assert.match(said(`typedef long T${"[1]".repeat(50_000)};`)[0]!, /expected at most 32 dimensions/);
});

test("macros that grow without end are stopped", () => {
  let text = "#define A0 x x\n";
  for (let i = 1; i < 40; i++) text += `#define A${i} A${i - 1} A${i - 1}\n`;
  assert.match(said(`${text}typedef long T;\nA39`).at(-1)!, /macros expand to more than 500000 tokens/);
  let empty = "#define B0\n#define F(x) x\n";
  for (let i = 1; i < 40; i++) empty += `#define B${i} B${i - 1} B${i - 1}\n`;
  assert.match(said(`${empty}B39`).at(-1)!, /macros expand to more than/);
  said(`#define F(x) x\nconst long A = ${"F(".repeat(20_000)}1${")".repeat(20_000)};`);
});

test("constants by one another without end, and sizes of what contains itself", () => {
  let text = "";
  for (let i = 0; i < 5000; i++) text += `const long C${i} = C${i + 1} + C${i + 1};\n`;
  read(`${text}typedef char T[C0];`);
  const { library } = read("typedef struct s { struct s a[2]; } S; const long N = sizeof(S);");
  assert.equal(library.constants.has("N"), false);
});

test("a file that is no IDL at all ends after so many problems", () => {
  assert.equal(read("} ".repeat(5000)).problems.length, 501);
});

test("long texts of one kind are read once, not again and again", () => {
  const texts = (many: number) => ({
    "comments that open": "/*".repeat(many),
    "quotes and escapes": '"\\'.repeat(many),
    apostrophes: "'".repeat(many),
    "a comment of stars": `/*${"*".repeat(many)}`,
    blanks: " ".repeat(many),
    brackets: "[".repeat(many),
    "list marks": "- \n".repeat(many / 10),
    methods: `${HEAD}${"void f([in] long a\n".repeat(many / 20)}`,
    "typedefs of one another": Array.from({ length: many / 50 }, (_, i) => `typedef T${i + 1} T${i};`).join(
      "\n",
    ),
  });
  for (const name of Object.keys(texts(0)) as (keyof ReturnType<typeof texts>)[]) {
    assertLinear((many) => {
      const text = texts(many)[name];
      return () => read(text);
    }, 20_000);
  }
});

test("a text of more than eight million characters is not read", () => {
  assert.deepEqual(said(" ".repeat(8 * 1024 * 1024 + 1)), [
    "t.idl:1:1 error: expected at most 8388608 characters of IDL, found 8388609",
  ]);
});
