/** The options of commands that print one text at their end, and the formats that each of them has. */

import { type Command, InvalidArgumentError, Option } from "commander";

/** Formats by name, the usual one first, with the suffixes of files that are written in them. */
export type ReportFormats<F extends string> = readonly {
  readonly name: F;
  readonly suffixes: readonly string[];
}[];

/** What commander makes of the options. */
export interface ReportOptions<F extends string> {
  format?: F;
  output?: string[];
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Adds -T and -o. */
export function addReportOptions<F extends string>(command: Command, formats: ReportFormats<F>): Command {
  const names = formats.map(({ name }) => name);
  const choices = `${names.slice(0, -1).join(", ")} or ${names.at(-1)} (default: ${names[0]})`;
  const suffixes = formats.flatMap((format) => format.suffixes).join(" ");
  return command
    .addOption(
      new Option(
        "-T, --format <format>",
        `${choices}; with -o, what goes to standard output as well`,
      ).choices(names),
    )
    .option("-o, --output <file>", `write to a file, repeatable; format by suffix: ${suffixes}`, collect);
}

export type StatsFormat = "table" | "json";

export const STATS_FORMATS: ReportFormats<StatsFormat> = [
  { name: "table", suffixes: [".txt", ".text", ".table"] },
  { name: "json", suffixes: [".json"] },
];

export type ObjectsFormat = "tree" | "json" | "mermaid" | "dot";

export const OBJECTS_FORMATS: ReportFormats<ObjectsFormat> = [
  { name: "tree", suffixes: [".txt", ".text", ".tree"] },
  { name: "json", suffixes: [".json"] },
  { name: "mermaid", suffixes: [".mmd", ".mermaid"] },
  { name: "dot", suffixes: [".dot", ".gv"] },
];

export type InvitationFormat = "text" | "transcript" | "json" | "ndjson";

/** A transcript is what text is called elsewhere. */
export const INVITATION_FORMATS: ReportFormats<InvitationFormat> = [
  { name: "text", suffixes: [".txt", ".text"] },
  { name: "transcript", suffixes: [] },
  { name: "json", suffixes: [".json"] },
  { name: "ndjson", suffixes: [".ndjson", ".jsonl"] },
];

/** What stats counts calls by. */
export const STATS_BY = ["interfaces", "talkers", "users"] as const;
export type StatsBy = (typeof STATS_BY)[number];

/** `talkers,users`. Throws InvalidArgumentError. */
export function parseBy(text: string, before: StatsBy[] | undefined): StatsBy[] {
  const by = new Set(before);
  for (const part of text.split(",")) {
    const known = STATS_BY.find((name) => name === part.trim().toLowerCase());
    if (known === undefined) throw new InvalidArgumentError(`Calls are counted by ${STATS_BY.join(", ")}.`);
    by.add(known);
  }
  return [...by];
}
