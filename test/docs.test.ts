/** The pages of docs/ that follow from the sources do: `npm run docs` writes them anew. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PAGES } from "../scripts/docs.js";

for (const [path, make] of Object.entries(PAGES)) {
  test(`${path} is what the sources say: npm run docs`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"), make());
  });
}

test("a record's page names every kind, and a limit's page has limits of both halves", () => {
  const records = readFileSync(new URL("../docs/records.md", import.meta.url), "utf8");
  for (const kind of ["call", "association", "offer", "note", "summary"]) {
    assert.match(records, new RegExp(`^## ${kind}$`, "m"));
  }
  const limits = readFileSync(new URL("../docs/limits.md", import.meta.url), "utf8");
  for (const half of ["src", "dissectors"]) assert.match(limits, new RegExp(`^## \`${half}\\b`, "m"));
});
