/** What a run must not show under --redact: every name and secret that stands in a field for one without it. */
import type { Event } from "../../../src/events.js";

export interface Needles {
  /** Found as whole words in any case. */
  users: Set<string>;
  /** Found anywhere, to the letter. */
  secrets: Set<string>;
}

const USER_KEYS = new Set(["user", "username"]);
/** Parameters of the interfaces that ship, and of those met in the captures, that name an account. */
const USER_PARAMETERS = /^(bstrUserName|UserName|AccountName|principal|MsvAvTargetName)$/;
const SECRET_KEYS = new Set([
  "kh",
  "kh2",
  "assistant_account_pwd",
  "ra_session_id",
  "ra_session_name",
  "ra_session_pwd",
  "protocol_specific_parms",
  "pass_stub",
  "pass_stub_encrypted",
]);
/**
 * A user of one letter is no needle: every text has the letter. Fields that hold one are looked at by themselves, in
 * `redact.test.ts`. No other name is left out.
 */
const SHORTEST_USER = 2;
/** Accounts by names that codes of notes have as well: `smb-guest`. */
const IN_CODES = new Set(["guest"]);
/** Shorter secrets stand in any text by chance; the specification's "*" hides nothing. */
const SHORTEST_SECRET = 6;

function isNeedle(user: string): boolean {
  return user.length >= SHORTEST_USER && !IN_CODES.has(user.toLowerCase());
}

export function needlesOf(records: readonly unknown[]): Needles {
  const users = new Set<string>();
  const secrets = new Set<string>();
  const addUser = (text: string): void => {
    // `DOMAIN\user`, `user@REALM`; services have a slash.
    const name = text.slice(text.indexOf("\\") + 1).replace(/@[^@]*$/, "");
    if (!text.includes("/") && isNeedle(name)) users.add(name);
  };
  const addSecret = (text: string): void => {
    if (text.length >= SHORTEST_SECRET) secrets.add(text);
  };
  const walk = (value: unknown, key: string): void => {
    if (typeof value === "string") {
      if (USER_KEYS.has(key) && isNeedle(value)) users.add(value);
      if (USER_PARAMETERS.test(key)) addUser(value);
      if (SECRET_KEYS.has(key)) addSecret(value);
      return;
    }
    if (value === null || typeof value !== "object") return;
    if (Array.isArray(value)) {
      for (const element of value) walk(element, key);
      return;
    }
    const members = value as { [name: string]: unknown };
    // The raw text holds what its fields hold, spelt as it was sent; one of neither form is secret as a whole.
    if ("kh" in members && typeof members.id === "string") addSecret(members.id);
    if ("form" in members && typeof members.raw === "string" && members.form === null) addSecret(members.raw);
    if ("user_to_user" in members && typeof members.service === "string") addUser(members.service);
    for (const [name, inner] of Object.entries(members)) walk(inner, name);
  };
  for (const record of records) walk(record, "");
  return { users, secrets };
}

/** The needles that a text holds. */
export function foundIn(text: string, { users, secrets }: Needles): string[] {
  const found = [...secrets].filter((secret) => text.includes(secret) || text.includes(escapedForm(secret)));
  const small = text.toLowerCase();
  for (const user of users) {
    if (holdsName(small, user.toLowerCase())) found.push(user);
    const hex = Buffer.from(user, "utf16le").toString("hex");
    if (user.length > SHORTEST_USER && small.includes(hex)) found.push(`${user} as UTF-16`);
  }
  return found;
}

/** Whether the name stands in the text without letters or digits going on at its ends. */
function holdsName(text: string, name: string): boolean {
  const word = /[\p{L}\p{N}_]/u;
  const goesOn = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && word.test(a) && word.test(b);
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length;
    if (!goesOn(text[at - 1], text[at]) && !goesOn(text[end - 1], text[end])) return true;
  }
  return false;
}

function escapedForm(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Every text of records, keys left out: those are the program's own and IDL's. */
export function textsOf(events: readonly Event[] | unknown): string {
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(walk);
  };
  walk(events);
  return texts.join("\0");
}
