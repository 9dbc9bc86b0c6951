/** Vectors of [RFC 3961] A.1 (n-fold), [RFC 3962] B (AES keys), [RFC 8009] A, [MS-KILE] 4.4 (keys) and 4.5 (RC4 wrap). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  checksum,
  combineKeys,
  decrypt,
  deriveAesKey,
  encrypt,
  nFold,
  stringToKey,
} from "../../../dissectors/kerberos/crypto.js";
import { type Rc4Token, rc4Sequence, rc4Unwrap, readGssToken } from "../../../dissectors/kerberos/gss.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { unhex } from "../../support/security/hexdump.js";

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
const utf8 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "utf8"));

describe("[RFC 3961] A.1 n-fold", () => {
  const vectors: [string, Uint8Array, string][] = [
    ["64-fold of 012345", ascii("012345"), "be072631276b1955"],
    ["56-fold of password", ascii("password"), "78a07b6caf85fa"],
    ["64-fold of Rough Consensus", ascii("Rough Consensus, and Running Code"), "bb6ed30870b7f0e0"],
    ["168-fold of password", ascii("password"), "59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"],
    [
      "192-fold of MASSACHVSETTS",
      ascii("MASSACHVSETTS INSTITVTE OF TECHNOLOGY"),
      "db3b0d8f0b061e603282b308a50841229ad798fab9540c1b",
    ],
    ["168-fold of Q", ascii("Q"), "518a54a2 15a8452a 518a54a2 15a8452a 518a54a2 15"],
    ["168-fold of ba", ascii("ba"), "fb25d531 ae897449 9f52fd92 ea9857c4 ba24cf29 7e"],
    ["128-fold of kerberos", ascii("kerberos"), "6b65726265726f737b9b5b2b93132b93"],
  ];
  for (const [name, input, expected] of vectors) {
    const wanted = expected.replaceAll(" ", "");
    it(name, () => assert.equal(hex(nFold(input, wanted.length / 2)), wanted));
  }
});

describe("[RFC 3962] B string-to-key", () => {
  const vectors: [number, string, string | Uint8Array, string, string][] = [
    [
      1,
      "password",
      "ATHENA.MIT.EDUraeburn",
      "42263c6e89f4fc28b8df68ee09799f15",
      "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161",
    ],
    [
      2,
      "password",
      "ATHENA.MIT.EDUraeburn",
      "c651bf29e2300ac27fa469d693bdda13",
      "a2e16d16b36069c135d5e9d2e25f896102685618b95914b467c67622225824ff",
    ],
    [
      1200,
      "password",
      "ATHENA.MIT.EDUraeburn",
      "4c01cd46d632d01e6dbe230a01ed642a",
      "55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a",
    ],
    [
      5,
      "password",
      unhex("1234567878563412"),
      "e9b23d52273747dd5c35cb55be619d8e",
      "97a4e786be20d81a382d5ebc96d5909cabcdadc87ca48f574504159f16c36e31",
    ],
    [
      50,
      "\u{1d11e}",
      "EXAMPLE.COMpianist",
      "f149c1f2e154a73452d43e7fe62a56e5",
      "4b6d9839f84406df1f09cc166db4b83c571848b784a3d6bdc346589a3e393f9e",
    ],
  ];
  for (const [iterations, password, salt, key128, key256] of vectors) {
    it(`${iterations} rounds`, () => {
      assert.equal(hex(stringToKey(17, password, salt, iterations)!), key128);
      assert.equal(hex(stringToKey(18, password, salt, iterations)!), key256);
    });
  }

  it("derives as [MS-KILE] 4.4 does", () => {
    const password = "\uffff".repeat(120);
    assert.equal(
      hex(stringToKey(17, password, "DOMAIN.COMhostclient.domain.com", 1000)!),
      "b82ee122531c2d94821ac755bccb5879",
    );
    const base = unhex("c7730daa23521bc16ab83cbee3b37f41");
    assert.equal(hex(deriveAesKey(base, ascii("kerberos"))), "b82ee122531c2d94821ac755bccb5879");
  });

  it("refuses rounds without number", () => {
    assert.equal(stringToKey(18, "password", "x", 0xffffffff), null);
    assert.equal(stringToKey(18, "password", "x", 0), null);
  });
});

describe("[RFC 8009] A", () => {
  it("string-to-key", () => {
    const salt = concat(unhex("10df9dd783e5bc8acea1730e74355f61"), ascii("ATHENA.MIT.EDUraeburn"));
    assert.equal(hex(stringToKey(19, "password", salt)!), "089bca48b105ea6ea77ca5d2f39dc5e7");
    assert.equal(
      hex(stringToKey(20, "password", salt)!),
      "45bd806dbf6a833a9cffc1c94589a222367a79bc21c413718906e9f578a78467",
    );
  });

  const key128 = unhex("3705d96080c17728a0e800eab6e0d23c");
  const key256 = unhex("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52");

  it("checksums", () => {
    const message = unhex("000102030405060708090a0b0c0d0e0f1011121314");
    assert.equal(hex(checksum(19, key128, 2, message)!), "d78367186643d67b411cba9139fc1dee");
    assert.equal(hex(checksum(20, key256, 2, message)!), "45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a");
  });

  it("decrypts, aes128-cts-hmac-sha256-128", () => {
    const cipher = unhex("ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718");
    assert.equal(hex(decrypt(19, key128, 2, cipher)!), "");
    const short = unhex("84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c");
    assert.equal(hex(decrypt(19, key128, 2, short)!), "000102030405");
  });

  it("decrypts, aes256-cts-hmac-sha384-192", () => {
    const cipher = unhex("41f53fa5bfe7026d91faf9be959195a058707273a96a40f0a01960621ac612748b9bbfbe7eb4ce3c");
    assert.equal(hex(decrypt(20, key256, 2, cipher)!), "");
  });
});

it("[RFC 6113] A and MIT's t_cf2: two keys become one", () => {
  for (const [etype, expected] of [
    [17, "97df97e4b798b29eb31ed7280287a92a"],
    [18, "4d6ca4e629785c1f01baf55e2e548566b9617ae3a96868c337cb93b5e72b1c7b"],
    [19, "edd02a39d2dbde31611c16e610be062c"],
    [20, "67f6ea530aea85a37dcbb23349ea52dcc61ca8493ff557252327fd8304341584"],
    [23, "24d7f6b6bae4e5c00d2082c5ebab3672"],
  ] as const) {
    const [one, two] = ["key1", "key2"].map((text) => ({ etype, key: stringToKey(etype, text, text)! }));
    assert.equal(hex(combineKeys(one!, two!, "a", "b")!.key), expected, String(etype));
  }
  const [des, aes] = [3, 17].map((etype) => ({ etype, key: new Uint8Array(16) }));
  assert.equal(combineKeys(aes!, des!, "a", "b"), null);
});

describe("encryption types", () => {
  const plain = utf8("a message of no particular length");
  for (const [etype, length, confounder] of [
    [17, 16, 16],
    [18, 32, 16],
    [19, 16, 16],
    [20, 32, 16],
    [23, 16, 8],
  ] as const) {
    it(`opens what it closed: ${etype}`, () => {
      const key = Uint8Array.from({ length }, (_, i) => i * 7);
      const cipher = encrypt(etype, key, 11, plain, new Uint8Array(confounder).fill(9))!;
      assert.deepEqual(Buffer.from(decrypt(etype, key, 11, cipher)!), Buffer.from(plain));
      assert.equal(decrypt(etype, key, 12, cipher), null);
      const bent = Uint8Array.from(cipher);
      bent[3]! ^= 1;
      assert.equal(decrypt(etype, key, 11, bent), null);
      assert.equal(decrypt(etype, key.subarray(1), 11, cipher), null);
      for (let n = 0; n < cipher.length; n++)
        assert.equal(decrypt(etype, key, 11, cipher.subarray(0, n)), null);
    });
  }

  it("answers null for types that are not handled", () => {
    assert.equal(decrypt(3, new Uint8Array(8), 11, new Uint8Array(64)), null);
    assert.equal(stringToKey(3, "password", "salt"), null);
    assert.equal(checksum(3, new Uint8Array(8), 11), null);
  });
});

describe("[MS-KILE] 4.5 RC4 GSS_WrapEx", () => {
  const key = unhex("81a2cb90af7fc2d19554a150d8185359");
  const signature = unhex(
    "603b06092a864886f71201020202011100 10 00ffffe29e8bbc6348e740ebaa619244a156a13b5cf65e3c21b9aa",
  );
  const data = unhex("8ed63f0ac83815335b72e293bae1f660");

  it("opens the example", () => {
    const token = readGssToken(new Reader(signature)) as Rc4Token;
    assert.equal(token.form, "rc4-wrap");
    assert.equal(token.sealed, true);
    assert.equal(rc4Sequence(token, key).seq, 0x60cbacd3);
    assert.equal(rc4Sequence(token, key).sentByAcceptor, false);
    const none = new Uint8Array(0);
    const opened = rc4Unwrap(token, key, { before: none, stub: data, after: none }, false);
    assert.equal(opened.holds, true);
    assert.equal(hex(opened.stub!), "112233445566778899aabbccddeeff01");
  });
});
