/**
 * bstrUserHelpBlob of IPCHService::RemoteConnectionParms, [MS-RAI] 3.1.4.1.1: fields that each begin with their
 * length, as in `13;UNSOLICITED=118;ID=EXDOMAIN\EXUSER` (13 characters, then 18). Lengths count UTF-16 code units.
 *
 * Not handled here: what fields other than UNSOLICITED and ID mean; they are listed as they are.
 */

import type { Span, Spanned } from "./spans.js";
import { quoted, withoutNuls } from "./strings.js";

/** The blob field by field. A field that has no length prefix has length null. */
export interface HelpBlob {
  raw: string;
  fields: { length: number | null; text: string }[];
  /** null where the blob was cut before it said so. */
  unsolicited: boolean | null;
  id: { domain: string | null; user: string | null };
  violations: string[];
}

/** Fields kept of one blob; there are two in every known one. */
const MAX_FIELDS = 64;

const FIELD_NAME = /^[A-Z][A-Z0-9_]{0,30}=/;
const PREFIX = /^(\d{1,9});/;
const PREFIX_OR_END = /^(\d{1,9};|$)/;
/** Ends in a digit, which a lying length would join to the next one. */
const UNSOLICITED = /^UNSOLICITED=[01](?=\d{1,9};|$)/;

/** A field and where its text begins. */
interface Field {
  length: number | null;
  text: string;
  start: number;
}

/** What a span of a blob is: `name` the field's name with its equals sign, `flag` what UNSOLICITED says. */
export type HelpBlobPart = "name" | "flag" | "domain" | "user";

/**
 * Reads the blob by its lengths. Where a length lies, the field is taken up to the next thing that looks like a
 * length and a name, and the lie is noted. Never throws.
 *
 * Where `whole` is false `raw` is the beginning of a blob whose end was not captured: the fields are those that are whole, and
 * what is missing breaks no rule.
 */
export function parseHelpBlob(raw: string, whole = true): HelpBlob {
  return readHelpBlob(raw, whole).value;
}

/** The blob with the places of its parts, and where the text of each field begins. */
export interface SpannedHelpBlob extends Spanned<HelpBlob, HelpBlobPart> {
  starts: number[];
}

/** Reads it with the places: what is neither the flag nor who asks is `unread`. */
export function readHelpBlob(raw: string, whole = true): SpannedHelpBlob {
  const violations: string[] = [];
  const text = withoutNuls(raw);
  const found = whole ? (exactFields(text) ?? namedFields(text, violations)) : leadingFields(text).fields;
  const fields = found.map(({ length, text: inner }) => ({ length, text: inner }));
  const value = (key: string): string | null => {
    const named = fields.filter((field) => field.text.startsWith(`${key}=`));
    if (named.length > 1) violations.push(`The field ${key} occurs ${named.length} times.`);
    return named[0]?.text.slice(key.length + 1) ?? null;
  };
  const unsolicited = value("UNSOLICITED");
  if (unsolicited === null) {
    if (whole) violations.push("The field UNSOLICITED=1 is missing.");
  } else if (unsolicited !== "1") violations.push(`UNSOLICITED is ${quoted(unsolicited)} instead of 1.`);
  const id = value("ID");
  if (id === null && whole) violations.push("The field ID=DomainName\\UserName is missing.");
  const who = identity(id, violations);
  const flag = unsolicited === null && !whole ? null : unsolicited === "1";
  return {
    value: { raw, fields, unsolicited: flag, id: who, violations },
    spans: spansOf(text, found),
    starts: found.map(({ start }) => start),
  };
}

function spansOf(text: string, fields: readonly Field[]): Span<HelpBlobPart>[] {
  const spans: Span<HelpBlobPart>[] = [];
  const add = (what: Span<HelpBlobPart>["what"], start: number, end: number): void => {
    if (end > start) spans.push({ what, start, end, value: text.slice(start, end) });
  };
  for (const field of fields) {
    const end = field.start + field.text.length;
    const name = FIELD_NAME.exec(field.text)?.[0] ?? "";
    const from = field.start + name.length;
    add("name", field.start, from);
    if (name === "UNSOLICITED=" && /^[01]?$/.test(text.slice(from, end))) add("flag", from, end);
    else if (name === "ID=") {
      const backslash = field.text.indexOf("\\");
      const doubled = backslash >= 0 && field.text[backslash + 1] === "\\";
      const user = backslash < 0 ? from : field.start + backslash + (doubled ? 2 : 1);
      if (backslash >= 0) add("domain", from, field.start + backslash);
      add("user", user, end);
    } else add("unread", from, end);
  }
  const last = fields.at(-1);
  add("unread", last === undefined ? 0 : last.start + last.text.length, text.length);
  return spans;
}

/** The fields where every length is true and the last one ends with the text, else null. */
function exactFields(text: string): Field[] | null {
  const { fields, end } = leadingFields(text);
  return end === text.length ? fields : null;
}

/** The fields up to the first whose length is missing or more than there is. */
function leadingFields(text: string): { fields: Field[]; end: number } {
  const fields: Field[] = [];
  let at = 0;
  while (at < text.length && fields.length < MAX_FIELDS) {
    const prefix = PREFIX.exec(text.slice(at, at + 10));
    const length = Number(prefix?.[1]);
    const start = at + (prefix?.[0].length ?? 0);
    if (prefix === null || length > text.length - start) break;
    at = start + length;
    fields.push({ length, text: text.slice(start, at), start });
  }
  return { fields, end: at };
}

/** The fields as their names distinguish them, with a sentence for each length that is missing or lies. */
function namedFields(text: string, violations: string[]): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < text.length; ) {
    if (fields.length === MAX_FIELDS) {
      violations.push(`The string has more than ${MAX_FIELDS} fields: the rest is not read.`);
      break;
    }
    const prefix = PREFIX.exec(text.slice(at, at + 10));
    const length = prefix === null ? null : Number(prefix[1]);
    const start = at + (prefix?.[0].length ?? 0);
    const rest = text.slice(start);
    const honest = length !== null && rest.length >= length && PREFIX_OR_END.test(rest.slice(length));
    const known = UNSOLICITED.exec(rest)?.[0].length;
    const field = rest.slice(0, known ?? (honest ? length : nextField(rest)));
    if (length === null) violations.push(`A field has no length in front of it: ${quoted(field)}.`);
    else if (field.length !== length) {
      violations.push(`A field claims ${length} characters but has ${field.length}: ${quoted(field)}.`);
    }
    fields.push({ length, text: field, start });
    at = start + field.length;
    if (field === "") break;
  }
  return fields;
}

/** Where the next length and name begin, at least one character on; the end where there is none. */
function nextField(rest: string): number {
  const found = /\d{1,9};[A-Z][A-Z0-9_]{0,30}=/.exec(rest.slice(1));
  return found === null ? rest.length : found.index + 1;
}

/** `DomainName\UserName`. Section 4 prints the backslash doubled, as source code writes it. */
function identity(id: string | null, violations: string[]): HelpBlob["id"] {
  if (id === null) return { domain: null, user: null };
  const backslash = id.indexOf("\\");
  if (backslash < 0) violations.push("ID has no backslash between domain and user name.");
  const doubled = backslash >= 0 && id[backslash + 1] === "\\";
  if (doubled) violations.push("ID has two backslashes between domain and user name.");
  const domain = backslash < 0 ? "" : id.slice(0, backslash);
  const user = id.slice(backslash + (doubled ? 2 : 1));
  if (backslash >= 0 && domain === "") violations.push("ID has no domain.");
  if (user === "") violations.push("ID has no user name.");
  return { domain: domain || null, user: user || null };
}
