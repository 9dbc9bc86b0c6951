/** The command line of `raiscope offers`: what `analyze` shows of offers alone, as a table where nothing else is asked for. */

import type { Command } from "commander";
import type { EventKind } from "../../events.js";
import type { AnalyzeOptions } from "../analyze.js";
import { addHelpers } from "../finding-options.js";
import type { Finish } from "../finish.js";
import { addCommonOptions, addKeyOptions, addRecordOptions } from "../options.js";
import { addInputs, inputsOf, type ReadingOptions } from "../reading-options.js";

const EXAMPLES = `
Each line is an offer: when it began, which account offered help from which machine to whom, the session that was asked
for, how it ended, the listener that was dialled afterwards, and why it was refused. --host selects offers to or from an
address; the other filters select calls. A call log (-T ndjson --events all, or --events offer) is read like its capture.

Examples:
  raiscope offers capture.pcapng
  raiscope offers calls.ndjson --host 10.0.0.5
  raiscope offers captures/ -T transcript          a paragraph each
  raiscope offers captures/ -T ndjson | jq .outcome
  raiscope offers capture.pcapng --redact -o offers.table -o offers.ndjson`;

const OFFERS: EventKind[] = ["offer"];

export function registerOffers(program: Command, finish: Finish): void {
  const command: Command = program
    .command("offers")
    .summary("one line for each offer of Remote Assistance")
    .description("Lists the offers of Remote Assistance in captures or call logs, one line each.");
  addCommonOptions(addKeyOptions(addHelpers(addRecordOptions(addInputs(command)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: AnalyzeOptions & ReadingOptions) => {
      const { analyze } = await import("../analyze.js");
      finish(await analyze(inputsOf(command, files, options), ofOffers(options)));
    });
}

/** The same options, for offers alone. */
function ofOffers(options: AnalyzeOptions): AnalyzeOptions {
  const { format, output = [], events = OFFERS, brief } = options;
  // Files have the format of their suffix; only what has none gets the table.
  const named = output.length > 0 && !output.includes("-");
  return {
    ...options,
    events,
    only: events,
    format: format ?? (named ? undefined : "table"),
    brief: brief ?? true,
  };
}
