/** The command line of `raiscope report`. */

import type { Command } from "commander";
import type { CaseOptions } from "../case-options.js";
import { addFindingOptions } from "../finding-options.js";
import type { Finish } from "../finish.js";
import { addCommonOptions, addFilterOptions, addKeyOptions, addLimit } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";

const EXAMPLES = `
The report is one HTML file that needs nothing else and sends nothing: what happened, offer by offer with its evidence; the calls with
their parameters and bytes; and a custody block with the sums of the inputs and what was not decoded. Names and secrets are replaced and
their bytes cut, unless --include-secrets is given. The call log is inside: --extract gives it back.

Examples:
  raiscope report capture.pcapng -o case.html
  raiscope report captures/ --only-rai -o case.html           of a folder, calls of Remote Assistance alone
  raiscope report capture.pcapng --secrets keys.json -o case.html
  raiscope report capture.pcapng --include-packets -o case.html     with the conversations as a capture inside
  raiscope report --extract case.html | jq .type              the call log of a report
  raiscope report --extract case.html -o calls.ndjson

Exit status: 0 it was written, 1 usage, nothing could be opened, or what was given to --extract is no report, 2 the capture is damaged or
cut short, and the report says so, 3 --fail-on was reached (2 goes before 3), 130 or 143 stopped by a signal.`;

export function registerReport(program: Command, finish: Finish): void {
  const command: Command = program
    .command("report")
    .summary("a case report: one HTML file to look at and to hand on")
    .description("Writes what captures or call logs hold as one HTML file, redacted unless told otherwise.");
  const own = addInputs(command)
    .option(
      "-o, --output <file>",
      "the file to write: case.html; with --extract, the call log (default: standard output)",
    )
    .option("--include-secrets", "show names and secrets, and all bytes")
    .option("--include-packets", "put the chosen conversations inside, as a pcapng to be saved from the page")
    .option("--extract", "write the call log that a report holds");
  addCommonOptions(addKeyOptions(addLimit(addFindingOptions(addFilterOptions(own)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: CaseOptions & { extract?: boolean }) => {
      const inputs = inputsOf(command, files, options);
      if (options.extract === true) {
        const { extractLog } = await import("../report-extract.js");
        finish(await extractLog(inputs, options.output));
        return;
      }
      const { caseReport } = await import("../report.js");
      finish(await caseReport(inputs, options));
    });
}
