/**
 * Decoded parameters as lines of text for people: the shapes of the call log's table "Values of parameters"
 * (VARIANT, SAFEARRAY, enumeration, interface pointer) in short form, other structures as an indented outline.
 * Long values are cut with their length told; the call log has them whole.
 */

import type { Value } from "../events.js";
import { visible } from "./visible.js";
import { width } from "./width.js";

/** Characters of one string that are shown. */
export const SHOWN_CHARACTERS = 600;
/** Lines of one parameter that are shown. */
export const SHOWN_LINES = 16;
/** Elements of one array that are shown. */
const SHOWN_ELEMENTS = 12;
/** Depth at which a structure is shown as `{…}`. */
const SHOWN_DEPTH = 8;
const INDENT = "  ";

/** A member whose value says nothing to a reader: padding, reserved words, pointers that hold nothing. */
const NOISE = /^(reserved|dwreserved|ulreserved|pad|padding|orpcthis|orpcthat|hrpc|handle_t)\w*$/i;

type Members = { [name: string]: Value };

function isMembers(value: Value): value is Members {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** `name` and `value` as lines, the first one beginning with the name; `columns` is what a line may take. */
export function parameterLines(name: string, value: Value, columns: number): string[] {
  const lines = outline(visible(name), value, columns, 0);
  if (lines.length <= SHOWN_LINES) return lines;
  const left = lines.length - SHOWN_LINES + 1;
  return [...lines.slice(0, SHOWN_LINES - 1), `${INDENT}… ${left} more lines`];
}

/** True for parameters that are worth a line. */
export function matters(name: string, value: Value): boolean {
  return value !== null && !NOISE.test(name);
}

function outline(name: string, value: Value, columns: number, depth: number): string[] {
  const start = `${INDENT.repeat(depth)}${name} = `;
  const short = inline(value, depth);
  if (!isNested(value) || width(start) + width(short) <= columns) return [start + short];
  if (depth >= SHOWN_DEPTH) return [`${start}…`];
  const lines = [start.slice(0, -3) + (Array.isArray(value) ? ` (${value.length})` : "")];
  if (Array.isArray(value)) {
    for (const [index, element] of value.slice(0, SHOWN_ELEMENTS).entries()) {
      lines.push(...outline(`[${index}]`, element, columns, depth + 1));
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
    return [first, ...outline("values", array.values, columns, depth + 1).slice(1)];
  }
  for (const [member, inner] of Object.entries(value)) {
    if (!matters(member, inner)) continue;
    lines.push(...outline(visible(member), inner, columns, depth + 1));
    if (lines.length > SHOWN_LINES * 4) break;
  }
  return lines;
}

/** True where an outline may be needed: structures and arrays. */
function isNested(value: Value): value is Members | Value[] {
  return value !== null && typeof value === "object";
}

/** A value on one line. */
export function inline(value: Value, depth = 0): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (depth > SHOWN_DEPTH) return "…";
  if (Array.isArray(value)) return `[${elements(value, depth)}]`;
  return special(value, depth) ?? members(value, depth);
}

function quoted(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return `"${visible(text)}"`;
  return `"${visible(text.slice(0, SHOWN_CHARACTERS))}…" (${text.length} characters)`;
}

function elements(values: Value[], depth: number): string {
  const shown = values.slice(0, SHOWN_ELEMENTS).map((value) => inline(value, depth + 1));
  if (values.length > SHOWN_ELEMENTS) shown.push(`… ${values.length - SHOWN_ELEMENTS} more`);
  return shown.join(", ");
}

function members(value: Members, depth: number): string {
  const shown = Object.entries(value)
    .filter(([name, inner]) => matters(name, inner))
    .map(([name, inner]) => `${visible(name)}: ${inline(inner, depth + 1)}`);
  return `{${shown.join(", ")}}`;
}

/** The short form of a shape that has one, else null. */
function special(value: Members, depth: number): string | null {
  const array = safeArray(value);
  if (array !== null) return `${array.head} ${inline(array.values, depth + 1)}`;
  const keys = Object.keys(value);
  if (keys.length === 2 && typeof value.vt === "string" && "value" in value) {
    return value.value === null
      ? visible(value.vt)
      : `${visible(value.vt)} ${inline(value.value!, depth + 1)}`;
  }
  if (keys.length === 2 && typeof value.value === "number" && "name" in value) {
    return typeof value.name === "string" ? `${value.value} (${visible(value.name)})` : `${value.value}`;
  }
  if (typeof value.ipid === "string" && typeof value.oxid === "string" && "iid" in value) {
    return interfacePointer(value);
  }
  return null;
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
  const name = value.interface ?? value.iid;
  const parts = [`${visible(String(name))} pointer`, `IPID ${visible(String(value.ipid))}`];
  parts.push(`OXID ${visible(String(value.oxid))}`);
  if (typeof value.oid === "string") parts.push(`OID ${visible(value.oid)}`);
  return parts.join(", ");
}
