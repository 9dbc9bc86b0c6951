/**
 * What protects a message of the secure channel: [MS-NRPC] 2.2.1.3.2 NL_AUTH_SIGNATURE and 2.2.1.3.3 NL_AUTH_SHA2_SIGNATURE.
 *
 * Not handled: whether it holds, for which the channel's session key would be needed.
 */
import type { Reader } from "../wire/reader.js";
import { namesOf } from "../wire/show.js";

const NOT_SEALED = 0xffff;

const showSignature = namesOf({ 119: "HMAC-MD5", 19: "HMAC-SHA256" });
const showSeal = namesOf({ [NOT_SEALED]: "not encrypted", 122: "RC4", 26: "AES-128" });

/** All of `r`. Throws WireError where it is cut. */
export function readNlAuthSignature(r: Reader): void {
  r.littleEndian = true;
  r.u16("SignatureAlgorithm", showSignature);
  const seal = r.u16("SealAlgorithm", showSeal);
  r.u16("Pad");
  r.u16("Flags");
  r.bytes(8, "SequenceNumber");
  // With SHA-256 the specification has 32 bytes; what is sent are the first 8, the confounder behind them, and filling.
  r.bytes(8, "Checksum");
  if (seal !== NOT_SEALED && r.left > 0) r.bytes(8, "Confounder");
  if (r.left > 0) r.rest("DummyBytes");
}
