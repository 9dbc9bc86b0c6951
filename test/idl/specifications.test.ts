/**
 * The full IDL of 36 specifications, as printed: read without a change, and what is reported is the file's fault. The
 * places were looked at one by one:
 * - prose, tables or pieces of comments left by the page (DFSNM 2, LSAD 2, SWN 2, TSTS 1248, 1381, 1711)
 * - list marks at the start of lines (DNSP, EFSR 77, LSAD, SAMR, UAMG 2)
 * - imports of what is not here, and the types that they would have brought (ICPR, MQMP)
 * - pipes and bit-fields, which are no data of a call (EFSR 10, TSTS)
 * - two asterisks that the page took for bold type (CSRA 206, FSRM, VDS)
 * - names that state a number one too high, in all of UAMG
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type IdlFile, type IdlResult, readIdl } from "../../dissectors/idl/reader.js";
import { sharedDir } from "../shared.js";
import { params } from "./notation.js";

/** Interfaces, methods with the inherited ones, and where something is reported. */
const EXPECTED: { [file: string]: [interfaces: number, methods: number, places: string] } = {
  "MS-COM.idl": [1, 7, ""],
  "MS-COMA.idl": [18, 124, ""],
  "MS-CSRA.idl": [2, 80, "206:7"],
  "MS-DCOM.idl": [6, 28, ""],
  "MS-DFSNM.idl": [1, 26, "2:1"],
  "MS-DNSP.idl": [1, 19, "1303:1"],
  "MS-DRSR.idl": [2, 33, ""],
  "MS-DTYP.idl": [0, 0, ""],
  "MS-EFSR.idl": [1, 45, "10:9 77:1"],
  "MS-EVEN6.idl": [1, 29, ""],
  "MS-FSRM.idl": [
    49,
    1048,
    "557:1 868:1 872:1 877:1 899:1 1093:1 1134:1 1141:1 1148:1 1187:1 1210:1 1215:1 1232:1 1423:1 1503:1 1630:1 1680:1 1727:1 1774:1 1798:1 1821:1 1831:1 1841:1",
  ],
  "MS-FSRVP.idl": [1, 13, ""],
  "MS-GKDI.idl": [1, 1, ""],
  "MS-ICPR.idl": [1, 1, "4:8 17:17"],
  "MS-IISS.idl": [1, 12, ""],
  "MS-LSAD.idl": [1, 142, "2:1 18:1 191:1 225:1 233:1 292:1 449:1 1099:1 1109:1 1120:1 1199:1"],
  "MS-MQMP.idl": [2, 39, "9:8 13:8 70:1 119:1 160:14 196:20"],
  "MS-NSPI.idl": [1, 21, ""],
  "MS-OAUT.idl": [7, 108, ""],
  "MS-PAR.idl": [1, 75, ""],
  "MS-PLA.idl": [18, 561, ""],
  "MS-RAA.idl": [1, 7, ""],
  "MS-RAI.idl": [4, 56, ""],
  "MS-RPRN.idl": [1, 124, ""],
  "MS-RRP.idl": [1, 36, ""],
  "MS-SAMR.idl": [1, 78, "367:1 1249:1 1256:1"],
  "MS-SCMR.idl": [1, 65, ""],
  "MS-SRVS.idl": [1, 58, ""],
  "MS-SWN.idl": [1, 6, "2:1"],
  "MS-TPMVSC.idl": [4, 23, ""],
  "MS-TRP.idl": [2, 6, ""],
  "MS-TSTS.idl": [8, 133, "1083:26 1187:25 1248:1 1287:24 1307:29 1317:28 1381:1 1403:25 1497:16 1711:1"],
  "MS-UAMG.idl": [
    44,
    1107,
    "2:1 266:11 267:11 268:11 269:11 270:11 271:11 660:11 787:11 794:11 894:11 1068:11 1188:11 1495:11 1496:11 1620:11 1621:11 1627:11 1628:11 1864:11 1875:11",
  ],
  "MS-VDS.idl": [42, 279, "1202:7 1385:1 1973:7"],
  "MS-WKST.idl": [1, 38, ""],
  "MS-WMI.idl": [15, 102, ""],
};

const SHIPPED = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "dissectors", "idl");
const shared = sharedDir();
const skip = shared === null ? "the specifications' IDL is not here" : false;
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
    const known = EXPECTED[file.name]![2].split(" ");
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
