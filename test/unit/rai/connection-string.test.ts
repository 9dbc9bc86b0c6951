/** [MS-RAI] 2.2.1 and 2.2.2: the printed examples, one test for each rule, and whatever else may come. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  type ConnectionString1,
  type ConnectionString2,
  type ConnectionString as Parsed,
  parseConnectionString,
} from "../../../dissectors/rai/connection-string.js";
import type { ConnectionString } from "../../../src/events.js";
import { assertLinear } from "../../support/growth.js";

/** The dissector's type and the record's are one: a compile error here otherwise. */
const sameType: (parsed: Parsed) => ConnectionString = (parsed) => parsed;
const sameTypeBack: (record: ConnectionString) => Parsed = (record) => record;

function form1(raw: string): ConnectionString1 {
  const parsed = parseConnectionString(raw);
  assert.equal(parsed.form, 1);
  return parsed as ConnectionString1;
}

function form2(raw: string): ConnectionString2 {
  const parsed = parseConnectionString(raw);
  assert.equal(parsed.form, 2, parsed.violations.join(" "));
  return parsed as ConnectionString2;
}

/** Exactly one rule is broken, and the sentence says which. */
function breaks(raw: string, sentence: RegExp): Parsed {
  const parsed = parseConnectionString(raw);
  assert.equal(parsed.violations.length, 1, JSON.stringify(parsed.violations));
  assert.match(parsed.violations[0]!, sentence);
  assert.equal(parsed.raw, raw);
  return parsed;
}

const PRINTED_1 =
  "65538,1,172.31.243.138:3389;MIKE_HOME:3389,*,Uj7RpOlU80SibpRw\nRZ9+z1vbh7nIgVn89X1AiKp15Vc=,*,*,RcfwecK8dpcT1fjZ6iQ5M0+q7iU=";
const PRINTED_2 = `<E>
  <A KH="YiKwWUY8Ioq5NB3wAQHSbs5kwrM=" KH2="sha256:wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=" ID="8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5t
NpHQc2goLbw4uuBBJvLsU02YYLlBMg5"/>
  <C>
    <T ID="1" SID="1440550163">
      <L P="49749" N="2001:4898:1a:5:79e2:3356:9b22:3470"/>
      <L P="49751" N="172.31.250.64"/>
    </T>
  </C>
</E>`;

test("the types of dissector and record agree", () => {
  const parsed = parseConnectionString(PRINTED_1);
  assert.equal(sameTypeBack(sameType(parsed)), parsed);
});

test("form 1 as the specification prints it", () => {
  assert.deepEqual(form1(PRINTED_1), {
    form: 1,
    raw: PRINTED_1,
    protocol_version: 65538,
    protocol_type: 1,
    machine_addresses: [
      { host: "172.31.243.138", port: 3389 },
      { host: "MIKE_HOME", port: 3389 },
    ],
    assistant_account_pwd: "*",
    ra_session_id: "Uj7RpOlU80SibpRwRZ9+z1vbh7nIgVn89X1AiKp15Vc=",
    ra_session_name: "*",
    ra_session_pwd: "*",
    protocol_specific_parms: "RcfwecK8dpcT1fjZ6iQ5M0+q7iU=",
    listeners: [
      { port: 3389, name: "172.31.243.138" },
      { port: 3389, name: "MIKE_HOME" },
    ],
    violations: [],
  });
});

test("form 1 with the scanning damage of the 2014 revision reads as form 1", () => {
  const damaged = PRINTED_1.replace("OlU80", "0lU80").replace("vbh7nIgVn", "vvh7nIgvn");
  assert.equal(form1(damaged).ra_session_id, "Uj7Rp0lU80SibpRwRZ9+z1vvh7nIgvn89X1AiKp15Vc=");
  assert.deepEqual(form1(damaged).violations, []);
});

test("form 2 as the specification prints it", () => {
  assert.deepEqual(form2(PRINTED_2), {
    form: 2,
    raw: PRINTED_2,
    auth: {
      kh: "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=",
      kh2: "sha256:wKSAkAV3sBfa9WpuRFJcP9q1twJc6wOBuoJ9tsyXwpk=",
      id: "8rYm30RBW8/4dAWoUsWbFCF5jno/7jr5tNpHQc2goLbw4uuBBJvLsU02YYLlBMg5",
    },
    transports: [
      {
        id: "1",
        sid: "1440550163",
        listeners: [
          { port: 49749, name: "2001:4898:1a:5:79e2:3356:9b22:3470", uri: null },
          { port: 49751, name: "172.31.250.64", uri: null },
        ],
      },
    ],
    violations: [],
  });
});

test("form 2 of the 2014 revision, without KH2, breaks nothing", () => {
  const old = PRINTED_2.replace(/KH2="[^"]*" /, "");
  assert.deepEqual(form2(old).violations, []);
  assert.equal(form2(old).auth.kh2, null);
});

const ONE = "65538,1,10.0.0.1:3389;PC:3389,*,c2Vzc2lvbg==,*,*,cGFybXM=";
const KH = "YiKwWUY8Ioq5NB3wAQHSbs5kwrM=";
const kh2 = (name: string, bytes: number): string => `${name}:${Buffer.alloc(bytes, 7).toString("base64")}`;

function two(a = `KH="${KH}" ID="id"`, l = '<L P="49000" N="10.0.0.1"/>', t = 'ID="1" SID="2"'): string {
  return `<E><A ${a}/><C><T ${t}>${l}</T></C></E>`;
}

test("the strings that the rules below are tried on break none", () => {
  assert.deepEqual(parseConnectionString(ONE).violations, []);
  assert.deepEqual(parseConnectionString(two()).violations, []);
});

test("byte order mark, line ends and NULs around a string are passed over, raw is unchanged", () => {
  for (const raw of [
    `\ufeff${ONE}\r\n`,
    `${ONE}\0`,
    ` ${two()}\r\n\0\0`,
    `\ufeff<?xml version="1.0"?>${two()}`,
  ]) {
    const parsed = parseConnectionString(raw);
    assert.notEqual(parsed.form, null);
    assert.deepEqual(parsed.violations, []);
    assert.equal(parsed.raw, raw);
  }
});

const RULES_1: [string, string, RegExp][] = [
  [
    "ProtocolVersion MUST be 65538",
    ONE.replace("65538", "65537"),
    /^ProtocolVersion is "65537"; it MUST be 65538/,
  ],
  ["ProtocolVersion is a number", ONE.replace("65538", "x"), /^ProtocolVersion is "x"/],
  ["protocolType MUST be 1", ONE.replace(",1,", ",2,"), /^protocolType is "2"; it MUST be 1/],
  [
    "assistantAccountPwd MUST be *",
    ONE.replace("*,c", "pwd,c"),
    /^assistantAccountPwd is "pwd"; it MUST be "\*"/,
  ],
  ["an empty assistantAccountPwd is no *", ONE.replace("*,c", ",c"), /^assistantAccountPwd is ""/],
  ["a quoted * is no *", ONE.replace("*,c", '"*",c'), /^assistantAccountPwd is/],
  ["RASessionName MUST be *", ONE.replace("==,*", "==,name"), /^RASessionName is "name"/],
  ["RASessionPwd MUST be *", ONE.replace("*,cG", "secret,cG"), /^RASessionPwd is "secret"/],
  ["RASessionID is there", ONE.replace("c2Vzc2lvbg==", ""), /^RASessionID is empty/],
  ["protocolSpecificParms is there", ONE.replace("cGFybXM=", ""), /^protocolSpecificParms is empty/],
  ["eight elements: seven", ONE.replace(",cGFybXM=", ""), /^The string has 7 .* instead of 8/],
  ["eight elements: nine", `${ONE},x`, /^The string has 9 .* instead of 8/],
  ["an address list", ONE.replace("10.0.0.1:3389;PC:3389", ""), /^machineAddressList is empty/],
  ["no empty address", ONE.replace(";", ";;"), /^machineAddressList has an empty entry/],
  ["every address has a port", ONE.replace("PC:3389", "PC"), /"PC" has no port/],
  ["every address has a host", ONE.replace("PC:", ":"), /has no host/],
  ["a port is a number", ONE.replace("PC:3389", "PC:rdp"), /has a port that is no number: "rdp"/],
  ["a port is not 0", ONE.replace("PC:3389", "PC:0"), /has a port outside 1 to 65535: 0/],
  ["a port is at most 65535", ONE.replace("PC:3389", "PC:65536"), /has a port outside 1 to 65535: 65536/],
  ["addresses are IPv4: brackets", ONE.replace("PC:", "[2001:db8::1]:"), /not of type IPv4/],
  ["a byte is at most 255", ONE.replace("10.0.0.1", "10.0.0.256"), /not a valid IPv4 address/],
  ["four bytes", ONE.replace("10.0.0.1", "10.0.1"), /not a valid IPv4 address/],
  ["a computer name", ONE.replace("PC", "P/C"), /not a valid computer name/],
];
for (const [rule, raw, sentence] of RULES_1) {
  test(`form 1: ${rule}`, () => assert.equal(breaks(raw, sentence).form, 1));
}

test("form 1: a bare IPv6 address is not cut at a colon", () => {
  const parsed = form1(ONE.replace("PC:3389", "2001:db8:1:2:3:4:5:6"));
  assert.deepEqual(parsed.machine_addresses[1], { host: "2001:db8:1:2:3:4:5:6", port: null });
  assert.equal(parsed.violations.length, 2);
});

test("form 1: what is missing is null, what is beyond the eighth element is kept", () => {
  const short = form1("65538,1,PC:1,*");
  assert.deepEqual(
    [short.ra_session_id, short.ra_session_pwd, short.protocol_specific_parms],
    [null, null, null],
  );
  assert.equal(form1(`${ONE},x`).protocol_specific_parms, "cGFybXM=,x");
});

const RULES_2: [string, string, RegExp][] = [
  ["A is there", two().replace(/<A [^>]*>/, ""), /no auth string node <A>/],
  ["one A", two().replace("<C>", `<A KH="${KH}" ID="x"/><C>`), /has 2 auth string nodes/],
  ["KH is there", two('ID="id"'), /no KH attribute/],
  ["KH is base64", two('KH="%%" ID="id"'), /KH is not the base64 form of a SHA-1 hash/],
  ["KH has 20 bytes", two('KH="AAAA" ID="id"'), /KH is not the base64 form of a SHA-1 hash/],
  ["ID is there", two(`KH="${KH}"`), /no ID attribute/],
  ["ID is not empty", two(`KH="${KH}" ID=""`), /ID attribute .* is empty/],
  ["KH2 names its hash", two(`KH="${KH}" KH2="AAAA" ID="id"`), /KH2 has no colon/],
  ["KH2's hash is a known one", two(`KH="${KH}" KH2="md5:AAAA" ID="id"`), /hashing algorithm "md5"/],
  ["names of hashes are exact", two(`KH="${KH}" KH2="${kh2("SHA256", 32)}" ID="id"`), /algorithm "SHA256"/],
  ["no property of objects is a hash", two(`KH="${KH}" KH2="constructor:AAAA" ID="id"`), /"constructor"/],
  ["sha256 has 32 bytes", two(`KH="${KH}" KH2="${kh2("sha256", 20)}" ID="id"`), /sha256 \(32 bytes\)/],
  ["sha384 has 48 bytes", two(`KH="${KH}" KH2="${kh2("sha384", 32)}" ID="id"`), /sha384 \(48 bytes\)/],
  ["sha512 has 64 bytes", two(`KH="${KH}" KH2="${kh2("sha512", 48)}" ID="id"`), /sha512 \(64 bytes\)/],
  ["C is there", `<E><A KH="${KH}" ID="id"/></E>`, /no connector node <C>/],
  ["C has a T", `<E><A KH="${KH}" ID="id"/><C/></E>`, /no transport node <T>/],
  ["T has an ID", two(undefined, undefined, 'SID="2"'), /transport node <T> has no ID/],
  ["T has a SID", two(undefined, undefined, 'ID="1"'), /transport node <T> has no SID/],
  ["T has an L", two(undefined, ""), /no listener node <L>/],
  ["L has a P or a U", two(undefined, '<L N="pc"/>'), /has neither P nor U/],
  ["L has not both", two(undefined, '<L P="1" N="pc" U="wss://pc/x"/>'), /has both P and U/],
  ["L has an N", two(undefined, '<L P="1"/>'), /has no N attribute/],
  ["L has an N beside U, too", two(undefined, '<L U="wss://pc/x"/>'), /has no N attribute/],
  ["N is not empty", two(undefined, '<L P="1" N=""/>'), /has an empty N/],
  ["P is a number", two(undefined, '<L P="x" N="pc"/>'), /port that is no number/],
  ["P is not 0", two(undefined, '<L P="0" N="pc"/>'), /outside 1 to 65535/],
  ["P is at most 65535", two(undefined, '<L P="65536" N="pc"/>'), /outside 1 to 65535/],
  ["P is not negative", two(undefined, '<L P="-1" N="pc"/>'), /port that is no number/],
  ["U is a full URI", two(undefined, '<L U="/path" N="pc"/>'), /no full URI/],
];
for (const [rule, raw, sentence] of RULES_2) {
  test(`form 2: ${rule}`, () => assert.equal(breaks(raw, sentence).form, 2));
}

test("form 2: hashes of every length, WebSocket listeners, several transports, scopes", () => {
  for (const [name, bytes] of [
    ["sha256", 32],
    ["sha384", 48],
    ["sha512", 64],
  ] as const) {
    assert.deepEqual(form2(two(`KH="${KH}" KH2="${kh2(name, bytes)}" ID="id"`)).violations, []);
  }
  const parsed = form2(
    `<E><A KH="${KH}" ID="id"/><C><T ID="1" SID="2"><L P="1" N="fe80::1%3"/></T>` +
      '<T ID="2" SID="3"><L U="wss://pc.example:443/ra" N="pc.example"/></T></C></E>',
  );
  assert.deepEqual(parsed.violations, []);
  assert.deepEqual(parsed.transports, [
    { id: "1", sid: "2", listeners: [{ port: 1, name: "fe80::1%3", uri: null }] },
    { id: "2", sid: "3", listeners: [{ port: null, name: "pc.example", uri: "wss://pc.example:443/ra" }] },
  ]);
});

test("form 2: unknown elements and attributes are passed over, entities resolved once", () => {
  const parsed = form2(
    `<E X="1"><!-- note --><Z/><A KH="${KH}" ID="a&amp;lt;&#65;" Q="1"/><C><T ID="1" SID="2"><L P="1" N="a&amp;b"/></T></C></E>`,
  );
  assert.deepEqual(parsed.violations, []);
  assert.equal(parsed.auth.id, "a&lt;A");
  assert.equal(parsed.transports[0]!.listeners[0]!.name, "a&b");
});

test("what is neither form has form null, its text and a reason", () => {
  const neither: [string, RegExp][] = [
    ["", /empty/],
    ["hello", /neither comma-delimited nor XML/],
    ["a,b", /neither/],
    ["<e/>", /root node is <e>/],
    ["<E>", /not well-formed/],
    ["<E><A></E>", /not well-formed/],
    [`${two()}x`, /not well-formed/],
    [two() + two(), /not well-formed/],
    [two(`KH="${KH}" KH="${KH}" ID="id"`), /"KH" occurs twice/],
    [two(`KH="<" ID="id"`), /not well-formed: the value of the attribute "KH" holds </],
    [two(undefined, '<L P="1" N="a&b"/>'), /not well-formed: & begins no reference/],
    [`<!DOCTYPE E>${two()}`, /DOCTYPE/],
    [`<!ENTITY a "b">${two()}`, /ENTITY/],
    [`${"<E>".repeat(200)}${"</E>".repeat(200)}`, /nested deeper/],
    [two(`KH="${KH}" ID="${"x".repeat(70_000)}"`), /attribute ID has 70000 characters/],
    [`<E>${" ".repeat(1 << 20)}</E>`, /XML has \d+ characters/],
  ];
  for (const [raw, reason] of neither) {
    const parsed = parseConnectionString(raw);
    assert.equal(parsed.form, null, raw.slice(0, 60));
    assert.equal(parsed.raw, raw);
    assert.match(parsed.violations[0]!, reason);
  }
});

test("limits: addresses and listeners are counted", () => {
  const many = form1(ONE.replace("PC:3389", "PC:1;".repeat(1000)));
  assert.equal(many.machine_addresses.length, 256);
  const listeners = form2(two(undefined, '<L P="1" N="pc"/>'.repeat(1000)));
  assert.equal(listeners.transports[0]!.listeners.length, 256);
  assert.match(listeners.violations[0]!, /More than 256 listeners/);
  const transports = (count: number) => {
    const { violations, transports } = form2(
      two(undefined, `<L P="1" N="pc"/></T>${"<T></T>".repeat(count - 2)}<T>`),
    );
    return [transports.length, violations.some((v) => v.startsWith("More than 256 transports: "))];
  };
  assert.deepEqual(transports(256), [256, false]);
  assert.deepEqual(transports(257), [256, true]);
});

test("hostile texts take time in proportion to their length", () => {
  const shapes: ((size: number) => string)[] = [
    (size) => `${" ".repeat(size)}x`,
    (size) => `1,1,${":".repeat(size)},*,a,*,*,b`,
    (size) => `1,1,${"a ".repeat(size)}`,
    (size) => ",".repeat(size),
    (size) => `<E ${" ".repeat(size)}x`,
    (size) => `<E A="${"&#65;".repeat(size / 10)}"/>`,
    (size) => "<!--".repeat(size / 4),
    (size) => `<E>${"<A/>".repeat(size / 4)}</E>`,
    (size) => `<E A="${"\n ".repeat(size / 10)}"/>`,
  ];
  for (const shape of shapes) {
    assertLinear((size) => {
      const text = shape(size);
      return () => parseConnectionString(text);
    }, 40_000);
  }
});

test("property: form 1 put together from its parts reads back", () => {
  const base64 = fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString("base64"));
  const host = fc.oneof(fc.ipV4(), fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,14}$/));
  const address = fc.record({ host, port: fc.integer({ min: 1, max: 65535 }) }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 8 }), base64, base64, (addresses, id, parms) => {
      const list = addresses.map(({ host: name, port }) => `${name}:${port}`).join(";");
      const parsed = form1(`65538,1,${list},*,${id},*,*,${parms}`);
      assert.deepEqual(parsed.machine_addresses, addresses);
      assert.deepEqual([parsed.ra_session_id, parsed.protocol_specific_parms], [id, parms]);
      assert.deepEqual(parsed.violations, []);
    }),
  );
});

test("property: nothing throws, raw is always the input", () => {
  const near = fc.constantFrom(ONE, two(), PRINTED_1, PRINTED_2);
  const mutated = fc
    .tuple(near, fc.nat(400), fc.nat(20), fc.string({ maxLength: 4, unit: "binary" }))
    .map(([text, at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), mutated), (raw) => {
      const parsed = parseConnectionString(raw);
      assert.equal(parsed.raw, raw);
      if (parsed.form === null) assert.ok(parsed.violations.length > 0);
    }),
    { numRuns: 500 },
  );
});

test("a string cut anywhere: no rule is broken by what is missing, and nothing is reported that the whole does not show", () => {
  for (const raw of [PRINTED_1, PRINTED_2, ONE, two(), two(undefined, '<L U="wss://a/b" N="pc"/>')]) {
    const whole = parseConnectionString(raw);
    assert.deepEqual(whole.violations, []);
    let form: unknown = null;
    for (let n = 1; n < raw.length; n++) {
      const cut = parseConnectionString(raw.slice(0, n), false);
      assert.deepEqual(cut.violations, [], raw.slice(0, n));
      assert.equal(cut.raw, raw.slice(0, n));
      // Once the form is known it stays known.
      if (form !== null) assert.equal(cut.form, form, raw.slice(0, n));
      form = cut.form;
      if (cut.form === null) continue;
      assert.equal(cut.form, whole.form);
      for (const value of leaves({ ...cut, raw: null })) {
        assert.ok(leaves({ ...whole, raw: null }).has(value), `${raw.slice(0, n)}: ${value}`);
      }
    }
    assert.equal(form, whole.form);
  }
});

function leaves(value: unknown): Set<unknown> {
  if (value === null || typeof value !== "object") return new Set([value]);
  return new Set(
    Object.values(value)
      .flatMap((inner) => [...leaves(inner)])
      .concat(null),
  );
}

test("what is captured of a string that was cut may break rules", () => {
  const cases: [string, RegExp][] = [
    ["65539,1,10.0.0.1:3389;PC:3389,*,a", /ProtocolVersion is "65539"/],
    ["65538,1,10.0.0.1:x;PC:3389", /no number: "x"/],
    ["65538,1,10.0.0.1:3389,secret,a", /assistantAccountPwd is "secret"/],
    [`<E><A KH="short" ID="x"`, /KH is not the base64 form/],
    [`<E><A ID="x"/><C`, /no KH attribute/],
    [`<E><A KH="${KH}" ID="x"/><C><T ID="1" SID="2"></T><T`, /no listener node/],
    [`<E><A KH="<" ID`, /not well-formed: .* holds </],
    [`<F a="1"`, /root node is <F>/],
  ];
  for (const [raw, why] of cases) {
    const { violations } = parseConnectionString(raw, false);
    assert.equal(violations.length, 1, `${raw}: ${violations.join(" ")}`);
    assert.match(violations[0]!, why);
  }
});
