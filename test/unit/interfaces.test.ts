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

test("a name without methods gives way to a description with them", () => {
  const context = "000001c0-0000-0000-c000-000000000046";
  assert.equal(shippedInterfaces().find(context)?.name, "IContext");
  assert.equal(shippedInterfaces().find(context)?.methods.length, 0);
  const text = `[object, uuid(${context})] interface IMine : IUnknown { HRESULT Own(); }`;
  const { table } = loadInterfaces([{ name: "own.idl", text }]);
  assert.equal(table.find(context)?.methods[3]?.name, "Own");
});

test("a user's description goes before the catalogue's, which says what it leaves out", () => {
  const samr = "12345778-1234-abcd-ef00-0123456789ac";
  const text = `[uuid(${samr}), version(1.0)] interface mine { long Mine([in] long a); }`;
  const { table } = loadInterfaces([{ name: "own.idl", text }]);
  const found = table.find(samr, 1);
  assert.equal(found?.name, "mine");
  assert.deepEqual(
    found?.methods.slice(0, 2).map((m) => m?.name),
    ["Mine", "SamrCloseHandle"],
  );
  assert.equal(table.find(samr, 1)?.methods[0]?.params[0]?.name, "a");
});

test("interfaces are meant by the names of tools, of Windows and of specifications, in any case", () => {
  const table = shippedInterfaces();
  const meant = (name: string): string[] => table.meant(name).map(({ uuid }) => uuid.slice(0, 8));
  // tshark, Zeek, impacket and the names of pipes.
  for (const [names, uuid] of [
    ["logon netlogon RPC_NETLOGON nrpc", "12345678"],
    ["IRemoteSCMActivator ISystemActivator", "000001a0"],
    ["IObjectExporter IOXIDResolver oxid", "99fcfec4"],
    ["ept epm EPMAPPER", "e1af8308"],
    ["winspool SPOOLSS MS-RPRN", "12345678"],
    ["svcctl MS-SCMR scmr", "367abb81"],
    ["drsuapi", "e3514235"],
    ["samr SAMR", "12345778"],
    ["atsvc", "1ff70682"],
    ["winreg rrp", "338cd001"],
    ["srvsvc", "4b324fc8"],
    ["wkssvc", "6bffd098"],
  ] as const) {
    for (const name of names.split(" ")) assert.deepEqual(meant(name), [uuid], name);
  }
  assert.deepEqual(meant("efsrpc"), ["c681d488", "df1941c5"]);
  assert.deepEqual(meant("ms-tsch"), ["1ff70682", "378e52b0", "86d35949"]);
  assert.deepEqual(meant("nosuchthing"), []);
  assert.ok(table.words().includes("isystemactivator"));
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

test("a class goes before an interface of which only a name is known, and after one that is described", () => {
  const table = shippedInterfaces();
  const login = "8bc3f05e-d86b-11d0-a075-00c04fb68820";
  assert.equal(table.interfaceName(login), "wbemlevel1login");
  assert.equal(table.nameOf(login), "WbemLevel1Login");
  assert.equal(table.nameOf("000001c0-0000-0000-c000-000000000046"), "IContext");
  assert.equal(table.nameOf("12345778-1234-abcd-ef00-0123456789ac"), "samr");
  assert.equal(table.nameOf("00000000-1111-2222-3333-444444444444"), null);
});
