/** Tables with a frame: cli-table3 while they are small, padded lines where it would take too long. */

import type Table from "cli-table3";
import { visible } from "./visible.js";
import { padEnd, padStart, width } from "./width.js";

/** Beyond this many rows cli-table3's time grows out of bounds. */
const FRAMED_ROWS = 500;

export interface GridColumn {
  title: string;
  right?: boolean;
}

/** The rows as text, a line break at the end. Cells are made visible here. */
export async function grid(
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
): Promise<string> {
  const clean = rows.map((row) => row.map(visible));
  return rows.length <= FRAMED_ROWS ? framed(columns, clean) : padded(columns, clean);
}

async function framed(columns: readonly GridColumn[], rows: readonly string[][]): Promise<string> {
  const { default: CliTable } = await import("cli-table3");
  const table: Table.Table = new CliTable({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => (column.right ? "right" : "left")),
    // Its own colours know nothing of NO_COLOR.
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return `${table.toString()}\n`;
}

function padded(columns: readonly GridColumn[], rows: readonly string[][]): string {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, width(row[index] ?? "")), width(column.title)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (columns[index]?.right ? padStart : padEnd)(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  return `${[columns.map((column) => column.title), ...rows].map(line).join("\n")}\n`;
}
