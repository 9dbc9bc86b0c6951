/** [MS-RAI] section 6: the two real files, the printed samples, every rule, every encoding and layout. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { type Invitation, parseInvitation } from "../../../dissectors/rai/invitation.js";
import { invitationRecord } from "../../../src/invitation/record.js";
import {
  BROKEN_OVER_LINES,
  CLOSES_ITSELF,
  type Encoding,
  encoded,
  invitationXml,
  type Layout,
  lhticket,
  rc4,
  STRING_1,
  STRING_2,
  TYPE_1,
  type2,
} from "../../support/invitation/novice.js";
import { validateRecord } from "../../support/output/validate.js";
import { sharedDir } from "../../support/shared.js";

function read(text: string | Uint8Array, ...passwords: string[]): Invitation {
  const invitation = parseInvitation(typeof text === "string" ? Buffer.from(text) : text, passwords);
  assert.deepEqual(validateRecord(invitationRecord("file", invitation, 0)), []);
  return invitation;
}

const shared = sharedDir();
const skip = shared === null && "no ../shared";
const real = (name: string): Buffer => readFileSync(join(shared!, "invitations", name));

test("a real file of type 1", { skip }, () => {
  const invitation = read(real("xp-administrator.msrcincident"), "Password1");
  assert.equal(invitation.kind, 1);
  assert.equal(invitation.encoding, "utf-16le");
  assert.equal(invitation.username, "Administrator");
  assert.equal(invitation.pass_stub, "RT=0PvIndan52*");
  assert.equal(
    invitation.pass_stub_encrypted,
    "3c9cae0bce7ab15c8aac01d676045edf3ffaf092e2de368a2017e68a0ded7c90",
  );
  assert.deepEqual(invitation.violations, []);
  assert.equal(invitation.error, null);
  const record = invitationRecord("f", invitation, 1314905741 + 180 * 60 - 1);
  assert.equal(record.created, "2011-09-01T19:35:41Z");
  assert.equal(record.expires, "2011-09-01T22:35:41Z");
  assert.equal(record.expired, false);
  assert.equal(invitationRecord("f", invitation, 1314905741 + 180 * 60).expired, true);
  assert.equal(record.link, "high_speed");
});

test("a real file of type 2", { skip }, () => {
  const invitation = read(real("vista-awake.msrcincident"), "48BJQ853X3B4");
  assert.equal(invitation.kind, 2);
  assert.equal(invitation.encoding, "utf-8");
  assert.deepEqual(invitation.lhticket, { bytes: 608, decrypted: true });
  const string = invitation.connection_string;
  assert.equal(string?.form, 2);
  if (string?.form !== 2) return;
  assert.match(string.raw, /<\/E>\r\n$/);
  assert.equal(string.auth.kh, "BNRjdu97DyczQSRuMRrDWoue+HA=");
  assert.equal(string.auth.id, "+ULZ6ifjoCa6cGPMLQiGHRPwkg6VyJqGwxMnO6GcelwUh9a6/FBq3It5ADSndmLL");
  assert.deepEqual(string.transports, [
    {
      id: "1",
      sid: "0",
      listeners: [
        { port: 49228, name: "fe80::1032:53d9:5a01:909b%3", uri: null },
        { port: 49229, name: "fe80::3d8f:9b2d:6b4e:6aa%6", uri: null },
        { port: 49230, name: "192.168.1.200", uri: null },
        { port: 49231, name: "169.254.6.170", uri: null },
      ],
    },
  ]);
  assert.deepEqual(invitation.violations, []);
  assert.deepEqual(
    invitationRecord("f", invitation, 0).listeners.map((listener) => listener.class),
    ["link_local", "link_local", "private", "link_local"],
  );
});

test("a real file of type 2 without a password, and with a wrong one", { skip }, () => {
  const bytes = real("vista-awake.msrcincident");
  const locked = read(bytes);
  assert.deepEqual(locked.lhticket, { bytes: 608, decrypted: null });
  assert.equal(locked.connection_string?.form, 1);
  assert.equal(locked.error, null);
  const wrong = read(bytes, "48BJQ853X3B5");
  assert.deepEqual(wrong.lhticket, { bytes: 608, decrypted: false });
  assert.equal(wrong.connection_string?.form, 1);
  assert.match(wrong.error!, /password does not decrypt LHTICKET/);
  assert.equal(read(bytes, "x", "48BJQ853X3B4").error, null);
});

/** The samples as they stand in a revision's text, blank lines between the printed lines taken out. */
function printed(revision: string): string[] {
  const text = readFileSync(join(shared!, `spec/MS-RAI-${revision}.md`), "utf8");
  const samples = text.match(/<\?xml version="1\.0" encoding="Unicode" \?>[\s\S]*?<\/UPLOADINFO>/g)!;
  return samples.map((sample) => sample.replace(/^```\n/gm, "").replace(/\n\n+/g, "\n"));
}

for (const revision of ["latest", "2014"]) {
  test(`the sample of type 1 of the ${revision} revision`, { skip }, () => {
    for (const encoding of ["utf-8", "utf-16le", "utf-16be"] as const) {
      const invitation = read(encoded(printed(revision)[0]!, encoding, false));
      assert.equal(invitation.kind, 1);
      assert.equal(invitation.encoding, encoding);
      assert.equal(invitation.username, "jeff");
      assert.equal(invitation.pass_stub, "o2*5GdBARK_JBB");
      assert.equal(invitation.rcticket?.form, 1);
      assert.equal(invitation.start, 1160080069);
      assert.equal(invitation.duration, 60);
      // The 2014 revision closes UPLOADDATA twice.
      assert.deepEqual(
        invitation.violations,
        revision === "latest" ? [] : ["The XML is not well-formed: UPLOADDATA is closed twice."],
      );
      assert.equal(invitation.error, null);
    }
  });
}

test("the sample of type 2 of the latest revision", { skip }, () => {
  const invitation = read(printed("latest")[1]!);
  assert.equal(invitation.kind, 2);
  assert.deepEqual(invitation.lhticket, { bytes: 880, decrypted: null });
  assert.equal(invitation.pass_stub, "fg^2IkiL*z3j4U");
  const { rcticket } = invitation;
  assert.equal(rcticket?.form === 1 && rcticket.ra_session_id?.length, 64);
  assert.deepEqual(invitation.violations, []);
  assert.equal(invitation.error, null);
  assert.match(read(printed("latest")[1]!, "guess").error!, /password does not decrypt/);
});

test("the sample of type 2 of the 2014 revision has lost a byte to the scanner, and says so", {
  skip,
}, () => {
  const invitation = read(printed("2014")[1]!, "guess");
  assert.equal(invitation.kind, 2);
  assert.equal(invitation.lhticket?.bytes, 879);
  assert.match(invitation.error!, /879 bytes, which are no whole blocks of 16/);
  assert.equal(invitation.rcticket?.form, 1);
});

const ENCODINGS: Encoding[] = ["utf-8", "utf-16le", "utf-16be"];
const LAYOUTS: [string, Layout][] = [
  ["UPLOADDATA closes itself", CLOSES_ITSELF],
  ["UPLOADDATA has a closing tag, attributes over lines", BROKEN_OVER_LINES],
  ["no declaration", { ...CLOSES_ITSELF, declaration: "" }],
  [
    "a declaration that lies",
    { ...CLOSES_ITSELF, declaration: '<?xml version="1.0" encoding="ISO-8859-1"?>' },
  ],
  ["a declaration of UTF-16", { ...CLOSES_ITSELF, declaration: '<?xml version="1.0" encoding="UTF-16"?>' }],
  ["blank lines in front", { ...CLOSES_ITSELF, declaration: '\r\n <?xml version="1.0"?>\r\n' }],
];
for (const encoding of ENCODINGS) {
  for (const mark of [true, false]) {
    for (const [what, layout] of LAYOUTS) {
      test(`${encoding} ${mark ? "with" : "without"} byte order mark: ${what}`, () => {
        const attributes = { ...type2("pässwörd"), USERNAME: "jérôme \u4e2d\u6587 & <co>" };
        const invitation = read(encoded(invitationXml(attributes, layout), encoding, mark), "pässwörd");
        assert.equal(invitation.encoding, encoding);
        assert.equal(invitation.username, attributes.USERNAME);
        assert.equal(invitation.connection_string?.raw, STRING_2);
        assert.deepEqual(invitation.violations, []);
        assert.equal(invitation.error, null);
      });
    }
  }
}

test("values broken over lines are put together", () => {
  const broken = (text: string): string => text.replace(/(.{40})/g, "$1\r\n      ");
  const attributes = { ...type2("secret") };
  attributes.LHTICKET = broken(attributes.LHTICKET!);
  attributes.RCTICKET = STRING_1.replace("dGlja2V0", "dGlj\n   a2V0");
  const invitation = read(invitationXml(attributes, BROKEN_OVER_LINES), "secret");
  assert.equal(invitation.connection_string?.raw, STRING_2);
  assert.equal(invitation.rcticket?.form === 1 && invitation.rcticket.ra_session_id, "dGlja2V0LWlk");
  assert.equal(invitation.rcticket?.raw, attributes.RCTICKET);
});

test("UPLOADDATA that is never closed is mended and noted", () => {
  const invitation = read(invitationXml(TYPE_1, { ...CLOSES_ITSELF, end: "></UPLOADINFO>" }));
  assert.equal(invitation.username, "jeff");
  assert.deepEqual(invitation.violations, ["The XML is not well-formed: UPLOADDATA is never closed."]);
});

test("bare connection strings", () => {
  for (const encoding of ENCODINGS) {
    for (const mark of [true, false]) {
      for (const [text, form] of [
        [STRING_1, 1],
        [STRING_2, 2],
      ] as const) {
        const invitation = read(encoded(text, encoding, mark));
        assert.equal(invitation.kind, null);
        assert.equal(invitation.encoding, encoding);
        assert.equal(invitation.connection_string?.form, form);
        assert.equal(invitation.error, null);
        assert.deepEqual(invitation.violations, []);
      }
    }
  }
  assert.match(read(STRING_1.replace("65538", "65537")).violations[0]!, /ProtocolVersion/);
});

test("ticket not encrypted, modem, no password stub", () => {
  const { PassStub: _, ...rest } = TYPE_1;
  const invitation = read(invitationXml({ ...rest, RCTICKETENCRYPTED: "0", L: "1" }), "unused");
  assert.equal(invitation.rcticket_encrypted, false);
  assert.equal(invitation.link, "modem");
  assert.equal(invitation.pass_stub_encrypted, null);
  assert.deepEqual(invitation.violations, []);
});

const without = (name: string): { [name: string]: string } => {
  const { [name]: _, ...rest } = TYPE_1;
  return rest;
};
const RULES: [string, string, RegExp][] = [
  [
    "TYPE MUST be Escalated",
    invitationXml(TYPE_1, { ...CLOSES_ITSELF, type: "Normal" }),
    /TYPE .* MUST be "Escalated"/,
  ],
  ["TYPE is there", invitationXml(TYPE_1, { ...CLOSES_ITSELF, type: null }), /TYPE of UPLOADINFO is missing/],
  ["case counts", invitationXml(TYPE_1, { ...CLOSES_ITSELF, type: "escalated" }), /"escalated"/],
  ["USERNAME is there", invitationXml(without("USERNAME")), /no USERNAME/],
  ["RCTICKETENCRYPTED is there", invitationXml(without("RCTICKETENCRYPTED")), /no RCTICKETENCRYPTED/],
  [
    "RCTICKETENCRYPTED is 0 or 1",
    invitationXml({ ...TYPE_1, RCTICKETENCRYPTED: "yes" }),
    /RCTICKETENCRYPTED is "yes"/,
  ],
  ["DtStart is there", invitationXml(without("DtStart")), /no DtStart/],
  ["DtStart is a number", invitationXml({ ...TYPE_1, DtStart: "-1" }), /DtStart is "-1"/],
  ["DtStart is a time", invitationXml({ ...TYPE_1, DtStart: "99999999999999" }), /DtStart is/],
  ["DtLength is there", invitationXml(without("DtLength")), /no DtLength/],
  ["DtLength is a number", invitationXml({ ...TYPE_1, DtLength: "1h" }), /DtLength is "1h"/],
  ["PassStub is there where the ticket is protected", invitationXml(without("PassStub")), /no PassStub/],
  [
    "PassStub has 14 characters",
    invitationXml({ ...TYPE_1, PassStub: "short" }),
    /5 characters instead of 14/,
  ],
  ["L is there", invitationXml(without("L")), /no L attribute/],
  ["L is 0 or 1", invitationXml({ ...TYPE_1, L: "2" }), /L is "2"/],
  [
    "the rules of connection strings",
    invitationXml({ ...TYPE_1, RCTICKET: STRING_1.replace(",1,", ",7,") }),
    /RCTICKET: protocolType is "7"; it MUST be 1/,
  ],
  [
    "RCTICKET is form 1",
    invitationXml({ ...TYPE_1, RCTICKET: STRING_2 }),
    /RCTICKET holds connection string 2/,
  ],
];
for (const [rule, xml, sentence] of RULES) {
  test(`rule: ${rule}`, () => {
    const invitation = read(xml);
    assert.equal(invitation.violations.length, 1, JSON.stringify(invitation.violations));
    assert.match(invitation.violations[0]!, sentence);
    assert.equal(invitation.error, null);
  });
}

test("rules of the encrypted string are reported as well", () => {
  const text = STRING_2.replace('P="49200"', 'P="0"');
  const invitation = read(invitationXml(type2("p", text)), "p");
  assert.equal(invitation.violations.length, 1);
  assert.match(invitation.violations[0]!, /^LHTICKET: .*outside 1 to 65535/);
});

test("wrong passwords and damage are distinguished", () => {
  const good = type2("secret");
  const ticket = Buffer.from(good.LHTICKET!, "hex");
  const blocks = ticket.length / 16;
  const outcome = (bytes: Uint8Array, password = "secret"): string | null => {
    const attributes = { ...good, LHTICKET: Buffer.from(bytes).toString("hex") };
    const invitation = read(invitationXml(attributes), password);
    assert.equal(invitation.lhticket?.decrypted, invitation.error === null);
    return invitation.error;
  };
  assert.equal(outcome(ticket), null);
  for (let i = 0; i < 300; i++) assert.match(outcome(ticket, `guess${i}`)!, /password does not decrypt/);
  for (let block = 0; block < blocks; block++) {
    const damaged = Buffer.from(ticket);
    damaged.fill(0xa5, block * 16, block * 16 + 16);
    assert.match(outcome(damaged)!, /password fits, but LHTICKET is damaged/, `block ${block + 1}`);
  }
  assert.match(outcome(ticket.subarray(0, -16))!, /password fits.*padding is wrong/);
  assert.match(outcome(ticket.subarray(16))!, /password fits.*block/);
  assert.match(outcome(ticket.subarray(0, -1))!, /no whole blocks of 16/);
});

test("a ticket that opens to something else", () => {
  const invitation = read(invitationXml(type2("p", "hello, this is no connection string")), "p");
  assert.match(invitation.error!, /password fits, but LHTICKET holds no connection string/);
  assert.equal(invitation.connection_string?.form, 1);
  const other = read(invitationXml(type2("p", STRING_1)), "p");
  assert.match(other.violations[0]!, /LHTICKET holds connection string 1 instead of 2/);
});

test("a computer name beyond ASCII is no damage", () => {
  for (const name of ["münchen-straße", "компьютер", "山田のパソコン", "υπολογιστής"]) {
    const text = STRING_2.replace("10.0.0.7", name);
    const invitation = read(invitationXml(type2("p", text)), "p");
    assert.equal(invitation.error, null);
    assert.equal(invitation.connection_string?.raw, text);
  }
});

test("property: what the test's own code encrypts the program decrypts", () => {
  const name = fc.stringMatching(/^[a-z0-9.:-]{1,30}$/);
  const listeners = fc.array(fc.tuple(fc.integer({ min: 1, max: 65535 }), name), {
    minLength: 1,
    maxLength: 6,
  });
  const password = fc.string({ minLength: 1, maxLength: 30, unit: "binary" });
  fc.assert(
    fc.property(
      password,
      listeners,
      fc.constantFrom(...ENCODINGS),
      fc.boolean(),
      (secret, list, encoding, mark) => {
        const rows = list.map(([port, host]) => `<L P="${port}" N="${host}"/>`).join("");
        const text = STRING_2.replace(/<L .*\/>(?=<\/T>)/, rows);
        const xml = invitationXml(type2(secret, text));
        const invitation = read(encoded(xml, encoding, mark), secret);
        assert.equal(invitation.error, null);
        assert.equal(invitation.connection_string?.raw, text);
        const string = invitation.connection_string;
        assert.deepEqual(
          string?.form === 2 && string.transports[0]!.listeners.map(({ port, name: host }) => [port, host]),
          list,
        );
        assert.equal(read(encoded(xml, encoding, mark), `${secret}x`).lhticket?.decrypted, false);
      },
    ),
    { numRuns: 60 },
  );
});

test("property: the novice finds its own PassStub in what the expert would send", () => {
  const stub = fc
    .string({ minLength: 14, maxLength: 14 })
    .filter((text) => text.length === 14 && !/[\t\n\r]/.test(text));
  fc.assert(
    fc.property(fc.string({ maxLength: 20, unit: "binary" }), stub, (password, passStub) => {
      const invitation = read(invitationXml({ ...TYPE_1, PassStub: passStub }), password);
      const key = createHash("md5").update(Buffer.from(password, "utf16le")).digest();
      const plain = rc4(key, Buffer.from(invitation.pass_stub_encrypted!, "hex"));
      assert.equal(plain.readUInt32LE(0), 28);
      assert.equal(plain.toString("utf16le", 4), passStub);
    }),
    { numRuns: 60 },
  );
});

test("property: one flipped bit of a ticket is seen as damage or as another string, never as a wrong password", () => {
  const ticket = Buffer.from(lhticket("secret", STRING_2), "hex");
  fc.assert(
    fc.property(fc.nat(ticket.length - 1), fc.nat(7), (at, bit) => {
      const damaged = Buffer.from(ticket);
      damaged[at]! ^= 1 << bit;
      const { error } = read(invitationXml({ ...TYPE_1, LHTICKET: damaged.toString("hex") }), "secret");
      assert.doesNotMatch(error ?? "", /does not open/);
      assert.notEqual(error, null);
    }),
    { numRuns: 100, seed: 7 },
  );
});
