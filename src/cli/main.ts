#!/usr/bin/env node
/** Where the program begins. */

import { version } from "./version.js";

/** Scripts ask for the version before they do anything else: nothing is loaded for it. */
if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
  process.stdout.write(`${version()}\n`);
} else {
  // A pipe that is closed early is met where the output is written; here it must only not be fatal.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const { runProgram } = await import("./program.js");
  const status = await runProgram(process.argv);
  // What an unread standard input or a second signal handler keeps open must not keep the process.
  process.exit(status);
}
