import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fieldTableModule } from "../../../scripts/field-table.js";
import "../../../src/invitation/schema.js";
import { callLogSchema } from "../../../src/output/schema.js";
import { call, offer, run } from "../../support/output/samples.js";
import { SCHEMA_FILE, validateRecord } from "../../support/output/validate.js";

interface Part {
  description?: string;
  properties?: { [key: string]: Part };
  anyOf?: Part[];
  oneOf?: Part[];
  items?: Part;
}

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

test("every key of every record says what it means", () => {
  const silent: string[] = [];
  const look = (path: string, part: Part): void => {
    for (const [key, inner] of Object.entries(part.properties ?? {})) {
      const choices = inner.anyOf ?? inner.oneOf ?? [];
      if ([inner, ...choices].every(({ description = "" }) => description.length < 3))
        silent.push(`${path}.${key}`);
      look(`${path}.${key}`, inner);
    }
    for (const inner of [...(part.anyOf ?? []), ...(part.oneOf ?? [])]) look(path, inner);
    if (part.items !== undefined) look(path, part.items);
  };
  for (const [name, part] of Object.entries(callLogSchema().$defs as { [name: string]: Part }))
    look(name, part);
  assert.deepEqual(silent, []);
});

test("the table of fields that filters and -e go by is what the schema says: npm run schema", () => {
  assert.equal(
    readFileSync(new URL("../../../src/fields/generated/field-table.ts", import.meta.url), "utf8"),
    fieldTableModule(),
  );
});
