/** Names of what is inside of natives, to the letter of [MS-OAUT] and [MS-DCOM], at their places. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { traced } from "../../../dissectors/ndr/traced.js";
import { Reader } from "../../../dissectors/wire/reader.js";
import { parseBytes } from "../../support/ndr/parse-bytes.js";
import { context, decodeValue, native } from "../../support/ndr/types.js";
import { linesOf, tracedOf, uncovered } from "../../support/traced.js";

/** A line a field; the values are those of an ordinary decoding. */
function lines(name: string, text: string): string[] {
  const bytes = parseBytes(text, true);
  let values: unknown;
  const root = tracedOf(bytes, (r) => {
    values = decodeValue(native(name), r, { ...context("ndr"), wrap: traced }).values;
  });
  assert.deepEqual(values, decodeValue(native(name), new Reader(bytes), context("ndr")).values);
  const padding = uncovered(root, 0, bytes.length).filter(([start, end]) => end - start > 7);
  assert.deepEqual(padding, []);
  return linesOf(root)
    .slice(2)
    .map((line) => line.trimStart());
}

test("BSTR: counts and text", () => {
  assert.deepEqual(lines("BSTR", '0x72657355/4 2/4 4/4 2/4 "ab"'), [
    "referent_id 0+4 1919251285",
    "max_count 4+4 2",
    "cBytes 8+4 4",
    "clSize 12+4 2",
    "asData 16+4 ab",
  ]);
  assert.deepEqual(lines("BSTR", "0x72657355/4 0/4 0xffffffff/4 0/4").slice(2), [
    "cBytes 8+4 null BSTR",
    "clSize 12+4 0",
  ]);
});

test("VARIANT: header, tag, the arm by its name", () => {
  const header = (vt: number): string => `0x72657355/4 _4 3/4 0/4 ${vt}/2 1/2 2/2 3/2 ${vt}/4`;
  assert.deepEqual(lines("VARIANT", `${header(3)} -3/4`), [
    "referent_id 0+4 1919251285",
    "clSize 8+4 3",
    "rpcReserved 12+4 0",
    "vt 16+2 VT_I4",
    "wReserved1 18+2 1",
    "wReserved2 20+2 2",
    "wReserved3 22+2 3",
    "switch_is 24+4 VT_I4",
    "lVal 28+4 -3",
  ]);
  assert.deepEqual(lines("VARIANT", `${header(8)} 1/4 1/4 2/4 1/4 "a"`).slice(8), [
    "bstrVal 28+18",
    "referent_id 28+4 1",
    "max_count 32+4 1",
    "cBytes 36+4 2",
    "clSize 40+4 1",
    "asData 44+2 a",
  ]);
  assert.deepEqual(lines("VARIANT", `${header(0x4003)} 1/4 7/4`).slice(8), [
    "plVal 28+8",
    "referent_id 28+4 1",
    "value 32+4 7",
  ]);
  assert.equal(lines("VARIANT", header(0)).length, 8);
});

test("SAFEARRAY: features, bounds, elements by their numbers", () => {
  const array = "1/4 1/4 1/2 0x92/2 2/4 2/2 3/2 2/4 2/4 1/4 2/4 0/4 2/4 5/2 6/2";
  assert.deepEqual(lines("SAFEARRAY", array), [
    "referent_id 0+4 1",
    "max_count 4+4 1",
    "cDims 8+2 1",
    "fFeatures 10+2 146",
    "cbElements 12+4 2",
    "cLocks 16+4 2, VT_I4",
    "sfType 20+4 SF_I2",
    "Size 24+4 2",
    "referent_id 28+4 1",
    "rgsabound[0] 32+8",
    "cElements 32+4 2",
    "lLbound 36+4 0",
    "max_count 40+4 2",
    "elements 44+4",
    "[0] 44+2 5",
    "[1] 46+2 6",
  ]);
});

test("an object reference with its bindings", () => {
  const guid = "0x20400/4 0/2 0/2 #c000000000000046";
  const std = `0x1000/4 5/4 0x1122334455667788/8 0x99/8 ${guid}`;
  const bindings = '11/2 7/2 7/2 "a[9]" 0/2 0/2 10/2 0xffff/2 0/2 0/2';
  assert.deepEqual(lines("MInterfacePointer", `90/4 90/4 0x574f454d/4 1/4 ${guid} ${std} ${bindings}`), [
    "max_count 0+4 90",
    "ulCntData 4+4 90",
    "abData 8+90",
    "signature 8+4 0x574f454d",
    "flags 12+4 OBJREF_STANDARD",
    "iid 16+16 00020400-0000-0000-c000-000000000046",
    "std 32+40",
    "flags 32+4 4096",
    "cPublicRefs 36+4 5",
    "oxid 40+8 1122334455667788",
    "oid 48+8 0000000000000099",
    "ipid 56+16 00020400-0000-0000-c000-000000000046",
    "saResAddr 72+26",
    "wNumEntries 72+2 11",
    "wSecurityOffset 74+2 7",
    "STRINGBINDING[0] 76+12",
    "wTowerId 76+2 ncacn_ip_tcp",
    "aNetworkAddr 78+10 a[9]",
    "nullterm1 88+2 0",
    "SECURITYBINDING[0] 90+6",
    "wAuthnSvc 90+2 RPC_C_AUTHN_WINNT",
    "Reserved 92+2 65535",
    "aPrincName 94+2 ",
    "nullterm2 96+2 0",
  ]);
});
