// Runs the built program with the arguments given, and keeps the code that V8 made meanwhile of each chunk that has none yet,
// for scripts/start.cjs. Without arguments, what no run has loaded is compiled as it stands.
const { existsSync, readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { wrap } = require("node:module");
const { join, resolve } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const vm = require("node:vm");

const folder = resolve("dist/bin");
const cacheOf = (filename) => filename.replace(/js$/, "cache");
const scripts = new Map();

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    scripts.set(options.filename, this);
  }
};
process.on("exit", () => {
  // As scripts/start.cjs.
  setFlagsFromString("--semi-space-growth-factor=2");
  setFlagsFromString("--no-expose-gc");
  // As src/cli/fast-code.ts.
  if (process.versions.v8.startsWith("11.3.")) setFlagsFromString("--interrupt-budget=67584");
  for (const [filename, script] of scripts)
    if (!existsSync(cacheOf(filename))) writeFileSync(cacheOf(filename), script.createCachedData());
});
if (process.argv.length > 2) {
  process.argv[1] = join(folder, "main.js");
  require(process.argv[1]);
} else {
  // As scripts/start.cjs.
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
  for (const name of readdirSync(folder)) {
    const filename = join(folder, name);
    if (!/^(?!main|cap-child).*\.js$/.test(name) || existsSync(cacheOf(filename))) continue;
    new vm.Script(wrap(readFileSync(filename, "latin1")), { filename });
  }
}
