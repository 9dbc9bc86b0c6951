/**
 * Keys, encrypted messages and signatures of SMB 2 and 3, against what Microsoft's open specifications group published:
 * "Encryption in SMB 3.0: A protocol perspective" (2012), "SMB 3.1.1 Pre-authentication integrity in Windows 10" (2015)
 * and "SMB 3.1.1 Encryption in Windows 10" (2015). Signatures are computed anew by node:crypto, and one is a client's.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import {
  CIPHER_AES_128_CCM,
  CIPHER_AES_128_GCM,
  CIPHER_AES_256_GCM,
  cipherName,
  DIALECT_202,
  DIALECT_300,
  DIALECT_302,
  DIALECT_311,
  impliedCipher,
  SIGNING_AES_CMAC,
  SIGNING_AES_GMAC,
  SIGNING_HMAC_SHA256,
} from "../../../dissectors/smb/algorithms.js";
import { PREAUTH_HASH_LENGTH, preauthHash, sessionKeyOf, sessionKeys } from "../../../dissectors/smb/keys.js";
import { openTransform } from "../../../dissectors/smb/sealing.js";
import { signatureHolds, signingAlgorithm } from "../../../dissectors/smb/signing.js";
import { readTransform } from "../../../dissectors/smb/transform.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";

const NONE = new Uint8Array(0);

describe("SMB 3.1.1 preauthentication integrity, 2015", () => {
  /** Each message, and the hash after it. */
  const chain: readonly [string, string, string][] = [
    [
      "negotiate request",
      "fe534d4240000100000000000000800000000000000000000100000000000000fffe00000000000000000000000000000000000000000000000000000000000024000500000000003f000000ecd86f326276024f9f7752b89bb33f3a70000000020000000202100200030203110300000100260000000000010020000100fa49e6578f1f3a9f4cd3e9cc14a67aa884b3d05844e0e5a118225c15887f32ff00000200060000000000020002000100",
      "dd94efc5321bb618a2e208ba8920d2f422992526947a409b5037de1e0fe8c7362b8c47122594cde0ce26aa9dfc8bcdbde0621957672623351a7540f1e54a0426",
    ],
    [
      "negotiate response",
      "fe534d4240000100000000000000010001000000000000000100000000000000fffe000000000000000000000000000000000000000000000000000000000000410001001103020039cbcaf329714942bdce5d60f09ab3fb2f000000000080000000800000008000d8dae5adcbaed00109094ab095aed00180004001c00100006082013c06062b0601050502a08201303082012ca01a3018060a2b06010401823702021e060a2b06010401823702020aa282010c048201084e45474f45585453010000000000000060000000700000007c7cc0fd06d6362d02dde1cf343bfe292900f49750b4aa97934d9c4296b26e51fd370471b235e15a50dae15bd5489c870000000000000000600000000100000000000000000000005c33530deaf90d4db2ec4ae3786ec3084e45474f45585453030000000100000040000000980000007c7cc0fd06d6362d02dde1cf343bfe295c33530deaf90d4db2ec4ae3786ec30840000000580000003056a05430523027802530233121301f06035504031318546f6b656e205369676e696e67205075626c6963204b65793027802530233121301f06035504031318546f6b656e205369676e696e67205075626c6963204b6579010026000000000001002000010060a3c3b95c3c7ccd51ec536648d9b3ac74c483ca5b65385a251117beb30712e50000020004000000000001000200",
      "324bfa92a4f3a190e466ebea08d9c110dc88bfed758d9846ecc6f541cc1d02ae3c94a79f36011e997e13f841b91b50957ad07b19c8e2539c0b23fdae09d2c513",
    ],
    [
      "first session setup request",
      "fe534d4240000100000000000100800000000000000000000200000000000000fffe00000000000000000000000000000000000000000000000000000000000019000001010000000000000058004a000000000000000000604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d5353500001000000978208e200000000000000000000000000000000060380250000000f",
      "ac0b0f2b9986257700365e416d142a6edc96df03594a19e52a15f6bd0d041cd5d432f8ed42c55e33197a50c9ec00f1462b50c592211b1471a04b56088fdfd5f9",
    ],
    [
      "its response",
      "fe534d4240000100160000c00100010001000000000000000200000000000000fffe000000000000190000000010000000000000000000000000000000000000090000004800b300a181b03081ada0030a0101a10c060a2b06010401823702020aa281970481944e544c4d53535000020000000c000c003800000015828ae20d1d8ba31179d008000000000000000050005000440000000a0092270000000f53005500540033003100310002000c0053005500540033003100310001000c0053005500540033003100310004000c0053005500540033003100310003000c0053005500540033003100310007000800a1a1f5adcbaed00100000000",
      "2729e3440dfddd839e37193f6e8f20c20cefb3469e453a70cd980eec06b8835740a73760085633364c8989895ece81bf102deeb14d4b7d48afa76901a7a38387",
    ],
    [
      "second session setup request",
      "fe534d4240000100000000000100800000000000000000000300000000000000fffe0000000000001900000000100000000000000000000000000000000000001900000101000000000000005800cf010000000000000000a18201cb308201c7a0030a0101a28201aa048201a64e544c4d53535000030000001800180090000000ee00ee00a80000000c000c00580000001a001a0064000000120012007e0000001000100096010000158288e2060380250000000fecac77a5f385a8bf9c38c706eeeddcd3530055005400330031003100610064006d0069006e006900730074007200610074006f00720044005200490056004500520033003100310000000000000000000000000000000000000000000000000063078eb639fe03e20a231c3ae3bf23080101000000000000a1a1f5adcbaed001bc4ad05f223cc90f0000000002000c0053005500540033003100310001000c0053005500540033003100310004000c0053005500540033003100310003000c0053005500540033003100310007000800a1a1f5adcbaed00106000400020000000800300030000000000000000000000000300000b61fefcaa857ea57bf1edcebf8974b8e0eba5a6dfd9d07a31d11b548f8c9d0cc0a001000000000000000000000000000000000000900160063006900660073002f005300550054003300310031000000000000000000000000003b9bdff38f5ee8f9663f11a0f4c03a78a31204100100000063775a9a5fd97f0600000000",
      "0dd13628cc3ed218ef9df9772d436d0887ab9814bfae63a80aa845f36909db7928622dddad522d9751640a459762c5a9d6bb084cbb3ce6bdadef5d5bce3c6c01",
    ],
  ];
  let hash: Uint8Array = new Uint8Array(PREAUTH_HASH_LENGTH);
  for (const [name, message, after] of chain) {
    it(`the hash after the ${name}`, () => {
      hash = preauthHash(hash, fromHex(message));
      assert.equal(hex(hash), after);
    });
  }

  it("makes the signing key", () => {
    const keys = sessionKeys(DIALECT_311, 0, fromHex("270e1ba896585eeb7af3472d3b4c75a7"), hash);
    assert.deepEqual(
      [hex(keys.signing), keys.client, keys.server],
      ["73fe7a9a77bef0bde49c650d8ccb5f76", null, null],
    );
  });
});

interface Sealed {
  dialect: number;
  cipher: number;
  sessionKey: string;
  preauth: string;
  client: string;
  server: string;
  sessionId: bigint;
  /** An encrypted message and what is in it, from client and server. */
  request: [string, string];
  response: [string, string];
}

const SEALED: { readonly [title: string]: Sealed } = {
  "SMB 3.0 encryption, 2012": {
    dialect: DIALECT_300,
    cipher: CIPHER_AES_128_CCM,
    sessionKey: "b4546771b515f766a86735532dd6c4f0",
    preauth: "",
    client: "261b72350558f2e9dcf613070383edbf",
    server: "8fe2b57ec34d2db5b1a9727f526bbdb5",
    sessionId: 0x8e40014000011n,
    request: [
      "fd534d4281a286535415445dae393921e44fa42e66e69a111892584fb5ed524a744da3ee87000000000001001100001400e4080025c8fee16605a437832d1cd52da9f4645333482a175fe5384563f45fcdafaef38bc62ba4d5c62897996625a44c29be5658de2e6117585779e7b59ffd971278d08580d7fa899e410e910eabf5aa1db43050b33b49182637759ac15d84bfcdf5b6b238993c0f4cf4d6012023f6c627297075d84b7803912d0a9639634453595ef3e33ffe4e7ac2ab",
      "fe534d4240000100000000000900400008000000000000000400000000000000fffe0000010000001100001400e4080000000000000000000000000000000000310070001700000000000000000000001501000039000002010000003902000000000000000000007000000000000000536d623320656e6372797074696f6e2074657374696e67",
    ],
    response: [
      "fd534d42a6015530a18f6d9affe22afae8e6648486000000000000001100001400e4080050000000000001001100001400e40800dbf46435c5f14169293ce079e344479bf670227e49873f458672c3098dac467dd5809f369d674091665157871483e01f7becd02064eac3e235f913668bbc2f097980d4b378f1993eff6e60d177309e5b",
      "fe534d4240000100000000000900210009000000000000000400000000000000fffe0000010000001100001400e408000000000000000000000000000000000011000000170000000000000000000000",
    ],
  },
  "SMB 3.1.1 encryption, 2015": {
    dialect: DIALECT_311,
    cipher: CIPHER_AES_128_GCM,
    sessionKey: "419fddf34c1e001909d362ae7fb6af79",
    preauth:
      "b23f3cbfd69487d9832b79b1594a367cdd950909b774c3a4c412b4fcea9edddba7db256ba2ea30e977f11f9b113247578e0e915c6d2a513b8f2fca5707dc8770",
    client: "a2f5e80e5d59103034f32e52f698e5ec",
    server: "748c50868c90f302962a5c35f5f9a8bf",
    sessionId: 0x100000000025n,
    request: [
      "fd534d42bd73d97d2bc9001bcafac0fdff5feebcc7d6822d269caf48904c664c00000000870000000000010025000000001000006ecdd2a7afc7b47763057a041b8fd4daffe990b70c9e09d36c084e02d14ef247f8bde38acf6256f8b1d3b56f77fbdeb312fea5e92cbcc1ed8fb2ebbfaa75e49a4a394bb44576545567c24d4c014d47c9fbdfdafd2c4f9b72f8d256452620a299f48e29e53d6b61d1c13a19e91af013f00d17e3abc2fc3d36c8c1b6b93973253852dbd442e46ee8",
      "fe534d4240000100000000000900010008000000000000000500000000000000fffe000001000000250000000010000000000000000000000000000000000000310070001700000000000000000000000600000004000000010000000400000000000000000000007000000000000000536d623320656e6372797074696f6e2074657374696e67",
    ],
    response: [
      "fd534d42acbe1cb7ed343adf1725ef144d90d4b0e06831dd2e8eb7b400000000000000005000000000000100250000000010000026bbbf949983a6c1c796559d0f2c510cb651d1f7b6ac8ded32a2a0b8f2d793a815c6f6b848d69767a215841a42d400ae6ddb5f0b44173a014973321fdd7950da6179159b82e03c9e18a050ff0ea1c967",
      "fe534d4240000100000000000900010001000000000000000500000000000000fffe00000100000025000000001000000000000000000000000000000000000011000000170000000000000000000000",
    ],
  },
};

for (const [title, sealed] of Object.entries(SEALED)) {
  describe(title, () => {
    const { dialect, cipher, sessionId } = sealed;
    const keys = sessionKeys(dialect, cipher, fromHex(sealed.sessionKey), fromHex(sealed.preauth));

    it("makes the keys of both sides", () => {
      assert.deepEqual([hex(keys.client!), hex(keys.server!)], [sealed.client, sealed.server]);
    });

    it("opens a request and its response", () => {
      for (const [[bytes, clear], key] of [
        [sealed.request, keys.client!],
        [sealed.response, keys.server!],
      ] as const) {
        const message = fromHex(bytes);
        const header = readTransform(new Reader(message))!;
        assert.equal(header.SessionId, sessionId);
        assert.equal(header.OriginalMessageSize, clear.length / 2);
        assert.equal(hex(openTransform(message, cipher, key)!), clear);
        // What follows the message is not its.
        assert.equal(hex(openTransform(Uint8Array.from([...message, 0, 0]), cipher, key)!), clear);
      }
    });

    it("opens nothing that was altered, of the other side, or cut", () => {
      const message = fromHex(sealed.request[0]);
      assert.equal(openTransform(message, cipher, keys.server!), null);
      assert.equal(openTransform(message.subarray(0, -1), cipher, keys.client!), null);
      assert.equal(openTransform(message, CIPHER_AES_256_GCM, keys.client!), null);
      assert.equal(openTransform(message, 9, keys.client!), null);
      for (let at = 4; at < message.length; at++) {
        message[at]! ^= 1;
        // The bytes of the nonce that a cipher does not use are signed with the rest.
        assert.equal(openTransform(message, cipher, keys.client!), null, `byte ${at}`);
        message[at]! ^= 1;
      }
    });
  });
}

describe("keys of a session", () => {
  it("are filled up, cut, or taken whole", () => {
    assert.equal(hex(sessionKeyOf(fromHex("0102"))), `0102${"00".repeat(14)}`);
    const long = Uint8Array.from({ length: 32 }, (_, i) => i);
    const other = Uint8Array.from(long).fill(0xff, 16);
    const hash = new Uint8Array(64);
    const keysOf = (key: Uint8Array, cipher: number) => sessionKeys(DIALECT_311, cipher, key, hash);
    // 128 bits do not depend on what is behind the first sixteen bytes, 256 do; the signing key never does.
    assert.deepEqual(keysOf(long, CIPHER_AES_128_GCM), keysOf(other, CIPHER_AES_128_GCM));
    assert.notDeepEqual(keysOf(long, CIPHER_AES_256_GCM).client, keysOf(other, CIPHER_AES_256_GCM).client);
    assert.deepEqual(keysOf(long, CIPHER_AES_256_GCM).signing, keysOf(other, CIPHER_AES_128_GCM).signing);
    assert.equal(keysOf(long, CIPHER_AES_256_GCM).client!.length, 32);
  });

  it("before SMB 3 are the session key", () => {
    const keys = sessionKeys(DIALECT_202, 0, fromHex(SEALED["SMB 3.0 encryption, 2012"]!.sessionKey), NONE);
    assert.deepEqual(keys, {
      signing: fromHex("b4546771b515f766a86735532dd6c4f0"),
      client: null,
      server: null,
    });
  });

  it("have the cipher of their dialect", () => {
    assert.deepEqual([DIALECT_202, DIALECT_300, DIALECT_302, DIALECT_311].map(impliedCipher), [
      0,
      CIPHER_AES_128_CCM,
      CIPHER_AES_128_CCM,
      0,
    ]);
    assert.deepEqual([cipherName(2), cipherName(5)], ["AES-128-GCM", "0x0005"]);
  });
});

describe("signatures", () => {
  it("a session setup's response, as a client under test had it", () => {
    const message = fromHex(
      "fe534d42400001000000000001007f00090000000000000003000000000000000000000000000000020000007bfba3f4041393e756a048c9092c4e52dc7037190900000048000900a1073005a0030a0100",
    );
    const key = sessionKeys(DIALECT_300, 0, fromHex("726d4c454e63516446695457664e5042"), NONE).signing;
    assert.equal(signingAlgorithm(DIALECT_300, null), SIGNING_AES_CMAC);
    assert.equal(signatureHolds(SIGNING_AES_CMAC, key, message), true);
    message[70]! ^= 1;
    assert.equal(signatureHolds(SIGNING_AES_CMAC, key, message), false);
  });

  it("with HMAC-SHA256 before SMB 3", () => {
    const key = fromHex("000102030405060708090a0b0c0d0e0f");
    const message = new Uint8Array(100).map((_, i) => (i >= 48 && i < 64 ? 0 : i));
    message.set(createHmac("sha256", key).update(message).digest().subarray(0, 16), 48);
    assert.equal(signingAlgorithm(DIALECT_202, null), SIGNING_HMAC_SHA256);
    assert.equal(signatureHolds(SIGNING_HMAC_SHA256, key, message), true);
    message[63]! ^= 1;
    assert.equal(signatureHolds(SIGNING_HMAC_SHA256, key, message), false);
  });

  it("are not judged where they cannot be", () => {
    assert.equal(signatureHolds(7, new Uint8Array(16), new Uint8Array(64)), null);
    assert.equal(signatureHolds(SIGNING_AES_GMAC, new Uint8Array(16), new Uint8Array(63)), null);
    assert.equal(signingAlgorithm(DIALECT_311, SIGNING_AES_GMAC), SIGNING_AES_GMAC);
    assert.equal(signingAlgorithm(DIALECT_311, null), SIGNING_AES_CMAC);
  });
});
