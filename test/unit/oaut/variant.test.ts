/** [MS-OAUT] 2.2.29 VARIANT, 2.2.28 BRECORD. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { objrefsIn } from "../../../dissectors/dcom/interface-pointer.js";
import type { Value } from "../../../dissectors/ndr/decoded.js";
import { array, base, native, struct } from "../../support/ndr/types.js";
import { clean, decode } from "../../support/oaut/values.js";

/** A wireVARIANT behind its referent id in NDR: 4 bytes, 4 of padding, header, tag. */
const ndr = (vt: number, arm: string, tag = vt): string =>
  `0x72657355/4 _4 <3/4 <0/4 <${vt}/2 <1/2 <2/2 <3/2 <${tag}/4 ${arm}`;
const wide = (vt: number, arm: string, tag = vt): string =>
  `0x72657355/8 <3/4 <0/4 <${vt}/2 <1/2 <2/2 <3/2 <${tag}/4 _4 ${arm}`;

const SCALARS: [vt: number, name: string, bytes: string, value: Value, align: number][] = [
  [0x02, "VT_I2", "<-2/2", -2, 2],
  [0x03, "VT_I4", "<-3/4", -3, 4],
  [0x04, "VT_R4", "<0x3fc00000/4", 1.5, 4],
  [0x05, "VT_R8", "<0xc004000000000000/8", -2.5, 8],
  [0x06, "VT_CY", "<52500/8", "52500", 8],
  [0x07, "VT_DATE", "<0x4015000000000000/8", 5.25, 8],
  [0x0a, "VT_ERROR", "<0x80020004/4", "0x80020004", 4],
  [0x0b, "VT_BOOL", "<0xffff/2", true, 2],
  [0x0b, "VT_BOOL", "<0/2", false, 2],
  [0x0e, "VT_DECIMAL", "<0/2 2/1 0x80/1 <1/4 <5/8", "-184467440737095516.21", 8],
  [0x0e, "VT_DECIMAL", "<0/2 0/1 0/1 <0/4 <5/8", "5", 8],
  [0x0e, "VT_DECIMAL", "<0/2 3/1 0/1 <0/4 <5/8", "0.005", 8],
  [0x10, "VT_I1", "-1/1", -1, 1],
  [0x11, "VT_UI1", "255/1", 255, 1],
  [0x12, "VT_UI2", "<65535/2", 65535, 2],
  [0x13, "VT_UI4", "<4294967295/4", 4294967295, 4],
  [0x14, "VT_I8", "<-5/8", "-5", 8],
  [0x15, "VT_UI8", "<18446744073709551615/8", "18446744073709551615", 8],
  [0x16, "VT_INT", "<-6/4", -6, 4],
  [0x17, "VT_UINT", "<6/4", 6, 4],
];

test("scalars, in place and by reference, in NDR and NDR64, either byte order", () => {
  for (const [vt, name, bytes, value, align] of SCALARS) {
    for (const little of [true, false]) {
      // In NDR the tag ends 4 bytes past a multiple of 8.
      const pad = align === 8 ? "_4 " : "";
      assert.deepEqual(clean(decode("VARIANT", ndr(vt, pad + bytes), "ndr", little)), { vt: name, value });
      assert.deepEqual(clean(decode("VARIANT", wide(vt, bytes), "ndr64", little)), { vt: name, value });
      const by = { vt: `${name}|VT_BYREF`, value };
      assert.deepEqual(clean(decode("VARIANT", ndr(vt | 0x4000, `5/4 ${bytes}`), "ndr", little)), by);
      assert.deepEqual(clean(decode("VARIANT", wide(vt | 0x4000, `5/8 ${bytes}`), "ndr64", little)), by);
    }
  }
});

test("a sender whose header and numbers follow the label is understood", () => {
  const text = "1/4 _4 3/4 0/4 3/2 0/2 0/2 0/2 3/4 77/4";
  assert.deepEqual(clean(decode("VARIANT", text, "ndr", false)), { vt: "VT_I4", value: 77 });
});

test("nothing: VT_EMPTY, VT_NULL, null pointers", () => {
  assert.deepEqual(clean(decode("VARIANT", ndr(0, ""))), { vt: "VT_EMPTY", value: null });
  assert.deepEqual(clean(decode("VARIANT", ndr(1, ""))), { vt: "VT_NULL", value: null });
  assert.equal(clean(decode("VARIANT", "0/4")), null);
  assert.deepEqual(clean(decode("VARIANT", ndr(8, "0/4"))), { vt: "VT_BSTR", value: null });
  assert.deepEqual(clean(decode("VARIANT", ndr(0x4003, "0/4"))), { vt: "VT_I4|VT_BYREF", value: null });
  assert.deepEqual(clean(decode("VARIANT", ndr(9, "0/4"))), { vt: "VT_DISPATCH", value: null });
});

test("BSTR, by reference with one pointer or two", () => {
  const blob = '<2/4 <4/4 <2/4 <"ab"';
  assert.deepEqual(clean(decode("VARIANT", ndr(8, `1/4 ${blob}`))), { vt: "VT_BSTR", value: "ab" });
  const by = { vt: "VT_BSTR|VT_BYREF", value: "ab" };
  assert.deepEqual(clean(decode("VARIANT", ndr(0x4008, `1/4 2/4 ${blob}`))), by);
  assert.deepEqual(clean(decode("VARIANT", ndr(0x4008, `1/4 ${blob}`))), by);
  assert.deepEqual(clean(decode("VARIANT", ndr(0x4008, "1/4 0/4"))), { vt: "VT_BSTR|VT_BYREF", value: null });
});

test("a VARIANT by reference, with one pointer or two", () => {
  const inner = "<3/4 <0/4 <3/2 <0/2 <0/2 <0/2 <3/4 <7/4";
  const value = { vt: "VT_VARIANT|VT_BYREF", value: { vt: "VT_I4", value: 7 } };
  assert.deepEqual(clean(decode("VARIANT", ndr(0x400c, `1/4 2/4 _4 ${inner}`))), value);
  assert.deepEqual(clean(decode("VARIANT", ndr(0x400c, `1/4 ${inner}`))), value);
});

test("several VARIANTs: ids first, each wireVARIANT 8-aligned", () => {
  const type = array(native("VARIANT"), { length: { op: "const", value: 2n } });
  const one = (vt: number, arm: string): string => `<3/4 <0/4 <${vt}/2 <0/2 <0/2 <0/2 <${vt}/4 ${arm}`;
  const side = decode(type, `1/4 2/4 ${one(2, "<5/2 _2")} ${one(3, "<6/4")}`);
  assert.deepEqual(clean(side), [
    { vt: "VT_I2", value: 5 },
    { vt: "VT_I4", value: 6 },
  ]);
});

/** OBJREF_CUSTOM with CLSID_RecordInfo and IID_IRecordInfo ([MS-OAUT] 1.9), RecordInfoData inside (2.2.31). */
const INFO =
  "<0x574f454d/4 <4/4 <0x2f/4 <0/2 <0/2 #c000000000000046 <0x2f/4 <0/2 <0/2 #c000000000000046 <0/4 <0/4 " +
  "<0x11111111/4 <0x2222/2 <0x3333/2 #4444444444444444 <1/4 <0x55555555/4 <0x6666/2 <0x7777/2 #8888888888888888 <2/4 <9/4";
const INFO_SIZE = 48 + 44;

const DESCRIBED = {
  libraryGuid: "11111111-2222-3333-4444-444444444444",
  verMajor: 1,
  recGuid: "55555555-6666-7777-8888-888888888888",
  verMinor: 2,
  Lcid: 9,
};

/** 2.2.28.2.1: the fixed part, then what its two pointers point to; counts and referents by the label. */
const record = `<1/4 <8/4 2/4 3/4 ${INFO_SIZE}/4 ${INFO_SIZE}/4 ${INFO} 8/4 <8/4 #01020304`;
const record64 = `<1/4 <8/4 2/8 3/8 ${INFO_SIZE}/8 ${INFO_SIZE}/4 ${INFO} 8/8 <8/4 #01020304`;

type Members = { [name: string]: Value };

/** A record whose type is that of INFO: its fields without the object reference around the type. */
function known(value: Value | undefined): Value {
  const { pRecInfo, ...rest } = value as Members;
  assert.equal((pRecInfo as Members).iid, "0000002f-0000-0000-c000-000000000046");
  assert.deepEqual((pRecInfo as Members).record, DESCRIBED);
  return rest;
}

test("records: all around them is decoded, they themselves stay NDR in hex, in either order and syntax", () => {
  for (const little of [true, false]) {
    for (const by of [0, 0x4000]) {
      const narrow = decode("VARIANT", ndr(0x24 | by, `1/4 ${record}`), "ndr", little);
      const wider = decode("VARIANT", wide(0x24 | by, `1/8 ${record64}`), "ndr64", little);
      for (const side of [narrow, wider]) {
        const { vt, value } = clean(side) as Members;
        assert.equal(vt, by === 0 ? "VT_RECORD" : "VT_RECORD|VT_BYREF");
        assert.deepEqual(known(value), { fFlags: 1, clSize: 8, pRecord: "01020304" });
        assert.equal(objrefsIn(side.found).length, 1);
      }
    }
  }
});

test("an array of records is one BRECORD with all of them", () => {
  const header = "<1/2 <0x20/2 <4/4 <0/4";
  const array = `1/4 2/4 <1/4 ${header} <0x24/4 <1/4 5/4 <2/4 <0/4 1/4 7/4`;
  const two = record
    .replace("<8/4 2/4", "<12/4 2/4")
    .replace("8/4 <8/4 #01020304", "12/4 <12/4 #0102030405060708");
  for (const little of [true, false]) {
    const side = decode("VARIANT", ndr(0x2024, `${array} ${two}`, 0x2000), "ndr", little);
    const { vt, value } = clean(side) as Members;
    const { values, ...rest } = value as Members;
    assert.equal(vt, "VT_RECORD|VT_ARRAY");
    assert.deepEqual(rest, { vt: "VT_RECORD", bounds: [{ elements: 2, lower: 0 }] });
    assert.deepEqual((values as Value[]).map(known), [
      { fFlags: 1, clSize: 12, pRecord: "0102030405060708" },
    ]);
  }
  const wide64 =
    `1/8 2/8 <1/8 ${header} _4 <0x24/4 _4 <1/4 _4 5/8 <2/4 <0/4 1/8 7/8 ` +
    two
      .replace("2/4 3/4", "2/8 3/8")
      .replace(`${INFO_SIZE}/4`, `${INFO_SIZE}/8`)
      .replace(" 12/4 <12", " 12/8 <12");
  const { value } = clean(decode("VARIANT", wide(0x2024, wide64, 0x2000), "ndr64")) as Members;
  const records = (value as Members).values as Value[];
  assert.deepEqual(records.map(known), [{ fFlags: 1, clSize: 12, pRecord: "0102030405060708" }]);
});

test("records that are none, or differ from their sizes", () => {
  assert.deepEqual(clean(decode("VARIANT", ndr(0x24, "0/4"))), { vt: "VT_RECORD", value: null });
  const empty = { fFlags: 0, clSize: 0, pRecInfo: null, pRecord: null };
  assert.deepEqual(clean(decode("VARIANT", ndr(0x24, "1/4 <0/4 <0/4 0/4 0/4"))), {
    vt: "VT_RECORD",
    value: empty,
  });
  const said = (arm: string): [Value, string[]] => {
    const side = decode("VARIANT", ndr(0x24, `1/4 <1/4 <8/4 0/4 3/4 ${arm}`));
    return [((side.values.value as Members).value as Members).pRecord!, side.notes.map((n) => n.message)];
  };
  assert.deepEqual(said("8/4 <4/4 #01020304"), [
    "0400000001020304",
    ["value.value.pRecord: the size in front of the records is 4, clSize says 8"],
  ]);
  assert.deepEqual(said("6/4 <8/4 #0102"), [
    "0102",
    ["value.value.pRecord: the maximum count is 6, clSize says 8"],
  ]);
  assert.deepEqual(said("2/4 #0102"), [
    "0102",
    ["value.value.pRecord: the maximum count is 2, clSize says 8"],
  ]);
  // The end was not captured: what is there is shown.
  assert.deepEqual(said("8/4 <8/4 #0102"), ["0102", []]);
});

test("an object reference by its counts in the label's order, itself little-endian", () => {
  const std =
    "<0x280/4 <5/4 <0x1122334455667788/8 <0x99/8 <0x12345678/4 <0x9abc/2 <0xdef0/2 #0102030405060708";
  const dsa = '<9/2 <7/2 <7/2 <"h[1]" <0/2 <0/2 <0/2 <0/2';
  const bytes = `<0x574f454d/4 <1/4 <0x20400/4 <0/2 <0/2 #c000000000000046 ${std} ${dsa}`;
  const size = 24 + 40 + 4 + 18;
  const value = {
    iid: "00020400-0000-0000-c000-000000000046",
    interface: null,
    oxid: "1122334455667788",
    oid: "0000000000000099",
    ipid: "12345678-9abc-def0-0102-030405060708",
    public_refs: 5,
    flags: 0x280,
    bindings: [{ tower: "ncacn_ip_tcp", address: "h[1]" }],
    security: [],
  };
  for (const little of [true, false]) {
    const side = decode("VARIANT", ndr(9, `1/4 ${size}/4 ${size}/4 ${bytes}`), "ndr", little);
    assert.deepEqual(clean(side), { vt: "VT_DISPATCH", value });
    assert.deepEqual(
      objrefsIn(side.found).map((o) => o.path),
      ["value.value"],
    );
    const by = decode("VARIANT", ndr(0x400d, `1/4 2/4 ${size}/4 ${size}/4 ${bytes}`), "ndr", little);
    assert.deepEqual(clean(by), { vt: "VT_UNKNOWN|VT_BYREF", value });
  }
});

test("what has no arm ends the decoding, what stood before is kept", () => {
  const type = struct(["l", base("int32")], ["v", native("VARIANT")]);
  const side = decode(type, `9/4 1/4 ${ndr(0x1e, "1/4").slice("0x72657355/4 _4 ".length)}`);
  assert.equal(side.error?.kind, "unsupported");
  assert.equal(side.error?.path, "value.v");
  assert.deepEqual(side.values.value, { l: 9, v: { vt: "VT_LPSTR" } });
});

test("a tag that differs from vt is noted, the tag decides", () => {
  const side = decode("VARIANT", ndr(3, "<5/2", 2));
  assert.deepEqual(side.values.value, { vt: "VT_I4", value: 5 });
  assert.deepEqual(
    side.notes.map((n) => n.code),
    ["variant-tag-mismatch"],
  );
});

test("VARIANTs within VARIANTs end at the limit", () => {
  // Each says that it refers to another one; the bytes run out or the depth does.
  let text = "1/4 _4";
  for (let i = 0; i < 2000; i++) text += " <3/4 <0/4 <0x400c/2 <0/2 <0/2 <0/2 <0x400c/4 1/4";
  const side = decode("VARIANT", text);
  assert.equal(side.error?.kind, "limit");
  JSON.stringify(side.values);
});
