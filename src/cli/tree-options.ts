/** -V and -x, of every command that shows records as they come. */

import type { Command } from "commander";

/** What commander makes of -V and -x. */
export interface TreeChoices {
  tree?: boolean;
  hex?: boolean;
  ranges?: boolean;
}

export function addTreeOptions(command: Command): Command {
  return command
    .option("-V, --tree", "show every field of the PDUs, as a tree, with values by name")
    .option("-x, --hex", "show the bytes; with -V each field with its offset")
    .option(
      "--ranges",
      "ndjson and json: where each parameter stands in the capture, as [frame, offset, length]",
    );
}
