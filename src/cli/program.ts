/** The command line as a whole: which commands there are. Each one's code is loaded when it runs. */

import { CommanderError } from "commander";
import { CommandLine, commandNames } from "./command-line.js";
import { registerAnalyze } from "./commands/analyze.js";
import { registerExtcap } from "./commands/extcap.js";
import { registerIdl } from "./commands/idl.js";
import { registerInterfaces } from "./commands/interfaces.js";
import { registerInvitation } from "./commands/invitation.js";
import { registerObjects } from "./commands/objects.js";
import { registerSniff } from "./commands/sniff.js";
import { registerStats } from "./commands/stats.js";
import { CommandError, complain, EXIT } from "./failure.js";
import type { Finish } from "./finish.js";
import { refuseLooseWords } from "./secret-words.js";
import { version } from "./version.js";

/** Runs one command line and answers its exit status. Never throws for what a user or an input can do. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status: number = EXIT.ok;
  const program = new CommandLine("raiscope")
    .description(
      "Shows the Remote Assistance initiation ([MS-RAI]) and every other DCE/RPC call in captured traffic.",
    )
    .version(version(), "-V, --version")
    .enablePositionalOptions()
    .showHelpAfterError("(raiscope COMMAND --help shows options and examples)")
    .exitOverride();
  const finish: Finish = (result) => {
    status = result;
  };
  for (const register of [
    registerAnalyze,
    registerSniff,
    registerInterfaces,
    registerStats,
    registerObjects,
    registerInvitation,
    registerIdl,
    registerExtcap,
  ])
    register(program, finish);
  try {
    refuseLooseWords(argv.slice(2), commandNames(program));
    await program.parseAsync(argv as string[]);
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed;
    if (error instanceof CommandError) {
      complain(error.message);
      if (error.hint !== null) complain(error.hint);
      return EXIT.failed;
    }
    throw error;
  }
}
