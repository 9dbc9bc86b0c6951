/** The command line of `raiscope interfaces`. */

import { type Command, Option } from "commander";
import type { Finish } from "../finish.js";

const EXAMPLES = `
Link types that only root may ask for are left out where it is not root.

Examples:
  raiscope interfaces
  raiscope interfaces -T json | jq -r '.[] | select(.up) | .name'`;

export function registerInterfaces(program: Command, finish: Finish): void {
  program
    .command("interfaces")
    .summary("what can be captured on, with addresses and link types")
    .description("Lists the interfaces that can be captured on, with addresses and link types.")
    .addOption(
      new Option("-T, --format <format>", "table or json").choices(["table", "json"]).default("table"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (options: { format: "table" | "json" }) => {
      const { interfaces } = await import("../interfaces.js");
      finish(await interfaces(options.format));
    });
}
