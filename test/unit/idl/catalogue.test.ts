/** The generated catalogue says what the IDL says that it was made of. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readLayout } from "../../../dissectors/idl/layout.js";
import { type IdlFile, readIdl } from "../../../dissectors/idl/reader.js";
import type { Method } from "../../../dissectors/ndr/types.js";
import { differences } from "../../../scripts/catalogue/differences.js";
import { readListed } from "../../../scripts/catalogue/sources.js";
import { shippedInterfaces } from "../../../src/interfaces.js";
import { shippedFiles, shippedLayout } from "../../../src/shipped/node.js";
import { bothWays, FOUNDATION, said } from "../../support/idl/catalogue.js";
import { sharedDir } from "../../support/shared.js";

/** One of everything that a description can hold. */
const EVERYTHING = `
import "ms-dtyp.idl"; import "ms-oaut.idl";
typedef [context_handle] void *OWN_HANDLE;
typedef [v1_enum] enum _COLOUR { Red = 1, Green, Blue = -3, Next } COLOUR;
typedef enum { Small, Large = 0x10 } SIZE_KIND;
typedef struct _NODE { long value; [unique] struct _NODE *next; } NODE, *PNODE;
typedef struct _SECRETS { [range(0, 0x400)] DWORD size; [secret, size_is(size)] byte *key; [ignore] void *old; } SECRETS;
typedef struct _COUNTED { unsigned short Length; unsigned short MaximumLength;
  [size_is(MaximumLength / 2), length_is(Length / 2)] wchar_t *Buffer; } COUNTED;
typedef struct _TABLE { long n, m; [size_is(n + 1, m ? m : 4)] long **cells; long fixed[3][4]; [size_is((n + 7) & ~7)] byte tail[*]; } TABLE;
typedef [switch_type(unsigned short)] union _CHOICE { [case(1, 2)] long number; [case(3)] [string] wchar_t *text; [default] ; } CHOICE;
typedef [ms_union] union _PICK switch (long kind) which { case 7: COLOUR colour; default: hyper big; } PICK;
typedef struct _HOLDER { unsigned short tag; [switch_is(tag)] CHOICE choice; PICK pick; RPC_UNICODE_STRING name; GUID id; } HOLDER;
typedef [string] wchar_t *TEXT;
typedef unsigned hyper BIG;
[uuid(12345678-0000-0000-0000-0000000000a1), version(2.3)] interface first {
  NTSTATUS Open([in] handle_t binding, [in, string] const wchar_t *name, [out] OWN_HANDLE *handle);
  void Opnum1NotUsedOnWire(void);
  DWORD Fill([in] OWN_HANDLE handle, [in, out] DWORD *size, [out, size_is(*size), length_is(*size)] byte *data, [in, range(-1, 0xffffffffff)] hyper limit);
  void Deep([in] HOLDER *holder, [in, unique] NODE *list, [out] TABLE **table, [in, secret] SECRETS secrets, [in] SIZE_KIND kind);
  [callback] long Notify([in] TEXT text, [in] BIG many);
  [secret] long Hidden([in, ref] COUNTED *counted);
}
[object, uuid(12345678-0000-0000-0000-0000000000a2), pointer_default(ptr)] interface IOne : IUnknown {
  HRESULT Give([in] REFIID riid, [out, iid_is(riid)] void **ppv, [in] IDispatch *other);
  [local] HRESULT Here([in] long a);
  [call_as(Here)] HRESULT RemoteHere([in] long a, [in] VARIANT value, [out] SAFEARRAY(BSTR) *list);
}
[object, dual, uuid(12345678-0000-0000-0000-0000000000a3)] interface IDual : IDispatch {
  [id(1), propget] HRESULT Name([out, retval] BSTR *value);
  [id(1), propput] HRESULT Name([in] BSTR value);
  [id(0x60020001), propget] HRESULT Count([out, retval] long *value);
  [id(-4)] HRESULT Each([in] NODE nothing);
}
[object, uuid(12345678-0000-0000-0000-0000000000a4)] interface IMore : IDual { [id(9)] HRESULT More([in] first_unknown *x); }
`;

test("what is generated of IDL gives the same interfaces and types as the IDL", () => {
  const { read, own, catalogue } = bothWays(EVERYTHING);
  assert.equal(own.length, 4);
  for (const iface of own) {
    assert.deepEqual(catalogue.find(iface.uuid).map(said), [said(iface)], iface.name);
  }
  const one = read.interfaces.find((i) => i.name === "IDual")!;
  assert.deepEqual(
    catalogue
      .find(one.uuid)[0]
      ?.methods.slice(7)
      .map((m) => `${m?.opnum} ${m?.name} ${m?.accessor} ${m?.dispid}`),
    [
      "7 Name (Get) propget 1",
      "8 Name (Set) propput 1",
      "9 Count propget 1610743809",
      "10 Each method 4294967292",
    ],
  );
});

test("an interface derives from the one that is shipped, whose methods are its own", () => {
  const { catalogue } = bothWays(EVERYTHING);
  const more = catalogue.named("IMore")!;
  const dual = catalogue.named("IDual")!;
  const dispatch = FOUNDATION.interfaces.find((i) => i.name === "IDispatch")!;
  assert.equal(more.methods[6], dispatch.methods[6]);
  assert.equal(more.methods[8], dual.methods[8]);
  assert.equal(catalogue.baseOf(more), dual);
  assert.equal(catalogue.baseOf(dispatch), undefined);
});

test("names are known without a layout; the parameters of a method need one", () => {
  const { catalogue, asked } = bothWays(EVERYTHING);
  assert.deepEqual(asked, [], "nothing is read at the start");
  const first = catalogue.named("first")!;
  assert.deepEqual(
    first.methods.map((m) => `${m?.name}${m?.notOnWire ? " -" : ""}`),
    ["Open", "Opnum1NotUsedOnWire -", "Fill", "Deep", "Hidden"],
  );
  assert.equal(catalogue.find("12345678-0000-0000-0000-0000000000ff").length, 0);
  assert.deepEqual(asked, ["names"]);
  assert.equal(first.methods[0]?.params.length, 3);
  assert.equal(first.methods[2]?.params.length, 4);
  assert.deepEqual(asked, ["names", "OWN"]);
});

test("all descriptions take less than a megabyte", () => {
  const folder = join(import.meta.dirname ?? "", "../../../dissectors/idl/generated");
  const at = existsSync(folder) ? folder : "dissectors/idl/generated";
  const layouts = readdirSync(join(at, "layouts")).map((name) => statSync(join(at, "layouts", name)).size);
  assert.equal(layouts.length, 84);
  const size = layouts.reduce((sum, n) => sum + n, statSync(join(at, "names.txt")).size);
  assert.ok(size < 1_000_000, `${size}`);
});

function signature(m: Method | undefined): unknown {
  return [m?.name, m?.params, m?.returns, m?.returnsSecret ?? false, m?.dispid];
}

const shared = sharedDir();
const skip = shared === null ? "no ../shared" : false;
const folder = shared === null ? "" : join(shared, "idl");

const files: IdlFile[] =
  shared === null
    ? []
    : readdirSync(folder)
        .filter((name) => name.endsWith(".idl"))
        .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
const byName = new Map(files.map((file) => [file.name.toLowerCase(), file]));
const foundationNames = new Set(FOUNDATION.types.keys());
const byHand = new Set(shippedFiles(".").map(({ name }) => name));

test("names and opnums are those that other readers of the specifications list", { skip }, () => {
  const listed = readListed(readFileSync(join(shared!, "catalogue", "interfaces.tsv"), "utf8"));
  const table = shippedInterfaces();
  const { explained, unexplained } = differences((uuid) => table.all(uuid), listed);
  assert.deepEqual(unexplained, []);
  // Most of what there is was compared.
  const count = [...explained.values()].reduce((sum, n) => sum + n, 0);
  assert.ok(count < 120, `${count} are explained`);
});

test("there is a description of every specification's IDL", { skip }, () => assert.equal(files.length, 88));

for (const file of files) {
  test(`${file.name}: read as IDL and as generated, the types are the same`, { skip }, () => {
    const table = shippedInterfaces();
    const { library } = readIdl([...shippedFiles("."), file], (n) => byName.get(n.toLowerCase()) ?? null);
    const own = library.interfaces.filter((i) => i.file === file.name);
    for (const iface of own) {
      const found = table
        .catalogued()
        .find(
          (i) =>
            i.uuid === iface.uuid &&
            i.version.major === iface.version.major &&
            i.name === iface.name &&
            i.file === file.name,
        );
      // One version may be described by two specifications, and is joined.
      const known = found ?? table.find(iface.uuid, iface.version.major);
      assert.ok(known, iface.name);
      if (byHand.has(file.name.toLowerCase())) continue;
      for (const [opnum, method] of iface.methods.entries()) {
        // Functions of IUnknown never travel; [MS-RSMP] declares them once more.
        if (method === undefined || method.notOnWire || (iface.object && opnum < 3)) continue;
        assert.deepEqual(signature(known.methods[opnum]), signature(method), `${iface.name} ${opnum}`);
      }
      if (found !== undefined) {
        assert.deepEqual({ ...said(found), methods: [] }, { ...said(iface), methods: [] });
      }
    }
    if (byHand.has(file.name.toLowerCase())) return;
    const layout = readLayout(shippedLayout(file.name.replace(".idl", "")), FOUNDATION.types);
    for (const [name, type] of library.types) {
      if (
        foundationNames.has(name) ||
        type.kind === "pointer" ||
        !new RegExp(`\\b${name}\\b`).test(file.text)
      )
        continue;
      assert.deepEqual(layout.type(name), type, name);
    }
  });
}
