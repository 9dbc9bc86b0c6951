/** The fields of records as a tree, from the generated table: what filters and the columns of -e look names up in. */

import type { EventKind } from "../events.js";
import { FIELD_TABLE } from "./generated/field-table.js";

export interface Field {
  /** As it is written in a filter or behind -e: `contexts.name`. */
  readonly path: string;
  /** `string`, `integer`, `list of object`, …; several where records differ. */
  readonly types: readonly string[];
  /** The only values, or null where there are others. */
  readonly values: readonly string[] | null;
  readonly meaning: string;
  readonly kinds: readonly EventKind[];
  /** Keys of objects. */
  readonly parts: ReadonlyMap<string, Field>;
  /** What is in a list. */
  readonly items: Field | null;
  /** Any key may stand below: parameters, counters. */
  readonly open: boolean;
}

type Mutable = { -readonly [key in Exclude<keyof Field, "parts" | "items">]: Field[key] } & {
  parts: Map<string, Mutable>;
  items: Mutable | null;
};

function bare(path: string): Mutable {
  return {
    path,
    types: [],
    values: null,
    meaning: "",
    kinds: [],
    parts: new Map(),
    items: null,
    open: false,
  };
}

/** All records as one object whose parts are their keys. */
export function recordFields(): Field {
  const root = bare("");
  for (const line of FIELD_TABLE.split("\n")) {
    const [kinds = "", path = "", type = "", values = "", meaning = ""] = line.split("\t");
    merge(place(root, path), kinds.split(",") as EventKind[], type, values, meaning);
  }
  return root;
}

function place(root: Mutable, path: string): Mutable {
  let field = root;
  for (const step of path.split(".")) {
    const name = step.replace("[]", "");
    let next = field.parts.get(name);
    if (next === undefined) {
      next = bare(field.path === "" ? name : `${field.path}.${name}`);
      field.parts.set(name, next);
    }
    field = next;
    if (step === name) continue;
    field.items ??= bare(field.path);
    field = field.items;
  }
  return field;
}

function merge(field: Mutable, kinds: EventKind[], type: string, values: string, meaning: string): void {
  const first = field.types.length === 0;
  const types = type.split(" or ").filter((one) => !field.types.includes(one));
  field.types = [...field.types, ...types];
  field.open ||= /\b(?:open|any)\b/.test(type);
  for (const of of types.filter((one) => one.startsWith("list of "))) {
    field.items ??= bare(field.path);
    field.items.types = [...field.items.types, of.replace("list of ", "")];
  }
  // What is closed in one record only is open.
  if (first) field.values = values === "" ? null : values.split(",");
  else if (field.values !== null) {
    field.values = values === "" ? null : [...new Set([...field.values, ...values.split(",")])];
  }
  if (first) field.meaning = meaning;
  else if (!field.meaning.includes(meaning)) field.meaning += `; ${kinds.join(", ")}: ${meaning}`;
  field.kinds = [...new Set([...field.kinds, ...kinds])];
}
