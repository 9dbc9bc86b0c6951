/** What stands inside of values that are bytes: fields below the value, at their places in the stub. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenBytes } from "../../../dissectors/readable/opened.js";
import { sddlOf } from "../../../dissectors/readable/sddl.js";
import { fromHex } from "../../../dissectors/wire/bytes.js";
import { hex } from "../../../dissectors/wire/guid.js";
import { emptyField, type Field, Trace } from "../../../dissectors/wire/trace.js";
import { addInside } from "../../../src/explain/inside.js";
import { linesOf } from "../../support/traced.js";

/** An owner, and between it and the header bytes that nothing refers to. */
const DESCRIPTOR = fromHex(
  "0100008020000000000000000000000000000000aabbccddeeff00112233445501010000000000051200000012".slice(0, 88),
);
const NO_MEANINGS = { values: {}, limited: false, lone: null, incomplete: null };

function stubOf(): { trace: Trace; stub: Field; source: number } {
  const bytes = new Uint8Array(4 + DESCRIPTOR.length);
  bytes.set(DESCRIPTOR, 4);
  const stub = emptyField("stub");
  const trace = new Trace(stub);
  const source = trace.addSource({ name: "stub", kind: "stub", bytes, pieces: [] });
  const range = { source, start: 4, length: DESCRIPTOR.length };
  const elements = { ...emptyField("elements"), value: hex(DESCRIPTOR), range };
  stub.children.push({ ...emptyField("sd"), children: [elements], range });
  return { trace, stub, source };
}

test("a security descriptor is read where it stands; what nothing refers to is called so", () => {
  const { trace, stub, source } = stubOf();
  let text = "";
  addInside(trace, stub, source, (open: OpenBytes) => {
    text = sddlOf(open(hex(DESCRIPTOR), "SECURITY_DESCRIPTOR", "sd"));
    return { ...NO_MEANINGS, values: { sd: text } };
  });
  assert.equal(text, "O:SY");
  assert.deepEqual(
    linesOf(stub).map((line) => line.trim()),
    [
      "stub",
      `sd 4+${DESCRIPTOR.length}`,
      `elements 4+${DESCRIPTOR.length}`,
      "Revision 4+1 1",
      "Sbz1 5+1 0",
      "Control 6+2 32768",
      "OffsetOwner 8+4 32",
      "OffsetGroup 12+4 0",
      "OffsetSacl 16+4 0",
      "OffsetDacl 20+4 0",
      "unreferenced 24+12 aabbccddeeff001122334455",
      "OwnerSid 36+12",
      "Revision 36+1 1",
      "SubAuthorityCount 37+1 1",
      "IdentifierAuthority 38+6 5",
      "SubAuthority 44+4",
      "[0] 44+4 18",
    ],
  );
});

test("bytes that stand nowhere in the stub are read all the same, and leave no field", () => {
  const { trace, stub, source } = stubOf();
  const before = linesOf(stub);
  addInside(trace, stub, source, (open: OpenBytes) => {
    for (const path of ["sd", "elsewhere"]) assert.equal(open("0102", "x", path).u16("field"), 0x0201);
    return NO_MEANINGS;
  });
  assert.deepEqual(linesOf(stub), before);
});

test("bytes without a meaning stay the run that they were; what was not read to its end is left to others", () => {
  const plain = stubOf();
  const before = linesOf(plain.stub);
  const some = (open: OpenBytes): void => void open(hex(DESCRIPTOR), "x", "sd").u8("Revision");
  addInside(plain.trace, plain.stub, plain.source, (open) => {
    some(open);
    return NO_MEANINGS;
  });
  assert.deepEqual(linesOf(plain.stub), before);
  const cut = stubOf();
  addInside(cut.trace, cut.stub, cut.source, (open) => {
    some(open);
    return { ...NO_MEANINGS, values: { sd: "?" }, incomplete: { path: "sd", reason: "cut", count: 1 } };
  });
  assert.equal(linesOf(cut.stub).at(-1)!.trim(), "Revision 4+1 1");
});
