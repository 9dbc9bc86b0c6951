/**
 * An offer in one sentence: who, from where, to whom, which session, and how it ended. Never more than the record shows:
 * what was concluded is said to be probable, what was not seen is not said to have happened.
 */
import type { OfferRecord } from "../events.js";
import { about, account, counted, hostPort, isCut, secondsBetween } from "./format.js";

/** [MS-RDPBCGR] 2.2.1.1, 2.2.1.2: bytes that an X.224 request with a cookie and its answer, refusal or not, seldom exceed. */
const RDP_HANDSHAKE = 400;

/** A part of the sentence. Texts are not yet visible. */
export interface SentencePiece {
  text: string;
  /** `party`: an account or machine; `end`: what it came to; `inferred`: concluded, and so worded. */
  as: "plain" | "party" | "end" | "inferred";
}

/** Its pieces join without blanks between them. */
export function offerSentence(offer: OfferRecord): SentencePiece[] {
  const pieces = [...subject(offer), ...predicate(offer), plain(".")];
  return pieces.filter(({ text }) => text !== "");
}

/** What the outcome rests on, in words that stand by themselves. */
export function basisText({ outcome, outcome_basis: basis }: OfferRecord): string {
  if (outcome === "encrypted") return "inferred: what is encrypted was not read";
  return basis === "decoded" ? "decoded: read from the bytes" : "inferred: concluded from what could be read";
}

const plain = (text: string): SentencePiece => ({ text, as: "plain" });
const party = (text: string): SentencePiece => ({ text, as: "party" });
const end = (text: string): SentencePiece => ({ text, as: "end" });
const inferred = (text: string): SentencePiece => ({ text, as: "inferred" });

function subject({ expert }: OfferRecord): SentencePiece[] {
  const who = account(expert.domain, expert.user);
  const from =
    expert.workstation === null
      ? [plain(" at "), party(expert.address)]
      : [plain(" on "), party(expert.workstation)];
  return [who === null ? plain("An unnamed user") : party(who), ...from, plain(" ")];
}

/** `CONTOSO\jmarek (session 1) on WS-2004`, as much of it as is known. */
function whom({ novice, selected }: OfferRecord): SentencePiece[] {
  const machine = party(novice.name ?? novice.address);
  if (selected === null) return [machine];
  const who = account(selected.domain, selected.user);
  const id = selected.session_id === null ? "" : `session ${selected.session_id}`;
  if (who === null) return id === "" ? [machine] : [plain(`${id} on `), machine];
  return [party(who), plain(`${id === "" ? "" : ` (${id})`} on `), machine];
}

function predicate(offer: OfferRecord): SentencePiece[] {
  const { outcome } = offer;
  const tried = [plain("tried to offer Remote Assistance to "), ...whom(offer)];
  const asked = [plain("offered Remote Assistance to "), ...whom(offer)];
  switch (outcome) {
    case "connected":
      return [...asked, ...connected(offer)];
    case "string_issued":
      return [...asked, ...issued(offer)];
    case "denied":
      return [...tried, plain(", and was "), end("denied"), ...because(offer)];
    case "failed":
      return [...tried, ...failed(offer)];
    case "listed_only":
      return listed(offer);
    case "encrypted":
      return encrypted(offer);
  }
}

function because({ refusal }: OfferRecord): SentencePiece[] {
  return refusal === null ? [] : [plain(`: ${refusal}`)];
}

function failed(offer: OfferRecord): SentencePiece[] {
  if (offer.notes.some(({ code }) => code === "outcome-not-captured")) {
    return [plain("; how it ended "), end("was not captured")];
  }
  return [plain(", which "), end("failed"), ...because(offer)];
}

function connected(offer: OfferRecord): SentencePiece[] {
  const { connection_string: string, follow_up: follow, outcome_basis: basis } = offer;
  const got =
    string === null
      ? [plain(", and after answers that could not be read ")]
      : isCut(offer.notes)
        ? [plain(", got a connection string of which only a part was captured, and ")]
        : [plain(", got a connection string, and ")];
  if (follow === null) return [...got, end("connected")];
  const after = secondsBetween(offer.ts, follow.ts);
  const when = after === null ? "" : ` ${about(after)} later`;
  const lasted = follow.duration_s === null ? "" : `, for ${about(follow.duration_s)}`;
  const to = `${protocolOf(follow)}to ${hostPort(follow.server.address, follow.server.port)}${when}${lasted}`;
  const where = follow.from_expert === false ? ", from an address that none of its calls came from" : "";
  const made =
    follow.from_expert === false
      ? [plain("a connection "), end("was made"), plain(` ${to}${where}`)]
      : [end("connected"), plain(` ${to}`)];
  if (basis === "decoded") return [...got, ...made];
  const why =
    string === null
      ? ", probably with a connection string from them"
      : ", probably to a listener of the string";
  return [...got, ...made, inferred(why)];
}

/** `by RDP `; nothing where it was not recognised. */
function protocolOf({ protocol }: NonNullable<OfferRecord["follow_up"]>): string {
  if (protocol === null) return "";
  return `by ${protocol === "rdp" ? "RDP" : protocol === "tls" ? "TLS" : protocol} `;
}

/** Where little more was sent than its first request, nothing shows that a session came about. */
export function followUpName({ protocol, bytes }: NonNullable<OfferRecord["follow_up"]>): string {
  if (protocol === "rdp") return bytes > RDP_HANDSHAKE ? "RDP session" : "RDP connection";
  return protocol === null ? "TCP connection" : `${protocol === "tls" ? "TLS" : protocol} connection`;
}

function issued(offer: OfferRecord): SentencePiece[] {
  const { connection_string: string, notes, provisional } = offer;
  const unseen = notes.some(({ code }) => code === "listener-unreachable")
    ? "; its attempts to connect to a listener failed"
    : `; no connection to its listeners was seen${provisional ? " yet" : ""}`;
  if (string === null) {
    return [
      plain(" and got an answer that could not be read"),
      inferred("; by its length it was a connection string"),
      plain(`; no connection was seen${provisional ? " yet" : ""}`),
    ];
  }
  if (isCut(notes)) {
    return [
      plain(" and "),
      end("got a connection string"),
      plain(", of which only a part was captured"),
      plain(`; no connection was seen${provisional ? " yet" : ""}`),
    ];
  }
  if (string.form === null) {
    return [plain(" and was answered; what was returned as a connection string is of neither form")];
  }
  return [plain(" and "), end("got a connection string"), plain(unseen)];
}

function listed(offer: OfferRecord): SentencePiece[] {
  const { novice, selected, sessions, outcome_basis: basis } = offer;
  const machine = party(novice.name ?? novice.address);
  const list =
    sessions.length === 0 ? "the sessions of " : `${counted(sessions.length, "session", "sessions")} of `;
  const did = basis === "inferred" ? inferred("probably listed ") : end("listed ");
  const then =
    selected === null
      ? [plain(" through Remote Assistance and asked for none of them")]
      : [
          plain(
            ` through Remote Assistance and chose ${chosen(selected)}; no request for a connection string was seen`,
          ),
        ];
  return [did, plain(list), machine, ...then];
}

function chosen({ domain, user, session_id: id }: NonNullable<OfferRecord["selected"]>): string {
  const who = account(domain, user);
  if (id === null) return who ?? "one";
  return who === null ? `session ${id}` : `${who} (session ${id})`;
}

function encrypted(offer: OfferRecord): SentencePiece[] {
  const through = offer.interface === null ? "" : ` through ${offer.interface}`;
  return [
    offer.interface === null
      ? inferred("probably called Remote Assistance")
      : plain("called Remote Assistance"),
    plain(" on "),
    party(offer.novice.name ?? offer.novice.address),
    plain(`${through}; how it ended `),
    end("cannot be told"),
    plain(", since the answers are encrypted and no key opened them"),
  ];
}

/** The interface that the offer was made through, and the systems that have it ([MS-RAI] 1.7, note 2). */
export function protocolText({ interface: name }: OfferRecord): string {
  if (name === null) return "not known";
  return `${name} (${name === "IRASrv" ? "Windows Vista and later" : "XP, Server 2003"})`;
}
