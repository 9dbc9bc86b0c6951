/** Note codes are a contract: every one that comes out is in the README's table, and every one there can come out. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const table = /## Notes\n([\s\S]*?)\n## /.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
const listed = new Set([...table.matchAll(/`([a-z0-9-]+)`/g)].map((m) => m[1]!).filter((c) => c !== "note"));

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

test("every code in the table is one that the program knows", () => {
  const text = ["src", "dissectors"]
    .flatMap(sources)
    .map((f) => readFileSync(join(root, f), "utf8"))
    .join("\n");
  const made = /^stub-(incomplete|malformed|unsupported|limit)$/;
  assert.deepEqual(
    [...listed].filter((c) => !made.test(c) && !text.includes(`"${c}"`)),
    [],
  );
});
