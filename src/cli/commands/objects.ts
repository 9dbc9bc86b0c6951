/** The command line of `raiscope objects`. */

import { type Command, Option } from "commander";
import type { Finish } from "../finish.js";
import type { ObjectsOptions } from "../objects.js";
import { addCommonOptions, addKeyOptions, addLimit, addRedact } from "../options.js";
import { addInputs, inputsOf } from "../reading-options.js";

const EXAMPLES = `
Examples:
  raiscope objects capture.pcapng                 a tree
  raiscope objects -T json capture.pcapng
  raiscope objects -T dot capture.pcapng | dot -Tsvg -o objects.svg
  raiscope objects -T mermaid capture.pcapng`;

export function registerObjects(program: Command, finish: Finish): void {
  const command: Command = program
    .command("objects")
    .summary("machines, exporters, objects and interfaces that the captures name")
    .description("Shows the DCOM objects of captures: machine, OXID, OID, IPID and interface.")
    .addOption(
      new Option("-T, --format <format>", "tree, json, mermaid or dot")
        .choices(["tree", "json", "mermaid", "dot"])
        .default("tree"),
    );
  addCommonOptions(addKeyOptions(addRedact(addLimit(addInputs(command)))))
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ObjectsOptions) => {
      const { objects } = await import("../objects.js");
      finish(await objects(inputsOf(command, files, options), options));
    });
}
