/** Interfaces: headers, numbering, properties, inheritance, classes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Interface } from "../../../dissectors/ndr/types.js";
import { face, params, read, show } from "../../support/idl/notation.js";

const UNKNOWN =
  "[object, uuid(00000000-0000-0000-c000-000000000046)] interface IUnknown { long a(); long b(); long c(); } ";
const DISPATCH = `${UNKNOWN}[object, uuid(00020400-0000-0000-c000-000000000046)] interface IDispatch : IUnknown { long d(); long e(); long f(); long g(); } `;

const names = (i: Interface): string[] =>
  i.methods.map((m, n) => (m === undefined ? `${n} -` : `${m.opnum} ${m.name}`));

test("the header: UUID in any dress, version with and without a minor number", () => {
  for (const uuid of [
    "12345678-1234-ABCD-EF00-0123456789AB",
    '"12345678-1234-abcd-ef00-0123456789ab"',
    " { 12345678-1234-abcd-ef00-0123456789ab } ",
  ]) {
    const { library, said } = read(`[uuid(${uuid}), version(56.2)] interface x { void f(); }`);
    assert.deepEqual(said, []);
    assert.equal(library.interfaces[0]!.uuid, "12345678-1234-abcd-ef00-0123456789ab");
    assert.deepEqual(library.interfaces[0]!.version, { major: 56, minor: 2 });
  }
  const version = (v: string): unknown =>
    read(`[uuid(12345678-1234-abcd-ef00-0123456789ab)${v}] interface x { void f(); }`).library.interfaces[0]!
      .version;
  assert.deepEqual(version(", version(3)"), { major: 3, minor: 0 });
  assert.deepEqual(version(", version(0.81)"), { major: 0, minor: 81 });
  assert.deepEqual(version(""), { major: 0, minor: 0 });
});

test("attributes that mean nothing here are taken all the same", () => {
  const i = face(
    '[helpstring("x (y, z)"), idempotent, maybe, broadcast, async, custom(12, "a")] void f([in, optional, defaultvalue(1.5), annotation("__in"), disable_consistency_check] long a);',
    ', endpoint("ncacn_np:[\\\\pipe\\\\x]"), implicit_handle(handle_t h), strict_context_handle, oleautomation, nonextensible, helpcontext(3)',
  );
  assert.deepEqual(names(i), ["0 f"]);
});

test("operations are numbered from 0, or from where the base interface ends", () => {
  const { library, said } = read(`${DISPATCH}
    [object, uuid(12345678-1234-abcd-ef00-0123456789ab), dual] interface A : IDispatch { long x(); long y(); }
    [object, uuid(12345678-1234-abcd-ef00-0123456789ac)] interface B : A { long z(); }`);
  assert.deepEqual(said, []);
  const [, , a, b] = library.interfaces;
  assert.deepEqual(names(a!).slice(6), ["6 g", "7 x", "8 y"]);
  assert.deepEqual(names(b!).slice(7), ["7 x", "8 y", "9 z"]);
  assert.deepEqual([a!.object, a!.dual, b!.object, b!.dual, b!.base], [true, true, true, true, "A"]);
});

test("IUnknown and IDispatch keep their numbers where nobody declares them", () => {
  const { library } = read(
    "[uuid(12345678-1234-abcd-ef00-0123456789ab)] interface A : IDispatch { long x(); }",
  );
  assert.equal(library.interfaces[0]!.methods.length, 8);
  assert.equal(library.interfaces[0]!.methods[6], undefined);
  assert.equal(library.interfaces[0]!.object, true);
});

test("a base may be declared behind the interface that derives from it", () => {
  const { library, said } = read(`
    [object, uuid(12345678-1234-abcd-ef00-0123456789ac)] interface B : A { long z(); }
    [object, uuid(12345678-1234-abcd-ef00-0123456789ab)] interface A : IUnknown { long x(); }${UNKNOWN}`);
  assert.deepEqual(said, []);
  assert.deepEqual(names(library.interfaces[0]!).slice(3), ["3 x", "4 z"]);
});

test("interfaces that derive from one another come to an end", () => {
  const { library } = read(`
    [object, uuid(12345678-1234-abcd-ef00-0123456789ac)] interface B : A { long z(); }
    [object, uuid(12345678-1234-abcd-ef00-0123456789ab)] interface A : B { long x(); }`);
  assert.equal(library.interfaces.length, 2);
});

test("with both accessors of a property each says which it is", () => {
  const i = face(
    "[propget, id(1)] long N([out, retval] long *v); [propput, id(1)] long N([in] long v); [propget] long Only([out, retval] long *v); [propget] long R([out, retval] long *v); [propputref] long R([in] long v); long M();",
  );
  assert.deepEqual(names(i), ["0 N (Get)", "1 N (Set)", "2 Only", "3 R (Get)", "4 R (Set)", "5 M"]);
  assert.deepEqual(
    i.methods.map((m) => [m!.idlName, m!.accessor]),
    [
      ["N", "propget"],
      ["N", "propput"],
      ["Only", "propget"],
      ["R", "propget"],
      ["R", "propputref"],
      ["M", "method"],
    ],
  );
});

test("DISPIDs are expressions, and unsigned numbers of 32 bits", () => {
  const i = face(
    "[id(BASE + 0x10)] void a(); [id(-4)] void b(); [id(P(BASE | 1))] void c(); void d(); [id(LATE)] void e(); const long LATE = 9;",
    "",
    "#define BASE 0x08010000\n#define P(x) x | 0x40\n",
  );
  assert.deepEqual(
    i.methods.map((m) => m!.dispid),
    [0x08010010, 0xfffffffc, 0x08010041, null, 9],
  );
});

test("a method called Opnum something only keeps a number", () => {
  const i = face(
    "void Opnum0NotUsedOnWire(void); long Opnum1NotImplemented(); HRESULT Opnum2NotUsedByProtocol(void); long f();",
    "",
    "typedef long HRESULT; ",
  );
  assert.deepEqual(
    i.methods.map((m) => m!.notOnWire),
    [true, true, true, false],
  );
});

test("callbacks are numbered apart, local operations only in object interfaces, call_as takes the place of another", () => {
  const both = face(
    "void a(); [callback] void b([in] long x); [local] void c(); [callback, local] void d(); void e(); [callback] T f();",
    "",
    "typedef short T; ",
  );
  assert.deepEqual(names(both), ["0 a", "1 e"]);
  assert.deepEqual(
    both.callbacks.map((m) => `${m.opnum} ${m.name}`),
    ["0 b", "1 f"],
  );
  assert.equal(both.callbacks[0]!.params[0]!.name, "x");
  const i = face(
    "void a(); [local] void b([in] void *p); [call_as(b)] void Remoteb([in] long p); void c();",
    ", object",
  );
  assert.deepEqual(names(i), ["0 a", "1 Remoteb", "2 c"]);
  assert.equal(i.methods[1]!.notOnWire, false);
  assert.equal(face("void a();", ", object, local").methods[0]!.notOnWire, true);
});

test("what a method returns", () => {
  const i = face(
    "void a(); HRESULT b(); DWORD c(); error_status_t d(); S *e(); [string] wchar_t *f();",
    "",
    "typedef long HRESULT; typedef unsigned long DWORD; typedef struct { short x; } S; ",
  );
  assert.deepEqual(
    i.methods.map((m) => (m!.returns === null ? null : show(m!.returns))),
    [
      null,
      "int32/status",
      "uint32",
      "error_status/status",
      "unique -> {x: int16}",
      "unique -> string[ from ] wchar",
    ],
  );
});

test("directions: in where none is stated, out with retval", () => {
  const i = face("void f([in] long a, [out] long *b, [in, out] long *c, long d, [retval] long *e);");
  assert.deepEqual(
    i.methods[0]!.params.map((p) => [p.in, p.out, p.retval]),
    [
      [true, false, false],
      [false, true, false],
      [true, true, false],
      [true, false, false],
      [false, true, true],
    ],
  );
});

test("declarations within an interface, and forward ones", () => {
  const i = face(
    "typedef long T; const T N = 2; interface Later; struct s { T x; }; enum { q = N }; void f([in] struct s *a, [in] Later *b);",
  );
  assert.deepEqual(params(i.methods[0]), ["a: ref -> {x: int32}", "b: Later"]);
});

test("calling conventions and qualifiers around a method", () => {
  assert.deepEqual(names(face("long __stdcall a(); void __RPC_FAR b(); unsigned long __cdecl c();")), [
    "0 a",
    "1 b",
    "2 c",
  ]);
});

test("classes, with their default interface", () => {
  const { library, said } = read(
    `[uuid(833E4010-AFF7-4AC3-AAC2-9F24C1457BCE), helpstring("c")] coclass C { interface A; [default] interface B; [default, source] dispinterface E; };`,
  );
  assert.deepEqual(said, []);
  assert.deepEqual(library.coclasses, [
    {
      name: "C",
      uuid: "833e4010-aff7-4ac3-aac2-9f24c1457bce",
      interfaces: ["A", "B"],
      defaultInterface: "B",
      defaultIid: null,
    },
  ]);
});

test("a class has the name of its ProgID", () => {
  const { library, said } = read(
    `[uuid(00024500-0000-0000-c000-000000000046), progid("Excel.Application")] coclass ExcelApplication {}`,
  );
  assert.deepEqual(said, []);
  assert.deepEqual(
    library.coclasses.map((c) => c.name),
    ["Excel.Application"],
  );
});

test("library and module blocks", () => {
  const { library, said } = read(`[uuid(12345678-1234-abcd-ef00-0123456789ac), version(1.0)] library L {
    importlib("stdole2.tlb");
    [uuid(12345678-1234-abcd-ef00-0123456789ab)] interface A { void f(); };
    [dllname("x.dll")] module M { const long N = 3; [entry("g")] long g([in] long a); };
  }`);
  assert.deepEqual(said, []);
  assert.deepEqual(
    library.interfaces.map((i) => i.name),
    ["A"],
  );
  assert.equal(library.constants.get("N"), 3n);
});

test("a dispinterface has members with DISPIDs and no numbers that travel", () => {
  const { library, said } = read(`${DISPATCH}[uuid(12345678-1234-abcd-ef00-0123456789ab)] dispinterface D {
    properties: [id(1)] long Size;
    methods: [id(2)] void Go([in] short n);
  };`);
  assert.deepEqual(said, []);
  const d = library.interfaces.at(-1)!;
  assert.equal(d.dual, true);
  assert.deepEqual(
    d.methods.slice(7).map((m) => [m!.name, m!.dispid, m!.notOnWire]),
    [
      ["Size (Get)", 1, true],
      ["Size (Set)", 1, true],
      ["Go", 2, true],
    ],
  );
});

test("versions of one interface stand side by side", () => {
  const one = (v: string): string =>
    `[uuid(12345678-1234-abcd-ef00-0123456789ab), version(${v})] interface c { void f(); }`;
  assert.deepEqual(
    read(one("2.0") + one("3.0")).library.interfaces.map((i) => i.version.major),
    [2, 3],
  );
});
