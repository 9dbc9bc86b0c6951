/**
 * Decoded parameters as lines of text for people: the shapes of the call log's table "Values of parameters"
 * (VARIANT, SAFEARRAY, enumeration, interface pointer) in short form, other structures as an indented outline.
 * Long values are cut, and it is said how much is missing, unless all is asked for.
 */

import { NIL_GUID } from "../../dissectors/wire/guid.js";
import { activationProperties } from "../facts/activation.js";
import { cutAt } from "./format.js";
import {
  Meant,
  type ShownMembers as Members,
  namedNumber,
  type ShownValue,
  withoutMeanings,
} from "./meanings.js";
import { visible } from "./visible.js";
import { width } from "./width.js";

/** How much is shown where not all is asked for. */
interface Limits {
  /** Characters of one string. */
  characters: number;
  /** Lines of one parameter, and elements of one array. */
  lines: number;
  elements: number;
  /** Depth at which a structure is shown as `…`. */
  depth: number;
  /** Addresses of one object reference. */
  addresses: number;
}
const CUT: Limits = { characters: 600, lines: 16, elements: 12, depth: 8, addresses: 4 };
const UNCUT: Limits = {
  characters: Number.POSITIVE_INFINITY,
  lines: Number.POSITIVE_INFINITY,
  elements: Number.POSITIVE_INFINITY,
  // Deeper than any value of a record.
  depth: 1_000,
  addresses: Number.POSITIVE_INFINITY,
};
const INDENT = "  ";

/** A member whose value says nothing to a reader: padding, reserved words, pointers that hold nothing. */
const NOISE = /^(reserved|dwreserved|ulreserved|pad|padding|orpcthis|orpcthat|hrpc|handle_t)\w*$/i;

/** The name of an interface or class by its UUID, where one is known. */
export type NameOf = (uuid: string) => string | null;

/** How values are shown. */
export interface ValueView {
  names: NameOf;
  /** Nothing is cut or left out. */
  full?: boolean | undefined;
}

function limitsOf({ full }: ValueView): Limits {
  return full === true ? UNCUT : CUT;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function isMembers(value: ShownValue): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Meant);
}

/**
 * `name` and `value` as at most `limit` lines, the first one beginning with the name, inner ones indented. `columns`
 * is what a value may take to stand on one line; texts without an inner structure may be longer.
 */
export function parameterLines(
  name: string,
  value: ShownValue,
  columns: number,
  view: ValueView,
  limit = Number.POSITIVE_INFINITY,
): string[] {
  const limits = limitsOf(view);
  const most = Math.min(limit, limits.lines);
  const lines = outline(visible(name), value, columns, 0, view);
  if (lines.length <= most) return lines;
  // Long outlines are given up early: how many lines they would have is not known.
  const over = lines.length > limits.lines * 4 ? "over " : "";
  return [...lines.slice(0, most - 1), `${INDENT}… ${over}${cutAt(lines.length - most + 1, "line")}`];
}

/** True for parameters that are worth a line; those that decoding did not come to are undefined. */
export function matters(name: string, value: ShownValue | undefined): boolean {
  return value !== null && value !== undefined && !NOISE.test(name);
}

function outline(name: string, value: ShownValue, columns: number, depth: number, view: ValueView): string[] {
  const start = `${INDENT.repeat(depth)}${name} = `;
  if (value instanceof Meant && isNested(value.meaning)) {
    return outline(name, value.meaning, columns, depth, view);
  }
  const short = inline(value, depth, view);
  if (!isNested(value) || value instanceof Meant || width(start) + width(short) <= columns)
    return [start + short];
  const shown = limitsOf(view);
  const enough = shown.lines * 4;
  if (depth >= shown.depth) return [`${start}… (${cutAt(Object.keys(value).length, "value")})`];
  if (Array.isArray(value)) {
    const lines = [`${start.slice(0, -3)} (${value.length})`];
    let done = 0;
    while (done < Math.min(value.length, shown.elements) && lines.length <= enough) {
      pushAll(lines, outline(`[${done}]`, value[done]!, columns, depth + 1, view));
      done++;
    }
    if (done < value.length) lines.push(`${INDENT.repeat(depth + 1)}… ${cutAt(value.length - done)}`);
    return lines;
  }
  const array = safeArray(value);
  if (array !== null) {
    const first = `${start}${array.head}`;
    return [first, ...outline("values", array.values, columns, depth + 1, view).slice(1)];
  }
  const activation = activationFields(value, view);
  if (activation !== null) {
    const fields = activation.map(([label, text]) => `${INDENT.repeat(depth + 1)}${label}: ${text}`);
    return [start.slice(0, -3), ...fields];
  }
  // A VARIANT around a structure is shown as the structure; other short forms are wrapped, not taken apart.
  const inside = value.vt === undefined ? undefined : value.value;
  if (isMembers(inside ?? null) && special(inside as Members, depth, view) === null) {
    return outline(`${name} = ${visible(word(value.vt))}`, inside!, columns, depth, view);
  }
  if (special(value, depth, view) !== null) return [start + short];
  const lines = [start.slice(0, -3)];
  const said = Object.entries(value).filter(
    ([member, inner]) => matters(member, inner) && (view.full === true || !saysNothing(member, inner)),
  );
  for (const [index, [member, inner]] of said.entries()) {
    if (lines.length > enough) {
      lines.push(`${INDENT.repeat(depth + 1)}… ${cutAt(said.length - index, "value")}`);
      break;
    }
    pushAll(lines, outline(visible(member), inner, columns, depth + 1, view));
  }
  return lines;
}

/** Spreading more than some hundred thousand arguments would overflow the stack. */
function pushAll(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line);
}

/** Inside structures that take many lines, zeroes are left out, but for numbers that mean something when zero. */
function saysNothing(name: string, value: ShownValue): boolean {
  if (/session|count|result|status|index|port|code/i.test(name)) return false;
  if (isMembers(value)) return Object.values(value).every((part) => part === 0);
  if (Array.isArray(value)) return value.every((element) => saysNothing("", element));
  return (
    value === 0 || value === "0" || value === "" || (typeof value === "string" && /^[0-]{16,}$/.test(value))
  );
}

/** True where an outline may be needed: structures and arrays. */
function isNested(value: ShownValue): value is Members | ShownValue[] {
  return value !== null && typeof value === "object";
}

/** A value on one line. */
function inline(value: ShownValue | undefined, depth: number, view: ValueView): string {
  if (value === undefined) return "not decoded";
  if (value === null) return "null";
  if (value instanceof Meant) return meant(value, depth, view);
  if (typeof value === "string") return quoted(value, view);
  if (typeof value !== "object") return String(value);
  if (depth > limitsOf(view).depth) return `… (${cutAt(Object.keys(value).length, "value")})`;
  if (Array.isArray(value)) return `[${elements(value, depth, view)}]`;
  return special(value, depth, view) ?? members(value, depth, view);
}

/** Numbers and identifiers with their names; what else has a meaning is shown by it. */
function meant({ value, meaning }: Meant, depth: number, view: ValueView): string {
  if (typeof meaning !== "string") return inline(meaning, depth, view);
  if (typeof value === "number") return visible(namedNumber(value, meaning));
  if (typeof value === "string" && (UUID.test(value) || /^0x/.test(value))) {
    return visible(`${value} (${meaning})`);
  }
  return isMembers(value) && "Buffer" in value
    ? clipped(meaning, view.full, '"')
    : clipped(meaning, view.full);
}

function quoted(text: string, view: ValueView): string {
  if (UUID.test(text)) {
    const name = view.names(text);
    return name === null ? text : `${text} (${visible(name)})`;
  }
  return clipped(text, view.full, '"');
}

/** A text from the wire, its beginning with what is missing reported or all of it, made visible. */
export function clipped(text: string, full = false, quote = ""): string {
  const most = (full ? UNCUT : CUT).characters;
  if (text.length <= most) return quote + visible(text) + quote;
  return `${quote}${visible(text.slice(0, most))}…${quote} (${cutAt(text.length - most, "character")})`;
}

function elements(values: ShownValue[], depth: number, view: ValueView): string {
  const most = limitsOf(view).elements;
  const shown = values.slice(0, most).map((value) => inline(value, depth + 1, view));
  if (values.length > most) shown.push(`… ${cutAt(values.length - most)}`);
  return shown.join(", ");
}

function members(value: Members, depth: number, view: ValueView): string {
  let shown = "";
  for (const name in value) {
    const inner = value[name];
    if (!matters(name, inner)) continue;
    shown += `${shown === "" ? "" : ", "}${visible(name)}: ${inline(inner, depth + 1, view)}`;
  }
  return `{${shown}}`;
}

/** The short form of a shape that has one, else null. */
function special(value: Members, depth: number, view: ValueView): string | null {
  const array = safeArray(value);
  if (array !== null) return `${array.head} ${inline(array.values, depth + 1, view)}`;
  const keys = Object.keys(value);
  if (keys.length === 2 && typeof value.vt === "string" && "value" in value) {
    return value.value === null
      ? visible(value.vt)
      : `${visible(value.vt)} ${inline(value.value!, depth + 1, view)}`;
  }
  if (keys.length === 2 && typeof value.attributes === "number" && typeof value.uuid === "string") {
    return value.uuid === NIL_GUID ? "no handle" : `handle ${value.uuid}`;
  }
  if (keys.length === 2 && typeof value.value === "number" && "name" in value) {
    return typeof value.name === "string" ? `${value.value} (${visible(value.name)})` : `${value.value}`;
  }
  if (typeof value.ipid === "string" && typeof value.oxid === "string" && "iid" in value) {
    return interfacePointer(value, view);
  }
  if (typeof value.protocol === "string" && "transfer_syntax" in value && "interface" in value) {
    return tower(value, depth, view);
  }
  if (keys.length === 2 && Array.isArray(value.bindings) && Array.isArray(value.security)) {
    return visible(`at ${addresses(value.bindings, view)}${security(value.security, view)}`);
  }
  if (typeof value.ipid === "string" && "cPublicRefs" in value && "oxid" in value) return reference(value);
  if (keys.length === 2 && typeof value.hResult === "string" && isMembers(value.std ?? null)) {
    return value.hResult === "0x00000000" ? inline(value.std!, depth + 1, view) : visible(value.hResult);
  }
  return null;
}

/** A value that is expected to be a text or a number, and need not be. */
function word(value: ShownValue | undefined): string {
  return typeof value === "object" && value !== null ? "…" : String(value);
}

/** A tower of the endpoint mapper: which interface, where. */
function tower(value: Members, depth: number, view: ValueView): string {
  const served = isMembers(value.interface ?? null) ? (value.interface as Members).uuid : value.interface;
  const port = value.port === null ? "" : `:${word(value.port)}`;
  const place = `${value.protocol} ${word(value.address ?? "")}${port}`;
  return `${inline(served ?? null, depth + 1, view)} at ${visible(place)}`;
}

/** STDOBJREF. */
function reference(value: Members): string {
  const refs = `${word(value.cPublicRefs)} refs`;
  return visible(`IPID ${value.ipid}, OXID ${word(value.oxid)}, OID ${word(value.oid)}, ${refs}`);
}

function safeArray(value: Members): { head: string; values: ShownValue[] } | null {
  if (typeof value.vt !== "string" || !Array.isArray(value.bounds) || !Array.isArray(value.values))
    return null;
  const bounds = value.bounds.map((bound) => {
    if (!isMembers(bound)) return "[?]";
    const lower = bound.lower === 0 ? "" : `${word(bound.lower)}+`;
    return `[${lower}${word(bound.elements)}]`;
  });
  return { head: `${visible(value.vt)}${bounds.join("")}`, values: value.values };
}

function interfacePointer(value: Members, view: ValueView): string {
  const parts = [`${word(value.interface ?? value.iid)} pointer`, `IPID ${value.ipid}`, `OXID ${value.oxid}`];
  if (typeof value.oid === "string") parts.push(`OID ${value.oid}`);
  const at = addresses(value.bindings, view);
  if (at !== "") parts.push(`at ${at}`);
  return visible(parts.join(", ") + security(value.security, view));
}

/** The principals that security bindings name, a few of them. Most name none and say nothing to a reader. */
function security(bindings: ShownValue | undefined, view: ValueView): string {
  if (!Array.isArray(bindings) || bindings.length === 0) return "";
  const principals = new Set(bindings.map((b) => (isMembers(b) ? word(b.principal) : "")));
  principals.delete("");
  const named = someOf([...principals], view);
  return named === "" ? "" : `, runs as ${named}`;
}

/** The addresses of string bindings, a few of them. */
function addresses(bindings: ShownValue | undefined, view: ValueView): string {
  if (!Array.isArray(bindings)) return "";
  const all = bindings.map((binding) => (isMembers(binding) ? word(binding.address) : "?"));
  return someOf(all, view);
}

function someOf(texts: readonly string[], view: ValueView): string {
  const most = limitsOf(view).addresses;
  const shown = texts.slice(0, most).join(" ");
  return texts.length > most ? `${shown} … (${cutAt(texts.length - most)})` : shown;
}

/** What activation properties say, of all that they hold: pairs of label and text; null for other values. */
function activationFields(value: Members, view: ValueView): [string, string][] | null {
  if (!/^ActivationProperties/.test(word(value.class))) return null;
  const read = activationProperties(withoutMeanings(value));
  if (read === null) return null;
  const fields: [string, string][] = [];
  const add = (label: string, shown: ShownValue): void => {
    if (shown === null) return;
    const isText = typeof shown === "string" && !UUID.test(shown);
    fields.push([label, isText ? visible(shown) : inline(shown, 0, view)]);
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
  add("at", addresses(read.bindings, view) || null);
  add("IRemUnknown", read.remUnknown);
  return fields;
}
