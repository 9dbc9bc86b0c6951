/** The options that say which rules look at the records, and what their findings bring about. */

import { type Command, Option } from "commander";
import { DETECTION_LEVELS, type DetectionLevel } from "../events.js";

export interface FindingChoices {
  rules?: string[];
  /** False where the program's own rules are not used. */
  shippedRules?: boolean;
  level?: DetectionLevel;
  failOn?: DetectionLevel;
  helpers?: string;
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Options of whatever shows findings. */
export function addFindingOptions(command: Command): Command {
  const levels = [...DETECTION_LEVELS];
  return addHelpers(command)
    .option(
      "--rules <file|folder>",
      "more rules for findings, as Sigma (docs/findings.md); repeatable",
      collect,
    )
    .option("--no-shipped-rules", "only the rules of --rules, none of the program's own")
    .addOption(new Option("--level <level>", "the least level of findings that is shown").choices(levels))
    .addOption(
      new Option("--fail-on <level>", "exit with status 3 where something of this level is found").choices(
        levels,
      ),
    );
}

export function addHelpers(command: Command): Command {
  return command.option(
    "--helpers <file>",
    "accounts that may offer help, one a line: DOMAIN\\user, user@domain or user",
  );
}
