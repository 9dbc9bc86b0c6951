import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { visible } from "../../../src/output/visible.js";
import { padEnd, padStart, truncate, width, wrap } from "../../../src/output/width.js";
import { assertLinear } from "../../support/growth.js";

test("columns of narrow, wide and combining characters", () => {
  assert.equal(width("abc"), 3);
  assert.equal(width("中文"), 4);
  assert.equal(width("e\u0301"), 1);
  assert.equal(width("한국"), 4);
  assert.equal(width("\u1112\u1161\u11ab"), 2);
  assert.equal(width("\ua960\ud7b0"), 2);
  assert.equal(width("ꀀ"), 2);
  assert.equal(width("☝"), 1);
  assert.equal(width("😀"), 2);
  assert.equal(width("🇩🇪"), 2);
  assert.equal(width("ｆ"), 2);
  assert.equal(width("│─▶→…"), 5);
  assert.equal(width("café"), 4);
});

/** What the C library of this machine takes each character for; it knows fewer of them. */
const WCWIDTH = `
import ctypes, locale
locale.setlocale(locale.LC_ALL, "C.UTF-8")
of = ctypes.CDLL("libc.so.6").wcwidth
of.argtypes = [ctypes.c_wchar]
print(" ".join(str(of(chr(c))) for c in range(0x40000)))`;
const judge = spawnSync("python3", ["-c", WCWIDTH], { encoding: "utf8", maxBuffer: 1 << 24 });

test("every character that is shown takes the columns that the C library gives it", {
  skip: judge.status === 0 ? false : "python3 has no wcwidth here",
}, () => {
  const theirs = judge.stdout.trim().split(" ").map(Number);
  const differing: string[] = [];
  let compared = 0;
  for (const [code, columns] of theirs.entries()) {
    if (columns < 0 || (code >= 0xd800 && code < 0xe000)) continue;
    const character = String.fromCodePoint(code);
    if (visible(character) !== character) continue;
    compared++;
    if (width(character) !== columns) differing.push(code.toString(16));
  }
  assert.ok(compared > 100_000);
  // Versions of Unicode differ in a few.
  assert.ok(differing.length < 100, differing.join(" "));
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

test("plain text is wrapped as text is that holds a letter beyond ASCII", () => {
  const text = fc.array(fc.constantFrom(" ", " ", "a", "b-c", "dddddddddddd"), { maxLength: 40 });
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 30 }), (parts, columns) => {
      const plain = parts.join("");
      const beyond = wrap(plain.replaceAll("a", "é"), columns).map((line) => line.replaceAll("é", "a"));
      assert.deepEqual(wrap(plain, columns), beyond);
    }),
    { numRuns: 2_000 },
  );
});
