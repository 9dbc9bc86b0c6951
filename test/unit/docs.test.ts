/** The pages of docs/ that follow from the sources do: `npm run docs` writes them anew. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PAGES } from "../../scripts/docs.js";

for (const [path, make] of Object.entries(PAGES)) {
  test(`${path} is what the sources say: npm run docs`, () => {
    assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"), make());
  });
}

test("links of the pages for readers lead somewhere", () => {
  const pages = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/limits.md",
    "docs/live.md",
    "docs/transcript.md",
  ];
  for (const page of pages) {
    const place = new URL(`../../${page}`, import.meta.url);
    for (const [, link] of readFileSync(place, "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(new URL(link!, place)), `${page}: ${link}`);
    }
  }
});

test("a record's page names every kind, and a limit's page has limits of both halves", () => {
  const records = readFileSync(new URL("../../docs/records.md", import.meta.url), "utf8");
  for (const kind of ["call", "association", "offer", "note", "summary"]) {
    assert.match(records, new RegExp(`^## ${kind}$`, "m"));
  }
  const limits = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8");
  for (const half of ["src", "dissectors"]) assert.match(limits, new RegExp(`^## \`${half}\\b`, "m"));
});
