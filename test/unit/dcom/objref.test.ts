/** [MS-DCOM] 2.2.18 OBJREF, 2.2.19 DUALSTRINGARRAY. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readObjref } from "../../../dissectors/dcom/objref.js";
import type { Value } from "../../../dissectors/ndr/decoded.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { native, ptr } from "../../support/ndr/types.js";
import { clean, decode } from "../../support/oaut/values.js";

const IID = "0x20400/4 0/2 0/2 #c000000000000046";
const CLSID = "0x338/4 0/2 0/2 #c000000000000046";
const STD = "0x1000/4 5/4 0x1122334455667788/8 0x99/8 0x12345678/4 0x9abc/2 0xdef0/2 #0102030405060708";
/** Two string bindings, one security binding: 18 units, the second part from unit 12 on. */
const DSA = '18/2 12/2 7/2 "a[9]" 0/2 15/2 "bc" 0/2 0/2 0/2 10/2 0xffff/2 "S" 0/2 0/2 0/2';
const std = {
  flags: 0x1000,
  publicRefs: 5,
  oxid: "1122334455667788",
  oid: "0000000000000099",
  ipid: "12345678-9abc-def0-0102-030405060708",
};
const stringBindings = [
  { towerId: 7, address: "a[9]" },
  { towerId: 15, address: "bc" },
];
const bindings = { stringBindings, securityBindings: [{ authnSvc: 10, principal: "S" }] };

function read(text: string) {
  return readObjref(new Reader(parseBytes(text, true), true, 0, undefined, "ulCntData"));
}

test("standard", () => {
  assert.deepEqual(read(`0x574f454d/4 1/4 ${IID} ${STD} ${DSA}`), {
    kind: "standard",
    iid: "00020400-0000-0000-c000-000000000046",
    flags: 1,
    std,
    bindings,
  });
});

test("handler", () => {
  const o = read(`0x574f454d/4 2/4 ${IID} ${STD} ${CLSID} ${DSA}`);
  assert.ok(o.kind === "handler");
  assert.equal(o.clsid, "00000338-0000-0000-c000-000000000046");
  assert.deepEqual(o.bindings, bindings);
});

test("custom: what the marshaler wrote is left alone", () => {
  const o = read(`0x574f454d/4 4/4 ${IID} ${CLSID} 0/4 77/4 #0102030405`);
  assert.ok(o.kind === "custom");
  assert.equal(hex(o.data.rest()), "0102030405");
});

test("extended: one element, its padding not shown", () => {
  const o = read(
    `0x574f454d/4 8/4 ${IID} ${STD} 0x4e535956/4 ${DSA} 1/4 0x4e535956/4 ${CLSID} 3/4 8/4 #0102030000000000`,
  );
  assert.ok(o.kind === "extended");
  assert.equal(o.fault, undefined);
  assert.deepEqual(
    o.elements.map((e) => [e.dataId, hex(e.data)]),
    [["00000338-0000-0000-c000-000000000046", "010203"]],
  );
});

test("no signature, no such form", () => {
  assert.throws(() => read(`0x12345678/4 1/4 ${IID} ${STD} ${DSA}`), /MEOW/);
  assert.throws(() => read(`0x574f454d/4 3/4 ${IID} ${STD} ${DSA}`), /form/);
});

test("bindings that break off or lie do not cost the identifiers", () => {
  const head = `0x574f454d/4 1/4 ${IID} ${STD}`;
  const short = read(`${head} 18/2 12/2 7/2 "a[9]" 0/2 15/2`);
  assert.ok(short.kind === "standard");
  assert.deepEqual(short.std, std);
  assert.equal(short.fault?.kind, "malformed");
  assert.deepEqual(short.bindings.stringBindings[0], { towerId: 7, address: "a[9]" });
  const beyond = read(`${head} 4/2 9/2 7/2 "a" 0/2 0/2`);
  assert.ok(beyond.kind === "standard");
  assert.equal(beyond.fault?.bound, "wNumEntries");
  assert.deepEqual(beyond.bindings.stringBindings, [{ towerId: 7, address: "a" }]);
});

test("the smallest array has no bindings", () => {
  const o = read(`0x574f454d/4 1/4 ${IID} ${STD} 4/2 2/2 0/2 0/2 0/2 0/2`);
  assert.ok(o.kind === "standard");
  assert.deepEqual(o.bindings, { stringBindings: [], securityBindings: [] });
});

test("every byte less, every byte changed: a value or a WireError", () => {
  const bytes = parseBytes(
    `0x574f454d/4 8/4 ${IID} ${STD} 0x4e535956/4 ${DSA} 1/4 0x4e535956/4 ${CLSID} 3/4 8/4 #0102030000000000`,
    true,
  );
  for (let i = 0; i < bytes.length; i++) {
    for (const b of [bytes.subarray(0, i), bytes.map((x, at) => (at === i ? x ^ 0xff : x))]) {
      const side = decode(ptr(native("MInterfacePointer")), pointerTo(b));
      assert.equal(side.error, null);
      JSON.stringify(side.values);
    }
  }
});

function pointerTo(bytes: Uint8Array): Uint8Array {
  const head = parseBytes(`1/4 ${bytes.length}/4 ${bytes.length}/4`, true);
  return Uint8Array.from([...head, ...bytes]);
}

test("DUALSTRINGARRAY as a parameter: in the label's order, with its count", () => {
  const type = ptr(native("DUALSTRINGARRAY"));
  const value = {
    bindings: [
      { tower: "ncacn_ip_tcp", address: "a[9]" },
      { tower: "ncacn_np", address: "bc" },
    ],
    security: [{ authn_svc: 10, authn_name: "RPC_C_AUTHN_WINNT", principal: "S" }],
  };
  for (const little of [true, false]) {
    assert.deepEqual(clean(decode(type, `1/4 18/4 ${DSA}`, "ndr", little)), value);
    assert.deepEqual(clean(decode(type, `1/8 18/8 ${DSA}`, "ndr64", little)), value);
  }
});

const NAMES = { bindings: [{ tower: "ncacn_ip_tcp", address: "h" }] };
const pointer = (objref: string): Value => {
  const side = decode(ptr(native("MInterfacePointer")), pointerTo(parseBytes(objref, true)));
  return clean(side)!;
};

test("a pointer's security bindings: services by name where they have one, in their order, with their principals", () => {
  const units =
    '7/2 "h" 0/2 0/2 9/2 0xffff/2 "D\\u" 0/2 0x0a/2 0xffff/2 0/2 0x16/2 0xffff/2 "host/h" 0/2 0x44/2 0/2 0/2 0/2';
  const shown = {
    ...NAMES,
    security: [
      { authn_service: "RPC_C_AUTHN_GSS_NEGOTIATE", principal: "D\\u" },
      { authn_service: "RPC_C_AUTHN_WINNT", principal: "" },
      { authn_service: "0x0016", principal: "host/h" },
      { authn_service: "RPC_C_AUTHN_NETLOGON", principal: "" },
    ],
  };
  const dsa = `26/2 4/2 ${units}`;
  for (const objref of [
    `0x574f454d/4 1/4 ${IID} ${STD} ${dsa}`,
    `0x574f454d/4 2/4 ${IID} ${STD} ${CLSID} ${dsa}`,
    `0x574f454d/4 8/4 ${IID} ${STD} 0x4e535956/4 ${dsa} 0/4 0x4e535956/4`,
  ]) {
    const { bindings, security } = pointer(objref) as { [name: string]: Value };
    assert.deepEqual({ bindings, security }, shown);
  }
});

test("a pointer without security bindings has an empty list, a custom one none at all", () => {
  const plain = pointer(`0x574f454d/4 1/4 ${IID} ${STD} 4/2 3/2 0/2 0/2 0/2 0/2`) as {
    [name: string]: Value;
  };
  assert.deepEqual([plain.bindings, plain.security], [[], []]);
  const unknown = "0x12345678/4 0/2 0/2 #c000000000000046";
  const custom = pointer(`0x574f454d/4 4/4 ${IID} ${unknown} 0/4 0/4 #0102`) as { [name: string]: Value };
  assert.deepEqual([custom.bindings, custom.security], [null, null]);
});
