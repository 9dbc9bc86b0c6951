/** The command line as data, for what is made of it: completion of shells, the manual page. */

import type { Argument, Command, Option } from "commander";

/** What a word stands for, as far as a shell can complete it. */
export type Kind = "file" | "folder" | "choice" | "interface" | "word";

export interface OptionRow {
  /** `-T`, or null. */
  short: string | null;
  long: string;
  description: string;
  /** How help calls its value; null where it takes none. */
  value: string | null;
  kind: Kind;
  choices: readonly string[];
  /** The default, where help says it. */
  preset: string | null;
}

export interface CommandRow {
  /** `idl check`; "" for the program itself. */
  name: string;
  summary: string;
  description: string;
  /** How help calls its words. */
  words: string;
  takesFiles: boolean;
  choices: readonly string[];
  options: readonly OptionRow[];
  /** Names of the commands below it. */
  commands: readonly string[];
  /** What help says behind the options. */
  after: string;
}

/** Every command, the program first; `afterOf` gives the text that stands behind the options of its help. */
export function optionTables(program: Command): CommandRow[] {
  const rows = (command: Command, name: string): CommandRow[] => [
    commandRow(command, name),
    ...command.commands
      .filter((inner) => inner.name() !== "help")
      .flatMap((inner) => rows(inner, `${name} ${inner.name()}`.trim())),
  ];
  return rows(program, "");
}

/** The command that a line without one means. */
export const DEFAULT_COMMAND = "analyze";

function commandRow(command: Command, name: string): CommandRow {
  const words = command.registeredArguments;
  const help: Option[] = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ hidden }) => !hidden);
  const description = command.description();
  return {
    name,
    summary: command.summary() || description,
    description,
    words: words.map(wordOf).join(" "),
    takesFiles: words.some((word) => /file|folder/.test(word.name())),
    choices: words.flatMap((word) => word.argChoices ?? []),
    options: help.filter((option) => option.long !== undefined).map(optionRow),
    commands: command.commands.map((inner) => inner.name()).filter((inner) => inner !== "help"),
    after: behind(command),
  };
}

function wordOf(word: Argument): string {
  const name = word.variadic ? `${word.name()}...` : word.name();
  return word.required ? `<${name}>` : `[${name}]`;
}

function optionRow(option: Option): OptionRow {
  const value = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? null;
  const choices = option.argChoices ?? [];
  return {
    short: option.short ?? null,
    long: option.long!,
    description: option.description,
    value,
    kind: kindOf(value, choices),
    choices,
    preset: option.defaultValue === undefined || option.negate ? null : String(option.defaultValue),
  };
}

function kindOf(value: string | null, choices: readonly string[]): Kind {
  if (choices.length > 0) return "choice";
  if (value === null) return "word";
  if (value.startsWith("file") || value === "pipe") return "file";
  if (value === "folder") return "folder";
  return value === "interface" ? "interface" : "word";
}

/** What `addHelpText("after")` says: commander tells it to whoever writes help. */
function behind(command: Command): string {
  const pieces: string[] = [];
  const context = { error: false, command, write: (said: string) => pieces.push(said) };
  (command as unknown as { emit(event: string, context: object): void }).emit("afterHelp", context);
  return pieces.join("").trim();
}
