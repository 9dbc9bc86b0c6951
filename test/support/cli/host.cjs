/**
 * Runs command lines one after the other in one process, by the built program: starting a process for each takes longer than
 * most commands do. Everything that a command has of its process is its own: arguments, standard streams, folder, the way out.
 * It is started with the path of the program by spawn.ts, which asks by messages; it ends with who asks.
 */
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { PassThrough } = require("node:stream");

const program = process.argv[2];
const home = process.cwd();
const leave = process.exit.bind(process);
/** What the program may listen to, run after run. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGWINCH"];

const put = (name, value) =>
  Object.defineProperty(process, name, { value, configurable: true, writable: true });

function sink() {
  const stream = new PassThrough();
  const pieces = [];
  stream.on("data", (piece) => pieces.push(piece));
  return { stream, bytes: () => Buffer.concat(pieces) };
}

/** Answers what begins the program once more; its modules stay as they are. */
function begin() {
  const module = new Module(program, null);
  module.filename = program;
  module.paths = Module._nodeModulePaths(dirname(program));
  const text = readFileSync(program, "utf8").replace(/^#!.*/, "");
  module._compile(`${text}\nmodule.exports = () => load("entry.js");`, program);
  return module.exports;
}

let again = null;

async function run({ args, input, folder, environment }) {
  const stdout = sink();
  const stderr = sink();
  const stdin = new PassThrough();
  stdin.end(input);
  put("stdout", stdout.stream);
  put("stderr", stderr.stream);
  put("stdin", stdin);
  process.argv = [process.execPath, program, ...args];
  process.chdir(folder ?? home);
  const usual = { ...process.env };
  Object.assign(process.env, environment);
  const ended = new Promise((resolve, reject) => {
    put("exit", resolve);
    process.removeAllListeners("uncaughtException").once("uncaughtException", reject);
  });
  // The entry sets the form of diagnostics in modules that were loaded with it: another form needs modules of its own.
  if (environment !== undefined || args.some((word) => word.startsWith("--log-format"))) begin();
  else if (again === null) again = begin();
  else again();
  const status = await ended;
  // What was written in the same moment is on its way.
  await new Promise((resolve) => setImmediate(resolve));
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  for (const name of Object.keys(environment ?? {})) {
    if (usual[name] === undefined) delete process.env[name];
    else process.env[name] = usual[name];
  }
  return { status, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

let turn = Promise.resolve();
process.on("message", ({ id, ...asked }) => {
  turn = turn.then(() =>
    run(asked).then(
      (result) => process.send({ id, ...result }),
      (error) => process.send({ id, failure: String(error?.stack ?? error) }),
    ),
  );
});
process.on("disconnect", () => leave(0));
