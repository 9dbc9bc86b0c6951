// Runs the built program with the arguments given and keeps the code that V8 made meanwhile, for scripts/start.cjs.
const { readFileSync, writeFileSync } = require("node:fs");
const { wrap } = require("node:module");
const { resolve } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// As scripts/start.cjs.
setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
const folder = resolve("dist/bin");
const filename = `${folder}/program.js`;
const script = new Script(wrap(readFileSync(filename, "latin1")), { filename });
process.on("exit", () => {
  // The program changes it while it runs (src/cli/collector.ts), and V8 refuses code that was made under other flags.
  setFlagsFromString("--semi-space-growth-factor=2");
  writeFileSync(`${folder}/program.cache`, script.createCachedData());
});
script.runInThisContext().call(module.exports, exports, require, module, filename, folder);
