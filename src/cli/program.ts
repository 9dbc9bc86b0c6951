/** The command line as a whole: which commands there are. Each one's code is loaded when it runs. */

import { CommanderError } from "commander";
import { CommandLine, commandNames } from "./command-line.js";
import { registerAnalyze } from "./commands/analyze.js";
import { registerCompletion } from "./commands/completion.js";
import { registerDetect } from "./commands/detect.js";
import { registerExtcap } from "./commands/extcap.js";
import { registerFleet } from "./commands/fleet.js";
import { registerIdl } from "./commands/idl.js";
import { registerInterfaces } from "./commands/interfaces.js";
import { registerInvitation } from "./commands/invitation.js";
import { registerMerge } from "./commands/merge.js";
import { registerObjects } from "./commands/objects.js";
import { registerOffers } from "./commands/offers.js";
import { registerReport } from "./commands/report.js";
import { registerShow } from "./commands/show.js";
import { registerSniff } from "./commands/sniff.js";
import { registerStats } from "./commands/stats.js";
import { registerView } from "./commands/view.js";
import { diagnostics } from "./diagnostics.js";
import { CommandError, complain, EXIT } from "./failure.js";
import type { Finish } from "./finish.js";
import { addGeneralOptions } from "./general-options.js";
import { refuseLooseWords } from "./secret-words.js";
import { applySettings } from "./settings.js";
import { version } from "./version.js";

const COMMANDS = [
  registerAnalyze,
  registerSniff,
  registerInterfaces,
  registerOffers,
  registerDetect,
  registerShow,
  registerView,
  registerReport,
  registerMerge,
  registerStats,
  registerObjects,
  registerInvitation,
  registerFleet,
  registerIdl,
  registerCompletion,
  registerExtcap,
];

/** What is behind every error of usage. */
const SEE_HELP = "(raiscope COMMAND --help shows options and examples)";

/** All commands with their options. `finish` takes the exit status of the one that runs. */
export function makeProgram(finish: Finish): CommandLine {
  const program = new CommandLine("raiscope")
    .description(
      "Shows the Remote Assistance initiation ([MS-RAI]) and every other DCE/RPC call in captured traffic.",
    )
    .version(version(), "--version")
    .enablePositionalOptions()
    .showHelpAfterError(diagnostics.format === "text" ? SEE_HELP : false)
    .configureOutput({ outputError: usageError })
    .exitOverride()
    .hook("preAction", (_, running) => applySettings(running));
  for (const register of COMMANDS) register(program, finish);
  addGeneralOptions(program);
  return program;
}

/** Runs one command line and answers its exit status. Never throws for what a user or an input can do. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let status: number = EXIT.ok;
  const program = makeProgram((result) => {
    status = result;
  });
  try {
    refuseLooseWords(argv.slice(2), commandNames(program));
    await program.parseAsync(argv as string[]);
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed;
    if (error instanceof CommandError) {
      complain(error.message, { severity: "error", code: error.code, hint: error.hint });
      return EXIT.failed;
    }
    throw error;
  }
}

/** An error of usage in the form that is asked for: the first line says what is wrong, the others what may be meant. */
function usageError(text: string, write: (text: string) => void): void {
  if (diagnostics.format === "text") {
    write(text);
    return;
  }
  const [first = "", ...more] = text.trim().split("\n");
  const wrong = first.replace(/^error: /, "");
  const hint = more.length === 0 ? null : more.join(" ");
  complain(wrong, { severity: "error", code: "usage", hint });
}
