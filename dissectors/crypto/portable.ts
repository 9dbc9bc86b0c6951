/**
 * `#primitives` where there is no node:crypto: the same functions as node.ts in JavaScript. Synchronous, as the analyzer
 * is; a browser's own cryptography is not, and has neither MD5 nor DES.
 */
import { cbc } from "@noble/ciphers/aes.js";
import { hmac as keyed } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 as derived } from "@noble/hashes/pbkdf2.js";
import { sha256, sha384 } from "@noble/hashes/sha2.js";
import { DES } from "des.js";
import { hex } from "../wire/guid.js";
import type { HashName } from "./node.js";

export type { HashName };

const HASHES = { md5, sha1, sha256, sha384 };

export function hash(name: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const digest = HASHES[name].create();
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** A hash as text, of a text in UTF-8 or of bytes: ids of records are made so, one for each. */
export function hashText(name: HashName, data: string | Uint8Array, encoding: "hex" | "base64"): string {
  const digest = HASHES[name](typeof data === "string" ? new TextEncoder().encode(data) : data);
  return encoding === "hex" ? hex(digest) : btoa(String.fromCharCode(...digest));
}

/** [RFC 2104] */
export function hmac(name: HashName, key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const digest = keyed.create(HASHES[name], key);
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
  return derived(HASHES[name], new TextEncoder().encode(password), salt, { c: iterations, dkLen: length });
}

/** AES-128 or AES-256 in CBC mode over whole blocks, without padding ([FIPS 197], [SP 800-38A] 6.2). */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(key, iv, { disablePadding: true }).encrypt(data);
}

export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbc(key, iv, { disablePadding: true }).decrypt(data);
}

/** Single DES, one block under a key of 8 bytes whose parity bits are ignored ([FIPS 46-2]). */
export function desBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = DES.create({ type: "encrypt", key, padding: false });
  return Uint8Array.from(cipher.update(block));
}
