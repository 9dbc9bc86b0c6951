/** Secrets as users give them. What is wrong is said; what was given is never repeated. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import {
  parseNtHash,
  parseSecrets,
  parseSessionKey,
  SecretError,
} from "../../../src/rpc/security/secrets.js";

const HASH = "8846f7eaee8fb117ad06bdd830b7586c";

describe("a secrets file", () => {
  it("has every kind", () => {
    const secrets = parseSecrets(`[
      {"user": "bob", "domain": "EXAMPLE", "password": "päss"},
      {"user": "bob", "domain": null, "nt_hash": "${HASH}"},
      {"session_key": "${HASH}"},
      {"keytab": "host.keytab"},
      {"principal": "host/x", "realm": "EXAMPLE.ORG", "kerberos_key": "${HASH}${HASH}", "etype": 18},
      {"kerberos_key": "${HASH}", "etype": "rc4-hmac", "comment": "anything"},
      {"password": ""}
    ]`);
    assert.deepEqual(
      secrets.map((s) => s.kind),
      ["password", "nt_hash", "session_key", "keytab", "kerberos_key", "kerberos_key", "password"],
    );
    assert.deepEqual(secrets[0], { kind: "password", user: "bob", domain: "EXAMPLE", password: "päss" });
    const key = secrets[5];
    assert.ok(key?.kind === "kerberos_key" && key.etype === 23);
    assert.deepEqual(parseSecrets("\uFEFF[]"), []);
  });

  it("is refused in words that name the entry and hold no secret", () => {
    const cases: [string, RegExp][] = [
      ['[{"password": "hunter2"', /not valid JSON/],
      ['{"password": "hunter2"}', /must be a JSON array/],
      ['["hunter2"]', /secret 1: must be an object/],
      ['[{"user": "hunter2"}]', /secret 1: needs one of password, nt_hash/],
      ['[{"session_key": "00"}, {"password": "hunter2", "nt_hash": "hunter2"}]', /session_key: must be 32/],
      ['[{"password": "hunter2", "nt_hash": "hunter2"}]', /password and nt_hash/],
      ['[{"password": 2}]', /password must be a string/],
      ['[{"password": "hunter2", "user": {"a": "hunter2"}}]', /user must be a string/],
      ['[{"nt_hash": "hunter2hunter2hunter2hunter2hunt"}]', /nt_hash: must be 32 hex digits/],
      ['[{"session_key": "hunter2"}]', /session_key: must be 32 or 64 hex digits/],
      ['[{"kerberos_key": "hunter2"}]', /kerberos_key: must be/],
      [`[{"kerberos_key": "${HASH}", "etype": "hunter2"}]`, /etype must be/],
      ['[{"keytab": ""}]', /keytab must name a file/],
      ['[{"password": "hunter2", "pasword": "hunter2"}]', /unknown key "pasword"/],
      ['[{"password": "x", "hunter2": 1}]', /unknown key beside password/],
    ];
    for (const [text, expected] of cases) {
      assert.throws(
        () => parseSecrets(text),
        (error: unknown) => {
          assert.ok(error instanceof SecretError, text);
          assert.match(error.message, expected);
          assert.doesNotMatch(String(error.stack), /hunter2/);
          return true;
        },
      );
    }
  });
});

describe("options", () => {
  it("hashes and keys in the usual notations", () => {
    assert.equal(parseNtHash(`:${HASH}`).lm, null);
    assert.equal(parseNtHash(`aad3b435b51404eeaad3b435b51404ee:${HASH.toUpperCase()}`).lm?.length, 16);
    assert.equal(parseSessionKey(`0x${HASH}`).length, 16);
    for (const bad of ["", "zz", `${HASH}00`, `xx:${HASH}`, `${HASH}:${HASH}:${HASH}`]) {
      assert.throws(() => parseNtHash(bad), SecretError);
    }
  });

  it("are refused by number", () => {
    assert.throws(() => KeyRing.from({ ntHashes: [HASH, "hunter2"] }), /^SecretError: nt_hash #2: must be/);
    assert.throws(() => KeyRing.from({ sessionKeys: ["hunter2"] }), /^SecretError: session_key #1: must be/);
    assert.throws(
      () => KeyRing.from({ keytabs: [{ name: "host.keytab", bytes: Buffer.from("hunter2") }] }),
      (error: Error) => error instanceof SecretError && /host\.keytab: not a keytab/.test(error.message),
    );
    assert.throws(() => KeyRing.from({ secrets: [{ kind: "keytab", path: "x" }] }), SecretError);
  });

  it("never show a secret in the report, nor when the ring is printed", async () => {
    const ring = KeyRing.from({
      passwords: ["hunter2"],
      ntHashes: [HASH],
      secrets: parseSecrets('[{"user": "bob", "domain": "D", "password": "hunter2"}]'),
    });
    const { inspect } = await import("node:util");
    for (const text of [JSON.stringify(ring.report()), JSON.stringify(ring), inspect(ring, { depth: 9 })]) {
      assert.doesNotMatch(text, /hunter2|8846f7ea/);
    }
    assert.deepEqual(
      ring.report().secrets.map((s) => [s.secret, s.user, s.domain]),
      [
        ["password #1", null, null],
        ["nt_hash #1", null, null],
        ["secret #1", "bob", "D"],
      ],
    );
  });
});
