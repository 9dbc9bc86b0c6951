/**
 * Decoded parameters as lines of text for people: the shapes of the call log's table "Values of parameters"
 * (VARIANT, SAFEARRAY, enumeration, interface pointer) in short form, other structures as an indented outline.
 * Long values are cut with their length reported; the call log has them whole.
 */

import type { Value } from "../events.js";
import { activationProperties } from "../facts/activation.js";
import { Meant, namedNumber } from "./meanings.js";
import { visible } from "./visible.js";
import { width } from "./width.js";

/** Characters of one string that are shown. */
const SHOWN_CHARACTERS = 600;
/** Lines of one parameter that are shown. */
const SHOWN_LINES = 16;
/** Elements of one array that are shown. */
const SHOWN_ELEMENTS = 12;
/** Depth at which a structure is shown as `{…}`. */
const SHOWN_DEPTH = 8;
/** Addresses of one object reference that are shown. */
const SHOWN_ADDRESSES = 4;
const INDENT = "  ";

/** A member whose value says nothing to a reader: padding, reserved words, pointers that hold nothing. */
const NOISE = /^(reserved|dwreserved|ulreserved|pad|padding|orpcthis|orpcthat|hrpc|handle_t)\w*$/i;

/** The name of an interface or class by its UUID, where one is known. */
export type NameOf = (uuid: string) => string | null;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Members = { [name: string]: Value };

function isMembers(value: Value): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * `name` and `value` as at most `limit` lines, the first one beginning with the name, inner ones indented. `columns`
 * is what a value may take to stand on one line; texts without an inner structure may be longer.
 */
export function parameterLines(
  name: string,
  value: Value,
  columns: number,
  names: NameOf,
  limit = SHOWN_LINES,
): string[] {
  const most = Math.min(limit, SHOWN_LINES);
  const lines = outline(visible(name), value, columns, 0, names);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${INDENT}… ${lines.length - most + 1} more lines`];
}

/** True for parameters that are worth a line; those that decoding did not come to are undefined. */
export function matters(name: string, value: Value | undefined): boolean {
  return value !== null && value !== undefined && !NOISE.test(name);
}

function outline(name: string, value: Value, columns: number, depth: number, names: NameOf): string[] {
  const start = `${INDENT.repeat(depth)}${name} = `;
  if (value instanceof Meant && isNested(value.meaning)) {
    return outline(name, value.meaning, columns, depth, names);
  }
  const short = inline(value, depth, names);
  if (!isNested(value) || value instanceof Meant || width(start) + width(short) <= columns)
    return [start + short];
  if (depth >= SHOWN_DEPTH) return [`${start}…`];
  if (Array.isArray(value)) {
    const lines = [`${start.slice(0, -3)} (${value.length})`];
    for (const [index, element] of value.slice(0, SHOWN_ELEMENTS).entries()) {
      lines.push(...outline(`[${index}]`, element, columns, depth + 1, names));
      if (lines.length > SHOWN_LINES * 4) break;
    }
    if (value.length > SHOWN_ELEMENTS) {
      lines.push(`${INDENT.repeat(depth + 1)}… ${value.length - SHOWN_ELEMENTS} more`);
    }
    return lines;
  }
  const array = safeArray(value);
  if (array !== null) {
    const first = `${start}${array.head}`;
    return [first, ...outline("values", array.values, columns, depth + 1, names).slice(1)];
  }
  const activation = activationFields(value, names);
  if (activation !== null) {
    const fields = activation.map(([label, text]) => `${INDENT.repeat(depth + 1)}${label}: ${text}`);
    return [start.slice(0, -3), ...fields];
  }
  // A VARIANT around a structure is shown as the structure; other short forms are wrapped, not taken apart.
  const inside = value.vt === undefined ? undefined : value.value;
  if (isMembers(inside ?? null) && special(inside as Members, depth, names) === null) {
    return outline(`${name} = ${visible(String(value.vt))}`, inside!, columns, depth, names);
  }
  if (special(value, depth, names) !== null) return [start + short];
  const lines = [start.slice(0, -3)];
  for (const [member, inner] of Object.entries(value)) {
    if (!matters(member, inner) || saysNothing(member, inner)) continue;
    lines.push(...outline(visible(member), inner, columns, depth + 1, names));
    if (lines.length > SHOWN_LINES * 4) break;
  }
  return lines;
}

/** Inside structures that take many lines, zeroes are left out, but for numbers that mean something when zero. */
function saysNothing(name: string, value: Value): boolean {
  if (/session|count|result|status|index|port|code/i.test(name)) return false;
  if (Array.isArray(value)) return value.every((element) => saysNothing("", element));
  return (
    value === 0 || value === "0" || value === "" || (typeof value === "string" && /^[0-]{16,}$/.test(value))
  );
}

/** True where an outline may be needed: structures and arrays. */
function isNested(value: Value): value is Members | Value[] {
  return value !== null && typeof value === "object";
}

/** A value on one line. */
function inline(value: Value | undefined, depth: number, names: NameOf): string {
  if (value === undefined) return "not decoded";
  if (value === null) return "null";
  if (value instanceof Meant) return meant(value, depth, names);
  if (typeof value === "string") return quoted(value, names);
  if (typeof value !== "object") return String(value);
  if (depth > SHOWN_DEPTH) return "…";
  if (Array.isArray(value)) return `[${elements(value, depth, names)}]`;
  return special(value, depth, names) ?? members(value, depth, names);
}

/** Numbers and identifiers with their names; what else has a meaning is shown by it. */
function meant({ value, meaning }: Meant, depth: number, names: NameOf): string {
  if (typeof meaning !== "string") return inline(meaning, depth, names);
  if (typeof value === "number") return visible(namedNumber(value, meaning));
  if (typeof value === "string" && (UUID.test(value) || /^0x/.test(value))) {
    return visible(`${value} (${meaning})`);
  }
  return isMembers(value) && "Buffer" in value ? clipped(meaning, '"') : clipped(meaning);
}

function quoted(text: string, names: NameOf): string {
  if (UUID.test(text)) {
    const name = names(text);
    return name === null ? text : `${text} (${visible(name)})`;
  }
  return clipped(text, '"');
}

/** A text from the wire, at most SHOWN_CHARACTERS of it with the length reported, made visible. */
export function clipped(text: string, quote = ""): string {
  if (text.length <= SHOWN_CHARACTERS) return quote + visible(text) + quote;
  return `${quote}${visible(text.slice(0, SHOWN_CHARACTERS))}…${quote} (${text.length} characters)`;
}

function elements(values: Value[], depth: number, names: NameOf): string {
  const shown = values.slice(0, SHOWN_ELEMENTS).map((value) => inline(value, depth + 1, names));
  if (values.length > SHOWN_ELEMENTS) shown.push(`… ${values.length - SHOWN_ELEMENTS} more`);
  return shown.join(", ");
}

function members(value: Members, depth: number, names: NameOf): string {
  const shown = Object.entries(value)
    .filter(([name, inner]) => matters(name, inner))
    .map(([name, inner]) => `${visible(name)}: ${inline(inner, depth + 1, names)}`);
  return `{${shown.join(", ")}}`;
}

/** The short form of a shape that has one, else null. */
function special(value: Members, depth: number, names: NameOf): string | null {
  const array = safeArray(value);
  if (array !== null) return `${array.head} ${inline(array.values, depth + 1, names)}`;
  const keys = Object.keys(value);
  if (keys.length === 2 && typeof value.vt === "string" && "value" in value) {
    return value.value === null
      ? visible(value.vt)
      : `${visible(value.vt)} ${inline(value.value!, depth + 1, names)}`;
  }
  if (keys.length === 2 && typeof value.value === "number" && "name" in value) {
    return typeof value.name === "string" ? `${value.value} (${visible(value.name)})` : `${value.value}`;
  }
  if (typeof value.ipid === "string" && typeof value.oxid === "string" && "iid" in value) {
    return interfacePointer(value);
  }
  if (typeof value.protocol === "string" && "transfer_syntax" in value && "interface" in value) {
    return tower(value, depth, names);
  }
  if (keys.length === 2 && Array.isArray(value.bindings) && Array.isArray(value.security)) {
    return visible(`at ${addresses(value.bindings)}${security(value.security)}`);
  }
  if (typeof value.ipid === "string" && "cPublicRefs" in value && "oxid" in value) return reference(value);
  if (keys.length === 2 && typeof value.hResult === "string" && isMembers(value.std ?? null)) {
    return value.hResult === "0x00000000" ? inline(value.std!, depth + 1, names) : visible(value.hResult);
  }
  return null;
}

/** A tower of the endpoint mapper: which interface, where. */
function tower(value: Members, depth: number, names: NameOf): string {
  const served = isMembers(value.interface ?? null) ? (value.interface as Members).uuid : value.interface;
  const place = `${value.protocol} ${value.address ?? ""}${value.port === null ? "" : `:${value.port}`}`;
  return `${inline(served ?? null, depth + 1, names)} at ${visible(place)}`;
}

/** STDOBJREF. */
function reference(value: Members): string {
  const refs = `${visible(String(value.cPublicRefs))} refs`;
  return visible(`IPID ${value.ipid}, OXID ${value.oxid}, OID ${value.oid}, ${refs}`);
}

function safeArray(value: Members): { head: string; values: Value[] } | null {
  if (typeof value.vt !== "string" || !Array.isArray(value.bounds) || !Array.isArray(value.values))
    return null;
  const bounds = value.bounds.map((bound) => {
    if (!isMembers(bound)) return "[?]";
    const lower = bound.lower === 0 ? "" : `${bound.lower}+`;
    return `[${lower}${bound.elements}]`;
  });
  return { head: `${visible(value.vt)}${bounds.join("")}`, values: value.values };
}

function interfacePointer(value: Members): string {
  const parts = [`${value.interface ?? value.iid} pointer`, `IPID ${value.ipid}`, `OXID ${value.oxid}`];
  if (typeof value.oid === "string") parts.push(`OID ${value.oid}`);
  const at = addresses(value.bindings);
  if (at !== "") parts.push(`at ${at}`);
  return visible(parts.join(", ") + security(value.security));
}

/** The principals that security bindings name, a few of them. Most name none and say nothing to a reader. */
function security(bindings: Value | undefined): string {
  if (!Array.isArray(bindings) || bindings.length === 0) return "";
  const principals = new Set(bindings.map((b) => (isMembers(b) ? String(b.principal) : "")));
  principals.delete("");
  const named = [...principals].slice(0, SHOWN_ADDRESSES).join(" ");
  return named === "" ? "" : `, runs as ${named}${principals.size > SHOWN_ADDRESSES ? " …" : ""}`;
}

/** The addresses of string bindings, a few of them. */
function addresses(bindings: Value | undefined): string {
  if (!Array.isArray(bindings)) return "";
  const all = bindings.map((binding) => (isMembers(binding) ? String(binding.address) : "?"));
  const shown = all.slice(0, SHOWN_ADDRESSES).join(" ");
  return all.length > SHOWN_ADDRESSES ? `${shown} …` : shown;
}

/** What activation properties say, of all that they hold: pairs of label and text; null for other values. */
function activationFields(value: Members, names: NameOf): [string, string][] | null {
  if (!/^ActivationProperties/.test(String(value.class))) return null;
  const read = activationProperties(value);
  if (read === null) return null;
  const fields: [string, string][] = [];
  const add = (label: string, shown: Value): void => {
    if (shown === null) return;
    const isText = typeof shown === "string" && !UUID.test(shown);
    fields.push([label, isText ? visible(shown) : inline(shown, 0, names)]);
  };
  add("class", read.clsid);
  add("interfaces", read.iids);
  add("session", read.session);
  add("server", read.serverName);
  add("machine", read.machineName);
  if (Array.isArray(read.pointers)) for (const pointer of read.pointers) add("interface", pointer);
  const { results } = read;
  if (Array.isArray(results) && results.some((result) => result !== "0x00000000")) add("results", results);
  add("OXID", read.oxid);
  add("at", addresses(read.bindings) || null);
  add("IRemUnknown", read.remUnknown);
  return fields;
}
