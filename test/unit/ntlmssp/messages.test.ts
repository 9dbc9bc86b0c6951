/** The messages of NTLMSSP: every field, wherever it lies, and what becomes of messages that lie or end early. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readAvPairs } from "../../../dissectors/ntlmssp/av-pairs.js";
import { flagNames } from "../../../dissectors/ntlmssp/flags.js";
import {
  type AuthenticateMessage,
  type ChallengeMessage,
  type NegotiateMessage,
  type NtlmMessage,
  readNtlmMessage,
  versionText,
} from "../../../dissectors/ntlmssp/messages.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { readFileTime } from "../../../dissectors/wire/file-time.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import {
  AV_EOL,
  ascii,
  authenticate,
  avPair,
  challenge,
  negotiate,
  ntlmv2Response,
  PAYLOAD,
  u32,
  utf16,
} from "../../support/ntlmssp/build.js";
import { unhex } from "../../support/security/hexdump.js";

const UNICODE_FLAGS = 0xe2888215;
const TIME = unhex("c080d8c8a1d6d601");
const MACHINE = unhex("11".repeat(32));
const PAIRS = concat(
  avPair(2, utf16("EXAMPLE")),
  avPair(1, utf16("NOVICE")),
  avPair(4, utf16("example.org")),
  avPair(3, utf16("novice.example.org")),
  avPair(5, utf16("example.org")),
  avPair(7, TIME),
  avPair(6, u32(2)),
  avPair(8, concat(u32(48), u32(0), unhex("0000000000300000"), MACHINE)),
  avPair(10, new Uint8Array(16)),
  avPair(9, utf16("host/novice")),
  avPair(0x1234, unhex("beef")),
  AV_EOL,
);
const NTLMV2 = ntlmv2Response(unhex("77".repeat(16)), PAIRS, TIME);
const FULL = {
  lm: new Uint8Array(24),
  nt: NTLMV2,
  domain: utf16("EXAMPLE"),
  user: utf16("Jürgen"),
  workstation: utf16("EXPERT"),
  key: unhex("55".repeat(16)),
  mic: unhex("99".repeat(16)),
};

function auth(bytes: Uint8Array, flags: number | null = null): AuthenticateMessage {
  const message = readNtlmMessage(new Reader(bytes), flags);
  assert.equal(message.MessageType, 3);
  return message as AuthenticateMessage;
}

describe("NEGOTIATE_MESSAGE", () => {
  it("has names in the OEM code page and a version", () => {
    const m = readNtlmMessage(new Reader(negotiate(0xe208b297, "DOM", "WKS"))) as NegotiateMessage;
    assert.deepEqual(
      [m.DomainName, m.WorkstationName, versionText(m.Version!)],
      ["DOM", "WKS", "10.0.17763"],
    );
    assert.deepEqual(m.faults, []);
  });

  it("may end after its flags, or before its version", () => {
    const short = readNtlmMessage(new Reader(negotiate(0xe208b297).subarray(0, 16))) as NegotiateMessage;
    assert.deepEqual([short.DomainName, short.WorkstationName, short.Version], [null, null, null]);
    const older = readNtlmMessage(new Reader(negotiate(0x00008207).subarray(0, 32))) as NegotiateMessage;
    assert.deepEqual([older.DomainName, older.Version, older.faults], [null, null, []]);
  });

  it("has no names where the flags do not say so", () => {
    const m = readNtlmMessage(new Reader(negotiate(0xe2088297, "DOM", "WKS"))) as NegotiateMessage;
    assert.deepEqual([m.DomainName, m.WorkstationName], [null, null]);
  });
});

describe("CHALLENGE_MESSAGE", () => {
  const sc = unhex("0123456789abcdef");

  it("has every AV pair by name", () => {
    const m = readNtlmMessage(
      new Reader(challenge(UNICODE_FLAGS, sc, utf16("EXAMPLE"), PAIRS)),
    ) as ChallengeMessage;
    assert.equal(m.TargetName, "EXAMPLE");
    assert.equal(hex(m.ServerChallenge!), hex(sc));
    assert.deepEqual(
      m.TargetInfo.map((p) => [p.name, p.value]),
      [
        ["MsvAvNbDomainName", "EXAMPLE"],
        ["MsvAvNbComputerName", "NOVICE"],
        ["MsvAvDnsDomainName", "example.org"],
        ["MsvAvDnsComputerName", "novice.example.org"],
        ["MsvAvDnsTreeName", "example.org"],
        ["MsvAvTimestamp", "2020-12-20T07:29:00.1718976Z"],
        ["MsvAvFlags", 2],
        ["MsvAvSingleHost", { Size: 48, Z4: 0, CustomData: "0000000000300000", MachineID: "11".repeat(32) }],
        ["MsvAvChannelBindings", "00".repeat(16)],
        ["MsvAvTargetName", "host/novice"],
        ["0x1234", "beef"],
      ],
    );
    assert.deepEqual(m.faults, []);
  });

  it("has AV pairs of a wrong length, which are reported", () => {
    const read = (...pairs: Uint8Array[]): ChallengeMessage =>
      readNtlmMessage(
        new Reader(challenge(UNICODE_FLAGS, sc, utf16("X"), concat(...pairs))),
      ) as ChallengeMessage;
    const host = concat(u32(48), u32(0), unhex("0000000000300000"), new Uint8Array(32).fill(0x11));
    const cases: [id: number, value: Uint8Array, shown: unknown, fault: string][] = [
      [6, unhex("0200"), "0200", "MsvAvFlags has 2 bytes instead of 4; shown as hex"],
      [6, unhex("0200000000"), "0200000000", "MsvAvFlags has 5 bytes instead of 4; shown as hex"],
      [6, unhex(""), "", "MsvAvFlags has 0 bytes instead of 4; shown as hex"],
      [7, unhex("aa"), "aa", "MsvAvTimestamp has 1 byte instead of 8; shown as hex"],
      [7, new Uint8Array(9), "00".repeat(9), "MsvAvTimestamp has 9 bytes instead of 8; shown as hex"],
      [8, host.subarray(0, 47), null, "MsvAvSingleHost has 47 bytes instead of 48; shown as hex"],
      [
        8,
        concat(host, unhex("ff")),
        null,
        "MsvAvSingleHost has 49 bytes instead of 48; the first 48 are decoded",
      ],
      [
        10,
        new Uint8Array(15),
        "00".repeat(15),
        "MsvAvChannelBindings has 15 bytes instead of 16; shown as hex",
      ],
      [
        10,
        new Uint8Array(20),
        "00".repeat(20),
        "MsvAvChannelBindings has 20 bytes instead of 16; shown as hex",
      ],
    ];
    for (const [id, value, shown, fault] of cases) {
      const m = read(avPair(2, utf16("D")), avPair(id, value), avPair(1, utf16("N")), AV_EOL);
      assert.deepEqual(m.faults, [`TargetInfo: ${fault}`]);
      assert.deepEqual(
        m.TargetInfo.map(({ AvId }) => AvId),
        [2, id, 1],
      );
      if (shown !== null) assert.equal(m.TargetInfo[1]!.value, shown);
    }
    const end = read(avPair(2, utf16("D")), avPair(0, unhex("0000")));
    assert.deepEqual(end.faults, ["TargetInfo: MsvAvEOL claims 2 bytes instead of none"]);
    // No length is prescribed for what has no name.
    assert.deepEqual(read(avPair(0x77, unhex("00")), AV_EOL).faults, []);
  });

  it("is read in its oldest form, and in OEM", () => {
    const old = concat(
      ascii("NTLMSSP\0"),
      u32(2),
      unhex("0600060020000000"),
      u32(0x8202),
      sc,
      ascii("SERVER"),
    );
    const m = readNtlmMessage(new Reader(old)) as ChallengeMessage;
    assert.deepEqual([m.TargetName, m.TargetInfo, m.Version, m.faults], ["SERVER", [], null, []]);
    const oem = readNtlmMessage(
      new Reader(challenge(0x8202, sc, ascii("SERVER"), AV_EOL, null)),
    ) as ChallengeMessage;
    assert.equal(oem.TargetName, "SERVER");
  });

  it("keeps its flags where the challenge is cut off", () => {
    const m = readNtlmMessage(
      new Reader(challenge(UNICODE_FLAGS, sc, utf16("X"), PAIRS).subarray(0, 28)),
    ) as ChallengeMessage;
    assert.equal(m.ServerChallenge, null);
    assert.equal(m.NegotiateFlags, UNICODE_FLAGS);
    assert.ok(m.faults.length > 0);
  });
});

describe("AUTHENTICATE_MESSAGE", () => {
  it("is the same whatever the order of its fields", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...PAYLOAD], { minLength: 6, maxLength: 6 }), (order) => {
        const m = auth(authenticate({ ...FULL, order }));
        assert.deepEqual([m.UserName, m.DomainName, m.Workstation], ["Jürgen", "EXAMPLE", "EXPERT"]);
        assert.equal(hex(m.EncryptedRandomSessionKey!), "55".repeat(16));
        assert.equal(m.kind, "ntlmv2");
        assert.equal(m.micOffset, 72);
        assert.equal(m.ntlmv2!.NTLMv2_CLIENT_CHALLENGE.AvPairs.length, 11);
        assert.equal(m.ntlmv2!.NTLMv2_CLIENT_CHALLENGE.TimeStamp, "2020-12-20T07:29:00.1718976Z");
        assert.deepEqual(m.faults, []);
      }),
      { numRuns: 50 },
    );
  });

  it("has OEM names where Unicode was not negotiated", () => {
    const m = auth(
      authenticate({
        ...FULL,
        flags: 0xe2888216,
        domain: ascii("EXAMPLE"),
        user: ascii("J\xfcrgen"),
        workstation: ascii("W"),
      }),
    );
    assert.deepEqual([m.UserName, m.DomainName, m.Workstation], ["Jürgen", "EXAMPLE", "W"]);
  });

  it("distinguishes the versions of the response", () => {
    const v1 = unhex("aa".repeat(24));
    const ess = concat(unhex("bb".repeat(8)), new Uint8Array(16));
    const none = new Uint8Array(0);
    const kind = (lm: Uint8Array, nt: Uint8Array, flags = UNICODE_FLAGS, user = utf16("u")): string =>
      auth(authenticate({ ...FULL, lm, nt, flags, user })).kind;
    assert.equal(kind(v1, v1), "ntlmv1");
    assert.equal(kind(ess, v1), "ntlmv1_ess");
    assert.equal(kind(ess, v1, 0x00008201), "ntlmv1");
    assert.equal(kind(new Uint8Array(24), NTLMV2), "ntlmv2");
    assert.equal(kind(v1, none), "lm");
    assert.equal(kind(Uint8Array.of(0), none, UNICODE_FLAGS, none), "anonymous");
    assert.equal(kind(none, none, UNICODE_FLAGS, none), "anonymous");
    assert.equal(kind(none, unhex("aabb")), "malformed");
  });

  it("has AV pairs of a wrong length in its response, which are reported", () => {
    const nt = ntlmv2Response(unhex("77".repeat(16)), concat(avPair(10, new Uint8Array(8)), AV_EOL));
    assert.deepEqual(auth(authenticate({ ...FULL, nt })).faults, [
      "NTLMv2_CLIENT_CHALLENGE.AvPairs: MsvAvChannelBindings has 8 bytes instead of 16; shown as hex",
    ]);
  });

  it("has a MIC where MsvAvFlags says so and the payload leaves room", () => {
    const withoutFlag = ntlmv2Response(unhex("77".repeat(16)), concat(avPair(1, utf16("N")), AV_EOL));
    assert.equal(auth(authenticate(FULL)).micOffset, 72);
    assert.equal(auth(authenticate({ ...FULL, mic: new Uint8Array(16) })).micOffset, 72);
    assert.equal(auth(authenticate({ ...FULL, nt: withoutFlag, mic: new Uint8Array(16) })).micOffset, null);
    assert.equal(auth(authenticate({ ...FULL, nt: withoutFlag })).micOffset, 72);
    const at72 = auth(authenticate({ ...FULL, mic: null }));
    assert.equal(at72.micOffset, null);
    assert.match(at72.faults.join(), /MIC/);
    const at64 = auth(
      authenticate({ ...FULL, nt: withoutFlag, version: null, mic: null, flags: 0xe0888215 }),
    );
    assert.deepEqual([at64.micOffset, at64.Version, at64.faults], [null, null, []]);
    const at64mic = auth(authenticate({ ...FULL, version: null, flags: 0xe0888215 }));
    assert.equal(at64mic.micOffset, 64);
  });

  it("is read in the form without session key and flags", () => {
    const lm = unhex("aa".repeat(24));
    const m = auth(authenticate({ lm, nt: lm, user: ascii("bob"), domain: ascii("D"), short: true }), 0x8202);
    assert.deepEqual([m.UserName, m.DomainName, m.kind], ["bob", "D", "ntlmv1"]);
    assert.equal(m.EncryptedRandomSessionKey, null);
    const guessed = auth(authenticate({ lm, nt: lm, user: utf16("bob"), short: true }));
    assert.equal(guessed.UserName, "bob");
  });

  it("shows an NTLMv2 response of another version, and none where its fixed part is cut", () => {
    const other = Uint8Array.from(NTLMV2);
    other.set([2, 3], 16);
    const m = auth(authenticate({ ...FULL, nt: other }));
    assert.deepEqual(m.faults, ["NTLMv2_CLIENT_CHALLENGE: RespType 2 and HiRespType 3, both must be 1"]);
    assert.equal(m.ntlmv2!.NTLMv2_CLIENT_CHALLENGE.RespType, 2);
    const cut = auth(authenticate({ ...FULL, nt: NTLMV2.subarray(0, 43) }));
    assert.deepEqual(cut.faults, ["NtChallengeResponse: 43 bytes are too few for an NTLMv2 response"]);
    assert.equal(cut.ntlmv2, null);
    assert.equal(cut.UserName, "Jürgen");
  });

  it("loses one field to one lie", () => {
    const good = authenticate(FULL);
    for (const [offset, name] of [
      [28, "DomainName"],
      [36, "UserName"],
      [44, "Workstation"],
    ] as const) {
      const bad = Uint8Array.from(good);
      bad.set(u32(0xfffffff0), offset + 4);
      const m = auth(bad);
      assert.equal(m[name], null);
      assert.equal(m.faults.length, 1);
      assert.match(m.faults[0]!, new RegExp(name));
      const others = (["DomainName", "UserName", "Workstation"] as const).filter((n) => n !== name);
      for (const other of others) assert.notEqual(m[other], null);
    }
  });
});

describe("AV pairs and flags", () => {
  it("keeps what came before a list without end, or cut", () => {
    const faults: string[] = [];
    assert.equal(readAvPairs(new Reader(avPair(1, utf16("A"))), { faults, where: "x" }).length, 1);
    assert.equal(
      readAvPairs(new Reader(concat(avPair(1, utf16("A")), unhex("0200ff00"))), { faults, where: "x" })
        .length,
      1,
    );
    assert.equal(faults.length, 2);
    const endless = concat(...Array.from({ length: 1000 }, () => avPair(1, utf16("A"))));
    assert.ok(readAvPairs(new Reader(endless), { faults, where: "x" }).length <= 256);
  });

  it("shows a value of unexpected size as it is", () => {
    const faults: string[] = [];
    const pairs = readAvPairs(new Reader(concat(avPair(6, unhex("0102")), avPair(7, unhex("00")), AV_EOL)), {
      faults,
      where: "x",
    });
    assert.deepEqual(
      pairs.map((p) => p.value),
      ["0102", "00"],
    );
  });

  it("prints times to the year 9999, and numbers beyond", () => {
    const fileTime = (ticks: bigint): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(ticks);
      return readFileTime(new Reader(bytes));
    };
    assert.equal(fileTime(0n), "1601-01-01T00:00:00.0000000Z");
    assert.equal(fileTime(132000000000000001n), "2019-04-17T18:40:00.0000001Z");
    assert.equal(fileTime(0x7fffffffffffffffn), "9223372036854775807");
    assert.equal(fileTime(0xffffffffffffffffn), "18446744073709551615");
  });

  it("names every bit, known or not", () => {
    assert.equal(flagNames(0xffffffff).length, 32);
    assert.deepEqual(flagNames(0x08), ["0x00000008"]);
    assert.deepEqual(flagNames(0x80000000), ["NTLMSSP_NEGOTIATE_56"]);
  });
});

describe("damaged messages", () => {
  const samples: [string, Uint8Array][] = [
    ["NEGOTIATE", negotiate(0xe208b297, "DOM", "WKS")],
    ["CHALLENGE", challenge(UNICODE_FLAGS, unhex("0123456789abcdef"), utf16("EXAMPLE"), PAIRS)],
    ["AUTHENTICATE", authenticate(FULL)],
  ];

  function tolerant(bytes: Uint8Array): NtlmMessage | null {
    try {
      return readNtlmMessage(new Reader(bytes));
    } catch (fault) {
      assert.ok(fault instanceof WireError, String(fault));
      return null;
    }
  }

  for (const [name, bytes] of samples) {
    it(`${name}: every prefix is read or refused with a WireError`, () => {
      for (let n = 0; n <= bytes.length; n++) tolerant(bytes.subarray(0, n));
    });

    it(`${name}: so is every byte changed`, () => {
      for (let i = 0; i < bytes.length; i++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
          const bent = Uint8Array.from(bytes);
          bent[i] = value;
          tolerant(bent);
        }
      }
    });

    it(`${name}: so is any noise behind a right beginning`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), (noise, at) => {
          tolerant(concat(bytes.subarray(0, 12 + at), noise));
        }),
      );
    });
  }

  it("keeps the user of a message cut in its payload", () => {
    const order = ["user", "domain", "workstation", "lm", "nt", "key"] as const;
    const whole = authenticate({ ...FULL, order });
    const m = auth(whole.subarray(0, whole.length - 40));
    assert.equal(m.UserName, "Jürgen");
    assert.equal(m.EncryptedRandomSessionKey, null);
  });
});

describe("UTF-16 of an odd number of bytes is a fault", () => {
  it("text in the OEM code page where UTF-16 was negotiated is shown as what it looks like", () => {
    const m = auth(authenticate({ ...FULL, user: ascii("carol"), workstation: ascii("WS3") }));
    assert.equal(m.UserName, "carol");
    assert.equal(m.Workstation, "WS3");
    assert.equal(m.DomainName, "EXAMPLE");
    assert.equal(m.faults.length, 2);
    assert.match(m.faults[0]!, /^UserName: 5 bytes cannot be UTF-16.*single-byte/);
    assert.match(m.faults[1]!, /^Workstation: 3 bytes/);
  });

  it("UTF-16 that lost half its last character keeps the others", () => {
    const cut = utf16("carol").subarray(0, 9);
    const m = auth(authenticate({ ...FULL, user: cut, domain: concat(utf16("EX"), Uint8Array.of(0)) }));
    assert.equal(m.UserName, "caro");
    assert.equal(m.DomainName, "EX");
    assert.equal(m.faults.length, 2);
    assert.match(m.faults[0]!, /^UserName: 9 bytes.*without the last byte/);
  });

  it("so it is in a server's names and in AV pairs", () => {
    const pairs = concat(avPair(1, ascii("SRV")), avPair(9, concat(utf16("a"), Uint8Array.of(0x41))), AV_EOL);
    const m = readNtlmMessage(new Reader(challenge(UNICODE_FLAGS, new Uint8Array(8), ascii("CORPS"), pairs)));
    assert.equal((m as ChallengeMessage).TargetName, "CORPS");
    assert.equal(m.faults.length, 3);
    assert.ok(m.faults.some((f) => /^TargetName: 5 bytes/.test(f)));
    assert.ok(m.faults.some((f) => /MsvAvNbComputerName has 3 bytes/.test(f)));
    assert.ok(m.faults.some((f) => /MsvAvTargetName has 3 bytes/.test(f)));
  });

  it("not in the OEM code page, and not where bytes are binary", () => {
    const oem = (UNICODE_FLAGS & ~1) | 2;
    const none = authenticate({
      ...FULL,
      domain: ascii("D"),
      workstation: ascii("W"),
      user: ascii("bob"),
      flags: oem,
    });
    assert.deepEqual(auth(none).faults, []);
    assert.equal(auth(none).UserName, "bob");
    const faults: string[] = [];
    readAvPairs(new Reader(concat(avPair(0x1234, unhex("beef01")), AV_EOL)), { faults, where: "t" });
    assert.deepEqual(faults, []);
  });
});
