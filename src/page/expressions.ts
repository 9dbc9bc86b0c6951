/**
 * Expressions of the filter language (-Y) made of what somebody points at. Values come from the wire: whatever they hold, they
 * stand in the expression as text that cannot end before its quote, and can be seen. No DOM in here.
 */
import type { CallRecord, Value } from "../events.js";
import type { Rows } from "./rows.js";

/** What would not be seen in a line of text, or would end it. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\\"]/gu;

function escaped(character: string): string {
  if (character === "\\" || character === '"') return `\\${character}`;
  const code = character.codePointAt(0)!;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A text as the language has it; null where it has none: half of a character that takes two. */
export function quoted(text: string): string | null {
  return text.isWellFormed() ? `"${text.replace(UNSEEN, escaped)}"` : null;
}

const WORD = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words of the language itself. */
const RESERVED: ReadonlySet<string> = new Set(
  "as break const continue else false for function if import in let loop namespace null package return true type var void while".split(
    " ",
  ),
);

/** Two conditions that must both hold. */
export function both(a: string, b: string): string {
  if (a.trim() === "") return b;
  return `${inner(a)} && ${inner(b)}`;
}

/** The first, without what the second lets through. */
export function without(a: string, b: string): string {
  const not = `!(${b})`;
  return a.trim() === "" ? not : `${inner(a)} && ${not}`;
}

/** Of these the whole takes no parentheses to be a part of a conjunction. */
const LOOSE = /\|\||\?/;

function inner(expression: string): string {
  return LOOSE.test(withoutTexts(expression)) ? `(${expression})` : expression;
}

/** The expression with nothing in its texts, so that signs can be looked for. */
function withoutTexts(expression: string): string {
  return expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs, '""');
}

/** Something to filter by: what it is called in a menu, and its expression. */
export interface Choice {
  label: string;
  expression: string;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const OPNUM = /^opnum (\d+)$/;

function is(path: string, text: string): string | null {
  const value = quoted(text);
  return value === null ? null : `${path} == ${value}`;
}

function joined(parts: (string | null)[]): string | null {
  return parts.every((part) => part !== null) ? parts.join(" && ") : null;
}

function isDatagram(rows: Rows, row: number): boolean {
  return rows.text("conversation", row).startsWith("udp");
}

function conversationIs(rows: Rows, row: number): string {
  const datagrams = isDatagram(rows, row) ? "==" : "!=";
  return `stream == ${rows.number("stream", row)} && transport.protseq ${datagrams} "ncadg_ip_udp"`;
}

/** Calls between the two hosts of a call, whoever asked. */
function hostPairIs(rows: Rows, row: number): string | null {
  const [client, server] = [rows.text("clientAddress", row), rows.text("serverAddress", row)];
  const way = (from: string, to: string): string | null =>
    joined([is("client.address", from), is("server.address", to)]);
  const [there, back] = [way(client, server), way(server, client)];
  if (there === null || back === null) return null;
  return client === server ? there : `(${there} || ${back})`;
}

function interfaceIs(rows: Rows, row: number): string | null {
  const name = rows.text("interface", row);
  if (name === "") return "!has(interface.uuid)";
  return is(UUID.test(name) ? "interface.uuid" : "interface.name", name);
}

function methodIs(rows: Rows, row: number): string | null {
  const name = rows.text("method", row);
  if (name === "") return interfaceIs(rows, row);
  const opnum = OPNUM.exec(name)?.[1];
  return joined([interfaceIs(rows, row), opnum === undefined ? is("method", name) : `opnum == ${opnum}`]);
}

function userIs(rows: Rows, row: number): string | null {
  const user = rows.text("user", row);
  if (user === "") return "!has(auth.user)";
  const at = user.indexOf("\\");
  if (at < 0) return is("auth.user", user);
  return joined([is("auth.domain", user.slice(0, at)), is("auth.user", user.slice(at + 1))]);
}

function moment(rows: Rows, row: number): string {
  const seconds = rows.number("seconds", row);
  const day = new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 10);
  return `timestamp("${day}T${rows.time(row)}Z")`;
}

const END_COLUMNS = ["client", "server"] as const;

/** What a cell of the list can be filtered by, the most likely first. */
export function choicesOfCell(rows: Rows, row: number, column: string): Choice[] {
  const choices: (Choice | null)[] = [];
  const add = (label: string, expression: string | null): void => {
    if (expression !== null) choices.push({ label, expression });
  };
  for (const end of END_COLUMNS) {
    if (column !== end) continue;
    const address = rows.text(end === "client" ? "clientAddress" : "serverAddress", row);
    add(`this ${end}: ${address}`, is(`${end}.address`, address));
    if (end === "server") {
      const endpoint = rows.text("endpoint", row);
      add(
        `this endpoint: ${address} ${endpoint}`,
        joined([is("server.address", address), is("transport.endpoint", endpoint)]),
      );
    }
  }
  if (column === "time") {
    add("from this time on", `ts >= ${moment(rows, row)}`);
    add("until this time", `ts <= ${moment(rows, row)}`);
  }
  if (column === "taken" && !Number.isNaN(rows.number("duration", row))) {
    add("answers that took as long or longer", `duration_us >= ${rows.number("duration", row)}`);
  }
  if (column === "call") {
    add(`this method: ${rows.text("interface", row)}.${rows.text("method", row)}`, methodIs(rows, row));
    add(`this interface: ${rows.text("interface", row)}`, interfaceIs(rows, row));
  }
  if (column === "outcome") add(`this outcome: ${rows.status(row)}`, `status == "${rows.status(row)}"`);
  if (column === "frames") {
    const frame = rows.number("frame", row);
    add("from this frame on", `frames.request.exists(f, f >= ${frame})`);
  }
  return choices.filter((choice) => choice !== null);
}

/** What any call can be filtered by. */
export function choicesOfCall(rows: Rows, row: number): Choice[] {
  const choices: Choice[] = [];
  const add = (label: string, expression: string | null): void => {
    if (expression !== null) choices.push({ label, expression });
  };
  add(`this conversation: ${rows.text("conversation", row)}`, conversationIs(rows, row));
  const pair = `${rows.text("clientAddress", row)} and ${rows.text("serverAddress", row)}`;
  add(`this host pair: ${pair}`, hostPairIs(rows, row));
  const object = rows.text("object", row);
  if (object !== "") add(`this object: ${object}`, is("object", object));
  const user = rows.text("user", row);
  add(user === "" ? "calls of nobody known" : `this account: ${user}`, userIs(rows, row));
  return choices;
}

/** Fields of PDU headers that records have as well. */
const HEADER_FIELDS: { readonly [name: string]: (record: CallRecord) => Choice | null } = {
  call_id: ({ call_id }) => ({ label: `call_id ${call_id}`, expression: `call_id == ${call_id}` }),
  opnum: ({ opnum }) =>
    opnum === null ? null : { label: `opnum ${opnum}`, expression: `opnum == ${opnum}` },
  p_cont_id: ({ context_id }) => ({
    label: `context ${context_id}`,
    expression: `context_id == ${context_id}`,
  }),
  object: ({ object }) => choice("this object", "object", object),
  auth_level: ({ auth }) => choice("this level", "auth.level", auth.level),
  auth_type: ({ auth }) => choice("this kind of security", "auth.type", auth.type),
};

function choice(label: string, path: string, value: Value): Choice | null {
  const expression = condition(path, value);
  return expression === null ? null : { label: `${label}: ${short(String(value))}`, expression };
}

function condition(path: string, value: Value): string | null {
  if (typeof value === "string") return is(path, value);
  if (typeof value === "number" && Number.isFinite(value)) return `${path} == ${numeral(value)}`;
  if (typeof value === "boolean") return value ? path : `!${path}`;
  return null;
}

/** A whole number, or a fraction: with its point, without which the language takes it for whole. */
function numeral(value: number): string {
  const text = String(value);
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}

const SHORT = 40;

function short(text: string): string {
  return text.length > SHORT ? `${text.slice(0, SHORT)}…` : text;
}

/** A step on the way to a value: `.name`, `["name of several words"]`, `[3]`. */
function step(name: string | number): string | null {
  if (typeof name === "number") return `[${name}]`;
  if (WORD.test(name) && !RESERVED.has(name)) return `.${name}`;
  const text = quoted(name);
  return text === null ? null : `[${text}]`;
}

/**
 * What a field of the tree can be filtered by: `names` are those of the fields around it in the stub, outermost first, its own the
 * last. Empty where the record has no such value.
 */
export function choicesOfField(
  record: CallRecord,
  side: "request" | "response" | "both",
  names: readonly string[],
  header: string | null,
): Choice[] {
  const own = header === null ? null : (HEADER_FIELDS[header]?.(record) ?? null);
  if (own !== null) return [own];
  if (side === "both" || names.length === 0) return [];
  let value: Value | undefined = record[side] as Value;
  let path = side as string;
  for (const name of names) {
    if (value === null || value === undefined || typeof value !== "object") return [];
    const index: string | undefined = /^\[?(\d+)\]?$/.exec(name)?.[1];
    const key: string | number = Array.isArray(value) && index !== undefined ? Number(index) : name;
    const next: Value | undefined = Object.hasOwn(value, key)
      ? (value as { [key: string | number]: Value })[key]
      : undefined;
    const step_ = step(key);
    if (next === undefined || step_ === null) return [];
    value = next;
    path += step_;
  }
  const found = choice(names.at(-1) ?? "value", path, value ?? null);
  return found === null ? [] : [found];
}
