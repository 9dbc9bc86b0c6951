/** The option --sensor, which makes a tree of what -T parquet writes into a directory. */

import { type Command, InvalidArgumentError } from "commander";
import { isPathName } from "../lake/names.js";

export interface LakeOptions {
  sensor?: string;
}

/** Throws InvalidArgumentError. */
function parseSensor(text: string): string {
  if (isPathName(text)) return text;
  throw new InvalidArgumentError("Letters, digits and ._- make a name, of 128 characters at most.");
}

export function addSensor(command: Command): Command {
  return command.option(
    "--sensor <name>",
    "with -T parquet -o DIR/: a tree of results, DIR/KIND/sensor=NAME/date=DAY, that many runs share",
    parseSensor,
  );
}
