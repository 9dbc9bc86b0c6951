/** [MS-RAI] 3.1.4.1.1 bstrUserHelpBlob and the example of section 4. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseHelpBlob } from "../../../dissectors/rai/help-blob.js";
import type { HelpBlob } from "../../../src/events.js";
import { assertLinear } from "../../support/growth.js";

const blob = (raw: string): HelpBlob => parseHelpBlob(raw);

test("the example is read by its lengths: 13 characters, then 18", () => {
  const raw = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER";
  assert.deepEqual(blob(raw), {
    raw,
    fields: [
      { length: 13, text: "UNSOLICITED=1" },
      { length: 18, text: "ID=EXDOMAIN\\EXUSER" },
    ],
    unsolicited: true,
    id: { domain: "EXDOMAIN", user: "EXUSER" },
    violations: [],
  });
});

test("the example of section 4, as the 2014 revision prints it", () => {
  const parsed = blob("13;UNSOLICITED=119;ID=TESTDOMAIN\\Admin");
  assert.deepEqual(parsed.id, { domain: "TESTDOMAIN", user: "Admin" });
  assert.deepEqual(parsed.violations, []);
});

test("the example of section 4 with its doubled backslash says what is wrong and still names the user", () => {
  const parsed = blob("13;UNSOLICITED=119;ID=TESTDOMAIN\\\\Admin");
  assert.deepEqual(parsed.id, { domain: "TESTDOMAIN", user: "Admin" });
  assert.deepEqual(parsed.fields[1], { length: 19, text: "ID=TESTDOMAIN\\\\Admin" });
  assert.equal(parsed.violations.length, 2);
  assert.match(parsed.violations[0]!, /claims 19 characters but has 20/);
  assert.match(parsed.violations[1]!, /two backslashes/);
});

test("lengths count UTF-16 code units; digits and semicolons inside a field do not end it", () => {
  const user = "😀7;X=é";
  const field = `ID=D\\${user}`;
  const parsed = blob(`13;UNSOLICITED=1${field.length};${field}`);
  assert.deepEqual(parsed.id, { domain: "D", user });
  assert.deepEqual(parsed.violations, []);
});

test("terminators are passed over, raw is unchanged", () => {
  const raw = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER\0\0";
  assert.deepEqual(blob(raw).violations, []);
  assert.equal(blob(raw).raw, raw);
});

test("order and further fields do not matter", () => {
  const parsed = blob("6;ID=D\\U9;NAME=John13;UNSOLICITED=1");
  assert.deepEqual(parsed.id, { domain: "D", user: "U" });
  assert.equal(parsed.unsolicited, true);
  assert.equal(parsed.fields.length, 3);
  assert.deepEqual(parsed.violations, []);
});

const LIES: [string, string, RegExp][] = [
  ["too long by one", "14;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER", /claims 14 characters but has 13/],
  ["too short by one", "12;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER", /claims 12 characters but has 13/],
  ["beyond the end", "13;UNSOLICITED=199;ID=EXDOMAIN\\EXUSER", /claims 99 characters but has 18/],
  ["short of the end", "13;UNSOLICITED=110;ID=EXDOMAIN\\EXUSER", /claims 10 characters but has 18/],
  ["absurd", "13;UNSOLICITED=1999999999;ID=EXDOMAIN\\EXUSER", /claims 999999999 characters but has 18/],
  ["missing", "UNSOLICITED=118;ID=EXDOMAIN\\EXUSER", /no length in front of it/],
];
for (const [what, raw, sentence] of LIES) {
  test(`a length that is ${what} is noted, and both fields are found`, () => {
    const parsed = blob(raw);
    assert.equal(parsed.unsolicited, true);
    assert.deepEqual(parsed.id, { domain: "EXDOMAIN", user: "EXUSER" });
    assert.ok(
      parsed.violations.some((text) => sentence.test(text)),
      JSON.stringify(parsed.violations),
    );
  });
}

const MISSING: [string, string, RegExp][] = [
  ["nothing", "", /UNSOLICITED=1 is missing/],
  ["no ID", "13;UNSOLICITED=1", /ID=DomainName\\UserName is missing/],
  ["no UNSOLICITED", "18;ID=EXDOMAIN\\EXUSER", /UNSOLICITED=1 is missing/],
  ["UNSOLICITED=0", "13;UNSOLICITED=018;ID=EXDOMAIN\\EXUSER", /UNSOLICITED is "0" instead of 1/],
  ["no backslash", "13;UNSOLICITED=17;ID=USER", /no backslash/],
  ["no domain", "13;UNSOLICITED=18;ID=\\USER", /no domain/],
  ["no user", "13;UNSOLICITED=17;ID=DOM\\", /no user name/],
  ["ID twice", "13;UNSOLICITED=16;ID=A\\B6;ID=C\\D", /ID occurs 2 times/],
];
for (const [what, raw, sentence] of MISSING) {
  test(`${what} is noted`, () => {
    assert.ok(
      blob(raw).violations.some((text) => sentence.test(text)),
      JSON.stringify(blob(raw)),
    );
  });
}

test("property: a blob put together by the rules reads back without a word", () => {
  const name = fc
    .string({ minLength: 1, maxLength: 20, unit: "binary" })
    .filter((text) => !/[\\\0]/.test(text));
  fc.assert(
    fc.property(name, name, (domain, user) => {
      const id = `ID=${domain}\\${user}`;
      const parsed = blob(`13;UNSOLICITED=1${id.length};${id}`);
      assert.deepEqual(parsed.id, { domain, user });
      assert.deepEqual(parsed.violations, []);
    }),
  );
});

test("property: nothing throws, raw is always the input, the work is bounded", () => {
  const near = fc
    .tuple(fc.nat(40), fc.nat(5), fc.string({ maxLength: 4, unit: "binary" }))
    .map(([at, cut, put]) => {
      const text = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER";
      return text.slice(0, at) + put + text.slice(at + cut);
    });
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: "binary" })), (raw) => {
      const parsed = blob(raw);
      assert.equal(parsed.raw, raw);
      assert.ok(parsed.fields.length <= 64);
    }),
    { numRuns: 500 },
  );
  for (const piece of ["1;A", "0;", "1;A1;", "9;", "x"]) {
    assertLinear((n) => {
      const text = piece.repeat(n);
      return () => blob(text);
    }, 50_000);
  }
});

test("a blob cut anywhere: no rule is broken by what is missing", () => {
  const raw = "13;UNSOLICITED=118;ID=EXDOMAIN\\EXUSER";
  for (let n = 0; n < raw.length; n++) {
    const cut = parseHelpBlob(raw.slice(0, n), false);
    assert.deepEqual(cut.violations, [], raw.slice(0, n));
    assert.deepEqual(cut.id, { domain: null, user: null });
    assert.equal(cut.unsolicited, n >= 16 ? true : null);
    assert.equal(cut.fields.length, n >= 16 ? 1 : 0);
  }
  assert.deepEqual(parseHelpBlob(raw, false), parseHelpBlob(raw));
});

test("a whole field of a blob that was cut may break a rule", () => {
  assert.match(parseHelpBlob("13;UNSOLICITED=018;ID=EX", false).violations.join(), /UNSOLICITED is "0"/);
});
