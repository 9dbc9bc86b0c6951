/** The command line of `raiscope merge`. */

import type { Command } from "commander";
import type { AnalyzeOptions } from "../analyze.js";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import { addCommonOptions, addRecordOptions } from "../options.js";
import { addFiles, addSpelling, inputsOf, type ReadingOptions } from "../reading-options.js";

const EXAMPLES = `
Parts are made by raiscope analyze --shard I/N, each by a process or machine of its own, with the same captures and options, and
merged into what one run would have printed: every -T, --events, filters, findings, --redact, and the exit status. Call logs (-T ndjson)
are merged as well: one run in order of time, with conversations numbered anew (docs/logs.md).

Examples:
  for i in 0 1 2 3; do raiscope big.pcapng --shard $i/4 -o part$i.ndjson & done; wait
  raiscope merge part?.ndjson
  raiscope merge part?.ndjson -T ndjson --events all -o calls.ndjson
  raiscope merge monday.ndjson tuesday.ndjson -T table

Exit status: 0 everything was read, 1 usage, or the files are not all parts of one run, 2 a part or the capture is damaged
or cut short, 3 --fail-on was reached (2 goes before 3), 130 or 143 stopped by a signal.`;

export function registerMerge(program: Command, finish: Finish): void {
  const command: Command = program
    .command("merge")
    .summary("join the parts that --shard made, or several call logs")
    .description("Joins parts of one run, or call logs of several runs, and shows them as analyze does.");
  addCommonOptions(
    addFindingOptions(
      addRecordOptions(addSpelling(addFiles(command, "parts of one run (--shard), or call logs; - for one"))),
    ),
  )
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: AnalyzeOptions & ReadingOptions) => {
      const { merge } = await import("../merge.js");
      finish(await merge(inputsOf(command, files, options), options));
    });
}
