/** Who compiles against the package needs no types but its own: not Node's, not a browser's, not of what it depends on. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import "../../support/program.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "raiscope-types-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS = {
  target: "ES2022",
  lib: ["ES2022"],
  types: [],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Compiles a program that has the package and nothing else installed. */
function compiled(code: string): string {
  const installed = join(folder, "node_modules/raiscope");
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, "package.json"), join(installed, "package.json"));
  cpSync(join(ROOT, "dist/lib"), join(installed, "dist/lib"), {
    recursive: true,
    filter: (path) => !/\.(js|idl)$/.test(path),
  });
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(folder, "program.ts"), code);
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: OPTIONS, files: ["program.ts"] }),
  );
  const { stdout } = spawnSync(
    process.execPath,
    [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder],
    { encoding: "utf8" },
  );
  return stdout;
}

test("raiscope/engine", () => {
  const code = `
    import { type CallRecord, Analyzer, analyze, decodePdu, decodeStub, decodeToken, KeyRing } from "raiscope/engine";
    export async function calls(bytes: Uint8Array): Promise<CallRecord[]> {
      const found: CallRecord[] = [];
      const keys = KeyRing.from({ passwords: ["secret"] });
      for await (const event of analyze(bytes, { keys })) if (event.type === "call") found.push(event);
      return found;
    }
    export const numbers: number[] = [decodePdu(new Uint8Array(16)).header.callId, new Analyzer().summary().frames];
    export const values: { [name: string]: unknown } =
      decodeStub(new Uint8Array(), { interface: "IRASrv", opnum: 7, direction: "request" }).values;
    export const token = decodeToken(new Uint8Array());
    // @ts-expect-error: a call has a number
    export const wrong: string = new Analyzer().push;
  `;
  assert.equal(compiled(code), "");
});

test("raiscope", () => {
  const code = `
    import { analyze, InputError, openInputs } from "raiscope";
    export async function count(names: string[]): Promise<number> {
      let count = 0;
      for await (const event of analyze(names)) if (event.type === "offer") count++;
      return count;
    }
    export const inputs = openInputs(["-"], { stdin: { read: () => null, on: () => {}, destroy: () => {} } });
    export const input: string = new InputError("a", "b").input;
  `;
  assert.equal(compiled(code), "");
});

test("a fault in a program is found", () => {
  assert.match(compiled(`import { analyze } from "raiscope/engine"; analyze(5);`), /TS2345/);
});
