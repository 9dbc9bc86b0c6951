/** Security descriptors as SDDL, against the bytes that specifications and Windows publish, and against Samba's library where it is. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import * as conditions from "../../../dissectors/readable/conditions.js";
import * as descriptors from "../../../dissectors/readable/sddl.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { WireError } from "../../../dissectors/wire/errors.js";
import { Reader } from "../../../dissectors/wire/reader.js";

const bytes = (hex: string): Uint8Array => fromHex(hex.replace(/\s/g, ""));

const sddlOf = (of: Uint8Array): string => descriptors.sddlOf(new Reader(of));
const conditionText = (of: Uint8Array): string => conditions.conditionText(new Reader(of));
const isCondition = (of: Uint8Array): boolean => conditions.isCondition(new Reader(of));

test("the example of [MS-DTYP] 2.5.1.4", () => {
  const example = bytes(`
    01 00 14 b0 90 00 00 00 a0 00 00 00 14 00 00 00 30 00 00 00 02 00 1c 00 01 00 00 00 02 80 14 00
    00 00 00 80 01 01 00 00 00 00 00 01 00 00 00 00 02 00 60 00 04 00 00 00 00 03 18 00 00 00 00 a0
    01 02 00 00 00 00 00 05 20 00 00 00 21 02 00 00 00 03 18 00 00 00 00 10 01 02 00 00 00 00 00 05
    20 00 00 00 20 02 00 00 00 03 14 00 00 00 00 10 01 01 00 00 00 00 00 05 12 00 00 00 00 03 14 00
    00 00 00 10 01 01 00 00 00 00 00 03 00 00 00 00 01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00
    01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00`);
  // There it is written with its flags and rights in another order, which SDDL leaves open.
  assert.equal(
    sddlOf(example),
    "O:BAG:BAD:P(A;OICI;GXGR;;;BU)(A;OICI;GA;;;BA)(A;OICI;GA;;;SY)(A;OICI;GA;;;CO)S:P(AU;FA;GR;;;WD)",
  );
});

/** One list with one entry of a type, behind a header without owner and group. */
function withAce(type: number, flags: number, body: string, sacl = false): Uint8Array {
  const ace = bytes(body);
  const size = (n: number): string =>
    `${(n & 0xff).toString(16).padStart(2, "0")}${(n >> 8).toString(16).padStart(2, "0")}`;
  const control = sacl ? "1080" : "0480";
  const offsets = sacl ? "14000000 00000000" : "00000000 14000000";
  const head = `01 00 ${control} 00000000 00000000 ${offsets} 0400 ${size(12 + ace.length)} 0100 0000`;
  const entry = `${type.toString(16).padStart(2, "0")} ${flags.toString(16).padStart(2, "0")} ${size(4 + ace.length)}`;
  return bytes(`${head}${entry}${body}`);
}

const EVERYONE = "01 01 000000000001 00000000";

test("rights are whole sets, letters or numbers", () => {
  const rights = (mask: string): string =>
    /;;([^;]*);;;WD/.exec(sddlOf(withAce(0, 0, `${mask} ${EVERYONE}`)))![1]!;
  assert.equal(rights("ff011f00"), "FA");
  assert.equal(rights("a9001200"), "0x1200a9");
  assert.equal(rights("3f000f00"), "KA");
  assert.equal(rights("ff010f00"), "CCDCLCSWRPWPDTLOCRSDRCWDWO");
  // `sc sdshow` of a Windows service, for LocalSystem.
  assert.equal(rights("fd010200"), "CCLCSWRPWPDTLOCRRC");
  assert.equal(rights("000001e0"), "SDGXGWGR");
  assert.equal(rights("00000000"), "");
});

test("object entries name their types, labels their policy, and unknown types are shown as they are", () => {
  // DS-Replication-Get-Changes-All, of [MS-ADTS] 5.1.3.2.1.
  const extended = `00010000 01000000 ad f6 31 11 07 9c d1 11 f7 9f 00 c0 4f c2 dc d2 ${EVERYONE}`;
  assert.equal(sddlOf(withAce(5, 2, extended)), "D:(OA;CI;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;WD)");
  assert.equal(sddlOf(withAce(0x11, 0, "01000000 01 01 000000000010 00300000", true)), "S:(ML;;NW;;;HI)");
  assert.equal(sddlOf(withAce(0x14, 0, "01000000", true)), "S:(0x14;;01000000)");
});

test("a list that is present and null is no empty one", () => {
  assert.equal(sddlOf(bytes("01000480 00000000 00000000 00000000 00000000")), "D:NO_ACCESS_CONTROL");
  assert.equal(sddlOf(bytes("01000480 00000000 00000000 00000000 14000000 0200080000000000")), "D:");
  assert.equal(sddlOf(bytes("01000080 00000000 00000000 00000000 00000000")), "");
});

test("bytes that contradict themselves are refused", () => {
  const whole = withAce(0, 0, `ff011f00 ${EVERYONE}`);
  for (let cut = 0; cut < whole.length; cut++) assert.throws(() => sddlOf(whole.subarray(0, cut)), WireError);
  assert.throws(() => sddlOf(bytes("02000480 00000000 00000000 00000000 00000000")), WireError);
  assert.throws(() => sddlOf(bytes("01000480 01000000 00000000 00000000 00000000")), WireError);
  assert.throws(() => sddlOf(bytes("01000400 00000000 00000000 00000000 00000000")), WireError);
});

/** UTF-16 behind its length, and tokens of [MS-DTYP] 2.4.4.17.5. */
const text = (s: string): string =>
  `${(2 * s.length).toString(16).padStart(2, "0")}000000${[...s].map((c) => `${c.charCodeAt(0).toString(16).padStart(2, "0")}00`).join("")}`;
const one = "04 0100000000000000 03 02";

test("conditions of [MS-DTYP] 2.4.4.17.9", () => {
  const first = bytes(
    "61727478 f80a000000 54006900740069006500 10 04000000 56005000 80 000000".replace("6900650", "6c00650"),
  );
  assert.ok(isCondition(first));
  assert.equal(conditionText(first), 'Title == "VP"');
  const smartcard = `f9${text("smartcard")} ${one} 80`;
  const managed = `fb${text("managed")} ${one} 80`;
  const departments = `10${text("Sales")} 10${text("HR")}`;
  const list = `50 ${((departments.replace(/\s/g, "").length / 2) & 0xff).toString(16).padStart(2, "0")}000000 ${departments}`;
  const second = bytes(`61727478 ${smartcard} ${managed} a1 fa${text("dept")} ${list} 88 a0`);
  assert.equal(
    conditionText(second),
    '(@User.smartcard == 1 || @Device.managed == 1) && @Resource.dept Any_of {"Sales", "HR"}',
  );
  const administrators = "01 02 000000000005 20000000 20020000";
  const member = `51 10000000 ${administrators}`;
  const third = bytes(
    `61727478 f9${text("clearanceLevel")} fa${text("requiredClearance")} 85 50 15000000 ${member} 89 a1`,
  );
  assert.equal(
    conditionText(third),
    "@User.clearanceLevel >= @Resource.requiredClearance || Member_of {SID(BA)}",
  );
});

test("conditions in entries, and what is no condition", () => {
  const condition = `61727478 f8${text("x")} 87 a2`;
  assert.equal(sddlOf(withAce(9, 0, `000000a0 ${EVERYONE} ${condition}`)), "D:(XA;;GXGR;;;WD;(!(Exists x)))");
  assert.throws(() => sddlOf(withAce(9, 0, `000000a0 ${EVERYONE} 61727478 a0`)), WireError);
  // Data of an application of its own.
  assert.equal(sddlOf(withAce(9, 0, `000000a0 ${EVERYONE} 01020304`)), "D:(XA;;GXGR;;;WD)");
});

test("attributes of resources", () => {
  // ("Project",TS,0x0,"Windows","SQL"): offsets from the beginning of the attribute.
  const wide = (s: string): string =>
    [...`${s}\0`].map((c) => `${c.charCodeAt(0).toString(16).padStart(2, "0")}00`).join("");
  const attribute = `18000000 0300 0000 00000000 02000000 28000000 38000000 ${wide("Project")} ${wide("Windows")} ${wide("SQL")}`;
  assert.equal(
    sddlOf(withAce(0x12, 0, `00000000 ${EVERYONE} ${attribute}`, true)),
    'S:(RA;;;;;WD;("Project",TS,0x0,"Windows","SQL"))',
  );
});

const SAMBA = `
from samba.dcerpc import security
from samba.ndr import ndr_pack
import sys
for line in sys.stdin:
    line = line.strip()
    sd = security.descriptor.from_sddl(line, security.dom_sid("S-1-5-21-1-2-3"))
    print(ndr_pack(sd).hex())
`;

/** What Windows and its documentation publish, with nothing that SDDL lets be written in two ways. */
const PUBLISHED = [
  "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICIIO;SDGXGWGR;;;AU)",
  "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;IU)(A;;CCLCSWLOCRRC;;;SU)" +
    "S:(AU;FA;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;WD)",
  "O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)(A;CIIOID;KA;;;CO)",
  "O:S-1-5-21-1-2-3-512G:S-1-5-21-1-2-3-512D:AI(OA;CIIO;RP;4c164200-20c0-11d0-a768-00aa006e0529;4828cc14-1437-45bc-9b07-ad6f015e5f28;RU)" +
    "(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;PS)S:ARAI(OU;CISA;WP;f30e3bbe-9ff0-11d1-b603-0000f80367c1;bf967aa5-0de6-11d0-a285-00aa003049e2;WD)",
  "D:P(D;NP;GA;;;AN)(A;;GR;;;ED)(A;;SDWD;;;NU)",
];

/** Samba 4.17 does not read these. */
const SETS: readonly [RegExp, string][] = [
  [/;FA;;;/g, ";0x1f01ff;;;"],
  [/;KA;;;/g, ";0xf003f;;;"],
  [/;KR;;;/g, ";0x20019;;;"],
];

test("what Samba makes of published SDDL reads as it was written", (t) => {
  const written = PUBLISHED.map((sddl) => SETS.reduce((text, [set, mask]) => text.replace(set, mask), sddl));
  const made = spawnSync("/usr/bin/python3", ["-c", SAMBA], {
    input: `${written.join("\n")}\n`,
    encoding: "utf8",
  });
  if (made.status !== 0) return t.skip("Samba's Python library is not here");
  const hex = made.stdout.trim().split("\n");
  assert.deepEqual(
    hex.map((one) => sddlOf(fromHex(one))),
    PUBLISHED,
  );
});
