/** What a transcript keeps of one conversation: counters for its lines, and the calls that are held for later. */

import type {
  AssociationRecord,
  CallRecord,
  Endpoint,
  OfferRecord,
  TransportRecord,
  Value,
} from "../events.js";
import { account, expectsNothing, isProbe } from "./format.js";
import { HandleNames } from "./handle-names.js";
import { classOf, headline, isStep } from "./headline.js";
import { type Rank, rankingOf } from "./ranking.js";
import { isRefused } from "./refused.js";
import { conversationKey } from "./transport.js";
import type { NameOf } from "./values.js";

/** Different calls of one conversation that are counted by name; the rest are counted together, by their rank. */
const NAMED_CALLS = 200;
/** Reasons of failure that are counted by name, of the calls of one name; the rest are counted together. */
const NAMED_REASONS = 4;
/** Values that are kept of the calls of one name; and users and classes of a conversation. */
const KEPT_VALUES = 4;
export const KEPT_NAMES = 64;

export interface Count {
  calls: number;
  failed: number;
  /** How the failed ones failed, as far as it has names; null while none did. */
  reasons: Map<string, number> | null;
  /** Calls that were refused for want of rights. */
  refused: number;
  unanswered: number;
  /** Calls that asked for an interface which the object does not have. */
  probes: number;
}

/** Calls that are shown as one: of the same name, or bookkeeping of the same kind. */
export interface Group extends Count {
  name: string;
  rank: Rank;
  /** Of bookkeeping, what it is; and whether calls of several names are in it. */
  kind: string | null;
  mixed: boolean;
  /** What the calls were about; where that is one thing it is a part of the key. Further ones are only counted. */
  values: ReadonlySet<string>;
  more: number;
}

export interface Conversation {
  key: string;
  file: string | null;
  stream: number;
  transport: TransportRecord;
  first: string;
  last: string;
  client: Endpoint;
  server: Endpoint;
  /** Of a pipe that was opened several times there are several. */
  associations: AssociationRecord[];
  groups: Map<string, Group>;
  /** Those that have no group of their own, by rank. */
  unnamed: ReadonlyMap<Rank, Count>;
  /** Who calls, as far as the calls say, and the classes of the objects that are called. */
  users: ReadonlySet<string>;
  classes: ReadonlySet<string>;
  known: HandleNames;
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

/** What stands where nothing was put so far: most conversations have no use for most of it. */
const NO_NAMES: ReadonlySet<string> = new Set();
const NO_COUNTS: ReadonlyMap<Rank, Count> = new Map();

export function newConversation(from: CallRecord | AssociationRecord): Conversation {
  return {
    key: conversationKey(from),
    file: from.file,
    stream: from.stream,
    transport: from.transport,
    first: from.ts,
    last: from.ts,
    client: from.client,
    server: from.server,
    associations: [],
    groups: new Map(),
    unnamed: NO_COUNTS,
    users: NO_NAMES,
    classes: NO_NAMES,
    known: new HandleNames(),
    unread: 0,
    calls: 0,
    held: [],
    printed: 0,
    weight: CONVERSATION_WEIGHT,
  };
}

/** Counts a call that is not shown: it belongs to the conversation all the same. */
export function countHidden(conversation: Conversation, call: CallRecord): void {
  // Its time is that of its calls, whether its association came before or after them.
  const begins = conversation.calls === 0;
  if (begins || call.ts < conversation.first) conversation.first = call.ts;
  if (begins || call.ts > conversation.last) conversation.last = call.ts;
  conversation.calls++;
}

/** Counts a call for the conversation's lines; answers how much more memory that takes. */
export function countCall(conversation: Conversation, call: CallRecord, names: NameOf, full = false): number {
  countHidden(conversation, call);
  let weight = keep(conversation, "users", userName(call.auth));
  if (call.target !== null) weight += keep(conversation, "classes", classOf(call, names));
  const { count, added } = groupOf(conversation, call, names, full);
  weight += added;
  count.calls++;
  if (call.status === "unknown") conversation.unread++;
  else if (call.status === "no_response") count.unanswered += expectsNothing(call) ? 0 : 1;
  else if (isProbe(call)) count.probes++;
  else if (failed(call)) {
    count.failed++;
    if (isRefused(call)) count.refused++;
    if (countReason(count, reasonOf(call))) weight += REASON_WEIGHT;
  }
  return weight;
}

/** The counters that a call belongs to, and what it takes to keep them. */
function groupOf(
  conversation: Conversation,
  call: CallRecord,
  names: NameOf,
  full: boolean,
): { count: Count; added: number } {
  const ranking = rankingOf(call);
  const rank = isStep(call) ? "prepares" : ranking.rank;
  const { kind } = ranking;
  const { name, values, about } = headline(call, ranking, conversation.known, names, full);
  const learned = conversation.known.learn(call, about ?? null);
  // What changes something is shown value by value, the rest name by name.
  const key = kind ?? (rank === "acts" ? `${name} ${values}` : name);
  const { groups, unnamed } = conversation;
  const known = groups.get(key);
  if (known !== undefined) {
    known.mixed ||= known.name !== name;
    return { count: known, added: learned + keepValue(known, values) };
  }
  if (groups.size >= NAMED_CALLS) {
    const known = unnamed.get(rank);
    const count = known ?? newCount();
    if (known === undefined) conversation.unnamed = new Map([...unnamed, [rank, count]]);
    return { count, added: learned };
  }
  const group = newGroup(name, rank, kind);
  groups.set(key, group);
  return {
    count: group,
    added: learned + NAME_WEIGHT + 2 * (key.length + name.length) + keepValue(group, values),
  };
}

/** Keeps what a call was about beside those of its name; answers how much more memory that takes. */
function keepValue(group: Group, values: string): number {
  if (values === "" || group.values.has(values)) return 0;
  if (group.values.size >= KEPT_VALUES) {
    group.more++;
    return 0;
  }
  if (group.values === NO_NAMES) group.values = new Set([values]);
  else (group.values as Set<string>).add(values);
  return NAME_WEIGHT + 2 * values.length;
}

/** Keeps a name, as long as there are few; answers how much more memory that takes. */
function keep(conversation: Conversation, which: "users" | "classes", name: string | null): number {
  const names = conversation[which];
  if (name === null || names.has(name) || names.size >= KEPT_NAMES) return 0;
  if (names === NO_NAMES) conversation[which] = new Set([name]);
  else (names as Set<string>).add(name);
  return NAME_WEIGHT + 2 * name.length;
}

/** `DOMAIN\\user (WORKSTATION)`; null where no user is known. */
export function userName(auth: Pick<CallRecord["auth"], "user" | "domain" | "workstation">): string | null {
  const user = account(auth.domain, auth.user);
  return user === null || !auth.workstation ? user : `${user} (${auth.workstation})`;
}

function newCount(): Count {
  return { calls: 0, failed: 0, reasons: null, refused: 0, unanswered: 0, probes: 0 };
}

/** A literal of its own: spread into, one takes three times the memory. */
function newGroup(name: string, rank: Rank, kind: string | null): Group {
  return {
    calls: 0,
    failed: 0,
    reasons: null,
    refused: 0,
    unanswered: 0,
    probes: 0,
    name,
    rank,
    kind,
    mixed: false,
    values: NO_NAMES,
    more: 0,
  };
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
  const value = returned?.value ?? "";
  return returned?.name ?? (typeof value === "object" ? "" : String(value));
}

/** True where the reason takes memory of its own. */
function countReason(count: Count, reason: string): boolean {
  count.reasons ??= new Map();
  const before = count.reasons.get(reason) ?? 0;
  if (reason === "" || (before === 0 && count.reasons.size >= NAMED_REASONS)) return false;
  count.reasons.set(reason, before + 1);
  return before === 0;
}

const NOTHING_READABLE = { request: null, response: null };

/** A rough measure of the memory that a held call takes, in bytes. */
export function weight(call: CallRecord): number {
  const frames = call.frames.request.length + call.frames.response.length;
  const readable = call.readable ?? NOTHING_READABLE;
  let sum = 1_500 + 16 * frames;
  for (const side of [call.request, call.response, readable.request, readable.response]) {
    sum += valueWeight(side, 0);
  }
  return sum;
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
