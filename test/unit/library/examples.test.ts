/** The examples of docs/library.md: each compiles, runs as it stands, and prints what stands below it. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import "../../support/program.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DOC = readFileSync(join(ROOT, "docs/library.md"), "utf8");

interface Example {
  heading: string;
  code: string;
  /** What stands below it as its output. */
  said: string;
}

const examples: Example[] = [...DOC.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)].map((found) => ({
  heading: /.*\n#+ ([^\n]+)/s.exec(DOC.slice(0, found.index))![1]!,
  code: found[1]!,
  said: found[2]!,
}));

const folder = mkdtempSync(join(tmpdir(), "raiscope-examples-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
symlinkSync(ROOT, join(folder, "node_modules/raiscope"));
symlinkSync(join(ROOT, "node_modules/@types"), join(folder, "node_modules/@types"));
writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
for (const [index, { code }] of examples.entries()) writeFileSync(join(folder, `${index}.ts`), code);

test("every example has its output below it", () => {
  assert.equal([...DOC.matchAll(/^```ts$/gm)].length, examples.length);
  assert.ok(examples.length > 10);
});

test("the examples compile", () => {
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022"],
    types: ["node"],
    module: "NodeNext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: examples.map((_, index) => `${index}.ts`) }),
  );
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  assert.equal(spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout, "");
});

describe("the examples run", { concurrency: 2 }, () => {
  for (const [index, { heading, code, said }] of examples.entries()) {
    test(`${index + 1}: ${heading}`, async () => {
      const program = join(folder, `${index}.js`);
      writeFileSync(program, (await transform(code, { loader: "ts", target: "node20" })).code);
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: ROOT });
      assert.equal(stdout, said);
      assert.equal(stderr, "");
    });
  }
});

/** What an entry exports, types as well. */
function exportsOf(entry: string): string[] {
  const text = readFileSync(join(ROOT, "src", entry), "utf8");
  return [...text.matchAll(/^export (?:type )?\{(.*?)\}/gms)].flatMap(([, list]) =>
    list!
      .split(",")
      .map((name) =>
        name
          .trim()
          .replace(/^type /, "")
          .replace(/^.* as /, ""),
      )
      .filter((name) => name !== ""),
  );
}

for (const [name, entry] of [
  ["raiscope", "index.ts"],
  ["raiscope/engine", "engine.ts"],
] as const) {
  test(`each export of ${name} has an example`, async () => {
    const module = (await import(join(ROOT, "dist/lib/src", entry.replace(".ts", ".js")))) as object;
    const values = new Set(Object.keys(module));
    const imported = new Set(
      examples.flatMap(({ code }) =>
        [...code.matchAll(/import \{([^}]*)\} from "([^"]+)"/g)].flatMap(([, list, from]) =>
          from === name ? list!.split(",").map((one) => one.trim().replace(/^type /, "")) : [],
        ),
      ),
    );
    assert.deepEqual(
      [...values].filter((value) => !imported.has(value)),
      [],
    );
    // A type is at least named where its values come from.
    const named = exportsOf(entry);
    assert.ok(named.length > values.size);
    assert.deepEqual(
      named.filter((one) => !values.has(one) && !new RegExp(`\\b${one}s?\\b`).test(DOC)),
      [],
    );
  });
}
