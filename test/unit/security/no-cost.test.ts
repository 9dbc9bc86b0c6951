/** Without keys no cryptography is even loaded: nothing that a security context imports leads there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

/** All files that loading this one loads; imports of types alone load nothing. */
function loaded(file: string, found = new Map<string, string>(), by = ""): Map<string, string> {
  if (found.has(file)) return found;
  found.set(file, by);
  const source = readFileSync(file, "utf8");
  for (const match of source.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)";/gms)) {
    const target = match[1]!;
    if (target.startsWith(".")) loaded(resolve(dirname(file), target.replace(/\.js$/, ".ts")), found, file);
    else found.set(target, file);
  }
  return found;
}

it("a security context and the analyzer load no cryptography", () => {
  for (const entry of [
    "src/rpc/security/context.ts",
    "src/protocols/kdc.ts",
    "src/protocols/smb/smb-stream.ts",
    "src/analyzer.ts",
  ]) {
    const files = loaded(join(ROOT, entry));
    const bad = [...files.keys()].filter((f) => f === "node:crypto" || f.includes("/dissectors/crypto/"));
    assert.deepEqual(
      bad.map((f) => `${relative(ROOT, f)} by ${relative(ROOT, files.get(f)!)}`),
      [],
      entry,
    );
  }
});
