/** Kerberos messages, bare and framed, and what they hold under their keys. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { principalText } from "../../../dissectors/kerberos/basic.js";
import {
  readAuthenticator,
  readEncApRepPart,
  readEncKdcRepPart,
  readEncTicketPart,
} from "../../../dissectors/kerberos/encrypted.js";
import { MAX_KEYTAB_ENTRIES, readKeytab } from "../../../dissectors/kerberos/keytab.js";
import {
  type ApReq,
  errorSalts,
  type KdcRep,
  type KdcReq,
  type KrbError,
  readKerberos,
} from "../../../dissectors/kerberos/messages.js";
import { etypeName, etypeNumber, kerberosErrorName } from "../../../dissectors/kerberos/names.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import {
  apRep,
  apReq,
  authenticator,
  encApRepPart,
  encKdcRepPart,
  encrypted,
  encTicketPart,
  kdcRep,
  kdcReq,
  principal,
  ticket,
} from "../../support/kerberos/build.js";
import { unhex } from "../../support/security/hexdump.js";
import {
  application,
  context,
  integer,
  octetString,
  sequence,
  text,
} from "../../support/spnego/der-build.js";

const CIPHER = unhex("c1".repeat(40));
const TICKET = ticket("EXAMPLE.ORG", ["host", "novice.example.org"], 18, 3, CIPHER);
const REQUEST = apReq(0x20000000, TICKET, encrypted(23, null, CIPHER));

describe("messages of an RPC connection", () => {
  it("AP-REQ with its token id or without", () => {
    for (const bytes of [REQUEST, concat(unhex("0100"), REQUEST)]) {
      const m = readKerberos(new Reader(bytes)) as ApReq;
      assert.equal(m.msg, "AP-REQ");
      assert.deepEqual([m.mutual_required, m.use_session_key], [true, false]);
      assert.equal(m.ticket?.realm, "EXAMPLE.ORG");
      assert.equal(principalText(m.ticket?.sname ?? null), "host/novice.example.org");
      assert.deepEqual([m.ticket?.enc_part?.etype, m.ticket?.enc_part?.kvno], [18, 3]);
      assert.deepEqual([m.authenticator?.etype, m.authenticator?.kvno], [23, null]);
      assert.equal(hex(m.authenticator!.cipher), hex(CIPHER));
    }
    const u2u = readKerberos(new Reader(apReq(0x40000000, TICKET, encrypted(23, null, CIPHER)))) as ApReq;
    assert.equal(u2u.use_session_key, true);
  });

  it("AP-REP, TGT-REQ, TGT-REP", () => {
    const rep = readKerberos(new Reader(concat(unhex("0200"), apRep(encrypted(18, null, CIPHER)))));
    assert.ok(rep.msg === "AP-REP" && rep.enc_part?.etype === 18);
    const request = sequence(
      context(0, integer(5)),
      context(1, integer(16)),
      context(2, principal(1, ["novice"])),
      context(3, text("EXAMPLE.ORG")),
    );
    const asked = readKerberos(new Reader(concat(unhex("0400"), request)));
    assert.ok(asked.msg === "TGT-REQ" && asked.realm === "EXAMPLE.ORG");
    assert.equal(principalText(asked.server_name), "novice");
    const answer = sequence(context(0, integer(5)), context(1, integer(17)), context(2, TICKET));
    const answered = readKerberos(new Reader(concat(unhex("0401"), answer)));
    assert.ok(answered.msg === "TGT-REP" && answered.ticket?.realm === "EXAMPLE.ORG");
  });

  it("KRB-ERROR by name", () => {
    const error = application(
      30,
      sequence(
        context(0, integer(5)),
        context(1, integer(30)),
        context(6, integer(37)),
        context(9, text("EXAMPLE.ORG")),
        context(10, principal(2, ["krbtgt", "EXAMPLE.ORG"])),
        context(11, text("clock skew")),
      ),
    );
    const m = readKerberos(new Reader(concat(unhex("0300"), error))) as KrbError;
    assert.deepEqual([m.error_code, m.realm, m.e_text], [37, "EXAMPLE.ORG", "clock skew"]);
    assert.equal(kerberosErrorName(37), "KRB_AP_ERR_SKEW");
    assert.equal(kerberosErrorName(999), "999");
  });
});

describe("messages of a KDC", () => {
  it("TGS-REQ with its AP-REQ and further tickets", () => {
    const m = readKerberos(
      new Reader(kdcReq("TGS-REQ", REQUEST, ["host", "x"], "EXAMPLE.ORG", [TICKET])),
    ) as KdcReq;
    assert.equal(m.msg, "TGS-REQ");
    assert.equal(m.ap_req?.ticket?.realm, "EXAMPLE.ORG");
    assert.equal(m.additional_tickets.length, 1);
    assert.equal(principalText(m.sname), "host/x");
  });

  it("AS-REP with the salt of the client's password", () => {
    const info = sequence(
      sequence(
        context(0, integer(18)),
        context(1, text("EXAMPLE.ORGbob")),
        context(2, octetString(unhex("00001000"))),
      ),
      sequence(context(0, integer(23))),
    );
    const m = readKerberos(
      new Reader(kdcRep("AS-REP", "EXAMPLE.ORG", ["bob"], TICKET, encrypted(18, 1, CIPHER), info)),
    ) as KdcRep;
    assert.deepEqual(m.salts, [{ etype: 18, salt: "EXAMPLE.ORGbob", iterations: 4096 }]);
    assert.equal(principalText(m.cname), "bob");
    const data = sequence(sequence(context(1, integer(19)), context(2, octetString(info))));
    const error = application(
      30,
      sequence(context(0, integer(5)), context(6, integer(25)), context(12, octetString(data))),
    );
    const { e_data: reported } = readKerberos(new Reader(error)) as KrbError;
    assert.deepEqual(errorSalts(new Reader(reported!)), m.salts);
  });
});

describe("what is under the keys", () => {
  const key = unhex("22".repeat(32));

  it("EncTicketPart, Authenticator, EncAPRepPart, EncKDCRepPart", () => {
    const part = readEncTicketPart(new Reader(encTicketPart(18, key, "EXAMPLE.ORG", ["bob"])))!;
    assert.deepEqual([part.key.etype, hex(part.key.key), part.crealm], [18, hex(key), "EXAMPLE.ORG"]);
    const a = readAuthenticator(
      new Reader(authenticator("EXAMPLE.ORG", ["bob"], { etype: 18, key }, 0xfffffff0)),
    )!;
    assert.deepEqual([a.subkey?.etype, a.seq_number, principalText(a.cname)], [18, 0xfffffff0, "bob"]);
    const r = readEncApRepPart(new Reader(encApRepPart({ etype: 18, key }, 7)))!;
    assert.deepEqual([hex(r.subkey!.key), r.seq_number], [hex(key), 7]);
    for (const number of [25, 26]) {
      const k = readEncKdcRepPart(new Reader(encKdcRepPart(number, 18, key, "EXAMPLE.ORG", ["host", "x"])))!;
      assert.equal(hex(k.key.key), hex(key));
    }
    assert.equal(readEncTicketPart(new Reader(unhex("00"))), null);
    assert.equal(readAuthenticator(new Reader(encApRepPart(null, 1))), null);
  });
});

describe("names", () => {
  it("of encryption types, both ways", () => {
    assert.equal(etypeName(18), "aes256-cts-hmac-sha1-96");
    assert.equal(etypeName(77), "77");
    assert.equal(etypeNumber("aes256-cts-hmac-sha1-96"), 18);
    assert.equal(etypeNumber("RC4_HMAC"), 23);
    assert.equal(etypeNumber("aes128"), 17);
    assert.equal(etypeNumber("20"), 20);
    assert.equal(etypeNumber("nonsense"), null);
    assert.equal(etypeNumber("constructor"), null);
  });
});

describe("keytabs", () => {
  const entry = (kvno8: number, wide: number | null): Uint8Array => {
    const string = (s: string): Uint8Array => concat(Uint8Array.of(0, s.length), Buffer.from(s));
    const body = concat(
      Uint8Array.of(0, 2),
      string("EXAMPLE.ORG"),
      string("host"),
      string("novice"),
      unhex("00000001"),
      unhex("5f000000"),
      Uint8Array.of(kvno8),
      Uint8Array.of(0, 18),
      Uint8Array.of(0, 32),
      unhex("33".repeat(32)),
      wide === null ? new Uint8Array(0) : Uint8Array.of(0, 0, wide >> 8, wide & 255),
    );
    return concat(Uint8Array.of(0, 0, 0, body.length), body);
  };

  it("are read with deleted entries and wide version numbers", () => {
    const hole = concat(unhex("fffffff8"), new Uint8Array(8));
    const keytab = concat(unhex("0502"), entry(2, null), hole, entry(1, 300), entry(4, 0));
    assert.deepEqual(
      readKeytab(keytab).entries.map((e) => [e.principal, e.realm, e.etype, e.kvno, e.key.length]),
      [
        ["host/novice", "EXAMPLE.ORG", 18, 2, 32],
        ["host/novice", "EXAMPLE.ORG", 18, 300, 32],
        ["host/novice", "EXAMPLE.ORG", 18, 4, 32],
      ],
    );
  });

  it("are read up to 10,000 entries, and say so where there are more", () => {
    const keytab = (entries: number): Uint8Array =>
      concat(unhex("0502"), ...new Array<Uint8Array>(entries).fill(entry(2, null)));
    const hole = concat(unhex("fffffff8"), new Uint8Array(8));
    for (const [bytes, more] of [
      [concat(keytab(MAX_KEYTAB_ENTRIES), hole), false],
      [keytab(MAX_KEYTAB_ENTRIES + 1), true],
    ] as const) {
      const read = readKeytab(bytes);
      assert.deepEqual([read.entries.length, read.more], [MAX_KEYTAB_ENTRIES, more]);
      const ring = KeyRing.from({ keytabs: [{ name: "host.keytab", bytes }] });
      const said = ["keytab host.keytab: only its first 10000 entries are used"];
      assert.deepEqual(ring.warnings, more ? said : []);
    }
  });

  it("are refused with a WireError that holds no key", () => {
    const keytab = concat(unhex("0502"), entry(2, null));
    for (let n = 0; n < keytab.length; n++) {
      try {
        readKeytab(keytab.subarray(0, n));
      } catch (fault) {
        assert.ok(fault instanceof WireError);
        assert.doesNotMatch(fault.message, /3333/);
      }
    }
    assert.throws(() => readKeytab(unhex("0602")), WireError);
  });
});

describe("damaged messages", () => {
  const samples = [
    REQUEST,
    kdcReq("TGS-REQ", REQUEST, ["host", "x"], "EXAMPLE.ORG", [TICKET]),
    kdcRep("TGS-REP", "EXAMPLE.ORG", ["bob"], TICKET, encrypted(18, 1, CIPHER), null),
    apRep(encrypted(18, null, CIPHER)),
  ];
  function tolerant(bytes: Uint8Array): void {
    try {
      readKerberos(new Reader(bytes));
    } catch (fault) {
      assert.ok(fault instanceof WireError, String(fault));
    }
  }

  it("are read or refused with a WireError", () => {
    for (const bytes of samples) {
      for (let n = 0; n <= bytes.length; n++) tolerant(bytes.subarray(0, n));
      for (let i = 0; i < bytes.length; i++) {
        for (const value of [0, 0x30, 0x80, 0x84, 0xff]) {
          const bent = Uint8Array.from(bytes);
          bent[i] = value;
          tolerant(bent);
        }
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tolerant));
  });
});
