/**
 * Kerberos' encryption types: [RFC 3961] (framework), [RFC 3962] (AES with SHA-1), [RFC 8009] (AES with SHA-2), [RFC 4757]
 * (RC4-HMAC). A wrong key is an answer (null), not an error.
 *
 * Not handled: DES and triple DES, Camellia, the export-strength RC4 types.
 */

import { type HashName, hash, pbkdf2 } from "#primitives";
import { aesBlock, aesCtsDecrypt, aesCtsEncrypt } from "../crypto/aes-cts.js";
import { hmac, hmacMd5, md5 } from "../crypto/digest.js";
import { md4 } from "../crypto/md4.js";
import { rc4 } from "../crypto/rc4.js";
import { concat, sameBytes } from "../wire/bytes.js";
import { hex } from "../wire/guid.js";
import { latin1Bytes, utf8Bytes, utf16Bytes } from "../wire/text.js";
import { MAX_ITERATIONS } from "./limits.js";
import { etypeName } from "./names.js";

export const AES128_SHA1 = 17;
export const AES256_SHA1 = 18;
export const AES128_SHA256 = 19;
export const AES256_SHA384 = 20;
export const RC4_HMAC = 23;

const BLOCK = 16;
const RC4_CONFOUNDER = 8;
const RC4_CHECKSUM = 16;
const SHA1_ITERATIONS = 4096;
const SHA2_ITERATIONS = 32768;

/** What the two AES families differ in. */
interface AesProfile {
  keyLength: number;
  hash: HashName;
  /** Bytes of a checksum. */
  tag: number;
  sha2: boolean;
}

const AES: { readonly [etype: number]: AesProfile } = {
  [AES128_SHA1]: { keyLength: 16, hash: "sha1", tag: 12, sha2: false },
  [AES256_SHA1]: { keyLength: 32, hash: "sha1", tag: 12, sha2: false },
  [AES128_SHA256]: { keyLength: 16, hash: "sha256", tag: 16, sha2: true },
  [AES256_SHA384]: { keyLength: 32, hash: "sha384", tag: 24, sha2: true },
};

/** [RFC 3961] 3, what a derived key is for: its last byte. */
const ENCRYPTION = 0xaa;
const INTEGRITY = 0x55;
const CHECKSUM = 0x99;

/** Bytes of a key of this type, or null where the type is not handled here. */
export function keyLength(etype: number): number | null {
  return etype === RC4_HMAC ? 16 : (AES[etype]?.keyLength ?? null);
}

/** Bytes of a checksum made with a key of this type, or null where the type is not handled here. */
export function checksumLength(etype: number): number | null {
  return etype === RC4_HMAC ? RC4_CHECKSUM : (AES[etype]?.tag ?? null);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** [RFC 3961] 5.1 n-fold: stretches or folds `input` to `length` bytes. */
export function nFold(input: Uint8Array, length: number): Uint8Array {
  const n = input.length;
  const total = (n * length) / gcd(n, length);
  const bits = 8 * n;
  const sum = new Uint8Array(length);
  let carry = 0;
  // One's complement addition of the copies, each turned right by 13 bits more, from the last byte to the first.
  for (let i = total - 1; i >= 0; i--) {
    const copy = Math.floor(i / n);
    const from = (((8 * (i % n) - 13 * copy) % bits) + bits) % bits;
    const byte = from >> 3;
    const shift = from & 7;
    const pair = (input[byte]! << 8) | input[(byte + 1) % n]!;
    carry += sum[i % length]! + ((pair >> (8 - shift)) & 0xff);
    sum[i % length] = carry & 0xff;
    carry >>= 8;
  }
  for (let i = length - 1; carry !== 0; i = (i + length - 1) % length) {
    carry += sum[i]!;
    sum[i] = carry & 0xff;
    carry >>= 8;
  }
  return sum;
}

/** [RFC 3961] 5.3 DK for AES: the key itself is of full strength, so DR needs no further step. */
export function deriveAesKey(key: Uint8Array, constant: Uint8Array): Uint8Array {
  let block = nFold(constant, BLOCK);
  let out = new Uint8Array(0);
  while (out.length < key.length) {
    block = aesBlock(key, block);
    out = Uint8Array.from(concat(out, block));
  }
  return out.subarray(0, key.length);
}

/** [RFC 8009] 3 KDF-HMAC-SHA2, `bits` long. */
function deriveSha2(
  name: HashName,
  key: Uint8Array,
  label: Uint8Array,
  bits: number,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const length = Uint8Array.of(0, 0, bits >> 8, bits & 0xff);
  const parts = [Uint8Array.of(0, 0, 0, 1), label, Uint8Array.of(0), context, length];
  return hmac(name, key, ...parts).subarray(0, bits / 8);
}

function usageConstant(usage: number, purpose: number): Uint8Array {
  return Uint8Array.of(usage >>> 24, (usage >>> 16) & 0xff, (usage >>> 8) & 0xff, usage & 0xff, purpose);
}

function derive(profile: AesProfile, key: Uint8Array, usage: number, purpose: number): Uint8Array {
  const constant = usageConstant(usage, purpose);
  if (!profile.sha2) return deriveAesKey(key, constant);
  return deriveSha2(
    profile.hash,
    key,
    constant,
    purpose === ENCRYPTION ? 8 * profile.keyLength : 8 * profile.tag,
  );
}

/**
 * [RFC 4757] 3: some usages have other numbers there; senders disagree about the answer of a ticket-granting service
 * under a sub-key.
 */
function rc4Usages(usage: number): number[] {
  if (usage === 3) return [8];
  if (usage === 9) return [9, 8];
  return [usage];
}

/** Decrypts EncryptedData.cipher ([RFC 3961] 3): the plaintext without its confounder, or null where the key is wrong. */
export function decrypt(
  etype: number,
  key: Uint8Array,
  usage: number,
  cipher: Uint8Array,
): Uint8Array | null {
  if (key.length !== keyLength(etype)) return null;
  if (etype === RC4_HMAC) {
    for (const number of rc4Usages(usage)) {
      const clear = decryptRc4(key, number, cipher);
      if (clear !== null) return clear;
    }
    return null;
  }
  const profile = AES[etype]!;
  if (cipher.length < BLOCK + profile.tag) return null;
  const body = cipher.subarray(0, cipher.length - profile.tag);
  const tag = cipher.subarray(cipher.length - profile.tag);
  const integrity = derive(profile, key, usage, INTEGRITY);
  if (profile.sha2 && !sameBytes(etmTag(profile, integrity, body), tag)) return null;
  const clear = aesCtsDecrypt(derive(profile, key, usage, ENCRYPTION), body);
  if (!profile.sha2 && !sameBytes(hmac(profile.hash, integrity, clear).subarray(0, profile.tag), tag))
    return null;
  return clear.subarray(BLOCK);
}

/** [RFC 8009] 5: the checksum is over the initial vector (zeroes) and the ciphertext. */
function etmTag(profile: AesProfile, integrity: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return hmac(profile.hash, integrity, new Uint8Array(BLOCK), ...parts).subarray(0, profile.tag);
}

function decryptRc4(key: Uint8Array, usage: number, cipher: Uint8Array): Uint8Array | null {
  if (cipher.length < RC4_CHECKSUM + RC4_CONFOUNDER) return null;
  const checksum = cipher.subarray(0, RC4_CHECKSUM);
  const k1 = hmacMd5(key, Uint8Array.of(usage & 0xff, (usage >>> 8) & 0xff, 0, 0));
  const clear = rc4(hmacMd5(k1, checksum), cipher.subarray(RC4_CHECKSUM));
  return sameBytes(hmacMd5(k1, clear), checksum) ? clear.subarray(RC4_CONFOUNDER) : null;
}

/** Encrypts as a sender does, with a confounder of the caller's (16 bytes, 8 for RC4). Throws nothing; null as `decrypt`. */
export function encrypt(
  etype: number,
  key: Uint8Array,
  usage: number,
  plain: Uint8Array,
  confounder: Uint8Array,
): Uint8Array | null {
  if (key.length !== keyLength(etype)) return null;
  const data = concat(confounder, plain);
  if (etype === RC4_HMAC) {
    const k1 = hmacMd5(key, Uint8Array.of(rc4Usages(usage)[0]! & 0xff, 0, 0, 0));
    const checksum = hmacMd5(k1, data);
    return concat(checksum, rc4(hmacMd5(k1, checksum), data));
  }
  const profile = AES[etype]!;
  const body = aesCtsEncrypt(derive(profile, key, usage, ENCRYPTION), data);
  const integrity = derive(profile, key, usage, INTEGRITY);
  const tag = profile.sha2
    ? etmTag(profile, integrity, body)
    : hmac(profile.hash, integrity, data).subarray(0, profile.tag);
  return concat(body, tag);
}

/** get_mic of [RFC 3961] 3: a keyed checksum; null where the type is not handled or the key has not its length. */
export function checksum(
  etype: number,
  key: Uint8Array,
  usage: number,
  ...parts: Uint8Array[]
): Uint8Array | null {
  if (key.length !== keyLength(etype)) return null;
  if (etype === RC4_HMAC) {
    const signing = hmacMd5(key, latin1Bytes("signaturekey\0"));
    return hmacMd5(signing, md5(Uint8Array.of(usage & 0xff, (usage >>> 8) & 0xff, 0, 0), ...parts));
  }
  const profile = AES[etype]!;
  return hmac(profile.hash, derive(profile, key, usage, CHECKSUM), ...parts).subarray(0, profile.tag);
}

/**
 * A message whose ciphertext and checksum lie apart, as GSS_WrapEx leaves them ([MS-KILE] 3.4.5.4.1).
 * `cover` builds, from the decrypted text, the parts that the checksum is over, in order. Keys as in [RFC 3961].
 */
export function decryptApart(
  etype: number,
  key: Uint8Array,
  usage: number,
  body: Uint8Array,
  tag: Uint8Array,
  cover: (text: Uint8Array) => Uint8Array[],
): { clear: Uint8Array; holds: boolean } | null {
  const profile = AES[etype];
  if (profile === undefined || key.length !== profile.keyLength || body.length < BLOCK) return null;
  const clear = aesCtsDecrypt(derive(profile, key, usage, ENCRYPTION), body);
  const integrity = derive(profile, key, usage, INTEGRITY);
  const expected = profile.sha2
    ? etmTag(profile, integrity, ...cover(body))
    : hmac(profile.hash, integrity, ...cover(clear)).subarray(0, profile.tag);
  return { clear, holds: sameBytes(expected, tag) };
}

/**
 * [RFC 3962] 4, [RFC 8009] 4, [RFC 4757] 2: the key of a password; null where the type is not handled, or the iteration count
 * (the type's own where null) is beyond what anyone asks for in earnest.
 */
export function stringToKey(
  etype: number,
  password: string,
  salt: string | Uint8Array,
  iterations: number | null = null,
): Uint8Array | null {
  if (etype === RC4_HMAC) return md4(utf16Bytes(password));
  const profile = AES[etype];
  if (profile === undefined) return null;
  const count = iterations ?? (profile.sha2 ? SHA2_ITERATIONS : SHA1_ITERATIONS);
  if (count < 1 || count > MAX_ITERATIONS) return null;
  const saltBytes = typeof salt === "string" ? utf8Bytes(salt) : salt;
  const constant = latin1Bytes("kerberos");
  if (!profile.sha2) {
    return deriveAesKey(pbkdf2(profile.hash, password, saltBytes, count, profile.keyLength), constant);
  }
  const salted = concat(latin1Bytes(`${etypeName(etype)}\0`), saltBytes);
  const base = pbkdf2(profile.hash, password, salted, count, profile.keyLength);
  return deriveSha2(profile.hash, base, constant, 8 * profile.keyLength);
}

/** [RFC 3961] 3 pseudo-random: [RFC 3962] 6, [RFC 8009] 5, and for RC4 what everyone does, HMAC-SHA1. */
function pseudoRandom(etype: number, key: Uint8Array, text: Uint8Array): Uint8Array {
  if (etype === RC4_HMAC) return hmac("sha1", key, text);
  const profile = AES[etype]!;
  const label = latin1Bytes("prf");
  if (profile.sha2) return deriveSha2(profile.hash, key, label, etype === AES128_SHA256 ? 256 : 384, text);
  return aesBlock(deriveAesKey(key, label), hash("sha1", [text]).subarray(0, BLOCK));
}

/** [RFC 6113] 5.1 KRB-FX-CF2: one key, of the first one's type, made of two. Null where a type is not handled. */
export function combineKeys(
  one: { etype: number; key: Uint8Array },
  two: { etype: number; key: Uint8Array },
  pepper1: string,
  pepper2: string,
): { etype: number; key: Uint8Array } | null {
  for (const { etype, key } of [one, two]) if (key.length !== keyLength(etype)) return null;
  const sum = new Uint8Array(one.key.length);
  for (const [{ etype, key }, pepper] of [
    [one, pepper1],
    [two, pepper2],
  ] as const) {
    let stretched = new Uint8Array(0);
    for (let count = 1; stretched.length < sum.length; count++) {
      const more = pseudoRandom(etype, key, concat(Uint8Array.of(count), latin1Bytes(pepper)));
      stretched = Uint8Array.from(concat(stretched, more));
    }
    for (let i = 0; i < sum.length; i++) sum[i]! ^= stretched[i]!;
  }
  return { etype: one.etype, key: sum };
}

/** A short name for a run of bytes that must be found again, e.g. a ticket. */
export function fingerprint(bytes: Uint8Array): string {
  return hex(hash("sha256", [bytes]).subarray(0, 18));
}
