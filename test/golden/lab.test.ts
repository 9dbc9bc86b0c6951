/** What the lab promises: the same bytes on every run, independence, cryptography that agrees with published vectors. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fromHex, toHex, utf16le, Writer } from "../lab/bytes.js";
import { manifestName, RECIPES } from "../lab/make.js";
import { hmacMd5, md4, md5, NtlmDirection, ntowfv2, Rc4 } from "../lab/ntlm.js";
import { make } from "../lab/recipe.js";
import { liveOffer, play } from "../lab/sockets.js";
import { CAPTURES, captureBytes, captureNames } from "../support/expected.js";
import { sharedDir } from "../support/shared.js";

const LAB = join(dirname(fileURLToPath(import.meta.url)), "../lab");
const LIMIT = 60_000;

test("the committed captures are what the lab makes, and all of it", () => {
  assert.deepEqual(RECIPES.map((recipe) => recipe.name).sort(), captureNames());
  for (const recipe of RECIPES) {
    const made = make(recipe);
    assert.ok(made.capture.length < LIMIT, `${recipe.name}: ${made.capture.length} bytes`);
    assert.ok(Buffer.compare(made.capture, captureBytes(recipe.name)) === 0, `${recipe.name} differs`);
    const committed = readFileSync(join(CAPTURES, manifestName(recipe.name)), "utf8");
    assert.ok(made.expected === committed, `the manifest of ${recipe.name} differs`);
  }
});

test("the lab shares no code with the program", () => {
  for (const entry of readdirSync(LAB, { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts")) continue;
    const source = readFileSync(join(LAB, entry), "utf8");
    for (const [, from] of source.matchAll(/from "([^"]+)"/g)) {
      const depth = entry.split(/[/\\]/).length - 1;
      const climbs = from!.match(/\.\.\//g)?.length ?? 0;
      assert.ok(
        from!.startsWith("node:") || (from!.startsWith(".") && climbs <= depth),
        `${entry} imports ${from}`,
      );
    }
  }
});

test("MD4 agrees with [RFC 1320] A.5", () => {
  const vectors: [string, string][] = [
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    ["1234567890".repeat(8), "e33b4ddc9c38f2199c3e7b164fcc0536"],
  ];
  for (const [text, digest] of vectors) assert.equal(toHex(md4(new TextEncoder().encode(text))), digest);
});

test("NTLMv2 agrees with [MS-NLMP] 4.2.4", () => {
  const account = { user: "User", domain: "Domain", password: "Password", workstation: "COMPUTER" };
  const key = ntowfv2(account);
  assert.equal(toHex(key), "0c868a403bfd7a93a3001ef22ef02e3f");
  const serverChallenge = fromHex("0123456789abcdef");
  const clientChallenge = fromHex("aaaaaaaaaaaaaaaa");
  const info = new Writer().u16(2).u16(12).bytes(utf16le("Domain")).u16(1).u16(12).bytes(utf16le("Server"));
  const pairs = info.u16(0).u16(0).done();
  const temp = new Writer()
    .u8(1)
    .u8(1)
    .fill(6)
    .u64(0n)
    .bytes(clientChallenge)
    .u32(0)
    .bytes(pairs)
    .u32(0)
    .done();
  const proof = hmacMd5(key, serverChallenge, temp);
  assert.equal(toHex(proof), "68cd0ab851e51c96aabc927bebef6a1c");
  const base = hmacMd5(key, proof);
  assert.equal(toHex(base), "8de40ccadbc14a82f15cb0ad0de95ca3");
  const session = new Uint8Array(16).fill(0x55);
  assert.equal(toHex(new Rc4(base).run(session)), "c5dad2544fc9799094ce1ce90bc9d03e");
  const sealing = md5(
    session,
    new TextEncoder().encode("session key to client-to-server sealing key magic constant\0"),
  );
  assert.equal(toHex(sealing), "59f600973cc4960a25480a7c196e4c58");
  const text = utf16le("Plaintext");
  const { sealed, signature } = new NtlmDirection(session, "client").protect(text, text);
  assert.equal(toHex(sealed!), "54e50165bf1936dc996020c1811b0f06fb5f");
  assert.equal(toHex(signature), "010000007fb38ec5c55d497600000000");
});

interface KeyFile {
  streams: { exported_session_key: string; client_signing_key: string; server_sealing_key: string }[];
}

test("session keys agree with those of a real capture", (t) => {
  const shared = sharedDir();
  if (shared === null) {
    t.skip("no ../shared");
    return;
  }
  const file = join(shared, "captures", "dcerpc_privacy_ntlm.pcapng.gz.ntlmkeys.json");
  const { streams } = JSON.parse(readFileSync(file, "utf8")) as KeyFile;
  assert.ok(streams.length > 0);
  const key = (session: Uint8Array, from: string, what: string) =>
    toHex(md5(session, new TextEncoder().encode(`session key to ${from} ${what} key magic constant\0`)));
  for (const stream of streams) {
    const session = fromHex(stream.exported_session_key);
    assert.equal(key(session, "client-to-server", "signing"), stream.client_signing_key);
    assert.equal(key(session, "server-to-client", "sealing"), stream.server_sealing_key);
  }
});

test("novice and expert speak over real sockets", async () => {
  // Ports of the dynamic range that nobody asked for; one after another, since 135 needs privilege.
  for (const [i, story] of (["vista", "xp"] as const).entries()) {
    const base = 42_135 + 10 * i;
    const talk = liveOffer({ story, mapperPort: base, ports: [base + 1, base + 2] });
    await play(talk, "both", { timeout: 10_000 });
    const again = liveOffer({ story, mapperPort: base, ports: [base + 1, base + 2] });
    await Promise.all([
      play(again, "novice", { timeout: 10_000 }),
      play(again, "expert", { timeout: 10_000 }),
    ]);
  }
});

test("a peer that says something else is found out", async () => {
  const talk = liveOffer({ mapperPort: 42_165, ports: [42_166, 42_167] });
  const other = liveOffer({ mapperPort: 42_165, ports: [42_166, 42_167], seed: "another" });
  const both = [play(talk, "novice", { timeout: 3000 }), play(other, "expert", { timeout: 3000 })];
  const results = await Promise.allSettled(both);
  assert.ok(results.some((result) => result.status === "rejected"));
});
