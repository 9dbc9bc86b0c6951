/** The interfaces that are shipped: nothing wrong with them, numbers and DISPIDs as the specifications print them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readIdl } from "../../../dissectors/idl/reader.js";
import type { Interface } from "../../../dissectors/ndr/types.js";
import { params, show } from "../../support/idl/notation.js";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dissectors", "idl");
const files = ["", "automation", "datagrams"].flatMap((below) =>
  readdirSync(join(FOLDER, below))
    .filter((name) => name.endsWith(".idl"))
    .sort()
    .map((name) => ({ name, text: readFileSync(join(FOLDER, below, name), "utf8") })),
);
const { library, problems } = readIdl(files, () => null);

function named(name: string): Interface {
  const found = library.interfaces.find((i) => i.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const travelling = (name: string): string[] =>
  named(name).methods.flatMap((m) => (m === undefined || m.notOnWire ? [] : [`${m.opnum} ${m.name}`]));

test("nothing is wrong with them", () => {
  assert.deepEqual(problems, []);
});

test("each of them can be read alone, with what it imports", () => {
  for (const file of files) {
    const alone = readIdl([file], (name) => files.find((f) => f.name === name) ?? null);
    assert.deepEqual(alone.problems, [], file.name);
  }
});

test("[MS-RAI] Appendix B: opnums, DISPIDs, classes", () => {
  assert.deepEqual(travelling("IRASrv").slice(-2), ["7 GetNoviceUserInfo", "8 GetSessionInfo"]);
  assert.deepEqual(travelling("IPCHService").slice(-2), [
    "19 RemoteConnectionParms",
    "20 RemoteUserSessionInfo",
  ]);
  assert.deepEqual(travelling("IPCHCollection").slice(-3), ["7 _NewEnum", "8 Item", "9 Count"]);
  assert.deepEqual(travelling("ISAFSession").slice(-8), [
    "7 SessionID (Get)",
    "8 SessionID (Set)",
    "9 SessionState (Get)",
    "10 SessionState (Set)",
    "11 DomainName (Get)",
    "12 DomainName (Set)",
    "13 UserName (Get)",
    "14 UserName (Set)",
  ]);
  const unused = named("IPCHService").methods.filter((m) => m?.notOnWire === true && m.opnum > 6);
  assert.deepEqual(
    unused.map((m) => m!.name),
    [...[7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18], 21].map((n) => `Opnum${n}NotUsedByProtocol`),
  );
  const dispids = (name: string): (number | null)[] =>
    named(name)
      .methods.slice(7)
      .map((m) => m!.dispid);
  assert.deepEqual(dispids("IRASrv"), [1, 2]);
  assert.deepEqual(dispids("IPCHCollection"), [0xfffffffc, 0, 0x08010000]);
  assert.deepEqual(dispids("IPCHService").slice(12, 14), [0x08000040, 0x08000041]);
  const session = [0x08020d10, 0x08020d11, 0x08020d12, 0x08020d13];
  assert.deepEqual(
    dispids("ISAFSession"),
    session.flatMap((d) => [d, d]),
  );
  for (const name of ["IRASrv", "IPCHService", "IPCHCollection", "ISAFSession"]) {
    assert.deepEqual([named(name).object, named(name).dual, named(name).base], [true, true, "IDispatch"]);
  }
  const own = library.coclasses.filter((c) =>
    c.interfaces.some((name) => library.interfaces.find((i) => i.name === name)?.file === "ms-rai.idl"),
  );
  assert.deepEqual(own, [
    {
      name: "PCHService",
      uuid: "833e4010-aff7-4ac3-aac2-9f24c1457bce",
      interfaces: ["IPCHService"],
      defaultInterface: "IPCHService",
      defaultIid: "833e4200-aff7-4ac3-aac2-9f24c1457bce",
    },
    {
      name: "RASrv",
      uuid: "3c3a70a7-a468-49b9-8ada-28e11fccad5d",
      interfaces: ["IRASrv"],
      defaultInterface: "IRASrv",
      defaultIid: "f120a684-b926-447f-9df4-c966cb785648",
    },
  ]);
});

test("[MS-RAI] parameters", () => {
  const of = (name: string, opnum: number): string[] => params(named(name).methods[opnum]);
  assert.deepEqual(of("IRASrv", 7), ["szName: ref -> unique -> string[ from ] wchar"]);
  assert.deepEqual(of("IRASrv", 8), ["UserNames: ref -> SAFEARRAY(BSTR)", "Count: ref -> int32"]);
  assert.deepEqual(of("IPCHService", 19), [
    "bstrUserName: BSTR",
    "bstrDomainName: BSTR",
    "lSessionID: int32",
    "bstrUserHelpBlob: BSTR",
    "pbstrConnectionString: ref -> BSTR",
  ]);
  assert.deepEqual(of("IPCHService", 20), ["pVal: ref -> IPCHCollection"]);
  assert.deepEqual(of("IPCHCollection", 7), ["pVal: ref -> IUnknown"]);
  assert.deepEqual(of("IPCHCollection", 8), ["vIndex: int32", "ppEntry: ref -> VARIANT"]);
  assert.match(of("ISAFSession", 9)[0]!, /^pVal: ref -> enum16\(pchActive=0 .* pchStateInvalid=10\)$/);
});

test("[MS-DCOM] opnums and the parameters of activation", () => {
  assert.deepEqual(travelling("IActivation"), ["0 RemoteActivation"]);
  assert.deepEqual(travelling("IRemoteSCMActivator"), ["3 RemoteGetClassObject", "4 RemoteCreateInstance"]);
  assert.deepEqual(travelling("IObjectExporter"), [
    "0 ResolveOxid",
    "1 SimplePing",
    "2 ComplexPing",
    "3 ServerAlive",
    "4 ResolveOxid2",
    "5 ServerAlive2",
  ]);
  assert.deepEqual(travelling("IRemUnknown2"), [
    "3 RemQueryInterface",
    "4 RemAddRef",
    "5 RemRelease",
    "6 RemQueryInterface2",
  ]);
  assert.deepEqual(travelling("IClassFactory"), ["3 CreateInstance", "4 LockServer"]);
  const activation = params(named("IActivation").methods[0]);
  assert.equal(
    activation.find((p) => p.startsWith("ppInterfaceData")),
    "ppInterfaceData: ref -> [Interfaces] unique -> MInterfacePointer",
  );
  assert.equal(
    activation.find((p) => p.startsWith("pIIDs")),
    "pIIDs: unique -> [Interfaces] GUID",
  );
  assert.equal(
    params(named("IObjectExporter").methods[2])[5],
    "AddToSet: unique -> [cAddToSet] uint64/hex64",
  );
  assert.equal(
    params(named("IRemUnknown").methods[3]).at(-1),
    "ppQIResults: ref -> unique -> [cIids] {hResult: int32/status; std: {flags: uint32; cPublicRefs: uint32; oxid: uint64/hex64; oid: uint64/hex64; ipid: GUID}}",
  );
  assert.equal(named("IActivation").object, false);
});

test("[MS-DCOM] 2.2.22.2: every activation property is there by its name", () => {
  const properties =
    "InstantiationInfoData SpecialPropertiesData InstanceInfoData ScmRequestInfoData ActivationContextInfoData LocationInfoData SecurityInfoData ScmReplyInfoData PropsOutInfo CustomHeader";
  for (const name of properties.split(" ")) assert.equal(library.types.get(name)?.kind, "struct", name);
  assert.match(
    show(library.types.get("PropsOutInfo")!),
    /ppIntfData: unique -> \[cIfs\] unique -> MInterfacePointer/,
  );
});

test("[MS-OAUT] opnums, and types within one another", () => {
  assert.deepEqual(travelling("IDispatch").slice(-4), [
    "3 GetTypeInfoCount",
    "4 GetTypeInfo",
    "5 GetIDsOfNames",
    "6 Invoke",
  ]);
  assert.deepEqual(travelling("IEnumVARIANT"), ["3 Next", "4 Skip", "5 Reset", "6 Clone"]);
  assert.equal(named("ITypeInfo").methods.length, 22);
  assert.equal(named("ITypeInfo2").methods[36]!.name, "GetAllImplTypeCustData");
  assert.equal(named("ITypeLib2").methods[16]!.name, "GetAllCustData");
  assert.equal(
    params(named("IEnumVARIANT").methods[3])[1],
    "rgVar: ref -> [celt from *pCeltFetched] VARIANT",
  );
  assert.equal(
    params(named("IDispatch").methods[5])[1],
    "rgszNames: ref -> [cNames] unique -> string[ from ] wchar",
  );
  assert.match(
    show(library.types.get("TYPEDESC")!),
    /_tdUnion: union\(uint16 is vt\)\{26,27: lptdesc unique -> struct TYPEDESC/,
  );
});

test("[C706] the endpoint mapper and management", () => {
  assert.deepEqual(travelling("ept"), [
    "0 ept_insert",
    "1 ept_delete",
    "2 ept_lookup",
    "3 ept_map",
    "4 ept_lookup_handle_free",
    "5 ept_inq_object",
    "6 ept_mgmt_delete",
  ]);
  assert.deepEqual(named("ept").version, { major: 3, minor: 0 });
  assert.equal(params(named("ept").methods[3])[6], "ITowers: [max_towers from *num_towers] full -> twr_t");
  assert.match(params(named("ept").methods[2])[8]!, /annotation: string\[=64 from \] char/);
  assert.equal(travelling("mgmt").length, 5);
});

test("no interface is described twice", () => {
  const uuids = library.interfaces.map((i) => `${i.uuid} ${i.version.major}`);
  assert.equal(new Set(uuids).size, uuids.length);
});
