// Makes dist/:
//   lib/      the library as tsc compiles it, with the interface descriptions, the JSON Schema, and a package.json whose
//             `imports` name the compiled files
//   bin/      the program, joined into one file: Node takes longer to find and load two hundred than to read a small capture
//   browser/  the engine joined with all it needs, for everything that is not Node (scripts/browser.mjs)
//   generated/  the interface descriptions as a module, which that is joined with (scripts/shipped.mjs)
// Whatever fails, fails the build.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { engineBundle } from "./browser.mjs";
import { IDL_FOLDERS, writeShipped } from "./shipped.mjs";

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
cpSync("src/output/raiscope.schema.json", `${LIB}/raiscope.schema.json`);
const imports = { "#primitives": "./dissectors/crypto/node.js", "#shipped": "./src/shipped/node.js" };
writeFileSync(`${LIB}/package.json`, `${JSON.stringify({ type: "module", imports }, null, 2)}\n`);

/** The XML library is loaded with the first document: most captures hold none, and loading takes longer than reading one. */
const lateXml = {
  name: "late-xml",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^fast-xml-parser$/ }, ({ namespace }) =>
      namespace === "late"
        ? { path: "fast-xml-parser", external: true }
        : { path: "late", namespace: "late" },
    );
    onLoad({ filter: /.*/, namespace: "late" }, () => ({
      contents: `export class XMLParser {
        constructor(options) { return new (require("fast-xml-parser").XMLParser)(options); }
      }`,
    }));
  },
};

await build({
  entryPoints: { main: "src/cli/main.ts", "cap-child": "src/capture/live/cap-child.ts" },
  outdir: "dist/bin",
  bundle: true,
  // One file: what a command loads late is not evaluated before, and thirty small files take longer to find than to read.
  splitting: false,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  plugins: [lateXml],
  banner: {
    js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`,
  },
  // Fewer characters to read at every start; names are kept, since a fault of the program is told with its place.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "error",
});
// What does not even parse is no program.
execFileSync(process.execPath, ["dist/bin/main.js", "--version"]);

writeShipped();
mkdirSync("dist/browser");
writeFileSync("dist/browser/engine.js", await engineBundle());
