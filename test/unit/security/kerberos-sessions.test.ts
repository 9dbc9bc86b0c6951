/** Kerberos contexts: how their keys are found, and their PDUs opened one by one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encrypt, stringToKey } from "../../../dissectors/kerberos/crypto.js";
import {
  cfxMicHolds,
  cfxUnwrap,
  rc4MicHolds,
  rc4Unwrap,
  readGssToken,
} from "../../../dissectors/kerberos/gss.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { KdcStream } from "../../../src/protocols/kdc.js";
import { Out } from "../../../src/rpc/output.js";
import { SecurityContext } from "../../../src/rpc/security/context.js";
import { KeyRing, type KeyRingOptions } from "../../../src/rpc/security/keyring.js";
import {
  apRep,
  apReq,
  authenticator,
  encApRepPart,
  encKdcRepPart,
  encrypted,
  encTicketPart,
  type Key,
  kdcRep,
  kdcReq,
  ticket,
} from "../../support/kerberos/build.js";
import { unhex } from "../../support/security/hexdump.js";
import { KerberosPeer, type Style } from "../../support/security/kerberos-peer.js";
import {
  application,
  enumerated,
  integer,
  octetString,
  oid,
  sequence,
  context as tagged,
} from "../../support/spnego/der-build.js";

const HERE = { frame: 1, frames: 1, sequence: 0, time: { seconds: 1, nanos: 0, digits: 6 as const } };
const REALM = "EXAMPLE.ORG";
const SERVICE = ["host", "novice.example.org"];
const LENGTHS: { [etype: number]: number } = { 17: 16, 18: 32, 19: 16, 20: 32, 23: 16 };
const CONFOUNDER = new Uint8Array(16).fill(3);

function keyOf(etype: number, fill: number): Key {
  return { etype, key: new Uint8Array(LENGTHS[etype]!).fill(fill) };
}

function seal(key: Key, usage: number, plain: Uint8Array): Uint8Array {
  const cipher = encrypt(
    key.etype,
    key.key,
    usage,
    plain,
    CONFOUNDER.subarray(0, key.etype === 23 ? 8 : 16),
  )!;
  return encrypted(key.etype, null, cipher);
}

function sealedTicket(key: Key, session: Key, service: readonly string[] = SERVICE): Uint8Array {
  const part = encTicketPart(session.etype, session.key, REALM, ["bob"]);
  const cipher = encrypt(key.etype, key.key, 2, part, CONFOUNDER.subarray(0, key.etype === 23 ? 8 : 16))!;
  return ticket(REALM, service, key.etype, 3, cipher);
}

interface Scene {
  service: Key;
  session: Key;
  sub: Key | null;
  acceptor: Key | null;
  request: Uint8Array;
  reply: Uint8Array;
}

function scene(etype: number, options: { sub?: boolean; acceptor?: boolean; u2u?: boolean } = {}): Scene {
  const service = keyOf(etype, 1);
  const session = keyOf(etype, 2);
  const sub = options.sub === false ? null : keyOf(etype, 4);
  const acceptor = options.acceptor === false ? null : keyOf(etype, 5);
  const request = apReq(
    options.u2u ? 0x60000000 : 0x20000000,
    sealedTicket(service, session),
    seal(session, 11, authenticator(REALM, ["bob"], sub, 0x11223344)),
  );
  const reply = apRep(seal(session, 12, encApRepPart(acceptor, 0xfffffffe)));
  return { service, session, sub, acceptor, request, reply };
}

const AT = { headerSigning: true, frame: 1 };
const OID_KRB = "1.2.840.113554.1.2.2";

/** The three legs of DCE style, bare, as auth_type 16 carries them. */
function introduce(context: SecurityContext, s: Scene): void {
  context.token(true, s.request, AT);
  context.token(false, s.reply, { ...AT });
  context.token(true, apRep(seal(s.session, 12, encApRepPart(null, 1))), { ...AT });
}

/** The same in SPNEGO, with the GSS-API frame around the first leg. */
function introduceSpnego(context: SecurityContext, s: Scene): void {
  const inner = application(0, oid(OID_KRB), unhex("0100"), s.request);
  const list = sequence(oid("1.2.840.48018.1.2.2"), oid(OID_KRB), oid("1.3.6.1.4.1.311.2.2.10"));
  const init = sequence(tagged(0, list), tagged(2, octetString(inner)));
  context.token(true, application(0, oid("1.3.6.1.5.5.2"), tagged(0, init)), AT);
  const back = sequence(
    tagged(0, enumerated(1)),
    tagged(1, oid("1.2.840.48018.1.2.2")),
    tagged(2, octetString(s.reply)),
  );
  context.token(false, tagged(1, back), { ...AT });
  const third = apRep(seal(s.session, 12, encApRepPart(null, 1)));
  context.token(true, tagged(1, sequence(tagged(2, octetString(third)))), { ...AT });
}

function keyring(...keys: (Key & { principal?: string })[]): KeyRing {
  return KeyRing.from({
    secrets: keys.map((k) => ({
      kind: "kerberos_key",
      principal: k.principal ?? SERVICE.join("/"),
      realm: REALM,
      etype: k.etype,
      key: k.key,
    })),
  });
}

const stub = (n: number, length = 48): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (n * 13 + i) & 255);

function assertTalks(context: SecurityContext, peer: KerberosPeer, sealed = true): void {
  for (let i = 0; i < 6; i++) {
    const clear = stub(i, 16 * (i + 1));
    const opened = context.open(peer.pdu(i % 2 === 0, clear, sealed));
    assert.deepEqual([opened.verified, opened.decrypted], [true, sealed ? true : null], `PDU ${i}`);
    assert.equal(hex(opened.stub!), hex(clear));
  }
  assert.deepEqual(context.takeNotes(), []);
}

describe("messages, against impacket's", () => {
  // Made with impacket 0.10: keys 01 02 03 ..., data 00 01 02 ... of 40 bytes, sequence numbers 12345678 and 12345679.
  const vectors = [
    [
      17,
      "edc032f1ab721705a9ae3196e286c606283eab5a314ca148e76f098e10d40d9bf1ad185aa2543263",
      "050406ff0008001c000000001234567804730d1e10a723085ceb6b1baed387052b6854a303f8f46c9180c6b3d9421500f5531ae7964e5bc8a144d864da1a302eae896399",
      "040404ffffffffff0000000012345679d5876c551d25f302bed2cff7",
    ],
    [
      18,
      "32cff54eb1dd0f7ed94078179cf0ccb6506321dbade991c022396da26fa426f9836ba9969b71ee20",
      "050406ff0008001c000000001234567860a6a5b06fb6a1934636c5c9b3e79424edbe63dd4c5cbe8726e95c6e1e81e4f3d55da9477cdd9a87d9a9ecc9dadfdaff3b2a9679",
      "040404ffffffffff000000001234567928014e23d648c1981dac82d1",
    ],
    [
      23,
      "42d0705ad9c294d6cfbda5cb6031d04f4e452a59918bae252516e5632b9c531641d0ab2731f5b3b7",
      "602b06092a864886f712010202020111001000ffff47fc217142fba4c89873a120bfa25913ab98465618b210d8",
      "602306092a864886f71201020201011100ffffffffaad766acea395cdb97a89bf8ad1a1603",
    ],
  ] as const;
  const data = Uint8Array.from({ length: 40 }, (_, i) => i);
  const none = new Uint8Array(0);
  for (const [etype, cipher, wrapToken, micToken] of vectors) {
    it(`type ${etype}`, () => {
      const key = Uint8Array.from({ length: LENGTHS[etype]! }, (_, i) => i + 1);
      const wrap = readGssToken(new Reader(unhex(wrapToken)));
      const mic = readGssToken(new Reader(unhex(micToken)));
      const sealed = { before: none, stub: unhex(cipher), after: none };
      const clear = { before: none, stub: data, after: none };
      if ("SGN_CKSUM" in wrap && "SGN_CKSUM" in mic) {
        assert.equal(hex(rc4Unwrap(wrap, key, sealed, false).stub!), hex(data));
        assert.equal(rc4MicHolds(mic, key, clear, false), true);
      } else if (!("SGN_CKSUM" in wrap) && !("SGN_CKSUM" in mic)) {
        assert.deepEqual([wrap.sealed, wrap.acceptorSubkey, wrap.SND_SEQ], [true, true, 0x12345678]);
        const opened = cfxUnwrap(wrap, etype, key, sealed, false);
        assert.equal(opened.holds, true);
        assert.equal(hex(opened.stub!), hex(data));
        assert.equal(cfxMicHolds(mic, etype, key, clear, false), true);
      } else assert.fail();
    });
  }
});

describe("contexts open to their last PDU", () => {
  for (const etype of [17, 18, 19, 20, 23]) {
    const styles: Partial<Style>[] = [{ whole: false }, { whole: false, ec: 0 }, { whole: false, ec: 7 }];
    if (etype !== 19 && etype !== 20) styles.push({ whole: true }, { whole: true, ec: 0 });
    for (const style of styles) {
      it(`type ${etype}, ${JSON.stringify(style)}`, () => {
        const s = scene(etype);
        for (const [level, begin] of [
          [6, introduce],
          [5, introduceSpnego],
          [6, introduceSpnego],
        ] as const) {
          const ring = keyring(keyOf(etype, 9), s.service);
          const context = new SecurityContext(begin === introduce ? 16 : 9, level, 0, ring);
          begin(context, s);
          assertTalks(context, new KerberosPeer(s.acceptor!, style), level === 6);
          const { user, domain, mechanism } = context.record();
          assert.deepEqual([user, domain, mechanism], ["bob", REALM, "kerberos"]);
          assert.equal(ring.report().contexts[0]?.proof, "ticket");
        }
      });
    }
  }

  it("under the initiator's sub-key, or the ticket's own key", () => {
    const withSub = scene(18, { acceptor: false });
    const a = new SecurityContext(16, 6, 0, keyring(withSub.service));
    introduce(a, withSub);
    assertTalks(a, new KerberosPeer(withSub.sub!, { acceptorSubkey: false }));
    const bare = scene(23, { acceptor: false, sub: false });
    const b = new SecurityContext(16, 6, 0, keyring(bare.service));
    introduce(b, bare);
    assertTalks(b, new KerberosPeer(bare.session, { acceptorSubkey: false }));
  });

  it("with a key whose type was not given", () => {
    const s = scene(23);
    const options: KeyRingOptions = {
      secrets: [{ kind: "kerberos_key", principal: null, realm: null, etype: null, key: s.service.key }],
    };
    const context = new SecurityContext(16, 6, 0, KeyRing.from(options));
    introduce(context, s);
    assertTalks(context, new KerberosPeer(s.acceptor!));
  });

  it("with the ticket's session key, or the key of the messages", () => {
    const s = scene(18);
    for (const [key, proof] of [
      [s.session, "authenticator"],
      [s.acceptor!, "signature"],
    ] as const) {
      const ring = KeyRing.from({ sessionKeys: ["77".repeat(32), hex(key.key)] });
      const context = new SecurityContext(16, 6, 0, ring);
      introduce(context, s);
      assertTalks(context, new KerberosPeer(s.acceptor!));
      assert.equal(ring.report().contexts[0]?.proof, proof);
    }
    const late = new SecurityContext(9, 6, 0, KeyRing.from({ sessionKeys: [hex(s.acceptor!.key)] }));
    assertTalks(late, new KerberosPeer(s.acceptor!));
    assert.equal(late.record().mechanism, "kerberos");
  });

  it("with the password or the NT hash of the account that the ticket is for", () => {
    const password = "Secret#1";
    for (const etype of [18, 23]) {
      const s = scene(etype);
      const service = { etype, key: stringToKey(etype, password, `${REALM}svc`)! };
      s.request = apReq(
        0,
        sealedTicket(service, s.session, ["svc"]),
        seal(s.session, 11, authenticator(REALM, ["bob"], s.sub, 1)),
      );
      const context = new SecurityContext(16, 6, 0, KeyRing.from({ passwords: ["x", password] }));
      introduce(context, s);
      assertTalks(context, new KerberosPeer(s.acceptor!));
    }
  });
});

describe("keys learned from a KDC", () => {
  const user = "bob";
  const password = "Secret#1";

  function exchange(etype: number) {
    const s = scene(etype);
    const krbtgt = keyOf(etype, 0x61);
    const tgtKey = keyOf(etype, 0x62);
    const userKey = { etype, key: stringToKey(etype, password, `${REALM}${user}`)! };
    const tgt = sealedTicket(krbtgt, tgtKey, ["krbtgt", REALM]);
    const asReply = encKdcRepPart(25, etype, tgtKey.key, REALM, ["krbtgt", REALM]);
    const asRep = kdcRep("AS-REP", REALM, [user], tgt, seal(userKey, 3, asReply), null);
    const tgsSub = keyOf(etype, 0x63);
    const tgsAuth = seal(tgtKey, 7, authenticator(REALM, [user], tgsSub, 1));
    const tgsReq = kdcReq("TGS-REQ", apReq(0, tgt, tgsAuth), SERVICE, REALM, []);
    const reply = encKdcRepPart(26, etype, s.session.key, REALM, SERVICE);
    const tgsRep = kdcRep(
      "TGS-REP",
      REALM,
      [user],
      sealedTicket(s.service, s.session),
      seal(tgsSub, 9, reply),
      null,
    );
    return { s, krbtgt, tgtKey, asRep, tgsReq, tgsRep, tgt };
  }

  for (const etype of [18, 23]) {
    it(`by the user's password, type ${etype}`, () => {
      const { s, asRep, tgsReq, tgsRep } = exchange(etype);
      const ring = KeyRing.from({ secrets: [{ kind: "password", user, domain: null, password }] });
      for (const m of [asRep, tgsReq, tgsRep]) ring.learnKerberos(m);
      const context = new SecurityContext(16, 6, 0, ring);
      introduce(context, s);
      assertTalks(context, new KerberosPeer(s.acceptor!));
      assert.equal(ring.report().secrets[0]?.opened, 1);
    });

    it(`by the key of the ticket-granting service, type ${etype}, over TCP`, () => {
      const { s, krbtgt, tgsReq, tgsRep } = exchange(etype);
      const ring = keyring({ ...krbtgt, principal: `krbtgt/${REALM}` });
      const stream = new KdcStream();
      const out = new Out();
      const framed = (m: Uint8Array): Uint8Array =>
        concat(Uint8Array.of(0, 0, m.length >> 8, m.length & 255), m);
      for (const byte of framed(tgsReq)) stream.data(0, Uint8Array.of(byte), HERE, out);
      stream.data(1, concat(framed(tgsRep), unhex("00")), HERE, out);
      for (const output of out.take()) if (output.kind === "kerberos") ring.learnKerberos(output.message);
      const context = new SecurityContext(16, 6, 0, ring);
      introduce(context, s);
      assertTalks(context, new KerberosPeer(s.acceptor!));
    });
  }

  it("user to user: under the session key of the server's ticket, which it sends", () => {
    const { s, krbtgt, tgtKey, tgt } = exchange(18);
    s.request = apReq(
      0x60000000,
      sealedTicket(tgtKey, s.session, ["novice"]),
      seal(s.session, 11, authenticator(REALM, [user], s.sub, 1)),
    );
    const tgtRep = sequence(tagged(0, integer(5)), tagged(1, integer(17)), tagged(2, tgt));
    for (const known of [true, false]) {
      const ring = known ? keyring({ ...krbtgt, principal: `krbtgt/${REALM}` }) : keyring(keyOf(18, 9));
      const context = new SecurityContext(16, 6, 0, ring);
      context.token(false, concat(unhex("0401"), tgtRep), AT);
      introduce(context, s);
      assert.equal(context.record().mechanism, "kerberos_u2u");
      assert.equal(context.record().kerberos?.user_to_user, true);
      if (known) assertTalks(context, new KerberosPeer(s.acceptor!));
      else {
        context.open(new KerberosPeer(s.acceptor!).pdu(true, stub(1), true));
        assert.match(context.takeNotes()[0]?.message ?? "", /user-to-user/);
      }
    }
  });

  it("passes over what is no message of a KDC", () => {
    const ring = keyring(keyOf(18, 9));
    for (const m of [unhex(""), unhex("30"), unhex("6a81"), new Uint8Array(300)]) ring.learnKerberos(m);
    const stream = new KdcStream();
    const out = new Out();
    stream.data(0, unhex("ffffffff00"), HERE, out);
    assert.equal(stream.verdict, "mine");
    stream.gap(1, 7, { ...HERE, reason: "lost" }, out);
    stream.data(1, unhex("00000001aa"), HERE, out);
    assert.deepEqual(out.take(), []);
    assert.equal(stream.verdict, "other");
  });
});

describe("bad, repeated, skipped and missing PDUs", () => {
  function running(etype = 18, style: Partial<Style> = {}) {
    const s = scene(etype);
    const context = new SecurityContext(16, 6, 0, keyring(s.service));
    introduce(context, s);
    const peer = new KerberosPeer(s.acceptor!, style);
    assert.equal(context.open(peer.pdu(true, stub(0), true)).verified, true);
    return { context, peer };
  }
  const codes = (context: SecurityContext): string[] => context.takeNotes().map((n) => n.code);

  it("a bad signature is noted, the next one holds", () => {
    for (const etype of [18, 23]) {
      for (const at of [4, 30, 75]) {
        const { context, peer } = running(etype);
        const pdu = peer.pdu(true, stub(1), true);
        pdu.bytes[at]! ^= 1;
        assert.equal(context.open(pdu).verified, false);
        assert.deepEqual(codes(context), ["bad-signature"]);
        assert.equal(context.open(peer.pdu(true, stub(2), true)).verified, true);
      }
    }
  });

  it("a header that was altered leaves the stub readable", () => {
    const { context, peer } = running();
    const pdu = peer.pdu(true, stub(1), true);
    pdu.bytes[12]! ^= 1;
    const opened = context.open(pdu);
    assert.deepEqual([opened.verified, opened.decrypted, hex(opened.stub!)], [false, true, hex(stub(1))]);
  });

  it("a repeated and a skipped one are noted", () => {
    for (const etype of [18, 23]) {
      const { context, peer } = running(etype);
      const pdu = peer.pdu(true, stub(1), true);
      context.open(pdu);
      assert.equal(context.open(pdu).verified, true);
      peer.pdu(true, stub(2), true);
      assert.equal(context.open(peer.pdu(true, stub(3), true)).verified, true);
      assert.deepEqual(codes(context), ["sequence-repeated", "sequence-skipped"]);
    }
  });

  it("a gap costs nothing but itself", () => {
    const { context, peer } = running();
    peer.pdu(true, stub(1), true);
    context.lost(true);
    assert.equal(context.open(peer.pdu(true, stub(2), true)).verified, true);
    assert.deepEqual(codes(context), []);
  });

  it("numbers wrap, and headers may be signed from some PDU on", () => {
    const { context, peer } = running(18, { whole: false });
    for (let i = 0; i < 4; i++) assert.equal(context.open(peer.pdu(false, stub(i), true)).verified, true);
    assert.deepEqual(codes(context), []);
    const s = scene(18);
    const later = new KerberosPeer(s.acceptor!, { whole: true }, [0x11223345, 2]);
    assert.equal(context.open(later.pdu(false, stub(5), true)).verified, true);
    assert.deepEqual(codes(context), []);
  });

  it("a verifier that is no token of Kerberos is noted", () => {
    const { context, peer } = running();
    const pdu = peer.pdu(true, stub(1), true);
    pdu.bytes.fill(0, pdu.tokenStart);
    assert.equal(context.open(pdu).verified, false);
    assert.deepEqual(codes(context), ["bad-signature"]);
  });

  it("a key of the right name that does not open the ticket is named so", () => {
    const s = scene(18);
    const wrong = new SecurityContext(16, 6, 0, keyring(keyOf(18, 0x44)));
    introduce(wrong, s);
    const opened = wrong.open(new KerberosPeer(s.acceptor!).pdu(true, stub(1), true));
    assert.deepEqual([opened.stub, opened.verified, opened.decrypted], [null, null, false]);
    assert.deepEqual(codes(wrong), ["wrong-key"]);
    const other = new SecurityContext(16, 6, 0, keyring({ ...keyOf(18, 0x44), principal: "cifs/other" }));
    introduce(other, s);
    other.open(new KerberosPeer(s.acceptor!).pdu(true, stub(1), true));
    assert.deepEqual(codes(other), ["no-key"]);
  });
});
