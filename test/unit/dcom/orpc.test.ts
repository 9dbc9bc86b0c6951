/** [MS-DCOM] 2.2.13 ORPCTHIS and ORPCTHAT, 2.2.21 extensions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readOrpcThat, readOrpcThis } from "../../../dissectors/dcom/orpc.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { clean, decode } from "../../support/oaut/values.js";

const CID = "0x01020304/4 0x0506/2 0x0708/2 #090a0b0c0d0e0f10";
const both = [true, false];

test("without extensions, in either byte order", () => {
  for (const little of both) {
    const r = new Reader(parseBytes(`5/2 7/2 1/4 0/4 ${CID} 0/4 77/4`, little), little);
    assert.deepEqual(readOrpcThis(r), {
      version: { major: 5, minor: 7 },
      flags: 1,
      reserved1: 0,
      cid: "01020304-0506-0708-090a-0b0c0d0e0f10",
      extensions: null,
    });
    assert.equal(r.u32(), 77);
    const that = new Reader(parseBytes("0/4 0/4 77/4", little), little);
    assert.deepEqual(readOrpcThat(that), { flags: 0, extensions: null });
    assert.equal(that.u32(), 77);
  }
});

test("an array of two with one extension: data rounded up to 8", () => {
  for (const little of both) {
    const debug = "0xf1f19680/4 0x4d2a/2 0x11ce/2 #a66a0020af6e72f4";
    const text = `0/4 1/4 1/4 0/4 2/4 2/4 3/4 0/4 8/4 ${debug} 5/4 #0102030405000000 77/4`;
    const r = new Reader(parseBytes(text, little), little);
    const { extensions } = readOrpcThat(r);
    assert.deepEqual(
      extensions?.map((e) => [e.id, e.name, e.size, hex(e.data), e.errorInfo]),
      [["f1f19680-4d2a-11ce-a66a-0020af6e72f4", "debug", 5, "0102030405", null]],
    );
    assert.equal(r.u32(), 77);
  }
});

/** A custom OBJREF of the error object's marshaler. */
function errorObject(source: string, pad: string): string {
  const guid = (n: number): string => `<${n}/4 <0/2 <0/2 #c000000000000046`;
  return (
    `<0x574f454d/4 <4/4 ${guid(0x1cf2b120)} ${guid(0x31b)} <0/4 <0/4 ` +
    `<0/4 <9/4 ${guid(0x20400)} ${source} <0xffffffff/4 <3/4 <0/4 <3/4 <"no" <0/2 ${pad} <0/4`
  );
}

test("the error extension says what went wrong", () => {
  for (const little of both) {
    for (const [source, said, pad] of [
      ["<0/4", null, "_2"],
      ['<0xffffffff/4 <2/4 <0/4 <2/4 <"s" <0/2', "s", "_2"],
      ['<0xffffffff/4 <3/4 <0/4 <3/4 <"ss" <0/2 _2', "ss", "_2"],
      ['<0xffffffff/4 <3/4 <0/4 <3/4 <"ss" <0/2', "ss", ""],
    ] as const) {
      const object = parseBytes(errorObject(source, pad), little);
      const rounded = (object.length + 7) & ~7;
      const head = `0/4 1/4 1/4 0/4 2/4 2/4 3/4 0/4 ${rounded}/4 0x31c/4 0/2 0/2 #c000000000000046 ${object.length}/4`;
      const bytes = Uint8Array.from([
        ...parseBytes(head, little),
        ...object,
        ...new Uint8Array(rounded - object.length),
      ]);
      const { extensions } = readOrpcThat(new Reader(bytes, little));
      assert.equal(extensions?.[0]?.name, "error");
      assert.deepEqual(extensions?.[0]?.errorInfo, {
        version: 0,
        helpContext: 9,
        iid: "00020400-0000-0000-c000-000000000046",
        source: said,
        description: "no",
        helpFile: null,
        lone: [],
      });
    }
  }
});

test("more extensions than there is room for", () => {
  const r = new Reader(parseBytes("0/4 1/4 9/4 0/4 2/4 2/4", true));
  assert.throws(() => readOrpcThat(r), /9 extensions/);
});

test("extensions of the activation's own ORPCTHAT are shown with what they say", () => {
  const object = parseBytes(errorObject("<0/4", "_2"), true);
  const rounded = (object.length + 7) & ~7;
  const head = `0/4 1/4 1/4 0/4 2/4 2/4 3/4 0/4 ${rounded}/4 0x31c/4 0/2 0/2 #c000000000000046 ${object.length}/4`;
  const bytes = Uint8Array.from([
    ...parseBytes(head, true),
    ...object,
    ...new Uint8Array(rounded - object.length),
  ]);
  const { extensions } = clean(decode("ORPCTHAT", bytes)) as { extensions: { [name: string]: unknown }[] };
  assert.equal(extensions[0]!.name, "error");
  assert.deepEqual(extensions[0]!.error, {
    iid: "00020400-0000-0000-c000-000000000046",
    source: null,
    description: "no",
    help_file: null,
    help_context: 9,
  });
  assert.deepEqual(clean(decode("ORPCTHAT", parseBytes("1/4 0/4", true))), { flags: 1, extensions: null });
});
