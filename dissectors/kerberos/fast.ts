/**
 * FAST as far as the answers of a ticket-granting service need it: [RFC 6113] 5.4.2 and 5.4.3. Where a client uses FAST there
 * without armor of its own, as MIT's clients always do, the armor is made of the keys of its request.
 *
 * Not handled: requests, and FAST of the authentication service, whose armor is another ticket.
 */

import { DER_SEQUENCE, field, readTlv } from "../wire/der.js";
import { combineKeys, decrypt } from "./crypto.js";
import { type EncryptionKey, readKey } from "./encrypted.js";
import type { EncryptedData } from "./messages.js";

const USAGE_FAST_REP = 52;

/**
 * The key that such an answer is sealed with; null where the request's keys are others. Throws WireError where what they open is
 * cut.
 */
export function fastReplyKey(
  sealed: EncryptedData,
  subkey: EncryptionKey,
  session: EncryptionKey,
): EncryptionKey | null {
  const armor = combineKeys(subkey, session, "subkeyarmor", "ticketarmor");
  const clear = armor === null ? null : decrypt(sealed.etype, armor.key, USAGE_FAST_REP, sealed.cipher);
  if (clear === null) return null;
  const response = readTlv(clear);
  const strengthen = response.tag === DER_SEQUENCE ? readKey(field(response, 1)) : null;
  return strengthen === null ? subkey : combineKeys(strengthen, subkey, "strengthenkey", "replykey");
}
