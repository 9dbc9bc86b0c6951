/** Modifiers and patterns against naive ones, and against the vectors of the specification and of pySigma's tests. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { base64, base64Offsets, utf8, utf16 } from "../../../src/detect/rules/encodings.js";
import { fold } from "../../../src/detect/rules/fold.js";
import { parsePattern, patternTest } from "../../../src/detect/rules/text-pattern.js";
import { fits, itemFits, refusal, ruleText } from "../../support/detect/rules.js";

const fit = (pattern: string, text: string): boolean => patternTest(parsePattern(pattern), false)(fold(text));

/** By recursion over the characters of the value. */
function naive(value: readonly string[], text: readonly string[]): boolean {
  const [first, second, ...rest] = value;
  if (first === undefined) return text.length === 0;
  const same = (wanted: string, left: readonly string[]): boolean =>
    text.length > 0 && fold(text[0]!) === fold(wanted) && naive(left, text.slice(1));
  if (first === "\\" && (second === "*" || second === "?" || second === "\\")) return same(second, rest);
  if (first === "*") return naive(value.slice(1), text) || (text.length > 0 && naive(value, text.slice(1)));
  if (first === "?") return text.length > 0 && naive(value.slice(1), text.slice(1));
  return same(first, value.slice(1));
}

test("wildcards and escapes are what a naive matcher makes of them", () => {
  const letters = fc.constantFrom("a", "B", "*", "?", "\\", "é", "😀");
  const value = fc.array(letters, { maxLength: 8 });
  const text = fc.array(fc.constantFrom("a", "A", "b", "*", "?", "\\", "É", "😀"), { maxLength: 8 });
  fc.assert(
    fc.property(value, text, (pattern, found) => {
      assert.equal(fit(pattern.join(""), found.join("")), naive(pattern, found));
    }),
    { numRuns: 5000 },
  );
});

test("a text fits itself once its wildcards are escaped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(fit(text.replace(/[\\*?]/g, "\\$&"), text), true);
    }),
  );
});

test("case is folded as Unicode's simple folding does: characters are one where /iu says so, and keep their number", () => {
  const characters: string[] = [];
  for (let c = 0; c < 0x20000; c++) if (c < 0xd800 || c > 0xdfff) characters.push(String.fromCodePoint(c));
  const classes = new Map<string, string[]>();
  for (const character of characters) {
    const folded = fold(character);
    assert.equal([...folded].length, 1, character);
    classes.set(folded, [...(classes.get(folded) ?? []), character]);
  }
  const escaped = (character: string): string => `\\u{${character.codePointAt(0)!.toString(16)}}`;
  for (const [folded, members] of classes) {
    const same = new RegExp(`^${escaped(folded)}$`, "iu");
    for (const member of members)
      assert.equal(same.test(member), true, `${escaped(member)} and ${escaped(folded)}`);
  }
  // And the other way round: whatever /iu takes for one, of the letters that have two cases.
  const cased = characters.filter((c) => c.toLowerCase() !== c || c.toUpperCase() !== c);
  for (const character of cased) {
    const same = new RegExp(`^${escaped(character)}$`, "iu");
    for (const other of new Set([
      ...character.toLowerCase(),
      ...character.toUpperCase(),
      ...character.toUpperCase().toLowerCase(),
    ])) {
      if (same.test(other))
        assert.equal(fold(other), fold(character), `${escaped(other)} and ${escaped(character)}`);
    }
  }
});

test("base64offset finds a text in the Base64 of anything around it, and nothing but what is there", () => {
  assert.deepEqual(base64Offsets(utf8("foobar")), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
  const bytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(bytes, fc.uint8Array({ minLength: 1, maxLength: 20 }), bytes, (before, inner, after) => {
      const whole = Buffer.concat([before, inner, after]).toString("base64");
      const offset = base64Offsets(inner)[before.length % 3]!;
      assert.ok(whole.includes(offset));
      // It is as long as it can be: each end is decided by the bytes alone.
      const bits = 8 * inner.length;
      const first = Math.ceil((8 * (before.length % 3)) / 6);
      const last = Math.floor((8 * (before.length % 3) + bits) / 6);
      assert.equal(offset.length, Math.max(0, last - first));
    }),
  );
  fc.assert(fc.property(bytes, (some) => assert.equal(base64(some), Buffer.from(some).toString("base64"))));
});

test("windash takes each form of a dash for each other, before words alone", () => {
  const dashes = ["-", "/", "\u2013", "\u2014", "\u2015"];
  for (const a of dashes) {
    for (const b of dashes) {
      assert.equal(itemFits("Field|windash: '-param-1 /param2'", `${a}param-1 ${b}PARAM2`), true);
      assert.equal(itemFits("Field|windash|contains: ' \u2013f'", `x ${a}f y`), true);
    }
    assert.equal(itemFits("Field|windash: '-param-1'", `-param${a}1`), a === "-");
  }
  assert.equal(itemFits("Field|windash|contains: '--x'", "a -/x"), true);
  assert.equal(itemFits("Field|windash|contains: '--x'", "a /-x"), false);
  // Each form encodes to another text.
  assert.equal(itemFits("Field|windash|base64: '-f'", Buffer.from("\u2014f").toString("base64")), true);
  assert.equal(
    itemFits("Field|windash|base64offset|contains: ' -f'", Buffer.from("ab /f").toString("base64")),
    true,
  );
});

test("encodings", () => {
  assert.deepEqual([...utf16("cmd", "le", false)], [0x63, 0, 0x6d, 0, 0x64, 0]);
  assert.deepEqual([...utf16("cmd", "be", false)], [0, 0x63, 0, 0x6d, 0, 0x64]);
  assert.deepEqual([...utf16("cmd", "le", true)], [0xff, 0xfe, 0x63, 0, 0x6d, 0, 0x64, 0]);
  for (const name of ["wide", "utf16le"]) {
    const inner = Buffer.from("xx ping é", "utf16le").toString("base64");
    assert.equal(itemFits(`Field|${name}|base64offset|contains: 'ping é'`, inner), true, name);
  }
  assert.equal(
    itemFits(
      "Field|utf16|base64: cmd",
      Buffer.from([0xff, 0xfe, 0x63, 0, 0x6d, 0, 0x64, 0]).toString("base64"),
    ),
    true,
  );
  assert.equal(itemFits("Field|wide: 'f*'", "f\0oo"), true);
  assert.match(refusal(ruleText("s:\n    F|wide: é\ncondition: s")), /only ASCII/);
});

test("each modifier, on what fits and what does not", () => {
  for (const [item, good, bad] of [
    ["Field|contains: 'b'", "aBc", "ac"],
    ["Field|startswith: 'a*c'", "AxxCd", "xac"],
    ["Field|endswith: 'c'", "abC", "cb"],
    ["Field|contains|all: [a, b]", "xBxA", "a"],
    ["Field|all: ['a*', '*b']", "ab", "a"],
    ["Field|cased: aB", "aB", "ab"],
    ["Field|contains|cased: B", "aB", "ab"],
    ["Field|re: '^f[o]+$'", "foo", "FOO"],
    ["Field|re|i: '^f[o]+$'", "FOO", "fooo x"],
    ["Field|re: 'o{2}'", "foo!", "fo"],
    ["Field|re|m: '^b$'", "a\nb\nc", "ab"],
    ["Field|re|s: 'a.b'", "a\nb", "ab"],
    ["Field|re: 'a.b'", "axb", "a\nb"],
    ["Field|cidr: 10.0.0.0/8", "10.255.0.1", "11.0.0.1"],
    ["Field|cidr: [10.0.0.0/8, 'fe80::/10']", "fe80::1", "10.0.0.x"],
    ["Field|cidr: 2001:db8::/32", "2001:DB8:0:1::5", "2001:db9::"],
    ["Field|gt: 5", 6, 5],
    ["Field|gte: 5", "5", "4.9"],
    ["Field|lt: 5", "-1", "x"],
    ["Field|lte: 2.5", 2.5, 2.6],
    ["Field|neq: x", "y", "X"],
    ["Field|neq: [x, y]", "z", "y"],
    ["Field|neq: 5", undefined, 5],
    ["Field|hour: 23", "2026-11-27T23:05:00Z", "2026-11-27T22:59:59Z"],
    ["Field|hour|gte: 22", "2026-11-27T22:00:00Z", "2026-11-27T04:00:00Z"],
    ["Field|week: 1", "2024-12-30T00:00:00Z", "2024-12-29T00:00:00Z"],
    ["Field|week: 53", "2021-01-03T00:00:00Z", "2021-01-04T00:00:00Z"],
    ["Field|year: 1970", 0, "x"],
    ["Field|exists: false", undefined, 0],
  ] as const) {
    assert.equal(itemFits(item, good), true, `${item} fits ${good}`);
    assert.equal(itemFits(item, bad), false, `${item} does not fit ${bad}`);
  }
  const references = (modifiers: string, a: unknown, b: unknown): boolean =>
    fits(`s:\n    a|${modifiers}: b\ncondition: s`, { a, b });
  assert.equal(references("fieldref", "X", "x"), true);
  assert.equal(references("fieldref", "x", undefined), false);
  assert.equal(references("fieldref|neq", "x", "y"), true);
  assert.equal(references("fieldref|neq", "x", "X"), false);
  assert.equal(references("fieldref|startswith", "xyz", "X"), true);
  assert.equal(references("fieldref|contains", ["q", "xyz"], "Y"), true);
  assert.equal(references("fieldref|endswith", "xyz", "y"), false);
  assert.equal(references("fieldref", 5, "5"), true);
});

test("chains that mean nothing are refused, with what is wrong", () => {
  for (const [item, message] of [
    ["F|nothing: x", /there is no modifier nothing/],
    ["F|: x", /there is no modifier without a name/],
    ["F|contains|contains: x", /stands twice/],
    ["F|contains: 5", /cannot be applied to a number/],
    ["F|startswith: true", /cannot be applied to true or false/],
    ["F|contains: null", /cannot be applied to null/],
    ["F|gt: x", /cannot be applied to a text/],
    ["F|exists: x", /cannot be applied to a text/],
    ["F|exists: 'true'", /cannot be applied to a text/],
    ["F|contains|re: x", /re cannot follow contains/],
    ["F|re|cased: x", /cased cannot follow re/],
    ["F|i: x", /belongs behind re/],
    ["F|contains|base64: x", /cannot be applied to wildcards/],
    ["F|base64: 'a*'", /cannot be applied to wildcards/],
    ["F|cidr: 10.0.0.0/33", /no network/],
    ["F|cidr: x", /no network/],
    ["F|cidr|contains: 10.0.0.0/8", /contains cannot follow cidr/],
    ["F|re: '(?=x)'", /none that RE2 reads/],
    ["F|re: '(a)\\1'", /none that RE2 reads/],
    ["F|re: '('", /none that RE2 reads/],
    ["F|all: x", /two values or more/],
    ["F|fieldref: 'a*'", /no wildcards/],
    ["F: [x, null]", /null stands in a list/],
    ["F: []", /list of values is empty/],
    ["F: {a: b}", /no single value/],
    ["F: [[a]]", /no single value/],
    ["F|expand: '%x%'", /no values for the placeholder %x%/],
    ["F|month: 1.5", /whole number/],
    ["F|gt|lt: 5", /lt cannot follow gt/],
    ["'': x", /no name/],
    ["'|exists': true", /.+/],
    ["'|fieldref': a", /field alone/],
    ["F|windash|base64: '-a -b -c -d -e'", /more than 625 forms/],
  ] as const) {
    const said = refusal(ruleText(`s:\n    ${item}\ncondition: s`));
    assert.match(said, message, item);
    assert.match(said, /^6: /, item);
  }
});

test("placeholders stand for the values that are given", () => {
  const values = new Map([["helpers", ["10.0.0.*", "host\\*"]]]);
  const rule = "s:\n    F|expand: 'x%Helpers%\\%'\ncondition: s";
  assert.equal(fits(rule, { F: "x10.0.0.7%" }, values), true);
  assert.equal(fits(rule, { F: "xhost*%" }, values), true);
  assert.equal(fits(rule, { F: "xhostess%" }, values), false);
  assert.equal(
    fits("s:\n    F|contains|expand: '%helpers%'\ncondition: s", { F: "a 10.0.0.7 b" }, values),
    true,
  );
  assert.equal(fits("s:\n    F: '%helpers%'\ncondition: s", { F: "%helpers%" }), true);
  const none = new Map([["helpers", []]]);
  assert.equal(fits("s:\n    F|expand: '%helpers%'\ncondition: not s", { F: "a" }, none), true);
});
