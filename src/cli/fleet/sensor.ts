/** Names of sensors, which are parts of paths and of ids. */

import { InvalidArgumentError } from "commander";
import { isPathName } from "../../lake/names.js";

/** Throws InvalidArgumentError. */
export function parseSensor(text: string): string {
  if (!isPathName(text)) {
    throw new InvalidArgumentError(
      "Give letters, digits, dots, hyphens and underscores, 128 at most, a letter or digit first.",
    );
  }
  return text;
}
