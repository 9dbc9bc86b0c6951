// Joins the program's own modules into a few files below dist/bin: Node takes longer to find and load two hundred than to
// read a small capture.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";

const CLI = resolve("src/cli");

const lateImports = () => /\bimport\("(\.[^"]+)\.js"\)/g;

/**
 * Reading a capture needs the program and its default command. What is loaded late besides would make the bundler cut the
 * code they share into dozens of files, so it is loaded in two lots: the other commands, and the parts of any command.
 */
function lotsOfLate() {
  const alone = ["program", "analyze"].map((name) => resolve(CLI, name));
  const lots = { commands: new Map(), parts: new Map() };
  for (const path of readdirSync("src", { recursive: true })) {
    if (!path.endsWith(".ts")) continue;
    const file = resolve("src", path);
    for (const [, target] of readFileSync(file, "utf8").matchAll(lateImports())) {
      const late = resolve(dirname(file), target);
      if (alone.includes(late)) continue;
      const lot = dirname(late) === CLI ? lots.commands : lots.parts;
      if (!lot.has(late)) lot.set(late, `late${lot.size}`);
    }
  }
  return lots;
}

function lateInLots(lots) {
  return {
    name: "late modules in lots",
    setup({ onLoad, onResolve }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        loader: "ts",
        contents: readFileSync(path, "utf8").replace(lateImports(), (whole, target) => {
          const late = resolve(dirname(path), target);
          const lot = Object.keys(lots).find((name) => lots[name].has(late));
          return lot === undefined ? whole : `import("lot:${lot}").then((lot) => lot.${lots[lot].get(late)})`;
        }),
      }));
      onResolve({ filter: /^lot:/ }, ({ path }) => ({ path: path.slice(4), namespace: "lot" }));
      onLoad({ filter: /./, namespace: "lot" }, ({ path }) => ({
        contents: [...lots[path]]
          .map(([late, name]) => `export * as ${name} from ${JSON.stringify(`${late}.js`)};`)
          .join("\n"),
        resolveDir: CLI,
      }));
    },
  };
}

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

export function bundleProgram() {
  return build({
    entryPoints: { main: "src/cli/main.ts", "cap-child": "src/capture/live/cap-child.ts" },
    outdir: "dist/bin",
    bundle: true,
    splitting: true,
    plugins: [lateInLots(lotsOfLate()), lateXml],
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    banner: {
      js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);`,
    },
    // Fewer characters to read at every start; names are kept, since a fault of the program is told with its place.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "error",
  });
}
