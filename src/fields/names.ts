/** Names in filters: which field of the records is meant, and what was meant by a name that no record has. */

import { nearest } from "../suggest.js";
import type { Field } from "./fields.js";

/** What stands at a place of a record: a field, anything (below open keys), or nothing that has a name. */
export type Place = Field | "any" | null;

/** Names of records, and the fields behind them. */
export class Names {
  readonly root: Field;
  readonly #leaves: Field[] = [];

  constructor(root: Field) {
    this.root = root;
    const gather = (field: Field, depth: number): void => {
      for (const part of field.parts.values()) {
        this.#leaves.push(part);
        if (depth < MAX_DEPTH) gather(part, depth + 1);
      }
    };
    gather(root, 0);
  }

  /** A key of all records. `kind` is the record's `type`, which is CEL's own word. */
  top(name: string): Field | null {
    return this.root.parts.get(name === "kind" ? "type" : name) ?? null;
  }

  /** What else `name` may have been meant to be: a slip, or the last part of longer paths. */
  advice(name: string, among: Field): string {
    const known = [...among.parts.keys()].map((key) =>
      among === this.root && key === "type" ? "kind" : key,
    );
    const near = nearest(name, known);
    const lower = name.toLowerCase();
    const inside = this.#leaves
      .filter(({ path }) => path.toLowerCase().endsWith(`.${lower}`))
      .map(({ path }) => path)
      .filter((path) => among === this.root || path.startsWith(`${among.path}.`));
    const meant = [...new Set([...(near === null ? [] : [this.full(near, among)]), ...inside])].slice(0, 4);
    if (meant.length > 0) return `did you mean ${list(meant)}?`;
    if (among !== this.root && known.length > 0) return `it has ${list(known.slice(0, MANY))}`;
    return "-G fields lists all names";
  }

  full(name: string, among: Field): string {
    return among === this.root ? name : `${among.path}.${name}`;
  }
}

/** Steps from the top of a record to the deepest name that is suggested. */
const MAX_DEPTH = 4;
/** Names that are listed where none is near. */
const MANY = 12;

export function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** What a field holds, in words. */
export function describe(field: Field): string {
  if (field.open) return "an object with keys of its own";
  const words = field.types.map((type) => WORDS[type] ?? type);
  return list([...new Set(words.map((word) => (word.startsWith("list of") ? "a list" : word)))]);
}

const WORDS: { readonly [type: string]: string } = {
  string: "text",
  integer: "a number",
  number: "a number",
  boolean: "true or false",
  time: "a time",
  object: "an object",
};
