/**
 * Published vectors of AES that authenticates: GCM of McGrew and Viega's submission to NIST (test cases 1, 4 and 16), CCM of
 * [RFC 3610] 8, CMAC of [RFC 4493] 4, and GMAC of NIST's validation files.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { aesCcmDecrypt, aesGcmDecrypt, aesGmac } from "#primitives";
import { aesCmac } from "../../../dissectors/crypto/cmac.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";

const IV = fromHex("cafebabefacedbaddecaf888");
const AAD = fromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const HALF_KEY = "feffe9928665731c6d6a8f9467308308";
const CLEAR =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

describe("AES-GCM", () => {
  it("opens with 128 bits", () => {
    const data =
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
    const tag = fromHex("5bc94fbc3221a5db94fae95ae7121a47");
    assert.equal(hex(aesGcmDecrypt(fromHex(HALF_KEY), IV, AAD, fromHex(data), tag)!), CLEAR);
    tag[15]! ^= 1;
    assert.equal(aesGcmDecrypt(fromHex(HALF_KEY), IV, AAD, fromHex(data), tag), null);
  });

  it("opens with 256 bits", () => {
    const data =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
    const tag = fromHex("76fc6ece0f4e1768cddf8853bb2d551b");
    assert.equal(hex(aesGcmDecrypt(fromHex(HALF_KEY + HALF_KEY), IV, AAD, fromHex(data), tag)!), CLEAR);
  });

  it("signs nothing, and what is signed in parts", () => {
    assert.equal(
      hex(aesGmac(new Uint8Array(16), new Uint8Array(12), [])),
      "58e2fccefa7e3061367f1d57a4e7455a",
    );
    const key = fromHex("77be63708971c4e240d1cb79e8d77feb");
    const text = fromHex("7a43ec1d9c0a5a78a0b16533a6213cab");
    for (const cut of [0, 5, 16]) {
      const parts = [text.subarray(0, cut), text.subarray(cut)];
      assert.equal(
        hex(aesGmac(key, fromHex("e0e00f19fed7ba0136a797f3"), parts)),
        "209fcc8d3675ed938e9c7166709dd946",
      );
    }
  });
});

describe("AES-CCM, [RFC 3610] 8", () => {
  const key = fromHex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf");
  const counting = (from: number, to: number): Uint8Array =>
    Uint8Array.from({ length: to - from }, (_, i) => from + i);
  // Nonce, bytes in the clear, all of the sealed packet behind them, length of the tag.
  const vectors: [string, number, string, number][] = [
    ["00000003020100a0a1a2a3a4a5", 8, "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0", 8],
    ["00000004030201a0a1a2a3a4a5", 8, "72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3ba091d56e10400916", 8],
    [
      "00000009080706a0a1a2a3a4a5",
      8,
      "0135d1b2c95f41d5d1d4fec185d166b8094e999dfed96c048c56602c97acbb7490",
      10,
    ],
  ];
  for (const [nonce, aad, sealed, tagLength] of vectors) {
    it(`opens the packet of nonce ${nonce}`, () => {
      const all = fromHex(sealed);
      const end = all.length - tagLength;
      const open = (): Uint8Array | null =>
        aesCcmDecrypt(key, fromHex(nonce), counting(0, aad), all.subarray(0, end), all.subarray(end));
      assert.deepEqual(Uint8Array.from(open()!), counting(aad, aad + end));
      all[end]! ^= 0x80;
      assert.equal(open(), null);
    });
  }
});

describe("AES-CMAC, [RFC 4493] 4", () => {
  const key = fromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const message = fromHex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
  );
  const vectors: [number, string][] = [
    [0, "bb1d6929e95937287fa37d129b756746"],
    [16, "070a16b46b4d4144f79bdd9dd04a287c"],
    [40, "dfa66747de9ae63030ca32611497c827"],
    [64, "51f0bebf7e3b9d92fc49741779363cfe"],
  ];
  for (const [length, mac] of vectors) {
    it(`${length} bytes, in whatever parts`, () => {
      for (const cut of [0, 1, 16, 40, 64]) {
        const text = message.subarray(0, length);
        assert.equal(hex(aesCmac(key, [text.subarray(0, cut), text.subarray(cut)])), mac);
      }
    });
  }

  it("of more than is encrypted at a time, as pycryptodome has it", () => {
    const long = new Uint8Array(3 * 65536).fill(7);
    for (const cut of [0, 1, 65535, 65536, 65537, 131072]) {
      const parts = [long.subarray(0, cut), long.subarray(cut), message];
      assert.equal(hex(aesCmac(key, parts)), "d1c3e1d8cbb09bce7cbd27c3e1089c19");
    }
  });
});
