/** [MS-OAUT] 2.2.23 BSTR. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { array, native, ptr } from "../../support/ndr/types.js";
import { clean, decode } from "../../support/oaut/values.js";

test("text, empty, null and the null referent, in NDR and NDR64", () => {
  assert.equal(clean(decode("BSTR", '1/4 2/4 4/4 2/4 "ab"')), "ab");
  assert.equal(clean(decode("BSTR", "1/4 0/4 0/4 0/4")), "");
  assert.equal(clean(decode("BSTR", "1/4 0/4 0xffffffff/4 0/4")), null);
  assert.equal(clean(decode("BSTR", "0/4")), null);
  assert.equal(clean(decode("BSTR", '1/8 2/8 4/4 2/4 "ab"', "ndr64")), "ab");
  assert.equal(clean(decode("BSTR", "1/8 0/8 0xffffffff/4 0/4", "ndr64")), null);
});

test("little-endian whatever the label says; senders that follow the label are understood", () => {
  for (const text of ['1/4 <2/4 <4/4 <2/4 <"ab"', '1/4 2/4 <4/4 <2/4 <"ab"', '1/4 2/4 4/4 2/4 "ab"']) {
    assert.equal(clean(decode("BSTR", text, "ndr", false)), "ab", text);
  }
  assert.equal(clean(decode("BSTR", '1/8 <2/8 <4/4 <2/4 <"ab"', "ndr64", false)), "ab");
  assert.equal(clean(decode("BSTR", "1/4 0/4 <0xffffffff/4 <0/4", "ndr", false)), null);
});

test("an odd number of bytes", () => {
  assert.equal(clean(decode("BSTR", '1/4 2/4 3/4 2/4 "ab"')), "a");
});

test("control characters and pairs are kept, a lone surrogate is U+FFFD with a note", () => {
  assert.equal(clean(decode("BSTR", "1/4 4/4 8/4 4/4 0xd83d/2 0xde00/2 0/2 7/2")), "😀\0\u0007");
  const { values, notes } = decode("BSTR", "1/4 3/4 6/4 3/4 0xd800/2 0/2 7/2");
  assert.equal(values.value, "\ufffd\0\u0007");
  assert.deepEqual(
    notes.map((n) => [n.code, n.message]),
    [["text-lone-surrogate", "value: the lone surrogate 0xd800 is shown as U+FFFD"]],
  );
});

test("sizes that lie are noted, the maximum count locates what follows", () => {
  const side = decode(
    array(native("BSTR"), { length: { op: "const", value: 2n } }),
    '1/4 2/4 1/4 8/4 4/4 "a" _2 1/4 2/4 1/4 "b"',
  );
  assert.deepEqual(side.values.value, ["a", "b"]);
  assert.deepEqual(
    side.notes.map((n) => n.code),
    ["size-is-mismatch"],
  );
});

test("a BSTR cut short keeps what is there", () => {
  const side = decode("BSTR", '1/4 4/4 8/4 4/4 "ab"');
  assert.equal(side.values.value, "ab");
  assert.equal(side.error?.kind, "incomplete");
  assert.equal(side.error?.path, "value");
});

test("FLAGGED_WORD_BLOB by its own name", () => {
  assert.equal(clean(decode(ptr(native("FLAGGED_WORD_BLOB")), '1/4 2/4 4/4 2/4 "ab"')), "ab");
});
