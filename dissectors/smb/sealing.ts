/** Opens encrypted SMB messages: [MS-SMB2] 3.1.4.3, with AES in CCM [RFC 5084] or GCM. */
import { aesCcmDecrypt, aesGcmDecrypt } from "#primitives";
import { CIPHER_AES_128_CCM, CIPHER_AES_256_CCM, cipherKeyLength } from "./algorithms.js";
import type { TransformHeader } from "./transform.js";

/** [MS-SMB2] 2.2.41: bytes of Nonce that count. */
const CCM_NONCE = 11;
const GCM_NONCE = 12;

/**
 * The message under `header`, in bytes of its own; null where the tag does not hold, or the cipher or its key is none.
 * `sealed` is what follows the header.
 */
export function openTransform(
  header: TransformHeader,
  sealed: Uint8Array,
  cipher: number,
  key: Uint8Array,
): Uint8Array | null {
  if (key.length !== cipherKeyLength(cipher) || sealed.length < header.OriginalMessageSize) return null;
  const data = sealed.subarray(0, header.OriginalMessageSize);
  const ccm = cipher === CIPHER_AES_128_CCM || cipher === CIPHER_AES_256_CCM;
  const nonce = header.Nonce.subarray(0, ccm ? CCM_NONCE : GCM_NONCE);
  const decrypt = ccm ? aesCcmDecrypt : aesGcmDecrypt;
  return decrypt(key, nonce, header.authenticated, data, header.Signature);
}
