/** [MS-DRSR] 5.16.4: ATTRTYP and OID. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PrefixTable } from "../../../dissectors/drsr/prefix-table.js";
import { schemaName } from "../../../dissectors/drsr/schema.js";

const bytes = (digits: string): Uint8Array => Buffer.from(digits, "hex");

test("without a table of its own a message means the one that every domain controller begins with", () => {
  const standard = new PrefixTable(null);
  // Identifiers that tools which replicate secrets ask for.
  const known: { [name: string]: number } = {
    objectClass: 0x00000000,
    cn: 0x00000003,
    objectSid: 0x00090092,
    sAMAccountName: 0x000900dd,
    unicodePwd: 0x0009005a,
    dBCSPwd: 0x00090037,
    ntPwdHistory: 0x0009005e,
    lmPwdHistory: 0x000900a0,
    supplementalCredentials: 0x0009007d,
    pwdLastSet: 0x00090060,
    userPrincipalName: 0x00090290,
    userAccountControl: 0x00090008,
    isDeleted: 0x00020030,
    instanceType: 0x00020001,
    uid: 0x00150001,
  };
  for (const [name, attrtyp] of Object.entries(known)) {
    assert.equal(schemaName(standard.oid(attrtyp)!)?.name, name, standard.oid(attrtyp) ?? "");
  }
  assert.deepEqual(schemaName(standard.oid(0x000a0009)!), { name: "user", syntax: null });
  assert.equal(standard.oid(0x00400001), null);
  assert.equal(standard.oid(0x80000001), null);
});

test("with one, indexes are the message's own", () => {
  const table = new PrefixTable(
    new Map([
      [0, bytes("2a864886f7140104")],
      [7, bytes("5504")],
      // 2.999.3, whose first two numbers share one.
      [8, bytes("883703")],
    ]),
  );
  assert.equal(table.oid(0x0000005a), "1.2.840.113556.1.4.90");
  assert.equal(table.oid(0x00070003), "2.5.4.3");
  assert.equal(table.oid(0x000000dd), "1.2.840.113556.1.4.221");
  assert.equal(table.oid(0x00080001), "2.999.3.1");
  assert.equal(table.oid(0x00090001), null);
  assert.deepEqual(table.indexes(), [0, 7, 8]);
  assert.equal(table.prefix(7), "2.5.4");
});

test("a last number of more than 14 bits begins in the prefix", () => {
  // 1.3.6.1.4.1.1466.70000: 70000 is 84 a2 70 in BER, of which 84 stands in the table.
  const table = new PrefixTable(new Map([[5, bytes("2b060104018b3a84")]]));
  const low = 0x8000 | (70000 & 0x3fff);
  assert.equal(table.oid((5 << 16) | low), "1.3.6.1.4.1.1466.70000");
  assert.equal(table.oid((5 << 16) | 3), null);
});

test("what is no beginning of an OID resolves nothing", () => {
  const table = new PrefixTable(
    new Map([
      [0, bytes("")],
      [1, Buffer.alloc(10_000, 0xff)],
      [2, Buffer.alloc(10_000, 0x01)],
      [3, bytes("2aff")],
    ]),
  );
  for (const index of [0, 1, 2, 3]) assert.equal(table.oid((index << 16) | 1), null, String(index));
});
