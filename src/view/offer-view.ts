/** What the page of an offer shows beside its sentence: facts, and its connection string by field. Plain values. */
import { canonicalAddress } from "../address.js";
import type { ConnectionString, OfferRecord } from "../events.js";
import { about, aboutSize, account, counted, hostPort, isCut, secondsBetween } from "../output/format.js";
import { followUpName, protocolText } from "../output/offer-sentence.js";
import { PLAIN_SPELLING, type Spelling } from "../output/spelling.js";

/** A line `name: text`. */
export interface Fact {
  name: string;
  text: string;
  /** What stands behind it, less important. */
  more: string;
}

/** Sessions and listeners that a fact names; the tables below show all. */
const NAMED = 3;

/** Eight facts, always the same ones. */
export function offerFacts(offer: OfferRecord, spelling: Spelling = PLAIN_SPELLING): Fact[] {
  const { expert, novice } = offer;
  return [
    fact("Expert", account(expert.domain, expert.user) ?? "not known", expertMore(offer)),
    fact("Novice", novice.name ?? novice.address, novice.name === null ? "" : novice.address),
    fact("Began", spelling.moment(offer.ts), offer.provisional ? "more may come" : ""),
    fact("Through", protocolText(offer), ""),
    fact("Sessions listed", sessionsText(offer), offer.sessions.length > NAMED ? "all below" : ""),
    selectedFact(offer),
    listenersFact(offer.connection_string),
    dialledFact(offer),
  ];
}

const fact = (name: string, text: string, more: string): Fact => ({ name, text, more });

function expertMore({ expert }: OfferRecord): string {
  const parts = expert.workstation === null ? [expert.address] : [expert.workstation, expert.address];
  if (expert.listed !== null) {
    parts.push(expert.listed ? "in the list of helpers" : "not in the list of helpers");
  }
  return parts.join(", ");
}

type Session = OfferRecord["sessions"][number];

/** `CONTOSO\jmarek`, or that nobody is logged on. */
export function sessionUser({ domain, user }: Session): string {
  return account(domain, user) ?? "no user";
}

function sessionsText({ sessions }: OfferRecord): string {
  if (sessions.length === 0) return "none seen";
  const named = sessions
    .slice(0, NAMED)
    .map((s) => `${sessionUser(s)}${s.session_id === null ? "" : ` (${s.session_id})`}`);
  const more = sessions.length > NAMED ? `, and ${sessions.length - NAMED} more` : "";
  return named.join(", ") + more;
}

function selectedFact({ selected, sessions }: OfferRecord): Fact {
  if (selected === null) return fact("Session asked for", sessions.length === 0 ? "not known" : "none", "");
  const who = account(selected.domain, selected.user);
  const id = selected.session_id === null ? "number not known" : `session ${selected.session_id}`;
  const how = selected.source === "activation" ? "by the activation" : "by the parameters of the call";
  return fact("Session asked for", who === null ? id : `${who}, ${id}`, how);
}

function listenersFact(string: ConnectionString | null): Fact {
  const all = listenersOf(string);
  if (string === null) return fact("Listeners", "no connection string", "");
  if (all.length === 0) return fact("Listeners", "none named", "");
  const more = all.length > NAMED ? `and ${all.length - NAMED} more` : "";
  return fact("Listeners", all.slice(0, NAMED).map(listenerText).join(", "), more);
}

function dialledFact(offer: OfferRecord): Fact {
  const follow = offer.follow_up;
  if (follow === null) {
    const failed = offer.notes.some(({ code }) => code === "listener-unreachable");
    return fact("Listener dialled", failed ? "tried in vain" : "none seen", "");
  }
  const after = secondsBetween(offer.ts, follow.ts);
  const parts = [followUpName(follow)];
  if (after !== null) parts.push(`${about(after)} after the first call`);
  if (follow.duration_s !== null) parts.push(`lasted ${about(follow.duration_s)}`);
  parts.push(aboutSize(follow.bytes), `conversation ${follow.stream}`);
  return fact("Listener dialled", hostPort(follow.server.address, follow.server.port), parts.join(", "));
}

interface Listener {
  name: string | null;
  port: number | null;
  uri?: string | null;
}

function listenersOf(string: ConnectionString | null): Listener[] {
  if (string === null || string.form === null) return [];
  return string.form === 1 ? string.listeners : string.transports.flatMap(({ listeners }) => listeners);
}

function listenerText({ name, port, uri }: Listener): string {
  const place = name === null ? (port === null ? "no name" : `port ${port}`) : hostPort(name, port);
  return uri == null ? place : `${place} (${uri})`;
}

/** A field of a connection string as it is shown. */
export interface StringField {
  /** The specification's name. */
  name: string;
  text: string;
  /** What it means. */
  about: string;
  kind: "value" | "secret" | "listener" | "dialled" | "absent" | "raw";
}

/** [MS-RAI] 2.2.1 and 2.2.2, field by field; what a string does not say is not made up. */
export function stringFields(offer: OfferRecord): StringField[] {
  const { connection_string: string } = offer;
  if (string === null) return [];
  const absent = isCut(offer.notes) ? "not captured" : "missing";
  const field = (name: string, value: string | number | null, says = "", secret = false): StringField =>
    value === null
      ? { name, text: absent, about: says, kind: "absent" }
      : { name, text: String(value) || "(empty)", about: says, kind: secret ? "secret" : "value" };
  const listener = (name: string, it: Listener): StringField => {
    const dialled = isDialled(it, offer);
    return {
      name,
      text: listenerText(it),
      about: dialled ?? "",
      kind: dialled === null ? "listener" : "dialled",
    };
  };
  const raw: StringField = { name: "as it travelled", text: string.raw, about: "", kind: "raw" };
  if (string.form === null) return [...expiryFields(string.raw), raw];
  if (string.form === 1) {
    return [
      field("ProtocolVersion", string.protocol_version),
      field("protocolType", string.protocol_type),
      ...string.machine_addresses.map(({ host, port }) =>
        listener("machineAddressList", { name: host, port }),
      ),
      field("assistantAccountPwd", string.assistant_account_pwd, "password of the assistant's account", true),
      field("RASessionID", string.ra_session_id, "identifies the session", true),
      field("RASessionName", string.ra_session_name),
      field("RASessionPwd", string.ra_session_pwd, "password of the session", true),
      field("protocolSpecificParms", string.protocol_specific_parms, "for Remote Desktop"),
      raw,
    ];
  }
  const { auth } = string;
  return [
    field("A KH", auth.kh, "hash of the novice's public key, by SHA-1"),
    ...(auth.kh2 === null ? [] : [field("A KH2", auth.kh2, "the same by the algorithm that it names")]),
    field("A ID", auth.id, "identifies the authorization string", true),
    ...string.transports.flatMap(({ id, sid, listeners }) => [
      field("T ID", id, "transport"),
      field("T SID", sid, "session identifier"),
      ...listeners.map((it) => listener("L", it)),
    ]),
    raw,
  ];
}

/** How a listener was dialled; null where nothing shows that it was. */
function isDialled({ name, port }: Listener, { follow_up: follow }: OfferRecord): string | null {
  if (follow === null || port !== follow.server.port) return null;
  if (name === null) return "its port was dialled";
  const address = canonicalAddress(name);
  if (address === null) return `its port was dialled, at ${follow.server.address}`;
  return address === (canonicalAddress(follow.server.address) ?? follow.server.address) ? "dialled" : null;
}

const START = /\bDtStart\s*=\s*["'](\d{1,11})["']/;
const LENGTH = /\bDtLength\s*=\s*["'](\d{1,8})["']/;

/** A help ticket ([MS-RAI] 6) says when it was made, and for how many minutes it is good. Connection strings say neither. */
function expiryFields(raw: string): StringField[] {
  const start = START.exec(raw)?.[1];
  const length = LENGTH.exec(raw)?.[1];
  if (start === undefined || length === undefined) return [];
  const text = (seconds: number): string =>
    new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
  const minutes = Number(length);
  return [
    { name: "DtStart", text: text(Number(start)), about: "when the ticket was made", kind: "value" },
    {
      name: "DtLength",
      text: counted(minutes, "minute"),
      about: `expires ${text(Number(start) + minutes * 60)}`,
      kind: "value",
    },
  ];
}

/** What the string says of its own end, as a sentence. */
export function expiryText(string: ConnectionString): string {
  const says = string.form === null ? expiryFields(string.raw)[1] : undefined;
  return says === undefined
    ? "The string says nothing of when it expires: in a help ticket the file around it does, and there is none here."
    : `The ticket ${says.about}.`;
}
