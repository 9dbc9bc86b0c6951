// Joins the compiled program's own modules into one file: Node takes longer to find and load a hundred and fifty than to
// read a small capture. Entry points keep their places; the library stays as tsc made it. Where esbuild has no program for
// this machine, nothing is joined, and all works as before.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const PLACE = "dist/src/cli";

for (const name of readdirSync(PLACE)) if (/-[0-9A-Z]{8}\.js$/.test(name)) rmSync(join(PLACE, name));
try {
  const { build } = await import("esbuild");
  await build({
    entryPoints: { main: "dist/src/cli/main.js", "cap-child": "dist/src/capture/live/cap-child.js" },
    outdir: PLACE,
    bundle: true,
    // One file: what a command loads late is not evaluated before, and thirty small files take longer to find than to read.
    splitting: false,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    allowOverwrite: true,
    // Fewer characters to read at every start; names are kept, since a fault of the program is told with its place.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
  });
} catch (error) {
  console.error(`the program is not bundled: ${error.message}`);
}
