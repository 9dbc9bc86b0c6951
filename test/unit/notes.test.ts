/** Note codes are a contract: every one that comes out is in the table of docs/notes.md, and every one there can come out. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const table = readFileSync(join(root, "docs", "notes.md"), "utf8");
const listed = new Set(
  [...table.matchAll(/`([a-z0-9]+(?:-[a-z0-9]+)*)`/g)].map((m) => m[1]!).filter((c) => c !== "note"),
);

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? sources(join(folder, e.name)) : e.name.endsWith(".ts") ? [join(folder, e.name)] : [],
  );
}

test("every code in the goldens is in the table", () => {
  const golden = join(root, "test", "golden");
  const met = new Set<string>();
  for (const file of readdirSync(golden).filter((f) => f.endsWith(".ndjson"))) {
    for (const m of readFileSync(join(golden, file), "utf8").matchAll(/"code":"([^"]+)"/g)) met.add(m[1]!);
  }
  assert.ok(met.size > 0);
  assert.deepEqual(
    [...met].filter((c) => !listed.has(c)),
    [],
  );
});

/** Strings of the sources by themselves: what a comment or a longer text holds counts for nothing. */
const literals = new Set(
  ["src", "dissectors"]
    .flatMap(sources)
    .map((file) => readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""))
    .flatMap((text) => [...text.matchAll(/(["'`])([a-z0-9]+(?:-[a-z0-9]+)*)\1/g)].map((m) => m[2]!)),
);
/** Made of an error's kind: src/rpc puts "stub-" before it. */
const made = new Set(["incomplete", "malformed", "unsupported", "limit"].map((kind) => `stub-${kind}`));
const known = (code: string): boolean => literals.has(code) || made.has(code);

test("every code in the table is one that the program makes", () => {
  assert.deepEqual(
    [...listed].filter((c) => !known(c)),
    [],
  );
  // Only what stands alone as a string is found: the test fails for a code that nobody makes.
  assert.equal(known("stream-gaps"), false);
  assert.equal(known("notes-table"), false);
});

/** What stands between the brackets of each call of that function. */
function calls(text: string, callee: string): string[] {
  return text
    .split(new RegExp(`(?<![\\w.])${callee}\\(`))
    .slice(1)
    .map((rest) => {
      let depth = 1;
      let at = 0;
      for (; at < rest.length && depth > 0; at++) depth += rest[at] === "(" ? 1 : rest[at] === ")" ? -1 : 0;
      return rest.slice(0, at - 1);
    });
}

test("every code that is handed to a note as a string is in the table", () => {
  const handed = ["src", "dissectors"].flatMap(sources).flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const severities = /"(?:warning|error|info)",\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"/g;
    return [
      ...text.matchAll(severities),
      ...text.matchAll(/\bcode: "([a-z0-9]+(?:-[a-z0-9]+)*)"/g),
      ...text.matchAll(/\bnotice\("([a-z0-9-]+)"\)/g),
      // The last argument of what the command line says.
      ...calls(text, "new CommandError").flatMap((call) => [...call.matchAll(/,\s*"([a-z0-9-]+)",?\s*$/g)]),
      ...calls(text, "warn").flatMap((call) => [...call.matchAll(/,\s*"([a-z0-9-]+)"(?:,\s*\w+)?,?\s*$/g)]),
    ].map((m) => m[1]!);
  });
  assert.ok(new Set(handed).size > 40, `${new Set(handed).size} codes found`);
  assert.deepEqual(
    [...new Set(handed)].filter((c) => !listed.has(c)),
    [],
  );
});
