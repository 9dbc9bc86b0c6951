/**
 * Where the parts of [MS-RAI]'s texts stand in them, by the names of the specification: connection strings of form 1 (2.2.1) by
 * their commas and of form 2 (2.2.2) by element and attribute, help blobs (3.1.4.1.1) by their lengths, other XML by element. For
 * trees of fields, which say where a value stands; what values are worth is connection-string.ts and help-blob.ts.
 *
 * Not handled here: the bytes that the text travels in. A value in XML is given as it is spelt, references and all.
 */
import { parseConnectionString, splitAddress } from "./connection-string.js";
import { readHelpBlob } from "./help-blob.js";
import { tagEnd } from "./markup.js";
import { withoutTail } from "./strings.js";

/** A part of a text, in UTF-16 code units from the text's first one. */
export interface NamedPart {
  name: string;
  start: number;
  end: number;
  /** As it is spelt; null of what has parts of its own. */
  value: string | null;
  parts: NamedPart[];
}

export interface NamedParts {
  /** What the text is: `connection string 1`, `connection string 2`, `help blob`, `XML`. */
  what: string;
  parts: NamedPart[];
  /** There were more than MAX_PARTS, and what is behind them has no names. */
  cut: boolean;
}

/** Parts that are named of one text. */
export const MAX_PARTS = 2_000;
/** Elements within elements that get names. */
const MAX_DEPTH = 32;

/** [MS-RAI] 2.2.1, in order. */
const FORM_1 = [
  "ProtocolVersion",
  "protocolType",
  "machineAddressList",
  "assistantAccountPwd",
  "RASessionID",
  "RASessionName",
  "RASessionPwd",
  "protocolSpecificParms",
] as const;

/** The parts of a text of one of the known forms; null of any other. Takes time linear in the text. */
export function namedParts(text: string): NamedParts | null {
  const first = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (BEGINS_XML.test(text)) return xmlParts(text);
  if (HELP_BLOB.test(text)) return helpBlobParts(text);
  return FORM_1_BEGINS.test(text) ? form1Parts(text, first) : null;
}

const BEGINS_XML = /^\ufeff?\s{0,64}<(?:\?xml\s|[A-Za-z_])/;
const HELP_BLOB = /^\d{1,9};[A-Z][A-Z0-9_]{0,30}=/;
const FORM_1_BEGINS = /^\ufeff?\s{0,64}\d{1,10}\s{0,64},\s{0,64}\d{1,10}\s{0,64},/;

function leaf(name: string, text: string, start: number, end: number): NamedPart {
  return { name, start, end, value: text.slice(start, end), parts: [] };
}

function form1Parts(text: string, first: number): NamedParts | null {
  const parsed = parseConnectionString(text);
  if (parsed.form !== 1 || parsed.protocol_version === null) return null;
  const end = first + withoutTail(text.slice(first)).length;
  const found: NamedParts = { what: "connection string 1", parts: [], cut: false };
  for (let start = first, i = 0; i < FORM_1.length; i++) {
    // The last element may hold commas of its own.
    const comma = i === FORM_1.length - 1 ? -1 : text.indexOf(",", start);
    const stop = comma < 0 ? end : comma;
    const part = leaf(FORM_1[i]!, text, start, stop);
    if (FORM_1[i] === "machineAddressList") addAddresses(found, part, text);
    found.parts.push(part);
    if (comma < 0) break;
    start = comma + 1;
  }
  return found;
}

function addAddresses(found: NamedParts, list: NamedPart, text: string): void {
  list.value = null;
  for (let at = list.start, i = 0; at < list.end; i++) {
    if (i === MAX_PARTS) {
      found.cut = true;
      return;
    }
    const semicolon = text.indexOf(";", at);
    const stop = semicolon < 0 || semicolon > list.end ? list.end : semicolon;
    const pair = leaf(`[${i}]`, text, at, stop);
    const { host, port } = splitAddress(text.slice(at, stop));
    if (port !== null) {
      pair.value = null;
      pair.parts.push(leaf("host", text, at, at + host.length), leaf("port", text, stop - port.length, stop));
    }
    list.parts.push(pair);
    at = stop + 1;
  }
}

function helpBlobParts(text: string): NamedParts {
  const { value, starts } = readHelpBlob(text);
  let before = 0;
  const parts = value.fields.map((field, i): NamedPart => {
    const start = starts[i]!;
    const end = start + field.text.length;
    const equals = text.indexOf("=", start);
    const named = equals >= 0 && equals < end;
    const name = named ? text.slice(start, equals) : "field";
    const from = named ? equals + 1 : start;
    const inner: NamedPart[] = [];
    if (field.length !== null) inner.push(leaf("length", text, before, start - 1));
    before = end;
    inner.push(...identityParts(name, text, from, end));
    return { name, start: inner[0]!.start, end, value: null, parts: inner };
  });
  return { what: "help blob", parts, cut: false };
}

function identityParts(name: string, text: string, start: number, end: number): NamedPart[] {
  const backslash = text.indexOf("\\", start);
  if (name !== "ID" || backslash < 0 || backslash >= end) return [leaf("value", text, start, end)];
  const user = text[backslash + 1] === "\\" ? backslash + 2 : backslash + 1;
  return [leaf("DomainName", text, start, backslash), leaf("UserName", text, Math.min(user, end), end)];
}

const OPENING = /<([^\s/<>!?"'=]+)/y;
const ATTRIBUTE = /\s*([^\s=<>"'/]+)\s*=\s*(["'])/y;
/** What stands in a document beside elements: how each begins and ends. */
const OTHERS: readonly (readonly [begin: string, end: string, name: string])[] = [
  ["<!--", "-->", "comment"],
  ["<![CDATA[", "]]>", "CDATA"],
  ["<?", "?>", "declaration"],
];

/** Elements by their names, with their attributes and their text. */
function xmlParts(text: string): NamedParts | null {
  const top: NamedPart = { name: "", start: 0, end: text.length, value: null, parts: [] };
  const open = [top];
  let left = MAX_PARTS;
  let cut = false;
  let deeper = 0;
  const add = (part: NamedPart): void => {
    if (left-- > 0) open[open.length - 1]!.parts.push(part);
    else cut = true;
  };
  for (let at = 0; at < text.length && !cut; ) {
    const tag = text.indexOf("<", at);
    const stop = tag < 0 ? text.length : tag;
    if (open.length > 1 && /\S/.test(text.slice(at, stop))) add(leaf("text", text, at, stop));
    if (tag < 0) break;
    const other = OTHERS.find(([begin]) => text.startsWith(begin, tag));
    if (other !== undefined) {
      const close = text.indexOf(other[1], tag + other[0].length);
      at = close < 0 ? text.length : close + other[1].length;
      add(leaf(other[2], text, tag, at));
      continue;
    }
    at = tagEnd(text, tag);
    if (text[tag + 1] === "/") {
      if (deeper > 0) deeper--;
      else if (open.length > 1) open.pop()!.end = at;
      continue;
    }
    OPENING.lastIndex = tag;
    const name = OPENING.exec(text)?.[1];
    if (name === undefined) continue;
    const element: NamedPart = { name, start: tag, end: at, value: null, parts: [] };
    add(element);
    left -= addAttributes(element, text, tag + 1 + name.length, at);
    if (text[at - 2] === "/") continue;
    if (open.length <= MAX_DEPTH) open.push(element);
    else deeper++;
  }
  for (const element of open.slice(1)) element.end = text.length;
  if (top.parts.length === 0) return null;
  const isForm2 = top.parts.some(({ name }) => name === "E") && parseConnectionString(text).form === 2;
  return { what: isForm2 ? "connection string 2" : "XML", parts: top.parts, cut };
}

/** Adds the attributes of a tag that ends at `end`; answers how many. */
function addAttributes(element: NamedPart, text: string, start: number, end: number): number {
  let at = start;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const found = ATTRIBUTE.exec(text);
    if (found === null || ATTRIBUTE.lastIndex >= end) return element.parts.length;
    const from = ATTRIBUTE.lastIndex;
    const to = text.indexOf(found[2]!, from);
    if (to < 0 || to >= end) return element.parts.length;
    element.parts.push(leaf(found[1]!, text, from, to));
    at = to + 1;
  }
}
