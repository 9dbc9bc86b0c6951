/**
 * Messages of NegoEx: [MS-NEGOEX] 2.2.6.2 MESSAGE_HEADER.
 *
 * Not handled: what the messages hold behind their header.
 */
import { readGuid } from "../wire/guid.js";
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";

/** [MS-NEGOEX] 2.2.6.1 MESSAGE_TYPE. */
const showType = namesOf([
  "MESSAGE_TYPE_INITIATOR_NEGO",
  "MESSAGE_TYPE_ACCEPTOR_NEGO",
  "MESSAGE_TYPE_INITIATOR_META_DATA",
  "MESSAGE_TYPE_ACCEPTOR_META_DATA",
  "MESSAGE_TYPE_CHALLENGE",
  "MESSAGE_TYPE_AP_REQUEST",
  "MESSAGE_TYPE_VERIFY",
  "MESSAGE_TYPE_ALERT",
]);
const HEADER = 40;

/** One message after another, all of `r`. Throws WireError where one is cut. */
export function readNegoEx(r: Reader): void {
  r.littleEndian = true;
  while (r.left > 0) r.part("MESSAGE", readMessage, undefined);
}

function readMessage(r: Reader): void {
  r.bytes(8, "Signature");
  r.u32("MessageType", showType);
  r.u32("SequenceNum");
  const headerLength = r.u32("cbHeaderLength");
  const length = r.u32("cbMessageLength");
  readGuid(r, "ConversationId");
  const left = Math.max(0, Math.max(headerLength, length, HEADER) - HEADER);
  r.bytes(Math.min(left, r.left), "message");
}
