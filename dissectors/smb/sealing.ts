/**
 * Opens encrypted SMB messages: [MS-SMB2] 3.1.4.3, with AES in CCM [RFC 5084] or GCM.
 *
 * Not handled: messages that are compressed before they are encrypted, which come out compressed.
 */
import { aesCcmDecrypt, aesGcmDecrypt } from "#primitives";
import { Reader } from "../wire/reader.js";
import { CIPHER_AES_128_CCM, CIPHER_AES_256_CCM, cipherKeyLength } from "./algorithms.js";
import { HEADER_SIZES } from "./framing.js";
import { readTransform } from "./transform.js";

/** [MS-SMB2] 2.2.41: bytes of Nonce that count. */
const CCM_NONCE = 11;
const GCM_NONCE = 12;

/**
 * The messages in an encrypted one, in bytes of their own; null where the tag does not hold, the message is cut, or the
 * cipher or its key is none.
 */
export function openTransform(message: Uint8Array, cipher: number, key: Uint8Array): Uint8Array | null {
  const header = readTransform(new Reader(message));
  if (header === null || key.length !== cipherKeyLength(cipher)) return null;
  const { Nonce, OriginalMessageSize: size, Signature, authenticated } = header;
  if (message.length - HEADER_SIZES.transform < size) return null;
  const data = message.subarray(HEADER_SIZES.transform, HEADER_SIZES.transform + size);
  const ccm = cipher === CIPHER_AES_128_CCM || cipher === CIPHER_AES_256_CCM;
  const decrypt = ccm ? aesCcmDecrypt : aesGcmDecrypt;
  return decrypt(key, Nonce.subarray(0, ccm ? CCM_NONCE : GCM_NONCE), authenticated, data, Signature);
}
