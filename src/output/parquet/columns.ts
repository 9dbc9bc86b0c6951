/**
 * What columns may be: each has a name and a type of its own, whatever values come; a value that its type cannot hold is null.
 * Arguments and whatever else has no fixed shape are one column of JSON text each.
 */

import { type Cells, Flat, List } from "./cells.js";
import { Doubles, Flags, Ints, Longs, type Store, Texts, Times, Words } from "./stores.js";

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
  readonly schema: readonly SchemaElement[];
  /** No two values have anything in common. */
  readonly random: boolean;
  cells(): Cells;
  value(row: Row): unknown;
}

type Get<Row> = (row: Row) => unknown;
type Element = Omit<SchemaElement, "name" | "repetition_type">;

function column<Row>(
  name: string,
  element: Element,
  store: () => Store,
  value: Get<Row>,
  random = false,
): Column<Row> {
  const schema: SchemaElement[] = [{ name, repetition_type: "OPTIONAL", ...element }];
  return { schema, random, cells: () => new Flat(store()), value };
}

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const allDifferent = (): Store => new Texts();
const words = (): Store => new Words();

/** A text that many rows have. */
export function text<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, STRING, words, get);
}

/** A text that no other row has, made of random digits. */
export function id<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, STRING, allDifferent, get, true);
}

export function flag<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "BOOLEAN" }, () => new Flags(), get);
}

/** A whole number of 32 bits, signed. */
export function int<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "INT32" }, () => new Ints(), get);
}

/** A whole number of 64 bits. */
export function long<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "INT64" }, () => new Longs(), get);
}

export function double<Row>(name: string, get: Get<Row>): Column<Row> {
  return column(name, { type: "DOUBLE" }, () => new Doubles(), get);
}

/** A time as records write it, to the nanosecond. */
export function time<Row>(name: string, get: Get<Row>): Column<Row> {
  const type = { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" } as const;
  return column(name, { type: "INT64", logical_type: type }, () => new Times(), get);
}

/** Anything, as JSON. */
export function json<Row>(name: string, get: Get<Row>): Column<Row> {
  const of = (row: Row): string | null => {
    const value = get(row);
    return value === null || value === undefined ? null : JSON.stringify(value);
  };
  return column(name, { type: "BYTE_ARRAY", logical_type: { type: "JSON" } }, allDifferent, of);
}

function list<Row>(name: string, element: Element, store: () => Store, value: Get<Row>): Column<Row> {
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
  return { schema, random: false, cells: () => new List(store()), value };
}

export function longs<Row>(name: string, get: Get<Row>): Column<Row> {
  return list(name, { type: "INT64" }, () => new Longs(), get);
}

export function texts<Row>(name: string, get: Get<Row>): Column<Row> {
  return list(name, STRING, words, get);
}
