/** commander's Command with messages that repeat no value: what is behind a misspelt --password is a password. */

import { Command, type ErrorOptions } from "commander";
import { nearest } from "../suggest.js";
import { secretOption } from "./secret-words.js";

export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const flag = /^error: unknown option '([\s\S]*)'/.exec(message)?.[1];
    if (options?.code !== "commander.unknownOption" || flag === undefined)
      return super.error(message, options);
    const known = this.options.flatMap(({ long }) => (long ? [long.slice(2)] : [])).concat("help");
    return super.error(unknownOption(flag, known, this.commandMeant()), options);
  }

  /** The command that a word, the first one if none is given, was meant to be, where no command was named. */
  commandMeant(word = this.args[0]): string | null {
    if (this.parent === null || word === undefined || this.parent.args.includes(this.name())) return null;
    return nearest(word, commandNames(this.parent));
  }
}

/** Names of a program's commands. */
export function commandNames(program: Command): string[] {
  return [...program.commands.map((command) => command.name()), "help"];
}

/** The message for an option that is not known, without its value. */
function unknownOption(flag: string, known: readonly string[], command: string | null): string {
  const name = /^--?([a-z][a-z-]*)?/i.exec(flag)?.[1] ?? "";
  const meant = nearest(name, known);
  const secret = secretOption(flag);
  let shown = flag.startsWith("--") || meant !== null ? name : name.slice(0, 1);
  // `--passwordSecret`: the rest may be the value.
  if (secret !== null && shown.toLowerCase().startsWith(secret)) shown = shown.slice(0, secret.length);
  const dashes = flag.startsWith("--") ? "--" : "-";
  const hints = [
    ...(command === null ? [] : [`raiscope ${command}`]),
    ...(meant === null ? [] : [`--${meant}`]),
  ];
  const hint = hints.length === 0 ? "" : `\n(Did you mean ${hints.join(", or ")}?)`;
  return `error: unknown option '${dashes}${shown}'${hint}`;
}
