/** Names that are bound to hand-written decoders or to ways of writing numbers, wherever they are declared. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parameters, read, show, typeOf } from "../../support/idl/notation.js";

test("BSTR, VARIANT and SAFEARRAY stand for what they point to as well", () => {
  const t = "typedef wchar_t *BSTR; typedef struct v *VARIANT; typedef [unique] SAFEARRAY *PSAFEARRAY;";
  assert.deepEqual(
    parameters("[in] BSTR a, [out] BSTR *b, [in] VARIANT c, [in, out] VARIANT *d, [in] PSAFEARRAY e", t),
    ["a: BSTR", "b: ref -> BSTR", "c: VARIANT", "d: ref -> VARIANT", "e: unique -> SAFEARRAY"],
  );
});

test("SAFEARRAY keeps its element, even behind the macro that the specifications define it away with", () => {
  assert.deepEqual(
    parameters(
      "[in, out] SAFEARRAY(BSTR) *a, [in] SAFEARRAY(long) b",
      "\n#define SAFEARRAY(type) SAFEARRAY\ntypedef wchar_t *BSTR;",
    ),
    ["a: ref -> SAFEARRAY(BSTR)", "b: SAFEARRAY(int32)"],
  );
  assert.deepEqual(parameters("[in] SAFEARRAY a", "\n#define SAFEARRAY(VARIANT) SAFEARRAY\n"), [
    "a: SAFEARRAY",
  ]);
});

test("a GUID by its name or its tag, and all that is derived from it", () => {
  const guid =
    "typedef struct _GUID { unsigned long Data1; unsigned short Data2; unsigned short Data3; byte Data4[8]; } GUID, UUID, *PGUID;";
  assert.equal(typeOf(`${guid} typedef GUID IID;`, "IID"), "GUID");
  assert.equal(typeOf(guid, "PGUID"), "unique -> GUID");
  assert.equal(typeOf(`${guid} typedef struct { UUID u; struct _GUID g; } T;`, "T"), "{u: GUID; g: GUID}");
  assert.equal(typeOf("typedef struct { char a[16]; } GUID;", "GUID"), "{a: [=16] char}");
});

test("references and their strings", () => {
  assert.equal(
    typeOf(
      "typedef struct tagMInterfacePointer { unsigned long ulCntData; [size_is(ulCntData)] byte abData[]; } MInterfacePointer; typedef [unique] MInterfacePointer *P;",
      "P",
    ),
    "unique -> MInterfacePointer",
  );
  assert.equal(
    typeOf(
      "typedef struct { unsigned short wNumEntries; unsigned short wSecurityOffset; [size_is(wNumEntries)] unsigned short a[]; } DUALSTRINGARRAY;",
      "DUALSTRINGARRAY",
    ),
    "DUALSTRINGARRAY",
  );
});

test("numbers of automation", () => {
  assert.equal(typeOf("typedef struct tagCY { __int64 int64; } CURRENCY;", "CURRENCY"), "CURRENCY");
  assert.equal(
    typeOf(
      "typedef struct tagDEC { unsigned short wReserved; byte scale; byte sign; unsigned long Hi32; unsigned hyper Lo64; } DECIMAL;",
      "DECIMAL",
    ),
    "DECIMAL",
  );
});

test("statuses and identifiers are written in hexadecimal, where they have their size", () => {
  assert.equal(typeOf("typedef long LONG; typedef LONG HRESULT; typedef HRESULT T;", "T"), "int32/status");
  assert.equal(typeOf("typedef long NTSTATUS;", "NTSTATUS"), "int32/status");
  assert.equal(typeOf("typedef unsigned hyper OXID;", "OXID"), "uint64/hex64");
  assert.equal(typeOf("typedef unsigned long ID;", "ID"), "uint32");
  assert.equal(typeOf("typedef unsigned long DWORD;", "DWORD"), "uint32");
});

test("the typedef's name stays with the number", () => {
  const { library } = read("typedef unsigned long DWORD; typedef DWORD LCID; typedef struct { LCID a; } T;");
  const t = library.types.get("T");
  assert.deepEqual(t?.kind === "struct" && t.fields[0]!.type, { kind: "base", base: "uint32", name: "LCID" });
});

test("bound names that nobody declares are bound all the same, with a word about it", () => {
  const { library, said } = read("typedef struct { BSTR b; GUID g; } T;");
  assert.deepEqual(said, [
    't.idl:1:18 error: expected a type, found "BSTR", which is declared nowhere',
    't.idl:1:26 error: expected a type, found "GUID", which is declared nowhere',
  ]);
  assert.equal(show(library.types.get("T")!), "{b: BSTR; g: GUID}");
});

test("files of the SDK are found in the specification that declares what of them travels", () => {
  const { library, said } = read('import "oaidl.idl"; import "unknwn.idl"; typedef BSTR T;', {
    "ms-oaut.idl": "typedef wchar_t *BSTR;",
    "ms-dcom.idl": "typedef long X;",
  });
  assert.deepEqual(said, []);
  assert.equal(show(library.types.get("T")!), "BSTR");
});
