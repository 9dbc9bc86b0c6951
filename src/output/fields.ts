/**
 * `-T fields`: a line a record with the columns of -e, in tshark's shape and with its -E. As tshark, what has no value is empty
 * and not quoted; tabs and line ends within values are escaped. Unlike 4.0, quotes within quoted values are doubled, and
 * other control characters are escaped as well, unless -E escape=n says otherwise.
 */

import type { Event } from "../events.js";
import { BOM, type ColumnLayout, chosen, gridOf, type Rows, textOf } from "./column-text.js";
import type { Printer } from "./printer.js";
import { visible } from "./visible.js";

export function fieldsPrinter(rows: Rows): Printer {
  const { layout, terminal } = rows;
  const { header = false, bom = false, separator = "\t" } = layout;
  const grid = gridOf(rows);
  let begun = false;
  const start = (): string => {
    if (begun) return "";
    begun = true;
    return (bom ? BOM : "") + (header ? `${grid.names.join(separator)}\n` : "");
  };
  return {
    push(event: Event) {
      const values = grid.values(event);
      if (values === null) return "";
      return `${start()}${values.map((of) => cell(of, layout, terminal)).join(separator)}\n`;
    },
    finish: start,
  };
}

function cell(values: readonly unknown[], layout: ColumnLayout, terminal: boolean): string {
  if (values.length === 0) return "";
  const { quote = "", aggregator = ",", escape: escapes = true } = layout;
  let text = chosen(values, layout)
    .map((value) => (escapes ? escaped(textOf(value)) : textOf(value)))
    .join(aggregator);
  if (quote !== "") text = text.replaceAll(quote, quote + quote);
  // Nothing of the traffic acts on a terminal, whatever -E says.
  return `${quote}${terminal ? visible(text) : text}${quote}`;
}

const SHORT: { readonly [character: string]: string } = {
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
};

function escaped(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f]/g,
    (character) => SHORT[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
