/**
 * The lines of one conversation: who spoke to whom, as whom, with which objects, and what was called. What changed
 * something comes first, call by call in order of time; then what was refused, what was read, what led to others; and
 * bookkeeping last, by its kinds. On a terminal each call that changed something has a line of its own; elsewhere the
 * conversation is one line, whatever its length, so that nothing is lost to grep.
 */

import type { AssociationRecord } from "../events.js";
import { type Conversation, type Count, type Group, KEPT_NAMES, userName } from "./conversation.js";
import { counted, cutAt, duration, grouped, secondsBetween } from "./format.js";
import type { Lines, Piece } from "./lines.js";
import type { Rank } from "./ranking.js";
import type { Spelling } from "./spelling.js";
import { countedShown } from "./summary.js";
import { serverName, sessionText, sessionUser, streamName } from "./transport.js";
import { visible } from "./visible.js";
import { width } from "./width.js";

/** Calls that change something, and others, that are shown by name; and classes and users. */
const SHOWN_ACTS = 12;
const SHOWN_OTHERS = 8;
const SHOWN_NAMES = 3;

/** What is called by calls that are only counted. */
const FURTHER: { readonly [rank in Rank]: string } = {
  acts: "further changes",
  reads: "further reads",
  prepares: "further preparations",
  routine: "further bookkeeping",
};

/** What the lines of a conversation say. */
export interface ConversationText {
  conversation: Conversation;
  head: string;
  /** Classes and users: `MMC20.Application as DOMAIN\\user (WORKSTATION)`. */
  who: string;
  /** `36 calls`; "" where a single name says it. */
  sum: string;
  /** What changed something, each on its own. */
  acts: string[];
  rest: string[];
  security: string;
}

/** `dated`: with the day, where there are several. */
export function conversationText(
  conversation: Conversation,
  spelling: Spelling,
  full = false,
  dated = false,
): ConversationText {
  const span = secondsBetween(conversation.first, conversation.last);
  const lasted = span === null || span <= 0 ? "" : ` ${duration(span * 1e6)}`;
  const ends = `${spelling.endpoint(conversation.client)} → ${serverName(conversation, spelling)}`;
  const when = timeWithDay(conversation.first, spelling, dated);
  const head = `[${streamName(conversation)}] ${when}${lasted}  ${ends}`;
  return { conversation, head, security: securityText(conversation, full), ...callTexts(conversation, full) };
}

/** With its day, where that is asked for and the format does not say it. */
function timeWithDay(ts: string, spelling: Spelling, dated: boolean): string {
  return `${dated && spelling.ofDay ? `${spelling.day(ts)} ` : ""}${spelling.time(ts)}`;
}

/** The same for conversations that only differ in the time and in the client's port. */
export function likeness({ conversation, who, sum, acts, rest, security }: ConversationText): string {
  const ends = [conversation.client.address, serverName(conversation), conversation.file];
  return JSON.stringify([ends, who, sum, acts, rest, security]);
}

/** The lines of a conversation, number, time and ends first. */
export function conversationLine(lines: Lines, text: ConversationText): void {
  const { head, who, sum, acts, rest, security } = text;
  const file = text.conversation.file ?? "";
  const list = [...acts, ...rest].join(", ");
  const said = sum === "" || list === "" ? sum + list : `${sum}: ${list}`;
  const units = [head, who, said, security, file].filter((text) => text !== "");
  if (!lines.cut || width(visible(units.join("  "))) <= lines.columns - 2) {
    const quiet = [head, security, file];
    lines.line(
      2,
      ...units.flatMap((text, index): Piece[] => [
        index === 0 ? "" : "  ",
        quiet.includes(text) ? ["dim", text] : text,
      ]),
    );
    return;
  }
  lines.units(2, 4, [["dim", head], who, acts.length > 0 ? sum : "", ["dim", security], ["dim", file]]);
  if (acts.length === 0) lines.paragraph(6, said, null, 4);
  for (const act of acts) lines.paragraph(6, act, null, 4);
  if (acts.length > 0 && rest.length > 0) lines.paragraph(6, rest.join(", "), "dim", 4);
}

/** Where there are others of the likeness: how many, and which. */
export function othersLine(lines: Lines, others: readonly Conversation[], dated = false): void {
  const last = others.at(-1)!;
  const some = others.slice(0, SHOWN_OTHERS).map((one) => `[${streamName(one)}]`);
  const more = others.length > some.length ? `, … [${streamName(last)}]` : "";
  const until = timeWithDay(last.first, lines.spelling, dated);
  const count = `${counted(others.length, "conversation")} more like it until ${until}`;
  lines.paragraph(6, `${count}: ${some.join(", ")}${more} (--full lists each)`, "dim", 4);
}

function callTexts(
  conversation: Conversation,
  full: boolean,
): Pick<ConversationText, "who" | "sum" | "acts" | "rest"> {
  const { unread, calls: all, groups, unnamed } = conversation;
  const counts: Count[] = [...groups.values(), ...unnamed.values()];
  const total = counts.reduce((sum, { calls }) => sum + calls, 0);
  const who = whoText(conversation, full);
  if (total === 0) {
    const none = all === 0 ? "no calls" : countedShown(all, 0, "call");
    return { who, sum: [none, ...proposed(conversation.associations)].join("; "), acts: [], rest: [] };
  }
  const acts = listed(conversation, "acts", full ? total : SHOWN_ACTS);
  const others = full ? total : SHOWN_OTHERS;
  const reads = listed(conversation, "reads", others);
  const prepares = listed(conversation, "prepares", Math.max(1, others - reads.length));
  const routine = listed(conversation, "routine", total);
  const rest = [...reads, ...prepares, ...routine];
  const unknown =
    unread === 0 ? "" : ` (${unread === total ? "" : `${grouped(unread)} `}answered, outcome unknown)`;
  if (acts.length + rest.length === 1 && total === all) {
    const only = [...acts, ...rest].map((text) => text + unknown);
    return { who, sum: "", acts: acts.length === 0 ? [] : only, rest: acts.length === 0 ? only : [] };
  }
  return { who, sum: `${countedShown(all, total, "call")}${unknown}`, acts, rest };
}

/** The groups of a rank as text, at most so many, and one text for the rest. */
function listed({ groups, unnamed }: Conversation, rank: Rank, most: number): string[] {
  const all = [...groups.values()].filter((group) => group.rank === rank);
  // What changes something is shown in order of time, the rest by its number; what was refused before what was not.
  all.sort((a, b) => refusedFirst(a, b) || (rank === "acts" ? 0 : b.calls - a.calls));
  // One more is as short as the word that there is one.
  const shown = all.length === most + 1 && !unnamed.has(rank) ? all.length : most;
  const texts = all.slice(0, shown).map((group) => groupText(group, groups.size === 1));
  const left: Count[] = all.slice(shown);
  const beyond = unnamed.get(rank);
  if (beyond !== undefined) left.push(beyond);
  if (left.length === 0) return texts;
  const calls = left.reduce((sum, count) => sum + count.calls, 0);
  const failed = left.reduce((sum, count) => sum + count.failed, 0);
  const bad = failed === 0 ? "" : `, ${grouped(failed)} failed`;
  return [...texts, `${FURTHER[rank]} ×${grouped(calls)}${bad}`];
}

function refusedFirst(a: Count, b: Count): number {
  return Number(b.refused > 0) - Number(a.refused > 0);
}

/** `svcctl.RCreateServiceW "a", "b" ×2 (1 failed: …)`; `QueryInterface ×20 (18 E_NOINTERFACE)`. `alone`: no other group. */
function groupText(group: Group, alone: boolean): string {
  const { name, kind, mixed, values, more, calls } = group;
  const called = kind !== null && (mixed || !alone) ? kind : name;
  const times = calls === 1 ? "" : ` ×${grouped(calls)}`;
  if (group.rank === "acts")
    return `${called}${values.size === 0 ? "" : ` ${[...values].join("")}`}${times}${endings(group)}`;
  const list = [...values];
  if (more > 0) list.push(`${grouped(more)} more`);
  const about = list.length === 0 ? "" : calls === 1 ? ` ${list[0]}` : ` (${list.join(", ")})`;
  return `${called}${calls === 1 ? about : `${times}${about}`}${endings(group)}`;
}

/** ` (3 failed: E_ACCESSDENIED ×2, nca_unk_if; 1 unanswered)`; nothing where all is well. */
function endings({ failed, reasons, unanswered, probes }: Count): string {
  const parts: string[] = [];
  if (failed > 0) {
    const named = [...(reasons ?? [])].sort((a, b) => b[1] - a[1]);
    const rest = named.reduce((sum, [, times]) => sum - times, failed);
    const list = named.map(([name, times]) =>
      times === failed || times === 1 ? name : `${name} ×${grouped(times)}`,
    );
    if (rest > 0 && list.length > 0) list.push(`others ×${grouped(rest)}`);
    parts.push(`${grouped(failed)} failed${list.length === 0 ? "" : `: ${list.join(", ")}`}`);
  }
  if (unanswered > 0) parts.push(`${grouped(unanswered)} unanswered`);
  if (probes > 0) parts.push(`${grouped(probes)} E_NOINTERFACE`);
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

/** Classes of the objects, and users: `MMC20.Application as DOMAIN\\user (WORKSTATION)`. */
function whoText({ classes, users, associations, transport }: Conversation, full: boolean): string {
  const all = new Set(users);
  for (const association of associations) {
    for (const context of securityOf(association)) {
      const name = context.ntlm?.nt_response_kind === "anonymous" ? "anonymous" : userName(context);
      if (name !== null) all.add(name);
    }
  }
  const session = sessionUser(transport);
  if (session !== null && ![...all].some((name) => name === session || name.startsWith(`${session} (`)))
    all.add(session);
  const of = few(classes, full);
  const as = all.size === 0 ? "" : `as ${few(all, full)}`;
  return [of, as].filter((text) => text !== "").join(" ");
}

/** The first names of a set, and how many more there are: of one that is full nobody knows. */
function few(names: ReadonlySet<string>, full: boolean): string {
  const list = [...names];
  const over = list.length >= KEPT_NAMES;
  const shown = list.slice(0, full ? list.length : SHOWN_NAMES);
  const left = list.length - shown.length;
  if (left > 0) shown.push(`${over ? "over " : ""}${cutAt(left)}`);
  else if (over) shown.push("further ones");
  return shown.join(", ");
}

function securityOf({
  auth,
  security_contexts: contexts,
}: AssociationRecord): AssociationRecord["security_contexts"] {
  return contexts.length === 0 ? [auth] : contexts;
}

/** How the calls are protected, every kind once, and the SMB session around a pipe. */
function securityText({ associations, transport }: Conversation, full: boolean): string {
  const kinds = new Set<string>();
  const session = sessionText(transport);
  if (session !== null) kinds.add(session);
  for (const association of associations) {
    for (const { level, mechanism, type, source } of securityOf(association)) {
      if (level !== "none" && source !== "smb_session") kinds.add(`${mechanism ?? type} ${level}`);
    }
  }
  return few(kinds, full);
}

/** What came of the interfaces that were proposed; one that any context was accepted for is bound. */
function proposed(associations: readonly AssociationRecord[]): string[] {
  const bound = new Set<string>();
  const refused = new Set<string>();
  const open = new Set<string>();
  for (const { name, interface: uuid, result } of associations.flatMap(({ contexts }) => contexts)) {
    const among = result === "acceptance" ? bound : result === null ? open : refused;
    if (result !== "negotiate_ack") among.add(name ?? uuid ?? "?");
  }
  for (const name of bound) open.delete(name);
  for (const name of [...bound, ...open]) refused.delete(name);
  const list = (names: Set<string>): string => [...names].join(", ");
  return [
    ...(bound.size === 0 ? [] : [`bound to ${list(bound)}`]),
    ...(open.size === 0 ? [] : [`${list(open)} proposed`]),
    ...(refused.size === 0 ? [] : [`${list(refused)} refused`]),
  ];
}
