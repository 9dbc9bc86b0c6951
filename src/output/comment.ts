/** A call in one line, for whoever reads it beside the frame that closes the call. */

import type { CallRecord } from "../events.js";
import { account, callName, counted, outcome } from "./format.js";

/** `IRASrv.GetSessionInfo -> S_OK, 3 sessions`. */
export function callComment(call: CallRecord): string {
  const parts = [outcome(call)];
  const { sessions, connection_string: string, help_blob: blob } = call.rai ?? {};
  if (sessions) parts.push(counted(sessions.length, "session"));
  if (string)
    parts.push(
      string.form === null ? "a connection string of no known form" : `connection string ${string.form}`,
    );
  const helper = blob ? account(blob.id.domain, blob.id.user) : null;
  if (helper !== null) parts.push(`help from ${helper}`);
  return `${callName(call)} -> ${parts.join(", ")}`;
}
