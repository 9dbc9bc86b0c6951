import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { padEnd, padStart, truncate, width, wrap } from "../../src/output/width.js";
import { assertLinear } from "../linear/growth.js";

test("columns of narrow, wide and combining characters", () => {
  assert.equal(width("abc"), 3);
  assert.equal(width("中文"), 4);
  assert.equal(width("e\u0301"), 1);
  assert.equal(width("한국"), 4);
  assert.equal(width("😀"), 2);
  assert.equal(width("🇩🇪"), 2);
  assert.equal(width("ｆ"), 2);
  assert.equal(width("│─▶→…"), 5);
  assert.equal(width("café"), 4);
});

test("cutting never parts a wide character or takes a mark from its letter", () => {
  assert.equal(truncate("中文字", 5), "中文…");
  assert.equal(truncate("中文字", 4), "中…");
  assert.equal(truncate("ae\u0301x", 2), "a…");
  assert.equal(truncate("e\u0301bcd", 2), "e\u0301…");
  assert.equal(truncate("abc", 3), "abc");
  assert.equal(truncate("abc", 0), "");
});

test("padding counts columns", () => {
  assert.equal(padEnd("中", 4), "中  ");
  assert.equal(padStart("中", 4), "  中");
  assert.equal(padEnd("abcd", 2), "abcd");
});

test("wrapping keeps every character and the width", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "中", "é", "😀"), maxLength: 80 });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 20 }), (raw, columns) => {
      const lines = wrap(raw, columns);
      for (const line of lines) assert.ok(width(line) <= columns, `${line} in ${columns}`);
      assert.equal(lines.join("").replaceAll(" ", ""), raw.replaceAll(" ", ""));
    }),
  );
});

test("a word of hundreds of thousands of characters is wrapped in linear time", () => {
  assert.ok(wrap(`head ${"中a".repeat(200_000)}`, 80).length > 7_000);
  assertLinear((n) => {
    const text = `head ${"中a".repeat(n)}`;
    return () => wrap(text, 80);
  }, 50_000);
});
