/** The command line of `raiscope detect`: what `analyze` shows of findings alone. */

import type { Command } from "commander";
import type { EventKind } from "../../events.js";
import type { AnalyzeOptions } from "../analyze.js";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import { addCommonOptions, addKeyOptions, addRecordOptions } from "../options.js";
import { addInputs, inputsOf, type ReadingOptions } from "../reading-options.js";

const EXAMPLES = `
A paragraph each, the gravest first: what was done, by whom, to whom, in which conversation and frames, and what would make it
harmless. Rules are Sigma (docs/findings.md): the program's own and those of --rules. A call log (-T ndjson --events all) is read
like its capture.

Examples:
  raiscope detect capture.pcapng
  raiscope detect captures/ --level high
  raiscope detect calls.ndjson --rules my-rules/ --no-shipped-rules
  raiscope detect capture.pcapng --helpers helpdesk.txt -T table
  raiscope detect capture.pcapng -T ndjson | jq -r .sentence
  raiscope detect capture.pcapng -q --fail-on high || echo look at it

Exit status: 0 everything was read, 1 usage, a rule is wrong or nothing could be opened, 2 the capture is damaged or cut
short, 3 --fail-on was reached (2 goes before 3), 130 or 143 stopped by a signal.`;

const FINDINGS: EventKind[] = ["detection"];

export function registerDetect(program: Command, finish: Finish): void {
  const command: Command = program
    .command("detect")
    .summary("findings: what rules say happened")
    .description("Shows what Sigma rules find in captures or call logs, and nothing else.");
  addCommonOptions(addKeyOptions(addFindingOptions(addRecordOptions(addInputs(command)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: AnalyzeOptions & ReadingOptions) => {
      const { analyze } = await import("../analyze.js");
      const { events = FINDINGS } = options;
      finish(await analyze(inputsOf(command, files, options), { ...options, events, only: FINDINGS }));
    });
}
