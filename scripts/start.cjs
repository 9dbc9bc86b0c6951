#!/usr/bin/env node
// Starts the program whose chunks lie beside this file (scripts/program.mjs), each with the code that V8 made of it when it was
// built: reading a small capture takes less time than compiling the program. Code of another version of Node is refused by
// V8, and then a chunk is compiled as ever.
const { readdirSync, readFileSync } = require("node:fs");
const { wrap } = require("node:module");
const { join } = require("node:path");
const v8 = require("node:v8");
const { Script } = require("node:vm");

// A third of the time of a short run went into optimizing: functions are joined less than V8 would by itself.
v8.setFlagsFromString("--max-inlined-bytecode-size-cumulative=300");

/**
 * V8 takes code only under the flags that it was made under. The program changes these while it runs (src/cli/collector.ts,
 * src/cli/fast-code.ts), and has its own way as soon as a chunk is there.
 */
const MADE_UNDER = {
  "--semi-space-growth-factor": "--semi-space-growth-factor=2",
  "--heap-growing-percent": "--heap-growing-percent=0",
  "--expose-gc": "--no-expose-gc",
  "--interrupt-budget": "--interrupt-budget=67584",
};
const changed = [];
const ownV8 = {
  ...v8,
  setFlagsFromString(flag) {
    v8.setFlagsFromString(flag);
    changed.push(flag);
  },
};

/** Scripts that were read ahead, by file. */
const ahead = new Map();
/** What chunks gave, by file. */
const chunks = new Map();
/** What their parts gave, by file and part. */
const given = new Map();

function read(file) {
  const filename = join(__dirname, file);
  let cachedData;
  try {
    cachedData = readFileSync(filename.replace(/js$/, "cache"));
  } catch {
    // It was not built.
  }
  // The bundler writes ASCII alone.
  const source = wrap(readFileSync(filename, "latin1"));
  for (const flag of changed) v8.setFlagsFromString(MADE_UNDER[flag.replace(/=.*/, "")]);
  const script = new Script(source, { filename, cachedData });
  for (const flag of changed) v8.setFlagsFromString(flag);
  return script;
}

function load(file) {
  const script = ahead.get(file) ?? read(file);
  const chunk = { exports: {} };
  script
    .runInThisContext()
    .call(chunk.exports, chunk.exports, requireAny, chunk, join(__dirname, file), __dirname);
  chunks.set(file, chunk.exports.parts);
  return chunk.exports.parts;
}

/** Answers what a part of a chunk gives, by `./FILE.js#PART`, or what Node finds by any other name. */
function requireAny(name) {
  if (given.has(name)) return given.get(name);
  if (name === "node:v8") return ownV8;
  if (!name.startsWith("./")) return require(name);
  const [file, part] = name.slice(2).split("#");
  if (file === "*") {
    for (const one of readdirSync(__dirname)) {
      if (/^(?!main|cap-child).*\.js$/.test(one) && !chunks.has(one)) ahead.set(one, read(one));
    }
    return null;
  }
  const exports = (chunks.get(file) ?? load(file))[part]();
  given.set(name, exports);
  return exports;
}

load("entry.js");
