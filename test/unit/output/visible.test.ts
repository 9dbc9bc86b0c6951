import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { visible } from "../../../src/output/visible.js";

test("ordinary text of any script stays as it is", () => {
  for (const text of ["", "GetSessionInfo", "Zoë Müller", "中文", "Ελληνικά", "é", "👩", "a\\b", "नमस्ते"]) {
    assert.equal(visible(text), text);
  }
});

test("what acts on a terminal or hides becomes an escape", () => {
  const cases: [string, string][] = [
    ["\x1b[31mred", "\\x1b[31mred"],
    ["a\nb\r\tc", "a\\nb\\r\\tc"],
    ["\0", "\\x00"],
    ["\x7f", "\\x7f"],
    ["\x9b2J", "\\x9b2J"],
    ["\u202egpj.exe", "\\u202egpj.exe"],
    ["\u2066x\u2069", "\\u2066x\\u2069"],
    ["a\u200bb\u200d\ufeff", "a\\u200bb\\u200d\\ufeff"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["\ud800x", "\\ud800x"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\u00ad", "\\xad"],
    ["\ue000", "\\ue000"],
    ["\uffff", "\\uffff"],
  ];
  for (const [raw, shown] of cases) assert.equal(visible(raw), shown);
});

test("marks piled on one letter are cut to four", () => {
  assert.equal(visible(`a${"\u0301".repeat(6)}`), `a${"\u0301".repeat(4)}\\u0301\\u0301`);
});

test("no text whatever leaves a control, format or surrogate character", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
  fc.assert(
    fc.property(units, (codes) => {
      const shown = visible(String.fromCharCode(...codes));
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      assert.equal(visible(shown), shown);
    }),
  );
});
