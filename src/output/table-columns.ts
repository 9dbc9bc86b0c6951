/**
 * The columns of tables, a row each: what a call and what an offer shows in it. Tables for people cut them to fit; CSV and TSV
 * take the same cells whole, under `name`.
 */

import type { CallRecord, DetectionRecord, OfferRecord } from "../events.js";
import { account, callName, duration, hostPort, offerEnd, outcome, seconds } from "./format.js";
import { firstFrame, type Spelling } from "./spelling.js";
import { serverCell, streamName } from "./transport.js";

/** What tables have rows of. */
export type RowRecord = CallRecord | OfferRecord | DetectionRecord;

export interface TableColumn<R extends RowRecord = RowRecord> {
  /** For machines: snake_case. */
  name: string;
  /** The heading for people. */
  title: string;
  right?: true;
  cell: (record: R, spelling: Spelling) => string;
}

const isCall = (record: RowRecord): record is CallRecord => record.type === "call";
const isFinding = (record: RowRecord): record is DetectionRecord => record.type === "detection";

/** Of calls, offers and findings together: all have a place in each. */
export const CALL_COLUMNS = [
  {
    name: "time",
    title: "TIME",
    cell: (record, spelling) =>
      record.ts === null ? "-" : spelling.time(record.ts, isCall(record) ? firstFrame(record) : null),
  },
  {
    name: "stream",
    title: "CONV",
    right: true,
    cell: (record) => (isCall(record) ? streamName(record) : `${record.stream ?? "-"}`),
  },
  {
    name: "frames",
    title: "FRAMES",
    cell: (record, spelling) =>
      isCall(record)
        ? spelling.callFrames(record)
        : isFinding(record)
          ? spelling.frames(record.frames, 1)
          : offerFrames(record, spelling),
  },
  {
    name: "client",
    title: "CLIENT",
    cell: (record, spelling) =>
      isCall(record)
        ? spelling.endpoint(record.client)
        : isFinding(record)
          ? foundAt(record.client, spelling)
          : host(record.expert.address, spelling),
  },
  {
    name: "server",
    title: "SERVER",
    cell: (record, spelling) =>
      isCall(record)
        ? serverCell(record, spelling)
        : isFinding(record)
          ? foundAt(record.server, spelling)
          : host(record.novice.address, spelling),
  },
  {
    name: "taken",
    title: "TAKEN",
    right: true,
    cell: (record) =>
      isCall(record) ? duration(record.duration_us) : isFinding(record) ? "-" : followUpTime(record),
  },
  {
    name: "call",
    title: "CALL",
    cell: (record) =>
      isCall(record)
        ? callName(record)
        : isFinding(record)
          ? `FINDING ${record.sentence}`
          : `OFFER ${offerParties(record)}`,
  },
  {
    name: "outcome",
    title: "OUTCOME",
    cell: (record, spelling) =>
      isCall(record)
        ? outcome(record)
        : isFinding(record)
          ? `${record.rule.level}: ${record.rule.title}`
          : offerOutcome(record, spelling),
  },
] as const satisfies readonly TableColumn[];

/** Of offers alone. */
export const OFFER_COLUMNS = [
  {
    name: "time",
    title: "TIME",
    cell: ({ ts }, spelling) => `${spelling.ofDay ? `${spelling.day(ts)} ` : ""}${spelling.time(ts)}`,
  },
  {
    name: "expert",
    title: "EXPERT",
    cell: ({ expert }) => account(expert.domain, expert.user) ?? "-",
  },
  {
    name: "from",
    title: "FROM",
    cell: ({ expert }, spelling) => machine(expert.workstation, expert.address, spelling),
  },
  {
    name: "novice",
    title: "NOVICE",
    cell: ({ novice }, spelling) => machine(novice.name, novice.address, spelling),
  },
  { name: "session", title: "SESSION", cell: (offer) => sessionName(offer) },
  { name: "outcome", title: "OUTCOME", cell: (offer) => endName(offer) },
  { name: "dialled", title: "LISTENER DIALLED", cell: (offer, spelling) => dialled(offer, spelling) },
  { name: "refusal", title: "WHY", cell: ({ refusal }) => refusal ?? "-" },
] as const satisfies readonly TableColumn<OfferRecord>[];

/** Of findings alone. */
export const FINDING_COLUMNS = [
  { name: "level", title: "LEVEL", cell: ({ rule }) => rule.level },
  {
    name: "time",
    title: "TIME",
    cell: ({ ts, frames }, spelling) =>
      ts === null
        ? "-"
        : `${spelling.ofDay ? `${spelling.day(ts)} ` : ""}${spelling.time(ts, frames[0] ?? null)}`,
  },
  { name: "stream", title: "CONV", right: true, cell: ({ stream }) => `${stream ?? "-"}` },
  { name: "frames", title: "FRAMES", cell: ({ frames }, spelling) => spelling.frames(frames, 2) },
  { name: "client", title: "CLIENT", cell: ({ client }, spelling) => foundAt(client, spelling) },
  { name: "server", title: "SERVER", cell: ({ server }, spelling) => foundAt(server, spelling) },
  { name: "rule", title: "RULE", cell: ({ rule }) => rule.title },
  { name: "techniques", title: "ATT&CK", cell: ({ rule }) => rule.techniques.join(" ") || "-" },
  { name: "sentence", title: "WHAT", cell: ({ sentence }) => sentence },
  { name: "basis", title: "BASIS", cell: ({ basis }) => basis },
] as const satisfies readonly TableColumn<DetectionRecord>[];

function foundAt(at: DetectionRecord["client"], spelling: Spelling): string {
  return at === null ? "several" : `${hostPort(at.address, at.port)}${spelling.beside(at.address)}`;
}

/** `HELPDESK-7 10.20.4.90`: the name where one is known. */
function machine(name: string | null, address: string, spelling: Spelling): string {
  return name === null ? host(address, spelling) : `${name} ${address}`;
}

function host(address: string, spelling: Spelling): string {
  return address + spelling.beside(address);
}

/** `2 CONTOSO\bgreen` for the session that was asked for; else how many were listed. */
function sessionName({ selected, sessions }: OfferRecord): string {
  if (selected !== null) {
    const id = selected.session_id === null ? "?" : `${selected.session_id}`;
    const who = account(selected.domain, selected.user);
    return who === null ? id : `${id} ${who}`;
  }
  return sessions.length === 0 ? "-" : `none of ${sessions.length}`;
}

function endName(offer: OfferRecord): string {
  const { text } = offerEnd(offer);
  return offer.provisional ? `${text}, so far` : text;
}

/**
 * The listener that the expert connected to, what was spoken there, and how long; where there was none, how many the string
 * names and whether one was tried in vain.
 */
function dialled(offer: OfferRecord, spelling: Spelling): string {
  const { follow_up: follow } = offer;
  if (follow !== null) {
    const parts = [spelling.endpoint(follow.server), ...(follow.protocol === null ? [] : [follow.protocol])];
    if (follow.duration_s !== null) parts.push(seconds(follow.duration_s));
    return parts.join(" ");
  }
  const named = listeners(offer);
  if (offer.notes.some(({ code }) => code === "listener-unreachable")) {
    return named === 0 ? "tried in vain" : `none of ${named} reached`;
  }
  return named === 0 ? "-" : `none of ${named}`;
}

function listeners({ connection_string: string }: OfferRecord): number {
  if (string === null || string.form === null) return 0;
  if (string.form === 1) return string.listeners.length;
  return string.transports.reduce((sum, { listeners: of }) => sum + of.length, 0);
}

function offerParties(offer: OfferRecord): string {
  const { expert, novice } = offer;
  const who = account(expert.domain, expert.user) ?? "unnamed user";
  const session = sessionName(offer);
  return `${who} → ${novice.name ?? novice.address}${session === "-" ? "" : `, session ${session}`}`;
}

function offerOutcome(offer: OfferRecord, spelling: Spelling): string {
  const to = dialled(offer, spelling);
  return to === "-" ? endName(offer) : `${endName(offer)}, dialled ${to}`;
}

/** The first and the last frame that it rests on. */
function offerFrames({ evidence }: OfferRecord, spelling: Spelling): string {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { frames } of evidence) {
    for (const frame of frames) {
      first = Math.min(first, frame);
      last = Math.max(last, frame);
    }
  }
  if (last === 0) return spelling.frames([]);
  const [from, to] = [spelling.frames([first]), spelling.frames([last])];
  if (from === to) return from;
  // In the same file its name is said once.
  const at = to.lastIndexOf(":") + 1;
  return `${from}-${from.startsWith(to.slice(0, at)) ? to.slice(at) : to}`;
}

function followUpTime({ follow_up: follow }: OfferRecord): string {
  return follow?.duration_s == null ? "-" : seconds(follow.duration_s);
}
