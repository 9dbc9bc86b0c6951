/**
 * Options that a command line does not give: from the environment (RAISCOPE_*), and behind that from the configuration file.
 * This is what every start pays for: a look at the environment, and whether there is a file.
 */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { LOG_VARIABLE } from "./diagnostics.js";
import { isTrue, PREFIX } from "./environment.js";
import { CommandError } from "./failure.js";

const CONFIG_VARIABLE = "RAISCOPE_CONFIG";
const NO_CONFIG_VARIABLE = "RAISCOPE_NO_CONFIG";

/** Variables that are no options of commands: what they mean is asked elsewhere. */
const OTHERS: ReadonlySet<string> = new Set([CONFIG_VARIABLE, NO_CONFIG_VARIABLE, LOG_VARIABLE]);

type Environment = NodeJS.ProcessEnv;

/** Gives the command that will run what its command line leaves out. Throws CommandError. */
export async function applySettings(command: Command, environment: Environment = process.env): Promise<void> {
  // Wireshark runs that one, with options of its own.
  if (command.name() === "extcap") return;
  const variables = Object.keys(environment).filter((name) => name.startsWith(PREFIX) && !OTHERS.has(name));
  const file = takesConfig(command, environment) ? configFile(environment) : null;
  if (variables.length === 0 && file === null) return;
  const { fromEnvironment, fromFile } = await import("./given-options.js");
  fromEnvironment(command, environment);
  if (file !== null) await fromFile(command, file, environment);
}

function takesConfig(command: Command, environment: Environment): boolean {
  if (isTrue(environment[NO_CONFIG_VARIABLE])) return false;
  for (let one: Command | null = command; one !== null; one = one.parent) {
    if (one.opts<{ config?: boolean }>().config === false) return false;
  }
  return true;
}

/** The file that RAISCOPE_CONFIG names, which must be there, or the user's own; null without one. Throws CommandError. */
function configFile(environment: Environment): string | null {
  const named = environment[CONFIG_VARIABLE];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new CommandError(`${CONFIG_VARIABLE}: ${named}: no such file`, null, "config-file");
  }
  const own = join(configFolder(environment), "raiscope", "config.toml");
  return existsSync(own) ? own : null;
}

/** By the XDG Base Directory Specification; of Windows its own place. */
function configFolder(environment: Environment): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: windows } = environment;
  // A relative one is to be ignored, says the specification.
  if (xdg?.startsWith("/")) return xdg;
  if (process.platform === "win32" && windows) return windows;
  return join(environment.HOME || homedir(), ".config");
}
