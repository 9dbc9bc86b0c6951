/** The fields of security tokens: names of the specifications, every byte in one of them, and values as without names. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readGssToken } from "../../../dissectors/kerberos/gss.js";
import { readKerberos } from "../../../dissectors/kerberos/messages.js";
import { readNtlmMessage } from "../../../dissectors/ntlmssp/messages.js";
import { OID_KERBEROS, OID_NTLMSSP, OID_SPNEGO, readSpnego } from "../../../dissectors/spnego/tokens.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { readToken } from "../../../src/explain/token.js";
import { apReq, authenticator, encrypted, kdcRep, kdcReq, ticket } from "../../support/kerberos/build.js";
import {
  AV_EOL,
  authenticate,
  avPair,
  challenge,
  negotiate,
  ntlmv2Response,
  u32,
  utf16,
} from "../../support/ntlmssp/build.js";
import { unhex } from "../../support/security/hexdump.js";
import {
  application,
  context,
  enumerated,
  octetString,
  oid,
  sequence,
} from "../../support/spnego/der-build.js";
import { insideOf, linesOf, tracedOf, uncovered } from "../../support/traced.js";

const SPNEGO = 9;
const NTLMSSP = 10;
const KERBEROS = 16;
const PAIRS = concat(avPair(2, utf16("LAB")), avPair(6, u32(2)), AV_EOL);
const AUTHENTICATE = authenticate({
  nt: ntlmv2Response(unhex("77".repeat(16)), PAIRS, unhex("c080d8c8a1d6d601")),
  lm: new Uint8Array(24),
  domain: utf16("LAB"),
  user: utf16("helga"),
  workstation: utf16("W"),
  key: unhex("55".repeat(16)),
  mic: unhex("99".repeat(16)),
  order: ["domain", "user", "workstation", "lm", "nt", "key"],
});
const SERVICE = ticket("LAB.EXAMPLE", ["host", "w"], 18, 2, new Uint8Array(20));
const AP_REQ = apReq(0x20000000, SERVICE, encrypted(18, null, new Uint8Array(9)));
const GSS_AP_REQ = application(0, oid(OID_KERBEROS), unhex("0100"), AP_REQ);
const INIT = application(
  0,
  oid(OID_SPNEGO),
  context(
    0,
    sequence(context(0, sequence(oid(OID_KERBEROS), oid(OID_NTLMSSP))), context(2, octetString(GSS_AP_REQ))),
  ),
);
const RESP = context(
  1,
  sequence(
    context(0, enumerated(0)),
    context(2, octetString(AUTHENTICATE)),
    context(3, octetString(unhex("01000000c7b12793fa2e02ee00000000"))),
  ),
);
const TOKENS: readonly (readonly [string, number, Uint8Array])[] = [
  ["NEGOTIATE_MESSAGE", NTLMSSP, negotiate(0xe2088297, "LAB", "W")],
  ["CHALLENGE_MESSAGE", NTLMSSP, challenge(0xe2898215, new Uint8Array(8), utf16("LAB"), PAIRS)],
  ["AUTHENTICATE_MESSAGE", NTLMSSP, AUTHENTICATE],
  ["negTokenInit", SPNEGO, INIT],
  ["negTokenResp", SPNEGO, RESP],
  ["AP-REQ", KERBEROS, GSS_AP_REQ],
  ["TGS-REQ", KERBEROS, kdcReq("TGS-REQ", AP_REQ, ["host", "w"], "LAB.EXAMPLE", [SERVICE])],
  ["Authenticator", KERBEROS, authenticator("LAB.EXAMPLE", ["helga"], null, 7)],
  [
    "TGS-REP",
    KERBEROS,
    kdcRep("TGS-REP", "LAB.EXAMPLE", ["helga"], SERVICE, encrypted(18, null, new Uint8Array(8)), null),
  ],
];

function outcomeOf(read: () => void): void {
  try {
    read();
  } catch (fault) {
    if (!(fault instanceof WireError)) throw fault;
  }
}

function fields(bytes: Uint8Array, authType: number, verifies = false) {
  return tracedOf(bytes, (r) => outcomeOf(() => readToken(r, authType, verifies)));
}

describe("fields of tokens", () => {
  it("are those of [MS-NLMP], in the order of their bytes", () => {
    const lines = linesOf(fields(AUTHENTICATE, NTLMSSP)).map((line) => line.trim());
    for (const line of [
      "NTLMSSP 0+216",
      "MessageType 8+4 NtLmAuthenticate",
      "LmChallengeResponseFields 12+8",
      "LmChallengeResponseLen 12+2 24",
      "LmChallengeResponseMaxLen 14+2 1800",
      "LmChallengeResponseBufferOffset 16+4 106",
      "MIC 72+16 99999999999999999999999999999999",
      "UserName 94+10 helga",
      "ChallengeFromClient 162+8 aaaaaaaaaaaaaaaa",
      "AV_PAIR[0] 174+10",
      "AvId 174+2 MsvAvNbDomainName",
      "Value 178+6 LAB",
      "EncryptedRandomSessionKey 200+16 55555555555555555555555555555555",
    ]) {
      assert.ok(lines.includes(line), `${line}\n${lines.join("\n")}`);
    }
  });

  it("are those of [RFC 4120] inside of SPNEGO, with what RPC does not need", () => {
    const names = linesOf(fields(INIT, SPNEGO)).map((line) => line.trim().split(/ \d+\+/)[0]);
    for (const name of [
      "thisMech",
      "MechType",
      "mechToken",
      "TOK_ID",
      "pvno",
      "msg-type",
      "ap-options",
      "tkt-vno",
    ])
      assert.ok(names.includes(name), `${name} of ${names}`);
    for (const name of ["realm", "sname", "name-type", "KerberosString", "kvno", "cipher", "authenticator"])
      assert.ok(names.includes(name), `${name} of ${names}`);
  });

  it("tell the parts of what protects a message", () => {
    const ntlm = linesOf(fields(unhex("01000000c7b12793fa2e02ee05000000"), SPNEGO, true));
    assert.deepEqual(ntlm.slice(1), [
      "  NTLMSSP_MESSAGE_SIGNATURE 0+16",
      "    Version 0+4 1",
      "    Checksum 4+8 c7b12793fa2e02ee",
      "    SeqNum 12+4 5",
    ]);
    const mic = linesOf(fields(unhex(`040405ffffffffff0000000000000009${"ab".repeat(12)}`), SPNEGO, true));
    assert.deepEqual(
      mic.slice(2).map((line) => line.trim().split(" ").slice(0, 2).join(" ")),
      ["TOK_ID 0+2", "Flags 2+1", "Filler 3+5", "SND_SEQ 8+8", "SGN_CKSUM 16+12"],
    );
    const wrap = linesOf(fields(unhex(`050406ff0000001c000000000000000a${"cd".repeat(60)}`), SPNEGO, true));
    assert.deepEqual(
      wrap.slice(2).map((line) => line.trim().split(" ").slice(0, 2).join(" ")),
      ["TOK_ID 0+2", "Flags 2+1", "Filler 3+1", "EC 4+2", "RRC 6+2", "SND_SEQ 8+8", "Data 16+60"],
    );
    const channel = linesOf(fields(unhex(`77007a00ffff0000${"01".repeat(24)}`), 68, true));
    assert.deepEqual(
      channel.slice(2).map((line) => line.trim().split(" ").slice(0, 2).join(" ")),
      [
        "SignatureAlgorithm 0+2",
        "SealAlgorithm 2+2",
        "Pad 4+2",
        "Flags 6+2",
        "SequenceNumber 8+8",
        "Checksum 16+8",
        "Confounder 24+8",
      ],
    );
  });

  it("do not depend on the byte order of what carries them", () => {
    for (const [, authType, bytes] of TOKENS) {
      const [little, big] = [true, false].map((order) =>
        tracedOf(bytes, (r) => outcomeOf(() => readToken(r, authType, false)), order),
      );
      assert.deepEqual(linesOf(big!), linesOf(little!));
    }
  });

  for (const [name, authType, bytes] of TOKENS) {
    it(`have every byte of ${name}`, () => {
      const root = fields(bytes, authType);
      assert.deepEqual(name === "Authenticator" ? [] : uncovered(root, 0, bytes.length), []);
    });
  }
});

describe("a trace", () => {
  const READERS = [
    (r: Reader) => readNtlmMessage(r),
    (r: Reader) => readSpnego(r),
    (r: Reader) => readKerberos(r),
    (r: Reader) => readGssToken(r),
  ];
  /** What a reader gives, or what is wrong. */
  function outcome(read: (r: Reader) => unknown, r: Reader): unknown {
    try {
      return read(r);
    } catch (fault) {
      if (!(fault instanceof WireError)) throw fault;
      return [fault.kind, fault.message, fault.offset];
    }
  }

  it("changes no value and no fault, and stays inside, whatever the bytes are", () => {
    const damaged = fc
      .tuple(
        fc.constantFrom(...TOKENS.map(([, , bytes]) => bytes)),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
        fc.nat(400),
      )
      .map(([bytes, changes, cut]) => {
        const copy = bytes.slice(0, cut < 100 ? bytes.length : cut);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(damaged, (bytes) => {
        for (const read of READERS) {
          let traced: unknown;
          const root = tracedOf(bytes, (r) => {
            traced = outcome(read, r);
          });
          assert.deepEqual(traced, outcome(read, new Reader(bytes)));
          assert.ok(insideOf(root, bytes.length));
        }
        for (const type of [SPNEGO, NTLMSSP, KERBEROS, 14, 68])
          for (const verifies of [false, true])
            assert.ok(insideOf(fields(bytes, type, verifies), bytes.length));
      }),
      { numRuns: 400 },
    );
  });
});
