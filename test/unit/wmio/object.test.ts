/** [MS-WMIO]: the examples of its section 3, and objects of the project's own encoder with every type and flag. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import type { CimObject } from "../../../dissectors/wmio/cim.js";
import { readEncodingUnit } from "../../../dissectors/wmio/object.js";
import { cimValue, Showing } from "../../../dissectors/wmio/show.js";
import { type ClassSpec, encodingUnit, type Given, type ObjectSpec } from "../../lab/wmio.js";
import { assertLinear } from "../../support/growth.js";

function read(bytes: Uint8Array, bound = "ulCntData"): CimObject {
  return readEncodingUnit(new Reader(bytes, true, 0, bytes.length, bound));
}

function shown(spec: ObjectSpec): object {
  const object = read(encodingUnit(spec));
  assert.equal(object.fault, null);
  return cimValue(object);
}

/** [MS-WMIO] 3, "MyClass", with the ObjectEncodingLength that its explanation gives. */
const MY_CLASS =
  "78563412 2E020000 05 0044505241564154 2D444556 00 00524F4F5400" +
  "66000000 00 00000000 05000000 04000000 04000000 01000000 06000000 0A000000 05 FFFFFFFF 3C000080" +
  "004261736500 00496400 03000000 0000 00000000 00000000 1C000000 0A000080 03 08000000 34000000" +
  "01000080 13 0B000000 FFFF 0073696E74333200 0C000000 0000 3400 00000080" +
  "76010000 00 00000000 11000000 0E000000 004261736500 06000000 11000000 09000000 00 08000000 16000000" +
  "04000000 27000000 2E000000 55000000 5C000000 99000000 A0000000 C7000000 CB000000" +
  "47 FFFFFFFF FFFFFFFF FD000000 FFFFFFFF 11010080 004D79436C61737300 004465736372697074696F6E00" +
  "004D79436C617373204578616D706C6500 00417272617900" +
  "13200000 0300 0C000000 01000000 11000000 0A000080 03 08000000 4D000000 0075696E74333200" +
  "00446174613100 08000000 0100 04000000 01000000 27000000 0A000080 03 08000000 91000000" +
  "03000080 00 0B000000 FFFF 04000080 00 0B000000 FFFF 00737472696E6700" +
  "00446174613200 08000000 0200 08000000 01000000 11000000 0A000080 03 08000000 BF000000 00737472696E6700" +
  "00496400 03400000 0000 00000000 00000000 1C000000 0A000080 23 08000000 F5000000 01000080 33 0B000000 FFFF" +
  "0073696E74333200 0064656661756C7456616C756500 00000000 000000" +
  "0C000000 0000 0073 00000080 32000064656661756C7456616C75650000000000000000000000000000000000800000000000";

test("the specification's example of a class", () => {
  const object = read(Buffer.from(MY_CLASS.replaceAll(" ", ""), "hex"));
  assert.equal(object.fault, null);
  assert.deepEqual(cimValue(object), {
    class: "MyClass",
    definition: true,
    derivation: ["Base"],
    server: "DPRAVAT-DEV",
    namespace: "ROOT",
    qualifiers: { Description: "MyClass Example" },
    types: { Id: "sint32", Data1: "string", Data2: "string", Array: "uint32[]" },
    properties: { Data2: "defaultValue" },
  });
  assert.equal(object.superclass?.name, "Base");
  assert.deepEqual(
    object.class?.properties.map(({ name, inherited, qualifiers }) => [
      name,
      inherited,
      Object.fromEntries(qualifiers.map((q) => [q.name, q.value])),
    ]),
    [
      ["Id", true, { CIMTYPE: "sint32", key: true }],
      ["Data1", false, { CIMTYPE: "string", read: true, write: true }],
      ["Data2", false, { CIMTYPE: "string" }],
      ["Array", false, { CIMTYPE: "uint32" }],
    ],
  );
});

test("Win32_Process.Create: what the call asks for", () => {
  const parameters: ClassSpec = {
    name: "__PARAMETERS",
    qualifiers: [{ name: "abstract", type: "boolean", value: true }],
    properties: [
      { name: "CommandLine", type: "string" },
      { name: "CurrentDirectory", type: "string" },
      { name: "ProcessStartupInformation", type: "object" },
    ],
  };
  const startup: ObjectSpec = {
    class: { name: "Win32_ProcessStartup", properties: [{ name: "ShowWindow", type: "uint16" }] },
    values: { ShowWindow: 0 },
  };
  const values = { CommandLine: "cmd.exe /c ver", ProcessStartupInformation: startup };
  assert.deepEqual(shown({ class: parameters, values }), {
    class: "__PARAMETERS",
    properties: {
      CommandLine: "cmd.exe /c ver",
      CurrentDirectory: null,
      ProcessStartupInformation: { class: "Win32_ProcessStartup", properties: { ShowWindow: 0 } },
    },
  });
});

const EVERY: readonly [
  ClassSpec["properties"] extends readonly (infer P)[] | undefined ? P : never,
  Given,
  unknown,
][] = [
  [{ name: "a", type: "sint8" }, -3, -3],
  [{ name: "b", type: "uint8" }, 253, 253],
  [{ name: "c", type: "sint16" }, -300, -300],
  [{ name: "d", type: "uint16" }, 65000, 65000],
  [{ name: "e", type: "sint32" }, -70000, -70000],
  [{ name: "f", type: "uint32" }, 0xfffffffe, 0xfffffffe],
  [{ name: "g", type: "sint64" }, -(1n << 60n), "-1152921504606846976"],
  [{ name: "h", type: "uint64" }, (1n << 64n) - 1n, "18446744073709551615"],
  [{ name: "i", type: "real32" }, 1.5, 1.5],
  [{ name: "j", type: "real64" }, -2.25, -2.25],
  [{ name: "k", type: "real64" }, Number.NaN, "NaN"],
  [{ name: "l", type: "boolean" }, true, true],
  [{ name: "m", type: "boolean" }, false, false],
  [{ name: "n", type: "char16" }, 0x41, "A"],
  [{ name: "o", type: "string" }, "Grüße", "Grüße"],
  [{ name: "p", type: "string" }, "Привет 👋", "Привет 👋"],
  [{ name: "q", type: "datetime" }, "20240603094500.000000+120", "20240603094500.000000+120"],
  [{ name: "r", type: "reference" }, 'Win32_Service.Name="x"', 'Win32_Service.Name="x"'],
  [{ name: "s", type: "string" }, "dynamic", "dynamic"],
  [{ name: "t", type: "string" }, "", ""],
  [{ name: "u", type: "string" }, null, null],
  [{ name: "v", type: "uint8", array: true }, [1, 2, 255], "0102ff"],
  [{ name: "w", type: "string", array: true }, ["a", null, "key"], ["a", null, "key"]],
  [{ name: "x", type: "sint64", array: true }, [-1n, 2n], ["-1", "2"]],
  [{ name: "y", type: "boolean", array: true }, [true, false], [true, false]],
  [{ name: "z", type: "uint32", array: true }, [], []],
];

test("every type of value, alone and in arrays", () => {
  const properties = EVERY.map(([property]) => property);
  const values = Object.fromEntries(EVERY.map(([{ name }, given]) => [name, given]));
  const wanted = Object.fromEntries(EVERY.map(([{ name }, , value]) => [name, value]));
  assert.deepEqual(shown({ class: { name: "Every", properties }, values }), {
    class: "Every",
    properties: wanted,
  });
  // The same as defaults: of the class itself, and of an instance that sets none.
  const defaults = EVERY.map(([property, given]) => ({ ...property, default: given }));
  assert.deepEqual(shown({ class: { name: "Every", properties: defaults }, values: {} }), {
    class: "Every",
    properties: wanted,
  });
  const { u: _, ...without } = wanted;
  const type = shown({ class: { name: "Every", properties: defaults } }) as { properties: object };
  assert.deepEqual(type.properties, without);
});

test("a class takes from its superclass what it only inherits", () => {
  const property = { name: "X", type: "sint32" } as const;
  const type = shown({
    superclass: { name: "Base", properties: [{ ...property, default: 123 }] },
    class: {
      name: "Derived",
      derivation: ["Base"],
      properties: [{ ...property, default: 7, inherited: true }],
    },
  }) as { properties: object };
  assert.deepEqual(type.properties, { X: 123 });
});

test("methods: what they take and what they return", () => {
  const parameters = (...properties: ClassSpec["properties"] & object): ClassSpec => ({
    name: "__PARAMETERS",
    properties,
  });
  const type = shown({
    class: {
      name: "Win32_Process",
      methods: [
        {
          name: "Create",
          qualifiers: [{ name: "constructor", type: "boolean", value: true }],
          input: parameters(
            { name: "CommandLine", type: "string" },
            {
              name: "ProcessStartupInformation",
              type: "object",
              qualifiers: [{ name: "CIMTYPE", type: "string", value: "object:Win32_ProcessStartup" }],
            },
          ),
          output: parameters({ name: "ProcessId", type: "uint32" }, { name: "ReturnValue", type: "uint32" }),
        },
        { name: "AttachDebugger", output: parameters({ name: "ReturnValue", type: "uint32" }) },
        { name: "Nothing" },
      ],
    },
  });
  assert.deepEqual(type, {
    class: "Win32_Process",
    definition: true,
    types: {},
    methods: {
      Create: {
        in: { CommandLine: "string", ProcessStartupInformation: "object:Win32_ProcessStartup" },
        out: { ProcessId: "uint32", ReturnValue: "uint32" },
      },
      AttachDebugger: { out: { ReturnValue: "uint32" } },
      Nothing: {},
    },
  });
});

test("qualifiers of an instance and of its properties", () => {
  const object = read(
    encodingUnit({
      server: "WS-2004",
      namespace: "root\\cimv2",
      class: {
        name: "MyClass",
        properties: [
          { name: "Id", type: "sint32" },
          { name: "Data1", type: "string" },
        ],
      },
      values: { Id: 123, Data1: "StringField" },
      instanceQualifiers: [{ name: "Marks", type: "uint8", array: true, value: [7, 8] }],
      propertyQualifiers: { Data1: [{ name: "test", type: "boolean", value: true }] },
    }),
  );
  assert.equal(object.fault, null);
  assert.deepEqual(cimValue(object), {
    class: "MyClass",
    server: "WS-2004",
    namespace: "root\\cimv2",
    qualifiers: { Marks: "0708" },
    properties: { Id: 123, Data1: "StringField" },
  });
  assert.deepEqual([...object.propertyQualifiers.keys()], ["Data1"]);
  assert.equal(object.propertyQualifiers.get("Data1")![0]!.value, true);
});

test("room that an encoder reserved is no content", () => {
  const object = read(encodingUnit({ class: { name: "A", properties: [] }, values: {} }, 40));
  assert.equal(object.fault, null);
  assert.deepEqual(cimValue(object), { class: "A", properties: {} });
});

test("a property called __proto__ is one", () => {
  const value = shown({
    class: { name: "A", properties: [{ name: "__proto__", type: "string" }] },
    values: Object.fromEntries([["__proto__", "x"]]),
  });
  assert.equal(JSON.stringify(value), '{"class":"A","properties":{"__proto__":"x"}}');
});

test("lone surrogates are shown as U+FFFD and reported", () => {
  const bytes = encodingUnit({
    class: { name: "A", properties: [{ name: "T", type: "string" }] },
    values: { T: "aЖb" },
  });
  const at = bytes.indexOf(Buffer.from("Ж", "utf16le"));
  bytes.writeUInt16LE(0xd800, at);
  const lone: number[] = [];
  const object = readEncodingUnit(new Reader(bytes), lone);
  assert.equal(object.values.get("T"), "a\ufffdb");
  assert.deepEqual(lone, [0xd800]);
});

const SMALL: ObjectSpec = {
  server: "S",
  namespace: "root",
  class: {
    name: "Small",
    properties: [
      { name: "One", type: "uint32" },
      { name: "Two", type: "string" },
      { name: "Three", type: "object", array: true },
    ],
  },
  values: {
    One: 1,
    Two: "second",
    Three: [{ class: { name: "Inner", properties: [{ name: "A", type: "string" }] }, values: { A: "x" } }],
  },
};

test("cut anywhere: what stands before the cut is kept, and who is to blame is said", () => {
  const whole = encodingUnit(SMALL);
  let most = 0;
  for (let end = 8; end < whole.length; end++) {
    const object = read(whole.subarray(0, end), "captured");
    const values = object.values.size;
    assert.ok(values >= most || object.fault !== null);
    most = Math.max(most, values);
    if (object.fault !== null)
      assert.equal(object.fault.kind, "incomplete", `${end}: ${object.fault.message}`);
  }
  // The class alone is there long before the values are.
  const half = read(whole.subarray(0, whole.length - 120), "captured");
  assert.equal(half.class?.name, "Small");
  assert.match(String((cimValue(half) as { incomplete?: string }).incomplete), /needs \d+ bytes/);
});

test("a reference beyond the heap costs its value only", () => {
  const bytes = encodingUnit({
    class: {
      name: "A",
      properties: [
        { name: "Bad", type: "string" },
        { name: "Good", type: "uint32" },
      ],
    },
    values: { Bad: "zzzz", Good: 0x11223344 },
  });
  const at = bytes.indexOf(Buffer.from("44332211", "hex"));
  bytes.writeUInt32LE(0x00ffffff, at - 4);
  const object = read(bytes);
  assert.deepEqual([...object.values], [["Good", 0x11223344]]);
  assert.equal(object.fault?.kind, "malformed");
});

test("what is no encoding of an object is refused", () => {
  assert.throws(() => read(Buffer.alloc(40)), WireError);
  const neither = encodingUnit({ class: { name: "A" }, values: {} });
  neither[8] = 0;
  assert.equal(read(neither).fault?.kind, "malformed");
});

test("objects within objects are read to a depth", () => {
  const inner = { name: "N", properties: [{ name: "In", type: "object" }] } as const;
  let spec: ObjectSpec = { class: inner, values: { In: null } };
  for (let i = 0; i < 30; i++) spec = { class: inner, values: { In: spec } };
  const text = JSON.stringify(cimValue(read(encodingUnit(spec))));
  assert.match(text, /MAX_DEPTH of 16 reached/);
});

test("an item that many references share is not read for each", () => {
  // Every element of the array is the same long text.
  const bytes = (count: number): Buffer => {
    const spec = (texts: string[]): ObjectSpec => ({
      class: {
        name: "A",
        properties: [
          { name: "Long", type: "string" },
          { name: "Many", type: "string", array: true },
        ],
      },
      values: { Long: "x".repeat(64 * count), Many: texts },
    });
    const made = encodingUnit(spec(Array.from({ length: count }, () => "DWORD")));
    const word = Buffer.from("09000080", "hex");
    const long = made.indexOf("xxxx");
    const heap = made.lastIndexOf(Buffer.from([0, 0x41, 0]), long);
    for (let at = made.indexOf(word); at >= 0; at = made.indexOf(word, at + 4)) {
      made.writeUInt32LE(long - 1 - heap, at);
    }
    return made;
  };
  const object = read(bytes(40_000));
  assert.equal(object.fault?.bound, "MAX_REREADING");
  assertLinear((n) => {
    const made = bytes(n);
    return () => void read(made);
  }, 2_000);
});

test("what is shown of an object has an end", () => {
  const spec: ObjectSpec = {
    class: { name: "A", properties: ["B", "C", "D"].map((name) => ({ name, type: "string" })) },
    values: { B: "b".repeat(50), C: "c".repeat(50), D: "d" },
  };
  const showing = new Showing(80);
  const value = cimValue(read(encodingUnit(spec)), showing) as { properties: { B: string; C: string } };
  assert.equal(value.properties.B.length, 50);
  assert.equal(value.properties.C, "");
  assert.ok(showing.full);
});
