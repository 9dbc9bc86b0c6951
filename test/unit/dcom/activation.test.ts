/** [MS-DCOM] 2.2.22 activation properties, written with the encoder of the NDR tests and the shipped IDL. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { objrefsIn } from "../../../dissectors/dcom/interface-pointer.js";
import { readIdl } from "../../../dissectors/idl/reader.js";
import type { DecodedSide, Value } from "../../../dissectors/ndr/decoded.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { encodeTop, Out } from "../../support/ndr/encode.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { context, decodeValue, native, ptr } from "../../support/ndr/types.js";

const idl = (name: string) => ({
  name,
  text: readFileSync(new URL(`../../../dissectors/idl/${name}`, import.meta.url), "utf8"),
});
const { library } = readIdl([idl("ms-dtyp.idl"), idl("ms-dcom.idl")], () => null);

// biome-ignore lint/suspicious/noExplicitAny: values of any shape
type Any = any;

const guidOf = (n: number): string => `${n.toString(16).padStart(8, "0")}-0000-0000-c000-000000000046`;

/** [MS-RPCE] 2.2.6: common header, private header, the type, padded to 8. */
function serialized(type: string, value: Any, littleEndian = true): number[] {
  const out = new Out({ syntax: "ndr", littleEndian });
  encodeTop(out, library.types.get(type)!, value);
  const body = [...out.content];
  while (body.length % 8 !== 0) body.push(0);
  const label = littleEndian ? 0x10 : 0x00;
  const common = parseBytes(`1/1 ${label}/1 <8/2 <0xcccccccc/4`, true);
  return [...common, ...parseBytes(`${body.length}/4 0/4`, littleEndian), ...body];
}

interface Part {
  clsid: number;
  content: number[];
  /** What pSizes says, where that is a lie. */
  size?: number;
}

/** An OBJREF_CUSTOM with an activation properties BLOB. */
function blob(marshaler: number, parts: Part[], littleEndian = true): number[] {
  const header = (totalSize: number, headerSize: number): number[] =>
    serialized(
      "CustomHeader",
      {
        totalSize,
        headerSize,
        dwReserved: 0,
        destCtx: 2,
        cIfs: parts.length,
        classInfoClsid: guidOf(0),
        pclsid: parts.map((p) => guidOf(p.clsid)),
        pSizes: parts.map((p) => p.size ?? p.content.length),
        pdwReserved: null,
      },
      littleEndian,
    );
  const size = header(0, 0).length;
  const properties = parts.flatMap((p) => p.content);
  const whole = [...header(size + properties.length, size), ...properties];
  const objref = parseBytes(
    `0x574f454d/4 4/4 0x1a2/4 0/2 0/2 #c000000000000046 ${marshaler}/4 0/2 0/2 #c000000000000046 0/4 ${whole.length + 8}/4 ` +
      `${whole.length}/4 0/4`,
    true,
  );
  return [...objref, ...whole];
}

function decode(objref: number[], cut = objref.length): DecodedSide {
  const head = parseBytes(`1/4 ${objref.length}/4 ${objref.length}/4`, true);
  const bytes = Uint8Array.from([...head, ...objref.slice(0, cut)]);
  return decodeValue(ptr(native("MInterfacePointer")), new Reader(bytes), context("ndr", library.types));
}

const propertiesOf = (side: DecodedSide): { [name: string]: Value } =>
  (side.values.value as { properties: { [name: string]: Value } }).properties;

const version = { MajorVersion: 5, MinorVersion: 7 };
const instantiation = {
  classId: guidOf(0x1234),
  classCtx: 16,
  actvflags: 0,
  fIsSurrogate: 0,
  cIID: 2,
  instFlag: 0,
  pIID: [guidOf(0), guidOf(0x20400)],
  thisSize: 0,
  clientCOMVersion: version,
};
const special = {
  dwSessionId: 3,
  fRemoteThisSessionId: 1,
  fClientImpersonating: 0,
  fPartitionIDPresent: 0,
  dwDefaultAuthnLvl: 2,
  guidPartition: guidOf(0),
  dwPRTFlags: 0,
  dwOrigClsctx: 16,
  dwFlags: 2,
};
const longSpecial = { ...special, Reserved1: 0, Reserved2: "0", Reserved3: [0, 0, 0, 0, 0] };
const alternate = { ...special, Reserved3: [1, 2, 3, 4, 5, 6, 7, 8] };
const location = { machineName: null, processId: 0, apartmentId: 0, contextId: 0 };
const security = {
  dwAuthnFlags: 0,
  pServerInfo: { dwReserved1: 0, pwszName: "NOVICE", pdwReserved: null, dwReserved2: 0 },
  pdwReserved: null,
};
const request = {
  pdwReserved: null,
  remoteRequest: { ClientImpLevel: 2, cRequestedProtseqs: 2, pRequestedProtseqs: [7, 15] },
};
const instance = { fileName: "f.doc", mode: 1, ifdROT: null, ifdStg: null };

const all: Part[] = [
  { clsid: 0x1ab, content: serialized("InstantiationInfoData", instantiation) },
  { clsid: 0x1b9, content: serialized("SpecialPropertiesData", longSpecial) },
  { clsid: 0x1a4, content: serialized("LocationInfoData", location) },
  { clsid: 0x1a6, content: serialized("SecurityInfoData", security) },
  { clsid: 0x1aa, content: serialized("ScmRequestInfoData", request) },
  { clsid: 0x1ad, content: serialized("InstanceInfoData", instance) },
];
const expected = {
  InstantiationInfo: instantiation,
  SpecialSystemProperties: longSpecial,
  ServerLocationInfo: location,
  SecurityInfo: security,
  ScmRequestInfo: request,
  InstanceInfo: instance,
};

test("the properties of a request, by name", () => {
  const side = decode(blob(0x338, all));
  assert.equal(side.error, null);
  assert.deepEqual(side.notes, []);
  assert.deepEqual(propertiesOf(side), expected);
  assert.equal((side.values.value as { class: string }).class, "ActivationPropertiesIn");
});

test("streams in big-endian order", () => {
  const part = { clsid: 0x1ab, content: serialized("InstantiationInfoData", instantiation, false) };
  const side = decode(blob(0x338, [part], false));
  assert.deepEqual(side.notes, []);
  assert.deepEqual(propertiesOf(side), { InstantiationInfo: instantiation });
});

test("the alternate form of the special properties, reported by its size", () => {
  const side = decode(
    blob(0x338, [{ clsid: 0x1b9, content: serialized("SpecialPropertiesData_Alternate", alternate) }]),
  );
  assert.deepEqual(side.notes, []);
  assert.deepEqual(propertiesOf(side), { SpecialSystemProperties: alternate });
});

/** A standard OBJREF in hex. */
function standard(oxid: string): string {
  const text = `0x574f454d/4 1/4 0x20400/4 0/2 0/2 #c000000000000046 0/4 5/4 0x${oxid}/8 1/8 0x77/4 0/2 0/2 #0000000000000000`;
  return hex(parseBytes(`${text} 8/2 6/2 7/2 "abc" 0/2 0/2 0/2 0/2`, true));
}

test("the properties of a reply, with the objects in them", () => {
  const props = {
    cIfs: 2,
    piid: [guidOf(0x20400), guidOf(0x99)],
    phresults: ["0x00000000", "0x80004002"],
    ppIntfData: [standard("1122334455667788"), null],
  };
  const units = [7, 0x61, 0x5b, 0x39, 0x5d, 0, 0, 10, 0xffff, 0, 0];
  const reply = {
    pdwReserved: null,
    remoteReply: {
      Oxid: "1122334455667788",
      pdsaOxidBindings: { units, security: 7 },
      ipidRemUnknown: guidOf(0x55),
      authnHint: 5,
      serverVersion: version,
    },
  };
  const side = decode(
    blob(0x339, [
      { clsid: 0x339, content: serialized("PropsOutInfo", props) },
      { clsid: 0x1b6, content: serialized("ScmReplyInfoData", reply) },
    ]),
  );
  assert.equal(side.error, null);
  assert.deepEqual(side.notes, []);
  const found = propertiesOf(side) as { [name: string]: Any };
  assert.equal(found.PropsOutInfo.ppIntfData[0].oxid, "1122334455667788");
  assert.deepEqual(found.PropsOutInfo.ppIntfData[0].bindings, [{ tower: "ncacn_ip_tcp", address: "abc" }]);
  assert.equal(found.PropsOutInfo.ppIntfData[1], null);
  assert.deepEqual(found.ScmReplyInfo.remoteReply.pdsaOxidBindings, {
    bindings: [{ tower: "ncacn_ip_tcp", address: "a[9]" }],
    security: [{ authn_svc: 10, authn_name: "RPC_C_AUTHN_WINNT", principal: "" }],
  });
  assert.equal(found.ScmReplyInfo.remoteReply.ipidRemUnknown, guidOf(0x55));
  assert.deepEqual(
    objrefsIn(side.found).map((o) => o.path),
    ["value", "value.properties.PropsOutInfo.ppIntfData[0]"],
  );
});

test("contexts: what they hold, with the objects among it", () => {
  const object = standard("0000000000000042");
  const context = hex(
    parseBytes(
      `0x574f454d/4 4/4 0x1c0/4 0/2 0/2 #c000000000000046 0x33b/4 0/2 0/2 #c000000000000046 0/4 0/4 ` +
        `1/2 1/2 0xaa/4 0/2 0/2 #0000000000000001 2/4 0/4 0/4 0/4 0/4 2/4 1/4 ` +
        `0xbb/4 0/2 0/2 #0000000000000002 0xcc/4 0/2 0/2 #0000000000000003 4/4 3/4 #010203 ` +
        `0/4 0/2 0/2 #0000000000000000 0xdd/4 0/2 0/2 #0000000000000004 2/4 ${object.length / 2}/4 #${object}`,
      true,
    ),
  );
  const info = {
    clientOK: 0,
    bReserved1: 0,
    dwReserved1: 0,
    dwReserved2: 0,
    pIFDClientCtx: context,
    pIFDPrototypeCtx: null,
  };
  const side = decode(
    blob(0x338, [{ clsid: 0x1a5, content: serialized("ActivationContextInfoData", info) }]),
  );
  assert.deepEqual(side.notes, []);
  const found = propertiesOf(side) as { [name: string]: Any };
  const shown = found.ActivationContextInfo.pIFDClientCtx;
  assert.equal(shown.class, "ContextMarshaler");
  assert.equal(shown.context.id, "000000aa-0000-0000-0000-000000000001");
  assert.deepEqual(shown.context.properties[0], {
    clsid: "000000bb-0000-0000-0000-000000000002",
    policy: "000000cc-0000-0000-0000-000000000003",
    flags: 4,
    data: "010203",
  });
  assert.equal(shown.context.properties[1].object.oxid, "0000000000000042");
  assert.equal(
    objrefsIn(side.found).at(-1)?.path,
    "value.properties.ActivationContextInfo.pIFDClientCtx.context.properties[1].object",
  );
});

test("a property that is not in the specification is kept as hex", () => {
  const side = decode(blob(0x338, [{ clsid: 0x777, content: [1, 2, 3, 4, 5, 6, 7, 8] }, all[2]!]));
  assert.deepEqual(propertiesOf(side), { [guidOf(0x777)]: "0102030405060708", ServerLocationInfo: location });
  assert.deepEqual(
    side.notes.map((n) => n.code),
    ["activation-property-unknown"],
  );
});

test("a property that is damaged costs itself only", () => {
  const damaged = [...all[3]!.content];
  damaged[0] = 9;
  const side = decode(blob(0x338, [all[0]!, { clsid: 0x1a6, content: damaged }, all[4]!]));
  assert.equal(side.error, null);
  const found = propertiesOf(side);
  assert.deepEqual(found.InstantiationInfo, instantiation);
  assert.deepEqual(found.ScmRequestInfo, request);
  assert.equal(found.SecurityInfo, hex(Uint8Array.from(damaged)));
  assert.deepEqual(
    side.notes.map((n) => n.code),
    ["activation-malformed"],
  );
});

test("a property cut by its own size keeps what it has", () => {
  const cut = all[0]!.content.slice(0, 16 + 32);
  const side = decode(blob(0x338, [{ clsid: 0x1ab, content: cut }, all[2]!]));
  const found = propertiesOf(side) as { [name: string]: Any };
  assert.equal(found.InstantiationInfo.classId, instantiation.classId);
  assert.equal(found.InstantiationInfo.pIID, undefined);
  assert.deepEqual(found.ServerLocationInfo, location);
});

test("sizes that lie: nothing throws, what can be read is read", () => {
  for (const size of [0, 7, 8, 0xffffffff]) {
    const side = decode(blob(0x338, [all[0]!, { ...all[1]!, size }, all[2]!]));
    assert.equal(side.error, null);
    assert.deepEqual(propertiesOf(side).InstantiationInfo, instantiation);
    assert.ok(side.notes.length > 0);
  }
});

test("cut at any byte, any byte changed: no exception, and soon", () => {
  const whole = blob(0x338, all);
  for (let i = 0; i < whole.length; i++) {
    const cut = decode(whole, i);
    assert.equal(cut.error?.kind, "incomplete");
    JSON.stringify(cut.values);
    const changed = [...whole];
    changed[i] = changed[i]! ^ 0xff;
    JSON.stringify(decode(changed).values);
  }
});
