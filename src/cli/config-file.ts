/** The configuration file: TOML, keys with the names of options, tables with the names of commands. */

import { parse, TomlDate, TomlError, type TomlTable, type TomlValue } from "smol-toml";
import { CommandError } from "./failure.js";
import { readText } from "./inputs.js";

export type ConfigValue = string | number | boolean | (string | number)[];

/** One key with its value. */
export interface ConfigEntry {
  /** The command that it is for; null for all. */
  table: string | null;
  /** The option's name without dashes. */
  key: string;
  value: ConfigValue;
  line: number;
}

/** Lines of a file of settings: it is read once for each of them. */
const MAX_LINES = 1_000;

/** Throws CommandError, with the place that is wrong. */
export async function readConfig(path: string): Promise<ConfigEntry[]> {
  const text = readText(path);
  const lines = text.split("\n");
  if (lines.length > MAX_LINES) {
    throw new CommandError(`${path}: it has more than ${MAX_LINES} lines`, null, "config-file");
  }
  const read = (upTo: number): TomlTable => parse(lines.slice(0, upTo).join("\n"));
  let whole: TomlTable;
  try {
    whole = read(lines.length);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The library draws the place below its first line.
    const said = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    throw new CommandError(`${path}:${error.line}:${error.column}: ${said}`, null, "config-file");
  }
  const lineOf = placesIn(lines.length, read);
  const entries: ConfigEntry[] = [];
  for (const [name, value] of Object.entries(whole)) {
    const line = lineOf([name]);
    if (!isTable(value)) {
      entries.push({ table: null, key: keyOf(name), value: settingOf(value, `${path}:${line}`, name), line });
      continue;
    }
    const inside = Object.entries(value);
    for (const [key, inner] of inside) {
      const at = lineOf([name, key]);
      entries.push({ table: name, key: keyOf(key), value: settingOf(inner, `${path}:${at}`, key), line: at });
    }
  }
  return entries;
}

/** `max_memory` is as good as `max-memory`. */
const keyOf = (name: string): string => name.replaceAll("_", "-");

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof TomlDate);
}

function settingOf(value: TomlValue, where: string, key: string): ConfigValue {
  const plain = (one: TomlValue): string | number | boolean | null =>
    one instanceof TomlDate
      ? one.toISOString()
      : typeof one === "string" || typeof one === "number" || typeof one === "boolean"
        ? one
        : null;
  if (!Array.isArray(value)) {
    const one = plain(value);
    if (one !== null) return one;
  } else {
    const list = value.map(plain);
    if (list.every((one) => typeof one === "string" || typeof one === "number")) return list;
  }
  throw new CommandError(
    `${where}: ${key} is no text, number, switch or list of these`,
    null,
    "config-value",
  );
}

/** Finds the line on which a key stands: the library does not tell, but its beginning alone has no such key. */
function placesIn(count: number, read: (upTo: number) => TomlTable): (path: readonly string[]) => number {
  /** What each number of lines says; null where they end in the middle of a value. */
  const known: (TomlTable | null)[] = [];
  const upTo = (lines: number): TomlTable | null => {
    if (known[lines] === undefined) {
      try {
        known[lines] = read(lines);
      } catch {
        known[lines] = null;
      }
    }
    return known[lines];
  };
  return (path) => {
    let last = 0;
    for (let lines = 1; lines <= count; lines++) {
      const table = upTo(lines);
      if (table === null) continue;
      if (has(table, path)) return last + 1;
      last = lines;
    }
    return 1;
  };
}

function has(table: TomlTable, path: readonly string[]): boolean {
  let at: TomlValue = table;
  for (const name of path) {
    if (!isTable(at) || !Object.hasOwn(at, name)) return false;
    at = at[name]!;
  }
  return true;
}
