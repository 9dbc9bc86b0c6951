/** What keys and pointer are at on a time line, in words. */
import { counted, duration } from "../../output/format.js";
import { visible } from "../../output/visible.js";
import type { Rows } from "../rows.js";
import { type Line, MARKS, type TimeIndex } from "./time-index.js";

const WORDS: { readonly [mark in (typeof MARKS)[number]]: string } = {
  none: "",
  unknown: "outcome not read",
  unrequested: "request not captured",
  unanswered: "no answer",
  error: "error",
  fault: "fault",
};

export function sayCall(rows: Rows, index: TimeIndex, row: number): string {
  const mark = WORDS[MARKS[index.mark[row]!]!];
  const taken = rows.number("duration", row);
  const parts = [
    `${rows.time(row)} ${visible(rows.text("call", row))}`,
    visible(rows.text("outcome", row)),
    ...(mark === "" ? [] : [mark]),
    ...(Number.isNaN(taken) ? [] : [duration(taken)]),
    `${visible(rows.text("client", row))} → ${visible(rows.text("server", row))}`,
    `conversation ${visible(rows.text("conversation", row))}`,
  ];
  return parts.join(", ");
}

export function sayLine(index: TimeIndex, { lane, pair, folded }: Line): string {
  const { a, b, lanes, calls } = index.pairs[pair]!;
  if (lane === null) {
    const how = folded ? "folded; Enter unfolds" : "Enter folds";
    return `${visible(a)} and ${visible(b)}: ${counted(lanes.length, "conversation")}, ${counted(calls, "call")}, ${how}`;
  }
  const { conversation, client, server, calls: of } = index.lanes[lane]!;
  return `conversation ${visible(conversation)}, ${visible(client)} → ${visible(server)}: ${counted(of, "call")}`;
}
