/** The summary record as text: for the end of a transcript, and for standard error when a run is stopped. */

import { type CaptureRecord, DETECTION_LEVELS, type KeysRecord, type SummaryRecord } from "../events.js";
import { about, account, counted, grouped, seconds, size, tally, withoutRpc } from "./format.js";
import { PLAIN_SPELLING, type Spelling } from "./spelling.js";

/** What a capture without DCE/RPC is reported in: two lines, the second says what was in it. */
export function emptyCapture(summary: SummaryRecord): string[] {
  const { traffic, capture } = summary;
  const holds = [
    `${counted(summary.frames, "frame")} (${size(summary.bytes)})`,
    `${counted(traffic.ip_packets, "IP packet")}`,
    `${counted(traffic.tcp_segments, "TCP segment")} in ${counted(summary.streams, "TCP conversation")}`,
    `${counted(traffic.other_frames, "other frame")}`,
  ];
  const missing = shortfall(summary, ".").map((sentence) => ` ${sentence}`);
  const lines = [nothingFound(summary), `It holds ${holds.join(", ")}${spanOf(summary)}.${missing.join("")}`];
  const outside = skippedText(summary);
  if (outside !== null) lines.push(`${outside}.`);
  if (capture !== null) lines.push(captureLine(capture));
  return lines;
}

function spanOf({ duration_s: span }: SummaryRecord): string {
  if (span === null || span === 0) return "";
  return ` over ${span < 1 ? about(span) : seconds(span)}`;
}

/** True where nothing was passed over that may have been DCE/RPC. */
export function allRead(summary: SummaryRecord): boolean {
  return summary.complete && notRead(summary) === null && notLookedInto(summary) === null;
}

/** That there is no DCE/RPC: said of the whole capture only where all of it was looked at. */
function nothingFound(summary: SummaryRecord): string {
  const outside = summary.skipped?.time ?? 0;
  if (summary.frames === 0) {
    return outside === 0
      ? "No DCE/RPC here: the capture holds no frames."
      : "No DCE/RPC here: no frame is within --after and --before.";
  }
  const missing = [notRead(summary), notLookedInto(summary)].filter((text) => text !== null).join("; ");
  if (missing !== "") return `No DCE/RPC in what could be read: ${missing}.`;
  if (outside > 0) return "No DCE/RPC in what was decoded.";
  return summary.complete ? "No DCE/RPC in this capture." : "No DCE/RPC in what could be read.";
}

/** What could not be looked at, as half a sentence; null where there is nothing of that kind. */
function notRead({ capture, traffic }: SummaryRecord): string | null {
  const unread = traffic.not_read.map(({ what }) => what);
  let total = traffic.not_read.reduce((sum, { count }) => sum + count, 0);
  const dropped =
    (capture?.dropped_kernel ?? 0) + (capture?.dropped_interface ?? 0) + (capture?.dropped_own ?? 0);
  if (dropped > 0) {
    unread.push(`${counted(dropped, "frame")} dropped while capturing`);
    total += dropped;
  }
  return unread.length === 0 ? null : `${listed(unread)} ${total === 1 ? "is" : "are"} not read`;
}

/** What may carry DCE/RPC and was not looked into, as half a sentence; null where there is nothing of that kind. */
function notLookedInto({ traffic }: SummaryRecord): string | null {
  const { smb_streams: smb, rpc_http_streams: http } = traffic;
  const inside = [
    ...(smb > 0 ? [counted(smb, "SMB conversation")] : []),
    ...(http > 0 ? [counted(http, "RPC-over-HTTP conversation")] : []),
  ];
  if (inside.length === 0) return null;
  return `${listed(inside)} ${smb + http === 1 ? "was" : "were"} not decoded`;
}

function listed(items: readonly string[]): string {
  return items.length < 2
    ? items.join("")
    : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

/**
 * Why the figures are not of everything, a sentence each; none where they are. `damaged` ends the sentence on damaged
 * captures.
 */
function shortfall(summary: SummaryRecord, damaged = ": this is what came before."): string[] {
  const { notes, ended, complete } = summary;
  const noted = (...codes: string[]): number => codes.reduce((sum, code) => sum + (notes[code] ?? 0), 0);
  const cut = noted("capture-damaged", "capture-cut-short");
  const unread = noted("not-a-capture", "input-unreadable", "format-not-read");
  const sentences: string[] = [];
  if (cut > 1) sentences.push(`${grouped(cut)} captures are damaged or were cut short${damaged}`);
  if (cut === 1) sentences.push(`The capture is damaged or was cut short${damaged}`);
  if (unread > 0) {
    const it = unread === 1 ? "it" : "them";
    sentences.push(`${counted(unread, "input")} could not be read: nothing of ${it} is counted here.`);
  }
  if (noted("interface-lost") > 0) sentences.push("An interface was lost: what came later was not captured.");
  if (ended === "signal") sentences.push("Stopped by a signal: what came later was not read.");
  if (ended === "output_closed")
    sentences.push("The reader of the output has closed it: the rest was not read.");
  if (!complete && sentences.length === 0)
    sentences.push(`The capture is damaged or was cut short${damaged}`);
  if (ended === "limit")
    sentences.push(`Stopped after ${counted(summary.frames, "frame")}, as --limit asks.`);
  return sentences;
}

/** Frames that were not decoded since --after, --before and -f pass them over, as a sentence; null where there are none. */
export function skippedText({ skipped }: Pick<SummaryRecord, "skipped">): string | null {
  const { time = 0, records = 0, filter = 0 } = skipped ?? {};
  const held =
    filter === 0
      ? null
      : `${counted(filter, "frame")} that -f holds back ${filter === 1 ? "was" : "were"} not decoded`;
  const sentences = [outsideText(time, records), held].filter((sentence) => sentence !== null);
  return sentences.length === 0 ? null : sentences.join("; ");
}

function outsideText(time: number, records: number): string | null {
  const what = [
    ...(time === 0 ? [] : [counted(time, "frame")]),
    ...(records === 0 ? [] : [counted(records, "record")]),
  ];
  if (what.length === 0) return null;
  const were = time + records === 1 ? "was" : "were";
  return `${listed(what)} outside of --after and --before ${were} not ${records === 0 ? "decoded" : "read"}`;
}

/** What a live capture counted. */
export function captureLine(capture: CaptureRecord): string {
  const dropped = (value: number | null, by: string): string =>
    value === null ? `unknown by ${by}` : `${grouped(value)} by ${by}`;
  const own = `${grouped(capture.dropped_own)} by raiscope`;
  const parts = [
    `${capture.interfaces.join(", ")} with ${capture.engine}: ${counted(capture.received, "frame")} received`,
    `dropped: ${dropped(capture.dropped_kernel, "the kernel")}, ${dropped(capture.dropped_interface, "the interface")}, ${own}`,
  ];
  if (capture.written !== null) {
    const { frames, bytes, files } = capture.written;
    parts.push(`${counted(frames, "frame")} (${size(bytes)}) written to ${counted(files, "file")}`);
  }
  return parts.join("; ");
}

/** `27 calls, 3 shown`: the whole, and where filters hold some back the part that is let through. */
export function countedShown(all: number, shown: number | undefined, one: string): string {
  return shown === undefined || shown >= all
    ? counted(all, one)
    : `${counted(all, one)}, ${grouped(shown)} shown`;
}

/** Calls of the whole run, whatever became of them. */
export function callsIn(summary: SummaryRecord): number {
  return Object.values(summary.calls).reduce((a, b) => a + b, 0);
}

/** `, 3 of them DCE/RPC; 16 datagrams of connectionless DCE/RPC`, as far as there is any. */
function rpcIn({ streams, traffic: { rpc_streams: rpc, rpc_datagrams: datagrams } }: SummaryRecord): string {
  const over = streams === 0 ? "" : `, ${grouped(rpc)} of them DCE/RPC`;
  return datagrams === 0 ? over : `${over}; ${counted(datagrams, "datagram")} of connectionless DCE/RPC`;
}

/** How many findings there are, or that there are none, and of what. */
export function findingsSum(summary: SummaryRecord): string {
  const found = findingsText(summary);
  const calls = counted(callsIn(summary), "call");
  const all = `${counted(summary.frames, "frame")}, ${calls}${summary.offers > 0 ? `, ${counted(summary.offers, "offer")}` : ""}`;
  return [found === "" ? `No findings in ${all}` : `${found} in ${all}`, ...shortfall(summary)].join(". ");
}

/** `3 findings (1 high, 2 medium)`; "" where there are none, or no rule looked. */
function findingsText({ detections = {} }: SummaryRecord): string {
  const known = [...DETECTION_LEVELS].reverse().flatMap((level) => {
    const count = detections[level] ?? 0;
    return count === 0 ? [] : [`${grouped(count)} ${level}`];
  });
  if (known.length === 0) return "";
  const sum = Object.values(detections).reduce((a, b) => a + b, 0);
  return `${counted(sum, "finding")} (${known.join(", ")})`;
}

/** The counters, one idea a line. `offers`: whether offers were put together, so that their number is known. */
export function summaryLines(
  summary: SummaryRecord,
  offers = true,
  spelling: Spelling = PLAIN_SPELLING,
): string[] {
  if (withoutRpc(summary)) return emptyCapture(summary);
  const lines = [
    `${counted(summary.frames, "frame")} (${size(summary.bytes)})${spanOf(summary)}, ` +
      `${counted(summary.streams, "TCP conversation")}${rpcIn(summary)}`,
  ];
  if (summary.first_ts !== null && summary.last_ts !== null) {
    lines.push(spelling.span(summary.first_ts, summary.last_ts));
  }
  const calls = callsIn(summary);
  const { shown } = summary;
  const { unknown, ...known } = summary.calls;
  const states = tally(unknown === undefined ? known : { ...known, "outcome unknown": unknown });
  const of = shown !== undefined && shown.calls < calls ? "of all: " : "";
  const reported = offers ? `, ${countedShown(summary.offers, shown?.offers, "offer")}` : "";
  lines.push(
    `${countedShown(calls, shown?.calls, "call")}${states === "" ? "" : ` (${of}${states})`}${reported}`,
  );
  const found = findingsText(summary);
  if (found !== "") lines.push(found);
  const pdus = tally(summary.pdus);
  if (pdus !== "") lines.push(`PDUs: ${pdus}`);
  const notes = tally(summary.notes);
  if (notes !== "") lines.push(`notes: ${notes}`);
  for (const unread of [notRead(summary), notLookedInto(summary)]) if (unread !== null) lines.push(unread);
  const outside = skippedText(summary);
  if (outside !== null) lines.push(outside);
  if (summary.capture !== null) lines.push(captureLine(summary.capture));
  if (summary.keys) lines.push(...keyLines(summary.keys));
  lines.push(...shortfall(summary));
  return lines;
}

/** What was not decoded and why, a sentence each; none where all was. */
export function undecodedSentences(summary: SummaryRecord): string[] {
  const clauses = [notRead(summary), notLookedInto(summary), skippedText(summary)];
  if (summary.keys) clauses.push(...unopenedLines(summary.keys));
  const sentences = clauses.filter((clause) => clause !== null);
  return [
    ...sentences.map((clause) => `${clause[0]!.toUpperCase()}${clause.slice(1)}.`),
    ...shortfall(summary),
  ];
}

/** Reasons for undecrypted contexts that are reported. */
const SHOWN_REASONS = 6;
/** Conversations that are named for one of them. */
const SHOWN_STREAMS = 8;

/** Which secret opened what, and why the rest stayed encrypted. Secrets go by the names that the record gives them. */
function keyLines(keys: KeysRecord): string[] {
  const opened = keys.secrets.map(({ secret, kind, user, domain, opened }) => {
    const whose = account(domain, user);
    const what = `${kind.replace("_", " ")}${whose === null ? "" : ` of ${whose}`}`;
    return `${secret} (${what}) fits ${counted(opened, "security context")}`;
  });
  return [...opened, ...unopenedLines(keys)].map((line) => `keys: ${line}`);
}

function unopenedLines({ contexts, contexts_not_listed: more }: KeysRecord): string[] {
  const lines: string[] = [];
  const reasons = new Map<string, number[]>();
  for (const { opened, message, reason, stream } of contexts) {
    if (opened) continue;
    const why = message ?? reason ?? "no reason known";
    const streams = reasons.get(why) ?? [];
    reasons.set(why, streams);
    if (stream !== null && !streams.includes(stream)) streams.push(stream);
  }
  for (const [why, streams] of [...reasons].slice(0, SHOWN_REASONS)) {
    const more = streams.length > SHOWN_STREAMS ? ` and ${grouped(streams.length - SHOWN_STREAMS)} more` : "";
    const where =
      streams.length === 0 ? "" : ` in conversation ${streams.slice(0, SHOWN_STREAMS).join(", ")}${more}`;
    lines.push(`none fits${where}: ${why}`);
  }
  if (reasons.size > SHOWN_REASONS) lines.push(`${counted(reasons.size - SHOWN_REASONS, "further reason")}`);
  if (more > 0) lines.push(`${counted(more, "further context")} not listed`);
  return lines;
}
