/** The full IDL of 36 specifications, as printed: read without a change. What is reported is listed in specifications.ts. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type IdlFile, type IdlResult, readIdl } from "../../../dissectors/idl/reader.js";
import { params } from "../../support/idl/notation.js";
import { EXPECTED } from "../../support/idl/specifications.js";
import { sharedDir } from "../../support/shared.js";

const SHIPPED = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dissectors", "idl");
const shared = sharedDir();
const skip = shared === null ? "no ../shared" : false;
const folder = shared === null ? "" : join(shared, "idl");

function load(dir: string): IdlFile[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".idl"));
  return names.sort().map((name) => ({ name, text: readFileSync(join(dir, name), "utf8") }));
}

/** One specification behind the shipped files, as the command line has it. */
function readSpecification(name: string): IdlResult {
  return readIdl([...load(SHIPPED), { name, text: readFileSync(join(folder, name), "utf8") }], () => null);
}

for (const [name, [interfaces, methods, places]] of Object.entries(EXPECTED)) {
  test(name, { skip }, () => {
    const { library, problems } = readSpecification(name);
    const own = library.interfaces.filter((i) => i.file === name);
    assert.equal(own.length, interfaces);
    assert.equal(
      own.reduce((sum, i) => sum + i.methods.length, 0),
      methods,
    );
    assert.equal(
      problems
        .filter((p) => p.file === name)
        .map((p) => `${p.line}:${p.column}`)
        .join(" "),
      places,
    );
    for (const i of own) {
      i.methods.forEach((m, opnum) => {
        assert.equal(m?.opnum, opnum, `${i.name} ${opnum}`);
        const stated = /^Opnum(\d+)/.exec(m?.idlName ?? "")?.[1];
        if (stated !== undefined && name !== "MS-UAMG.idl")
          assert.equal(Number(stated), opnum, `${i.name} ${m?.name}`);
      });
    }
  });
}

test("all of them at once", { skip }, () => {
  const { library, problems } = readIdl([...load(SHIPPED), ...load(folder)], () => null);
  assert.ok(problems.length > 0);
  assert.ok(library.interfaces.length > 300);
});

test("each of them without the shipped files, importing from one another", { skip }, () => {
  const all = new Map(load(folder).map((f) => [f.name.toLowerCase(), f]));
  for (const file of all.values()) {
    const { problems } = readIdl([file], (name) => all.get(name.toLowerCase()) ?? null);
    const errors = problems.filter((p) => p.file === file.name && p.severity === "error");
    const known = EXPECTED[file.name]?.[2].split(" ") ?? [];
    for (const p of errors) {
      const place = `${p.line}:${p.column}`;
      // What these two use comes from imports that are not here.
      if (!/ICPR|MQMP/.test(file.name))
        assert.ok(known.includes(place), `${file.name}:${place}: ${p.message}`);
    }
  }
});

test("opnums of the interfaces that every capture has", { skip }, () => {
  const known: { [file: string]: [interfaceName: string, opnum: number, method: string][] } = {
    "MS-SAMR.idl": [
      ["samr", 0, "SamrConnect"],
      ["samr", 64, "SamrConnect5"],
      ["samr", 77, "SamrAccountIsDelegatedManagedServiceAccount"],
    ],
    "MS-LSAD.idl": [
      ["lsarpc", 6, "LsarOpenPolicy"],
      ["lsarpc", 44, "LsarOpenPolicy2"],
      ["lsarpc", 130, "LsarOpenPolicy3"],
    ],
    "MS-SRVS.idl": [
      ["srvsvc", 15, "NetrShareEnum"],
      ["srvsvc", 57, "NetrShareDelEx"],
    ],
    "MS-WKST.idl": [
      ["wkssvc", 0, "NetrWkstaGetInfo"],
      ["wkssvc", 30, "NetrEnumerateComputerNames"],
    ],
    "MS-RRP.idl": [
      ["winreg", 15, "BaseRegOpenKey"],
      ["winreg", 35, "BaseRegDeleteKeyEx"],
    ],
    "MS-SCMR.idl": [
      ["svcctl", 15, "ROpenSCManagerW"],
      ["svcctl", 60, "RCreateWowService"],
    ],
    "MS-RPRN.idl": [
      ["winspool", 1, "RpcOpenPrinter"],
      ["winspool", 69, "RpcOpenPrinterEx"],
    ],
    "MS-DRSR.idl": [
      ["drsuapi", 3, "IDL_DRSGetNCChanges"],
      ["drsuapi", 12, "IDL_DRSCrackNames"],
    ],
    "MS-WMI.idl": [
      ["IWbemServices", 20, "ExecQuery"],
      ["IWbemServices", 24, "ExecMethod"],
      ["IEnumWbemClassObject", 4, "Next"],
    ],
  };
  for (const [file, list] of Object.entries(known)) {
    const { library } = readSpecification(file);
    for (const [name, opnum, method] of list) {
      const i = library.interfaces.find((x) => x.name === name && x.file === file);
      assert.equal(i?.methods[opnum]?.name, method);
    }
  }
});

test("parameters as the specifications mean them", { skip }, () => {
  const of = (file: string, name: string, method: string): string[] => {
    const { library } = readSpecification(file);
    const i = library.interfaces.find((x) => x.name === name && x.file === file)!;
    return params(i.methods.find((m) => m?.name === method));
  };
  const unicode =
    "{Length: uint16; MaximumLength: uint16; Buffer: unique -> [MaximumLength / 2 from Length / 2] wchar}";
  assert.deepEqual(of("MS-RRP.idl", "winreg", "OpenLocalMachine"), [
    "ServerName: unique -> wchar",
    "samDesired: uint32",
    "phKey: ref -> context",
  ]);
  assert.deepEqual(of("MS-RRP.idl", "winreg", "BaseRegQueryValue").slice(1), [
    `lpValueName: ref -> ${unicode}`,
    "lpType: unique -> uint32",
    "lpData: unique -> [lpcbData ? *lpcbData : 0 from lpcbLen ? *lpcbLen : 0] uint8",
    "lpcbData: unique -> uint32",
    "lpcbLen: unique -> uint32",
  ]);
  assert.deepEqual(of("MS-SCMR.idl", "svcctl", "RNotifyBootConfigStatus"), [
    "lpMachineName: unique -> string[ from ] wchar",
    "BootAcceptable: uint32",
  ]);
  assert.equal(of("MS-RAA.idl", "authzr", "AuthzrFreeContext")[0], "ContextHandle: ref -> context");
  assert.match(
    of("MS-RAA.idl", "authzr", "AuthzGetInformationFromContext")[2]!,
    /union\/ms\(uint16 is ValueType\)/,
  );
  assert.match(
    of("MS-DRSR.idl", "drsuapi", "IDL_DRSGetNCChanges")[2]!,
    /^pmsgIn: ref -> union\(uint32 is dwInVersion\)\{4: V4/,
  );
  assert.match(
    of("MS-NSPI.idl", "nspi", "NspiDNToMId")[2]!,
    /Strings: \[Count\] unique -> string\[ from \] char/,
  );
  assert.deepEqual(of("MS-WMI.idl", "IWbemServices", "ExecQuery").slice(-1), [
    "ppEnum: ref -> IEnumWbemClassObject",
  ]);
  assert.match(of("MS-EVEN6.idl", "IEventService", "EvtRpcClose")[0]!, /^handle: ref -> context$/);
});
