// Joins the program's own modules into one file below dist/bin, and makes its code ahead (scripts/start.cjs): Node takes longer
// to find, load and compile two hundred than to read a small capture.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const BIN = "dist/bin";

export async function bundleProgram() {
  await build({
    entryPoints: { program: "src/cli/main.ts", "cap-child": "src/capture/live/cap-child.ts" },
    outdir: BIN,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    packages: "external",
    define: { "import.meta.url": "OWN_URL" },
    banner: { js: `const OWN_URL = require("node:url").pathToFileURL(__filename).href;` },
    // Libraries that are loaded late are required late.
    supported: { "dynamic-import": false },
    // Fewer characters to read at every start; names are kept, since a fault of the program is reported with its place.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
  });
  writeFileSync(`${BIN}/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
  copyFileSync("scripts/start.cjs", `${BIN}/main.js`);
  chmodSync(`${BIN}/main.js`, 0o755);
}

/** Code of what most runs use: captures read into the transcript and the call log, with keys and without. */
export function compileProgram() {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-build-"));
  const captures = ["follow-up.pcapng", "invoke.pcapng", "vista-offer-privacy.pcapng"].map(
    (name) => `captures/${name}`,
  );
  const outputs = ["calls.ndjson", "report.txt"].flatMap((name) => ["-o", join(folder, name)]);
  const args = [...captures, ...outputs, "--events", "all", "--password", "Help4Desk!", "-q"];
  try {
    execFileSync(process.execPath, ["scripts/code-cache.cjs", ...args], { stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
