/** Hashes of node:crypto in one line each, CRC-32, and a comparison that does not care about types. */
import { createHash, createHmac } from "node:crypto";

export function md5(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function hmacMd5(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const hmac = createHmac("md5", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** HMAC with a hash by its OpenSSL name (`sha1`, `sha256`, `sha384`). */
export function hmac(hash: string, key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const h = createHmac(hash, key);
  for (const part of parts) h.update(part);
  return h.digest();
}

const CRC_TABLE = new Int32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as in ISO 3309 (the polynomial of Ethernet), which [MS-NLMP] 3.4.4.1 means; an unsigned number. */
export function crc32(...parts: Uint8Array[]): number {
  let crc = -1;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) crc = CRC_TABLE[(crc ^ part[i]!) & 255]! ^ (crc >>> 8);
  }
  return (crc ^ -1) >>> 0;
}

/** Whether two runs of octets are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The octets of all parts, one after another. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  let n = 0;
  for (const part of parts) n += part.length;
  const out = new Uint8Array(n);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
