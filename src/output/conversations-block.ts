/**
 * The conversations of a transcript in order of time, where they are many those that changed something first, each with
 * those of its calls that are shown and with its notes. Of those that are alike only the first is shown, and the others are
 * counted below it.
 */

import type { CallRecord } from "../events.js";
import { callBlock } from "./call-block.js";
import type { Conversation } from "./conversation.js";
import {
  type ConversationText,
  conversationLine,
  conversationText,
  likeness,
  othersLine,
} from "./conversation-line.js";
import type { FindingMarks } from "./finding-marks.js";
import { callRails, ladderBlock } from "./ladder.js";
import type { Lines } from "./lines.js";
import { type PendingNotes, saying } from "./pending-notes.js";
import { isRaiCall } from "./rai.js";
import { flowKey, isDatagram } from "./transport.js";
import type { ValueView } from "./values.js";

/** From so many that are alike on only the first is shown. */
const ALIKE = 3;

/** What findings are about comes first, however many there are. */
const FOUND = ": those with findings first";
/** Conversations that fill more than a screen: those that changed something come first, whenever they were. */
const MANY = 16;
const ACTING = ": those that changed or ran something first";
const NOT_ACTING = "Conversations that only asked";

export interface ConversationsView extends ValueView {
  allCalls: boolean;
  ladder: boolean;
  brief?: boolean | undefined;
  heading: string;
  marks: FindingMarks;
}

/** One conversation with the calls of it that are shown. */
interface Shown {
  text: ConversationText;
  calls: readonly CallRecord[];
}

/** `printed`: calls that were shown with an offer. */
export function conversationsBlock(
  lines: Lines,
  notes: PendingNotes,
  conversations: readonly Conversation[],
  printed: ReadonlySet<CallRecord>,
  view: ConversationsView,
): void {
  const { allCalls, brief, full } = view;
  const { spelling } = lines;
  const dated = spelling.day(conversations[0]!.first) !== spelling.day(conversations.at(-1)!.first);
  const all = conversations.map((conversation) => {
    const calls = conversation.held.filter(
      (call) => brief !== true && !printed.has(call) && (allCalls || isRaiCall(call)),
    );
    return { text: conversationText(conversation, spelling, full, dated), calls };
  });
  const othersOf = full === true ? new Map<ConversationText, Conversation[]>() : alike(all, view.marks);
  const hidden = new Set([...othersOf.values()].flat());
  const shown = all.filter(({ text }) => !hidden.has(text.conversation));
  const found = shown.filter(({ text }) => view.marks.rank(text.conversation) >= 0);
  found.sort((a, b) => view.marks.rank(b.text.conversation) - view.marks.rank(a.text.conversation));
  const others = found.length === 0 ? shown : shown.filter((one) => !found.includes(one));
  const many = !allCalls && shown.length > MANY;
  const acting = many ? others.filter(({ text }) => text.acts.length > 0) : [];
  const split = acting.length > 0 && acting.length < others.length;
  const inOrder = split
    ? [...found, ...acting, ...others.filter(({ text }) => text.acts.length === 0)]
    : [...found, ...others];
  const ordered = inOrder.flatMap(({ text }) => [text.conversation, ...(othersOf.get(text) ?? [])]);
  const lastOf = new Map(ordered.map((conversation) => [flowKey(conversation), conversation]));
  lines.paragraph(
    0,
    `${view.heading}${found.length > 0 && others.length > 0 ? FOUND : split ? ACTING : ""}`,
    "title",
    2,
  );
  for (const [index, { text, calls }] of inOrder.entries()) {
    if (split && index === found.length + acting.length) lines.blank().line(0, ["title", NOT_ACTING]);
    const { conversation } = text;
    conversationLine(lines, text);
    const said = view.marks.text(conversation);
    if (said !== null) lines.paragraph(6, said, "bad", 4);
    const others = othersOf.get(text) ?? [];
    if (others.length > 0) othersLine(lines, others, dated);
    callLines(lines, calls, view);
    noteLinesOf(lines, notes, [conversation, ...others], (it) => lastOf.get(flowKey(it)) === it);
  }
}

/** The first of each likeness, with the others that are not shown. Those with calls of their own are shown. */
function alike(all: readonly Shown[], marks: FindingMarks): Map<ConversationText, Conversation[]> {
  const groups = new Map<string, ConversationText[]>();
  for (const { text, calls } of all) {
    if (calls.length > 0) continue;
    const key = `${likeness(text)} ${marks.text(text.conversation) ?? ""}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [text]);
    else group.push(text);
  }
  const others = new Map<ConversationText, Conversation[]>();
  for (const [first, ...rest] of groups.values()) {
    if (rest.length + 1 < ALIKE) continue;
    others.set(
      first!,
      rest.map(({ conversation }) => conversation),
    );
  }
  return others;
}

function callLines(
  lines: Lines,
  calls: readonly CallRecord[],
  { ladder, names, full }: ConversationsView,
): void {
  if (ladder && calls.length > 0) {
    ladderBlock(lines, callRails(calls[0]!), calls, null);
    return;
  }
  for (const call of calls) callBlock(lines, call, { indent: 4, stream: false, names, full });
}

/**
 * Notes name the TCP stream alone: those of a pipe are known from its association. `isLast`: no other conversation of the
 * stream follows, which the rest could be about.
 */
function noteLinesOf(
  lines: Lines,
  notes: PendingNotes,
  conversations: readonly Conversation[],
  isLast: (conversation: Conversation) => boolean,
): void {
  const over = conversations.filter(({ transport }) => !isDatagram(transport));
  const whole = new Set<number | null>(over.filter(isLast).map(({ stream }) => stream));
  const own = new Set(
    over.flatMap(({ associations }) => associations.flatMap(({ notes: of }) => of)).map(saying),
  );
  const streams = over.map(({ stream }) => stream);
  notes.take(lines, streams, 6, (note) => whole.has(note.stream) || own.has(saying(note)));
}
