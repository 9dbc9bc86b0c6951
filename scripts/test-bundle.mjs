// Joins the tests and what they import into few files below dist/test, once for all processes: reading two hundred
// TypeScript modules again in each took longer than most tests do. Each module keeps its own place, since tests find
// captures and other files beside themselves.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Modules that start others as programs, which Node runs without a transpiler: these stand where the build has put them. */
const STARTERS = new Map([["src/capture/live/cap.ts", "dist/lib/src/capture/live/cap.js"]]);

const placeOf = (path) => resolve(STARTERS.get(relative(process.cwd(), path)) ?? path);

const ownPlace = {
  name: "own place",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](src|dissectors|test|fuzz|scripts|bench)[\\/].*\.(ts|mjs)$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8")
        .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(placeOf(path)).href))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(placeOf(path)))),
    }));
  },
};

/**
 * Answers what was made of each file. Where one of them cannot be joined, all is reported and nothing is run. `conditions`: how
 * `#primitives` and `#shipped` are found, if not as Node does.
 */
export async function bundleTests(files, outdir, conditions = []) {
  await build({
    entryPoints: files,
    outdir,
    outbase: ".",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    plugins: [ownPlace],
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    conditions,
    sourcemap: true,
    // Each process reads the maps of all that it loads, and only places are wanted.
    sourcesContent: false,
    logLevel: "error",
  });
  return (file) => `${outdir}/${file.replace(/\.ts$/, ".mjs")}`;
}
