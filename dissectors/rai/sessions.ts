/**
 * The elements of IRASrv::GetSessionInfo's UserNames, [MS-RAI] 3.3.4.1.2: `DomainName\UserName:SessionID`.
 *
 * Not handled here: the SAFEARRAY that carries them, and SessionStateEnum, which this method does not give.
 */

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
  const text = withoutNuls(raw);
  const tail = /:\s*(-?\d{1,10})\s*$/.exec(text);
  const account = tail === null ? text : text.slice(0, tail.index);
  const backslash = account.indexOf("\\");
  return {
    raw,
    domain: account.slice(0, Math.max(backslash, 0)) || null,
    user: account.slice(backslash + 1) || null,
    session_id: tail === null ? null : Number(tail[1]),
  };
}
