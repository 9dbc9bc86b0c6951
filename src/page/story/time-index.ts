/**
 * Calls by time and conversation, for the time line: what is looked at for each drawing, in arrays of numbers. A drawing is one
 * pass over them, whatever is shown. No DOM in here.
 */

import type { NoteRecord } from "../../events.js";
import type { Finding } from "../../view/model.js";
import type { Rows } from "../rows.js";

/** Ways in which a call did not succeed, by gravity. */
export const MARKS = ["none", "unknown", "unrequested", "unanswered", "error", "fault"] as const;
export type CallMark = (typeof MARKS)[number];

const MARK_OF = {
  ok: 0,
  probe: 0,
  unknown: 1,
  no_request: 2,
  no_response: 3,
  error: 4,
  fault: 5,
} as const;

/** A conversation; where several pipes lie on one, each of them. */
export interface Lane {
  /** As the list of calls names it: `3`, `udp 2`. */
  conversation: string;
  pair: number;
  client: string;
  server: string;
  calls: number;
}

/** Two hosts, whichever of them calls. */
export interface Pair {
  a: string;
  b: string;
  lanes: number[];
  calls: number;
}

const FIRST_ROOM = 4_096;
/** Texts of a run have smaller numbers than this. */
const PIPES = 2 ** 26;

export class TimeIndex {
  readonly lanes: Lane[] = [];
  readonly pairs: Pair[] = [];
  /** Rows that were taken. */
  count = 0;
  /** Seconds since 1970 that all times are counted from. */
  base = 0;
  /** Of all calls, in seconds since `base`. */
  first = 0;
  last = 0;
  lane = new Uint32Array(FIRST_ROOM);
  from = new Float64Array(FIRST_ROOM);
  /** When the call ended; `from` where nobody knows. */
  until = new Float64Array(FIRST_ROOM);
  /** Into MARKS. */
  mark = new Uint8Array(FIRST_ROOM);
  readonly #lanes = new Map<number, number>();
  readonly #pairs = new Map<string, number>();
  readonly #conversations = new Set<number>();
  /** By the number of an endpoint's text, which are few. */
  readonly #pipes = new Map<number, number>();

  /** Conversations of all lanes. */
  get conversations(): number {
    return this.#conversations.size;
  }

  /** Takes the rows that came since the last time; true where there were any. */
  take(rows: Rows): boolean {
    if (rows.count === this.count) return false;
    this.#grow(rows.count);
    if (this.count === 0) {
      const seconds = rows.number("seconds", 0);
      this.base = Number.isFinite(seconds) ? seconds : 0;
      this.first = Number.POSITIVE_INFINITY;
      this.last = Number.NEGATIVE_INFINITY;
    }
    for (let row = this.count; row < rows.count; row++) {
      const exact = rows.number("seconds", row) - this.base + rows.number("nanos", row) / 1e9;
      const at = Number.isFinite(exact) ? exact : 0;
      const taken = rows.number("duration", row);
      const end = taken > 0 ? at + taken / 1e6 : at;
      this.from[row] = at;
      this.until[row] = end;
      this.mark[row] = MARK_OF[rows.look(row)];
      if (at < this.first) this.first = at;
      if (end > this.last) this.last = end;
      const lane = this.#laneOf(rows, row);
      this.lane[row] = lane;
      this.lanes[lane]!.calls++;
      this.pairs[this.lanes[lane]!.pair]!.calls++;
    }
    this.count = rows.count;
    return true;
  }

  /** The lane of a TCP conversation by its number; null where it has none. */
  laneOf(stream: number): number | null {
    const at = this.lanes.findIndex(({ conversation }) => conversation === `${stream}`);
    return at < 0 ? null : at;
  }

  #laneOf(rows: Rows, row: number): number {
    const key = rows.key("conversation", row) * PIPES + this.#pipeOf(rows, row);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const client = rows.text("clientAddress", row);
    const server = rows.text("serverAddress", row);
    const name = client < server ? `${client}\n${server}` : `${server}\n${client}`;
    let pair = this.#pairs.get(name);
    if (pair === undefined) {
      pair = this.pairs.push({ a: client, b: server, lanes: [], calls: 0 }) - 1;
      this.#pairs.set(name, pair);
    }
    const conversation = rows.text("conversation", row);
    this.#conversations.add(rows.key("conversation", row));
    const lane =
      this.lanes.push({
        conversation,
        pair,
        client: rows.text("client", row),
        server: rows.text("server", row),
        calls: 0,
      }) - 1;
    this.pairs[pair]!.lanes.push(lane);
    this.#lanes.set(key, lane);
    return lane;
  }

  /** The number of the pipe's name; 0 of a port. */
  #pipeOf(rows: Rows, row: number): number {
    const key = rows.key("endpoint", row);
    let pipe = this.#pipes.get(key);
    if (pipe === undefined) {
      pipe = rows.text("endpoint", row).startsWith("\\") ? key % PIPES : 0;
      this.#pipes.set(key, pipe);
    }
    return pipe;
  }

  #grow(needed: number): void {
    let room = this.lane.length;
    if (room >= needed) return;
    while (room < needed) room *= 2;
    const wider = <A extends Uint32Array | Float64Array | Uint8Array>(to: A, old: A): A => {
      to.set(old.subarray(0, this.count));
      return to;
    };
    this.lane = wider(new Uint32Array(room), this.lane);
    this.from = wider(new Float64Array(room), this.from);
    this.until = wider(new Float64Array(room), this.until);
    this.mark = wider(new Uint8Array(room), this.mark);
  }
}

/** A line of the time line: a conversation, or the head of two hosts' conversations, which shows all of them where it is folded. */
export interface Line {
  pair: number;
  /** Null of a head. */
  lane: number | null;
  folded: boolean;
}

/** Two hosts with one conversation have one line, and no head. */
export function linesOf(index: TimeIndex, folded: ReadonlySet<number>): Line[] {
  return index.pairs.flatMap(({ lanes }, pair) => {
    if (lanes.length === 1) return [{ pair, lane: lanes[0]!, folded: false }];
    const head = { pair, lane: null, folded: folded.has(pair) };
    return head.folded ? [head] : [head, ...lanes.map((lane) => ({ pair, lane, folded: false }))];
  });
}

/** Conversations of two hosts beyond which they are folded at first. */
const FOLDED = 12;

export function foldedAtFirst(index: TimeIndex): Set<number> {
  const folded = new Set<number>();
  if (index.lanes.length <= FOLDED * 2) return folded;
  for (const [pair, { lanes }] of index.pairs.entries()) if (lanes.length > FOLDED) folded.add(pair);
  return folded;
}

/** Which of the lines `first` … `end - 1` shows a lane; -1 where none does. */
export function slotsOf(index: TimeIndex, lines: readonly Line[], first: number, end: number): Int32Array {
  const slots = new Int32Array(index.lanes.length).fill(-1);
  for (let at = Math.max(0, first); at < Math.min(end, lines.length); at++) {
    const { lane, pair, folded } = lines[at]!;
    if (lane !== null) slots[lane] = at - first;
    else if (folded) for (const of of index.pairs[pair]!.lanes) slots[of] = at - first;
  }
  return slots;
}

/** What is in sight: seconds since the index's base. */
export interface Span {
  from: number;
  to: number;
}

/** Calls in sight that are drawn one by one; where there are more, bars say how many. */
export const ONE_BY_ONE = 3_000;

export interface Picture {
  /** Calls in sight. */
  calls: number;
  /** Rows of the calls in sight, where they are few enough to be drawn one by one; else null. */
  rows: Uint32Array | null;
  /** Calls that begin in each pixel of each line, `slot * width + x`. */
  density: Uint32Array;
  /** How many of them did not succeed, and the gravest mark, into MARKS. */
  marked: Uint32Array;
  gravest: Uint8Array;
  /** The most calls in one pixel. */
  most: number;
}

/** One pass over the calls. `slots`: of each lane, the line in sight that shows it. */
export function pictureOf(
  index: TimeIndex,
  slots: Int32Array,
  lines: number,
  width: number,
  { from, to }: Span,
): Picture {
  const density = new Uint32Array(lines * width);
  const marked = new Uint32Array(lines * width);
  const gravest = new Uint8Array(lines * width);
  const few = new Uint32Array(ONE_BY_ONE);
  const scale = width / (to - from);
  const { lane, from: begins, until, mark } = index;
  let calls = 0;
  let most = 0;
  for (let row = 0; row < index.count; row++) {
    const slot = slots[lane[row]!]!;
    if (slot < 0) continue;
    const at = begins[row]!;
    if (at > to || until[row]! < from) continue;
    if (calls < ONE_BY_ONE) few[calls] = row;
    calls++;
    const x = at <= from ? 0 : Math.min(width - 1, Math.floor((at - from) * scale));
    const cell = slot * width + x;
    const now = ++density[cell]!;
    if (now > most) most = now;
    const of = mark[row]!;
    if (of === 0) continue;
    marked[cell]!++;
    if (of > gravest[cell]!) gravest[cell] = of;
  }
  return { calls, rows: calls <= ONE_BY_ONE ? few.subarray(0, calls) : null, density, marked, gravest, most };
}

/** The call of a line that is nearest to a time; of several that are, the first. Null where none is within `within` seconds. */
export function nearest(
  index: TimeIndex,
  slots: Int32Array,
  slot: number,
  at: number,
  within: number,
): number | null {
  let found: number | null = null;
  let best = within;
  const { lane, from, until } = index;
  for (let row = 0; row < index.count; row++) {
    if (slots[lane[row]!] !== slot) continue;
    const begin = from[row]!;
    const distance = at < begin ? begin - at : at > until[row]! ? at - until[row]! : 0;
    if (distance < best || (found === null && distance <= best)) {
      best = distance;
      found = row;
    }
  }
  return found;
}

/** The next call by time, of a line or (`slot` null) of all that are shown; with `marked` only those that did not succeed. */
export function nextCall(
  index: TimeIndex,
  slots: Int32Array,
  slot: number | null,
  after: number | null,
  step: 1 | -1,
  marked = false,
): number | null {
  const { lane, from, mark } = index;
  const start = after === null ? step * Number.NEGATIVE_INFINITY : from[after]!;
  const here = after ?? -step;
  let found: number | null = null;
  for (let row = 0; row < index.count; row++) {
    const of = slots[lane[row]!]!;
    if (slot === null ? of < 0 : of !== slot) continue;
    if (marked && mark[row] === 0) continue;
    const way = (from[row]! - start) * step || (row - here) * step;
    if (after !== null && way <= 0) continue;
    if (found === null || (from[row]! - from[found]!) * step < 0) found = row;
    else if (from[row] === from[found] && (row - found) * step < 0) found = row;
  }
  return found;
}

/** What is marked beside calls. */
export interface Sign {
  kind: "gap" | "finding";
  lane: number;
  at: number;
  /** Says what it is. */
  text: string;
  /** Of a finding. */
  level: string;
  row: number | null;
  frame: number | null;
}

/** Signs that are kept; there is no room to draw more. */
const MAX_SIGNS = 20_000;

/** Missing bytes, and findings, where there is a conversation to show them at. */
export function signsOf(
  index: TimeIndex,
  notes: readonly NoteRecord[],
  findings: readonly Finding[],
): Sign[] {
  const signs: Sign[] = [];
  const lanes = new Map<number, number | null>();
  const laneOf = (stream: number): number | null => {
    let lane = lanes.get(stream);
    if (lane === undefined) {
      lane = index.laneOf(stream);
      lanes.set(stream, lane);
    }
    return lane;
  };
  for (const { code, stream, ts, message, frame } of notes) {
    if (code !== "stream-gap" || stream === null || ts === null || signs.length >= MAX_SIGNS) continue;
    const lane = laneOf(stream);
    const at = Date.parse(ts) / 1000 - index.base;
    if (lane !== null && Number.isFinite(at)) {
      signs.push({ kind: "gap", lane, at, text: message, level: "", row: null, frame });
    }
  }
  for (const { rows, rule, sentence, frames } of findings) {
    for (const row of rows) {
      if (row >= index.count || signs.length >= MAX_SIGNS) continue;
      signs.push({
        kind: "finding",
        lane: index.lane[row]!,
        at: index.from[row]!,
        text: sentence === "" ? rule.title : sentence,
        level: rule.level,
        row,
        frame: frames[0] ?? null,
      });
    }
  }
  return signs;
}
