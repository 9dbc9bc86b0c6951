/**
 * The two implementations of `#primitives` agree, and both give what was published: the tests of vectors, which import by
 * that name, run a second time with the portable one in its place.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type CipherCCMTypes, createCipheriv } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import fc from "fast-check";
import * as node from "../../../dissectors/crypto/node.js";
import * as portable from "../../../dissectors/crypto/portable.js";
import { hex } from "../../../dissectors/wire/guid.js";

const HASHES = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const blocks = (size: number): fc.Arbitrary<Uint8Array> =>
  fc.integer({ min: 1, max: 9 }).chain((n) => bytes(n * size));

describe("node:crypto and the portable primitives agree", () => {
  // The compiler checks that no function is missing and none differs in what it takes.
  const both: readonly (typeof node)[] = [node, portable];

  function agree(compute: (primitives: typeof node) => Uint8Array): void {
    const [one, other] = both.map((primitives) => hex(compute(primitives)));
    assert.equal(one, other);
  }

  it("on hashes and HMAC", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHES),
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.uint8Array()),
        (name, key, parts) => {
          agree(({ hash }) => hash(name, parts));
          agree(({ hmac }) => hmac(name, key, parts));
        },
      ),
    );
  });

  it("on hashes as text", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHES),
        fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 200 })),
        fc.constantFrom("hex" as const, "base64" as const),
        (name, data, encoding) => {
          assert.equal(portable.hashText(name, data, encoding), node.hashText(name, data, encoding));
        },
      ),
    );
  });

  it("on bytes as text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3 }), (data) => {
        const text = node.textOfBytes(data, 1, data.length - 1);
        assert.equal(portable.textOfBytes(data, 1, data.length - 1), text);
        assert.deepEqual(
          Uint8Array.from(text, (c) => c.charCodeAt(0)),
          data.slice(1, -1),
        );
      }),
    );
  });

  it("on PBKDF2, with passwords that are no ASCII", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHES),
        fc.string({ unit: "binary" }),
        fc.uint8Array(),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(16, 32, 48),
        (name, password, salt, iterations, length) =>
          agree(({ pbkdf2 }) => pbkdf2(name, password, salt, iterations, length)),
      ),
      { numRuns: 20 },
    );
  });

  it("on AES", () => {
    fc.assert(
      fc.property(fc.constantFrom(16, 32).chain(bytes), bytes(16), blocks(16), (key, iv, data) => {
        agree(({ aesCbcEncrypt }) => aesCbcEncrypt(key, iv, data));
        agree(({ aesCbcDecrypt }) => aesCbcDecrypt(key, iv, data));
        assert.equal(hex(portable.aesCbcDecrypt(key, iv, node.aesCbcEncrypt(key, iv, data))), hex(data));
      }),
    );
  });

  it("on AES that authenticates, which refuses what was altered, wherever in an array it lies", () => {
    const part = (size: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
      fc
        .tuple(size, fc.integer({ min: 0, max: 3 }))
        .map(([b, at]) => Uint8Array.from([...new Uint8Array(at), ...b]).subarray(at));
    const parts = fc.tuple(
      part(fc.constantFrom(16, 32).chain(bytes)),
      part(fc.uint8Array({ maxLength: 40 })),
      part(fc.uint8Array({ minLength: 1, maxLength: 100 })),
      fc.constantFrom("gcm", "ccm"),
      fc.integer({ min: 7, max: 13 }).chain(bytes),
    );
    fc.assert(
      fc.property(parts, fc.nat(), ([key, aad, clear, mode, any], where) => {
        const twelve = Uint8Array.from([...any, ...any]).subarray(0, 12);
        const nonce = mode === "gcm" ? twelve : any;
        const name = `aes-${8 * key.length}-${mode}`;
        const options = { authTagLength: 16 };
        const cipher = createCipheriv(name as CipherCCMTypes, key, nonce, options);
        cipher.setAAD(aad, { plaintextLength: clear.length });
        const data = Uint8Array.from(cipher.update(clear));
        cipher.final();
        const tag = Uint8Array.from(cipher.getAuthTag());
        for (const p of both) {
          const decrypt = mode === "gcm" ? p.aesGcmDecrypt : p.aesCcmDecrypt;
          assert.equal(hex(decrypt(key, nonce, aad, data, tag)!), hex(clear));
          for (const at of [data, tag, aad]) {
            if (at.length === 0) continue;
            at[where % at.length]! ^= 1;
            assert.equal(decrypt(key, nonce, aad, data, tag), null);
            at[where % at.length]! ^= 1;
          }
        }
        agree(({ aesGmac }) => aesGmac(key, twelve, [aad, clear]));
      }),
    );
  });

  it("on refusing an empty text in CCM, whose tag Node passes over", () => {
    const key = new Uint8Array(16);
    for (const { aesCcmDecrypt } of both) {
      assert.equal(aesCcmDecrypt(key, key.subarray(0, 11), key, new Uint8Array(0), key), null);
    }
  });

  it("on DES", () => {
    fc.assert(fc.property(bytes(8), bytes(8), (key, data) => agree(({ desBlock }) => desBlock(key, data))));
  });

  it("and leave what they were given as it was", () => {
    const key = new Uint8Array(16).fill(3);
    const data = new Uint8Array(32).fill(5);
    for (const { aesCbcEncrypt, aesCbcDecrypt, desBlock, hmac } of both) {
      aesCbcEncrypt(key, key, data);
      aesCbcDecrypt(key, key, data);
      desBlock(key.subarray(0, 8), data.subarray(0, 8));
      hmac("md5", key, [data]);
      assert.ok(key.every((b) => b === 3) && data.every((b) => b === 5));
    }
  });
});

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** [RFC 1320], [RFC 6229], [RFC 3962], [FIPS 46-2], [RFC 3610], [RFC 4493]; [MS-NLMP] 4.2; SMB 3; [RFC 3961], [RFC 3962], [RFC 8009], [RFC 4757]. */
const VECTORS = [
  "test/unit/crypto/ciphers.test.ts",
  "test/unit/crypto/aead.test.ts",
  "test/unit/smb/keys.test.ts",
  "test/unit/ntlmssp/spec-vectors.test.ts",
  "test/unit/kerberos/crypto-vectors.test.ts",
  // Tickets and sealed PDUs, as no capture that ships has them.
  "test/unit/security/kerberos-sessions.test.ts",
];

interface Bundler {
  bundleTests: (
    files: readonly string[],
    folder: string,
    conditions: readonly string[],
  ) => Promise<(file: string) => string>;
}

it("the published vectors hold with the portable ones", async (t) => {
  const folder = join(ROOT, "dist", `portable-${process.pid}`);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { bundleTests } = (await import(pathToFileURL(`${ROOT}scripts/test-bundle.mjs`).href)) as Bundler;
  const placeOf = await bundleTests(VECTORS, folder, ["browser"]);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const all = VECTORS.map((file) => `await import(${JSON.stringify(pathToFileURL(placeOf(file)).href)});`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--test-reporter=tap", "--input-type=module", "-e", all.join("\n")],
    { cwd: ROOT, encoding: "utf8", env },
  );
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^# pass 1\d\d$/m);
  assert.match(stdout, /^# fail 0$/m);
  // They are those that everything but Node has.
  const joined = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".mjs"),
  );
  const text = joined.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  assert.match(text, /dissectors\/crypto\/portable/);
  assert.doesNotMatch(text, /dissectors\/crypto\/node\.ts/);
});
