import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import "../../../src/invitation/schema.js";
import { callLogSchema } from "../../../src/output/schema.js";
import "../../../src/invitation/schema.js";
import { call, offer, run } from "../../support/output/samples.js";
import { SCHEMA_FILE, validateRecord } from "../../support/output/validate.js";

test("the file that ships is what the definitions make: npx tsx scripts/schema.ts", () => {
  assert.deepEqual(JSON.parse(readFileSync(SCHEMA_FILE, "utf8")), callLogSchema());
});

test("the hand-made records are valid", () => {
  for (const event of run()) assert.deepEqual(validateRecord(event), [], event.type);
});

test("wrong records are not", () => {
  const wrong: unknown[] = [
    {},
    { type: "call", schema: 2 },
    { ...call(), schema: 1 },
    { ...call(), ts: "2024-05-01T10:00:00Z" },
    { ...call(), object: "F120A684-B926-447F-9DF4-C966CB785648" },
    { ...call(), status: "fine" },
    { ...call(), hresult: { value: "0x1", name: null, message: null } },
    { ...call(), unheard: 1 },
    { ...call(), auth: { ...call().auth, user: undefined } },
    { ...offer(), calls: [[1, 2, 3]] },
    { ...offer(), follow_up: {} },
  ];
  for (const record of wrong) assert.notDeepEqual(validateRecord(record), [], JSON.stringify(record));
});
