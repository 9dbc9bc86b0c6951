/** The command line of `raiscope stats`. */

import { type Command, Option } from "commander";
import type { Finish } from "../finish.js";
import { addCommonOptions, addFilterOptions, addKeyOptions, addLimit, addRedact } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";
import type { StatsOptions } from "../stats.js";

const EXAMPLES = `
Response times run from the first frame of a request to the last frame of its response. Percentiles are exact up to
1,000 calls of a method, within 1 % above. In the table a dot means none.

Examples:
  raiscope stats capture.pcapng
  raiscope stats --interface IRASrv captures/
  raiscope stats -T json capture.pcapng | jq '.interfaces[] | [.name, .p99_us]'`;

export function registerStats(program: Command, finish: Finish): void {
  const command: Command = program
    .command("stats")
    .summary("calls, errors, faults and response times by interface and method")
    .description("Counts and times the calls of captures, by interface and method.")
    .addOption(
      new Option("-T, --format <format>", "table or json").choices(["table", "json"]).default("table"),
    );
  addCommonOptions(addKeyOptions(addRedact(addLimit(addFilterOptions(addInputs(command))))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: StatsOptions) => {
      const { stats } = await import("../stats.js");
      finish(await stats(inputsOf(command, files, options), options));
    });
}
