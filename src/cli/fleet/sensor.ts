/** Names of sensors, which are parts of paths and of ids. */

import { InvalidArgumentError } from "commander";

const SENSOR = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Throws InvalidArgumentError. */
export function parseSensor(text: string): string {
  if (!SENSOR.test(text)) {
    throw new InvalidArgumentError(
      "Give letters, digits, dots, hyphens and underscores, 128 at most, a letter or digit first.",
    );
  }
  return text;
}
