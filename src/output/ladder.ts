/**
 * A sequence ladder in text: one side left, the other right, a rung for each request and each answer, with time and
 * frames at the edge. For an offer the expert stands left and the novice right.
 */

import type { CallRecord, OfferRecord } from "../events.js";
import { callName, offerEnd, outcome, outcomeStyle, secondsApart } from "./format.js";
import type { Lines, Piece } from "./lines.js";
import type { Style } from "./paint.js";
import { conversationKey, serverName, streamName, tcpKey } from "./transport.js";
import { visible } from "./visible.js";
import { padEnd, padStart, truncate, width } from "./width.js";

const TIME_COLUMNS = 11;
const FRAME_COLUMNS = 9;
const EDGE = TIME_COLUMNS + FRAME_COLUMNS + 4;
/** A ladder wider than this is harder to follow, not easier. */
const MAX_RUNGS = 72;
const MIN_RUNGS = 24;

interface Side {
  title: string;
  address: string;
}

/** Who stands where, and from when times count. */
export interface Rails {
  left: Side;
  right: Side;
  start: string;
}

export function offerRails(offer: OfferRecord): Rails {
  return {
    left: { title: `expert ${offer.expert.workstation ?? ""}`.trim(), address: offer.expert.address },
    right: { title: `novice ${offer.novice.name ?? ""}`.trim(), address: offer.novice.address },
    start: offer.ts,
  };
}

export function callRails(call: CallRecord): Rails {
  return {
    left: { title: "client", address: call.client.address },
    right: { title: "server", address: call.server.address },
    start: call.ts,
  };
}

export function ladderBlock(
  lines: Lines,
  rails: Rails,
  calls: readonly CallRecord[],
  offer: OfferRecord | null,
): void {
  const rung = Math.max(MIN_RUNGS, Math.min(MAX_RUNGS, lines.columns - EDGE - 4));
  const { spelling } = lines;
  heads(lines, rails, rung);
  let at = "";
  let followed = offer?.follow_up ?? null;
  const follow = (before: string | null): void => {
    if (followed === null || (before !== null && before < followed.ts)) return;
    followRung(lines, rails, rung, followed);
    at = tcpKey(followed.stream);
    followed = null;
  };
  for (const call of calls) {
    follow(call.ts);
    const onward = call.client.address !== rails.right.address || rails.left.address === rails.right.address;
    const key = conversationKey(call);
    if (key !== at) {
      at = key;
      const security =
        call.auth.level === "none" ? "" : `, ${call.auth.mechanism ?? call.auth.type} ${call.auth.level}`;
      const ends = `${spelling.endpoint(call.client)} → ${serverName(call, spelling)}`;
      middle(lines, `conversation ${streamName(call)}: ${ends}${security}`, rung);
    }
    if (call.status !== "no_request") {
      arrow(lines, rung, {
        time: offset(rails.start, call.ts, 0),
        frames: spelling.sideFrames(call, "request"),
        text: `${callName(call)}${gist(call)}`,
        onward,
        style: "name",
      });
    }
    if (call.status === "no_response") {
      middle(lines, outcome(call), rung);
      continue;
    }
    arrow(lines, rung, {
      time: offset(rails.start, call.ts, call.duration_us ?? 0),
      frames: spelling.sideFrames(call, "response"),
      text: outcome(call) + resultGist(call),
      onward: !onward,
      style: outcomeStyle(call),
    });
  }
  follow(null);
  if (offer !== null) {
    const { text, style } = offerEnd(offer);
    middle(lines, `${text}${offer.refusal === null ? "" : `: ${offer.refusal}`}`, rung, style);
  }
}

function followRung(
  lines: Lines,
  rails: Rails,
  rung: number,
  { protocol, server, stream, ts }: NonNullable<OfferRecord["follow_up"]>,
): void {
  middle(lines, `conversation ${stream}`, rung);
  const text = `${protocol ?? "TCP"} to ${lines.spelling.endpoint(server)}`;
  arrow(lines, rung, { time: offset(rails.start, ts, 0), frames: "", text, onward: true, style: "good" });
}

function heads(lines: Lines, { left, right }: Rails, rung: number): void {
  const { spelling } = lines;
  for (const [a, b] of [
    [left.title, right.title],
    [left.address + spelling.beside(left.address), right.address + spelling.beside(right.address)],
  ] as const) {
    const room = Math.floor(rung / 2);
    const l = truncate(visible(a), room);
    const r = truncate(visible(b), room);
    lines.line(EDGE, ["title", padEnd(l, rung + 2 - width(r))], ["title", r]);
  }
}

/** Words of what was asked, where one or two say it all. */
function gist(call: CallRecord): string {
  const session = call.request?.lSessionID;
  if (typeof session === "number") return ` session ${session}`;
  const index = call.request?.vIndex;
  return typeof index === "number" ? ` ${index}` : "";
}

/** Words of what came back. */
function resultGist(call: CallRecord): string {
  const rai = call.rai;
  if (rai?.sessions) return `, ${rai.sessions.length} session${rai.sessions.length === 1 ? "" : "s"}`;
  if (rai?.connection_string) return `, connection string ${rai.connection_string.form ?? "?"}`;
  return "";
}

interface Arrow {
  time: string;
  frames: string;
  text: string;
  onward: boolean;
  style: Style;
}

function arrow(lines: Lines, rung: number, { time, frames, text, onward, style }: Arrow): void {
  const label = ` ${truncate(visible(text), rung - 6)} `;
  const rest = "─".repeat(Math.max(0, rung - width(label) - 3));
  const shaft: Piece[] = onward ? ["──", [style, label], `${rest}▶`] : [`◀${rest}`, [style, label], "──"];
  lines.line(0, ...edge(time, frames), "│", ...shaft, "│");
}

function middle(lines: Lines, text: string, rung: number, style: Style = "dim"): void {
  const label = truncate(visible(text), rung - 2);
  lines.line(EDGE, "│", [style, padEnd(` ${label}`, rung)], "│");
}

function edge(time: string, frames: string): Piece[] {
  const shown = truncate(frames, FRAME_COLUMNS);
  return [["dim", padStart(time, TIME_COLUMNS)], "  ", ["dim", padStart(shown, FRAME_COLUMNS)], "  "];
}

/** Seconds since the ladder's start, plus microseconds. */
function offset(start: string, ts: string, us: number): string {
  const since = secondsApart(start, ts);
  return since === null ? "" : (since + us / 1_000_000).toFixed(6);
}
