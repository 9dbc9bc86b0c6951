/**
 * FAST as far as the answers of a ticket-granting service need it: [RFC 6113] 5.4.2 and 5.4.3. Where a client uses FAST there
 * without armor of its own, as MIT's clients always do, the armor is made of the keys of its request.
 *
 * Not handled: requests, and FAST of the authentication service, whose armor is another ticket.
 */

import { DER_SEQUENCE, derBytes, field, integer, readTlv, type Tlv, within } from "../wire/der.js";
import { Reader } from "../wire/reader.js";
import type { EncryptedData } from "./basic.js";
import { combineKeys, decrypt } from "./crypto.js";
import { type EncryptionKey, readKey } from "./encrypted.js";

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
  const strengthen = readFastResponse(new Reader(clear));
  return strengthen === null ? subkey : combineKeys(strengthen, subkey, "strengthenkey", "replykey");
}

/** [RFC 6113] 5.4.3 KrbFastResponse, all of `r`: its strengthen-key. */
function readFastResponse(r: Reader): EncryptionKey | null {
  const response = readTlv(r, "KrbFastResponse");
  return response.tag === DER_SEQUENCE ? within(response, strengthenKey) : null;
}

function strengthenKey(response: Tlv | null): EncryptionKey | null {
  response?.r.also(noteResponse, response);
  return within(field(response, 1, "strengthen-key"), readKey);
}

function noteResponse(_: Reader, response: Tlv): void {
  derBytes(field(response, 0, "padata"));
  integer(field(response, 3, "nonce"));
}
