/** [MS-NLMP] 4.2, all of it: one-way functions, responses, keys, messages, and sealed data of the three variants. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { des, desl } from "../../../dissectors/crypto/des.js";
import { crc32, hmacMd5 } from "../../../dissectors/crypto/digest.js";
import { Rc4, rc4 } from "../../../dissectors/crypto/rc4.js";
import { flagNames } from "../../../dissectors/ntlmssp/flags.js";
import {
  exportedSessionKey,
  extendedChallenge,
  keyExchangeKey,
  lmKeyExchangeKey,
  lmowfV1,
  micHolds,
  ntowfV1,
  ntowfV2,
  sealKey,
  signKey,
} from "../../../dissectors/ntlmssp/keys.js";
import {
  type AuthenticateMessage,
  type ChallengeMessage,
  readNtlmMessage,
  versionText,
} from "../../../dissectors/ntlmssp/messages.js";
import {
  extendedChecksum,
  openPlainSignature,
  readExtendedSignature,
  signExtended,
} from "../../../dissectors/ntlmssp/sealing.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { utf16Bytes } from "../../../dissectors/wire/text.js";
import { signPlain } from "../../support/ntlmssp/sign-plain.js";
import { dump, unhex } from "../../support/security/hexdump.js";

const USER = "User";
const DOMAIN = "Domain";
const PASSWORD = "Password";
const RANDOM_SESSION_KEY = unhex("55".repeat(16));
const SERVER_CHALLENGE = unhex("0123456789abcdef");
const PLAINTEXT = utf16Bytes("Plaintext");
const NT_HASH = ntowfV1(PASSWORD);
const LM_HASH = lmowfV1(PASSWORD)!;
const HASHES = { nt: NT_HASH, lm: LM_HASH };

const CHALLENGE_V1 = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 02 00 00 00 0c 00 0c 00
0000010: 38 00 00 00 33 82 02 e2 01 23 45 67 89 ab cd ef
0000020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0000030: 06 00 70 17 00 00 00 0f 53 00 65 00 72 00 76 00
0000040: 65 00 72 00`);
const AUTHENTICATE_V1 = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00
0000010: 6c 00 00 00 18 00 18 00 84 00 00 00 0c 00 0c 00
0000020: 48 00 00 00 08 00 08 00 54 00 00 00 10 00 10 00
0000030: 5c 00 00 00 10 00 10 00 9c 00 00 00 35 82 80 e2
0000040: 05 01 28 0a 00 00 00 0f 44 00 6f 00 6d 00 61 00
0000050: 69 00 6e 00 55 00 73 00 65 00 72 00 43 00 4f 00
0000060: 4d 00 50 00 55 00 54 00 45 00 52 00 98 de f7 b8
0000070: 7f 88 aa 5d af e2 df 77 96 88 a1 72 de f1 1c 7d
0000080: 5c cd ef 13 67 c4 30 11 f3 02 98 a2 ad 35 ec e6
0000090: 4f 16 33 1c 44 bd be d9 27 84 1f 94 51 88 22 b1
00000A0: b3 f3 50 c8 95 86 82 ec bb 3e 3c b7`);
const CHALLENGE_ESS = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 02 00 00 00 0c 00 0c 00
0000010: 38 00 00 00 33 82 0a 82 01 23 45 67 89 ab cd ef
0000020: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0000030: 06 00 70 17 00 00 00 0f 53 00 65 00 72 00 76 00
0000040: 65 00 72 00`);
const AUTHENTICATE_ESS = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00
0000010: 6c 00 00 00 18 00 18 00 84 00 00 00 0c 00 0c 00
0000020: 48 00 00 00 08 00 08 00 54 00 00 00 10 00 10 00
0000030: 5c 00 00 00 00 00 00 00 9c 00 00 00 35 82 08 82
0000040: 05 01 28 0a 00 00 00 0f 44 00 6f 00 6d 00 61 00
0000050: 69 00 6e 00 55 00 73 00 65 00 72 00 43 00 4f 00
0000060: 4d 00 50 00 55 00 54 00 45 00 52 00 aa aa aa aa
0000070: aa aa aa aa 00 00 00 00 00 00 00 00 00 00 00 00
0000080: 00 00 00 00 75 37 f8 03 ae 36 71 28 ca 45 82 04
0000090: bd e7 ca f8 1e 97 ed 26 83 26 72 32`);
const CHALLENGE_V2 = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 02 00 00 00 0c 00 0c 00
0000010: 38 00 00 00 33 82 8a e2 01 23 45 67 89 ab cd ef
0000020: 00 00 00 00 00 00 00 00 24 00 24 00 44 00 00 00
0000030: 06 00 70 17 00 00 00 0f 53 00 65 00 72 00 76 00
0000040: 65 00 72 00 02 00 0c 00 44 00 6f 00 6d 00 61 00
0000050: 69 00 6e 00 01 00 0c 00 53 00 65 00 72 00 76 00
0000060: 65 00 72 00 00 00 00 00`);
const AUTHENTICATE_V2 = dump(`
0000000: 4e 54 4c 4d 53 53 50 00 03 00 00 00 18 00 18 00
0000010: 6c 00 00 00 54 00 54 00 84 00 00 00 0c 00 0c 00
0000020: 48 00 00 00 08 00 08 00 54 00 00 00 10 00 10 00
0000030: 5c 00 00 00 10 00 10 00 d8 00 00 00 35 82 88 e2
0000040: 05 01 28 0a 00 00 00 0f 44 00 6f 00 6d 00 61 00
0000050: 69 00 6e 00 55 00 73 00 65 00 72 00 43 00 4f 00
0000060: 4d 00 50 00 55 00 54 00 45 00 52 00 86 c3 50 97
0000070: ac 9c ec 10 25 54 76 4a 57 cc cc 19 aa aa aa aa
0000080: aa aa aa aa 68 cd 0a b8 51 e5 1c 96 aa bc 92 7b
0000090: eb ef 6a 1c 01 01 00 00 00 00 00 00 00 00 00 00
00000A0: 00 00 00 00 aa aa aa aa aa aa aa aa 00 00 00 00
00000B0: 02 00 0c 00 44 00 6f 00 6d 00 61 00 69 00 6e 00
00000C0: 01 00 0c 00 53 00 65 00 72 00 76 00 65 00 72 00
00000D0: 00 00 00 00 00 00 00 00 c5 da d2 54 4f c9 79 90
00000E0: 94 ce 1c e9 0b c9 d0 3e`);

function challenge(bytes: Uint8Array): ChallengeMessage {
  const message = readNtlmMessage(new Reader(bytes));
  assert.equal(message.MessageType, 2);
  return message as ChallengeMessage;
}

function authenticate(bytes: Uint8Array): AuthenticateMessage {
  const message = readNtlmMessage(new Reader(bytes));
  assert.equal(message.MessageType, 3);
  return message as AuthenticateMessage;
}

describe("[MS-NLMP] 4.2.2 NTLM v1", () => {
  const flags = challenge(CHALLENGE_V1).NegotiateFlags;

  it("4.2.2 challenge flags by name", () => {
    assert.equal(flags, 0xe2028233);
    assert.deepEqual(flagNames(flags).sort(), [
      "NTLMSSP_NEGOTIATE_128",
      "NTLMSSP_NEGOTIATE_56",
      "NTLMSSP_NEGOTIATE_ALWAYS_SIGN",
      "NTLMSSP_NEGOTIATE_KEY_EXCH",
      "NTLMSSP_NEGOTIATE_NTLM",
      "NTLMSSP_NEGOTIATE_SEAL",
      "NTLMSSP_NEGOTIATE_SIGN",
      "NTLMSSP_NEGOTIATE_UNICODE",
      "NTLMSSP_NEGOTIATE_VERSION",
      "NTLMSSP_TARGET_TYPE_SERVER",
      "NTLM_NEGOTIATE_OEM",
    ]);
  });

  it("4.2.2.1 one-way functions and session base key", () => {
    assert.equal(hex(des(Buffer.from("PASSWOR"), Buffer.from("KGS!@#$%"))), "e52cac67419a9a22");
    assert.equal(hex(LM_HASH), "e52cac67419a9a224a3b108f3fa6cb6d");
    assert.equal(hex(NT_HASH), "a4f49c406510bdcab6824ee7c30fd852");
    const kx = keyExchangeKey(authenticate(AUTHENTICATE_V1), flags, SERVER_CHALLENGE, HASHES);
    assert.equal(hex(kx as Uint8Array), "d87262b0cde4b1cb7499becccdf10784");
  });

  it("4.2.2.2 responses, LM key exchange keys and encrypted session keys", () => {
    const nt = desl(NT_HASH, SERVER_CHALLENGE);
    const lm = desl(LM_HASH, SERVER_CHALLENGE);
    assert.equal(hex(nt), "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
    assert.equal(hex(lm), "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13");
    const lmKey = lmKeyExchangeKey(flags | 0x80, LM_HASH, lm);
    assert.equal(hex(lmKey), "b09e379f7fbecb1eaf0afdcb0383c8a0");
    const base = unhex("d87262b0cde4b1cb7499becccdf10784");
    assert.equal(hex(rc4(base, RANDOM_SESSION_KEY)), "518822b1b3f350c8958682ecbb3e3cb7");
    const nonNt = lmKeyExchangeKey(flags | 0x400000, LM_HASH, lm);
    assert.equal(hex(rc4(nonNt, RANDOM_SESSION_KEY)), "7452ca55c225a1ca04b48fae32cf56fc");
    assert.equal(hex(rc4(lmKey, RANDOM_SESSION_KEY)), "4cd7bb57d697ef9b549f02b8f9b37864");
  });

  it("4.2.2.2 the LM key variants through the message", () => {
    const message = authenticate(AUTHENTICATE_V1);
    for (const [flag, wire] of [
      [0x80, "4cd7bb57d697ef9b549f02b8f9b37864"],
      [0x400000, "7452ca55c225a1ca04b48fae32cf56fc"],
    ] as const) {
      const kx = keyExchangeKey(message, flags | flag, SERVER_CHALLENGE, HASHES) as Uint8Array;
      assert.deepEqual(exportedSessionKey(flags | flag, kx, unhex(wire)), RANDOM_SESSION_KEY);
      assert.equal(
        keyExchangeKey(message, flags | flag, SERVER_CHALLENGE, { nt: NT_HASH, lm: null }),
        "no-lm-hash",
      );
    }
  });

  it("4.2.2.3 messages", () => {
    const c = challenge(CHALLENGE_V1);
    assert.equal(c.TargetName, "Server");
    assert.deepEqual(Buffer.from(c.ServerChallenge!), Buffer.from(SERVER_CHALLENGE));
    assert.equal(versionText(c.Version!), "6.0.6000");
    assert.equal(c.Version!.NTLMRevisionCurrent, 15);
    assert.deepEqual(c.TargetInfo, []);
    const a = authenticate(AUTHENTICATE_V1);
    assert.deepEqual([a.DomainName, a.UserName, a.Workstation], [DOMAIN, USER, "COMPUTER"]);
    assert.deepEqual([a.kind, a.micOffset, a.faults], ["ntlmv1", null, []]);
    assert.equal(versionText(a.Version!), "5.1.2600");
    const kx = keyExchangeKey(a, a.NegotiateFlags, SERVER_CHALLENGE, HASHES) as Uint8Array;
    assert.deepEqual(
      exportedSessionKey(a.NegotiateFlags, kx, a.EncryptedRandomSessionKey),
      RANDOM_SESSION_KEY,
    );
  });

  it("4.2.2.4 sealed data and signature", () => {
    assert.equal(crc32(PLAINTEXT), 0x93aa847d);
    const cipher = new Rc4(sealKey(flags, RANDOM_SESSION_KEY, "client"));
    const data = Uint8Array.from(PLAINTEXT);
    cipher.apply(data);
    assert.equal(hex(data), "56fe04d861f9319af0d7238a2e3b4d457fb8");
    // The example leaves the random pad in, which 3.4.4.1 sets to zero.
    const signature = signPlain(cipher, 0, PLAINTEXT);
    assert.equal(hex(signature.subarray(8)), "09dcd1df2e459d36");
    const again = new Rc4(sealKey(flags, RANDOM_SESSION_KEY, "client"));
    again.apply(data);
    assert.deepEqual(data, PLAINTEXT);
    const opened = openPlainSignature(new Reader(unhex("0100000045c844e509dcd1df2e459d36")), again);
    assert.equal(opened.crcHolds(data), true);
    assert.equal(opened.SeqNum, 0);
  });
});

describe("[MS-NLMP] 4.2.3 NTLM v1 with client challenge", () => {
  const flags = challenge(CHALLENGE_ESS).NegotiateFlags;

  it("4.2.3.1 and 4.2.3.2 key exchange key and responses", () => {
    const a = authenticate(AUTHENTICATE_ESS);
    assert.equal(a.kind, "ntlmv1_ess");
    assert.equal(hex(a.LmChallengeResponse!), `${"aa".repeat(8)}${"00".repeat(16)}`);
    const answered = extendedChallenge(SERVER_CHALLENGE, a.LmChallengeResponse!);
    assert.equal(hex(desl(NT_HASH, answered)), "7537f803ae367128ca458204bde7caf81e97ed2683267232");
    const kx = keyExchangeKey(a, flags, SERVER_CHALLENGE, HASHES) as Uint8Array;
    assert.equal(hex(kx), "eb93429a8bd952f8b89c55b87f475edc");
    assert.deepEqual(exportedSessionKey(a.NegotiateFlags, kx, a.EncryptedRandomSessionKey), kx);
  });

  it("4.2.3.3 messages", () => {
    const a = authenticate(AUTHENTICATE_ESS);
    assert.deepEqual([a.DomainName, a.UserName, a.Workstation], [DOMAIN, USER, "COMPUTER"]);
    assert.equal(a.EncryptedRandomSessionKey?.length, 0);
    assert.deepEqual([a.micOffset, a.faults], [null, []]);
  });

  it("4.2.3.4 56-bit sealing without key exchange", () => {
    const kx = unhex("eb93429a8bd952f8b89c55b87f475edc");
    const sealing = sealKey(flags, kx, "client");
    const signing = signKey(flags, kx, "client")!;
    assert.equal(hex(sealing), "04dd7f014d8504d265a25cc86a3a7c06");
    assert.equal(hex(signing), "60e799be5c72fc92922ae8ebe961fb8d");
    const data = rc4(sealing, PLAINTEXT);
    assert.equal(hex(data), "a02372f6530273f3aa1eb90190ce5200c99d");
    assert.equal(hex(extendedChecksum(signing, 0, PLAINTEXT)), "ff2aeb52f681793a");
    assert.equal(hex(signExtended(signing, null, 0, PLAINTEXT)), "01000000ff2aeb52f681793a00000000");
  });
});

describe("[MS-NLMP] 4.2.4 NTLMv2", () => {
  const flags = challenge(CHALLENGE_V2).NegotiateFlags;

  it("4.2.4.1 and 4.2.4.2 one-way function, responses, session keys", () => {
    const key = ntowfV2(NT_HASH, USER, DOMAIN);
    assert.equal(hex(key), "0c868a403bfd7a93a3001ef22ef02e3f");
    const a = authenticate(AUTHENTICATE_V2);
    const clientChallenge = unhex("aa".repeat(8));
    assert.equal(
      hex(hmacMd5(key, SERVER_CHALLENGE, clientChallenge)),
      hex(a.LmChallengeResponse!.subarray(0, 16)),
    );
    assert.equal(hex(a.LmChallengeResponse!), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
    assert.equal(hex(a.ntlmv2!.Response), "68cd0ab851e51c96aabc927bebef6a1c");
    const temp =
      "0101000000000000" +
      "0000000000000000aaaaaaaaaaaaaaaa00000000" +
      "02000c0044006f006d00610069006e00" +
      "01000c00530065007200760065007200" +
      "0000000000000000";
    assert.equal(hex(a.ntlmv2!.temp), temp);
    const kx = keyExchangeKey(a, flags, SERVER_CHALLENGE, HASHES) as Uint8Array;
    assert.equal(hex(kx), "8de40ccadbc14a82f15cb0ad0de95ca3");
    assert.equal(hex(a.EncryptedRandomSessionKey!), "c5dad2544fc9799094ce1ce90bc9d03e");
    assert.deepEqual(exportedSessionKey(flags, kx, a.EncryptedRandomSessionKey), RANDOM_SESSION_KEY);
  });

  it("4.2.4.3 messages", () => {
    const c = challenge(CHALLENGE_V2);
    assert.deepEqual(
      c.TargetInfo.map((pair) => [pair.name, pair.value]),
      [
        ["MsvAvNbDomainName", "Domain"],
        ["MsvAvNbComputerName", "Server"],
      ],
    );
    const a = authenticate(AUTHENTICATE_V2);
    assert.deepEqual([a.kind, a.micOffset, a.faults], ["ntlmv2", null, []]);
    assert.equal(a.ntlmv2!.NTLMv2_CLIENT_CHALLENGE.TimeStamp, "1601-01-01T00:00:00.0000000Z");
    assert.equal(a.ntlmv2!.NTLMv2_CLIENT_CHALLENGE.AvPairs.length, 2);
  });

  it("4.2.4.4 sealed data and signature", () => {
    const sealing = sealKey(flags, RANDOM_SESSION_KEY, "client");
    const signing = signKey(flags, RANDOM_SESSION_KEY, "client")!;
    assert.equal(hex(sealing), "59f600973cc4960a25480a7c196e4c58");
    assert.equal(hex(signing), "4788dc861b4782f35d43fd98fe1a2d39");
    const cipher = new Rc4(sealing);
    const data = Uint8Array.from(PLAINTEXT);
    cipher.apply(data);
    assert.equal(hex(data), "54e50165bf1936dc996020c1811b0f06fb5f");
    assert.equal(hex(extendedChecksum(signing, 0, PLAINTEXT)), "70352851f2564309");
    const signature = signExtended(signing, cipher, 0, PLAINTEXT);
    assert.equal(hex(signature), "010000007fb38ec5c55d497600000000");
    assert.equal(readExtendedSignature(new Reader(signature)).SeqNum, 0);
  });

  it("a wrong password, user or domain proves nothing", () => {
    const a = authenticate(AUTHENTICATE_V2);
    const wrong = { nt: ntowfV1("password"), lm: null };
    assert.equal(keyExchangeKey(a, flags, SERVER_CHALLENGE, wrong), null);
    assert.equal(keyExchangeKey({ ...a, UserName: "Use" }, flags, SERVER_CHALLENGE, HASHES), null);
  });

  it("computes a MIC over the three messages", () => {
    const negotiate = unhex("4e544c4d5353500001000000978208e2");
    const withRoom = Uint8Array.from(AUTHENTICATE_V2);
    const blank = Uint8Array.from(withRoom).fill(0, 72, 88);
    withRoom.set(hmacMd5(RANDOM_SESSION_KEY, negotiate, CHALLENGE_V2, blank), 72);
    assert.equal(micHolds(RANDOM_SESSION_KEY, negotiate, CHALLENGE_V2, withRoom, 72), true);
    assert.equal(micHolds(NT_HASH, negotiate, CHALLENGE_V2, withRoom, 72), false);
  });
});

describe("[MS-NLMP] 3.4.5.3 key lengths", () => {
  const key = unhex("000102030405060708090a0b0c0d0e0f");
  const LM_KEY = 0x80;
  const K56 = 0x80000000;

  it("weakens LM keys to 56 and 40 bits", () => {
    assert.equal(hex(sealKey(LM_KEY | K56, key, "client")), "00010203040506a0");
    assert.equal(hex(sealKey(LM_KEY, key, "server")), "0001020304e538b0");
    assert.equal(hex(sealKey(0, key, "client")), hex(key));
    assert.equal(signKey(LM_KEY, key, "client"), null);
  });
});
