/** What a transcript keeps of one TCP conversation: counters for its one line, and the calls that are held for later. */

import type { AssociationRecord, CallRecord, Endpoint, OfferRecord, Value } from "../events.js";
import { callName, duration, endpoint, grouped, isProbe, secondsBetween, timeOf } from "./format.js";
import type { Lines } from "./lines.js";
import { countedShown } from "./summary.js";
import { visible } from "./visible.js";
import { truncate, width } from "./width.js";

/** Different calls of one conversation that are counted by name; the rest are counted together. */
const NAMED_CALLS = 200;
/** Reasons of failure that are counted by name, of the calls of one name; the rest are counted together. */
const NAMED_REASONS = 4;
/** Names that the line shows. */
const SHOWN_CALLS = 8;
/** Columns that the calls get on a line, however little its head leaves; where that is less, the head loses its end. */
const MIN_ABOUT = 20;

interface Count {
  calls: number;
  failed: number;
  /** How the failed ones failed, as far as it has names; null while none did. */
  reasons: Map<string, number> | null;
  unanswered: number;
  /** Calls that asked for an interface which the object does not have. */
  probes: number;
}

export interface Conversation {
  file: string | null;
  stream: number;
  first: string;
  last: string;
  client: Endpoint;
  server: Endpoint;
  association: AssociationRecord | null;
  counts: Map<string, Count>;
  unnamed: Count;
  /** Calls whose answers could not be read. */
  unread: number;
  /** All its calls, those that are not shown as well. */
  calls: number;
  held: CallRecord[];
  /** How many of them were shown with an offer. */
  printed: number;
  /** A rough measure of the memory that it takes without the calls that are held, in bytes. */
  weight: number;
}

/** Rough measures of memory, in bytes. */
export const CONVERSATION_WEIGHT = 1_000;
const NAME_WEIGHT = 200;
const REASON_WEIGHT = 150;
const CONTEXT_WEIGHT = 600;
const SECURITY_WEIGHT = 2_500;
const NOTE_WEIGHT = 200;

export function newConversation(from: CallRecord | AssociationRecord): Conversation {
  return {
    file: from.file,
    stream: from.stream,
    first: from.ts,
    last: from.ts,
    client: from.client,
    server: from.server,
    association: null,
    counts: new Map(),
    unnamed: newCount(),
    unread: 0,
    calls: 0,
    held: [],
    printed: 0,
    weight: CONVERSATION_WEIGHT,
  };
}

/** Counts a call that is not shown: it belongs to the conversation all the same. */
export function countHidden(conversation: Conversation, call: CallRecord): void {
  if (call.ts < conversation.first) conversation.first = call.ts;
  if (call.ts > conversation.last) conversation.last = call.ts;
  conversation.calls++;
}

/** Counts a call for the conversation's line; answers how much more memory that takes. */
export function countCall(conversation: Conversation, call: CallRecord): number {
  countHidden(conversation, call);
  const name = callName(call);
  let count = conversation.counts.get(name);
  const known = count !== undefined;
  if (count === undefined) {
    if (conversation.counts.size < NAMED_CALLS) {
      count = newCount();
      conversation.counts.set(name, count);
    } else {
      count = conversation.unnamed;
    }
  }
  count.calls++;
  let weight = known || count === conversation.unnamed ? 0 : NAME_WEIGHT + 2 * name.length;
  if (call.status === "unknown") conversation.unread++;
  else if (call.status === "no_response") count.unanswered++;
  else if (isProbe(call)) count.probes++;
  else if (failed(call)) {
    count.failed++;
    if (countReason(count, reasonOf(call))) weight += REASON_WEIGHT;
  }
  return weight;
}

function newCount(): Count {
  return { calls: 0, failed: 0, reasons: null, unanswered: 0, probes: 0 };
}

/** The answer says that the call failed; one whose request was not captured may have succeeded. */
function failed(call: CallRecord): boolean {
  if (call.status === "fault" || call.status === "error") return true;
  return call.status === "no_request" && call.fault !== null;
}

/** What the server answered, by its name. */
function reasonOf({ fault, hresult, returned }: CallRecord): string {
  if (fault !== null) return fault.name ?? fault.status;
  if (hresult !== null) return hresult.name ?? hresult.value;
  return returned?.name ?? String(returned?.value ?? "");
}

/** True where the reason takes memory of its own. */
function countReason(count: Count, reason: string): boolean {
  count.reasons ??= new Map();
  const before = count.reasons.get(reason) ?? 0;
  if (reason === "" || (before === 0 && count.reasons.size >= NAMED_REASONS)) return false;
  count.reasons.set(reason, before + 1);
  return before === 0;
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

/** The one line: number, time, ends, what was called how often, security where it fits. */
export function conversationLine(lines: Lines, conversation: Conversation): void {
  const { association } = conversation;
  const span = secondsBetween(conversation.first, conversation.last);
  const lasted = span === null || span <= 0 ? "" : ` ${duration(span * 1e6)}`;
  const ends = `${endpoint(conversation.client)} → ${endpoint(conversation.server)}`;
  const head = `[${conversation.stream}] ${timeOf(conversation.first)}${lasted}  ${ends}  `;
  const auth = association?.auth;
  const file = conversation.file === null ? "" : `  ${conversation.file}`;
  const security =
    auth && auth.level !== "none" ? `  ${auth.mechanism ?? auth.type} ${auth.level}${file}` : file;
  const about = visible(called(conversation));
  if (!lines.cut) {
    lines.line(2, ["dim", head], about, ["dim", security]);
    return;
  }
  const columns = lines.columns - 2;
  const needed = Math.min(MIN_ABOUT, width(about));
  const clean = visible(head);
  const begin = width(clean) + needed > columns ? `${truncate(clean, columns - needed - 2)}  ` : clean;
  const room = columns - width(begin);
  const shown = truncate(about, room);
  const fits = width(shown) + width(visible(security)) <= room;
  lines.line(2, ["dim", begin], shown, ["dim", fits ? security : ""]);
}

function called({ counts, unnamed, unread, association, calls: all }: Conversation): string {
  const sorted = [...counts].sort((a, b) => b[1].calls - a[1].calls);
  const total = sorted.reduce((sum, [, count]) => sum + count.calls, unnamed.calls);
  if (total === 0) {
    const none = all === 0 ? "no calls" : countedShown(all, 0, "call");
    return [none, ...proposed(association?.contexts ?? [])].join("; ");
  }
  const parts = sorted.slice(0, SHOWN_CALLS).map(([name, count]) => {
    const times = count.calls === 1 ? "" : ` ×${grouped(count.calls)}`;
    return `${name}${times}${endings(count)}`;
  });
  const shown = sorted.slice(0, SHOWN_CALLS).reduce((sum, [, { calls }]) => sum + calls, 0);
  if (shown < total) parts.push(`others ×${grouped(total - shown)}`);
  const unknown =
    unread === 0 ? "" : ` (${unread === total ? "" : `${grouped(unread)} `}answered, outcome unknown)`;
  return parts.length === 1 && total === all
    ? `${parts[0]!}${unknown}`
    : `${countedShown(all, total, "call")}${unknown}: ${parts.join(", ")}`;
}

/** What came of the interfaces that were proposed; one that any context was accepted for is bound. */
function proposed(contexts: AssociationRecord["contexts"]): string[] {
  const bound = new Set<string>();
  const refused = new Set<string>();
  const open = new Set<string>();
  for (const { name, interface: uuid, result } of contexts) {
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

/** A rough measure of the memory that a held call takes, in bytes. */
export function weight(call: CallRecord): number {
  const frames = call.frames.request.length + call.frames.response.length;
  return 1_500 + 16 * frames + valueWeight(call.request, 0) + valueWeight(call.response, 0);
}

export function weightOfAssociation(record: AssociationRecord): number {
  let sum = SECURITY_WEIGHT * (1 + record.security_contexts.length) + CONTEXT_WEIGHT * record.contexts.length;
  for (const { message } of record.notes) sum += NOTE_WEIGHT + message.length;
  return sum;
}

export function weightOfOffer(offer: OfferRecord): number {
  // Its texts are those of its calls, which weigh for themselves.
  return 800 + 16 * offer.calls.length + 60 * offer.sessions.length;
}

function valueWeight(value: Value | undefined, depth: number): number {
  if (value === null || value === undefined) return 8;
  if (typeof value === "string") return 24 + 2 * value.length;
  if (typeof value !== "object") return 8;
  if (depth > 64) return 0;
  let sum = 32;
  if (Array.isArray(value)) {
    for (const element of value) sum += valueWeight(element, depth + 1);
  } else {
    for (const name in value) sum += 40 + valueWeight(value[name], depth + 1);
  }
  return sum;
}
