/** Where the program begins. */

import { askedLogFormat, diagnostics } from "./diagnostics.js";
import { FRONT_WORD } from "./jobs/task.js";
import { hideSecrets } from "./secret-words.js";
import { StdoutWatch } from "./stdout.js";
import { version } from "./version.js";

async function main(): Promise<void> {
  hideSecrets(process);
  const stdout = new StdoutWatch();
  // A pipe that is closed early is met where the output is written; here it must only not be fatal.
  process.stderr.on("error", () => {});
  let status: number;
  diagnostics.format = askedLogFormat(process.argv.slice(2), process.env) ?? "text";
  /** Scripts ask for the version before they do anything else: nothing is loaded for it. */
  if (process.argv.length === 3 && process.argv[2] === "--version") {
    process.stdout.write(`${version()}\n`);
    status = 0;
  } else {
    const { runProgram } = await import("./program.js");
    try {
      status = await runProgram(process.argv);
    } catch (error) {
      // A fault of this program's own: said in a line, with the place for whoever mends it.
      const [said, place] =
        error instanceof Error ? (error.stack ?? error.message).split("\n") : [String(error)];
      // The fault may quote what it stumbled over, and no redaction is left to hide it.
      const hides = process.argv.includes("--redact");
      const reason = hides ? (error instanceof Error ? error.name : "fault") : said;
      const message = `internal error: ${reason}${place === undefined ? "" : `,${place}`}`;
      process.stderr.write(diagnostics.text({ severity: "error", code: "internal-error", message }));
      status = 1;
    }
  }
  const failure = await stdout.settled();
  if (failure !== null) {
    const { complain, EXIT, systemReason } = await import("./failure.js");
    complain(`cannot write standard output: ${systemReason(failure)}`, {
      severity: "error",
      code: "write-failed",
    });
    status = EXIT.failed;
  }
  // What an unread standard input or a second signal handler keeps open must not keep the process.
  process.exit(status);
}

if (process.argv[2] === FRONT_WORD) void import("./jobs/front-thread.js").then(({ runFront }) => runFront());
else void main();
