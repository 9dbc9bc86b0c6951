// Joins the compiled program's own modules into a few files: Node takes longer to find and load a hundred and fifty than to
// read a small capture. Entry points keep their places; the library stays as tsc made it. Where esbuild has no program for
// this machine, nothing is joined, and all works as before.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const PLACE = "dist/src/cli";

// Of an earlier build.
for (const name of readdirSync(PLACE)) if (/-[0-9A-Z]{8}\.js$/.test(name)) rmSync(join(PLACE, name));

// Reading a capture needs the program and its default command. What is loaded late besides would make the bundler cut the
// code they share into dozens of files, so it is loaded in two lots: the other commands, and the parts of any command.
const ALONE = ["program.js", "analyze.js"].map((name) => resolve(PLACE, name));
const LOTS = { commands: new Map(), parts: new Map() };
for (const path of readdirSync("dist/src", { recursive: true })) {
  if (!path.endsWith(".js")) continue;
  const file = resolve("dist/src", path);
  for (const [, , target] of readFileSync(file, "utf8").matchAll(lateImports())) {
    const late = resolve(dirname(file), target);
    if (ALONE.includes(late)) continue;
    const lot = dirname(late) === resolve(PLACE) ? LOTS.commands : LOTS.parts;
    if (!lot.has(late)) lot.set(late, `late${lot.size}`);
  }
}

function lateImports() {
  return /\bimport\((["'])(\.[^"']+)\1\)/g;
}

const inLots = {
  name: "late modules in lots",
  setup(build) {
    build.onLoad({ filter: /dist\/src\/.*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(lateImports(), (whole, _quote, target) => {
        const late = resolve(dirname(path), target);
        const lot = Object.keys(LOTS).find((name) => LOTS[name].has(late));
        return lot === undefined ? whole : `import("lot:${lot}").then((lot) => lot.${LOTS[lot].get(late)})`;
      }),
    }));
    build.onResolve({ filter: /^lot:/ }, ({ path }) => ({ path: path.slice(4), namespace: "lot" }));
    build.onLoad({ filter: /./, namespace: "lot" }, ({ path }) => ({
      contents: [...LOTS[path]]
        .map(([late, name]) => `export * as ${name} from ${JSON.stringify(late)};`)
        .join("\n"),
      resolveDir: PLACE,
    }));
  },
};

try {
  const { build } = await import("esbuild");
  await build({
    entryPoints: { main: "dist/src/cli/main.js", "cap-child": "dist/src/capture/live/cap-child.js" },
    outdir: PLACE,
    bundle: true,
    splitting: true,
    plugins: [inLots],
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
