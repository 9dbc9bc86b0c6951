/** Replication ([MS-DRSR]) in `readable`: what was asked for and what came, by name; and tasks ([MS-TSCH]) by what they run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../dissectors/ndr/decoded.js";
import type { Method } from "../../../dissectors/ndr/types.js";
import type { Members } from "../../../dissectors/readable/place.js";
import { meaningsOf } from "../../../dissectors/readable/plan.js";
import { loadInterfaces } from "../../../src/interfaces.js";
import { Redactor } from "../../../src/redact/redactor.js";
import { call } from "../../support/output/samples.js";

/** Shapes with the names of [MS-DRSR], as far as the reader looks at them. */
const IDL = `
[uuid(e3514235-4b06-11d1-ab04-00c04fc2dcd2), version(4.0)] interface drsuapi {
  typedef struct { unsigned long ndx; struct { unsigned length; [size_is(length)] byte *elements; } prefix; } PrefixTableEntry;
  typedef struct { unsigned long PrefixCount; [size_is(PrefixCount)] PrefixTableEntry *pPrefixEntry; } SCHEMA_PREFIX_TABLE;
  typedef unsigned long ATTRTYP;
  typedef struct { unsigned long cAttrs; [size_is(cAttrs)] ATTRTYP rgPartialAttr[]; } PARTIAL_ATTR_VECTOR_V1_EXT;
  typedef struct { unsigned long SidLen; unsigned long NameLen; unsigned long Guid; } DSNAME;
  typedef struct { unsigned long valLen; [size_is(valLen)] byte *pVal; } ATTRVAL;
  typedef struct { unsigned long valCount; [size_is(valCount)] ATTRVAL *pAVal; } ATTRVALBLOCK;
  typedef struct { ATTRTYP attrTyp; ATTRVALBLOCK AttrVal; } ATTR;
  typedef struct { unsigned long attrCount; [size_is(attrCount)] ATTR *pAttr; } ATTRBLOCK;
  typedef struct { ATTRTYP attrTyp; ATTRVAL Aval; } REPLVALINF_V1;
  typedef struct { DSNAME *pNC; PARTIAL_ATTR_VECTOR_V1_EXT *pPartialAttrSet; SCHEMA_PREFIX_TABLE PrefixTableDest; } V8;
  typedef struct { DSNAME *pNC; ATTRBLOCK AttrBlock; REPLVALINF_V1 *rgValues; SCHEMA_PREFIX_TABLE PrefixTableSrc; } V6;
  typedef [switch_type(unsigned long)] union { [case(8)] V8 V8; } IN;
  typedef [switch_type(unsigned long)] union { [case(6)] V6 V6; } OUT;
  unsigned long IDL_DRSGetNCChanges([in] unsigned long dwInVersion, [in, switch_is(dwInVersion)] IN *pmsgIn,
    [out] unsigned long *pdwOutVersion, [out, switch_is(*pdwOutVersion)] OUT *pmsgOut);
}
[uuid(86d35949-83c9-4044-b424-db363231fd0c), version(1.0)] interface ITaskSchedulerService {
  long SchRpcRegisterTask([in, string] wchar_t *path, [in, string] wchar_t *xml);
}`;
const { table } = loadInterfaces([{ name: "drs.idl", text: IDL }]);

function meant(uuid: string, side: Members): Members {
  const iface = table.find(uuid)!;
  return meaningsOf(iface, iface.methods[0] as Method, side, null, () => null)?.values ?? {};
}
const replicated = (side: Members): Members => meant("e3514235-4b06-11d1-ab04-00c04fc2dcd2", side);

const name = (StringName: string, sid: string | null = null): Members => ({
  SidLen: sid === null ? 0 : sid.length / 2,
  Guid: StringName === "" ? "a08358c1-5050-49fb-80a9-9d99181b72d5" : "00000000-0000-0000-0000-000000000000",
  Sid: { Data: (sid ?? "").padEnd(56, "0") },
  NameLen: StringName.length,
  StringName,
});
const prefixes = (...all: [number, string][]): Members => ({
  PrefixCount: all.length,
  pPrefixEntry: all.map(([ndx, elements]) => ({ ndx, prefix: { length: elements.length / 2, elements } })),
});
const SID = "010500000000000515000000af1c0dfc57058b3d30a0f16bf6010000";
const ENTRIES: [number, string][] = [
  [0, "2a864886f7140104"],
  [1, "2a864886f7140102"],
  [9, "5504"],
];
const PREFIX = prefixes(...ENTRIES);
/** A server's own: the last entry is schemaInfo, 21 bytes under the index of the first. */
const OF_SERVER = prefixes(...ENTRIES, [0, `ff0000000b${"c1".repeat(16)}`]);
const attribute = (attrTyp: number, ...values: (Uint8Array | string)[]): Members => ({
  attrTyp,
  AttrVal: {
    valCount: values.length,
    pAVal: values.map((value) => {
      const pVal = typeof value === "string" ? value : Buffer.from(value).toString("hex");
      return { valLen: pVal.length / 2, pVal };
    }),
  },
});
const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");

test("what was asked for, by the table of the message", () => {
  const pPartialAttrSet = { cAttrs: 4, rgPartialAttr: [90, 0x10030, 0x90003, 0x70001] };
  const V8 = { pNC: name(""), pPartialAttrSet, PrefixTableDest: PREFIX };
  assert.deepEqual(replicated({ dwInVersion: 8, pmsgIn: { V8 } }), {
    "pmsgIn.V8.pNC": "<GUID=a08358c1-5050-49fb-80a9-9d99181b72d5>",
    "pmsgIn.V8.pPartialAttrSet": "unicodePwd, isDeleted, cn, 0x00070001",
    "pmsgIn.V8.PrefixTableDest": "0=1.2.840.113556.1.4 1=1.2.840.113556.1.2 9=2.5.4",
  });
});

const dn = (text: string): Buffer => {
  const head = Buffer.alloc(56);
  head.writeUInt32LE(28, 4);
  Buffer.from(SID, "hex").copy(head, 24);
  head.writeUInt32LE(text.length, 52);
  return Buffer.concat([head, utf16(`${text}\0`)]);
};

test("what came: attributes by name, each value by its syntax", () => {
  const pAttr = [
    attribute(221, utf16("krbtgt")),
    attribute(8, "02020000"),
    attribute(96, "909a7447058dd601"),
    attribute(159, "ffffffffffffff7f"),
    attribute(146, SID),
    attribute(90, "00".repeat(36)),
    attribute(55),
    attribute(0x10030, "01000000"),
    attribute(0x90000, "06000a00", "09000a00"),
    attribute(0x9001f, dn("CN=Users,DC=contoso,DC=example")),
    attribute(2, "d2750981ffb72e4abd8d10c8ed2f3c54"),
    attribute(125, "aa".repeat(10)),
    attribute(0x20001, "ff"),
    attribute(8, "02"),
  ];
  const V6 = {
    pNC: name("DC=contoso,DC=example", SID),
    AttrBlock: { attrCount: pAttr.length, pAttr },
    rgValues: { attrTyp: 221, Aval: { valLen: 12, pVal: utf16("helga").toString("hex") } },
    PrefixTableSrc: OF_SERVER,
  };
  const sid = "S-1-5-21-4228717743-1032521047-1810997296-502";
  const shown = replicated({ pdwOutVersion: 6, pmsgOut: { V6 } });
  assert.equal(shown["pmsgOut.V6.pNC"], `<SID=${sid}>;DC=contoso,DC=example`);
  assert.deepEqual(shown["pmsgOut.V6.rgValues.Aval"], "helga");
  assert.deepEqual(shown["pmsgOut.V6.rgValues.attrTyp"], "sAMAccountName");
  assert.deepEqual(shown["pmsgOut.V6.AttrBlock"], {
    sAMAccountName: "krbtgt",
    pwdLastSet: "2020-09-17T15:14:46.7185296Z",
    accountExpires: "never",
    objectSid: sid,
    unicodePwd: "encrypted, 36 bytes",
    dBCSPwd: [],
    isDeleted: true,
    // Of classes, of which the message's table has none.
    objectClass: ["0x000a0006", "0x000a0009"],
    member: `<SID=${sid}>;CN=Users,DC=contoso,DC=example`,
    objectGUID: "810975d2-b7ff-4a2e-bd8d-10c8ed2f3c54",
    supplementalCredentials: "encrypted, 10 bytes",
    "0x00020001": "ff",
    // Too short for a number.
    userAccountControl: "02",
  });
});

test("redacted: no account, and no bytes of a hash", () => {
  const hash = "0123456789abcdef".repeat(4);
  const pAttr = [attribute(221, utf16("helga.desk")), attribute(90, hash), attribute(8, "02020000")];
  const V6 = {
    pNC: name("CN=helga.desk,DC=contoso"),
    AttrBlock: { attrCount: 3, pAttr },
    PrefixTableSrc: PREFIX,
  };
  const response = { pdwOutVersion: 6, pmsgOut: { V6 } };
  const readable = { request: {}, response: replicated(response) };
  const uuid = "e3514235-4b06-11d1-ab04-00c04fc2dcd2";
  const record = call({
    interface: { uuid, version: "4.0", name: "drsuapi" },
    method: "IDL_DRSGetNCChanges",
  });
  const shown = JSON.stringify(new Redactor(undefined, table).event({ ...record, response, readable }));
  assert.ok(!shown.includes("helga") && !shown.includes(hash.slice(0, 16)), shown);
  assert.ok(shown.includes("NORMAL_ACCOUNT"), shown);
});

test("messages without a table mean the standard one", () => {
  const V6 = { AttrBlock: { attrCount: 1, pAttr: [attribute(0x000900dd, utf16("helga"))] } };
  assert.deepEqual(replicated({ pmsgOut: { V6 } })["pmsgOut.V6.AttrBlock"], { sAMAccountName: "helga" });
});

test("what decoding left out has no meaning", () => {
  const broken: Value[] = [null, {}, { pAttr: null }, { pAttr: [null, {}, { attrTyp: 1, AttrVal: null }] }];
  for (const AttrBlock of broken) {
    assert.ok(
      replicated({ pmsgOut: { V6: { AttrBlock, pNC: {}, PrefixTableSrc: { pPrefixEntry: [{}] } } } }),
    );
  }
});

const XML =
  "<Task><RegistrationInfo><Author>CONTOSO\\helga.desk</Author></RegistrationInfo><Settings><Hidden>true</Hidden>" +
  "<Enabled>true</Enabled></Settings><Triggers><BootTrigger/></Triggers><Actions><Exec><Command>cmd.exe</Command>" +
  "<Arguments>/c whoami</Arguments></Exec></Actions></Task>";

test("a task by what it runs, and its author hidden with --redact", () => {
  const request = { path: "\\Updates", xml: XML };
  const readable = { request: meant("86d35949-83c9-4044-b424-db363231fd0c", request), response: {} };
  assert.deepEqual(readable.request, {
    xml: {
      Actions: [{ Exec: { Command: "cmd.exe", Arguments: "/c whoami" } }],
      Triggers: [{ BootTrigger: {} }],
      RegistrationInfo: { Author: "CONTOSO\\helga.desk" },
      Settings: { Hidden: "true" },
    },
  });
  const shown = JSON.stringify(new Redactor().event({ ...call(), request, readable }));
  assert.ok(!/helga/i.test(shown), shown);
  assert.deepEqual(meant("86d35949-83c9-4044-b424-db363231fd0c", { xml: "no XML" }), {});
});

test("of a table of prefixes only what is its own is told", () => {
  const standard = [0, "5504"] as [number, string];
  const shown = (...all: [number, string][]) =>
    replicated({ pmsgOut: { V6: { PrefixTableSrc: prefixes(...all) } } })["pmsgOut.V6.PrefixTableSrc"];
  assert.equal(shown(standard, [1, "5506"]), "standard");
  assert.equal(
    shown(standard, [40, "2b0601040182371501"], [41, "ff"]),
    "standard 40=1.3.6.1.4.1.311.21.1 41=?",
  );
  assert.equal(shown(), undefined);
});
