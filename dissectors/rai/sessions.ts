/**
 * The elements of IRASrv::GetSessionInfo's UserNames, [MS-RAI] 3.3.4.1.2: `DomainName\UserName:SessionID`.
 *
 * Not handled here: the SAFEARRAY that carries them, and SessionStateEnum, which this method does not give.
 */

import type { Span, Spanned } from "./spans.js";
import { withoutNuls } from "./strings.js";

export interface SessionEntry {
  raw: string;
  domain: string | null;
  user: string | null;
  session_id: number | null;
}

/** The entries in order; null elements carry nothing and are passed over, as the method's text says. */
export function parseSessions(values: readonly (string | null)[]): SessionEntry[] {
  return values.filter((value) => value !== null).map(parseSession);
}

/**
 * One entry. The domain ends at the first backslash and the session id starts after the last colon, so that a user
 * name may hold colons. A part that is absent or empty is null.
 */
export function parseSession(raw: string): SessionEntry {
  return readSession(raw).value;
}

/** The entry with the places of its parts. One without a user is `unread` as a whole. */
export function readSession(raw: string): Spanned<SessionEntry, "domain" | "user" | "session_id"> {
  const text = withoutNuls(raw);
  const tail = /:\s*(-?\d{1,10})\s*$/.exec(text);
  const account = tail === null ? text : text.slice(0, tail.index);
  const backslash = account.indexOf("\\");
  const value = {
    raw,
    domain: account.slice(0, Math.max(backslash, 0)) || null,
    user: account.slice(backslash + 1) || null,
    session_id: tail === null ? null : Number(tail[1]),
  };
  const spans: Span<"domain" | "user" | "session_id">[] = [];
  const add = (what: Span<"domain" | "user" | "session_id">["what"], start: number, end: number): void => {
    if (end > start) spans.push({ what, start, end, value: raw.slice(start, end) });
  };
  if (value.user === null) add("unread", 0, text.length);
  else {
    add("domain", 0, backslash);
    add("user", backslash + 1, account.length);
    if (tail !== null) {
      const from = account.length + tail[0].indexOf(tail[1]!);
      add("session_id", from, from + tail[1]!.length);
    }
  }
  return { value, spans };
}
