/**
 * Signatures of SMB 2 and 3: [MS-SMB2] 3.1.4.1 (HMAC-SHA256, AES-CMAC, AES-GMAC).
 *
 * Not handled: who must sign and when, which is the dialogue's; the signatures of SMB 1 ([MS-CIFS] 3.1.4.1), which count
 * messages.
 */
import { aesGmac } from "#primitives";
import { aesCmac } from "../crypto/cmac.js";
import { hmac } from "../crypto/digest.js";
import { sameBytes } from "../wire/bytes.js";
import { DIALECT_300, SIGNING_AES_CMAC, SIGNING_AES_GMAC, SIGNING_HMAC_SHA256 } from "./algorithms.js";
import { HEADER_SIZES } from "./framing.js";
import { CANCEL, readSmb2Header } from "./smb2.js";

const MESSAGE_ID_OFFSET = 24;
const SIGNATURE_OFFSET = 48;
const HEADER_LENGTH = HEADER_SIZES.smb2;
const SIGNATURE_LENGTH = 16;
const NO_SIGNATURE = new Uint8Array(SIGNATURE_LENGTH);
const SIGNED_BY_SERVER = 0x01;
const SIGNED_CANCEL = 0x02;

/** The algorithm of a dialect: SMB 3.1.1 may negotiate another, which is `negotiated`. */
export function signingAlgorithm(dialect: number, negotiated: number | null): number {
  return negotiated ?? (dialect < DIALECT_300 ? SIGNING_HMAC_SHA256 : SIGNING_AES_CMAC);
}

/**
 * Whether the key signed the message, which is one SMB2 message from its header to its end, padding before the next of a
 * compound included. Null where the algorithm is not known, or the message is no whole header.
 */
export function signatureHolds(algorithm: number, key: Uint8Array, message: Uint8Array): boolean | null {
  if (message.length < HEADER_LENGTH) return null;
  const parts = [message.subarray(0, SIGNATURE_OFFSET), NO_SIGNATURE, message.subarray(HEADER_LENGTH)];
  const signature = message.subarray(SIGNATURE_OFFSET, HEADER_LENGTH);
  if (algorithm === SIGNING_HMAC_SHA256) {
    return sameBytes(hmac("sha256", key, ...parts).subarray(0, SIGNATURE_LENGTH), signature);
  }
  if (algorithm === SIGNING_AES_CMAC) return sameBytes(aesCmac(key, parts), signature);
  if (algorithm !== SIGNING_AES_GMAC) return null;
  return sameBytes(aesGmac(key, gmacNonce(message), parts), signature);
}

/** The MessageId, then who sent it and whether to cancel. */
function gmacNonce(message: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce.set(message.subarray(MESSAGE_ID_OFFSET, MESSAGE_ID_OFFSET + 8));
  const { response, command } = readSmb2Header(message);
  if (response) nonce[8] = SIGNED_BY_SERVER;
  else if (command === CANCEL) nonce[8] = SIGNED_CANCEL;
  return nonce;
}
