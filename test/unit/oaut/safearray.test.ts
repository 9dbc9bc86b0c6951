/** [MS-OAUT] 2.2.30 SAFEARRAY. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NdrType } from "../../../dissectors/ndr/types.js";
import { base, native, ptr } from "../../support/ndr/types.js";
import { clean, decode } from "../../support/oaut/values.js";

const BSTRS = native("SAFEARRAY", native("BSTR"));

/** Three BSTRs, the middle one null: count, header, union, bounds, elements. */
const body =
  '<1/4 <1/2 <0x180/2 <4/4 <0x80000/4 <8/4 <3/4 5/4 <3/4 <0/4 <3/4 1/4 2/4 3/4 <1/4 <2/4 <1/4 <"a" _2 ' +
  '<0/4 <0xffffffff/4 <0/4 <1/4 <2/4 <1/4 <"c"';
const three = { vt: "VT_BSTR", bounds: [{ elements: 3, lower: 0 }], values: ["a", null, "c"] };

test("both layouts: one referent as the IDL reads, two as Windows sends", () => {
  for (const little of [true, false]) {
    assert.deepEqual(clean(decode(BSTRS, `0x20000/4 ${body}`, "ndr", little)), three);
    assert.deepEqual(clean(decode(BSTRS, `0x72657355/4 0x72657355/4 ${body}`, "ndr", little)), three);
    // Ids that look like counts.
    assert.deepEqual(clean(decode(BSTRS, `1/4 1/4 ${body}`, "ndr", little)), three);
    assert.deepEqual(clean(decode(BSTRS, `1/4 ${body}`, "ndr", little)), three);
    assert.equal(clean(decode(BSTRS, "0/4", "ndr", little)), null);
    assert.equal(clean(decode(BSTRS, "0x20000/4 0/4", "ndr", little)), null);
  }
  assert.deepEqual(clean(decode(ptr(BSTRS), `1/4 2/4 ${body}`)), three);
});

test("the same in NDR64", () => {
  const wide =
    '<1/8 <1/2 <0x180/2 <4/4 <0x80000/4 _4 <8/4 _4 <2/4 _4 5/8 <2/4 <0/4 <2/8 1/8 2/8 <1/8 <2/4 <1/4 <"a" _6 <1/8 <2/4 <1/4 <"c"';
  const value = { vt: "VT_BSTR", bounds: [{ elements: 2, lower: 0 }], values: ["a", "c"] };
  assert.deepEqual(clean(decode(BSTRS, `1/8 ${wide}`, "ndr64")), value);
  assert.deepEqual(clean(decode(BSTRS, `1/8 2/8 ${wide}`, "ndr64")), value);
  assert.equal(clean(decode(BSTRS, "1/8 0/8", "ndr64")), null);
});

test("everything in the label's order is understood too", () => {
  const text = "1/4 1/4 1/2 0x80/2 4/4 0x30000/4 3/4 2/4 5/4 2/4 0/4 2/4 7/4 8/4";
  const side = decode(native("SAFEARRAY"), text, "ndr", false);
  assert.deepEqual(clean(side), { vt: "VT_I4", bounds: [{ elements: 2, lower: 0 }], values: [7, 8] });
});

/** One dimension of scalars: kind, features, high word of cLocks, elements. */
const scalars = (
  sf: number,
  vt: number,
  n: number,
  elements: string,
  features = vt === 0 ? 0 : 0x80,
): string =>
  `1/4 2/4 <1/4 <1/2 <${features}/2 <4/4 <${vt << 16}/4 <${sf}/4 <${n}/4 5/4 <${n}/4 <-1/4 <${n}/4 ${elements}`;

test("elements by their VARIANT type, else by the IDL, else by the kind of the array", () => {
  const cases: [string, string, unknown[]][] = [
    [scalars(0x10, 0x11, 3, "1/1 2/1 255/1"), "VT_UI1", [1, 2, 255]],
    [scalars(0x10, 0x10, 2, "1/1 255/1"), "VT_I1", [1, -1]],
    [scalars(2, 0x0b, 2, "<0xffff/2 <0/2"), "VT_BOOL", [true, false]],
    [scalars(2, 2, 2, "<-1/2 <0/2"), "VT_I2", [-1, 0]],
    [scalars(3, 0x0a, 1, "<0x80004005/4"), "VT_ERROR", ["0x80004005"]],
    [scalars(3, 4, 1, "<0x3fc00000/4"), "VT_R4", [1.5]],
    [scalars(3, 0x16, 1, "<-9/4"), "VT_INT", [-9]],
    [scalars(0x14, 5, 1, "<0x4015000000000000/8"), "VT_R8", [5.25]],
    [scalars(0x14, 6, 1, "<10000/8"), "VT_CY", ["10000"]],
    [scalars(0x14, 0x15, 1, "<5/8"), "VT_UI8", ["5"]],
    [scalars(0x14, 0, 1, "<-5/8"), "VT_I8", ["-5"]],
  ];
  for (const [text, vt, values] of cases) {
    const bounds = [{ elements: values.length, lower: -1 }];
    assert.deepEqual(clean(decode(native("SAFEARRAY"), text)), { vt, bounds, values });
  }
  const typed = native("SAFEARRAY", base("uint8"));
  assert.deepEqual(clean(decode(typed, scalars(0x10, 0, 1, "255/1"))), {
    vt: "VT_UI1",
    bounds: [{ elements: 1, lower: -1 }],
    values: [255],
  });
});

test("several dimensions: bounds of the wire are in reverse, values as they lie", () => {
  const text =
    "1/4 <3/4 <3/2 <0x80/2 <1/4 <0x110000/4 <0x10/4 <6/4 5/4 <3/4 <0/4 <1/4 <5/4 <2/4 <-7/4 <6/4 1/1 2/1 3/1 4/1 5/1 6/1";
  assert.deepEqual(clean(decode(native("SAFEARRAY"), text)), {
    vt: "VT_UI1",
    bounds: [
      { elements: 2, lower: -7 },
      { elements: 1, lower: 5 },
      { elements: 3, lower: 0 },
    ],
    values: [1, 2, 3, 4, 5, 6],
  });
});

test("VARIANTs, and arrays in VARIANTs in arrays", () => {
  const variant = "<3/4 <0/4 <3/2 <0/2 <0/2 <0/2 <3/4 <7/4";
  const array = `<1/4 <1/2 <0x880/2 <16/4 <0xc0000/4 <0xc/4 <1/4 5/4 <1/4 <0/4 <1/4 1/4`;
  const value = {
    vt: "VT_VARIANT",
    bounds: [{ elements: 1, lower: 0 }],
    values: [{ vt: "VT_I4", value: 7 }],
  };
  assert.deepEqual(clean(decode(native("SAFEARRAY"), `1/4 ${array} ${variant}`)), value);
  const head = (vt: number, tag: number): string => `1/4 _4 <3/4 <0/4 <${vt}/2 <0/2 <0/2 <0/2 <${tag}/4`;
  assert.deepEqual(clean(decode("VARIANT", `${head(0x200c, 0x2000)} 1/4 2/4 ${array} ${variant}`)), {
    vt: "VT_VARIANT|VT_ARRAY",
    value,
  });
  assert.deepEqual(clean(decode("VARIANT", `${head(0x600c, 0x6000)} 1/4 2/4 3/4 ${array} _4 ${variant}`)), {
    vt: "VT_VARIANT|VT_ARRAY|VT_BYREF",
    value,
  });
  assert.deepEqual(clean(decode("VARIANT", `${head(0x2008, 0x2000)} 0/4`)), {
    vt: "VT_BSTR|VT_ARRAY",
    value: null,
  });
  assert.deepEqual(clean(decode("VARIANT", `${head(0x2008, 0x2000)} 1/4 0/4`)), {
    vt: "VT_BSTR|VT_ARRAY",
    value: null,
  });
});

test("interface pointers with their IID", () => {
  const iid = "<0x20400/4 <0/2 <0/2 #c000000000000046";
  const text = `1/4 <1/4 <1/2 <0x440/2 <4/4 <0/4 <0x800d/4 <1/4 5/4 ${iid} <1/4 <0/4 <1/4 0/4`;
  assert.deepEqual(clean(decode(native("SAFEARRAY"), text)), {
    vt: "VT_DISPATCH",
    bounds: [{ elements: 1, lower: 0 }],
    values: [null],
    iid: "00020400-0000-0000-c000-000000000046",
  });
});

test("element types that the array says and cannot be: the kind of the array counts", () => {
  const side = decode(native("SAFEARRAY"), scalars(3, 8, 1, "<7/4"));
  assert.deepEqual((side.values.value as { [name: string]: unknown }).values, [7]);
  assert.deepEqual(
    side.notes.map((one) => `${one.code}: ${one.message}`),
    ["safearray-vartype: value: elements of VT_BSTR in an array of kind 0x3"],
  );
});

test("element types by the IDL alone: enumerations, currency, dates, booleans, interfaces", () => {
  const named = (element: NdrType, text: string): unknown =>
    (clean(decode(native("SAFEARRAY", element), text)) as { vt: unknown }).vt;
  const date = { ...base("double"), name: "DATE" } as NdrType;
  const bool = { ...base("int16"), name: "VARIANT_BOOL" } as NdrType;
  const one: NdrType = { kind: "enum", v1: false, members: new Map([[1, "one"]]) };
  assert.equal(named(one, scalars(3, 0, 1, "<1/4")), "VT_I4");
  assert.equal(named(native("CURRENCY"), scalars(0x14, 0, 1, "<1/8")), "VT_CY");
  assert.equal(named(date, scalars(0x14, 0, 1, "<1/8")), "VT_DATE");
  assert.equal(named(bool, scalars(2, 0, 1, "<1/2")), "VT_BOOL");
  const iid = "<0/4 <0/2 <0/2 #c000000000000046";
  const pointers = `1/4 <1/4 <1/2 <0x40/2 <4/4 <0/4 <0x800d/4 <1/4 5/4 ${iid} <1/4 <0/4 <1/4 0/4`;
  assert.equal(named({ kind: "interface", interfaceName: "IDispatch" }, pointers), "VT_DISPATCH");
  assert.equal(named({ kind: "interface", interfaceName: "IFoo" }, pointers), "VT_UNKNOWN");
  // It is of another size than the elements: it is not what the array holds.
  assert.equal(named(base("int16"), scalars(3, 0, 1, "<1/4")), "VT_I4");
});

test("a kind of elements that is none, and more dimensions than there can be", () => {
  const text = "1/4 2/4 <1/4 <1/2 <0/2 <4/4 <0/4 <99/4 <1/4 5/4 <1/4 <0/4";
  assert.match(decode(native("SAFEARRAY"), text).error?.message ?? "", /SAFEARRAY elements of kind 0x63/);
});

test("bounds and Size that lie are noted, what travels is shown", () => {
  const side = decode(native("SAFEARRAY"), scalars(2, 2, 2, "<1/2 <2/2").replace("<2/4 <-1/4", "<9/4 <-1/4"));
  assert.deepEqual((side.values.value as { values: unknown }).values, [1, 2]);
  assert.deepEqual(
    side.notes.map((n) => n.code),
    ["safearray-bounds"],
  );
  const sized = decode(native("SAFEARRAY"), scalars(2, 2, 2, "<1/2 <2/2").replace("<2/4 5/4", "<7/4 5/4"));
  assert.deepEqual(
    sized.notes.map((n) => n.code),
    ["size-is-mismatch"],
  );
});

test("a count beyond the bytes keeps the elements that are there", () => {
  const side = decode(native("SAFEARRAY"), scalars(3, 3, 0x7fffffff, "<1/4 <2/4"));
  assert.equal(side.error?.kind, "incomplete");
  assert.equal(side.error?.path, "value.values[2]");
  assert.deepEqual((side.values.value as { values: unknown }).values, [1, 2]);
});

test("no kind of elements that is known", () => {
  const side = decode(native("SAFEARRAY"), scalars(0x0a, 0, 1, "<1/4"));
  assert.equal(side.error?.kind, "malformed");
});
