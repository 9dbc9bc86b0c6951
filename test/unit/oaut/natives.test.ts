/** Shapes that IDL cannot express, where they are parameters: GUID, CURRENCY, DECIMAL, towers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, decode } from "../../support/oaut/values.js";

test("numbers that follow the label where they are parameters, as in a VARIANT they do not", () => {
  for (const little of [true, false]) {
    for (const syntax of ["ndr", "ndr64"] as const) {
      assert.equal(clean(decode("CURRENCY", "-52500/8", syntax, little)), "-52500");
      // [MS-OAUT] 2.2.26: scale, sign, high 32 bits, low 64 bits.
      assert.equal(clean(decode("DECIMAL", "0/2 3/1 0x80/1 0/4 1500/8", syntax, little)), "-1.500");
      const guid = "0x11223344/4 0x5566/2 0x7788/2 #99aabbccddeeff00";
      assert.equal(clean(decode("GUID", guid, syntax, little)), "11223344-5566-7788-99aa-bbccddeeff00");
    }
  }
});

/** [C706] Appendix N: interface, transfer syntax, protocol, then TCP port 135 and address 10.0.0.1 in network order. */
const uuid = (first: string): string => `<19/2 #0d #${first}341234cdabef000123456789ab <1/2 <2/2 <0/2`;
const UPPER = `<5/2 ${uuid("785634")} ${uuid("045d88")} <1/2 #0b <2/2 <0/2`;
const FLOORS = `${UPPER} <1/2 #07 <2/2 #0087 <1/2 #09 <4/2 #0a000001`;
const UPPER_SIZE = 2 + 2 * (2 + 19 + 2 + 2) + (2 + 1 + 2 + 2);
const SIZE = UPPER_SIZE + (2 + 1 + 2 + 2) + (2 + 1 + 2 + 4);

test("towers: count and length, in either order", () => {
  for (const little of [true, false]) {
    const narrow = clean(decode("twr_t", `${SIZE}/4 ${SIZE}/4 ${FLOORS}`, "ndr", little));
    const wide = clean(decode("twr_t", `${SIZE}/8 ${SIZE}/4 ${FLOORS}`, "ndr64", little));
    for (const tower of [narrow, wide] as { [name: string]: unknown }[]) {
      assert.deepEqual([tower.address, tower.port], ["10.0.0.1", 135]);
    }
  }
});

test("towers whose lengths differ, or whose floors do not fit", () => {
  const longer = decode("twr_t", `${SIZE}/4 ${SIZE + 1}/4 ${FLOORS}`);
  assert.deepEqual(
    longer.notes.map((n) => n.code),
    ["size-is-mismatch"],
  );
  const size = UPPER_SIZE + 7;
  const cut = decode("twr_t", `${size}/4 ${size}/4 ${UPPER} <1/2 #07 <2/2 #0087`);
  assert.deepEqual(
    cut.notes.map((n) => n.code),
    ["tower-malformed"],
  );
  // The floors that are whole are reported.
  assert.equal((cut.values.value as { port: unknown }).port, 135);
});
