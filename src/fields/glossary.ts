/** `-G fields`: every name that -e and -Y understand, in the shape of tshark's list. */

import { recordPaths } from "./columns.js";
import type { Field } from "./fields.js";
import type { SharedName } from "./shared-name.js";
import { WIRESHARK_NAMES } from "./wireshark.js";

/** Types of records as tshark calls them. */
const TYPES: { readonly [type: string]: string } = {
  string: "FT_STRING",
  time: "FT_ABSOLUTE_TIME",
  integer: "FT_INT64",
  number: "FT_DOUBLE",
  boolean: "FT_BOOLEAN",
};

const OF: { readonly [of in SharedName["of"]]: string } = {
  request: "of the request",
  response: "of the response or fault",
  bind: "of the first bind",
  bind_ack: "of the answer to the first bind",
  handshake: "of the exchange of security tokens",
};

/**
 * A line a name, parted by tabs as tshark's are: `F`, what it is called, the name, its type, the records that have it, how it is
 * written, no bit mask, what it means. Names of the call log are for -e and -Y (`kind` for -Y is `type` in records, and
 * either for -e), Wireshark's for -e.
 */
export function glossary(): string {
  const own = recordPaths().flatMap((field) =>
    field.path === "type" ? [{ ...field, path: "kind" }, field] : [field],
  );
  return [...own.map(recordLine), ...WIRESHARK_NAMES.map(sharedLine)].map((line) => `${line}\n`).join("");
}

function recordLine(field: Field): string {
  const { path, types, values, kinds, meaning, open, items } = field;
  const scalar = types.length === 1 ? TYPES[types[0]!] : undefined;
  const holds = values === null ? (open ? "any keys" : types.join(" or ")) : values.join("|");
  const inside = items !== null && items.parts.size > 0 ? "; a list: exists(x, …) in -Y" : "";
  return [
    "F",
    words(path),
    path,
    scalar ?? "FT_NONE",
    kinds.join(","),
    holds,
    "0x0",
    clean(meaning) + inside,
  ].join("\t");
}

function sharedLine({ name, type, of, meaning, call, association, offer }: SharedName): string {
  const kinds = Object.entries({ call, association, offer }).flatMap(([kind, get]) =>
    get === undefined ? [] : [kind],
  );
  return [
    "F",
    words(name),
    name,
    type,
    kinds.join(","),
    "",
    "0x0",
    `${clean(meaning)} (Wireshark; ${OF[of]})`,
  ].join("\t");
}

/** The last part of a path in words. */
function words(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1).replaceAll("_", " ");
}

const clean = (text: string): string => text.replace(/\s+/g, " ");
