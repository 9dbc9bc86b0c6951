/** [MS-WMI] 2.2.14 ObjectArray, whose instances name a class that stands before them; and 2.2.13 IWbemContext. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../../dissectors/wire/reader.js";
import { readWbemContext } from "../../../dissectors/wmio/context.js";
import { readClass } from "../../../dissectors/wmio/object.js";
import { classesIn, isObjectArray, readObjectArray } from "../../../dissectors/wmio/object-array.js";
import { cimValue } from "../../../dissectors/wmio/show.js";
import { type ClassSpec, instanceNoClass, objectArray, objectBlock } from "../../lab/wmio.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";

const SERVICE: ClassSpec = {
  name: "Win32_Service",
  properties: [
    { name: "Name", type: "string" },
    { name: "State", type: "string", default: "Stopped" },
    { name: "ProcessId", type: "uint32" },
  ],
};
const ID = "00112233445566778899aabbccddeeff";
const OTHER = "ff112233445566778899aabbccddeeff";

const instance = (Name: string, ProcessId: number, State?: string) => ({
  server: "WS-2004",
  namespace: "root\\cimv2",
  class: SERVICE,
  values: { Name, ProcessId, ...(State !== undefined && { State }) },
});
const PROPERTIES = [
  { Name: "Spooler", State: "Running", ProcessId: 1234 },
  { Name: "Fax", State: "Stopped", ProcessId: 0 },
  { Name: "W32Time", State: "Stopped", ProcessId: 0 },
];
const ITEMS = [
  { type: 2, classId: ID, block: objectBlock(instance("Spooler", 1234, "Running")) },
  { type: 3, classId: ID, block: instanceNoClass(instance("Fax", 0)) },
  { type: 3, classId: ID, block: instanceNoClass(instance("W32Time", 0)) },
] as const;

const properties = (bytes: Uint8Array): unknown[] =>
  readObjectArray(new Reader(bytes)).objects.map((object) => cimValue(object).properties);

test("instances without their class are read by that of an earlier one", () => {
  const array = readObjectArray(new Reader(objectArray(ITEMS)));
  assert.deepEqual([array.packetType, array.count, array.fault], [1, 3, null]);
  assert.deepEqual(
    array.objects.map((object) => cimValue(object)),
    PROPERTIES.map((values) => ({
      class: "Win32_Service",
      server: "WS-2004",
      namespace: "root\\cimv2",
      properties: values,
    })),
  );
});

test("classes go by their identifiers, and may be known from before", () => {
  const [first, second] = ITEMS;
  const lost = readObjectArray(new Reader(objectArray([first, { ...second, classId: OTHER }])));
  assert.equal(lost.objects.length, 2);
  assert.equal(lost.objects[1]!.fault?.bound, "classID");
  assert.deepEqual(cimValue(lost.objects[1]!).class, null);
  const [brought, ...others] = classesIn(new Reader(objectArray([first])));
  assert.equal(others.length, 0);
  const later = readObjectArray(new Reader(objectArray([second])), (id) =>
    id === brought!.classId ? readClass(new Reader(brought!.bytes)) : null,
  );
  assert.deepEqual(cimValue(later.objects[0]!).properties, PROPERTIES[1]);
});

test("classes among the objects", () => {
  const bytes = objectArray([{ type: 1, block: objectBlock({ class: SERVICE }) }], 0);
  const { packetType, objects } = readObjectArray(new Reader(bytes));
  assert.equal(packetType, 0);
  assert.deepEqual(cimValue(objects[0]!).types, { Name: "string", State: "string", ProcessId: "uint32" });
});

test("cut anywhere: the objects before the cut are there", () => {
  const bytes = objectArray(ITEMS);
  // The last two bytes are a gap of the heap.
  for (let end = 46; end < bytes.length - 2; end++) {
    const array = readObjectArray(new Reader(bytes.subarray(0, end)));
    const damaged = array.fault ?? array.objects.find((object) => object.fault !== null)?.fault;
    assert.equal(damaged?.kind, "incomplete", `${end}`);
    assert.ok(array.objects.length <= 3);
  }
  const third = bytes.subarray(0, bytes.length - 20);
  assert.deepEqual(properties(third).slice(0, 2), PROPERTIES.slice(0, 2));
});

test("a count of objects that are not there, and a header that is none", () => {
  const bytes = objectArray(ITEMS);
  bytes.writeUInt32LE(0xffffffff, 42);
  const array = readObjectArray(new Reader(bytes, true, 0, bytes.length, "pdwBuffSize"));
  assert.deepEqual([array.objects.length, array.fault?.kind], [3, "malformed"]);
  assert.ok(isObjectArray(new Reader(objectArray([]))));
  assert.ok(!isObjectArray(new Reader(Buffer.alloc(64))));
  assert.throws(() => readObjectArray(new Reader(Buffer.alloc(64))), /signature/);
});

const text = (s: string): string => `${s.length}/4 "${s}"`;

test("IWbemContext: named values", () => {
  const bytes = parseBytes(
    [
      "1/4 #d436acd0a0f25748bf5cd7a4a2a64f6f 6/4",
      `${text("__ProviderArchitecture")} 0/4 3/2 32/4 0/4`,
      `${text("__RequiredArchitecture")} 0/4 11/2 0xffff/2 0/2 0/4`,
      `${text("Locale")} 0/4 8/2 ${text("MS_409")}`,
      `${text("Nothing")} 0/4 1/2`,
      `${text("Bytes")} 0/4 0x2011/2 3/4 1/4 #010203`,
      `${text("Texts")} 0/4 0x2008/2 2/4 8/4 ${text("a")} ${text("")}`,
    ].join(" "),
    true,
  );
  const { values, fault } = readWbemContext(new Reader(bytes));
  assert.equal(fault, null);
  assert.deepEqual(Object.fromEntries(values), {
    __ProviderArchitecture: 32,
    __RequiredArchitecture: true,
    Locale: "MS_409",
    Nothing: null,
    Bytes: [1, 2, 3],
    Texts: ["a", ""],
  });
  const cut = readWbemContext(new Reader(bytes.subarray(0, bytes.length - 1)));
  assert.deepEqual([[...cut.values.keys()].length, cut.fault?.kind], [5, "incomplete"]);
});
