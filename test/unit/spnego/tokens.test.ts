/** SPNEGO tokens and the DER walker under them, with asn1js as the oracle of the walker. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as asn1js from "asn1js";
import fc from "fast-check";
import {
  isSpnego,
  mechanismName,
  type NegTokenInit,
  type NegTokenResp,
  OID_KERBEROS,
  OID_KERBEROS_U2U,
  OID_MS_KERBEROS,
  OID_NEGOEX,
  OID_NTLMSSP,
  OID_SPNEGO,
  readGssFrame,
  readSpnego,
} from "../../../dissectors/spnego/tokens.js";
import { verifierMechanism } from "../../../dissectors/spnego/verifier.js";
import {
  children,
  content,
  derText,
  flagBits,
  objectId,
  integer as readInteger,
  readTlv,
} from "../../../dissectors/wire/der.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { unhex } from "../../support/security/hexdump.js";
import {
  application,
  context,
  der,
  enumerated,
  integer,
  octetString,
  oid,
  sequence,
  text,
} from "../../support/spnego/der-build.js";

const TOKEN = Uint8Array.from(Buffer.from("NTLMSSP\0\x01\0\0\0", "latin1"));
const MIC = unhex("01000000aabbccddeeff001100000000");
const TYPES = sequence(oid(OID_MS_KERBEROS), oid(OID_KERBEROS), oid(OID_NEGOEX), oid(OID_NTLMSSP));

function init(...fields: Uint8Array[]): Uint8Array {
  return application(0, oid(OID_SPNEGO), context(0, sequence(...fields)));
}

function resp(...fields: Uint8Array[]): Uint8Array {
  return context(1, sequence(...fields));
}

describe("negTokenInit", () => {
  it("lists mechanisms by name and keeps what the MIC signs", () => {
    const token = readSpnego(
      new Reader(init(context(0, TYPES), context(2, octetString(TOKEN)))),
    ) as NegTokenInit;
    assert.equal(token.kind, "negTokenInit");
    assert.deepEqual(token.mechTypes.map(mechanismName), ["MS-Kerberos", "Kerberos", "NegoEx", "NTLMSSP"]);
    assert.equal(hex(token.mechTypesDer!), hex(TYPES));
    assert.equal(hex(token.mechToken!), hex(TOKEN));
    assert.deepEqual(
      [token.mechListMIC, token.negHints, token.reqFlags, token.faults],
      [null, null, null, []],
    );
    assert.equal(mechanismName(OID_KERBEROS_U2U), "Kerberos U2U");
    assert.equal(mechanismName("1.2.3"), "1.2.3");
  });

  it("has a MIC in [3], where that is an octet string", () => {
    const token = readSpnego(
      new Reader(init(context(0, TYPES), context(1, der(0x03, unhex("0600"))), context(3, octetString(MIC)))),
    ) as NegTokenInit;
    assert.equal(hex(token.mechListMIC!), hex(MIC));
    assert.equal(token.reqFlags, 0);
  });

  it("has hints in [3] and the MIC in [4], in Microsoft's form", () => {
    const hints = sequence(context(0, text("not_defined_in_RFC4178@please_ignore")));
    const token = readSpnego(
      new Reader(init(context(0, TYPES), context(3, hints), context(4, octetString(MIC)))),
    ) as NegTokenInit;
    assert.equal(token.kind, "negTokenInit2");
    assert.deepEqual(token.negHints, { hintName: "not_defined_in_RFC4178@please_ignore", hintAddress: null });
    assert.equal(hex(token.mechListMIC!), hex(MIC));
  });

  it("is read without its frame", () => {
    const bare = context(0, sequence(context(0, TYPES)));
    assert.equal((readSpnego(new Reader(bare)) as NegTokenInit).mechTypes.length, 4);
  });

  it("keeps the front of a token that is cut", () => {
    const whole = init(context(0, TYPES), context(2, octetString(TOKEN)));
    const token = readSpnego(new Reader(whole.subarray(0, whole.length - 5))) as NegTokenInit;
    assert.equal(token.mechTypes.length, 4);
    assert.equal(token.mechToken!.length, TOKEN.length - 5);
    assert.ok(token.faults.length > 0);
  });
});

describe("negTokenResp", () => {
  it("has state, mechanism, token and MIC", () => {
    const token = readSpnego(
      new Reader(
        resp(
          context(0, enumerated(1)),
          context(1, oid(OID_NTLMSSP)),
          context(2, octetString(TOKEN)),
          context(3, octetString(MIC)),
        ),
      ),
    ) as NegTokenResp;
    assert.deepEqual([token.state, token.supportedMech], ["accept-incomplete", OID_NTLMSSP]);
    assert.equal(hex(token.responseToken!), hex(TOKEN));
    assert.equal(hex(token.mechListMIC!), hex(MIC));
  });

  it("knows every state, and keeps one that is unknown", () => {
    const state = (n: number): string | null =>
      (readSpnego(new Reader(resp(context(0, enumerated(n))))) as NegTokenResp).state;
    assert.deepEqual([0, 1, 2, 3, 9].map(state), [
      "accept-completed",
      "accept-incomplete",
      "reject",
      "request-mic",
      "0x9",
    ]);
  });

  it("may be empty", () => {
    const token = readSpnego(new Reader(resp())) as NegTokenResp;
    assert.deepEqual([token.state, token.supportedMech, token.responseToken], [null, null, null]);
  });
});

describe("the GSS-API frame", () => {
  it("gives the mechanism and what is inside", () => {
    const frame = readGssFrame(new Reader(application(0, oid(OID_KERBEROS), unhex("0100"))))!;
    assert.deepEqual([frame.mechanism, hex(frame.inner.rest()), frame.cut], [OID_KERBEROS, "0100", false]);
    assert.equal(readGssFrame(new Reader(TOKEN)), null);
    assert.equal(isSpnego(TOKEN), false);
    assert.throws(() => readSpnego(new Reader(application(0, oid(OID_KERBEROS)))), WireError);
  });

  it("shows a verifier's mechanism", () => {
    assert.equal(verifierMechanism(MIC), "ntlmssp");
    assert.equal(
      verifierMechanism(unhex("040404ffffffffff0000000012345679d5876c551d25f302bed2cff7")),
      "kerberos",
    );
    assert.equal(verifierMechanism(unhex("602306092a864886f712010202")), "kerberos");
    assert.equal(verifierMechanism(unhex("77007a00ffff0000")), null);
    assert.equal(verifierMechanism(new Uint8Array(0)), null);
  });
});

describe("DER against asn1js", () => {
  interface Node {
    kind: "sequence" | "bytes" | "oid" | "int";
    children: Node[];
    bytes: Uint8Array;
    number: number;
  }
  const tree = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.record({
      kind: fc.constantFrom<Node["kind"][]>("sequence", "bytes", "oid", "int"),
      children: fc.oneof(
        { depthSize: "small" },
        fc.constant<Node[]>([]),
        fc.array(tie("node"), { maxLength: 4 }),
      ),
      bytes: fc.uint8Array({ maxLength: 300 }),
      number: fc.nat(0x7fffffff),
    }),
  }));

  function build(node: Node): asn1js.BaseBlock {
    if (node.kind === "sequence") return new asn1js.Sequence({ value: node.children.map(build) as never });
    if (node.kind === "bytes") return new asn1js.OctetString({ valueHex: node.bytes });
    if (node.kind === "int") return new asn1js.Integer({ value: node.number });
    return new asn1js.ObjectIdentifier({ value: `1.2.840.${node.number}.7` });
  }

  function check(node: Node, bytes: Uint8Array): void {
    const tlv = readTlv(new Reader(bytes));
    assert.equal(tlv.end, bytes.length);
    if (node.kind === "bytes") assert.equal(hex(content(tlv)), hex(node.bytes));
    else if (node.kind === "int") assert.equal(readInteger(tlv), node.number);
    else if (node.kind === "oid") assert.equal(objectId(tlv), `1.2.840.${node.number}.7`);
    else {
      const inner = children(tlv);
      assert.equal(inner.length, node.children.length);
      inner.forEach((c, i) => {
        check(node.children[i]!, bytes.subarray(c.start, c.end));
      });
    }
  }

  it("reads what asn1js writes", () => {
    fc.assert(fc.property(tree.node, (node) => check(node, new Uint8Array(build(node).toBER()))));
  });

  it("answers null for values of another type or size", () => {
    assert.equal(readInteger(readTlv(new Reader(octetString(TOKEN)))), null);
    assert.equal(readInteger(readTlv(new Reader(der(0x02, new Uint8Array(9))))), null);
    assert.equal(readInteger(readTlv(new Reader(der(0x02, unhex("ff"))))), -1);
    assert.equal(readInteger(readTlv(new Reader(integer(0x12345678))))!, 0x12345678);
    assert.equal(objectId(readTlv(new Reader(integer(1)))), null);
    assert.equal(flagBits(readTlv(new Reader(der(0x03, unhex("0040000000"))))), 0x40000000);
    assert.equal(derText(null), null);
  });

  it("refuses what is not DER with a WireError, and leaves out no child, however many there are", () => {
    for (const bad of ["", "30", "3080", "308500000000", "3f01", "30820"]) {
      assert.throws(() => readTlv(new Reader(unhex(bad))), WireError, bad);
    }
    const many = sequence(...Array.from({ length: 5000 }, () => unhex("0500")));
    assert.equal(children(readTlv(new Reader(many))).length, 5000);
  });
});

describe("damaged tokens", () => {
  const samples = [
    init(context(0, TYPES), context(2, octetString(TOKEN)), context(3, octetString(MIC))),
    resp(context(0, enumerated(0)), context(1, oid(OID_NTLMSSP)), context(2, octetString(TOKEN))),
  ];
  function tolerant(bytes: Uint8Array): void {
    try {
      readSpnego(new Reader(bytes));
    } catch (fault) {
      assert.ok(fault instanceof WireError, String(fault));
    }
  }

  it("are read or refused with a WireError: prefixes, flipped bytes, noise", () => {
    for (const bytes of samples) {
      for (let n = 0; n <= bytes.length; n++) tolerant(bytes.subarray(0, n));
      for (let i = 0; i < bytes.length; i++) {
        for (const value of [0, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
          const bent = Uint8Array.from(bytes);
          bent[i] = value;
          tolerant(bent);
        }
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tolerant));
  });
});
