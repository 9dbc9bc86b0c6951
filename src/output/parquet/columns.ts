/**
 * What columns may be: each has a name and a type of its own, whatever values come; a value that its type cannot hold is null.
 * Arguments and whatever else has no fixed shape are one column of JSON text each.
 */

import { BigCells, type Cells, ListCells, NumberCells, PlainCells, TextCells } from "./cells.js";
import { instantOf } from "./times.js";

/** The `element` of a Parquet schema, as far as it is used. */
export interface SchemaElement {
  name: string;
  type?: "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "BYTE_ARRAY";
  repetition_type?: "REQUIRED" | "OPTIONAL" | "REPEATED";
  num_children?: number;
  converted_type?: "UTF8" | "LIST" | "JSON";
  logical_type?:
    | { type: "STRING" | "LIST" | "JSON" }
    | { type: "TIMESTAMP"; isAdjustedToUTC: boolean; unit: "NANOS" };
}

export interface Column<Row> {
  readonly name: string;
  readonly schema: readonly SchemaElement[];
  /** Smallest and greatest value of a group are kept, for readers that skip. */
  readonly statistics: boolean;
  /** Values are mostly all different, so that there is no use in looking for those that are not. */
  readonly distinct: boolean;
  cells(): Cells;
  value(row: Row): unknown;
}

type Get<Row> = (row: Row) => unknown;
type Element = Omit<SchemaElement, "name" | "repetition_type">;
type More = Partial<Pick<Column<never>, "statistics" | "distinct">>;

function column<Row>(
  name: string,
  element: Element,
  cells: () => Cells,
  value: Get<Row>,
  { statistics = false, distinct = false }: More = {},
): Column<Row> {
  return {
    name,
    schema: [{ name, repetition_type: "OPTIONAL", ...element }],
    statistics,
    distinct,
    cells,
    value,
  };
}

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const plain = (): Cells => new PlainCells();
const texts32 = (): Cells => new TextCells();

/** A text that many rows have. */
export function text<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, STRING, plain, (row) => textOf(get(row)));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** A text that hardly any other row has. */
export function name<Row>(title: string, get: Get<Row>): Column<Row> {
  return column(title, STRING, texts32, get, { distinct: true });
}

export function flag<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "BOOLEAN" }, plain, (row) => {
    const value = get(row);
    return typeof value === "boolean" ? value : null;
  });
}

const INT32_LIMIT = 2 ** 31;

/** A whole number of 32 bits, signed. */
export function int<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(
    name,
    { type: "INT32" },
    () => new NumberCells(false),
    (row) => {
      const value = get(row);
      return Number.isInteger(value) && Math.abs(value as number) < INT32_LIMIT ? value : null;
    },
    { distinct: true },
  );
}

/** A whole number of 64 bits. */
export function long<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(
    name,
    { type: "INT64" },
    () => new NumberCells(true),
    (row) => {
      const value = get(row);
      return Number.isSafeInteger(value) ? value : null;
    },
    { distinct: true },
  );
}

export function double<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "DOUBLE" }, () => new NumberCells(false), get);
}

/** A time as records write it, to the nanosecond. */
export function time<Row>(name: string, get: Get<Row>): Column<Row> {
  const type = { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" } as const;
  const of = (row: Row): bigint | null => {
    const value = get(row);
    return typeof value === "string" ? instantOf(value) : null;
  };
  const more = { statistics: true, distinct: true };
  return column(name, { type: "INT64", logical_type: type }, () => new BigCells(), of, more);
}

/** Anything, as JSON. */
export function json<Row>(name: string, get: Get<Row>): Column<Row> {
  const of = (row: Row): string | null => {
    const value = get(row);
    return value === null || value === undefined ? null : JSON.stringify(value);
  };
  const element = { type: "BYTE_ARRAY", logical_type: { type: "JSON" } } as const;
  return column(name, element, texts32, of, { distinct: true });
}

function list<Row>(name: string, element: Element, cells: () => Cells, value: Get<Row>): Column<Row> {
  const schema: SchemaElement[] = [
    {
      name,
      repetition_type: "OPTIONAL",
      num_children: 1,
      converted_type: "LIST",
      logical_type: { type: "LIST" },
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...element },
  ];
  return { name, schema, statistics: false, distinct: true, cells, value };
}

export function longs<Row>(name: string, get: Get<Row>): Column<Row> {
  return list(
    name,
    { type: "INT64" },
    () => new ListCells(),
    (row) => {
      const values = get(row);
      if (!Array.isArray(values)) return null;
      return values.every(Number.isSafeInteger) ? values : values.filter(Number.isSafeInteger);
    },
  );
}

export function texts<Row>(name: string, get: Get<Row>): Column<Row> {
  return list(name, STRING, plain, (row) => {
    const values = get(row);
    return Array.isArray(values) ? values.filter((value) => typeof value === "string") : null;
  });
}
