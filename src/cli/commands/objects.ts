/** The command line of `raiscope objects`. */

import type { Command } from "commander";
import type { Finish } from "../finish.js";
import type { ObjectsOptions } from "../objects.js";
import { addCommonOptions, addFilterOptions, addKeyOptions, addLimit, addRedact } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";
import { addReportOptions, OBJECTS_FORMATS } from "../report-options.js";

const EXAMPLES = `
Filters select calls: of the objects those are shown that were named or called in a conversation with such a call.

Examples:
  raiscope objects capture.pcapng                 a tree
  raiscope objects -T json capture.pcapng
  raiscope objects --only-rai capture.pcapng
  raiscope objects -T dot capture.pcapng | dot -Tsvg -o objects.svg
  raiscope objects capture.pcapng -o objects.txt -o objects.mmd`;

export function registerObjects(program: Command, finish: Finish): void {
  const command: Command = program
    .command("objects")
    .summary("machines, exporters, objects and interfaces that the captures name")
    .description("Shows the DCOM objects of captures: machine, OXID, OID, IPID and interface.");
  const shown = addReportOptions(addInputs(command), OBJECTS_FORMATS);
  addCommonOptions(addKeyOptions(addRedact(addLimit(addFilterOptions(shown)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ObjectsOptions) => {
      const { objects } = await import("../objects.js");
      finish(await objects(inputsOf(command, files, options), options));
    });
}
