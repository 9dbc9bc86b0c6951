/** The views of the captures that ship are those in test/golden; `npm run golden` makes them anew. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { captureNames, GOLDEN, goldenOf } from "../support/golden.js";
import { validateRecord } from "../support/output/validate.js";

const found = new Set<string>();

for (const name of captureNames()) {
  test(`golden: ${name}`, async () => {
    for (const [file, text] of await goldenOf(name)) {
      found.add(file);
      assert.equal(text, readFileSync(join(GOLDEN, file), "utf8"), file);
    }
  });
}

test("every golden belongs to a view, and every record in one is valid", () => {
  // The tests that compare lie there too.
  for (const file of readdirSync(GOLDEN).filter((name) => !name.endsWith(".ts"))) {
    assert.ok(found.has(file), file);
    if (!file.endsWith(".ndjson")) continue;
    for (const line of readFileSync(join(GOLDEN, file), "utf8").trimEnd().split("\n")) {
      assert.deepEqual(validateRecord(JSON.parse(line)), [], file);
    }
  }
});
