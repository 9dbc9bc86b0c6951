/**
 * Remote Assistance connection strings. [MS-RAI] 2.2.1 (form 1, comma-delimited, Windows XP and Server 2003) and
 * 2.2.2 (form 2, XML, with the KH2 and U attributes of the latest revision).
 *
 * Not handled here: checking KH and KH2 against a server's key, which the RDP connection does; the bytes that the
 * string travels in.
 */
import { WireError } from "../wire/errors.js";
import { type MarkupPart, markupSpans } from "./markup.js";
import { type Span, type Spanned, trimmedSpan } from "./spans.js";
import {
  base64Length,
  clipped,
  decimal,
  quoted,
  sentence,
  withoutLineBreaks,
  withoutSpace,
  withoutTail,
} from "./strings.js";
import type { XmlElement } from "./well-formed.js";
import { readXml, readXmlBeginning, type XmlBeginning } from "./xml.js";

/** [MS-RAI] 2.2.1. What is missing is null. */
export interface ConnectionString1 {
  form: 1;
  raw: string;
  protocol_version: number | null;
  protocol_type: number | null;
  machine_addresses: { host: string; port: number | null }[];
  assistant_account_pwd: string | null;
  ra_session_id: string | null;
  ra_session_name: string | null;
  ra_session_pwd: string | null;
  protocol_specific_parms: string | null;
  /** `machine_addresses` in the shape of form 2, so that one query reads both. */
  listeners: { port: number | null; name: string | null }[];
  violations: string[];
}

/** One listener `<L>` of [MS-RAI] 2.2.2. `port` keeps a number that is out of range; `uri` is set for WebSocket. */
export interface Listener {
  port: number | null;
  name: string | null;
  uri: string | null;
}

/** [MS-RAI] 2.2.2. Base64 values are without the white space they may be broken with. */
export interface ConnectionString2 {
  form: 2;
  raw: string;
  auth: { kh: string | null; kh2: string | null; id: string | null };
  transports: { id: string | null; sid: string | null; listeners: Listener[] }[];
  violations: string[];
}

/** Neither form; `violations` says why. Without one it is the beginning of a string, too short to say which. */
export interface UnknownConnectionString {
  form: null;
  raw: string;
  violations: string[];
}

export type ConnectionString = ConnectionString1 | ConnectionString2 | UnknownConnectionString;

/** What a span of a connection string is: the fields of form 1 by their names in records, or those of form 2. */
export type ConnectionStringPart =
  | "protocol_version"
  | "protocol_type"
  | "machine_addresses"
  | "assistant_account_pwd"
  | "ra_session_id"
  | "ra_session_name"
  | "ra_session_pwd"
  | "protocol_specific_parms"
  | MarkupPart;

export const PROTOCOL_VERSION = 65538;
const PROTOCOL_TYPE = 1;

/** Machine addresses, transports and listeners kept of one string. */
const MAX_ADDRESSES = 256;

/** The elements of form 1 in their order, [MS-RAI] 2.2.1. */
const ELEMENTS = [
  "ProtocolVersion",
  "protocolType",
  "machineAddressList",
  "assistantAccountPwd",
  "RASessionID",
  "RASessionName",
  "RASessionPwd",
  "protocolSpecificParms",
] as const;

/** Bytes of the hashes that KH2 may name, [MS-RAI] 2.2.2. */
const KH2_HASHES: { [name: string]: number } = { sha256: 32, sha384: 48, sha512: 64 };
const SHA1_LENGTH = 20;

/**
 * Reads either form. `raw` is the string unchanged; a byte order mark in front and line ends or NULs behind are
 * passed over. Never throws: what does not fit is a sentence in `violations`.
 *
 * Where `whole` is false `raw` is the beginning of a string whose end was not captured: what is missing breaks no rule, and
 * what was cut is in `raw` alone.
 */
export function parseConnectionString(raw: string, whole = true): ConnectionString {
  const text = whole ? withoutTail(raw).trimStart() : raw.replace(/^\ufeff/, "").trimStart();
  if (text.startsWith("<")) return parseForm2(raw, text, whole);
  const elements = text.split(",");
  const numbered = /^\s*\d+\s*$/.test(elements[0] ?? "");
  if (elements.length === ELEMENTS.length || (numbered && elements.length > 2))
    return parseForm1(raw, elements, whole);
  if (!whole) return { form: null, raw, violations: [] };
  const what = text === "" ? "The string is empty" : "The string is neither comma-delimited nor XML";
  return { form: null, raw, violations: [`${what}: it is no Remote Assistance connection string.`] };
}

/**
 * The string with the place of each of its values, [MS-RAI] 2.2.1 and 2.2.2. A string of neither form is one span
 * `unread`.
 */
export function readConnectionString(raw: string): Spanned<ConnectionString, ConnectionStringPart> {
  const value = parseConnectionString(raw);
  if (value.form === 1) return { value, spans: form1Spans(raw, value) };
  if (value.form === 2) return { value, spans: form2Spans(raw, value) };
  return { value, spans: raw === "" ? [] : [{ what: "unread", start: 0, end: raw.length, value: raw }] };
}

const FORM_1_PARTS: readonly ConnectionStringPart[] = [
  "protocol_version",
  "protocol_type",
  "machine_addresses",
  "assistant_account_pwd",
  "ra_session_id",
  "ra_session_name",
  "ra_session_pwd",
  "protocol_specific_parms",
];

function form1Spans(raw: string, value: ConnectionString1): Span<ConnectionStringPart>[] {
  const spans: Span<ConnectionStringPart>[] = [];
  for (let start = raw.charCodeAt(0) === 0xfeff ? 1 : 0, i = 0; i < FORM_1_PARTS.length; i++) {
    // The last element may hold commas of its own.
    const comma = i === FORM_1_PARTS.length - 1 ? -1 : raw.indexOf(",", start);
    const end = comma < 0 ? start + withoutTail(raw.slice(start)).length : comma;
    const part = FORM_1_PARTS[i]!;
    if (part === "machine_addresses") spans.push(...addressSpans(raw, start, end));
    else {
      const known = (value[part as keyof ConnectionString1] ?? null) !== null;
      const span = trimmedSpan(known ? part : "unread", raw, start, end);
      const spaced = part === "ra_session_id" || part === "protocol_specific_parms";
      if (span !== null) spans.push(spaced ? { ...span, value: withoutSpace(span.value) } : span);
    }
    if (comma < 0) break;
    start = comma + 1;
  }
  return spans;
}

/** `host:port` or an address alone, as far as it can be distinguished from a secret that a comma too many or too few put there. */
const ADDRESS =
  /^(?:[\p{L}\p{N}_.:%[\]-]{1,255}:\d{1,5}|\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})$/iu;

/** The entries of machineAddressList one by one; what does not look like an address is unread. */
function addressSpans(raw: string, start: number, end: number): Span<ConnectionStringPart>[] {
  const spans: Span<ConnectionStringPart>[] = [];
  for (let at = start; at < end; ) {
    const semicolon = raw.indexOf(";", at);
    const stop = semicolon < 0 || semicolon > end ? end : semicolon;
    const span = trimmedSpan<ConnectionStringPart>("unread", raw, at, stop);
    if (span !== null) {
      const value = withoutSpace(span.value);
      spans.push({ ...span, what: ADDRESS.test(value) ? "machine_addresses" : "unread", value });
    }
    at = stop + 1;
  }
  return spans;
}

/** Of several auth strings the first one counts; its values may be spelt with references. */
function form2Spans(raw: string, { auth }: ConnectionString2): Span<ConnectionStringPart>[] {
  const read = new Map(Object.entries(auth));
  return markupSpans(raw).map((span) => {
    const value = read.get(span.what) ?? null;
    if (value === null) return span;
    read.delete(span.what);
    return { ...span, value };
  });
}

function parseForm1(raw: string, all: string[], whole: boolean): ConnectionString1 {
  const violations: string[] = [];
  const elements = whole ? all : all.slice(0, -1);
  if (elements.length !== ELEMENTS.length && (whole || elements.length > ELEMENTS.length)) {
    violations.push(
      `The string has ${elements.length} comma-delimited elements instead of ${ELEMENTS.length}.`,
    );
  }
  const element = (i: number): string | null => elements[i]?.trim() ?? null;
  const required = (i: number, wanted: string): void => {
    const found = element(i);
    if (found !== null && found !== wanted) {
      const value = wanted === "*" ? '"*"' : wanted;
      violations.push(`${ELEMENTS[i]} is ${quoted(found)}; it MUST be ${value}.`);
    }
  };
  required(0, String(PROTOCOL_VERSION));
  required(1, String(PROTOCOL_TYPE));
  for (const i of [3, 5, 6]) required(i, "*");
  for (const i of [4, 7]) {
    if (element(i) === "") violations.push(`${ELEMENTS[i]} is empty.`);
  }
  const parms = elements.length > 7 ? elements.slice(7).join(",") : null;
  const list = whole || elements.length > 2 ? element(2) : wholePairs(all[2] ?? "");
  const addresses = list === null ? [] : machineAddresses(list, violations);
  return {
    form: 1,
    raw,
    protocol_version: decimal(element(0)),
    protocol_type: decimal(element(1)),
    machine_addresses: addresses,
    assistant_account_pwd: element(3),
    ra_session_id: elements[4] === undefined ? null : withoutSpace(elements[4]),
    ra_session_name: element(5),
    ra_session_pwd: element(6),
    protocol_specific_parms: parms === null ? null : withoutSpace(parms),
    listeners: addresses.map(({ host, port }) => ({ port, name: host })),
    violations,
  };
}

/** The pairs of a list that was cut, without the last one; null where there are none. */
function wholePairs(list: string): string | null {
  const end = list.lastIndexOf(";");
  return end < 0 ? null : list.slice(0, end);
}

/** machineAddressList: `IPAddress(or computer name):PortID` pairs, semicolon-delimited. */
function machineAddresses(list: string, violations: string[]): ConnectionString1["machine_addresses"] {
  const pairs = withoutSpace(list).split(";");
  if (pairs.length > MAX_ADDRESSES) {
    violations.push(`machineAddressList has ${pairs.length} entries, of which ${MAX_ADDRESSES} are kept.`);
  }
  if (pairs.length === 1 && pairs[0] === "") {
    violations.push("machineAddressList is empty.");
    return [];
  }
  const result: ConnectionString1["machine_addresses"] = [];
  for (const pair of pairs.slice(0, MAX_ADDRESSES)) {
    if (pair === "") {
      violations.push("machineAddressList has an empty entry.");
      continue;
    }
    const { host, port } = splitAddress(pair);
    checkHost(host, violations);
    if (port === null) violations.push(`The machine address ${quoted(pair)} has no port.`);
    else checkPort(port, `The machine address ${quoted(pair)}`, violations);
    result.push({ host, port: decimal(port) });
  }
  return result;
}

/**
 * One entry of machineAddressList. Several colons without a bracket are a bare IPv6 address: what follows the last is then
 * no port.
 */
export function splitAddress(pair: string): { host: string; port: string | null } {
  const colon = pair.lastIndexOf(":");
  const bare = colon >= 0 && pair.indexOf(":") !== colon && !/\]:[^:]*$/.test(pair) && isIpv6(pair);
  if (colon < 0 || bare) return { host: pair, port: null };
  return { host: pair.slice(0, colon), port: pair.slice(colon + 1) };
}

function checkHost(host: string, violations: string[]): void {
  if (host === "") violations.push("A machine address has no host.");
  else if (host.includes(":") || /^\[.*\]$/.test(host)) {
    violations.push(`The machine address ${quoted(host)} is not of type IPv4 and not a computer name.`);
  } else if (/^[\d.]+$/.test(host) && !isIpv4(host)) {
    violations.push(`The machine address ${quoted(host)} is not a valid IPv4 address.`);
  } else if (/[\s\\/*?"<>|@\0]/.test(host)) {
    violations.push(`The machine address ${quoted(host)} is not a valid computer name.`);
  }
}

function parseForm2(raw: string, text: string, whole: boolean): ConnectionString2 | UnknownConnectionString {
  let read: XmlBeginning;
  try {
    read = whole ? { root: readXml(text), open: NONE, tag: null, missing: null } : readXmlBeginning(text);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { form: null, raw, violations: [sentence(error.message)] };
  }
  const { root } = read;
  if (root === null) return { form: null, raw, violations: [] };
  if (root.name !== "E") {
    return {
      form: null,
      raw,
      violations: [`The root node is <${clipped(root.name)}>; form 2 starts with <E>.`],
    };
  }
  const violations: string[] = [];
  const auth = authString(children(root, "A", read, violations), read, violations);
  const transports: ConnectionString2["transports"] = [];
  const connectors = children(root, "C", read, violations);
  if (connectors[0] !== undefined) {
    const nodes = connectors.flatMap((c) => c.children.filter((child) => child.name === "T"));
    if (nodes.length === 0 && !connectors.some((c) => read.open.has(c)))
      violations.push("The connector node <C> has no transport node <T>.");
    if (nodes.length > MAX_ADDRESSES)
      violations.push(`More than ${MAX_ADDRESSES} transports: the rest are not kept.`);
    let listeners = 0;
    for (const node of nodes.slice(0, MAX_ADDRESSES)) {
      const transport = transportOf(node, MAX_ADDRESSES - listeners, read, violations);
      listeners += transport.listeners.length;
      transports.push(transport);
    }
  }
  return { form: 2, raw, auth, transports, violations };
}

const NONE: ReadonlySet<XmlElement> = new Set();

/** The children of that name, of which there must be one. */
function children(
  parent: XmlElement,
  name: string,
  { open }: XmlBeginning,
  violations: string[],
): XmlElement[] {
  const found = parent.children.filter((child) => child.name === name);
  const what = name === "A" ? "auth string" : "connector";
  if (found.length === 0 && !open.has(parent))
    violations.push(`The root node <E> has no ${what} node <${name}>.`);
  if (found.length > 1) violations.push(`The root node <E> has ${found.length} ${what} nodes <${name}>.`);
  return found;
}

function authString(
  nodes: XmlElement[],
  { tag }: XmlBeginning,
  violations: string[],
): ConnectionString2["auth"] {
  const node = nodes[0];
  if (node === undefined) return { kh: null, kh2: null, id: null };
  const kh = attribute(node, "KH");
  const kh2 = attribute(node, "KH2");
  const id = attribute(node, "ID");
  const complete = node !== tag;
  if (kh === null) {
    if (complete) violations.push("The auth string node <A> has no KH attribute.");
  } else if (base64Length(kh) !== SHA1_LENGTH) {
    violations.push(`KH is not the base64 form of a SHA-1 hash (${SHA1_LENGTH} bytes): ${quoted(kh)}.`);
  }
  if (kh2 !== null) checkKh2(kh2, violations);
  if (id === null) {
    if (complete) violations.push("The auth string node <A> has no ID attribute.");
  } else if (id === "") violations.push("The ID attribute of the auth string node <A> is empty.");
  return { kh, kh2, id };
}

function checkKh2(kh2: string, violations: string[]): void {
  const colon = kh2.indexOf(":");
  if (colon < 0) {
    violations.push(`KH2 has no colon between the hashing algorithm and the hash: ${quoted(kh2)}.`);
    return;
  }
  const algorithm = kh2.slice(0, colon);
  const length = Object.hasOwn(KH2_HASHES, algorithm) ? KH2_HASHES[algorithm] : undefined;
  if (length === undefined) {
    violations.push(
      `KH2 names the hashing algorithm ${quoted(algorithm)}; it can be sha256, sha384 or sha512.`,
    );
  } else if (base64Length(kh2.slice(colon + 1)) !== length) {
    violations.push(
      `KH2 is not the base64 form of a hash by ${algorithm} (${length} bytes): ${quoted(kh2)}.`,
    );
  }
}

function transportOf(
  node: XmlElement,
  room: number,
  { open, tag }: XmlBeginning,
  violations: string[],
): ConnectionString2["transports"][number] {
  const id = attribute(node, "ID");
  const sid = attribute(node, "SID");
  if (id === null && node !== tag) violations.push("A transport node <T> has no ID attribute.");
  if (sid === null && node !== tag) violations.push("A transport node <T> has no SID attribute.");
  // A listener whose tag was cut may name another port or machine yet.
  const nodes = node.children.filter((child) => child.name === "L" && child !== tag);
  if (nodes.length === 0 && !open.has(node))
    violations.push("A transport node <T> has no listener node <L>.");
  if (nodes.length > room) violations.push(`More than ${MAX_ADDRESSES} listeners: the rest are not kept.`);
  return { id, sid, listeners: nodes.slice(0, room).map((child) => listenerOf(child, violations)) };
}

function listenerOf(node: XmlElement, violations: string[]): Listener {
  const port = attribute(node, "P");
  const name = attribute(node, "N");
  const uri = attribute(node, "U");
  const what = `The listener ${quoted(uri ?? (name === null ? "" : `${name}, port ${port}`))}`;
  if (port !== null && uri !== null) violations.push(`${what} has both P and U; U is used instead of P.`);
  if (port === null && uri === null) violations.push(`${what} has neither P nor U.`);
  if (port !== null) checkPort(port, what, violations);
  if (uri !== null && !/^[A-Za-z][A-Za-z0-9+.-]*:\/\/./.test(uri)) {
    violations.push(`${what} has a U attribute that is no full URI.`);
  }
  if (name === null) violations.push(`${what} has no N attribute.`);
  else if (name === "") violations.push(`${what} has an empty N attribute.`);
  return { port: decimal(port), name, uri };
}

/** Base64 and numbers lose all white space, names and URIs their line breaks only. */
function attribute(node: XmlElement, name: string): string | null {
  const value = node.attributes.get(name);
  if (value === undefined) return null;
  return name === "N" || name === "U" ? withoutLineBreaks(value) : withoutSpace(value);
}

function checkPort(port: string, what: string, violations: string[]): void {
  const number = decimal(port);
  if (number === null) violations.push(`${what} has a port that is no number: ${quoted(port)}.`);
  else if (number < 1 || number > 65535) violations.push(`${what} has a port outside 1 to 65535: ${port}.`);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  return text.length < 64 && /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(%\w+)?$/.test(text) && text.split(":").length > 6;
}
