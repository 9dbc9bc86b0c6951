/**
 * Joins the program's own modules into a few chunks below dist/bin, and makes their code ahead (scripts/start.cjs): Node takes
 * longer to find, load and compile three hundred modules than to read a small capture.
 *
 * 1. esbuild splits the modules at every `import()`, and in front of those that are listed as LATE.
 * 2. What every run needs is joined again (SPINE), so that its functions call each other as within one file; what stands
 *    behind that is a file of its own each, loaded where it is first used. A chunk takes what it needs from others once,
 *    into constants, when it is loaded.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { LATE, LATE_PACKAGES } from "./late.mjs";

const require = createRequire(import.meta.url);
const BIN = "dist/bin";
/** How a run of `raiscope FILE` begins; each with all that it imports, but what those before it have. */
const SPINE = { entry: "src/cli/main.ts", program: "src/cli/program.ts", run: "src/cli/analyze.ts" };
/**
 * Libraries that are joined with what uses them: what is joined is compiled ahead as well, and ES modules need no Node that
 * can require them.
 */
const JOINED_PACKAGES = ["commander", "pcap-parser", "@marcbachmann/cel-js", "re2js"];
/** What gives up root brings all chunks with it, which may not be readable afterwards. */
const BEFORE_ROOT_IS_GIVEN_UP = "src/capture/live/privilege.ts";

const COMMON = {
  bundle: true,
  platform: "node",
  target: "node20",
  packages: "external",
  // Fewer characters to read at every start; names are kept, since a fault of the program is reported with its place.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "error",
};

export async function bundleProgram() {
  mkdirSync(BIN, { recursive: true });
  const parts = mkdtempSync(join("dist", "parts-"));
  try {
    await writeChunks(await split(parts), parts);
  } finally {
    rmSync(parts, { recursive: true });
  }
  await build({
    ...COMMON,
    entryPoints: { "cap-child": "src/capture/live/cap-child.ts" },
    outdir: BIN,
    format: "cjs",
    define: { "import.meta.url": "OWN_URL" },
    banner: { js: OWN_URL },
  });
  writeFileSync(`${BIN}/package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
  const licences = JOINED_PACKAGES.map(
    (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`,
  );
  writeFileSync(`${BIN}/LICENSES.txt`, licences.join("\n\n"));
  copyFileSync("scripts/start.cjs", `${BIN}/main.js`);
  chmodSync(`${BIN}/main.js`, 0o755);
}

/** Writes the manual page, which is made from the tables of options as they are. */
export async function writeManual() {
  mkdirSync("dist/man", { recursive: true });
  writeFileSync("dist/man/raiscope.1", await runScript("scripts/manual.ts"));
}

/** Runs a script that imports the project's sources; answers what it prints. */
export async function runScript(path, ...args) {
  const folder = mkdtempSync(join("dist", "script-"));
  const outfile = join(folder, "script.cjs");
  try {
    await build({
      ...COMMON,
      entryPoints: [path],
      outfile,
      format: "cjs",
      define: { "import.meta.url": "OWN_URL" },
      banner: { js: OWN_URL },
    });
    return execFileSync(process.execPath, [outfile, ...args]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const OWN_URL = `const OWN_URL = require("node:url").pathToFileURL(__filename).href;`;

/**
 * Writes parts as ES modules. Answers by their file names: the module that a part begins with where it is loaded as such, the
 * sources in it, what it exports, and its text without what it needs of other parts.
 */
async function split(parts) {
  const { metafile } = await build({
    ...COMMON,
    packages: "bundle",
    entryPoints: [SPINE.entry, ...LATE],
    outdir: parts,
    outExtension: { ".js": ".mjs" },
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    plugins: [later(await exportsOf(LATE))],
    splitting: true,
    format: "esm",
    metafile: true,
  });
  return new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint = null, exports, inputs }]) => {
      const { needs, text } = withoutImports(readFileSync(path, "utf8"));
      return [basename(path), { begins: entryPoint, sources: Object.keys(inputs), exports, needs, text }];
    }),
  );
}

/** esbuild puts what a part takes of others in front of it. */
function withoutImports(text) {
  const needs = [];
  let at = 0;
  const next = /import(?:\{([^}]*)\}from)?"\.\/([^"]+)";/y;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    needs.push({ part: found[2], names: found[1]?.split(",") ?? [] });
    at = next.lastIndex;
  }
  return { needs, text: text.slice(at) };
}

/** What each of some modules exports. */
async function exportsOf(modules) {
  const { metafile } = await build({
    entryPoints: modules,
    outdir: "dist",
    outbase: ".",
    format: "esm",
    write: false,
    metafile: true,
  });
  return new Map(Object.values(metafile.outputs).map(({ entryPoint, exports }) => [entryPoint, exports]));
}

/** Whoever imports a late module gets an object in its place that loads it when one of its exports is first used. */
function later(modules) {
  return {
    name: "later",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, kind, importer, resolveDir }) => {
        if (kind !== "import-statement" || importer === "") return undefined;
        const target = relative(process.cwd(), resolve(resolveDir, path)).replace(/\.js$/, ".ts");
        return modules.has(target) ? { path: target, namespace: "later", sideEffects: false } : undefined;
      });
      onResolve({ filter: /^[^.#/]/, namespace: "file" }, ({ path, kind }) => {
        if (kind === "entry-point" || JOINED_PACKAGES.includes(path)) return undefined;
        if (kind === "dynamic-import" || !LATE_PACKAGES.includes(path)) return { path, external: true };
        return { path, namespace: "later", sideEffects: false };
      });
      onLoad({ filter: /.*/, namespace: "later" }, ({ path }) => {
        const own = modules.get(path);
        const names = own ?? Object.keys(require(path));
        const getters = names.map((name) => `get ${name}() { return late().${name} }`);
        return {
          contents: `let m; const late = () => m ??= require("${own === undefined ? "" : "later:"}${path}");
            module.exports = {${getters}};`,
        };
      });
      onResolve({ filter: /./, namespace: "later" }, ({ path }) => ({ path, external: true }));
    },
  };
}

/** Joins parts into the files of the program. */
async function writeChunks(parts, folder) {
  const chunks = chunksOf(parts);
  const chunkOf = new Map([...chunks].flatMap(([chunk, names]) => names.map((name) => [name, chunk])));
  const placeOf = (part) => `./${chunkOf.get(part)}.js#${part}`;
  const begun = new Map(
    [...parts].flatMap(([name, { begins }]) => (begins === null ? [] : [[begins, name]])),
  );
  const wanted = new Map([...parts.keys()].map((name) => [name, new Set()]));
  for (const [name, { needs, text, begins, exports, sources }] of parts) {
    const lines = needs.map(({ part, names }) => {
      if (chunkOf.get(part) === chunkOf.get(name)) return `import{${names}}from"./${part}";`;
      for (const one of names) wanted.get(part).add(one.split(" as ")[0]);
      const taken = names.map((one) => one.replace(" as ", ":"));
      return `const{${taken}}=require(${JSON.stringify(placeOf(part))});`;
    });
    if (begins !== null) for (const one of exports) wanted.get(name).add(one);
    if (sources.includes(BEFORE_ROOT_IS_GIVEN_UP)) lines.push(`require("./*");`);
    const late = text.replace(/"later:([^"]+)"/g, (_, path) => JSON.stringify(placeOf(begun.get(path))));
    writeFileSync(join(folder, name), lines.join("") + late);
  }
  const sources = [...chunks].map(([chunk, names]) => [
    `${chunk}.js`,
    names.flatMap((name) => parts.get(name).sources),
  ]);
  writeFileSync("dist/chunks.json", JSON.stringify(Object.fromEntries(sources), null, 1));
  for (const [chunk, names] of chunks) {
    const lines = names.map((name, index) => {
      const taken = [...wanted.get(name)].map((one) => [one, `p${index}_${one}`]);
      const imports = taken.map(([one, as]) => `${one} as ${as}`);
      return {
        imports: `import {${imports}} from "./${name}";`,
        gives: `${JSON.stringify(name)}: () => ({${taken.map(([one, as]) => `${one}: ${as}`)}}),`,
      };
    });
    writeFileSync(
      join(folder, `chunk ${chunk}.mjs`),
      `${lines.map(({ imports }) => imports).join("\n")}\nexport const parts = {${lines.map(({ gives }) => gives).join("\n")}};`,
    );
    const ownUrl = names.some((name) => parts.get(name).text.includes("import.meta.url"));
    await build({
      ...COMMON,
      entryPoints: { [chunk]: join(folder, `chunk ${chunk}.mjs`) },
      outdir: BIN,
      plugins: [between(placeOf)],
      format: "cjs",
      define: { "import.meta.url": "OWN_URL" },
      banner: ownUrl ? { js: OWN_URL } : {},
      // Libraries that are loaded late are required late.
      supported: { "dynamic-import": false },
    });
  }
}

/** What is imported late, and what stands in other chunks, is left to scripts/start.cjs. */
function between(placeOf) {
  return {
    name: "between chunks",
    setup({ onResolve }) {
      onResolve({ filter: /\.mjs$/ }, ({ path, kind }) =>
        kind === "dynamic-import" ? { path: placeOf(basename(path)), external: true } : undefined,
      );
      onResolve({ filter: /\.js#|^\.\/\*$/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/** Which parts are joined: what each step of the spine needs besides those before it. All others stand alone. */
function chunksOf(parts) {
  const chunks = new Map();
  const placed = new Set();
  const place = (name, into) => {
    if (placed.has(name)) return;
    placed.add(name);
    for (const { part } of parts.get(name).needs) place(part, into);
    into.push(name);
  };
  for (const [chunk, begins] of Object.entries(SPINE)) {
    chunks.set(chunk, []);
    for (const [name, part] of parts) if (part.begins === begins) place(name, chunks.get(chunk));
  }
  for (const name of parts.keys()) if (!placed.has(name)) chunks.set(name.replace(/\.mjs$/, ""), [name]);
  return chunks;
}

/** What is run for the code that is made of each chunk: first what most runs use, in which no rare use has a part. */
function commandLines(folder) {
  const usual = ["follow-up.pcapng", "invoke.pcapng", "vista-offer-privacy.pcapng"];
  const all = readdirSync("captures").filter((name) => /\.pcap(ng)?$/.test(name));
  const outputs = ["calls.ndjson", "report.txt"].flatMap((name) => ["-o", join(folder, name)]);
  const keys = ["--password", "Help4Desk!"];
  const paths = (names) => names.map((name) => `captures/${name}`);
  return [
    [...paths(usual), ...outputs, "--events", "all", ...keys, "-q"],
    [...paths(all), ...outputs, "--events", "all", ...keys, "--redact", "-q"],
    ...["stats", "objects"].map((command) => [command, ...paths(all)]),
    ["idl", "check", "dissectors/idl/ms-rai.idl"],
    ["--help"],
  ];
}

/** Makes the code of the chunks. */
export function compileProgram() {
  const folder = mkdtempSync(join(tmpdir(), "raiscope-build-"));
  const compile = (args) =>
    execFileSync(process.execPath, ["scripts/code-cache.cjs", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  try {
    for (const args of commandLines(folder)) compile(args);
    compile([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
