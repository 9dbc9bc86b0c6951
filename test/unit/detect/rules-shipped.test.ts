/** The shipped rules as they are built in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { rulesModule } from "../../../scripts/rules/write-rules.js";

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

test("src/detect/generated/rules.ts is what `npm run rules` writes", () => {
  const { text, problems } = rulesModule(root("rules"));
  assert.deepEqual(problems, []);
  assert.equal(readFileSync(root("src/detect/generated/rules.ts"), "utf8"), text);
});
