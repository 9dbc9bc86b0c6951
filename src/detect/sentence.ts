/**
 * What a finding says: the rule's own sentence with values in the places of field names in braces, or a general one. Everything
 * of the traffic in it is cut and made visible; how a call ended, and that it could not be read, is added where a sentence does
 * not say so itself.
 */
import type { AssociationRecord, CallRecord, Event, OfferRecord } from "../events.js";
import type { ObservationRecord } from "../observations.js";
import { about, account, counted, outcome } from "../output/format.js";
import { visible } from "../output/visible.js";
import type { Known } from "./known.js";
import { callInWords, textsIn } from "./sources/derived.js";

/** Characters of one value, and of a whole sentence. */
const MAX_VALUE = 200;
const MAX_SENTENCE = 1_200;
/** Values of a list that are shown. */
const MAX_LISTED = 5;
/** Reasons why calls failed that are told. */
const MAX_REASONS = 2;

/** What stands in a sentence where nothing is known. */
const UNKNOWN = "(unknown)";

/** Reads a field; undefined where there is none. */
export type Read = (field: string) => unknown;

/** A template that was taken apart: text, and names of fields. */
export type Template = readonly (string | { readonly field: string })[];

/** `{user} created {request.lpServiceName} on {server}`; a brace that names no field stands for itself. */
export function parseTemplate(text: string): Template {
  const parts: (string | { field: string })[] = [];
  let from = 0;
  for (const found of text.matchAll(/\{([A-Za-z_][\w.[\]-]*)\}/g)) {
    if (found.index > from) parts.push(text.slice(from, found.index));
    parts.push({ field: found[1]! });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** Names of the fields in it. */
export function fieldsOf(template: Template): string[] {
  return template.flatMap((part) => (typeof part === "string" ? [] : [part.field]));
}

/** Fields that stand side by side are alternatives: those that have a value are shown. */
export function fill(template: Template, read: Read): string {
  let text = "";
  let values: string[] | null = null;
  const flush = (): void => {
    if (values !== null) text += values.length === 0 ? UNKNOWN : values.join(" ");
    values = null;
  };
  for (const part of template) {
    if (typeof part === "string") {
      flush();
      text += part;
      continue;
    }
    values ??= [];
    const value = shownValue(read(part.field));
    if (value !== "") values.push(value);
  }
  flush();
  return text;
}

/** A value as it stands in a sentence; "" where there is none. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return cut(value.replace(/\0+$/, ""));
  if (Array.isArray(value)) {
    const shown = value
      .slice(0, MAX_LISTED)
      .map(shownValue)
      .filter((one) => one !== "");
    const more = value.length - MAX_LISTED;
    return cut(shown.join(", ")) + (more > 0 ? ` and ${more} more` : "");
  }
  if (typeof value === "object") {
    const named = (value as { name?: unknown }).name;
    if (typeof named === "string") return cut(named);
    return cut(textsIn(value as never).join(", ") || JSON.stringify(value));
  }
  return String(value);
}

function cut(text: string): string {
  return cutText(visible(text), MAX_VALUE);
}

/** Not cut in the middle of a character. */
export function cutText(whole: string, length: number): string {
  const text = whole.toWellFormed();
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text[length - 1]!) ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}

/** The sentence as it is written: one line, of a length that can be read. */
export function finished(sentence: string): string {
  const clean = visible(sentence).replace(/\s*\.\s*$/, "");
  return cutText(clean, MAX_SENTENCE);
}

/** Who did it, to whom, and from where, as words of templates. */
export interface Parties {
  user: string;
  client: string;
  server: string;
}

/** `user`, `client`, `server` and `what` of every template. */
export function partiesOf(event: Event): Parties {
  switch (event.type) {
    case "call":
    case "association":
      return {
        user: userOf(event),
        client: machine(event.client.address, event.auth.workstation),
        server: event.server.address,
      };
    case "offer": {
      const { expert, novice } = event;
      return {
        user: account(expert.domain, expert.user) ?? SOMEONE,
        client: machine(expert.address, expert.workstation),
        server: machine(novice.address, novice.name),
      };
    }
    case "observation":
      return {
        user: observedUser(event) ?? SOMEONE,
        client: event.client.address,
        server: event.server.address,
      };
    default:
      return { user: SOMEONE, client: UNKNOWN, server: UNKNOWN };
  }
}

const SOMEONE = "someone";

/** Over SMB its session says who it is, which may have been set up by Kerberos or before the capture: then nobody is known. */
function userOf({ auth, transport }: CallRecord | AssociationRecord): string {
  const { user, domain, type } = auth;
  if (user !== null && user !== "") return cut(account(domain, user)!);
  if (user === "") return "an anonymous user";
  return type === "none" && transport.protseq !== "ncacn_np" ? "an unauthenticated client" : SOMEONE;
}

function observedUser(event: ObservationRecord): string | null {
  if (event.what === "ntlm") return account(event.domain, event.user);
  if (event.what === "kerberos") return event.cname;
  return event.what === "rdp" ? event.cookie_user : null;
}

/** `WS-2004 (10.0.0.9)`, the address alone where the record has no name: what is known depends on what came before. */
function machine(address: string, name: string | null): string {
  return name === null || name === "" ? address : `${cut(name)} (${address})`;
}

/** What is known of how a call ended and what could be read of it, behind the sentence that says what it was. */
export function endOf(call: CallRecord): string {
  const sealed =
    call.stub.request === "encrypted" || (call.stub.request === null && call.stub.response === "encrypted");
  const parts: string[] = [];
  if (call.status === "fault" || call.status === "error") parts.push(`it failed: ${visible(outcome(call))}`);
  else if (call.status === "no_response") parts.push("no answer was captured");
  if (sealed) parts.push("sealed: known by interface and opnum alone");
  else if (call.stub.request === "incomplete" || call.stub.request === "malformed") {
    parts.push("its parameters could not be read whole");
  }
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

/** Of rules that have no sentence of their own. */
export function generalSentence(
  event: Event,
  title: string,
  read: Read,
  fields: readonly string[],
  known: Known,
): string {
  const { user, client, server } = partiesOf(event);
  switch (event.type) {
    case "call":
      return `${user} at ${client} called ${cut(callInWords(event, known))} on ${server}`;
    case "association": {
      const { mechanism, type, level } = event.auth;
      const how =
        type === "none" ? "without authentication" : `with ${mechanism ?? type} at the level ${level}`;
      return `${user} at ${client} connected to ${server} ${how}${matched(read, fields)}`;
    }
    case "offer":
      return `${user} at ${client} offered help to ${server}${offerEnd(event)}${matched(read, fields)}`;
    case "note":
      return cut(event.message);
    default:
      return `${title}: ${client} to ${server}${matched(read, fields)}`;
  }
}

function offerEnd({ outcome: end }: OfferRecord): string {
  return ` (${end.replaceAll("_", " ")})`;
}

function matched(read: Read, fields: readonly string[]): string {
  const said = fields.flatMap((field) => {
    const value = shownValue(read(field));
    return value === "" ? [] : `${field} ${value}`;
  });
  return said.length === 0 ? "" : `, ${said.join(", ")}`;
}

/** How a record ended, as far as findings of several tell it. */
export interface Ending {
  type: Event["type"];
  /** What a call failed with. */
  failed: string | null;
  unanswered: boolean;
}

export function endingOf(event: Event): Ending {
  const { type } = event;
  if (type !== "call") return { type, failed: null, unanswered: false };
  const failed = event.status === "error" || event.status === "fault" ? visible(outcome(event)) : null;
  return { type, failed, unanswered: event.status === "no_response" };
}

/** What records are called where they are counted. */
const COUNTED: { readonly [type: string]: string } = {
  call: "call",
  association: "connection",
  offer: "offer",
  note: "note",
};

/** How much a correlation found, and how that ended, behind its sentence. */
export function countOf(
  found: { records: number; first: number; last: number; values: readonly string[] },
  counted_: string | null,
  endings: readonly Ending[],
): string {
  const parts: string[] = [];
  if (found.records > 1) {
    const over = found.last - found.first;
    const types = new Set(endings.map(({ type }) => type));
    const noun = types.size === 1 ? (COUNTED[[...types][0]!] ?? "record") : "record";
    parts.push(counted(found.records, noun) + (over < 0.001 ? "" : ` within ${about(over)}`));
    if (counted_ !== null && found.values.length > 0) parts.push(`${counted_}: ${shownValue(found.values)}`);
  }
  const end = endOfAll(found.records, endings);
  if (end !== "") parts.push(end);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Of so many, those whose ending is known. */
function endOfAll(records: number, endings: readonly Ending[]): string {
  if (endings.length > 0 && endings.every(({ unanswered }) => unanswered)) return "no answer was captured";
  const failures = endings.flatMap(({ failed }) => failed ?? []);
  if (failures.length === 0) return "";
  const reasons = [...new Set(failures)];
  const why = reasons.length > MAX_REASONS ? "" : `: ${reasons.join(", ")}`;
  if (failures.length < endings.length) return `${failures.length} of ${endings.length} failed${why}`;
  if (endings.length === 1) return `it failed${why}`;
  return records > endings.length ? `the first ${endings.length} failed${why}` : `all failed${why}`;
}
