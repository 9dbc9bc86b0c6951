/**
 * `-T csv` and `-T tsv`. CSV is [RFC 4180]: lines end in CRLF, and what holds a comma, a quote or a line end is quoted. Texts that a
 * spreadsheet would take for a formula have a `'` before them. TSV is a line a record, with `\t`, `\n`, `\r` and `\\`
 * for what would break it.
 */

import type { Event } from "../events.js";
import { BOM, chosen, gridOf, type Rows, textOf } from "./column-text.js";
import type { Printer } from "./printer.js";
import { visible } from "./visible.js";

export function csvPrinter(rows: Rows): Printer {
  const { separator = "," } = rows.layout;
  const special = new RegExp(`["\\r\\n\\u{${separator.codePointAt(0)!.toString(16)}}]`, "u");
  const quoted = (text: string): string => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return printer(rows, separator, "\r\n", (text, isText) => quoted(isText ? defused(text) : text));
}

export function tsvPrinter(rows: Rows): Printer {
  return printer(rows, "\t", "\n", (text) => text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!));
}

const ESCAPES: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/** What spreadsheets take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function defused(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function printer(
  rows: Rows,
  separator: string,
  end: string,
  cell: (text: string, isText: boolean) => string,
): Printer {
  const { layout, terminal } = rows;
  const { header = true, bom = false, aggregator = "," } = layout;
  const grid = gridOf(rows);
  const line = (cells: readonly string[]): string => `${cells.join(separator)}${end}`;
  let begun = false;
  const start = (): string => {
    if (begun) return "";
    begun = true;
    return (bom ? BOM : "") + (header ? line(grid.names.map((name) => cell(name, true))) : "");
  };
  const text = (values: readonly unknown[]): string => {
    const [first] = values;
    if (values.length === 1 && typeof first === "number") return cell(`${first}`, false);
    const joined = chosen(values, layout).map(textOf).join(aggregator);
    // A terminal is no file: what would act on it is shown instead.
    return cell(terminal ? visible(joined) : joined, true);
  };
  return {
    push(event: Event) {
      const values = grid.values(event);
      return values === null ? "" : start() + line(values.map(text));
    },
    finish: start,
  };
}
