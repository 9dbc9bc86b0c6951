/** Options that every command has, and that stand before its name as well. */

import { type Command, Option } from "commander";
import { LOG_FORMATS } from "./diagnostics.js";

/** Adds them to a program and to all of its commands. */
export function addGeneralOptions(command: Command): void {
  for (const inner of command.commands) addGeneralOptions(inner);
  // It takes over the options that Wireshark gives, and passes over those that it does not know.
  if (command.name() === "extcap") return;
  command.addOption(
    new Option("--log-format <format>", "what standard error gets: text, or json, an object a line").choices(
      LOG_FORMATS,
    ),
  );
  command.option("--no-config", "read no configuration file");
}
