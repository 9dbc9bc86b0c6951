/** Sessions of SMB whose keys are given, or guessed: the messages are Microsoft's published ones (test/unit/smb/keys.test.ts). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encrypt } from "../../../dissectors/kerberos/crypto.js";
import { type ApRep, type ApReq, readKerberos } from "../../../dissectors/kerberos/messages.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { KeyRing, type KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import type {
  ContextLocation,
  KerberosExchange,
  SmbProtection,
  SmbSetup,
} from "../../../src/rpc/security/session.js";
import * as smb2 from "../../lab/smb2.js";
import { CIPHER, Smb3Session } from "../../lab/smb3.js";
import {
  apRep,
  apReq,
  authenticator,
  encApRepPart,
  encrypted,
  encTicketPart,
  type Key,
  ticket,
} from "../../support/kerberos/build.js";

/** SMB 3.0, AES-128-CCM: a request and its response, and the session key. */
const KEY_300 = "b4546771b515f766a86735532dd6c4f0";
const REQUEST_300 = fromHex(
  "fd534d4281a286535415445dae393921e44fa42e66e69a111892584fb5ed524a744da3ee87000000000001001100001400e4080025c8fee16605a437832d1cd52da9f4645333482a175fe5384563f45fcdafaef38bc62ba4d5c62897996625a44c29be5658de2e6117585779e7b59ffd971278d08580d7fa899e410e910eabf5aa1db43050b33b49182637759ac15d84bfcdf5b6b238993c0f4cf4d6012023f6c627297075d84b7803912d0a9639634453595ef3e33ffe4e7ac2ab",
);
const RESPONSE_300 = fromHex(
  "fd534d42a6015530a18f6d9affe22afae8e6648486000000000000001100001400e4080050000000000001001100001400e40800dbf46435c5f14169293ce079e344479bf670227e49873f458672c3098dac467dd5809f369d674091665157871483e01f7becd02064eac3e235f913668bbc2f097980d4b378f1993eff6e60d177309e5b",
);
const CLEAR_300 =
  "fe534d4240000100000000000900210009000000000000000400000000000000fffe0000010000001100001400e408000000000000000000000000000000000011000000170000000000000000000000";
/** SMB 3.1.1, AES-128-GCM. */
const KEY_311 = "419fddf34c1e001909d362ae7fb6af79";
const PREAUTH_311 = fromHex(
  "b23f3cbfd69487d9832b79b1594a367cdd950909b774c3a4c412b4fcea9edddba7db256ba2ea30e977f11f9b113247578e0e915c6d2a513b8f2fca5707dc8770",
);
const RESPONSE_311 = fromHex(
  "fd534d42acbe1cb7ed343adf1725ef144d90d4b0e06831dd2e8eb7b400000000000000005000000000000100250000000010000026bbbf949983a6c1c796559d0f2c510cb651d1f7b6ac8ded32a2a0b8f2d793a815c6f6b848d69767a215841a42d400ae6ddb5f0b44173a014973321fdd7950da6179159b82e03c9e18a050ff0ea1c967",
);
/** The last response of a session setup in SMB 3.0, signed with a key of its own. */
const KEY_SIGNED = "726d4c454e63516446695457664e5042";
const SIGNED = fromHex(
  "fe534d42400001000000000001007f00090000000000000003000000000000000000000000000000020000007bfba3f4041393e756a048c9092c4e52dc7037190900000048000900a1073005a0030a0100",
);
const WRONG = "00112233445566778899aabbccddeeff";

const setup300: SmbSetup = {
  sessionId: 0x8e40014000011n,
  agreement: { dialect: 0x300, cipher: 1, signing: null },
  preauth: null,
  exchange: null,
  binding: false,
};
const setup311: SmbSetup = {
  ...setup300,
  sessionId: 0x100000000025n,
  agreement: { dialect: 0x311, cipher: 2, signing: null },
  preauth: PREAUTH_311,
};

function location(): ContextLocation {
  return { stream: 7, contextId: 0, smbSession: "1", type: "none", level: "pkt_privacy" };
}

/** A ring, one session of it, and what the report says of that. */
class Opened {
  readonly ring: KeyRing;
  readonly #location = location();

  constructor(options: KeyRingOptions) {
    this.ring = KeyRing.from(options);
  }

  ask(setup: SmbSetup, refuted = false): SmbProtection {
    const answer = this.ring.smbSession(setup, this.#location, refuted);
    assert.ok(answer.session, "no keys");
    return answer.session;
  }

  refused(setup: SmbSetup, refuted = false): string {
    const answer = this.ring.smbSession(setup, this.#location, refuted);
    assert.equal(answer.session, null);
    return answer.session === null ? answer.reason : "";
  }

  get line() {
    const { contexts } = this.ring.report();
    const { smb_session, level, opened, secret, proof, reason } = contexts[0]!;
    return { smb_session, level, opened, secret, proof, reason };
  }
}

const byTag = {
  smb_session: "1",
  level: "pkt_privacy",
  opened: true,
  secret: "session_key #2",
  proof: "signature",
  reason: null,
};

describe("a session key that was given", () => {
  it("opens both sides in SMB 3.0, among wrong ones", () => {
    const opened = new Opened({ sessionKeys: [WRONG, KEY_300] });
    const session = opened.ask(setup300);
    assert.equal(session.certain, false);
    assert.equal(session.open(true, REQUEST_300)?.length, 135);
    assert.equal(session.certain, true);
    assert.equal(hex(session.open(false, RESPONSE_300)!), CLEAR_300);
    assert.deepEqual(opened.line, byTag);
  });

  it("opens SMB 3.1.1 with the hash of its setup", () => {
    const opened = new Opened({ sessionKeys: [WRONG, KEY_311] });
    assert.equal(opened.ask(setup311).open(false, RESPONSE_311)?.length, 80);
    assert.deepEqual(opened.line, byTag);
  });

  it("opens none of SMB 3.1.1 whose beginning was not captured, which is said", () => {
    const opened = new Opened({ sessionKeys: [KEY_311] });
    assert.equal(opened.refused({ ...setup311, preauth: null }), "bind-not-captured");
    assert.deepEqual([opened.line.opened, opened.line.reason], [false, "bind-not-captured"]);
  });

  it("opens SMB 3.0 whose negotiation was not captured", () => {
    const opened = new Opened({ sessionKeys: [WRONG, KEY_300] });
    assert.equal(hex(opened.ask({ ...setup300, agreement: null }).open(false, RESPONSE_300)!), CLEAR_300);
  });

  it("is given up when three messages do not fit, and the reason is to be had", () => {
    const opened = new Opened({ sessionKeys: [WRONG] });
    const session = opened.ask(setup300);
    const refuted = [REQUEST_300, REQUEST_300, REQUEST_300].map((message) => {
      assert.equal(session.open(true, message), null);
      return session.refuted;
    });
    assert.deepEqual(refuted, [false, false, true]);
    assert.equal(opened.refused(setup300, true), "bind-not-captured");
  });

  it("is not shaken by a message that was altered, once it has proved right", () => {
    const session = new Opened({ sessionKeys: [KEY_300] }).ask(setup300);
    assert.ok(session.open(true, REQUEST_300));
    const altered = Uint8Array.from(REQUEST_300);
    altered[100]! ^= 1;
    for (let i = 0; i < 10; i++) assert.equal(session.open(true, altered), null);
    assert.equal(session.refuted, false);
    assert.ok(session.open(true, REQUEST_300));
  });

  it("judges signatures once one has proved it", () => {
    const bad = Uint8Array.from(SIGNED);
    bad[70]! ^= 1;
    const opened = new Opened({ sessionKeys: [WRONG, KEY_SIGNED] });
    const session = opened.ask(setup300);
    assert.equal(session.verify(bad), null);
    assert.equal(session.verify(SIGNED), true);
    assert.equal(session.verify(bad), false);
    assert.deepEqual(opened.line, byTag);
  });
});

describe("a session of several connections", () => {
  it("is opened on those that joined it, or began before the capture, with the keys of the first", () => {
    const opened = new Opened({ sessionKeys: [KEY_300] });
    assert.ok(opened.ask(setup300).open(true, REQUEST_300));
    for (const other of [
      { ...setup300, agreement: null },
      { ...setup300, binding: true },
    ]) {
      assert.equal(hex(opened.ask(other).open(false, RESPONSE_300)!), CLEAR_300);
    }
    // Another of that number is known to be another by its tags.
    const stranger = opened.ask({ ...setup311, sessionId: setup300.sessionId });
    for (let i = 0; i < 3; i++) assert.equal(stranger.open(false, RESPONSE_311), null);
    assert.equal(stranger.refuted, true);
  });

  it("is opened on one that joined it before the first was, once that is", () => {
    const opened = new Opened({ sessionKeys: [KEY_300] });
    const joined = opened.ask({ ...setup300, binding: true });
    assert.equal(joined.open(false, RESPONSE_300), null);
    assert.equal(joined.certain, false);
    assert.ok(opened.ask(setup300).open(true, REQUEST_300));
    assert.equal(hex(joined.open(false, RESPONSE_300)!), CLEAR_300);
  });

  it("is not opened with what a connection proved that joined it", () => {
    const session = new Opened({ sessionKeys: [KEY_300] }).ask({ ...setup300, binding: true });
    assert.equal(session.open(true, REQUEST_300), null);
  });
});

describe("without a key that fits", () => {
  it("says that the setup was not captured", () => {
    const opened = new Opened({ passwords: ["secret"] });
    assert.equal(opened.refused(setup300), "bind-not-captured");
    assert.equal(opened.ring.report().contexts.length, 1);
  });

  it("says nothing of a session that is only signed", () => {
    const ring = KeyRing.from({ passwords: ["secret"] });
    const answer = ring.smbSession(setup300, { ...location(), level: "pkt_integrity" }, false);
    assert.equal(answer.session, null);
    assert.deepEqual(ring.report().contexts, []);
  });
});

describe("a session set up with Kerberos", () => {
  const REALM = "EXAMPLE.ORG";
  const keyOf = (fill: number): Key => ({ etype: 18, key: new Uint8Array(32).fill(fill) });
  const service = keyOf(1);
  const session = keyOf(2);
  const seal = (key: Key, usage: number, plain: Uint8Array): Uint8Array => {
    const cipher = encrypt(key.etype, key.key, usage, plain, new Uint8Array(16).fill(3))!;
    return encrypted(key.etype, null, cipher);
  };

  /** As far as it was seen, with the subkeys that either side chose. */
  function exchangeOf(sub: Key | null, acceptor: Key | null): KerberosExchange {
    const part = encTicketPart(session.etype, session.key, REALM, ["bob"]);
    const cipher = encrypt(18, service.key, 2, part, new Uint8Array(16).fill(3))!;
    const sealed = ticket(REALM, ["cifs", "srv"], 18, 3, cipher);
    const request = apReq(0x20000000, sealed, seal(session, 11, authenticator(REALM, ["bob"], sub, 1)));
    const reply = apRep(seal(session, 12, encApRepPart(acceptor, 1)));
    return {
      mechanism: "kerberos",
      apReq: readKerberos(new Reader(request)) as ApReq,
      apRep: readKerberos(new Reader(reply)) as ApRep,
      tgtRep: null,
    };
  }

  const ring = (): Opened => {
    const { key } = service;
    const kind = "kerberos_key";
    return new Opened({ secrets: [{ kind, principal: "cifs/srv", realm: REALM, etype: 18, key }] });
  };
  const clear = smb2.treeDisconnect({ messageId: 9n, sessionId: 5n, treeId: 1 });
  const chosen: [string, Key | null, Key | null, Key][] = [
    ["the acceptor's subkey", keyOf(4), keyOf(5), keyOf(5)],
    ["the initiator's subkey", keyOf(4), null, keyOf(4)],
    ["the ticket's key", null, null, session],
  ];
  for (const [title, sub, acceptor, right] of chosen) {
    for (const cipher of Object.values(CIPHER)) {
      it(`is opened with ${title}, cipher ${cipher}`, () => {
        const preauth = new Uint8Array(64).fill(7);
        const sender = new Smb3Session({
          dialect: 0x311,
          cipher,
          sessionId: 5n,
          sessionKey: right.key,
          preauth,
        });
        const opened = ring();
        const protection = opened.ask({
          sessionId: 5n,
          agreement: { dialect: 0x311, cipher, signing: null },
          preauth,
          exchange: exchangeOf(sub, acceptor),
          binding: false,
        });
        assert.equal(protection.certain, true);
        assert.equal(protection.verify(sender.sign(clear)), true);
        assert.equal(hex(protection.open(true, sender.seal("client", clear))!), hex(clear));
        assert.equal(hex(protection.open(false, sender.seal("server", clear))!), hex(clear));
        assert.deepEqual([opened.line.opened, opened.line.proof], [true, "ticket"]);
      });
    }
  }

  it("says whose ticket it is that no key opens", () => {
    const opened = new Opened({ passwords: ["secret"] });
    const exchange = exchangeOf(null, null);
    assert.equal(opened.refused({ ...setup311, exchange }), "no-key");
  });
});
