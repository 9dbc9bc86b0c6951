/**
 * `#primitives` on Node: what OpenSSL computes. portable.ts is the same for every other platform, and both must agree
 * (test/unit/crypto/primitives.test.ts).
 */
import * as crypto from "node:crypto";
import { createCipheriv, createDecipheriv, createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { plain } from "../wire/bytes.js";

export type HashName = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

export function hash(name: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash(name);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** A hash as text, of a text in UTF-8 or of bytes: ids of records are made so, one for each. */
export const hashText: (name: HashName, data: string | Uint8Array, encoding: "hex" | "base64") => string =
  // Node has it from 20.12 on; it takes half the time.
  crypto.hash ?? ((name, data, encoding) => createHash(name).update(data).digest(encoding));

/** Bytes as a text that no others have, to be looked up by. */
export function textOfBytes(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}

/** [RFC 2104] */
export function hmac(name: HashName, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHmac(name, key);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** [RFC 8018] 5.2, the password as UTF-8. */
export function pbkdf2(
  name: HashName,
  password: string,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  return pbkdf2Sync(password, salt, iterations, length, name);
}

/** AES-128 or AES-256 in CBC mode over whole blocks, without padding ([FIPS 197], [SP 800-38A] 6.2). */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return createCipheriv(`aes-${key.length * 8}-cbc`, key, iv)
    .setAutoPadding(false)
    .update(data);
}

export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv)
    .setAutoPadding(false)
    .update(data);
}

/** AES-128 or AES-256 in GCM with a nonce of 12 bytes ([SP 800-38D] 7.2); null where the tag of 16 bytes does not hold. */
export function aesGcmDecrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
  tag: Uint8Array,
): Uint8Array | null {
  const cipher = createDecipheriv(key.length === 32 ? "aes-256-gcm" : "aes-128-gcm", key, nonce);
  cipher.setAAD(aad).setAuthTag(tag);
  const clear = cipher.update(data);
  return finished(cipher) ? plain(clear) : null;
}

/**
 * AES-128 or AES-256 in CCM with a nonce of 7 to 13 bytes ([RFC 3610] 2); null where the tag of 4 to 16 bytes does not hold,
 * and for an empty text.
 */
export function aesCcmDecrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
  tag: Uint8Array,
): Uint8Array | null {
  const algorithm = key.length === 32 ? "aes-256-ccm" : "aes-128-ccm";
  // Of an empty text Node never looks at the tag.
  if (data.length === 0) return null;
  const cipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tag.length });
  cipher.setAuthTag(tag);
  cipher.setAAD(aad, { plaintextLength: data.length });
  const clear = cipher.update(data);
  return finished(cipher) ? plain(clear) : null;
}

/** OpenSSL gives clear bytes first and an error afterwards. */
function finished(cipher: { final(): Uint8Array }): boolean {
  try {
    cipher.final();
    return true;
  } catch {
    return false;
  }
}

/** GMAC ([SP 800-38D] 3): the tag of GCM over nothing but what is signed, 16 bytes. */
export function aesGmac(key: Uint8Array, nonce: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const cipher = createCipheriv(key.length === 32 ? "aes-256-gcm" : "aes-128-gcm", key, nonce);
  for (const part of parts) cipher.setAAD(part);
  cipher.final();
  return cipher.getAuthTag();
}

/** Single DES, one block under a key of 8 bytes whose parity bits are ignored ([FIPS 46-2]). */
export function desBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  // OpenSSL 3 offers no single DES, but triple DES with the same key three times is the same function.
  const three = new Uint8Array(24);
  for (let i = 0; i < 3; i++) three.set(key, 8 * i);
  return createCipheriv("des-ede3-ecb", three, null).setAutoPadding(false).update(block);
}
