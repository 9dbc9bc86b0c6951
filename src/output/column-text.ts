/** Values of columns as text, and how rows are laid out: what -T fields, csv and tsv share. */

import type { Event, EventKind } from "../events.js";
import type { Column } from "../fields/columns.js";
import type { Spelling } from "./spelling.js";
import {
  CALL_COLUMNS,
  FINDING_COLUMNS,
  OFFER_COLUMNS,
  type RowRecord,
  type TableColumn,
} from "./table-columns.js";

/** What -E says, in tshark's words. */
export interface ColumnLayout {
  header?: boolean;
  bom?: boolean;
  escape?: boolean;
  separator?: string;
  aggregator?: string;
  occurrence?: "first" | "last" | "all";
  quote?: '"' | "'" | "";
}

/** What of which records. */
export interface Rows {
  kinds: ReadonlySet<EventKind>;
  /** The columns of -e; null for those of the table. */
  columns: readonly Column[] | null;
  layout: ColumnLayout;
  /** How the table's own columns are written. */
  spelling: Spelling;
  /** The text goes to a terminal. */
  terminal: boolean;
}

/** What rows are made of: the names above them, and the values of a record; null for records without a row. */
export interface Grid {
  readonly names: readonly string[];
  values(record: Event): readonly (readonly unknown[])[] | null;
}

export function gridOf({ kinds, columns, spelling }: Rows): Grid {
  if (columns === null) return tableGrid(kinds, spelling);
  return {
    names: columns.map(({ name }) => name),
    values: (record) => (kinds.has(record.type) ? columns.map((column) => column.values(record)) : null),
  };
}

/** The table's own columns; a time of day has its day as well. */
function tableGrid(kinds: ReadonlySet<EventKind>, spelling: Spelling): Grid {
  const own = kinds.has("call") ? CALL_COLUMNS : kinds.has("offer") ? OFFER_COLUMNS : FINDING_COLUMNS;
  const columns = own as readonly TableColumn[];
  const cell = (column: TableColumn, record: RowRecord): readonly string[] => {
    if (column.name === "time" && spelling.ofDay) return record.ts === null ? [] : [record.ts];
    const text = column.cell(record, spelling);
    return text === "-" ? [] : [text];
  };
  return {
    names: columns.map(({ name }) => name),
    values(record) {
      if (record.type !== "call" && record.type !== "offer" && record.type !== "detection") return null;
      if (!kinds.has(record.type)) return null;
      return columns.map((column) => cell(column, record));
    },
  };
}

/** Text as it is, numbers in decimal, what has parts as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Those of a record's values that are shown. */
export function chosen(values: readonly unknown[], { occurrence = "all" }: ColumnLayout): readonly unknown[] {
  if (values.length < 2 || occurrence === "all") return values;
  return [occurrence === "first" ? values[0] : values.at(-1)];
}

export const BOM = "\ufeff";
