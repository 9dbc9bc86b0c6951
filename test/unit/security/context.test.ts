/** Security contexts: which tokens make them, what they show, and that no token can break them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Rc4 } from "../../../dissectors/crypto/rc4.js";
import { authLevelName, authTypeName } from "../../../dissectors/dcerpc/security.js";
import { sealKey, signKey } from "../../../dissectors/ntlmssp/keys.js";
import { signExtended } from "../../../dissectors/ntlmssp/sealing.js";
import { concat } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { SecurityContext } from "../../../src/rpc/security/context.js";
import { KeyRing } from "../../../src/rpc/security/keyring.js";
import type { Session } from "../../../src/rpc/security/session.js";
import { ascii, u32 } from "../../support/ntlmssp/build.js";
import { unhex } from "../../support/security/hexdump.js";
import { type Handshake, handshake, introduce, Peer } from "../../support/security/peer.js";
import {
  application,
  enumerated,
  integer,
  octetString,
  oid,
  sequence,
  context as tagged,
} from "../../support/spnego/der-build.js";

const NTLM = "1.3.6.1.4.1.311.2.2.10";
const KERBEROS = "1.2.840.113554.1.2.2";
const LIST = sequence(oid("1.3.6.1.4.1.311.2.2.30"), oid(NTLM));
const STRONG = 0xe2888231;
const ACCOUNT = { user: "Novice", domain: "EXAMPLE", password: "Secret#1", flags: STRONG } as const;
const AT = { headerSigning: true, frame: 1 };

function mic(h: Handshake, side: "client" | "server"): Uint8Array {
  const cipher = new Rc4(sealKey(h.flags, h.exportedKey, side));
  return signExtended(signKey(h.flags, h.exportedKey, side)!, cipher, 0, LIST);
}

/** The four tokens of NTLM in SPNEGO: two alter_contexts after the bind, MICs in the last two. */
function introduceSpnego(context: SecurityContext, h: Handshake, mics = true): void {
  const [first, second, third] = h.messages;
  const init = sequence(tagged(0, LIST), tagged(2, octetString(first)));
  context.token(true, application(0, oid("1.3.6.1.5.5.2"), tagged(0, init)), AT);
  const back = sequence(tagged(0, enumerated(1)), tagged(1, oid(NTLM)), tagged(2, octetString(second)));
  context.token(false, tagged(1, back), AT);
  const clientMic = mics ? [tagged(3, octetString(mic(h, "client")))] : [];
  context.token(true, tagged(1, sequence(tagged(2, octetString(third)), ...clientMic)), AT);
  const serverMic = mics ? [tagged(3, octetString(mic(h, "server")))] : [];
  context.token(false, tagged(1, sequence(tagged(0, enumerated(0)), ...serverMic)), AT);
}

const stub = (n: number): Uint8Array => new Uint8Array(32).fill(n);

describe("NTLM in SPNEGO", () => {
  const h = handshake({ ...ACCOUNT, response: "v2" });

  it("starts at sequence number 1 with a fresh key stream behind the mechListMIC", () => {
    const context = new SecurityContext(9, 6, 3, KeyRing.from({ passwords: ["Secret#1"] }));
    introduceSpnego(context, h);
    const peer = new Peer(h, 1);
    for (let i = 0; i < 4; i++) {
      const opened = context.open(peer.pdu(i % 2 === 0, stub(i)));
      assert.deepEqual([opened.verified, hex(opened.stub!)], [true, hex(stub(i))]);
    }
    assert.deepEqual(context.takeNotes(), []);
    const { type, mechanism, level, context_id, user, domain, workstation } = context.record();
    assert.deepEqual(
      [type, mechanism, level, context_id, user, domain, workstation],
      ["spnego", "ntlmssp", "pkt_privacy", 3, "Novice", "EXAMPLE", "WKS"],
    );
  });

  it("is proved to a session key by the mechListMIC", () => {
    const ring = KeyRing.from({ sessionKeys: ["00".repeat(16), hex(h.exportedKey)] });
    const context = new SecurityContext(9, 6, 3, ring);
    introduceSpnego(context, h);
    assert.equal(context.open(new Peer(h, 1).pdu(true, stub(1))).verified, true);
    assert.equal(ring.report().contexts[0]?.proof, "mech_list_mic");
  });

  it("opens without MICs, and with a key stream that runs on after them", () => {
    const ring = KeyRing.from({ passwords: ["Secret#1"] });
    const plain = new SecurityContext(9, 6, 3, ring);
    introduceSpnego(plain, h, false);
    assert.equal(plain.open(new Peer(h).pdu(true, stub(1))).verified, true);
    const runsOn = new SecurityContext(9, 6, 3, ring);
    introduceSpnego(runsOn, h);
    const peer = new Peer(h);
    peer.pdu(true, new Uint8Array(0));
    assert.equal(runsOn.open(peer.pdu(true, stub(1))).verified, true);
    assert.deepEqual(runsOn.takeNotes(), []);
  });

  it("may travel bare under auth_type 9", () => {
    const context = new SecurityContext(9, 6, 0, KeyRing.from({ passwords: ["Secret#1"] }));
    introduce(context, h);
    assert.equal(context.open(new Peer(h).pdu(true, stub(1))).verified, true);
    assert.equal(context.record().mechanism, "ntlmssp");
  });

  it("replaces Kerberos where the server chose so", () => {
    const context = new SecurityContext(9, 5, 0, null);
    const list = sequence(oid(KERBEROS), oid(NTLM));
    const init = sequence(tagged(0, list));
    context.token(true, application(0, oid("1.3.6.1.5.5.2"), tagged(0, init)), AT);
    assert.equal(context.record().mechanism, "kerberos");
    context.token(false, tagged(1, sequence(tagged(0, enumerated(3)), tagged(1, oid(NTLM)))), AT);
    assert.equal(context.record().mechanism, "ntlmssp");
    assert.equal(context.record().kerberos, null);
  });

  it("notes a rejection", () => {
    const context = new SecurityContext(9, 5, 0, null);
    context.token(false, tagged(1, sequence(tagged(0, enumerated(2)))), AT);
    assert.deepEqual(
      context.takeNotes().map((n) => n.code),
      ["spnego-rejected"],
    );
  });
});

describe("the NTLM record", () => {
  it("has what the three messages say", () => {
    const context = new SecurityContext(10, 5, 1, null);
    introduce(context, handshake({ ...ACCOUNT, response: "v2", mic: true }));
    const ntlm = context.record().ntlm!;
    assert.equal(ntlm.target_name, "SRV");
    assert.equal(ntlm.server_challenge, "1011121314151617");
    assert.deepEqual(ntlm.av_pairs, { MsvAvNbComputerName: "SRV", MsvAvFlags: 2 });
    assert.deepEqual([ntlm.client_version, ntlm.server_version], ["10.0.17763", "10.0.17763"]);
    assert.deepEqual([ntlm.nt_response_kind, ntlm.mic_present], ["ntlmv2", true]);
    assert.ok(ntlm.negotiate_flags.includes("NTLMSSP_NEGOTIATE_KEY_EXCH"));
  });

  it("is filled as the messages come", () => {
    const context = new SecurityContext(10, 5, 1, null);
    assert.equal(context.record().ntlm, null);
    const h = handshake({ ...ACCOUNT, response: "v1" });
    context.token(true, h.messages[0], AT);
    assert.deepEqual([context.record().ntlm?.mic_present, context.record().user], [null, null]);
    context.token(false, h.messages[1], AT);
    assert.equal(context.record().ntlm?.target_name, "SRV");
    context.token(true, h.messages[2], AT);
    assert.deepEqual([context.record().ntlm?.nt_response_kind, context.record().user], ["ntlmv1", "Novice"]);
  });

  it("starts anew with a second handshake under the same id", () => {
    const ring = KeyRing.from({ passwords: ["Secret#1", "Other#2"] });
    const context = new SecurityContext(10, 6, 1, ring);
    const one = handshake({ ...ACCOUNT, response: "v2" });
    introduce(context, one);
    assert.equal(context.open(new Peer(one).pdu(true, stub(1))).verified, true);
    const two = handshake({ ...ACCOUNT, user: "Second", password: "Other#2", response: "v2" });
    introduce(context, two);
    assert.equal(context.record().user, "Second");
    assert.equal(context.open(new Peer(two).pdu(true, stub(2))).verified, true);
  });
});

describe("other mechanisms", () => {
  it("Netlogon's names", () => {
    const names = concat(
      u32(0),
      u32(0x17),
      ascii("EXAMPLE\0NOVICE\0"),
      ascii("\x07example\x03org\0"),
      ascii("\x06novice\0"),
    );
    const context = new SecurityContext(68, 6, 0, KeyRing.from({ passwords: ["x"] }));
    context.token(true, names, AT);
    context.token(false, concat(u32(1), u32(0)), AT);
    const { type, mechanism, domain, workstation } = context.record();
    assert.deepEqual([type, mechanism, domain, workstation], ["netlogon", "netlogon", "EXAMPLE", "NOVICE"]);
    context.open(new Peer(handshake({ ...ACCOUNT, response: "v2" })).pdu(true, stub(1)));
    assert.deepEqual(
      context.takeNotes().map((n) => n.code),
      ["unsupported-mechanism"],
    );
  });

  it("are named, and unknown ones shown as hex", () => {
    assert.deepEqual([0, 9, 10, 14, 16, 68, 0x1e].map(authTypeName), [
      "none",
      "spnego",
      "ntlmssp",
      "schannel",
      "kerberos",
      "netlogon",
      "0x1e",
    ]);
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].map(authLevelName), [
      "none",
      "none",
      "connect",
      "call",
      "pkt",
      "pkt_integrity",
      "pkt_privacy",
      "0x07",
    ]);
    const context = new SecurityContext(14, 6, 0, null);
    context.token(true, unhex("1603010200"), AT);
    assert.deepEqual([context.record().mechanism, context.takeNotes()], ["schannel", []]);
  });

  it("KRB-ERROR is noted by name", () => {
    const error = application(30, sequence(tagged(0, integer(5)), tagged(6, integer(37))));
    const context = new SecurityContext(16, 6, 0, null);
    context.token(false, error, AT);
    assert.match(context.takeNotes()[0]?.message ?? "", /KRB_AP_ERR_SKEW/);
  });
});

describe("connect level", () => {
  it("has nothing to open and nothing to say", () => {
    const h = handshake({ ...ACCOUNT, response: "v2" });
    for (const keys of [null, KeyRing.from({ passwords: ["no"] })]) {
      const context = new SecurityContext(10, 2, 0, keys);
      introduce(context, h);
      const pdu = new Peer(h).pdu(true, stub(1), false);
      assert.deepEqual(context.open(pdu), {
        stub: pdu.bytes.subarray(pdu.stubStart, pdu.stubEnd),
        verified: null,
        decrypted: null,
      });
      assert.deepEqual(context.takeNotes(), []);
    }
  });
});

describe("damaged tokens", () => {
  it("are noted, never thrown, and never stop what follows", () => {
    const h = handshake({ ...ACCOUNT, response: "v2" });
    const ring = KeyRing.from({ passwords: ["Secret#1"] });
    const init = application(0, oid("1.3.6.1.5.5.2"), tagged(0, sequence(tagged(0, LIST))));
    const samples = [...h.messages, init, unhex("0100"), concat(u32(0), u32(0x1f), ascii("X"))];
    fc.assert(
      fc.property(
        fc.constantFrom(9, 10, 14, 16, 68, 3),
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 3 }),
        fc.nat(200),
        (type, sample, changes, cut) => {
          const bytes = Uint8Array.from(sample);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const context = new SecurityContext(type, 6, 0, ring);
          context.token(true, bytes.subarray(0, Math.max(1, bytes.length - cut)), AT);
          context.record();
          context.open(new Peer(h).pdu(true, stub(1)));
          introduce(context, h);
          if (type === 10) assert.equal(context.open(new Peer(h).pdu(true, stub(1))).verified, true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("with many faults show eight of them and count the others", () => {
    const notes = (faults: number): string[] => {
      const types = sequence(...Array.from({ length: faults }, () => integer(1)));
      const context = new SecurityContext(9, 6, 0, null);
      context.token(true, application(0, oid("1.3.6.1.5.5.2"), tagged(0, sequence(tagged(0, types)))), AT);
      return context.takeNotes().map(({ message }) => message);
    };
    const one = "mechTypes: an element is no object identifier";
    assert.deepEqual(notes(8), [`SPNEGO: ${new Array(8).fill(one).join("; ")}`]);
    assert.deepEqual(notes(9), [`SPNEGO: ${new Array(8).fill(one).join("; ")}; and 1 more`]);
    assert.match(notes(5000)[0]!, /; and 4992 more$/);
  });

  it("leave one note for each fault, and few of them", () => {
    const context = new SecurityContext(10, 6, 0, null);
    context.token(true, unhex("4e544c4d53535000ff000000"), AT);
    context.token(true, ascii("nonsense"), AT);
    assert.deepEqual(
      context.takeNotes().map((n) => n.code),
      ["security-token-malformed"],
    );
  });
});

describe("header signing", () => {
  /** What the session of a context is reported when it opens a PDU, after these legs. */
  function agreed(...legs: [fromClient: boolean, headerSigning: boolean, opens?: boolean][]): boolean | null {
    const h = handshake({ ...ACCOUNT, response: "v2" });
    let reported: boolean | null = null;
    const session: Session = {
      open(_pdu, _sealed, headerSigning) {
        reported = headerSigning;
        return null;
      },
      lost() {},
      takeNotes: () => [],
      refuted: false,
      identity: { user: null, domain: null },
    };
    const context = new SecurityContext(10, 5, 0, {
      generation: 0,
      learn() {},
      session: () => ({ session }),
    });
    for (const [i, [fromClient, headerSigning, opens = false]] of legs.entries()) {
      context.token(fromClient, h.messages[i % 3]!, { headerSigning, frame: 1, opens });
    }
    context.open(new Peer(h).pdu(true, stub(1)));
    return reported;
  }

  it("is agreed where both sides set the flag, in whichever leg", () => {
    assert.equal(agreed([true, true, true], [false, true]), true);
    assert.equal(agreed([true, false, true], [false, false], [true, true], [false, true]), true);
  });

  it("is not where one of them did not", () => {
    assert.equal(agreed([true, true, true], [false, false]), false);
    assert.equal(agreed([true, false, true], [false, true]), false);
  });

  it("is where the server agrees to what was not captured", () => {
    assert.equal(agreed([false, true]), true);
    // A later leg of the client's need not say it again.
    assert.equal(agreed([true, false], [false, true]), true);
  });
});
