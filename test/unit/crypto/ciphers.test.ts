/** Vectors of [RFC 1320] (MD4), [RFC 6229] (RC4), [RFC 3962] (AES with ciphertext stealing), FIPS 46-2 (DES). */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { aesCtsDecrypt, aesCtsEncrypt } from "../../../dissectors/crypto/aes-cts.js";
import { des, desl } from "../../../dissectors/crypto/des.js";
import { crc32, hmacMd5 } from "../../../dissectors/crypto/digest.js";
import { md4 } from "../../../dissectors/crypto/md4.js";
import { Rc4, rc4 } from "../../../dissectors/crypto/rc4.js";
import { concat, sameBytes } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";

const ascii = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s, "latin1"));
const unhex = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s.replaceAll(/\s/g, ""), "hex"));

describe("MD4, [RFC 1320] A.5", () => {
  const vectors: [string, string][] = [
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"],
    [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "e33b4ddc9c38f2199c3e7b164fcc0536",
    ],
  ];
  for (const [text, digest] of vectors) {
    it(JSON.stringify(text), () => assert.equal(hex(md4(ascii(text))), digest));
  }
});

describe("RC4, [RFC 6229] 2", () => {
  const vectors: [string, [number, string][]][] = [
    [
      "0102030405",
      [
        [0, "b2396305f03dc027ccc3524a0a1118a8"],
        [16, "6982944f18fc82d589c403a47a0d0919"],
        [240, "28cb1132c96ce286421dcaadb8b69eae"],
        [4096, "ff25b58995996707e51fbdf08b34d875"],
      ],
    ],
    ["01020304050607", [[0, "293f02d47f37c9b633f2af5285feb46b"]]],
    [
      "0102030405060708090a0b0c0d0e0f10",
      [
        [0, "9ac7cc9a609d1ef7b2932899cde41b97"],
        [1536, "ffa0b514647ec04f6306b892ae661181"],
      ],
    ],
  ];
  for (const [key, streams] of vectors) {
    for (const [offset, expected] of streams) {
      it(`${key} at ${offset}`, () => {
        const cipher = new Rc4(unhex(key));
        cipher.skip(offset);
        const out = new Uint8Array(16);
        cipher.apply(out);
        assert.equal(hex(out), expected);
      });
    }
  }

  it("goes on where a copy was taken", () => {
    const a = new Rc4(unhex("0102030405"));
    a.skip(100);
    const b = a.clone();
    const one = new Uint8Array(50);
    const two = new Uint8Array(50);
    a.apply(one);
    b.apply(two, 0, 20);
    b.apply(two, 20, 50);
    assert.deepEqual(one, two);
  });

  it("is its own inverse", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 32 }), fc.uint8Array(), (key, data) =>
        sameBytes(rc4(key, rc4(key, data)), data),
      ),
    );
  });
});

describe("AES with ciphertext stealing, [RFC 3962] B", () => {
  const key = ascii("chicken teriyaki");
  const plain = ascii("I would like the General Gau's Chicken, please, and wonton soup.");
  const vectors: [number, string][] = [
    [17, "c6353568f2bf8cb4d8a580362da7ff7f97"],
    [31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"],
    [32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"],
    [47, "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5"],
    [48, "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd839312523a78662d5be7fcbcc98ebf5a8"],
    [
      64,
      "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
    ],
  ];
  for (const [length, expected] of vectors) {
    it(`${length} bytes`, () => {
      assert.equal(hex(aesCtsEncrypt(key, plain.subarray(0, length))), expected);
      assert.deepEqual(
        Buffer.from(aesCtsDecrypt(key, unhex(expected))),
        Buffer.from(plain.subarray(0, length)),
      );
    });
  }

  it("opens what it closed, at every length", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(16, 32).chain((n) => fc.uint8Array({ minLength: n, maxLength: n })),
        fc.uint8Array({ minLength: 16, maxLength: 100 }),
        (k, data) => sameBytes(aesCtsDecrypt(k, aesCtsEncrypt(k, data)), data),
      ),
    );
  });

  it("is plain CBC for one block", () => {
    const cipher = createCipheriv("aes-128-cbc", key, new Uint8Array(16)).setAutoPadding(false);
    assert.deepEqual(
      Buffer.from(aesCtsEncrypt(key, plain.subarray(0, 16))),
      cipher.update(plain.subarray(0, 16)),
    );
  });

  it("refuses less than a block with a WireError", () => {
    assert.throws(() => aesCtsDecrypt(key, new Uint8Array(15)), { name: "WireError", kind: "malformed" });
    assert.throws(() => aesCtsEncrypt(key, new Uint8Array(3)), { name: "WireError", kind: "malformed" });
  });
});

describe("DES, HMAC-MD5, CRC-32", () => {
  it("encrypts a block", () => {
    // The classic vector: key 0123456789abcdef, whose parity bits are right, cut to its 56 bits.
    const key8 = 0x0123456789abcdefn;
    let key7 = 0n;
    for (let i = 7; i >= 0; i--) key7 = (key7 << 7n) | ((key8 >> BigInt(8 * i + 1)) & 0x7fn);
    const key = unhex(key7.toString(16).padStart(14, "0"));
    assert.equal(hex(des(key, ascii("Now is t"))), "3fa40e8a984d4815");
  });

  it("encrypts with three keys", () => {
    const key = unhex("000102030405060708090a0b0c0d0e0f");
    const data = ascii("12345678");
    assert.deepEqual(
      desl(key, data),
      concat(
        des(key.subarray(0, 7), data),
        des(key.subarray(7, 14), data),
        des(unhex("0e0f0000000000"), data),
      ),
    );
  });

  it("computes HMAC-MD5 as [RFC 2202] 2 does", () => {
    assert.equal(
      hex(hmacMd5(ascii("Jefe"), ascii("what do ya "), ascii("want for nothing?"))),
      "750c783e6ab0b503eaa86e310a5db738",
    );
  });

  it("computes CRC-32 over parts", () => {
    assert.equal(crc32(ascii("1234"), ascii("56789")), 0xcbf43926);
  });
});
