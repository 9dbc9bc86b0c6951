/** The options -e and -E: which columns -T fields, csv and tsv have, and how they are laid out. */

import { type Command, InvalidArgumentError } from "commander";
import { EVENT_KINDS, type EventKind } from "../events.js";
import type { Column } from "../fields/columns.js";
import type { ColumnLayout } from "../output/column-text.js";
import { CommandError } from "./failure.js";

export interface ColumnChoices {
  field?: string[];
  layout?: ColumnLayout;
  /** What -e names, once it is looked up. */
  columns?: readonly Column[];
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function addColumnOptions(command: Command): Command {
  return command
    .option(
      "-e, --field <name>",
      "fields, csv, tsv: a column, repeatable: a path of the call log or a name of Wireshark's (-G fields lists them)",
      collect,
    )
    .option(
      "-E, --layout <key=value>",
      "fields, csv, tsv: bom, header, escape =y|n; separator, aggregator =/t|/s|character; occurrence=f|l|a; quote=d|s|n",
      parseLayout,
    )
    .hook("preAction", async (_, running) => {
      const { field } = running.opts<ColumnChoices>();
      if (field !== undefined) running.setOptionValue("columns", await lookUp(field));
    });
}

/** All columns of -e. Throws CommandError, which names those that are unknown. */
async function lookUp(names: readonly string[]): Promise<Column[]> {
  const { columnNamed } = await import("../fields/columns.js");
  const columns = names.map(columnNamed);
  const unknown = names.filter((_, index) => columns[index] === null);
  if (unknown.length > 0) {
    const { adviceFor } = await import("../fields/columns.js");
    throw new CommandError(
      `-e: records have no ${unknown.join(", no ")}`,
      unknown.map((name) => `${name}: ${adviceFor(name)}`),
      "unknown-field",
    );
  }
  return columns as Column[];
}

const CHARACTERS: { readonly [word: string]: string } = { "/t": "\t", "/s": " " };
const OCCURRENCES = { f: "first", l: "last", a: "all" } as const;
const QUOTES = { d: '"', s: "'", n: "" } as const;

function yesOrNo(value: string): boolean {
  if (value === "y" || value === "n") return value === "y";
  throw new InvalidArgumentError("It is y or n.");
}

function character(value: string): string {
  const known = CHARACTERS[value];
  if (known !== undefined) return known;
  if ([...value].length === 1 && value !== "\n" && value !== "\r") return value;
  throw new InvalidArgumentError("It is one character, /t for a tab or /s for a space.");
}

function oneOf<V>(table: { readonly [letter: string]: V }, value: string): V {
  const found = table[value];
  if (found === undefined) throw new InvalidArgumentError(`It is ${Object.keys(table).join(", ")}.`);
  return found;
}

const KEYS: { readonly [key: string]: (value: string) => ColumnLayout } = {
  bom: (value) => ({ bom: yesOrNo(value) }),
  header: (value) => ({ header: yesOrNo(value) }),
  escape: (value) => ({ escape: yesOrNo(value) }),
  separator: (value) => ({ separator: character(value) }),
  aggregator: (value) => ({ aggregator: character(value) }),
  occurrence: (value) => ({ occurrence: oneOf(OCCURRENCES, value) }),
  quote: (value) => ({ quote: oneOf(QUOTES, value) }),
};

const KEY = new RegExp(`(?:^|(?<=,))(${Object.keys(KEYS).join("|")})=`, "g");

/** `header=y`, or several at once: `header=y,separator=,,quote=d`. Throws InvalidArgumentError. */
export function parseLayout(text: string, before: ColumnLayout | undefined): ColumnLayout {
  const found = [...text.matchAll(KEY)];
  if (found[0]?.index !== 0) throw new InvalidArgumentError(`Keys are ${Object.keys(KEYS).join(", ")}.`);
  let layout = before ?? {};
  for (const [index, match] of found.entries()) {
    const from = match.index + match[0].length;
    const value = text.slice(from, found[index + 1]?.index);
    // A comma before the next key parts them, unless it is the value itself.
    const parted = index + 1 < found.length && value.length > 1 ? value.replace(/,$/, "") : value;
    try {
      layout = { ...layout, ...KEYS[match[1]!]!(parted) };
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new InvalidArgumentError(`${match[1]}: ${error.message}`);
    }
  }
  return layout;
}

/**
 * Refuses -e and -E where no format has columns, and -T fields without columns. Throws CommandError. `formats`: those that will be
 * written.
 */
export function checkColumns({ field, layout }: ColumnChoices, formats: readonly string[]): void {
  const rows = formats.some((format) => ["fields", "csv", "tsv"].includes(format));
  if (!rows && (field !== undefined || layout !== undefined)) {
    throw new CommandError(
      `${field === undefined ? "-E" : "-e"} is of columns, and no format with columns is asked for`,
      "-T fields, -T csv or -T tsv",
      "usage",
    );
  }
  if (formats.includes("fields") && field === undefined) {
    throw new CommandError("-T fields: no column is named", "-e NAME; -G fields lists the names", "usage");
  }
  const parts: readonly (keyof ColumnLayout)[] = ["separator", "quote", "escape"];
  const set = parts.find((key) => layout?.[key] !== undefined);
  if (set !== undefined && !formats.includes("fields") && !(set === "separator" && formats.includes("csv"))) {
    throw new CommandError(
      `-E ${set} is of -T fields${set === "separator" ? " and csv" : ""}`,
      null,
      "usage",
    );
  }
}

/** Whether a column needs the ids of records, which are made only where something does. */
export function columnsUseIds(columns: readonly Column[] | undefined): boolean {
  return columns?.some(({ name }) => /^(?:id|community_id|call_ids|communityid)$/.test(name)) === true;
}

/** The kinds of records that columns are of where calls have none of them; null where they are of calls. */
export function kindsOfColumns(columns: readonly Column[] | undefined): readonly EventKind[] | null {
  const own = (columns ?? []).filter(({ kinds }) => kinds.length < EVENT_KINDS.length);
  if (own.length === 0 || own.some(({ kinds }) => kinds.includes("call"))) return null;
  return EVENT_KINDS.filter((kind) => own.some(({ kinds }) => kinds.includes(kind)));
}
