/** NTLM contexts from handshake to last PDU: every negotiable variant, and what happens when PDUs are bad or missing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hex } from "../../../dissectors/wire/guid.js";
import { SecurityContext } from "../../../src/rpc/security/context.js";
import { KeyRing, type KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import type { ProtectedPdu, Unsealed } from "../../../src/rpc/security/session.js";
import { assertLinear } from "../../support/growth.js";
import {
  type Handshake,
  type HandshakeOptions,
  handshake,
  introduce,
  Peer,
} from "../../support/security/peer.js";

const PRIVACY = 6;
const INTEGRITY = 5;
/** Sign, seal, always sign, Unicode, NTLM. */
const BASE = 0x00008231;
const ESS = 0x00080000;
const KX = 0x40000000;
const K128 = 0x20000000;
const K56 = 0x80000000;
const LM_KEY = 0x80;
const NON_NT = 0x400000;
const ACCOUNT = { user: "Novice", domain: "EXAMPLE", password: "Secret#1" };
const STRONG = BASE + ESS + KX + K128 + K56;

function stub(n: number, length = 40): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (n * 31 + i * 7) & 255);
}

function contextOf(h: Handshake, options: KeyRingOptions, level = PRIVACY) {
  const ring = KeyRing.from(options);
  const context = new SecurityContext(10, level, 0, ring, 7);
  introduce(context, h);
  return { context, ring };
}

function strong(overrides: Partial<HandshakeOptions> = {}): Handshake {
  return handshake({ ...ACCOUNT, flags: STRONG, response: "v2", ...overrides });
}

const codes = (context: SecurityContext): string[] => context.takeNotes().map((n) => n.code);

function assertOpen(opened: Unsealed, expected: Uint8Array): void {
  assert.deepEqual([opened.verified, opened.decrypted], [true, true]);
  assert.equal(hex(opened.stub!), hex(expected));
}

describe("every variant opens to its last PDU", () => {
  const variants: [string, Partial<HandshakeOptions>][] = [
    ["NTLMv2", {}],
    ["NTLMv2 with MIC", { mic: true }],
    ["NTLMv2 without key exchange", { flags: BASE + ESS + K128 }],
    ["NTLMv2, 56 bits", { flags: BASE + ESS + KX + K56 }],
    ["NTLMv2, 40 bits", { flags: BASE + ESS + KX }],
    ["NTLMv2 without extended session security", { flags: BASE + KX + K128 }],
    ["NTLMv1 with extended session security", { response: "v1" }],
    ["NTLMv1 with ESS, 56 bits, no key exchange", { response: "v1", flags: BASE + ESS + K56 }],
    ["NTLMv1", { response: "v1", flags: BASE + KX + K128 }],
    ["NTLMv1 without key exchange", { response: "v1", flags: BASE }],
    ["NTLMv1 with LM key, 56 bits", { response: "v1", flags: BASE + KX + LM_KEY + K56 }],
    ["NTLMv1 with LM key, 40 bits", { response: "v1", flags: BASE + KX + LM_KEY }],
    ["NTLMv1 with LM key, no key exchange", { response: "v1", flags: BASE + LM_KEY + K56 }],
    ["NTLMv1 with non-NT session key", { response: "v1", flags: BASE + KX + NON_NT }],
    ["LM response alone", { response: "lm", flags: BASE + KX + LM_KEY + K56 }],
    ["anonymous", { response: "anonymous" }],
    ["a password outside ASCII", { password: "Pässwörd€𝄞" }],
    ["an empty password", { password: "" }],
    ["a user name in mixed case with ß", { user: "strauß" }],
  ];
  for (const [name, overrides] of variants) {
    for (const level of [PRIVACY, INTEGRITY]) {
      it(`${name}, level ${level}`, () => {
        const h = strong(overrides);
        const password = overrides.password ?? ACCOUNT.password;
        const { context, ring } = contextOf(h, { passwords: ["x", password, "y"] }, level);
        const peer = new Peer(h);
        for (let i = 0; i < 12; i++) {
          const fromClient = i % 2 === 0;
          const clear = stub(i, 4 * (i + 1));
          const opened = context.open(peer.pdu(fromClient, clear, level === PRIVACY));
          assert.equal(opened.verified, true, `PDU ${i}`);
          assert.equal(hex(opened.stub!), hex(clear));
          assert.equal(opened.decrypted, level === PRIVACY ? true : null);
        }
        assert.deepEqual(codes(context), []);
        assert.equal(ring.report().contexts[0]?.opened, true);
      });
    }
  }

  it("by NT hash, by LM:NT, by session key with MIC or first signature", () => {
    const nt = "8846f7eaee8fb117ad06bdd830b7586c";
    const h = strong({ password: "password", mic: true });
    const bare = strong({ password: "password" });
    for (const [hs, options, proof] of [
      [h, { ntHashes: [nt] }, "nt_response"],
      [h, { ntHashes: [`aad3b435b51404eeaad3b435b51404ee:${nt}`] }, "nt_response"],
      [h, { sessionKeys: ["11".repeat(16), hex(h.exportedKey)] }, "mic"],
      [bare, { sessionKeys: ["11".repeat(16), hex(bare.exportedKey)] }, "signature"],
    ] as [Handshake, KeyRingOptions, string][]) {
      const { context, ring } = contextOf(hs, options);
      const peer = new Peer(hs);
      assertOpen(context.open(peer.pdu(true, stub(1))), stub(1));
      assertOpen(context.open(peer.pdu(false, stub(2))), stub(2));
      assert.equal(ring.report().contexts[0]?.proof, proof);
    }
  });

  it("says that the MIC does not fit where the responses prove the key, and opens all the same", () => {
    const h = strong({ mic: true });
    for (const [message, at] of [
      [0, 12],
      [1, 20],
      [2, 72],
    ] as const) {
      const messages = h.messages.map((bytes) => bytes.slice()) as Handshake["messages"];
      messages[message][at]! ^= 1;
      const changed = contextOf({ ...h, messages }, { passwords: [ACCOUNT.password] });
      assertOpen(changed.context.open(new Peer(h).pdu(true, stub(1))), stub(1));
      assert.deepEqual(codes(changed.context), ["mic-wrong"], `message ${message + 1}`);
    }
    const { context } = contextOf(h, { passwords: [ACCOUNT.password] });
    assertOpen(context.open(new Peer(h).pdu(true, stub(1))), stub(1));
    assert.deepEqual(codes(context), []);
  });

  it("tries 64 session keys where nothing proves one, and says so where a PDU stays encrypted and there were more", () => {
    const h = strong();
    const wrong = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => (i + 16).toString(16).padStart(32, "0"));
    const right = hex(h.exportedKey);
    for (const [sessionKeys, opens, limited] of [
      [[...wrong(63), right], true, false],
      [[right, ...wrong(64)], true, false],
      [wrong(64), false, false],
      [[...wrong(64), right], false, true],
    ] as const) {
      const { context, ring } = contextOf(h, { sessionKeys });
      const opened = context.open(new Peer(h).pdu(true, stub(1)));
      assert.deepEqual([opened.verified === true, ring.limited.guesses], [opens, limited]);
    }
  });

  it("needs the LM hash for an LM session key", () => {
    const h = strong({ password: "password", response: "v1", flags: BASE + KX + LM_KEY + K56 });
    const { context } = contextOf(h, { ntHashes: ["8846f7eaee8fb117ad06bdd830b7586c"] });
    assert.equal(context.open(new Peer(h).pdu(true, stub(1))).stub, null);
    const [note] = context.takeNotes();
    assert.equal(note?.code, "no-key");
    assert.match(note?.message ?? "", /LM hash/);
    const both = contextOf(h, {
      ntHashes: ["e52cac67419a9a224a3b108f3fa6cb6d:8846f7eaee8fb117ad06bdd830b7586c"],
    });
    assertOpen(both.context.open(new Peer(h).pdu(true, stub(1))), stub(1));
  });
});

describe("which secret is tried", () => {
  it("names the one of the user, and the reason where none fits", () => {
    const h = strong();
    const run = (secrets: KeyRingOptions["secrets"]) => {
      const { context, ring } = contextOf(h, { secrets });
      context.open(new Peer(h).pdu(true, stub(1)));
      return { line: ring.report().contexts[0]!, notes: codes(context) };
    };
    const secret = (user: string | null, domain: string | null, password: string) =>
      ({ kind: "password", user, domain, password }) as const;
    const right = run([secret("other", null, "Secret#1"), secret("novice", "example", "Secret#1")]);
    assert.deepEqual([right.line.secret, right.line.opened, right.notes], ["secret #2", true, []]);
    const stranger = run([secret("other", "ELSEWHERE", "Secret#1")]);
    assert.equal(stranger.line.secret, "secret #1");
    assert.deepEqual(run([secret("other", null, "no")]).notes, ["no-matching-user"]);
    assert.deepEqual(run([secret("NOVICE", null, "no")]).notes, ["wrong-password"]);
    assert.deepEqual(run([secret("novice", "ELSEWHERE", "no")]).notes, ["wrong-password"]);
    assert.deepEqual(run([secret(null, null, "no")]).notes, ["wrong-password"]);
  });

  it("says once for each context why it stays encrypted", () => {
    const h = strong();
    const { context } = contextOf(h, { passwords: ["no"] });
    const peer = new Peer(h);
    for (let i = 0; i < 5; i++) context.open(peer.pdu(true, stub(i)));
    assert.deepEqual(codes(context), ["wrong-password"]);
    assert.deepEqual([context.record().decrypted, context.record().verified], [false, null]);
  });

  it("says that the bind was not captured", () => {
    const h = strong();
    const ring = KeyRing.from({ passwords: [ACCOUNT.password] });
    const context = new SecurityContext(10, PRIVACY, 0, ring);
    context.open(new Peer(h).pdu(true, stub(1)));
    assert.deepEqual(codes(context), ["bind-not-captured"]);
    const half = new SecurityContext(10, PRIVACY, 0, ring);
    half.token(true, h.messages[2], { headerSigning: false, frame: 1 });
    half.open(new Peer(h).pdu(true, stub(1)));
    assert.deepEqual(codes(half), ["bind-not-captured"]);
    assert.equal(half.record().user, "Novice");
  });

  it("opens a context without bind by its session key", () => {
    const h = strong();
    const ring = KeyRing.from({ sessionKeys: [hex(h.exportedKey)] });
    const context = new SecurityContext(10, PRIVACY, 0, ring);
    const peer = new Peer(h);
    assertOpen(context.open(peer.pdu(true, stub(1))), stub(1));
    assertOpen(context.open(peer.pdu(false, stub(2))), stub(2));
  });

  it("computes nothing without keys, and says what would open it", () => {
    const h = strong();
    const context = new SecurityContext(10, PRIVACY, 0, null);
    introduce(context, h);
    const opened = context.open(new Peer(h).pdu(true, stub(1)));
    assert.deepEqual(opened, { stub: null, verified: null, decrypted: null });
    const [note] = context.takeNotes();
    assert.equal(note?.code, "no-key");
    assert.match(note?.message ?? "", /EXAMPLE\\Novice/);
  });
});

/** A context with a right key and three PDUs of the client behind it. */
function running(level = PRIVACY, overrides: Partial<HandshakeOptions> = {}) {
  const h = strong(overrides);
  const { context, ring } = contextOf(h, { passwords: [ACCOUNT.password] }, level);
  const peer = new Peer(h);
  const next = (n: number, length = 40): ProtectedPdu => peer.pdu(true, stub(n, length), level === PRIVACY);
  for (let i = 0; i < 3; i++) assert.equal(context.open(next(i)).verified, true);
  return { context, ring, next, peer };
}

function bend(pdu: ProtectedPdu, offset: number): ProtectedPdu {
  const bytes = Uint8Array.from(pdu.bytes);
  bytes[offset]! ^= 0x20;
  return { ...pdu, bytes };
}

describe("bad signatures", () => {
  it("are noted and do not break what follows", () => {
    for (const at of [3, 30, 66, 78]) {
      const { context, next } = running();
      const opened = context.open(bend(next(3), at));
      assert.deepEqual([opened.verified, opened.decrypted], [false, true], `byte ${at}`);
      assert.deepEqual(codes(context), ["bad-signature"]);
      assertOpen(context.open(next(4)), stub(4));
      assertOpen(context.open(next(5)), stub(5));
      assert.equal(context.record().verified, false);
    }
  });

  it("name an altered sequence number", () => {
    const { context, next } = running();
    const pdu = next(3);
    assert.equal(context.open(bend(pdu, pdu.bytes.length - 4)).verified, false);
    assert.deepEqual(codes(context), ["bad-signature"]);
    assertOpen(context.open(next(4)), stub(4));
  });

  it("are noted at integrity, where the stub stays visible", () => {
    const { context, next } = running(INTEGRITY);
    const opened = context.open(bend(next(3), 30));
    assert.deepEqual([opened.verified, opened.decrypted, opened.stub?.length], [false, null, 40]);
    assert.deepEqual(codes(context), ["bad-signature"]);
    assert.equal(context.open(next(4)).verified, true);
  });

  it("are noted without extended session security", () => {
    const { context, next } = running(PRIVACY, { response: "v1", flags: BASE + KX + K128 });
    assert.equal(context.open(bend(next(3), 30)).verified, false);
    assert.deepEqual(codes(context), ["bad-signature"]);
    assertOpen(context.open(next(4)), stub(4));
  });

  it("are reported a limited number of times", () => {
    const { context, next } = running(INTEGRITY);
    for (let i = 0; i < 100; i++) {
      context.open(bend(next(i), 30));
      assert.equal(context.open(next(i)).verified, true);
    }
    const notes = context.takeNotes();
    assert.ok(notes.length < 40);
    assert.match(notes.filter((n) => n.code === "bad-signature").at(-1)!.message, /left out/);
  });

  it("include a verifier that is too short", () => {
    const { context, next } = running();
    const pdu = next(3);
    const opened = context.open({ ...pdu, bytes: pdu.bytes.subarray(0, pdu.bytes.length - 3) });
    assert.equal(opened.verified, false);
    assert.deepEqual(codes(context), ["bad-signature"]);
  });
});

describe("repeated, skipped and missing PDUs", () => {
  it("notes a repeated PDU and goes on", () => {
    const { context, next } = running();
    const pdu = next(3);
    assertOpen(context.open(pdu), stub(3));
    const again = context.open(pdu);
    assert.deepEqual([again.stub, again.verified, again.decrypted], [null, false, false]);
    assert.deepEqual(codes(context), ["sequence-repeated"]);
    assertOpen(context.open(next(4)), stub(4));
  });

  it("notes a skipped PDU at integrity without key exchange, where nothing else is lost", () => {
    const { context, next } = running(INTEGRITY, { flags: BASE + ESS + K128 });
    next(3);
    assert.equal(context.open(next(4)).verified, true);
    assert.deepEqual(codes(context), ["sequence-skipped"]);
    assert.equal(context.open(next(5)).verified, true);
    assert.deepEqual(codes(context), []);
  });

  it("finds the key stream's place again where the signature proves it, and says so", () => {
    for (const level of [PRIVACY, INTEGRITY]) {
      const { context, next } = running(level);
      context.lost(true);
      next(3, 400);
      next(4, 24);
      const opened = context.open(next(5));
      assert.equal(opened.verified, true);
      assert.equal(hex(opened.stub!), hex(stub(5)));
      const notes = context.takeNotes();
      assert.deepEqual(
        notes.map((n) => [n.code, n.severity]),
        [["cipher-state-lost", "info"]],
      );
      assert.match(notes[0]!.message, /2 messages/);
      assert.equal(context.open(next(6)).verified, true);
    }
  });

  it("gives up what cannot be found, says so once, and leaves the other direction alone", () => {
    const { context, next, peer, ring } = running();
    context.lost(true);
    // An odd number of bytes: not what padding leaves, and not looked for.
    next(3, 41);
    for (let i = 4; i < 8; i++) {
      const opened = context.open(next(i));
      assert.deepEqual([opened.stub, opened.verified, opened.decrypted], [null, null, false]);
    }
    assert.deepEqual(codes(context), ["cipher-state-lost"]);
    assertOpen(context.open(peer.pdu(false, stub(9))), stub(9));
    assert.equal(ring.report().contexts[0]?.reason, "cipher-state-lost");
  });

  it("bounds the work of the search", () => {
    assertLinear((n) => {
      const { context, next } = running();
      context.lost(true);
      next(3, 41);
      const pdus = Array.from({ length: n }, (_, i) => next(i, 4000));
      return () => {
        for (const pdu of pdus) context.open(pdu);
      };
    }, 40);
  });

  it("passes over a gap in which nothing signed was lost", () => {
    const { context, next } = running();
    context.lost(true);
    assertOpen(context.open(next(3)), stub(3));
    assert.deepEqual(codes(context), []);
  });

  it("gives up both directions without extended session security", () => {
    const { context, next, peer } = running(PRIVACY, { response: "v1", flags: BASE + KX + K128 });
    context.lost(true);
    next(3);
    assert.equal(context.open(next(4)).stub, null);
    assert.equal(context.open(peer.pdu(false, stub(9))).stub, null);
    assert.deepEqual(codes(context), ["cipher-state-lost"]);
  });

  it("starts in the middle: the handshake was captured, the first PDUs were not", () => {
    const h = strong();
    const { context } = contextOf(h, { passwords: [ACCOUNT.password] });
    const peer = new Peer(h);
    for (let i = 0; i < 4; i++) peer.pdu(true, stub(i, 100));
    assertOpen(context.open(peer.pdu(true, stub(5))), stub(5));
    assert.deepEqual(codes(context), ["cipher-state-lost"]);
  });
});

describe("any conversation", () => {
  it("opens whole, whatever the sizes and the order of directions", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(STRONG, BASE + ESS + K56, BASE + KX + K128),
        fc.array(fc.record({ fromClient: fc.boolean(), clear: fc.uint8Array({ maxLength: 300 }) }), {
          maxLength: 20,
        }),
        (flags, pdus) => {
          const h = strong({ flags });
          const { context } = contextOf(h, { passwords: [ACCOUNT.password] });
          const peer = new Peer(h);
          for (const { fromClient, clear } of pdus) {
            const opened = context.open(peer.pdu(fromClient, clear));
            if (opened.verified !== true || hex(opened.stub!) !== hex(clear)) return false;
          }
          return context.takeNotes().length === 0;
        },
      ),
      { numRuns: 60 },
    );
  });

  it("never throws on noise", () => {
    const { context } = running();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 120 }), fc.boolean(), (bytes, fromClient) => {
        const tokenStart = Math.max(32, bytes.length - 16);
        context.open({
          fromClient,
          bytes,
          littleEndian: true,
          stubStart: 24,
          stubEnd: tokenStart - 8,
          trailerStart: tokenStart - 8,
          tokenStart,
          frame: 1,
        });
      }),
      { numRuns: 50 },
    );
  });
});
