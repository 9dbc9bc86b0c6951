/** What the environment and the configuration file say of options, put where the command line says nothing. */

import { delimiter, dirname, resolve } from "node:path";
import type { Command, Option } from "commander";
import { nearest } from "../suggest.js";
import { type ConfigEntry, type ConfigValue, readConfig } from "./config-file.js";
import { askedLogFormat, diagnostics, LOG_FORMATS } from "./diagnostics.js";
import { isTrue, PREFIX } from "./environment.js";
import { CommandError } from "./failure.js";
import { secretOption } from "./secret-words.js";

/** Options that are no settings. */
const NEVER: ReadonlySet<string> = new Set(["help", "version", "config"]);
const LOG_FORMAT = "log-format";

/** The name of an option without dashes, and for `--no-NAME` that of what it switches off. */
function nameOf(option: Option): string {
  return (option.long ?? "").replace(/^--(no-)?/, "");
}

function settable(command: Command): Option[] {
  return command.options.filter((option) => option.long !== undefined && !NEVER.has(nameOf(option)));
}

/** True where nothing was said of an option yet but by its default. */
function isOpen(command: Command, option: Option): boolean {
  const source = command.getOptionValueSource(option.attributeName());
  return source === undefined || source === "default";
}

/** Values of the option after each other, as if they had been typed. Throws CommandError. */
function set(
  command: Command,
  option: Option,
  texts: readonly string[],
  source: string,
  where: string,
): void {
  const name = option.attributeName();
  let value: unknown;
  for (const text of texts) {
    if (option.argChoices !== undefined && !option.argChoices.includes(text)) {
      const shown = secretOption(option.long!) === null ? ` ${text}` : "";
      throw new CommandError(
        `${where}:${shown} is none of ${option.argChoices.join(", ")}`,
        null,
        "config-value",
      );
    }
    try {
      if (option.parseArg !== undefined) value = option.parseArg(text, value as never);
      else value = option.variadic ? [...((value as string[]) ?? []), text] : text;
    } catch (error) {
      if ((error as { code?: string }).code !== "commander.invalidArgument") throw error;
      throw new CommandError(`${where}: ${(error as Error).message}`, null, "config-value");
    }
  }
  command.setOptionValueWithSource(name, value, source);
}

/** Switches an option on or off that takes no value. */
function switchTo(command: Command, option: Option, on: boolean, source: string): void {
  command.setOptionValueWithSource(option.attributeName(), on, source);
}

const takesValue = (option: Option): boolean => option.required || option.optional;
/** True where values are collected: what `sample`, one of them, makes of the option is a list. */
function isList(option: Option, sample: string): boolean {
  if (option.variadic) return true;
  try {
    return Array.isArray(option.parseArg?.(sample, undefined as never));
  } catch {
    return false;
  }
}

/** Values that name files or folders. */
const isPath = (option: Option): boolean => /<(file|folder|file\|folder)>/.test(option.flags);

/** RAISCOPE_NAME for `--name`. Lists of files are parted as in PATH. Secrets leave the environment. Throws CommandError. */
export function fromEnvironment(command: Command, environment: NodeJS.ProcessEnv): void {
  for (const option of settable(command)) {
    const variable = PREFIX + nameOf(option).replaceAll("-", "_").toUpperCase();
    const text = environment[variable];
    if (text === undefined || nameOf(option) === LOG_FORMAT) continue;
    // What programs that are started by this one inherit must not hold it.
    if (secretOption(option.long!) !== null) delete environment[variable];
    if (text === "" || !isOpen(command, option)) continue;
    if (takesValue(option)) {
      const several =
        isPath(option) && isList(option, text) ? text.split(delimiter).filter((one) => one !== "") : [text];
      // Another command may have an option of that name which takes other words.
      if (!fits(command, option, several)) continue;
      set(command, option, several, "env", variable);
      continue;
    }
    const on = isTrue(text);
    if (!on && !/^(0|false|no|off)$/i.test(text)) {
      throw new CommandError(`${variable}: give 1 or 0`, null, "config-value");
    }
    switchTo(command, option, on, "env");
  }
}

/** False where the words are meant for another command, whose option of that name takes them. */
function fits(command: Command, option: Option, texts: readonly string[]): boolean {
  const takes = ({ argChoices }: Option): boolean =>
    argChoices === undefined || texts.every((text) => argChoices.includes(text));
  if (takes(option)) return true;
  return !commandsOf(command).some((other) =>
    settable(other).some((one) => nameOf(one) === nameOf(option) && takes(one)),
  );
}

function commandsOf(command: Command): Command[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  const all = (one: Command): Command[] => [one, ...one.commands.flatMap(all)];
  return all(root).slice(1);
}

/** Throws CommandError for whatever the file says that no command understands. */
export async function fromFile(
  command: Command,
  path: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const commands = commandsOf(command);
  // What is said of one command stands before what is said of all.
  const entries = (await readConfig(path)).sort(
    (a, b) => Number(a.table === null) - Number(b.table === null),
  );
  for (const entry of entries) {
    const where = `${path}:${entry.line}`;
    const among = commands.filter((one) => entry.table === null || one.name() === entry.table);
    if (among.length === 0)
      throw unknown(
        where,
        "command",
        entry.table!,
        commands.map((one) => one.name()),
      );
    const named = among.flatMap((of) =>
      settable(of).flatMap((option) => (nameOf(option) === entry.key ? [{ of, option }] : [])),
    );
    if (named.length === 0) {
      const words = [...new Set(among.flatMap((one) => settable(one).map(nameOf)))];
      const scope = entry.table === null ? "key" : `key of [${entry.table}]`;
      throw unknown(where, scope, entry.key, words);
    }
    if (secretOption(`--${entry.key}`) !== null) {
      throw new CommandError(
        `${where}: ${entry.key} does not stand in a configuration file`,
        'name a file of secrets there: secrets = ["/path/to/secrets.json"]',
        "config-value",
      );
    }
    if (entry.key === LOG_FORMAT) {
      logFormat(entry.value, where, environment);
      continue;
    }
    const own = named.find(({ of }) => of === command)?.option;
    // Values are looked at although another command runs, so that a file is right or wrong for all of them.
    const { option } = own === undefined ? named[0]! : { option: own };
    const texts = textsOf(option, entry, path, where);
    if (own === undefined || !isOpen(command, own)) continue;
    if (texts === null) switchTo(command, own, entry.value === true, "config");
    else if (fits(command, own, texts)) set(command, own, texts, "config", `${where}: ${entry.key}`);
  }
}

function unknown(where: string, what: string, word: string, known: readonly string[]): CommandError {
  const near = nearest(word, known);
  const hint = near === null ? null : `did you mean ${near}?`;
  return new CommandError(`${where}: unknown ${what} ${word}`, hint, "config-key");
}

function logFormat(value: ConfigValue, where: string, environment: NodeJS.ProcessEnv): void {
  const format = LOG_FORMATS.find((one) => one === value);
  if (format === undefined) {
    throw new CommandError(
      `${where}: ${LOG_FORMAT} is one of ${LOG_FORMATS.join(", ")}`,
      null,
      "config-value",
    );
  }
  if (askedLogFormat(process.argv.slice(2), environment) === null) diagnostics.format = format;
}

/** The words that would have been typed; null for an option without a value. Paths are relative to the file's folder. */
function textsOf(option: Option, { key, value }: ConfigEntry, path: string, where: string): string[] | null {
  const wrong = (what: string): CommandError =>
    new CommandError(`${where}: ${key} takes ${what}`, null, "config-value");
  if (!takesValue(option)) {
    if (typeof value !== "boolean") throw wrong("true or false");
    return null;
  }
  const list = Array.isArray(value) ? value : [value];
  if (Array.isArray(value) && !isList(option, String(value[0] ?? ""))) throw wrong("one value, not a list");
  if (list.some((one) => typeof one === "boolean")) throw wrong("a text or a number");
  const texts = list.map(String);
  return isPath(option) ? texts.map((text) => pathFrom(path, text)) : texts;
}

function pathFrom(file: string, text: string): string {
  if (text === "-") return text;
  const home = process.env.HOME;
  if (home !== undefined && /^~(?=[\\/]|$)/.test(text)) return home + text.slice(1);
  return resolve(dirname(file), text);
}
