import assert from "node:assert/strict";
import test from "node:test";
import { loadInterfaces, shippedInterfaces } from "../../src/interfaces.js";

const HEAD = "[uuid(12345678-0000-0000-0000-0000000000aa), version(1.0)] interface";

test("two files that describe one interface, each with placeholders for the other, are joined", () => {
  const { table } = loadInterfaces([
    { name: "one.idl", text: `${HEAD} lsa { void First([in] long a); void Opnum1NotUsedOnWire(void); }` },
    { name: "two.idl", text: `${HEAD} lsa { void Opnum0NotUsedOnWire(void); void Second([in] long b); }` },
  ]);
  const found = table.find("12345678-0000-0000-0000-0000000000aa", 1);
  assert.deepEqual(
    found?.methods.map((m) => m?.name),
    ["First", "Second"],
  );
});

test("a name that is shipped without methods gives way to a description with them", () => {
  const { table } = loadInterfaces();
  const named = table.find("12345778-1234-abcd-ef00-0123456789ac", 1);
  assert.equal(named?.methods.length, 0);
  const { table: given } = loadInterfaces([
    {
      name: "samr.idl",
      text: "[uuid(12345778-1234-ABCD-EF00-0123456789AC), version(1.0)] interface samr { long SamrConnect(void); }",
    },
  ]);
  assert.equal(given.find("12345778-1234-abcd-ef00-0123456789ac", 1)?.methods[0]?.name, "SamrConnect");
});

test("automation classes are read when one is asked for, into the same world", () => {
  const table = shippedInterfaces();
  const dispatch = table.named("IDispatch");
  // What nobody describes reads nothing; IShellWindows does, by its IID.
  assert.equal(table.find("11111111-2222-3333-4444-555555555555"), null);
  const windows = table.find("85cb6900-4d95-11cf-960c-0080c7f4ee85");
  assert.equal(windows?.name, "IShellWindows");
  assert.equal(
    windows?.methods[6],
    dispatch?.methods[6],
    "Invoke is inherited from the IDispatch that was there",
  );
  assert.equal(table.named("IDispatch"), dispatch);
  assert.equal(table.coclass("49b2791a-b1ae-4c90-9b8e-e860ba07f889")?.name, "MMC20.Application");
});

test("read at once or when asked for, the shipped descriptions are the same", () => {
  const said = ({ library }: { library: ReturnType<typeof shippedInterfaces>["library"] }) => ({
    interfaces: library.interfaces
      .map(
        ({ name, uuid, base, dual, methods }) =>
          `${uuid} ${name} ${base} ${dual} ${methods.map((m) => m?.name)}`,
      )
      .sort(),
    coclasses: library.coclasses.map(({ uuid, name, defaultIid }) => `${uuid} ${name} ${defaultIid}`).sort(),
    types: [...library.types.keys()].sort(),
    constants: [...library.constants.keys()].sort(),
  });
  const eager = loadInterfaces().table;
  const lazy = shippedInterfaces();
  assert.deepEqual(said(lazy), said(eager));
  for (const { name, uuid } of eager.library.interfaces) {
    assert.equal(lazy.find(uuid)?.name, eager.find(uuid)?.name, uuid);
    assert.equal(lazy.named(name)?.uuid, eager.named(name)?.uuid, name);
  }
});
