/** The summary record as text: for the end of a transcript, and for standard error when a run is stopped. */

import type { SummaryRecord } from "../events.js";
import { counted, grouped, seconds, size, tally, withoutRpc } from "./format.js";

/** What a capture without DCE/RPC is told in: two lines, the second says what was in it. */
export function emptyCapture(summary: SummaryRecord): string[] {
  const { traffic } = summary;
  const holds = [
    `${counted(summary.frames, "frame")} (${size(summary.bytes)})`,
    `${counted(traffic.ip_packets, "IP packet")}`,
    `${counted(traffic.tcp_segments, "TCP segment")} in ${counted(summary.streams, "TCP conversation")}`,
    `${counted(traffic.other_frames, "other frame")}`,
  ];
  const span = summary.duration_s === null ? "" : ` over ${seconds(summary.duration_s)}`;
  const damage = summary.complete ? "" : " The capture is damaged or was cut short.";
  const first =
    summary.frames === 0 ? "No DCE/RPC here: the capture holds no frames." : "No DCE/RPC in this capture.";
  return [first, `It holds ${holds.join(", ")}${span}.${damage}`];
}

/** The counters, one idea a line. */
export function summaryLines(summary: SummaryRecord): string[] {
  if (withoutRpc(summary)) return emptyCapture(summary);
  const span = summary.duration_s === null ? "" : ` over ${seconds(summary.duration_s)}`;
  const lines = [
    `${counted(summary.frames, "frame")} (${size(summary.bytes)})${span}, ` +
      `${counted(summary.streams, "TCP conversation")}, ${grouped(summary.traffic.rpc_streams)} of them DCE/RPC`,
  ];
  if (summary.first_ts !== null && summary.last_ts !== null) {
    lines.push(`from ${summary.first_ts} to ${summary.last_ts}`);
  }
  const calls = Object.values(summary.calls).reduce((a, b) => a + b, 0);
  const states = tally(summary.calls);
  lines.push(
    `${counted(calls, "call")}${states === "" ? "" : ` (${states})`}, ${counted(summary.offers, "offer")}`,
  );
  const pdus = tally(summary.pdus);
  if (pdus !== "") lines.push(`PDUs: ${pdus}`);
  const notes = tally(summary.notes);
  if (notes !== "") lines.push(`notes: ${notes}`);
  if (!summary.complete) lines.push("The capture is damaged or was cut short: this is what came before.");
  return lines;
}
