#!/usr/bin/env node
// Starts the program beside this file with the code that V8 made of it when it was built: reading a small capture takes less
// time than compiling the program. Code of another version of Node is refused by V8, and then the program is compiled as ever.
const { readFileSync } = require("node:fs");
const { wrap } = require("node:module");
const { join } = require("node:path");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// A third of the time of a short run went into optimizing: functions are joined less than V8 would by itself.
setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");
const filename = join(__dirname, "program.js");
let cachedData;
try {
  cachedData = readFileSync(join(__dirname, "program.cache"));
} catch {
  // It was not built.
}
// The bundler writes ASCII alone.
const script = new Script(wrap(readFileSync(filename, "latin1")), { filename, cachedData });
script.runInThisContext().call(module.exports, exports, require, module, filename, __dirname);
