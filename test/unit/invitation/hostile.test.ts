/** Files that mean harm or are broken: one clear sentence each, nothing fetched, nothing executed, bounded work. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Invitation, parseInvitation } from "../../../dissectors/rai/invitation.js";
import { assertLinear } from "../../support/growth.js";
import {
  CLOSES_ITSELF,
  encoded,
  invitationXml,
  STRING_2,
  TYPE_1,
  type2,
} from "../../support/invitation/novice.js";

function error(text: string | Uint8Array, password = "p"): string {
  const invitation: Invitation = parseInvitation(typeof text === "string" ? Buffer.from(text) : text, [
    password,
  ]);
  assert.match(invitation.error ?? "", /^[A-Z].*\.$/s, `no sentence: ${invitation.error}`);
  assert.ok(invitation.error!.length < 400);
  return invitation.error!;
}

const good = invitationXml(TYPE_1);
const bomb = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("");

const HOSTILE: [string, string | Uint8Array, RegExp][] = [
  [
    "an entity bomb",
    `<!DOCTYPE UPLOADINFO [<!ENTITY l0 "x">${bomb}]>${good.replace("jeff", "&l10;")}`,
    /DOCTYPE/,
  ],
  [
    "an external entity",
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${good.replace("jeff", "&x;")}`,
    /DOCTYPE/,
  ],
  ["an external subset", `<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">${good}`, /DOCTYPE/],
  ["a bare DOCTYPE", `<!DOCTYPE UPLOADINFO>${good}`, /DOCTYPE/],
  ["a DOCTYPE in UTF-16", encoded(`<!DOCTYPE UPLOADINFO>${good}`, "utf-16be", true), /DOCTYPE/],
  ["an entity declaration", `<!ENTITY x "y">${good}`, /ENTITY/],
  ["references beyond number", good.replace("jeff", "&#65;".repeat(100_000)), /not well-formed|limit/i],
  ["a megabyte attribute", good.replace("jeff", "x".repeat(1 << 20)), /XML has \d+ characters, more than/],
  ["a long attribute", good.replace("jeff", "x".repeat(70_000)), /Attribute USERNAME has 70000 characters/],
  ["depth", `${"<UPLOADINFO>".repeat(1000)}${"</UPLOADINFO>".repeat(1000)}`, /nested deeper than 32/],
  ["a doubled attribute", good.replace("USERNAME=", 'USERNAME="x" USERNAME='), /"USERNAME" occurs twice/],
  [
    "an unclosed document",
    good.replace("</UPLOADINFO>", ""),
    /cut short: the element "UPLOADINFO" is never closed/,
  ],
  ["an unclosed quote", good.replace('jeff"', "jeff"), /not well-formed/],
  ["an unclosed comment", `<!-- ${good}`, /comment/],
  ["two roots", good + good.replace(/^<\?[^>]*>/, ""), /not well-formed/],
  ["text behind", `${good}x`, /not well-formed/],
  ["a prototype's name", good.replace("USERNAME", "__proto__"), /__proto__/],
  ["another root", "<html><body/></html>", /root element is <html>/],
  ["no UPLOADDATA", `<UPLOADINFO TYPE="Escalated"/>`, /no UPLOADDATA/],
  ["no ticket", invitationXml({ USERNAME: "jeff" }), /neither RCTICKET nor LHTICKET/],
  ["an empty ticket", invitationXml({ ...TYPE_1, LHTICKET: "" }), /LHTICKET is empty/],
  ["wrong hex", invitationXml({ ...TYPE_1, LHTICKET: "00XY" }), /no hex: "X" at digit 3/],
  [
    "an odd number of digits",
    invitationXml({ ...TYPE_1, LHTICKET: "0".repeat(33) }),
    /odd number of digits \(33\)/,
  ],
  ["half a block", invitationXml({ ...TYPE_1, LHTICKET: "0".repeat(48) }), /no whole blocks/],
  [
    "noise for a ticket",
    invitationXml({ ...TYPE_1, LHTICKET: "5A".repeat(64) }),
    /password does not decrypt/,
  ],
  ["a string with a bomb inside", invitationXml(type2("p", `<!DOCTYPE E>${STRING_2}`)), /DOCTYPE/],
  ["an empty file", new Uint8Array(0), /empty/],
  ["white space", " \r\n ", /neither/],
  ["NULs", new Uint8Array(1000), /neither|empty/],
  ["plain text", "hello", /neither an invitation nor a connection string/],
  ["a picture", Buffer.from("89504e470d0a1a0a0000000d49484452ffffffff", "hex"), /neither UTF-8 nor UTF-16/],
  ["half a character", encoded(good, "utf-16le", true).subarray(0, -1), /cut short/],
  [
    "a lone surrogate",
    Buffer.concat([encoded(good, "utf-16le", true), Buffer.from([0, 0xd8, 0x20, 0])]),
    /no utf-16le/,
  ],
  [
    "half a pair at the end",
    Buffer.concat([encoded(good, "utf-16le", true), Buffer.from([0, 0xd8])]),
    /cut short: it ends in the middle of a character/,
  ],
  ["UTF-32", Buffer.from("fffe00003c000000", "hex"), /UTF-32/],
  ["five megabytes", new Uint8Array(5 << 20).fill(0x20), /more than 4194304 bytes/],
];
for (const [what, text, sentence] of HOSTILE) {
  test(`${what}: a clear error`, () => assert.match(error(text), sentence));
}

test("what repeats takes time in proportion to its length", () => {
  const shapes: ((n: number) => string)[] = [
    (n) => good.replace("jeff", "&#65;".repeat(n)),
    (n) => `${"<UPLOADINFO>".repeat(n)}${"</UPLOADINFO>".repeat(n)}`,
    (n) => `<!DOCTYPE UPLOADINFO [${bomb.repeat(n / 100)}]>${good}`,
    (n) => `${good}${"<!---->".repeat(n)}`,
  ];
  for (const shape of shapes) {
    assertLinear((n) => {
      const file = Buffer.from(shape(n));
      return () => parseInvitation(file, ["p"]);
    }, 10_000);
  }
});

test("what was read before the fault is kept", () => {
  const invitation = parseInvitation(Buffer.from(invitationXml({ ...TYPE_1, LHTICKET: "zz" })), ["p"]);
  assert.equal(invitation.username, "jeff");
  assert.equal(invitation.kind, 2);
  assert.equal(invitation.connection_string?.form, 1);
  assert.equal(invitation.start, 1160080069);
});

test("entities of XML are resolved; unknown ones make the file no XML", () => {
  const xml = good.replace("jeff", "a&amp;b &lt;c&gt; &#x41;&#66; &quot;&apos; &amp;lt;");
  assert.equal(parseInvitation(Buffer.from(xml)).username, "a&b <c> AB \"' &lt;");
  const unknown = parseInvitation(Buffer.from(good.replace("jeff", "a&unknown;b")));
  assert.equal(unknown.username, null);
  assert.match(unknown.error!, /not well-formed: "&unknown;" refers to nothing/);
});

test("< in an attribute value is no XML", () => {
  const invitation = parseInvitation(Buffer.from(good.replace("jeff", "je<ff")));
  assert.equal(invitation.connection_string, null);
  assert.match(invitation.error!, /not well-formed: the value of the attribute "USERNAME" holds </);
});

test("property: no bytes make it throw", () => {
  const files = [
    invitationXml(TYPE_1),
    invitationXml(type2("p")),
    invitationXml(TYPE_1, { ...CLOSES_ITSELF, end: "/></UPLOADDATA></UPLOADINFO>" }),
    STRING_2,
  ].flatMap((text) => [encoded(text, "utf-8", false), encoded(text, "utf-16le", true)]);
  const mutated = fc
    .tuple(fc.constantFrom(...files), fc.nat(2000), fc.nat(40), fc.uint8Array({ maxLength: 6 }))
    .map(([bytes, at, cut, put]) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      const invitation = parseInvitation(bytes, ["p"]);
      if (invitation.connection_string === null) assert.notEqual(invitation.error, null);
    }),
    { numRuns: 500 },
  );
  for (const file of files)
    for (let end = 0; end < file.length; end += 7) parseInvitation(file.subarray(0, end), ["p"]);
});
