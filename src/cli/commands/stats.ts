/** The command line of `raiscope stats`. */

import type { Command } from "commander";
import type { Finish } from "../finish.js";
import { addCommonOptions, addFilterOptions, addKeyOptions, addLimit, addRedact } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";
import { addReportOptions, parseBy, STATS_BY, STATS_FORMATS } from "../report-options.js";
import type { StatsOptions } from "../stats.js";

const EXAMPLES = `
Response times run from the first frame of a request to the last frame of its response. Percentiles are exact up to
1,000 calls of a method, within 1 % above. In the tables a dot means none.

Talkers are pairs of machines: how many calls went from one to the other, with how many bytes of parameters. Users are
accounts by the machine that used them: "denied" counts the errors and faults that say that the caller may not. Without
--by the first 20 of each are shown beside the interfaces. A call log is read like its capture.

Examples:
  raiscope stats capture.pcapng
  raiscope stats --interface IRASrv captures/
  raiscope stats --by talkers,users calls.ndjson
  raiscope stats -T json capture.pcapng | jq '.users[] | select(.denied > 0) | [.client, .domain, .user]'
  raiscope stats capture.pcapng -o stats.txt -o stats.json`;

export function registerStats(program: Command, finish: Finish): void {
  const command: Command = program
    .command("stats")
    .summary("calls, errors and response times by interface and method; who calls whom, and as whom")
    .description(
      "Counts and times the calls of captures or call logs: by interface and method, by talkers, by users.",
    )
    .option(
      "--by <what>",
      `what to count by: ${STATS_BY.join(",")} (default: all of them, the first talkers and users)`,
      parseBy,
    );
  const counted = addReportOptions(addInputs(command), STATS_FORMATS);
  addCommonOptions(addKeyOptions(addRedact(addLimit(addFilterOptions(counted)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: StatsOptions) => {
      const { stats } = await import("../stats.js");
      finish(await stats(inputsOf(command, files, options), options));
    });
}
