/** One offer of a transcript: who, whom, when, which session, outcome, follow-up, and the evidence. */

import type { OfferRecord } from "../events.js";
import { connectionString, noteLines } from "./call-block.js";
import { about, aboutSize, account, cutAt, isCut, offerEnd, secondsBetween } from "./format.js";
import type { Lines } from "./lines.js";
import { followUpName, protocolText } from "./offer-sentence.js";
import { framesText, type Spelling } from "./spelling.js";

const LABEL_COLUMNS = 9;
/** Sessions of an offer that the paragraph names; the call that listed them shows all. */
const SHOWN_SESSIONS = 6;

/** The heading and the paragraph. `number` counts the offers of the run from 1. */
export function offerBlock(lines: Lines, offer: OfferRecord, number: number, full = false): void {
  const ended = offerEnd(offer);
  const { spelling } = lines;
  const when = spelling.moment(offer.ts);
  const more = offer.provisional ? "  (more may come)" : "";
  lines.line(0, ["title", `Offer ${number}`], "  ", when, "  ", [ended.style, ended.text], ["dim", more]);
  const field = (label: string, text: string): void => {
    lines.field(2, label, text, LABEL_COLUMNS);
  };
  field("expert", expertText(offer, spelling));
  field("novice", noviceText(offer, spelling));
  if (offer.file !== null) field("file", offer.file);
  field("protocol", protocolText(offer));
  field("session", sessionText(offer, full));
  field("outcome", outcomeText(offer));
  if (offer.follow_up !== null) field("then", followUpText(offer, offer.follow_up, spelling));
  noteLines(lines, offer.notes, 2);
}

/**
 * What another report of an offer adds to those that were shown, in as few lines. `shown`: statements and notes that were
 * shown before.
 */
export function offerUpdate(
  lines: Lines,
  offer: OfferRecord,
  number: number,
  shown: ReadonlySet<string>,
): void {
  const ended = offerEnd(offer);
  const which = offer.provisional ? "goes on" : "is over";
  lines.line(0, ["title", `Offer ${number}`], `  ${which}  `, [ended.style, ended.text]);
  const field = (label: string, text: string): void => {
    lines.field(2, label, text, LABEL_COLUMNS);
  };
  field("expert", expertText(offer, lines.spelling));
  field("novice", noviceText(offer, lines.spelling));
  field("outcome", outcomeText(offer));
  if (offer.follow_up !== null) field("then", followUpText(offer, offer.follow_up, lines.spelling));
  noteLines(
    lines,
    offer.notes.filter(({ message }) => !shown.has(message)),
    2,
  );
}

function expertText({ expert }: OfferRecord, spelling: Spelling): string {
  const who = account(expert.domain, expert.user) ?? "an unnamed user";
  return `${who} at ${partyText(expert.workstation, expert.address, spelling)}`;
}

function noviceText({ novice }: OfferRecord, spelling: Spelling): string {
  return partyText(novice.name, novice.address, spelling);
}

function partyText(name: string | null, address: string, spelling: Spelling): string {
  return name === null ? `${address}${spelling.beside(address)}` : `${name} (${address})`;
}

function sessionText(offer: OfferRecord, full: boolean): string {
  const { selected } = offer;
  const listed = offer.sessions.map((session) => {
    const who = account(session.domain, session.user) ?? "no user";
    const id = session.session_id === null ? "" : ` in session ${session.session_id}`;
    return `${who}${id}${session.state === null ? "" : ` (${session.state})`}`;
  });
  const shown = full ? listed.length : SHOWN_SESSIONS;
  const more = listed.length > shown ? `; … ${cutAt(listed.length - shown)}` : "";
  const sessions =
    listed.length === 0 ? "" : `sessions on the novice: ${listed.slice(0, shown).join("; ")}${more}`;
  if (selected === null) return sessions === "" ? "not known" : `none requested; ${sessions}`;
  const who = account(selected.domain, selected.user);
  const id = selected.session_id === null ? "a session of unknown number" : `session ${selected.session_id}`;
  const requested = `requested: ${who === null ? id : `${who} in ${id}`}`;
  return sessions === "" ? requested : `${requested}; ${sessions}`;
}

function outcomeText(offer: OfferRecord): string {
  const meaning = {
    connected: "the expert got a connection string and connected to one of its listeners",
    string_issued: `the expert got a connection string; no connection to its listeners was seen${offer.provisional ? " yet" : ""}`,
    denied: "the novice refused the offer",
    failed: "the initiation failed",
    listed_only: "the sessions were listed, none was requested",
    encrypted:
      "the answers are encrypted and no key opened them; no connection that would follow from them was seen",
  }[offer.outcome];
  if (offer.outcome === "connected" && offer.connection_string === null) {
    return "the expert connected to the novice by RDP after answers that could not be read: probably with a connection string from them";
  }
  if (offer.outcome === "string_issued") {
    if (isCut(offer.notes))
      return "the expert got a connection string, of which only a part was captured; no connection was seen";
    if (offer.connection_string === null) {
      return "the answer could not be read; by its length it was a connection string; no connection was seen";
    }
  }
  if (offer.outcome === "string_issued" && offer.connection_string?.form === null) {
    return "the call for a connection string succeeded, but what it returned is of neither form";
  }
  if (offer.outcome === "listed_only" && offer.selected !== null) {
    return "the sessions were listed and one was chosen; no request for a connection string was seen";
  }
  if (offer.refusal === null) return meaning;
  const unknown = offer.notes.some(({ code }) => code === "outcome-not-captured");
  return `${unknown ? "counted as failed" : meaning}: ${offer.refusal}`;
}

function followUpText(
  offer: OfferRecord,
  follow: NonNullable<OfferRecord["follow_up"]>,
  spelling: Spelling,
): string {
  const after = secondsBetween(offer.ts, follow.ts);
  const begun = `${followUpName(follow)} to ${spelling.endpoint(follow.server)} started`;
  const parts = [after === null ? begun : `${begun} ${about(after)} later`];
  if (follow.duration_s !== null) parts.push(`lasted ${about(follow.duration_s)}`);
  parts.push(aboutSize(follow.bytes));
  return `${parts.join(", ")} (conversation ${follow.stream})`;
}

/** What the offer's statements rest on. `shown`: statements that were shown before. */
export function evidenceLines(
  lines: Lines,
  offer: OfferRecord,
  shown: ReadonlySet<string> = new Set(),
): void {
  const evidence = offer.evidence.filter(({ statement }) => !shown.has(statement));
  if (evidence.length === 0) return;
  lines.line(2, ["dim", "evidence"]);
  for (const { statement, basis, frames } of evidence) {
    const at = frames.length === 0 ? "" : ` (${framesText(lines.spelling, frames)})`;
    lines.paragraph(4, `${basis}: ${statement}${at}`, basis === "inferred" ? "warn" : null, 4);
  }
}

/** The offer's string where no call of it could be shown with it. */
export function offerString(lines: Lines, offer: OfferRecord, full = false): void {
  if (offer.connection_string !== null)
    connectionString(lines, offer.connection_string, 2, isCut(offer.notes), full);
}
