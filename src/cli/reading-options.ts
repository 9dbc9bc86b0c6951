/** Options of every command that reads captures, in the shapes that are typed for tshark. */

import type { Command } from "commander";

/** What commander makes of them. */
export interface ReadingOptions {
  readFile?: string[];
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Files to read, as words and as `-r FILE`. */
export function addInputs(command: Command): Command {
  return command
    .argument("[file...]", "captures, directories of captures, or -")
    .option("-r, --read-file <file>", "the same as naming the file; repeatable", collect)
    .option("-n, --no-resolve", "resolve no names, which is the default");
}

/** All files that were named, those of -r first. Ends the command as for a missing argument where there are none. */
export function inputsOf(command: Command, files: readonly string[], options: ReadingOptions): string[] {
  const named = [...(options.readFile ?? []), ...files];
  if (named.length === 0) {
    command.error("error: missing required argument 'file'", { code: "commander.missingArgument" });
  }
  return named;
}
