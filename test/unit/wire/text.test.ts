/** Text from UTF-16 code units: whole pairs stay, halves of pairs are U+FFFD and reported. */
import assert from "node:assert/strict";
import test from "node:test";
import { beginning, loneText, utf16, wellFormed } from "../../../dissectors/wire/text.js";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf16le");

function shown(text: string, littleEndian = true): { text: string; units: number[] } {
  const units: number[] = [];
  const bytes = Buffer.from(bytesOf(text));
  if (!littleEndian) bytes.swap16();
  return { text: utf16(bytes, littleEndian, (found) => units.push(...found)), units };
}

test("text without surrogates, and with whole pairs, stays as it is", () => {
  for (const text of ["", "Help desk", "Größe\0x", "日本語", "a😀b😀", "😀".repeat(5000), "\ufffd"]) {
    assert.deepEqual(shown(text), { text, units: [] });
    assert.deepEqual(shown(text, false), { text, units: [] });
  }
});

test("a lone surrogate is U+FFFD; the number of code units stays the same", () => {
  assert.deepEqual(shown("a\ud800b"), { text: "a\ufffdb", units: [0xd800] });
  assert.deepEqual(shown("\udc00\ud800", false), { text: "\ufffd\ufffd", units: [0xdc00, 0xd800] });
  assert.deepEqual(shown("\ud83d😀\ude00"), { text: "\ufffd😀\ufffd", units: [0xd83d, 0xde00] });
  assert.deepEqual(shown("x\ud800"), { text: "x\ufffd", units: [0xd800] });
});

test("a pair on both sides of what is put together at once is one", () => {
  for (let before = 4090; before < 4100; before++) {
    const text = `${"ä".repeat(before)}😀${"x".repeat(5000)}`;
    assert.deepEqual(shown(text), { text, units: [] });
    const halved = `${"ä".repeat(before)}\ud83d${"x".repeat(5000)}`;
    assert.deepEqual(shown(halved).units, [0xd83d]);
  }
});

test("code units stay what they are where nobody takes the lone ones", () => {
  assert.equal(utf16(bytesOf("a\ud800")), "a\ud800");
});

test("what a note says", () => {
  assert.equal(loneText([0xd800]), "the lone surrogate 0xd800 is shown as U+FFFD");
  assert.equal(loneText([0xd800, 0xdfff]), "2 lone surrogates (0xd800, 0xdfff) are shown as U+FFFD");
  assert.match(loneText(Array(99).fill(0xd900)), /^99 lone surrogates \((0xd900, ){8}…\)/);
});

test("a beginning holds no half of a pair", () => {
  assert.equal(beginning("ab😀c", 3), "ab");
  assert.equal(beginning("ab😀c", 4), "ab😀");
  assert.equal(beginning("abc", 8), "abc");
  assert.equal(wellFormed(beginning("😀".repeat(9), 7), null), "😀😀😀");
});
