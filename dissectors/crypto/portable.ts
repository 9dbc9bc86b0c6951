/**
 * `#primitives` where there is no node:crypto: the same functions as node.ts in JavaScript. Synchronous, as the analyzer
 * is; a browser's own cryptography is not, and has neither MD5 nor DES.
 */
import { cbc, ctr, gcm } from "@noble/ciphers/aes.js";
import { hmac as keyed } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 as derived } from "@noble/hashes/pbkdf2.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { DES } from "des.js";
import { concat, sameBytes } from "../wire/bytes.js";
import { hex } from "../wire/guid.js";
import { latin1 } from "../wire/text.js";
import type { HashName } from "./node.js";

export type { HashName };

const HASHES = { md5, sha1, sha256, sha384, sha512 };
const BLOCK = 16;

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

/** Bytes as a text that no others have, to be looked up by. */
export function textOfBytes(bytes: Uint8Array, start: number, end: number): string {
  return latin1(bytes.subarray(start, end));
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

/** AES-128 or AES-256 in GCM with a nonce of 12 bytes ([SP 800-38D] 7.2); null where the tag of 16 bytes does not hold. */
export function aesGcmDecrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
  tag: Uint8Array,
): Uint8Array | null {
  try {
    return gcm(key, nonce, aad).decrypt(concat(data, tag));
  } catch {
    return null;
  }
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
  if (data.length === 0) return null;
  // The counter's first value seals the tag, the following ones the text.
  const counter = new Uint8Array(BLOCK);
  counter[0] = BLOCK - 2 - nonce.length;
  counter.set(nonce, 1);
  const stream = ctr(key, counter);
  const sealed = new Uint8Array(BLOCK + data.length);
  sealed.set(tag);
  sealed.set(data, BLOCK);
  const clear = stream.decrypt(sealed);
  const text = clear.subarray(BLOCK);
  const blocks = ccmBlocks(nonce, aad, text, tag.length);
  const mac = aesCbcEncrypt(key, new Uint8Array(BLOCK), blocks).subarray(-BLOCK);
  return sameBytes(mac.subarray(0, tag.length), clear.subarray(0, tag.length)) ? text : null;
}

/** [RFC 3610] 2.2: what the tag authenticates, in blocks. */
function ccmBlocks(nonce: Uint8Array, aad: Uint8Array, text: Uint8Array, tagLength: number): Uint8Array {
  const padded = (length: number): number => Math.ceil(length / BLOCK) * BLOCK;
  const prefix = aad.length === 0 ? 0 : aad.length < 0xff00 ? 2 : 6;
  const aadSize = padded(prefix + aad.length);
  const out = new Uint8Array(BLOCK + aadSize + padded(text.length));
  const view = new DataView(out.buffer);
  view.setUint32(BLOCK - 4, text.length);
  out[0] = (aad.length > 0 ? 0x40 : 0) | (((tagLength - 2) / 2) << 3) | (BLOCK - 2 - nonce.length);
  out.set(nonce, 1);
  if (prefix === 2) view.setUint16(BLOCK, aad.length);
  else if (prefix === 6) {
    view.setUint16(BLOCK, 0xfffe);
    view.setUint32(BLOCK + 2, aad.length);
  }
  out.set(aad, BLOCK + prefix);
  out.set(text, BLOCK + aadSize);
  return out;
}

/** GMAC ([SP 800-38D] 3): the tag of GCM over nothing but what is signed, 16 bytes. */
export function aesGmac(key: Uint8Array, nonce: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  return gcm(key, nonce, concat(...parts)).encrypt(new Uint8Array(0));
}

/** Single DES, one block under a key of 8 bytes whose parity bits are ignored ([FIPS 46-2]). */
export function desBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = DES.create({ type: "encrypt", key, padding: false });
  return Uint8Array.from(cipher.update(block));
}
