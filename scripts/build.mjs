// Makes dist/:
//   lib/      the library as tsc compiles it, with the interface descriptions, what the parser makes of them
//             (scripts/idl-syntax.ts), the JSON Schema, and a package.json whose `imports` name the compiled files
//   bin/      the program, joined into one file and compiled (scripts/program.mjs)
//   man/      the manual page, made from the tables of options (src/cli/manual.ts)
//   raiscope.html  the page in one file (scripts/page.mjs)
//   browser/  the engine joined with all it needs, for everything that is not Node (scripts/browser.mjs)
//   generated/  interface descriptions and tables, packed, as modules that both are joined with (scripts/shipped.mjs)
// Whatever fails, fails the build.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { engineBundle } from "./browser.mjs";
import { printSizes, writePage } from "./page.mjs";
import { bundleProgram, compileProgram, runScript, writeManual } from "./program.mjs";
import { IDL_FOLDERS } from "./shipped.mjs";

const LIB = "dist/lib";

rmSync("dist", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});

for (const folder of IDL_FOLDERS) {
  const from = `dissectors/idl/${folder}`;
  cpSync(from, `${LIB}/${from}`, {
    recursive: true,
    filter: (path) => path === from || path.endsWith(".idl"),
  });
}
cpSync("dissectors/idl/generated", `${LIB}/dissectors/idl/generated`, { recursive: true });
await runScript("scripts/idl-syntax.ts", `${LIB}/dissectors/idl`, ...IDL_FOLDERS);
cpSync("src/output/raiscope.schema.json", `${LIB}/raiscope.schema.json`);
const imports = { "#primitives": "./dissectors/crypto/node.js", "#shipped": "./src/shipped/node.js" };
writeFileSync(`${LIB}/package.json`, `${JSON.stringify({ type: "module", imports }, null, 2)}\n`);

await bundleProgram();
compileProgram();
// What does not even run is no program.
execFileSync(process.execPath, ["dist/bin/main.js", "captures/invoke.pcapng"]);

await writeManual();

printSizes(await writePage());
mkdirSync("dist/browser");
writeFileSync("dist/browser/engine.js", await engineBundle());
