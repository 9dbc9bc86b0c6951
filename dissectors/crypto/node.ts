/**
 * `#primitives` on Node: what OpenSSL computes. portable.ts is the same for every other platform, and both must agree
 * (test/unit/crypto/primitives.test.ts).
 */
import * as crypto from "node:crypto";
import { createCipheriv, createDecipheriv, createHash, createHmac, pbkdf2Sync } from "node:crypto";

export type HashName = "md5" | "sha1" | "sha256" | "sha384";

export function hash(name: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash(name);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** A hash as text, of a text in UTF-8 or of bytes: ids of records are made so, one for each. */
export const hashText: (name: HashName, data: string | Uint8Array, encoding: "hex" | "base64") => string =
  // Node has it from 20.12 on; it takes half the time.
  crypto.hash ?? ((name, data, encoding) => createHash(name).update(data).digest(encoding));

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

/** Single DES, one block under a key of 8 bytes whose parity bits are ignored ([FIPS 46-2]). */
export function desBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  // OpenSSL 3 offers no single DES, but triple DES with the same key three times is the same function.
  const three = new Uint8Array(24);
  for (let i = 0; i < 3; i++) three.set(key, 8 * i);
  return createCipheriv("des-ede3-ecb", three, null).setAutoPadding(false).update(block);
}
