/** What `raiscope show` prints: trees as text, JSON, PDML or as a dump of fields. */

import type { Piece } from "./lines.js";
import { PDML_END, pdml, pdmlHead } from "./pdml.js";
import { fieldsLine, type PduOfTree, treeJson } from "./tree-json.js";
import { type TreeOptions, type Trees, treeText } from "./tree-printer.js";
import type { ShownTree } from "./tree-text.js";

export const SHOW_FORMATS = ["tree", "json", "pdml", "fields-ndjson"] as const;
export type ShowFormat = (typeof SHOW_FORMATS)[number];

/** One tree, and what there is to say of it. */
export interface Shown {
  tree: ShownTree;
  heading: readonly Piece[];
  /** What the tree is of, for JSON. */
  of: object;
  pdus: readonly PduOfTree[];
}

export interface ShowPrinter {
  tree(shown: Shown): string;
  finish(): string;
}

/** `single`: there will be one tree, which is no array in JSON. */
export function showPrinter(
  format: ShowFormat,
  { timeOf, fields, bytes, creator }: Omit<Trees, "of">,
  options: TreeOptions,
  single: boolean,
): ShowPrinter {
  let begun = false;
  const between = (first: string, next: string): string => {
    const text = begun ? next : first;
    begun = true;
    return text;
  };
  switch (format) {
    case "json":
      return {
        tree: ({ tree, of }) => {
          const json = JSON.stringify({ ...treeJson(tree), of });
          return single ? `${json}\n` : between("[\n", ",\n") + json;
        },
        finish: () => (single ? "" : begun ? "\n]\n" : "[]\n"),
      };
    case "pdml":
      return {
        tree: ({ tree }) => between(pdmlHead(creator), "") + pdml(tree, timeOf),
        finish: () => between(pdmlHead(creator), "") + PDML_END,
      };
    case "fields-ndjson":
      return {
        tree: ({ pdus }) => pdus.map(fieldsLine).join(""),
        finish: () => "",
      };
    default:
      return {
        tree: ({ tree, heading }) => between("", "\n") + treeText(tree, heading, { fields, bytes }, options),
        finish: () => "",
      };
  }
}
