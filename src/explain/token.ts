/** The fields of an auth_value: a token of a handshake, or what protects one PDU. */
import { AUTH_TYPE_NETLOGON } from "../../dissectors/dcerpc/security.js";
import { readNlAuthMessage } from "../../dissectors/netlogon/messages.js";
import type { Reader } from "../../dissectors/wire/reader.js";

/** `verifies`: it stands behind a stub. Throws WireError where it is none of that kind. */
export function readToken(r: Reader, authType: number, verifies: boolean): void {
  if (authType === AUTH_TYPE_NETLOGON && !verifies) readNlAuthMessage(r);
}
