/**
 * A sequence ladder as numbers and texts: which lifelines there are, which call goes from where to where, where nothing
 * happened for long. No DOM in here; how wide a text is, the caller measures.
 */
import type { OfferRecord } from "../../events.js";
import { about, duration, hostPort } from "../../output/format.js";
import { followUpName } from "../../output/offer-sentence.js";
import { visible } from "../../output/visible.js";
import type { Rows } from "../rows.js";
import { secondsOf } from "./calls.js";

/** Seconds without a call that are drawn as a break. */
const BREAK = 1;
/** Calls that one ladder shows; beyond them it says how many there are. */
export const MAX_CALLS = 100_000;
/** Lifelines; what goes to further endpoints goes to the last. */
export const MAX_LIFELINES = 24;
/** Pixels of an item, and of the heads above them. */
export const ITEM = 22;
export const HEAD = 42;
/** Items above which only those in sight are drawn. */
const WINDOWED = 500;

/** Pixels left of the lifelines for times, right of them for durations. */
const TIMES = 92;
const TAKEN = 74;
const FIRST_GAP = 190;
const GAP = 74;
/** Lifelines are no further apart than so many times the least, however much room there is. */
const MOST = 2.6;
/** Pixels that the names of calls have at least, where there is room for them. */
const LABELLED = 520;
/** No character of the font is wider, in pixels. */
const WIDEST = 20;

export interface Lifeline {
  host: string;
  /** The machine's name, else its address. */
  machine: string;
  /** `client`, or the port or pipe. */
  title: string;
  role: "caller" | "endpoint" | "listener" | "others";
}

/** What stands at the tip of an arrow; words and shapes, not colour alone. */
export type Mark = "none" | "error" | "fault" | "unanswered" | "unrequested" | "unknown";

export interface CallItem {
  kind: "call";
  row: number;
  from: number;
  to: number;
  label: string;
  /** `09:15:00.001`, or `.003` within the same second. */
  time: string;
  taken: string;
  mark: Mark;
  /** No authentication, of the call or of the session around its pipe: drawn dashed. */
  bare: boolean;
  /** For screen readers and as a tip. */
  says: string;
}

export interface BreakItem {
  kind: "break";
  label: string;
}

export interface FollowItem {
  kind: "follow";
  /** Null where it came from an address that no call came from. */
  from: number | null;
  to: number;
  label: string;
  time: string;
  taken: string;
  says: string;
}

export type LadderItem = CallItem | BreakItem | FollowItem;

export interface Ladder {
  lifelines: readonly Lifeline[];
  items: readonly LadderItem[];
  /** Calls that are not drawn since there are too many. */
  left: number;
}

/** `calls`: rows by time. */
export function ladderOf(rows: Rows, calls: readonly number[], offer: OfferRecord | null = null): Ladder {
  const shown = calls.length > MAX_CALLS ? calls.slice(0, MAX_CALLS) : calls;
  const lines = lifelinesOf(rows, shown, offer);
  const items: LadderItem[] = [];
  let last = "";
  let until = Number.NaN;
  let follow = offer?.follow_up ?? null;
  const timed = (time: string): string => {
    const [second, rest] = [time.slice(0, 8), time.slice(8, 12)];
    const text = second === last ? rest : second + rest;
    last = second;
    return text;
  };
  const pause = (at: number): void => {
    if (at - until > BREAK) {
      items.push({ kind: "break", label: about(at - until) });
      last = "";
    }
  };
  const followed = (before: number): void => {
    if (follow === null || offer === null) return;
    const at = Date.parse(follow.ts) / 1000;
    if (at > before) return;
    pause(at);
    items.push(followItem(follow, lines, offer, timed(follow.ts.slice(follow.ts.indexOf("T") + 1))));
    until = at + (follow.duration_s ?? 0);
    follow = null;
  };
  for (const row of shown) {
    const at = secondsOf(rows, row);
    followed(at);
    pause(at);
    const taken = rows.number("duration", row);
    const end = at + (Number.isNaN(taken) ? 0 : taken / 1e6);
    until = Number.isNaN(until) ? end : Math.max(until, end);
    items.push(callItem(rows, row, lines, timed(rows.time(row))));
  }
  followed(Number.POSITIVE_INFINITY);
  return { lifelines: lines.list, items, left: calls.length - shown.length };
}

interface Lines {
  list: Lifeline[];
  caller: (host: string) => number;
  endpoint: (host: string, endpoint: string) => number;
}

const key = (host: string, title: string): string => `${host}\n${title}`;
const CALLER = "client";

/** The expert, or whoever calls first, is left; of a host its port 135 stands first and the listener that was dialled last. */
function lifelinesOf(rows: Rows, calls: readonly number[], offer: OfferRecord | null): Lines {
  const names = new Map<string, string>();
  if (offer?.novice.name) names.set(offer.novice.address, offer.novice.name);
  if (offer?.expert.workstation) names.set(offer.expert.address, offer.expert.workstation);
  const hosts = new Map<string, Lifeline[]>();
  const met = new Set<string>();
  let count = 0;
  const add = (host: string, title: string, role: Lifeline["role"]): void => {
    const id = key(host, role === "caller" ? "" : title);
    if (met.has(id)) return;
    if (count >= MAX_LIFELINES - 1) return;
    met.add(id);
    count++;
    const line: Lifeline = { host, machine: visible(names.get(host) ?? host), title: visible(title), role };
    const group = hosts.get(host);
    if (group === undefined) hosts.set(host, [line]);
    else if (role === "caller" || title === ":135")
      group.splice(group[0]?.role === "caller" ? 1 : 0, 0, line);
    else group.push(line);
  };
  const follow = offer?.follow_up ?? null;
  const dialled = follow === null ? null : key(follow.server.address, `:${follow.server.port}`);
  if (offer !== null) add(offer.expert.address, "expert", "caller");
  if (dialled !== null) count++; // its place is kept
  const seen = new Set<string>();
  for (const row of calls) {
    // Most calls go where others went: looked at by number.
    const pair = `${rows.key("clientAddress", row)} ${rows.key("serverAddress", row)} ${rows.key("endpoint", row)}`;
    if (seen.has(pair)) continue;
    seen.add(pair);
    add(rows.text("clientAddress", row), CALLER, "caller");
    const host = rows.text("serverAddress", row);
    const title = endpointTitle(rows.text("endpoint", row));
    if (key(host, title) !== dialled) add(host, title, "endpoint");
  }
  if (dialled !== null) count--;
  if (follow !== null) add(follow.server.address, `:${follow.server.port}`, "listener");
  const list = [...hosts.values()].flat();
  const places = new Map<string, number>();
  for (const [index, line] of list.entries()) {
    places.set(key(line.host, line.role === "caller" ? "" : line.title), index);
  }
  const others = (): number => {
    let at = list.findIndex(({ role }) => role === "others");
    if (at < 0) at = list.push({ host: "", machine: "others", title: "further ends", role: "others" }) - 1;
    return at;
  };
  return {
    list,
    caller: (host) => places.get(key(host, "")) ?? others(),
    endpoint: (host, title) => places.get(key(host, visible(title))) ?? others(),
  };
}

/** A port as `:135`; a pipe by its name. */
function endpointTitle(endpoint: string): string {
  return /^\d+$/.test(endpoint) ? `:${endpoint}` : endpoint.replace(/^\\pipe(?=\\)/i, "") || "?";
}

function callItem(rows: Rows, row: number, lines: Lines, time: string): CallItem {
  const bare = rows.level(row) === "none";
  const user = rows.text("user", row);
  const name = visible(rows.text("call", row));
  const mark = markOf(rows, row);
  const taken = duration(nullable(rows.number("duration", row)));
  const ends = `from ${visible(rows.text("client", row))} to ${visible(rows.text("server", row))}`;
  const says = [
    `${rows.time(row)} ${name}`,
    ends,
    visible(rows.text("outcome", row)),
    ...(taken === "-" ? [] : [`took ${taken}`]),
    bare ? (user === "" ? "no authentication" : `in the session of ${visible(user)}`) : rows.level(row),
  ].join(", ");
  return {
    kind: "call",
    row,
    from: lines.caller(rows.text("clientAddress", row)),
    to: lines.endpoint(rows.text("serverAddress", row), endpointTitle(rows.text("endpoint", row))),
    label: name,
    time,
    taken,
    mark,
    // Of a pipe the session around it may be somebody's.
    bare: bare && user === "",
    says,
  };
}

const nullable = (n: number): number | null => (Number.isNaN(n) ? null : n);

function markOf(rows: Rows, row: number): Mark {
  switch (rows.look(row)) {
    case "error":
      return "error";
    case "fault":
      return "fault";
    case "no_response":
      return "unanswered";
    case "no_request":
      return "unrequested";
    case "unknown":
      return "unknown";
    default:
      return "none";
  }
}

function followItem(
  follow: NonNullable<OfferRecord["follow_up"]>,
  lines: Lines,
  offer: OfferRecord,
  time: string,
): FollowItem {
  const name = followUpName(follow);
  const taken = follow.duration_s === null ? "" : about(follow.duration_s);
  const stranger = follow.from_expert === false;
  const whence = stranger ? ", from another address" : "";
  return {
    kind: "follow",
    from: stranger ? null : lines.caller(offer.expert.address),
    to: lines.endpoint(follow.server.address, `:${follow.server.port}`),
    label: `${visible(name)} → :${follow.server.port}${whence}`,
    time,
    taken,
    says: `${follow.ts} ${visible(name)} to ${hostPort(follow.server.address, follow.server.port)}${whence}${taken === "" ? "" : `, lasted ${taken}`}`,
  };
}

export interface Places {
  /** Of the whole drawing; more than there is room for where there are many lifelines. */
  width: number;
  x: readonly number[];
  /** Where durations end. */
  right: number;
}

/** Where the lifelines stand: further apart behind the caller, where the names of calls begin. */
export function placesOf(lifelines: readonly Lifeline[], room: number): Places {
  const gaps = lifelines.slice(1).map((line, at) => (lifelines[at]!.host === line.host ? GAP : FIRST_GAP));
  const needed = gaps.reduce((sum, gap) => sum + gap, 0);
  const free = Math.max(0, room - TIMES - TAKEN - 40);
  const stretch = needed === 0 ? 1 : Math.min(MOST, Math.max(1, free / needed));
  let x = TIMES + 20;
  const list = [x];
  for (const gap of gaps) {
    x += gap * stretch;
    list.push(Math.round(x));
  }
  const last = list.at(-1) ?? 0;
  const width = Math.max(room, Math.ceil(last + TAKEN + 20));
  // Durations stand near what they are of, with room for a name that is longer than its arrow.
  const right = Math.min(width - 8, Math.max(last + TAKEN + 40, TIMES + LABELLED));
  return { width, x: list.slice(0, lifelines.length), right };
}

/** `text`, or as much of it as `room` pixels hold, the cut marked. Never parts a surrogate pair. */
export function fitted(text: string, room: number, measure: (text: string) => number): string {
  if (text.length * WIDEST < room || measure(text) <= room) return text;
  const letters = Array.from(text.slice(0, 1_024));
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${letters.slice(0, middle).join("")}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "…" : `${letters.slice(0, low).join("")}…`;
}

/** The items in sight, with some before and behind them; all where there are few. */
export function inSight(count: number, top: number, height: number): { first: number; end: number } {
  if (count <= WINDOWED) return { first: 0, end: count };
  const first = Math.max(0, Math.floor((top - HEAD) / ITEM) - 20);
  return { first: Math.min(first, count), end: Math.min(count, first + Math.ceil(height / ITEM) + 40) };
}
